//! Owns what holds when calls come at once: of changes with one `etag` one wins, and one `request_id` makes one thing. Never an order.

use creatorscope_kit::task;
use futures::future::join_all;
use tonic::{Code, Status};

use super::*;
use crate::model::Resource;

/// Calls at once.
const CALLS: usize = 12;

/// Of these answers the one that won; every other was told that it came too late.
fn one_winner<T: std::fmt::Debug>(answers: Vec<Result<T, Status>>) -> T {
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    for status in lost.into_iter().filter_map(Result::err) {
        assert_eq!(status.code(), Code::Aborted, "{status:?}");
    }
    assert_eq!(won.len(), 1, "{won:?}");
    won.into_iter().next().expect("counted").expect("it won")
}

async fn campaign(client: &mut Client) -> pb::Campaign {
    brand(client).await;
    let campaign = Some(new_campaign(pb::ApprovalMode::Required));
    let request = pb::CreateCampaignRequest { campaign, campaign_id: "c0".to_owned(), ..Default::default() };
    client.create_campaign(request).await.expect("made").into_inner().campaign.expect("one")
}

async fn invited(client: &mut Client) -> pb::Participant {
    campaign(client).await;
    let (parent, participant) = ("campaigns/c0".to_owned(), Some(new_participant(0)));
    let request = pb::CreateParticipantRequest { parent, participant, ..Default::default() };
    client.create_participant(request).await.expect("made").into_inner().participant.expect("one")
}

async fn owed(client: &mut Client) -> pb::Deliverable {
    let invited = invited(client).await;
    let accept = pb::AcceptInvitationRequest { name: invited.name.clone(), etag: invited.etag, ..Default::default() };
    client.accept_invitation(accept).await.expect("accepted");
    let deliverable = Some(pb::Deliverable { participant: invited.name, ..Default::default() });
    let request = pb::CreateDeliverableRequest { parent: "campaigns/c0".to_owned(), deliverable, ..Default::default() };
    client.create_deliverable(request).await.expect("made").into_inner().deliverable.expect("one")
}

