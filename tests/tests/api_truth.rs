//! Sponsorship, price and expiry as clients see them, in both modes.
#![allow(clippy::panic, clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

use creatorscope_kit::clock::Clock;
use creatorscope_proto::{
    common::v1::{MetricValue, MissingReason, Provenance, Source, Unit, Window, metric_value::Result as Outcome},
    metrics::v1::{
        GetCreatorMetricsRequest, ListMetricHistoryRequest, MetricSelection, PostRecord, WatchMetricsRequest,
        WatchMetricsResponse, watch_metrics_response::Event,
    },
};
use creatorscope_tests::{
    Mode, Suite, in_both_modes,
    make::{creator_name, followers, post},
    postgres_is_there,
};
use prost_types::Timestamp;
use tonic::{Code, Streaming};

const DAY: i64 = 86_400;

/// Now, as the machine has it, and so many seconds.
fn from_now(seconds: i64) -> Timestamp {
    Timestamp { seconds: Clock::system().now().as_second() + seconds, nanos: 0 }
}

fn select(definitions: &[&str]) -> Option<MetricSelection> {
    let definitions = definitions.iter().map(|definition| (*definition).to_owned()).collect();
    Some(MetricSelection { definitions, ..MetricSelection::default() })
}

fn value(found: &MetricValue) -> f64 {
    match found.result {
        Some(Outcome::Value(value)) => value,
        other => panic!("{} has no value: {other:?}", found.definition),
    }
}

async fn values(suite: &Suite, creator: &str, definitions: &[&str]) -> Vec<MetricValue> {
    let request = GetCreatorMetricsRequest {
        name: creator_name(creator),
        selection: select(definitions),
        ..GetCreatorMetricsRequest::default()
    };
    suite.metrics().get_creator_metrics(request).await.expect("found").into_inner().metrics.expect("metrics").values
}

fn captioned(mut record: PostRecord, caption: &str, language: &str) -> PostRecord {
    let post = record.post.as_mut().expect("a post");
    post.caption = caption.to_owned();
    post.language = language.to_owned();
    record
}

in_both_modes! {
    async fn posts_that_say_so_are_sponsored_without_the_platform_s_mark(suite: &mut Suite) {
        let captions = [
            ("Werbung | Serum", "de"), ("#ad serum", "en"), ("[광고] 세럼", "ko"), ("Unbezahlte Werbung: Serum", "de"),
            ("#내돈내산 세럼", "ko"), ("a day at the pub", "en"), ("ein Serum", "de"), ("serum #adidas", "en"),
        ];
        let posts = captions.iter().enumerate().map(|(number, (caption, language))| {
            let likes = if number < 3 { 20 } else { 40 };
            captioned(post("eve", number as u32, number as i64, 20, [1_000, likes, 0]), caption, language)
        });
        suite.ingest_posts(vec![posts.collect()]).await.expect("taken");
        let found = values(suite, "eve", &["sponsored.share", "sponsored.share@1", "er.sponsored_to_organic", "er.views.sponsored"]).await;
        assert_eq!((found[0].definition.as_str(), value(&found[0])), ("sponsored.share@2", 3.0 / 8.0));
        let range = found[0].interval.as_ref().expect("a range");
        assert!(range.low < 0.375 && 0.375 < range.high && range.confidence == 0.95, "{range:?}");
        assert_eq!(found[1].result, Some(Outcome::Missing(MissingReason::NotReported.into())), "no platform said so");
        assert!((value(&found[2]) - 0.5).abs() < 1e-9, "{:?}", found[2]);
        assert!((value(&found[3]) - 0.02).abs() < 1e-9, "{:?}", found[3]);
    }

    async fn a_price_is_marked_as_modelled_and_explains_itself(suite: &mut Suite) {
        let posts = (1..=3).map(|number| post("flo", number, i64::from(number), 20, [10_000, 1, 1]));
        suite.ingest_posts(vec![posts.collect()]).await.expect("taken");
        suite.ingest_observations(vec![followers("flo", 20, 50_000)]).await.expect("taken");
        let price = values(suite, "flo", &["price.per_post"]).await.remove(0);
        assert_eq!(value(&price), 5_000.0, "5 USD for thousand views, in cents");
        assert_eq!((price.unit(), price.currency_code.as_str()), (Unit::MoneyMinor, "USD"));
        assert_eq!(price.provenance(), Provenance::Modelled);
        let band = price.interval.as_ref().expect("a band");
        assert!(band.low < 5_000.0 && 5_000.0 < band.high && band.method == "CPM band", "{band:?}");
        let factors: Vec<(&str, &str)> = price.explanations.iter().map(|found| (found.factor.as_str(), found.level.as_str())).collect();
        assert_eq!(factors, [("expected_views", "typical"), ("cpm", "typical")]);
        assert!(price.explanations[1].description.contains("MightyScout"), "{:?}", price.explanations);
    }

    async fn what_may_no_longer_be_kept_is_refused_and_the_setting_named(suite: &mut Suite) {
        let mut old = post("gia", 1, 0, 0, [1, 1, 1]);
        old.observe_time = Some(from_now(-31 * DAY));
        old.post.as_mut().expect("a post").publish_time = None;
        old.source = Source::YoutubeApi.into();
        let mut fresh = old.clone();
        fresh.observe_time = Some(from_now(-10 * DAY));
        let mut file = old.clone();
        file.source = Source::File.into();
        let answer = suite.ingest_posts(vec![vec![old, fresh, file]]).await.expect("answered").remove(0);
        assert_eq!((answer.accepted_count, answer.rejections.len()), (2, 1));
        let refused = &answer.rejections[0];
        assert_eq!((refused.index, refused.violations[0].reason.as_str()), (0, "EXPIRED"));
        assert!(refused.violations[0].description.contains("retention.youtube_api_days is 30"), "{refused:?}");
        let views = values(suite, "gia", &["posts"]).await.remove(0);
        assert!(views.expires_at.is_none(), "the file's description replaced none, and has no limit: {views:?}");
    }
}

