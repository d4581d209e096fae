//! Owns what holds after any sequence of calls: states are those of the tables, the log tells the whole story, and a call that fails leaves
//! nothing. Never a particular story.

use std::collections::BTreeMap;

use creatorscope_proto::metrics::v1::{Post, PostState};
use proptest::{prelude::*, test_runner::Config as Runs};
use tonic::{Code, Status};

use super::*;
use crate::{
    machine::{CAMPAIGN, DELIVERABLE, PARTICIPANT, table::Table},
    model::{Kind, Resource},
    store::Listing,
};

/// What is called, and on what: numbers choose among campaigns, creators, deliverables and texts.
#[derive(Debug, Clone, Copy)]
enum Step {
    CreateCampaign(usize),
    UpdateCampaign(usize),
    MoveCampaign(usize, usize),
    DeleteCampaign(usize),
    Invite(usize, usize),
    MoveParticipant(usize, usize, usize),
    Owe(usize, usize, usize),
    Submit(usize, usize, usize),
    Review(usize, usize, usize, usize),
    TakeBack(usize, usize, usize),
    Publish(usize, usize, usize, bool),
    AcceptDrift(usize, usize),
    CancelDeliverable(usize, usize),
    Convert(usize, usize, usize),
    /// Metrics tells of a post: deliverable and text.
    See(usize, usize, usize),
}

const TEXTS: [&str; 3] = ["Anzeige: a lamp that makes the evenings warm", "Anzeige: another lamp", ""];

fn step() -> impl Strategy<Value = Step> {
    let (two, three) = (0..2_usize, 0..3_usize);
    let (campaign, deliverable) = (two.clone(), three.clone());
    let on = (campaign.clone(), deliverable.clone());
    prop_oneof![
        2 => campaign.clone().prop_map(Step::CreateCampaign),
        1 => campaign.clone().prop_map(Step::UpdateCampaign),
        // Mostly to begin it, so that more than beginnings are seen.
        2 => campaign.clone().prop_map(|campaign| Step::MoveCampaign(campaign, 0)),
        2 => (campaign.clone(), 0..5_usize).prop_map(|(campaign, action)| Step::MoveCampaign(campaign, action)),
        1 => campaign.clone().prop_map(Step::DeleteCampaign),
        3 => (campaign.clone(), two.clone()).prop_map(|(campaign, creator)| Step::Invite(campaign, creator)),
        3 => (campaign.clone(), two.clone()).prop_map(|(campaign, who)| Step::MoveParticipant(campaign, who, 0)),
        1 => (campaign.clone(), two.clone(), three.clone())
            .prop_map(|(campaign, who, action)| Step::MoveParticipant(campaign, who, action)),
        4 => (campaign.clone(), two, deliverable).prop_map(|(campaign, who, id)| Step::Owe(campaign, who, id)),
        4 => (on.clone(), three.clone()).prop_map(|((campaign, id), text)| Step::Submit(campaign, id, text)),
        6 => (on.clone(), 0..3_usize, 0..6_usize)
            .prop_map(|((campaign, id), who, decision)| Step::Review(campaign, id, who, decision)),
        2 => (on.clone(), 0..2_usize).prop_map(|((campaign, id), which)| Step::TakeBack(campaign, id, which)),
        4 => (on.clone(), three.clone(), any::<bool>())
            .prop_map(|((campaign, id), text, allow)| Step::Publish(campaign, id, text, allow)),
        2 => on.clone().prop_map(|(campaign, id)| Step::AcceptDrift(campaign, id)),
        1 => on.clone().prop_map(|(campaign, id)| Step::CancelDeliverable(campaign, id)),
        1 => (campaign, 0..3_usize, 0..3_usize).prop_map(|(campaign, id, code)| Step::Convert(campaign, id, code)),
        4 => (on, three).prop_map(|((campaign, id), text)| Step::See(campaign, id, text)),
    ]
}

fn campaign_name(place: usize) -> String {
    format!("campaigns/c{place}")
}

fn deliverable_name(campaign: usize, place: usize) -> String {
    format!("{}/deliverables/d{place}", campaign_name(campaign))
}

/// All that is kept of resources: by name the kind, the state and the message.
type Kept = BTreeMap<String, (Kind, i32, Vec<u8>)>;

