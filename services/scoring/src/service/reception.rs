//! Owns how a creator's reception is put together from comments and counts. Never the judgement.

use creatorscope_domain::{CreatorId, Window};
use creatorscope_proto::{
    common::v1::{MetricFlag, MissingReason, Provenance, Unit},
    scoring::v1 as pb,
};

use super::{Service, away::Away, judged::Told};
use crate::{
    convert::to_wire_time,
    error::ScoringError,
    reception::{Cohort, Evidence, Inputs, Judgement, Usual, Verdict, judge},
};

/// Posts and comments that are shown.
const SHOWN: usize = 10;
const ASKED: [&str; 3] = ["comments_per_like", "er.views.likes", "comments_per_view"];

impl Service {
    /// How the audience receives a creator; none when nothing is known of it. What the metrics service does not answer is missing
    /// evidence. Errors: the database's; the metrics service's when there are no comments either.
    pub async fn reception(&self, creator: &CreatorId, window: Window) -> Result<Option<pb::Reception>, ScoringError> {
        let mut away = Away::default();
        match self.reception_of(creator, window, &mut away).await? {
            None => away.nothing(),
            found => Ok(found),
        }
    }

    /// The same, with the peers that did not answer in `away`; none when nothing is known, or can be known now.
    pub(super) async fn reception_of(
        &self,
        creator: &CreatorId,
        window: Window,
        away: &mut Away,
    ) -> Result<Option<pb::Reception>, ScoringError> {
        let posts = self.posts(creator, window, away).await?;
        if posts.is_empty() {
            return Ok(None);
        }
        let standing = self.standing(creator, &ASKED, away).await?;
        let cohort = Cohort {
            name: standing.cohort.clone(),
            comments_per_like: standing.usual(ASKED[0]),
            likes_per_view: standing.usual(ASKED[1]).map(Usual::inverted),
        };
        let engagement_percentile =
            standing.value(ASKED[2]).and_then(|(_, value)| value.standing.as_ref()).map(|standing| standing.percentile);
        let judgement = judge(Inputs { posts: &posts, cohort: &cohort, engagement_percentile });
        let against = matches!(judgement.verdict, Verdict::HateWatched | Verdict::Backlash | Verdict::Mixed);
        let comments = self.store.strongest_comments(creator, against, SHOWN).await?;
        let mut message = message(creator, judgement, posts.iter().filter_map(|post| post.time).max());
        message.comments = comments.into_iter().map(crate::convert::reading::evidence).collect();
        message.caveats.extend(away.notes());
        Ok(Some(message))
    }
}

fn message(creator: &CreatorId, judgement: Judgement, as_of: Option<jiff::Timestamp>) -> pb::Reception {
    let mut flags = Vec::new();
    flags.extend(judgement.counts_only.then_some(MetricFlag::PartialEvidence));
    let score = Told {
        definition: "reception.hate_watching@1",
        value: judgement
            .score
            .map(|score| (score.value, Some((score.low, score.high))))
            .ok_or(MissingReason::TooFewPosts),
        unit: Unit::Fraction,
        sample_size: judgement.posts.len(),
        as_of,
        method: "spread of the posts, shrunk",
        flags,
        provenance: Provenance::Modelled,
    };
    let post = |post: crate::reception::JudgedPost| pb::ReceptionPost {
        post: format!("{}/posts/{}", creator.name(), post.post_id),
        score: post.score,
        description: post.description,
    };
    pb::Reception {
        creator: creator.name(),
        verdict: verdict(judgement.verdict) as i32,
        score: Some(score.message()),
        evidence: judgement.evidence.into_iter().map(evidence).collect(),
        posts: judgement.posts.into_iter().take(SHOWN).map(post).collect(),
        comments: Vec::new(),
        caveats: judgement.caveats,
        needed: judgement.needed,
        as_of: as_of.map(to_wire_time),
    }
}

fn verdict(verdict: Verdict) -> pb::ReceptionVerdict {
    match verdict {
        Verdict::Loved => pb::ReceptionVerdict::Loved,
        Verdict::Mixed => pb::ReceptionVerdict::Mixed,
        Verdict::ContestedTopic => pb::ReceptionVerdict::ContestedTopic,
        Verdict::HateWatched => pb::ReceptionVerdict::HateWatched,
        Verdict::Backlash => pb::ReceptionVerdict::Backlash,
        Verdict::InsufficientData => pb::ReceptionVerdict::InsufficientData,
    }
}

fn evidence(found: Evidence) -> pb::ReceptionEvidence {
    pb::ReceptionEvidence {
        signal: found.signal.to_owned(),
        value: found.value,
        usual: found.usual,
        against: found.against,
        deviation: found.deviation,
        contribution: found.contribution,
        sample_size: i32::try_from(found.sample_size).unwrap_or(i32::MAX),
        description: found.description,
    }
}
