//! Owns what callers see of this room through the contract, in one process. Never a formula.

mod audiences;
mod peers;
mod second;

use std::sync::Arc;

use creatorscope_domain::Retention;
use creatorscope_kit::{
    cache::Cache,
    changes::ChangeLog,
    clock::Clock,
    db::Db,
    fault::Code,
    page::Sealer,
    transport::{self, Transport},
};
use creatorscope_proto::{
    common::v1::{self as common, metric_value::Result as Number},
    scoring::v1::{
        self as pb, scoring_service_client::ScoringServiceClient, scoring_service_server::ScoringServiceServer,
        watch_sentiment_response::Event,
    },
};
use creatorscope_text::embed::Embedder;
use futures::stream;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;

use crate::{
    MIGRATIONS,
    config::Config,
    convert::to_wire_time,
    grpc::{
        ScoringGrpc,
        peer::{discovery::Discovery, metrics::Metrics},
    },
    sampling,
    second::SecondReader,
    service::Service,
    store::Store,
};

type Client = ScoringServiceClient<ScoringServiceServer<ScoringGrpc>>;

const CREATOR: &str = "creators/youtube:UCsynthetic";
const POST: &str = "creators/youtube:UCsynthetic/posts/abcdefghijk";

/// So many hours after the beginning of 2026; the clock shows hour 1 000.
fn hour(hours: i64) -> Timestamp {
    let origin: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
    origin.checked_add(SignedDuration::from_hours(hours)).expect("in range")
}

/// A client of a service over an empty database whose peers are away.
async fn client() -> Client {
    client_with(transport::later().0, transport::later().0).await
}

/// A client of a service over an empty database with these peers.
async fn client_with(metrics: Transport, discovery: Transport) -> Client {
    let db = Db::temporary(&MIGRATIONS).await.expect("opens");
    client_over(db, None, Config::default(), (metrics, discovery)).await
}

/// A client of a service over a database that may hold something, with who reads a sample and with settings; its peers are away.
async fn client_of(db: Db, encoders: Option<Arc<dyn SecondReader>>, config: Config) -> Client {
    client_over(db, encoders, config, (transport::later().0, transport::later().0)).await
}

async fn client_over(
    db: Db,
    encoders: Option<Arc<dyn SecondReader>>,
    config: Config,
    peers: (Transport, Transport),
) -> Client {
    let clock = Clock::fixed(hour(1_000));
    let sealer = Sealer::open(&db).await.expect("opens");
    let service = Service {
        store: Store::new(db.clone(), ChangeLog::new(db, clock.clone()), clock.clone(), Retention::default())
            .with_sampling(sampling(encoders.as_deref(), &config)),
        clock,
        cache: Cache::memory(1 << 20),
        sealer,
        encoders,
        encoders_turn: Arc::new(Semaphore::new(1)),
        embedder: Arc::new(Embedder::embedded()),
        metrics: Metrics::new(peers.0),
        discovery: Discovery::new(peers.1),
        config,
    };
    ScoringServiceClient::new(ScoringServiceServer::new(ScoringGrpc::new(Arc::new(service))))
}

fn comment(id: &str, author: &str, text: &str) -> pb::Comment {
    pb::Comment {
        name: format!("{POST}/comments/{id}"),
        text: text.into(),
        author: author.into(),
        publish_time: Some(to_wire_time(hour(900))),
        likes: Some(3),
        observe_time: Some(to_wire_time(hour(950))),
        source: common::Source::File as i32,
        ..pb::Comment::default()
    }
}

/// So many different comments by different authors, two of three in praise.
fn crowd(count: usize) -> Vec<pb::Comment> {
    let text = |place: usize| match place % 3 {
        0 => format!("this is terrible and boring, I hate part {place}"),
        _ => format!("I love this so much, wonderful work on part {place}"),
    };
    (0..count).map(|place| comment(&format!("c{place}"), &format!("author {place}"), &text(place))).collect()
}

async fn put(client: &mut Client, comments: Vec<pb::Comment>) -> pb::IngestCommentsResponse {
    let mut answers = put_all(client, vec![comments]).await;
    answers.remove(0)
}

async fn put_all(client: &mut Client, messages: Vec<Vec<pb::Comment>>) -> Vec<pb::IngestCommentsResponse> {
    let messages = messages.into_iter().map(|comments| pb::IngestCommentsRequest { comments });
    let messages = stream::iter(messages.collect::<Vec<_>>());
    let mut stream = client.ingest_comments(messages).await.expect("answers").into_inner();
    let mut answers = Vec::new();
    while let Some(answer) = stream.message().await.expect("stores") {
        answers.push(answer);
    }
    answers
}

