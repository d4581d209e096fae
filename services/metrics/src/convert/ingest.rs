//! Owns reading batches from the wire, item by item, and writing what came of them. Never storage.

use creatorscope_domain::{PostFormat, Retention, Source};
use creatorscope_kit::fault::{Violation, Violations};
use creatorscope_proto::{common::v1 as common, metrics::v1 as pb};
use jiff::{SignedDuration, Timestamp};

use super::{from_wire_number, from_wire_time};
use crate::{
    model::{
        AccountCounts, Checks, Description, Observation, ObservationDraft, PostCounts, PostDraft, PostRecord,
        SubjectCounts,
    },
    sponsorship::Verdict,
    store::{Item, Landed},
};

/// The most items of one message.
const MAX_ITEMS: usize = 5_000;

/// One message of an ingest stream, its items checked.
#[derive(Debug)]
pub struct Batch {
    /// What can be stored.
    pub items: Vec<Item>,
    /// For each of `items` its place in the message.
    pub places: Vec<usize>,
    /// What cannot.
    pub rejections: Vec<common::ItemRejection>,
}

/// What came of one message, all items told.
#[derive(Debug, Default)]
pub struct Receipt {
    /// Which message of the stream, from 1.
    pub sequence: i64,
    /// Items that brought something new.
    pub accepted: i32,
    /// Items that were known.
    pub duplicates: i32,
    /// Items that were known with other counts.
    pub conflicts: Vec<common::ItemConflict>,
    /// Items that were not taken.
    pub rejections: Vec<common::ItemRejection>,
    /// The place in the log.
    pub change_token: String,
}

impl Batch {
    /// Takes out items that may no longer be kept by the retention class of their source.
    pub fn refuse_expired(&mut self, retention: &Retention, now: Timestamp) {
        let (items, places) = (std::mem::take(&mut self.items), std::mem::take(&mut self.places));
        for (item, place) in items.into_iter().zip(places) {
            let (source, time) = (item.source(), item.observe_time());
            if !retention.is_expired(source, time, now) {
                self.items.push(item);
                self.places.push(place);
                continue;
            }
            let (setting, days) = (Retention::setting(source), retention.days(source).unwrap_or_default());
            let description = format!(
                "read {time} and may no longer be kept: {setting} is {days}; accepted is what was read after {}",
                now.saturating_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MIN)
            );
            let expired = Violation { field: "observe_time".into(), reason: "EXPIRED", description };
            self.rejections.push(rejection(place, item.name(), vec![expired]));
        }
        self.rejections.sort_by_key(|rejection| rejection.index);
    }
}

/// A refused item: the name it gave and what is wrong.
type Refused = (String, Vec<Violation>);

/// Reads a message of posts. Errors: too few or too many items.
pub fn read_posts(request: pb::IngestPostsRequest, now: Timestamp) -> Result<Batch, Violations> {
    read(request.records, "records", |record| post_record(record, now).map(|record| Item::Post(Box::new(record))))
}

/// Reads a message of observations. Errors: too few or too many items.
pub fn read_observations(request: pb::IngestObservationsRequest, now: Timestamp) -> Result<Batch, Violations> {
    let take = |item| observation(item, now).map(|item| Item::Observation(Box::new(item)));
    read(request.observations, "observations", take)
}

/// Tells what came of the items of a batch.
pub fn receipt(
    sequence: i64,
    places: &[usize],
    rejections: Vec<common::ItemRejection>,
    landed: Landed,
    change_token: String,
) -> Receipt {
    let conflict = |found: crate::store::Difference| common::ItemConflict {
        index: count(places.get(found.place).copied().unwrap_or_default()),
        name: found.name,
        fields: found.terms.into_iter().map(str::to_owned).collect(),
    };
    Receipt {
        sequence,
        accepted: count(landed.accepted),
        duplicates: count(landed.duplicates),
        conflicts: landed.conflicts.into_iter().map(conflict).collect(),
        rejections,
        change_token,
    }
}

impl From<Receipt> for pb::IngestPostsResponse {
    fn from(receipt: Receipt) -> Self {
        let Receipt { sequence, accepted, duplicates, mut conflicts, rejections, change_token } = receipt;
        prefix_fields(&mut conflicts, |_| "counts");
        Self { sequence, accepted_count: accepted, duplicate_count: duplicates, conflicts, rejections, change_token }
    }
}

impl From<Receipt> for pb::IngestObservationsResponse {
    fn from(receipt: Receipt) -> Self {
        let Receipt { sequence, accepted, duplicates, mut conflicts, rejections, change_token } = receipt;
        prefix_fields(&mut conflicts, |name| if name.contains("/posts/") { "post" } else { "account" });
        Self { sequence, accepted_count: accepted, duplicate_count: duplicates, conflicts, rejections, change_token }
    }
}

fn prefix_fields(conflicts: &mut [common::ItemConflict], message: impl Fn(&str) -> &'static str) {
    for conflict in conflicts {
        let message = message(&conflict.name);
        for field in &mut conflict.fields {
            *field = format!("{message}.{field}");
        }
    }
}

