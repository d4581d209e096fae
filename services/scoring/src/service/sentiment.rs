//! Owns the use case of how an audience feels. Never the arithmetic of a share.

use std::time::Duration;

use creatorscope_domain::{CreatorId, Platform, PostName, Window};
use creatorscope_kit::{cache::Cached, db::timestamp};
use creatorscope_proto::{common::v1 as common, scoring::v1 as pb};

use super::Service;
use crate::{
    aggregate::{DEFINITIONS, Frame, MINIMUM, MINIMUM_OF_POST, aggregate, numbers},
    convert::{reading::evidence, to_wire_time},
    error::ScoringError,
    store::{Grouping, Scope, Span},
};

/// Languages of one answer.
const MAX_LANGUAGES: usize = 50;
/// Comments of one kind that are shown of a post.
const EVIDENCE: usize = 5;
/// The window of values that stand among others.
pub const DEFAULT_WINDOW: Window = Window::Window90d;
/// Creators that a standing needs.
const COHORT: usize = 200;

/// The values of all creators of a platform, sorted, in the order of the definitions.
#[derive(Clone, PartialEq, prost::Message)]
struct Ladders {
    #[prost(message, repeated, tag = "1")]
    ladders: Vec<Ladder>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Ladder {
    #[prost(double, repeated, tag = "1")]
    values: Vec<f64>,
}

struct KeptLadders;

impl Cached for KeptLadders {
    const KIND: &'static str = "scoring:ladders";
    const VERSION: u32 = 1;
    const TTL: Duration = Duration::from_secs(900);
    type Key = Platform;
    type Value = Ladders;
}

impl Service {
    /// How a creator's audience feels in each window, 90 days when none is named; none when no comment is known. Errors: the database's.
    pub async fn sentiment(
        &self,
        creator: &CreatorId,
        windows: &[Window],
        by_language: bool,
        with_standing: bool,
    ) -> Result<Option<pb::CreatorSentiment>, ScoringError> {
        let Some((version, as_of)) = self.store.state(creator).await? else { return Ok(None) };
        let expires = self.store.expiry(creator).await?;
        let windows = if windows.is_empty() { &[DEFAULT_WINDOW] } else { windows };
        let mut answers = Vec::with_capacity(windows.len());
        for window in windows {
            let span = span(*window);
            let Some(all) = self.store.scopes(creator, span, Grouping::All).await?.into_iter().next() else {
                // What is there has expired, or was erased meanwhile.
                return Ok(None);
            };
            let frame = Frame { window: Some(*window), minimum: MINIMUM, expires };
            let mut whole = aggregate(&all, frame);
            if with_standing && *window == DEFAULT_WINDOW {
                self.stand(creator.platform(), &mut whole).await?;
            }
            let languages = if by_language {
                languages(self.store.scopes(creator, span, Grouping::Language).await?, all.cell.comments, frame)
            } else {
                Vec::new()
            };
            answers.push(pb::WindowSentiment { window: window.number(), aggregate: Some(whole), languages });
        }
        Ok(Some(pb::CreatorSentiment {
            creator: creator.name(),
            windows: answers,
            as_of: Some(to_wire_time(as_of)),
            etag: format!("{version:x}"),
        }))
    }

    /// How the comments of a post feel, with comments that show it. Errors: [`ScoringError::NoPostComments`], the database's.
    pub async fn post_sentiment(&self, post: &PostName) -> Result<pb::PostSentiment, ScoringError> {
        let (creator, id) = (&post.creator, post.post.as_str());
        let all = self.store.scopes(creator, Span::Post(id), Grouping::All).await?;
        let all = all.into_iter().next().ok_or_else(|| ScoringError::NoPostComments(post.to_string()))?;
        let frame = Frame { window: None, minimum: MINIMUM_OF_POST, expires: self.store.expiry(creator).await? };
        let by_language = self.store.scopes(creator, Span::Post(id), Grouping::Language).await?;
        let mut shown = self.store.strongest_of_post(creator, id, true, EVIDENCE).await?;
        shown.extend(self.store.strongest_of_post(creator, id, false, EVIDENCE).await?);
        Ok(pb::PostSentiment {
            post: post.to_string(),
            aggregate: Some(aggregate(&all, frame)),
            languages: languages(by_language, all.cell.comments, frame),
            evidence: shown.into_iter().map(evidence).collect(),
            as_of: Some(to_wire_time(timestamp(all.as_of))),
        })
    }

