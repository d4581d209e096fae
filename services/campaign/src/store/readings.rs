//! Owns reading the counts of posts, and keeping those of a sample to learn from. Never what follows from counts.

use std::collections::BTreeMap;

use creatorscope_domain::{CreatorId, PostName, Source};
use creatorscope_kit::db::{Arg, DbError, micros, timestamp};
use jiff::Timestamp;

use super::{Store, Work};

/// The counts of a post at one time. A count that the source did not report is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// When they were read.
    pub at: Timestamp,
    /// Views.
    pub views: Option<i64>,
    /// Likes.
    pub likes: Option<i64>,
    /// Comments.
    pub comments: Option<i64>,
    /// Shares.
    pub shares: Option<i64>,
}

impl Counts {
    /// Likes, comments and shares together, as far as they are known; none when none is.
    pub fn engagements(&self) -> Option<i64> {
        let known: Vec<i64> = [self.likes, self.comments, self.shares].into_iter().flatten().collect();
        (!known.is_empty()).then(|| known.into_iter().fold(0, i64::saturating_add))
    }
}

/// A post with what was read of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostReadings {
    /// The post.
    pub post: PostName,
    /// Its form, as on the wire.
    pub format: i32,
    /// When it was published; none when not known.
    pub published: Option<Timestamp>,
    /// Its counts, oldest first.
    pub counts: Vec<Counts>,
}

/// How the comments of a post felt at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Feeling {
    /// When scoring told.
    pub at: Timestamp,
    /// Comments that were read, 0 and more.
    pub sample_size: i64,
    /// Share of positive minus share of negative ones, -1 to 1.
    pub net: f64,
}

/// A post's key, form, publication, and one reading of it.
type ReadingRow = (String, String, i64, Option<i64>, Option<i64>, Option<i64>, Option<i64>, Option<i64>, Option<i64>);

const SELECT: &str =
    "SELECT p.creator_id, p.post_id, p.format, p.publish_time, r.at, r.views, r.likes, r.comments, r.shares";

impl Store {
    /// The posts of a campaign by deliverable, with what was known of them at a time. Errors: the database's.
    pub async fn campaign_posts(
        &self,
        tenant: &str,
        campaign: &str,
        as_of: Timestamp,
    ) -> Result<BTreeMap<String, PostReadings>, DbError> {
        let owners = "SELECT deliverable, creator_id, post_id FROM tracked WHERE tenant = $1 AND campaign = $2";
        let owners: Vec<(String, String, String)> = self.db.fetch(owners, vec![tenant.into(), campaign.into()]).await?;
        let mut args = vec![tenant.into(), campaign.into(), micros(as_of).into()];
        let sql = format!(
            "{SELECT} FROM tracked t
            JOIN posts p ON p.creator_id = t.creator_id AND p.post_id = t.post_id
            LEFT JOIN readings r ON r.creator_id = p.creator_id AND r.post_id = p.post_id
                AND r.at <= $3 AND r.taken_at <= $3 AND {}
            WHERE t.tenant = $1 AND t.campaign = $2 ORDER BY p.creator_id, p.post_id, r.at",
            self.live(&mut args)
        );
        let rows = self.db.fetch(sql, args).await?;
        let found: BTreeMap<(String, String), PostReadings> =
            grouped(rows).into_iter().map(|one| (key(&one.post), one)).collect();
        let readings = |(deliverable, creator, post)| Some((deliverable, found.get(&(creator, post))?.clone()));
        Ok(owners.into_iter().filter_map(readings).collect())
    }

