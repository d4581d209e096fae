//! Owns what the words of the wire mean here and the other way round. Never I/O.

mod audience;
mod comparison;
mod definitions;
pub(crate) mod people;
pub(crate) mod posts;
pub(crate) mod scores;

use creatorscope_domain::{CreatorId, NameError, Source, Tier};
use creatorscope_kit::{fault::Violations, token::Token};
use creatorscope_proto::{
    common::v1 as common,
    discovery::v1 as pb,
    metrics::v1::{self as metrics, CreatorMetrics},
};
use jiff::Timestamp;
use prost::Message;

pub(crate) use self::{
    comparison::{column, similar, suggestion},
    definitions::Definitions,
};
use crate::{
    distribution::{Buckets, Distribution},
    filter::{FOLLOWERS, Filter},
    index::{Effect, Facet},
    model::{CreatorRecord, Draft, MetricSnapshot, Outcome},
    progress::METRICS,
    store::Followed,
};

/// A profile of the wire, before it is looked at, and what cannot even be read.
pub(crate) fn draft(creator: pb::Creator) -> (Draft, Violations) {
    let mut problems = Violations::default();
    let source = Source::from_number(creator.source);
    if source.is_none() && creator.source != 0 {
        problems.add("source", "UNKNOWN_VALUE", format!("{} is not the number of a source", creator.source));
    }
    let observe_time = creator.observe_time.and_then(|time| read_time(&mut problems, "observe_time", time));
    let account_create_time =
        creator.account_create_time.and_then(|time| read_time(&mut problems, "account_create_time", time));
    let draft = Draft {
        name: creator.name,
        display_name: creator.display_name,
        handle: creator.handle,
        bio: creator.bio,
        country: creator.country,
        languages: creator.languages,
        niches: creator.niches,
        topics: creator.topics,
        hashtags: creator.hashtags,
        recent_titles: creator.recent_titles,
        verified: creator.verified,
        account_create_time,
        links: creator.links,
        person: creator.person,
        synthetic: creator.synthetic,
        source,
        observe_time,
        region: creator.region,
        city: creator.city,
        account_type: audience::account_type(creator.account_type, &mut problems),
        mentions: creator.mentions,
        audience: creator.audience.map(|given| audience::draft(given, &mut problems)).unwrap_or_default(),
    };
    (draft, problems)
}

/// A time of the wire, to the microsecond.
fn read_time(problems: &mut Violations, field: &str, time: prost_types::Timestamp) -> Option<Timestamp> {
    let read = u32::try_from(time.nanos).ok().filter(|nanos| *nanos < 1_000_000_000).and_then(|nanos| {
        let micros = time.seconds.checked_mul(1_000_000)?.checked_add(i64::from(nanos / 1_000))?;
        Timestamp::from_microsecond(micros).ok()
    });
    if read.is_none() {
        let found = format!("{} s and {} ns since 1970 is not a time of the years 1 to 9999", time.seconds, time.nanos);
        problems.add(field, "INVALID_TIME", found);
    }
    read
}

/// A time for the wire.
pub(crate) fn time(time: Timestamp) -> prost_types::Timestamp {
    let micros = time.as_microsecond();
    prost_types::Timestamp {
        seconds: micros.div_euclid(1_000_000),
        nanos: i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or(0),
    }
}

/// A creator for the wire; without metrics when they are not wanted.
pub(crate) fn creator(record: CreatorRecord, with_metrics: bool) -> pb::Creator {
    let etag = record.etag();
    let tier = record.tier();
    let followers = record.followers();
    let last_post_time = record.last_post_time().map(time);
    let person = record.person().to_owned();
    let standing = record.standing;
    let metrics = record.metrics.filter(|_| with_metrics).map(|metrics| stored_values(&metrics)).unwrap_or_default();
    let scores = record.scores.map(|scores| scores::stored(&scores)).unwrap_or_default();
    let creator = record.creator;
    pb::Creator {
        reception: scores.reception,
        scores: scores.values,
        score_flags: scores.flags,
        comment_languages: scores.comment_languages,
        region: creator.region,
        city: creator.city,
        account_type: audience::account_type_number(creator.account_type),
        mentions: creator.mentions,
        audience: creator.audience.as_ref().map(audience::wire),
        last_post_time,
        name: creator.id.name(),
        platform: creator.id.platform().number(),
        display_name: creator.display_name,
        handle: creator.handle,
        bio: creator.bio,
        country: creator.country,
        languages: creator.languages,
        niches: creator.niches,
        topics: creator.topics,
        hashtags: creator.hashtags,
        recent_titles: creator.recent_titles,
        verified: creator.verified,
        account_create_time: creator.account_create_time.map(time),
        links: creator.links,
        person,
        synthetic: creator.synthetic,
        source: creator.source.number(),
        observe_time: Some(time(creator.observe_time)),
        followers,
        tier: tier.map_or(0, Tier::number),
        metrics,
        create_time: Some(time(record.create_time)),
        update_time: Some(time(record.update_time)),
        etag,
        expire_time: standing.expire_time.map(time),
        has_contact: standing.has_contact,
    }
}

/// What was stored was made by [`snapshot`]; were it not readable, the creator would have no metrics.
fn stored_values(metrics: &MetricSnapshot) -> Vec<common::MetricValue> {
    CreatorMetrics::decode(metrics.encoded.as_slice()).unwrap_or_default().values
}

