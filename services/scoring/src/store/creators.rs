//! Owns which creators are known, in pages. Never what is known of them.

use creatorscope_domain::{CreatorId, Platform};
use creatorscope_kit::db::{Arg, DbError, json_texts, timestamp};
use jiff::Timestamp;

use super::Store;

/// Which creators a reader asks for; empty lists ask for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreatorFilter {
    /// Only these.
    pub creators: Vec<CreatorId>,
    /// Only on these platforms.
    pub platforms: Vec<Platform>,
}

impl CreatorFilter {
    /// Whether a creator is asked for.
    pub fn holds(&self, creator: &CreatorId) -> bool {
        (self.creators.is_empty() || self.creators.contains(creator))
            && (self.platforms.is_empty() || self.platforms.contains(&creator.platform()))
    }
}

/// A creator of whom comments are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatorState {
    /// Who.
    pub creator: CreatorId,
    /// Position of the last change.
    pub version: i64,
}

impl Store {
    /// The creators behind a key, in the order of keys, up to `limit`. Errors: the database's.
    pub async fn creators_after(
        &self,
        after: Option<&str>,
        limit: usize,
        filter: &CreatorFilter,
    ) -> Result<Vec<CreatorState>, DbError> {
        let mut sql = "SELECT creator_id, version FROM creators WHERE creator_id > $1".to_owned();
        let mut args = vec![Arg::from(after.unwrap_or_default())];
        if !filter.platforms.is_empty() {
            let numbers: Vec<String> = filter.platforms.iter().map(|platform| platform.number().to_string()).collect();
            sql += &format!(" AND platform IN ({})", numbers.join(", "));
        }
        if !filter.creators.is_empty() {
            sql += &format!(" AND creator_id {}", self.db.engine().in_texts("$2"));
            args.push(json_texts(filter.creators.iter().map(CreatorId::as_str)));
        }
        sql += &format!(" ORDER BY creator_id LIMIT {limit}");
        let rows: Vec<(String, i64)> = self.db.fetch(sql, args).await?;
        let state = |(creator, version): (String, i64)| {
            CreatorId::parse(&creator).ok().map(|creator| CreatorState { creator, version })
        };
        Ok(rows.into_iter().filter_map(state).collect())
    }

    /// The version of a creator and its last reading; none when nothing is known. Errors: the database's.
    pub async fn state(&self, creator: &CreatorId) -> Result<Option<(i64, Timestamp)>, DbError> {
        let sql = "SELECT version, as_of FROM creators WHERE creator_id = $1";
        let found: Option<(i64, i64)> = self.db.fetch_optional(sql, vec![creator.as_str().into()]).await?;
        Ok(found.map(|(version, as_of)| (version, timestamp(as_of))))
    }
}
