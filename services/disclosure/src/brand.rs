//! Owns the brand in a text: its names, accounts and hashtags. Never labels.

use crate::{
    model::Context,
    normalise::{compact, comparable, is_unspaced, is_word},
    tokens::{Kind, Token},
};

/// The brand of a post as its texts may write it.
#[derive(Debug, Default)]
pub(crate) struct Brand {
    /// Names of words, comparable.
    names: Vec<String>,
    /// Names, accounts and hashtags without blanks and signs.
    compacts: Vec<String>,
}

/// A place where a text names the brand, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) kind: Kind,
}

impl Brand {
    pub(crate) fn of(context: &Context) -> Self {
        let mut brand = Self::default();
        for name in &context.brand_names {
            let name = comparable(name);
            brand.compacts.push(compact(&name));
            brand.names.push(name);
        }
        for sign in context.brand_handles.iter().chain(&context.brand_hashtags) {
            let sign = comparable(sign.trim().trim_start_matches(['@', '#', '＠', '＃']));
            brand.compacts.push(compact(&sign));
            brand.names.push(sign);
        }
        brand.names.retain(|name| name.chars().any(is_word));
        brand.compacts.retain(|name| !name.is_empty());
        brand.names.sort_unstable();
        brand.names.dedup();
        brand.compacts.sort_unstable();
        brand.compacts.dedup();
        brand
    }

    /// Whether the caller told any name.
    pub(crate) fn is_given(&self) -> bool {
        !self.compacts.is_empty()
    }

    /// Tells whether a hashtag or account without its sign is the brand's.
    pub(crate) fn is(&self, tag: &str) -> bool {
        self.compacts.iter().any(|name| name == tag || *name == compact(tag))
    }

    /// Finds the brand in a text, in order. Without given names every account counts.
    pub(crate) fn named_in(&self, text: &str, tokens: &[Token]) -> Vec<Named> {
        let mut found = Vec::new();
        for token in tokens {
            let is_brand = match token.kind {
                Kind::Mention if !self.is_given() => true,
                Kind::Mention | Kind::Hashtag => self.is(&text[token.start + 1..token.end]),
                Kind::Word | Kind::Link => false,
            };
            if is_brand {
                found.push(Named { start: token.start, end: token.end, kind: token.kind });
            }
        }
        for name in &self.names {
            for (start, name) in text.match_indices(name.as_str()) {
                let end = start + name.len();
                let free = |c: Option<char>| c.is_none_or(|c| !is_word(c) && c != '#' && c != '@' || is_unspaced(c));
                if free(text[..start].chars().next_back()) && free(text[end..].chars().next()) {
                    found.push(Named { start, end, kind: Kind::Word });
                }
            }
        }
        found.sort_by_key(|named| named.start);
        found
    }
}
