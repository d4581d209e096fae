//! Owns what the judgements of a creator share: posts and cohort as the peers tell them, and values as they are sent. Never a verdict.

use std::collections::HashMap;

use creatorscope_domain::{CreatorId, PostName, Tier, Window};
use creatorscope_proto::{
    common::v1::{Interval, MetricFlag, MetricValue, MissingReason, Provenance, Unit, metric_value},
    metrics::v1::{Benchmark, PostState},
};
use jiff::{SignedDuration, Timestamp};

use super::{Service, away::Away};
use crate::{
    convert::to_wire_time,
    error::ScoringError,
    grpc::peer::{METRICS, PeerError, metrics::value_of},
    model::PostCell,
    reception::{PostSigns, Usual},
};

/// Posts that are asked for.
const POSTS: usize = 500;
/// Posts of `LAST_20_POSTS`.
const LAST: usize = 20;
/// The fewest creators whose quartiles are taken for usual.
const MIN_COHORT: i32 = 20;

/// What the metrics service says of a creator and its cohort.
pub(super) struct Standing {
    pub(super) values: Vec<MetricValue>,
    pub(super) cohort: String,
    benchmarks: Vec<Benchmark>,
}

impl Standing {
    pub(super) fn value(&self, definition: &str) -> Option<(f64, &MetricValue)> {
        value_of(&self.values, definition)
    }

    /// A count that a definition's value is made of.
    pub(super) fn term(&self, definition: &str, term: &str) -> Option<i64> {
        let value = self.values.iter().find(|value| value.definition.split('@').next() == Some(definition))?;
        value.terms.iter().find(|used| used.term == term).map(|used| used.total as i64)
    }

    /// What is usual of a definition's logarithm among comparable creators.
    pub(super) fn usual(&self, definition: &str) -> Option<Usual> {
        let found = self.benchmarks.iter().find(|found| found.definition.split('@').next() == Some(definition))?;
        let enough = found.sample_size >= MIN_COHORT;
        enough.then(|| Usual::of_quartiles(found.p25?, found.p50?, found.p75?)).flatten()
    }
}

impl Service {
    /// Metrics of a creator with their standing, and how these definitions are distributed in its cohort.
    pub(super) async fn standing(
        &self,
        creator: &CreatorId,
        definitions: &[&str],
        away: &mut Away,
    ) -> Result<Standing, PeerError> {
        let asked = [definitions, &["followers"]].concat();
        let ids = std::slice::from_ref(creator);
        let found = away.ask(METRICS, self.metrics.creator_metrics(ids, &asked, &[], true)).await?;
        let values = found.into_iter().next().flatten().map(|metrics| metrics.values).unwrap_or_default();
        let platform = creator.platform();
        let (mut cohort, mut benchmarks) = (String::new(), Vec::new());
        if !values.is_empty() {
            let followers = value_of(&values, "followers").map_or(0.0, |(count, _)| count);
            let tier = Tier::of(followers as i64);
            benchmarks = away.ask(METRICS, self.metrics.benchmark(platform, tier, definitions)).await?;
            let standing = definitions.iter().find_map(|of| value_of(&values, of)?.1.standing.as_ref());
            cohort = standing.map_or_else(|| platform.slug().to_owned(), |standing| standing.cohort.clone());
        }
        Ok(Standing { values, cohort, benchmarks })
    }

    /// The posts of a creator in a window, with counts and comments as far as they are known.
    pub(super) async fn posts(
        &self,
        creator: &CreatorId,
        window: Window,
        away: &mut Away,
    ) -> Result<Vec<PostSigns>, ScoringError> {
        let cells = self.store.post_cells(creator).await?;
        let states = away.ask(METRICS, self.metrics.posts(creator, POSTS)).await?;
        Ok(within(joined(states, cells), window))
    }
}

/// Counts and comments of the same posts.
fn joined(states: Vec<PostState>, cells: Vec<PostCell>) -> Vec<PostSigns> {
    let mut cells: HashMap<String, PostCell> = cells.into_iter().map(|post| (post.post_id.clone(), post)).collect();
    let mut posts: Vec<PostSigns> = states.into_iter().filter_map(|state| counted(state, &mut cells)).collect();
    posts.extend(cells.into_values().map(|post| PostSigns {
        post_id: post.post_id,
        time: Some(post.last_time),
        cell: Some(post.cell),
        ..PostSigns::default()
    }));
    posts.sort_by(|a, b| b.time.cmp(&a.time).then_with(|| a.post_id.cmp(&b.post_id)));
    posts
}

