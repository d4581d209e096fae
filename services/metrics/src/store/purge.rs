//! Owns removing what expired: counts, then descriptions, then creators of whom nothing is left, and telling followers. Never
//! how long something is kept.

use std::collections::{BTreeMap, BTreeSet};

use creatorscope_domain::Source;
use creatorscope_kit::db::{Arg, Conflict, DbError, Tx, json_texts, micros};
use jiff::Timestamp;

use super::{
    Entry, Store, computed, for_update,
    rows::{CREATOR_COLUMNS, CreatorRow},
};

/// Sources up to this number have an index by age.
const INDEXED_SOURCES: i32 = 5;
/// Creators of one transaction.
const BATCH: i64 = 100;

/// What a purge removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    /// Counts of posts and of accounts.
    pub observations: u64,
    /// Descriptions that were emptied because counts still refer to the post.
    pub cleared: u64,
    /// Descriptions that were removed.
    pub posts: u64,
    /// Creators of whom something was removed, those removed included.
    pub creators: u64,
    /// Creators of whom nothing is left.
    pub removed: u64,
}

impl std::ops::AddAssign for Purged {
    fn add_assign(&mut self, more: Self) {
        self.observations += more.observations;
        self.cleared += more.cleared;
        self.posts += more.posts;
        self.creators += more.creators;
        self.removed += more.removed;
    }
}

/// The expired ones of a table: its column of time and whether cleared rows are left alone.
#[derive(Clone, Copy)]
struct Aged {
    table: &'static str,
    time: &'static str,
}

const POST_COUNTS: Aged = Aged { table: "post_counts", time: "observed_at" };
const ACCOUNT_COUNTS: Aged = Aged { table: "account_counts", time: "observed_at" };
const POSTS: Aged = Aged { table: "posts", time: "describe_time" };

/// A source and the last time of reading that expired.
type Horizon = (Source, Timestamp);

impl Aged {
    /// What is expired of one source. The number of an indexed source comes with the condition of the index.
    fn of_source(self, (source, last): &Horizon) -> String {
        let number = source.number();
        let indexed = if number <= INDEXED_SOURCES { "source <= 5 AND " } else { "" };
        let open = if self.table == POSTS.table { " AND cleared = 0" } else { "" };
        format!("({indexed}source = {number} AND {} <= {}{open})", self.time, micros(*last))
    }

    fn of_any(self, horizons: &[Horizon]) -> String {
        let each: Vec<String> = horizons.iter().map(|horizon| self.of_source(horizon)).collect();
        format!("({})", each.join(" OR "))
    }
}

impl Store {
    /// Removes what is expired of up to 100 creators, in one transaction, with its changes. Nothing removed means that nothing is
    /// left to do. Errors: the database's; then nothing is removed.
    pub async fn purge_some(&self, now: Timestamp) -> Result<Purged, DbError> {
        let horizons = self.retention().horizons(now);
        let mut due: BTreeSet<String> = BTreeSet::new();
        for aged in [POST_COUNTS, ACCOUNT_COUNTS, POSTS] {
            for horizon in &horizons {
                let missing = BATCH - due.len() as i64;
                let sql = format!(
                    "SELECT DISTINCT creator_id FROM {} WHERE {} LIMIT {missing}",
                    aged.table,
                    aged.of_source(horizon)
                );
                let found: Vec<(String,)> = self.db.fetch(sql, vec![]).await?;
                due.extend(found.into_iter().map(|(creator,)| creator));
                if due.len() as i64 >= BATCH {
                    return self.purge(&due, &horizons).await;
                }
            }
        }
        if due.is_empty() { Ok(Purged::default()) } else { self.purge(&due, &horizons).await }
    }

