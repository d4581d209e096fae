//! Owns the vectors of creators in the tables, and how far they follow the log. Never what a vector means.

use std::collections::HashMap;

use creatorscope_kit::db::{Arg, Column, Conflict, column, json_texts};

use super::{BEGIN, Followed, STORE, Store, StoreError};

/// Under which name it is kept how far vectors follow the own log; its token is the model.
const SOURCE: &str = "vectors";
const VECTORS: &[Column] =
    &[column::text("creator_id"), column::text("model"), column::text("text_hash"), column::bytes("components")];

/// A vector as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredVector {
    /// `{platform}:{platform_id}`.
    pub creator: String,
    /// The model with its version.
    pub model: String,
    /// Tells the texts apart that vectors are of.
    pub text_hash: String,
    /// Whole numbers of one byte each; empty when the text says nothing.
    pub components: Vec<u8>,
}

type Row = (String, String, String, Vec<u8>);

fn stored((creator, model, text_hash, components): Row) -> StoredVector {
    StoredVector { creator, model, text_hash, components }
}

impl Store {
    /// The model of the vectors and the position up to which they follow the own log; none before the first, position 0 until
    /// all creators were looked at.
    pub async fn vectors_followed(&self) -> Result<Option<(String, i64)>, StoreError> {
        let followed = self.followed_of(SOURCE).await?;
        Ok(followed.map(|Followed { resume_token, position }| (resume_token, position)))
    }

    /// Notes the model of the vectors and the position up to which they follow the own log.
    pub async fn set_vectors_followed(&self, model: &str, position: i64) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        tx.execute(BEGIN, vec![SOURCE.into()]).await?;
        tx.execute(STORE, vec![SOURCE.into(), model.into(), position.into()]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Vectors of creators behind an id, in the order of ids.
    pub async fn vectors_after(&self, id: &str, limit: usize) -> Result<Vec<StoredVector>, StoreError> {
        const READ: &str = "SELECT creator_id, model, text_hash, components FROM creator_vectors \
             WHERE creator_id > $1 ORDER BY creator_id LIMIT $2";
        let rows: Vec<Row> = self.db.fetch(READ, vec![id.into(), (limit as i64).into()]).await?;
        Ok(rows.into_iter().map(stored).collect())
    }

    /// The vectors of these creators, by their ids.
    pub async fn vectors<'a>(
        &self,
        ids: impl IntoIterator<Item = &'a str>,
    ) -> Result<HashMap<String, StoredVector>, StoreError> {
        let sql = format!(
            "SELECT creator_id, model, text_hash, components FROM creator_vectors WHERE creator_id {}",
            self.in_ids()
        );
        let rows: Vec<Row> = self.db.fetch(sql, vec![json_texts(ids)]).await?;
        Ok(rows.into_iter().map(stored).map(|vector| (vector.creator.clone(), vector)).collect())
    }

    /// Keeps vectors of creators that are still known.
    pub async fn set_vectors(&self, vectors: &[StoredVector]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let sql = format!("SELECT creator_id FROM creators WHERE creator_id {}", self.in_ids());
        let ids = json_texts(vectors.iter().map(|vector| vector.creator.as_str()));
        let known: Vec<(String,)> = tx.fetch(sql, vec![ids]).await?;
        let is_known = |vector: &&StoredVector| known.iter().any(|(id,)| *id == vector.creator);
        let row = |vector: &StoredVector| -> Vec<Arg> {
            vec![
                vector.creator.as_str().into(),
                vector.model.as_str().into(),
                vector.text_hash.as_str().into(),
                vector.components.clone().into(),
            ]
        };
        let rows = vectors.iter().filter(is_known).map(row).collect();
        tx.insert("creator_vectors", VECTORS, rows, Conflict::Replace { key: &["creator_id"] }).await?;
        tx.commit().await?;
        Ok(())
    }
}
