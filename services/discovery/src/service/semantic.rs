//! Owns searching by meaning: which creators are nearest to a query, and how they and those that words find become one list.
//! Never words, vectors or the engine of the index.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use creatorscope_kit::{fault::Violations, task};
use tracing::debug;

use super::{SearchRequest, Service, ServiceError};
use crate::{
    filter::Filter,
    index::{Generation, Hit, IndexError, NAMES},
    meaning::quantised,
    order::{Place, Value, bits},
};

/// The most creators that can be paged through, and the most that are near.
pub(super) const WINDOW: usize = 1_000;
/// So many of the nearest are looked at when the filter leaves fewer than [`WINDOW`].
const LOOKED_AT: [usize; 3] = [2_000, 20_000, 200_000];
/// What is added to places before they are compared: the usual constant of reciprocal rank fusion (Cormack, Clarke and
/// Büttcher, 2009).
const FUSION: f64 = 60.0;

/// Something that gives texts a meaning.
#[async_trait]
pub trait Meanings: Send + Sync {
    /// The model and the vector of a text. Errors: why there is none.
    async fn of(&self, text: &str) -> Result<(String, Vec<f32>), String>;
}

/// Tells what a search by meaning cannot do.
pub(super) fn check_semantic(request: &SearchRequest, problems: &mut Violations) {
    if request.query.trim().is_empty() {
        problems.add("semantic", "NEEDS_QUERY", "a search by meaning needs a query");
    }
    if !request.order_by.trim().is_empty() {
        problems.add("order_by", "NOT_WITH_SEMANTIC", "a search by meaning has an order of its own; leave it empty");
    }
}

impl Service {
    /// The names of the creators nearest to a query who pass the filter, the nearest first; in their place, what to say when
    /// there is no meaning to compare.
    pub(super) async fn nearest(
        &self,
        query: &str,
        filter: &Filter,
        generation: &Arc<Generation>,
    ) -> Result<Result<Vec<String>, String>, ServiceError> {
        let Some(meanings) = &self.meanings else {
            return Ok(Err("found by words alone: nothing gives texts a meaning here".to_owned()));
        };
        let (model, components) = match meanings.of(query).await {
            Ok(answer) => answer,
            Err(reason) => {
                debug!(reason, "a query is given no meaning");
                return Ok(Err("found by words alone: the scoring service gives the query no meaning now".to_owned()));
            }
        };
        if self.vectors.is_empty() || self.vectors.model() != model {
            return Ok(Err("found by words alone: creators have no vectors of this model yet".to_owned()));
        }
        let Some(vector) = quantised(&components) else {
            return Ok(Err("found by words alone: the model knows no word of the query".to_owned()));
        };
        let (vectors, generation, filter) = (self.vectors.clone(), generation.clone(), filter.clone());
        let found = task::blocking(move || {
            let mut names = Vec::new();
            for looked_at in LOOKED_AT {
                let near = vectors.nearest(&vector, looked_at);
                names = near.iter().map(|(id, _)| format!("creators/{id}")).collect();
                let kept: HashSet<String> = generation.keeping(&names, &filter)?.into_iter().collect();
                names.retain(|name| kept.contains(name));
                names.truncate(WINDOW);
                if names.len() == WINDOW || near.len() < looked_at {
                    break;
                }
            }
            Ok::<_, IndexError>(names)
        });
        Ok(Ok(found.await??))
    }
}

/// Whether words found the name as it is written. The first key of the order is the score, the highest first.
fn is_name(hit: &Hit) -> bool {
    let least = bits(Some(u64::from(NAMES.to_bits())), true);
    matches!(hit.place.values.first(), Some(Value::Bits(bits)) if *bits <= least)
}

/// One list of what words find and of what is near: names first, then by the places in both.
pub(super) fn fused(hits: Vec<Hit>, nearest: Vec<String>) -> Vec<String> {
    let names = hits.iter().take_while(|hit| is_name(hit)).count();
    let mut scores: HashMap<String, f64> = HashMap::new();
    let mut first: Vec<String> = Vec::with_capacity(hits.len() + nearest.len());
    let mut rest: Vec<String> = Vec::new();
    for (place, hit) in hits.into_iter().enumerate() {
        if place < names {
            first.push(hit.name);
        } else {
            scores.insert(hit.name.clone(), 1.0 / (FUSION + (place - names + 1) as f64));
            rest.push(hit.name);
        }
    }
    let is_first: HashSet<String> = first.iter().cloned().collect();
    for (place, name) in nearest.into_iter().filter(|name| !is_first.contains(name)).enumerate() {
        let score = 1.0 / (FUSION + (place + 1) as f64);
        match scores.get_mut(&name) {
            Some(sum) => *sum += score,
            None => {
                scores.insert(name.clone(), score);
                rest.push(name);
            }
        }
    }
    let score = |name: &String| scores.get(name).copied().unwrap_or(0.0);
    rest.sort_by(|left, right| score(right).total_cmp(&score(left)).then_with(|| left.cmp(right)));
    first.extend(rest);
    first.truncate(WINDOW);
    first
}

/// How many creators the pages before had.
pub(super) fn start_of(after: Option<&Place>) -> usize {
    after.map_or(0, |place| place.tie as usize)
}

/// The creators of a page, and one more when there is a next page. The place of each is how many stand up to it.
pub(super) fn page_of(names: Vec<String>, start: usize, size: usize) -> Vec<Hit> {
    let numbered = names.into_iter().zip(1u64..).skip(start).take(size + 1);
    numbered.map(|(name, tie)| Hit { name, place: Place { values: Vec::new(), tie } }).collect()
}
