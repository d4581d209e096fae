//! Owns how similar two creators are, and by what. Never how candidates are found, or I/O.
//!
//! The score is the sum of the weights of the traits that both share:
//!
//! | field | weight | how much of it |
//! |---|---|---|
//! | `niche` | 0.30 | the shared values' part of all values, by rarity |
//! | `hashtag` | 0.20 | the same |
//! | `topic` | 0.10 | the same |
//! | `mention` | 0.10 | the same |
//! | `language` | 0.10 | the same |
//! | `country` | 0.05 | all of it when it is the same |
//! | `followers` | 0.10 | 1 - \|log10(a / b)\|, none beyond a factor of ten |
//! | `er.views` | 0.05 | 1 - \|log2(a / b)\|, none beyond a factor of two |
//! | `meaning` | 0.25 | the cosine of the vectors of both texts, none below 0 |
//!
//! For lists, a value v that both have gets 2 r(v) / (r(A) + r(B)) of the weight (Dice's coefficient), where r(v) = ln(1 + n / n_v)
//! with n creators of whom n_v have the value, and r(A) is the sum of r over a creator's values: a rare hashtag says more than
//! `fyp`, and a long list says less about each of its values. What the creator that is compared with others does not have
//! known is left out (`meaning` also when the other has no vector), and the rest is scaled so that the weights of what is known sum to 1: missing is never 0. So a score of
//! 1 is a creator that is the same in everything that is known.

use std::collections::HashMap;

use crate::{facts, filter::Field, model::CreatorRecord};

/// Lists that are compared value by value, and what they weigh.
pub const LISTS: [(Field, f64); 5] = [
    (Field::Niche, 0.30),
    (Field::Hashtag, 0.20),
    (Field::Topic, 0.10),
    (Field::Mention, 0.10),
    (Field::Language, 0.10),
];
const COUNTRY: f64 = 0.05;
const FOLLOWERS: f64 = 0.10;
const ENGAGEMENT: f64 = 0.05;
/// What the nearness of the texts weighs.
const MEANING: f64 = 0.25;
const ENGAGEMENT_RATE: &str = "er.views";

/// How rare values are: ln(1 + n / `n_v`).
#[derive(Debug, Default)]
pub struct Rarity {
    creators: u64,
    counts: HashMap<(Field, String), u64>,
}

impl Rarity {
    /// Of so many creators; the counts are of those who have a value.
    pub fn new(creators: u64, counts: HashMap<(Field, String), u64>) -> Self {
        Self { creators, counts }
    }

    /// The rarity of a value. One that nobody has is as rare as one that somebody has.
    pub fn of(&self, field: &Field, value: &str) -> f64 {
        let count = self.counts.get(&(field.clone(), value.to_owned())).copied().unwrap_or(0).max(1);
        (self.creators.max(count) as f64 / count as f64).ln_1p()
    }
}

/// Something that two creators share.
#[derive(Debug, Clone, PartialEq)]
pub struct Trait {
    /// The field.
    pub field: Field,
    /// What both have; for numbers, that of the other.
    pub value: String,
    /// Its part of the score.
    pub weight: f64,
}

/// What `other` shares with `creator`, the heaviest first. The weights sum to the score, 0 to 1. `nearness` is the cosine of the
/// vectors of their texts, -1 to 1; none when one has none.
pub fn shared_traits(
    creator: &CreatorRecord,
    other: &CreatorRecord,
    rarity: &Rarity,
    nearness: Option<f64>,
) -> Vec<Trait> {
    let mut traits = Vec::new();
    let mut known = 0.0;
    for (field, weight) in &LISTS {
        let mine = facts::terms(creator, field);
        if mine.is_empty() {
            continue;
        }
        known += weight;
        let theirs = facts::terms(other, field);
        let all: f64 = mine.iter().chain(&theirs).map(|value| rarity.of(field, value)).sum();
        for value in mine.into_iter().filter(|value| theirs.contains(value)) {
            let weight = weight * 2.0 * rarity.of(field, &value) / all;
            traits.push(Trait { field: field.clone(), value, weight });
        }
    }
    let (mine, theirs) = (&creator.creator.country, &other.creator.country);
    if !mine.is_empty() {
        known += COUNTRY;
        if mine == theirs {
            traits.push(Trait { field: Field::Country, value: mine.clone(), weight: COUNTRY });
        }
    }
    for (id, weight, factor) in [(crate::filter::FOLLOWERS, FOLLOWERS, 10.0), (ENGAGEMENT_RATE, ENGAGEMENT, 2.0)] {
        let field = Field::Metric(id.to_owned());
        let positive = |record| facts::number(record, &field).filter(|number| *number > 0.0);
        let Some(mine) = positive(creator) else { continue };
        known += weight;
        let Some(theirs) = positive(other) else { continue };
        let closeness = 1.0 - (mine / theirs).log(factor).abs();
        if closeness > 0.0 {
            traits.push(Trait { field, value: theirs.to_string(), weight: weight * closeness });
        }
    }
    if let Some(cosine) = nearness {
        known += MEANING;
        if cosine > 0.0 {
            let value = format!("{cosine:.3}");
            traits.push(Trait { field: Field::Meaning, value, weight: MEANING * cosine.min(1.0) });
        }
    }
    for shared in &mut traits {
        shared.weight /= known;
    }
    traits.sort_by(|left, right| right.weight.total_cmp(&left.weight).then_with(|| left.value.cmp(&right.value)));
    traits
}

/// The score of shared traits, 0 to 1.
pub fn score(traits: &[Trait]) -> f64 {
    traits.iter().map(|shared| shared.weight).sum::<f64>().min(1.0)
}
