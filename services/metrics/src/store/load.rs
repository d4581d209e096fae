//! Owns reading: which creators there are and everything known about some of them, with few statements for many creators.
//! Never a computation.

use creatorscope_domain::{CreatorId, Platform, Tier};
use creatorscope_kit::db::{Arg, DbError, Engine, json_texts};

use super::{Store, packed};
use crate::model::CreatorHistory;

/// Which creators are meant. Empty lists restrict nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreatorFilter {
    /// These creators.
    pub creators: Vec<CreatorId>,
    /// Creators on these platforms.
    pub platforms: Vec<Platform>,
    /// Creators of these tiers by their last known followers.
    pub tiers: Vec<Tier>,
}

impl CreatorFilter {
    /// Whether the creator can ever be among those meant: neither its id nor its platform changes.
    pub fn may_hold(&self, creator: &CreatorId) -> bool {
        (self.creators.is_empty() || self.creators.contains(creator))
            && (self.platforms.is_empty() || self.platforms.contains(&creator.platform()))
    }

    /// Whether an account with so many followers is among those meant.
    pub fn holds_followers(&self, followers: Option<i64>) -> bool {
        self.tiers.is_empty() || followers.is_some_and(|followers| self.tiers.contains(&Tier::of(followers)))
    }
}

/// A creator and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatorState {
    /// Which creator.
    pub creator: CreatorId,
    /// Differs after every change.
    pub version: i64,
    /// The last known followers; none when hidden or never reported.
    pub followers: Option<i64>,
}

type StateRow = (String, i64, Option<i64>);

impl Store {
    /// The creators behind a key in the order of keys, at most `limit`. Errors: the database's.
    pub async fn creators_after(
        &self,
        after: Option<&str>,
        limit: usize,
        filter: &CreatorFilter,
    ) -> Result<Vec<CreatorState>, DbError> {
        let mut sql = String::from("SELECT creator_id, version, followers FROM creators WHERE creator_id > $1");
        let mut args = vec![Arg::from(after.unwrap_or("")), Arg::from(limit as i64)];
        sql += &conditions(filter, self.db.engine(), &mut args);
        sql += " ORDER BY creator_id LIMIT $2";
        Ok(states(self.db.fetch(sql, args).await?))
    }

    /// The creators among those given of whom something is known, in the order of keys. Errors: the database's.
    pub async fn creator_states(&self, creators: &[CreatorId]) -> Result<Vec<CreatorState>, DbError> {
        let sql = format!(
            "SELECT creator_id, version, followers FROM creators WHERE creator_id {} ORDER BY creator_id",
            self.db.engine().in_texts("$1")
        );
        Ok(states(self.db.fetch(sql, vec![json_texts(creators.iter().map(CreatorId::as_str))]).await?))
    }

    /// Everything known about the creators given that may still be shown, in the order of keys; who is not known is left
    /// out. One statement, however many creators. Errors: the database's.
    pub async fn histories(&self, creators: &[CreatorId]) -> Result<Vec<CreatorHistory>, DbError> {
        let sql = packed::select(&self.db.engine().in_texts("$1"));
        let wanted = vec![json_texts(creators.iter().map(CreatorId::as_str))];
        let rows: Vec<packed::PackedRow> = self.db.fetch(sql, wanted).await?;
        let now = self.clock.now();
        let histories = rows.into_iter().filter_map(packed::history);
        Ok(histories.map(|history| history.unexpired(self.retention, now)).collect())
    }
}

/// Only checked ids are stored, so that every row reads back.
fn states(rows: Vec<StateRow>) -> Vec<CreatorState> {
    let read = |(id, version, followers): StateRow| {
        CreatorId::parse(&id).ok().map(|creator| CreatorState { creator, version, followers })
    };
    rows.into_iter().filter_map(read).collect()
}

/// The conditions of a filter, each with ` AND ` before it; their arguments are added behind those that are there.
pub(super) fn conditions(filter: &CreatorFilter, engine: Engine, args: &mut Vec<Arg>) -> String {
    let mut sql = String::new();
    if !filter.creators.is_empty() {
        args.push(json_texts(filter.creators.iter().map(CreatorId::as_str)));
        sql += &format!(" AND creator_id {}", engine.in_texts(&format!("${}", args.len())));
    }
    if !filter.platforms.is_empty() {
        let numbers: Vec<String> = filter.platforms.iter().map(|platform| platform.number().to_string()).collect();
        sql += &format!(" AND platform IN ({})", numbers.join(", "));
    }
    if !filter.tiers.is_empty() {
        let ranges: Vec<String> = filter.tiers.iter().map(|tier| followers_range(*tier)).collect();
        sql += &format!(" AND ({})", ranges.join(" OR "));
    }
    sql
}

/// The condition that [`Tier::of`] answers with the tier.
fn followers_range(tier: Tier) -> String {
    match tier {
        Tier::None => "followers < 1000".into(),
        Tier::Nano => "(followers >= 1000 AND followers < 10000)".into(),
        Tier::Micro => "(followers >= 10000 AND followers < 100000)".into(),
        Tier::Macro => "(followers >= 100000 AND followers < 1000000)".into(),
        Tier::Mega => "followers >= 1000000".into(),
    }
}
