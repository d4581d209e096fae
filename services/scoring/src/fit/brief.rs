//! Owns what a brand asks for, checked. Never how it is scored.

use std::collections::HashSet;

use creatorscope_kit::fault::Violations;
use creatorscope_proto::scoring::v1 as pb;

use super::{
    COUNT, DEFAULT_WEIGHTS,
    words::{folded, squashed},
};

/// The longest text of a brief, in characters.
pub const LONGEST: usize = 20_000;
/// The longest entry of a list, in characters.
const LONGEST_ENTRY: usize = 200;

/// What a brand looks for; texts are folded (see [`folded`]) but for the brief.
#[derive(Debug, Clone, PartialEq)]
pub struct Brief {
    /// The text, as written.
    pub text: String,
    /// Niches that fit.
    pub niches: Vec<String>,
    /// Countries, ISO 3166-1 alpha-2, upper case.
    pub countries: Vec<String>,
    /// Languages: the first subtag, lower case.
    pub languages: Vec<String>,
    /// Ages as spans of whole years, both ends included.
    pub ages: Vec<(u32, u32)>,
    /// Genders, lower case.
    pub genders: Vec<String>,
    /// Competitors.
    pub competitors: Vec<String>,
    /// Topics that must not come up.
    pub excluded: Vec<String>,
    /// The most that a thousand views may cost, in minor units.
    pub max_cpm: Option<i64>,
    /// The currency, ISO 4217.
    pub currency: String,
    /// The weight of each component, in the order of `FitComponentKind`, 0 to 100.
    pub weights: [f64; COUNT],
}

/// Reads a span of ages, e.g. `18-24` or `65+`.
pub fn ages(text: &str) -> Option<(u32, u32)> {
    let text = text.trim();
    let (low, high) = match text.strip_suffix('+') {
        Some(low) => (low.parse().ok()?, 120),
        None => match text.split_once(['-', '–']) {
            Some((low, high)) => (low.trim().parse().ok()?, high.trim().parse().ok()?),
            None => (text.parse().ok()?, text.parse().ok()?),
        },
    };
    (low <= high && high <= 120).then_some((low, high))
}

/// The language of a tag of BCP 47, lower case, without its region.
pub fn language(tag: &str) -> Option<String> {
    let mut parts = tag.trim().split(['-', '_']);
    let first = parts
        .next()
        .filter(|first| (2..=8).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphabetic()))?;
    let is_part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    parts.all(is_part).then(|| first.to_lowercase())
}

fn country(code: &str) -> Option<String> {
    let code = code.trim().to_uppercase();
    (code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())).then_some(code)
}

/// Reads a currency; empty is `USD`. Notes what is wrong under `field`.
pub fn currency(problems: &mut Violations, field: &str, code: &str) -> String {
    let upper = code.trim().to_uppercase();
    if upper.is_empty() {
        return "USD".to_owned();
    }
    if upper.len() != 3 || !upper.bytes().all(|byte| byte.is_ascii_uppercase()) {
        problems.add(field, "INVALID_CURRENCY", format!("`{}` is not a currency of ISO 4217 such as EUR", cut(code)));
    }
    upper
}

fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Checks the entries of a list; notes every problem. `read` answers none for what is not accepted.
fn list<T>(
    problems: &mut Violations,
    field: &str,
    most: usize,
    entries: &[String],
    accepted: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Vec<T> {
    if entries.len() > most {
        problems.add(
            format!("brand.{field}"),
            "TOO_MANY",
            format!("{} values; at most {most} are accepted", entries.len()),
        );
    }
    let mut known = HashSet::new();
    let mut values = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let at = format!("brand.{field}[{place}]");
        if entry.chars().count() > LONGEST_ENTRY {
            problems.add(at, "TOO_LONG", format!("longer than {LONGEST_ENTRY} characters; accepted are {accepted}"));
        } else if !known.insert(folded(entry)) {
            problems.add(at, "DUPLICATE", format!("`{}` stands twice; each value is accepted once", cut(entry)));
        } else if let Some(value) = read(entry) {
            values.push(value);
        } else {
            problems.add(at, "INVALID_VALUE", format!("`{}` is not accepted; accepted are {accepted}", cut(entry)));
        }
    }
    values
}

fn word(text: &str) -> Option<String> {
    Some(folded(text.trim().trim_start_matches(['#', '@']))).filter(|word| word.chars().any(char::is_alphanumeric))
}

