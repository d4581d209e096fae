//! Owns what kind of character a character is: its class, its script and its small form. Never words.

/// What a character does in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Class {
    /// Separates.
    Space,
    /// Is passed over: joiners, variation selectors, skin tones, stacked marks.
    Ignored,
    /// Is part of a word: letters, digits, vowel signs.
    Letter,
    /// Is a letter of a script that puts no spaces between words.
    Unspaced,
    /// A pictograph.
    Emoji,
    /// All the rest.
    Mark,
}

const CLASSES: [Class; 6] = [Class::Space, Class::Ignored, Class::Letter, Class::Unspaced, Class::Emoji, Class::Mark];

/// A script, as far as it says something about the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Script {
    None,
    Latin,
    Arabic,
    /// Letters that Persian has and Arabic has not.
    Persian,
    /// Letters that Urdu has and Persian has not.
    Urdu,
    Devanagari,
    Han,
    Kana,
    Hangul,
    Cyrillic,
    /// Letters that Ukrainian has and Russian has not.
    Ukrainian,
    Thai,
    Greek,
    Hebrew,
    Bengali,
    Tamil,
    Telugu,
    Other,
}

/// How many scripts there are.
pub(crate) const SCRIPTS: usize = 18;

const ALL_SCRIPTS: [Script; SCRIPTS] = [
    Script::None,
    Script::Latin,
    Script::Arabic,
    Script::Persian,
    Script::Urdu,
    Script::Devanagari,
    Script::Han,
    Script::Kana,
    Script::Hangul,
    Script::Cyrillic,
    Script::Ukrainian,
    Script::Thai,
    Script::Greek,
    Script::Hebrew,
    Script::Bengali,
    Script::Tamil,
    Script::Telugu,
    Script::Other,
];

/// One character, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Letter(u32);

impl Letter {
    fn new(small: u32, class: Class, script: Script) -> Self {
        Self(small | (class as u32) << 21 | (script as u32) << 24)
    }

    /// Its small form; every digit is `0`.
    #[inline]
    pub(crate) fn small(self) -> u32 {
        self.0 & 0x1f_ffff
    }

    /// Its class.
    #[inline]
    pub(crate) fn class(self) -> Class {
        CLASSES[(self.0 >> 21 & 7) as usize % CLASSES.len()]
    }

    /// Its script; [`Script::None`] unless it is a letter.
    #[inline]
    pub(crate) fn script(self) -> Script {
        ALL_SCRIPTS[(self.0 >> 24) as usize % SCRIPTS]
    }
}

/// All characters of the basic plane, looked up; those above it are computed.
#[derive(Debug)]
pub(crate) struct Alphabet {
    letters: Box<[Letter]>,
}

impl Default for Alphabet {
    fn default() -> Self {
        Self { letters: (0..=0xffff).map(|code| char::from_u32(code).map_or(Letter(0), compute)).collect() }
    }
}

impl Alphabet {
    /// The character that begins at byte `at` of a text, and its length in bytes. Beyond the text it is a space.
    #[inline]
    pub(crate) fn at(&self, text: &[u8], at: usize) -> (Letter, usize) {
        let byte = |offset: usize| u32::from(text.get(at + offset).copied().unwrap_or(0));
        let first = byte(0);
        let (code, width) = match first {
            0..0x80 => (first, 1),
            0x80..0xe0 => ((first & 0x1f) << 6 | (byte(1) & 0x3f), 2),
            0xe0..0xf0 => ((first & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f), 3),
            _ => {
                let code = (first & 7) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f);
                return (char::from_u32(code).map_or(Letter(0), compute), 4);
            }
        };
        (self.letters[(code & 0xffff) as usize], width)
    }
}

fn compute(letter: char) -> Letter {
    // Full-width forms are the plain ones, wider.
    let letter = match letter as u32 {
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(letter),
        0x2018 | 0x2019 | 0x02bc => '\'',
        _ => letter,
    };
    let code = letter as u32;
    if letter.is_whitespace() || letter.is_control() {
        return Letter::new(u32::from(' '), Class::Space, Script::None);
    }
    if is_ignored(code) {
        return Letter::new(code, Class::Ignored, Script::None);
    }
    if is_emoji(code) {
        return Letter::new(code, Class::Emoji, Script::None);
    }
    if letter.is_numeric() {
        return Letter::new(u32::from('0'), Class::Letter, Script::None);
    }
    let script = script_of(code);
    let unspaced = matches!(script, Script::Han | Script::Kana | Script::Thai)
        || matches!(code, 0x0e80..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff);
    if unspaced {
        return Letter::new(code, Class::Unspaced, script);
    }
    // Vowel signs of Indic scripts are not alphabetic for Unicode in all cases, yet parts of words.
    if letter.is_alphabetic() || matches!(code, 0x0900..=0x0dff | 0x064b..=0x0652) {
        let mut small = letter.to_lowercase();
        return Letter::new(small.next().map_or(code, u32::from), Class::Letter, script);
    }
    Letter::new(code, Class::Mark, Script::None)
}

