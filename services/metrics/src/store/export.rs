//! Owns reading everything of a creator in the form in which it can be ingested again, part by part. Never a statement that
//! waits for a reader.
//!
//! A description goes out with the counts that were read at the same time from the same source; all other counts go out as
//! observations. So ingesting the parts again makes the same rows. What is written meanwhile may be in it or not.

use std::collections::HashMap;

use creatorscope_domain::{CreatorId, PostId, PostName};
use creatorscope_kit::db::{Arg, DbError};

use super::{
    Store,
    posts::PostKey,
    rows::{AccountCountRow, DescriptionRow, PostCountRow},
};
use crate::model::{Described, Description, Observation, Observed, PostRecord, PostTerm, Reading};

/// Rows with texts that are read at once.
const TEXTS: usize = 200;
/// Bytes of text of one part; clients take 4 MiB unless they say otherwise.
const PART_BYTES: usize = 2 << 20;

/// What a part begins behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportCursor {
    /// The descriptions behind a post.
    Posts(String),
    /// The other counts behind a post and a time (microseconds).
    PostCounts(String, i64),
    /// The counts of the account behind a time (microseconds).
    AccountCounts(i64),
}

impl ExportCursor {
    /// Where a creator begins.
    pub fn start() -> Self {
        Self::Posts(String::new())
    }
}

/// A part of one creator.
#[derive(Debug, Default)]
pub struct RecordPart {
    /// Posts, in the order of ids, with the counts that were read with the description.
    pub posts: Vec<PostRecord>,
    /// All other counts; per subject oldest first.
    pub observations: Vec<Observation>,
    /// Where the next part begins; none on the last.
    pub next: Option<ExportCursor>,
    /// Bytes of text so far.
    bytes: usize,
}

impl RecordPart {
    fn room(&self, limit: usize) -> usize {
        limit.saturating_sub(self.posts.len() + self.observations.len())
    }
}

/// How far a kind of record went.
enum Step {
    /// There are no more.
    Done,
    /// There may be more, and the part has room.
    Again(ExportCursor),
    /// The part is full.
    Full(ExportCursor),
}

impl Store {
    /// A part of a creator's records, at most `limit` of them (1 and more) and about 2 MiB of text. Errors: the database's.
    pub async fn export(
        &self,
        creator: &CreatorId,
        mut cursor: ExportCursor,
        limit: usize,
    ) -> Result<RecordPart, DbError> {
        let aside = Self { db: self.db.aside(), ..self.clone() };
        let mut part = RecordPart::default();
        loop {
            let room = part.room(limit);
            let (step, then) = match cursor {
                ExportCursor::Posts(after) => {
                    let step = aside.add_posts(creator, after, room, &mut part).await?;
                    (step, Some(ExportCursor::PostCounts(String::new(), i64::MIN)))
                }
                ExportCursor::PostCounts(post, time) => {
                    let step = aside.add_post_counts(creator, post, time, room, &mut part).await?;
                    (step, Some(ExportCursor::AccountCounts(i64::MIN)))
                }
                ExportCursor::AccountCounts(time) => {
                    (aside.add_account_counts(creator, time, room, &mut part).await?, None)
                }
            };
            cursor = match (step, then) {
                (Step::Again(next), _) | (Step::Done, Some(next)) => next,
                (Step::Full(next), _) => {
                    part.next = Some(next);
                    return Ok(part);
                }
                (Step::Done, None) => return Ok(part),
            };
        }
    }

    async fn add_posts(
        &self,
        creator: &CreatorId,
        after: String,
        room: usize,
        part: &mut RecordPart,
    ) -> Result<Step, DbError> {
        let take = room.min(TEXTS);
        // One more than there is room for tells whether the part is the last.
        let records = self.records(creator, &after, take + 1).await?;
        let found = records.len();
        let mut last = after;
        for record in records.into_iter().take(take) {
            let bytes = text_bytes(&record.description);
            if part.bytes + bytes > PART_BYTES && part.bytes > 0 {
                return Ok(Step::Full(ExportCursor::Posts(last)));
            }
            last = record.name.post.as_str().to_owned();
            if !self.is_expired(record.source, record.observe_time) {
                part.bytes += bytes;
                part.posts.push(record);
            }
        }
        let next = ExportCursor::Posts(last);
        Ok(if found <= take {
            Step::Done
        } else if take < room {
            Step::Again(next)
        } else {
            Step::Full(next)
        })
    }

    async fn add_post_counts(
        &self,
        creator: &CreatorId,
        post: String,
        time: i64,
        room: usize,
        part: &mut RecordPart,
    ) -> Result<Step, DbError> {
        let rows = self.other_post_counts(creator, &post, time, room + 1).await?;
        let kept = &rows[..rows.len().min(room)];
        let observed = kept.iter().filter_map(|row| post_observation(creator, row));
        part.observations.extend(observed.filter(|read| !self.is_expired(read.source, read.observe_time)));
        if rows.len() <= room {
            return Ok(Step::Done);
        }
        let last = kept.last().map_or((post, time), |row| (row.post_id.clone(), row.observed_at));
        Ok(Step::Full(ExportCursor::PostCounts(last.0, last.1)))
    }

