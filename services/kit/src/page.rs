//! Owns page sizes and sealed page tokens. Never what a page holds.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    db::{Arg, Column, Conflict, Db, DbError, column},
    fault::Violation,
};

const COLUMNS: [Column; 2] = [column::text("name"), column::bytes("value")];
/// Bytes of the seal before the content.
const SEAL: usize = 16;

/// Seals page tokens, so that a client can neither make one nor use one for another query. The key lies in the service's
/// database, so all replicas of the service share it.
#[derive(Clone)]
pub struct Sealer {
    key: [u8; 32],
}

impl Sealer {
    /// Reads the service's key, or makes one. Errors: the database's.
    pub async fn open(db: &Db) -> Result<Self, DbError> {
        const READ: &str = "SELECT value FROM secrets WHERE name = 'page_key'";
        let fresh: [u8; 32] =
            *blake3::hash(&[*uuid::Uuid::new_v4().as_bytes(), *uuid::Uuid::new_v4().as_bytes()].concat()).as_bytes();
        let mut tx = db.begin().await?;
        let row = vec![Arg::from("page_key"), Arg::Bytes(Some(fresh.to_vec()))];
        tx.insert("secrets", &COLUMNS, vec![row], Conflict::Ignore).await?;
        let stored: Option<(Vec<u8>,)> = tx.fetch_optional(READ, vec![]).await?;
        tx.commit().await?;
        let key = stored.and_then(|(bytes,)| bytes.try_into().ok()).unwrap_or(fresh);
        Ok(Self { key })
    }

    /// Seals `content` to `context`, e.g. the filter and order that the page belongs to.
    pub fn seal(&self, content: &[u8], context: &[u8]) -> String {
        let mut token = self.mark(content, context).to_vec();
        token.extend_from_slice(content);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// Opens a token that stood in `page_token`. Errors: `INVALID_PAGE_TOKEN` when it was not made here or not for `context`.
    pub fn unseal(&self, token: &str, context: &[u8]) -> Result<Vec<u8>, Violation> {
        let refuse = || {
            Violation::new(
                "page_token",
                "INVALID_PAGE_TOKEN",
                "not a token of a page of this query; send `next_page_token` unchanged, with the same query, filter and order",
            )
        };
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| refuse())?;
        let (mark, content) = bytes.split_at_checked(SEAL).ok_or_else(refuse)?;
        // Constant time is not needed: the seal guards against mixing up queries, not against access.
        if mark == self.mark(content, context) { Ok(content.to_vec()) } else { Err(refuse()) }
    }

    fn mark(&self, content: &[u8], context: &[u8]) -> [u8; SEAL] {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&(context.len() as u64).to_le_bytes()).update(context).update(content);
        let mut mark = [0; SEAL];
        mark.copy_from_slice(&hasher.finalize().as_bytes()[..SEAL]);
        mark
    }
}

/// The size of a page: `default` for 0. Errors: `OUT_OF_RANGE` below 0 and above `max`.
pub fn size(requested: i32, default: usize, max: usize) -> Result<usize, Violation> {
    match usize::try_from(requested) {
        Ok(0) => Ok(default),
        Ok(size) if size <= max => Ok(size),
        _ => Err(Violation::new(
            "page_size",
            "OUT_OF_RANGE",
            format!("{requested} is not a page size; accepted are 1 to {max}, or 0 for {default}"),
        )),
    }
}
