//! Owns which posts belong to deliverables, and the counts that were read of posts. Never what follows from counts.

use creatorscope_domain::{CreatorId, PostName};
use creatorscope_kit::{
    clock::from_wire_time,
    db::{DbError, json_texts, micros},
};
use creatorscope_proto::metrics::v1::PostState;

use super::{Store, Work};
use crate::model::Kind;

/// A deliverable that has a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked {
    /// Whose.
    pub tenant: String,
    /// Its campaign's name.
    pub campaign: String,
    /// Its name.
    pub deliverable: String,
}

impl Work {
    /// The deliverable of a campaign that has a post; none when no one has. Errors: the database's.
    pub async fn tracked_by(&mut self, campaign: &str, post: &PostName) -> Result<Option<String>, DbError> {
        let sql = "SELECT deliverable FROM tracked
            WHERE creator_id = $1 AND post_id = $2 AND tenant = $3 AND campaign = $4";
        let args =
            vec![post.creator.as_str().into(), post.post.as_str().into(), self.tenant.as_str().into(), campaign.into()];
        let found: Option<(String,)> = self.tx.fetch_optional(sql, args).await?;
        Ok(found.map(|(deliverable,)| deliverable))
    }

    /// Makes a post the one of a deliverable. Errors: the database's.
    pub async fn track(&mut self, campaign: &str, deliverable: &str, post: &PostName) -> Result<(), DbError> {
        const TRACK: &str = "INSERT INTO tracked (tenant, campaign, deliverable, creator_id, post_id)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (tenant, campaign, deliverable)
            DO UPDATE SET creator_id = excluded.creator_id, post_id = excluded.post_id";
        let args = vec![
            self.tenant.as_str().into(),
            campaign.into(),
            deliverable.into(),
            post.creator.as_str().into(),
            post.post.as_str().into(),
        ];
        self.tx.execute(TRACK, args).await?;
        Ok(())
    }

    /// Keeps a post and, when they are new, the counts that were read of it last. Errors: the database's.
    pub async fn take_post(&mut self, name: &PostName, state: &PostState) -> Result<(), DbError> {
        const POST: &str = "INSERT INTO posts (creator_id, post_id, platform, format, source, publish_time, rank)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (creator_id, post_id) DO UPDATE
            SET format = excluded.format, source = excluded.source, publish_time = excluded.publish_time";
        let post = state.post.clone().unwrap_or_default();
        let publish_time = post.publish_time.as_ref().and_then(|time| from_wire_time(time).ok());
        let key = || [name.creator.as_str().into(), name.post.as_str().into()];
        let mut row = key().to_vec();
        row.extend([
            name.creator.platform().number().into(),
            post.format.into(),
            state.source.into(),
            publish_time.into(),
            sample_rank(name).into(),
        ]);
        self.tx.execute(POST, row).await?;
        self.take_reading(name, state).await
    }

    /// Keeps counts of a post unless counts of the same time are known. Errors: the database's.
    pub async fn take_reading(&mut self, name: &PostName, state: &PostState) -> Result<(), DbError> {
        const READING: &str =
            "INSERT INTO readings (creator_id, post_id, at, taken_at, source, views, likes, comments, shares)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (creator_id, post_id, at) DO NOTHING";
        let key = || [name.creator.as_str().into(), name.post.as_str().into()];
        let Some((counts, at)) = state.counts.as_ref().zip(state.observe_time.as_ref()) else { return Ok(()) };
        let Ok(at) = from_wire_time(at) else { return Ok(()) };
        let mut row = key().to_vec();
        row.extend([
            micros(at).into(),
            self.now.into(),
            state.source.into(),
            counts.views.into(),
            counts.likes.into(),
            counts.comments.into(),
            counts.shares.into(),
        ]);
        self.tx.execute(READING, row).await?;
        Ok(())
    }
}

impl Store {
    /// The deliverables that have a post, of all tenants. Errors: the database's.
    pub async fn tracked(&self, post: &PostName) -> Result<Vec<Tracked>, DbError> {
        let sql = "SELECT tenant, campaign, deliverable FROM tracked WHERE creator_id = $1 AND post_id = $2
            ORDER BY tenant, campaign";
        let args = vec![post.creator.as_str().into(), post.post.as_str().into()];
        let rows: Vec<(String, String, String)> = self.db.fetch(sql, args).await?;
        let tracked = |(tenant, campaign, deliverable)| Tracked { tenant, campaign, deliverable };
        Ok(rows.into_iter().map(tracked).collect())
    }

    /// Tenant and name of all participants who are one of these creators (`creators/{creator}`), with the creator. Errors: the
    /// database's.
    pub async fn participants_of(&self, creators: &[&str]) -> Result<Vec<(String, String, String)>, DbError> {
        let sql = format!(
            "SELECT tenant, name, owner FROM resources WHERE kind = {} AND owner <> '' AND owner {}
            ORDER BY tenant, name",
            Kind::Participant.number(),
            self.db.engine().in_texts("$1")
        );
        self.db.fetch(sql, vec![json_texts(creators.iter().copied())]).await
    }

    /// The posts of a creator that belong to deliverables, each with these. Errors: the database's.
    pub async fn tracked_of(&self, creator: &CreatorId) -> Result<Vec<(PostName, Vec<Tracked>)>, DbError> {
        let sql = "SELECT post_id, tenant, campaign, deliverable FROM tracked WHERE creator_id = $1
            ORDER BY post_id, tenant, campaign";
        let rows: Vec<OwnerRow> = self.db.fetch(sql, vec![creator.as_str().into()]).await?;
        let mut found: Vec<(PostName, Vec<Tracked>)> = Vec::new();
        for (post, tenant, campaign, deliverable) in rows {
            let Ok(post) = PostName::parse(&format!("{}/posts/{post}", creator.name())) else { continue };
            let owner = Tracked { tenant, campaign, deliverable };
            match found.last_mut().filter(|(known, _)| *known == post) {
                Some((_, owners)) => owners.push(owner),
                None => found.push((post, vec![owner])),
            }
        }
        Ok(found)
    }
}

/// What a row of tracked posts of a creator has: post, tenant, campaign, deliverable.
type OwnerRow = (String, String, String, String);

/// The place of a post in the order in which samples are taken: a hash of its name, so that it says nothing about the post.
pub fn sample_rank(post: &PostName) -> i64 {
    let hash = blake3::hash(post.to_string().as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    // Without the sign, so that the order is the same on the wire and in both databases.
    i64::from_be_bytes(first) & i64::MAX
}
