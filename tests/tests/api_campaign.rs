//! The campaign API in both modes: brief, invitation, draft, approval, post.
#![allow(clippy::expect_used, clippy::panic, reason = "a test stops at the first thing that is wrong")]

use creatorscope_kit::fault::Code;
use creatorscope_proto::{campaign::v1 as pb, common::v1::Unit, metrics::v1::PostRecord};
use creatorscope_tests::{
    Suite, in_both_modes,
    make::{creator_name, day, post},
};
use prost_types::{Duration, FieldMask};
use tonic::Status;
use tonic_types::StatusExt;

const TEXT: &str = "Anzeige: my new favourite lamp from Lumo, it makes the evenings warm. #lumo";

fn money(amount_minor: i64) -> Option<pb::Money> {
    Some(pb::Money { amount_minor, currency_code: "EUR".to_owned() })
}

fn views(target: f64) -> pb::Objective {
    pb::Objective {
        metric: pb::ObjectiveMetric::Views.into(),
        target,
        unit: Unit::Count.into(),
        deadline_time: Some(day(400)),
        ..Default::default()
    }
}

fn content(caption: &str) -> Option<pb::DisclosureContent> {
    Some(pb::DisclosureContent { caption: caption.to_owned(), language: "de".to_owned(), ..Default::default() })
}

fn approvers(names: &[&str], required: i32) -> pb::ApprovalPolicy {
    pb::ApprovalPolicy {
        mode: pb::ApprovalMode::Required.into(),
        approvers: names.iter().map(|name| (*name).to_owned()).collect(),
        required_approvals: required,
        revision_limit: 2,
        review_period: Some(Duration { seconds: 86_400, nanos: 0 }),
    }
}

async fn brand(suite: &Suite) -> pb::Brand {
    let brand = pb::Brand {
        display_name: "Lumo".to_owned(),
        aliases: vec!["@lumo".to_owned(), "#lumo".to_owned()],
        country: "DE".to_owned(),
        ..Default::default()
    };
    let request = pb::CreateBrandRequest { brand: Some(brand), brand_id: "lumo".to_owned(), ..Default::default() };
    suite.campaign().create_brand(request).await.expect("made").into_inner().brand.expect("a brand")
}

fn new_campaign() -> pb::Campaign {
    pb::Campaign {
        brand: "brands/lumo".to_owned(),
        display_name: "Warm evenings".to_owned(),
        start_time: Some(day(300)),
        end_time: Some(day(420)),
        markets: vec!["DE".to_owned()],
        budget: money(500_000),
        objectives: vec![views(100_000.0)],
        approval: Some(approvers(&["ana", "ben"], 2)),
        ..Default::default()
    }
}

async fn create(suite: &Suite, campaign: pb::Campaign) -> Result<pb::Campaign, Status> {
    let request =
        pb::CreateCampaignRequest { campaign: Some(campaign), campaign_id: "spring".to_owned(), ..Default::default() };
    Ok(suite.campaign().create_campaign(request).await?.into_inner().campaign.expect("a campaign"))
}

/// An active campaign with one creator who has accepted and owes one post.
async fn running(suite: &Suite, campaign: pb::Campaign) -> pb::Deliverable {
    brand(suite).await;
    let made = create(suite, campaign).await.expect("made");
    let activate = pb::ActivateCampaignRequest { name: made.name, etag: made.etag, ..Default::default() };
    suite.campaign().activate_campaign(activate).await.expect("activated");
    let invited = invite(suite, "maya", "maya").await.expect("invited");
    let accept = pb::AcceptInvitationRequest { name: invited.name.clone(), etag: invited.etag, ..Default::default() };
    suite.campaign().accept_invitation(accept).await.expect("accepted");
    owe(suite, &invited.name, "reel-1").await.expect("made")
}

async fn invite(suite: &Suite, id: &str, creator: &str) -> Result<pb::Participant, Status> {
    let participant = pb::Participant {
        creator: creator_name(creator),
        fee: money(100_000),
        relations: vec![pb::DisclosureRelation::Paid.into()],
        tracking_codes: vec![format!("{id}10")],
        ..Default::default()
    };
    let request = pb::CreateParticipantRequest {
        parent: "campaigns/spring".to_owned(),
        participant: Some(participant),
        participant_id: id.to_owned(),
        ..Default::default()
    };
    Ok(suite.campaign().create_participant(request).await?.into_inner().participant.expect("a participant"))
}

