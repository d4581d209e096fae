//! Owns what is wrong with a brand, a campaign, a participant or a deliverable that somebody sends. Never a look-up.
//!
//! Everything that is wrong is noted at once, with the path of the field below `field` (e.g. `campaign`), an UPPER_SNAKE reason and
//! what would be accepted. Names and output-only fields are not looked at, but for a deliverable's participant.

pub mod content;
pub mod name;
pub mod parts;
pub mod request;
pub mod time;

#[cfg(test)]
mod tests;

use creatorscope_domain::CreatorId;
use creatorscope_kit::fault::Violations;
use creatorscope_proto::{
    campaign::v1::{
        Brand, Campaign, Deliverable, DisclosureRelation, Guideline, GuidelineKind, Participant, Tolerance,
    },
    common::v1::PostFormat,
    scoring::v1::{BrandBrief, FitComponentKind},
};

pub use parts::entry;

use crate::{approval, objective};
use parts::{countries, country, cut, distinct, fee, length, money, most, required_length};

/// The longest name for people, in characters.
const LONGEST_DISPLAY_NAME: usize = 200;
/// The longest brief of a campaign, in characters.
const LONGEST_BRIEF: usize = 50_000;
/// The most guidelines of a campaign.
const MOST_GUIDELINES: usize = 100;
/// The most phrases of a guideline.
const MOST_PHRASES: usize = 20;
/// The most tracking codes of a participant.
const MOST_CODES: usize = 50;
/// The longest alias, phrase, tracking code or category, in characters.
const LONGEST_WORD: usize = 100;
/// The most relations of a participant.
const MOST_RELATIONS: usize = 5;

/// The most weights of a brief: each component once, with room for new ones.
const MOST_WEIGHTS: usize = 20;

/// Notes what is wrong with a brand; `field` is its path.
pub fn brand(problems: &mut Violations, field: &str, brand: &Brand) {
    required_length(problems, &format!("{field}.display_name"), &brand.display_name, LONGEST_DISPLAY_NAME);
    if let Some(sent) = &brand.brief {
        brief(problems, &format!("{field}.brief"), sent);
    }
    words(problems, &format!("{field}.aliases"), &brand.aliases, 50, LONGEST_WORD);
    country(problems, &format!("{field}.country"), &brand.country);
}

/// Notes what is wrong with a campaign; `field` is its path, `fee_currency` the currency of fees that are agreed already, `None` when
/// there are none.
pub fn campaign(problems: &mut Violations, field: &str, campaign: &Campaign, fee_currency: Option<&str>) {
    let at = |name: &str| format!("{field}.{name}");
    if campaign.brand.is_empty() {
        problems.add(at("brand"), "REQUIRED", "not set; accepted is `brands/{brand}`");
    } else {
        problems.take(name::brand(&at("brand"), &campaign.brand));
    }
    required_length(problems, &at("display_name"), &campaign.display_name, LONGEST_DISPLAY_NAME);
    length(problems, &at("brief"), &campaign.brief, 0, LONGEST_BRIEF);
    time::span(
        problems,
        (&at("start_time"), campaign.start_time.as_ref()),
        (&at("end_time"), campaign.end_time.as_ref()),
    );
    most(problems, &at("markets"), campaign.markets.len(), 50);
    countries(problems, &at("markets"), &campaign.markets);
    if let Some(budget) = &campaign.budget {
        money(problems, &at("budget"), budget);
        let other = fee_currency.filter(|currency| *currency != budget.currency_code);
        if let Some(currency) = other.filter(|_| parts::is_currency(&budget.currency_code)) {
            let description = format!(
                "`{}` is not the currency of the fees that are agreed; accepted is {currency}",
                cut(&budget.currency_code)
            );
            problems.add(at("budget.currency_code"), "CURRENCY_MISMATCH", description);
        }
    }
    objective::check(problems, field, campaign, fee_currency);
    guidelines(problems, &at("guidelines"), &campaign.guidelines);
    if let Some(policy) = &campaign.approval {
        approval::policy(problems, &at("approval"), policy);
    }
    if let Some(sent) = &campaign.tolerance {
        tolerance(problems, &at("tolerance"), sent);
    }
    category(problems, &at("product_category"), &campaign.product_category);
}