    async fn add_account_counts(
        &self,
        creator: &CreatorId,
        time: i64,
        room: usize,
        part: &mut RecordPart,
    ) -> Result<Step, DbError> {
        let rows = self.account_counts(creator, time, room + 1).await?;
        let kept = &rows[..rows.len().min(room)];
        let observed = kept.iter().map(|row| account_observation(creator, row));
        part.observations.extend(observed.filter(|read| !self.is_expired(read.source, read.observe_time)));
        if rows.len() <= room {
            return Ok(Step::Done);
        }
        Ok(Step::Full(ExportCursor::AccountCounts(kept.last().map_or(time, |row| row.observed_at))))
    }

    /// Described posts behind one, each with the counts that were read with the description.
    async fn records(&self, creator: &CreatorId, after: &str, limit: usize) -> Result<Vec<PostRecord>, DbError> {
        const POSTS: &str = "SELECT * FROM posts WHERE creator_id = $1 AND post_id > $2 ORDER BY post_id LIMIT $3";
        const COUNTS: &str = "SELECT c.* FROM posts AS p JOIN post_counts AS c ON c.creator_id = p.creator_id \
             AND c.post_id = p.post_id AND c.observed_at = p.describe_time AND c.source = p.source \
             WHERE p.creator_id = $1 AND p.post_id > $2 AND p.post_id <= $3";
        let args = vec![Arg::from(creator.as_str()), Arg::from(after), Arg::from(limit as i64)];
        let rows: Vec<DescriptionRow> = self.db.fetch(POSTS, args).await?;
        let Some(last) = rows.last() else { return Ok(Vec::new()) };
        let args = vec![Arg::from(creator.as_str()), Arg::from(after), Arg::from(last.post_id.as_str())];
        let mut counted: HashMap<PostKey, Observed<PostTerm>> = HashMap::new();
        for row in self.db.fetch::<PostCountRow>(COUNTS, args).await? {
            let observed = row.observed();
            counted.insert((row.creator_id, row.post_id), observed);
        }
        let record = |mut row: DescriptionRow| {
            let key = (std::mem::take(&mut row.creator_id), std::mem::take(&mut row.post_id));
            let name = name(creator, &key.1)?;
            let Described { description, time, source } = row.described();
            let counts = counted.remove(&key).filter(|observed| observed.time == time);
            Some(PostRecord {
                name,
                description,
                observe_time: time,
                counts: counts.map(|observed| observed.counts),
                source,
            })
        };
        Ok(rows.into_iter().filter_map(record).collect())
    }

    /// Counts of posts behind a post and a time, without those that go out with a description.
    async fn other_post_counts(
        &self,
        creator: &CreatorId,
        post: &str,
        time: i64,
        limit: usize,
    ) -> Result<Vec<PostCountRow>, DbError> {
        const COUNTS: &str = "SELECT c.* FROM post_counts AS c WHERE c.creator_id = $1 AND c.post_id >= $2 \
             AND (c.post_id > $2 OR c.observed_at > $3) AND NOT EXISTS (SELECT 1 FROM posts AS p \
             WHERE p.creator_id = c.creator_id AND p.post_id = c.post_id AND p.describe_time = c.observed_at \
             AND p.source = c.source) ORDER BY c.post_id, c.observed_at LIMIT $4";
        let args = vec![Arg::from(creator.as_str()), Arg::from(post), Arg::from(time), Arg::from(limit as i64)];
        self.db.fetch(COUNTS, args).await
    }

    async fn account_counts(
        &self,
        creator: &CreatorId,
        time: i64,
        limit: usize,
    ) -> Result<Vec<AccountCountRow>, DbError> {
        const COUNTS: &str = "SELECT * FROM account_counts WHERE creator_id = $1 AND observed_at > $2 \
             ORDER BY observed_at LIMIT $3";
        let args = vec![Arg::from(creator.as_str()), Arg::from(time), Arg::from(limit as i64)];
        self.db.fetch(COUNTS, args).await
    }
}

/// Only checked ids are stored, so that every row reads back.
fn name(creator: &CreatorId, post: &str) -> Option<PostName> {
    PostId::new(creator.platform(), post).ok().map(|post| PostName { creator: creator.clone(), post })
}

/// What the texts of a post weigh on the wire, about.
fn text_bytes(description: &Description) -> usize {
    let hashtags: usize = description.hashtags.iter().map(|hashtag| hashtag.len() + 3).sum();
    description.title.len() + description.caption.len() + hashtags + 100
}

fn post_observation(creator: &CreatorId, row: &PostCountRow) -> Option<Observation> {
    let Observed { time, counts, source } = row.observed();
    let reading = Reading::Post(name(creator, &row.post_id)?, counts);
    Some(Observation { reading, observe_time: time, source })
}

fn account_observation(creator: &CreatorId, row: &AccountCountRow) -> Observation {
    let Observed { time, counts, source } = row.observed();
    Observation { reading: Reading::Account(creator.clone(), counts), observe_time: time, source }
}
