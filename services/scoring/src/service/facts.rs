//! Owns what is gathered of creators before they are judged by a brand. Never the judgement.

use std::time::Duration;

use creatorscope_domain::CreatorId;
use creatorscope_kit::{cache::Cached, task};
use creatorscope_proto::{
    discovery::v1::Creator,
    metrics::v1::{CreatorMetrics, PostState},
    scoring::v1 as pb,
};
use futures::{StreamExt, TryStreamExt, stream};

use super::{Service, away::Away, sentiment::DEFAULT_WINDOW};
use crate::{
    error::ScoringError,
    fit::{Evidence, brief::Brief},
    grpc::peer::{DISCOVERY, METRICS},
};

/// The metrics that fit and portfolios look at.
const LOOKED_AT: [&str; 5] = ["er.views", "er.followers.lc", "views.median", "views.mean", "price.per_post"];
/// Posts that are searched for topics and competitors.
const POSTS: usize = 100;
/// Creators that are asked about at a time.
const AT_ONCE: usize = 8;

/// What is known of one creator.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// `creators/{creator}`.
    pub(super) name: String,
    pub(super) profile: Option<Creator>,
    pub(super) metrics: Option<CreatorMetrics>,
    /// The cosine of brief and profile.
    pub(super) similarity: Option<f64>,
    pub(super) posts: Vec<PostState>,
    pub(super) heard: Heard,
    /// The peers whose part is not in the rest.
    pub(super) away: Away,
}

/// What the comments say of a creator.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard {
    pub(super) sentiment: Option<pb::CreatorSentiment>,
    pub(super) reception: Option<pb::Reception>,
    pub(super) authenticity: Option<pb::Authenticity>,
    pub(super) audience: Option<pb::CommentAudience>,
}

impl Heard {
    fn is_empty(&self) -> bool {
        self.sentiment.is_none() && self.reception.is_none() && self.authenticity.is_none() && self.audience.is_none()
    }
}

impl Facts {
    /// Whether nothing at all is known.
    pub(super) fn is_empty(&self) -> bool {
        self.profile.is_none() && self.metrics.is_none() && self.posts.is_empty() && self.heard.is_empty()
    }

    /// Whether anything is known, or may be known to a peer that did not answer.
    pub(super) fn may_be_known(&self) -> bool {
        !self.is_empty() || !self.away.services().is_empty()
    }

    /// The same as what fit looks at.
    pub(super) fn evidence<'a>(&'a self, model: &'a str) -> Evidence<'a> {
        Evidence {
            creator: &self.name,
            profile: self.profile.as_ref(),
            metrics: self.metrics.as_ref().map(|metrics| &metrics.values[..]).unwrap_or_default(),
            sentiment: self.heard.sentiment.as_ref(),
            reception: self.heard.reception.as_ref(),
            audience: self.heard.audience.as_ref(),
            authenticity: self.heard.authenticity.as_ref(),
            posts: &self.posts,
            similarity: self.similarity.map(|cosine| (cosine, model)),
            away: self.away.services(),
        }
    }
}

/// The vector of a profile; its key is the creator with the profile's etag and the model.
struct ProfileVector;

impl Cached for ProfileVector {
    const KIND: &'static str = "scoring:profile_vector";
    const VERSION: u32 = 1;
    const TTL: Duration = Duration::from_secs(3_600);
    type Key = String;
    type Value = pb::Embedding;
}

/// What of a profile says what it is about; names stay out.
fn subject(profile: &Creator) -> String {
    let mut text = profile.niches.join(" ");
    for part in [&profile.hashtags.join(" "), &profile.recent_titles.join(". "), &profile.bio] {
        text.push_str(". ");
        text.push_str(part);
    }
    for name in [&profile.display_name, &profile.handle].into_iter().filter(|name| name.chars().count() >= 3) {
        text = text.replace(name.as_str(), " ");
    }
    text
}

