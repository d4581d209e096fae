//! Owns completing a name while it is typed. Never searches.
//!
//! First come those whose whole name or handle begins with what was typed, then those of whom a later word does, or all words
//! typed are words with the last one begun; when these are few, those that begin with something one or two typing errors
//! away. Within each, most followers first.
//!
//! Where the documents of a segment are sorted by followers, most first, the first that match are the answer; elsewhere all
//! that match are looked at. Both give the same.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use tantivy::{
    DocId, DocSet, Searcher, SegmentReader, TERMINATED, TantivyError,
    columnar::Column,
    index::SegmentId,
    query::{BooleanQuery, EnableScoring, Query},
};

use super::{
    query::{self, Boxed, term},
    schema::{IndexSchema, NAME, TIE},
    text::{any_of, begun, expand, most_errors},
};
use crate::{
    filter::{FOLLOWERS, Field, Filter},
    words::{self, LONGEST_GRAM},
};

/// From so many completions on, errors are not tolerated.
const FEW: usize = 3;

/// Of fewer characters, too much is one error away.
const SHORTEST_MISSPELT: usize = 4;

/// Which segments are sorted by followers; found out once for each.
#[derive(Debug, Default)]
pub(super) struct SortedSegments(Mutex<HashMap<SegmentId, bool>>);

impl SortedSegments {
    fn is_sorted(&self, segment: &SegmentReader, followers: Option<&Column<f64>>) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sorted) = known.get(&segment.segment_id()) {
            return *sorted;
        }
        let mut before = f64::INFINITY;
        let sorted = (0..segment.max_doc()).all(|document| {
            let value = followers_of(followers, document);
            let falls = value <= before;
            before = value;
            falls
        });
        known.insert(segment.segment_id(), sorted);
        sorted
    }

    /// Forgets segments that are gone.
    fn keep(&self, searcher: &Searcher) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() > 4 * searcher.segment_readers().len() + 16 {
            let there: HashSet<SegmentId> = searcher.segment_readers().iter().map(SegmentReader::segment_id).collect();
            known.retain(|id, _| there.contains(id));
        }
    }
}

/// Followers of a document; those who are not known stand behind 0.
fn followers_of(followers: Option<&Column<f64>>, document: DocId) -> f64 {
    followers.and_then(|column| column.first(document)).unwrap_or(-1.0)
}

/// Completes what is typed.
pub(super) struct Suggester<'a> {
    pub(super) schema: &'a IndexSchema,
    pub(super) searcher: &'a Searcher,
    pub(super) sorted: &'a SortedSegments,
}

impl Suggester<'_> {
    /// The names of at most `limit` creators, the best first.
    pub(super) fn suggest(&self, typed: &str, filter: &Filter, limit: usize) -> tantivy::Result<Vec<String>> {
        self.sorted.keep(self.searcher);
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
                let near: BTreeSet<String> = expand(self.searcher, column, &typed, errors)?;
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
        let weight = matching.weight(EnableScoring::disabled_from_searcher(self.searcher))?;
        let mut best: Vec<(Reverse<u64>, u64, String)> = Vec::new();
        for segment in self.searcher.segment_readers() {
            let columns = segment.fast_fields();
            let followers: Option<Column<f64>> =
                columns.column_opt(&self.schema.column(&Field::Metric(FOLLOWERS.to_owned())))?;
            let ties = columns.u64(TIE)?;
            let is_sorted = self.sorted.is_sorted(segment, followers.as_ref());
            let alive = segment.alive_bitset();
            let mut first: BinaryHeap<(Reverse<u64>, u64, DocId)> = BinaryHeap::new();
            let mut documents = weight.scorer(segment, 1.0)?;
            while documents.doc() != TERMINATED {
                let document = documents.doc();
                documents.advance();
                if alive.is_some_and(|alive| !alive.is_alive(document)) {
                    continue;
                }
                // Counts are whole numbers; those who are not known come last.
                let count = (followers_of(followers.as_ref(), document) + 1.0) as u64;
                let rank = (Reverse(count), ties.first(document).unwrap_or(0), document);
                if first.len() < limit {
                    first.push(rank);
                    continue;
                }
                let Some(mut last) = first.peek_mut() else { break };
                if rank < *last {
                    *last = rank;
                } else if is_sorted && rank.0 > last.0 {
                    break;
                }
            }
            for (count, tie, document) in first {
                best.push((count, tie, name_of(segment, document)?));
            }
        }
        best.sort();
        best.truncate(limit);
        Ok(best.into_iter().map(|(.., name)| name).collect())
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
