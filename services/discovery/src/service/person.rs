//! Owns the use cases of persons. Never what makes a proposal certain.

use std::collections::HashMap;

use creatorscope_domain::CreatorId;
use creatorscope_kit::{fault::Violations, token::Token};

use super::{Service, ServiceError, parse_name};
use crate::{
    model::is_person,
    progress::SERVICE,
    proposals::{MAX_PROPOSALS, Proposal, proposals},
    store::{Account, PersonError},
};

/// The most accounts of one call.
const MAX_ACCOUNTS: usize = 100;

impl Service {
    /// The accounts of a person. Errors: `NOT_FOUND` when there is none.
    pub async fn person(&self, name: &str) -> Result<Vec<Account>, ServiceError> {
        let mut problems = Violations::default();
        check_person(&mut problems, name);
        problems.check()?;
        let accounts = self.store.person(name).await?;
        if accounts.is_empty() { Err(ServiceError::PersonNotFound(name.to_owned())) } else { Ok(accounts) }
    }

    /// Links accounts to a person. Answers with its accounts and the place in the log. Errors: `NOT_FOUND`.
    pub async fn link(&self, name: &str, creators: &[String]) -> Result<(Vec<Account>, Token), ServiceError> {
        let ids = accounts(name, creators)?;
        let linked = self.store.link(name, &ids).await;
        let position = linked.map_err(|error| match error {
            PersonError::Missing(creator) => ServiceError::NotFound(creator),
            PersonError::Store(error) => error.into(),
        })?;
        Ok((self.store.person(name).await?, Token::new(SERVICE, position)))
    }

    /// Undoes links. Answers with the person's accounts and the place in the log. Errors: `NOT_FOUND`.
    pub async fn unlink(&self, name: &str, creators: &[String]) -> Result<(Vec<Account>, Token), ServiceError> {
        let ids = accounts(name, creators)?;
        let unlinked = self.store.unlink(name, &ids).await;
        let position = unlinked.map_err(|error| match error {
            PersonError::Missing(creator) => ServiceError::NotLinked { creator, person: name.to_owned() },
            PersonError::Store(error) => error.into(),
        })?;
        Ok((self.store.person(name).await?, Token::new(SERVICE, position)))
    }

    /// Accounts that could be of the same person as one, the most certain first, with the person that each is linked to.
    /// Errors: `NOT_FOUND`.
    pub async fn proposals(&self, name: &str) -> Result<Vec<(Proposal, String)>, ServiceError> {
        let record = self.creator(name, Violations::default()).await?;
        let id = &record.creator.id;
        let mut proposed = proposals(id.as_str(), self.store.traces(id).await?);
        let known = self.store.creators(proposed.iter().map(|proposal| proposal.other.as_str())).await?;
        let persons: HashMap<&str, &str> =
            known.iter().map(|record| (record.creator.id.as_str(), record.person())).collect();
        // Who is of the same person already needs no proposal.
        let is_new =
            |other: &str| persons.get(other).is_some_and(|person| person.is_empty() || *person != record.person());
        proposed.retain(|proposal| is_new(&proposal.other));
        proposed.truncate(MAX_PROPOSALS);
        let with_person = proposed.into_iter().map(|proposal| {
            let person = persons.get(proposal.other.as_str()).copied().unwrap_or_default().to_owned();
            (proposal, person)
        });
        Ok(with_person.collect())
    }
}

fn check_person(problems: &mut Violations, name: &str) {
    if !is_person(name) {
        problems.add("name", "INVALID_NAME", "accepted is `persons/{person}` with 1 to 200 of A-Z a-z 0-9 . _ - ~");
    }
}

fn accounts(name: &str, creators: &[String]) -> Result<Vec<CreatorId>, Violations> {
    let mut problems = Violations::default();
    check_person(&mut problems, name);
    if creators.is_empty() || creators.len() > MAX_ACCOUNTS {
        let found = format!("{} creators; accepted are 1 to {MAX_ACCOUNTS}", creators.len());
        problems.add("creators", "OUT_OF_RANGE", found);
    }
    let mut ids = Vec::with_capacity(creators.len().min(MAX_ACCOUNTS));
    for (place, creator) in creators.iter().enumerate().take(MAX_ACCOUNTS) {
        ids.extend(parse_name(&mut problems, &format!("creators[{place}]"), creator));
    }
    problems.check()?;
    Ok(ids)
}
