//! Owns the finding of patterns in one text of a post. Never which jurisdiction accepts them.

use crate::{
    brand::{Brand, Named},
    check::{Field, Span},
    normalise::{Normal, is_unspaced, is_word},
    rules::{Patterns, Shape},
    tokens::{Kind, Token, tokens},
};

/// Brand and label may be this many bytes apart and still be one phrase: a few words, or an article and a blank.
const NEAR: usize = 24;

/// How a pattern stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// As a whole hashtag.
    Hashtag,
    /// Set apart: first, in brackets, before a colon, dash or bar, or alone on its line; or a phrase.
    Apart,
    /// One word among others.
    Running,
    /// Inside a longer hashtag of a script without blanks.
    InHashtag,
}

/// A pattern in a text, in bytes of its comparable form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit {
    pub(crate) pattern: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Where its last part ends up, for labels of several hashtags: the place that is judged.
    pub(crate) judged: usize,
    pub(crate) standing: Standing,
    /// Whether an account was taken for a brand that nobody named.
    pub(crate) brand_assumed: bool,
}

/// A text with all that was found in it.
#[derive(Debug)]
pub(crate) struct Found<'t> {
    pub(crate) field: Field,
    pub(crate) original: &'t str,
    pub(crate) normal: Normal,
    pub(crate) tokens: Vec<Token>,
    pub(crate) brand: Vec<Named>,
    /// In order of their start; without those inside a negation.
    pub(crate) hits: Vec<Hit>,
    /// Negations: pattern, start, end.
    pub(crate) negations: Vec<(usize, usize, usize)>,
}

impl<'t> Found<'t> {
    pub(crate) fn of(field: Field, original: &'t str, patterns: &Patterns, brand: &Brand) -> Self {
        let normal = Normal::of(original);
        let tokens = tokens(&normal.text);
        let brand_named = brand.named_in(&normal.text, &tokens);
        let mut found =
            Self { field, original, normal, tokens, brand: brand_named, hits: Vec::new(), negations: Vec::new() };
        found.hashtags(patterns, brand);
        found.words(patterns, brand);
        found.brands(patterns);
        found.negations.sort_by_key(|&(_, start, end)| (start, end));
        found.negations.dedup_by_key(|&mut (_, start, end)| (start, end));
        // Ends of the negations so far: a label that begins before the furthest of them is in one.
        let mut furthest = Vec::with_capacity(found.negations.len());
        for &(_, _, end) in &found.negations {
            furthest.push(furthest.last().map_or(end, |&last: &usize| last.max(end)));
        }
        let negations = &found.negations;
        found.hits.retain(|hit| {
            let before = negations.partition_point(|&(_, start, _)| start <= hit.start);
            before == 0 || furthest[before - 1] <= hit.start
        });
        found.hits.sort_by_key(|hit| (hit.start, usize::MAX - hit.end));
        found
    }

    fn text(&self) -> &str {
        &self.normal.text
    }

    fn hashtags(&mut self, patterns: &Patterns, brand: &Brand) {
        for n in 0..self.tokens.len() {
            let token = self.tokens[n];
            if token.kind != Kind::Hashtag {
                continue;
            }
            let tag = &self.normal.text[token.start + 1..token.end];
            for &pattern in patterns.tags.get(tag).into_iter().flatten() {
                let mut hit = Hit {
                    pattern,
                    start: token.start,
                    end: token.end,
                    judged: token.start,
                    standing: Standing::Hashtag,
                    brand_assumed: false,
                };
                match &patterns.all[pattern].shape {
                    Shape::TagAndBrandTag(_) => {
                        let Some(other) = self.brand_tag(n, brand) else { continue };
                        hit.judged = token.start.max(other.start);
                        hit.end = if other.start > token.start { other.end } else { token.end };
                        hit.brand_assumed = !brand.is_given();
                    }
                    Shape::TagThenBrand(_) => {
                        let Some(end) = self.brand_behind(token.end) else { continue };
                        hit.end = end;
                        hit.brand_assumed = !brand.is_given();
                    }
                    _ => {}
                }
                self.push(patterns, hit);
            }
            for &pattern in &patterns.by_brand {
                let Shape::BrandAnd(ending, _) = &patterns.all[pattern].shape else { continue };
                let tag = &self.normal.text[token.start + 1..token.end];
                let Some(name) = tag.strip_suffix(ending.as_str()).filter(|name| !name.is_empty()) else { continue };
                if brand.is(name) || !brand.is_given() {
                    let hit = Hit {
                        pattern,
                        start: token.start,
                        end: token.end,
                        judged: token.start,
                        standing: Standing::Hashtag,
                        brand_assumed: !brand.is_given(),
                    };
                    self.push(patterns, hit);
                }
            }
        }
    }

