//! Owns what is derived of profiles for look-ups, in the transaction of the profiles: keys and targets of links, addresses that
//! were found. Never the profiles.

use std::collections::HashMap;

use creatorscope_kit::db::{Column, Conflict, Tx, column, json_texts};

use super::{CHANGED, CREATORS, RECORD, RecordRow, Store, StoreError, contacts, creator_row};
use crate::{
    contact::address,
    links,
    model::{Creator, CreatorRecord},
};

/// Raised whenever something else is derived; rows of an older version are derived anew.
pub(super) const VERSION: i64 = 1;
/// Profiles that are derived anew at once.
const BATCH: i64 = 500;

const KEYS: &[Column] = &[column::text("creator_id"), column::text("target")];
const LINKS: &[Column] = &[column::text("creator_id"), column::text("target"), column::text("link")];

/// Addresses that were found in profiles, by the places of the profiles in their batch.
pub type Found = HashMap<usize, Vec<String>>;

impl Store {
    /// Replaces what is derived of these profiles.
    pub(super) async fn derive<'a>(
        &self,
        tx: &mut Tx,
        profiles: impl Iterator<Item = (&'a Creator, Option<&'a Vec<String>>)>,
    ) -> Result<(), StoreError> {
        let profiles: Vec<_> = profiles.collect();
        if profiles.is_empty() {
            return Ok(());
        }
        let ids = json_texts(profiles.iter().map(|(creator, _)| creator.id.as_str()));
        for table in ["account_keys", "account_links"] {
            let sql = format!("DELETE FROM {table} WHERE creator_id {}", self.in_ids());
            tx.execute(sql, vec![ids.clone()]).await?;
        }
        let (mut keys, mut targets) = (Vec::new(), Vec::new());
        for (creator, _) in &profiles {
            let id = creator.id.as_str();
            for key in links::keys(&creator.id, &creator.handle) {
                keys.push(vec![id.into(), key.into()]);
            }
            for link in &creator.links {
                let Some(target) = links::target(link) else { continue };
                targets.push(vec![id.into(), target.into(), link.as_str().into()]);
            }
        }
        tx.insert("account_keys", KEYS, keys, Conflict::Ignore).await?;
        tx.insert("account_links", LINKS, targets, Conflict::Ignore).await?;
        self.replace_found(tx, ids, &profiles).await
    }

    /// Derives anew what an older program has stored, a part of it, and answers with how many profiles were looked at; 0 when
    /// all are up to date. Addresses in their bios are taken out.
    pub async fn derive_again(&self) -> Result<usize, StoreError> {
        let mut tx = self.begin().await?;
        let sql = format!("{RECORD} WHERE c.derived < {VERSION} ORDER BY c.creator_id LIMIT $1");
        let rows: Vec<RecordRow> = tx.fetch(sql, vec![BATCH.into()]).await?;
        let mut records = self.records(rows)?;
        let mut found = Found::new();
        let mut changed = Vec::new();
        for (place, record) in records.iter_mut().enumerate() {
            let addresses = take_addresses(&mut record.creator);
            if addresses.is_empty() {
                continue;
            }
            found.insert(place, addresses);
            record.version += 1;
            record.update_time = self.clock.now();
            changed.push(record.creator.id.as_str().to_owned());
        }
        let rows: Result<Vec<_>, _> = records.iter().map(creator_row).collect();
        tx.insert("creators", CREATORS, rows?, Conflict::Replace { key: &["creator_id"] }).await?;
        let profiles = records.iter().map(|record: &CreatorRecord| &record.creator);
        self.derive(&mut tx, profiles.enumerate().map(|(place, creator)| (creator, found.get(&place)))).await?;
        let position = self.append(&mut tx, changed.iter().map(String::as_str), CHANGED).await?;
        tx.commit().await?;
        self.log.published(position);
        Ok(records.len())
    }

    /// Keeps the addresses that these profiles show, in place of those that they showed before.
    async fn replace_found(
        &self,
        tx: &mut Tx,
        ids: creatorscope_kit::db::Arg,
        profiles: &[(&Creator, Option<&Vec<String>>)],
    ) -> Result<(), StoreError> {
        let sql = format!("DELETE FROM contacts WHERE creator_id {} AND origin = {}", self.in_ids(), contacts::FOUND);
        tx.execute(sql, vec![ids]).await?;
        let mut rows = Vec::new();
        for (creator, found) in profiles {
            let Some(emails) = found.filter(|found| !found.is_empty()) else { continue };
            rows.extend(self.found_row(creator, emails)?);
        }
        tx.insert("contacts", contacts::COLUMNS, rows, Conflict::Fail).await?;
        Ok(())
    }
}

/// Takes the addresses out of a profile: those in the bio, and links that are addresses.
pub(crate) fn take_addresses(creator: &mut Creator) -> Vec<String> {
    let (bio, mut found) = address::take_out(&creator.bio);
    creator.bio = bio;
    creator.links.retain(|link| {
        let is_mail = link.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
        if is_mail {
            found.extend(address::take_out(&link[7..]).1);
        }
        !is_mail
    });
    found.sort_by_key(|address| address.to_lowercase());
    found.dedup_by(|next, before| next.eq_ignore_ascii_case(before));
    found.truncate(crate::contact::MAX_ITEMS);
    found
}