fn weights(problems: &mut Violations, given: &[pb::FitWeight]) -> [f64; COUNT] {
    let mut weights = DEFAULT_WEIGHTS;
    let mut known = HashSet::new();
    for (place, entry) in given.iter().enumerate() {
        let at = format!("brand.weights[{place}]");
        let slot = usize::try_from(entry.component).ok().filter(|number| (1..=COUNT).contains(number));
        let Some(slot) = slot else {
            let description =
                format!("{} is not a component; accepted are those of `FitComponentKind`", entry.component);
            problems.add(format!("{at}.component"), "UNKNOWN_COMPONENT", description);
            continue;
        };
        if !known.insert(slot) {
            problems.add(format!("{at}.component"), "DUPLICATE", "the component stands twice; each is accepted once");
        }
        if (0.0..=100.0).contains(&entry.weight) {
            weights[slot - 1] = entry.weight;
        } else {
            problems.add(format!("{at}.weight"), "OUT_OF_RANGE", format!("{}; accepted are 0 to 100", entry.weight));
        }
    }
    if weights.iter().all(|weight| *weight == 0.0) {
        problems.add("brand.weights", "ALL_ZERO", "every weight is 0; at least one must be above 0");
    }
    weights
}

/// Reads a brand's brief. Errors: everything that is wrong with it, at once: it says nothing, is too long, has codes that are
/// none, duplicates, or targets that contradict one another.
pub fn read(brand: &pb::BrandBrief) -> Result<Brief, Violations> {
    let mut problems = Violations::default();
    let p = &mut problems;
    if brand.display_name.chars().count() > LONGEST_ENTRY {
        p.add("brand.display_name", "TOO_LONG", format!("at most {LONGEST_ENTRY} characters are accepted"));
    }
    let length = brand.brief.chars().count();
    if length > LONGEST {
        p.add("brand.brief", "TOO_LONG", format!("{length} characters; at most {LONGEST} are accepted"));
    }
    let names = "words with a letter or digit";
    let niches = list(p, "niches", 50, &brand.niches, names, word);
    let countries = list(p, "countries", 50, &brand.countries, "codes of ISO 3166-1 such as BR", country);
    let languages = list(p, "languages", 20, &brand.languages, "tags of BCP 47 such as pt or pt-BR", language);
    let ages = list(p, "ages", 20, &brand.ages, "spans of years such as 18-24 or 65+", ages);
    let genders = list(p, "genders", 10, &brand.genders, "words such as female", |text| {
        Some(folded(text)).filter(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
    });
    let competitors = list(p, "competitors", 100, &brand.competitors, "names, handles or hashtags", word);
    let excluded = list(p, "excluded_topics", 100, &brand.excluded_topics, names, word);
    if brand.max_cpm_minor.is_some_and(|price| price <= 0) {
        p.add("brand.max_cpm_minor", "OUT_OF_RANGE", "accepted are prices above 0, in minor units; unset for no limit");
    }
    let currency = currency(p, "brand.currency_code", &brand.currency_code);
    let weights = weights(p, &brand.weights);
    for niche in niches.iter().filter(|niche| excluded.contains(niche)) {
        let description =
            format!("`{niche}` is a niche that fits and a topic that must not come up; remove it from one");
        p.add("brand.excluded_topics", "CONTRADICTION", description);
    }
    let own = squashed(&brand.display_name);
    for rival in competitors.iter().filter(|rival| !own.is_empty() && squashed(rival) == own) {
        p.add(
            "brand.competitors",
            "CONTRADICTION",
            format!("`{rival}` is the brand's own name; accepted are other brands"),
        );
    }
    let says_something = brand.brief.chars().any(char::is_alphanumeric)
        || ![&brand.niches, &brand.countries, &brand.languages, &brand.ages, &brand.genders]
            .iter()
            .all(|list| list.is_empty());
    if !says_something {
        let description = "the brief says nothing; accepted are a text of what is sold and to whom, up to 20000 characters, or \
                           niches, countries, languages, ages or genders";
        p.add("brand.brief", "EMPTY_BRIEF", description);
    }
    problems.check()?;
    let (text, max_cpm) = (brand.brief.clone(), brand.max_cpm_minor);
    Ok(Brief { text, niches, countries, languages, ages, genders, competitors, excluded, max_cpm, currency, weights })
}
