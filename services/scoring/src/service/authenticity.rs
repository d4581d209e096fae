//! Owns how the signs of a creator's authenticity are put together. Never the judgement.

use creatorscope_domain::{CreatorId, Window};
use creatorscope_proto::{
    common::v1::{MissingReason, Provenance, Unit, metric_value},
    discovery::v1 as discovery,
    scoring::v1::{self as pb, authenticity_signal::Kind as Wire},
};
use jiff::Timestamp;

use super::{Service, away::Away, judged::Told};
use crate::{
    authenticity::{Engagement, Inputs, Judgement, Kind, Lacks, Profile, Signal, judge},
    convert::to_wire_time,
    error::ScoringError,
    grpc::peer::{DISCOVERY, METRICS, PeerError},
    model::Cell,
};

const RATES: [&str; 2] = ["er.views", "er.followers.lc"];
const FOLLOWING: &str = "following_ratio";
const ASKED: [&str; 3] = [RATES[0], RATES[1], FOLLOWING];
/// Comments that show repetition.
const SHOWN: usize = 10;

impl Service {
    /// Whether a creator's engagement is earned; none when nothing is known of it. What a peer does not answer is missing evidence.
    /// Errors: the database's; a peer's when nothing is left.
    pub async fn authenticity(&self, creator: &CreatorId) -> Result<Option<pb::Authenticity>, ScoringError> {
        let mut away = Away::default();
        match self.authenticity_of(creator, &mut away).await? {
            None => away.nothing(),
            found => Ok(found),
        }
    }

    /// The same, with the peers that did not answer in `away`; none when nothing is known, or can be known now.
    pub(super) async fn authenticity_of(
        &self,
        creator: &CreatorId,
        away: &mut Away,
    ) -> Result<Option<pb::Authenticity>, ScoringError> {
        let posts = self.posts(creator, Window::Lifetime, away).await?;
        let standing = self.standing(creator, &ASKED, away).await?;
        let history = away.ask(METRICS, self.metrics.history(creator, "followers")).await?;
        let known = away.ask(DISCOVERY, self.profile(creator)).await?;
        if posts.is_empty() && history.is_empty() && known.is_none() {
            return Ok(None);
        }
        let commenters = self.store.commenters(creator).await?;
        let mut sum = Cell::default();
        posts.iter().filter_map(|post| post.cell.as_ref()).for_each(|cell| sum.add(cell));
        let followers: Vec<(Timestamp, f64)> = history.iter().filter_map(observed).collect();
        let engagement = RATES.iter().find_map(|rate| {
            let (found, value) = standing.value(rate)?;
            let posts = usize::try_from(value.sample_size).unwrap_or(0);
            Some(Engagement { rate: found, usual: standing.usual(rate)?, posts })
        });
        let mut profile = known.map(|creator| read(&creator)).unwrap_or_default();
        profile.followers = profile.followers.or(standing.value("followers").map(|(count, _)| count as i64));
        profile.following = standing.term(FOLLOWING, "following");
        let times = posts.iter().filter_map(|post| post.time).chain(followers.iter().map(|(time, _)| *time));
        let as_of = times.max();
        let comments = (sum.comments > 0).then_some(sum);
        let commenters = Some(&commenters);
        let judgement = judge(&Inputs { followers, engagement, posts: &posts, comments, commenters, profile });
        let mut message = message(creator, judgement, as_of, away);
        let is_repeated = |signal: &&mut pb::AuthenticitySignal| {
            signal.kind() == Wire::RepeatedComments && signal.suspicion.is_some_and(|suspicion| suspicion > 0.0)
        };
        if let Some(signal) = message.signals.iter_mut().find(is_repeated) {
            let examples = self.store.repeated_examples(creator, SHOWN).await?;
            if let Some((_, times)) = examples.first() {
                signal.description.push_str(&format!("; one text stands {times} times"));
            }
            signal.evidence = examples.into_iter().map(|(comment, _)| comment.name).collect();
        }
        Ok(Some(message))
    }

    /// The creator's profile; none when discovery does not know it.
    pub(super) async fn profile(&self, creator: &CreatorId) -> Result<Option<discovery::Creator>, PeerError> {
        Ok(self.discovery.creators(std::slice::from_ref(creator), &[]).await?.pop().flatten())
    }
}