    async fn purge(&self, creators: &BTreeSet<String>, horizons: &[Horizon]) -> Result<Purged, DbError> {
        let mut tx = self.db.begin().await?;
        let among = format!("creator_id {}", tx.engine().in_texts("$1"));
        let wanted = || vec![json_texts(creators.iter().map(String::as_str))];
        let lock = format!("SELECT * FROM creators WHERE {among} ORDER BY creator_id{}", for_update(&tx));
        let mut rows: Vec<CreatorRow> = tx.fetch(lock, wanted()).await?;
        let mut gone_posts = latest(&mut tx, POST_COUNTS, horizons, &among, wanted()).await?;
        for (creator, time) in latest(&mut tx, POSTS, horizons, &among, wanted()).await? {
            let known = gone_posts.entry(creator).or_insert(time);
            *known = time.max(*known);
        }
        let gone_accounts = latest(&mut tx, ACCOUNT_COUNTS, horizons, &among, wanted()).await?;

        let touched = touched_posts(&mut tx, horizons, &among, wanted()).await?;
        let mut purged = Purged::default();
        for aged in [POST_COUNTS, ACCOUNT_COUNTS] {
            let sql = format!("DELETE FROM {} WHERE {among} AND {}", aged.table, aged.of_any(horizons));
            purged.observations += tx.execute(sql, wanted()).await?;
        }
        let expired = POSTS.of_any(horizons);
        let counted = "EXISTS (SELECT 1 FROM post_counts AS c WHERE c.creator_id = posts.creator_id AND c.post_id = posts.post_id)";
        let clear = format!(
            "UPDATE posts SET cleared = 1, title = '', caption = '', hashtags = '[]', language = '', category = '', \
             format = NULL, sponsored = NULL, duration = NULL, verdict = NULL, verdict_confidence = NULL \
             WHERE {among} AND {expired} AND {counted}"
        );
        purged.cleared = tx.execute(clear, wanted()).await?;
        // What was cleared before goes with the last counts of its post.
        let remove = format!("DELETE FROM posts WHERE {among} AND ({expired} OR cleared = 1) AND NOT {counted}");
        purged.posts = tx.execute(remove, wanted()).await?;

        rows.retain(|row| gone_posts.contains_key(&row.creator_id) || gone_accounts.contains_key(&row.creator_id));
        purged.creators = rows.len() as u64;
        for row in &mut rows {
            row.posts_purged_to = row.posts_purged_to.max(gone_posts.get(&row.creator_id).copied());
            row.account_purged_to = row.account_purged_to.max(gone_accounts.get(&row.creator_id).copied());
        }
        let left = last_readings(&mut tx, &among, wanted()).await?;
        let (kept, removed): (Vec<CreatorRow>, Vec<CreatorRow>) =
            rows.into_iter().partition(|row| left.contains_key(&row.creator_id));
        purged.removed = removed.len() as u64;
        let followers = followers(&mut tx, &among, wanted()).await?;
        for row in &removed {
            let creator = || vec![Arg::from(row.creator_id.as_str())];
            tx.execute("DELETE FROM creators WHERE creator_id = $1", creator()).await?;
            tx.execute("DELETE FROM purged_posts WHERE creator_id = $1", creator()).await?;
            computed::forget(&mut tx, &row.creator_id).await?;
            self.log.forget(&mut tx, &row.creator_id).await?;
        }
        for row in &kept {
            if let Some(posts) = touched.get(&row.creator_id) {
                let posts = posts.iter().map(String::as_str);
                self.note_purged(&mut tx, &row.creator_id, row.version, posts, self.clock.now()).await?;
            }
        }
        let changed = |row: &CreatorRow| (row.creator_id.clone(), Entry::Posts { since: row.version }.kind());
        let gone = |row: &CreatorRow| (row.creator_id.clone(), Entry::Removed.kind());
        let changes: Vec<(String, i64)> = kept.iter().map(changed).chain(removed.iter().map(gone)).collect();
        if changes.is_empty() {
            tx.commit().await?;
            return Ok(purged);
        }
        let named: Vec<(&str, i64)> = changes.iter().map(|(creator, kind)| (creator.as_str(), *kind)).collect();
        let position = self.log.append(&mut tx, &named).await?;
        let mut renewed = Vec::with_capacity(kept.len());
        for mut row in kept {
            row.version = position;
            row.as_of = left.get(&row.creator_id).copied().unwrap_or(row.as_of);
            let last = followers.get(&row.creator_id).copied();
            row.followers = last.and_then(|(count, _)| count);
            row.followers_at = last.map(|(_, time)| time);
            renewed.push(row.into_args());
        }
        tx.insert("creators", &CREATOR_COLUMNS, renewed, Conflict::Replace { key: &["creator_id"] }).await?;
        tx.commit().await?;
        self.log.published(position);
        Ok(purged)
    }
}

/// For each creator the posts of whom a description or counts expired.
async fn touched_posts(
    tx: &mut Tx,
    horizons: &[Horizon],
    among: &str,
    wanted: Vec<Arg>,
) -> Result<BTreeMap<String, Vec<String>>, DbError> {
    let part = |aged: Aged| {
        format!("SELECT creator_id, post_id FROM {} WHERE {among} AND {}", aged.table, aged.of_any(horizons))
    };
    let sql = format!("{} UNION {}", part(POST_COUNTS), part(POSTS));
    let mut touched: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (creator, post) in tx.fetch::<(String, String)>(sql, wanted).await? {
        touched.entry(creator).or_default().push(post);
    }
    Ok(touched)
}

/// For each creator the last expired reading of a table.
async fn latest(
    tx: &mut Tx,
    aged: Aged,
    horizons: &[Horizon],
    among: &str,
    wanted: Vec<Arg>,
) -> Result<BTreeMap<String, i64>, DbError> {
    let sql = format!(
        "SELECT creator_id, MAX({}) FROM {} WHERE {among} AND {} GROUP BY creator_id",
        aged.time,
        aged.table,
        aged.of_any(horizons)
    );
    Ok(tx.fetch::<(String, i64)>(sql, wanted).await?.into_iter().collect())
}

/// For each creator of whom something is left its last reading.
async fn last_readings(tx: &mut Tx, among: &str, wanted: Vec<Arg>) -> Result<BTreeMap<String, i64>, DbError> {
    // A cleared description is no reading any more.
    let sql = format!(
        "SELECT creator_id, MAX(at) FROM ( \
           SELECT creator_id, observed_at AS at FROM post_counts WHERE {among} \
           UNION ALL SELECT creator_id, observed_at AS at FROM account_counts WHERE {among} \
           UNION ALL SELECT creator_id, describe_time AS at FROM posts WHERE {among} AND cleared = 0) AS readings \
         GROUP BY creator_id"
    );
    Ok(tx.fetch::<(String, i64)>(sql, wanted).await?.into_iter().collect())
}

/// For each creator the last followers that are reported or hidden (then without a count), and when.
async fn followers(
    tx: &mut Tx,
    among: &str,
    wanted: Vec<Arg>,
) -> Result<BTreeMap<String, (Option<i64>, i64)>, DbError> {
    // Followers are the first of the hidden bits.
    let sql = format!(
        "SELECT creator_id, followers, observed_at FROM account_counts \
         WHERE {among} AND (followers IS NOT NULL OR hidden % 2 = 1) ORDER BY creator_id, observed_at"
    );
    let found: Vec<(String, Option<i64>, i64)> = tx.fetch(sql, wanted).await?;
    Ok(found.into_iter().map(|(creator, count, time)| (creator, (count, time))).collect())
}
