//! Owns how a creator's commenting audience is put together. Never how overlaps are estimated.

use std::collections::BTreeMap;

use creatorscope_domain::CreatorId;
use creatorscope_proto::{
    common::v1::{MissingReason, Provenance, Unit},
    scoring::v1 as pb,
};
use jiff::Timestamp;

use super::{Service, away::Away, judged::Told};
use crate::{
    audience::{MIN_COMMENTERS, Overlap, Share, lift, overlap},
    convert::to_wire_time,
    error::ScoringError,
    grpc::peer::DISCOVERY,
    model::Commenters,
};

/// Other creators whose niches are looked at.
const OTHERS: usize = 20;
/// Interests that are shown.
const INTERESTS: usize = 10;

impl Service {
    /// Who comments on a creator; none when neither a comment nor an audience is known. Errors: the database's; discovery's when
    /// there are no comments either.
    pub async fn audience(&self, creator: &CreatorId) -> Result<Option<pb::CommentAudience>, ScoringError> {
        let mut away = Away::default();
        match self.audience_of(creator, &mut away).await? {
            None => away.nothing(),
            found => Ok(found),
        }
    }

    /// The same, with the peers that did not answer in `away`; none when nothing is known, or can be known now.
    pub(super) async fn audience_of(
        &self,
        creator: &CreatorId,
        away: &mut Away,
    ) -> Result<Option<pb::CommentAudience>, ScoringError> {
        let languages = self.store.comment_languages(creator).await?;
        let given = away.ask(DISCOVERY, self.profile(creator)).await?.and_then(|profile| profile.audience);
        if languages.is_empty() && given.is_none() {
            return Ok(None);
        }
        let commenters = self.store.commenters(creator).await?;
        let countries = self.store.commenter_countries(creator).await?;
        let as_of = self.store.post_cells(creator).await?.iter().map(|post| post.last_time).max();
        let interests = self.interests(creator, &commenters, away).await?;
        Ok(Some(pb::CommentAudience {
            creator: creator.name(),
            commenters: Some(count(&commenters, as_of)),
            returning_commenters: Some(returning(&commenters, as_of)),
            languages: shares(&languages).map(|(language, share, _)| pb::LanguageShare { language, share }).collect(),
            given,
            commenter_countries: shares(&countries)
                .map(|(country, share, sample_size)| pb::CountryShare { country, share, sample_size })
                .collect(),
            interests,
            as_of: as_of.map(to_wire_time),
        }))
    }

    /// How the commenting audiences of each pair of creators overlap, in the order of the creators. Errors:
    /// [`ScoringError::NoComments`] of the first of whom none is known; the database's.
    pub async fn overlaps(&self, creators: &[CreatorId]) -> Result<Vec<pb::AudienceOverlap>, ScoringError> {
        let mut audiences = Vec::with_capacity(creators.len());
        for creator in creators {
            if self.store.state(creator).await?.is_none() {
                return Err(ScoringError::NoComments(creator.clone()));
            }
            audiences.push(self.store.commenters(creator).await?);
        }
        let mut overlaps = Vec::new();
        for (place, first) in creators.iter().enumerate() {
            for (other, second) in creators.iter().enumerate().skip(place + 1) {
                overlaps.push(pair((first, &audiences[place]), (second, &audiences[other])));
            }
        }
        Ok(overlaps)
    }

    /// The niches of creators on whom the same people comment. What is usual is taken from the commenters of these creators.
    async fn interests(
        &self,
        creator: &CreatorId,
        commenters: &Commenters,
        away: &mut Away,
    ) -> Result<Vec<pb::AudienceInterest>, ScoringError> {
        let others = self.store.co_commented(creator, OTHERS).await?;
        if others.is_empty() || commenters.authors < MIN_COMMENTERS {
            return Ok(Vec::new());
        }
        let known: Vec<CreatorId> = others.iter().map(|(other, _)| other.clone()).collect();
        let profiles = away.ask(DISCOVERY, self.discovery.creators(&known, &[])).await?;
        let mut niches: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        let (mut all_shared, mut all) = (0, 0);
        for ((other, shared), profile) in others.iter().zip(profiles) {
            let authors = self.store.commenters(other).await?.authors;
            (all_shared, all) = (all_shared + shared, all + authors);
            for niche in profile.map(|profile| profile.niches).unwrap_or_default() {
                let sums = niches.entry(niche).or_default();
                *sums = (sums.0 + shared, sums.1 + authors);
            }
        }
        let interest = |(niche, (shared, authors)): (String, (i64, i64))| {
            let lift = lift(shared, all_shared, authors, all)?;
            Some(pb::AudienceInterest { niche, lift, sample_size: shared.min(commenters.authors) })
        };
        let mut interests: Vec<pb::AudienceInterest> = niches.into_iter().filter_map(interest).collect();
        interests.sort_by(|a, b| b.lift.total_cmp(&a.lift));
        interests.truncate(INTERESTS);
        Ok(interests)
    }
}

/// Labels with their share of all and their count.
fn shares(counts: &[(String, i64)]) -> impl Iterator<Item = (String, f64, i64)> {
    let all: i64 = counts.iter().map(|(_, count)| count).sum();
    counts.iter().map(move |(label, count)| (label.clone(), *count as f64 / all.max(1) as f64, *count))
}

fn size(count: i64) -> usize {
    usize::try_from(count).unwrap_or(0)
}

fn told(definition: &'static str, unit: Unit, sample_size: usize, as_of: Option<Timestamp>) -> Told {
    Told {
        definition,
        value: Err(MissingReason::TooFewComments),
        unit,
        sample_size,
        as_of,
        method: "",
        flags: Vec::new(),
        provenance: Provenance::Derived,
    }
}

fn count(commenters: &Commenters, as_of: Option<Timestamp>) -> creatorscope_proto::common::v1::MetricValue {
    let mut value = told("audience.commenters@1", Unit::Count, size(commenters.known), as_of);
    value.value = (commenters.known > 0).then_some((commenters.authors as f64, None)).ok_or(MissingReason::NotReported);
    value.message()
}

fn returning(commenters: &Commenters, as_of: Option<Timestamp>) -> creatorscope_proto::common::v1::MetricValue {
    let mut value = told("audience.returning@1", Unit::Fraction, size(commenters.authors), as_of);
    if commenters.authors >= MIN_COMMENTERS {
        value.value = Ok((commenters.returning as f64 / commenters.authors as f64, None));
    }
    value.message()
}

fn pair((first, a): (&CreatorId, &Commenters), (second, b): (&CreatorId, &Commenters)) -> pb::AudienceOverlap {
    let enough = a.authors.min(b.authors) >= MIN_COMMENTERS;
    let found = overlap(a, b).filter(|_| enough);
    let value = |definition: &'static str, of: fn(&Overlap) -> Share| {
        let mut value = told(definition, Unit::Fraction, found.map_or(0, |found| found.compared), None);
        value.method = "wilson of the sketch";
        if let Some(found) = found {
            let share = of(&found);
            value.value = Ok((share.value, (!found.exact).then_some((share.low, share.high))));
            value.provenance = if found.exact { Provenance::Derived } else { Provenance::Modelled };
        }
        Some(value.message())
    };
    pb::AudienceOverlap {
        creator: first.name(),
        other: second.name(),
        of_creator: value("audience.overlap@1", |found| found.of_first),
        of_other: value("audience.overlap@1", |found| found.of_second),
        jaccard: value("audience.jaccard@1", |found| found.jaccard),
        creator_commenters: a.authors,
        other_commenters: b.authors,
    }
}
