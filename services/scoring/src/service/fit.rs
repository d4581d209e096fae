//! Owns scoring the fit of creators that are named. Never the formula.

use std::collections::HashSet;

use creatorscope_domain::CreatorId;
use creatorscope_kit::fault::Violations;
use creatorscope_proto::scoring::v1 as pb;
use prost_types::Timestamp;

use super::{Service, away::Away, facts::Facts};
use crate::{
    error::ScoringError,
    fit::{self, brief::Brief},
};

/// Creators that one call scores.
const MOST: usize = 200;

/// Reads names of creators; notes what is wrong under `field`.
pub(super) fn creators<'a>(
    problems: &mut Violations,
    names: impl Iterator<Item = (String, &'a str)>,
) -> Vec<CreatorId> {
    let mut ids = Vec::new();
    let mut known = HashSet::new();
    for (field, name) in names {
        match CreatorId::parse_name(name) {
            Ok(id) if known.insert(name.to_owned()) => ids.push(id),
            Ok(_) => problems.add(field, "DUPLICATE", format!("`{name}` stands twice; each creator is accepted once")),
            Err(error) => problems.add(field, error.reason(), error.to_string()),
        }
    }
    ids
}

/// The peers that did not answer for any of the creators.
pub(super) fn away_of(facts: &[Facts]) -> Away {
    let mut away = Away::default();
    facts.iter().for_each(|facts| away.add(facts.away.clone()));
    away
}

/// Reads the brand of a request.
pub(super) fn brand(problems: &mut Violations, brand: Option<&pb::BrandBrief>) -> Option<Brief> {
    match brand {
        Some(brand) => problems.take(fit::brief::read(brand)),
        None => {
            problems.add("brand", "REQUIRED", "a brand is needed: a brief or targets");
            None
        }
    }
}

impl Service {
    /// Scores creators against a brand. Errors: what is wrong with the request; a peer's.
    pub(crate) async fn score_fit(&self, request: &pb::ScoreFitRequest) -> Result<pb::ScoreFitResponse, ScoringError> {
        let mut problems = Violations::default();
        let brief = brand(&mut problems, request.brand.as_ref());
        let names = request.creators.iter().enumerate();
        let ids = creators(&mut problems, names.map(|(place, name)| (format!("creators[{place}]"), name.as_str())));
        if !(1..=MOST).contains(&request.creators.len()) {
            let found = request.creators.len();
            problems.add("creators", "OUT_OF_RANGE", format!("{found} creators; accepted are 1 to {MOST}"));
        }
        problems.check()?;
        let Some(brief) = brief else { return Ok(pb::ScoreFitResponse::default()) };
        let facts = self.complete(self.outline(Some(&brief), &ids, None).await?).await?;
        let away = away_of(&facts);
        let notes: Vec<String> = away.notes().collect();
        if facts.iter().all(Facts::is_empty) {
            // Nothing is there, or it cannot be known: the second is an error.
            away.nothing::<()>()?;
        }
        let (known, missing): (Vec<Facts>, Vec<Facts>) = facts.into_iter().partition(Facts::may_be_known);
        Ok(pb::ScoreFitResponse {
            fits: known.iter().map(|facts| self.fit_of(&brief, facts)).collect(),
            missing_creators: missing.into_iter().map(|facts| facts.name).collect(),
            notes: self.notes(&brief).into_iter().chain(notes).collect(),
        })
    }

    /// The fit of one creator, now.
    pub(super) fn fit_of(&self, brief: &Brief, facts: &Facts) -> pb::Fit {
        fit::score(brief, &facts.evidence(self.embedder.model()), Some(self.now()))
    }

    /// The time of the question.
    pub(super) fn now(&self) -> Timestamp {
        let now = self.clock.now();
        Timestamp { seconds: now.as_second(), nanos: now.subsec_nanosecond() }
    }

    /// What a reader of fits should know.
    pub(super) fn notes(&self, brief: &Brief) -> Vec<String> {
        let mut notes = Vec::new();
        if self.embedder.dimensions() == 0 {
            notes.push("no model for meaning is loaded: niches are compared by words alone".to_owned());
        }
        if brief.text.trim().is_empty() {
            notes.push("the brief has no text: meaning is taken from the niches alone".to_owned());
        }
        if brief.niches.is_empty() {
            notes.push("the brief names no niches".to_owned());
        }
        notes
    }
}
