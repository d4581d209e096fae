//! Owns finding the creators that fit a brand best. Never the formula.

use std::collections::HashSet;

use creatorscope_domain::CreatorId;
use creatorscope_kit::fault::Violations;
use creatorscope_proto::{
    discovery::v1::Creator,
    scoring::v1::{self as pb, fit::Decision},
};

use super::{
    Service,
    away::Away,
    fit::{away_of, brand},
};
use crate::{
    error::ScoringError,
    fit::{brief::Brief, number, words::telling},
    grpc::peer::PeerError,
};

/// Words of the brief that are looked for.
const WORDS: usize = 8;
/// Niches that are looked for.
const NICHES: usize = 10;

/// The best creators of a question.
pub(super) struct Best {
    /// The best first.
    pub(super) fits: Vec<pb::Fit>,
    /// Creators that were looked at.
    pub(super) candidates: usize,
    /// Creators that the filter keeps.
    pub(super) filtered: i64,
    /// Peers whose part the fits lack.
    pub(super) away: Away,
}

/// The score of a fit; below all others when there is none.
pub(super) fn total(fit: &pb::Fit) -> f64 {
    fit.score.as_ref().and_then(number).unwrap_or(-1.0)
}

/// The best first; those to avoid last.
pub(super) fn sort(fits: &mut [pb::Fit]) {
    let is_avoided = |fit: &pb::Fit| fit.decision() == Decision::Avoid;
    fits.sort_by(|a, b| {
        let by_score = total(b).total_cmp(&total(a)).then_with(|| a.creator.cmp(&b.creator));
        is_avoided(a).cmp(&is_avoided(b)).then(by_score)
    });
}

fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A number between 1 and `most`; `default` for 0.
fn bounded(problems: &mut Violations, field: &str, value: i32, default: usize, least: usize, most: usize) -> usize {
    match usize::try_from(value) {
        Ok(0) => default,
        Ok(value) if (least..=most).contains(&value) => value,
        _ => {
            let description = format!("{value}; accepted are {least} to {most}, or 0 for {default}");
            problems.add(field, "OUT_OF_RANGE", description);
            default
        }
    }
}

impl Service {
    /// Ranks creators for a brand. Errors: what is wrong with the request; a peer's, with those of discovery's filter.
    pub(crate) async fn rank(
        &self,
        request: &pb::RankCreatorsRequest,
    ) -> Result<pb::RankCreatorsResponse, ScoringError> {
        let mut problems = Violations::default();
        let brief = brand(&mut problems, request.brand.as_ref());
        let limit = bounded(&mut problems, "limit", request.limit, 20, 1, 100);
        let looked_at = bounded(&mut problems, "candidate_limit", request.candidate_limit, 300, 10, 1_000);
        problems.check()?;
        let Some(brief) = brief else { return Ok(pb::RankCreatorsResponse::default()) };
        let best = self.best(&brief, &request.filter, limit, looked_at, &request.read_after).await?;
        Ok(pb::RankCreatorsResponse {
            fits: best.fits,
            candidate_count: i32::try_from(best.candidates).unwrap_or(i32::MAX),
            filtered_count: best.filtered,
            notes: self.notes(&brief).into_iter().chain(best.away.notes()).collect(),
        })
    }

    /// The best creators. Errors: discovery's, [`ScoringError::NoCandidates`] while it is away.
    pub(super) async fn best(
        &self,
        brief: &Brief,
        filter: &str,
        limit: usize,
        looked_at: usize,
        read_after: &[String],
    ) -> Result<Best, ScoringError> {
        let found = self.candidates(brief, filter, looked_at, read_after).await;
        let (found, filtered) = found.map_err(|error| match error {
            error if error.is_away() => ScoringError::NoCandidates(error),
            error => error.into(),
        })?;
        let count = found.len();
        let known =
            found.into_iter().filter_map(|profile| Some((CreatorId::parse_name(&profile.name).ok()?, Some(profile))));
        let (ids, profiles): (Vec<CreatorId>, Vec<Option<Creator>>) = known.unzip();
        let mut outlined = Vec::with_capacity(ids.len());
        for facts in self.outline(Some(brief), &ids, Some(profiles)).await? {
            outlined.push((total(&self.fit_of(brief, &facts)), facts));
        }
        outlined.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.name.cmp(&b.1.name)));
        outlined.truncate(2 * limit);
        let facts = self.complete(outlined.into_iter().map(|(_, facts)| facts).collect()).await?;
        let mut fits: Vec<pb::Fit> = facts.iter().map(|facts| self.fit_of(brief, facts)).collect();
        sort(&mut fits);
        fits.truncate(limit);
        Ok(Best { fits, candidates: count, filtered, away: away_of(&facts) })
    }

    async fn candidates(
        &self,
        brief: &Brief,
        filter: &str,
        most: usize,
        read_after: &[String],
    ) -> Result<(Vec<Creator>, i64), PeerError> {
        let (popular, filtered) = self.discovery.search("", filter, most, read_after).await?;
        let mut lists = Vec::new();
        for niche in brief.niches.iter().take(NICHES) {
            let wanted = format!("niche:{}", quoted(niche));
            let both = if filter.trim().is_empty() { wanted } else { format!("({filter}) AND {wanted}") };
            lists.push(self.discovery.search("", &both, most, read_after).await?.0);
            lists.push(self.discovery.search(niche, filter, most / 2, read_after).await?.0);
        }
        for word in telling(&brief.text).into_iter().take(WORDS) {
            lists.push(self.discovery.search(&word, filter, most / 4, read_after).await?.0);
        }
        if !brief.text.trim().is_empty() {
            lists.push(self.discovery.search_by_meaning(&brief.text, filter, most / 2).await?);
        }
        // Those that somebody asked for by subject come before those that only have many followers.
        lists.push(popular);
        let mut known = HashSet::new();
        let mut union: Vec<Creator> = Vec::new();
        let longest = lists.iter().map(Vec::len).max().unwrap_or_default();
        let (last, subjects) = lists.split_last().map_or((&[][..], &[][..]), |(last, rest)| (&last[..], rest));
        let by_subject = (0..longest).flat_map(|place| subjects.iter().filter_map(move |list| list.get(place)));
        for profile in by_subject.chain(last) {
            if union.len() < most && known.insert(&profile.name) {
                union.push(profile.clone());
            }
        }
        Ok((union, filtered))
    }
}
