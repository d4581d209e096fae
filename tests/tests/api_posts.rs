//! Posts and records as clients of the metrics service see them, in both modes.
#![allow(clippy::panic, clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

use creatorscope_proto::common::v1::{PostFormat, Source, Window};
use creatorscope_proto::metrics::v1::{
    EraseCreatorMetricsRequest, ExportRecordsRequest, ExportRecordsResponse, GetCreatorMetricsRequest, GetPostRequest,
    IngestObservationsRequest, IngestPostsRequest, ListPostsRequest, MetricSelection, Observation, PostCounts,
    PostRecord, WatchMetricsRequest, WatchPostsRequest, WatchPostsResponse, observation, watch_metrics_response,
    watch_posts_response::{CreatorPosts, Event},
};
use creatorscope_tests::{
    Mode, Suite, in_both_modes,
    make::{creator_name, day, followers, post},
};
use tokio_stream::iter;
use tonic::{Code, Streaming};
use tonic_types::StatusExt;

fn recount(record: &PostRecord, observed: i64, views: i64) -> Observation {
    Observation {
        subject: name_of(record),
        observe_time: Some(day(observed)),
        counts: Some(observation::Counts::Post(PostCounts { views: Some(views), ..PostCounts::default() })),
        source: Source::Given.into(),
    }
}

fn name_of(record: &PostRecord) -> String {
    record.post.as_ref().expect("a post").name.clone()
}

/// The next message that is no heartbeat, with its token.
async fn next(stream: &mut Streaming<WatchPostsResponse>) -> (Event, String) {
    loop {
        let message = stream.message().await.expect("the stream lives").expect("the stream goes on");
        match message.event.expect("an event") {
            Event::Heartbeat(_) => {}
            event => return (event, message.resume_token),
        }
    }
}

async fn next_posts(stream: &mut Streaming<WatchPostsResponse>) -> (CreatorPosts, String) {
    match next(stream).await {
        (Event::Posts(posts), token) => (posts, token),
        other => panic!("not posts: {other:?}"),
    }
}

fn names(posts: &CreatorPosts) -> Vec<String> {
    posts.posts.iter().map(|state| state.post.as_ref().expect("a post").name.clone()).collect()
}

async fn export(suite: &Suite, request: ExportRecordsRequest) -> Vec<ExportRecordsResponse> {
    let mut stream = suite.metrics().export_records(request).await.expect("exporting").into_inner();
    let mut parts = Vec::new();
    while let Some(part) = stream.message().await.expect("alive") {
        parts.push(part);
    }
    parts
}