fn is_ignored(code: u32) -> bool {
    matches!(code,
        0x0300..=0x036f | 0x0483..=0x0489 | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20ff | 0xfe20..=0xfe2f // stacked marks
        | 0x00ad | 0x0640 | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2064 | 0x2066..=0x2069 | 0xfeff // invisible
        | 0xfe00..=0xfe0f | 0x1f3fb..=0x1f3ff | 0x2640 | 0x2642 | 0xe0000..=0xe01ef) // of emoji
}

fn is_emoji(code: u32) -> bool {
    matches!(code, 0x231a..=0x23ff | 0x2600..=0x27bf | 0x2b00..=0x2bff | 0x1f000..=0x1faff)
}

fn script_of(code: u32) -> Script {
    match code {
        0x41..=0x5a | 0x61..=0x7a | 0xaa..=0x24f | 0x1e00..=0x1eff => Script::Latin,
        0x370..=0x3ff | 0x1f00..=0x1fff => Script::Greek,
        0x404 | 0x406 | 0x407 | 0x454 | 0x456 | 0x457 | 0x490 | 0x491 => Script::Ukrainian,
        0x400..=0x52f => Script::Cyrillic,
        0x590..=0x5ff => Script::Hebrew,
        0x679 | 0x688 | 0x691 | 0x6ba | 0x6c1 | 0x6d2 => Script::Urdu,
        0x67e | 0x686 | 0x698 | 0x6a9 | 0x6af | 0x6cc => Script::Persian,
        0x600..=0x6ff | 0x750..=0x77f | 0xfb50..=0xfdff | 0xfe70..=0xfeff => Script::Arabic,
        0x900..=0x97f => Script::Devanagari,
        0x980..=0x9ff => Script::Bengali,
        0xb80..=0xbff => Script::Tamil,
        0xc00..=0xc7f => Script::Telugu,
        0xe00..=0xe7f => Script::Thai,
        0x3005 | 0x3007 | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff => Script::Han,
        0x3041..=0x30ff | 0x31f0..=0x31ff | 0xff66..=0xff9f => Script::Kana,
        0x1100..=0x11ff | 0x3130..=0x318f | 0xac00..=0xd7af => Script::Hangul,
        _ => Script::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(text: &str) -> (Letter, usize) {
        Alphabet::default().at(text.as_bytes(), 0)
    }

    #[test]
    fn capitals_and_wide_forms_become_small_letters_and_digits_become_zero() {
        for (text, small) in [("A", 'a'), ("É", 'é'), ("Ｗ", 'w'), ("7", '0'), ("Ж", 'ж'), ("’", '\'')] {
            assert_eq!(letter(text).0.small(), u32::from(small), "{text}");
            assert_eq!(letter(text).1, text.len());
        }
    }

    #[test]
    fn each_class_and_script_survives_its_number() {
        for script in ALL_SCRIPTS {
            for class in CLASSES {
                let letter = Letter::new(0x1f600, class, script);
                assert_eq!((letter.small(), letter.class(), letter.script()), (0x1f600, class, script));
            }
        }
    }

    #[test]
    fn scripts_and_classes_are_told_apart() {
        let seen = |text: &str| (letter(text).0.class(), letter(text).0.script());
        assert_eq!(seen("日"), (Class::Unspaced, Script::Han));
        assert_eq!(seen("か"), (Class::Unspaced, Script::Kana));
        assert_eq!(seen("ก"), (Class::Unspaced, Script::Thai));
        assert_eq!(seen("한"), (Class::Letter, Script::Hangul));
        assert_eq!(seen("ي"), (Class::Letter, Script::Arabic));
        assert_eq!(seen("😂"), (Class::Emoji, Script::None));
        assert_eq!(seen("\u{200d}"), (Class::Ignored, Script::None));
        assert_eq!(seen("!"), (Class::Mark, Script::None));
        assert_eq!(seen("\t"), (Class::Space, Script::None));
    }
}
