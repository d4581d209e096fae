//! Owns the table of what discovery tells of creators. Never what a cohort is.

use std::collections::HashMap;

use creatorscope_kit::db::{Arg, Column, Conflict, DbError, column, json_texts};

use super::{
    Store,
    computed::{Place, put_place},
};
use crate::cohort::Traits;

const COLUMNS: [Column; 5] = [
    column::text("creator_id"),
    column::text("country"),
    column::text("niches"),
    column::text("languages"),
    column::int("snapshot"),
];

/// A creator's traits as they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraitsRow {
    /// Whose they are.
    pub creator_id: String,
    /// The traits; none when the creator was removed.
    pub traits: Option<Traits>,
}

type Row = (String, String, String, String, i64);

impl Store {
    /// The traits of the creators from one key to another, both included, in the order of keys. Errors: the database's.
    pub async fn traits_between(&self, first: &str, last: &str) -> Result<Vec<(String, Traits)>, DbError> {
        const READ: &str = "SELECT creator_id, country, niches, languages, snapshot FROM traits \
             WHERE creator_id >= $1 AND creator_id <= $2 ORDER BY creator_id";
        let rows: Vec<Row> = self.db.fetch(READ, vec![first.into(), last.into()]).await?;
        Ok(rows.into_iter().map(|row| (row.0.clone(), traits(&row))).collect())
    }

    /// Stores traits that differ from those stored, removes those of creators that are gone, and notes the job's place. The
    /// place's position is the number of the last snapshot. With `ends_snapshot` who was not in it is removed. A creator
    /// stands in `rows` once. Errors: the database's; then nothing is stored.
    pub async fn keep_traits(
        &self,
        rows: Vec<TraitsRow>,
        job: &str,
        place: &Place,
        ends_snapshot: bool,
    ) -> Result<(), DbError> {
        let mut tx = self.db.begin().await?;
        let among = tx.engine().in_texts("$1");
        let sql = format!(
            "SELECT creator_id, country, niches, languages, snapshot FROM traits WHERE creator_id {among} \
             ORDER BY creator_id"
        );
        let ids = json_texts(rows.iter().map(|row| row.creator_id.as_str()));
        let stored: Vec<Row> = tx.fetch(sql, vec![ids]).await?;
        let stored: HashMap<String, Row> = stored.into_iter().map(|row| (row.0.clone(), row)).collect();
        let mut differing = Vec::new();
        let mut gone = Vec::new();
        for TraitsRow { creator_id, traits } in rows {
            let Some(traits) = traits else {
                gone.push(creator_id);
                continue;
            };
            let texts = |texts: Vec<String>| serde_json::Value::from(texts).to_string();
            let row: Row = (creator_id, traits.country, texts(traits.niches), texts(traits.languages), place.position);
            if stored.get(&row.0) != Some(&row) {
                differing.push(args(row));
            }
        }
        tx.insert("traits", &COLUMNS, differing, Conflict::Replace { key: &["creator_id"] }).await?;
        if !gone.is_empty() {
            let sql = format!("DELETE FROM traits WHERE creator_id {among}");
            tx.execute(sql, vec![json_texts(gone.iter().map(String::as_str))]).await?;
        }
        if ends_snapshot {
            tx.execute("DELETE FROM traits WHERE snapshot < $1", vec![place.position.into()]).await?;
        }
        put_place(&mut tx, job, place).await?;
        tx.commit().await
    }
}

fn args((creator_id, country, niches, languages, snapshot): Row) -> Vec<Arg> {
    vec![creator_id.into(), country.into(), niches.into(), languages.into(), snapshot.into()]
}

/// Only texts that were written here are read.
fn traits((_, country, niches, languages, _): &Row) -> Traits {
    let texts = |json: &str| serde_json::from_str(json).unwrap_or_default();
    Traits { country: country.clone(), niches: texts(niches), languages: texts(languages) }
}
