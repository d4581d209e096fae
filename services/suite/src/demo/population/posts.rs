//! Owns the posts of one generated account and their counts, each as its platform reports it. Never the account's own counts.

use creatorscope_domain::{Platform, PostFormat, PostId, PostName, Source};
use creatorscope_proto::metrics::v1::{Observation, Post, PostCounts, PostRecord, observation::Counts};
use jiff::Timestamp;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson};

use super::{
    DAY,
    account::Account,
    before, factor,
    figures::{self, FEWEST_POSTS, MATURE_DAYS, WINDOW_DAYS},
    normal,
    persona::Persona,
};

/// Age of the earlier observation at the end, seconds.
const EARLIER: i64 = 7 * DAY;

/// The posts of an account.
pub(super) struct Posts {
    /// With their counts at the end, the newest first.
    pub(super) records: Vec<PostRecord>,
    /// Counts a week before the end; empty for most accounts.
    pub(super) earlier: Vec<Observation>,
}

/// Draws the posts of [`figures::DAYS`] days before `end`.
pub(super) fn draw(account: &Account, persona: &Persona, end: Timestamp, rng: &mut ChaCha8Rng) -> Posts {
    let counted_twice = rng.random_bool(figures::COUNTED_TWICE_SHARE);
    let mut ages = draw_ages(account, rng);
    ages.sort_unstable();
    let mut posts = Posts { records: Vec::with_capacity(ages.len()), earlier: Vec::new() };
    for (age, viewed) in ages {
        let format = draw_format(account, viewed, rng);
        let post = describe(account, persona, end, age, format, rng);
        let fate = Fate::draw(account, format, post.sponsored == Some(true), rng);
        if counted_twice && age > EARLIER {
            posts.earlier.push(Observation {
                subject: post.name.clone(),
                observe_time: Some(before(end, EARLIER)),
                counts: Some(Counts::Post(fate.counts(account.platform, age - EARLIER))),
                source: Source::Synthetic.number(),
            });
        }
        posts.records.push(PostRecord {
            post: Some(post),
            observe_time: Some(before(end, 0)),
            counts: Some(fate.counts(account.platform, age)),
            source: Source::Synthetic.number(),
        });
    }
    posts
}

/// Draws the ages of all posts at the end, in seconds, each with whether its views must be known. In every window there are
/// [`FEWEST_POSTS`] mature ones and a Poisson number of further ones, so that the expected number is the account's rate.
fn draw_ages(account: &Account, rng: &mut ChaCha8Rng) -> Vec<(i64, bool)> {
    let mut ages = Vec::new();
    for first_day in (0..figures::DAYS).step_by(WINDOW_DAYS as usize) {
        let further = Poisson::new(account.further_posts).map_or(0.0, |number| number.sample(rng));
        for number in 0..FEWEST_POSTS + further as u32 {
            let viewed = number < FEWEST_POSTS;
            let day = first_day + rng.random_range(if viewed { MATURE_DAYS } else { 0 }..WINDOW_DAYS);
            let hour = (account.hour + 2.5 * normal(rng)).rem_euclid(24.0);
            let second = ((hour * 3_600.0) as i64).clamp(1, DAY - 1);
            ages.push(((day + 1) * DAY - second, viewed));
        }
    }
    ages
}

/// Only reels report views on Instagram.
fn draw_format(account: &Account, viewed: bool, rng: &mut ChaCha8Rng) -> PostFormat {
    let short = rng.random_bool(account.short_share);
    match account.platform {
        Platform::Tiktok => PostFormat::Short,
        Platform::Youtube if short => PostFormat::Short,
        Platform::Youtube => PostFormat::Long,
        Platform::Instagram if viewed || short => PostFormat::Reel,
        Platform::Instagram if rng.random_bool(0.5) => PostFormat::Image,
        Platform::Instagram => PostFormat::Carousel,
    }
}