    /// The brand's hashtag that goes with a hashtag label; without a given brand the next hashtag.
    fn brand_tag(&self, label: usize, brand: &Brand) -> Option<Named> {
        if brand.is_given() {
            return self.brand.iter().find(|named| named.kind == Kind::Hashtag).copied();
        }
        let next = self.tokens.get(label + 1).filter(|next| next.kind == Kind::Hashtag)?;
        Some(Named { start: next.start, end: next.end, kind: next.kind })
    }

    fn brand_behind(&self, end: usize) -> Option<usize> {
        let next = self.brand.partition_point(|named| named.start < end);
        self.brand.get(next).filter(|named| named.start <= end + NEAR).map(|named| named.end)
    }

    fn brand_before(&self, start: usize) -> Option<usize> {
        let next = self.brand.partition_point(|named| named.end <= start);
        let named = self.brand.get(next.checked_sub(1)?)?;
        (named.end + NEAR >= start).then_some(named.start)
    }

    fn words(&mut self, patterns: &Patterns, brand: &Brand) {
        let mut hits = Vec::new();
        for found in patterns.automaton.find_overlapping_iter(self.text()) {
            let (start, end) = (found.start(), found.end());
            if !self.is_free(start, end) {
                continue;
            }
            for &pattern in &patterns.anchored[found.pattern().as_usize()] {
                let one = &patterns.all[pattern];
                let mut hit =
                    Hit { pattern, start, end, judged: start, standing: Standing::Apart, brand_assumed: false };
                match &one.shape {
                    Shape::AroundBrand(before, after) => {
                        let Some((start, end)) = self.around_brand(before, after, start, end) else { continue };
                        (hit.start, hit.end, hit.judged) = (start, end, start);
                        hit.brand_assumed = !brand.is_given();
                    }
                    _ if one.unspaced => match self.token_at(start) {
                        // The hashtag as a whole was found among the hashtags.
                        Some(token) if token.kind == Kind::Hashtag && token.end == end && token.start + 1 == start => {
                            continue;
                        }
                        // `#제품협찬` ends as a label; `#협찬문의` only begins like one and asks for sponsors.
                        Some(token) if token.kind == Kind::Hashtag && one.negation.is_none() && token.end != end => {
                            continue;
                        }
                        Some(token) if token.kind == Kind::Hashtag => hit.standing = Standing::InHashtag,
                        _ => {}
                    },
                    _ if one.single && !self.is_apart(start, end) => {
                        if one.short && !self.is_spoken() {
                            continue;
                        }
                        hit.standing = Standing::Running;
                    }
                    _ => {}
                }
                hits.push(hit);
            }
        }
        for hit in hits {
            self.push(patterns, hit);
        }
    }

    /// Whether the text is speech, which has no marks to set a word apart.
    fn is_spoken(&self) -> bool {
        matches!(self.field, Field::Transcript | Field::OnScreenText)
    }

    fn around_brand(&self, before: &str, after: &str, start: usize, end: usize) -> Option<(usize, usize)> {
        if before.len() >= after.len() {
            let brand_end = self.brand_behind(end)?;
            if after.is_empty() {
                return Some((start, brand_end));
            }
            let window = self.window(brand_end, brand_end + NEAR + after.len());
            window.find(after).map(|at| (start, brand_end + at + after.len()))
        } else {
            let brand_start = self.brand_before(start)?;
            if before.is_empty() {
                return Some((brand_start, end));
            }
            let from = brand_start.saturating_sub(NEAR + before.len());
            let window = self.window(from, brand_start);
            let from = brand_start - window.len();
            window.rfind(before).map(|at| (from + at, end))
        }
    }

    /// A piece of the text, cut inwards to whole characters at its start and end.
    fn window(&self, mut from: usize, to: usize) -> &str {
        let text = self.text();
        let mut to = to.min(text.len());
        while !text.is_char_boundary(to) {
            to -= 1;
        }
        while !text.is_char_boundary(from) {
            from += 1;
        }
        &text[from.min(to)..to]
    }

