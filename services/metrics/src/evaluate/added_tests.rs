//! Owns the examples of sponsorship, price, anomalies, ranges and expiry. Never the other formulas.

use creatorscope_domain::{Retention, Source, Window};

use super::*;
use crate::{
    definitions::find,
    model::{AccountCounts, AccountTerm, Expired, Observed, PostHistory},
    sponsorship::Verdict,
    testing::{account, day, history, post},
};

fn number(history: &CreatorHistory, definition: &str) -> Metric {
    let found = find(definition).expect("known");
    evaluate(history, found, found.default_window(), None, None).expect("observed")
}

fn value(history: &CreatorHistory, definition: &str) -> Result<f64, Missing> {
    number(history, definition).result
}

fn detected(mut post: PostHistory, sponsored: Option<bool>) -> PostHistory {
    let facts = post.facts.as_mut().expect("described");
    facts.verdict = Verdict { sponsored, confidence: 0.9 };
    post
}

/// So many posts of 1 000 views and these likes each.
fn posts(prefix: &str, count: usize, likes: i64, sponsored: Option<bool>) -> Vec<PostHistory> {
    let made =
        (0..count).map(|place| post(&format!("{prefix}{place}"), place as f64, 40.0, [1_000, likes, -1, -1, -1]));
    made.map(|post| detected(post, sponsored)).collect()
}

fn close(result: Result<f64, Missing>, expected: f64) -> bool {
    result.is_ok_and(|value| (value - expected).abs() < 1e-9)
}

#[test]
fn sponsored_posts_are_compared_with_the_others() {
    let mut all = posts("s", 3, 30, Some(true));
    all.extend(posts("o", 4, 60, Some(false)));
    all.extend(posts("u", 2, 500, None));
    let history = history("tiktok", all, vec![]);
    assert!(close(value(&history, "er.sponsored_to_organic"), 0.5));
    assert_eq!(number(&history, "er.sponsored_to_organic").excluded_count, 2);
    assert!(close(value(&history, "er.views.sponsored"), 0.03));
    assert!(close(value(&history, "er.views.organic"), 0.06));
    let share = number(&history, "sponsored.share@2");
    assert_eq!((share.result, share.sample_size, share.excluded_count), (Ok(3.0 / 7.0), 7, 2));
    assert_eq!(value(&history, "sponsored.share@1"), Err(Missing::NotReported), "no platform said anything");
    assert_eq!(find("sponsored.share").map(|found| found.version), Some(2));
}

#[test]
fn a_comparison_needs_three_posts_of_each_kind() {
    let mut all = posts("s", 2, 30, Some(true));
    all.extend(posts("o", 9, 60, Some(false)));
    let few = history("tiktok", all, vec![]);
    assert_eq!(value(&few, "er.sponsored_to_organic"), Err(Missing::TooFewPosts));
    assert_eq!(value(&few, "er.views.sponsored"), Err(Missing::TooFewPosts));
    let none = history("tiktok", posts("o", 9, 60, Some(false)), vec![]);
    assert_eq!(value(&none, "er.views.sponsored"), Err(Missing::TooFewPosts));
    let unknown = history("tiktok", posts("u", 9, 60, None), vec![]);
    assert_eq!(value(&unknown, "er.views.sponsored"), Err(Missing::NotReported));
}

#[test]
fn a_price_is_a_band_around_the_expected_views_and_explains_itself() {
    for (platform, cents) in [("youtube", 2_000.0), ("tiktok", 500.0), ("instagram", 1_000.0)] {
        let history = history(platform, posts("p", 3, 10, None), vec![account(40.0, 20_000, -1)]);
        let price = number(&history, "price.per_post");
        assert_eq!(price.result, Ok(cents), "{platform}");
        let band = price.interval.expect("a band");
        assert!((band.low - 0.68 * cents).abs() < 1e-6 && (band.high - 1.38 * cents).abs() < 1e-6, "{band:?}");
        let told: Vec<(&str, &str)> = price.explanations.iter().map(|found| (found.factor, found.level)).collect();
        assert_eq!(told, [("expected_views", "low"), ("cpm", "typical")]);
        assert!(price.explanations[0].description.contains("1000 views, the median of 3 posts"), "{price:?}");
    }
    let few = history("tiktok", posts("p", 2, 10, None), vec![]);
    assert_eq!(
        (value(&few, "price.per_post"), number(&few, "price.per_post").explanations.len()),
        (Err(Missing::TooFewPosts), 0)
    );
}

