//! Owns what every database must do for this store: one suite, on SQLite always and on Postgres when
//! `CREATORSCOPE_TEST_POSTGRES` is a URL.

use std::io::Write as _;

use creatorscope_domain::{CreatorId, Platform, PostName, Source};
use creatorscope_kit::db::{DbConfig, Secret};
use creatorscope_text::{
    sentiment::Probabilities,
    target::{Aim, Target},
};
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::model::{Comment, Score, Second};

fn hour(hours: i64) -> Timestamp {
    let origin: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
    origin.checked_add(SignedDuration::from_hours(hours)).expect("in range")
}

fn store(db: Db) -> Store {
    let clock = Clock::fixed(hour(1_000));
    Store::new(db.clone(), ChangeLog::new(db, clock.clone()), clock, Retention::default())
}

fn comment(keys: &HashKeys, creator: &str, post: &str, id: &str, author: &str, text: &str) -> Comment {
    let post = PostName::parse(&format!("creators/youtube:{creator}/posts/{post}")).expect("valid");
    Comment {
        hashes: keys.hash(&post, id, author, text).expect("there is a key"),
        post,
        comment_id: id.into(),
        publish_time: Some(hour(900)),
        observe_time: hour(950),
        source: Source::File,
        score: Score {
            language: "en".into(),
            language_confidence: 0.9,
            sentiment: Ok(Probabilities { negative: 0.5, neutral: 0.25, positive: 0.25 }),
            model: "fast@1".into(),
            aim: Some(Aim { target: Target::Creator, confidence: 0.5 }),
        },
        second: None,
        likes: Some(2),
        is_empty: false,
        is_reply: false,
        author_country: "PT".into(),
        excerpt: None,
    }
}

async fn sums_authors_evidence_and_erasure_agree(store: Store) {
    const POSTS: [&str; 2] = ["aaaaaaaaaaa", "bbbbbbbbbbb"];
    let keys = store.keys().await.expect("makes one");
    let creator = CreatorId::parse("youtube:a").expect("valid");
    let on = |creator: &str, post: usize, id: &str, author: &str, text: &str| {
        comment(&keys, creator, POSTS[post], id, author, text)
    };
    let comments = vec![
        on("a", 0, "1", "ann", "one text"),
        on("a", 1, "2", "ann", "one  text"),
        on("a", 1, "3", "bob", "one text"),
        on("a", 1, "4", "", "another text"),
        on("b", 0, "1", "bob", "something else"),
    ];
    let first = store.ingest(comments.clone()).await.expect("writes");
    assert_eq!(first.landed, [Landed::Accepted; 5]);
    let again = store.ingest(comments).await.expect("writes");
    assert_eq!((again.landed, again.position), (vec![Landed::Duplicate; 5], first.position));

    let posts = store.post_cells(&creator).await.expect("reads");
    assert_eq!(posts.iter().map(|post| (post.cell.comments, post.cell.scored)).collect::<Vec<_>>(), [(1, 1), (3, 2)]);
    assert_eq!(posts.iter().map(|post| post.cell.repeated).sum::<i64>(), 2);
    for span in [Span::All, Span::Days(90), Span::LastPosts] {
        let all = store.scopes(&creator, span, Grouping::All).await.expect("reads").remove(0);
        assert_eq!((all.cell.comments, all.cell.scored, all.authors, all.most, all.known), (4, 3, 2, 2, 3));
        assert!((all.cell.weighted_negative - 3.0).abs() < 1e-9 && all.models == [("fast@1".to_owned(), 4)]);
    }
    let one = store.scopes(&creator, Span::Post(POSTS[1]), Grouping::Language).await.expect("reads");
    assert_eq!((one.len(), one[0].label.as_str(), one[0].cell.comments), (1, "en", 3));
    assert_eq!(store.platform_sums(Platform::Youtube, 90).await.expect("reads").len(), 2);

    let who = store.commenters(&creator).await.expect("reads");
    assert_eq!((who.smallest.len(), who.authors, who.returning, who.most, who.known), (2, 2, 1, 2, 3));
    assert_eq!(store.comment_languages(&creator).await.expect("reads"), [("en".to_owned(), 4)]);
    assert_eq!(store.commenter_countries(&creator).await.expect("reads"), [("PT".to_owned(), 4)]);
    let shared = store.co_commented(&creator, 10).await.expect("reads");
    assert_eq!(shared, [(CreatorId::parse("youtube:b").expect("valid"), 1)]);
    assert_eq!(store.strongest_comments(&creator, true, 9).await.expect("reads").len(), 2);
    assert_eq!(store.strongest_of_post(&creator, POSTS[1], true, 9).await.expect("reads").len(), 2);
    let said = store.repeated_examples(&creator, 9).await.expect("reads");
    assert_eq!((said.len(), said[0].1), (1, 3));
    assert_eq!(store.expiry(&creator).await.expect("reads"), None);

    let bob = store.erase_author(&keys.authors("youtube", "bob")).await.expect("erases");
    assert_eq!((bob.comments, bob.creators), (2, 1));
    assert_eq!(store.creators_after(None, 9, &CreatorFilter::default()).await.expect("reads").len(), 1);
    let all = store.erase_creator(&creator).await.expect("erases");
    assert_eq!((all.comments, all.creators), (3, 1));
    assert_eq!(store.erase_creator(&creator).await.expect("erases"), Erased::default());
}

