//! Owns which creators are comparable, and how a cohort is widened. Never a value of theirs.

use creatorscope_domain::{Platform, Tier};

/// Creators that are comparable. Empty texts and no tier restrict nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cohort {
    /// The platform.
    pub platform: Platform,
    /// The tier by the last known followers.
    pub tier: Option<Tier>,
    /// A niche that the creator names among its first [`MAIN_NICHES`].
    pub niche: String,
    /// The country, upper case.
    pub country: String,
    /// A language that the creator uses; `pt` covers `pt-BR`.
    pub language: String,
}

/// So many of a creator's niches count.
pub const MAIN_NICHES: usize = 5;

/// What is known of a creator beside its numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Traits {
    /// The country; empty when not known.
    pub country: String,
    /// Niches, the main one first.
    pub niches: Vec<String>,
    /// Languages, the main one first.
    pub languages: Vec<String>,
}

impl Cohort {
    /// The cohort and those that are wider, each holding the ones before it: without country, also without language, also
    /// without niche, also without tier. What is not restricted is not dropped again.
    pub fn widths(&self) -> Vec<Self> {
        let mut widths = vec![self.clone()];
        let steps: [fn(&mut Self); 4] = [
            |cohort| cohort.country.clear(),
            |cohort| cohort.language.clear(),
            |cohort| cohort.niche.clear(),
            |cohort| cohort.tier = None,
        ];
        let mut wider = self.clone();
        for step in steps {
            step(&mut wider);
            if widths.last() != Some(&wider) {
                widths.push(wider.clone());
            }
        }
        widths
    }

    /// Whether it is restricted by something that only profiles tell.
    pub fn needs_traits(&self) -> bool {
        !(self.niche.is_empty() && self.country.is_empty() && self.language.is_empty())
    }

    /// Whether a creator of its platform is one of them.
    pub fn holds(&self, tier: Option<Tier>, traits: &Traits) -> bool {
        (self.tier.is_none() || self.tier == tier)
            && (self.country.is_empty() || self.country.eq_ignore_ascii_case(&traits.country))
            && (self.niche.is_empty() || traits.niches.iter().take(MAIN_NICHES).any(|niche| *niche == self.niche))
            && (self.language.is_empty() || traits.languages.iter().any(|language| covers(&self.language, language)))
    }

    /// The cohort for people, e.g. `tiktok/micro/beauty`.
    pub fn text(&self) -> String {
        let mut text = self.platform.slug().to_owned();
        let tier = self.tier.map(|tier| tier.word().to_ascii_lowercase()).unwrap_or_default();
        for part in [&tier, &self.niche, &self.country, &self.language].into_iter().filter(|part| !part.is_empty()) {
            text.push('/');
            text.push_str(part);
        }
        text
    }
}

/// Whether a language tag is the range's language or a part of it, as in RFC 4647's basic filtering.
fn covers(range: &str, tag: &str) -> bool {
    let head = tag.get(..range.len()).is_some_and(|head| head.eq_ignore_ascii_case(range));
    head && matches!(tag.as_bytes().get(range.len()), None | Some(b'-'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cohort() -> Cohort {
        Cohort {
            platform: Platform::Tiktok,
            tier: Some(Tier::Micro),
            niche: "beauty".into(),
            country: "BR".into(),
            language: "pt".into(),
        }
    }

    #[test]
    fn a_cohort_is_widened_by_country_language_niche_and_tier_in_this_order() {
        let texts: Vec<String> = cohort().widths().iter().map(Cohort::text).collect();
        let expected =
            ["tiktok/micro/beauty/BR/pt", "tiktok/micro/beauty/pt", "tiktok/micro/beauty", "tiktok/micro", "tiktok"];
        assert_eq!(texts, expected);
        let plain = Cohort { niche: String::new(), language: String::new(), ..cohort() };
        assert_eq!(
            plain.widths().iter().map(Cohort::text).collect::<Vec<_>>(),
            ["tiktok/micro/BR", "tiktok/micro", "tiktok"]
        );
    }

    #[test]
    fn a_language_covers_its_regions_and_no_other_language() {
        assert!(covers("pt", "pt") && covers("pt", "pt-BR") && covers("PT-br", "pt-BR") && covers("zh", "zh-Hant-TW"));
        assert!(!covers("pt", "ptx") && !covers("pt-BR", "pt") && !covers("p", "pt"));
    }

    fn traits() -> impl Strategy<Value = (Option<Tier>, Traits)> {
        let words = |words: &'static [&'static str]| {
            prop::collection::vec(prop::sample::select(words), 0..7)
                .prop_map(|found| found.into_iter().map(str::to_owned).collect::<Vec<_>>())
        };
        let tier = prop::option::of(prop::sample::select(Tier::ALL));
        let country = prop::sample::select(&["", "BR", "PT", "DE"][..]);
        let texts = (country, words(&["beauty", "gaming", "food"]), words(&["pt", "pt-BR", "de", "en"]));
        (tier, texts.prop_map(|(country, niches, languages)| Traits { country: country.into(), niches, languages }))
    }

    proptest! {
        #[test]
        fn a_wider_cohort_holds_everyone_that_a_narrower_one_holds((tier, traits) in traits()) {
            let held: Vec<bool> = cohort().widths().iter().map(|width| width.holds(tier, &traits)).collect();
            prop_assert!(held.is_sorted(), "{held:?}");
            prop_assert_eq!(held.last(), Some(&true));
        }
    }
}
