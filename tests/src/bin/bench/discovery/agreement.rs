//! Owns whether the engines said the same. Never a time.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    population::{self, Member},
    questions::Kind,
    report::{Answer, Report},
};

/// Fewest answers of a kind that two engines must have in common.
const FEWEST: usize = 10;
/// Problems of one kind that are told.
const TOLD: usize = 3;
/// The kinds that all engines must answer alike, and whether the creators on the page must have the same followers.
const COMPARED: [(Kind, bool); 5] = [
    (Kind::Text, true),
    (Kind::TextByRelevance, false),
    (Kind::Top, true),
    (Kind::TopWithTotal, true),
    (Kind::Facets, true),
];

/// What differs from the first engine.
pub(crate) fn problems(reports: &[Report]) -> Vec<String> {
    let Some((first, others)) = reports.split_first() else { return Vec::new() };
    let mut problems = Vec::new();
    for (kind, has_order) in COMPARED {
        for other in others {
            let (Some(left), Some(right)) = (first.kinds.get(kind.word()), other.kinds.get(kind.word())) else {
                continue;
            };
            let pairs = left.answers.iter().zip(&right.answers);
            if pairs.len() < FEWEST.min(left.answers.len()) {
                problems.push(format!("{}: only {} answers of {} to compare", kind.word(), pairs.len(), other.engine));
            }
            let differing = pairs.enumerate().filter_map(|(number, (left, right))| {
                let what = difference(left, right, has_order)?;
                Some(format!("{} {number}: {} and {} differ in {what}", kind.word(), first.engine, other.engine))
            });
            problems.extend(differing.take(TOLD));
        }
    }
    problems
}

/// How many totals, facets and pages were compared with the first engine's and found the same; for the reader.
pub(crate) fn compared(reports: &[Report]) -> usize {
    let Some((first, others)) = reports.split_first() else { return 0 };
    let pairs = |kind: Kind| {
        others.iter().filter_map(move |other| {
            Some(first.kinds.get(kind.word())?.answers.len().min(other.kinds.get(kind.word())?.answers.len()))
        })
    };
    COMPARED.iter().flat_map(|(kind, _)| pairs(*kind)).sum()
}

/// The share of suggested creators whose followers are those that the first engine suggests; none without answers.
pub(crate) fn suggested_alike(first: &Report, other: &Report) -> Option<f64> {
    let word = Kind::Suggest.word();
    let pairs = first.kinds.get(word)?.answers.iter().zip(&other.kinds.get(word)?.answers);
    let (mut alike, mut all) = (0, 0);
    for (left, right) in pairs {
        // Some leave out creators whose followers are not known, others put them last.
        let known = |answer: &Answer| followers(answer).into_iter().flatten().collect::<Vec<i64>>();
        let (left, right) = (known(left), known(right));
        all += left.len().max(right.len());
        alike += left.iter().zip(&right).filter(|(left, right)| left == right).count();
    }
    (all > 0).then(|| alike as f64 / all as f64)
}

fn difference(left: &Answer, right: &Answer, has_order: bool) -> Option<String> {
    if left.total != right.total {
        return Some(format!("the total: {:?} and {:?}", left.total, right.total));
    }
    // Some engines leave out a field of which there is no value.
    let nothing = BTreeMap::new();
    let fields: BTreeSet<&String> = left.facets.keys().chain(right.facets.keys()).collect();
    for field in fields {
        let counts = |answer: &Answer| answer.facets.get(field).unwrap_or(&nothing).clone();
        if counts(left) != counts(right) {
            return Some(format!("facet {field}"));
        }
    }
    // Creators with the same followers may stand in any order.
    if has_order && followers(left) != followers(right) {
        return Some(format!("the page: {:?} and {:?}", left.first, right.first));
    }
    None
}

fn followers(answer: &Answer) -> Vec<Option<i64>> {
    answer.first.iter().map(|id| population::member(Member::index_of(id)).followers).collect()
}
