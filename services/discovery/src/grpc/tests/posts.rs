//! Owns the search for posts as a caller on the wire sees it, with a metrics service that tells what a test says. Never a
//! network.

use super::*;

/// The streams of posts that a test tells.
#[derive(Clone, Default)]
pub(super) struct PostScript {
    streams: Arc<Mutex<Vec<mpsc::UnboundedReceiver<PostMessage>>>>,
    tokens: Arc<Mutex<Vec<String>>>,
}

type PostMessage = Result<WatchPostsResponse, Status>;

impl PostScript {
    fn next_stream(&self) -> mpsc::UnboundedSender<PostMessage> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.streams.lock().expect("no panic").insert(0, receiver);
        sender
    }

    pub(super) fn watch(&self, token: &str) -> Answer<BoxStream<'static, PostMessage>> {
        let Some(receiver) = self.streams.lock().expect("no panic").pop() else {
            return Err(Status::unavailable("no stream is ready"));
        };
        self.tokens.lock().expect("no panic").push(token.to_owned());
        let messages = stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) });
        Ok(Response::new(messages.boxed()))
    }
}

fn message(event: watch_posts_response::Event, position: Option<i64>) -> PostMessage {
    let resume_token = position.map(|position| Token::new("metrics", position).to_string()).unwrap_or_default();
    Ok(WatchPostsResponse { event: Some(event), resume_token })
}

fn told(creator: &str, posts: Vec<PostState>, removed: Vec<String>, position: Option<i64>) -> PostMessage {
    let creator = format!("creators/tiktok:{creator}");
    let posts = watch_posts_response::CreatorPosts { creator, posts, removed_posts: removed };
    message(watch_posts_response::Event::Posts(posts), position)
}

fn end(position: i64) -> PostMessage {
    let end = watch_posts_response::SnapshotEnd { creator_count: 1 };
    message(watch_posts_response::Event::SnapshotEnd(end), Some(position))
}

fn name(creator: &str, number: i64) -> String {
    format!("creators/tiktok:{creator}/posts/{}", 7_000_000_000_000_000_000 + number)
}

fn post(creator: &str, number: i64, title: &str, views: Option<i64>) -> PostState {
    let post = Post {
        name: name(creator, number),
        title: title.into(),
        hashtags: vec!["Beauty".into(), format!("t{number}")],
        publish_time: Some(prost_types::Timestamp { seconds: 1_000 + number, nanos: 0 }),
        language: if number % 2 == 0 { "pt-BR".into() } else { String::new() },
        format: 1,
        ..Default::default()
    };
    let counts = PostCounts { views, likes: Some(number), ..Default::default() };
    let sponsorship = Sponsorship { sponsored: (number == 3).then_some(true), confidence: 0.9, ..Default::default() };
    PostState { post: Some(post), counts: Some(counts), sponsorship: Some(sponsorship), ..Default::default() }
}

async fn find(node: &Node, request: SearchPostsRequest) -> Result<SearchPostsResponse, Status> {
    Ok(node.client.clone().search_posts(request).await?.into_inner())
}

fn numbers(answer: &SearchPostsResponse) -> Vec<i64> {
    let number = |state: &PostState| state.counts.as_ref().and_then(|counts| counts.likes).expect("set");
    answer.posts.iter().map(number).collect()
}

