//! Owns the keys by which names and handles are found: whole, from their beginning, from each of their words, and in forms
//! in which a typing error is one edit. Never the index.

use unicode_normalization::UnicodeNormalization;

use super::{Form, folded, read};

/// Longest key, in characters; longer ones are cut.
const LONGEST_KEY: usize = 64;
/// Longest beginning that is a term of its own, in characters (of Korean: in letters of the alphabet, three or four syllables).
pub const LONGEST_GRAM: usize = 10;
/// The most words of a name from which it can be found.
const MOST_STARTS: usize = 12;

/// The keys of one name or handle. A key is what is left without spaces, signs, accents and case; Korean syllables are spelt
/// out in the letters they are typed with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameKeys {
    /// As it is written, without spaces and case.
    pub literal: String,
    /// The whole, in each form that errors are looked for in.
    pub whole: Vec<String>,
    /// Each word, and what remains from each word on, in each form.
    pub runs: Vec<String>,
    /// What begins the whole, up to [`LONGEST_GRAM`] characters.
    pub starts: Vec<String>,
    /// What begins the remainder from a later word on, up to [`LONGEST_GRAM`] characters.
    pub later_starts: Vec<String>,
}

impl NameKeys {
    /// The keys of a name or handle; none of them when nothing of it can be looked for.
    pub fn of(text: &str) -> Self {
        let mut keys = Self { literal: literal_key(text), ..Self::default() };
        for (place, form) in [Form::Run, Form::Hump].into_iter().enumerate() {
            let runs = read(folded(form), text);
            if place == 0 {
                add(&mut keys.whole, close_forms(&cut(&runs.concat())));
                add_grams(&mut keys.starts, &spelt(&runs.concat()));
            }
            for start in 1..runs.len().min(MOST_STARTS) {
                let rest = runs[start..].concat();
                add_grams(&mut keys.later_starts, &spelt(&rest));
                add(&mut keys.runs, close_forms(&cut(&rest)));
            }
            for run in runs.into_iter().take(MOST_STARTS) {
                add(&mut keys.runs, close_forms(&cut(&run)));
            }
        }
        keys
    }
}

/// A name or handle as it is written, in lower case and without spaces and `@`.
pub fn literal_key(text: &str) -> String {
    let letters = text.trim().trim_start_matches('@').nfkc().flat_map(char::to_lowercase);
    letters.filter(|letter| !letter.is_whitespace()).take(LONGEST_KEY).collect()
}

/// The key of a whole text, spelt out; empty when it has no letters and digits.
pub fn key(text: &str) -> String {
    cut(&spelt(&read(folded(Form::Run), text).concat()))
}

/// The words of a text as keys, not spelt out.
pub fn key_runs(text: &str) -> Vec<String> {
    read(folded(Form::Run), text)
}

/// The forms of a key in which a typing error is one edit: spelt out, and, where that differs, in syllables.
pub fn close_forms(key: &str) -> Vec<String> {
    let spelt = cut(&spelt(key));
    if spelt == key { vec![spelt] } else { vec![spelt, key.to_owned()] }
}

fn cut(key: &str) -> String {
    key.chars().take(LONGEST_KEY).collect()
}

fn add(list: &mut Vec<String>, keys: Vec<String>) {
    for key in keys {
        if !key.is_empty() && !list.contains(&key) {
            list.push(key);
        }
    }
}

fn add_grams(list: &mut Vec<String>, key: &str) {
    let ends = key.char_indices().skip(1).map(|(end, _)| end).chain([key.len()]);
    add(list, ends.take(LONGEST_GRAM).map(|end| key[..end].to_owned()).collect());
}

const INITIALS: [&str; 19] =
    ["ㄱ", "ㄲ", "ㄴ", "ㄷ", "ㄸ", "ㄹ", "ㅁ", "ㅂ", "ㅃ", "ㅅ", "ㅆ", "ㅇ", "ㅈ", "ㅉ", "ㅊ", "ㅋ", "ㅌ", "ㅍ", "ㅎ"];
const VOWELS: [&str; 21] = [
    "ㅏ", "ㅐ", "ㅑ", "ㅒ", "ㅓ", "ㅔ", "ㅕ", "ㅖ", "ㅗ", "ㅗㅏ", "ㅗㅐ", "ㅗㅣ", "ㅛ", "ㅜ", "ㅜㅓ", "ㅜㅔ", "ㅜㅣ",
    "ㅠ", "ㅡ", "ㅡㅣ", "ㅣ",
];
const FINALS: [&str; 28] = [
    "", "ㄱ", "ㄲ", "ㄱㅅ", "ㄴ", "ㄴㅈ", "ㄴㅎ", "ㄷ", "ㄹ", "ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ", "ㄹㅌ", "ㄹㅍ", "ㄹㅎ",
    "ㅁ", "ㅂ", "ㅂㅅ", "ㅅ", "ㅆ", "ㅇ", "ㅈ", "ㅊ", "ㅋ", "ㅌ", "ㅍ", "ㅎ",
];

/// Korean syllables in the letters that they are typed with (the Unicode standard, 3.12, has the arithmetic), so that a wrong
/// letter is one edit and a syllable half typed is a beginning of the whole.
fn spelt(key: &str) -> String {
    let mut letters = String::with_capacity(key.len());
    for letter in key.chars() {
        let code = letter as usize;
        match code {
            0xAC00..=0xD7A3 => {
                let syllable = code - 0xAC00;
                letters.push_str(INITIALS[syllable / 588]);
                letters.push_str(VOWELS[syllable % 588 / 28]);
                letters.push_str(FINALS[syllable % 28]);
            }
            0x1100..=0x1112 => letters.push_str(INITIALS[code - 0x1100]),
            0x1161..=0x1175 => letters.push_str(VOWELS[code - 0x1161]),
            0x11A8..=0x11C2 => letters.push_str(FINALS[code - 0x11A7]),
            _ => letters.push(letter),
        }
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_from_its_beginning_and_from_each_word() {
        let keys = NameKeys::of("MrBeast Gaming");
        assert_eq!(keys.literal, "mrbeastgaming");
        assert_eq!(keys.whole, ["mrbeastgaming"]);
        assert!(["m", "mrb", "mrbeastgam"].iter().all(|start| keys.starts.contains(&(*start).to_owned())));
        assert!(["gam", "beastgam"].iter().all(|start| keys.later_starts.contains(&(*start).to_owned())));
        assert_eq!(keys.runs, ["gaming", "mrbeast", "beastgaming", "mr", "beast"]);
    }

    #[test]
    fn a_korean_syllable_half_typed_begins_the_name() {
        let keys = NameKeys::of("비누 TV");
        for typed in ["ㅂ", "비", "빈", "비누", "비누T"] {
            assert!(keys.starts.contains(&key(typed)), "{typed}: {}", key(typed));
        }
        assert_eq!(key("과"), "ㄱㅗㅏ");
        assert_eq!(close_forms("닭"), ["ㄷㅏㄹㄱ", "닭"]);
    }

    #[test]
    fn signs_accents_and_width_make_no_difference_to_a_key() {
        assert_eq!(key("José_Muñoz.tv"), key("jose munoz ＴＶ"));
        assert_eq!(literal_key(" @John.Cena 10"), "john.cena10");
        assert_eq!(NameKeys::of("💄"), NameKeys { literal: "💄".into(), ..NameKeys::default() });
    }
}