async fn kept(service: &Shared) -> Kept {
    let mut all = Kept::new();
    let listing = Listing::default();
    collect(&mut all, service.store.list::<pb::Campaign>(TENANT, &listing, 1_000).await.expect("reads"));
    collect(&mut all, service.store.list::<pb::Participant>(TENANT, &listing, 1_000).await.expect("reads"));
    collect(&mut all, service.store.list::<pb::Deliverable>(TENANT, &listing, 1_000).await.expect("reads"));
    all
}

fn collect<M: Resource>(all: &mut Kept, found: Vec<M>) {
    all.extend(found.into_iter().map(|one| (one.name().to_owned(), (M::KIND, one.state(), one.encode_to_vec()))));
}

/// Everything that a call could have written, counted or whole.
async fn traces(service: &Shared) -> (Kept, Vec<String>, Vec<String>) {
    let mut logs = Vec::new();
    let mut converted = Vec::new();
    for campaign in 0..2 {
        let name = campaign_name(campaign);
        let log = service.store.events(TENANT, &name, "", 0, 10_000).await.expect("reads");
        logs.extend(log.iter().map(|event| format!("{event:?}")));
        converted.push(format!("{:?}", service.store.converted(TENANT, &name, day(1_000)).await.expect("reads")));
        converted.push(format!("{:?}", service.store.campaign_posts(TENANT, &name, day(1_000)).await.expect("reads")));
    }
    (kept(service).await, logs, converted)
}

/// The `etag` of a resource; `stale` when `is_stale` or there is none.
async fn etag<M: Resource>(service: &Shared, name: &str, is_stale: bool) -> String {
    match service.store.get::<M>(TENANT, name).await.expect("reads") {
        Some(found) if !is_stale => found.etag().to_owned(),
        _ => "stale".to_owned(),
    }
}

async fn participant_name(service: &Shared, campaign: usize, creator: usize) -> String {
    let parent = campaign_name(campaign);
    let all: Vec<pb::Participant> = service.store.all_of(TENANT, &parent).await.expect("reads");
    let wanted = new_participant(creator).creator;
    let found = all.into_iter().find(|one| one.creator == wanted).map(|one| one.name);
    found.unwrap_or_else(|| format!("{parent}/participants/p{creator}"))
}

async fn take(service: &Shared, client: &mut Client, step: Step, is_stale: bool) -> Result<(), Status> {
    match step {
        Step::CreateCampaign(place) => {
            let mode = [pb::ApprovalMode::Required, pb::ApprovalMode::Optional][place];
            let (campaign, campaign_id) = (Some(new_campaign(mode)), format!("c{place}"));
            let request = pb::CreateCampaignRequest { campaign, campaign_id, ..Default::default() };
            client.create_campaign(request).await.map(drop)
        }
        Step::UpdateCampaign(place) => {
            let name = campaign_name(place);
            let etag = etag::<pb::Campaign>(service, &name, is_stale).await;
            let campaign =
                Some(pb::Campaign { name, etag, display_name: "Cold mornings".to_owned(), ..Default::default() });
            let update_mask = Some(prost_types::FieldMask { paths: vec!["display_name".to_owned()] });
            client
                .update_campaign(pb::UpdateCampaignRequest { campaign, update_mask, ..Default::default() })
                .await
                .map(drop)
        }
        Step::MoveCampaign(place, action) => {
            let name = campaign_name(place);
            let etag = etag::<pb::Campaign>(service, &name, is_stale).await;
            let (actor, note) = (String::new(), String::new());
            match action {
                0 => client.activate_campaign(pb::ActivateCampaignRequest { name, etag, actor }).await.map(drop),
                1 => client.pause_campaign(pb::PauseCampaignRequest { name, etag, actor, note }).await.map(drop),
                2 => client.resume_campaign(pb::ResumeCampaignRequest { name, etag, actor }).await.map(drop),
                3 => client.complete_campaign(pb::CompleteCampaignRequest { name, etag, actor }).await.map(drop),
                _ => client.cancel_campaign(pb::CancelCampaignRequest { name, etag, actor, note }).await.map(drop),
            }
        }
        Step::DeleteCampaign(place) => {
            let name = campaign_name(place);
            let etag = etag::<pb::Campaign>(service, &name, is_stale).await;
            client.delete_campaign(pb::DeleteCampaignRequest { name, etag, ..Default::default() }).await.map(drop)
        }
        Step::Invite(campaign, creator) => {
            let (parent, participant) = (campaign_name(campaign), Some(new_participant(creator)));
            let request = pb::CreateParticipantRequest { parent, participant, ..Default::default() };
            client.create_participant(request).await.map(drop)
        }
        Step::MoveParticipant(campaign, creator, action) => {
            let name = participant_name(service, campaign, creator).await;
            let etag = etag::<pb::Participant>(service, &name, is_stale).await;
            let (actor, note) = (String::new(), String::new());
            match action {
                0 => client.accept_invitation(pb::AcceptInvitationRequest { name, etag, actor }).await.map(drop),
                1 => {
                    client.decline_invitation(pb::DeclineInvitationRequest { name, etag, actor, note }).await.map(drop)
                }
                _ => client
                    .withdraw_participant(pb::WithdrawParticipantRequest { name, etag, actor, note })
                    .await
                    .map(drop),
            }
        }
        Step::Owe(campaign, creator, place) => {
            let participant = participant_name(service, campaign, creator).await;
            let deliverable = Some(pb::Deliverable { participant, ..Default::default() });
            let (parent, deliverable_id) = (campaign_name(campaign), format!("d{place}"));
            let request = pb::CreateDeliverableRequest { parent, deliverable, deliverable_id, ..Default::default() };
            client.create_deliverable(request).await.map(drop)
        }
        Step::Convert(campaign, id, code) => {
            let record = pb::ConversionRecord {
                record_id: format!("r{id}"),
                tracking_code: format!("CODE{code}"),
                time: Some(to_wire_time(day(9))),
                clicks: Some(1),
                ..Default::default()
            };
            let request = pb::RecordConversionsRequest { name: campaign_name(campaign), records: vec![record] };
            client.record_conversions(request).await.map(drop)
        }
        Step::See(campaign, place, text) => {
            let state = PostState {
                post: Some(Post { caption: TEXTS[text].to_owned(), ..Post::default() }),
                ..PostState::default()
            };
            let seen = service.see_post(TENANT, &deliverable_name(campaign, place), &state).await;
            seen.map_err(|error| Status::internal(error.to_string()))
        }
        other => deliver(service, client, other, is_stale).await,
    }
}

