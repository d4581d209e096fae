//! Owns the checks of the population against its figures, computed again from the records alone. Never the generator's own sums.

use std::collections::{BTreeMap, HashSet};

use creatorscope_domain::{CreatorId, Platform, PostName, Source, Tier};
use creatorscope_proto::metrics::v1::{PostCounts, PostRecord, observation::Counts};
use prost::Message;

use super::{END, Member, Population, figures};

fn hash(seed: u64, creators: usize) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for member in Population::new(seed, creators, END) {
        hasher.update(&member.creator.encode_to_vec());
        for post in &member.posts {
            hasher.update(&post.encode_to_vec());
        }
        for observation in &member.observations {
            hasher.update(&observation.encode_to_vec());
        }
    }
    hasher.finalize()
}

fn age_days(post: &PostRecord) -> f64 {
    let published = post.post.as_ref().and_then(|post| post.publish_time).expect("published");
    (END.as_second() - published.seconds) as f64 / 86_400.0
}

fn counts(post: &PostRecord) -> &PostCounts {
    post.counts.as_ref().expect("counted")
}

fn followers(member: &Member) -> Option<i64> {
    let end = prost_types::Timestamp { seconds: END.as_second(), nanos: 0 };
    member.observations.iter().find_map(|observation| match &observation.counts {
        Some(Counts::Account(counts)) if observation.observe_time == Some(end) => Some(counts.followers),
        _ => None,
    })?
}

/// Per-creator values of one cohort.
#[derive(Default)]
struct Found {
    posts_per_week: Vec<f64>,
    engagement: Vec<f64>,
    views: Vec<f64>,
}

impl Found {
    fn add(&mut self, member: &Member) {
        let window = member.posts.iter().filter(|post| age_days(post) < 90.0);
        self.posts_per_week.push(window.clone().count() as f64 / 90.0 * 7.0);
        let (mut engagements, mut views, mut viewed) = (0, 0, 0);
        for counts in window.filter(|post| age_days(post) >= 4.0).map(counts) {
            let Some(seen) = counts.views else { continue };
            views += seen;
            viewed += 1;
            for count in [counts.likes, counts.dislikes, counts.comments, counts.shares] {
                engagements += count.unwrap_or(0);
            }
        }
        self.engagement.push(engagements as f64 / views as f64);
        self.views.push(views as f64 / f64::from(viewed));
    }
}

/// Asserts that the mean lies within 4 standard errors of the target and, with 1 000 creators or more, within 5 %.
fn assert_mean(values: &[f64], target: f64, what: &str) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let sampling = 4.0 * (variance / n).sqrt();
    let tolerance = if n < 1_000.0 { sampling } else { sampling.min(0.05 * target) };
    assert!((mean - target).abs() <= tolerance, "{what}: {mean} instead of {target}, tolerance {tolerance}");
}

#[test]
fn the_same_seed_gives_the_same_population_and_another_seed_another() {
    assert_eq!(hash(7, 60), hash(7, 60));
    assert_ne!(hash(7, 60), hash(8, 60));
}

#[test]
fn a_population_is_the_beginning_of_a_larger_one() {
    let small: Vec<Member> = Population::new(7, 20, END).collect();
    let large: Vec<Member> = Population::new(7, 40, END).take(20).collect();
    assert_eq!(small, large);
}

#[test]
fn every_cohort_with_enough_creators_meets_its_figures() {
    let mut cohorts: BTreeMap<(Platform, Tier), Found> = BTreeMap::new();
    let (mut posts, mut observations, mut between) = (0, 0, 0.0);
    let creators = 20_000;
    for member in Population::new(7, creators, END) {
        posts += member.posts.len();
        observations += member.observations.len();
        let Some(followers) = followers(&member) else { continue };
        let id = CreatorId::parse_name(&member.creator.name).expect("valid");
        cohorts.entry((id.platform(), Tier::of(followers))).or_default().add(&member);
        if Tier::of(followers) == Tier::Micro {
            between += 1.0;
        }
    }
    assert!((850_000..960_000).contains(&posts), "{posts} posts");
    assert!((560_000..640_000).contains(&observations), "{observations} observations");
    for ((platform, tier), found) in &cohorts {
        if found.views.len() < 200 {
            continue;
        }
        let figures = figures::cohort_of(*platform, *tier);
        assert_mean(&found.posts_per_week, figures.posts_per_week, &format!("{platform} {tier} posts per week"));
        assert_mean(&found.engagement, figures.engagement, &format!("{platform} {tier} engagement"));
        assert_mean(&found.views, figures.views, &format!("{platform} {tier} views"));
    }
    let share = between / creators as f64;
    assert!((0.6..0.72).contains(&share), "{share} have 10 000 to 100 000 followers");
}