async fn sentiment(client: &mut Client) -> pb::SentimentAggregate {
    let request = pb::GetCreatorSentimentRequest { name: CREATOR.into(), ..pb::GetCreatorSentimentRequest::default() };
    let found = client.get_creator_sentiment(request).await.expect("known").into_inner().sentiment.expect("set");
    found.windows.into_iter().next().and_then(|window| window.aggregate).expect("one window")
}

fn value<'a>(all: &'a pb::SentimentAggregate, definition: &str) -> &'a common::MetricValue {
    all.values.iter().find(|value| value.definition == definition).expect("every value is told")
}

fn number(all: &pb::SentimentAggregate, definition: &str) -> f64 {
    match value(all, definition).result {
        Some(Number::Value(number)) => number,
        ref other => panic!("{definition}: {other:?}"),
    }
}

#[tokio::test]
async fn the_same_comments_again_change_nothing() {
    let mut client = client().await;
    let first = put(&mut client, crowd(60)).await;
    let before = sentiment(&mut client).await;
    let again = put(&mut client, crowd(60)).await;
    assert_eq!((first.sequence, first.accepted_count, first.duplicate_count), (1, 60, 0));
    assert_eq!((again.accepted_count, again.updated_count, again.duplicate_count), (0, 0, 60));
    assert_eq!(first.change_token, again.change_token);
    assert_eq!(sentiment(&mut client).await, before);
}

#[tokio::test]
async fn praise_and_dislike_are_told_apart_with_an_interval() {
    let mut client = client().await;
    put(&mut client, crowd(60)).await;
    let all = sentiment(&mut client).await;
    let (negative, positive) = (number(&all, "sentiment.negative@1"), number(&all, "sentiment.positive@1"));
    assert!(positive > 0.5 && (0.2..0.45).contains(&negative), "{negative} {positive}");
    assert!((number(&all, "sentiment.net@1") - positive + negative).abs() < 1e-9);
    let told = value(&all, "sentiment.negative@1");
    let range = told.interval.as_ref().expect("a modelled value has one");
    assert!(range.low < negative - 0.15 && range.high > negative + 0.15, "the model's own error is in it: {range:?}");
    assert_eq!(told.provenance, common::Provenance::Modelled as i32);
    assert_eq!(told.flags, [common::MetricFlag::LowSample as i32]);
    assert_eq!((all.comment_count, all.scored_count, all.author_count, told.sample_size), (60, 60, 60, 60));
}

#[tokio::test]
async fn a_later_reading_replaces_text_and_likes_and_an_earlier_one_does_not() {
    let mut client = client().await;
    put(&mut client, crowd(60)).await;
    let turned = |id: &str, hours: i64| pb::Comment {
        observe_time: Some(to_wire_time(hour(hours))),
        likes: Some(500),
        ..comment(id, "author 0", "actually I love this, it is wonderful")
    };
    let before = number(&sentiment(&mut client).await, "sentiment.negative@1");
    let answer = put(&mut client, vec![turned("c0", 960), turned("c3", 940)]).await;
    assert_eq!((answer.accepted_count, answer.updated_count, answer.duplicate_count), (0, 1, 1));
    let after = sentiment(&mut client).await;
    assert!(number(&after, "sentiment.negative@1") < before);
    assert_eq!(after.comment_count, 60);
}

#[tokio::test]
async fn a_refused_comment_tells_everything_that_is_wrong_and_the_others_are_taken() {
    let mut client = client().await;
    let broken = pb::Comment {
        name: "creators/youtube:UCsynthetic/posts/abcdefghijk".into(),
        text: "x".repeat(100_001),
        likes: Some(-1),
        observe_time: Some(to_wire_time(hour(1_001))),
        source: 0,
        ..comment("c1", "a", "")
    };
    let answer = put(&mut client, vec![broken, comment("c2", "b", "I love it")]).await;
    assert_eq!(answer.accepted_count, 1);
    let mut reasons: Vec<&str> =
        answer.rejections[0].violations.iter().map(|violation| violation.reason.as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["FUTURE_TIME", "INVALID_NAME", "NEGATIVE_COUNT", "REQUIRED", "TOO_LONG"]);
    assert_eq!(answer.rejections[0].index, 0);
}

#[tokio::test]
async fn a_text_that_thousands_repeat_is_told_and_flagged() {
    let mut client = client().await;
    let bot = |place: usize| comment(&format!("b{place}"), &format!("bot {place}"), "great video, check my channel");
    let messages = vec![(0..5_000).map(bot).collect(), (5_000..10_000).map(bot).collect(), crowd(40)];
    let answers = put_all(&mut client, messages).await;
    assert_eq!(answers.iter().map(|answer| answer.accepted_count).collect::<Vec<_>>(), [5_000, 5_000, 40]);
    let all = sentiment(&mut client).await;
    assert_eq!((all.comment_count, all.repeated_count), (10_040, 9_999));
    assert_eq!(value(&all, "sentiment.net@1").flags, [common::MetricFlag::DominatedSample as i32]);
}

