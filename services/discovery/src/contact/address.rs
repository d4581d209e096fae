//! Owns finding e-mail addresses in texts, also those that people write around programs: `ana (at) example [dot] com`. Never
//! what becomes of them.
//!
//! Rather too much is found than too little: what looks like an address would make a contact searchable. Words alone count
//! only where nothing else can be meant: `ana at example dot com` is one, `look at example.com` is none.

#[cfg(test)]
mod tests;

use std::ops::Range;

use super::MAX_ITEMS;

/// What stands in a text in place of an address.
pub const MARK: &str = "[e-mail]";

/// Endings that make an address of `name @ example.com`, where a handle could be meant as well.
const COMMON_ENDINGS: [&str; 9] = ["com", "net", "org", "info", "biz", "edu", "gmbh", "agency", "studio"];

/// A text without its addresses, and the addresses in the order of the text, each once, at most 20. A text without any comes
/// back as it was.
pub fn take_out(text: &str) -> (String, Vec<String>) {
    let letters: Vec<char> = text.chars().collect();
    let tokens = tokens(&letters);
    let mut rest = String::with_capacity(text.len());
    let mut found: Vec<String> = Vec::new();
    let mut copied = 0;
    let mut from = 0;
    for at in 0..tokens.len() {
        if at < from {
            continue;
        }
        let Some((span, address)) = around(&tokens, at, from) else { continue };
        let (first, last) = (&tokens[span.start], &tokens[span.end - 1]);
        rest.extend(&letters[copied..first.span.start]);
        rest.push_str(MARK);
        copied = last.span.end;
        from = span.end;
        if found.len() < MAX_ITEMS && !found.iter().any(|known| known.eq_ignore_ascii_case(&address)) {
            found.push(address);
        }
    }
    if from == 0 {
        return (text.to_owned(), found);
    }
    rest.extend(&letters[copied..]);
    (rest, found)
}

/// The address that a whole text is; none when it is none, or more than one.
pub fn whole(text: &str) -> Option<String> {
    let (rest, mut found) = take_out(text.trim());
    (rest == MARK && found.len() == 1).then(|| found.remove(0))
}

/// What a part of a text can be in an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Letter(char),
    /// `@`, `(at)`
    At,
    /// ` @ `
    SpacedAt,
    /// ` at `
    SpelledAt,
    /// `.`, `[dot]`
    Dot,
    /// ` dot `
    SpelledDot,
    Other,
}

#[derive(Debug)]
struct Token {
    part: Part,
    /// Where it stands, in characters.
    span: Range<usize>,
}

fn tokens(letters: &[char]) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::with_capacity(letters.len());
    let mut place = 0;
    while place < letters.len() {
        let start = place;
        let (part, end) = next(letters, place);
        place = end;
        match part {
            // What cannot be seen belongs to what stands before it.
            None => {
                if let Some(last) = tokens.last_mut() {
                    last.span.end = end;
                }
            }
            Some(part) => tokens.push(Token { part, span: start..end }),
        }
    }
    tokens
}

/// The part that begins at a place, and where it ends; none for what cannot be seen.
fn next(letters: &[char], place: usize) -> (Option<Part>, usize) {
    let letter = letters[place];
    if is_invisible(letter) {
        return (None, place + 1);
    }
    if let Some((part, end)) = spelled(letters, place) {
        return (Some(part), end);
    }
    let part = match letter {
        '@' | '＠' | '﹫' => Part::At,
        '.' | '．' | '。' | '｡' | '․' => Part::Dot,
        other if other.is_alphanumeric() => Part::Letter(other),
        '_' | '%' | '+' | '-' => Part::Letter(letter),
        _ => Part::Other,
    };
    (Some(part), place + 1)
}

fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{AD}' | '\u{FE0F}')
}