/// Calls on a deliverable.
async fn deliver(service: &Shared, client: &mut Client, step: Step, is_stale: bool) -> Result<(), Status> {
    let (Step::Submit(campaign, place, _)
    | Step::Review(campaign, place, ..)
    | Step::TakeBack(campaign, place, _)
    | Step::Publish(campaign, place, ..)
    | Step::AcceptDrift(campaign, place)
    | Step::CancelDeliverable(campaign, place)) = step
    else {
        return Ok(());
    };
    let name = deliverable_name(campaign, place);
    let etag = etag::<pb::Deliverable>(service, &name, is_stale).await;
    let (actor, note) = (String::new(), String::new());
    match step {
        Step::Submit(.., text) => {
            let request = pb::SubmitDraftRequest { name, etag, actor, content: content(TEXTS[text]) };
            client.submit_draft(request).await.map(drop)
        }
        Step::Review(_, _, who, decision) => {
            let reviewer = ["ana", "ben", "carl"][who].to_owned();
            // An approval is likelier than the rest.
            let decision = [1, 1, 1, 2, 3, 4][decision];
            let comments = vec![pb::ReviewComment { text: "look here".to_owned(), ..Default::default() }];
            let request = pb::ReviewDraftRequest { name, etag, actor, reviewer, decision, comments };
            client.review_draft(request).await.map(drop)
        }
        Step::TakeBack(.., 0) => {
            client.withdraw_draft(pb::WithdrawDraftRequest { name, etag, actor, note }).await.map(drop)
        }
        Step::TakeBack(..) => {
            client.withdraw_approval(pb::WithdrawApprovalRequest { name, etag, actor, note }).await.map(drop)
        }
        Step::Publish(.., text, allow_unapproved) => {
            let owed: Option<pb::Deliverable> = service.store.get(TENANT, &name).await.expect("reads");
            let creator = match owed {
                Some(owed) if owed.participant == participant_name(service, campaign, 1).await => 1,
                _ => 0,
            };
            let (post, content) = (post(creator, place), content(TEXTS[text]));
            let publish_time = Some(to_wire_time(day(9)));
            let request = pb::MarkPublishedRequest { name, etag, actor, post, publish_time, content, allow_unapproved };
            client.mark_published(request).await.map(drop)
        }
        Step::AcceptDrift(..) => {
            client.accept_drift(pb::AcceptDriftRequest { name, etag, actor, note }).await.map(drop)
        }
        _ => client.cancel_deliverable(pb::CancelDeliverableRequest { name, etag, actor, note }).await.map(drop),
    }
}