async fn what_expired_is_hidden_at_once_and_purged(store: Store) {
    let keys = store.keys().await.expect("makes one");
    let creator = CreatorId::parse("youtube:a").expect("valid");
    let old = Comment {
        source: Source::YoutubeApi,
        observe_time: hour(100),
        publish_time: Some(hour(50)),
        ..comment(&keys, "a", "aaaaaaaaaaa", "1", "ann", "old text")
    };
    store.ingest(vec![old, comment(&keys, "a", "aaaaaaaaaaa", "2", "ann", "new text")]).await.expect("writes");
    let comments = async || store.post_cells(&creator).await.expect("reads")[0].cell.comments;
    assert_eq!(comments().await, 1);
    assert_eq!(store.purge_some(hour(1_000)).await.expect("purges").comments, 1);
    assert_eq!(store.purge_some(hour(1_000)).await.expect("purges").comments, 0);
    assert_eq!(store.forget_keys(hour(1_000)).await.expect("looks"), 0);
    assert_eq!(comments().await, 1);
}

async fn the_sample_is_what_the_present_encoders_read_of_the_smallest_ranks(store: Store) {
    let sampling = |model: &str| Some(Sampling { model: model.into(), size: 4 });
    let store = store.with_sampling(sampling("better's@1"));
    let keys = store.keys().await.expect("makes one");
    let creator = CreatorId::parse("youtube:a").expect("valid");
    let second = |read: bool| {
        let found = Probabilities { negative: 0.75, neutral: 0.25, positive: 0.0 };
        Some(Second { model: "better's@1".into(), read: read.then_some(found) })
    };
    let on = |place: usize| {
        let (name, post) = (place.to_string(), ["aaaaaaaaaaa", "bbbbbbbbbbb"][place % 2]);
        comment(&keys, "a", post, &name, &format!("author {name}"), &format!("text {name}"))
    };
    let mut comments: Vec<Comment> = (0..20).map(on).collect();
    comments.sort_by_key(|comment| comment.hashes.rank);
    // The fifth was in the sample once and fell out of it; the last two came before the encoders.
    for (place, comment) in comments.iter_mut().enumerate() {
        comment.second = if place < 18 { second(place < 5) } else { None };
    }
    store.ingest(comments.clone()).await.expect("writes");
    let scope = async |store: &Store| store.scopes(&creator, Span::All, Grouping::All).await.expect("reads").remove(0);
    let all = scope(&store).await;
    assert_eq!((all.cell.scored, all.drawn_from, all.pairs.len()), (20, 18, 4));
    assert_eq!((all.pairs[0].first, all.pairs[0].second), ([0.5, 0.25, 0.25], [0.75, 0.25, 0.0]));
    let posts = store.scopes(&creator, Span::Days(90), Grouping::Post).await.expect("reads");
    assert_eq!(posts.iter().map(|post| post.pairs.len()).sum::<usize>(), 4);
    assert_eq!(store.platform_sums(Platform::Youtube, 90).await.expect("reads")[0].pairs, all.pairs);
    let known = store.sampled([&creator].into_iter()).await.expect("reads");
    let ranks: Vec<i64> = known[&creator].iter().map(|(rank, _)| *rank).collect();
    assert_eq!(ranks, comments[..4].iter().map(|comment| comment.hashes.rank).collect::<Vec<_>>());

    let author = |place: usize| comments[place].hashes.author.expect("known");
    store.erase_author(&[author(0), author(1)]).await.expect("erases");
    assert_eq!(scope(&store).await.pairs.len(), 3, "the fifth moves up, the sixth was never read");
    let beyond = (20..).map(on).find(|new| new.hashes.rank > comments[5].hashes.rank).expect("half of all are");
    store.ingest(vec![Comment { second: second(true), ..beyond }]).await.expect("writes");
    assert_eq!(scope(&store).await.pairs.len(), 3, "what lies behind a gap is no random sample");

    let other = scope(&store.clone().with_sampling(sampling("other@2"))).await;
    assert_eq!((other.second_model.as_deref(), other.drawn_from, other.pairs.len()), (Some("other@2"), 0, 0));
    let none = scope(&store.with_sampling(None)).await;
    assert_eq!((none.second_model, none.drawn_from, none.pairs.len()), (None, 0, 0));
}

