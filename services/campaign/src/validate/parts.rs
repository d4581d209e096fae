//! Owns the checks that several messages share: lengths, lists, countries and money. Never a message of its own.

use std::{collections::HashSet, hash::Hash};

use creatorscope_kit::fault::Violations;
use creatorscope_proto::campaign::v1::Money;

/// The most entries of one list of which duplicates are told.
const MOST_TOLD: usize = 20;

/// The path of an entry of a list, e.g. `campaign.markets[2]`.
pub fn entry(field: &str, place: usize) -> String {
    format!("{field}[{place}]")
}

/// The text, cut to 40 characters to be shown.
pub fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Notes a text that has fewer than `least` or more than `longest` characters (Unicode code points).
pub fn length(problems: &mut Violations, field: &str, text: &str, least: usize, longest: usize) {
    // Bytes are at least as many as characters: most texts need not be counted.
    if text.len() > longest && text.chars().count() > longest {
        let description = format!("{} characters; at most {longest} are accepted", text.chars().count());
        problems.add(field, "TOO_LONG", description);
    } else if least > 0 && text.chars().take(least).count() < least {
        let (reason, found) = if text.is_empty() { ("REQUIRED", "not set") } else { ("TOO_SHORT", "too short") };
        problems.add(field, reason, format!("{found}; accepted are {least} to {longest} characters"));
    }
}

/// Notes a text for people that is empty, nothing but spaces, or longer than `longest` characters.
pub fn required_length(problems: &mut Violations, field: &str, text: &str, longest: usize) {
    let text = if text.trim().is_empty() { "" } else { text };
    length(problems, field, text, 1, longest);
}

/// Notes a list of more than `limit` entries.
pub fn most(problems: &mut Violations, field: &str, entries: usize, limit: usize) {
    if entries > limit {
        problems.add(field, "TOO_MANY", format!("{entries} entries; at most {limit} are accepted"));
    }
}

/// Notes entries that stand twice; the first 20 of them.
pub fn distinct<T, K: Eq + Hash>(problems: &mut Violations, field: &str, entries: &[T], key: impl Fn(&T) -> K) {
    let mut known = HashSet::new();
    let twice = entries.iter().enumerate().filter(|(_, value)| !known.insert(key(value)));
    for (place, _) in twice.take(MOST_TOLD).collect::<Vec<_>>() {
        problems.add(entry(field, place), "DUPLICATE", "stands twice in the list; each value is accepted once");
    }
}

/// Notes what is no code of a country; empty is accepted.
pub fn country(problems: &mut Violations, field: &str, code: &str) {
    if !code.is_empty() && !is_country(code) {
        let description =
            format!("`{}` is not a country; accepted are two upper-case letters of ISO 3166-1 such as DE", cut(code));
        problems.add(field, "INVALID_COUNTRY", description);
    }
}

/// Notes what is no code of a country in a list, and what stands twice.
pub fn countries(problems: &mut Violations, field: &str, codes: &[String]) {
    distinct(problems, field, codes, |code| code.clone());
    for (place, code) in codes.iter().enumerate().filter(|(_, code)| !is_country(code)).take(MOST_TOLD) {
        let description =
            format!("`{}` is not a country; accepted are two upper-case letters of ISO 3166-1 such as DE", cut(code));
        problems.add(entry(field, place), "INVALID_COUNTRY", description);
    }
}

fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Whether the code has the shape of ISO 4217.
pub fn is_currency(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Notes what is no code of a currency.
pub fn currency(problems: &mut Violations, field: &str, code: &str) {
    if !is_currency(code) {
        let description =
            format!("`{}` is not a currency; accepted are three upper-case letters of ISO 4217 such as EUR", cut(code));
        problems.add(field, "INVALID_CURRENCY", description);
    }
}

/// Notes an amount below 0, and a currency that is none.
pub fn money(problems: &mut Violations, field: &str, money: &Money) {
    if money.amount_minor < 0 {
        let description =
            format!("{}; accepted are 0 and more, in minor units such as cents, without fractions", money.amount_minor);
        problems.add(format!("{field}.amount_minor"), "OUT_OF_RANGE", description);
    }
    currency(problems, &format!("{field}.currency_code"), &money.currency_code);
}

/// Notes an amount that is not well made, or not in the campaign's currency (`None` when it has none yet).
pub fn fee(problems: &mut Violations, field: &str, sent: &Money, campaign: Option<&str>) {
    money(problems, field, sent);
    let other = campaign.filter(|currency| *currency != sent.currency_code && is_currency(&sent.currency_code));
    if let Some(currency) = other {
        let description = format!("`{}` is not the campaign's currency; accepted is {currency}", sent.currency_code);
        problems.add(format!("{field}.currency_code"), "CURRENCY_MISMATCH", description);
    }
}
