//! Owns following the scoring service as a caller sees it: scores that are shown, found by, and erased. Never a network.

use creatorscope_proto::scoring::v1::{
    scoring_service_server::{ScoringService, ScoringServiceServer},
    *,
};

use super::{meaning, *};

type Tidings = Result<WatchSentimentResponse, Status>;

/// A scoring service that streams what it is told.
#[derive(Clone, Default)]
pub(super) struct ScoringScript {
    /// One receiver for each time that a watcher comes; with the tokens they came with.
    streams: Arc<Mutex<Vec<mpsc::UnboundedReceiver<Tidings>>>>,
    tokens: Arc<Mutex<Vec<String>>>,
    erased: Arc<Mutex<Vec<String>>>,
    /// The model that answers; none when there is none.
    pub(super) model: Arc<Mutex<Option<String>>>,
}

impl ScoringScript {
    fn next_stream(&self) -> mpsc::UnboundedSender<Tidings> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.streams.lock().expect("no panic").insert(0, receiver);
        sender
    }

    pub(super) fn transport(&self) -> transport::Transport {
        transport::local("scoring", transport::bare(Routes::new(ScoringServiceServer::new(self.clone()))))
    }
}

#[tonic::async_trait]
impl ScoringService for ScoringScript {
    type AnalyzeStreamStream = BoxStream<'static, Result<AnalyzeStreamResponse, Status>>;
    type IngestCommentsStream = BoxStream<'static, Result<IngestCommentsResponse, Status>>;
    type WatchSentimentStream = BoxStream<'static, Result<WatchSentimentResponse, Status>>;

    async fn watch_sentiment(&self, request: Request<WatchSentimentRequest>) -> Answer<Self::WatchSentimentStream> {
        let request = request.into_inner();
        let Some(receiver) = self.streams.lock().expect("no panic").pop_if(|_| !request.skip_snapshot) else {
            return Err(Status::unimplemented("no stream is ready"));
        };
        self.tokens.lock().expect("no panic").push(request.resume_token);
        let messages = stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) });
        Ok(Response::new(messages.boxed()))
    }

    async fn erase_scores(&self, request: Request<EraseScoresRequest>) -> Answer<EraseScoresResponse> {
        let Some(erase_scores_request::Subject::Creator(name)) = request.into_inner().subject else {
            return Err(Status::invalid_argument("no creator"));
        };
        self.erased.lock().expect("no panic").push(name);
        let erased = EraseScoresResponse { comment_count: 7, profile_count: 2, change_count: 3, ..Default::default() };
        Ok(Response::new(erased))
    }

    async fn embed_text(&self, request: Request<EmbedTextRequest>) -> Answer<EmbedTextResponse> {
        let texts = request.into_inner().texts;
        assert!((1..=100).contains(&texts.len()));
        meaning::embed(&self.model.lock().expect("no panic"), &texts).map(Response::new)
    }

    async fn analyze_text(&self, _: Request<AnalyzeTextRequest>) -> Answer<AnalyzeTextResponse> {
        unused()
    }

    async fn analyze_stream(&self, _: Request<Streaming<AnalyzeStreamRequest>>) -> Answer<Self::AnalyzeStreamStream> {
        unused()
    }

    async fn ingest_comments(
        &self,
        _: Request<Streaming<IngestCommentsRequest>>,
    ) -> Answer<Self::IngestCommentsStream> {
        unused()
    }

    async fn get_creator_sentiment(
        &self,
        _: Request<GetCreatorSentimentRequest>,
    ) -> Answer<GetCreatorSentimentResponse> {
        unused()
    }

    async fn get_post_sentiment(&self, _: Request<GetPostSentimentRequest>) -> Answer<GetPostSentimentResponse> {
        unused()
    }

    async fn get_reception(&self, _: Request<GetReceptionRequest>) -> Answer<GetReceptionResponse> {
        unused()
    }

    async fn get_audience(&self, _: Request<GetAudienceRequest>) -> Answer<GetAudienceResponse> {
        unused()
    }

    async fn get_audience_overlap(&self, _: Request<GetAudienceOverlapRequest>) -> Answer<GetAudienceOverlapResponse> {
        unused()
    }

    async fn get_authenticity(&self, _: Request<GetAuthenticityRequest>) -> Answer<GetAuthenticityResponse> {
        unused()
    }

    async fn score_fit(&self, _: Request<ScoreFitRequest>) -> Answer<ScoreFitResponse> {
        unused()
    }

    async fn rank_creators(&self, _: Request<RankCreatorsRequest>) -> Answer<RankCreatorsResponse> {
        unused()
    }

    async fn plan_portfolio(&self, _: Request<PlanPortfolioRequest>) -> Answer<PlanPortfolioResponse> {
        unused()
    }

    async fn export_dossier(&self, _: Request<ExportDossierRequest>) -> Answer<ExportDossierResponse> {
        unused()
    }

    async fn list_score_definitions(
        &self,
        _: Request<ListScoreDefinitionsRequest>,
    ) -> Answer<ListScoreDefinitionsResponse> {
        unused()
    }

    async fn list_models(&self, _: Request<ListModelsRequest>) -> Answer<ListModelsResponse> {
        unused()
    }
}

fn news(event: watch_sentiment_response::Event, position: Option<i64>) -> Tidings {
    let resume_token = position.map(|position| Token::new("scoring", position).to_string()).unwrap_or_default();
    Ok(WatchSentimentResponse { event: Some(event), resume_token })
}

