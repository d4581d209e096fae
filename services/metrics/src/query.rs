//! Owns what callers may ask for, once checked. Never how it is answered.

use creatorscope_domain::{CreatorId, Window};
use jiff::Timestamp;

use crate::{cohort::Cohort, definitions::Definition, progress::Positions, selection::Selection, store::CreatorFilter};

/// The most values that one answer holds.
pub const MAX_VALUES: usize = 100_000;

/// Asks for metrics of creators.
#[derive(Debug, Clone)]
pub struct MetricsQuery {
    /// Of whom, in order.
    pub creators: Vec<CreatorId>,
    /// Which numbers.
    pub selection: Selection,
    /// Only observations up to this time count; none for all.
    pub until: Option<Timestamp>,
    /// Whether values say where they stand.
    pub with_standing: bool,
}

/// Asks for benchmarks.
#[derive(Debug, Clone)]
pub struct CohortQuery {
    /// Of which cohorts, in order.
    pub cohorts: Vec<Cohort>,
    /// Which numbers, all posts together.
    pub selection: Selection,
    /// What the answer must show.
    pub after: Positions,
}

/// Asks for the past of one number.
#[derive(Debug, Clone)]
pub struct HistoryQuery {
    /// Of whom.
    pub creator: CreatorId,
    /// Which number.
    pub definition: &'static Definition,
    /// In which window.
    pub window: Window,
    /// From when, inclusive.
    pub start: Option<Timestamp>,
    /// Until when, exclusive.
    pub end: Option<Timestamp>,
    /// How many values at most, 1 to 1 000.
    pub page_size: usize,
    /// `next_page_token` of the page before; empty for the first page.
    pub page_token: String,
}

impl HistoryQuery {
    /// What page tokens are sealed to: everything but the page.
    pub fn context(&self) -> Vec<u8> {
        let Self { creator, definition, window, start, end, .. } = self;
        format!("history {creator} {} {window} {start:?} {end:?}", definition.name()).into_bytes()
    }
}

/// Asks for a page of a creator's posts.
#[derive(Debug, Clone)]
pub struct PostsQuery {
    /// Of whom.
    pub creator: CreatorId,
    /// How many posts at most, 1 to 1 000.
    pub page_size: usize,
    /// `next_page_token` of the page before; empty for the first page.
    pub page_token: String,
}

impl PostsQuery {
    /// What page tokens are sealed to: everything but the page.
    pub fn context(&self) -> Vec<u8> {
        format!("posts {}", self.creator).into_bytes()
    }
}

/// Asks for everything that is stored of creators.
#[derive(Debug, Clone)]
pub struct ExportQuery {
    /// Of whom.
    pub filter: CreatorFilter,
    /// Only creators behind this one, in the order of names.
    pub after: Option<CreatorId>,
}

/// Asks for a stream of metrics.
#[derive(Debug, Clone)]
pub struct WatchQuery {
    /// Of whom.
    pub filter: CreatorFilter,
    /// Which numbers.
    pub selection: Selection,
}
