//! Owns how words to look for become one query of the index with scores. Never filters, or how results are collected.
//!
//! A score is the best of these levels that fits, highest first; followers decide between creators of one level. It does not
//! depend on other creators, so that it, and with it pages by relevance, stay as they are while others change. All parts are
//! whole numbers below 2^24, so that a sum is the same in whatever order the engine adds.
//!
//! 1. A handle or name is the text as written, but for case and spaces.
//! 2. It is the text but for signs, accents, width, kana and joined or split words.
//! 3. It begins with the text (of one letter of the Latin alphabet too many do).
//! 4. It has all words of the text.
//! 5. It goes on with the text from one of its words on, or has all words with the last one begun.
//! 6. Name, handle, niches, topics and hashtags have all words between them.
//! 7. A name or handle is the text but for one, then two typing errors (one in fewer than 6 letters); then all its words are such; then,
//!    in scripts without spaces, half of the pairs are in a name.
//! 8. All fields have all words between them.
//!
//! Levels 6 and 8 add up the weight of the best field of each word. Level 7 is looked for only when the text is nobody's name and
//! levels 1 to 5 find fewer than [`FEW`] creators: who writes a name as it is shall not be shown what resembles it. Whether it
//! is does not depend on the filter. Terms that are one or two edits away come from walking an automaton over the sorted
//! terms of the keys, which takes steps with the terms that are near, not with all of them; [`MAX_EXPANSIONS`] bounds them.

use std::collections::BTreeSet;

use tantivy::{
    DocSet, Score, Searcher, TERMINATED, Term,
    query::{
        BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery, EnableScoring, FuzzyTermQuery, Occur, Query,
        TermSetQuery,
    },
    schema::Field as Column,
};

use super::{
    query::{Boxed, beginning, term},
    schema::IndexSchema,
};
use crate::words::{self, LONGEST_GRAM};

/// Names found as they are written, from which number on errors are not tolerated.
const FEW: usize = 3;
/// The most terms that stand for a misspelt one, for each number of errors: the first in the order of terms.
pub(super) const MAX_EXPANSIONS: usize = 200;
/// The most words of a text of which each may be misspelt.
const MAX_MISSPELT_WORDS: usize = 4;

const LITERAL: Score = 120_000.0;
const WHOLE: Score = 110_000.0;
const BEGINNING: Score = 100_000.0;
const WORDS: Score = 90_000.0;
/// Scores from here on are of names that are found as they are written.
pub const NAMES: Score = LATER_START;
const LATER_START: Score = 80_000.0;
const TAGS: Score = 70_000.0;
const ONE_ERROR: Score = 60_000.0;
const TWO_ERRORS: Score = 50_000.0;
const MISSPELT_WORDS: Score = 40_000.0;
const HALF_OF_PAIRS: Score = 30_000.0;

const NAME_WEIGHT: Score = 8.0;
const TAG_WEIGHT: Score = 4.0;
const TITLE_WEIGHT: Score = 2.0;
const BIO_WEIGHT: Score = 1.0;

/// Creators that a text finds; none when there is no text. `exact`: all words are found as they are written.
pub(super) fn looked_for(
    schema: &IndexSchema,
    searcher: &Searcher,
    text: &str,
    exact: bool,
) -> tantivy::Result<Option<Boxed>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let found = words::of_query(text);
    if found.is_empty() {
        return Ok(Some(Box::new(EmptyQuery)));
    }
    let (key, runs) = (words::key(text), words::key_runs(text));
    let look = Look { schema, searcher, text, exact, key, runs, words: found };
    let mut levels = if exact { look.as_written() } else { look.by_name() };
    if !exact && !look.is_name_of_enough(&levels)? {
        levels.extend(look.misspelt()?);
    }
    let (names, tags) = ((schema.name_words, schema.handle_words), schema.tag_words);
    levels.push(look.all_words(TAGS, &[(names.0, NAME_WEIGHT), (names.1, NAME_WEIGHT), (tags, TAG_WEIGHT)]));
    let fields = [
        (names.0, NAME_WEIGHT),
        (names.1, NAME_WEIGHT),
        (tags, TAG_WEIGHT),
        (schema.title_words, TITLE_WEIGHT),
        (schema.bio_words, BIO_WEIGHT),
    ];
    levels.push(look.all_words(0.0, &fields));
    Ok(Some(Box::new(DisjunctionMaxQuery::new(levels))))
}

