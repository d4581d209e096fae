//! Owns persons in the tables: who is linked to whom, by which way, and what speaks for more links. Never how certain that is.

use std::collections::HashSet;

use creatorscope_domain::{CreatorId, Source};
use creatorscope_kit::db::{Arg, Column, Conflict, column, json_texts, timestamp};
use thiserror::Error;

use super::{CHANGED, Store, StoreError};
use crate::links;

/// The most accounts of a person that are answered.
const MAX_ACCOUNTS: i64 = 1_000;
/// A page that more profiles show is nobody's own.
const MAX_OWNERS: i64 = 10;
/// The most accounts that are looked at for one proposal.
const MAX_TRACES: i64 = 500;

const COLUMNS: &[Column] = &[column::text("creator_id"), column::text("person"), column::int("at")];

/// An account of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// `{platform}:{platform_id}`.
    pub creator: String,
    /// Linked by a call, else by its profile.
    pub by_call: bool,
}

/// Why accounts are not linked or unlinked.
#[derive(Debug, Error)]
pub enum PersonError {
    /// An account is not known, or not linked to the person.
    #[error("{0}")]
    Missing(String),
    /// The tables.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A link in a profile that speaks for two accounts being of one person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sign {
    /// The other account.
    pub other: String,
    /// Whose profile shows the link.
    pub shown_by: String,
    /// The link as it is shown.
    pub link: String,
}

/// What the links in profiles tell of one account.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// Its profile links to another account.
    pub outgoing: Vec<Sign>,
    /// Another profile links to it.
    pub incoming: Vec<Sign>,
    /// Both profiles link to the same page; one entry for each profile.
    pub shared: Vec<Sign>,
}

impl Store {
    /// The accounts of a person that may be shown, ordered by their ids; at most 1 000.
    pub async fn person(&self, person: &str) -> Result<Vec<Account>, StoreError> {
        const READ: &str = "SELECT c.creator_id, c.source, c.observe_time, CAST(1 AS BIGINT) AS by_call \
             FROM person_links p JOIN creators c ON c.creator_id = p.creator_id WHERE p.person = $1 \
             UNION ALL SELECT c.creator_id, c.source, c.observe_time, CAST(0 AS BIGINT) AS by_call \
             FROM creators c LEFT JOIN person_links p ON p.creator_id = c.creator_id \
             WHERE c.person = $1 AND c.person <> '' AND p.creator_id IS NULL ORDER BY 1 LIMIT $2";
        let rows: Vec<(String, i64, i64, i64)> = self.db.fetch(READ, vec![person.into(), MAX_ACCOUNTS.into()]).await?;
        let now = self.clock.now();
        let shown = rows.into_iter().filter(|(_, source, read, _)| {
            let source = i32::try_from(*source).ok().and_then(Source::from_number);
            source.is_none_or(|source| !self.retention.is_expired(source, timestamp(*read), now))
        });
        Ok(shown.map(|(creator, .., by_call)| Account { creator, by_call: by_call == 1 }).collect())
    }

    /// Links accounts to a person; they leave the one before. Answers with the position in the log. Errors: accounts that are
    /// not known; then nothing is linked.
    pub async fn link(&self, person: &str, ids: &[CreatorId]) -> Result<i64, PersonError> {
        let mut tx = self.begin().await.map_err(StoreError::from)?;
        let sql = format!(
            "SELECT c.creator_id, p.person FROM creators c LEFT JOIN person_links p ON p.creator_id = c.creator_id \
             WHERE c.creator_id {}",
            self.in_ids()
        );
        let rows: Vec<(String, Option<String>)> =
            tx.fetch(sql, vec![json_texts(ids.iter().map(CreatorId::as_str))]).await.map_err(StoreError::from)?;
        let known: HashSet<&str> = rows.iter().map(|(id, _)| id.as_str()).collect();
        if let Some(missing) = ids.iter().find(|id| !known.contains(id.as_str())) {
            return Err(PersonError::Missing(missing.name()));
        }
        let changed: Vec<String> =
            rows.into_iter().filter(|(_, linked)| linked.as_deref() != Some(person)).map(|(id, _)| id).collect();
        let now = self.clock.now();
        let links = changed.iter().map(|id| vec![Arg::from(id.as_str()), person.into(), now.into()]).collect();
        tx.insert("person_links", COLUMNS, links, Conflict::Replace { key: &["creator_id"] })
            .await
            .map_err(StoreError::from)?;
        let position = self.touch(&mut tx, changed, CHANGED).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.log.published(position);
        Ok(position)
    }