#[tokio::test]
async fn an_author_who_repeats_a_text_counts_once_in_the_shares_and_is_told() {
    let mut client = client().await;
    let loud = |place: usize| comment(&format!("l{place}"), "one loud author", "I hate this, terrible and boring");
    put(&mut client, crowd(40).into_iter().chain((0..40).map(loud)).collect()).await;
    let all = sentiment(&mut client).await;
    assert_eq!((all.comment_count, all.repeated_count), (80, 39));
    assert_eq!(value(&all, "sentiment.negative@1").sample_size, 41);
    assert!((all.top_author_share - 0.5).abs() < 1e-9);
    let flags = &value(&all, "sentiment.negative@1").flags;
    assert!(flags.contains(&(common::MetricFlag::DominatedSample as i32)), "{flags:?}");
    assert!(number(&all, "sentiment.negative@1") < 0.5, "half of the comments, but one voice");
}

#[tokio::test]
async fn what_cannot_be_read_is_not_neutral() {
    let mut client = client().await;
    let greek = |place: usize| {
        comment(&format!("g{place}"), &format!("reader {place}"), &format!("Αυτό το βίντεο ήταν πολύ κακό {place}"))
    };
    let answer = put(&mut client, (0..50).map(greek).chain(crowd(40)).collect()).await;
    let reason = pb::UnknownReason::LanguageNotSupported as i32;
    assert_eq!(answer.unknown_counts, [pb::UnknownCount { reason, count: 50 }]);
    let all = sentiment(&mut client).await;
    assert_eq!(
        value(&all, "sentiment.neutral@1").result,
        Some(Number::Missing(common::MissingReason::TooLittleCoverage as i32))
    );
    assert!((number(&all, "sentiment.coverage@1") - 40.0 / 90.0).abs() < 1e-9);
}

#[tokio::test]
async fn few_comments_give_no_share_but_enough_for_a_post() {
    let mut client = client().await;
    put(&mut client, crowd(12)).await;
    let all = sentiment(&mut client).await;
    let few = Some(Number::Missing(common::MissingReason::TooFewComments as i32));
    assert_eq!(value(&all, "sentiment.negative@1").result, few);
    let post = client.get_post_sentiment(pb::GetPostSentimentRequest { name: POST.into() }).await.expect("known");
    let post = post.into_inner().sentiment.expect("set");
    assert!(number(post.aggregate.as_ref().expect("set"), "sentiment.positive@1") > 0.5);
    assert!(post.evidence.iter().any(|shown| shown.comment.starts_with(POST) && shown.excerpt.is_empty()));
}

#[tokio::test]
async fn beginnings_of_comments_are_shown_only_where_the_operator_keeps_them() {
    let long = format!("I love this so much\0, wonderful work {}", "again and again ".repeat(30));
    let excerpts = async |keeps: bool| {
        let config = serde_json::from_value(serde_json::json!({ "keep_excerpts": keeps })).expect("a setting");
        let mut client = client_of(Db::temporary(&MIGRATIONS).await.expect("opens"), None, config).await;
        put(&mut client, vec![comment("c1", "a", &long), comment("c2", "b", "I hate this, terrible")]).await;
        let post = client.get_post_sentiment(pb::GetPostSentimentRequest { name: POST.into() }).await.expect("known");
        let evidence = post.into_inner().sentiment.expect("set").evidence;
        evidence.into_iter().map(|shown| shown.excerpt).collect::<Vec<_>>()
    };
    assert_eq!(excerpts(false).await, ["", ""]);
    let kept = excerpts(true).await;
    assert_eq!(kept[0], "I hate this, terrible");
    assert!(kept[1].starts_with("I love this so much"), "{kept:?}");
    assert_eq!((kept[1].chars().count(), kept[1].contains('\0')), (200, false));
}

