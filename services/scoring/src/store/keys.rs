//! Owns the keys of the hashes of authors, texts and comments. Never what is hashed.
//!
//! The keys lie in the database, so all replicas of the service share them. A new key is taken [`RENEWED`] days after the last: hashes of
//! different keys do not compare, so an author who comments before and after counts as two. An old key is removed with the last
//! comment under it (purged by retention, erased, or read again, which hashes anew); what it hashed can then no longer be told by anybody.

use creatorscope_domain::PostName;
use creatorscope_kit::db::{Arg, Column, Conflict, DbError, column, micros};
use jiff::{SignedDuration, Timestamp};
use ring::rand::{SecureRandom, SystemRandom};

use super::Store;
use crate::model::Hashes;

/// Days until a new key is taken.
const RENEWED: i64 = 365;
const DAY: i64 = 24 * 3_600 * 1_000_000;
/// Who read the keys may write under them for so long.
const GRACE: SignedDuration = SignedDuration::from_hours(24);
const COLUMNS: [Column; 3] = [column::int("key_id"), column::bytes("value"), column::int("made_at")];

/// Keys that comments are kept under. `Debug` shows how many.
#[derive(Clone)]
pub struct HashKeys(Vec<(i64, [u8; 32])>);

impl std::fmt::Debug for HashKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} keys", self.0.len())
    }
}

impl HashKeys {
    /// The hashes under the newest key. The author is known on the post's platform; the text's words count, not what is between them.
    pub fn hash(&self, post: &PostName, comment_id: &str, author: &str, text: &str) -> Option<Hashes> {
        self.0.first().map(|(key_id, key)| Hashes {
            key_id: *key_id,
            author: author_hash(key, post.creator.platform().slug(), author),
            fingerprint: fingerprint(key, text),
            rank: rank(key, post, comment_id),
        })
    }

    /// An author's hashes under all keys.
    pub fn authors(&self, platform: &str, author: &str) -> Vec<i64> {
        self.0.iter().filter_map(|(_, key)| author_hash(key, platform, author)).collect()
    }
}

fn author_hash(key: &[u8; 32], platform: &str, author: &str) -> Option<i64> {
    let author = author.trim();
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(b"author\0").update(platform.as_bytes()).update(b"\0").update(author.as_bytes());
    (!author.is_empty()).then(|| first(&hasher))
}

fn fingerprint(key: &[u8; 32], text: &str) -> i64 {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(b"text\0");
    for word in text.split_whitespace() {
        hasher.update(word.as_bytes()).update(b" ");
    }
    first(&hasher)
}

fn rank(key: &[u8; 32], post: &PostName, comment_id: &str) -> i64 {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(b"comment");
    for part in [post.creator.as_str(), post.post.as_str(), comment_id] {
        hasher.update(b"\0").update(part.as_bytes());
    }
    first(&hasher)
}

fn first(hasher: &blake3::Hasher) -> i64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    i64::from_le_bytes(bytes)
}

impl Store {
    /// The keys, the newest first; makes one when there is none that is young enough. Errors: the database's, and no randomness.
    pub async fn keys(&self) -> Result<HashKeys, DbError> {
        let now = micros(self.clock.now());
        let known = self.known_keys().await?;
        if known.first().is_some_and(|(_, _, made_at)| now - made_at < RENEWED * DAY) {
            return Ok(keys(known));
        }
        let mut fresh = [0; 32];
        let random = SystemRandom::new().fill(&mut fresh);
        random.map_err(|_| DbError::Setting("the machine gives no randomness for a key".into()))?;
        let next = known.first().map_or(1, |(key_id, ..)| key_id + 1);
        let mut tx = self.db.begin().await?;
        // Another node may have made it: then that one counts.
        let row = vec![Arg::from(next), Arg::from(fresh.to_vec()), Arg::from(now)];
        tx.insert("hash_keys", &COLUMNS, vec![row], Conflict::Ignore).await?;
        tx.commit().await?;
        Ok(keys(self.known_keys().await?))
    }

    async fn known_keys(&self) -> Result<Vec<(i64, Vec<u8>, i64)>, DbError> {
        self.db.fetch("SELECT key_id, value, made_at FROM hash_keys ORDER BY key_id DESC", vec![]).await
    }

    /// Removes keys that no comment is kept under any more. Errors: the database's.
    pub async fn forget_keys(&self, now: Timestamp) -> Result<u64, DbError> {
        const UNUSED: &str = "DELETE FROM hash_keys WHERE key_id < (SELECT MAX(key_id) FROM hash_keys WHERE made_at <= $1) \
             AND NOT EXISTS (SELECT 1 FROM comments WHERE comments.key_id = hash_keys.key_id)";
        if self.known_keys().await?.len() < 2 {
            return Ok(0);
        }
        let mut tx = self.db.begin().await?;
        let removed = tx.execute(UNUSED, vec![now.checked_sub(GRACE).unwrap_or(Timestamp::MIN).into()]).await?;
        tx.commit().await?;
        Ok(removed)
    }
}

fn keys(rows: Vec<(i64, Vec<u8>, i64)>) -> HashKeys {
    let key = |(key_id, value, _): (i64, Vec<u8>, i64)| Some((key_id, <[u8; 32]>::try_from(value).ok()?));
    HashKeys(rows.into_iter().filter_map(key).collect())
}