fn cosine(a: &[f32], b: &[f32]) -> Option<f64> {
    let known = |vector: &[f32]| vector.iter().any(|component| *component != 0.0);
    let is_comparable = a.len() == b.len() && known(a) && known(b);
    is_comparable.then(|| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>().clamp(-1.0, 1.0))
}

impl Service {
    async fn vectors(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, ScoringError> {
        let embedder = self.embedder.clone();
        let work = move || embedder.embed(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        Ok(task::blocking(work).await?)
    }

    /// Sets the nearness of each profile to the brief.
    async fn compare(&self, brief: &Brief, facts: &mut [Facts]) -> Result<(), ScoringError> {
        let model = self.embedder.model().to_owned();
        let asked = format!("{} {}", brief.niches.join(" "), brief.text);
        let wanted = self.vectors(vec![asked]).await?.pop().unwrap_or_default();
        let mut missing = Vec::new();
        for (place, fact) in facts.iter_mut().enumerate() {
            let Some(profile) = &fact.profile else { continue };
            let key = format!("{} {} {model}", profile.name, profile.etag);
            match self.cache.get::<ProfileVector>(&key).await {
                Some(vector) => fact.similarity = cosine(&wanted, &vector.components),
                None => missing.push((place, key, subject(profile))),
            }
        }
        let vectors = self.vectors(missing.iter().map(|(_, _, text)| text.clone()).collect()).await?;
        for ((place, key, _), components) in missing.into_iter().zip(vectors) {
            facts[place].similarity = cosine(&wanted, &components);
            let vector = pb::Embedding { model: model.clone(), components };
            self.cache.put::<ProfileVector>(&key, &vector, ProfileVector::TTL).await;
        }
        Ok(())
    }

    /// What profile, metrics and meaning tell of creators, with few calls. Profiles that are known already are not asked for again. A
    /// peer that is away is named in what is answered.
    pub(super) async fn outline(
        &self,
        brief: Option<&Brief>,
        creators: &[CreatorId],
        profiles: Option<Vec<Option<Creator>>>,
    ) -> Result<Vec<Facts>, ScoringError> {
        let mut away = Away::default();
        let mut profiles = match profiles {
            Some(profiles) => profiles,
            None => away.ask(DISCOVERY, self.discovery.creators(creators, &[])).await?,
        };
        let mut metrics = away.ask(METRICS, self.metrics.creator_metrics(creators, &LOOKED_AT, &[], true)).await?;
        profiles.resize(creators.len(), None);
        metrics.resize(creators.len(), None);
        let mut facts: Vec<Facts> = Vec::with_capacity(creators.len());
        for ((creator, profile), metrics) in creators.iter().zip(profiles).zip(metrics) {
            facts.push(Facts { name: creator.name(), profile, metrics, away: away.clone(), ..Facts::default() });
        }
        if let Some(brief) = brief {
            self.compare(brief, &mut facts).await?;
        }
        Ok(facts)
    }

    /// Adds what posts and comments tell.
    pub(super) async fn complete(&self, facts: Vec<Facts>) -> Result<Vec<Facts>, ScoringError> {
        let complete = |mut fact: Facts| async move {
            if let Ok(creator) = CreatorId::parse_name(&fact.name) {
                fact.posts = fact.away.ask(METRICS, self.metrics.posts(&creator, POSTS)).await?;
                fact.heard = self.heard(&creator, &mut fact.away).await?;
            }
            Ok::<_, ScoringError>(fact)
        };
        stream::iter(facts).map(complete).buffered(AT_ONCE).try_collect().await
    }

    /// What the comments say of a creator: sentiment, reception, authenticity and audience.
    async fn heard(&self, creator: &CreatorId, away: &mut Away) -> Result<Heard, ScoringError> {
        Ok(Heard {
            sentiment: self.sentiment(creator, &[], false, true).await?,
            reception: self.reception_of(creator, DEFAULT_WINDOW, away).await?,
            authenticity: self.authenticity_of(creator, away).await?,
            audience: self.audience_of(creator, away).await?,
        })
    }
}
