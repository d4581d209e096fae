//! Owns reading posts: one, a page of a creator's, and those that changed since a version. Never the form of an answer.

use std::collections::{HashMap, HashSet};

use creatorscope_domain::{CreatorId, PostId, PostName};
use creatorscope_kit::db::{Arg, Conflict, DbError, Engine, Tx, column, micros};
use jiff::Timestamp;

use super::{
    Store,
    rows::{DescriptionRow, PostCountRow},
};
use crate::model::{Described, Description, Observed, PostState, PostTerm};

const PURGED_COLUMNS: [creatorscope_kit::db::Column; 4] =
    [column::text("creator_id"), column::text("post_id"), column::int("version"), column::int("purged_at")];

/// A row of a key in [`key_table`].
pub(super) const SAME_POST: &str = "t.creator_id = k.creator_id AND t.post_id = k.post_id";
/// A row behind the key `$2`, `$3` that changed in the change that followed a version of its creator, or later.
const CHANGED_SINCE: &str = "t.creator_id = k.creator_id AND t.version >= k.since AND t.creator_id >= $2 \
     AND (t.creator_id > $2 OR t.post_id > $3)";

/// Where a post lies among all: the id of its creator, its own id.
pub type PostKey = (String, String);

/// Where a post lies in a creator's list: when it was published (microseconds; the least number when nobody said) and its
/// id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPlace {
    /// When it was published.
    pub published: i64,
    /// Its id.
    pub post: String,
}

impl ListPlace {
    /// Before the newest post.
    pub fn first() -> Self {
        Self { published: i64::MAX, post: String::new() }
    }
}

impl Store {
    /// The states of posts, in the order asked for; none for a post of which nothing is known. Two statements, however many
    /// posts. Errors: the database's.
    pub async fn posts(&self, keys: &[PostKey]) -> Result<Vec<Option<PostState>>, DbError> {
        let wanted =
            serde_json::Value::from_iter(keys.iter().map(|(creator, post)| serde_json::json!([creator, post])));
        let wanted = || vec![Arg::from(wanted.to_string())];
        let engine = self.db.engine();
        let table = key_table(engine);
        let descriptions = format!(
            "SELECT t.creator_id, t.post_id, t.describe_time, t.publish_time, t.format, t.sponsored, t.source, t.duration, \
             t.language, t.category, t.title, t.hashtags, t.caption, t.verdict, t.verdict_confidence, t.cleared FROM {}",
            engine.look_up(&table, "posts", SAME_POST)
        );
        let last = format!(
            "{SAME_POST} AND t.observed_at = (SELECT MAX(m.observed_at) \
             FROM post_counts AS m WHERE m.creator_id = k.creator_id AND m.post_id = k.post_id)"
        );
        let counts = format!("SELECT t.* FROM {}", engine.look_up(&table, "post_counts", &last));
        let mut described: HashMap<PostKey, Described> = HashMap::with_capacity(keys.len());
        let mut cleared: HashSet<PostKey> = HashSet::new();
        for mut row in self.db.fetch::<DescriptionRow>(descriptions, wanted()).await? {
            let key = (std::mem::take(&mut row.creator_id), std::mem::take(&mut row.post_id));
            let is_cleared = row.cleared != 0;
            let mut read = row.described();
            if is_cleared || self.is_expired(read.source, read.time) {
                // When it was published may stay as long as counts refer to it.
                read.description =
                    Description { publish_time: read.description.publish_time, ..Description::default() };
                cleared.insert(key.clone());
            }
            described.insert(key, read);
        }
        let mut counted: HashMap<PostKey, Observed<PostTerm>> = HashMap::with_capacity(keys.len());
        for row in self.db.fetch::<PostCountRow>(counts, wanted()).await? {
            let observed = row.observed();
            if !self.is_expired(observed.source, observed.time) {
                counted.insert((row.creator_id, row.post_id), observed);
            }
        }
        let state = |key: &PostKey| {
            let last = counted.remove(key);
            let described = described.remove(key).filter(|_| last.is_some() || !cleared.contains(key));
            let name = post_name(key)?;
            let of_text = described.as_ref().filter(|_| !cleared.contains(key)).map(|read| (read.source, read.time));
            let read = of_text.into_iter().chain(last.as_ref().map(|read| (read.source, read.time)));
            let expires = read.filter_map(|(source, time)| self.retention().expiry(source, time)).min();
            (described.is_some() || last.is_some()).then_some(PostState { name, described, last, expires })
        };
        Ok(keys.iter().map(state).collect())
    }

