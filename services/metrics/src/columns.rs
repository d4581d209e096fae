//! Owns the values of a platform's creators side by side, and the distribution of one of them in a cohort. Never where they
//! are read.

use std::collections::HashMap;

use creatorscope_domain::Tier;

use crate::{
    benchmark::{MINIMUM, width_used},
    cohort::{Cohort, Traits},
};

/// Of a creator that no width of a cohort holds.
const OUTSIDE: u8 = u8::MAX;

/// The creators of one platform, or those of some of its tiers, in columns: 8 bytes a value.
#[derive(Debug)]
pub(crate) struct Columns {
    /// Whose tier is none of these is not here; none when all are.
    tiers: Option<Vec<Tier>>,
    creator_tiers: Vec<Option<Tier>>,
    /// The place of each creator's traits in `kinds`.
    creator_kinds: Vec<u32>,
    kinds: Vec<Traits>,
    places: HashMap<Traits, u32>,
    values: Vec<Vec<f64>>,
}

/// The values of one definition in the width of a cohort that was used.
#[derive(Debug, PartialEq)]
pub(crate) struct Distribution {
    /// The cohort that was used.
    pub(crate) cohort: Cohort,
    /// Whether it is another than the one asked for.
    pub(crate) widened: bool,
    /// Its values, in rising order.
    pub(crate) sorted: Vec<f64>,
}

impl Columns {
    /// No creators yet, of the tiers given or of all, with so many values each.
    pub(crate) fn new(tiers: Option<Vec<Tier>>, width: usize) -> Self {
        Self {
            tiers,
            creator_tiers: Vec::new(),
            creator_kinds: Vec::new(),
            kinds: Vec::new(),
            places: HashMap::new(),
            values: vec![Vec::new(); width],
        }
    }

    /// Whether creators of the tier are taken.
    pub(crate) fn takes(&self, tier: Option<Tier>) -> bool {
        self.tiers.as_ref().is_none_or(|tiers| tier.is_some_and(|tier| tiers.contains(&tier)))
    }

    /// Adds a creator; NaN stands for no value.
    pub(crate) fn push(&mut self, tier: Option<Tier>, traits: Traits, values: impl Iterator<Item = f64>) {
        let next = self.kinds.len() as u32;
        let kind = *self.places.entry(traits).or_insert_with_key(|traits| {
            self.kinds.push(traits.clone());
            next
        });
        self.creator_tiers.push(tier);
        self.creator_kinds.push(kind);
        for (column, value) in self.values.iter_mut().zip(values) {
            column.push(value);
        }
    }

    /// The distribution of each column in a cohort, widened for each as it needs; none when that needs creators of tiers that
    /// are not here.
    pub(crate) fn distributions(&self, cohort: &Cohort) -> Option<Vec<Distribution>> {
        if !self.takes(cohort.tier) {
            return None;
        }
        let widths = cohort.widths();
        let levels = self.levels(&widths);
        self.values.iter().map(|column| self.distribution(&widths, &levels, column)).collect()
    }

    /// For each creator the first width that holds it.
    fn levels(&self, widths: &[Cohort]) -> Vec<u8> {
        let creators = self.creator_tiers.iter().zip(&self.creator_kinds);
        let level = |(tier, kind): (&Option<Tier>, &u32)| {
            let traits = &self.kinds[*kind as usize];
            // There are at most five widths.
            widths.iter().position(|width| width.holds(*tier, traits)).map_or(OUTSIDE, |level| level as u8)
        };
        creators.map(level).collect()
    }

    fn distribution(&self, widths: &[Cohort], levels: &[u8], column: &[f64]) -> Option<Distribution> {
        let mut counts = vec![0; widths.len()];
        let known = || levels.iter().zip(column).filter(|(level, value)| **level != OUTSIDE && !value.is_nan());
        for (level, _) in known() {
            counts[usize::from(*level)] += 1;
        }
        for width in 1..counts.len() {
            counts[width] += counts[width - 1];
        }
        let used = width_used(&counts);
        if widths[used].tier.is_none() && self.tiers.is_some() {
            return None;
        }
        let mut sorted: Vec<f64> = Vec::with_capacity(counts[used]);
        sorted.extend(known().filter(|(level, _)| usize::from(**level) <= used).map(|(_, value)| *value));
        sorted.sort_unstable_by(f64::total_cmp);
        Some(Distribution { cohort: widths[used].clone(), widened: used > 0 && counts[0] < MINIMUM, sorted })
    }
}

#[cfg(test)]
mod tests {
    use creatorscope_domain::Platform;
    use proptest::prelude::*;

    use super::*;

    fn cohort(country: &str) -> Cohort {
        let (niche, language) = (String::new(), String::new());
        Cohort { platform: Platform::Tiktok, tier: Some(Tier::Micro), niche, country: country.into(), language }
    }

    fn of(country: &str) -> Traits {
        Traits { country: country.into(), ..Traits::default() }
    }

    #[test]
    fn each_definition_is_widened_by_its_own_count_of_values() {
        let mut columns = Columns::new(None, 2);
        for number in 0..250 {
            let second = if number < 100 { f64::from(number) } else { f64::NAN };
            columns.push(Some(Tier::Micro), of("DE"), [f64::from(number), second].into_iter());
        }
        for number in 0..150 {
            columns.push(Some(Tier::Micro), of("FR"), [f64::NAN, f64::from(number)].into_iter());
        }
        let found = columns.distributions(&cohort("DE")).expect("all tiers are here");
        let told: Vec<_> = found.iter().map(|one| (one.cohort.text(), one.widened, one.sorted.len())).collect();
        assert_eq!(told, [("tiktok/micro/DE".into(), false, 250), ("tiktok/micro".into(), true, 250)]);
    }

    #[test]
    fn what_needs_other_tiers_is_not_answered_from_one_tier_alone() {
        let mut columns = Columns::new(Some(vec![Tier::Micro]), 1);
        assert!(!columns.takes(None) && !columns.takes(Some(Tier::Nano)) && columns.takes(Some(Tier::Micro)));
        for number in 0..199 {
            columns.push(Some(Tier::Micro), of("DE"), std::iter::once(f64::from(number)));
        }
        assert_eq!(columns.distributions(&cohort("")), None);
        columns.push(Some(Tier::Micro), of("FR"), std::iter::once(7.0));
        assert_eq!(columns.distributions(&cohort("DE")).map(|found| found[0].sorted.len()), Some(200));
    }

    proptest! {
        #[test]
        fn the_used_width_is_the_first_with_200_or_the_widest(
            sizes in prop::collection::vec((prop::sample::select(Tier::ALL), prop::sample::select(&["", "DE"][..]), 0..180_usize), 0..8),
        ) {
            let mut columns = Columns::new(None, 1);
            for (tier, country, size) in &sizes {
                for number in 0..*size {
                    columns.push(Some(*tier), of(country), std::iter::once(number as f64));
                }
            }
            let asked = cohort("DE");
            let size = |width: &Cohort| -> usize {
                sizes.iter().filter(|(tier, country, _)| width.holds(Some(*tier), &of(country))).map(|(_, _, size)| size).sum()
            };
            let widths = asked.widths();
            let expected = widths.iter().find(|width| size(width) >= 200).unwrap_or(&widths[widths.len() - 1]);
            let found = columns.distributions(&asked).expect("all tiers").remove(0);
            prop_assert_eq!(&found.cohort, expected);
            prop_assert_eq!(found.widened, *expected != asked);
            prop_assert_eq!(found.sorted.len(), size(expected));
            prop_assert!(found.sorted.is_sorted());
        }
    }
}