/// A creator with so negative comments; the net is missing.
fn scored(id: &str, negative: f64, reception: ReceptionVerdict, position: Option<i64>) -> Tidings {
    let value = |definition: &str, result| MetricValue {
        definition: format!("{definition}@1"),
        result: Some(result),
        ..Default::default()
    };
    let scores = CreatorScores {
        creator: format!("creators/tiktok:{id}"),
        values: vec![
            value("sentiment.negative", metric_value::Result::Value(negative)),
            value("sentiment.net", metric_value::Result::Missing(9)),
            value("authenticity.score", metric_value::Result::Value(80.0)),
        ],
        reception: reception.into(),
        flags: vec!["REPEATED_COMMENTS".into()],
        comment_languages: vec![
            LanguageShare { language: "pt".into(), share: 0.75 },
            LanguageShare { language: String::new(), share: 0.25 },
        ],
        etag: format!("{position:?}"),
        ..Default::default()
    };
    news(watch_sentiment_response::Event::Scores(scores), position)
}

fn end(position: i64) -> Tidings {
    news(watch_sentiment_response::Event::SnapshotEnd(Default::default()), Some(position))
}

async fn names(node: &Node, filter: &str, order_by: &str, position: i64) -> Vec<String> {
    let read_after = vec![Token::new("scoring", position).to_string()];
    let (filter, order_by) = (filter.to_owned(), order_by.to_owned());
    let request = SearchCreatorsRequest { filter, order_by, read_after, ..Default::default() };
    let found = search(node, request).await.expect("answered").creators;
    found.into_iter().map(|creator| creator.name.replace("creators/tiktok:", "")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn scores_are_shown_and_found_by_and_missing_ones_stay_missing() {
    let scoring = ScoringScript::default();
    let (first, second) = (scoring.next_stream(), scoring.next_stream());
    let node = node_with(Script::default(), scoring.transport()).await;
    ingest(&node, ["a", "b", "c"].map(profile).to_vec()).await;
    let loved = scored("a", 0.1, ReceptionVerdict::Loved, None);
    for message in [loved, scored("b", 0.6, ReceptionVerdict::HateWatched, None), end(5)] {
        first.send(message).expect("followed");
    }
    for (filter, found) in [
        ("sentiment.negative < 0.2", vec!["a"]),
        ("sentiment.negative:*", vec!["a", "b"]),
        ("sentiment.net < 2 OR sentiment.net > -2", vec![]),
        ("authenticity.score > 70 AND reception = LOVED", vec!["a"]),
        ("-reception:HATE_WATCHED", vec!["a", "c"]),
        ("reception != LOVED", vec!["b"]),
        ("score_flag:REPEATED_COMMENTS", vec!["a", "b"]),
        ("comment_language:pt", vec!["a", "b"]),
        ("comment_language.pt > 0.7 sentiment.negative > 0.5", vec!["b"]),
        ("comment_language.fr > 0", vec![]),
    ] {
        let mut named = names(&node, filter, "", 5).await;
        named.sort();
        assert_eq!(named, found, "{filter}");
    }
    assert_eq!(names(&node, "", "sentiment.negative desc", 5).await, ["b", "a", "c"]);
    let request = GetCreatorRequest { name: "creators/tiktok:a".into(), ..Default::default() };
    let shown = node.client.clone().get_creator(request).await.expect("known").into_inner().creator.expect("set");
    assert_eq!((shown.scores.len(), shown.reception()), (3, ReceptionVerdict::Loved));
    assert_eq!(shown.score_flags, ["REPEATED_COMMENTS"]);
    assert_eq!(shown.comment_languages[0].share, 0.75);
    drop(first);
    let removed = watch_sentiment_response::Event::Removed("creators/tiktok:b".into());
    second.send(news(removed, Some(6))).expect("followed");
    assert_eq!(names(&node, "reception:*", "", 6).await, ["a"]);
    let tokens = scoring.tokens.lock().expect("no panic").clone();
    assert_eq!(tokens, [String::new(), Token::new("scoring", 5).to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creator_that_a_new_snapshot_of_scores_lacks_loses_them() {
    let scoring = ScoringScript::default();
    let streams = [scoring.next_stream(), scoring.next_stream(), scoring.next_stream()];
    let node = node_with(Script::default(), scoring.transport()).await;
    ingest(&node, ["a", "b"].map(profile).to_vec()).await;
    let states = ["a", "b"].map(|id| scored(id, 0.1, ReceptionVerdict::Mixed, None));
    for message in states.into_iter().chain([end(5), Err(Status::unavailable("restarts"))]) {
        streams[0].send(message).expect("followed");
    }
    streams[1].send(Err(Status::out_of_range("the log no longer reaches back"))).expect("followed");
    for message in [scored("b", 0.1, ReceptionVerdict::Mixed, None), end(9)] {
        streams[2].send(message).expect("followed");
    }
    assert_eq!(names(&node, "reception = MIXED", "", 9).await, ["b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_reaches_the_scoring_service_now_or_when_it_is_back() {
    let scoring = ScoringScript::default();
    let (later, link) = transport::later();
    let node = node_with(Script::default(), later).await;
    ingest(&node, ["a", "b"].map(profile).to_vec()).await;
    let request = |id: &str| DeleteCreatorRequest { name: format!("creators/tiktok:{id}"), ..Default::default() };
    let removed = node.client.clone().delete_creator(request("a")).await.expect("removed").into_inner();
    assert!(removed.scoring_pending);
    assert_eq!((removed.profile_count, removed.comment_count), (1, 0));
    let _stream = scoring.next_stream();
    link.set(scoring.transport());
    while scoring.tokens.lock().expect("no panic").is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(scoring.erased.lock().expect("no panic").clone(), ["creators/tiktok:a"]);
    let removed = node.client.clone().delete_creator(request("b")).await.expect("removed").into_inner();
    assert_eq!((removed.comment_count, removed.scoring_profile_count, removed.scoring_pending), (7, 2, false));
    assert_eq!(scoring.erased.lock().expect("no panic").len(), 2);
}
