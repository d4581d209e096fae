//! Owns what all resources have in common: reading, pages, and the first steps of a change. Never a rule of one of them.

use creatorscope_kit::{
    fault::{Violation, Violations},
    page,
};
use prost::Message;

use super::Service;
use crate::{
    error::CampaignError,
    model::{Caller, Kind, Resource},
    store::{Entry, Listing, Repeat, Work},
    validate,
};

/// Entries of a page when the request names no number, and at most.
const PAGE: usize = 100;
const MAX_PAGE: usize = 1_000;

/// What a request to make something brings besides the thing.
#[derive(Debug, Clone, Default)]
pub struct Creation {
    /// The last part of the name; empty to be given one.
    pub id: String,
    /// The caller's own name of the call; empty for none.
    pub request_id: String,
    /// Who does it; empty for the caller.
    pub actor: String,
    /// What tells this call from others: method and request, hashed.
    pub hash: [u8; 32],
}

impl Creation {
    /// What a request message brings. `method` is the RPC's name.
    pub fn new(method: &str, request: &impl Message, id: &str, request_id: &str, actor: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(method.as_bytes()).update(&[0]).update(&request.encode_to_vec());
        Self { id: id.into(), request_id: request_id.into(), actor: actor.into(), hash: hasher.finalize().into() }
    }
}

/// What a request to change something brings besides the change.
#[derive(Debug, Clone, Default)]
pub struct Mutation {
    /// What is to be changed.
    pub name: String,
    /// The version that was read.
    pub etag: String,
    /// Who does it; empty for the caller.
    pub actor: String,
    /// Why; for the log.
    pub note: String,
}

/// Which page is asked for.
#[derive(Debug, Clone, Default)]
pub struct PageRequest {
    /// How many entries; 0 for 100.
    pub size: i32,
    /// The token of the page before; empty for the first.
    pub token: String,
}

/// The entry of the log for an action of a caller.
pub(crate) fn entry(caller: &Caller, actor: &str, action: &'static str) -> Entry {
    let actor = if actor.is_empty() { caller.name.clone() } else { actor.to_owned() };
    Entry { actor, action, ..Entry::default() }
}

/// A resource that the work holds, of the version that was read. Errors: it is not known, it was changed since.
pub(crate) async fn held<M: Resource>(work: &mut Work, name: &str, etag: &str) -> Result<M, CampaignError> {
    let found = present::<M>(work, name).await?;
    if found.etag() == etag {
        return Ok(found);
    }
    Err(CampaignError::Changed { kind: M::KIND, name: name.to_owned() })
}

/// A resource that the work holds. Errors: it is not known.
pub(crate) async fn present<M: Resource>(work: &mut Work, name: &str) -> Result<M, CampaignError> {
    let found = work.lock::<M>(name).await?;
    found.ok_or_else(|| CampaignError::NotKnown { kind: M::KIND, name: name.to_owned() })
}

/// Notes a name that is not one of a kind's.
pub(crate) fn check_name(kind: Kind, field: &str, name: &str, problems: &mut Violations) {
    let read = match kind {
        Kind::Brand => validate::name::brand(field, name).map(drop),
        Kind::Campaign => validate::name::campaign(field, name).map(drop),
        Kind::Participant => validate::name::participant(field, name).map(drop),
        Kind::Deliverable => validate::name::deliverable(field, name).map(drop),
    };
    problems.take(read);
}

/// Notes what is wrong with what a request to make something brings besides the thing.
pub(crate) fn check_creation(creation: &Creation, problems: &mut Violations) {
    validate::request::request_id(problems, &creation.request_id);
    validate::request::actor(problems, &creation.actor);
}

/// What a mutation must tell. Errors: `name` of another collection, no `etag`, an actor or note that is too long.
pub(crate) fn check_mutation(kind: Kind, mutation: &Mutation) -> Result<(), Violations> {
    let mut problems = Violations::default();
    check_name(kind, "name", &mutation.name, &mut problems);
    validate::request::etag(&mut problems, "etag", &mutation.etag);
    validate::request::actor(&mut problems, &mutation.actor);
    validate::request::note(&mut problems, &mutation.note);
    problems.check()
}

impl Service {
    /// One resource. Errors: the name is of another collection, it is not known, the database's.
    pub async fn get<M: Resource>(&self, caller: &Caller, name: &str) -> Result<M, CampaignError> {
        let mut problems = Violations::default();
        check_name(M::KIND, "name", name, &mut problems);
        problems.check()?;
        let found = self.store.get::<M>(&caller.tenant, name).await?;
        found.ok_or_else(|| CampaignError::NotKnown { kind: M::KIND, name: name.to_owned() })
    }

    /// A page of resources and the token of the next one, which is empty on the last. Errors: a page token of another query, a page size
    /// out of range, the parent is not known, the database's.
    pub async fn list<M: Resource>(
        &self,
        caller: &Caller,
        mut listing: Listing,
        page: &PageRequest,
    ) -> Result<(Vec<M>, String), CampaignError> {
        let limit = page::size(page.size, PAGE, MAX_PAGE)?;
        let context = format!("{}|{:?}|{listing:?}", caller.tenant, M::KIND);
        if !page.token.is_empty() {
            let after = self.sealer.unseal(&page.token, context.as_bytes())?;
            listing.after = String::from_utf8_lossy(&after).into_owned();
        }
        if let (Kind::Participant | Kind::Deliverable, Some(campaign)) = (M::KIND, &listing.parent) {
            self.get::<creatorscope_proto::campaign::v1::Campaign>(caller, campaign).await.map_err(at_parent)?;
        }
        let mut found = self.store.list::<M>(&caller.tenant, &listing, limit + 1).await?;
        let has_more = found.len() > limit;
        found.truncate(limit);
        let next = match found.last() {
            Some(last) if has_more => self.sealer.seal(last.name().as_bytes(), context.as_bytes()),
            _ => String::new(),
        };
        Ok((found, next))
    }