#[test]
fn engagement_grows_from_one_window_to_the_next() {
    let mut all: Vec<PostHistory> =
        (0..3).map(|place| post(&format!("a{place}"), 10.0, 60.0, [1_000, 20, -1, -1, -1])).collect();
    all.extend((0..3).map(|place| post(&format!("b{place}"), 40.0, 60.0, [1_000, 30, -1, -1, -1])));
    let growing = history("tiktok", all.clone(), vec![]);
    assert!(close(value(&growing, "er.views.growth"), 0.5));
    all.remove(0);
    assert_eq!(value(&history("tiktok", all, vec![]), "er.views.growth"), Err(Missing::TooFewPosts));
}

#[test]
fn hidden_likes_are_a_share_and_not_a_zero() {
    let hidden = post("1", 0.0, 10.0, [100, -2, -1, -1, -1]);
    let open = post("2", 0.0, 10.0, [100, 5, -1, -1, -1]);
    let silent = post("3", 0.0, 10.0, [100, -1, -1, -1, -1]);
    let of = |posts: Vec<PostHistory>| value(&history("instagram", posts, vec![]), "likes.hidden_share");
    assert_eq!(of(vec![hidden.clone(), open, silent.clone()]), Ok(0.5));
    assert_eq!(of(vec![hidden]), Ok(1.0));
    assert_eq!(of(vec![silent]), Err(Missing::NotReported));
}

#[test]
fn impossible_counts_are_flagged() {
    let flags =
        |counts, definition| number(&history("tiktok", vec![post("1", 0.0, 10.0, counts)], vec![]), definition).flags;
    assert!(flags([100, 101, -1, 5, -1], "er.views").contains(&Flag::AnomalyLikesOverViews));
    assert!(!flags([100, 100, -1, 5, -1], "er.views").contains(&Flag::AnomalyLikesOverViews));
    assert!(flags([9_000, 10, -1, 101, -1], "comments.mean").contains(&Flag::AnomalyCommentsOverLikes));
    assert!(!flags([9_000, 1, -1, 100, -1], "comments.mean").contains(&Flag::AnomalyCommentsOverLikes));
    assert!(!flags([9_000, 10, -1, 101, -1], "views.mean").contains(&Flag::AnomalyCommentsOverLikes));
}

#[test]
fn a_jump_of_followers_is_far_outside_the_account_s_own_days() {
    let steady = |jump: i64| {
        let counted = (0..31).map(|read| {
            let wobble = [0, 7, -5, 3, -2][read as usize % 5];
            account(read as f64, 100_000 + 100 * read + wobble + if read >= 25 { jump } else { 0 }, -1)
        });
        number(&history("tiktok", vec![], counted.collect()), "followers.growth").flags
    };
    assert!(!steady(0).contains(&Flag::AnomalyFollowersJump));
    assert!(!steady(1_500).contains(&Flag::AnomalyFollowersJump), "1.5 % in a day happens");
    assert!(steady(40_000).contains(&Flag::AnomalyFollowersJump));
    assert!(steady(-40_000).contains(&Flag::AnomalyFollowersJump));
}

#[test]
fn per_post_numbers_of_enough_posts_carry_a_range_that_holds_them() {
    let made = (0..12).map(|place| {
        post(
            &format!("{place:02}"),
            f64::from(place),
            40.0,
            [1_000 + 90 * i64::from(place), 20 + 7 * i64::from(place % 4), -1, 3, -1],
        )
    });
    let many = history("tiktok", made.collect(), vec![account(40.0, 5_000, -1)]);
    for definition in [
        "er.views",
        "er.views.median",
        "er.views.likes",
        "er.followers.lc",
        "er.followers.median_likes",
        "views.mean",
        "views.median",
        "likes_per_view",
        "view_rate",
    ] {
        let metric = number(&many, definition);
        let (value, range) = (metric.result.expect("a value"), metric.interval.expect(definition));
        assert!(range.low < value && value < range.high && range.confidence == 0.95, "{definition}: {value} {range:?}");
    }
    let few = posts("p", 5, 10, None);
    assert_eq!(number(&history("tiktok", few, vec![]), "er.views").interval, None);
}

fn of_source(mut post: PostHistory, source: Source) -> PostHistory {
    post.observations[0].source = source;
    if let Some(facts) = &mut post.facts {
        facts.source = source;
    }
    post
}

fn limits() -> Retention {
    Retention::unlimited().with(Source::YoutubeApi, 30)
}

