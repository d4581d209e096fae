//! Owns what callers see while other services are away or answer badly. Never a formula.

use std::sync::{Arc, Mutex};

use creatorscope_kit::{fault::Code, transport::Transport};
use creatorscope_proto::{
    common::v1::{self as common, MissingReason, Window},
    discovery::v1 as discovery,
    metrics::v1 as metrics,
    scoring::v1::{self as pb, FitComponentKind as Component, authenticity_signal::Kind},
};
use http_body_util::{BodyExt, Full};
use prost::Message;
use tonic::{Status, body::Body};

use super::*;

/// What a peer answers to a method with a message.
type Answer = fn(&str, &[u8]) -> Result<Vec<u8>, Status>;
type Heard = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A peer that answers with messages, and what it was asked.
fn peer(answer: Answer) -> (Transport, Heard) {
    let heard = Heard::default();
    let kept = heard.clone();
    let transport = transport::service(move |request: http::Request<Body>| {
        let heard = kept.clone();
        async move {
            let method = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
            let framed = request.into_body().collect().await?.to_bytes();
            // A message is framed by a flag and its length in 4 bytes.
            let message = framed.get(5..).unwrap_or_default();
            heard.lock().expect("not poisoned").push((method.clone(), message.to_vec()));
            let message = answer(&method, message)?;
            let mut framed = vec![0];
            framed.extend(u32::try_from(message.len()).expect("short").to_be_bytes());
            framed.extend(message);
            let mut response = http::Response::new(Body::new(Full::from(framed)));
            response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/grpc"));
            response.headers_mut().insert("grpc-status", http::HeaderValue::from_static("0"));
            Ok(response)
        }
    });
    (transport, heard)
}

fn away() -> Transport {
    transport::later().0
}

fn knows_nothing() -> Transport {
    peer(|_, _| Err(Status::not_found("unknown"))).0
}

/// Metrics that knows followers and followed accounts of each creator, and no post.
fn counts(method: &str, message: &[u8]) -> Result<Vec<u8>, Status> {
    if method != "BatchGetCreatorMetrics" {
        return Err(Status::not_found("unknown"));
    }
    let asked =
        metrics::BatchGetCreatorMetricsRequest::decode(message).map_err(|error| Status::internal(error.to_string()))?;
    let term = |term: &str, total| common::TermUse { term: term.into(), total, reported_count: 1 };
    let value = common::MetricValue {
        definition: "following_ratio@1".into(),
        result: Some(Number::Value(0.02)),
        terms: vec![term("followers", 100.0), term("following", 5_000.0)],
        ..common::MetricValue::default()
    };
    let entry = |name: String| metrics::batch_get_creator_metrics_response::Entry {
        metrics: Some(metrics::CreatorMetrics {
            creator: name.clone(),
            values: vec![value.clone()],
            ..Default::default()
        }),
        name,
    };
    Ok(metrics::BatchGetCreatorMetricsResponse { entries: asked.names.into_iter().map(entry).collect() }
        .encode_to_vec())
}

/// Discovery that knows each creator as a baker.
fn baker(method: &str, message: &[u8]) -> Result<Vec<u8>, Status> {
    if method != "BatchGetCreators" {
        return Err(Status::not_found("unknown"));
    }
    let asked =
        discovery::BatchGetCreatorsRequest::decode(message).map_err(|error| Status::internal(error.to_string()))?;
    let entry = |name: String| discovery::batch_get_creators_response::Entry {
        creator: Some(discovery::Creator {
            name: name.clone(),
            niches: vec!["baking".into()],
            bio: "Bread for everybody, every day".into(),
            followers: Some(100),
            ..discovery::Creator::default()
        }),
        name,
    };
    Ok(discovery::BatchGetCreatorsResponse { entries: asked.names.into_iter().map(entry).collect() }.encode_to_vec())
}

fn brand() -> Option<pb::BrandBrief> {
    Some(pb::BrandBrief {
        brief: "Flour for people who bake bread".into(),
        niches: vec!["baking".into()],
        excluded_topics: vec!["gambling".into()],
        ..pb::BrandBrief::default()
    })
}

async fn fits(client: &mut Client) -> Result<pb::ScoreFitResponse, Status> {
    let request = pb::ScoreFitRequest { brand: brand(), creators: vec![CREATOR.into()] };
    client.score_fit(request).await.map(tonic::Response::into_inner)
}

