//! Owns what is to be expected of objectives and posts: pace, forecast, and the situation that adjustments are found for. Never how a post
//! grows.

use std::collections::BTreeMap;

use creatorscope_domain::{CreatorId, Platform, PostFormat};
use creatorscope_kit::clock::{from_wire_time, to_wire_time};
use creatorscope_proto::{
    campaign::v1 as pb,
    common::v1::{Interval, Unit},
};
use jiff::Timestamp;

use super::{Inputs, PublicPost, numbers, numbers::Numbers, usual_format};
use crate::{
    adjust::{CampaignPost, Creator, Situation},
    curve::{Growth, Outlook, Reading, Series, series::hours},
    forecast::{BAND, CORRELATION, Total},
    pacing::{Goal, PaceState, pace},
    store::Counts,
    tracking::{Number, told},
};

/// How far one objective is, and what is to be expected of it.
pub(super) fn objective(
    inputs: &Inputs,
    posts: &[PublicPost<'_>],
    of_all: &Numbers,
    objective: &pb::Objective,
) -> pb::ObjectiveProgress {
    let Some(number) = number_of(objective.metric()) else {
        return pb::ObjectiveProgress { objective: Some(objective.clone()), ..Default::default() };
    };
    let found = numbers::find(of_all, number);
    let delivered = told(number, &found, inputs.currency(), Some(to_wire_time(inputs.as_of)));
    let is_rate = objective.unit() == Unit::Fraction;
    let times = (time(inputs.campaign.start_time.as_ref()), time(objective.deadline_time.as_ref()));
    let pacing = match (found.value, times) {
        (Ok(delivered), (Some(start), Some(deadline))) if !is_rate => {
            let goal = Goal { start, deadline, target: objective.target };
            Some(pacing(inputs, posts, objective, &goal, delivered))
        }
        _ => None,
    };
    pb::ObjectiveProgress { objective: Some(objective.clone()), delivered: Some(delivered), pacing }
}

fn pacing(
    inputs: &Inputs,
    posts: &[PublicPost<'_>],
    objective: &pb::Objective,
    goal: &Goal,
    delivered: f64,
) -> pb::Pacing {
    let line = pace(goal, delivered, inputs.as_of);
    let state = match line.state {
        PaceState::Under => pb::PacingState::Under,
        PaceState::OnTrack => pb::PacingState::OnTrack,
        PaceState::Over => pb::PacingState::Over,
        PaceState::NotStarted | PaceState::Unmeasurable => pb::PacingState::Unspecified,
    };
    let counts = counts_of(objective.metric());
    let forecast = counts.map(|counts| {
        let growths = Growths::new(inputs, posts);
        let situation = growths.situation(inputs, posts, objective.target, goal.deadline, counts);
        let (total, _) = situation.total(goal.deadline);
        let measured = situation.posts.iter().filter(|post| post.series.last().is_some()).count();
        let taught = growths.0.values().map(|growth| growth.posts).max().unwrap_or_default();
        let planned = situation.posts.len() - measured;
        wire_forecast(&total, objective.target, goal.deadline, taught, (measured, planned))
    });
    pb::Pacing {
        linear_index: line.index,
        linear_state: state.into(),
        forecast,
        expected_by_now: match objective.metric() {
            pb::ObjectiveMetric::Views => expected_by_now(inputs, posts),
            _ => None,
        },
    }
}

/// What the public posts would have by now if they went as their creators' posts usually do; none when that is known of no one.
fn expected_by_now(inputs: &Inputs, posts: &[PublicPost<'_>]) -> Option<f64> {
    let expected = |post: &PublicPost<'_>| {
        let usual = inputs.usuals.get(&post.participant.creator)?;
        let growth = inputs.curves.of(post.creator.platform(), post.format);
        Some(Outlook::of_usual(&growth, *usual, hours(post.published, inputs.as_of)).increment)
    };
    let known: Vec<f64> = posts.iter().filter_map(expected).collect();
    (!known.is_empty()).then(|| known.iter().sum())
}

/// Views of one post at the end of the campaign; none without readings or an end.
pub(super) fn of_post(inputs: &Inputs, post: &PublicPost<'_>) -> Option<pb::Forecast> {
    let end = time(inputs.campaign.end_time.as_ref())?;
    let growth = inputs.curves.of(post.creator.platform(), post.format);
    let outlook =
        Outlook::of_post(&growth, &series(post, inputs.as_of, |counts| counts.views), hours(post.published, end))?;
    let total = Total::of(&[outlook], CORRELATION);
    let mut forecast = wire_forecast(&total, 0.0, end, growth.posts, (1, 0));
    // There is no target for one post.
    forecast.target_probability = 0.0;
    Some(forecast)
}

fn wire_forecast(
    total: &Total,
    target: f64,
    time: Timestamp,
    taught: u32,
    (measured, planned): (usize, usize),
) -> pb::Forecast {
    let band = total.band(BAND);
    let method = match taught {
        0 => "built-in curve".to_owned(),
        posts => format!("curves of {posts} posts"),
    };
    let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    pb::Forecast {
        time: Some(to_wire_time(time)),
        expected: band.middle,
        band: Some(Interval { low: band.low, high: band.high, confidence: band.level, method: method.clone() }),
        target_probability: total.probability_of(target),
        method,
        measured_posts: count(measured),
        planned_posts: count(planned),
    }
}

/// The number that an objective counts.
fn number_of(metric: pb::ObjectiveMetric) -> Option<Number> {
    use pb::ObjectiveMetric as Metric;
    Some(match metric {
        Metric::Unspecified => return None,
        Metric::Views => Number::Views,
        Metric::Engagements => Number::Engagements,
        Metric::EngagementRate => Number::EngagementRate,
        Metric::Posts => Number::Posts,
        Metric::Reach => Number::Reach,
        Metric::Clicks => Number::Clicks,
        Metric::Conversions => Number::Conversions,
        Metric::Revenue => Number::Revenue,
        Metric::NetSentiment => Number::NetSentiment,
    })
}

/// The counts of posts that add up to an objective and grow with age; none for what does not.
fn counts_of(metric: pb::ObjectiveMetric) -> Option<fn(&Counts) -> Option<i64>> {
    match metric {
        pb::ObjectiveMetric::Views => Some(|counts| counts.views),
        pb::ObjectiveMetric::Engagements => Some(Counts::engagements),
        _ => None,
    }
}

fn series(post: &PublicPost<'_>, as_of: Timestamp, counts: impl Fn(&Counts) -> Option<i64>) -> Series {
    let read = |one: &Counts| Reading { at: one.at, views: counts(one).and_then(|count| u64::try_from(count).ok()) };
    let readings: Vec<Reading> = post.counts.iter().map(read).collect();
    Series::new(post.published, &readings, as_of)
}

fn time(wire: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
    from_wire_time(wire?).ok()
}

/// How the posts of the campaign are taken to grow.
pub(super) fn growths(inputs: &Inputs) -> Vec<Growth> {
    Growths::new(inputs, &inputs.public_posts()).0.into_values().collect()
}

/// How the posts of a campaign grow, kept here so that a situation can point to it.
struct Growths(BTreeMap<(Platform, PostFormat), Growth>);

impl Growths {
    fn new(inputs: &Inputs, posts: &[PublicPost<'_>]) -> Self {
        let usual = inputs.participants.iter().map(|participant| usual_kind(&participant.creator));
        let public = posts.iter().map(|post| (post.creator.platform(), post.format));
        let kinds = usual.chain(public).chain([usual_kind("")]);
        Self(kinds.map(|kind| (kind, inputs.curves.of(kind.0, kind.1))).collect())
    }

    /// The growth of a kind of post that was there when this was made.
    fn of(&self, kind: (Platform, PostFormat)) -> &Growth {
        &self.0[&kind]
    }

    fn situation<'a>(
        &'a self,
        inputs: &Inputs,
        posts: &[PublicPost<'_>],
        target: f64,
        deadline: Timestamp,
        counts: fn(&Counts) -> Option<i64>,
    ) -> Situation<'a> {
        let place = |participant: &str| inputs.participants.iter().position(|one| one.name == participant);
        let minor = |fee: Option<f64>| fee.map_or(0, |fee| fee.round() as i64);
        let public = posts.iter().filter_map(|post| {
            let creator = place(&post.participant.name)?;
            Some(CampaignPost {
                creator,
                growth: self.of((post.creator.platform(), post.format)),
                published: post.published,
                series: series(post, inputs.as_of, counts),
                fee_minor: minor(post.fee),
            })
        });
        let planned = inputs.deliverables.iter().filter(|one| is_planned(one)).filter_map(|deliverable| {
            let creator = place(&deliverable.participant)?;
            // Without a date it is taken to come halfway to the deadline; one that is late is taken to come tomorrow.
            let halfway = inputs.as_of + deadline.duration_since(inputs.as_of).max(jiff::SignedDuration::ZERO) / 2;
            let due = time(deliverable.due_time.as_ref()).unwrap_or(halfway);
            let published = due.max(inputs.as_of + jiff::SignedDuration::from_hours(24));
            Some(CampaignPost {
                creator,
                growth: self.of(usual_kind(&inputs.participants[creator].creator)),
                published,
                series: Series::new(published, &[], inputs.as_of),
                fee_minor: minor(inputs.fee_of(&inputs.participants[creator])),
            })
        });
        let creators = inputs.participants.iter().map(|participant| Creator {
            id: participant.name.clone(),
            takes_part: participant.state() == pb::ParticipantState::Accepted,
            fee_minor: inputs.fee_of(participant).map(|fee| fee.round() as i64),
            usual: inputs.usuals.get(&participant.creator).copied(),
            growth: self.of(usual_kind(&participant.creator)),
            earliest: inputs.as_of + jiff::SignedDuration::from_hours(48),
        });
        let fees: i64 = inputs.participants.iter().filter_map(|one| one.fee.as_ref()).map(|fee| fee.amount_minor).sum();
        Situation {
            as_of: inputs.as_of,
            deadline,
            target,
            posts: public.chain(planned).collect(),
            creators: creators.collect(),
            budget_left_minor: inputs.campaign.budget.as_ref().map(|budget| (budget.amount_minor - fees).max(0)),
            correlation: CORRELATION,
        }
    }
}

/// The kind of post that a creator mostly makes; of a name that is none, a video of YouTube.
fn usual_kind(creator: &str) -> (Platform, PostFormat) {
    let platform = CreatorId::parse_name(creator).map_or(Platform::Youtube, |id| id.platform());
    (platform, usual_format(platform))
}

/// Whether a deliverable is still to come.
fn is_planned(deliverable: &pb::Deliverable) -> bool {
    use pb::DeliverableState::{Cancelled, Rejected};
    deliverable.publication.is_none() && !matches!(deliverable.state(), Cancelled | Rejected)
}

/// Answers `with` the situation of an objective; none when it is no sum of counts that grow, or has no deadline.
pub fn situation<T>(inputs: &Inputs, objective: &pb::Objective, with: impl FnOnce(&Situation<'_>) -> T) -> Option<T> {
    let counts = counts_of(objective.metric())?;
    let deadline = time(objective.deadline_time.as_ref())?;
    let posts = inputs.public_posts();
    let growths = Growths::new(inputs, &posts);
    Some(with(&growths.situation(inputs, &posts, objective.target, deadline, counts)))
}