fn observed(value: &creatorscope_proto::common::v1::MetricValue) -> Option<(Timestamp, f64)> {
    let Some(metric_value::Result::Value(count)) = value.result else { return None };
    let time = value.as_of.as_ref()?;
    Some((Timestamp::new(time.seconds, time.nanos).ok()?, count))
}

/// What a profile shows. An empty bio says nothing unless the profile has other texts: many sources give none.
fn read(creator: &discovery::Creator) -> Profile {
    let handle = creator.handle.trim_start_matches('@');
    let letters = handle.chars().count();
    let digits = handle.chars().filter(char::is_ascii_digit).count();
    Profile {
        bio_length: Some(creator.bio.chars().count()).filter(|length| *length > 0),
        digits_in_handle: (letters > 0).then(|| digits as f64 / letters as f64),
        followers: creator.followers,
        ..Profile::default()
    }
}

fn message(creator: &CreatorId, judgement: Judgement, as_of: Option<Timestamp>, away: &Away) -> pb::Authenticity {
    let score = Told {
        definition: "authenticity.score@1",
        value: judgement
            .score
            .map(|score| (score.value, Some((score.low, score.high))))
            .ok_or(MissingReason::TooFewSignals),
        unit: Unit::Score,
        sample_size: judgement.score.map_or(0, |score| score.signals),
        as_of,
        method: "range with one sign left out",
        flags: Vec::new(),
        provenance: Provenance::Modelled,
    };
    let signals = judgement.signals.into_iter().map(|found| signal(creator, found, away)).collect();
    pb::Authenticity { creator: creator.name(), score: Some(score.message()), signals, as_of: as_of.map(to_wire_time) }
}

/// The peer that holds what a sign needs; none for what stands here.
fn source(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::RepeatedComments | Kind::EmptyComments | Kind::ConcentratedAuthors => None,
        Kind::EmptyProfile => Some(DISCOVERY),
        Kind::GrowthSawtooth
        | Kind::FarAboveCohort
        | Kind::FarBelowCohort
        | Kind::FollowingRatio
        | Kind::CountsDoNotFit
        | Kind::UniformEngagement => Some(METRICS),
    }
}

fn signal(creator: &CreatorId, found: Signal, away: &Away) -> pb::AuthenticitySignal {
    let silent = source(found.kind).filter(|peer| found.suspicion.is_err() && away.lacks(peer));
    let missing = match found.suspicion {
        _ if silent.is_some() => MissingReason::ServiceAway,
        Ok(_) => MissingReason::Unspecified,
        Err(Lacks::NotReported) => MissingReason::NotReported,
        Err(Lacks::Posts) => MissingReason::TooFewPosts,
        Err(Lacks::Comments) => MissingReason::TooFewComments,
        Err(Lacks::Observations) => MissingReason::ObservedTooShort,
    };
    pb::AuthenticitySignal {
        kind: kind(found.kind) as i32,
        suspicion: found.suspicion.ok(),
        missing: missing as i32,
        value: found.value,
        usual: found.usual,
        weight: found.weight,
        sample_size: i32::try_from(found.sample_size).unwrap_or(i32::MAX),
        description: silent.map_or(found.description, |peer| format!("the {peer} service did not answer")),
        evidence: found.posts.into_iter().map(|post| format!("{}/posts/{post}", creator.name())).collect(),
    }
}

fn kind(kind: Kind) -> Wire {
    match kind {
        Kind::GrowthSawtooth => Wire::GrowthSawtooth,
        Kind::FarAboveCohort => Wire::EngagementFarAboveCohort,
        Kind::FarBelowCohort => Wire::EngagementFarBelowCohort,
        Kind::RepeatedComments => Wire::RepeatedComments,
        Kind::EmptyComments => Wire::EmptyComments,
        Kind::FollowingRatio => Wire::FollowingRatio,
        Kind::ConcentratedAuthors => Wire::ConcentratedAuthors,
        Kind::CountsDoNotFit => Wire::CountsDoNotFit,
        Kind::EmptyProfile => Wire::EmptyProfile,
        Kind::UniformEngagement => Wire::UniformEngagement,
    }
}