/// Notes what is wrong with a participant; `field` is its path, `currency` that of the campaign, `None` when it has none yet.
pub fn participant(problems: &mut Violations, field: &str, participant: &Participant, currency: Option<&str>) {
    let at = |name: &str| format!("{field}.{name}");
    if participant.creator.is_empty() {
        problems.add(at("creator"), "REQUIRED", "not set; accepted is `creators/{platform}:{platform_id}`");
    } else if let Err(problem) = CreatorId::parse_name(&participant.creator) {
        problems.add(at("creator"), problem.reason(), problem.to_string());
    }
    if let Some(sent) = &participant.fee {
        fee(problems, &at("fee"), sent, currency);
    }
    relations(problems, &at("relations"), &participant.relations);
    length(problems, &at("contract_reference"), &participant.contract_reference, 0, 500);
    country(problems, &at("country"), &participant.country);
    tracking_codes(problems, &at("tracking_codes"), &participant.tracking_codes);
}

/// Notes what is wrong with a deliverable; `field` is its path, `campaign` the campaign that it belongs to, with its name and times.
pub fn deliverable(problems: &mut Violations, field: &str, deliverable: &Deliverable, campaign: &Campaign) {
    let at = |name: &str| format!("{field}.{name}");
    let form = format!("{}/participants/{{participant}}", campaign.name);
    if deliverable.participant.is_empty() {
        problems.add(at("participant"), "REQUIRED", format!("not set; accepted is `{form}`"));
    } else if let Some((owner, _)) = problems.take(name::participant(&at("participant"), &deliverable.participant))
        && name::campaign(&at("participant"), &campaign.name).is_ok_and(|own| own != owner)
    {
        let description = format!("`{}` is of another campaign; accepted is `{form}`", cut(&deliverable.participant));
        problems.add(at("participant"), "OTHER_CAMPAIGN", description);
    }
    length(problems, &at("display_name"), &deliverable.display_name, 0, LONGEST_DISPLAY_NAME);
    if PostFormat::try_from(deliverable.format).is_err() {
        let description =
            format!("{} is not a format; accepted are those of `PostFormat`, or none for any", deliverable.format);
        problems.add(at("format"), "UNKNOWN_VALUE", description);
    }
    let Some(due) = time::optional(problems, &at("due_time"), deliverable.due_time.as_ref()) else { return };
    let known = |time: Option<&prost_types::Timestamp>| time.and_then(|time| time::read(time).ok());
    let (start, end) = (known(campaign.start_time.as_ref()), known(campaign.end_time.as_ref()));
    if start.is_some_and(|start| due < start) || end.is_some_and(|end| due > end) {
        let told = |time: Option<jiff::Timestamp>| time.map_or_else(String::new, |time| time.to_string());
        let description = format!("{due} is outside the campaign; accepted is {} to {}", told(start), told(end));
        problems.add(at("due_time"), "OUTSIDE_CAMPAIGN", description);
    }
}

/// Notes what is wrong with a brand's brief: the limits that the contract names.
fn brief(problems: &mut Violations, field: &str, brief: &BrandBrief) {
    let at = |name: &str| format!("{field}.{name}");
    length(problems, &at("brief"), &brief.brief, 0, 20_000);
    let lists = [
        ("niches", &brief.niches, 50),
        ("languages", &brief.languages, 20),
        ("ages", &brief.ages, 20),
        ("genders", &brief.genders, 10),
        ("competitors", &brief.competitors, 100),
        ("excluded_topics", &brief.excluded_topics, 100),
    ];
    for (name, entries, limit) in lists {
        words(problems, &at(name), entries, limit, 200);
    }
    most(problems, &at("countries"), brief.countries.len(), 50);
    countries(problems, &at("countries"), &brief.countries);
    if brief.max_cpm_minor.is_some_and(|price| price <= 0) {
        let description = "accepted are prices above 0, in minor units; unset for no limit";
        problems.add(at("max_cpm_minor"), "OUT_OF_RANGE", description);
    }
    if !brief.currency_code.is_empty() {
        parts::currency(problems, &at("currency_code"), &brief.currency_code);
    }
    most(problems, &at("weights"), brief.weights.len(), MOST_WEIGHTS);
    let mut known = Vec::new();
    for (place, weight) in brief.weights.iter().enumerate().take(MOST_WEIGHTS) {
        let at = entry(&at("weights"), place);
        match FitComponentKind::try_from(weight.component) {
            Ok(kind) if kind != FitComponentKind::Unspecified => {
                if known.contains(&kind) {
                    problems.add(
                        format!("{at}.component"),
                        "DUPLICATE",
                        "the component stands twice; each is accepted once",
                    );
                }
                known.push(kind);
            }
            _ => problems.add(
                format!("{at}.component"),
                "UNKNOWN_VALUE",
                format!("{} is not a component; accepted are those of `FitComponentKind`", weight.component),
            ),
        }
        if !(0.0..=100.0).contains(&weight.weight) {
            problems.add(format!("{at}.weight"), "OUT_OF_RANGE", format!("{}; accepted are 0 to 100", weight.weight));
        }
    }
}

