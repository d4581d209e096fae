//! Owns what each clause of a filter does. Never what a clause means.

use tantivy::query::Query;

use super::{
    Effect,
    columns::Bits,
    pass,
    plan::{Plan, Planner},
    schema::IndexSchema,
    snapshot::Snapshot,
};
use crate::filter::Filter;

/// Tells what each clause keeps, and how many match without it.
pub(super) fn effects(
    schema: &IndexSchema,
    snapshot: &Snapshot,
    filter: &Filter,
    text: Option<&dyn Query>,
) -> tantivy::Result<Vec<Effect>> {
    let mut effects = vec![Effect { kept: 0, without: 0 }; filter.clauses.len()];
    let found = match text {
        Some(_) => Some(pass::matching(schema, snapshot, &Filter::default(), text)?),
        None => None,
    };
    for (ordinal, segment) in snapshot.segments.iter().enumerate() {
        let planner = Planner::new(schema, segment);
        let plans: tantivy::Result<Vec<Plan>> =
            filter.clauses.iter().map(|clause| planner.expression(&clause.expression)).collect();
        let plans = plans?;
        let mut kept = vec![Bits::EMPTY; plans.len()];
        for block in 0..segment.blocks() {
            let alive = segment.alive(block);
            for ((plan, kept), effect) in plans.iter().zip(&mut kept).zip(&mut effects) {
                *kept = alive;
                plan.narrow(block, kept);
                effect.kept += kept.count();
            }
            // What the text finds and all clauses behind keep, and then also those before.
            let mut before = found.as_ref().map_or(alive, |found| found[ordinal][block]);
            let mut behind = vec![Bits::FULL; plans.len()];
            for place in (1..plans.len()).rev() {
                behind[place - 1] = behind[place];
                behind[place - 1].intersect(&kept[place]);
            }
            for ((kept, behind), effect) in kept.iter().zip(&behind).zip(&mut effects) {
                let mut without = before;
                without.intersect(behind);
                effect.without += without.count();
                before.intersect(kept);
            }
        }
    }
    Ok(effects)
}