/// A text that is looked for.
struct Look<'a> {
    schema: &'a IndexSchema,
    searcher: &'a Searcher,
    text: &'a str,
    exact: bool,
    /// Of the whole text; empty when it has no letters and digits.
    key: String,
    /// Its words as keys.
    runs: Vec<String>,
    /// Its words as the index holds those of texts; at least one.
    words: Vec<String>,
}

impl Look<'_> {
    /// Levels 1 to 5.
    fn by_name(&self) -> Vec<Boxed> {
        let keys = self.schema.keys;
        let mut levels = vec![scored(term(keys.literal, &words::literal_key(self.text)), LITERAL)];
        if self.key.is_empty() {
            return levels;
        }
        levels.push(scored(term(keys.whole, &self.key), WHOLE));
        if self.key.len() > 1 {
            levels.push(scored(begun(keys.later_starts, keys.runs, &self.key), LATER_START));
            levels.push(scored(begun(keys.starts, keys.whole, &self.key), BEGINNING));
        }
        levels.push(scored(self.words_of_names(), WORDS));
        if let Some((last, whole)) = self.runs.split_last().filter(|(_, whole)| !whole.is_empty()) {
            let (last, runs) = (words::key(last), keys.runs);
            let mut all: Vec<Boxed> = whole.iter().map(|run| term(runs, &words::key(run))).collect();
            let starts = [begun(keys.starts, keys.whole, &last), begun(keys.later_starts, runs, &last)];
            all.push(Box::new(BooleanQuery::union(starts.into())));
            levels.push(scored(Box::new(BooleanQuery::intersection(all)), LATER_START));
        }
        levels
    }

    /// Levels 1, 2 and 4, of creators that have all words as they are written.
    fn as_written(&self) -> Vec<Boxed> {
        let keys = self.schema.keys;
        let both = |whole: Boxed, score| {
            scored(Box::new(BooleanQuery::intersection(vec![self.words_of_names(), whole])), score)
        };
        vec![
            both(term(keys.literal, &words::literal_key(self.text)), LITERAL),
            both(term(keys.whole, &self.key), WHOLE),
            scored(self.words_of_names(), WORDS),
        ]
    }

    /// Creators whose name and handle have all words between them.
    fn words_of_names(&self) -> Boxed {
        let mut columns = vec![self.schema.name_words, self.schema.handle_words];
        if !self.exact {
            // Words that are joined there.
            columns.push(self.schema.keys.runs);
        }
        let in_either = |word: &String| -> Boxed {
            Box::new(BooleanQuery::union(columns.iter().map(|column| term(*column, word)).collect()))
        };
        Box::new(BooleanQuery::intersection(self.words.iter().map(in_either).collect()))
    }

    /// Creators that have each word in one of the fields, by the sum of the weights of the best field of each, on a base.
    fn all_words(&self, base: Score, fields: &[(Column, Score)]) -> Boxed {
        let of_word = |(place, word): (usize, &String)| -> (Occur, Boxed) {
            let base = if place == 0 { base } else { 0.0 };
            let in_field = |(column, weight): &(Column, Score)| scored(term(*column, word), base + weight);
            (Occur::Must, Box::new(DisjunctionMaxQuery::new(fields.iter().map(in_field).collect())))
        };
        Box::new(BooleanQuery::new(self.words.iter().enumerate().map(of_word).collect()))
    }

    /// Whether the text is somebody's name, or enough names are found by it as it is written.
    fn is_name_of_enough(&self, levels: &[Boxed]) -> tantivy::Result<bool> {
        if self.key.is_empty() {
            return Ok(true);
        }
        let whole = levels.iter().take(2).map(|level| level.box_clone()).collect();
        let any = levels.iter().map(|level| level.box_clone()).collect();
        Ok(self.has(&BooleanQuery::union(whole), 1)? || self.has(&BooleanQuery::union(any), FEW)?)
    }

    /// Whether a query finds so many creators; looks no further.
    fn has(&self, query: &dyn Query, wanted: usize) -> tantivy::Result<bool> {
        let weight = query.weight(EnableScoring::disabled_from_searcher(self.searcher))?;
        let mut found = 0;
        for segment in self.searcher.segment_readers() {
            let mut documents = weight.scorer(segment, 1.0)?;
            let alive = segment.alive_bitset();
            while documents.doc() != TERMINATED {
                found += usize::from(alive.is_none_or(|alive| alive.is_alive(documents.doc())));
                if found >= wanted {
                    return Ok(true);
                }
                documents.advance();
            }
        }
        Ok(false)
    }

    /// Level 7.
    fn misspelt(&self) -> tantivy::Result<Vec<Boxed>> {
        let keys = self.schema.keys;
        let mut levels = Vec::new();
        let whole = words::close_forms(&self.runs.concat());
        let [one, two] = self.near(keys.whole, &whole)?;
        levels.push(scored(any_of(keys.whole, &one), ONE_ERROR));
        levels.push(scored(any_of(keys.whole, &two), TWO_ERRORS));
        if self.runs.len() <= MAX_MISSPELT_WORDS {
            let mut all: Vec<Boxed> = Vec::with_capacity(self.runs.len());
            for run in &self.runs {
                let forms = words::close_forms(run);
                let [mut near, two] = self.near(keys.runs, &forms)?;
                near.extend(two);
                near.extend(forms);
                all.push(any_of(keys.runs, &near));
            }
            levels.push(scored(Box::new(BooleanQuery::intersection(all)), MISSPELT_WORDS));
        }
        let pairs = self.words.iter().filter(|word| word.chars().count() == 2 && !word.is_ascii()).count();
        if pairs == self.words.len() && pairs > 2 {
            let names = self.words.iter().map(|pair| term(self.schema.name_words, pair)).collect();
            let half = BooleanQuery::union_with_minimum_required_clauses(names, pairs.div_ceil(2));
            levels.push(scored(Box::new(half), HALF_OF_PAIRS));
        }
        Ok(levels)
    }

    /// The terms of a column that are one edit away from one of the forms of a key, and those that are two.
    fn near(&self, column: Column, forms: &[String]) -> tantivy::Result<[BTreeSet<String>; 2]> {
        let (mut one, mut two) = (BTreeSet::new(), BTreeSet::new());
        for form in forms {
            let most = most_errors(form);
            if most >= 1 {
                one.extend(expand(self.searcher, column, form, 1)?);
            }
            if most >= 2 && one.len() < FEW {
                two.extend(expand(self.searcher, column, form, 2)?);
            }
        }
        two.retain(|key| !one.contains(key));
        Ok([one, two])
    }
}

