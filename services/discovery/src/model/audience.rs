//! Owns who an audience is: shares by part, and their invariants. Never wire types.

use std::collections::HashSet;

use creatorscope_kit::fault::Violations;
use serde::{Deserialize, Serialize};

use super::language::language_tag;

/// By how much the shares of one part may exceed 1 together: sources round.
const ROUNDING: u64 = 1_000_000;
const BILLION: f64 = 1e9;
/// Longest age, gender and interest, in characters.
const MAX_KEY: usize = 60;

/// What an audience is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AudiencePart {
    /// ISO 3166-1 alpha-2.
    Country,
    /// BCP 47.
    Language,
    /// Years, e.g. `18-24` or `65+`.
    Age,
    /// As the source names it, lower case.
    Gender,
    /// Lower case; an audience has several.
    Interest,
}

impl AudiencePart {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Country, Self::Language, Self::Age, Self::Gender, Self::Interest];

    /// The field of the filter language.
    pub fn field(self) -> &'static str {
        match self {
            Self::Country => "audience.country",
            Self::Language => "audience.language",
            Self::Age => "audience.age",
            Self::Gender => "audience.gender",
            Self::Interest => "audience.interest",
        }
    }

    /// Its word, e.g. `country`.
    pub fn key_word(self) -> &'static str {
        self.field().trim_start_matches("audience.")
    }

    fn wire_field(self) -> &'static str {
        match self {
            Self::Country => "audience.countries",
            Self::Language => "audience.languages",
            Self::Age => "audience.ages",
            Self::Gender => "audience.genders",
            Self::Interest => "audience.interests",
        }
    }

    fn most(self) -> usize {
        match self {
            Self::Country => 250,
            Self::Language | Self::Interest => 200,
            Self::Age => 20,
            Self::Gender => 10,
        }
    }

    /// The key in normal form. Errors: what would be accepted.
    fn key(self, text: &str) -> Result<String, &'static str> {
        let text = text.trim();
        let lower = text.to_lowercase();
        match self {
            Self::Country => {
                let code = text.to_uppercase();
                let is_code = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
                is_code.then_some(code).ok_or("ISO 3166-1 alpha-2 codes such as FR")
            }
            Self::Language => language_tag(text).ok_or("BCP 47 tags such as pt or pt-BR"),
            Self::Age => is_age(&lower).then_some(lower).ok_or("ranges of years such as 18-24, and 65+"),
            Self::Gender => {
                let is_word = (1..=20).contains(&lower.len()) && lower.bytes().all(|byte| byte.is_ascii_lowercase());
                is_word.then_some(lower).ok_or("words of 1 to 20 letters such as female")
            }
            Self::Interest => {
                let is_short = (1..=MAX_KEY).contains(&lower.chars().count());
                let is_plain = !lower.contains(['.', '\\']) && !lower.contains(char::is_control);
                (is_short && is_plain).then_some(lower).ok_or("texts of 1 to 60 characters without `.` and `\\`")
            }
        }
    }
}

/// `18-24`, `65+`: whole years up to 150, the lower first.
fn is_age(text: &str) -> bool {
    let years = |text: &str| text.parse::<u8>().ok().filter(|years| *years <= 150 && text.len() <= 3);
    match (text.strip_suffix('+'), text.split_once('-')) {
        (Some(from), _) => years(from).is_some(),
        (None, Some((from, to))) => matches!((years(from), years(to)), (Some(from), Some(to)) if from <= to),
        (None, None) => false,
    }
}

/// A share, 0 to 1, kept to nine decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Share(u32);

impl Share {
    /// Reads a share; none when it is not a number from 0 to 1.
    pub fn new(share: f64) -> Option<Self> {
        (0.0..=1.0).contains(&share).then(|| Self((share * BILLION).round() as u32))
    }

    /// 0 to 1.
    pub fn value(self) -> f64 {
        f64::from(self.0) / BILLION
    }
}

/// How an audience is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Provenance {
    /// Read at the source.
    Source,
    /// Computed from what the source reported.
    Derived,
    /// Estimated by a model.
    Modelled,
}

/// Who an audience is. Parts that are not known are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    countries: Vec<(String, Share)>,
    languages: Vec<(String, Share)>,
    ages: Vec<(String, Share)>,
    genders: Vec<(String, Share)>,
    interests: Vec<(String, Share)>,
    /// None when not given.
    pub provenance: Option<Provenance>,
}