async fn reached(node: &Node, position: i64) -> SearchPostsRequest {
    let read_after = vec![Token::new("metrics", position).to_string()];
    let request = SearchPostsRequest { read_after, ..Default::default() };
    find(node, request.clone()).await.expect("reached");
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_are_found_by_words_by_their_fields_and_by_their_creators() {
    let script = Script::default();
    let (counts, stream) = (script.next_stream(), script.posts.next_stream());
    let node = node(script).await;
    let other = Creator { country: "US".into(), ..profile("b") };
    let token = ingest(&node, vec![profile("a"), other]).await.change_token;
    counts.send(snapshot_end(5)).expect("followed");
    let of_a = (0..6).map(|number| post("a", number, &format!("hair tutorial {number}"), Some(100 * number))).collect();
    stream.send(told("a", of_a, Vec::new(), None)).expect("followed");
    stream.send(told("b", vec![post("b", 7, "car review", None)], Vec::new(), None)).expect("followed");
    stream.send(end(5)).expect("followed");
    let all = reached(&node, 5).await;
    let ask = |query: &str, filter: &str, creator_filter: &str, order_by: &str| SearchPostsRequest {
        query: query.into(),
        filter: filter.into(),
        creator_filter: creator_filter.into(),
        order_by: order_by.into(),
        read_after: vec![all.read_after[0].clone(), token.clone()],
        ..Default::default()
    };
    for (query, filter, creators, order, found) in [
        ("", "", "", "", vec![7, 5, 4, 3, 2, 1, 0]),
        ("Hair", "", "", "views", vec![0, 1, 2, 3, 4, 5]),
        ("t4", "", "", "", vec![4]),
        ("hair review", "", "", "", vec![]),
        ("", "views >= 300 AND NOT views = 400", "", "views desc", vec![5, 3]),
        ("", "NOT views:*", "", "", vec![7]),
        ("", "er.views = 0.01", "", "likes", vec![1, 2, 3, 4, 5]),
        ("", "language = pt", "", "", vec![4, 2, 0]),
        ("", "sponsored = true AND sponsored.confidence > 0.8", "", "", vec![3]),
        (
            "",
            "title:tutor* AND hashtag = beauty AND publish_time < 1970-01-02",
            "country = BR",
            "likes desc",
            vec![5, 4, 3, 2, 1, 0],
        ),
        ("", "", "country = US", "", vec![7]),
        ("", "", "country = FR", "", vec![]),
        ("", "creator = \"tiktok:b\" OR name = \"CREATORS\"", "", "", vec![7]),
    ] {
        let answer = find(&node, ask(query, filter, creators, order)).await.expect("answered");
        assert_eq!(numbers(&answer), found, "`{query}` `{filter}` `{creators}` `{order}`");
        assert_eq!(answer.total_size, found.len() as i64);
    }
    // Creators are filtered as they are now.
    let moved = Creator {
        country: "FR".into(),
        observe_time: Some(prost_types::Timestamp { seconds: 2_000, nanos: 0 }),
        ..profile("a")
    };
    let later = ingest(&node, vec![moved]).await.change_token;
    let request = SearchPostsRequest { read_after: vec![later], ..ask("", "", "country = FR", "") };
    assert_eq!(find(&node, request).await.expect("answered").total_size, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_are_paged_counted_changed_and_removed() {
    let script = Script::default();
    let (counts, first, second) = (script.next_stream(), script.posts.next_stream(), script.posts.next_stream());
    let node = node(script).await;
    counts.send(snapshot_end(9)).expect("followed");
    let posts = (0..150).map(|number| post("a", number, "x", Some(number % 7))).collect();
    first.send(told("a", posts, Vec::new(), None)).expect("followed");
    first.send(end(5)).expect("followed");
    let mut request = SearchPostsRequest {
        order_by: "views desc, likes".into(),
        page_size: 40,
        facets: vec!["hashtag".into(), "language".into(), "format".into()],
        ..reached(&node, 5).await
    };
    let mut all = Vec::new();
    loop {
        let page = find(&node, request.clone()).await.expect("answered");
        assert_eq!(page.total_size, 150);
        all.extend(numbers(&page));
        if page.next_page_token.is_empty() {
            let [tags, languages, formats] = page.facets.as_slice() else { panic!("three facets") };
            assert_eq!((tags.buckets.len(), tags.other_count), (100, 0), "every post has the tag beauty");
            assert_eq!((languages.buckets[0].value.as_str(), languages.buckets[0].count), ("pt-br", 75));
            assert_eq!((languages.other_count, formats.buckets[0].count), (75, 150));
            break;
        }
        request.page_token = page.next_page_token;
    }
    let mut expected: Vec<i64> = (0..150).collect();
    expected.sort_by_key(|number| (-(number % 7), *number));
    assert_eq!(all, expected);
    request.order_by = "views".into();
    assert_eq!(find(&node, request).await.expect_err("another order").code(), Code::InvalidArgument);
    // The stream breaks and goes on where it was.
    drop(first);
    let changed = vec![post("a", 0, "new words", Some(5))];
    second.send(told("a", changed, vec![name("a", 1)], Some(6))).expect("followed");
    let words = SearchPostsRequest { query: "words".into(), ..reached(&node, 6).await };
    assert_eq!(numbers(&find(&node, words.clone()).await.expect("answered")), [0]);
    let everything = SearchPostsRequest { query: String::new(), ..words };
    assert_eq!(find(&node, everything.clone()).await.expect("answered").total_size, 149);
    let gone = watch_posts_response::Event::Removed("creators/tiktok:a".into());
    second.send(message(gone, Some(7))).expect("followed");
    reached(&node, 7).await;
    assert_eq!(find(&node, everything).await.expect("answered").total_size, 0);
    let tokens = node.script.posts.tokens.lock().expect("no panic").clone();
    assert_eq!(tokens, [String::new(), Token::new("metrics", 5).to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_problem_of_a_search_for_posts_is_told_at_once() {
    let node = node(Script::default()).await;
    let request = SearchPostsRequest {
        filter: "view > 5 AND format = LONGER".into(),
        creator_filter: "views > 5".into(),
        order_by: "title".into(),
        page_size: -1,
        page_token: "rubbish".into(),
        facets: vec!["niche".into()],
        ..Default::default()
    };
    let status = find(&node, request).await.expect_err("refused");
    assert_eq!(status.code(), Code::InvalidArgument);
    for part in ["did you mean `views`", "creator_filter", "order_by", "page_size", "page_token", "facets[0]", "LONG"] {
        assert!(status.message().contains(part), "{part}: {}", status.message());
    }
}