/// How many typing errors are tolerated in a key.
pub(super) fn most_errors(key: &str) -> u8 {
    match key.chars().count() {
        0 | 1 => 0,
        2..=5 => 1,
        _ => 2,
    }
}

/// The terms of a column that are at most so many edits away from a key (a letter too few, too many, another, or two
/// exchanged).
pub(super) fn expand(searcher: &Searcher, column: Column, key: &str, errors: u8) -> tantivy::Result<BTreeSet<String>> {
    let near = FuzzyTermQuery::new(Term::from_field_text(column, key), errors, true).automaton()?;
    let mut terms = BTreeSet::new();
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(column)?;
        let mut stream = index.terms().search(&near).into_stream()?;
        let mut left = MAX_EXPANSIONS;
        while left > 0 && stream.advance() {
            left -= 1;
            terms.insert(String::from_utf8_lossy(stream.key()).into_owned());
        }
    }
    // The first of all segments are among the first of each, so what is taken does not depend on how segments are cut.
    while terms.len() > MAX_EXPANSIONS {
        terms.pop_last();
    }
    Ok(terms)
}

/// Creators with one of these terms.
pub(super) fn any_of(column: Column, terms: &BTreeSet<String>) -> Boxed {
    if terms.is_empty() {
        return Box::new(EmptyQuery);
    }
    Box::new(TermSetQuery::new(terms.iter().map(|text| Term::from_field_text(column, text))))
}

/// Creators of whom a key begins so: by the terms of beginnings as far as these go, else by the keys themselves.
pub(super) fn begun(beginnings: Column, keys: Column, start: &str) -> Boxed {
    if start.chars().count() <= LONGEST_GRAM { term(beginnings, start) } else { beginning(keys, start) }
}

fn scored(query: Boxed, score: Score) -> Boxed {
    Box::new(ConstScoreQuery::new(query, score))
}
