//! Owns the synthetic posts and readings: each creator depends on the seed and its number alone. Never a store.

use creatorscope_domain::Platform;

const SEED: u64 = 20_260_825;
/// When everything was last read, in seconds since 1970.
pub(super) const END: i64 = 1_787_529_600;
const DAY: i64 = 86_400;
/// Days over which a creator's posts are spread.
const DAYS: f64 = 200.0;
/// Readings of an account, one a week.
const WEEKS: i64 = 12;

/// One creator with everything that was read.
pub(super) struct Account {
    /// `{platform}:{platform id}`.
    pub(super) id: String,
    /// Oldest first.
    pub(super) readings: Vec<AccountReading>,
    pub(super) posts: Vec<PostReading>,
}

/// Counts of an account.
pub(super) struct AccountReading {
    /// Seconds since 1970.
    pub(super) time: i64,
    pub(super) followers: i64,
    pub(super) total_views: i64,
}

/// A post with its one reading.
pub(super) struct PostReading {
    pub(super) id: String,
    /// Seconds since 1970.
    pub(super) time: i64,
    pub(super) published: i64,
    pub(super) sponsored: Option<bool>,
    pub(super) views: i64,
    pub(super) likes: Option<i64>,
    pub(super) comments: Option<i64>,
    pub(super) shares: Option<i64>,
}

/// The creator with this number.
pub(super) fn account(index: u64, posts: u64) -> Account {
    let mut rng = fastrand::Rng::with_seed(SEED ^ index.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    rng.u64(..);
    let platform = Platform::ALL[rng.usize(0..Platform::ALL.len())];
    let followers = (10_000.0 * (1.9 * normal(&mut rng)).exp()).clamp(1.0, 4e8);
    let views = followers * 0.15 * normal(&mut rng).exp() + 5.0;
    let rate = (0.04 * (0.7 * normal(&mut rng)).exp()).min(0.9);
    let (hour, growth) = (rng.i64(0..24), 0.002 * normal(&mut rng));
    let (marks, shares) = (rng.bool(), platform == Platform::Tiktok);
    let readings = (0..WEEKS).rev().map(|week| AccountReading {
        time: END - week * 7 * DAY,
        followers: (followers * (1.0 - growth * week as f64)) as i64,
        total_views: (views * (1_000.0 - week as f64)) as i64,
    });
    let posts = (0..posts).map(|post| {
        let day = (rng.f64() * DAYS) as i64;
        let near = (hour + rng.i64(0..5)) % 24;
        let published = END - (day + 1) * DAY + near * 3_600 + rng.i64(0..3_600);
        let seen = (views * (0.8 * normal(&mut rng)).exp()).max(1.0);
        let likes = (rng.f64() < 0.98).then(|| (seen * rate * (0.5 + rng.f64())) as i64);
        let id = index * 10_000 + post;
        PostReading {
            id: if platform == Platform::Youtube { format!("{id:011}") } else { format!("{id:018}") },
            time: END - rng.i64(0..3_600),
            published,
            sponsored: marks.then(|| rng.f64() < 0.1),
            views: seen as i64,
            likes,
            comments: (rng.f64() < 0.99).then(|| (seen * rate * 0.03 * rng.f64()) as i64),
            shares: shares.then(|| (seen * rate * 0.1 * rng.f64()) as i64),
        }
    });
    Account {
        id: format!("{}:r{index:010}", platform.slug()),
        posts: posts.collect::<Vec<_>>(),
        readings: readings.collect(),
    }
}

/// A deviation from the standard normal distribution, by Box and Muller.
fn normal(rng: &mut fastrand::Rng) -> f64 {
    (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (std::f64::consts::TAU * rng.f64()).cos()
}
