//! Owns what the scoring service said, how far it was followed, and what it is still to be told. Never what a score means.

use std::collections::HashMap;

use creatorscope_domain::CreatorId;
use creatorscope_kit::db::{Arg, Column, Conflict, Tx, column, json_texts};
use serde::{Deserialize, Serialize};

use super::{Followed, METRICS_CHANGED, STORE, Store, StoreError, rows::corrupt};
use crate::model::ScoreSnapshot;

/// Whom this part follows.
const SOURCE: &str = "scoring";
const SCORES: &[Column] =
    &[column::text("creator_id"), column::text("facts"), column::bytes("encoded"), column::int("seen")];
const OWED: &[Column] = &[column::text("creator_id")];

/// What a batch of messages of the scoring service says.
#[derive(Debug, Default)]
pub struct ScoresBatch {
    /// The last state of each creator, none for one that was removed.
    pub states: HashMap<CreatorId, Option<ScoreSnapshot>>,
    /// Where to go on; none inside a snapshot.
    pub followed: Option<Followed>,
    /// Whether the snapshot is complete: creators that it did not have lose their scores.
    pub ends_snapshot: bool,
}

/// Scores as they are written. Numbers are texts: JSON's numbers do not always read back to the last bit.
#[derive(Serialize, Deserialize)]
struct Facts {
    measures: Vec<(String, String)>,
    reception: String,
    flags: Vec<String>,
    languages: Vec<(String, String)>,
}

fn text(scores: &ScoreSnapshot) -> serde_json::Result<String> {
    serde_json::to_string(&Facts {
        measures: scores.measures.iter().map(|(id, value)| (id.clone(), value.to_string())).collect(),
        reception: scores.reception.clone(),
        flags: scores.flags.clone(),
        languages: scores.languages.iter().map(|(language, share)| (language.clone(), share.to_string())).collect(),
    })
}

/// Reads scores as they were written.
pub(super) fn read(facts: &str, encoded: Vec<u8>) -> serde_json::Result<ScoreSnapshot> {
    let facts: Facts = serde_json::from_str(facts)?;
    let number = |(key, value): (String, String)| Some((key, value.parse().ok()?));
    Ok(ScoreSnapshot {
        measures: facts.measures.into_iter().filter_map(number).collect(),
        reception: facts.reception,
        flags: facts.flags,
        languages: facts.languages.into_iter().filter_map(number).collect(),
        encoded,
    })
}

impl Store {
    /// How far the scoring service was followed; none before the first message.
    pub async fn scored(&self) -> Result<Option<Followed>, StoreError> {
        self.followed_of(SOURCE).await
    }

    /// Begins a new snapshot of scores: the place where the one before went on is forgotten.
    pub async fn begin_scores(&self) -> Result<(), StoreError> {
        self.begin_snapshot_of(SOURCE).await
    }

    /// Takes what the scoring service said: the states, the changes and the place to go on, in one transaction. Answers with
    /// the position in the log.
    pub async fn take_scores(&self, batch: ScoresBatch) -> Result<i64, StoreError> {
        let mut tx = self.begin().await?;
        let snapshot: Option<(i64,)> =
            tx.fetch_optional("SELECT snapshot FROM followed WHERE source = $1", vec![SOURCE.into()]).await?;
        let snapshot = snapshot.map_or(0, |(snapshot,)| snapshot);
        let mut touched = self.rescored(&mut tx, &batch.states).await?;
        let mut rows = Vec::new();
        let mut removed: Vec<&str> = Vec::new();
        for (id, state) in &batch.states {
            let Some(scores) = state else {
                removed.push(id.as_str());
                continue;
            };
            let facts = text(scores).map_err(|error| corrupt(id.as_str(), &error))?;
            rows.push(vec![id.as_str().into(), facts.into(), scores.encoded.clone().into(), snapshot.into()]);
        }
        tx.insert("creator_scores", SCORES, rows, Conflict::Replace { key: &["creator_id"] }).await?;
        if !removed.is_empty() {
            let sql = format!("DELETE FROM creator_scores WHERE creator_id {}", self.in_ids());
            tx.execute(sql, vec![json_texts(removed)]).await?;
        }
        if batch.ends_snapshot {
            const DROP: &str = "DELETE FROM creator_scores WHERE seen <> $1 RETURNING creator_id";
            let dropped: Vec<(String,)> = tx.fetch(DROP, vec![snapshot.into()]).await?;
            touched.extend(dropped.into_iter().map(|(id,)| id));
        }
        if let Some(followed) = batch.followed {
            tx.execute(STORE, vec![SOURCE.into(), followed.resume_token.into(), followed.position.into()]).await?;
        }
        let position = self.touch(&mut tx, touched, METRICS_CHANGED).await?;
        tx.commit().await?;
        self.log.published(position);
        Ok(position)
    }

    /// The creators whose scores are not those that are stored.
    async fn rescored(
        &self,
        tx: &mut Tx,
        states: &HashMap<CreatorId, Option<ScoreSnapshot>>,
    ) -> Result<Vec<String>, StoreError> {
        let sql = format!("SELECT creator_id, encoded FROM creator_scores WHERE creator_id {}", self.in_ids());
        let stored: Vec<(String, Vec<u8>)> =
            tx.fetch(sql, vec![json_texts(states.keys().map(CreatorId::as_str))]).await?;
        let stored: HashMap<String, Vec<u8>> = stored.into_iter().collect();
        let differs = |id: &CreatorId, state: &Option<ScoreSnapshot>| {
            stored.get(id.as_str()) != state.as_ref().map(|scores| &scores.encoded)
        };
        let changed = states.iter().filter(|(id, state)| differs(id, state));
        Ok(changed.map(|(id, _)| id.as_str().to_owned()).collect())
    }

    /// Notes that the scoring service must still be told of a removal.
    pub async fn owe_erasure(&self, id: &CreatorId) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        tx.insert("erasures_owed", OWED, vec![vec![Arg::from(id.as_str())]], Conflict::Ignore).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The creators of whose removal the scoring service must still be told; at most 1 000 at once.
    pub async fn owed_erasures(&self) -> Result<Vec<String>, StoreError> {
        const READ: &str = "SELECT creator_id FROM erasures_owed ORDER BY creator_id LIMIT 1000";
        let rows: Vec<(String,)> = self.db.fetch(READ, vec![]).await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// Notes that the scoring service was told of a removal.
    pub async fn settle_erasure(&self, id: &str) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        tx.execute("DELETE FROM erasures_owed WHERE creator_id = $1", vec![id.into()]).await?;
        tx.commit().await?;
        Ok(())
    }
}
