//! Owns how judgements are tried on creators made up for it.

use proptest::prelude::*;

use super::*;

fn cohort() -> Cohort {
    Cohort {
        name: "youtube/micro".to_owned(),
        comments_per_like: Usual::of_quartiles(0.03, 0.06, 0.10),
        likes_per_view: Usual::of_quartiles(0.02, 0.04, 0.06).map(Usual::inverted),
    }
}

/// A post with 10 000 views on the day of 2026; 20 comments at the creator, so many of which are negative.
fn post(day: i64, likes: i64, comments: i64, negative_at_creator: f64, negative: f64) -> PostSigns {
    let cell = Cell {
        comments: 50,
        scored: 50,
        negative: 50.0 * negative,
        positive: 50.0 * (1.0 - negative) * 0.8,
        neutral: 50.0 * (1.0 - negative) * 0.2,
        at_creator: 20,
        at_creator_negative: 20.0 * negative_at_creator,
        ..Cell::default()
    };
    PostSigns {
        post_id: format!("post{day:03}"),
        time: Some(Timestamp::from_second(1_767_225_600 + day * 86_400).unwrap()),
        views: Some(10_000),
        likes: Some(likes),
        dislikes: None,
        comments: Some(comments),
        cell: Some(cell),
    }
}

fn liked(day: i64) -> PostSigns {
    post(day, 420 + day, 24, 0.05, 0.08)
}

fn hated(day: i64) -> PostSigns {
    post(day, 110 + day, 180, 0.75, 0.7)
}

fn of(posts: &[PostSigns]) -> Judgement {
    judge(Inputs { posts, cohort: &cohort(), engagement_percentile: Some(90.0) })
}

#[test]
fn a_creator_that_is_spoken_to_kindly_is_loved() {
    let judgement = of(&(0..8).map(liked).collect::<Vec<_>>());
    assert_eq!(judgement.verdict, Verdict::Loved, "{judgement:#?}");
    assert!(judgement.score.unwrap().value < 0.3);
}

#[test]
fn dislike_on_every_post_is_hate_watching() {
    let judgement = of(&(0..8).map(|n| hated(n * 7)).collect::<Vec<_>>());
    assert_eq!(judgement.verdict, Verdict::HateWatched, "{judgement:#?}");
    assert!(judgement.score.unwrap().low > 0.4);
    assert!(!judgement.counts_only);
}

#[test]
fn a_few_of_hundreds_of_posts_are_chance_and_no_backlash() {
    let mut posts: Vec<PostSigns> = (0..200).map(liked).collect();
    posts.extend((200..204).map(hated));
    let judgement = of(&posts);
    assert_eq!(judgement.verdict, Verdict::Loved, "{:?}", judgement.score);
}

#[test]
fn one_disliked_post_is_a_backlash() {
    let mut posts: Vec<PostSigns> = (0..9).map(liked).collect();
    posts.push(hated(9));
    let judgement = of(&posts);
    assert_eq!(judgement.verdict, Verdict::Backlash, "{judgement:#?}");
    assert_eq!(judgement.posts[0].post_id, "post009");
}

#[test]
fn anger_at_the_topic_is_no_dislike_of_the_creator() {
    let judgement = of(&(0..8).map(|n| post(n, 400 + n, 28, 0.08, 0.6)).collect::<Vec<_>>());
    assert_eq!(judgement.verdict, Verdict::ContestedTopic, "{judgement:#?}");
}

#[test]
fn counts_alone_give_a_score_and_no_verdict() {
    let posts: Vec<PostSigns> = (0..8).map(|n| PostSigns { cell: None, ..hated(n * 7) }).collect();
    let judgement = of(&posts);
    assert_eq!(judgement.verdict, Verdict::InsufficientData);
    assert!(judgement.counts_only && judgement.score.unwrap().value > 0.5);
    assert!(judgement.needed[0].contains("100 more comments"), "{:?}", judgement.needed);
}

