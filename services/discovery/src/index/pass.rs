//! Owns the one pass over the creators that match: the first of an order, how many there are, and which. Never what a filter
//! or an order means.

use tantivy::{
    DocSet, Score, TERMINATED,
    query::{EnableScoring, Query, Scorer, Weight},
};

use super::{
    Search,
    collect::{self, Hit, Top},
    columns::{BLOCK, Bits},
    plan::{Plan, Planner},
    schema::IndexSchema,
    snapshot::{Segment, Snapshot},
};
use crate::{
    filter::Filter,
    order::{By, Place},
};

/// What a pass finds.
pub(super) struct Found {
    pub(super) hits: Vec<Hit>,
    /// How many match; of no meaning when nobody asked for all.
    pub(super) total: u64,
    /// Which match, by segments and their blocks, when somebody asked.
    pub(super) kept: Vec<Vec<Bits>>,
}

/// Finds the first creators of an order behind a place.
pub(super) fn search(
    schema: &IndexSchema,
    snapshot: &Snapshot,
    search: &Search,
    text: Option<&dyn Query>,
) -> tantivy::Result<Found> {
    let by_relevance = search.order.keys.iter().any(|key| key.by == By::Relevance);
    let scoring = if by_relevance {
        EnableScoring::enabled_from_searcher(&snapshot.searcher)
    } else {
        EnableScoring::disabled_from_searcher(&snapshot.searcher)
    };
    let weight = text.map(|text| text.weight(scoring)).transpose()?;
    let keeps = !search.facets.is_empty();
    let counts_all = keeps || !search.skip_total;
    let mut total = 0;
    let mut kept = Vec::new();
    let mut first: Vec<(Place, usize, u32)> = Vec::new();
    for (ordinal, segment) in snapshot.segments.iter().enumerate() {
        let plan = Planner::new(schema, segment).filter(&search.filter)?;
        let last = first.last().filter(|_| first.len() == search.limit);
        let bound = last.and_then(|(place, ..)| collect::bound(place));
        let mut top = Top::new(schema, segment, &search.order, search.after.as_ref(), search.limit, bound)?;
        let mut matching = if keeps { vec![Bits::EMPTY; segment.blocks()] } else { Vec::new() };
        let mut blocks = Blocks::new(segment, &plan, weight.as_deref(), by_relevance)?;
        while let Some(block) = blocks.next(|block| if counts_all { Some(true) } else { top.wants(block) }) {
            let bits = blocks.bits(block);
            if bits.is_empty() {
                continue;
            }
            if counts_all {
                total += bits.count();
            }
            if let Some(kept) = matching.get_mut(block) {
                *kept = bits;
            }
            if top.wants(block) == Some(true) {
                top.take(block, bits, &blocks.scores);
            }
        }
        kept.push(matching);
        let found = top.harvest()?;
        if !found.is_empty() {
            first.extend(found.into_iter().map(|(place, document)| (place, ordinal, document)));
            first.sort_by(|left, right| search.order.compare(&left.0, &right.0));
            first.truncate(search.limit);
        }
    }
    let mut hits = Vec::with_capacity(first.len());
    for (place, ordinal, document) in first {
        hits.push(Hit { name: collect::name(&snapshot.segments[ordinal], document)?, place });
    }
    Ok(Found { hits, total, kept })
}

/// The creators that a text finds and a filter keeps, by segments and their blocks.
pub(super) fn matching(
    schema: &IndexSchema,
    snapshot: &Snapshot,
    filter: &Filter,
    text: Option<&dyn Query>,
) -> tantivy::Result<Vec<Vec<Bits>>> {
    let scoring = EnableScoring::disabled_from_searcher(&snapshot.searcher);
    let weight = text.map(|text| text.weight(scoring)).transpose()?;
    let mut kept = Vec::with_capacity(snapshot.segments.len());
    for segment in &snapshot.segments {
        let plan = Planner::new(schema, segment).filter(filter)?;
        let mut matching = vec![Bits::EMPTY; segment.blocks()];
        let mut blocks = Blocks::new(segment, &plan, weight.as_deref(), false)?;
        while let Some(block) = blocks.next(|_| Some(true)) {
            matching[block] = blocks.bits(block);
        }
        kept.push(matching);
    }
    Ok(kept)
}

/// Goes through the blocks of a segment that may have matches.
struct Blocks<'a> {
    segment: &'a Segment,
    plan: &'a Plan,
    /// What the text finds; none when there is no text.
    text: Option<Box<dyn Scorer>>,
    next: usize,
    /// By places in the block; empty when nobody asked.
    scores: Vec<Score>,
}

impl<'a> Blocks<'a> {
    fn new(
        segment: &'a Segment,
        plan: &'a Plan,
        text: Option<&dyn Weight>,
        by_relevance: bool,
    ) -> tantivy::Result<Self> {
        let text = text.map(|weight| weight.scorer(&segment.reader, 1.0)).transpose()?;
        let scores = if by_relevance && text.is_some() { vec![0.0; BLOCK] } else { Vec::new() };
        Ok(Self { segment, plan, text, next: 0, scores })
    }

    /// The next block that is wanted and may have matches; none when no later one is.
    fn next(&mut self, mut is_wanted: impl FnMut(usize) -> Option<bool>) -> Option<usize> {
        while self.next < self.segment.blocks() {
            if let Some(text) = &mut self.text {
                let start = (self.next * BLOCK) as u32;
                let document = if text.doc() < start { text.seek(start) } else { text.doc() };
                if document == TERMINATED {
                    return None;
                }
                self.next = document as usize / BLOCK;
            }
            let block = self.next;
            self.next += 1;
            if self.plan.may_match(block) && is_wanted(block)? {
                return Some(block);
            }
        }
        None
    }

    /// The matches of the block that was last next.
    fn bits(&mut self, block: usize) -> Bits {
        let mut bits = self.segment.alive(block);
        if let Some(text) = &mut self.text {
            bits.intersect(&found(text.as_mut(), block, &mut self.scores));
        }
        self.plan.narrow(block, &mut bits);
        bits
    }
}

/// What a text finds in a block, with scores when there is room for them.
fn found(text: &mut dyn Scorer, block: usize, scores: &mut [Score]) -> Bits {
    let start = (block * BLOCK) as u32;
    let mut bits = Bits::EMPTY;
    let mut document = text.doc();
    while document < start + BLOCK as u32 {
        let place = (document - start) as usize;
        bits.insert(place);
        if let Some(score) = scores.get_mut(place) {
            *score = text.score();
        }
        document = text.advance();
    }
    bits
}