/// Whether one call can lead from one state to the other: by one row, or by two, as a report does whose text is compared at once.
fn leads<S: Copy + PartialEq + TryFrom<i32>, A>(table: &Table<S, A>, before: Option<i32>, after: i32) -> bool {
    let read = |number: i32| S::try_from(number).ok();
    let Some(after) = read(after) else { return false };
    let Some(before) = before.and_then(read) else { return after == table.initial };
    let next = |from: S| table.rows.iter().filter(move |row| row.from.contains(&from)).map(|row| row.to);
    before == after || next(before).any(|one| one == after || next(one).any(|two| two == after))
}

fn check_states(before: &Kept, after: &Kept) -> Result<(), TestCaseError> {
    for (name, (kind, state, _)) in after {
        let was = before.get(name).map(|(_, state, _)| *state);
        let is_legal = match kind {
            Kind::Campaign => leads(&CAMPAIGN, was, *state),
            Kind::Participant => leads(&PARTICIPANT, was, *state),
            Kind::Deliverable => leads(&DELIVERABLE, was, *state),
            Kind::Brand => true,
        };
        prop_assert!(is_legal, "{name} went from {was:?} to {state}");
    }
    Ok(())
}

/// The log of each campaign from its beginning gives the resources that are kept.
async fn check_log(service: &Shared, kept: &Kept) -> Result<(), TestCaseError> {
    let mut told = BTreeMap::new();
    for campaign in 0..2 {
        let log = service.store.events(TENANT, &campaign_name(campaign), "", 0, 10_000).await.expect("reads");
        for (place, event) in log.into_iter().enumerate() {
            prop_assert_eq!(event.number, i64::try_from(place + 1).expect("few"), "no gaps");
            let before = told.insert(event.resource.clone(), event.after.clone());
            prop_assert_eq!(
                before.flatten(),
                event.before,
                "each entry goes on where the last one of {} ended",
                event.resource
            );
        }
    }
    let told: BTreeMap<&String, &Vec<u8>> =
        told.iter().filter_map(|(name, body)| Some((name, body.as_ref()?))).collect();
    let kept: BTreeMap<&String, &Vec<u8>> = kept.iter().map(|(name, (.., body))| (name, body)).collect();
    prop_assert_eq!(told, kept);
    Ok(())
}

/// What every sequence begins with, so that chance does not spend itself on beginnings: two campaigns that run, each with a creator who owes
/// two posts.
fn opening() -> impl Iterator<Item = (Step, bool)> {
    (0..2).flat_map(|campaign| {
        let steps = [
            Step::CreateCampaign(campaign),
            Step::MoveCampaign(campaign, 0),
            Step::Invite(campaign, 0),
            Step::MoveParticipant(campaign, 0, 0),
            Step::Owe(campaign, 0, 0),
            Step::Owe(campaign, 0, 1),
        ];
        steps.map(|step| (step, false))
    })
}

async fn run(steps: Vec<(Step, bool)>) -> Result<(), TestCaseError> {
    let service = service().await;
    let mut client = client(&service);
    brand(&mut client).await;
    for (moment, (step, is_stale)) in opening().chain(steps).enumerate() {
        // A clock that stands still for some calls and goes on for others, as clocks do.
        service.clock.set(day(10) + SignedDuration::from_secs(i64::try_from(moment / 2).expect("few")));
        let before = traces(&service).await;
        let answer = take(&service, &mut client, step, is_stale).await;
        let after = traces(&service).await;
        match answer {
            Ok(()) => check_states(&before.0, &after.0)?,
            Err(status) => {
                let is_fault = matches!(status.code(), Code::Internal | Code::Unknown | Code::Unavailable);
                prop_assert!(!is_fault, "{step:?}: {status:?}");
                prop_assert_eq!(before, after, "{:?} failed and left something: {:?}", step, status);
            }
        }
    }
    check_log(&service, &kept(&service).await).await
}

proptest! {
    #![proptest_config(Runs { cases: 40, max_shrink_iters: 200, ..Runs::default() })]

    #[test]
    fn any_sequence_of_calls_stays_within_the_tables_and_the_log_tells_it_all(
        steps in prop::collection::vec((step(), prop::bool::weighted(0.1)), 1..80)
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        runtime.expect("a runtime").block_on(run(steps))?;
    }
}