    /// The sample of a platform that curves are learned from, up to `limit` posts with a publication. Errors: the database's.
    pub async fn sample(&self, platform: i32, limit: u32, as_of: Timestamp) -> Result<Vec<PostReadings>, DbError> {
        let mut args = vec![platform.into(), micros(as_of).into()];
        let sql = format!(
            "{SELECT} FROM (SELECT * FROM posts WHERE platform = $1 AND publish_time IS NOT NULL
                ORDER BY rank LIMIT {limit}) p
            JOIN readings r ON r.creator_id = p.creator_id AND r.post_id = p.post_id AND r.at <= $2 AND {}
            ORDER BY p.creator_id, p.post_id, r.at",
            self.live(&mut args)
        );
        Ok(grouped(self.db.fetch(sql, args).await?))
    }

    /// How the comments of a campaign's posts felt last, and before, as known at a time: by deliverable, oldest first. Errors: the
    /// database's.
    pub async fn feelings(
        &self,
        tenant: &str,
        campaign: &str,
        as_of: Timestamp,
    ) -> Result<BTreeMap<String, Vec<Feeling>>, DbError> {
        let sql = "SELECT t.deliverable, s.at, s.sample_size, s.net FROM tracked t
            JOIN sentiments s ON s.creator_id = t.creator_id AND s.post_id = t.post_id
            WHERE t.tenant = $1 AND t.campaign = $2 AND s.at <= $3 ORDER BY t.deliverable, s.at";
        let args = vec![tenant.into(), campaign.into(), micros(as_of).into()];
        let rows: Vec<(String, i64, i64, f64)> = self.db.fetch(sql, args).await?;
        let mut found: BTreeMap<String, Vec<Feeling>> = BTreeMap::new();
        for (deliverable, at, sample_size, net) in rows {
            found.entry(deliverable).or_default().push(Feeling { at: timestamp(at), sample_size, net });
        }
        Ok(found)
    }

    /// The condition on a reading `r` that may still be kept and shown. Its times go behind the other arguments, so that the text stays
    /// the same and is prepared once.
    fn live(&self, args: &mut Vec<Arg>) -> String {
        let horizons = self.retention.horizons(self.clock.now()).into_iter();
        let mut condition = |(source, last): (Source, Timestamp)| {
            args.push(micros(last).into());
            format!("(r.source <> {} OR r.at > ${})", source.number(), args.len())
        };
        let each: Vec<String> = horizons.map(&mut condition).collect();
        if each.is_empty() { "1 = 1".to_owned() } else { each.join(" AND ") }
    }

    /// Removes readings whose source no longer allows them; answers with how many. Errors: the database's.
    pub async fn purge_readings(&self) -> Result<u64, DbError> {
        let mut removed = 0;
        for (source, last) in self.retention.horizons(self.clock.now()) {
            let mut tx = self.db.begin().await?;
            let args = vec![source.number().into(), micros(last).into()];
            removed += tx.execute("DELETE FROM readings WHERE source = $1 AND at <= $2", args).await?;
            tx.commit().await?;
        }
        Ok(removed)
    }

    /// The rank up to which posts of a platform belong to the sample: that of the last one of a full sample; none while there is room.
    /// Errors: the database's.
    pub async fn sample_edge(&self, platform: i32, size: u32) -> Result<Option<i64>, DbError> {
        let sql = format!("SELECT rank FROM posts WHERE platform = $1 ORDER BY rank LIMIT 1 OFFSET {size}");
        let edge: Option<(i64,)> = self.db.fetch_optional(sql, vec![platform.into()]).await?;
        Ok(edge.map(|(rank,)| rank))
    }
}

impl Work {
    /// Keeps how the comments of a post feel now. Errors: the database's.
    pub async fn take_feeling(&mut self, post: &PostName, sample_size: i64, net: f64) -> Result<(), DbError> {
        const TAKE: &str = "INSERT INTO sentiments (creator_id, post_id, at, sample_size, net)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (creator_id, post_id, at)
            DO UPDATE SET sample_size = excluded.sample_size, net = excluded.net";
        let args = vec![
            post.creator.as_str().into(),
            post.post.as_str().into(),
            self.now.into(),
            sample_size.into(),
            net.into(),
        ];
        self.tx.execute(TAKE, args).await?;
        Ok(())
    }

    /// Forgets posts of the sample behind an edge that belong to no deliverable. Errors: the database's.
    pub async fn shrink_sample(&mut self, platform: i32, edge: i64) -> Result<(), DbError> {
        const BEHIND: &str = "FROM posts p WHERE p.platform = $1 AND p.rank >= $2 AND NOT EXISTS
            (SELECT 1 FROM tracked t WHERE t.creator_id = p.creator_id AND t.post_id = p.post_id)";
        let sql = format!("SELECT p.creator_id, p.post_id {BEHIND}");
        let gone: Vec<(String, String)> = self.tx.fetch(sql, vec![platform.into(), edge.into()]).await?;
        for (creator, post) in gone {
            for table in ["readings", "posts"] {
                let sql = format!("DELETE FROM {table} WHERE creator_id = $1 AND post_id = $2");
                self.tx.execute(sql, vec![creator.as_str().into(), post.as_str().into()]).await?;
            }
        }
        Ok(())
    }

    /// Forgets what was read of posts: of one, or of all of a creator. What deliverables say of them stays. Errors: the database's.
    pub async fn forget_readings(&mut self, creator: &CreatorId, post: Option<&str>) -> Result<(), DbError> {
        for table in ["readings", "sentiments", "posts"] {
            let mut sql = format!("DELETE FROM {table} WHERE creator_id = $1");
            let mut args = vec![creator.as_str().into()];
            if let Some(post) = post {
                sql += " AND post_id = $2";
                args.push(post.into());
            }
            self.tx.execute(sql, args).await?;
        }
        Ok(())
    }
}

fn key(post: &PostName) -> (String, String) {
    (post.creator.as_str().to_owned(), post.post.as_str().to_owned())
}

/// Rows in the order of posts and times become posts with their readings.
fn grouped(rows: Vec<ReadingRow>) -> Vec<PostReadings> {
    let mut posts: Vec<PostReadings> = Vec::new();
    for (creator, post, format, published, at, views, likes, comments, shares) in rows {
        let Ok(name) = PostName::parse(&format!("creators/{creator}/posts/{post}")) else { continue };
        if posts.last().is_none_or(|last| last.post != name) {
            let published = published.map(timestamp);
            let format = i32::try_from(format).unwrap_or_default();
            posts.push(PostReadings { post: name, format, published, counts: Vec::new() });
        }
        if let (Some(last), Some(at)) = (posts.last_mut(), at) {
            last.counts.push(Counts { at: timestamp(at), views, likes, comments, shares });
        }
    }
    posts
}