#[test]
fn every_name_is_valid_and_every_record_is_marked_synthetic() {
    let mut names = HashSet::new();
    for member in Population::new(3, 300, END) {
        let id = CreatorId::parse_name(&member.creator.name).expect("valid");
        assert!(member.creator.synthetic);
        assert_eq!(member.creator.source, Source::Synthetic.number());
        assert!(names.insert(member.creator.name.clone()));
        for record in &member.posts {
            let post = record.post.as_ref().expect("described");
            assert_eq!(PostName::parse(&post.name).expect("valid").creator, id);
            assert_eq!(record.source, Source::Synthetic.number());
            assert!(names.insert(post.name.clone()), "{} twice", post.name);
        }
        for observation in &member.observations {
            assert!(observation.subject.starts_with(&member.creator.name));
            assert_eq!(observation.source, Source::Synthetic.number());
        }
    }
}

#[test]
fn platforms_report_what_they_report_in_reality() {
    for member in Population::new(7, 200, END) {
        let platform = CreatorId::parse_name(&member.creator.name).expect("valid").platform();
        for post in &member.posts {
            let counts = counts(post);
            assert_eq!(counts.dislikes, None);
            assert_eq!(counts.shares.is_some(), platform == Platform::Tiktok);
            assert!(counts.views.is_some() || platform == Platform::Instagram);
        }
    }
}

#[test]
fn posts_lie_in_the_180_days_and_their_counts_never_fall() {
    let mut twice = 0;
    for member in Population::new(7, 200, END) {
        let latest: BTreeMap<&str, &PostRecord> =
            member.posts.iter().filter_map(|record| Some((record.post.as_ref()?.name.as_str(), record))).collect();
        assert!(member.posts.iter().all(|post| (0.0..180.0).contains(&age_days(post))));
        for observation in &member.observations {
            let Some(Counts::Post(earlier)) = &observation.counts else { continue };
            let later = counts(latest[observation.subject.as_str()]);
            assert!(earlier.views <= later.views && earlier.likes <= later.likes && earlier.comments <= later.comments);
            twice += 1;
        }
    }
    assert!(twice > 100, "{twice} posts were counted twice");
}

#[test]
fn an_account_is_counted_every_week_of_the_180_days() {
    for member in Population::new(7, 50, END) {
        let weekly: Vec<i64> = member
            .observations
            .iter()
            .filter(|observation| matches!(observation.counts, Some(Counts::Account(_))))
            .filter_map(|observation| Some(observation.observe_time?.seconds))
            .collect();
        assert_eq!(weekly.len(), 26);
        assert!(weekly.is_sorted() && weekly[25] == END.as_second());
    }
}

#[test]
fn the_end_is_a_monday_before_the_changed_views_of_youtube() {
    assert_eq!(END.to_string(), "2026-08-24T00:00:00Z");
}

#[test]
fn comments_are_synthetic_named_once_and_written_between_their_post_and_the_end() {
    let mut names = HashSet::new();
    for (index, member) in Population::new(7, 310, END).enumerate() {
        let expected = if index < 300 { 30..=150 } else { 0..=0 };
        assert!(expected.contains(&member.comments.len()), "{index}: {}", member.comments.len());
        for comment in &member.comments {
            let (post, id) = comment.name.split_once("/comments/").expect("a comment's name");
            let post = member.posts.iter().filter_map(|record| record.post.as_ref()).find(|known| known.name == post);
            let published = post.expect("a post of the creator").publish_time.expect("published").seconds;
            let written = comment.publish_time.as_ref().expect("written").seconds;
            assert!((published..=END.as_second()).contains(&written), "{}", comment.name);
            assert!(id.starts_with("~demo-") && names.insert(comment.name.clone()), "{}", comment.name);
            assert_eq!(comment.source, Source::Synthetic.number());
            assert!(comment.author.starts_with("synthetic-") && !comment.text.is_empty());
        }
    }
    let again = |seed| Population::new(seed, 4, END).flat_map(|member| member.comments).collect::<Vec<_>>();
    assert_eq!(again(7), again(7));
    assert_ne!(again(7), again(8));
}
