//! Owns the words of one generated account: name, handle, niche, bio, titles. Never its numbers.

use creatorscope_domain::{Platform, Source, Tier};
use creatorscope_proto::{discovery::v1::Creator, metrics::v1::PostRecord};
use jiff::Timestamp;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::{
    DAY,
    account::Account,
    before, one_of,
    words::{CATEGORIES, LOCALE_WEIGHTS, LOCALES, Locale, NICHES},
};

/// How many titles a profile shows.
const RECENT_TITLES: usize = 8;

/// An invented personality.
pub(super) struct Persona {
    pub(super) locale: &'static Locale,
    /// Places in [`NICHES`], the main one first.
    niches: Vec<usize>,
    display_name: String,
    handle: String,
    /// Without `#`, the most used first.
    pub(super) hashtags: Vec<String>,
}

impl Persona {
    /// Draws language, niches and a name that no person has: two to four syllables and a number.
    pub(super) fn draw(index: usize, rng: &mut ChaCha8Rng) -> Self {
        let locale = draw_locale(rng);
        let mut niches = vec![rng.random_range(0..NICHES.len())];
        if rng.random_bool(0.35) {
            let second = rng.random_range(0..NICHES.len());
            if second != niches[0] {
                niches.push(second);
            }
        }
        let (first, first_latin) = draw_name(locale, rng);
        let (last, last_latin) = draw_name(locale, rng);
        let handle = match rng.random_range(0..3) {
            0 => format!("{first_latin}.{last_latin}.{index}"),
            1 => format!("{first_latin}_{}_{index}", NICHES[niches[0]]),
            _ => format!("{first_latin}{last_latin}{index}"),
        };
        let mut hashtags = Vec::new();
        for &niche in &niches {
            let topic = locale.topics[niche].to_lowercase();
            for hashtag in
                [topic, NICHES[niche].to_owned(), format!("{}daily", NICHES[niche]), format!("{}ideas", NICHES[niche])]
            {
                if !hashtags.contains(&hashtag) {
                    hashtags.push(hashtag);
                }
            }
        }
        Self { locale, niches, display_name: format!("{first} {last}"), handle, hashtags }
    }

    /// Draws the title of a post.
    pub(super) fn title(&self, rng: &mut ChaCha8Rng) -> String {
        one_of(&self.locale.titles, rng).replace("{}", self.topic(rng))
    }

    /// YouTube's category of the main niche.
    pub(super) fn category(&self) -> &'static str {
        CATEGORIES[self.niches[0]]
    }

    /// Writes the profile, marked synthetic.
    pub(super) fn profile(
        &self,
        account: &Account,
        posts: &[PostRecord],
        end: Timestamp,
        rng: &mut ChaCha8Rng,
    ) -> Creator {
        let youtube = account.platform == Platform::Youtube;
        let mut languages = vec![self.locale.language.to_owned()];
        if self.locale.language != "en" && rng.random_bool(0.2) {
            languages.push("en".to_owned());
        }
        Creator {
            name: account.id.name(),
            display_name: self.display_name.clone(),
            handle: self.handle.clone(),
            bio: one_of(&self.locale.bios, rng).replace("{}", self.locale.topics[self.niches[0]]),
            country: one_of(self.locale.countries, rng).to_owned(),
            languages,
            niches: self.niches.iter().map(|&niche| NICHES[niche].to_owned()).collect(),
            hashtags: self.hashtags.clone(),
            recent_titles: posts.iter().filter_map(title_of).take(RECENT_TITLES).collect(),
            verified: (!youtube).then(|| account.tier >= Tier::Macro && rng.random_bool(0.5)),
            account_create_time: youtube.then(|| before(end, account.age * DAY)),
            links: vec![format!("https://{}.example", self.handle.replace('_', "-"))],
            synthetic: true,
            source: Source::Synthetic.number(),
            observe_time: Some(before(end, 0)),
            ..Creator::default()
        }
    }

    fn topic(&self, rng: &mut ChaCha8Rng) -> &'static str {
        self.locale.topics[self.niches[rng.random_range(0..self.niches.len())]]
    }
}

/// A post's title; its caption where posts have no titles.
fn title_of(record: &PostRecord) -> Option<String> {
    let post = record.post.as_ref()?;
    let text = if post.title.is_empty() { &post.caption } else { &post.title };
    (!text.is_empty()).then(|| text.clone())
}

fn draw_locale(rng: &mut ChaCha8Rng) -> &'static Locale {
    let mut left = rng.random_range(0..LOCALE_WEIGHTS.iter().sum());
    for (locale, weight) in LOCALES.iter().zip(LOCALE_WEIGHTS) {
        if left < weight {
            return locale;
        }
        left -= weight;
    }
    &LOCALES[0]
}

/// Draws a name of one or two syllables, in the locale's script and in Latin letters.
fn draw_name(locale: &Locale, rng: &mut ChaCha8Rng) -> (String, String) {
    let (mut name, mut latin) = (String::new(), String::new());
    for _ in 0..rng.random_range(1..=2) {
        let part = rng.random_range(0..locale.syllables.len());
        name.push_str(locale.syllables[part]);
        latin.push_str(locale.latin[part]);
    }
    let mut letters = name.to_lowercase();
    if let Some(first) = letters.chars().next() {
        letters.replace_range(..first.len_utf8(), &first.to_uppercase().to_string());
    }
    (letters, latin)
}
