//! Owns how creators beside one another are said on the wire: completions, similar ones, columns. Never I/O.

use creatorscope_proto::{
    common::v1::{Mark, MetricValue},
    discovery::v1 as pb,
};

use super::creator;
use crate::{model::CreatorRecord, service::Match, similarity::Trait};

/// A completion for the wire.
pub(crate) fn suggestion(record: CreatorRecord) -> pb::suggest_creators_response::Suggestion {
    let followers = record.followers();
    let creator = record.creator;
    pb::suggest_creators_response::Suggestion {
        name: creator.id.name(),
        display_name: creator.display_name,
        handle: creator.handle,
        platform: creator.id.platform().number(),
        followers,
    }
}

/// A creator that resembles another, for the wire.
pub(crate) fn similar(found: Match) -> pb::find_similar_creators_response::Match {
    use pb::find_similar_creators_response::Trait as Wire;
    let shared =
        |shared: Trait| Wire { field: shared.field.name().to_owned(), value: shared.value, weight: shared.weight };
    pb::find_similar_creators_response::Match {
        creator: Some(creator(found.creator, true)),
        score: found.score,
        shared_traits: found.traits.into_iter().map(shared).collect(),
    }
}

/// A creator beside others. Marks say whether a standing is good: where lower is better they are mirrored, and where neither
/// is there is none.
pub(crate) fn column(record: CreatorRecord, metrics: Vec<MetricValue>) -> pb::compare_creators_response::Column {
    let marked = |marks: &[Mark]| {
        let mut definitions: Vec<String> = Vec::new();
        for value in &metrics {
            let stands_so = value.standing.as_ref().is_some_and(|standing| marks.contains(&standing.mark()));
            if stands_so && !definitions.contains(&value.definition) {
                definitions.push(value.definition.clone());
            }
        }
        definitions
    };
    pb::compare_creators_response::Column {
        strengths: marked(&[Mark::VeryGood, Mark::Excellent]),
        weaknesses: marked(&[Mark::Poor, Mark::Fair]),
        creator: Some(creator(record, true)),
        metrics,
    }
}
