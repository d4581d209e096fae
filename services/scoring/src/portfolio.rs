//! Owns the choice of creators under a budget. Never where prices and audiences come from.
//!
//! Whom a set reaches is counted on samples of commenters (bottom-k sketches with one hash for all creators, so that the same person
//! is in each sample or in none): a commenter of creator c stands for `reach(c) / sampled commenters of c` people, and one
//! whom several chosen creators share counts once, with the largest of these. For one creator that is its reach, for several
//! at most the sum of their reaches. It is a facility-location function, monotone and submodular, so that greedy choice is
//! near the best: at least (1 - 1/e) / 2 of it for the better of two greedy orders (Leskovec et al., Cost-effective outbreak detection
//! in networks, KDD 2007), and the bound given with each answer is usually far closer.

use std::collections::HashMap;

/// A creator that may be chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// What it costs, in minor units, above 0.
    pub cost: i64,
    /// Whom it reaches alone, people, 0 and more.
    pub reach: f64,
    /// The smallest hashes of its commenters, ascending; empty when none are known.
    pub commenters: Vec<i64>,
    /// Whether these are all its commenters.
    pub complete: bool,
}

/// What may be spent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Minor units, above 0.
    pub budget: i64,
    /// The most creators, 1 and more.
    pub creators: usize,
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// Places of the chosen candidates in the order of choice, each with what it adds to those before it, people.
    pub picks: Vec<(usize, f64)>,
    /// Whom they reach together, people.
    pub reach: f64,
    /// No choice within the limits reaches more, people.
    pub upper_bound: f64,
    /// Chosen candidates of whose audience nothing is known, so that no overlap was counted for them.
    pub without_audience: usize,
}

/// The candidates on one sample of people.
struct Sampled<'a> {
    candidates: &'a [Candidate],
    /// Of each candidate the people of the sample, numbered from 0.
    people: Vec<Vec<usize>>,
    /// Of each candidate how many people one of its sample stands for.
    weights: Vec<f64>,
    population: usize,
}

/// Who is reached so far.
#[derive(Clone)]
struct Covered {
    /// Of each person of the sample for how many people it counts already.
    people: Vec<f64>,
    reach: f64,
    spent: i64,
    picks: Vec<(usize, f64)>,
}

/// Chooses from candidates within limits.
pub fn plan(candidates: &[Candidate], limits: Limits) -> Plan {
    let sampled = Sampled::new(candidates);
    let mut bound = sampled.bound(&sampled.nobody(), limits);
    let by_cost = sampled.greedy(limits, |gain, cost| gain / cost as f64, &mut bound);
    let by_gain = sampled.greedy(limits, |gain, _| gain, &mut bound);
    let best = if by_gain.reach > by_cost.reach { by_gain } else { by_cost };
    let without_audience = best.picks.iter().filter(|(place, _)| sampled.people[*place].is_empty()).count();
    Plan { upper_bound: bound.max(best.reach), reach: best.reach, picks: best.picks, without_audience }
}

