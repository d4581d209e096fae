//! Owns what in published texts speaks against working together: excluded topics, unsafe words, competitors. Never how it is weighed.

use creatorscope_proto::common::v1::MissingReason;

use super::{
    Evidence, Finding,
    brief::Brief,
    words::{folded, holds, squashed},
};

/// Words that brands commonly keep away from: pornography, extremism, hard drugs, self-harm. Short on purpose: a word belongs here only if
/// it rarely means anything else.
const UNSAFE: &[&str] = &[
    "porn",
    "porno",
    "pornography",
    "nsfw",
    "hentai",
    "порно",
    "ポルノ",
    "색정",
    "nazi",
    "neonazi",
    "white supremacy",
    "white power",
    "heil hitler",
    "нацист",
    "cocaine",
    "kokain",
    "cocaína",
    "cocaïne",
    "кокаин",
    "crystal meth",
    "heroína",
    "kill yourself",
    "beheading",
];

/// One thing that was published.
struct Published {
    /// Where, for people.
    place: String,
    /// The post's name; empty for the profile.
    post: String,
    sponsored: bool,
    /// Folded.
    text: String,
    /// Hashtags and mentioned handles, squashed.
    tags: Vec<String>,
}

impl Published {
    fn holds(&self, term: &str) -> bool {
        let tag = squashed(term);
        holds(&self.text, term) || (!tag.is_empty() && self.tags.contains(&tag))
    }
}

/// Names that a text marks with `@` or `#`.
fn marked(text: &str) -> Vec<String> {
    let marks = text.split(char::is_whitespace).filter(|word| word.starts_with(['@', '#', '＠', '＃']));
    marks.map(squashed).collect()
}

fn published(evidence: &Evidence<'_>) -> Vec<Published> {
    let mut all = Vec::new();
    if let Some(profile) = evidence.profile {
        let text = [&[profile.bio.clone()], &profile.niches[..], &profile.recent_titles].concat().join(" \n ");
        let mut tags: Vec<String> = profile.hashtags.iter().chain(&profile.mentions).map(|tag| squashed(tag)).collect();
        tags.extend(marked(&text));
        // Hashtags and handles are words of their own too: `#beer_lovers`.
        let text = folded(&format!("{text} \n {} \n {}", profile.hashtags.join(" \n "), profile.mentions.join(" \n ")));
        if !text.is_empty() {
            all.push(Published { place: "the profile".to_owned(), post: String::new(), sponsored: false, text, tags });
        }
    }
    for state in evidence.posts {
        let Some(post) = &state.post else { continue };
        let text = format!("{} \n {}", post.title, post.caption);
        let mut tags: Vec<String> = post.hashtags.iter().map(|tag| squashed(tag)).collect();
        tags.extend(marked(&text));
        let text = folded(&format!("{text} \n {}", post.hashtags.join(" \n ")));
        let sponsored =
            state.sponsorship.as_ref().and_then(|found| found.sponsored).or(post.sponsored).unwrap_or(false);
        if !text.is_empty() {
            all.push(Published { place: post.name.clone(), post: post.name.clone(), sponsored, text, tags });
        }
    }
    all
}

fn places<'a>(found: impl Iterator<Item = &'a Published>) -> Vec<String> {
    found.filter(|place| !place.post.is_empty()).map(|place| place.post.clone()).collect()
}

pub(super) fn safety(brief: &Brief, evidence: &Evidence<'_>) -> Finding {
    let all = published(evidence);
    if all.is_empty() {
        return Finding::missing(MissingReason::NotReported, "nothing that it published is known");
    }
    let hit = |published: &&Published| brief.excluded.iter().any(|topic| published.holds(topic));
    let excluded: Vec<&Published> = all.iter().filter(hit).collect();
    if let Some(first) = excluded.first() {
        let topic = brief.excluded.iter().find(|topic| first.holds(topic)).map_or("", String::as_str);
        let said =
            format!("the excluded topic `{topic}` is in {} ({} of {} texts)", first.place, excluded.len(), all.len());
        let references = places(excluded.iter().copied());
        return Finding { refusal: Some(said.clone()), references, ..Finding::known(0.0, said) };
    }
    let unsafe_words: Vec<String> = UNSAFE.iter().map(|word| folded(word)).collect();
    let doubtful: Vec<&Published> =
        all.iter().filter(|text| unsafe_words.iter().any(|word| text.holds(word))).collect();
    let share = doubtful.len() as f64 / all.len() as f64;
    let said = match doubtful.first() {
        None => format!("neither excluded topics nor unsafe words in {} texts", all.len()),
        Some(first) => format!("unsafe words in {} of {} texts, first in {}", doubtful.len(), all.len(), first.place),
    };
    // One unsafe text in four is as bad as it gets; a single one is never harmless.
    let value = if doubtful.is_empty() { 1.0 } else { (0.8 - 4.0 * share).max(0.0) };
    Finding { references: places(doubtful.into_iter()), ..Finding::known(value, said) }
}

pub(super) fn competitors(brief: &Brief, evidence: &Evidence<'_>) -> Finding {
    if brief.competitors.is_empty() {
        return Finding::missing(MissingReason::NotAsked, "the brief names no competitors");
    }
    let all = published(evidence);
    if all.is_empty() {
        return Finding::missing(MissingReason::NotReported, "nothing that it published is known");
    }
    let hit = |published: &&Published| brief.competitors.iter().any(|rival| published.holds(rival));
    let found: Vec<&Published> = all.iter().filter(hit).collect();
    let paid = found.iter().filter(|published| published.sponsored).count();
    let Some(first) = found.iter().find(|published| published.sponsored).or(found.first()) else {
        return Finding::known(1.0, format!("no competitor is named in {} texts", all.len()));
    };
    let rival = brief.competitors.iter().find(|rival| first.holds(rival)).map_or("", String::as_str);
    let said = format!(
        "`{rival}` is named in {}; competitors in {} of {} texts, {paid} sponsored",
        first.place,
        found.len(),
        all.len()
    );
    let mut references = places(found.iter().copied().filter(|published| published.sponsored));
    references.extend(places(found.iter().copied().filter(|published| !published.sponsored)));
    // Paid work is a conflict for certain; a mention may be a comparison, many of them rarely are.
    let value = if paid > 0 { 0.0 } else { (0.75 - 0.15 * found.len() as f64).max(0.1) };
    Finding { refusal: (paid > 0).then(|| said.clone()), references, ..Finding::known(value, said) }
}
