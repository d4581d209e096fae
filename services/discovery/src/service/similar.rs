//! Owns the search for creators that resemble one. Never the engine of the index or the formula.

use std::collections::{HashMap, HashSet};

use creatorscope_kit::{fault::Violations, page, task};

use super::{Service, ServiceError, parse_filter, parse_name};
use crate::{
    facts,
    model::CreatorRecord,
    similarity::{self, LISTS, Trait},
};

/// So many candidates are compared for each one that is wanted, and at least [`FEWEST_CANDIDATES`].
const CANDIDATES_EACH: usize = 5;
const FEWEST_CANDIDATES: usize = 200;
/// The cosine from which a creator who shares nothing else is a candidate; texts about different things have less.
const NEAR: f64 = 0.5;
/// So many of those nearest in meaning are looked at; of them candidates are those who pass the filter.
const NEAREST: usize = 5_000;

/// A creator that resembles another.
#[derive(Debug)]
pub struct Match {
    /// The creator.
    pub creator: CreatorRecord,
    /// How similar it is, 0 to 1.
    pub score: f64,
    /// What both have; the weights sum to the score.
    pub traits: Vec<Trait>,
}

impl Service {
    /// Creators that resemble one, the most similar first; of equals, those with more followers. `size` is what was asked
    /// for, 0 for 20; `problems` are what was found wrong with the request before. Errors: `NOT_FOUND`.
    pub async fn similar(
        &self,
        name: &str,
        filter: &str,
        size: i32,
        mut problems: Violations,
    ) -> Result<Vec<Match>, ServiceError> {
        let generation = self.index.current();
        let filter = parse_filter(&mut problems, filter, generation.fields());
        let limit = problems.take(page::size(size, 20, 100)).unwrap_or(0);
        _ = parse_name(&mut problems, "name", name);
        problems.check()?;
        let subject = self.creator(name, Violations::default()).await?;
        let wanted = (limit * CANDIDATES_EACH).max(FEWEST_CANDIDATES);
        let (looking, asked) = (generation.clone(), subject.clone());
        let vectors = self.vectors.clone();
        let meaning = vectors.of(subject.creator.id.as_str());
        let sought = meaning.clone();
        let names = task::blocking(move || {
            let mut names = looking.candidates(&asked, &filter, wanted)?;
            if let Some(sought) = sought {
                let near: Vec<String> = vectors
                    .nearest(&sought, NEAREST)
                    .into_iter()
                    .filter(|(_, cosine)| *cosine >= NEAR)
                    .map(|(id, _)| format!("creators/{id}"))
                    .collect();
                let kept = looking.others_of(&near, &asked, &filter)?;
                let kept: HashSet<String> = kept.into_iter().filter(|name| !names.contains(name)).collect();
                names.extend(near.into_iter().filter(|name| kept.contains(name)).take(wanted));
            }
            Ok::<_, crate::index::IndexError>(names)
        })
        .await??;
        let ids: Vec<&str> = names.iter().map(|name| name.trim_start_matches("creators/")).collect();
        let candidates = self.in_order(&ids).await?;
        let vectors = self.vectors.clone();
        let compared = task::blocking(move || {
            let everyone = candidates.iter().chain([&subject]);
            let values = everyone.flat_map(|record| {
                let of_field = |(field, _): &(crate::filter::Field, f64)| {
                    let field = field.clone();
                    facts::terms(record, &field).into_iter().map(move |value| (field.clone(), value))
                };
                LISTS.iter().flat_map(of_field)
            });
            let rarity = generation.rarity(values)?;
            let matches = candidates.into_iter().map(|creator| {
                let vector = meaning.as_deref();
                let nearness = vector.and_then(|vector| vectors.nearness(vector, creator.creator.id.as_str()));
                let traits = similarity::shared_traits(&subject, &creator, &rarity, nearness);
                Match { score: similarity::score(&traits), traits, creator }
            });
            Ok::<_, crate::index::IndexError>(matches.filter(|found| found.score > 0.0).collect::<Vec<Match>>())
        });
        let mut matches = compared.await??;
        matches.sort_by(|left, right| {
            let followers = |found: &Match| found.creator.followers().unwrap_or(-1);
            let by_score = right.score.total_cmp(&left.score);
            by_score
                .then_with(|| followers(right).cmp(&followers(left)))
                .then_with(|| left.creator.creator.id.as_str().cmp(right.creator.creator.id.as_str()))
        });
        matches.truncate(limit);
        Ok(matches)
    }

    /// The creators to set side by side, in the order asked for. Errors: fewer than 2 or more than 10, one that stands twice,
    /// `NOT_FOUND` for the first that is not known.
    pub async fn compared(&self, names: &[String]) -> Result<Vec<CreatorRecord>, ServiceError> {
        let mut problems = Violations::default();
        if !(2..=10).contains(&names.len()) {
            problems.add("names", "OUT_OF_RANGE", format!("{} names; accepted are 2 to 10", names.len()));
            problems.check()?;
            return Ok(Vec::new());
        }
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (place, name) in names.iter().enumerate() {
            if let Some(first) = places.get(name.as_str()) {
                let found = format!("`{name}` stands at place {first} too; each may stand once");
                problems.add(format!("names[{place}]"), "DUPLICATE", found);
            }
            places.entry(name).or_insert(place);
        }
        let found = self.creators(names, problems).await?;
        let missing = found.iter().zip(names).find(|(record, _)| record.is_none());
        if let Some((_, name)) = missing {
            return Err(ServiceError::NotFound(name.clone()));
        }
        Ok(found.into_iter().flatten().collect())
    }
}
