//! Owns the synthetic creators of the comparison: each depends on the seed and its number alone. Never an engine.

use creatorscope_domain::{Platform, Tier};

use super::vocabulary::{self, COUNTRIES, LANGUAGES, NICHES, TOPICS};

/// The metrics of each creator beside followers, as the registry names them.
pub(crate) const METRICS: [&str; 12] = [
    "er.views",
    "views.mean",
    "er.followers.lcs",
    "views.median",
    "views.p25",
    "views.p75",
    "likes.mean",
    "comments.mean",
    "posts_per_week",
    "consistency.cv",
    "followers.growth",
    "sponsored.share",
];
/// Places in [`METRICS`] that questions name.
pub(crate) const ER_VIEWS: usize = 0;
pub(crate) const VIEWS_MEAN: usize = 1;

const SEED: u64 = 20_260_824;

/// One creator. Texts have no tabs, quotes or braces.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) index: u64,
    pub(crate) platform: Platform,
    pub(crate) display_name: String,
    /// Letters and digits.
    pub(crate) handle: String,
    pub(crate) bio: String,
    /// None when not known.
    pub(crate) country: Option<&'static str>,
    pub(crate) languages: Vec<&'static str>,
    pub(crate) niches: Vec<&'static str>,
    pub(crate) topics: Vec<&'static str>,
    pub(crate) hashtags: Vec<String>,
    pub(crate) titles: Vec<String>,
    pub(crate) verified: Option<bool>,
    /// Seconds since 1970.
    pub(crate) account_created: i64,
    pub(crate) followers: Option<i64>,
    /// In the order of [`METRICS`].
    pub(crate) metrics: [Option<f64>; METRICS.len()],
}

impl Member {
    /// `{platform}:{platform id}`.
    pub(crate) fn id(&self) -> String {
        format!("{}:m{:010}", self.platform.word().to_lowercase(), self.index)
    }

    /// The number in an id or a name.
    pub(crate) fn index_of(id: &str) -> u64 {
        id.rsplit_once(":m").and_then(|(_, number)| number.parse().ok()).expect("an id of this population")
    }

    pub(crate) fn tier(&self) -> Option<&'static str> {
        self.followers.map(|followers| Tier::of(followers).word())
    }

    /// Everything that the text search looks into.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{} {} {}", self.display_name, self.handle, self.bio);
        let tags = self.niches.iter().chain(&self.topics).copied().chain(self.hashtags.iter().map(String::as_str));
        for part in tags.chain(self.titles.iter().map(String::as_str)) {
            text.push(' ');
            text.push_str(part);
        }
        text
    }

    /// What creators resemble one another in: niches, topics and hashtags, each once.
    pub(crate) fn tags(&self) -> Vec<String> {
        let mut tags: Vec<String> = self.niches.iter().chain(&self.topics).map(|tag| (*tag).to_owned()).collect();
        tags.extend(self.hashtags.iter().cloned());
        tags.sort();
        tags.dedup();
        tags
    }
}

