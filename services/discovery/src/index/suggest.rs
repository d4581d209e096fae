//! Owns completing a name while it is typed. Never searches.
//!
//! First come those whose whole name or handle begins with what was typed, then those of whom a later word does, or all words
//! typed are words with the last one begun; when these are few, those that begin with something one or two typing errors
//! away. Within each, most followers first.
//!
//! The documents of a segment are sorted by followers, most first: the first that match are the answer, and no others are looked at.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
};

use tantivy::{
    DocId, DocSet, SegmentReader, TERMINATED, TantivyError,
    query::{BooleanQuery, EnableScoring, Query},
};

use super::{
    collect,
    query::{self, Boxed, term},
    schema::{IndexSchema, NAME},
    snapshot::Snapshot,
    text::{any_of, begun, expand, most_errors},
};
use crate::{
    filter::Filter,
    words::{self, LONGEST_GRAM},
};

/// From so many completions on, errors are not tolerated.
const FEW: usize = 3;

/// Of fewer characters, too much is one error away.
const SHORTEST_MISSPELT: usize = 4;

/// Completes what is typed.
pub(super) struct Suggester<'a> {
    pub(super) schema: &'a IndexSchema,
    pub(super) snapshot: &'a Snapshot,
}

impl Suggester<'_> {
    /// The names of at most `limit` creators, the best first.
    pub(super) fn suggest(&self, typed: &str, filter: &Filter, limit: usize) -> tantivy::Result<Vec<String>> {
        let mut names: Vec<String> = Vec::with_capacity(limit);
        for level in self.levels(typed) {
            self.add(&mut names, &level, filter, limit)?;
        }
        if names.len() < FEW.min(limit) {
            for level in self.misspelt(typed)? {
                self.add(&mut names, &level, filter, limit)?;
            }
        }
        Ok(names)
    }

    fn levels(&self, typed: &str) -> Vec<Boxed> {
        let keys = self.schema.keys;
        let key = words::key(typed);
        if key.is_empty() {
            // Signs and emoji: names that are nothing else.
            return vec![term(keys.literal, &words::literal_key(typed))];
        }
        let mut levels = vec![begun(keys.starts, keys.whole, &key), begun(keys.later_starts, keys.runs, &key)];
        let runs = words::key_runs(typed);
        if let Some((last, whole)) = runs.split_last().filter(|(_, whole)| !whole.is_empty()) {
            let last = words::key(last);
            let mut all: Vec<Boxed> = whole.iter().map(|run| term(keys.runs, &words::key(run))).collect();
            let starts = [begun(keys.starts, keys.whole, &last), begun(keys.later_starts, keys.runs, &last)];
            all.push(Box::new(BooleanQuery::union(starts.into())));
            levels.push(Box::new(BooleanQuery::intersection(all)));
        }
        levels
    }

    /// Those that begin with something close: the beginnings of names are terms, so what was typed is compared with terms as
    /// long as it, which a letter too few or too many may make longer.
    fn misspelt(&self, typed: &str) -> tantivy::Result<Vec<Boxed>> {
        let key = words::key(typed);
        let mut levels = Vec::new();
        let most = if key.chars().count() < SHORTEST_MISSPELT { 0 } else { most_errors(&key) };
        for errors in 1..=most {
            let typed: String = key.chars().take(LONGEST_GRAM - usize::from(errors)).collect();
            for column in [self.schema.keys.starts, self.schema.keys.later_starts] {
                let near: BTreeSet<String> = expand(&self.snapshot.searcher, column, &typed, errors)?;
                levels.push(any_of(column, &near));
            }
        }
        Ok(levels)
    }

    /// Adds those of a level that are not there yet.
    fn add(&self, names: &mut Vec<String>, level: &Boxed, filter: &Filter, limit: usize) -> tantivy::Result<()> {
        if names.len() >= limit {
            return Ok(());
        }
        // So many that those which are there already can be left out.
        for name in self.most_followed(level, filter, limit)? {
            if names.len() < limit && !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(())
    }

    /// The names of those that match who have the most followers.
    fn most_followed(&self, level: &Boxed, filter: &Filter, limit: usize) -> tantivy::Result<Vec<String>> {
        let matching = query::matching(self.schema, Some(level), filter);
        let weight = matching.weight(EnableScoring::disabled_from_searcher(&self.snapshot.searcher))?;
        let mut best: Vec<(Reverse<u64>, u64, usize, DocId)> = Vec::new();
        for (ordinal, segment) in self.snapshot.segments.iter().enumerate() {
            let alive = segment.reader.alive_bitset();
            let mut first: BinaryHeap<(Reverse<u64>, u64, DocId)> = BinaryHeap::new();
            let mut documents = weight.scorer(&segment.reader, 1.0)?;
            while documents.doc() != TERMINATED {
                let document = documents.doc();
                documents.advance();
                if alive.is_some_and(|alive| !alive.is_alive(document)) {
                    continue;
                }
                let rank = Reverse(segment.rank_of(document as usize));
                let found = (rank, segment.columns.tie.first(document).unwrap_or(0), document);
                if first.len() < limit {
                    first.push(found);
                    continue;
                }
                let Some(mut last) = first.peek_mut() else { break };
                if found < *last {
                    *last = found;
                } else if rank > last.0 {
                    break;
                }
            }
            best.extend(first.into_iter().map(|(rank, tie, document)| (rank, tie, ordinal, document)));
        }
        best.sort_unstable();
        best.truncate(limit);
        let name =
            |(.., ordinal, document): (_, _, usize, DocId)| collect::name(&self.snapshot.segments[ordinal], document);
        best.into_iter().map(name).collect()
    }
}

/// `creators/{creator}` of a document.
pub(super) fn name_of(segment: &SegmentReader, document: DocId) -> tantivy::Result<String> {
    let unnamed = || TantivyError::InternalError(format!("document {document} has no name"));
    let names = segment.fast_fields().str(NAME)?.ok_or_else(unnamed)?;
    let ordinal = names.ords().first(document).ok_or_else(unnamed)?;
    let mut name = String::new();
    names.ord_to_str(ordinal, &mut name)?;
    Ok(name)
}