    fn brands(&mut self, patterns: &Patterns) {
        for &pattern in &patterns.by_brand {
            let kind = match patterns.all[pattern].shape {
                Shape::BrandTag => Kind::Hashtag,
                Shape::BrandHandle => Kind::Mention,
                _ => continue,
            };
            if let Some(named) = self.brand.iter().find(|named| named.kind == kind).copied() {
                let hit = Hit {
                    pattern,
                    start: named.start,
                    end: named.end,
                    judged: named.start,
                    standing: Standing::Hashtag,
                    brand_assumed: false,
                };
                self.push(patterns, hit);
            }
        }
    }

    fn push(&mut self, patterns: &Patterns, hit: Hit) {
        let pattern = &patterns.all[hit.pattern];
        if pattern.negation.is_some() {
            self.negations.push((hit.pattern, hit.start, hit.end));
        }
        if !pattern.uses.is_empty() {
            self.hits.push(hit);
        }
    }

    /// The token that holds a byte.
    fn token_at(&self, at: usize) -> Option<Token> {
        let next = self.tokens.partition_point(|token| token.start <= at);
        self.tokens.get(next.checked_sub(1)?).copied().filter(|token| at < token.end)
    }

    /// Tells whether a piece begins and ends where words do, and is in no link, account or single hashtag.
    fn is_free(&self, start: usize, end: usize) -> bool {
        let text = self.text();
        let piece = &text[start..end];
        let (Some(first), Some(last)) = (piece.chars().next(), piece.chars().next_back()) else { return false };
        if let Some(token) = self.token_at(start)
            && (matches!(token.kind, Kind::Link | Kind::Mention)
                || token.kind == Kind::Hashtag && !is_unspaced(first) && end <= token.end)
        {
            return false;
        }
        let before = text[..start].chars().next_back();
        let behind = text[end..].chars().next();
        if is_word(first) && !is_unspaced(first) {
            let joined = before.is_some_and(|c| is_word(c) && !is_unspaced(c) || c == '@')
                || before.is_some_and(|c| matches!(c, '-' | '\'' | '’'))
                    && text[..start].chars().rev().nth(1).is_some_and(is_word);
            if joined {
                return false;
            }
        }
        if is_word(last) && !is_unspaced(last) {
            let joined = behind.is_some_and(|c| is_word(c) && !is_unspaced(c))
                || behind.is_some_and(|c| matches!(c, '-' | '\'' | '’'))
                    && text[end..].chars().nth(1).is_some_and(is_word);
            if joined {
                return false;
            }
        }
        true
    }

    /// Tells whether a word is first, in brackets, before a colon, dash, bar or semicolon, or alone on its line.
    fn is_apart(&self, start: usize, end: usize) -> bool {
        if self.tokens.first().is_some_and(|first| first.start == start) {
            return true;
        }
        let before = self.text()[..start].trim_end_matches([' ', '"', '*']);
        let behind = self.text()[end..].trim_start_matches([' ', '"', '*']);
        let opens = before.ends_with(['(', '[', '{', '<', '【', '「', '『', '〔', '《', '〈']);
        let closes = behind.starts_with([')', ']', '}', '>', '】', '」', '』', '〕', '》', '〉']);
        let leads = behind.starts_with([':', '|', '-', '–', '—', ';', '•', '·', '/', '│']);
        let own_line = (before.is_empty() || before.ends_with('\n'))
            && (behind.is_empty() || behind.trim_start_matches(['.', '!']).starts_with('\n'));
        opens || closes || leads || own_line
    }

    /// Tells whether a word is first in the text or directly in brackets: nothing else is surely meant as a label.
    pub(crate) fn is_surely_apart(&self, hit: &Hit) -> bool {
        let before = self.text()[..hit.start].trim_end();
        self.tokens.first().is_some_and(|first| first.start >= hit.start)
            || before.ends_with(['(', '[', '{', '<', '【', '「', '『', '〔', '《', '〈'])
    }

    /// Gives the piece as it was written.
    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        let (start, end) = self.normal.original(start, end);
        let text = self.original.chars().skip(start).take(end - start).collect();
        Span { field: self.field, start, end, text }
    }
}