fn component(fit: &pb::Fit, kind: Component) -> &pb::FitComponent {
    fit.components.iter().find(|found| found.component() == kind).expect("every component is told")
}

async fn dossier(client: &mut Client, window: Window) -> Result<pb::Dossier, Status> {
    let request = pb::ExportDossierRequest { name: CREATOR.into(), window: window.into(), ..Default::default() };
    client.export_dossier(request).await.map(|answer| answer.into_inner().dossier.expect("no file was asked for"))
}

/// The services that a part lacks; none when it is not listed.
fn lacks<'a>(dossier: &'a pb::Dossier, part: &str) -> Option<&'a [String]> {
    dossier.missing_parts.iter().find(|missing| missing.part == part).map(|missing| &missing.away_services[..])
}

#[tokio::test]
async fn fit_says_which_service_a_missing_component_waits_for() {
    let mut client = client().await;
    put(&mut client, crowd(60)).await;
    let answer = fits(&mut client).await.expect("comments are known");
    let fit = &answer.fits[0];
    for (kind, service) in
        [(Component::Niche, "discovery"), (Component::Engagement, "metrics"), (Component::BrandSafety, "metrics")]
    {
        let found = component(fit, kind);
        assert_eq!((found.value, found.missing(), found.weight), (None, MissingReason::ServiceAway, 0.0), "{found:?}");
        assert!(found.description.contains(&format!("{service} service")), "{found:?}");
    }
    let felt = component(fit, Component::Sentiment);
    assert!(felt.value.is_some() && felt.description.contains("metrics service"), "it is known in part: {felt:?}");
    let weights: f64 = fit.components.iter().map(|component| component.weight).sum();
    assert!((weights - 1.0).abs() < 1e-9, "the weight of what is missing went to the others: {fit:?}");
    assert_eq!(component(fit, Component::AudienceCountry).missing(), MissingReason::NotAsked);
    assert_eq!(
        answer.notes.iter().filter(|note| note.contains("UNAVAILABLE") || note.contains("unavailable")).count(),
        2,
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_clean_record_is_not_claimed_while_posts_cannot_be_had() {
    let (discovery, _) = peer(baker);
    let mut client = client_with(away(), discovery).await;
    let answer = fits(&mut client).await.expect("the profile is known");
    let fit = &answer.fits[0];
    assert!(component(fit, Component::Niche).value.is_some_and(|value| value > 0.5));
    assert_eq!(component(fit, Component::BrandSafety).missing(), MissingReason::ServiceAway);
}

#[tokio::test]
async fn where_nothing_can_be_known_the_answer_is_unavailable_and_not_unknown() {
    let mut client = client().await;
    assert_eq!(fits(&mut client).await.expect_err("nobody answers").code(), Code::Unavailable);
    assert_eq!(dossier(&mut client, Window::Unspecified).await.expect_err("nobody answers").code(), Code::Unavailable);
    let candidate = pb::plan_portfolio_request::Candidate { creator: CREATOR.into(), price_minor: Some(5) };
    let plan = pb::PlanPortfolioRequest { candidates: vec![candidate], budget_minor: 10, ..Default::default() };
    assert_eq!(client.plan_portfolio(plan).await.expect_err("no reach is known").code(), Code::Unavailable);
    let rank = pb::RankCreatorsRequest { brand: brand(), ..pb::RankCreatorsRequest::default() };
    let refused = client.rank_creators(rank).await.expect_err("nobody can be looked for");
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(refused.message().contains("creators that are named"), "{refused:?}");
}

#[tokio::test]
async fn services_that_answer_make_an_unknown_creator_unknown() {
    let mut client = client_with(knows_nothing(), knows_nothing()).await;
    assert_eq!(fits(&mut client).await.expect("answered").missing_creators, [CREATOR]);
    assert_eq!(dossier(&mut client, Window::Unspecified).await.expect_err("unknown").code(), Code::NotFound);
}

#[tokio::test]
async fn a_dossier_tells_parts_that_are_away_from_parts_that_are_not_there() {
    let mut client = client_with(away(), knows_nothing()).await;
    put(&mut client, crowd(60)).await;
    let made = dossier(&mut client, Window::Unspecified).await.expect("comments are known");
    assert!(made.sentiment.is_some() && lacks(&made, "sentiment").is_none());
    assert_eq!(lacks(&made, "creator"), Some(&[][..]), "discovery answered that it is not known");
    assert_eq!(lacks(&made, "metrics"), Some(&["metrics".to_owned()][..]));
    assert_eq!(lacks(&made, "posts"), Some(&["metrics".to_owned()][..]));
    assert_eq!(lacks(&made, "fit"), Some(&[][..]), "no brand was given");
}

#[tokio::test]
async fn a_dossier_is_about_the_window_that_was_asked_for() {
    let (metrics, heard) = peer(counts);
    let mut client = client_with(metrics, knows_nothing()).await;
    put(&mut client, crowd(60)).await;
    let made = dossier(&mut client, Window::Window365d).await.expect("known");
    let windows: Vec<i32> = made.sentiment.expect("known").windows.iter().map(|window| window.window).collect();
    assert_eq!(windows, [Window::Window365d as i32]);
    let heard = heard.lock().expect("not poisoned");
    let asked = heard.iter().filter(|(method, _)| method == "BatchGetCreatorMetrics");
    let mut asked =
        asked.map(|(_, message)| metrics::BatchGetCreatorMetricsRequest::decode(&message[..]).expect("a request"));
    let of_all = |request: &metrics::BatchGetCreatorMetricsRequest| {
        request.selection.as_ref().is_some_and(|selection| selection.definitions.is_empty())
    };
    let selection = asked.rfind(of_all).and_then(|request| request.selection).expect("all metrics are asked for");
    assert_eq!(selection.windows, [Window::Window365d as i32]);
}

#[tokio::test]
async fn a_window_that_is_none_is_refused() {
    let mut client = client().await;
    let request = pb::ExportDossierRequest { name: CREATOR.into(), window: 99, ..Default::default() };
    assert_eq!(client.export_dossier(request).await.expect_err("no window").code(), Code::InvalidArgument);
}

#[tokio::test]
async fn what_a_service_finds_wrong_is_not_hidden_as_missing() {
    for (answer, code) in
        [(Status::invalid_argument("wrong"), Code::InvalidArgument), (Status::permission_denied("no"), Code::Internal)]
    {
        let wrong = answer.clone();
        let metrics = transport::service(move |_| std::future::ready(Err(wrong.clone())));
        let mut client = client_with(metrics, knows_nothing()).await;
        put(&mut client, crowd(60)).await;
        let request = pb::GetReceptionRequest { name: CREATOR.into(), ..pb::GetReceptionRequest::default() };
        assert_eq!(client.get_reception(request).await.expect_err("wrong").code(), code);
        assert_eq!(fits(&mut client).await.expect_err("wrong").code(), code);
    }
}

async fn signal(client: &mut Client, kind: Kind) -> pb::AuthenticitySignal {
    let request = pb::GetAuthenticityRequest { name: CREATOR.into() };
    let judged = client.get_authenticity(request).await.expect("known").into_inner().authenticity.expect("set");
    judged.signals.into_iter().find(|signal| signal.kind() == kind).expect("every signal is told")
}

#[tokio::test]
async fn an_account_that_follows_many_more_than_follow_it_is_suspicious() {
    let ((metrics, _), (discovery, _)) = (peer(counts), peer(baker));
    let mut client = client_with(metrics, discovery).await;
    let found = signal(&mut client, Kind::FollowingRatio).await;
    assert_eq!(found.suspicion, Some(1.0), "{found:?}");
    assert_eq!(found.description, "follows 5000 accounts and is followed by 100");
}

#[tokio::test]
async fn a_signal_says_that_its_service_is_away() {
    let mut client = client().await;
    put(&mut client, crowd(60)).await;
    let found = signal(&mut client, Kind::FollowingRatio).await;
    assert_eq!((found.suspicion, found.missing()), (None, MissingReason::ServiceAway));
}

#[tokio::test]
async fn repeated_comments_are_shown_as_evidence() {
    let mut client = client().await;
    let bot = |place: usize| comment(&format!("b{place}"), &format!("bot {place}"), "great video, check my channel");
    put(&mut client, (0..60).map(bot).chain(crowd(20)).collect()).await;
    let found = signal(&mut client, Kind::RepeatedComments).await;
    assert_eq!(found.suspicion, Some(1.0));
    assert_eq!(found.evidence, [format!("{POST}/comments/b0")]);
    assert!(found.description.contains("60 times"), "{found:?}");
}