fn read<W>(wire: Vec<W>, field: &str, take: impl Fn(W) -> Result<Item, Refused>) -> Result<Batch, Violations> {
    if wire.is_empty() || wire.len() > MAX_ITEMS {
        let problem = format!("{} items; 1 to {MAX_ITEMS} are accepted", wire.len());
        return Err(Violation::new(field, "OUT_OF_RANGE", problem).into());
    }
    let mut batch =
        Batch { items: Vec::with_capacity(wire.len()), places: Vec::with_capacity(wire.len()), rejections: Vec::new() };
    for (place, item) in wire.into_iter().enumerate() {
        match take(item) {
            Ok(item) => {
                batch.items.push(item);
                batch.places.push(place);
            }
            Err((name, violations)) => batch.rejections.push(rejection(place, name, violations)),
        }
    }
    Ok(batch)
}

fn rejection(place: usize, name: String, violations: Vec<Violation>) -> common::ItemRejection {
    let told = |found: Violation| common::FieldViolation {
        field: found.field,
        reason: found.reason.to_owned(),
        description: found.description,
    };
    common::ItemRejection { index: count(place), name, violations: violations.into_iter().map(told).collect() }
}

/// A number of items; a message has at most 5 000.
fn count(items: usize) -> i32 {
    i32::try_from(items).unwrap_or(i32::MAX)
}

fn post_record(wire: pb::PostRecord, now: Timestamp) -> Result<PostRecord, Refused> {
    let mut checks = Checks::default();
    let Some(post) = wire.post else {
        checks.required("post", "the post that was read is needed");
        return Err((String::new(), checks.into_vec()));
    };
    let description = Description {
        publish_time: time(post.publish_time.as_ref(), "post.publish_time", &mut checks),
        title: post.title,
        caption: post.caption,
        hashtags: post.hashtags,
        format: number(post.format, PostFormat::from_number, "post.format", &mut checks),
        duration: post.duration.and_then(|wire| duration(&wire, &mut checks)),
        language: post.language,
        sponsored: post.sponsored,
        category: post.category,
        verdict: Verdict::default(),
    };
    let draft = PostDraft {
        description,
        observe_time: time(wire.observe_time.as_ref(), "observe_time", &mut checks),
        counts: wire.counts.map(|counts| post_counts(&counts, "counts", &mut checks)),
        source: number(wire.source, Source::from_number, "source", &mut checks),
        name: post.name,
    };
    let name = draft.name.clone();
    PostRecord::new(draft, now, checks).map_err(|violations| (name, violations))
}

fn observation(wire: pb::Observation, now: Timestamp) -> Result<Observation, Refused> {
    let mut checks = Checks::default();
    let counts = wire.counts.map(|counts| match counts {
        pb::observation::Counts::Account(counts) => {
            SubjectCounts::Account(account_counts(&counts, "account", &mut checks))
        }
        pb::observation::Counts::Post(counts) => SubjectCounts::Post(post_counts(&counts, "post", &mut checks)),
    });
    let draft = ObservationDraft {
        observe_time: time(wire.observe_time.as_ref(), "observe_time", &mut checks),
        counts,
        source: number(wire.source, Source::from_number, "source", &mut checks),
        subject: wire.subject,
    };
    let name = draft.subject.clone();
    Observation::new(draft, now, checks).map_err(|violations| (name, violations))
}

fn post_counts(wire: &pb::PostCounts, path: &str, checks: &mut Checks) -> PostCounts {
    let values = [wire.views, wire.likes, wire.dislikes, wire.comments, wire.shares, wire.saves];
    PostCounts::checked(values, &wire.hidden, path, checks)
}

fn account_counts(wire: &pb::AccountCounts, path: &str, checks: &mut Checks) -> AccountCounts {
    let values = [wire.followers, wire.following, wire.total_views, wire.total_likes, wire.total_posts, None];
    AccountCounts::checked(values, &wire.hidden, path, checks)
}

fn time(wire: Option<&prost_types::Timestamp>, field: &str, checks: &mut Checks) -> Option<Timestamp> {
    from_wire_time(wire?).map_err(|problem| checks.add(field, "INVALID_TIME", problem)).ok()
}

fn number<T>(wire: i32, read: impl Fn(i32) -> Option<T>, field: &str, checks: &mut Checks) -> Option<T> {
    from_wire_number(wire, read).map_err(|problem| checks.add(field, "UNKNOWN_VALUE", problem)).ok().flatten()
}

fn duration(wire: &prost_types::Duration, checks: &mut Checks) -> Option<SignedDuration> {
    if wire.nanos.abs() >= 1_000_000_000 || wire.seconds.abs() > 315_576_000_000 {
        checks.add("post.duration", "OUT_OF_RANGE", format!("{} s; 0 s to 7 days are accepted", wire.seconds));
        return None;
    }
    Some(SignedDuration::new(wire.seconds, wire.nanos))
}
