//! Owns contacts in the tables: sealed, by origin, and sealed anew under another key. Never their rules.

use std::sync::Once;

use creatorscope_domain::{CreatorId, Source};
use creatorscope_kit::{
    db::{Arg, Column, Conflict, Tx, column, json_texts, timestamp},
    seal::{KeyRing, SealError, Sealed},
};
use sqlx::FromRow;
use tracing::warn;

use super::{CHANGED, Store, StoreError};
use crate::{
    contact::{Contact, Content},
    model::Creator,
};

/// The origin of what was given by a call.
const GIVEN: i64 = 1;
/// The origin of what a profile showed.
pub(super) const FOUND: i64 = 2;
/// Contacts that are sealed anew at once.
const BATCH: i64 = 200;

pub(super) const COLUMNS: &[Column] = &[
    column::text("creator_id"),
    column::int("origin"),
    column::int("source"),
    column::int("observe_time"),
    column::text("key_id"),
    column::bytes("sealed"),
];
const SELECT: &str = "SELECT creator_id, origin, source, observe_time, key_id, sealed FROM contacts";

/// What is kept of a contact, by where it came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// By a call.
    pub given: Option<Contact>,
    /// In a profile.
    pub found: Option<Contact>,
}

/// How many contacts are sealed under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// The id of the key.
    pub key_id: String,
    /// 1 and more.
    pub count: i64,
}

#[derive(Debug, FromRow)]
struct ContactRow {
    creator_id: String,
    origin: i64,
    source: i64,
    observe_time: i64,
    key_id: String,
    sealed: Vec<u8>,
}

impl Store {
    fn ring(&self) -> Result<&KeyRing, StoreError> {
        self.keys.as_deref().ok_or(StoreError::NoKeys)
    }

    /// What is kept of a creator's contact and may be shown. Errors: also a key that is missing.
    pub async fn contact(&self, id: &CreatorId) -> Result<Kept, StoreError> {
        let rows: Vec<ContactRow> =
            self.db.fetch(format!("{SELECT} WHERE creator_id = $1"), vec![id.as_str().into()]).await?;
        let mut kept = Kept::default();
        for row in rows {
            let origin = row.origin;
            let contact = row.open(self.ring()?)?;
            if self.retention.is_expired(contact.source, contact.observe_time, self.clock.now()) {
                continue;
            }
            *(if origin == GIVEN { &mut kept.given } else { &mut kept.found }) = Some(contact);
        }
        Ok(kept)
    }

    /// Replaces a creator's contact, also what its profile showed. False when the creator is not known. Errors: also a key
    /// that is missing.
    pub async fn set_contact(&self, id: &CreatorId, contact: &Contact) -> Result<bool, StoreError> {
        let row = seal(self.ring()?, id, GIVEN, contact)?;
        let mut tx = self.begin().await?;
        let key = || vec![Arg::from(id.as_str())];
        let known: Option<(i64,)> =
            tx.fetch_optional("SELECT version FROM creators WHERE creator_id = $1", key()).await?;
        if known.is_none() {
            return Ok(false);
        }
        let before = tx.execute("DELETE FROM contacts WHERE creator_id = $1", key()).await?;
        tx.insert("contacts", COLUMNS, vec![row], Conflict::Fail).await?;
        let flips = (before == 0).then(|| id.as_str().to_owned());
        self.end(tx, flips.into_iter().collect()).await?;
        Ok(true)
    }

    /// Removes a creator's contact. False when there was none.
    pub async fn remove_contact(&self, id: &CreatorId) -> Result<bool, StoreError> {
        let mut tx = self.begin().await?;
        let removed = tx.execute("DELETE FROM contacts WHERE creator_id = $1", vec![id.as_str().into()]).await?;
        if removed == 0 {
            return Ok(false);
        }
        let position = self.touch(&mut tx, vec![id.as_str().to_owned()], CHANGED).await?;
        self.mark_erased(&mut tx, position).await?;
        tx.commit().await?;
        self.log.published(position);
        Ok(true)
    }

    async fn end(&self, mut tx: Tx, changed: Vec<String>) -> Result<(), StoreError> {
        let position = self.touch(&mut tx, changed, CHANGED).await?;
        tx.commit().await?;
        self.log.published(position);
        Ok(())
    }

    /// The row of addresses that a profile showed; none without keys, which is told once.
    pub(super) fn found_row(&self, creator: &Creator, emails: &[String]) -> Result<Option<Vec<Arg>>, StoreError> {
        static TOLD: Once = Once::new();
        let Some(ring) = self.keys.as_deref() else {
            TOLD.call_once(|| {
                warn!("addresses in profiles are taken out and not kept: there are no keys for contacts");
            });
            return Ok(None);
        };
        let contact = Contact {
            emails: emails.to_vec(),
            agency: String::new(),
            links: Vec::new(),
            source: creator.source,
            observe_time: creator.observe_time,
        };
        seal(ring, &creator.id, FOUND, &contact).map(Some)
    }

