//! Owns the search for posts: what is asked for, and pages. Never the engine of the index.

use std::sync::Arc;

use creatorscope_kit::{fault::Violations, page, task, token::Token};
use tokio::time::timeout;

use super::{Service, ServiceError, parse_tokens};
use crate::{
    filter::{Field, Fields, Filter},
    index::Facet,
    order::{By, Key, Order},
    posts::{PostIndex, PostSearch},
    progress::METRICS,
};

/// Longest query, in characters.
const MAX_QUERY: usize = 500;
/// The most facets.
const MAX_FACETS: usize = 10;
const FACETS: [Field; 6] =
    [Field::Platform, Field::Format, Field::Language, Field::Category, Field::Sponsored, Field::Hashtag];

/// What is asked for; the fields are those of `SearchPosts`.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct PostsRequest {
    pub query: String,
    pub filter: String,
    pub creator_filter: String,
    pub order_by: String,
    pub page_size: i32,
    pub page_token: String,
    pub facets: Vec<String>,
    pub read_after: Vec<String>,
}

/// What is found.
#[derive(Debug, Default)]
pub struct PostsAnswer {
    /// In order, encoded as the metrics service told them.
    pub posts: Vec<Vec<u8>>,
    /// Empty on the last page.
    pub next_page_token: String,
    /// How many match.
    pub total: u64,
    /// One entry a facet.
    pub facets: Vec<Facet>,
}

impl Service {
    /// Finds posts. Errors: what is wrong with the request; `FAILED_PRECONDITION` when posts are not indexed.
    pub async fn search_posts(&self, request: PostsRequest) -> Result<PostsAnswer, ServiceError> {
        let posts = self.posts.clone().ok_or(ServiceError::PostsOff)?;
        let mut problems = Violations::default();
        let tokens = parse_tokens(&mut problems, &request.read_after);
        if problems.is_empty() {
            self.reach_posts(&posts, &tokens).await?;
        }
        let context = context(&request);
        let mut search = read(&request, posts.fields(), self.clock.now().as_microsecond(), &mut problems);
        let generation = self.index.current();
        let of_creators = filter("creator_filter", &request.creator_filter, generation.fields(), &mut problems);
        if !request.page_token.is_empty() {
            search.after = problems.take(self.read_page_token(&request.page_token, &context));
        }
        problems.check()?;
        let size = search.limit;
        // One more than asked for tells whether there is a next page.
        search.limit += 1;
        let results = task::blocking(move || {
            if !of_creators.clauses.is_empty() {
                search.creators = Some(Arc::new(generation.ties(&of_creators)?));
            }
            posts.search(&search)
        })
        .await??;
        let mut found = results.posts;
        let has_more = found.len() > size;
        found.truncate(size);
        let last = found.last().filter(|_| has_more);
        let next_page_token = last.map(|(_, place)| self.page_token(place, &context)).unwrap_or_default();
        let posts = found.into_iter().map(|(encoded, _)| encoded).collect();
        Ok(PostsAnswer { posts, next_page_token, total: results.total, facets: results.facets })
    }

    async fn reach_posts(&self, posts: &PostIndex, tokens: &[Token]) -> Result<(), ServiceError> {
        self.progress.reach(tokens, self.store.log(), self.patience).await?;
        let newest = tokens.iter().filter(|token| token.service == METRICS).map(|token| token.position).max();
        let Some(position) = newest else { return Ok(()) };
        timeout(self.patience, posts.reach(position)).await.map_err(|_| ServiceError::NotReached(self.patience))
    }
}

fn filter(field: &str, text: &str, fields: &Fields, problems: &mut Violations) -> Filter {
    Filter::parse(text, fields).unwrap_or_else(|found| {
        for problem in found {
            problems.add(field, problem.reason, problem.to_string());
        }
        Filter::default()
    })
}

fn read(request: &PostsRequest, fields: &Fields, now: i64, problems: &mut Violations) -> PostSearch {
    let length = request.query.chars().count();
    if length > MAX_QUERY {
        problems.add("query", "TOO_LONG", format!("{length} characters; at most {MAX_QUERY} are accepted"));
    }
    let filter = filter("filter", &request.filter, fields, problems);
    let order = if request.order_by.trim().is_empty() {
        let newest = Key { by: By::Field(Field::PublishTime), descending: true };
        let relevance = Key { by: By::Relevance, descending: true };
        let has_query = !request.query.trim().is_empty();
        Order { keys: if has_query { vec![relevance, newest] } else { vec![newest] } }
    } else {
        Order::parse(&request.order_by, false, fields).unwrap_or_else(|found| {
            for problem in found {
                problems.add("order_by", "INVALID_ORDER", problem);
            }
            Order { keys: Vec::new() }
        })
    };
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
                let found = format!("`{shown}` is not a facet of posts; accepted are {}", accepted.join(", "));
                problems.add(format!("facets[{place}]"), "UNKNOWN_FIELD", found);
            }
        }
    }
    PostSearch { query: request.query.clone(), filter, creators: None, order, after: None, limit, facets, now }
}

/// What a page token belongs to.
fn context(request: &PostsRequest) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new();
    for part in ["posts", &request.query, &request.filter, &request.creator_filter, &request.order_by] {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    hasher.finalize().as_bytes().to_vec()
}