#[test]
fn known_dislikes_stand_in_for_comments() {
    let disliked = |n: i64| PostSigns { cell: None, dislikes: Some(90), ..hated(n * 7) };
    assert_eq!(of(&(0..8).map(disliked).collect::<Vec<_>>()).verdict, Verdict::HateWatched);
    let liked = |n: i64| PostSigns { cell: None, dislikes: Some(1), ..liked(n * 7) };
    assert_eq!(of(&(0..8).map(liked).collect::<Vec<_>>()).verdict, Verdict::Loved);
}

#[test]
fn an_audience_that_hardly_comments_does_not_watch_to_hate() {
    let posts: Vec<PostSigns> = (0..8).map(|n| hated(n * 7)).collect();
    let judgement = judge(Inputs { posts: &posts, cohort: &cohort(), engagement_percentile: Some(20.0) });
    assert_eq!(judgement.verdict, Verdict::Mixed);
}

#[test]
fn without_posts_it_says_what_is_needed() {
    let judgement = of(&[]);
    assert_eq!((judgement.verdict, judgement.score), (Verdict::InsufficientData, None));
    assert!(judgement.needed.iter().any(|needed| needed.contains("3 more posts")));
}

#[test]
fn switched_off_comments_are_not_read_as_few() {
    let posts: Vec<PostSigns> = (0..5).map(|n| PostSigns { comments: Some(0), cell: None, ..liked(n) }).collect();
    assert!(of(&posts).evidence.iter().all(|evidence| evidence.signal != "comments_per_like"));
}

#[test]
fn contributions_and_offset_make_the_logit_of_the_mean() {
    let judgement = of(&[liked(1), hated(2), PostSigns { cell: None, ..hated(3) }, liked(4)]);
    let sum: f64 = judgement.evidence.iter().map(|evidence| evidence.contribution).sum();
    let value = judgement.score.unwrap().value;
    assert!(((value / (1.0 - value)).ln() - (sum - 1.5)).abs() < 1e-9);
}

prop_compose! {
    fn any_post()(
        id in 0_u32..1000,
        views in proptest::option::of(0_i64..1_000_000_000),
        likes in proptest::option::of(0_i64..100_000_000),
        dislikes in proptest::option::of(0_i64..10_000_000),
        comments in proptest::option::of(0_i64..10_000_000),
        at in 0_i64..500,
        negative in 0.0..=1.0_f64,
    ) -> PostSigns {
        let cell = Cell { comments: 500, scored: 500, at_creator: at, at_creator_negative: negative * at as f64,
            negative: 500.0 * negative, positive: 500.0 * (1.0 - negative), ..Cell::default() };
        PostSigns { post_id: id.to_string(), time: None, views, likes, dislikes, comments, cell: Some(cell) }
    }
}

proptest! {
    #[test]
    fn a_score_lies_in_its_range_and_its_interval(posts in proptest::collection::vec(any_post(), 0..12)) {
        let judgement = of(&posts);
        if let Some(score) = judgement.score {
            prop_assert!(0.0 <= score.low && score.low <= score.value && score.value <= score.high && score.high <= 1.0);
        }
        prop_assert!(judgement.posts.iter().all(|post| (0.0..=1.0).contains(&post.score)));
        prop_assert_eq!(judgement.verdict == Verdict::InsufficientData, !judgement.needed.is_empty());
    }

    #[test]
    fn the_order_of_posts_does_not_matter(mut posts in proptest::collection::vec(any_post(), 0..12)) {
        let before = of(&posts);
        posts.reverse();
        let after = of(&posts);
        prop_assert_eq!(before.verdict, after.verdict);
        let close = |a: Option<Score>, b: Option<Score>| match (a, b) {
            (Some(a), Some(b)) => (a.value - b.value).abs() < 1e-9,
            (a, b) => a == b,
        };
        prop_assert!(close(before.score, after.score));
    }

    #[test]
    fn more_comments_at_the_same_likes_never_lower_the_score_of_a_post(more in 1_i64..5_000) {
        let calm: Vec<PostSigns> = (0..6).map(liked).collect();
        let mut heated = calm.clone();
        heated[3].comments = heated[3].comments.map(|comments| comments + more);
        let of_post = |judgement: &Judgement| judgement.posts.iter().find(|post| post.post_id == "post003").unwrap().score;
        prop_assert!(of_post(&of(&heated)) >= of_post(&of(&calm)));
    }
}
