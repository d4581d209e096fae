//! Owns the choice of creators under a budget. Never where prices and overlaps come from.
//!
//! Reach is weighted coverage: each pair of creators shares a group of people of its own, and the rest of a creator's people are
//! its alone. Overlaps that together exceed a creator's people are scaled down, so reach is monotone and submodular. Hence greedy
//! choice by gain per cost, compared with greedy by gain and with the best single one, reaches at least (1 - 1/e) / 2 of the best (Leskovec et al. 2007,
//! CELF), and for every set S no choice exceeds reach(S) + the fractional knapsack of the gains over S (ibid.).

/// A creator that may be chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// What it costs, in minor units, above 0.
    pub cost: i64,
    /// People that it reaches alone, 0 and more.
    pub reach: f64,
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Places in the list of candidates with what each adds, in the order of choice.
    pub picks: Vec<(usize, f64)>,
    /// People that all of them reach together.
    pub reach: f64,
    /// No choice reaches more.
    pub upper_bound: f64,
}

/// People whom pairs of creators share.
#[derive(Debug, Clone)]
pub struct Overlaps {
    shared: Vec<Vec<f64>>,
}

impl Overlaps {
    /// Takes what `of` tells of each pair of places, in people; none counts as 0. What is beyond a creator's people is scaled down.
    pub fn new(candidates: &[Candidate], of: impl Fn(usize, usize) -> Option<f64>) -> Self {
        let count = candidates.len();
        let mut shared = vec![vec![0.0; count]; count];
        for first in 0..count {
            for second in first + 1..count {
                let most = candidates[first].reach.min(candidates[second].reach);
                let people = of(first, second).filter(|people| people.is_finite()).unwrap_or(0.0).clamp(0.0, most);
                (shared[first][second], shared[second][first]) = (people, people);
            }
        }
        let scale: Vec<f64> =
            shared.iter().zip(candidates).map(|(row, own)| scale(row.iter().sum(), own.reach)).collect();
        for (first, row) in shared.iter_mut().enumerate() {
            for (second, people) in row.iter_mut().enumerate() {
                *people *= scale[first].min(scale[second]);
            }
        }
        Self { shared }
    }

    fn gain(&self, candidates: &[Candidate], chosen: &[usize], place: usize) -> f64 {
        let known: f64 = chosen.iter().map(|other| self.shared[place][*other]).sum();
        (candidates[place].reach - known).max(0.0)
    }

    /// People that a set reaches.
    pub fn reach(&self, candidates: &[Candidate], set: &[usize]) -> f64 {
        (0..set.len()).map(|end| self.gain(candidates, &set[..end], set[end])).sum()
    }
}

fn scale(shared: f64, own: f64) -> f64 {
    if shared > own { own / shared } else { 1.0 }
}

/// Chooses at most `most` creators for at most `budget`.
pub fn plan(candidates: &[Candidate], overlaps: &Overlaps, budget: i64, most: usize) -> Plan {
    let per_cost = |gain: f64, cost: i64| gain / cost as f64;
    let by_gain = |gain: f64, _: i64| gain;
    let mut bound = f64::INFINITY;
    let mut best: Vec<(usize, f64)> = Vec::new();
    for order in [&per_cost as &dyn Fn(f64, i64) -> f64, &by_gain] {
        let picks = greedy(candidates, overlaps, budget, most, order);
        for end in 0..=picks.len() {
            let set: Vec<usize> = picks[..end].iter().map(|pick| pick.0).collect();
            bound = bound.min(bound_over(candidates, overlaps, budget, most, &set));
        }
        if reach(&picks) > reach(&best) {
            best = picks;
        }
    }
    let single = (0..candidates.len()).filter(|place| candidates[*place].cost <= budget && most > 0);
    if let Some(place) = single.max_by(|a, b| candidates[*a].reach.total_cmp(&candidates[*b].reach))
        && candidates[place].reach > reach(&best)
    {
        best = vec![(place, candidates[place].reach)];
    }
    let reached = reach(&best);
    Plan { picks: best, reach: reached, upper_bound: bound.max(reached) }
}

fn reach(picks: &[(usize, f64)]) -> f64 {
    picks.iter().map(|pick| pick.1).sum()
}

