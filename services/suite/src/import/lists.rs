//! Owns reading lists of words that a file keeps in one cell. Never what the words mean.

use super::numbers::refuse_spreadsheet_error;
use super::problem::Unreadable;

/// How a file writes lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ListForm {
    /// `a, b`
    Comma,
    /// `a|b`, also with quotes around words.
    Pipe,
    /// `['a', "b's"]`
    Python,
    /// `["a", "b"]`
    Json,
    /// `a b`
    Space,
}

/// Reads a list. Empty words are left out; a `#` before a word is not part of it.
pub(super) fn words(text: &str, form: ListForm) -> Result<Vec<String>, Unreadable> {
    refuse_spreadsheet_error(text)?;
    let words: Vec<String> = match form {
        ListForm::Comma => text.split(',').map(str::to_owned).collect(),
        ListForm::Space => text.split_whitespace().map(str::to_owned).collect(),
        ListForm::Pipe => text.split('|').map(|word| unquoted(word.trim()).to_owned()).collect(),
        ListForm::Json => serde_json::from_str(text)
            .map_err(|_| Unreadable::new("BAD_LIST", "a JSON list of texts such as `[\"a\", \"b\"]`"))?,
        ListForm::Python => {
            python(text).ok_or_else(|| Unreadable::new("BAD_LIST", "a Python list of texts such as `['a', 'b']`"))?
        }
    };
    let bare = words.iter().map(|word| word.trim().trim_start_matches(['#', '＃']).trim());
    Ok(bare.filter(|word| !word.is_empty()).map(str::to_owned).collect())
}

fn unquoted(word: &str) -> &str {
    word.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(word)
}

fn python(text: &str) -> Option<Vec<String>> {
    let mut rest = text.trim().strip_prefix('[')?.strip_suffix(']')?.trim();
    let mut words = Vec::new();
    while !rest.is_empty() {
        let (word, after) = python_text(rest)?;
        words.push(word);
        rest = after.trim_start();
        if rest.is_empty() {
            break;
        }
        rest = rest.strip_prefix(',')?.trim_start();
    }
    Some(words)
}

/// Reads one quoted text with its escapes; answers with it and with what follows.
pub(super) fn python_text(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let mut word = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((place, character)) = characters.next() {
        match character {
            c if c == quote => return Some((word, &text[place + 1..])),
            '\\' => match characters.next()?.1 {
                'n' => word.push('\n'),
                't' => word.push('\t'),
                'r' => word.push('\r'),
                c @ ('x' | 'u' | 'U') => {
                    let digits = match c {
                        'x' => 2,
                        'u' => 4,
                        _ => 8,
                    };
                    let code: String = characters.by_ref().take(digits).map(|(_, digit)| digit).collect();
                    word.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?)?);
                }
                c @ ('\\' | '\'' | '"') => word.push(c),
                other => word.extend(['\\', other]),
            },
            c => word.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lists_are_read_in_the_form_that_the_mapping_says() {
        for (text, form, expected) in [
            ("['johncena', 'fyp']", ListForm::Python, Some(vec!["johncena", "fyp"])),
            ("[]", ListForm::Python, Some(vec![])),
            ("[\"it's\", 'a\\'b', '\\xe9', '틱톡']", ListForm::Python, Some(vec!["it's", "a'b", "é", "틱톡"])),
            ("['a',]", ListForm::Python, Some(vec!["a"])),
            ("['a' 'b']", ListForm::Python, None),
            ("['a", ListForm::Python, None),
            ("[a]", ListForm::Python, None),
            ("a|\"b c\"|#d", ListForm::Pipe, Some(vec!["a", "b c", "d"])),
            ("a, b,,c", ListForm::Comma, Some(vec!["a", "b", "c"])),
            ("#a #b", ListForm::Space, Some(vec!["a", "b"])),
            ("[\"a\"]", ListForm::Json, Some(vec!["a"])),
            ("[1]", ListForm::Json, None),
            ("#REF!", ListForm::Pipe, None),
        ] {
            let read = words(text, form).ok();
            assert_eq!(
                read.as_deref(),
                expected.map(|words| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()).as_deref(),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_never_panics(text in "\\[?['\"\\\\xu, é#|a0]{0,16}\\]?") {
            for form in [ListForm::Comma, ListForm::Pipe, ListForm::Python, ListForm::Json, ListForm::Space] {
                let _ = words(&text, form);
            }
        }
    }
}
