//! Owns how much memory columns and matches may take, and which matches are kept. Never what they are.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tantivy::index::SegmentId;

use super::matches::Matches;
use crate::filter::Expression;

/// What an entry takes beside its documents, in bytes; more than it does, so that the number of entries stays small.
const ENTRY: usize = 4_096;

/// The memory that indexes share beside the engine's own. Cheap to clone.
///
/// Three quarters are for columns: those that do not fit are read from the engine's files, slower. A quarter is for matches of
/// conditions: those that were not used for longest make room.
#[derive(Clone)]
pub struct Memory(Arc<Inner>);

struct Inner {
    bound: usize,
    columns: AtomicUsize,
    matches: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    entries: HashMap<(SegmentId, Arc<str>), Entry>,
    bytes: usize,
    /// Counts uses.
    now: u64,
}

struct Entry {
    matches: Arc<Matches>,
    expression: Arc<Expression>,
    bytes: usize,
    used: u64,
}

impl Memory {
    /// So many bytes.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Inner { bound: bytes, columns: AtomicUsize::new(0), matches: Mutex::default() }))
    }

    /// Bytes that columns take, and bytes that matches take.
    pub fn used(&self) -> (usize, usize) {
        (self.0.columns.load(Ordering::Relaxed), self.kept().bytes)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.matches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes memory for a column until the share is dropped; none when there is not enough.
    pub(in crate::index) fn take(&self, bytes: usize) -> Option<Share> {
        let most = self.0.bound / 4 * 3;
        let add = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= most);
        self.0.columns.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).ok()?;
        Some(Share { memory: self.clone(), bytes })
    }

    /// The matches of an expression in a segment, if they are kept.
    pub(in crate::index) fn matches(&self, segment: SegmentId, key: &Arc<str>) -> Option<Arc<Matches>> {
        let mut kept = self.kept();
        kept.now += 1;
        let now = kept.now;
        let entry = kept.entries.get_mut(&(segment, key.clone()))?;
        entry.used = now;
        Some(entry.matches.clone())
    }

    /// Keeps matches, and forgets others when there is not enough memory.
    pub(in crate::index) fn keep(
        &self,
        segment: SegmentId,
        key: &Arc<str>,
        expression: &Expression,
        matches: &Arc<Matches>,
    ) {
        let most = self.0.bound / 4;
        let bytes = matches.bytes() + key.len() * 2 + ENTRY;
        if bytes > most {
            return;
        }
        let mut kept = self.kept();
        kept.now += 1;
        let used = kept.now;
        let entry = Entry { matches: matches.clone(), expression: Arc::new(expression.clone()), bytes, used };
        kept.bytes += bytes;
        if let Some(before) = kept.entries.insert((segment, key.clone()), entry) {
            kept.bytes -= before.bytes;
        }
        if kept.bytes > most {
            kept.shrink(most / 8 * 7);
        }
    }

    /// Forgets the matches of a segment that is no more.
    pub(in crate::index) fn forget(&self, gone: &[SegmentId]) {
        let mut kept = self.kept();
        kept.entries.retain(|(segment, _), _| !gone.contains(segment));
        kept.bytes = kept.entries.values().map(|entry| entry.bytes).sum();
    }

    /// The expressions that were used last in these segments, at most so many.
    pub(in crate::index) fn used_last(&self, segments: &[SegmentId], most: usize) -> Vec<(Arc<str>, Arc<Expression>)> {
        let kept = self.kept();
        let mut last: HashMap<&Arc<str>, (u64, &Arc<Expression>)> = HashMap::new();
        for ((segment, key), entry) in &kept.entries {
            if segments.contains(segment) {
                let seen = last.entry(key).or_insert((0, &entry.expression));
                seen.0 = seen.0.max(entry.used);
            }
        }
        let mut last: Vec<_> = last.into_iter().collect();
        last.sort_unstable_by_key(|(_, (used, _))| std::cmp::Reverse(*used));
        last.into_iter().take(most).map(|(key, (_, expression))| (key.clone(), expression.clone())).collect()
    }
}

impl Kept {
    /// Forgets what was not used for longest.
    fn shrink(&mut self, most: usize) {
        let mut oldest: Vec<(u64, (SegmentId, Arc<str>))> =
            self.entries.iter().map(|(key, entry)| (entry.used, key.clone())).collect();
        oldest.sort_unstable_by_key(|(used, _)| *used);
        for (_, key) in oldest {
            if self.bytes <= most {
                return;
            }
            if let Some(entry) = self.entries.remove(&key) {
                self.bytes -= entry.bytes;
            }
        }
    }
}

/// Memory that a column holds.
pub(in crate::index) struct Share {
    memory: Memory,
    bytes: usize,
}

impl Drop for Share {
    fn drop(&mut self) {
        self.memory.0.columns.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