in_both_modes! {
    async fn a_post_is_told_with_its_last_counts(suite: &mut Suite) {
        let mut described = post("ann", 1, 0, 10, [100, 10, 1]);
        let text = described.post.as_mut().expect("a post");
        text.title = "Größe 日本".into();
        text.hashtags = vec!["ad".into(), "b".into()];
        text.format = PostFormat::Short.into();
        text.duration = Some(prost_types::Duration { seconds: 12, nanos: 500_000_000 });
        text.sponsored = Some(false);
        suite.ingest_posts(vec![vec![described.clone()]]).await.expect("taken");
        suite.ingest_observations(vec![recount(&described, 20, 300)]).await.expect("taken");
        let request = GetPostRequest { name: name_of(&described) };
        let found = suite.metrics().get_post(request).await.expect("found").into_inner().post.expect("a post");
        assert_eq!(found.post, described.post);
        assert_eq!(found.counts, Some(PostCounts { views: Some(300), ..PostCounts::default() }));
        assert_eq!((found.observe_time, found.source()), (Some(day(20)), Source::Given));
        let unknown = GetPostRequest { name: format!("{}/posts/700000000000000009", creator_name("ann")) };
        let status = suite.metrics().get_post(unknown).await.expect_err("not known");
        assert_eq!(status.code(), Code::NotFound);
        assert_eq!(status.get_error_details().error_info().expect("info").reason, "POST_NOT_KNOWN");
        let wrong = GetPostRequest { name: creator_name("ann") };
        assert_eq!(suite.metrics().get_post(wrong).await.expect_err("no post").code(), Code::InvalidArgument);
    }

    async fn posts_are_listed_newest_first_and_pages_stay_right_while_posts_come(suite: &mut Suite) {
        let records: Vec<PostRecord> = (0..7).map(|number| post("bob", number, i64::from(number), 10, [1, 1, 1])).collect();
        let mut undated = post("bob", 20, 0, 10, [1, 1, 1]);
        undated.post.as_mut().expect("a post").publish_time = None;
        let counted = recount(&post("bob", 21, 0, 10, [1, 1, 1]), 10, 5);
        suite.ingest_posts(vec![[records.clone(), vec![undated.clone()]].concat()]).await.expect("taken");
        suite.ingest_observations(vec![counted.clone()]).await.expect("taken");
        let mut request = ListPostsRequest { parent: creator_name("bob"), page_size: 4, ..Default::default() };
        let first = suite.metrics().list_posts(request.clone()).await.expect("a page").into_inner();
        // One that is newer than all does not move the pages behind.
        suite.ingest_posts(vec![vec![post("bob", 30, 9, 10, [1, 1, 1])]]).await.expect("taken");
        request.page_token = first.next_page_token.clone();
        let second = suite.metrics().list_posts(request.clone()).await.expect("a page").into_inner();
        request.page_token = second.next_page_token.clone();
        let third = suite.metrics().list_posts(request.clone()).await.expect("a page").into_inner();
        let listed: Vec<String> = [first.posts, second.posts, third.posts]
            .concat()
            .into_iter()
            .map(|state| state.post.expect("a post").name)
            .collect();
        let mut expected: Vec<String> = records.iter().rev().map(name_of).collect();
        expected.extend([name_of(&undated), counted.subject]);
        assert_eq!(listed, expected);
        assert_eq!(third.next_page_token, "");
        request.parent = creator_name("bobby");
        assert_eq!(suite.metrics().list_posts(request.clone()).await.expect_err("another's token").code(), Code::InvalidArgument);
        request.page_token = String::new();
        assert_eq!(suite.metrics().list_posts(request).await.expect_err("nobody").code(), Code::NotFound);
    }

    async fn a_watcher_of_posts_gets_all_of_each_creator_and_then_only_what_changed(suite: &mut Suite) {
        let records: Vec<PostRecord> = (0..1_201).map(|number| post("cem", number, 0, 10, [1, 1, 1])).collect();
        suite.ingest_posts(vec![records.clone(), vec![post("dan", 1, 0, 10, [1, 1, 1])]]).await.expect("taken");
        suite.ingest_observations(vec![followers("eva", 1, 5)]).await.expect("taken");
        let request = WatchPostsRequest::default();
        let mut stream = suite.metrics().watch_posts(request.clone()).await.expect("watching").into_inner();
        let mut told = Vec::new();
        for _ in 0..4 {
            let (posts, token) = next_posts(&mut stream).await;
            assert!(posts.posts.len() <= 500 && token.is_empty());
            told.extend(names(&posts));
        }
        let mut expected: Vec<String> = records.iter().map(name_of).collect();
        expected.push(name_of(&post("dan", 1, 0, 10, [1, 1, 1])));
        assert_eq!(told, expected);
        let (end, mut token) = next(&mut stream).await;
        assert!(matches!(end, Event::SnapshotEnd(end) if end.creator_count == 2), "{end:?}");

        // A count of one post, a new post and another description: each is told alone.
        suite.ingest_observations(vec![recount(&records[7], 20, 9), followers("cem", 20, 9)]).await.expect("taken");
        let (posts, first_token) = next_posts(&mut stream).await;
        assert_eq!((names(&posts), posts.posts[0].counts.as_ref().and_then(|counts| counts.views)), (vec![name_of(&records[7])], Some(9)));
        assert_ne!(first_token, token);
        token = first_token;
        drop(stream);
        let mut renamed = post("dan", 1, 0, 30, [1, 1, 1]);
        renamed.post.as_mut().expect("a post").title = "new".into();
        let more: Vec<PostRecord> = (2_000..2_600).map(|number| post("cem", number, 0, 10, [1, 1, 1])).collect();
        suite.ingest_posts(vec![more.clone()]).await.expect("taken");
        suite.ingest_posts(vec![vec![renamed.clone()]]).await.expect("taken");
        let resumed = WatchPostsRequest { resume_token: token, ..request };
        let mut stream = suite.metrics().watch_posts(resumed).await.expect("watching").into_inner();
        let mut told = Vec::new();
        while told.len() < 601 {
            let (posts, _) = next_posts(&mut stream).await;
            assert!(posts.posts.len() <= 500);
            told.extend(names(&posts));
        }
        let mut expected: Vec<String> = more.iter().map(name_of).collect();
        expected.push(name_of(&renamed));
        assert_eq!(told, expected);
    }

    async fn a_watcher_of_posts_is_told_of_an_erasure_and_of_a_return(suite: &mut Suite) {
        suite.ingest_posts(vec![vec![post("fay", 1, 0, 10, [1, 1, 1]), post("fay", 2, 0, 10, [1, 1, 1])]]).await.expect("taken");
        let request = WatchPostsRequest { creators: vec![creator_name("fay")], ..Default::default() };
        let mut stream = suite.metrics().watch_posts(request).await.expect("watching").into_inner();
        assert_eq!(next_posts(&mut stream).await.0.posts.len(), 2);
        let (_, token) = next(&mut stream).await;
        suite.metrics().erase_creator_metrics(EraseCreatorMetricsRequest { name: creator_name("fay") }).await.expect("erased");
        assert_eq!(next(&mut stream).await.0, Event::Removed(creator_name("fay")));
        suite.ingest_posts(vec![vec![post("fay", 2, 0, 10, [1, 1, 1])]]).await.expect("taken");
        assert_eq!(names(&next_posts(&mut stream).await.0), [name_of(&post("fay", 2, 0, 10, [1, 1, 1]))]);
        // Who was away meanwhile learns the same, in the same order.
        let request = WatchPostsRequest { resume_token: token, ..Default::default() };
        let mut stream = suite.metrics().watch_posts(request).await.expect("watching").into_inner();
        assert_eq!(next(&mut stream).await.0, Event::Removed(creator_name("fay")));
        assert_eq!(next_posts(&mut stream).await.0.posts.len(), 1);
    }

    async fn what_is_exported_makes_the_same_metrics_elsewhere(suite: &mut Suite) {
        let mut records: Vec<PostRecord> = (0..1_500).map(|number| post("gus", number, i64::from(number % 90), 100, [100 + i64::from(number), 10, 1])).collect();
        records[3].counts = None;
        records[4].counts.as_mut().expect("counts").hidden = vec!["shares".into()];
        records[5].post.as_mut().expect("a post").caption = "x\t\"y\" 日本".into();
        let recounts: Vec<Observation> = records.iter().take(900).map(|record| recount(record, 101, 500)).collect();
        suite.ingest_posts(vec![records.clone(), vec![post("hal", 1, 0, 10, [5, 4, 3])]]).await.expect("taken");
        // A newer description leaves its earlier counts behind, and a count from elsewhere comes before its description.
        suite.ingest_posts(vec![vec![post("gus", 9, 9, 102, [900, 90, 9])]]).await.expect("taken");
        suite.ingest_observations(recounts).await.expect("taken");
        suite.ingest_observations(vec![followers("gus", 100, 50_000), followers("gus", 50, 40_000), followers("ivy", 1, 7)]).await.expect("taken");
        let mut elsewhere = recount(&post("hal", 2, 0, 10, [1, 1, 1]), 10, 6);
        elsewhere.source = Source::File.into();
        suite.ingest_observations(vec![elsewhere]).await.expect("taken");
        let mut late = post("hal", 2, 0, 10, [6, 0, 0]);
        late.counts = Some(PostCounts { views: Some(6), ..PostCounts::default() });
        suite.ingest_posts(vec![vec![late]]).await.expect("taken");

        let parts = export(suite, ExportRecordsRequest::default()).await;
        assert!(parts.iter().all(|part| (1..=1_000).contains(&(part.posts.len() + part.observations.len()))));
        let ends: Vec<(String, bool)> = parts.iter().map(|part| (part.creator.clone(), part.is_last_part)).collect();
        let gus = (creator_name("gus"), false);
        assert_eq!(ends, [gus.clone(), gus, (creator_name("gus"), true), (creator_name("hal"), true), (creator_name("ivy"), true)]);
        let behind = export(suite, ExportRecordsRequest { after_creator: creator_name("gus"), ..Default::default() }).await;
        assert_eq!(behind, parts[3..]);
        let named = export(suite, ExportRecordsRequest { creators: vec![creator_name("hal")], ..Default::default() }).await;
        assert_eq!(named, parts[3..4]);

        let copy = Suite::start(Mode::Embedded).await;
        for part in parts.clone() {
            if !part.posts.is_empty() {
                let count = part.posts.len();
                let mut answers = copy.metrics().ingest_posts(iter([IngestPostsRequest { records: part.posts }])).await.expect("taken").into_inner();
                let answer = answers.message().await.expect("alive").expect("one");
                assert_eq!((answer.accepted_count as usize, answer.rejections), (count, vec![]));
            }
            if !part.observations.is_empty() {
                let count = part.observations.len();
                let request = IngestObservationsRequest { observations: part.observations };
                let mut answers = copy.metrics().ingest_observations(iter([request])).await.expect("taken").into_inner();
                let answer = answers.message().await.expect("alive").expect("one");
                assert_eq!((answer.accepted_count as usize, answer.rejections), (count, vec![]));
            }
        }
        for creator in ["gus", "hal", "ivy"] {
            let request = GetCreatorMetricsRequest { name: creator_name(creator), ..Default::default() };
            let mut here = suite.metrics().get_creator_metrics(request.clone()).await.expect("found").into_inner().metrics.expect("some");
            let mut there = copy.metrics().get_creator_metrics(request).await.expect("found").into_inner().metrics.expect("some");
            (here.etag, there.etag) = (String::new(), String::new());
            assert_eq!(here, there);
        }
        let again = export(&copy, ExportRecordsRequest::default()).await;
        copy.stop().await;
        assert_eq!(again, parts);
    }

    async fn a_watcher_may_choose_several_selections_and_gets_no_number_twice(suite: &mut Suite) {
        suite.ingest_posts(vec![vec![post("kim", 1, 0, 10, [100, 10, 1])]]).await.expect("taken");
        let selection = |definition: &str, window: Window| MetricSelection {
            definitions: vec![definition.into()],
            windows: vec![window.into()],
            ..Default::default()
        };
        let mut request = WatchMetricsRequest {
            selection: Some(selection("views.mean", Window::Window90d)),
            additional_selections: vec![selection("views.mean", Window::Window30d), selection("views.mean", Window::Window90d)],
            ..Default::default()
        };
        let mut stream = suite.metrics().watch_metrics(request.clone()).await.expect("watching").into_inner();
        let Some(watch_metrics_response::Event::Metrics(metrics)) = stream.message().await.expect("alive").expect("one").event else {
            panic!("not a state")
        };
        let told: Vec<(&str, Window)> = metrics.values.iter().map(|value| (value.definition.as_str(), value.window())).collect();
        assert_eq!(told, [("views.mean@1", Window::Window90d), ("views.mean@1", Window::Window30d)]);
        request.additional_selections = vec![selection("nonsense", Window::Window30d); 5];
        let status = suite.metrics().watch_metrics(request).await.expect_err("too many and unknown");
        let details = status.get_error_details();
        let fields: Vec<&str> =
            details.bad_request().expect("violations").field_violations.iter().map(|found| found.field.as_str()).collect();
        assert!(fields.contains(&"additional_selections") && fields.contains(&"additional_selections[3].definitions[0]"), "{fields:?}");
    }
}
