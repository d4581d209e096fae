//! Owns the use cases: what is asked for, looked at, found and answered. Never wire types, SQL or the engine of the index.

mod contact;
mod fault;
mod person;
mod posts;
mod search;
mod semantic;
mod similar;
mod suggest;

use std::{collections::HashMap, sync::Arc, time::Duration};

use creatorscope_domain::CreatorId;
use creatorscope_kit::{cache::Cache, clock::Clock, fault::Violations, figures, page::Sealer, task, token::Token};

pub use self::{
    contact::ContactAnswer,
    fault::ServiceError,
    posts::{PostsAnswer, PostsRequest},
    search::{Explained, SearchAnswer, SearchRequest},
    semantic::Meanings,
    similar::Match,
};
use crate::{
    config::Config,
    distribution::{Buckets, Distribution, MAX_BUCKETS_PER_DECADE},
    filter::{Fields, Filter},
    index::Index,
    meaning::Vectors,
    model::{Creator, CreatorRecord, Draft, MAX_BATCH, Outcome},
    posts::PostIndex,
    progress::{METRICS, Progress, SCORING, SERVICE},
    store::{Found, Removal, Store, take_addresses},
};

/// What the items are, for who counts them.
const CREATORS: &str = "creators";
/// The most names of one `BatchGetCreators`.
const MAX_NAMES: usize = 1_000;

/// The discovery service.
pub struct Service {
    store: Store,
    index: Index,
    progress: Progress,
    sealer: Sealer,
    cache: Cache,
    clock: Clock,
    patience: Duration,
    /// None when posts are not indexed.
    posts: Option<Arc<PostIndex>>,
    vectors: Vectors,
    /// None when nothing gives queries a meaning.
    meanings: Option<Arc<dyn Meanings>>,
}

/// What came of a batch of profiles.
#[derive(Debug)]
pub struct IngestAnswer {
    /// One entry an item, in order: the name as given, and what was done.
    pub items: Vec<(String, Result<Outcome, Violations>)>,
    /// The place of the batch in the log.
    pub token: Token,
}

impl Service {
    /// A service over its tables and its index.
    pub fn new(
        store: Store,
        index: Index,
        progress: Progress,
        sealer: Sealer,
        cache: Cache,
        clock: Clock,
        config: &Config,
    ) -> Self {
        Self {
            store,
            index,
            progress,
            sealer,
            cache,
            clock,
            patience: config.patience(),
            posts: None,
            vectors: Vectors::new(0),
            meanings: None,
        }
    }

    /// The same service over an index of posts.
    #[must_use]
    pub fn with_posts(mut self, posts: Option<Arc<PostIndex>>) -> Self {
        self.posts = posts;
        self
    }

    /// The same service with vectors of creators' texts, and with what gives queries theirs.
    #[must_use]
    pub fn with_vectors(mut self, vectors: Vectors, meanings: Arc<dyn Meanings>) -> Self {
        self.vectors = vectors;
        self.meanings = Some(meanings);
        self
    }

    /// The tables.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What may be kept for a while.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Takes profiles. Errors: none or too many of them.
    pub async fn ingest(&self, drafts: Vec<(Draft, Violations)>) -> Result<IngestAnswer, ServiceError> {
        if drafts.is_empty() || drafts.len() > MAX_BATCH {
            let mut problems = Violations::default();
            let found = format!("{} profiles; accepted are 1 to {MAX_BATCH}", drafts.len());
            problems.add("creators", "OUT_OF_RANGE", found);
            return Err(problems.into());
        }
        let now = self.clock.now();
        let mut creators = Vec::with_capacity(drafts.len());
        let mut items = Vec::with_capacity(drafts.len());
        let mut found = Found::new();
        for (draft, problems) in drafts {
            let name = draft.name.clone();
            match Creator::new(draft, problems, now) {
                Ok(mut creator) => {
                    let addresses = take_addresses(&mut creator);
                    if !addresses.is_empty() {
                        found.insert(creators.len(), addresses);
                    }
                    creators.push(creator);
                    // Filled in below, in the same order.
                    items.push((name, Ok(Outcome::Unchanged)));
                }
                Err(problems) => items.push((name, Err(problems))),
            }
        }
        let (outcomes, position) = self.store.ingest_with(&creators, &found).await?;
        let mut outcomes = outcomes.into_iter();
        for (_, item) in &mut items {
            if let (Ok(slot), Some(outcome)) = (item, outcomes.as_slice().first().copied()) {
                *slot = outcome;
                outcomes.next();
            }
        }
        for (_, item) in &items {
            match item {
                Ok(outcome) => figures::taken(CREATORS, outcome.word(), 1),
                Err(problems) => figures::refused(CREATORS, problems.first().map(|problem| problem.reason)),
            }
        }
        Ok(IngestAnswer { items, token: Token::new(SERVICE, position) })
    }

    /// One creator. Errors: `NOT_FOUND`; `problems` are what was found wrong with the request before.
    pub async fn creator(&self, name: &str, mut problems: Violations) -> Result<CreatorRecord, ServiceError> {
        let id = parse_name(&mut problems, "name", name);
        problems.check()?;
        let found = self.store.creators(id.as_ref().map(CreatorId::as_str)).await?;
        found.into_iter().next().ok_or_else(|| ServiceError::NotFound(name.to_owned()))
    }

