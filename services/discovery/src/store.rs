//! Owns the tables of creators, their metrics and how far the metrics service was followed. Never rules about profiles.
//!
//! Every writing transaction is set-based, writes its changes last and, on Postgres, holds one lock of this service: two
//! writers that read a profile and then replace it would otherwise overwrite one another, or wait for each other.

mod contacts;
mod derived;
mod erase;
mod persons;
mod rows;
mod scores;
#[cfg(test)]
mod tests;
mod vectors;
#[cfg(test)]
pub(crate) use tests::profile as sample_profile;

use std::{collections::HashMap, sync::Arc};

use creatorscope_domain::{CreatorId, Retention, Source};
use creatorscope_kit::{
    changes::ChangeLog,
    clock::Clock,
    db::{Arg, Column, Conflict, Db, DbError, Engine, Migrations, Tx, column, json_texts, micros},
    seal::{KeyRing, SealError},
};
use jiff::Timestamp;
use thiserror::Error;

pub(crate) use self::derived::take_addresses;
use self::rows::{MetricsRow, RecordRow, profile_text};
pub use self::{
    contacts::{Kept, KeyUse},
    derived::Found,
    erase::Removal,
    persons::{Account, PersonError, Sign, Traces},
    scores::ScoresBatch,
    vectors::StoredVector,
};
use crate::model::{Creator, CreatorRecord, MetricSnapshot, Outcome, Standing};

/// The tables of this service.
pub const MIGRATIONS: Migrations = Migrations {
    sqlite: &[
        ("0001_init", include_str!("migrations/sqlite/0001_init.sql")),
        ("0002_people", include_str!("migrations/sqlite/0002_people.sql")),
        ("0003_scores", include_str!("migrations/sqlite/0003_scores.sql")),
    ],
    postgres: &[
        ("0001_init", include_str!("migrations/postgres/0001_init.sql")),
        ("0002_people", include_str!("migrations/postgres/0002_people.sql")),
        ("0003_scores", include_str!("migrations/postgres/0003_scores.sql")),
    ],
};

const CREATORS: &[Column] = &[
    column::text("creator_id"),
    column::text("profile"),
    column::int("create_time"),
    column::int("update_time"),
    column::int("version"),
    column::text("person"),
    column::int("source"),
    column::int("observe_time"),
    column::int("derived"),
];
const METRICS: &[Column] = &[
    column::text("creator_id"),
    column::int("followers"),
    column::int("as_of"),
    column::text("measures"),
    column::bytes("encoded"),
    column::int("seen"),
];
const FIELDS: &[Column] = &[column::text("id")];
const RECORD: &str = "SELECT c.creator_id, c.profile, c.create_time, c.update_time, c.version, \
     m.followers, m.as_of, m.measures, m.encoded, p.person AS linked_person, \
     s.facts AS score_facts, s.encoded AS score_encoded, \
     (SELECT COUNT(*) FROM contacts k WHERE k.creator_id = c.creator_id) AS contacts \
     FROM creators c LEFT JOIN creator_metrics m ON m.creator_id = c.creator_id \
     LEFT JOIN creator_scores s ON s.creator_id = c.creator_id \
     LEFT JOIN person_links p ON p.creator_id = c.creator_id";
/// Whom this service follows.
const SOURCE: &str = "metrics";
const BEGIN: &str = "INSERT INTO followed (source, resume_token, position, snapshot) VALUES ($1, '', 0, 1) \
     ON CONFLICT (source) DO UPDATE SET resume_token = '', position = 0, snapshot = followed.snapshot + 1";
const STORE: &str = "UPDATE followed SET resume_token = $2, position = $3 WHERE source = $1";
/// The kind of change that sets a creator's profile or what is known beside it.
pub const CHANGED: i64 = 1;
/// The kind of change that removes a creator.
pub const REMOVED: i64 = 2;
/// The kind of change that sets a creator's metrics or its scores and nothing else.
pub const METRICS_CHANGED: i64 = 3;

