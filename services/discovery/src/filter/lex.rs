//! Owns reading words, comparators and values from the characters of a filter. Never how clauses are joined.

use super::tree::{Atom, Comparator, Value};

/// Longest excerpt of a filter in a problem, in characters.
pub(super) const EXCERPT: usize = 200;

/// What is wrong with a value; the scanner stands behind it.
pub(super) type Fault = String;

/// A place in the characters of a filter.
pub(super) struct Scanner<'a> {
    chars: &'a [char],
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(chars: &'a [char]) -> Self {
        Self { chars, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub(super) fn step(&mut self) {
        self.at = (self.at + 1).min(self.chars.len());
    }

    pub(super) fn go_to_end(&mut self) {
        self.at = self.chars.len();
    }

    pub(super) fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// Whether the text goes on with these characters.
    pub(super) fn sees(&self, text: &str) -> bool {
        let mut rest = self.chars[self.at..].iter();
        text.chars().all(|wanted| rest.next() == Some(&wanted))
    }

    /// Whether a keyword stands here, as a word of its own.
    pub(super) fn sees_keyword(&self, keyword: &str) -> bool {
        let next = self.chars.get(self.at + keyword.len()).copied();
        self.sees(keyword) && next.is_none_or(|letter| letter.is_whitespace() || matches!(letter, '(' | ')'))
    }

    /// Steps over a keyword and answers where it stood.
    pub(super) fn keyword(&mut self, keyword: &str) -> Option<usize> {
        let start = self.at;
        self.sees_keyword(keyword).then(|| {
            self.at += keyword.len();
            start
        })
    }

    /// Reads the name of a field; empty when none stands here.
    pub(super) fn field(&mut self) -> String {
        let start = self.at;
        while self.peek().is_some_and(|letter| {
            !letter.is_whitespace() && !matches!(letter, '(' | ')' | '"' | '\'' | ',' | ':' | '=' | '!' | '<' | '>')
        }) {
            self.at += 1;
        }
        self.chars[start..self.at].iter().collect()
    }

    pub(super) fn comparator(&mut self) -> Option<Comparator> {
        let found = Comparator::ALL.into_iter().find(|comparator| self.sees(comparator.sign()))?;
        self.at += found.sign().len();
        Some(found)
    }

    /// Steps over `:key` when another comparator follows it, and answers with the key.
    pub(super) fn key(&mut self) -> Option<String> {
        let start = self.at;
        let key = self.compared_key();
        if key.is_none() {
            self.at = start;
        }
        key
    }

    fn compared_key(&mut self) -> Option<String> {
        self.skip_space();
        self.comparator().filter(|comparator| *comparator == Comparator::Has)?;
        self.skip_space();
        let Ok(Some(Value::One(key))) = self.value() else { return None };
        self.skip_space();
        let is_compared = Comparator::ALL.into_iter().any(|comparator| self.sees(comparator.sign()));
        (is_compared && !key.prefix).then_some(key.text)
    }

    /// Reads a value; none when the clause ends here.
    pub(super) fn value(&mut self) -> Result<Option<Value>, Fault> {
        let low = self.atom()?;
        if self.sees("..") {
            self.at += 2;
            let high = self.atom()?;
            if low.is_none() && high.is_none() {
                return Err("a range has at least one end, as in `10..20`, `10..` or `..20`".into());
            }
            return Ok(Some(Value::Range(low, high)));
        }
        Ok(low.map(|atom| if atom.text.is_empty() && atom.prefix { Value::Any } else { Value::One(atom) }))
    }

    fn atom(&mut self) -> Result<Option<Atom>, Fault> {
        match self.peek() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote).map(Some),
            Some(letter) if in_word(letter) => self.word(),
            _ => Ok(None),
        }
    }

    fn word(&mut self) -> Result<Option<Atom>, Fault> {
        if ["AND", "OR", "NOT"].iter().any(|keyword| self.sees_keyword(keyword)) {
            return Ok(None);
        }
        let start = self.at;
        while self.peek().is_some_and(in_word) && !self.sees("..") {
            self.at += 1;
        }
        let mut text: String = self.chars[start..self.at].iter().collect();
        if text.is_empty() {
            return Ok(None);
        }
        let prefix = text.ends_with('*');
        if prefix {
            text.pop();
        }
        if text.contains('*') {
            return Err("`*` may only end a word; put the value in quotes if it has one".into());
        }
        Ok(Some(Atom { text, prefix }))
    }

    fn quoted(&mut self, quote: char) -> Result<Atom, Fault> {
        self.step();
        let mut text = String::new();
        let mut fault = None;
        loop {
            let Some(letter) = self.peek() else {
                return Err(format!("the quoted value has no closing {quote}"));
            };
            self.step();
            if letter == quote {
                break;
            }
            if letter != '\\' {
                text.push(letter);
                continue;
            }
            match self.peek() {
                Some(escaped @ ('"' | '\'' | '\\')) => text.push(escaped),
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                _ => fault = Some("after `\\` only `\"`, `'`, `\\`, `n` and `t` are accepted".to_owned()),
            }
            self.step();
        }
        let prefix = self.peek() == Some('*');
        if prefix {
            self.step();
            if text.is_empty() {
                fault = Some("a value before `*` may not be empty; `field:*` asks for any".into());
            }
        }
        fault.map_or(Ok(Atom { text, prefix }), Err)
    }
}

fn in_word(letter: char) -> bool {
    !letter.is_whitespace() && !matches!(letter, '(' | ')' | '"' | '\'' | ',' | '=' | '!' | '<' | '>')
}