fn counted(state: PostState, cells: &mut HashMap<String, PostCell>) -> Option<PostSigns> {
    let (post, counts) = (state.post?, state.counts.unwrap_or_default());
    let post_id = post_id(&post.name)?;
    let known = cells.remove(&post_id);
    let published = post.publish_time.and_then(|time| Timestamp::new(time.seconds, time.nanos).ok());
    Some(PostSigns {
        time: published.or_else(|| known.as_ref().map(|post| post.last_time)),
        views: counts.views,
        likes: counts.likes,
        dislikes: counts.dislikes,
        comments: counts.comments,
        cell: known.map(|post| post.cell),
        post_id,
    })
}

/// The post's id on its platform.
fn post_id(name: &str) -> Option<String> {
    PostName::parse(name).ok().and_then(|_| name.rsplit('/').next().map(str::to_owned))
}

/// Those of a window, which ends with the newest post; posts without a time are only in the windows that are no span of time.
fn within(mut posts: Vec<PostSigns>, window: Window) -> Vec<PostSigns> {
    match (window, window.days()) {
        (_, Some(days)) => {
            let newest = posts.iter().filter_map(|post| post.time).max();
            let span = SignedDuration::from_hours(24 * days);
            posts.retain(
                |post| matches!((post.time, newest), (Some(time), Some(newest)) if newest.duration_since(time) <= span),
            );
        }
        (Window::Last20Posts, None) => posts.truncate(LAST),
        _ => {}
    }
    posts
}

/// A value as it is sent, or why there is none.
pub(super) struct Told {
    pub(super) definition: &'static str,
    pub(super) value: Result<(f64, Option<(f64, f64)>), MissingReason>,
    pub(super) unit: Unit,
    pub(super) sample_size: usize,
    pub(super) as_of: Option<Timestamp>,
    pub(super) method: &'static str,
    pub(super) flags: Vec<MetricFlag>,
    pub(super) provenance: Provenance,
}

impl Told {
    pub(super) fn message(self) -> MetricValue {
        let range = self.value.ok().and_then(|(_, range)| range);
        MetricValue {
            definition: self.definition.to_owned(),
            result: Some(match self.value {
                Ok((value, _)) => metric_value::Result::Value(value),
                Err(reason) => metric_value::Result::Missing(reason as i32),
            }),
            unit: self.unit as i32,
            sample_size: i32::try_from(self.sample_size).unwrap_or(i32::MAX),
            provenance: self.provenance as i32,
            as_of: self.as_of.map(to_wire_time),
            interval: range.map(|(low, high)| Interval { low, high, confidence: 0.9, method: self.method.to_owned() }),
            flags: self.flags.into_iter().map(|flag| flag as i32).collect(),
            ..MetricValue::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use creatorscope_proto::metrics::v1::{Post, PostCounts};

    use super::*;
    use crate::model::Cell;

    fn state(id: &str, second: i64) -> PostState {
        let publish_time = Some(prost_types::Timestamp { seconds: second, nanos: 0 });
        let name = format!("creators/youtube:UC1234567890123456789012/posts/{id}");
        PostState {
            post: Some(Post { name, publish_time, ..Post::default() }),
            counts: Some(PostCounts { likes: Some(7), ..PostCounts::default() }),
            ..PostState::default()
        }
    }

    fn commented(id: &str, second: i64) -> PostCell {
        let last_time = Timestamp::from_second(second).unwrap();
        PostCell { post_id: id.to_owned(), last_time, cell: Cell { comments: 3, ..Cell::default() } }
    }

    #[test]
    fn counts_and_comments_of_a_post_come_together_and_neither_is_needed() {
        let (both, only_comments) = (commented("bbbbbbbbbbb", 900), commented("ccccccccccc", 50));
        let posts = joined(vec![state("aaaaaaaaaaa", 100), state("bbbbbbbbbbb", 200)], vec![both, only_comments]);
        let seen: Vec<_> = posts.iter().map(|post| (&post.post_id[..1], post.likes, post.cell.is_some())).collect();
        assert_eq!(seen, [("b", Some(7), true), ("a", Some(7), false), ("c", None, true)]);
        assert_eq!(posts[0].time, Timestamp::from_second(200).ok(), "the time of publishing goes first");
    }

    #[test]
    fn a_window_ends_with_the_newest_post() {
        let day = 86_400;
        let posts = joined(vec![state("aaaaaaaaaaa", 1_000 * day), state("bbbbbbbbbbb", 900 * day)], vec![]);
        let left = |window| within(posts.clone(), window).len();
        assert_eq!((left(Window::Window90d), left(Window::Window365d), left(Window::Lifetime)), (1, 2, 2));
    }
}