/// What went wrong below the service.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A profile, metrics or scores in the tables.
    #[error("what is stored about {creator} cannot be read: {cause}")]
    Corrupt {
        /// Whose.
        creator: String,
        /// Why.
        cause: String,
    },
    /// There are no keys for contacts.
    #[error("there are no keys for contacts; set discovery.contact_keys_file or discovery.contact_keys_secret")]
    NoKeys,
    /// A contact cannot be sealed or opened.
    #[error("the contact of {creator}: {cause}")]
    Seal {
        /// Whose.
        creator: String,
        /// Why.
        #[source]
        cause: SealError,
    },
}

/// How far a service was followed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Followed {
    /// Where to go on; empty inside the first snapshot and before it.
    pub resume_token: String,
    /// Changes up to this position are here.
    pub position: i64,
}

/// What a batch of messages of the metrics service says.
#[derive(Debug, Default)]
pub struct MetricsBatch {
    /// The last state of each creator, none for one that was removed.
    pub states: HashMap<CreatorId, Option<MetricSnapshot>>,
    /// Where to go on; none inside a snapshot.
    pub followed: Option<Followed>,
    /// Whether the snapshot is complete: creators that it did not have lose their metrics.
    pub ends_snapshot: bool,
}

/// The tables. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    db: Db,
    log: ChangeLog,
    clock: Clock,
    retention: Retention,
    keys: Option<Arc<KeyRing>>,
}

impl Store {
    /// The tables in a database that was brought up to date with [`MIGRATIONS`].
    pub fn new(db: Db, log: ChangeLog, clock: Clock) -> Self {
        Self { db, log, clock, retention: Retention::unlimited(), keys: None }
    }

    /// The same tables with limits for what sources told and with keys for contacts.
    #[must_use]
    pub fn keeping(mut self, retention: Retention, keys: Option<KeyRing>) -> Self {
        self.retention = retention;
        self.keys = keys.map(Arc::new);
        self
    }

    /// The change log, whose keys are creators' ids.
    pub fn log(&self) -> &ChangeLog {
        &self.log
    }