async fn owe(suite: &Suite, participant: &str, id: &str) -> Result<pb::Deliverable, Status> {
    let deliverable = pb::Deliverable { participant: participant.to_owned(), ..Default::default() };
    let request = pb::CreateDeliverableRequest {
        parent: "campaigns/spring".to_owned(),
        deliverable: Some(deliverable),
        deliverable_id: id.to_owned(),
        ..Default::default()
    };
    Ok(suite.campaign().create_deliverable(request).await?.into_inner().deliverable.expect("a deliverable"))
}

async fn submit(suite: &Suite, owed: &pb::Deliverable, caption: &str) -> Result<pb::Deliverable, Status> {
    let request = pb::SubmitDraftRequest {
        name: owed.name.clone(),
        etag: owed.etag.clone(),
        actor: "maya".to_owned(),
        content: content(caption),
    };
    Ok(suite.campaign().submit_draft(request).await?.into_inner().deliverable.expect("a deliverable"))
}

async fn review(
    suite: &Suite,
    owed: &pb::Deliverable,
    reviewer: &str,
    decision: pb::ReviewDecision,
) -> Result<pb::Deliverable, Status> {
    let comments = match decision {
        pb::ReviewDecision::Approve => Vec::new(),
        _ => vec![pb::ReviewComment { text: "say more".to_owned(), ..Default::default() }],
    };
    let request = pb::ReviewDraftRequest {
        name: owed.name.clone(),
        etag: owed.etag.clone(),
        reviewer: reviewer.to_owned(),
        decision: decision.into(),
        comments,
        ..Default::default()
    };
    Ok(suite.campaign().review_draft(request).await?.into_inner().deliverable.expect("a deliverable"))
}

async fn approved(suite: &Suite, campaign: pb::Campaign) -> pb::Deliverable {
    let owed = running(suite, campaign).await;
    let handed_in = submit(suite, &owed, TEXT).await.expect("taken");
    let once = review(suite, &handed_in, "ana", pb::ReviewDecision::Approve).await.expect("taken");
    assert_eq!(once.state(), pb::DeliverableState::InReview, "two have to agree");
    review(suite, &once, "ben", pb::ReviewDecision::Approve).await.expect("taken")
}

fn record(caption: &str, number: u32, observed: i64) -> PostRecord {
    let mut record = post("maya", number, 310, observed, [1_000, 100, 10]);
    record.post.as_mut().expect("a post").caption = caption.to_owned();
    record
}

fn post_name(number: u32) -> String {
    record("", number, 310).post.expect("a post").name
}

async fn publish(
    suite: &Suite,
    owed: &pb::Deliverable,
    post: &str,
    caption: Option<&str>,
) -> Result<pb::Deliverable, Status> {
    let request = pb::MarkPublishedRequest {
        name: owed.name.clone(),
        etag: owed.etag.clone(),
        post: post.to_owned(),
        content: caption.and_then(content),
        ..Default::default()
    };
    Ok(suite.campaign().mark_published(request).await?.into_inner().deliverable.expect("a deliverable"))
}

async fn get(suite: &Suite, name: &str) -> pb::Deliverable {
    let request = pb::GetDeliverableRequest { name: name.to_owned() };
    suite.campaign().get_deliverable(request).await.expect("known").into_inner().deliverable.expect("a deliverable")
}

/// Waits for the state that metrics' news lead to, by following the campaign.
async fn until(suite: &Suite, name: &str, state: pb::DeliverableState) -> pb::Deliverable {
    let request = pb::WatchCampaignRequest { campaigns: vec!["campaigns/spring".to_owned()], ..Default::default() };
    let mut stream = suite.campaign().watch_campaign(request).await.expect("a stream").into_inner();
    loop {
        stream.message().await.expect("the stream goes on").expect("it does not end");
        let now = get(suite, name).await;
        if now.state() == state {
            return now;
        }
    }
}

