//! Owns how an audience's languages, countries, ages and genders are compared with those wanted. Never how they were found.

use creatorscope_proto::{
    common::v1::MissingReason,
    discovery::v1::{Audience, AudienceShare},
};

use super::{
    Evidence, Finding,
    brief::{Brief, ages, language as tag},
};

/// What an account's own country says of its audience's, when nothing else is known: that it is one of those wanted, or not.
const OWN_COUNTRY: (f64, f64) = (0.8, 0.2);

fn given<'a>(evidence: &Evidence<'a>) -> Vec<&'a Audience> {
    let audience = evidence.audience.and_then(|audience| audience.given.as_ref());
    audience.into_iter().chain(evidence.profile.and_then(|profile| profile.audience.as_ref())).collect()
}

/// The first list of shares that is not empty.
fn shares<'a>(
    evidence: &Evidence<'a>,
    of: impl Fn(&'a Audience) -> &'a [AudienceShare],
) -> Option<&'a [AudienceShare]> {
    given(evidence).into_iter().map(of).find(|shares| !shares.is_empty())
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

pub(super) fn language(brief: &Brief, evidence: &Evidence<'_>) -> Finding {
    if brief.languages.is_empty() {
        return Finding::missing(MissingReason::NotAsked, "the brief names no languages");
    }
    let wanted = |key: &str| tag(key).is_some_and(|key| brief.languages.contains(&key));
    if let Some(shares) = shares(evidence, |audience| &audience.languages) {
        let share: f64 = shares.iter().filter(|share| wanted(&share.key)).map(|share| share.share).sum();
        return Finding::known(share, format!("{} of the audience as given have a language asked for", percent(share)));
    }
    let spoken = evidence.audience.map(|audience| &audience.languages[..]).unwrap_or_default();
    if !spoken.is_empty() {
        let known: f64 = spoken.iter().filter(|share| !share.language.is_empty()).map(|share| share.share).sum();
        let found: f64 = spoken.iter().filter(|share| wanted(&share.language)).map(|share| share.share).sum();
        let share = if known > 0.0 { found / known } else { 0.0 };
        if known > 0.0 {
            return Finding::known(share, format!("{} of the comments are in a language asked for", percent(share)));
        }
    }
    let posts = evidence.profile.map(|profile| &profile.languages[..]).unwrap_or_default();
    match posts.iter().position(|language| wanted(language)) {
        _ if posts.is_empty() => {
            Finding::missing(MissingReason::NotReported, "the languages of the audience are not known")
        }
        Some(0) => Finding::known(0.9, format!("it posts mainly in {}; those of the audience are not known", posts[0])),
        Some(place) => {
            Finding::known(0.5, format!("it posts in {} too; those of the audience are not known", posts[place]))
        }
        None => Finding::known(0.1, format!("it posts in {}, which is not asked for", posts.join(", "))),
    }
}

pub(super) fn country(brief: &Brief, evidence: &Evidence<'_>) -> Finding {
    if brief.countries.is_empty() {
        return Finding::missing(MissingReason::NotAsked, "the brief names no countries");
    }
    let wanted = |code: &str| brief.countries.iter().any(|country| country == code);
    if let Some(shares) = shares(evidence, |audience| &audience.countries) {
        let share: f64 = shares.iter().filter(|share| wanted(&share.key)).map(|share| share.share).sum();
        return Finding::known(
            share,
            format!("{} of the audience as given live in countries asked for", percent(share)),
        );
    }
    let commenters = evidence.audience.map(|audience| &audience.commenter_countries[..]).unwrap_or_default();
    if !commenters.is_empty() {
        let share: f64 = commenters.iter().filter(|share| wanted(&share.country)).map(|share| share.share).sum();
        let sample: i64 = commenters.iter().map(|share| share.sample_size).sum();
        return Finding::known(
            share,
            format!("{} of {sample} commenters are from countries asked for", percent(share)),
        );
    }
    match evidence.profile.map(|profile| profile.country.as_str()).filter(|code| !code.is_empty()) {
        None => {
            Finding::missing(MissingReason::NotReported, "neither the audience's countries nor the account's are known")
        }
        Some(code) => {
            let (value, verb) = if wanted(code) { (OWN_COUNTRY.0, "is") } else { (OWN_COUNTRY.1, "is not") };
            let said = format!("the account's country {code} {verb} asked for; the audience's are not known");
            Finding::known(value, said)
        }
    }
}

/// The part of a span of ages that lies in the spans wanted, 0 to 1, every year counting the same.
fn within(span: (u32, u32), wanted: &[(u32, u32)]) -> f64 {
    let inside = (span.0..=span.1).filter(|year| wanted.iter().any(|(low, high)| (low..=high).contains(&year))).count();
    inside as f64 / f64::from(span.1 - span.0 + 1)
}

pub(super) fn demographics(brief: &Brief, evidence: &Evidence<'_>) -> Finding {
    if brief.ages.is_empty() && brief.genders.is_empty() {
        return Finding::missing(MissingReason::NotAsked, "the brief names neither ages nor genders");
    }
    let mut parts = Vec::new();
    let mut said = Vec::new();
    if let Some(shares) = shares(evidence, |audience| &audience.ages).filter(|_| !brief.ages.is_empty()) {
        let part = |share: &AudienceShare| ages(&share.key).map_or(0.0, |span| share.share * within(span, &brief.ages));
        let share: f64 = shares.iter().map(part).sum();
        said.push(format!("{} have an age asked for", percent(share)));
        parts.push(share);
    }
    if let Some(shares) = shares(evidence, |audience| &audience.genders).filter(|_| !brief.genders.is_empty()) {
        let share: f64 =
            shares.iter().filter(|share| brief.genders.contains(&share.key)).map(|share| share.share).sum();
        said.push(format!("{} have a gender asked for", percent(share)));
        parts.push(share);
    }
    if parts.is_empty() {
        return Finding::missing(MissingReason::NotReported, "ages and genders of the audience are not known");
    }
    Finding::known(
        parts.iter().sum::<f64>() / parts.len() as f64,
        format!("of the audience as given {}", said.join(", ")),
    )
}