#[test]
fn a_value_expires_with_the_first_of_what_it_was_made_of() {
    let first = of_source(post("1", 0.0, 20.0, [100, 1, -1, -1, -1]), Source::YoutubeApi);
    let second = of_source(post("2", 1.0, 22.0, [300, 1, -1, -1, -1]), Source::YoutubeApi);
    let third = post("3", 2.0, 10.0, [200, 1, -1, -1, -1]);
    let history =
        history("youtube", vec![first, second, third], vec![account(21.0, 5, -1)]).unexpired(limits(), day(25.0));
    assert_eq!(number(&history, "views.mean").expires_at, Some(day(50.0)));
    assert_eq!(number(&history, "posts").expires_at, Some(day(50.0)));
    assert_eq!(number(&history, "followers").expires_at, None, "a file has no limit");
    assert_eq!(number(&history, "days_since_last_post").expires_at, None);
    assert_eq!(number(&history, "shares.mean").expires_at, None, "what is missing does not expire");
}

#[test]
fn what_expired_is_left_out_and_told() {
    let old = of_source(post("1", 0.0, 20.0, [100, 1, -1, -1, -1]), Source::YoutubeApi);
    let new = of_source(post("2", 40.0, 45.0, [300, 1, -1, -1, -1]), Source::YoutubeApi);
    let mut followers = account(20.0, 9, -1);
    followers.source = Source::YoutubeApi;
    let mut total = account(45.0, -1, 70);
    total.source = Source::YoutubeApi;
    let whole = history("youtube", vec![old, new], vec![followers, total]);
    let later = whole.clone().unexpired(limits(), day(50.0));
    assert_eq!(later.expired, Expired { posts: Some(day(20.0)), account: Some(day(20.0)) });
    assert_eq!(value(&later, "views.mean"), Ok(300.0));
    assert_eq!(value(&later, "followers"), Err(Missing::Expired));
    assert_eq!(value(&later, "followers.growth"), Err(Missing::Expired));
    assert_eq!(value(&later, "price.per_post"), Err(Missing::Expired));
    let recent = evaluate(&later, find("price.per_post").expect("known"), Window::Window7d, None, None);
    assert_eq!(recent.expect("observed").result, Err(Missing::TooFewPosts), "nothing of these days expired");
    assert!(View::at(&whole.unexpired(limits(), day(75.0)), None).is_none());
}

#[test]
fn of_an_expired_description_the_publish_time_stays_while_counts_refer_to_it() {
    let mut one = detected(of_source(post("1", 0.0, 20.0, [100, 1, -1, -1, -1]), Source::YoutubeApi), Some(true));
    one.observations[0].source = Source::File;
    let history = history("youtube", vec![one], vec![]).unexpired(limits(), day(50.0));
    let facts = history.posts[0].facts.as_ref().expect("kept");
    assert_eq!((facts.publish_time, facts.format, facts.verdict), (Some(day(0.0)), None, Verdict::default()));
    assert_eq!(value(&history, "views.mean"), Ok(100.0));
    assert_eq!(value(&history, "sponsored.share"), Err(Missing::Expired));
}

/// An account that was read with these followers and followed accounts; -1 is not reported, -2 hidden.
fn follows(read: f64, followers: i64, following: i64) -> Observed<AccountTerm> {
    let known = |value: i64| Some(value).filter(|value| *value >= 0);
    let hidden = i64::from(followers == -2) | i64::from(following == -2) << 1;
    let counts = AccountCounts::stored([known(followers), known(following), None, None, None, None], hidden);
    Observed { time: day(read), counts, source: Source::File }
}

#[test]
fn followers_are_compared_with_followed_accounts_of_the_last_readings() {
    let ratio = |account| value(&history("tiktok", vec![], account), "following_ratio");
    assert!(close(ratio(vec![follows(1.0, 10, 500), follows(2.0, 900, 300)]), 3.0));
    assert!(close(ratio(vec![follows(1.0, 900, 450), follows(2.0, 1_800, -1)]), 4.0), "each from its own last reading");
    assert_eq!(ratio(vec![follows(1.0, 900, 0)]), Err(Missing::ZeroDenominator));
    assert_eq!(ratio(vec![follows(1.0, 900, -2)]), Err(Missing::Hidden));
    assert_eq!(ratio(vec![follows(1.0, 900, -1)]), Err(Missing::NotReported));
    let told = number(&history("tiktok", vec![], vec![follows(1.0, 900, 0)]), "following_ratio");
    assert_eq!(
        told.terms.iter().map(|used| (used.term, used.total)).collect::<Vec<_>>(),
        [("followers", 900.0), ("following", 0.0)]
    );
}
