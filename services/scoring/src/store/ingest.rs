//! Owns writing comments: one transaction a message, exact counts of what was new. Never validation or reading.
//!
//! Creators are taken first, in the order of their ids: writers of one creator wait for one another and cannot wait in a circle.

use std::collections::HashMap;

use creatorscope_kit::db::{Arg, Conflict, DbError, Tx, json_texts, micros};

use super::{
    CHANGED, Store, for_update,
    rows::{COMMENT_COLUMNS, CREATOR_COLUMNS, CreatorRow, comment_args},
};
use crate::model::Comment;

/// How often a creator may vanish between being added and being taken, because others erase it.
const TRIES: usize = 5;

/// What became of a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Landed {
    /// It was not known.
    Accepted,
    /// It was known from an earlier reading, which it replaces.
    Updated,
    /// It was known from the same or a later reading. One of the same that other encoders, or none, had a part in is written anew with
    /// what the present ones read.
    Duplicate,
}

/// What came of a message; durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ingested {
    /// One entry a comment, in order.
    pub landed: Vec<Landed>,
    /// The place in the change log behind which readers see all of it.
    pub position: i64,
}

type Key = (String, String, String);

/// The last reading of a comment: when it was, and the encoders that had a part in it.
#[derive(Debug, Clone, Copy)]
struct Last<'a> {
    time: i64,
    encoders: &'a str,
    /// Its place in the message; none when it is stored.
    place: Option<usize>,
}

impl Store {
    /// Writes comments in one transaction. Errors: the database's; then nothing is written.
    pub async fn ingest(&self, comments: Vec<Comment>) -> Result<Ingested, DbError> {
        if comments.is_empty() {
            return Ok(Ingested { landed: Vec::new(), position: self.log.head().await? });
        }
        let mut tx = self.db.begin().await?;
        let mut creators = take_creators(&mut tx, &comments).await?;
        let known = known(&mut tx, &comments).await?;
        let (landed, newest) = judge(&comments, &known);
        if newest.is_empty() {
            drop(tx);
            return Ok(Ingested { landed, position: self.log.head().await? });
        }
        let mut last_read: HashMap<&str, i64> = HashMap::new();
        for place in &newest {
            let comment = &comments[*place];
            let last = last_read.entry(comment.post.creator.as_str()).or_insert(i64::MIN);
            *last = micros(comment.observe_time).max(*last);
        }
        creators.retain_mut(|row| {
            let last = last_read.get(row.creator_id.as_str());
            row.as_of = row.as_of.max(last.copied().unwrap_or(i64::MIN));
            last.is_some()
        });
        let mut comments: Vec<Option<Comment>> = comments.into_iter().map(Some).collect();
        let rows = newest.into_iter().filter_map(|place| comments[place].take().map(comment_args)).collect();
        let key = &["creator_id", "post_id", "comment_id"];
        tx.insert("comments", &COMMENT_COLUMNS, rows, Conflict::Replace { key }).await?;
        let changes: Vec<(&str, i64)> = creators.iter().map(|row| (row.creator_id.as_str(), CHANGED)).collect();
        let position = self.log.append(&mut tx, &changes).await?;
        let rows = creators.into_iter().map(|row| CreatorRow { version: position, ..row }.into_args()).collect();
        tx.insert("creators", &CREATOR_COLUMNS, rows, Conflict::Replace { key: &["creator_id"] }).await?;
        tx.commit().await?;
        self.log.published(position);
        Ok(Ingested { landed, position })
    }
}

/// Adds the creators of the comments that are not known, with version 0, and takes all of them until the end of the transaction.
async fn take_creators(tx: &mut Tx, comments: &[Comment]) -> Result<Vec<CreatorRow>, DbError> {
    let mut creators: Vec<_> = comments.iter().map(|comment| &comment.post.creator).collect();
    creators.sort_unstable_by_key(|creator| creator.as_str());
    creators.dedup();
    let among = tx.engine().in_texts("$1");
    let sql = format!("SELECT * FROM creators WHERE creator_id {among} ORDER BY creator_id{}", for_update(tx));
    for _ in 0..TRIES {
        let fresh = creators.iter().map(|creator| {
            let platform = creator.platform().number().into();
            CreatorRow { creator_id: creator.as_str().to_owned(), platform, version: 0, as_of: i64::MIN }.into_args()
        });
        tx.insert("creators", &CREATOR_COLUMNS, fresh.collect(), Conflict::Ignore).await?;
        let wanted = vec![json_texts(creators.iter().map(|creator| creator.as_str()))];
        let taken: Vec<CreatorRow> = tx.fetch(sql.clone(), wanted).await?;
        if taken.len() == creators.len() {
            return Ok(taken);
        }
    }
    Err(DbError::Setting("a creator was erased again and again while comments were written".into()))
}

/// The comments that are known, with the time of their last reading and the encoders that had a part in it.
async fn known(tx: &mut Tx, comments: &[Comment]) -> Result<HashMap<Key, (i64, String)>, DbError> {
    let engine = tx.engine();
    // One look-up a comment by its whole key.
    let sql = format!(
        "SELECT t.creator_id, t.post_id, t.comment_id, t.observe_time, t.second_model FROM {}",
        engine.look_up(
            &format!("(SELECT value FROM {})", engine.elements("$1")),
            "comments",
            "t.creator_id = k.value ->> 0 AND t.post_id = k.value ->> 1 AND t.comment_id = k.value ->> 2"
        )
    );
    let mut keys: Vec<[&str; 3]> = comments
        .iter()
        .map(|comment| [comment.post.creator.as_str(), comment.post.post.as_str(), comment.comment_id.as_str()])
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let keys: Vec<serde_json::Value> = keys.into_iter().map(|key| key.to_vec().into()).collect();
    let keys = Arg::from(serde_json::Value::from(keys).to_string());
    let rows: Vec<(String, String, String, i64, String)> = tx.fetch(sql, vec![keys]).await?;
    let row = |(creator, post, comment, time, encoders)| ((creator, post, comment), (time, encoders));
    Ok(rows.into_iter().map(row).collect())
}

/// What becomes of each comment, in order, each seeing those before it; and the places of those to write, each key once.
fn judge(comments: &[Comment], known: &HashMap<Key, (i64, String)>) -> (Vec<Landed>, Vec<usize>) {
    let mut readings: HashMap<(&str, &str, &str), Last<'_>> = HashMap::with_capacity(comments.len());
    let mut landed = Vec::with_capacity(comments.len());
    for (place, comment) in comments.iter().enumerate() {
        let key = (comment.post.creator.as_str(), comment.post.post.as_str(), comment.comment_id.as_str());
        let stored = || {
            let (time, encoders) = known.get(&(key.0.to_owned(), key.1.to_owned(), key.2.to_owned()))?;
            Some(Last { time: *time, encoders, place: None })
        };
        let encoders = comment.second.as_ref().map_or("", |second| &second.model);
        let this = Last { time: micros(comment.observe_time), encoders, place: Some(place) };
        let last = readings.get(&key).copied().or_else(stored);
        let verdict = match last {
            None => Landed::Accepted,
            Some(last) if this.time > last.time => Landed::Updated,
            Some(_) => Landed::Duplicate,
        };
        let is_read_anew = |last: Last<'_>| this.time == last.time && !encoders.is_empty() && encoders != last.encoders;
        if verdict != Landed::Duplicate || last.is_some_and(is_read_anew) {
            readings.insert(key, this);
        }
        landed.push(verdict);
    }
    let mut newest: Vec<usize> = readings.into_values().filter_map(|last| last.place).collect();
    newest.sort_unstable();
    (landed, newest)
}
