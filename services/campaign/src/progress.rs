//! Owns what a campaign has delivered and what is to be expected, as of a time, from what is known of it: the same inputs give the same
//! progress. Never I/O.

mod numbers;
mod outlook;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::Arc};

use creatorscope_domain::{CreatorId, Platform, PostFormat};
use creatorscope_kit::clock::{from_wire_time, to_wire_time};
use creatorscope_proto::{campaign::v1 as pb, common::v1::metric_value};
use jiff::Timestamp;

use crate::{
    curve::{Growth, Usual, prior},
    store::{Converted, Counts, Feeling, PostReadings},
    tracking::{Found, Number, told},
};

pub use self::outlook::situation;

/// How posts grow, by platform and form: what was learned, and the prior for the rest.
#[derive(Debug, Clone, Default)]
pub struct Curves(Arc<BTreeMap<(Platform, PostFormat), Growth>>);

impl Curves {
    /// Curves that were learned; one a platform and form.
    pub fn new(learned: Vec<Growth>) -> Self {
        Self(Arc::new(learned.into_iter().map(|growth| ((growth.platform, growth.format), growth)).collect()))
    }

    /// How posts of a platform and form grow.
    pub fn of(&self, platform: Platform, format: PostFormat) -> Growth {
        self.0.get(&(platform, format)).cloned().unwrap_or_else(|| prior::growth(platform, format))
    }
}

/// What is known of a campaign.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// The campaign.
    pub campaign: pb::Campaign,
    /// Its participants, by name.
    pub participants: Vec<pb::Participant>,
    /// Its deliverables, by name.
    pub deliverables: Vec<pb::Deliverable>,
    /// Its posts with their readings up to `as_of`, by deliverable.
    pub posts: BTreeMap<String, PostReadings>,
    /// How their comments felt up to `as_of`, by deliverable, oldest first.
    pub feelings: BTreeMap<String, Vec<Feeling>>,
    /// What was recorded up to `as_of`, by participant.
    pub converted: Vec<Converted>,
    /// What the creators' posts usually reach, by creator; those of whom it is not known are not in it.
    pub usuals: BTreeMap<String, Usual>,
    /// How posts grow.
    pub curves: Curves,
    /// The time.
    pub as_of: Timestamp,
}

/// A post of the campaign that was public at the time.
#[derive(Debug, Clone)]
pub(crate) struct PublicPost<'a> {
    pub(crate) deliverable: &'a pb::Deliverable,
    pub(crate) participant: &'a pb::Participant,
    pub(crate) creator: CreatorId,
    pub(crate) format: PostFormat,
    pub(crate) published: Timestamp,
    /// Oldest first.
    pub(crate) counts: &'a [Counts],
    /// Its part of the participant's fee, minor units; none without a fee.
    pub(crate) fee: Option<f64>,
}

impl PublicPost<'_> {
    /// The last reading that has a number; sources leave counts out at times.
    fn last<T>(&self, number: impl Fn(&Counts) -> Option<T>) -> Option<T> {
        self.counts.iter().rev().find_map(number)
    }
}

impl Inputs {
    /// The posts that were public at the time, in the order of deliverables.
    pub(crate) fn public_posts(&self) -> Vec<PublicPost<'_>> {
        self.deliverables.iter().filter_map(|deliverable| self.public_post(deliverable)).collect()
    }

    fn public_post<'a>(&'a self, deliverable: &'a pb::Deliverable) -> Option<PublicPost<'a>> {
        let publication = deliverable.publication.as_ref()?;
        let participant = self.participants.iter().find(|one| one.name == deliverable.participant)?;
        let read = self.posts.get(&deliverable.name);
        let told = |time: &Option<prost_types::Timestamp>| time.as_ref().and_then(|time| from_wire_time(time).ok());
        let published = told(&publication.publish_time)
            .or_else(|| read.and_then(|read| read.published))
            .or_else(|| told(&publication.report_time))?;
        let is_reported = told(&publication.report_time).is_none_or(|reported| reported <= self.as_of);
        if published > self.as_of || !is_reported {
            return None;
        }
        let format = match deliverable.format {
            0 => read.and_then(|read| PostFormat::from_number(read.format)),
            given => PostFormat::from_number(given),
        };
        let creator = CreatorId::parse_name(&participant.creator).ok()?;
        Some(PublicPost {
            deliverable,
            participant,
            format: format.unwrap_or_else(|| usual_format(creator.platform())),
            creator,
            published,
            counts: read.map_or(&[], |read| &read.counts),
            fee: self.fee_of(participant),
        })
    }

    /// A deliverable's part of its participant's fee: the fee shared out by what is still owed or done.
    pub(crate) fn fee_of(&self, participant: &pb::Participant) -> Option<f64> {
        use pb::DeliverableState::{Cancelled, Rejected};
        let fee = participant.fee.as_ref()?;
        let theirs = self.deliverables.iter().filter(|one| one.participant == participant.name);
        let count = theirs.filter(|one| !matches!(one.state(), Cancelled | Rejected)).count();
        (count > 0).then(|| fee.amount_minor as f64 / count as f64)
    }

    /// The currency of the campaign's money; empty when it has none.
    pub(crate) fn currency(&self) -> &str {
        let fees = self.participants.iter().filter_map(|participant| participant.fee.as_ref());
        self.campaign.budget.iter().chain(fees).map(|money| money.currency_code.as_str()).next().unwrap_or_default()
    }

    /// How the posts of the campaign's participants are taken to grow, one entry a platform and form.
    pub(crate) fn growths(&self) -> Vec<Growth> {
        outlook::growths(self)
    }

    fn feeling_of(&self, deliverable: &str) -> Option<&Feeling> {
        self.feelings.get(deliverable)?.last()
    }
}