fn fields(status: &Status) -> Vec<String> {
    let details = status.get_details_bad_request().expect("violations");
    details.field_violations.into_iter().map(|violation| violation.field).collect()
}

fn reason(status: &Status) -> String {
    status.get_details_error_info().expect("a reason").reason
}

async fn events(suite: &Suite) -> Vec<pb::CampaignEvent> {
    let request = pb::ListCampaignEventsRequest { parent: "campaigns/spring".to_owned(), ..Default::default() };
    suite.campaign().list_campaign_events(request).await.expect("known").into_inner().events
}

in_both_modes! {
    async fn a_draft_that_two_approve_is_published_and_verified_by_what_metrics_sees(suite: &mut Suite) {
        let owed = approved(suite, new_campaign()).await;
        assert_eq!(owed.state(), pb::DeliverableState::Approved);
        let draft = owed.draft.clone().expect("a draft");
        let check = draft.disclosure.expect("it was checked");
        assert!(check.verdicts.iter().any(|verdict| verdict.jurisdiction == "DE"), "{check:?}");
        let reported = publish(suite, &owed, &post_name(1), Some(TEXT)).await.expect("taken");
        assert_eq!(reported.state(), pb::DeliverableState::Published, "metrics has not seen it");
        let comparison = reported.publication.expect("published").comparison.expect("compared");
        assert_eq!(comparison.r#match(), pb::TextMatch::Identical);
        suite.ingest_posts(vec![vec![record(&TEXT.to_uppercase(), 1, 320)]]).await.expect("taken");
        let verified = until(suite, &owed.name, pb::DeliverableState::Verified).await;
        assert!(verified.publication.expect("published").seen_by_metrics);
        let log = events(suite).await;
        let actions: Vec<&str> = log.iter().map(|event| event.action.as_str()).filter(|action| !action.ends_with("Alert")).collect();
        let expected = ["CreateCampaign", "ActivateCampaign", "CreateParticipant", "AcceptInvitation", "CreateDeliverable",
            "SubmitDraft", "ReviewDraft", "ReviewDraft", "MarkPublished", "SeePost"];
        assert_eq!(actions, expected);
    }

    async fn a_post_that_is_edited_later_drifts_until_somebody_takes_it(suite: &mut Suite) {
        let owed = approved(suite, new_campaign()).await;
        suite.ingest_posts(vec![vec![record(TEXT, 1, 320)]]).await.expect("taken");
        until(suite, &owed.name, pb::DeliverableState::Verified).await;
        let other = "I bought this lamp myself and threw it away the next day";
        suite.ingest_posts(vec![vec![record(other, 1, 321)]]).await.expect("taken");
        let drifted = until(suite, &owed.name, pb::DeliverableState::Drifted).await;
        let publication = drifted.publication.clone().expect("published");
        let differences = publication.comparison.expect("compared").differences;
        assert!(differences.iter().any(|piece| piece.change() == pb::TextChange::Added && piece.text.contains("threw")));
        assert_eq!(publication.disclosure.expect("checked").verdict(), pb::DisclosureVerdict::Fail);
        let request = pb::AcceptDriftRequest { name: drifted.name, etag: drifted.etag, ..Default::default() };
        let taken = suite.campaign().accept_drift(request).await.expect("taken").into_inner().deliverable;
        assert_eq!(taken.expect("a deliverable").state(), pb::DeliverableState::Verified);
    }

    async fn a_post_with_the_approved_text_is_found_without_a_report(suite: &mut Suite) {
        let owed = approved(suite, new_campaign()).await;
        suite.ingest_posts(vec![vec![record("something else", 2, 320), record(TEXT, 1, 320)]]).await.expect("taken");
        let found = until(suite, &owed.name, pb::DeliverableState::Verified).await;
        assert_eq!(found.publication.expect("published").post, post_name(1));
        let log = events(suite).await;
        let marked = log.iter().find(|event| event.action == "MarkPublished").expect("it is in the log");
        assert_eq!(marked.actor, "creatorscope");
    }

    async fn of_two_reviewers_at_once_one_wins_and_the_other_reads_again(suite: &mut Suite) {
        let mut campaign = new_campaign();
        campaign.approval = Some(approvers(&["ana", "ben"], 1));
        let owed = running(suite, campaign).await;
        let handed_in = submit(suite, &owed, TEXT).await.expect("taken");
        let (first, second) = tokio::join!(
            review(suite, &handed_in, "ana", pb::ReviewDecision::Approve),
            review(suite, &handed_in, "ben", pb::ReviewDecision::RequestChanges)
        );
        let lost = match (first, second) {
            (Ok(_), Err(lost)) | (Err(lost), Ok(_)) => lost,
            both => panic!("one has to win: {both:?}"),
        };
        assert_eq!((lost.code(), reason(&lost).as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    }

    async fn who_is_no_approver_and_what_the_state_forbids_is_refused(suite: &mut Suite) {
        let owed = running(suite, new_campaign()).await;
        let early = review(suite, &owed, "ana", pb::ReviewDecision::Approve).await.expect_err("no draft yet");
        assert_eq!((early.code(), reason(&early).as_str()), (Code::FailedPrecondition, "ILLEGAL_TRANSITION"));
        let info = early.get_details_error_info().expect("facts").metadata;
        assert_eq!(info["state"], "DELIVERABLE_STATE_AWAITING_DRAFT");
        assert!(info["allowed"].contains("SubmitDraft"), "{info:?}");
        let unapproved = publish(suite, &owed, &post_name(1), Some(TEXT)).await.expect_err("approval is required");
        assert_eq!(unapproved.code(), Code::FailedPrecondition);
        let handed_in = submit(suite, &owed, TEXT).await.expect("taken");
        let stranger = review(suite, &handed_in, "carl", pb::ReviewDecision::Approve).await.expect_err("no approver");
        assert_eq!((stranger.code(), reason(&stranger).as_str()), (Code::PermissionDenied, "NOT_AN_APPROVER"));
        let stale = submit(suite, &owed, TEXT).await.expect_err("changed since");
        assert_eq!(stale.code(), Code::Aborted);
        assert_eq!(get(suite, &owed.name).await, handed_in, "nothing was half written");
    }

    async fn a_post_of_another_creator_and_a_creator_who_declined_are_refused(suite: &mut Suite) {
        let owed = approved(suite, new_campaign()).await;
        let other = post("other", 5, 310, 320, [1, 1, 1]).post.expect("a post").name;
        let refused = publish(suite, &owed, &other, Some(TEXT)).await.expect_err("another creator's");
        assert_eq!((refused.code(), fields(&refused)), (Code::InvalidArgument, vec!["post".to_owned()]));
        let invited = invite(suite, "noa", "noa").await.expect("invited");
        let twice = invite(suite, "noa-2", "noa").await.expect_err("takes part already");
        assert_eq!(twice.code(), Code::AlreadyExists);
        let decline = pb::DeclineInvitationRequest { name: invited.name.clone(), etag: invited.etag, ..Default::default() };
        suite.campaign().decline_invitation(decline).await.expect("declined");
        let refused = owe(suite, &invited.name, "reel-2").await.expect_err("declined");
        assert_eq!(refused.code(), Code::FailedPrecondition);
    }

    async fn objectives_that_cannot_be_measured_are_refused_all_at_once(suite: &mut Suite) {
        brand(suite).await;
        let campaign = pb::Campaign {
            end_time: Some(day(200)),
            budget: Some(pb::Money { amount_minor: -1, currency_code: "euro".to_owned() }),
            objectives: vec![
                pb::Objective { target: 0.0, ..views(0.0) },
                pb::Objective { metric: 0, ..views(10.0) },
                pb::Objective { unit: Unit::Fraction.into(), deadline_time: Some(day(900)), ..views(10.0) },
            ],
            ..new_campaign()
        };
        let refused = create(suite, campaign).await.expect_err("nothing of it holds");
        let fields = fields(&refused);
        for field in ["campaign.end_time", "campaign.budget.amount_minor", "campaign.budget.currency_code",
            "campaign.objectives[0].target", "campaign.objectives[1].metric", "campaign.objectives[2].unit"] {
            assert!(fields.iter().any(|found| found == field), "{field} in {fields:?}");
        }
        let none = pb::GetCampaignRequest { name: "campaigns/spring".to_owned() };
        assert_eq!(suite.campaign().get_campaign(none).await.expect_err("nothing was made").code(), Code::NotFound);
    }

    async fn the_same_request_id_makes_one_campaign(suite: &mut Suite) {
        brand(suite).await;
        let request = pb::CreateCampaignRequest {
            campaign: Some(new_campaign()),
            request_id: "one".to_owned(),
            ..Default::default()
        };
        let first = suite.campaign().create_campaign(request.clone()).await.expect("made").into_inner();
        let again = suite.campaign().create_campaign(request.clone()).await.expect("the same").into_inner();
        assert_eq!(first, again);
        let mut other = request;
        other.campaign.as_mut().expect("a campaign").display_name = "Another".to_owned();
        let refused = suite.campaign().create_campaign(other).await.expect_err("another call");
        assert_eq!(fields(&refused), ["request_id"]);
    }

    async fn an_update_changes_the_fields_of_its_mask_only(suite: &mut Suite) {
        brand(suite).await;
        let made = create(suite, new_campaign()).await.expect("made");
        let new = pb::Campaign {
            name: made.name.clone(),
            etag: made.etag.clone(),
            display_name: "Bright mornings".to_owned(),
            ..Default::default()
        };
        let mask = |path: &str| Some(FieldMask { paths: vec![path.to_owned()] });
        let request = |mask| pb::UpdateCampaignRequest { campaign: Some(new.clone()), update_mask: mask, ..Default::default() };
        let refused = suite.campaign().update_campaign(request(mask("brand"))).await.expect_err("cannot be changed");
        assert_eq!(fields(&refused), ["update_mask.paths[0]"]);
        let answer = suite.campaign().update_campaign(request(mask("display_name"))).await.expect("changed");
        let changed = answer.into_inner().campaign.expect("a campaign");
        assert_eq!(changed.display_name, "Bright mornings");
        assert_eq!((changed.objectives, changed.budget), (made.objectives, made.budget));
        assert_ne!(changed.etag, made.etag);
    }

    async fn the_log_replayed_gives_what_is_there(suite: &mut Suite) {
        let owed = approved(suite, new_campaign()).await;
        let mut state = std::collections::BTreeMap::new();
        for (place, event) in events(suite).await.into_iter().enumerate() {
            assert_eq!(event.name, format!("campaigns/spring/events/{}", place + 1));
            let before = state.insert(event.resource.clone(), event.after.clone());
            assert_eq!(before.flatten(), event.before, "{event:?}");
        }
        let text = |name: &str| match &state[&owed.name].as_ref().expect("it is there").fields[name].kind {
            Some(prost_types::value::Kind::StringValue(text)) => text.clone(),
            other => panic!("no text: {other:?}"),
        };
        assert_eq!((text("etag"), text("state")), (owed.etag.clone(), owed.state().as_str_name().to_owned()));
    }

    async fn a_campaign_that_is_called_off_calls_its_posts_off(suite: &mut Suite) {
        let owed = running(suite, new_campaign()).await;
        let request = pb::GetCampaignRequest { name: "campaigns/spring".to_owned() };
        let campaign = suite.campaign().get_campaign(request).await.expect("known").into_inner().campaign.expect("one");
        let cancel = pb::CancelCampaignRequest {
            name: campaign.name.clone(),
            etag: campaign.etag,
            note: "no budget left".to_owned(),
            ..Default::default()
        };
        let cancelled = suite.campaign().cancel_campaign(cancel).await.expect("cancelled").into_inner().campaign;
        assert_eq!(get(suite, &owed.name).await.state(), pb::DeliverableState::Cancelled);
        let refused = submit(suite, &get(suite, &owed.name).await, TEXT).await.expect_err("it has ended");
        assert_eq!(refused.code(), Code::FailedPrecondition);
        let delete = pb::DeleteCampaignRequest {
            name: campaign.name.clone(),
            etag: cancelled.expect("a campaign").etag,
            ..Default::default()
        };
        suite.campaign().delete_campaign(delete).await.expect("gone");
        let none = pb::GetDeliverableRequest { name: owed.name };
        assert_eq!(suite.campaign().get_deliverable(none).await.expect_err("gone").code(), Code::NotFound);
    }
}
