//! Owns the one pass over the creators that match: the first of an order behind a place, how many there are, and facets.
//! Never queries.

use std::collections::BinaryHeap;

use tantivy::{
    DocId, Score, SegmentOrdinal, SegmentReader, TantivyError,
    collector::{Collector, SegmentCollector},
    columnar::{Column, MonotonicallyMappableToU64, StrColumn},
};
use tantivy::sstable_compat::TermOrdHit;

use super::{
    facet::{FacetCounts, SegmentFacet},
    schema::{NAME, TIE},
};
use crate::order::{By, MAX_KEYS, Order, Place, Value, bits};