fn greedy(
    candidates: &[Candidate],
    overlaps: &Overlaps,
    budget: i64,
    most: usize,
    worth: &dyn Fn(f64, i64) -> f64,
) -> Vec<(usize, f64)> {
    let mut left = budget;
    let mut chosen: Vec<usize> = Vec::new();
    let mut picks = Vec::new();
    while chosen.len() < most {
        let affordable =
            (0..candidates.len()).filter(|place| !chosen.contains(place) && candidates[*place].cost <= left);
        let gains =
            affordable.map(|place| (place, overlaps.gain(candidates, &chosen, place))).filter(|(_, gain)| *gain > 0.0);
        // Of equals the first one wins.
        let next = gains.reduce(|a, b| {
            let (first, second) = (worth(a.1, candidates[a.0].cost), worth(b.1, candidates[b.0].cost));
            if second > first { b } else { a }
        });
        let Some((place, gain)) = next else { break };
        left -= candidates[place].cost;
        chosen.push(place);
        picks.push((place, gain));
    }
    picks
}

/// No choice within the budget reaches more than the set with all that the rest could add to it.
fn bound_over(candidates: &[Candidate], overlaps: &Overlaps, budget: i64, most: usize, set: &[usize]) -> f64 {
    let rest = (0..candidates.len()).filter(|place| !set.contains(place) && candidates[*place].cost <= budget);
    let mut gains: Vec<(f64, i64)> =
        rest.map(|place| (overlaps.gain(candidates, set, place), candidates[place].cost)).collect();
    gains.sort_by(|a, b| (b.0 / b.1 as f64).total_cmp(&(a.0 / a.1 as f64)));
    let mut left = budget as f64;
    let mut by_budget = 0.0;
    for (gain, cost) in &gains {
        let part = (left / *cost as f64).min(1.0);
        by_budget += part * gain;
        left -= part * *cost as f64;
    }
    gains.sort_by(|a, b| b.0.total_cmp(&a.0));
    let by_number: f64 = gains.iter().take(most).map(|gain| gain.0).sum();
    overlaps.reach(candidates, set) + by_budget.min(by_number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn optimum(candidates: &[Candidate], overlaps: &Overlaps, budget: i64, most: usize) -> f64 {
        let mut best: f64 = 0.0;
        for bits in 0_u32..1 << candidates.len() {
            let set: Vec<usize> = (0..candidates.len()).filter(|place| bits & (1 << place) != 0).collect();
            let cost: i64 = set.iter().map(|place| candidates[*place].cost).sum();
            if cost <= budget && set.len() <= most {
                best = best.max(overlaps.reach(candidates, &set));
            }
        }
        best
    }

    proptest! {
        #[test]
        fn a_plan_is_between_its_guarantee_and_its_bound(
            candidates in prop::collection::vec((1..50_i64, 0.0..1e6f64), 1..=8),
            shares in prop::collection::vec(prop::option::of(0.0..1.0f64), 64),
            budget in 1..150_i64,
            most in 1..9_usize,
        ) {
            let candidates: Vec<Candidate> = candidates.into_iter().map(|(cost, reach)| Candidate { cost, reach }).collect();
            let of = |a: usize, b: usize| shares[8 * a + b].map(|share| share * candidates[a].reach.min(candidates[b].reach));
            let overlaps = Overlaps::new(&candidates, of);
            let plan = plan(&candidates, &overlaps, budget, most);
            let best = optimum(&candidates, &overlaps, budget, most);
            let slack = 1e-6 * best.max(1.0);
            prop_assert!(plan.upper_bound >= best - slack, "{} < {best}", plan.upper_bound);
            prop_assert!(plan.reach <= best + slack);
            if most >= candidates.len() {
                prop_assert!(plan.reach >= 0.316 * best - slack);
            }
            let cost: i64 = plan.picks.iter().map(|pick| candidates[pick.0].cost).sum();
            prop_assert!(cost <= budget && plan.picks.len() <= most);
        }
    }

    #[test]
    fn who_reaches_the_same_people_is_not_chosen_twice() {
        let candidates = [(10, 100.0), (10, 99.0), (10, 60.0)].map(|(cost, reach)| Candidate { cost, reach });
        let same = |a: usize, b: usize| ((a, b) == (0, 1)).then_some(95.0);
        let overlaps = Overlaps::new(&candidates, same);
        let plan = plan(&candidates, &overlaps, 20, 9);
        assert_eq!(plan.picks, [(0, 100.0), (2, 60.0)]);
        assert!((plan.reach - 160.0).abs() < 1e-9);
    }
}