fn guidelines(problems: &mut Violations, field: &str, guidelines: &[Guideline]) {
    most(problems, field, guidelines.len(), MOST_GUIDELINES);
    for (place, guideline) in guidelines.iter().enumerate().take(MOST_GUIDELINES) {
        let at = entry(field, place);
        if !matches!(GuidelineKind::try_from(guideline.kind), Ok(kind) if kind != GuidelineKind::Unspecified) {
            let description = format!("{} is not a kind; accepted are MUST, MUST_NOT and FREE", guideline.kind);
            problems.add(format!("{at}.kind"), "UNKNOWN_VALUE", description);
        }
        required_length(problems, &format!("{at}.text"), &guideline.text, 2_000);
        let phrases = format!("{at}.phrases");
        words(problems, &phrases, &guideline.phrases, MOST_PHRASES, LONGEST_WORD);
        for (number, phrase) in guideline.phrases.iter().enumerate().take(MOST_PHRASES) {
            if !phrase.trim().is_empty() && crate::compare::words::read(phrase).is_empty() {
                let description = "nothing in it can be seen; accepted are words, hashtags and emoji";
                problems.add(entry(&phrases, number), "INVALID_VALUE", description);
            }
        }
    }
}

fn tolerance(problems: &mut Violations, field: &str, tolerance: &Tolerance) {
    if !(0.0..=1.0).contains(&tolerance.word_share) {
        let description = format!("{}; accepted are 0 to 1, 0.1 for one word in ten", tolerance.word_share);
        problems.add(format!("{field}.word_share"), "OUT_OF_RANGE", description);
    }
}

/// Relations that say that there is none, beside those that say that there is one.
pub fn relations(problems: &mut Violations, field: &str, relations: &[i32]) {
    use DisclosureRelation as Is;
    const TIES: [Is; 7] =
        [Is::Paid, Is::GiftAsked, Is::GiftUnasked, Is::EventInvite, Is::Affiliate, Is::Ambassador, Is::OwnBrand];
    if relations.is_empty() {
        let description = "not set; accepted are 1 to 5 of `DisclosureRelation`, e.g. DISCLOSURE_RELATION_PAID";
        problems.add(field, "REQUIRED", description);
    }
    most(problems, field, relations.len(), MOST_RELATIONS);
    distinct(problems, field, relations, |relation| *relation);
    let mut known = Vec::new();
    for (place, relation) in relations.iter().enumerate().take(MOST_RELATIONS) {
        match Is::try_from(*relation) {
            Ok(relation) if relation != Is::Unspecified => known.push(relation),
            _ => problems.add(
                entry(field, place),
                "UNKNOWN_VALUE",
                format!("{relation} is not a relation; accepted are those of `DisclosureRelation`"),
            ),
        }
    }
    let none = [Is::NoRelationship, Is::OwnPurchase].into_iter().find(|none| known.contains(none));
    let tie = TIES.into_iter().find(|tie| known.contains(tie));
    if let (Some(none), Some(tie)) = (none, tie) {
        let description = format!(
            "{} says that nothing ties the creator to the brand and {} that something does; leave one out",
            none.as_str_name(),
            tie.as_str_name()
        );
        problems.add(field, "CONTRADICTION", description);
    }
}

fn tracking_codes(problems: &mut Violations, field: &str, codes: &[String]) {
    most(problems, field, codes.len(), MOST_CODES);
    distinct(problems, field, codes, |code| tracking_key(code));
    for (place, code) in codes.iter().enumerate().take(MOST_CODES) {
        let at = entry(field, place);
        length(problems, &at, code, 1, LONGEST_WORD);
        if code.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
            problems.add(
                at,
                "INVALID_VALUE",
                "has a space or a control character; accepted are codes and links without",
            );
        }
    }
}

/// The form by which tracking codes are told apart: case and width do not count.
pub fn tracking_key(code: &str) -> String {
    use crate::compare::characters::{folded, plain};
    folded(plain(code).trim())
}

fn category(problems: &mut Violations, field: &str, category: &str) {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    if category.len() > LONGEST_WORD || !category.bytes().all(plain) {
        let description = format!(
            "`{}` is not a category; accepted are those of ListDisclosureRules such as alcohol, or empty for none",
            cut(category)
        );
        problems.add(field, "INVALID_VALUE", description);
    }
}

/// Notes what is wrong with a list of words for people: too many, empty, too long or twice.
pub fn words(problems: &mut Violations, field: &str, entries: &[String], limit: usize, longest: usize) {
    most(problems, field, entries.len(), limit);
    distinct(problems, field, entries, |word| word.trim().to_lowercase());
    for (place, word) in entries.iter().enumerate().take(limit) {
        required_length(problems, &entry(field, place), word, longest);
    }
}