fn describe(
    account: &Account,
    persona: &Persona,
    end: Timestamp,
    age: i64,
    format: PostFormat,
    rng: &mut ChaCha8Rng,
) -> Post {
    let youtube = account.platform == Platform::Youtube;
    let published = before(end, age);
    let name = PostName { creator: account.id.clone(), post: draw_post_id(account.platform, published.seconds, rng) };
    let text = persona.title(rng);
    let used = rng.random_range(0..=persona.hashtags.len().min(3));
    let seconds = match format {
        PostFormat::Short | PostFormat::Reel => Some(rng.random_range(8..60)),
        PostFormat::Long | PostFormat::Live => Some(rng.random_range(240..1_500)),
        PostFormat::Image | PostFormat::Carousel | PostFormat::Story => None,
    };
    Post {
        name: name.to_string(),
        publish_time: Some(published),
        title: if youtube { text.clone() } else { String::new() },
        caption: if youtube { String::new() } else { text },
        hashtags: persona.hashtags[..used].to_vec(),
        format: format.number(),
        duration: seconds.map(|seconds| prost_types::Duration { seconds, nanos: 0 }),
        language: persona.locale.language.to_owned(),
        sponsored: Some(rng.random_bool(figures::SPONSORED_SHARE)),
        category: if youtube { persona.category().to_owned() } else { String::new() },
    }
}

/// TikTok's ids begin with the second of publication, in the upper 32 bits; the others are drawn letters.
fn draw_post_id(platform: Platform, published: i64, rng: &mut ChaCha8Rng) -> PostId {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    let text = match platform {
        Platform::Tiktok => ((published << 32) | i64::from(rng.random::<u32>())).to_string(),
        Platform::Youtube | Platform::Instagram => {
            (0..11).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())])).collect()
        }
    };
    PostId::new(platform, &text).expect("19 digits and 11 letters are ids by the platforms' rules")
}

/// What will have become of a post when nobody looks at it any more, and how each count rounds. A count is the whole number
/// below `final part + luck` with luck even in 0 to 1: right on average and never falling.
struct Fate {
    viewed: bool,
    views: f64,
    likes: f64,
    comments: f64,
    shares: f64,
    saves: f64,
    luck: [f64; 5],
}

impl Fate {
    fn draw(account: &Account, format: PostFormat, sponsored: bool, rng: &mut ChaCha8Rng) -> Self {
        let views = account.views / figures::mean_matured(account.platform) * factor(figures::POST_VIEWS_SPREAD, rng);
        let organic_engagement =
            (1.0 - figures::SPONSORED_SHARE * figures::SPONSORED_ENGAGEMENT) / (1.0 - figures::SPONSORED_SHARE);
        let appeal = if sponsored { figures::SPONSORED_ENGAGEMENT } else { organic_engagement };
        let engagements = views * account.engagement * appeal * factor(figures::POST_ENGAGEMENT_SPREAD, rng);
        let likes = engagements * (1.0 - account.comment_share - account.share_share);
        Self {
            viewed: matches!(format, PostFormat::Short | PostFormat::Long | PostFormat::Live | PostFormat::Reel),
            views,
            likes,
            comments: engagements * account.comment_share,
            shares: engagements * account.share_share,
            saves: likes * 0.08,
            luck: rng.random(),
        }
    }

    /// The counts of a post of that age in seconds; those that the platform reports to everybody.
    fn counts(&self, platform: Platform, age: i64) -> PostCounts {
        let part = figures::matured(platform, age as f64 / DAY as f64);
        let count = |whole: f64, luck: f64| Some((whole * part + luck) as i64);
        let tiktok = platform == Platform::Tiktok;
        PostCounts {
            views: if self.viewed { count(self.views, self.luck[0]) } else { None },
            likes: count(self.likes, self.luck[1]),
            dislikes: None,
            comments: count(self.comments, self.luck[2]),
            shares: if tiktok { count(self.shares, self.luck[3]) } else { None },
            saves: if tiktok { count(self.saves, self.luck[4]) } else { None },
            hidden: Vec::new(),
        }
    }
}