    async fn begin(&self) -> Result<Tx, DbError> {
        const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtext('write ' || current_schema()))";
        let mut tx = self.db.begin().await?;
        if self.db.engine() == Engine::Postgres {
            tx.execute(LOCK, vec![]).await?;
        }
        Ok(tx)
    }

    fn in_ids(&self) -> String {
        self.db.engine().in_texts("$1")
    }

    /// Takes profiles, in order, and answers with what was done with each and the position in the log.
    pub async fn ingest(&self, creators: &[Creator]) -> Result<(Vec<Outcome>, i64), StoreError> {
        self.ingest_with(creators, &Found::new()).await
    }

    /// Takes profiles together with the addresses that were found in them, by their places. See [`Store::ingest`].
    pub async fn ingest_with(&self, creators: &[Creator], found: &Found) -> Result<(Vec<Outcome>, i64), StoreError> {
        let now = self.clock.now();
        let mut tx = self.begin().await?;
        let ids = json_texts(creators.iter().map(|creator| creator.id.as_str()));
        let mut known = HashMap::with_capacity(creators.len());
        for row in tx.fetch::<RecordRow>(format!("{RECORD} WHERE c.creator_id {}", self.in_ids()), vec![ids]).await? {
            let record = row.record(&self.retention)?;
            known.insert(record.creator.id.clone(), record);
        }
        let mut outcomes = Vec::with_capacity(creators.len());
        let mut written: Vec<&CreatorId> = Vec::new();
        // Where the profile of a creator that is written stands; the last one stays.
        let mut places: HashMap<&CreatorId, usize> = HashMap::new();
        for (place, creator) in creators.iter().enumerate() {
            let before = known.get(&creator.id);
            let outcome = Outcome::of(before.map(|record| &record.creator), creator);
            outcomes.push(outcome);
            if !outcome.writes() {
                continue;
            }
            let next = CreatorRecord {
                creator: creator.clone(),
                metrics: None,
                scores: None,
                create_time: before.map_or(now, |record| record.create_time),
                update_time: now,
                version: before.map_or(1, |record| record.version + 1),
                standing: Standing::default(),
            };
            known.insert(creator.id.clone(), next);
            if places.insert(&creator.id, place).is_none() {
                written.push(&creator.id);
            }
        }
        let mut rows = Vec::with_capacity(written.len());
        for id in &written {
            rows.extend(known.get(*id).map(creator_row).transpose()?);
        }
        tx.insert("creators", CREATORS, rows, Conflict::Replace { key: &["creator_id"] }).await?;
        let profiles =
            written.iter().filter_map(|id| places.get(id)).map(|place| (&creators[*place], found.get(place)));
        self.derive(&mut tx, profiles).await?;
        let position = self.append(&mut tx, written.iter().map(|id| id.as_str()), CHANGED).await?;
        tx.commit().await?;
        self.log.published(position);
        Ok((outcomes, position))
    }

    /// Writes changes; with none, answers with the end of the log.
    async fn append<'a>(&self, tx: &mut Tx, keys: impl Iterator<Item = &'a str>, kind: i64) -> Result<i64, DbError> {
        let changes: Vec<(&str, i64)> = keys.map(|key| (key, kind)).collect();
        self.log.append(tx, &changes).await
    }

    /// The creators with these ids that are known and may be shown, in no order.
    pub async fn creators<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> Result<Vec<CreatorRecord>, StoreError> {
        let sql = format!("{RECORD} WHERE c.creator_id {}", self.in_ids());
        let rows: Vec<RecordRow> = self.db.fetch(sql, vec![json_texts(ids)]).await?;
        let mut records = self.records(rows)?;
        records.retain(|record| !self.is_expired(record));
        Ok(records)
    }

    fn records(&self, rows: Vec<RecordRow>) -> Result<Vec<CreatorRecord>, StoreError> {
        rows.into_iter().map(|row| row.record(&self.retention)).collect()
    }

    /// Whether a profile may no longer be shown; it is removed soon.
    pub fn is_expired(&self, record: &CreatorRecord) -> bool {
        record.standing.expire_time.is_some_and(|time| time <= self.clock.now())
    }

    /// When what a source told may no longer be kept; none when nothing limits it.
    pub fn expiry(&self, source: Source, observed: Timestamp) -> Option<Timestamp> {
        self.retention.expiry(source, observed)
    }

    /// The keys for contacts; none when there are none.
    pub fn keys(&self) -> Option<&Arc<KeyRing>> {
        self.keys.as_ref()
    }

    /// Creators behind an id, in the order of ids; also those that have expired and are not removed yet.
    pub async fn creators_after(&self, id: &str, limit: usize) -> Result<Vec<CreatorRecord>, StoreError> {
        let sql = format!("{RECORD} WHERE c.creator_id > $1 ORDER BY c.creator_id LIMIT $2");
        let rows: Vec<RecordRow> = self.db.fetch(sql, vec![id.into(), (limit as i64).into()]).await?;
        self.records(rows)
    }

    /// How far the metrics service was followed; none before the first message.
    pub async fn followed(&self) -> Result<Option<Followed>, StoreError> {
        self.followed_of(SOURCE).await
    }

    async fn followed_of(&self, source: &str) -> Result<Option<Followed>, StoreError> {
        const READ: &str = "SELECT resume_token, position FROM followed WHERE source = $1";
        let row: Option<(String, i64)> = self.db.fetch_optional(READ, vec![source.into()]).await?;
        Ok(row.map(|(resume_token, position)| Followed { resume_token, position }))
    }

    /// Begins a new snapshot: the place where the one before went on is forgotten.
    pub async fn begin_snapshot(&self) -> Result<(), StoreError> {
        self.begin_snapshot_of(SOURCE).await
    }

    async fn begin_snapshot_of(&self, source: &str) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        tx.execute(BEGIN, vec![source.into()]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes what the metrics service said: the states, the changes and the place to go on, in one transaction. Answers with
    /// the position in the log.
    pub async fn take_metrics(&self, batch: MetricsBatch) -> Result<i64, StoreError> {
        let mut tx = self.begin().await?;
        let snapshot: Option<(i64,)> =
            tx.fetch_optional("SELECT snapshot FROM followed WHERE source = $1", vec![SOURCE.into()]).await?;
        let snapshot = snapshot.map_or(0, |(snapshot,)| snapshot);
        let mut touched = self.differing(&mut tx, &batch.states).await?;
        let mut rows = Vec::new();
        let mut removed: Vec<&str> = Vec::new();
        for (id, state) in &batch.states {
            match state {
                Some(metrics) => rows.push(rows::metrics_row(id, metrics, snapshot)?),
                None => removed.push(id.as_str()),
            }
        }
        tx.insert("creator_metrics", METRICS, rows, Conflict::Replace { key: &["creator_id"] }).await?;
        if !removed.is_empty() {
            let sql = format!("DELETE FROM creator_metrics WHERE creator_id {}", self.in_ids());
            tx.execute(sql, vec![json_texts(removed)]).await?;
        }
        if batch.ends_snapshot {
            const DROP: &str = "DELETE FROM creator_metrics WHERE seen <> $1 RETURNING creator_id";
            let dropped: Vec<(String,)> = tx.fetch(DROP, vec![snapshot.into()]).await?;
            touched.extend(dropped.into_iter().map(|(id,)| id));
        }
        if let Some(followed) = batch.followed {
            tx.execute(STORE, vec![SOURCE.into(), followed.resume_token.into(), followed.position.into()]).await?;
        }
        let position = self.touch(&mut tx, touched, METRICS_CHANGED).await?;
        tx.commit().await?;
        self.log.published(position);
        Ok(position)
    }

    /// The creators whose metrics are not those that are stored.
    async fn differing(
        &self,
        tx: &mut Tx,
        states: &HashMap<CreatorId, Option<MetricSnapshot>>,
    ) -> Result<Vec<String>, StoreError> {
        let sql = format!("SELECT creator_id, encoded FROM creator_metrics WHERE creator_id {}", self.in_ids());
        let stored: Vec<MetricsRow> = tx.fetch(sql, vec![json_texts(states.keys().map(CreatorId::as_str))]).await?;
        let stored: HashMap<&str, &[u8]> =
            stored.iter().map(|row| (row.creator_id.as_str(), row.encoded.as_slice())).collect();
        let differs = |id: &CreatorId, state: &Option<MetricSnapshot>| {
            stored.get(id.as_str()).copied() != state.as_ref().map(|metrics| metrics.encoded.as_slice())
        };
        let changed = states.iter().filter(|(id, state)| differs(id, state));
        Ok(changed.map(|(id, _)| id.as_str().to_owned()).collect())
    }

    /// Marks those of the creators that have a profile as changed now.
    async fn touch(&self, tx: &mut Tx, ids: Vec<String>, kind: i64) -> Result<i64, StoreError> {
        let mut changed: Vec<(String,)> = Vec::new();
        if !ids.is_empty() {
            let sql = format!(
                "UPDATE creators SET update_time = $2, version = version + 1 WHERE creator_id {} RETURNING creator_id",
                self.in_ids()
            );
            let ids = json_texts(ids.iter().map(String::as_str));
            changed = tx.fetch(sql, vec![ids, micros(self.clock.now()).into()]).await?;
        }
        changed.sort();
        Ok(self.append(tx, changed.iter().map(|(id,)| id.as_str()), kind).await?)
    }

    /// The metrics that creators are indexed by, sorted.
    pub async fn metric_fields(&self) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = self.db.fetch("SELECT id FROM metric_fields ORDER BY id", vec![]).await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// Replaces the metrics that creators are indexed by.
    pub async fn set_metric_fields(&self, ids: &[String]) -> Result<(), StoreError> {
        let rows = ids.iter().map(|id| vec![Arg::from(id.as_str())]).collect();
        let mut tx = self.begin().await?;
        tx.execute("DELETE FROM metric_fields", vec![]).await?;
        tx.insert("metric_fields", FIELDS, rows, Conflict::Ignore).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The time by this service's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

fn creator_row(record: &CreatorRecord) -> Result<Vec<Arg>, StoreError> {
    Ok(vec![
        record.creator.id.as_str().into(),
        profile_text(&record.creator)?.into(),
        record.create_time.into(),
        record.update_time.into(),
        record.version.into(),
        record.creator.person.as_str().into(),
        record.creator.source.number().into(),
        record.creator.observe_time.into(),
        derived::VERSION.into(),
    ])
}
