//! Owns the use cases of contacts. Never how they are sealed.

use creatorscope_domain::CreatorId;
use creatorscope_kit::fault::Violations;
use jiff::Timestamp;

use super::{Service, ServiceError};
use crate::contact::{Contact, ContactDraft, parse_name};

/// A contact as it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactAnswer {
    /// Whose.
    pub id: CreatorId,
    /// What was given, with the addresses that a profile showed.
    pub contact: Contact,
    /// When the first part of it may no longer be kept; none when nothing limits it.
    pub expire_time: Option<Timestamp>,
}

impl Service {
    /// The ways to reach a creator. Errors: `NOT_FOUND`, a key that is missing.
    pub async fn contact(&self, name: &str) -> Result<ContactAnswer, ServiceError> {
        let mut problems = Violations::default();
        let Some(id) = parse_name(&mut problems, "name", name) else { return Err(problems.into()) };
        let kept = self.store.contact(&id).await?;
        let expiry = |contact: &Contact| self.store.expiry(contact.source, contact.observe_time);
        let expire_time = [&kept.given, &kept.found].into_iter().flatten().filter_map(expiry).min();
        let contact = match (kept.given, kept.found) {
            (Some(given), Some(found)) => given.with_those_of(found),
            (Some(contact), None) | (None, Some(contact)) => contact,
            (None, None) => return Err(ServiceError::ContactNotFound(name.to_owned())),
        };
        Ok(ContactAnswer { id, contact, expire_time })
    }

    /// Replaces the ways to reach a creator. Errors: what is wrong with them, `NOT_FOUND`, a key that is missing.
    pub async fn set_contact(&self, draft: &ContactDraft, problems: Violations) -> Result<ContactAnswer, ServiceError> {
        let (id, contact) = Contact::new(draft, problems, self.clock.now())?;
        if !self.store.set_contact(&id, &contact).await? {
            return Err(ServiceError::NotFound(id.name()));
        }
        let expire_time = self.store.expiry(contact.source, contact.observe_time);
        Ok(ContactAnswer { id, contact, expire_time })
    }

    /// Removes the ways to reach a creator. Errors: `NOT_FOUND`.
    pub async fn remove_contact(&self, name: &str, allow_missing: bool) -> Result<(), ServiceError> {
        let mut problems = Violations::default();
        let Some(id) = parse_name(&mut problems, "name", name) else { return Err(problems.into()) };
        let removed = self.store.remove_contact(&id).await?;
        if removed || allow_missing { Ok(()) } else { Err(ServiceError::ContactNotFound(name.to_owned())) }
    }
}
