//! Owns the search for creators: what is asked for, pages, and what is explained. Never the engine of the index.

use std::collections::HashMap;

use creatorscope_kit::{
    fault::{Violation, Violations},
    page, task,
};

use super::{
    Service, ServiceError, parse_filter, parse_name, parse_tokens,
    semantic::{WINDOW, check_semantic, fused, page_of, start_of},
};
use crate::{
    filter::{Field, Filter},
    index::{Effect, Facet, Search},
    model::CreatorRecord,
    order::{Order, Place},
};

/// Longest query, in characters.
const MAX_QUERY: usize = 500;
/// The most facets.
const MAX_FACETS: usize = 10;
/// The most clauses that are explained: each costs two passes over the index.
const MAX_EXPLAINED: usize = 100;
const FACETS: [Field; 12] = [
    Field::Platform,
    Field::Tier,
    Field::Country,
    Field::Language,
    Field::Niche,
    Field::Verified,
    Field::Synthetic,
    Field::Hashtag,
    Field::Topic,
    Field::Reception,
    Field::ScoreFlag,
    Field::CommentLanguage,
];

/// What is asked for; the fields are those of `SearchCreators`.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct SearchRequest {
    pub query: String,
    pub exact: bool,
    pub filter: String,
    pub order_by: String,
    pub page_size: i32,
    pub page_token: String,
    pub facets: Vec<String>,
    pub explain: bool,
    pub explain_creator: String,
    pub read_after: Vec<String>,
    pub skip_total: bool,
    pub semantic: bool,
}

/// What is found.
#[derive(Debug)]
pub struct SearchAnswer {
    /// In order.
    pub creators: Vec<CreatorRecord>,
    /// Empty on the last page.
    pub next_page_token: String,
    /// How many match; none when it was not asked for.
    pub total: Option<u64>,
    /// One entry a facet.
    pub facets: Vec<Facet>,
    /// What each clause does, when asked for.
    pub explained: Option<Explained>,
    /// What the answer lacks, for people.
    pub notes: Vec<String>,
}

/// What each clause of a filter does.
#[derive(Debug)]
pub struct Explained {
    /// The filter.
    pub filter: Filter,
    /// One entry a clause.
    pub effects: Vec<Effect>,
    /// The creator to explain the removal of.
    pub about: Option<CreatorRecord>,
}

impl Service {
    /// Finds creators. `problems` are what was found wrong with the request before.
    pub async fn search(&self, request: SearchRequest, mut problems: Violations) -> Result<SearchAnswer, ServiceError> {
        let tokens = parse_tokens(&mut problems, &request.read_after);
        if problems.is_empty() {
            self.progress.reach(&tokens, self.store.log(), self.patience).await?;
        }
        // Only now: what was waited for may have brought new metrics.
        let generation = self.index.current();
        let context = context(&request);
        let mut search = self.read(&request, generation.fields(), &mut problems);
        if !request.page_token.is_empty() {
            search.after = problems.take(self.read_page_token(&request.page_token, &context));
        }
        let about = self.explained_creator(&request, &search.filter, &mut problems).await?;
        if request.semantic {
            check_semantic(&request, &mut problems);
        }
        problems.check()?;
        let size = search.limit;
        let (mut notes, mut nearest) = (Vec::new(), None);
        let start = if request.semantic { start_of(search.after.take().as_ref()) } else { 0 };
        if request.semantic {
            match self.nearest(&request.query, &search.filter, &generation).await? {
                Ok(names) => nearest = Some(names),
                Err(note) => notes.push(note),
            }
            search.limit = WINDOW;
        }
        // One more than asked for tells whether there is a next page.
        search.limit += 1;
        let explain = request.explain;
        let (results, effects, search) = task::blocking(move || {
            let results = generation.search(&search)?;
            let effects =
                if explain { generation.explain(&search.query, search.exact, &search.filter)? } else { Vec::new() };
            Ok::<_, crate::index::IndexError>((results, effects, search))
        })
        .await??;
        let mut hits = results.hits;
        if request.semantic {
            hits = page_of(fused(hits, nearest.unwrap_or_default()), start, size);
        }
        let has_more = hits.len() > size;
        hits.truncate(size);
        let last = hits.last().filter(|_| has_more);
        let next_page_token = last.map(|hit| self.page_token(&hit.place, &context)).unwrap_or_default();
        let names: Vec<&str> = hits.iter().map(|hit| hit.name.trim_start_matches("creators/")).collect();
        Ok(SearchAnswer {
            creators: self.in_order(&names).await?,
            next_page_token,
            total: results.total,
            facets: results.facets,
            explained: explain.then_some(Explained { filter: search.filter, effects, about }),
            notes,
        })
    }