async fn version_of<M: Resource>(service: &Shared, name: &str) -> M {
    service.store.get(TENANT, name).await.expect("reads").expect("it is there")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_updates_of_a_campaign_at_once_one_wins_and_its_words_stay() {
    let service = service().await;
    let made = campaign(&mut client(&service)).await;
    let calls = (0..CALLS).map(|call| {
        let (mut client, mut new) = (client(&service), made.clone());
        new.display_name = format!("Caller {call}");
        task::spawn("caller", async move {
            let request = pb::UpdateCampaignRequest { campaign: Some(new), ..Default::default() };
            client.update_campaign(request).await.map(|answer| answer.into_inner().campaign.expect("one"))
        })
    });
    let answers = join_all(calls).await.into_iter().map(|answer| answer.expect("ends")).collect();
    let won = one_winner(answers);
    assert_eq!(version_of::<pb::Campaign>(&service, &made.name).await, won);
    assert_eq!(service.store.events(TENANT, &made.name, "", 0, 100).await.expect("reads").len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_accepts_declines_and_withdraws_at_once_does_one_of_them() {
    let service = service().await;
    let invited = invited(&mut client(&service)).await;
    let calls = (0..CALLS).map(|call| {
        let mut client = client(&service);
        let (name, etag, actor, note) = (invited.name.clone(), invited.etag.clone(), String::new(), String::new());
        task::spawn("caller", async move {
            match call % 3 {
                0 => {
                    let request = pb::AcceptInvitationRequest { name, etag, actor };
                    client.accept_invitation(request).await.map(|answer| answer.into_inner().participant)
                }
                1 => {
                    let request = pb::DeclineInvitationRequest { name, etag, actor, note };
                    client.decline_invitation(request).await.map(|answer| answer.into_inner().participant)
                }
                _ => {
                    let request = pb::WithdrawParticipantRequest { name, etag, actor, note };
                    client.withdraw_participant(request).await.map(|answer| answer.into_inner().participant)
                }
            }
        })
    });
    let answers = join_all(calls).await.into_iter().map(|answer| answer.expect("ends")).collect();
    assert_eq!(Some(version_of::<pb::Participant>(&service, &invited.name).await), one_winner(answers));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_drafts_posts_and_cancellations_at_once_one_wins() {
    let service = service().await;
    let owed = owed(&mut client(&service)).await;
    let calls = (0..CALLS).map(|call| {
        let mut client = client(&service);
        let (name, etag, actor) = (owed.name.clone(), owed.etag.clone(), String::new());
        task::spawn("caller", async move {
            match call % 3 {
                0 => {
                    let content = content(&format!("Anzeige: lamp {call}"));
                    let request = pb::SubmitDraftRequest { name, etag, actor, content };
                    client.submit_draft(request).await.map(|answer| answer.into_inner().deliverable)
                }
                1 => {
                    let request = pb::MarkPublishedRequest {
                        name,
                        etag,
                        actor,
                        post: post(0, call),
                        publish_time: Some(to_wire_time(day(9))),
                        content: content("Anzeige: a lamp"),
                        allow_unapproved: true,
                    };
                    client.mark_published(request).await.map(|answer| answer.into_inner().deliverable)
                }
                _ => {
                    let request = pb::CancelDeliverableRequest { name, etag, actor, note: String::new() };
                    client.cancel_deliverable(request).await.map(|answer| answer.into_inner().deliverable)
                }
            }
        })
    });
    let answers = join_all(calls).await.into_iter().map(|answer| answer.expect("ends")).collect();
    assert_eq!(Some(version_of::<pb::Deliverable>(&service, &owed.name).await), one_winner(answers));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_request_id_at_once_makes_one_campaign_for_all_who_sent_it() {
    let service = service().await;
    brand(&mut client(&service)).await;
    let calls = (0..CALLS).map(|_| {
        let mut client = client(&service);
        let campaign = Some(new_campaign(pb::ApprovalMode::None));
        let request = pb::CreateCampaignRequest { campaign, request_id: "once".to_owned(), ..Default::default() };
        task::spawn("caller", async move {
            client.create_campaign(request).await.map(|answer| answer.into_inner().campaign)
        })
    });
    let made: Vec<_> = join_all(calls).await.into_iter().map(|answer| answer.expect("ends").expect("made")).collect();
    assert!(made.iter().all(|one| *one == made[0]), "{made:?}");
    let all: Vec<pb::Campaign> =
        service.store.list(TENANT, &crate::store::Listing::default(), 100).await.expect("reads");
    assert_eq!(all.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_request_id_for_different_calls_at_once_makes_the_first_of_them() {
    let service = service().await;
    campaign(&mut client(&service)).await;
    let calls = (0..CALLS).map(|call| {
        let mut client = client(&service);
        let (parent, participant) = ("campaigns/c0".to_owned(), Some(new_participant(call)));
        let request_id = "once".to_owned();
        let request = pb::CreateParticipantRequest { parent, participant, request_id, ..Default::default() };
        task::spawn("caller", async move {
            client.create_participant(request).await.map(|answer| answer.into_inner().participant)
        })
    });
    let answers: Vec<_> = join_all(calls).await.into_iter().map(|answer| answer.expect("ends")).collect();
    for lost in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert_eq!(lost.code(), Code::InvalidArgument, "{lost:?}");
        assert!(lost.message().contains("request_id"), "{lost:?}");
    }
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let all: Vec<pb::Participant> = service.store.all_of(TENANT, "campaigns/c0").await.expect("reads");
    assert_eq!(all.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversion_that_many_report_at_once_counts_once() {
    let service = service().await;
    invited(&mut client(&service)).await;
    let calls = (0..CALLS).map(|_| {
        let mut client = client(&service);
        let record = pb::ConversionRecord {
            record_id: "order-1".to_owned(),
            tracking_code: "CODE0".to_owned(),
            time: Some(to_wire_time(day(9))),
            conversions: Some(1),
            ..Default::default()
        };
        let request = pb::RecordConversionsRequest { name: "campaigns/c0".to_owned(), records: vec![record] };
        task::spawn("caller", async move { client.record_conversions(request).await.map(tonic::Response::into_inner) })
    });
    let answers: Vec<_> =
        join_all(calls).await.into_iter().map(|answer| answer.expect("ends").expect("taken")).collect();
    assert_eq!(answers.iter().map(|answer| answer.accepted_count).sum::<i32>(), 1);
    assert!(answers.iter().all(|answer| answer.conflicts.is_empty() && answer.rejections.is_empty()));
    let converted = service.store.converted(TENANT, "campaigns/c0", day(100)).await.expect("reads");
    assert_eq!(converted[0].conversions, Some(1));
}
