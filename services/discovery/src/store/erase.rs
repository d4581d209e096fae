//! Owns removing creators from the tables: by a call, and when they have expired. Never from the index.

use creatorscope_domain::CreatorId;
use creatorscope_kit::db::{Arg, Tx, json_texts};

use super::{CHANGED, REMOVED, Store, StoreError};

/// Everything about a creator that is this service's own.
const TABLES: [&str; 5] = ["creators", "account_keys", "account_links", "contacts", "creator_vectors"];

/// What was removed with a creator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removal {
    /// Whether there was a profile.
    pub had_profile: bool,
    /// Whether there was a contact.
    pub had_contact: bool,
    /// Whether it was linked to a person by a call.
    pub had_person_link: bool,
    /// Entries of the log that named it, 0 and more.
    pub changes: u64,
    /// The position of the removal in the log.
    pub position: i64,
}

impl Store {
    /// Removes a creator with its metrics, scores, contact and links and its past in the log.
    pub async fn remove(&self, id: &CreatorId) -> Result<Removal, StoreError> {
        let key = || vec![Arg::from(id.as_str())];
        let mut tx = self.begin().await?;
        let mut removal = Removal::default();
        for table in TABLES {
            let removed = tx.execute(format!("DELETE FROM {table} WHERE creator_id = $1"), key()).await?;
            match table {
                "creators" => removal.had_profile = removed > 0,
                "contacts" => removal.had_contact = removed > 0,
                _ => {}
            }
        }
        removal.had_person_link = tx.execute("DELETE FROM person_links WHERE creator_id = $1", key()).await? > 0;
        tx.execute("DELETE FROM creator_metrics WHERE creator_id = $1", key()).await?;
        tx.execute("DELETE FROM creator_scores WHERE creator_id = $1", key()).await?;
        removal.changes = self.log.forget(&mut tx, id.as_str()).await?;
        let removed = removal.had_profile.then_some(id.as_str());
        removal.position = self.append(&mut tx, removed.into_iter(), REMOVED).await?;
        self.mark_erased(&mut tx, removal.position).await?;
        tx.commit().await?;
        self.log.published(removal.position);
        Ok(removal)
    }

    /// Removes profiles and contacts that have expired, at most about `limit`, and answers with how many; 0 when none is left.
    pub async fn remove_expired(&self, limit: usize) -> Result<usize, StoreError> {
        const PROFILES: &str = "SELECT creator_id FROM creators WHERE source = $1 AND observe_time <= $2 AND derived > 0 \
             ORDER BY observe_time LIMIT $3";
        const CONTACTS: &str =
            "SELECT creator_id FROM contacts WHERE source = $1 AND observe_time <= $2 ORDER BY observe_time LIMIT $3";
        let mut count = 0;
        for (source, horizon) in self.retention.horizons(self.clock.now()) {
            let args = || vec![source.number().into(), horizon.into(), (limit as i64).into()];
            let mut tx = self.begin().await?;
            let profiles: Vec<(String,)> = tx.fetch(PROFILES, args()).await?;
            let profiles: Vec<String> = profiles.into_iter().map(|(id,)| id).collect();
            for table in TABLES.into_iter().chain(["person_links"]) {
                self.remove_all(&mut tx, table, &profiles).await?;
            }
            let contacts: Vec<(String,)> = tx.fetch(CONTACTS, args()).await?;
            let contacts: Vec<String> = contacts.into_iter().map(|(id,)| id).collect();
            if profiles.is_empty() && contacts.is_empty() {
                continue;
            }
            if !contacts.is_empty() {
                let sql = format!(
                    "DELETE FROM contacts WHERE creator_id {} AND source = $2 AND observe_time <= $3",
                    self.in_ids()
                );
                let ids = json_texts(contacts.iter().map(String::as_str));
                tx.execute(sql, vec![ids, source.number().into(), horizon.into()]).await?;
            }
            count += profiles.len() + contacts.len();
            self.touch(&mut tx, contacts, CHANGED).await?;
            let position = self.append(&mut tx, profiles.iter().map(String::as_str), REMOVED).await?;
            self.mark_erased(&mut tx, position).await?;
            tx.commit().await?;
            self.log.published(position);
        }
        Ok(count)
    }

    async fn remove_all(&self, tx: &mut Tx, table: &str, ids: &[String]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let sql = format!("DELETE FROM {table} WHERE creator_id {}", self.in_ids());
        tx.execute(sql, vec![json_texts(ids.iter().map(String::as_str))]).await?;
        Ok(())
    }

    /// Notes that what was removed up to a position may still lie on the disk.
    pub(super) async fn mark_erased(&self, tx: &mut Tx, position: i64) -> Result<(), StoreError> {
        const MARK: &str =
            "INSERT INTO erased (id, position) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET position = $1";
        tx.execute(MARK, vec![position.into()]).await?;
        Ok(())
    }

    /// The position of the newest erasure in the log; 0 when there never was one.
    pub async fn erased(&self) -> Result<i64, StoreError> {
        let row: Option<(i64,)> = self.db.fetch_optional("SELECT position FROM erased WHERE id = 1", vec![]).await?;
        Ok(row.map_or(0, |(position,)| position))
    }

    /// Lets what was removed go from the files of the database. False when it must be tried again.
    pub async fn scrub(&self) -> Result<bool, StoreError> {
        Ok(self.db.scrub().await?)
    }
}