/// The form of post that a platform mostly has, where a source does not tell.
pub(crate) fn usual_format(platform: Platform) -> PostFormat {
    match platform {
        Platform::Youtube => PostFormat::Long,
        Platform::Tiktok => PostFormat::Short,
        Platform::Instagram => PostFormat::Reel,
    }
}

/// What a campaign has delivered and what is to be expected.
pub fn progress(inputs: &Inputs) -> pb::CampaignProgress {
    let posts = inputs.public_posts();
    let as_of = Some(to_wire_time(inputs.as_of));
    let currency = inputs.currency();
    let tell = |number: Number, found: &Found| told(number, found, currency, as_of);
    let of_all = numbers::of_scope(inputs, &posts, None);
    let objectives: Vec<pb::ObjectiveProgress> = inputs
        .campaign
        .objectives
        .iter()
        .map(|objective| outlook::objective(inputs, &posts, &of_all, objective))
        .collect();
    let participants = inputs.participants.iter().filter(|one| one.state() != pb::ParticipantState::Declined);
    let participants = participants.map(|participant| {
        let theirs: Vec<PublicPost<'_>> =
            posts.iter().filter(|post| post.participant.name == participant.name).cloned().collect();
        let numbers = numbers::of_scope(inputs, &theirs, Some(&participant.name));
        pb::ParticipantProgress {
            participant: participant.name.clone(),
            creator: participant.creator.clone(),
            values: numbers.iter().map(|(number, found)| tell(*number, found)).collect(),
            posts: theirs.iter().map(|post| post_progress(inputs, post)).collect(),
            comparisons: Vec::new(),
        }
    });
    let readings = posts.iter().filter_map(|post| post.counts.last()).map(|counts| counts.at);
    pb::CampaignProgress {
        campaign: inputs.campaign.name.clone(),
        as_of,
        overall_share: overall(&objectives),
        values: of_all.iter().map(|(number, found)| tell(*number, found)).collect(),
        participants: participants.collect(),
        last_reading_time: readings.max().map(to_wire_time),
        notes: notes(inputs, &posts),
        objectives,
    }
}

fn post_progress(inputs: &Inputs, post: &PublicPost<'_>) -> pb::PostProgress {
    let numbers = numbers::of_post(inputs, post);
    let as_of = Some(to_wire_time(inputs.as_of));
    pb::PostProgress {
        deliverable: post.deliverable.name.clone(),
        post: post.deliverable.publication.as_ref().map(|publication| publication.post.clone()).unwrap_or_default(),
        values: numbers.iter().map(|(number, found)| told(*number, found, inputs.currency(), as_of)).collect(),
        forecast: outlook::of_post(inputs, post),
    }
}

/// The objectives together, by weight, each at most whole; none when no one has a value.
fn overall(objectives: &[pb::ObjectiveProgress]) -> Option<f64> {
    let mut sums = (0.0, 0.0);
    for told in objectives {
        let Some(objective) = &told.objective else { continue };
        let Some(metric_value::Result::Value(value)) = told.delivered.as_ref().and_then(|value| value.result) else {
            continue;
        };
        let weight = objective.weight.unwrap_or(1.0);
        sums = (sums.0 + weight * (value / objective.target).clamp(0.0, 1.0), sums.1 + weight);
    }
    (sums.1 > 0.0).then(|| sums.0 / sums.1)
}

fn notes(inputs: &Inputs, posts: &[PublicPost<'_>]) -> Vec<String> {
    let mut notes = Vec::new();
    let unread = posts.iter().filter(|post| post.counts.is_empty()).count();
    if unread > 0 {
        notes.push(format!(
            "{unread} of {} posts have no reading yet: ingest their counts into the metrics service",
            posts.len()
        ));
    }
    let unknown = inputs.participants.iter().filter(|one| !inputs.usuals.contains_key(&one.creator)).count();
    if unknown > 0 {
        notes.push(format!(
            "what posts usually reach is not known of {unknown} creators; planned posts of theirs count with nothing"
        ));
    }
    notes
}
