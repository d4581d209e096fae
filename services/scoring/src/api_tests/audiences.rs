//! Owns what callers see of commenting audiences and of reception. Never a formula.

use super::*;

const OTHER: &str = "creators/youtube:UCother";

/// So many comments on posts of the other creator, by the authors from `first` on.
fn other(first: usize, count: usize) -> Vec<pb::Comment> {
    let on_other = |place: usize| pb::Comment {
        name: format!("{OTHER}/posts/bcdefghijkl/comments/o{place}"),
        ..comment("", &format!("author {place}"), &format!("a calm and useful part {place}"))
    };
    (first..first + count).map(on_other).collect()
}

async fn overlaps(client: &mut Client, names: &[&str]) -> Result<Vec<pb::AudienceOverlap>, tonic::Status> {
    let names = names.iter().map(|&name| name.to_owned()).collect();
    let request = pb::GetAudienceOverlapRequest { names };
    client.get_audience_overlap(request).await.map(|answer| answer.into_inner().overlaps)
}

async fn audience(client: &mut Client, name: &str) -> Result<pb::CommentAudience, tonic::Status> {
    let request = pb::GetAudienceRequest { name: name.to_owned() };
    client.get_audience(request).await.map(|answer| answer.into_inner().audience.expect("set"))
}

fn told(value: Option<&common::MetricValue>) -> Option<f64> {
    match value.expect("set").result {
        Some(Number::Value(number)) => Some(number),
        _ => None,
    }
}

#[tokio::test]
async fn shared_commenters_are_counted_exactly_in_both_directions() {
    let mut client = client().await;
    put(&mut client, crowd(40)).await;
    put(&mut client, other(20, 80)).await;
    let both = [(CREATOR, OTHER, 0.5, 0.25), (OTHER, CREATOR, 0.25, 0.5)];
    for (first, second, of_first, of_second) in both {
        let found = overlaps(&mut client, &[first, second]).await.expect("known").remove(0);
        assert_eq!((found.creator.as_str(), found.other.as_str()), (first, second));
        assert_eq!(told(found.of_creator.as_ref()), Some(of_first), "{found:?}");
        assert_eq!(told(found.of_other.as_ref()), Some(of_second), "{found:?}");
        assert_eq!(told(found.jaccard.as_ref()), Some(0.2));
        let share = found.of_creator.as_ref().expect("set");
        assert!(
            share.interval.is_none() && share.provenance == common::Provenance::Derived as i32,
            "it is no estimate"
        );
    }
}

#[tokio::test]
async fn few_commenters_give_no_overlap() {
    let mut client = client().await;
    put(&mut client, crowd(40)).await;
    put(&mut client, other(0, 5)).await;
    let found = overlaps(&mut client, &[CREATOR, OTHER]).await.expect("known").remove(0);
    assert_eq!((found.creator_commenters, found.other_commenters), (40, 5));
    assert_eq!(told(found.jaccard.as_ref()), None);
}

#[tokio::test]
async fn overlap_with_a_creator_without_comments_is_not_found() {
    let mut client = client().await;
    put(&mut client, crowd(40)).await;
    let refused = overlaps(&mut client, &[CREATOR, OTHER]).await.expect_err("no comment of the other");
    assert!(refused.code() == Code::NotFound && refused.message().contains(OTHER), "{refused:?}");
    for names in [&[CREATOR][..], &[CREATOR, CREATOR], &[CREATOR, "creators/nobody"]] {
        assert_eq!(overlaps(&mut client, names).await.expect_err("refused").code(), Code::InvalidArgument, "{names:?}");
    }
}

#[tokio::test]
async fn an_audience_tells_its_size_and_languages_and_who_returns() {
    let mut client = client().await;
    put(&mut client, crowd(40)).await;
    let again = |place: usize| pb::Comment {
        name: format!("{CREATOR}/posts/bcdefghijkl/comments/r{place}"),
        ..comment("", &format!("author {place}"), &format!("I love this second part {place}"))
    };
    put(&mut client, (0..10).map(again).collect()).await;
    let found = audience(&mut client, CREATOR).await.expect("comments are known while discovery is away");
    assert_eq!(told(found.commenters.as_ref()), Some(40.0));
    assert_eq!(told(found.returning_commenters.as_ref()), Some(0.25));
    assert_eq!(found.languages.first().map(|language| language.language.as_str()), Some("en"));
    assert!(found.given.is_none());
}

#[tokio::test]
async fn what_is_not_known_because_services_are_away_is_not_called_unknown() {
    let mut client = client().await;
    assert_eq!(audience(&mut client, CREATOR).await.expect_err("away").code(), Code::Unavailable);
    let request = pb::GetReceptionRequest { name: CREATOR.into(), ..pb::GetReceptionRequest::default() };
    assert_eq!(client.get_reception(request).await.expect_err("away").code(), Code::Unavailable);
}

#[tokio::test]
async fn an_unknown_creator_has_neither_audience_nor_reception() {
    let nobody = || transport::service(|_| std::future::ready(Err(tonic::Status::not_found("unknown"))));
    let mut client = client_with(nobody(), nobody()).await;
    assert_eq!(audience(&mut client, CREATOR).await.expect_err("unknown").code(), Code::NotFound);
    let request = pb::GetReceptionRequest { name: CREATOR.into(), ..pb::GetReceptionRequest::default() };
    assert_eq!(client.get_reception(request).await.expect_err("unknown").code(), Code::NotFound);
}

#[tokio::test]
async fn reception_from_comments_alone_says_what_it_lacks() {
    let mut client = client().await;
    put(&mut client, crowd(60)).await;
    let request = pb::GetReceptionRequest { name: CREATOR.into(), ..pb::GetReceptionRequest::default() };
    let found = client.get_reception(request).await.expect("comments are known").into_inner().reception.expect("set");
    assert_eq!(found.verdict(), pb::ReceptionVerdict::InsufficientData, "one post is no pattern");
    assert!(found.caveats.iter().any(|caveat| caveat.contains("metrics service")), "{found:?}");
    assert!(!found.needed.is_empty());
}