#[tokio::test]
async fn erasure_leaves_nothing_and_erasing_twice_is_no_error() {
    let mut client = client().await;
    put(&mut client, crowd(30)).await;
    let subject = |subject| pb::EraseScoresRequest { subject: Some(subject) };
    let commenter =
        pb::erase_scores_request::Commenter { platform: common::Platform::Youtube as i32, author: "author 7".into() };
    let commenter = subject(pb::erase_scores_request::Subject::Commenter(commenter));
    let erased = client.erase_scores(commenter.clone()).await.expect("erases").into_inner();
    assert_eq!(erased.comment_count, 1);
    assert_eq!(client.erase_scores(commenter).await.expect("erases").into_inner().comment_count, 0);
    assert_eq!(sentiment(&mut client).await.comment_count, 29);
    let post = subject(pb::erase_scores_request::Subject::Post(POST.into()));
    let erased = client.erase_scores(post).await.expect("erases").into_inner();
    assert_eq!((erased.comment_count, erased.change_token.is_empty()), (29, false));
    let request = pb::GetCreatorSentimentRequest { name: CREATOR.into(), ..pb::GetCreatorSentimentRequest::default() };
    assert_eq!(client.get_creator_sentiment(request).await.expect_err("gone").code(), Code::NotFound);
    let creator = subject(pb::erase_scores_request::Subject::Creator(CREATOR.into()));
    let erased = client.erase_scores(creator).await.expect("erases").into_inner();
    assert_eq!((erased.comment_count, erased.change_token.as_str()), (0, ""));
}

#[tokio::test]
async fn a_watcher_gets_the_snapshot_then_changes_then_the_removal() {
    let mut client = client().await;
    put(&mut client, crowd(30)).await;
    let request = pb::WatchSentimentRequest::default();
    let mut watch = client.watch_sentiment(request).await.expect("answers").into_inner();
    let mut next = async || watch.message().await.expect("lives").expect("goes on").event.expect("set");
    let Event::Scores(first) = next().await else { panic!("the snapshot comes first") };
    let shares: f64 = first.comment_languages.iter().map(|language| language.share).sum();
    assert!(first.creator == CREATOR && (shares - 1.0).abs() < 1e-9, "{shares}");
    assert_eq!(first.comment_languages.first().map(|language| language.language.as_str()), Some("en"));
    assert_eq!(next().await, Event::SnapshotEnd(pb::watch_sentiment_response::SnapshotEnd { creator_count: 1 }));
    put(&mut client, vec![comment("late", "late", "wonderful, I love it")]).await;
    let Event::Scores(second) = next().await else { panic!("then the change") };
    assert_ne!(first.etag, second.etag);
    let creator = pb::erase_scores_request::Subject::Creator(CREATOR.into());
    client.erase_scores(pb::EraseScoresRequest { subject: Some(creator) }).await.expect("erases");
    assert_eq!(next().await, Event::Removed(CREATOR.into()));
}

#[tokio::test]
async fn texts_are_read_in_order_and_nothing_is_kept() {
    let mut client = client().await;
    let text = |text: &str| pb::TextToRead { text: text.into(), ..pb::TextToRead::default() };
    let texts = vec![text("I love this so much"), text(""), text("&lt;b&gt;terrible, I hate it&lt;/b&gt;")];
    let request = pb::AnalyzeTextRequest { texts: texts.clone(), tier: 0 };
    let results = client.analyze_text(request).await.expect("reads").into_inner().results;
    let label = |place: usize| results[place].reading.as_ref().expect("read").label();
    use pb::SentimentLabel::{Negative, Positive, Unknown};
    assert_eq!([label(0), label(1), label(2)], [Positive, Unknown, Negative]);
    let message = pb::AnalyzeStreamRequest { texts: texts.clone(), tier: 0 };
    let messages = stream::iter(vec![message.clone(), message]);
    let mut answers = client.analyze_stream(messages).await.expect("answers").into_inner();
    for sequence in 1..=2 {
        let answer = answers.message().await.expect("reads").expect("one answer a message");
        assert_eq!((answer.sequence, answer.results == results), (sequence, true));
    }
    let encoder = pb::AnalyzeTextRequest { texts, tier: pb::ModelTier::Encoder as i32 };
    assert_eq!(client.analyze_text(encoder).await.expect_err("none loaded").code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn models_tell_what_was_measured_and_how_to_get_better_ones() {
    let mut client = client().await;
    let first = client.list_models(pb::ListModelsRequest { page_size: 1, ..pb::ListModelsRequest::default() });
    let first = first.await.expect("lists").into_inner();
    assert_eq!(first.models[0].name, "models/fast@1");
    assert!(first.models[0].qualities.iter().any(|quality| quality.language == "en" && quality.value > 0.4));
    let rest = pb::ListModelsRequest { page_size: 0, page_token: first.next_page_token };
    let rest = client.list_models(rest).await.expect("lists").into_inner();
    let encoder = rest.models.iter().find(|model| !model.loaded).expect("no encoder is loaded here");
    assert!(encoder.description.contains("creatorscope models import"));
    assert_eq!((rest.models.len(), rest.next_page_token.as_str()), (2, ""));
}
