//! Owns the tables of computed values and of how far jobs have come. Never what the values mean.

use std::collections::HashMap;

use creatorscope_domain::Platform;
use creatorscope_kit::db::{Arg, Column, Conflict, DbError, Tx, column, json_texts};

use super::{CreatorFilter, CreatorState, Entry, Store, for_update, load::conditions};

const COLUMNS: [Column; 5] = [
    column::text("creator_id"),
    column::int("version"),
    column::int("layout"),
    column::int("followers"),
    column::bytes("numbers"),
];
const PLACE_COLUMNS: [Column; 3] = [column::text("job"), column::int("position"), column::text("detail")];

/// A creator and the values that are stored of it.
#[derive(Debug, Clone)]
pub struct Known {
    /// The creator as it is now.
    pub state: CreatorState,
    /// What was computed; none when nothing was yet.
    pub computed: Option<Computed>,
}

/// Values as they were computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Computed {
    /// The creator's version then.
    pub version: i64,
    /// The form of `numbers`; see [`crate::computed::LAYOUT`].
    pub layout: i64,
    /// The values in the compact form.
    pub numbers: Vec<u8>,
}

/// Values to store.
#[derive(Debug, Clone)]
pub struct Fresh {
    /// Of whom, and as of which version.
    pub state: CreatorState,
    /// The form of `numbers`.
    pub layout: i64,
    /// The values in the compact form.
    pub numbers: Vec<u8>,
    /// Whether followers are told: the values differ although nothing of the creator did.
    pub told: bool,
}

/// How far a job has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// A position, of what the job knows.
    pub position: i64,
    /// What else it must know to go on.
    pub detail: String,
}

/// A row of computed values in a scan.
#[derive(Debug, sqlx::FromRow)]
pub struct ComputedRow {
    /// Whose they are.
    pub creator_id: String,
    /// The form of `numbers`.
    pub layout: i64,
    /// The last known followers; none when hidden or never reported.
    pub followers: Option<i64>,
    /// The values in the compact form.
    pub numbers: Vec<u8>,
}

impl Store {
    /// The creators with what is stored of each, in their order. Errors: the database's.
    pub async fn with_computed(&self, states: Vec<CreatorState>) -> Result<Vec<Known>, DbError> {
        let sql = format!(
            "SELECT creator_id, version, layout, numbers FROM computed WHERE creator_id {}",
            self.db.engine().in_texts("$1")
        );
        let ids = json_texts(states.iter().map(|state| state.creator.as_str()));
        let rows: Vec<(String, i64, i64, Vec<u8>)> = self.db.fetch(sql, vec![ids]).await?;
        let mut found: HashMap<String, Computed> = HashMap::with_capacity(rows.len());
        for (id, version, layout, numbers) in rows {
            found.insert(id, Computed { version, layout, numbers });
        }
        let known = |state: CreatorState| Known { computed: found.remove(state.creator.as_str()), state };
        Ok(states.into_iter().map(known).collect())
    }

    /// The creators that pass the filter, counted. Errors: the database's.
    pub async fn count_creators(&self, filter: &CreatorFilter) -> Result<i64, DbError> {
        let mut args = Vec::new();
        let conditions = conditions(filter, self.db.engine(), &mut args);
        let sql = format!("SELECT COUNT(*) FROM creators WHERE creator_id > ''{conditions}");
        Ok(self.db.fetch_optional::<(i64,)>(sql, args).await?.map_or(0, |(count,)| count))
    }

