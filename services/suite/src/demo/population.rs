//! Owns the demo's population: who is in it, seeded and one creator at a time. Never sends anything and never looks at a clock.
//!
//! Every creator has its own stream of random numbers, so that a population is the beginning of every larger one with the
//! same seed.

mod account;
mod comments;
pub mod figures;
mod persona;
mod posts;
mod remarks;
#[cfg(test)]
mod tests;
mod words;

use creatorscope_proto::{discovery::v1::Creator, metrics::v1 as pb, scoring::v1::Comment};
use jiff::Timestamp;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use account::Account;
use figures::Reach;
use persona::Persona;

/// When the demo's creators were last observed: 2026-08-24T00:00:00Z. Fixed, so that a second run brings nothing new, and
/// before 2026-08-27, when YouTube changed what a view is.
pub const END: Timestamp = Timestamp::constant(1_787_529_600, 0);

/// Seconds of a day of 24 hours.
const DAY: i64 = 86_400;

/// One creator with everything that was observed of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The profile, marked synthetic.
    pub creator: Creator,
    /// Posts of the last [`figures::DAYS`] days with their counts at the end, the newest first.
    pub posts: Vec<pb::PostRecord>,
    /// Counts of the account every 7 days, the oldest first; then, for some creators, counts of posts a week before the end.
    pub observations: Vec<pb::Observation>,
    /// Comments under the newest posts; for the first few hundred creators only. The first creator is loved, the second hated, and
    /// the third's topic is quarrelled about.
    pub comments: Vec<Comment>,
}

/// Generates creators in order. Holds none of them.
#[derive(Debug, Clone)]
pub struct Population {
    seed: u64,
    creators: usize,
    end: Timestamp,
    next: usize,
    reach: Reach,
}

impl Population {
    /// Prepares so many creators, last observed at `end`. Same arguments, same population.
    pub fn new(seed: u64, creators: usize, end: Timestamp) -> Self {
        Self { seed, creators, end, next: 0, reach: Reach::integrate() }
    }

    fn member(&self, index: usize) -> Member {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(index as u64);
        let account = Account::draw(&format!("demo-{}-{index:06}", self.seed), &self.reach, &mut rng);
        let persona = Persona::draw(index, &mut rng);
        let drawn = posts::draw(&account, &persona, self.end, &mut rng);
        let mut observations = account.observations(&drawn.records, self.end, &mut rng);
        observations.extend(drawn.earlier);
        let comments = comments::draw(self.seed, index, persona.locale.language, &drawn.records, self.end);
        Member {
            creator: persona.profile(&account, &drawn.records, self.end, &mut rng),
            comments,
            posts: drawn.records,
            observations,
        }
    }
}

impl Iterator for Population {
    type Item = Member;

    fn next(&mut self) -> Option<Member> {
        if self.next == self.creators {
            return None;
        }
        let member = self.member(self.next);
        self.next += 1;
        Some(member)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.creators - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Population {}

/// Draws a factor with mean 1 whose natural logarithm has the standard deviation `spread`: the logarithm's mean is
/// -spread²/2, because a log-normal variable has the mean exp(mu + sigma²/2).
fn factor(spread: f64, rng: &mut ChaCha8Rng) -> f64 {
    (-spread * spread / 2.0 + spread * normal(rng)).exp()
}

/// Draws a deviation from the standard normal distribution.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// Draws one of the items. The list must not be empty.
fn one_of<'a, T: ?Sized>(items: &[&'a T], rng: &mut ChaCha8Rng) -> &'a T {
    items[rng.random_range(0..items.len())]
}

/// Tells the time so many seconds before another, as the wire writes it.
fn before(end: Timestamp, seconds: i64) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: end.as_second() - seconds, nanos: 0 }
}
