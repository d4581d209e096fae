//! Owns the words of the synthetic creators: made of syllables, frequent ones first. Never who uses them.
//!
//! Every word is a run of the letters a to z, so that all engines see the same words in a text, whatever their rules.

/// Niches, the frequent ones first.
pub(crate) const NICHES: [&str; 40] = [
    "lifestyle",
    "beauty",
    "fashion",
    "gaming",
    "comedy",
    "music",
    "fitness",
    "food",
    "travel",
    "tech",
    "family",
    "sports",
    "dance",
    "education",
    "art",
    "cars",
    "pets",
    "finance",
    "health",
    "photography",
    "decor",
    "gardening",
    "books",
    "film",
    "science",
    "news",
    "history",
    "crafts",
    "skincare",
    "makeup",
    "hair",
    "streetwear",
    "yoga",
    "running",
    "cycling",
    "football",
    "cooking",
    "baking",
    "vegan",
    "parenting",
];
/// Topics as platforms name them, the frequent ones first.
pub(crate) const TOPICS: [&str; 16] = [
    "entertainment",
    "people",
    "style",
    "hobby",
    "knowledge",
    "society",
    "performers",
    "vehicles",
    "animals",
    "outdoor",
    "shopping",
    "business",
    "politics",
    "religion",
    "military",
    "weather",
];
/// Countries, the frequent ones first.
pub(crate) const COUNTRIES: [&str; 60] = [
    "US", "IN", "BR", "ID", "MX", "GB", "JP", "DE", "FR", "TR", "IT", "ES", "PH", "VN", "TH", "KR", "PK", "EG", "NG",
    "CA", "AR", "CO", "PL", "BD", "UA", "RU", "SA", "IQ", "MY", "AU", "NL", "PE", "CL", "ZA", "MA", "DZ", "RO", "VE",
    "SE", "BE", "PT", "GR", "CZ", "HU", "AT", "CH", "IL", "AE", "KE", "GH", "EC", "GT", "BO", "DO", "NO", "DK", "FI",
    "IE", "NZ", "SG",
];
/// Languages, the frequent ones first.
pub(crate) const LANGUAGES: [&str; 20] = [
    "en", "es", "pt", "hi", "id", "ja", "de", "fr", "tr", "it", "fil", "vi", "th", "ko", "ur", "ar", "pl", "bn", "uk",
    "ru",
];

/// Words of bios and titles.
const COMMON: usize = 20_000;
/// Words that a niche has for its hashtags.
const TAGS: usize = 60;
const FIRST_NAMES: usize = 2_000;
const LAST_NAMES: usize = 12_000;

const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
const VOWELS: &[u8; 5] = b"aeiou";
const SYLLABLES: usize = 80;
/// Shares no factor with the number of words of two or three syllables, so that no two numbers make one word.
const SCRAMBLE: usize = 7_919;

/// A place of a list of `count`, drawn by Zipf's law with the exponent 1.
pub(crate) fn zipf(count: usize, rng: &mut fastrand::Rng) -> usize {
    let place = ((count as f64 + 1.0).ln() * rng.f64()).exp() - 1.0;
    (place as usize).min(count - 1)
}

/// One of a list, the first ones most often.
pub(crate) fn frequent<'a>(list: &[&'a str], rng: &mut fastrand::Rng) -> &'a str {
    list[zipf(list.len(), rng)]
}

/// A word of a bio or a title.
pub(crate) fn common(rng: &mut fastrand::Rng) -> String {
    common_at(zipf(COMMON, rng))
}

/// The word of bios and titles with this place, from the most frequent.
pub(crate) fn common_at(place: usize) -> String {
    let short = SYLLABLES * SYLLABLES;
    if place < short { syllables(place * SCRAMBLE % short, 2) } else { long(place) }
}

/// A hashtag of a niche.
pub(crate) fn tag(niche: usize, rng: &mut fastrand::Rng) -> String {
    long(300_000 + niche * TAGS + zipf(TAGS, rng))
}

/// The hashtag of a niche with this place, from the most frequent.
pub(crate) fn tag_at(niche: usize, place: usize) -> String {
    long(300_000 + niche * TAGS + place.min(TAGS - 1))
}

/// A first name.
pub(crate) fn first_name(rng: &mut fastrand::Rng) -> String {
    long(100_000 + zipf(FIRST_NAMES, rng))
}

/// A last name.
pub(crate) fn last_name(rng: &mut fastrand::Rng) -> String {
    long(200_000 + zipf(LAST_NAMES, rng))
}

fn long(number: usize) -> String {
    syllables(number * SCRAMBLE % SYLLABLES.pow(3), 3)
}

fn syllables(mut number: usize, count: usize) -> String {
    let mut word = String::with_capacity(2 * count);
    for _ in 0..count {
        let syllable = number % SYLLABLES;
        number /= SYLLABLES;
        word.push(char::from(CONSONANTS[syllable / VOWELS.len()]));
        word.push(char::from(VOWELS[syllable % VOWELS.len()]));
    }
    word
}