    /// Under which keys contacts are sealed.
    pub async fn key_uses(&self) -> Result<Vec<KeyUse>, StoreError> {
        const USES: &str = "SELECT key_id, COUNT(*) FROM contacts GROUP BY key_id ORDER BY key_id";
        let rows: Vec<(String, i64)> = self.db.fetch(USES, vec![]).await?;
        Ok(rows.into_iter().map(|(key_id, count)| KeyUse { key_id, count }).collect())
    }

    /// Seals contacts of older keys under the first key, a part of them, in the order of creators behind `after`. Answers with
    /// the last creator and how many were sealed anew; none at the end. What does not open stays and is told.
    pub async fn seal_again(&self, after: &str) -> Result<Option<(String, usize)>, StoreError> {
        let ring = self.ring()?;
        let mut tx = self.begin().await?;
        let known = json_texts(ring.ids().filter(|id| *id != ring.sealing_id()));
        let in_known = self.in_ids();
        let sql = format!("{SELECT} WHERE key_id {in_known} AND creator_id > $2 ORDER BY creator_id, origin LIMIT $3");
        let rows: Vec<ContactRow> = tx.fetch(sql, vec![known, after.into(), BATCH.into()]).await?;
        // The second row of the last creator may be behind the limit: it comes with the next part.
        let whole = rows.len() as i64 == BATCH
            && rows.first().map(|row| &row.creator_id) != rows.last().map(|row| &row.creator_id);
        let Some(last) = rows.last().map(|row| row.creator_id.clone()) else { return Ok(None) };
        let mut end = String::new();
        let mut anew = Vec::new();
        for row in rows {
            if whole && row.creator_id == last {
                break;
            }
            end.clone_from(&row.creator_id);
            let (creator, origin) = (row.creator_id.clone(), row.origin);
            let id = creator_id(&creator)?;
            match row.open(ring) {
                Ok(contact) => anew.push(seal(ring, &id, origin, &contact)?),
                Err(error) => warn!(creator, %error, "a contact cannot be sealed under the new key and stays as it is"),
            }
        }
        let count = anew.len();
        tx.insert("contacts", COLUMNS, anew, Conflict::Replace { key: &["creator_id", "origin"] }).await?;
        tx.commit().await?;
        Ok(Some((end, count)))
    }
}

impl ContactRow {
    fn open(self, ring: &KeyRing) -> Result<Contact, StoreError> {
        let sealed = Sealed { key_id: self.key_id, bytes: self.sealed };
        let opened = ring.open(&sealed, &owner(&self.creator_id, self.origin));
        let plain = opened.map_err(|cause| StoreError::Seal { creator: self.creator_id.clone(), cause })?;
        let broken =
            || StoreError::Seal { creator: self.creator_id.clone(), cause: SealError::Broken(sealed.key_id.clone()) };
        // The cause could repeat a part of the content.
        let content: Content = serde_json::from_slice(&plain).map_err(|_| broken())?;
        let source = i32::try_from(self.source).ok().and_then(Source::from_number).ok_or_else(broken)?;
        let Content { emails, agency, links } = content;
        Ok(Contact { emails, agency, links, source, observe_time: timestamp(self.observe_time) })
    }
}

fn creator_id(text: &str) -> Result<CreatorId, StoreError> {
    let corrupt = |error: creatorscope_domain::NameError| StoreError::Corrupt {
        creator: text.to_owned(),
        cause: error.to_string(),
    };
    CreatorId::parse(text).map_err(corrupt)
}

fn owner(creator: &str, origin: i64) -> Vec<u8> {
    format!("{creator} {origin}").into_bytes()
}

fn seal(ring: &KeyRing, id: &CreatorId, origin: i64, contact: &Contact) -> Result<Vec<Arg>, StoreError> {
    let content =
        Content { emails: contact.emails.clone(), agency: contact.agency.clone(), links: contact.links.clone() };
    let plain = serde_json::to_vec(&content)
        .map_err(|error| StoreError::Corrupt { creator: id.as_str().to_owned(), cause: error.to_string() })?;
    let sealed = ring
        .seal(&plain, &owner(id.as_str(), origin))
        .map_err(|cause| StoreError::Seal { creator: id.as_str().to_owned(), cause })?;
    Ok(vec![
        id.as_str().into(),
        origin.into(),
        contact.source.number().into(),
        contact.observe_time.into(),
        sealed.key_id.into(),
        sealed.bytes.into(),
    ])
}
