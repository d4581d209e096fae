//! Owns the rows and how they become what they stand for. Never statements.

use std::collections::BTreeMap;

use creatorscope_domain::{CreatorId, Retention};
use creatorscope_kit::db::{Arg, timestamp};
use sqlx::FromRow;

use super::{StoreError, scores};
use crate::model::{Creator, CreatorRecord, MetricSnapshot, Standing};

/// A creator with its metrics, which may be missing.
#[derive(Debug, FromRow)]
pub(super) struct RecordRow {
    creator_id: String,
    profile: String,
    create_time: i64,
    update_time: i64,
    version: i64,
    followers: Option<i64>,
    as_of: Option<i64>,
    measures: Option<String>,
    encoded: Option<Vec<u8>>,
    linked_person: Option<String>,
    score_facts: Option<String>,
    score_encoded: Option<Vec<u8>>,
    contacts: i64,
}

impl RecordRow {
    pub(super) fn record(self, retention: &Retention) -> Result<CreatorRecord, StoreError> {
        let corrupt = |error: serde_json::Error| corrupt(&self.creator_id, &error);
        let creator: Creator = serde_json::from_str(&self.profile).map_err(corrupt)?;
        let metrics = match (self.measures, self.encoded) {
            (Some(measures), Some(encoded)) => Some(MetricSnapshot {
                measures: read_measures(&measures).map_err(corrupt)?,
                followers: self.followers,
                as_of: self.as_of.map(timestamp),
                encoded,
            }),
            _ => None,
        };
        let scores = match (self.score_facts, self.score_encoded) {
            (Some(facts), Some(encoded)) => Some(scores::read(&facts, encoded).map_err(corrupt)?),
            _ => None,
        };
        let standing = Standing {
            linked_person: self.linked_person,
            has_contact: self.contacts > 0,
            expire_time: retention.expiry(creator.source, creator.observe_time),
        };
        Ok(CreatorRecord {
            creator,
            metrics,
            scores,
            create_time: timestamp(self.create_time),
            update_time: timestamp(self.update_time),
            version: self.version,
            standing,
        })
    }
}

/// The metrics of a creator as they came.
#[derive(Debug, FromRow)]
pub(super) struct MetricsRow {
    pub(super) creator_id: String,
    pub(super) encoded: Vec<u8>,
}

pub(super) fn profile_text(creator: &Creator) -> Result<String, StoreError> {
    serde_json::to_string(creator).map_err(|error| corrupt(creator.id.as_str(), &error))
}

pub(super) fn metrics_row(id: &CreatorId, metrics: &MetricSnapshot, seen: i64) -> Result<Vec<Arg>, StoreError> {
    let measures = measures_text(&metrics.measures).map_err(|error| corrupt(id.as_str(), &error))?;
    Ok(vec![
        id.as_str().into(),
        metrics.followers.into(),
        metrics.as_of.into(),
        measures.into(),
        metrics.encoded.clone().into(),
        seen.into(),
    ])
}

/// Numbers are written as texts: JSON's numbers do not always read back to the last bit.
fn measures_text(measures: &BTreeMap<String, f64>) -> serde_json::Result<String> {
    let texts: BTreeMap<&str, String> = measures.iter().map(|(id, value)| (id.as_str(), value.to_string())).collect();
    serde_json::to_string(&texts)
}

fn read_measures(text: &str) -> serde_json::Result<BTreeMap<String, f64>> {
    let texts: BTreeMap<String, String> = serde_json::from_str(text)?;
    Ok(texts.into_iter().filter_map(|(id, value)| Some((id, value.parse().ok()?))).collect())
}

pub(super) fn corrupt(creator: &str, error: &serde_json::Error) -> StoreError {
    StoreError::Corrupt { creator: creator.to_owned(), cause: error.to_string() }
}
