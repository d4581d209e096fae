//! Owns what people would type who look for a known creator, made by chance from a fixed beginning. Never answers.

use super::known::Known;

/// Numbers that look random and are the same in every run (SplitMix64).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 0 up to `below`, which is at least 1.
    pub(crate) fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % below as u64) as usize
    }
}

/// Takes so many of each set, without a preference.
pub(crate) fn pick(creators: &[Known], of_each: &[(&str, usize)], chance: &mut Chance) -> Vec<Known> {
    let mut picked = Vec::new();
    for (set, count) in of_each {
        let mut rest: Vec<&Known> = creators.iter().filter(|creator| creator.set == *set).collect();
        for _ in 0..(*count).min(rest.len()) {
            picked.push(rest.swap_remove(chance.below(rest.len())).clone());
        }
    }
    picked
}

/// A name with typing errors: one up to seven characters, two in longer ones; none for names of fewer than three letters.
pub(crate) fn misspelt(name: &str, chance: &mut Chance) -> Option<String> {
    let mut letters: Vec<char> = name.chars().collect();
    let errors = if letters.len() <= 7 { 1 } else { 2 };
    if letters.iter().filter(|letter| letter.is_alphanumeric()).count() < 3 {
        return None;
    }
    for _ in 0..errors {
        err(&mut letters, chance);
    }
    Some(letters.into_iter().collect())
}

/// Another letter, one too few, one too many, or two exchanged, at any letter, the first included.
fn err(letters: &mut Vec<char>, chance: &mut Chance) {
    let places: Vec<usize> = (0..letters.len()).filter(|place| letters[*place].is_alphanumeric()).collect();
    let place = places[chance.below(places.len())];
    match chance.below(4) {
        0 => letters[place] = other(letters[place], chance),
        1 => _ = letters.remove(place),
        2 => letters.insert(place, other(letters[place], chance)),
        _ if place + 1 < letters.len() && letters[place + 1].is_alphanumeric() => letters.swap(place, place + 1),
        _ if place > 0 && letters[place - 1].is_alphanumeric() => letters.swap(place - 1, place),
        _ => letters[place] = other(letters[place], chance),
    }
}

/// Another letter of the script. In Korean one of the two or three letters of the syllable is another, as on a keyboard.
fn other(letter: char, chance: &mut Chance) -> char {
    let code = letter as u32;
    if !(0xAC00..=0xD7A3).contains(&code) {
        return match letter {
            '0'..='9' => char::from(b'0' + chance.below(10) as u8),
            letter if letter.is_ascii() || code < 0x0250 => char::from(b'a' + chance.below(26) as u8),
            letter => char::from_u32(code + 1 + chance.below(5) as u32)
                .filter(|near| near.is_alphanumeric())
                .unwrap_or(letter),
        };
    }
    let syllable = code - 0xAC00;
    let (initial, vowel, last) = (syllable / 588, syllable % 588 / 28, syllable % 28);
    let (initial, vowel, last) = match chance.below(3) {
        0 => (chance.below(19) as u32, vowel, last),
        1 => (initial, chance.below(21) as u32, last),
        _ => (initial, vowel, [0, 1, 4, 8, 16, 17, 21][chance.below(7)]),
    };
    char::from_u32(0xAC00 + initial * 588 + vowel * 28 + last).unwrap_or(letter)
}

/// The part of a name that is written in another script than the rest (`NOWZ 나우즈` has two); for names in one script, full
/// width in place of half width.
pub(crate) fn other_script(name: &str) -> Option<String> {
    let is_other = |letter: char| letter.is_alphabetic() && letter as u32 > 0x02FF;
    let other: Vec<&str> =
        name.split(|letter: char| !is_other(letter)).filter(|part| part.chars().count() >= 2).collect();
    let has_latin = name.chars().filter(|letter| letter.is_ascii_alphabetic()).count() >= 3;
    match (other.is_empty(), has_latin) {
        (false, true) => Some(other.join(" ")),
        (true, true) => Some(name.chars().map(wide).collect()),
        _ => None,
    }
}

fn wide(letter: char) -> char {
    match letter {
        '!'..='~' => char::from_u32(letter as u32 + 0xFEE0).unwrap_or(letter),
        other => other,
    }
}

/// The beginning of a name: two thirds of it, at least four characters.
pub(crate) fn begun(name: &str) -> Option<String> {
    let count = name.chars().count();
    (count >= 5).then(|| name.chars().take((count * 2 / 3).max(4)).collect())
}

/// The longest word of several.
pub(crate) fn one_word(name: &str) -> Option<String> {
    let words: Vec<&str> =
        name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let longest = words.iter().max_by_key(|word| word.chars().count())?;
    (words.len() >= 2 && longest.chars().count() >= 3).then(|| (*longest).to_owned())
}

/// All words joined.
pub(crate) fn joined(name: &str) -> Option<String> {
    let joined: String = name.split_whitespace().collect();
    (joined != name).then_some(joined)
}

/// A handle with spaces for its signs.
pub(crate) fn split(handle: &str) -> Option<String> {
    let words: Vec<&str> = handle.split(['.', '_', '-']).filter(|word| !word.is_empty()).collect();
    (words.len() >= 2).then(|| words.join(" "))
}