    /// A page of a list that is in memory, in the order of its keys, and the token of the next one. Errors: a token of another list.
    pub(crate) fn page_of<T>(
        &self,
        mut all: Vec<T>,
        key: impl Fn(&T) -> &str,
        size: usize,
        token: &str,
        context: &str,
    ) -> Result<(Vec<T>, String), CampaignError> {
        all.sort_by(|one, other| key(one).cmp(key(other)));
        if !token.is_empty() {
            let behind = self.sealer.unseal(token, context.as_bytes())?;
            all.retain(|one| key(one).as_bytes() > behind.as_slice());
        }
        let has_more = all.len() > size;
        all.truncate(size);
        let next = match all.last() {
            Some(last) if has_more => self.sealer.seal(key(last).as_bytes(), context.as_bytes()),
            _ => String::new(),
        };
        Ok((all, next))
    }

    /// The full name for something new: the caller's id or a fresh one. Errors: an id of another form.
    pub(crate) fn new_name(&self, kind: Kind, parent: &str, id: &str) -> Result<String, Violations> {
        let id = match id {
            // A letter first, as the rule for ids wants it.
            "" => format!("{}-{}", &kind.collection()[..1], self.clock.unique_id()),
            given => {
                let field = format!("{}_id", kind.singular());
                validate::name::id(&field, given)?;
                given.to_owned()
            }
        };
        let collection = kind.collection();
        Ok(if parent.is_empty() { format!("{collection}/{id}") } else { format!("{parent}/{collection}/{id}") })
    }

    /// Adds something new under its name, or answers with what the same call made before. Errors: the name is taken, the `request_id` was
    /// another call's.
    pub(crate) async fn add<M: Resource>(
        &self,
        work: &mut Work,
        caller: &Caller,
        name: String,
        made: M,
        creation: &Creation,
        action: &'static str,
    ) -> Result<M, CampaignError> {
        if work.exists(&name).await? {
            let message = format!("{name} is there already");
            return Err(CampaignError::Exists { kind: M::KIND, name, message });
        }
        let mut entry = entry(caller, &creation.actor, action);
        entry.request_id.clone_from(&creation.request_id);
        Ok(work.add(&name, made, &entry).await?)
    }

    /// What the same call made before; none when it is new. Errors: the `request_id` was another call's; what it made is gone.
    pub(crate) async fn made_before<M: Resource>(
        &self,
        work: &mut Work,
        creation: &Creation,
        name: &str,
    ) -> Result<Option<M>, CampaignError> {
        match work.repeat(&creation.request_id, &creation.hash, name).await? {
            Repeat::New => Ok(None),
            Repeat::Same(name) => present::<M>(work, &name).await.map(Some),
            Repeat::Other => {
                let description = "another call had this id; an id stands for one call";
                Err(Violation::new("request_id", "REQUEST_ID_REUSED", description).into())
            }
        }
    }
}

/// What is wrong with a filter by states. Errors: numbers that are no state.
pub fn check_states(states: &[i32], is_known: impl Fn(i32) -> bool) -> Result<(), Violations> {
    let strange = states.iter().enumerate().filter(|(_, number)| **number == 0 || !is_known(**number));
    let problem = |(place, number): (usize, &i32)| {
        Violation::new(format!("states[{place}]"), "UNKNOWN_VALUE", format!("{number} is not a value of this list"))
    };
    strange.map(problem).collect::<Violations>().check()
}

/// The same problem, told of the field `parent`.
fn at_parent(error: CampaignError) -> CampaignError {
    match error {
        CampaignError::Invalid(problems) => {
            let renamed = problems.into_vec().into_iter();
            CampaignError::Invalid(
                renamed.map(|problem| Violation::new("parent", problem.reason, problem.description)).collect(),
            )
        }
        other => other,
    }
}

/// The fields that an update changes: those of the mask, or all of `mutable` without one. Errors: a path that is no field that can be
/// changed.
pub(crate) fn masked(
    mask: Option<&prost_types::FieldMask>,
    mutable: &'static [&'static str],
) -> Result<Vec<&'static str>, Violations> {
    let Some(mask) = mask.filter(|mask| !mask.paths.is_empty()) else { return Ok(mutable.to_vec()) };
    if mask.paths.iter().any(|path| path == "*") {
        return Ok(mutable.to_vec());
    }
    let mut problems = Violations::default();
    let mut fields = Vec::new();
    for (place, path) in mask.paths.iter().enumerate() {
        match mutable.iter().find(|field| *field == path) {
            Some(field) => fields.push(*field),
            None => {
                let path: String = path.chars().take(80).collect();
                let description = format!("`{path}` cannot be changed; accepted are {}", mutable.join(", "));
                problems.add(format!("update_mask.paths[{place}]"), "UNKNOWN_FIELD", description);
            }
        }
    }
    problems.check()?;
    Ok(fields)
}