/// An audience as somebody gave it.
pub type AudienceDraft = (Vec<(AudiencePart, Vec<(String, f64)>)>, Option<Provenance>);

impl Audience {
    /// Reads the shares of each part; none when none are given. Adds what is wrong to `problems`.
    pub fn read((parts, provenance): AudienceDraft, problems: &mut Violations) -> Option<Self> {
        let mut audience = Self { provenance, ..Self::default() };
        for (part, shares) in parts {
            *audience.part_mut(part) = read_part(part, shares, problems);
        }
        AudiencePart::ALL.iter().any(|part| !audience.part(*part).is_empty()).then_some(audience)
    }

    /// The shares of a part, in the order of the source.
    pub fn part(&self, part: AudiencePart) -> &[(String, Share)] {
        match part {
            AudiencePart::Country => &self.countries,
            AudiencePart::Language => &self.languages,
            AudiencePart::Age => &self.ages,
            AudiencePart::Gender => &self.genders,
            AudiencePart::Interest => &self.interests,
        }
    }

    fn part_mut(&mut self, part: AudiencePart) -> &mut Vec<(String, Share)> {
        match part {
            AudiencePart::Country => &mut self.countries,
            AudiencePart::Language => &mut self.languages,
            AudiencePart::Age => &mut self.ages,
            AudiencePart::Gender => &mut self.genders,
            AudiencePart::Interest => &mut self.interests,
        }
    }
}

fn read_part(part: AudiencePart, given: Vec<(String, f64)>, problems: &mut Violations) -> Vec<(String, Share)> {
    let field = part.wire_field();
    if given.len() > part.most() {
        problems.add(field, "TOO_MANY", format!("{} shares; at most {} are accepted", given.len(), part.most()));
        return Vec::new();
    }
    let mut shares: Vec<(String, Share)> = Vec::with_capacity(given.len());
    let mut keys = HashSet::new();
    for (place, (text, share)) in given.into_iter().enumerate() {
        let shown: String = text.chars().take(40).collect();
        let key = match part.key(&text) {
            Ok(key) if keys.insert(key.clone()) => Some(key),
            Ok(key) => {
                problems.add(format!("{field}[{place}].key"), "DUPLICATE", format!("`{key}` stands twice"));
                None
            }
            Err(accepted) => {
                let found = format!("`{shown}` is not accepted; accepted are {accepted}");
                problems.add(format!("{field}[{place}].key"), "INVALID_VALUE", found);
                None
            }
        };
        match (key, Share::new(share)) {
            (Some(key), Some(share)) => shares.push((key, share)),
            (_, None) => {
                let found = format!("{share} for `{shown}`; accepted are shares from 0 to 1");
                problems.add(format!("{field}[{place}].share"), "OUT_OF_RANGE", found);
            }
            (None, Some(_)) => {}
        }
    }
    let sum: u64 = shares.iter().map(|(_, share)| u64::from(share.0)).sum();
    if part != AudiencePart::Interest && sum > BILLION as u64 + ROUNDING {
        let found =
            format!("the shares add up to {}; at most 1 is accepted (1.001 with rounding)", sum as f64 / BILLION);
        problems.add(field, "OUT_OF_RANGE", found);
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Creator;

    #[test]
    fn profiles_of_before_are_read_and_shares_are_kept_to_the_last_decimal() {
        let mut creator = crate::store::sample_profile("a", "", 1);
        let text = serde_json::to_string(&creator).expect("JSON");
        assert!(!text.contains("audience") && !text.contains("region"), "{text}");
        assert_eq!(serde_json::from_str::<Creator>(&text).expect("a profile of before"), creator);
        let countries = vec![("FR".to_owned(), 1.0 / 3.0), ("BR".to_owned(), 0.123_456_789)];
        let draft = (vec![(AudiencePart::Country, countries)], Some(Provenance::Modelled));
        creator.audience = Audience::read(draft, &mut Violations::default());
        let text = serde_json::to_string(&creator).expect("JSON");
        assert_eq!(serde_json::from_str::<Creator>(&text).expect("a profile"), creator);
        assert_eq!(creator.audience.expect("read").part(AudiencePart::Country)[1].1.value(), 0.123_456_789);
    }
}