    /// Adds where the values stand among the creators of the platform.
    async fn stand(&self, platform: Platform, whole: &mut pb::SentimentAggregate) -> Result<(), ScoringError> {
        let load = async {
            let days = DEFAULT_WINDOW.days().unwrap_or_default();
            let scopes = self.store.platform_sums(platform, days).await?;
            Ok::<_, creatorscope_kit::db::DbError>(ladders(&scopes))
        };
        let found = self.cache.get_or_load::<KeptLadders, _>(&platform, load).await.map_err(ScoringError::Store)?;
        for ((value, ladder), (_, higher_is_better)) in whole.values.iter_mut().zip(&found.ladders).zip(DEFINITIONS) {
            if let Some(common::metric_value::Result::Value(number)) = value.result {
                value.standing = standing(number, &ladder.values, higher_is_better, platform);
            }
        }
        Ok(())
    }
}

fn span(window: Window) -> Span<'static> {
    match window {
        Window::Last20Posts => Span::LastPosts,
        window => window.days().map_or(Span::All, Span::Days),
    }
}

fn languages(scopes: Vec<Scope>, comments: i64, frame: Frame) -> Vec<pb::LanguageSentiment> {
    let language = |scope: Scope| pb::LanguageSentiment {
        share: scope.cell.comments as f64 / comments.max(1) as f64,
        aggregate: Some(aggregate(&scope, frame)),
        language: scope.label,
    };
    scopes.into_iter().take(MAX_LANGUAGES).map(language).collect()
}

fn ladders(scopes: &[Scope]) -> Ladders {
    let mut ladders = vec![Ladder::default(); DEFINITIONS.len()];
    for scope in scopes {
        for (ladder, number) in ladders.iter_mut().zip(numbers(scope, MINIMUM)) {
            ladder.values.extend(number.ok().map(|(number, _)| number));
        }
    }
    ladders.iter_mut().for_each(|ladder| ladder.values.sort_by(f64::total_cmp));
    Ladders { ladders }
}

/// The place of a number among sorted others; none when they are fewer than 200.
fn standing(
    number: f64,
    sorted: &[f64],
    higher_is_better: Option<bool>,
    platform: Platform,
) -> Option<common::Standing> {
    if sorted.len() < COHORT {
        return None;
    }
    let below = sorted.partition_point(|other| *other < number);
    let equal = sorted.partition_point(|other| *other <= number) - below;
    let percentile = (below as f64 + equal as f64 / 2.0) / sorted.len() as f64 * 100.0;
    let mark = higher_is_better.map(|higher| mark(if higher { percentile } else { 100.0 - percentile }));
    Some(common::Standing {
        percentile,
        mark: mark.unwrap_or(common::Mark::Unspecified) as i32,
        cohort: platform.slug().to_owned(),
        cohort_size: i32::try_from(sorted.len()).unwrap_or(i32::MAX),
        widened: false,
    })
}

fn mark(percentile: f64) -> common::Mark {
    match percentile {
        ..10.0 => common::Mark::Poor,
        ..25.0 => common::Mark::Fair,
        ..50.0 => common::Mark::Average,
        ..75.0 => common::Mark::Good,
        ..90.0 => common::Mark::VeryGood,
        _ => common::Mark::Excellent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_low_negative_share_stands_well() {
        let sorted: Vec<f64> = (0..200).map(|place| f64::from(place) / 200.0).collect();
        let found = standing(0.01, &sorted, Some(false), Platform::Youtube).expect("200 creators");
        assert_eq!((found.mark, found.cohort.as_str()), (common::Mark::Excellent as i32, "youtube"));
        assert!((found.percentile - 1.25).abs() < 1e-9);
        assert_eq!(standing(0.01, &sorted[..199], Some(false), Platform::Youtube), None);
    }
}
