//! Owns one generated account: its size, its habits and its weekly counts. Never its words or its posts.

use creatorscope_domain::{CreatorId, Platform, Source, Tier};
use creatorscope_proto::metrics::v1::{AccountCounts, Observation, PostRecord, observation::Counts};
use jiff::Timestamp;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::{
    DAY, before, factor,
    figures::{self, Cohort, Reach},
    normal,
};

/// Weeks in which an account was counted.
const WEEKS: i64 = 26;

/// What an account is like; posts and counts follow from it.
pub(super) struct Account {
    pub(super) id: CreatorId,
    pub(super) platform: Platform,
    pub(super) tier: Tier,
    /// Followers at the end, before the platform rounds.
    pub(super) followers: i64,
    /// Expected posts in a window beyond the fewest, above 0.
    pub(super) further_posts: f64,
    /// Expected views of a mature post, above 0.
    pub(super) views: f64,
    /// Expected engagements per view, above 0.
    pub(super) engagement: f64,
    /// Part of the engagements that are comments.
    pub(super) comment_share: f64,
    /// Part of the engagements that are shares.
    pub(super) share_share: f64,
    /// Part of the posts that are vertical videos (YouTube) or reels (Instagram).
    pub(super) short_share: f64,
    /// Hour of the day, UTC, around which it publishes.
    pub(super) hour: f64,
    /// Age at the end, days.
    pub(super) age: i64,
    hides_followers: bool,
}

impl Account {
    /// Draws platform, followers and habits.
    pub(super) fn draw(platform_id: &str, reach: &Reach, rng: &mut ChaCha8Rng) -> Self {
        let platform = draw_platform(rng);
        let followers = figures::followers_at(platform, normal(rng));
        let tier = Tier::of(followers);
        let cohort: Cohort = figures::cohort_of(platform, tier);
        let shape = figures::shape_of(platform);
        let posts = cohort.posts_per_week * figures::WINDOW_DAYS as f64 / 7.0 - f64::from(figures::FEWEST_POSTS);
        Self {
            id: CreatorId::new(platform, platform_id).expect("letters, digits and hyphens are an id on every platform"),
            platform,
            tier,
            followers,
            further_posts: posts * factor(figures::RATE_SPREAD, rng),
            views: cohort.views * reach.of(platform, followers) * factor(figures::VIEWS_SPREAD, rng),
            engagement: cohort.engagement * factor(figures::ENGAGEMENT_SPREAD, rng),
            comment_share: (shape.comment_share * factor(0.4, rng)).min(0.4),
            share_share: (shape.share_share * factor(0.4, rng)).min(0.4),
            short_share: rng.random_range(0.2..0.9),
            hour: rng.random_range(0.0..24.0),
            age: rng.random_range(400..4_000),
            hides_followers: platform == Platform::Youtube && rng.random_bool(figures::HIDDEN_FOLLOWERS_SHARE),
        }
    }

    /// Counts the account every 7 days up to `end`, the oldest first, walking back from the end: followers shrink by
    /// log-normal steps, views and likes by what a week brings.
    pub(super) fn observations(&self, posts: &[PostRecord], end: Timestamp, rng: &mut ChaCha8Rng) -> Vec<Observation> {
        let weekly_posts = (self.further_posts + f64::from(figures::FEWEST_POSTS)) * 7.0 / figures::WINDOW_DAYS as f64;
        let weekly_views = self.views * weekly_posts;
        let weeks_of_life = self.age as f64 / 7.0;
        let weekly_growth = 0.004 + 0.004 * normal(rng);
        let following = rng.random_range(20..900);
        let posts_of_life = (weekly_posts * weeks_of_life) as i64;
        let mut followers = self.followers as f64;
        let mut total_views = weekly_views * weeks_of_life * rng.random_range(0.7..1.0);
        let mut observations = Vec::new();
        for week in 0..WEEKS {
            let seconds = week * 7 * DAY;
            let later = |post: &&PostRecord| publish_second(post) > end.as_second() - seconds;
            let counts = AccountCounts {
                followers: (!self.hides_followers).then(|| self.reported_followers(followers as i64)),
                following: (self.platform != Platform::Youtube).then_some(following),
                total_views: (self.platform == Platform::Youtube).then_some(total_views as i64),
                total_likes: (self.platform == Platform::Tiktok).then_some((total_views * self.engagement) as i64),
                total_posts: Some(posts_of_life.max(posts.len() as i64) - posts.iter().filter(later).count() as i64),
                hidden: if self.hides_followers { vec!["followers".to_owned()] } else { Vec::new() },
            };
            observations.push(Observation {
                subject: self.id.name(),
                observe_time: Some(before(end, seconds)),
                counts: Some(Counts::Account(counts)),
                source: Source::Synthetic.number(),
            });
            followers /= (weekly_growth + 0.004 * normal(rng)).exp();
            total_views = (total_views - weekly_views * factor(0.3, rng)).max(0.0);
        }
        observations.reverse();
        observations
    }

    /// YouTube rounds subscribers down to 3 significant figures.
    fn reported_followers(&self, followers: i64) -> i64 {
        if self.platform == Platform::Youtube { three_figures(followers) } else { followers }
    }
}

fn draw_platform(rng: &mut ChaCha8Rng) -> Platform {
    let mut left = rng.random::<f64>();
    for &platform in Platform::ALL {
        left -= figures::shape_of(platform).share;
        if left < 0.0 {
            return platform;
        }
    }
    Platform::Instagram
}

fn publish_second(post: &PostRecord) -> i64 {
    post.post.as_ref().and_then(|post| post.publish_time).map_or(0, |time| time.seconds)
}

fn three_figures(count: i64) -> i64 {
    let mut step = 1;
    while count / step >= 1_000 {
        step *= 10;
    }
    count / step * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscribers_are_rounded_down_to_three_figures_and_never_across_a_tier() {
        let cases =
            [(999, 999), (1_000, 1_000), (1_239, 1_230), (9_999, 9_990), (99_999, 99_900), (1_239_999, 1_230_000)];
        for (exact, reported) in cases {
            assert_eq!(three_figures(exact), reported);
            assert_eq!(Tier::of(exact), Tier::of(reported));
        }
    }
}
