//! Owns removing comments: of a creator, of a post, of a commenter, and what expired. Never who may ask.

use creatorscope_domain::{CreatorId, PostName};
use creatorscope_kit::db::{Arg, Conflict, DbError, Tx, json_texts, micros};
use jiff::Timestamp;

use super::{
    CHANGED, REMOVED, Store, for_update,
    rows::{CREATOR_COLUMNS, CreatorRow},
};

/// Creators of one transaction of a purge.
const BATCH: i64 = 100;
/// Sources up to this number have an index by age.
const INDEXED_SOURCES: i32 = 5;

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Erased {
    /// Comments.
    pub comments: u64,
    /// Creators of whom nothing is left.
    pub creators: u64,
    /// Entries of the change log.
    pub changes: u64,
    /// The place of the removal in the change log; 0 when nothing was removed.
    pub position: i64,
}

impl Store {
    /// Removes everything of a creator, its changes in the log included, and logs the removal. Errors: the database's.
    pub async fn erase_creator(&self, creator: &CreatorId) -> Result<Erased, DbError> {
        self.remove(&[creator.as_str().to_owned()], "1 = 1", vec![]).await
    }

    /// Removes the comments of a post. Errors: the database's.
    pub async fn erase_post(&self, post: &PostName) -> Result<Erased, DbError> {
        let creators = [post.creator.as_str().to_owned()];
        self.remove(&creators, "post_id = $2", vec![post.post.as_str().into()]).await
    }

    /// Removes the comments of a commenter everywhere, known by the hashes under all keys. Errors: the database's.
    pub async fn erase_author(&self, hashes: &[i64]) -> Result<Erased, DbError> {
        if hashes.is_empty() {
            return Ok(Erased::default());
        }
        let numbers: Vec<String> = hashes.iter().map(i64::to_string).collect();
        let condition = format!("author IN ({})", numbers.join(", "));
        let sql = format!("SELECT DISTINCT creator_id FROM comments WHERE {condition}");
        let creators: Vec<(String,)> = self.db.fetch(sql, vec![]).await?;
        let creators: Vec<String> = creators.into_iter().map(|(creator,)| creator).collect();
        self.remove(&creators, &condition, vec![]).await
    }

    /// Removes what is expired of up to 100 creators, in one transaction. Nothing removed means that nothing is left to do. Errors: the
    /// database's.
    pub async fn purge_some(&self, now: Timestamp) -> Result<Erased, DbError> {
        let expired: Vec<String> = self
            .retention
            .horizons(now)
            .into_iter()
            .map(|(source, last)| {
                let number = source.number();
                let indexed = if number <= INDEXED_SOURCES { "source <= 5 AND " } else { "" };
                format!("({indexed}source = {number} AND observe_time <= {})", micros(last))
            })
            .collect();
        let mut creators: Vec<String> = Vec::new();
        for condition in &expired {
            let missing = BATCH - creators.len() as i64;
            let sql = format!("SELECT DISTINCT creator_id FROM comments WHERE {condition} LIMIT {missing}");
            let found: Vec<(String,)> = self.db.fetch(sql, vec![]).await?;
            creators.extend(found.into_iter().map(|(creator,)| creator));
        }
        creators.sort_unstable();
        creators.dedup();
        self.remove(&creators, &format!("({})", expired.join(" OR ")), vec![]).await
    }

    /// Removes comments of creators where a condition holds; a creator without comments goes, with its changes in the log.
    async fn remove(&self, creators: &[String], condition: &str, more: Vec<Arg>) -> Result<Erased, DbError> {
        let mut erased = Erased::default();
        if creators.is_empty() {
            return Ok(erased);
        }
        let mut tx = self.db.begin().await?;
        let among = format!("creator_id {}", tx.engine().in_texts("$1"));
        let wanted = || vec![json_texts(creators.iter().map(String::as_str))];
        let lock = format!("SELECT * FROM creators WHERE {among} ORDER BY creator_id{}", for_update(&tx));
        let rows: Vec<CreatorRow> = tx.fetch(lock, wanted()).await?;
        let args = wanted().into_iter().chain(more).collect();
        erased.comments = tx.execute(format!("DELETE FROM comments WHERE {among} AND {condition}"), args).await?;
        let left = last_readings(&mut tx, &among, wanted()).await?;
        let last_of =
            |row: &CreatorRow| left.iter().find(|(creator, _)| *creator == row.creator_id).map(|(_, last)| *last);
        let mut kept = Vec::new();
        let mut changes = Vec::new();
        for row in rows {
            if let Some(as_of) = last_of(&row) {
                changes.push((row.creator_id.clone(), CHANGED));
                kept.push(CreatorRow { as_of, ..row });
            } else {
                let key = vec![Arg::from(row.creator_id.as_str())];
                erased.creators += tx.execute("DELETE FROM creators WHERE creator_id = $1", key).await?;
                erased.changes += self.log.forget(&mut tx, &row.creator_id).await?;
                changes.push((row.creator_id, REMOVED));
            }
        }
        if erased.comments == 0 && erased.creators == 0 {
            return Ok(erased);
        }
        let named: Vec<(&str, i64)> = changes.iter().map(|(creator, kind)| (creator.as_str(), *kind)).collect();
        erased.position = self.log.append(&mut tx, &named).await?;
        let renewed = kept.into_iter().map(|row| CreatorRow { version: erased.position, ..row }.into_args()).collect();
        tx.insert("creators", &CREATOR_COLUMNS, renewed, Conflict::Replace { key: &["creator_id"] }).await?;
        tx.commit().await?;
        self.log.published(erased.position);
        Ok(erased)
    }

    /// Removes changes older than a time from the log. Errors: the database's.
    pub async fn trim_changes(&self, before: Timestamp) -> Result<u64, DbError> {
        self.log.trim(before).await
    }
}

/// For each creator of whom comments are left the last reading.
async fn last_readings(tx: &mut Tx, among: &str, wanted: Vec<Arg>) -> Result<Vec<(String, i64)>, DbError> {
    let sql = format!("SELECT creator_id, MAX(observe_time) FROM comments WHERE {among} GROUP BY creator_id");
    tx.fetch(sql, wanted).await
}