    /// Several creators, in the order asked for; none for those that are not known.
    pub async fn creators(
        &self,
        names: &[String],
        mut problems: Violations,
    ) -> Result<Vec<Option<CreatorRecord>>, ServiceError> {
        if names.is_empty() || names.len() > MAX_NAMES {
            problems.add("names", "OUT_OF_RANGE", format!("{} names; accepted are 1 to {MAX_NAMES}", names.len()));
        }
        let mut ids = Vec::with_capacity(names.len());
        for (place, name) in names.iter().enumerate() {
            ids.extend(parse_name(&mut problems, &format!("names[{place}]"), name));
        }
        problems.check()?;
        let records = self.store.creators(ids.iter().map(CreatorId::as_str)).await?;
        let records: HashMap<CreatorId, CreatorRecord> =
            records.into_iter().map(|record| (record.creator.id.clone(), record)).collect();
        Ok(ids.iter().map(|id| records.get(id).cloned()).collect())
    }

    /// The creator that may be removed: its id and whether it is known. Errors: `NOT_FOUND`, `ABORTED` for another etag.
    pub async fn removable(&self, name: &str, etag: &str, allow_missing: bool) -> Result<CreatorId, ServiceError> {
        let mut problems = Violations::default();
        let id = parse_name(&mut problems, "name", name);
        let Some(id) = id else { return Err(problems.into()) };
        let found = self.store.creators([id.as_str()]).await?;
        match found.first() {
            None if !allow_missing => Err(ServiceError::NotFound(name.to_owned())),
            Some(record) if !etag.is_empty() && etag != record.etag() => Err(ServiceError::Etag(name.to_owned())),
            _ => Ok(id),
        }
    }

    /// Removes a creator from tables and log, and from the index as soon as it has followed. Answers with what was removed,
    /// and the place of the removal in the log.
    pub async fn remove(&self, id: &CreatorId) -> Result<(Removal, Token), ServiceError> {
        let removal = self.store.remove(id).await?;
        Ok((removal, Token::new(SERVICE, removal.position)))
    }

    /// Waits for the changes of `read_after`, and answers with what tells the states of the index apart: the position that it
    /// shows and the fields that it has.
    pub async fn shown(&self, read_after: &[String]) -> Result<(i64, u64), ServiceError> {
        let mut problems = Violations::default();
        let tokens = parse_tokens(&mut problems, read_after);
        problems.check()?;
        self.progress.reach(&tokens, self.store.log(), self.patience).await?;
        // The position is taken first: what is counted afterwards is at least as new.
        let position = self.progress.indexed_now();
        Ok((position, self.index.current().fields().fingerprint()))
    }

    /// Creators by followers. `per_decade` is what was asked for, 0 for 2.
    pub async fn distribution(
        &self,
        filter: &str,
        per_decade: i32,
    ) -> Result<(Distribution, Arc<Buckets>), ServiceError> {
        let mut problems = Violations::default();
        let generation = self.index.current();
        let filter = parse_filter(&mut problems, filter, generation.fields());
        let per_decade = match usize::try_from(per_decade) {
            Ok(0) => 2,
            Ok(asked) if asked <= MAX_BUCKETS_PER_DECADE => asked,
            _ => {
                let found = format!("{per_decade}; accepted are 1 to {MAX_BUCKETS_PER_DECADE}, or 0 for 2");
                problems.add("buckets_per_decade", "OUT_OF_RANGE", found);
                1
            }
        };
        problems.check()?;
        let buckets = Arc::new(Buckets::new(per_decade));
        let shared = buckets.clone();
        let counted = task::blocking(move || generation.distribution(&filter, &shared)).await??;
        Ok((counted, buckets))
    }

    /// The names of creators to watch, up to 1 000; empty for all.
    pub fn watched(names: &[String], problems: &mut Violations) -> Vec<CreatorId> {
        if names.len() > MAX_NAMES {
            problems.add(
                "creators",
                "OUT_OF_RANGE",
                format!("{} names; at most {MAX_NAMES} are accepted", names.len()),
            );
        }
        let mut ids = Vec::with_capacity(names.len());
        for (place, name) in names.iter().enumerate() {
            ids.extend(parse_name(problems, &format!("creators[{place}]"), name));
        }
        ids
    }
}

fn parse_name(problems: &mut Violations, field: &str, name: &str) -> Option<CreatorId> {
    match CreatorId::parse_name(name) {
        Ok(id) => Some(id),
        Err(error) => {
            problems.add(field, error.reason(), error.to_string());
            None
        }
    }
}

fn parse_filter(problems: &mut Violations, text: &str, fields: &Fields) -> Filter {
    match Filter::parse(text, fields) {
        Ok(filter) => filter,
        Err(found) => {
            for problem in found {
                problems.add("filter", problem.reason, problem.to_string());
            }
            Filter::default()
        }
    }
}

fn parse_tokens(problems: &mut Violations, texts: &[String]) -> Vec<Token> {
    Token::parse_all(texts, &[SERVICE, METRICS, SCORING], problems)
}
