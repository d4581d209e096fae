//! Owns looking up what is stored under the keys of a batch, with one statement a table. Never a decision.

use creatorscope_kit::db::{Arg, DbError, Engine, Tx};

use super::{
    ingest::Item,
    posts::SAME_POST,
    rows::{AccountCountRow, CreatorRow, DescribedRow, PostCountRow},
};
use crate::model::{AccountCounts, PostCounts};

/// What was stored before under the keys of the items. Keys begin with the place of the creator.
#[derive(Default)]
pub(super) struct Known {
    pub(super) described: Vec<(usize, String, i64)>,
    pub(super) post_counts: Vec<(usize, String, i64, PostCounts)>,
    pub(super) account_counts: Vec<(usize, i64, AccountCounts)>,
}

impl Known {
    /// Reads what is stored under the keys of items whose creators were known before.
    pub(super) async fn read(
        tx: &mut Tx,
        items: &[Item],
        owners: &[usize],
        creators: &[CreatorRow],
    ) -> Result<Self, DbError> {
        let (mut posts, mut post_keys, mut account_keys) = (Keys::default(), Keys::default(), Keys::default());
        for (item, owner) in items.iter().zip(owners) {
            let creator = &creators[*owner];
            if creator.version == 0 {
                continue;
            }
            if let Item::Post(record) = item {
                posts.push(&creator.creator_id, record.name.post.as_str(), 0);
            }
            if let Some((post, _)) = item.post_counts() {
                post_keys.push(&creator.creator_id, post, item.observed_at());
            }
            if item.account_counts().is_some() {
                account_keys.push(&creator.creator_id, "", item.observed_at());
            }
        }
        let place = |id: &String| creators.binary_search_by(|row| row.creator_id.as_str().cmp(id)).unwrap_or_default();
        let mut known = Self::default();
        let engine = tx.engine();
        let table = key_table(engine);
        if let Some(keys) = posts.arg() {
            let sql = format!(
                "SELECT t.creator_id, t.post_id, t.describe_time FROM {}",
                engine.look_up(&table, "posts", SAME_POST)
            );
            for row in tx.fetch::<DescribedRow>(sql, vec![keys]).await? {
                known.described.push((place(&row.creator_id), row.post_id, row.describe_time));
            }
        }
        if let Some(keys) = post_keys.arg() {
            let same = format!("{SAME_POST} AND t.observed_at = k.observed_at");
            let sql = format!("SELECT t.* FROM {}", engine.look_up(&table, "post_counts", &same));
            for row in tx.fetch::<PostCountRow>(sql, vec![keys]).await? {
                let counts = row.counts();
                known.post_counts.push((place(&row.creator_id), row.post_id, row.observed_at, counts));
            }
        }
        if let Some(keys) = account_keys.arg() {
            let same = "t.creator_id = k.creator_id AND t.observed_at = k.observed_at";
            let sql = format!("SELECT t.* FROM {}", engine.look_up(&table, "account_counts", same));
            for row in tx.fetch::<AccountCountRow>(sql, vec![keys]).await? {
                known.account_counts.push((place(&row.creator_id), row.observed_at, row.counts()));
            }
        }
        Ok(known)
    }
}

/// Keys as one argument: a JSON array of `[creator_id, post_id, observed_at]`.
#[derive(Default)]
struct Keys(Vec<serde_json::Value>);

impl Keys {
    fn push(&mut self, creator: &str, post: &str, observed_at: i64) {
        self.0.push(serde_json::json!([creator, post, observed_at]));
    }

    fn arg(self) -> Option<Arg> {
        if self.0.is_empty() { None } else { Some(Arg::from(serde_json::Value::Array(self.0).to_string())) }
    }
}

/// A table of the keys that are the argument `$1`.
fn key_table(engine: Engine) -> String {
    format!(
        "(SELECT value ->> 0 AS creator_id, value ->> 1 AS post_id, CAST(value ->> 2 AS BIGINT) AS observed_at FROM {})",
        engine.elements("$1")
    )
}