/// A sign written as a word or in brackets, with the spaces around it.
fn spelled(letters: &[char], place: usize) -> Option<(Part, usize)> {
    let is_gap = |letter: &char| *letter != '\n' && (letter.is_whitespace() || is_invisible(*letter));
    let skip =
        |from: usize| from + letters[from.min(letters.len())..].iter().take_while(|letter| is_gap(letter)).count();
    let start = skip(place);
    let spaced = start > place;
    let open = *letters.get(start)?;
    let close = match open {
        '(' | '（' => Some([')', '）']),
        '[' | '［' => Some([']', '］']),
        '{' => Some(['}', '}']),
        '<' => Some(['>', '>']),
        _ => None,
    };
    let word_start = if close.is_some() { skip(start + 1) } else { start };
    let word: String = letters[word_start..].iter().take_while(|letter| letter.is_alphabetic()).take(8).collect();
    let (sign, length) = match (letters.get(word_start), word.to_lowercase().as_str()) {
        (Some('@' | '＠' | '﹫'), _) => (Part::At, 1),
        (Some('.' | '．'), _) => (Part::Dot, 1),
        (_, "at" | "arroba" | "ät" | "et" | "chiocciola") => (Part::At, word.chars().count()),
        (_, "dot" | "punkt" | "punto" | "ponto" | "point") => (Part::Dot, word.chars().count()),
        _ => return None,
    };
    let end = word_start + length;
    if let Some(close) = close {
        let last = skip(end);
        let closed = letters.get(last).is_some_and(|letter| close.contains(letter));
        return closed.then(|| (sign, skip(last + 1)));
    }
    let behind = skip(end);
    if !spaced || behind == end {
        return None;
    }
    let is_sign = matches!(letters[word_start], '@' | '＠' | '﹫');
    match sign {
        Part::At if is_sign => Some((Part::SpacedAt, behind)),
        // `et` is French for "and".
        Part::At if word.to_lowercase() != "et" => Some((Part::SpelledAt, behind)),
        Part::Dot if length > 1 => Some((Part::SpelledDot, behind)),
        _ => None,
    }
}

/// The address around an `@`, not before token `from`: the tokens that it takes, and how it is written.
fn around(tokens: &[Token], at: usize, from: usize) -> Option<(Range<usize>, String)> {
    let sign = tokens[at].part;
    if !matches!(sign, Part::At | Part::SpacedAt | Part::SpelledAt) {
        return None;
    }
    let mut start = at;
    while start > from && matches!(tokens[start - 1].part, Part::Letter(_) | Part::Dot) {
        start -= 1;
    }
    // A sentence may end right before an address.
    while start < at && tokens[start].part == Part::Dot {
        start += 1;
    }
    let local = written(&tokens[start..at]);
    if local.is_empty() || local.ends_with('.') {
        return None;
    }
    let mut end = at + 1;
    let mut labels: Vec<String> = vec![String::new()];
    let mut is_spelled = false;
    let mut last_end = end;
    while let Some(token) = tokens.get(end) {
        match token.part {
            Part::Letter(letter) if letter.is_alphanumeric() || letter == '-' => {
                if let Some(label) = labels.last_mut() {
                    label.extend(letter.to_lowercase());
                }
                end += 1;
                last_end = end;
            }
            Part::Dot | Part::SpelledDot if labels.last().is_some_and(|label| !label.is_empty()) => {
                // A full stop behind the address is no part of it.
                if !matches!(tokens.get(end + 1).map(|token| token.part), Some(Part::Letter(next)) if next.is_alphanumeric())
                {
                    break;
                }
                is_spelled |= token.part == Part::SpelledDot;
                labels.push(String::new());
                end += 1;
            }
            _ => break,
        }
    }
    let ending = labels.last()?;
    let is_ending =
        ending.starts_with("xn--") || (ending.chars().count() >= 2 && ending.chars().all(char::is_alphabetic));
    if labels.len() < 2 || !is_ending {
        return None;
    }
    let accepted = match sign {
        Part::SpelledAt => is_spelled,
        Part::SpacedAt => is_spelled || ending.chars().count() == 2 || COMMON_ENDINGS.contains(&ending.as_str()),
        _ => true,
    };
    accepted.then(|| (start..last_end, format!("{local}@{}", labels.join("."))))
}

fn written(tokens: &[Token]) -> String {
    let letters = tokens.iter().filter_map(|token| match token.part {
        Part::Letter(letter) => Some(letter),
        Part::Dot => Some('.'),
        _ => None,
    });
    letters.collect()
}
