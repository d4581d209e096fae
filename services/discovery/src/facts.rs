//! Owns what a creator's record says about each field of the filter language, in normal form. The index is written from
//! these facts and filters are evaluated on them, so both speak of the same. Never grammar, never the index.

use std::borrow::Cow;

use creatorscope_domain::Tier;

use crate::{
    filter::{Field, Kind, SCORES},
    model::{AudiencePart, CreatorRecord, Share},
};

/// Longest term that is kept, in bytes; longer ones are cut at a character. The index takes 65 530.
const LONGEST_TERM: usize = 2_000;

/// The normal form of a term: without regard to case, and without the sign that a field's values are written with.
pub fn normal_term(field: &Field, text: &str) -> String {
    let text = text.trim();
    let bare = match field {
        Field::Handle | Field::Mention => text.trim_start_matches('@'),
        Field::Hashtag => text.trim_start_matches('#'),
        _ => text,
    };
    let mut term = match field {
        Field::Country | Field::Audience(AudiencePart::Country) => bare.to_uppercase(),
        // Ids differ in case.
        Field::Name | Field::Creator if bare.starts_with("creators/") => bare.to_owned(),
        Field::Name | Field::Creator => format!("creators/{bare}"),
        _ => bare.to_lowercase(),
    };
    let mut end = term.len().min(LONGEST_TERM);
    while !term.is_char_boundary(end) {
        end -= 1;
    }
    term.truncate(end);
    term
}

/// The exact terms of a field, without duplicates; none when nothing is known.
pub fn terms(record: &CreatorRecord, field: &Field) -> Vec<String> {
    let creator = &record.creator;
    let values: Vec<Cow<'_, str>> = match field {
        Field::Platform => return vec![creator.id.platform().word().to_owned()],
        Field::Tier => return record.tier().map(Tier::word).map(str::to_owned).into_iter().collect(),
        Field::Verified => return creator.verified.map(|flag| flag.to_string()).into_iter().collect(),
        Field::Synthetic => return vec![creator.synthetic.to_string()],
        Field::AccountType => return creator.account_type.map(|kind| kind.word().to_owned()).into_iter().collect(),
        Field::HasContact => return vec![record.has_contact().to_string()],
        Field::Audience(part) => {
            let shares = creator.audience.as_ref().map_or(&[][..], |audience| audience.part(*part));
            shares.iter().map(|(key, _)| Cow::from(key)).collect()
        }
        Field::Reception => return record.reception().map(str::to_owned).into_iter().collect(),
        Field::ScoreFlag => record.scores.iter().flat_map(|scores| &scores.flags).map(Cow::from).collect(),
        Field::CommentLanguage => record.comment_languages().iter().map(|(language, _)| Cow::from(language)).collect(),
        Field::Mention => creator.mentions.iter().map(Cow::from).collect(),
        Field::Region => vec![creator.region.as_str().into()],
        Field::City => vec![creator.city.as_str().into()],
        Field::Name => vec![creator.id.name().into()],
        Field::Handle => vec![creator.handle.as_str().into()],
        Field::DisplayName => vec![creator.display_name.as_str().into()],
        Field::Country => vec![creator.country.as_str().into()],
        Field::Person => vec![record.person().into()],
        Field::Language => creator.languages.iter().map(Cow::from).collect(),
        Field::Niche => creator.niches.iter().map(Cow::from).collect(),
        Field::Topic => creator.topics.iter().map(Cow::from).collect(),
        Field::Hashtag => creator.hashtags.iter().map(Cow::from).collect(),
        _ => Vec::new(),
    };
    let mut terms: Vec<String> = Vec::with_capacity(values.len());
    for value in values {
        let term = normal_term(field, &value);
        if !term.is_empty() && !terms.contains(&term) {
            terms.push(term);
        }
    }
    terms
}

/// The texts of a field that words are looked for in.
pub fn texts<'a>(record: &'a CreatorRecord, field: &Field) -> Vec<&'a str> {
    let creator = &record.creator;
    match field {
        Field::DisplayName => vec![&creator.display_name],
        Field::Bio => vec![&creator.bio],
        Field::Link => creator.links.iter().map(String::as_str).collect(),
        Field::RecentTitle => creator.recent_titles.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The number of a field; none when it is not known.
pub fn number(record: &CreatorRecord, field: &Field) -> Option<f64> {
    match field {
        Field::Metric(id) if SCORES.contains(&id.as_str()) => record.scores.as_ref()?.measures.get(id).copied(),
        Field::Metric(id) => record.metrics.as_ref()?.measures.get(id).copied(),
        Field::CommentShare(_) => {
            let key = field.comment_share()?;
            let keyed = |(known, _): &&(String, f64)| normal_term(&Field::CommentLanguage, known) == key;
            record.comment_languages().iter().find(keyed).map(|(_, share)| *share)
        }
        Field::AudienceShare(_) => {
            let (part, key) = field.share()?;
            let shares = record.creator.audience.as_ref()?.part(part).iter();
            let keyed = |(known, _): &&(String, Share)| normal_term(&Field::Audience(part), known) == key;
            shares.into_iter().find(keyed).map(|(_, share)| share.value())
        }
        _ => None,
    }
}

/// The time of a field, in microseconds since the epoch; none when it is not known.
pub fn time(record: &CreatorRecord, field: &Field) -> Option<i64> {
    let time = match field {
        Field::AccountCreateTime => record.creator.account_create_time?,
        Field::ObserveTime => record.creator.observe_time,
        Field::CreateTime => record.create_time,
        Field::UpdateTime => record.update_time,
        Field::LastPostTime => record.last_post_time()?,
        _ => return None,
    };
    Some(time.as_microsecond())
}

/// Whether anything is known of a field.
pub fn is_known(record: &CreatorRecord, field: &Field) -> bool {
    match field.kind() {
        Kind::Choice(_) | Kind::Term => !terms(record, field).is_empty(),
        Kind::Text { .. } => texts(record, field).iter().any(|text| !text.trim().is_empty()),
        Kind::Number => number(record, field).is_some(),
        Kind::Time => time(record, field).is_some(),
    }
}