impl<'a> Sampled<'a> {
    fn new(candidates: &'a [Candidate]) -> Self {
        // Below the smallest of the largest hashes every sketch has all of its creator's commenters.
        let cut = candidates.iter().filter(|one| !one.complete).filter_map(|one| one.commenters.last()).min().copied();
        let mut numbers: HashMap<i64, usize> = HashMap::new();
        let mut people = Vec::with_capacity(candidates.len());
        let mut weights = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let below = candidate.commenters.iter().take_while(|hash| cut.is_none_or(|cut| **hash <= cut));
            let mut own: Vec<usize> = Vec::new();
            for hash in below {
                let next = numbers.len();
                own.push(*numbers.entry(*hash).or_insert(next));
            }
            weights.push(if own.is_empty() { 0.0 } else { candidate.reach / own.len() as f64 });
            people.push(own);
        }
        Self { candidates, people, weights, population: numbers.len() }
    }

    fn nobody(&self) -> Covered {
        Covered { people: vec![0.0; self.population], reach: 0.0, spent: 0, picks: Vec::new() }
    }

    /// What a candidate adds.
    fn gain(&self, place: usize, covered: &Covered) -> f64 {
        let (own, weight) = (&self.people[place], self.weights[place]);
        if own.is_empty() {
            return self.candidates[place].reach;
        }
        own.iter().map(|person| (weight - covered.people[*person]).max(0.0)).sum()
    }

    fn take(&self, place: usize, gain: f64, covered: &mut Covered) {
        for person in &self.people[place] {
            let counted = &mut covered.people[*person];
            *counted = counted.max(self.weights[place]);
        }
        covered.reach += gain;
        covered.spent += self.candidates[place].cost;
        covered.picks.push((place, gain));
    }

    /// Takes what is worth most until nothing more fits, and lowers the bound where it can.
    fn greedy(&self, limits: Limits, worth: impl Fn(f64, i64) -> f64, bound: &mut f64) -> Covered {
        let mut covered = self.nobody();
        while covered.picks.len() < limits.creators {
            let left = limits.budget - covered.spent;
            let fits = |place: &usize| {
                self.candidates[*place].cost <= left && covered.picks.iter().all(|(taken, _)| taken != place)
            };
            let open = (0..self.candidates.len()).filter(fits);
            let valued = open.map(|place| (place, self.gain(place, &covered))).filter(|(_, gain)| *gain > 0.0);
            let worth_of = |(place, gain): &(usize, f64)| worth(*gain, self.candidates[*place].cost);
            // The first of equals, so that the answer does not depend on anything but the order of the candidates.
            let best = valued.reduce(|best, next| if worth_of(&next) > worth_of(&best) { next } else { best });
            let Some((place, gain)) = best else { break };
            self.take(place, gain, &mut covered);
            *bound = bound.min(self.bound(&covered, limits));
        }
        covered
    }

    /// What no choice within the limits can exceed: whatever the best choice has that is not covered adds at most its gain now
    /// (submodularity), and the gains of those that fit are at most those of a knapsack that may be filled with parts.
    fn bound(&self, covered: &Covered, limits: Limits) -> f64 {
        let affordable = (0..self.candidates.len()).filter(|place| self.candidates[*place].cost <= limits.budget);
        let mut gains: Vec<(f64, i64)> =
            affordable.map(|place| (self.gain(place, covered), self.candidates[place].cost)).collect();
        gains.sort_by(|left, right| right.0.total_cmp(&left.0));
        let by_number: f64 = gains.iter().take(limits.creators).map(|(gain, _)| gain).sum();
        gains.sort_by(|left, right| (right.0 * left.1 as f64).total_cmp(&(left.0 * right.1 as f64)));
        let (mut left, mut by_budget) = (limits.budget as f64, 0.0);
        for (gain, cost) in gains {
            let part = (left / cost as f64).min(1.0);
            by_budget += gain * part;
            left -= cost as f64 * part;
            if left <= 0.0 {
                break;
            }
        }
        covered.reach + by_number.min(by_budget)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn candidate(cost: i64, reach: f64, commenters: &[i64]) -> Candidate {
        Candidate { cost, reach, commenters: commenters.to_vec(), complete: true }
    }

    const RICH: Limits = Limits { budget: 1_000, creators: 10 };

    #[test]
    fn one_creator_reaches_its_reach() {
        let plan = plan(&[candidate(100, 5_000.0, &[1, 2, 3, 4])], RICH);
        assert_eq!((plan.picks.len(), plan.reach, plan.upper_bound), (1, 5_000.0, 5_000.0));
    }

    #[test]
    fn people_whom_two_reach_count_once() {
        let same = [candidate(100, 1_000.0, &[1, 2]), candidate(100, 1_000.0, &[1, 2])];
        let apart = [candidate(100, 1_000.0, &[1, 2]), candidate(100, 1_000.0, &[3, 4])];
        assert_eq!((plan(&same, RICH).reach, plan(&apart, RICH).reach), (1_000.0, 2_000.0));
        assert_eq!(plan(&same, RICH).picks.len(), 1, "who adds nobody is not paid for");
    }

    #[test]
    fn unknown_audiences_are_counted_in_full_and_told() {
        let plan = plan(&[candidate(100, 1_000.0, &[]), candidate(100, 500.0, &[1])], RICH);
        assert_eq!((plan.reach, plan.without_audience), (1_500.0, 1));
    }

    #[test]
    fn a_dear_creator_who_reaches_most_is_not_lost_to_cheap_ones() {
        let all = [candidate(1, 10.0, &[]), candidate(1_000, 9_000.0, &[])];
        assert_eq!(plan(&all, RICH).reach, 9_000.0);
    }

    #[test]
    fn nothing_affordable_gives_an_empty_plan() {
        let plan = plan(&[candidate(2_000, 9_000.0, &[])], RICH);
        assert_eq!((plan.picks.len(), plan.upper_bound), (0, 0.0));
    }

    #[test]
    fn sketches_are_compared_below_the_hash_that_all_reach() {
        let half = Candidate { complete: false, ..candidate(100, 100.0, &[1, 2]) };
        let plan = plan(&[half, candidate(100, 100.0, &[1, 2, 900])], RICH);
        assert!((plan.reach - 100.0).abs() < 1e-9, "900 lies beyond what the first sketch tells: {plan:?}");
    }

    fn reach_of(set: &[usize], candidates: &[Candidate]) -> f64 {
        let sampled = Sampled::new(candidates);
        let mut covered = sampled.nobody();
        for place in set {
            let gain = sampled.gain(*place, &covered);
            sampled.take(*place, gain, &mut covered);
        }
        covered.reach
    }

    fn best(candidates: &[Candidate], limits: Limits) -> f64 {
        let subsets = (0..1_usize << candidates.len())
            .map(|bits| (0..candidates.len()).filter(|place| bits >> place & 1 == 1).collect::<Vec<_>>());
        let fits = |set: &Vec<usize>| {
            set.len() <= limits.creators
                && set.iter().map(|place| candidates[*place].cost).sum::<i64>() <= limits.budget
        };
        subsets.filter(fits).map(|set| reach_of(&set, candidates)).fold(0.0, f64::max)
    }

    proptest! {
        #[test]
        fn the_plan_keeps_its_limits_and_its_guarantee_and_the_bound_holds(
            made in prop::collection::vec(
                (1_i64..60, 0.0_f64..100.0, prop::collection::btree_set(0_i64..12, 0..6), any::<bool>()), 1..8),
            budget in 1_i64..150,
            creators in 1_usize..6,
        ) {
            let candidates: Vec<_> = made.into_iter().map(|(cost, reach, commenters, complete)| Candidate {
                cost, reach, commenters: commenters.into_iter().collect(), complete,
            }).collect();
            let limits = Limits { budget, creators };
            let plan = plan(&candidates, limits);
            let cost: i64 = plan.picks.iter().map(|(place, _)| candidates[*place].cost).sum();
            prop_assert!(cost <= budget && plan.picks.len() <= creators);
            let best = best(&candidates, limits);
            prop_assert!(plan.upper_bound >= best - 1e-6, "{plan:?} {best}");
            prop_assert!(plan.reach <= best + 1e-6, "{plan:?} {best}");
            if creators >= candidates.len() {
                prop_assert!(plan.reach >= 0.316 * best - 1e-6, "{plan:?} {best}");
            }
            let set: Vec<_> = plan.picks.iter().map(|(place, _)| *place).collect();
            let turned: Vec<_> = set.iter().rev().copied().collect();
            prop_assert!((reach_of(&set, &candidates) - reach_of(&turned, &candidates)).abs() < 1e-6);
        }
    }
}