    /// Stores values of creators that have not changed since, and the job's place with them. Creators whose values differ
    /// although nothing of them did get a new version and an entry in the change log. Answers with how many those are. Errors:
    /// the database's; then nothing is stored.
    pub async fn keep_computed(&self, mut fresh: Vec<Fresh>, place: Option<(&str, &Place)>) -> Result<usize, DbError> {
        if fresh.is_empty() && place.is_none() {
            return Ok(0);
        }
        let mut tx = self.db.begin().await?;
        if !fresh.is_empty() {
            let sql = format!(
                "SELECT creator_id, version FROM creators WHERE creator_id {} ORDER BY creator_id{}",
                tx.engine().in_texts("$1"),
                for_update(&tx)
            );
            let ids = json_texts(fresh.iter().map(|one| one.state.creator.as_str()));
            let versions: HashMap<String, i64> = tx.fetch::<(String, i64)>(sql, vec![ids]).await?.into_iter().collect();
            // Who changed in between has a newer entry in the log, behind which it is computed again.
            fresh.retain(|one| versions.get(one.state.creator.as_str()) == Some(&one.state.version));
        }
        let changes: Vec<(&str, i64)> = fresh
            .iter()
            .filter(|one| one.told)
            .map(|one| (one.state.creator.as_str(), Entry::Numbers.kind()))
            .collect();
        let told = changes.len();
        let mut position = None;
        if told > 0 {
            let last = self.log.append(&mut tx, &changes).await?;
            let sql = format!("UPDATE creators SET version = $1 WHERE creator_id {}", tx.engine().in_texts("$2"));
            tx.execute(sql, vec![last.into(), json_texts(changes.iter().map(|(key, _)| *key))]).await?;
            position = Some(last);
        }
        let row = |one: Fresh| {
            let version = position.filter(|_| one.told).unwrap_or(one.state.version);
            let id = Arg::from(one.state.creator.as_str());
            vec![id, version.into(), one.layout.into(), one.state.followers.into(), Arg::Bytes(Some(one.numbers))]
        };
        let rows = fresh.into_iter().map(row).collect();
        tx.insert("computed", &COLUMNS, rows, Conflict::Replace { key: &["creator_id"] }).await?;
        if let Some((job, place)) = place {
            put_place(&mut tx, job, place).await?;
        }
        tx.commit().await?;
        if let Some(position) = position {
            self.log.published(position);
        }
        Ok(told)
    }

    /// Removes the values of those of the creators that are gone. Errors: the database's.
    pub async fn drop_computed(&self, gone: &[String]) -> Result<(), DbError> {
        if gone.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.begin().await?;
        let sql = format!(
            "DELETE FROM computed WHERE creator_id {} AND creator_id NOT IN (SELECT creator_id FROM creators)",
            tx.engine().in_texts("$1")
        );
        tx.execute(sql, vec![json_texts(gone.iter().map(String::as_str))]).await?;
        tx.commit().await
    }

    /// How far a job has come; none when it never began. Errors: the database's.
    pub async fn place(&self, job: &str) -> Result<Option<Place>, DbError> {
        const READ: &str = "SELECT position, detail FROM job_places WHERE job = $1";
        let row: Option<(i64, String)> = self.db.fetch_optional(READ, vec![job.into()]).await?;
        Ok(row.map(|(position, detail)| Place { position, detail }))
    }

    /// The values of a platform's creators behind a key, in the order of keys, at most `limit`. Errors: the database's.
    pub async fn computed_after(
        &self,
        platform: Platform,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ComputedRow>, DbError> {
        const READ: &str = "SELECT creator_id, layout, followers, numbers FROM computed \
             WHERE creator_id > $1 AND creator_id < $2 ORDER BY creator_id LIMIT $3";
        let (first, end) = range(platform);
        let after = after.unwrap_or(&first);
        self.db.fetch(READ, vec![after.into(), Arg::from(end.as_str()), (limit as i64).into()]).await
    }
}

/// Removes the values of one creator and answers with how many sets there were. Errors: the database's.
pub(super) async fn forget(tx: &mut Tx, creator: &str) -> Result<u64, DbError> {
    tx.execute("DELETE FROM computed WHERE creator_id = $1", vec![creator.into()]).await
}

/// Notes how far a job has come. Errors: the database's.
pub(super) async fn put_place(tx: &mut Tx, job: &str, place: &Place) -> Result<(), DbError> {
    let row = vec![Arg::from(job), Arg::from(place.position), Arg::from(place.detail.as_str())];
    tx.insert("job_places", &PLACE_COLUMNS, vec![row], Conflict::Replace { key: &["job"] }).await?;
    Ok(())
}

/// The keys before and behind all ids of a platform: ids begin with its slug and a colon, and `;` follows the colon.
fn range(platform: Platform) -> (String, String) {
    (format!("{}:", platform.slug()), format!("{};", platform.slug()))
}