async fn a_key_is_renewed_after_a_year_and_goes_with_its_last_comment(store: Store) {
    let creator = CreatorId::parse("youtube:a").expect("valid");
    let old = store.keys().await.expect("makes one");
    let said = comment(&old, "a", "aaaaaaaaaaa", "1", "ann", "a text");
    store.ingest(vec![said.clone()]).await.expect("writes");
    store.clock.set(hour(1_000 + 24 * 364));
    assert_eq!(format!("{:?}", store.keys().await.expect("reads")), "1 keys");
    store.clock.set(hour(1_000 + 24 * 366));
    let new = store.keys().await.expect("makes another");
    assert_eq!(format!("{new:?}"), "2 keys");
    let again = comment(&new, "a", "aaaaaaaaaaa", "1", "ann", "a text");
    assert_ne!(again.hashes.author, said.hashes.author);
    assert_ne!(again.hashes.fingerprint, said.hashes.fingerprint);
    assert_ne!(again.hashes.rank, said.hashes.rank);
    store.ingest(vec![comment(&new, "a", "aaaaaaaaaaa", "2", "ann", "a text")]).await.expect("writes");
    assert_eq!(
        store.commenters(&creator).await.expect("reads").authors,
        2,
        "nobody can tell that it is the same person"
    );
    assert_eq!(new.authors("youtube", "ann").len(), 2, "but who asks to be forgotten is found under both");

    let later = hour(1_000 + 24 * 370);
    assert_eq!(store.forget_keys(later).await.expect("looks"), 0, "a comment is kept under it");
    store.ingest(vec![Comment { observe_time: hour(1_000 + 24 * 366), ..again }]).await.expect("writes");
    assert_eq!(store.commenters(&creator).await.expect("reads").authors, 1);
    assert_eq!(store.forget_keys(later).await.expect("looks"), 1);
    assert_eq!(format!("{:?}", store.keys().await.expect("reads")), "1 keys");
    let erased = store.erase_author(&new.authors("youtube", "ann")).await.expect("erases");
    assert_eq!(erased.comments, 2);
}

#[allow(clippy::disallowed_methods, reason = "tests are told by their environment where a Postgres is")]
async fn postgres(test: &str) -> Option<Store> {
    let Ok(url) = std::env::var("CREATORSCOPE_TEST_POSTGRES") else {
        _ = writeln!(std::io::stderr(), "SKIPPED on Postgres: {test}; CREATORSCOPE_TEST_POSTGRES is not set");
        return None;
    };
    let mut schema = format!("s{}_{test}", Clock::system().now().as_microsecond());
    schema.truncate(60);
    let config = DbConfig::postgres(Secret::new(url), 4);
    Some(store(Db::open(&config, Box::leak(schema.into_boxed_str()), &MIGRATIONS).await.expect("opens")))
}

macro_rules! contract {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::store(super::Db::temporary(&super::MIGRATIONS).await.expect("opens"))).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $test() {
                if let Some(store) = super::postgres(stringify!($test)).await {
                    super::$test(store).await;
                }
            })+
        }
    };
}

contract! {
    sums_authors_evidence_and_erasure_agree,
    what_expired_is_hidden_at_once_and_purged,
    the_sample_is_what_the_present_encoders_read_of_the_smallest_ranks,
    a_key_is_renewed_after_a_year_and_goes_with_its_last_comment,
}
