//! Owns how signs are tried on creators made up for it.

use proptest::prelude::*;

use super::*;

fn signal(judgement: &Judgement, kind: Kind) -> f64 {
    judgement.signals.iter().find(|signal| signal.kind == kind).unwrap().suspicion.unwrap()
}

fn day(day: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + day * 86_400).unwrap()
}

fn post(n: i64, views: i64, likes: i64, comments: i64) -> PostSigns {
    let (views, likes, comments) = (Some(views), Some(likes), Some(comments));
    PostSigns { post_id: format!("post{n}"), views, likes, comments, ..PostSigns::default() }
}

fn earned() -> Vec<PostSigns> {
    [220, 900, 410, 3_100, 150, 700, 1_300, 510, 260, 980]
        .iter()
        .zip(0..)
        .map(|(likes, n)| post(n, likes * 22, *likes, likes / 30))
        .collect()
}

#[test]
fn bought_followers_show_as_a_sawtooth_and_slow_growth_does_not() {
    let bought = [10_000.0, 10_050.0, 13_000.0, 12_100.0, 11_200.0, 10_500.0, 10_400.0];
    let grown = [10_000.0, 10_200.0, 10_420.0, 10_600.0, 10_790.0, 11_010.0, 11_200.0];
    let viral = [10_000.0, 10_050.0, 13_000.0, 13_100.0, 13_150.0, 13_240.0, 13_300.0];
    let of = |counts: [f64; 7]| {
        let followers = counts.into_iter().zip(0..).map(|(count, n)| (day(n * 3), count)).collect();
        signal(&judge(&Inputs { followers, ..Inputs::default() }), Kind::GrowthSawtooth)
    };
    assert!(of(bought) > 0.9);
    assert_eq!((of(grown), of(viral)), (0.0, 0.0));
}

#[test]
fn engagement_is_suspicious_far_from_the_cohort_on_either_side() {
    let usual = Usual::of_quartiles(0.02, 0.035, 0.06).unwrap();
    let of = |rate| judge(&Inputs { engagement: Some(Engagement { rate, usual, posts: 9 }), ..Inputs::default() });
    assert!(signal(&of(0.6), Kind::FarAboveCohort) > 0.8);
    assert!(signal(&of(0.002), Kind::FarBelowCohort) > 0.8);
    assert_eq!(signal(&of(0.05), Kind::FarAboveCohort), 0.0);
    assert_eq!(signal(&of(0.6), Kind::FarBelowCohort), 0.0);
}

#[test]
fn more_likes_than_views_do_not_fit_and_name_their_posts() {
    let mut posts = earned();
    posts[2].likes = Some(50_000);
    let judgement = judge(&Inputs { posts: &posts, ..Inputs::default() });
    let found = judgement.signals.iter().find(|signal| signal.kind == Kind::CountsDoNotFit).unwrap();
    assert_eq!((found.suspicion, found.posts.as_slice()), (Ok(0.25), ["post2".to_owned()].as_slice()));
}

#[test]
fn likes_that_never_vary_are_suspicious() {
    let bought: Vec<PostSigns> = (0..10).map(|n| post(n, 10_000 + 900 * n, 500 + n, 9)).collect();
    assert!(signal(&judge(&Inputs { posts: &bought, ..Inputs::default() }), Kind::UniformEngagement) > 0.9);
    assert_eq!(signal(&judge(&Inputs { posts: &earned(), ..Inputs::default() }), Kind::UniformEngagement), 0.0);
}

#[test]
fn repeated_comments_of_few_people_are_suspicious() {
    let comments = Some(Cell { comments: 200, repeated: 120, empty: 190, ..Cell::default() });
    let commenters = Commenters { authors: 6, most: 110, known: 200, ..Commenters::default() };
    let judgement = judge(&Inputs { comments, commenters: Some(&commenters), ..Inputs::default() });
    for kind in [Kind::RepeatedComments, Kind::EmptyComments, Kind::ConcentratedAuthors] {
        assert_eq!(signal(&judgement, kind), 1.0, "{kind:?}");
    }
    let score = judgement.score.unwrap();
    assert!(score.value < 1.0 && score.signals == 3);
}

#[test]
fn two_signs_are_too_few_for_a_score() {
    let profile = Profile { followers: Some(900), following: Some(300), ..Profile::default() };
    let judgement = judge(&Inputs { posts: &earned()[..4], profile, ..Inputs::default() });
    assert_eq!(judgement.signals.iter().filter(|signal| signal.suspicion.is_ok()).count(), 2);
    assert_eq!(judgement.score, None);
    assert_eq!(judgement.signals.len(), 10);
}

proptest! {
    #[test]
    fn scores_stay_in_range_and_in_their_interval(
        followers in proptest::collection::vec((0_i64..400, 0.0..1e9_f64), 0..30),
        counts in proptest::collection::vec((0_i64..1_000_000, 0_i64..1_000_000, 0_i64..1_000_000), 0..20),
        comments in 0_i64..1_000, repeated in 0.0..=1.0_f64, bio in 0_usize..500, digits in 0.0..=1.0_f64,
        following in 0_i64..100_000, rate in 0.0..2.0_f64,
    ) {
        let posts: Vec<PostSigns> = counts.into_iter().zip(0..).map(|((v, l, c), n)| post(n, v, l, c)).collect();
        let cell = Cell { comments, repeated: (comments as f64 * repeated) as i64, ..Cell::default() };
        let profile = Profile { bio_length: Some(bio), digits_in_handle: Some(digits), following: Some(following),
            followers: Some(77), ..Profile::default() };
        let usual = Usual::of_quartiles(0.02, 0.035, 0.06).unwrap();
        let judgement = judge(&Inputs {
            followers: followers.into_iter().map(|(n, count)| (day(n), count)).collect(),
            engagement: Some(Engagement { rate, usual, posts: 3 }), posts: &posts, comments: Some(cell), commenters: None, profile,
        });
        for signal in &judgement.signals {
            prop_assert!(signal.suspicion.is_err() || (0.0..=1.0).contains(&signal.suspicion.unwrap()));
        }
        if let Some(score) = judgement.score {
            prop_assert!(0.0 <= score.low && score.low <= score.value && score.value <= score.high && score.high <= 100.0);
        }
    }
}