async fn next(stream: &mut Streaming<WatchMetricsResponse>) -> Event {
    loop {
        let message = stream.message().await.expect("the stream lives").expect("the stream goes on");
        match message.event.expect("an event") {
            Event::Heartbeat(_) => {}
            event => return event,
        }
    }
}

/// The limits are the clients' to see: a value says when it expires, then it is gone from answers, history and streams.
async fn values_expire(mode: Mode) {
    let suite = Suite::start_with(mode, &["metrics.purge_seconds=1"]).await;
    // Read 30 days ago but for some seconds.
    let (soon, later) = (from_now(-30 * DAY + 8), from_now(-10 * DAY));
    let mut short = followers("hugo", 0, 500);
    short.observe_time = Some(soon);
    short.source = Source::YoutubeApi.into();
    let mut total = followers("hugo", 0, 700);
    total.observe_time = Some(later);
    let mut gone = short.clone();
    gone.subject = creator_name("ida");
    let taken = suite.ingest_observations(vec![short, total, gone]).await.expect("taken");
    assert_eq!((taken.accepted_count, taken.rejections.len()), (3, 0));
    let expiry = Timestamp { seconds: soon.seconds + 30 * DAY, nanos: 0 };
    let before = values(&suite, "ida", &["followers"]).await.remove(0);
    assert_eq!((value(&before), before.expires_at), (500.0, Some(expiry)));

    let request = WatchMetricsRequest { selection: select(&["followers"]), ..WatchMetricsRequest::default() };
    let mut stream = suite.metrics().watch_metrics(request).await.expect("watching").into_inner();
    for _ in 0..2 {
        assert!(matches!(next(&mut stream).await, Event::Metrics(_)));
    }
    assert!(matches!(next(&mut stream).await, Event::SnapshotEnd(_)));
    let mut told = Vec::new();
    for _ in 0..2 {
        match next(&mut stream).await {
            Event::Metrics(metrics) => told.push(format!("{} {}", metrics.creator, value(&metrics.values[0]))),
            Event::Removed(name) => told.push(format!("{name} removed")),
            other => panic!("neither a state nor a removal: {other:?}"),
        }
    }
    drop(stream);
    told.sort();
    assert_eq!(told, ["creators/tiktok:hugo 700", "creators/tiktok:ida removed"]);

    let request = GetCreatorMetricsRequest { name: creator_name("ida"), ..GetCreatorMetricsRequest::default() };
    let status = suite.metrics().get_creator_metrics(request).await.expect_err("nothing is left of it");
    assert_eq!(status.code(), Code::NotFound);
    let request = ListMetricHistoryRequest {
        parent: creator_name("hugo"),
        definition: "followers".into(),
        window: Window::Unspecified.into(),
        ..ListMetricHistoryRequest::default()
    };
    let history = suite.metrics().list_metric_history(request).await.expect("answered").into_inner().values;
    assert_eq!(history.iter().map(value).collect::<Vec<_>>(), [700.0]);
    let growth = values(&suite, "hugo", &["followers.growth"]).await.remove(0);
    assert_eq!(growth.result, Some(Outcome::Missing(MissingReason::Expired.into())), "{growth:?}");
    suite.stop().await;
}

#[tokio::test]
async fn what_expires_is_gone_from_answers_history_and_streams_embedded() {
    values_expire(Mode::Embedded).await;
}

#[tokio::test]
async fn what_expires_is_gone_from_answers_history_and_streams_distributed() {
    if postgres_is_there() {
        values_expire(Mode::Distributed).await;
    }
}