    /// Undoes links that were made by a call. Answers with the position in the log. Errors: accounts that are not linked to
    /// the person by one; then nothing is undone.
    pub async fn unlink(&self, person: &str, ids: &[CreatorId]) -> Result<i64, PersonError> {
        let mut tx = self.begin().await.map_err(StoreError::from)?;
        let sql =
            format!("DELETE FROM person_links WHERE creator_id {} AND person = $2 RETURNING creator_id", self.in_ids());
        let args = vec![json_texts(ids.iter().map(CreatorId::as_str)), person.into()];
        let rows: Vec<(String,)> = tx.fetch(sql, args).await.map_err(StoreError::from)?;
        let undone: HashSet<&str> = rows.iter().map(|(id,)| id.as_str()).collect();
        if let Some(missing) = ids.iter().find(|id| !undone.contains(id.as_str())) {
            return Err(PersonError::Missing(missing.name()));
        }
        let changed = rows.into_iter().map(|(id,)| id).collect();
        let position = self.touch(&mut tx, changed, CHANGED).await?;
        tx.commit().await.map_err(StoreError::from)?;
        self.log.published(position);
        Ok(position)
    }

    /// What the links in profiles tell of an account; bounded.
    pub async fn traces(&self, id: &CreatorId) -> Result<Traces, StoreError> {
        const LINKS: &str = "SELECT target, link FROM account_links WHERE creator_id = $1 ORDER BY target";
        const INCOMING: &str = "SELECT l.creator_id, l.link FROM account_keys k \
             JOIN account_links l ON l.target = k.target WHERE k.creator_id = $1 AND l.creator_id <> $1 \
             ORDER BY l.creator_id, l.link LIMIT $2";
        const OUTGOING: &str = "SELECT k.creator_id, l.link FROM account_links l \
             JOIN account_keys k ON k.target = l.target WHERE l.creator_id = $1 AND k.creator_id <> $1 \
             ORDER BY k.creator_id, l.link LIMIT $2";
        const OWNERS: &str = "SELECT creator_id, link FROM account_links WHERE target = $1 AND creator_id <> $2 ORDER BY creator_id LIMIT $3";
        let me = id.as_str();
        let bounded = || vec![Arg::from(me), MAX_TRACES.into()];
        let mut traces = Traces::default();
        let outgoing: Vec<(String, String)> = self.db.fetch(OUTGOING, bounded()).await?;
        traces.outgoing.extend(outgoing.into_iter().map(|(other, link)| Sign { other, shown_by: me.to_owned(), link }));
        let incoming: Vec<(String, String)> = self.db.fetch(INCOMING, bounded()).await?;
        traces.incoming.extend(incoming.into_iter().map(|(other, link)| Sign { shown_by: other.clone(), other, link }));
        let own: Vec<(String, String)> = self.db.fetch(LINKS, vec![me.into()]).await?;
        for (target, link) in own.into_iter().filter(|(target, _)| links::is_page(target)) {
            let args = vec![target.into(), me.into(), MAX_OWNERS.into()];
            let others: Vec<(String, String)> = self.db.fetch(OWNERS, args).await?;
            if others.len() as i64 >= MAX_OWNERS {
                continue;
            }
            for (other, theirs) in others {
                traces.shared.push(Sign { other: other.clone(), shown_by: me.to_owned(), link: link.clone() });
                traces.shared.push(Sign { shown_by: other.clone(), other, link: theirs });
            }
        }
        Ok(traces)
    }
}