    fn read(&self, request: &SearchRequest, fields: &crate::filter::Fields, problems: &mut Violations) -> Search {
        let length = request.query.chars().count();
        if length > MAX_QUERY {
            problems.add("query", "TOO_LONG", format!("{length} characters; at most {MAX_QUERY} are accepted"));
        }
        let filter = parse_filter(problems, &request.filter, fields);
        let order = Order::parse(&request.order_by, !request.query.trim().is_empty(), fields).unwrap_or_else(|found| {
            for problem in found {
                problems.add("order_by", "INVALID_ORDER", problem);
            }
            Order { keys: Vec::new() }
        });
        let limit = problems.take(page::size(request.page_size, 20, 1_000)).unwrap_or(0);
        if request.facets.len() > MAX_FACETS {
            let found = format!("{} facets; at most {MAX_FACETS} are accepted", request.facets.len());
            problems.add("facets", "OUT_OF_RANGE", found);
        }
        let mut facets = Vec::with_capacity(request.facets.len());
        for (place, name) in request.facets.iter().enumerate() {
            match FACETS.iter().find(|field| field.name() == name) {
                Some(field) => facets.push(field.clone()),
                None => {
                    let shown: String = name.chars().take(80).collect();
                    let accepted: Vec<&str> = FACETS.iter().map(Field::name).collect();
                    let found = format!("`{shown}` is not a facet; accepted are {}", accepted.join(", "));
                    problems.add(format!("facets[{place}]"), "UNKNOWN_FIELD", found);
                }
            }
        }
        let (query, exact, skip_total) = (request.query.clone(), request.exact, request.skip_total);
        Search { query, exact, filter, order, after: None, limit, facets, skip_total }
    }

    async fn explained_creator(
        &self,
        request: &SearchRequest,
        filter: &Filter,
        problems: &mut Violations,
    ) -> Result<Option<CreatorRecord>, ServiceError> {
        if request.explain && filter.clauses.len() > MAX_EXPLAINED {
            let found = format!("a filter of {} clauses; at most {MAX_EXPLAINED} are explained", filter.clauses.len());
            problems.add("explain", "OUT_OF_RANGE", found);
        }
        if request.explain_creator.is_empty() {
            return Ok(None);
        }
        if !request.explain {
            problems.add("explain_creator", "NEEDS_EXPLAIN", "set `explain` to learn what removes a creator");
        }
        let Some(id) = parse_name(problems, "explain_creator", &request.explain_creator) else { return Ok(None) };
        let found = self.store.creators([id.as_str()]).await?.into_iter().next();
        if found.is_none() {
            problems.add("explain_creator", "CREATOR_NOT_FOUND", format!("{} is not known", id.name()));
        }
        Ok(found)
    }

    /// Those of the creators that are still there, in the order of the ids.
    pub(super) async fn in_order(&self, ids: &[&str]) -> Result<Vec<CreatorRecord>, ServiceError> {
        let records = self.store.creators(ids.iter().copied()).await?;
        let mut by_id: HashMap<String, CreatorRecord> =
            records.into_iter().map(|record| (record.creator.id.as_str().to_owned(), record)).collect();
        Ok(ids.iter().filter_map(|id| by_id.remove(*id)).collect())
    }

    pub(super) fn page_token(&self, place: &Place, context: &[u8]) -> String {
        let content = serde_json::to_vec(place).unwrap_or_default();
        self.sealer.seal(&content, context)
    }

    pub(super) fn read_page_token(&self, token: &str, context: &[u8]) -> Result<Place, Violation> {
        let content = self.sealer.unseal(token, context)?;
        serde_json::from_slice(&content)
            .map_err(|_| Violation::new("page_token", "INVALID_PAGE_TOKEN", "a token of another version; begin anew"))
    }
}

/// What a page token belongs to.
fn context(request: &SearchRequest) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new();
    for part in [&request.query, &request.filter, &request.order_by] {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    hasher.update(&[u8::from(request.exact), u8::from(request.semantic)]);
    hasher.finalize().as_bytes().to_vec()
}