    /// The posts of a creator behind a place, newest first and those without a time of publishing last, at most `limit`.
    /// Errors: the database's.
    pub async fn list_posts(
        &self,
        creator: &CreatorId,
        after: &ListPlace,
        limit: usize,
    ) -> Result<Vec<ListPlace>, DbError> {
        const LIST: &str = "SELECT published, post_id FROM (\
             SELECT COALESCE(publish_time, $2) AS published, post_id FROM posts WHERE creator_id = $1 \
             UNION ALL SELECT DISTINCT $2, c.post_id FROM post_counts AS c WHERE c.creator_id = $1 AND NOT EXISTS \
             (SELECT 1 FROM posts AS p WHERE p.creator_id = c.creator_id AND p.post_id = c.post_id)) AS known \
             WHERE published < $3 OR (published = $3 AND post_id > $4) ORDER BY published DESC, post_id LIMIT $5";
        let args = vec![
            Arg::from(creator.as_str()),
            Arg::from(i64::MIN),
            Arg::from(after.published),
            Arg::from(after.post.as_str()),
            Arg::from(limit as i64),
        ];
        let rows: Vec<(i64, String)> = self.db.fetch(LIST, args).await?;
        Ok(rows.into_iter().map(|(published, post)| ListPlace { published, post }).collect())
    }

    /// The posts behind a key that changed in the change that followed the version given for their creator, or later, in the
    /// order of keys and at most `limit`; [`i64::MIN`] stands for all. Posts that were purged are among them. Errors: the
    /// database's.
    pub async fn changed_posts(
        &self,
        creators: &[(&str, i64)],
        after: &PostKey,
        limit: usize,
    ) -> Result<Vec<PostKey>, DbError> {
        let since =
            serde_json::Value::from_iter(creators.iter().map(|(creator, since)| serde_json::json!([creator, since])));
        let engine = self.db.engine();
        let table = format!(
            "(SELECT value ->> 0 AS creator_id, CAST(value ->> 1 AS BIGINT) AS since FROM {})",
            engine.elements("$1")
        );
        let part = |table_of_posts: &str| {
            format!(
                "SELECT * FROM (SELECT DISTINCT t.creator_id, t.post_id FROM {} \
                 ORDER BY t.creator_id, t.post_id LIMIT $4) AS {table_of_posts}_part",
                engine.look_up(&table, table_of_posts, CHANGED_SINCE)
            )
        };
        let sql = format!(
            "{} UNION {} UNION {} ORDER BY creator_id, post_id LIMIT $4",
            part("posts"),
            part("post_counts"),
            part("purged_posts")
        );
        let args = vec![
            Arg::from(since.to_string()),
            Arg::from(after.0.as_str()),
            Arg::from(after.1.as_str()),
            Arg::from(limit as i64),
        ];
        self.db.fetch(sql, args).await
    }

    /// Remembers that posts lost something, for those who follow them. `version` is the one that the creator had before the
    /// change, which the caller logs as [`Entry::Posts`](super::Entry::Posts) in this transaction. Errors: the database's.
    pub async fn note_purged<'a>(
        &self,
        tx: &mut Tx,
        creator: &str,
        version: i64,
        posts: impl IntoIterator<Item = &'a str>,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let row = |post: &str| vec![Arg::from(creator), Arg::from(post), Arg::from(version), Arg::from(micros(now))];
        let rows = posts.into_iter().map(row).collect();
        tx.insert("purged_posts", &PURGED_COLUMNS, rows, Conflict::Replace { key: &["creator_id", "post_id"] }).await?;
        Ok(())
    }

    /// Forgets what was purged before a time; streams cannot go on from there. Errors: the database's.
    pub(super) async fn forget_purged(&self, before: Timestamp) -> Result<(), DbError> {
        let mut tx = self.db.begin().await?;
        tx.execute("DELETE FROM purged_posts WHERE purged_at < $1", vec![before.into()]).await?;
        tx.commit().await
    }
}

/// Only checked ids are stored, so that every key reads back.
fn post_name((creator, post): &PostKey) -> Option<PostName> {
    let creator = CreatorId::parse(creator).ok()?;
    let post = PostId::new(creator.platform(), post).ok()?;
    Some(PostName { creator, post })
}

/// A table of the keys that are the argument `$1`.
pub(super) fn key_table(engine: Engine) -> String {
    format!("(SELECT value ->> 0 AS creator_id, value ->> 1 AS post_id FROM {})", engine.elements("$1"))
}