/// What one message of the metrics service tells.
#[derive(Debug)]
pub(crate) struct Told {
    /// What happened.
    pub(crate) event: Event,
    /// Where to go on behind it; none inside a snapshot.
    pub(crate) followed: Option<Followed>,
}

/// What happened in the metrics service.
#[derive(Debug)]
pub(crate) enum Event {
    /// The metrics of a creator.
    Metrics(CreatorId, MetricSnapshot),
    /// The metrics of a creator were erased.
    Removed(CreatorId),
    /// The snapshot is complete.
    SnapshotEnd,
    /// Nothing.
    Heartbeat,
    /// Something about what is no creator.
    Strange(NameError),
}

/// Reads a message of the metrics service.
pub(crate) fn told(message: metrics::WatchMetricsResponse, definitions: &Definitions) -> Told {
    use metrics::watch_metrics_response::Event as Wire;
    let event = match message.event {
        Some(Wire::Metrics(metrics)) => {
            snapshot(metrics, definitions).map_or_else(Event::Strange, |(id, snapshot)| Event::Metrics(id, snapshot))
        }
        Some(Wire::Removed(name)) => CreatorId::parse_name(&name).map_or_else(Event::Strange, Event::Removed),
        Some(Wire::SnapshotEnd(_)) => Event::SnapshotEnd,
        Some(Wire::Heartbeat(_)) | None => Event::Heartbeat,
    };
    let token = Token::parse(&message.resume_token, "resume_token").ok().filter(|token| token.service == METRICS);
    let followed = token.map(|token| Followed { resume_token: message.resume_token, position: token.position });
    Told { event, followed }
}

/// A creator's metrics as they are kept. Errors: the name of the creator is not one.
fn snapshot(mut metrics: CreatorMetrics, definitions: &Definitions) -> Result<(CreatorId, MetricSnapshot), NameError> {
    let id = CreatorId::parse_name(&metrics.creator)?;
    let mut snapshot = MetricSnapshot { measures: definitions.measures(&metrics.values), ..MetricSnapshot::default() };
    snapshot.followers = snapshot.measures.get(FOLLOWERS).map(|followers| followers.round() as i64);
    let mut problems = Violations::default();
    snapshot.as_of = metrics.as_of.and_then(|time| read_time(&mut problems, "as_of", time));
    // The etag may change where no value does.
    metrics.etag.clear();
    snapshot.encoded = metrics.encode_to_vec();
    Ok((id, snapshot))
}

/// What came of an item.
pub(crate) fn outcome(name: String, outcome: Result<Outcome, Violations>) -> pb::ingest_creators_response::Result {
    use pb::ingest_creators_response::Outcome as Wire;
    let (outcome, violations) = match outcome {
        Ok(Outcome::Created) => (Wire::Created, Vec::new()),
        Ok(Outcome::Updated) => (Wire::Updated, Vec::new()),
        Ok(Outcome::Unchanged) => (Wire::Unchanged, Vec::new()),
        Ok(Outcome::Stale) => (Wire::Stale, Vec::new()),
        Err(problems) => (Wire::Rejected, problems.into_vec()),
    };
    let violations = violations.into_iter().map(|violation| common::FieldViolation {
        field: violation.field,
        reason: violation.reason.to_owned(),
        description: violation.description,
    });
    pb::ingest_creators_response::Result { name, outcome: outcome.into(), violations: violations.collect() }
}

/// A facet for the wire.
pub(crate) fn facet(facet: Facet) -> pb::Facet {
    let bucket = |(value, count): (String, u64)| pb::facet::Bucket { value, count: count as i64 };
    pb::Facet {
        field: facet.field.name().to_owned(),
        buckets: facet.values.into_iter().map(bucket).collect(),
        other_count: facet.other as i64,
    }
}

/// What the clauses of a filter do; `about` is the creator to say it of.
pub(crate) fn explanation(filter: &Filter, effects: &[Effect], about: Option<&CreatorRecord>) -> pb::Explanation {
    let clauses = filter.clauses.iter().zip(effects).map(|(clause, effect)| pb::explanation::Clause {
        text: clause.text.clone(),
        position: clause.position as i32,
        kept_count: effect.kept as i64,
        without_count: effect.without as i64,
    });
    let places = filter.clauses.iter().enumerate();
    let removed = places.filter(|(_, clause)| about.is_some_and(|record| !clause.keeps(record)));
    pb::Explanation { clauses: clauses.collect(), removed_by: removed.map(|(place, _)| place as i32).collect() }
}

/// A distribution for the wire.
pub(crate) fn distribution(distribution: &Distribution, buckets: &Buckets) -> pb::GetDistributionResponse {
    use pb::get_distribution_response::{Bucket, Distribution as Wire, TierCount};
    let mut distributions = Vec::with_capacity(distribution.len());
    for (platform, counts) in distribution {
        let rows = counts.without_gaps(buckets).into_iter();
        let tiers = counts.tiers.iter();
        distributions.push(Wire {
            platform: platform.number(),
            buckets: rows.map(|(low, high, count)| Bucket { low, high, count: count as i64 }).collect(),
            sample_size: counts.sample_size() as i64,
            unknown_count: counts.unknown as i64,
            tiers: tiers.map(|(tier, count)| TierCount { tier: tier.number(), count: *count as i64 }).collect(),
        });
    }
    distributions.sort_by_key(|entry| entry.platform);
    pb::GetDistributionResponse { distributions }
}
