//! Owns how a text of any script becomes words: for the index and for what is looked for. Never which fields have words.
//!
//! Words are runs of letters, digits and their marks, in compatibility form (full width is half width), lower case, Latin
//! letters without accents, katakana as hiragana. Scripts that are written without spaces (Chinese, Japanese, Thai, Lao, Khmer,
//! Burmese), Korean, whose words are compounds, and emoji become single characters and pairs of neighbours; a query for two and
//! more such characters asks for the pairs.

mod keys;

use tantivy::tokenizer::{AsciiFoldingFilter, TextAnalyzer, Token, TokenStream, Tokenizer};
use unicode_normalization::UnicodeNormalization;

pub use keys::{LONGEST_GRAM, NameKeys, close_forms, key, key_runs, literal_key};

/// Longest word, in characters; longer ones are cut.
const LONGEST: usize = 100;

/// The words of a text, as the index holds them.
pub fn of_text(text: &str) -> Vec<String> {
    read(analyzer(), text)
}

/// The words that a query asks for, all of which must be found.
pub fn of_query(text: &str) -> Vec<String> {
    read(folded(Form::Query), text)
}

/// What turns the texts of a document into words.
pub fn analyzer() -> TextAnalyzer {
    folded(Form::Text)
}

fn folded(form: Form) -> TextAnalyzer {
    TextAnalyzer::builder(Words { form }).filter(AsciiFoldingFilter).build()
}

fn read(mut analyzer: TextAnalyzer, text: &str) -> Vec<String> {
    let mut words = Vec::new();
    analyzer.token_stream(text).process(&mut |token| words.push(token.text.clone()));
    words
}

/// What becomes of runs without spaces, and where words end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Single characters and pairs.
    Text,
    /// Pairs, or the one character.
    Query,
    /// They stay whole, without emoji.
    Run,
    /// They stay whole, without emoji; a capital behind a small letter begins a word.
    Hump,
}

#[derive(Clone)]
struct Words {
    form: Form,
}

/// The words of one text.
struct Found {
    words: std::vec::IntoIter<String>,
    token: Token,
}

impl Tokenizer for Words {
    type TokenStream<'a> = Found;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Found {
        Found { words: split(text, self.form).into_iter(), token: Token::default() }
    }
}

impl TokenStream for Found {
    fn advance(&mut self) -> bool {
        let Some(word) = self.words.next() else { return false };
        self.token.text = word;
        self.token.position = self.token.position.wrapping_add(1);
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

fn split(text: &str, form: Form) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut run: Vec<char> = Vec::new();
    let mut was_small = false;
    for letter in text.nfkc() {
        if form == Form::Hump && was_small && letter.is_uppercase() {
            end_word(&mut word, &mut words);
        }
        was_small = letter.is_lowercase();
        for letter in letter.to_lowercase().map(hiragana) {
            if is_unspaced(letter) || is_emoji(letter) {
                end_word(&mut word, &mut words);
                run.push(letter);
            } else if letter.is_alphanumeric() || is_mark(letter) {
                end_run(&mut run, form, &mut words);
                word.push(letter);
            } else if !is_accent(letter) {
                end_word(&mut word, &mut words);
                end_run(&mut run, form, &mut words);
            }
        }
    }
    end_word(&mut word, &mut words);
    end_run(&mut run, form, &mut words);
    words
}

fn end_word(word: &mut String, words: &mut Vec<String>) {
    if !word.is_empty() {
        words.push(word.chars().take(LONGEST).collect());
        word.clear();
    }
}

fn end_run(run: &mut Vec<char>, form: Form, words: &mut Vec<String>) {
    if matches!(form, Form::Run | Form::Hump) {
        let mut word: String = run.drain(..).filter(|letter| !is_emoji(*letter)).take(LONGEST).collect();
        end_word(&mut word, words);
        return;
    }
    if form == Form::Text || run.len() == 1 {
        words.extend(run.iter().map(char::to_string));
    }
    words.extend(run.windows(2).map(|pair| pair.iter().collect::<String>()));
    run.clear();
}

/// Katakana as hiragana.
fn hiragana(letter: char) -> char {
    match letter {
        '\u{30A1}'..='\u{30F6}' => char::from_u32(letter as u32 - 0x60).unwrap_or(letter),
        other => other,
    }
}

/// Scripts without spaces, and Korean.
fn is_unspaced(letter: char) -> bool {
    matches!(letter,
        '\u{0E01}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1100}'..='\u{11FF}' | '\u{1780}'..='\u{17D3}' | '\u{17D7}'
        | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{323AF}')
}

fn is_emoji(letter: char) -> bool {
    matches!(letter, '\u{2600}'..='\u{27BF}' | '\u{1F300}'..='\u{1FAFF}')
}

/// Accents over Latin, Greek and Cyrillic letters, variation selectors and joiners: they are left out.
fn is_accent(letter: char) -> bool {
    matches!(letter, '\u{0300}'..='\u{036F}' | '\u{200B}'..='\u{200D}' | '\u{FE00}'..='\u{FE0F}')
}

/// Marks inside words of Hebrew, Arabic and the Indic scripts.
fn is_mark(letter: char) -> bool {
    matches!(letter,
        '\u{0591}'..='\u{05BD}' | '\u{05BF}'..='\u{05C7}' | '\u{064B}'..='\u{065F}' | '\u{0670}'
        | '\u{0900}'..='\u{0963}' | '\u{0966}'..='\u{0DFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_lower_case_and_without_accents() {
        assert_eq!(of_text("Café del Mar, São-Paulo #GRWM"), ["cafe", "del", "mar", "sao", "paulo", "grwm"]);
        assert_eq!(of_text("cafe\u{301}"), ["cafe"]);
        assert_eq!(of_text("Ｍｒ Ｂｅａｓｔ １"), ["mr", "beast", "1"]);
    }

    #[test]
    fn scripts_without_spaces_are_found_by_any_part_of_them() {
        let known = of_text("化粧品レビュー");
        for query in ["化粧", "粧品", "レビュー", "品"] {
            assert!(of_query(query).iter().all(|word| known.contains(word)), "{query}");
        }
        let known = of_text("먹방여행");
        assert!(of_query("여행").iter().all(|word| known.contains(word)));
        assert_eq!(of_query("ﾚﾋﾞｭｰ"), of_query("れびゅー"));
        let known = of_text("化粧品レビュー");
        assert!(!of_query("品化").iter().all(|word| known.contains(word)));
    }

    #[test]
    fn marks_stay_inside_their_words() {
        assert_eq!(of_text("हिन्दी समाचार"), ["हिन्दी", "समाचार"]);
        assert_eq!(of_text("love 💄✨"), ["love", "💄", "✨", "💄✨"]);
    }
}