/// The creator with this number.
pub(crate) fn member(index: u64) -> Member {
    let mut rng = rng(index, 0);
    let platform = match rng.f64() {
        share if share < 0.3 => Platform::Youtube,
        share if share < 0.7 => Platform::Tiktok,
        _ => Platform::Instagram,
    };
    let (first, last) = (vocabulary::first_name(&mut rng), vocabulary::last_name(&mut rng));
    let handle = match rng.u8(0..3) {
        0 => format!("{first}{last}"),
        1 => format!("{first}{last}{}", rng.u16(1..1_000)),
        _ => format!("{last}{}{}", vocabulary::common(&mut rng), rng.u8(1..100)),
    };
    let main = vocabulary::zipf(NICHES.len(), &mut rng);
    let mut niches = vec![NICHES[main]];
    while niches.len() < 3 && rng.f64() < 0.35 {
        let other = vocabulary::frequent(&NICHES, &mut rng);
        if !niches.contains(&other) {
            niches.push(other);
        }
    }
    let mut hashtags: Vec<String> = Vec::new();
    for _ in 0..rng.usize(2..9) {
        let own = rng.f64() < 0.75;
        let tag = if own { vocabulary::tag(main, &mut rng) } else { vocabulary::common(&mut rng) };
        if !hashtags.contains(&tag) {
            hashtags.push(tag);
        }
    }
    let words = |count: usize, rng: &mut fastrand::Rng| -> String {
        (0..count).map(|_| vocabulary::common(rng)).collect::<Vec<_>>().join(" ")
    };
    let mut bio = words(rng.usize(5..15), &mut rng);
    if rng.f64() < 0.6 {
        bio = format!("{bio}. {}", NICHES[main]);
    }
    let country = (rng.f64() < 0.8).then(|| vocabulary::frequent(&COUNTRIES, &mut rng));
    let (followers, metrics) = numbers(platform, &mut rng);
    Member {
        index,
        platform,
        display_name: format!("{} {}", capital(&first), capital(&last)),
        handle,
        bio,
        country,
        languages: vec![vocabulary::frequent(&LANGUAGES, &mut rng)],
        niches,
        topics: vec![vocabulary::frequent(&TOPICS, &mut rng)],
        hashtags,
        titles: (0..3).map(|_| words(rng.usize(4..8), &mut rng)).collect(),
        verified: (rng.f64() < 0.9).then(|| rng.f64() < 0.04),
        account_created: rng.i64(1_262_304_000..1_780_000_000),
        followers,
        metrics,
    }
}

/// What a creator of `population` has become after an update with this number: other followers and metrics.
pub(crate) fn updated(number: u64, population: u64) -> Member {
    let mut rng = rng(number, 1);
    let mut changed = member(rng.u64(0..population));
    (changed.followers, changed.metrics) = numbers(changed.platform, &mut rng);
    changed
}

/// A stream of random numbers for each number and purpose.
pub(crate) fn rng(number: u64, purpose: u64) -> fastrand::Rng {
    let mut seeds =
        fastrand::Rng::with_seed(SEED ^ (number.wrapping_mul(0x9E37_79B9_7F4A_7C15)).wrapping_add(purpose << 56));
    fastrand::Rng::with_seed(seeds.u64(..))
}

/// Followers are log-normal for each platform; the metrics hang together as those of real accounts do.
fn numbers(platform: Platform, rng: &mut fastrand::Rng) -> (Option<i64>, [Option<f64>; METRICS.len()]) {
    let (median, spread) = match platform {
        Platform::Youtube => (8_000.0, 2.0),
        Platform::Tiktok => (15_000.0, 1.9),
        Platform::Instagram => (12_000.0, 1.8),
    };
    let mut followers = log_normal(median, spread, rng).min(4e8).round();
    if platform == Platform::Youtube && followers >= 1_000.0 {
        // YouTube rounds down to 3 significant figures.
        let step = 10_f64.powi(followers.log10() as i32 - 2);
        followers = (followers / step).floor() * step;
    }
    let mean = followers * log_normal(0.15, 1.0, rng) + 1.0;
    let rate = log_normal(0.04, 0.7, rng).min(1.0);
    let median = mean * (0.4 + 0.5 * rng.f64());
    let likes = mean * rate * 0.9;
    let values = [
        rate,
        mean,
        rate * mean / (followers + 1.0),
        median,
        median * (0.3 + 0.5 * rng.f64()),
        median * (1.2 + rng.f64()),
        likes,
        likes * log_normal(0.03, 0.8, rng),
        log_normal(3.0, 0.9, rng),
        log_normal(0.6, 0.5, rng),
        0.02 + 0.05 * normal(rng),
        rng.f64().powi(3),
    ];
    let measured = rng.f64() < 0.95;
    let metrics = values.map(|value| (measured && rng.f64() < 0.98).then_some(value));
    ((rng.f64() < 0.97).then_some(followers as i64), metrics)
}

fn log_normal(median: f64, spread: f64, rng: &mut fastrand::Rng) -> f64 {
    median * (spread * normal(rng)).exp()
}

/// A deviation from the standard normal distribution, by Box and Muller.
fn normal(rng: &mut fastrand::Rng) -> f64 {
    (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (std::f64::consts::TAU * rng.f64()).cos()
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}
