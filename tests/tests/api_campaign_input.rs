//! What the campaign API makes of bad and odd input, in both modes: each a clear answer, and nothing half written.
#![allow(clippy::expect_used, clippy::panic, reason = "a test stops at the first thing that is wrong")]

use creatorscope_kit::fault::Code;
use creatorscope_proto::{
    campaign::v1 as pb,
    common::v1::{Unit, metric_value},
    metrics::v1::PostRecord,
};
use creatorscope_tests::{
    Suite, in_both_modes,
    make::{creator_name, day, post},
};
use prost_types::Timestamp;
use tonic::Status;
use tonic_types::StatusExt;

const SPRING: &str = "campaigns/spring";
const TEXT: &str = "Anzeige: my new favourite lamp from Lumo, it makes the evenings warm. #lumo";

fn money(amount_minor: i64, currency_code: &str) -> Option<pb::Money> {
    Some(pb::Money { amount_minor, currency_code: currency_code.to_owned() })
}

fn objective(deadline: Timestamp) -> pb::Objective {
    pb::Objective {
        metric: pb::ObjectiveMetric::Views.into(),
        target: 100_000.0,
        unit: Unit::Count.into(),
        deadline_time: Some(deadline),
        ..Default::default()
    }
}

fn new_campaign() -> pb::Campaign {
    pb::Campaign {
        brand: "brands/lumo".to_owned(),
        display_name: "Warm evenings".to_owned(),
        start_time: Some(day(300)),
        end_time: Some(day(420)),
        markets: vec!["DE".to_owned()],
        budget: money(500_000, "EUR"),
        objectives: vec![objective(day(400))],
        approval: Some(pb::ApprovalPolicy { mode: pb::ApprovalMode::Required.into(), ..Default::default() }),
        ..Default::default()
    }
}

async fn create(suite: &Suite, campaign: pb::Campaign) -> Result<pb::Campaign, Status> {
    let request =
        pb::CreateCampaignRequest { campaign: Some(campaign), campaign_id: "spring".to_owned(), ..Default::default() };
    Ok(suite.campaign().create_campaign(request).await?.into_inner().campaign.expect("a campaign"))
}

async fn brand(suite: &Suite) {
    let brand = pb::Brand { display_name: "Lumo".to_owned(), country: "DE".to_owned(), ..Default::default() };
    let request = pb::CreateBrandRequest { brand: Some(brand), brand_id: "lumo".to_owned(), ..Default::default() };
    suite.campaign().create_brand(request).await.expect("made");
}

async fn invite(suite: &Suite, creator: &str, fee: Option<pb::Money>) -> Result<pb::Participant, Status> {
    let participant = pb::Participant {
        creator: creator_name(creator),
        fee,
        relations: vec![pb::DisclosureRelation::Paid.into()],
        tracking_codes: vec![format!("{creator}10")],
        ..Default::default()
    };
    let request = pb::CreateParticipantRequest {
        parent: SPRING.to_owned(),
        participant: Some(participant),
        participant_id: creator.to_owned(),
        ..Default::default()
    };
    Ok(suite.campaign().create_participant(request).await?.into_inner().participant.expect("a participant"))
}

/// An active campaign with a creator who has accepted and owes one post.
async fn running(suite: &Suite) -> pb::Deliverable {
    brand(suite).await;
    let made = create(suite, new_campaign()).await.expect("made");
    let activate = pb::ActivateCampaignRequest { name: made.name, etag: made.etag, ..Default::default() };
    suite.campaign().activate_campaign(activate).await.expect("activated");
    let invited = invite(suite, "maya", money(100_000, "EUR")).await.expect("invited");
    let accept = pb::AcceptInvitationRequest { name: invited.name.clone(), etag: invited.etag, ..Default::default() };
    suite.campaign().accept_invitation(accept).await.expect("accepted");
    owe(suite, None).await.expect("made")
}

async fn owe(suite: &Suite, due_time: Option<Timestamp>) -> Result<pb::Deliverable, Status> {
    let participant = format!("{SPRING}/participants/maya");
    let deliverable = Some(pb::Deliverable { participant, due_time, ..Default::default() });
    let request = pb::CreateDeliverableRequest { parent: SPRING.to_owned(), deliverable, ..Default::default() };
    Ok(suite.campaign().create_deliverable(request).await?.into_inner().deliverable.expect("a deliverable"))
}

fn content(caption: &str) -> Option<pb::DisclosureContent> {
    Some(pb::DisclosureContent { caption: caption.to_owned(), language: "de".to_owned(), ..Default::default() })
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

async fn approved(suite: &Suite, caption: &str) -> pb::Deliverable {
    let owed = running(suite).await;
    let handed_in = submit(suite, &owed, caption).await.expect("taken");
    let request = pb::ReviewDraftRequest {
        name: handed_in.name,
        etag: handed_in.etag,
        reviewer: "ana".to_owned(),
        decision: pb::ReviewDecision::Approve.into(),
        ..Default::default()
    };
    suite.campaign().review_draft(request).await.expect("taken").into_inner().deliverable.expect("a deliverable")
}

fn record(caption: &str, observed: i64, views: i64) -> PostRecord {
    let mut record = post("maya", 1, 310, observed, [views, 100, 10]);
    record.post.as_mut().expect("a post").caption = caption.to_owned();
    record
}

async fn publish(
    suite: &Suite,
    owed: &pb::Deliverable,
    caption: &str,
    allow_unapproved: bool,
) -> Result<pb::Deliverable, Status> {
    let request = pb::MarkPublishedRequest {
        name: owed.name.clone(),
        etag: owed.etag.clone(),
        post: record("", 310, 1).post.expect("a post").name,
        publish_time: Some(day(310)),
        content: content(caption),
        allow_unapproved,
        ..Default::default()
    };
    Ok(suite.campaign().mark_published(request).await?.into_inner().deliverable.expect("a deliverable"))
}

async fn get(suite: &Suite, name: &str) -> pb::Deliverable {
    let request = pb::GetDeliverableRequest { name: name.to_owned() };
    suite.campaign().get_deliverable(request).await.expect("known").into_inner().deliverable.expect("a deliverable")
}

fn fields(status: &Status) -> Vec<String> {
    let details = status.get_details_bad_request().expect("violations");
    details.field_violations.into_iter().map(|violation| violation.field).collect()
}

/// What DE says of a paid post.
async fn verdict(suite: &Suite, content: pb::DisclosureContent) -> pb::JurisdictionVerdict {
    let context = pb::DisclosureContext {
        relations: vec![pb::DisclosureRelation::Paid.into()],
        brand_names: vec!["Lumo".to_owned()],
        jurisdictions: vec!["DE".to_owned()],
        publish_time: Some(day(310)),
        ..Default::default()
    };
    let request = pb::CheckDisclosureRequest { content: Some(content), context: Some(context) };
    let check = suite.campaign().check_disclosure(request).await.expect("checked").into_inner().check.expect("a check");
    check.verdicts.into_iter().find(|one| one.jurisdiction == "DE").expect("it was asked for")
}

fn image(caption: &str) -> pb::DisclosureContent {
    pb::DisclosureContent {
        caption: caption.to_owned(),
        medium: pb::DisclosureMedium::Image.into(),
        platform: creatorscope_tests::make::PLATFORM.into(),
        language: "de".to_owned(),
        ..Default::default()
    }
}

async fn convert(suite: &Suite, records: Vec<pb::ConversionRecord>) -> pb::RecordConversionsResponse {
    let request = pb::RecordConversionsRequest { name: SPRING.to_owned(), records };
    suite.campaign().record_conversions(request).await.expect("answered").into_inner()
}

fn sale(id: &str, code: &str, time: Timestamp) -> pb::ConversionRecord {
    pb::ConversionRecord {
        record_id: id.to_owned(),
        tracking_code: code.to_owned(),
        time: Some(time),
        conversions: Some(1),
        revenue: money(2_500, "EUR"),
        ..Default::default()
    }
}

async fn alerts(suite: &Suite, open_only: bool) -> Vec<pb::AlertKind> {
    let request = pb::ListAlertsRequest { parent: SPRING.to_owned(), open_only, ..Default::default() };
    let found = suite.campaign().list_alerts(request).await.expect("listed").into_inner().alerts;
    let mut kinds: Vec<pb::AlertKind> = found.iter().map(pb::Alert::kind).collect();
    kinds.sort_unstable();
    kinds
}

/// Follows the campaign until its open alerts about deliverables are these.
async fn until_alerts(suite: &Suite, wanted: &[pb::AlertKind]) -> Vec<pb::Alert> {
    let request = pb::WatchCampaignRequest { campaigns: vec![SPRING.to_owned()], ..Default::default() };
    let mut stream = suite.campaign().watch_campaign(request).await.expect("a stream").into_inner();
    loop {
        let message = stream.message().await.expect("the stream goes on").expect("it does not end");
        let Some(pb::watch_campaign_response::Event::Update(update)) = message.event else { continue };
        let of_posts = |alert: &pb::Alert| !alert.deliverable.is_empty();
        let open: Vec<pb::Alert> = update.open_alerts.into_iter().filter(of_posts).collect();
        let mut kinds: Vec<pb::AlertKind> = open.iter().map(pb::Alert::kind).collect();
        kinds.sort_unstable();
        if kinds == wanted {
            return open;
        }
    }
}

in_both_modes! {
    async fn a_caption_of_a_hundred_kilobytes_is_judged_and_a_longer_one_is_refused_whole(suite: &mut Suite) {
        let owed = running(suite).await;
        let long = format!("Anzeige: {}", "eine warme Lampe ".repeat(5_881));
        assert!((99_000..=100_000).contains(&long.chars().count()), "{}", long.chars().count());
        let refused = submit(suite, &owed, &format!("{long}{long}")).await.expect_err("too long");
        assert_eq!((refused.code(), fields(&refused)), (Code::InvalidArgument, vec!["content".to_owned()]));
        assert_eq!(get(suite, &owed.name).await, owed, "nothing was half written");
        let taken = submit(suite, &owed, &long).await.expect("as long as may be");
        let check = taken.draft.as_ref().and_then(|draft| draft.disclosure.clone()).expect("it was checked");
        assert!(check.verdicts.iter().any(|one| one.jurisdiction == "DE" && one.verdict() != pb::DisclosureVerdict::Fail));
        assert_eq!(submit(suite, &taken, "").await.expect("an empty one is a draft too").state(), pb::DeliverableState::InReview);
    }

    async fn invisible_characters_neither_hide_a_label_nor_make_one(suite: &mut Suite) {
        let plain = verdict(suite, image("Anzeige: eine Lampe von Lumo, abends ist es warm")).await;
        let broken = verdict(suite, image("An\u{200b}zei\u{200d}ge\u{2060}: eine Lampe von Lumo, abends ist es warm")).await;
        assert_eq!(broken.verdict(), plain.verdict(), "{broken:?}");
        let none = verdict(suite, image("\u{200b}\u{200d}\u{feff}eine Lampe von Lumo, abends ist es warm")).await;
        assert_eq!(none.verdict(), pb::DisclosureVerdict::Fail, "{none:?}");
        assert_ne!(plain.verdict(), pb::DisclosureVerdict::Fail, "{plain:?}");
    }

    async fn a_label_that_is_the_thirtieth_hashtag_does_not_pass(suite: &mut Suite) {
        let mut tags: Vec<String> = (1..30).map(|number| format!("#licht{number}")).collect();
        let first: Vec<String> = std::iter::once("#anzeige".to_owned()).chain(tags.clone()).collect();
        tags.push("#anzeige".to_owned());
        let late = verdict(suite, image(&format!("Eine Lampe von Lumo, abends ist es warm {}", tags.join(" ")))).await;
        assert_ne!(late.verdict(), pb::DisclosureVerdict::Pass, "{late:?}");
        let apart = pb::DisclosureContent { hashtags: tags, ..image("Eine Lampe von Lumo, abends ist es warm") };
        assert_ne!(verdict(suite, apart).await.verdict(), pb::DisclosureVerdict::Pass);
        let early = verdict(suite, image(&first.join(" "))).await;
        assert!(early.findings.len() < late.findings.len() || early.verdict() != late.verdict(), "{early:?} {late:?}");
    }

    async fn a_text_from_right_to_left_is_the_same_with_and_without_marks_of_direction(suite: &mut Suite) {
        let text = "إعلان: مصباح جديد من Lumo يجعل المساء دافئا";
        let owed = approved(suite, text).await;
        let marked = format!("\u{202b}{}\u{202c}\u{200f}", text.replace(": ", ":\u{200f} "));
        let published = publish(suite, &owed, &marked, false).await.expect("taken");
        let comparison = published.publication.expect("published").comparison.expect("compared");
        assert_eq!(comparison.r#match(), pb::TextMatch::Identical, "{comparison:?}");
    }

    async fn money_of_another_currency_is_refused_everywhere(suite: &mut Suite) {
        let owed = running(suite).await;
        let refused = invite(suite, "noa", money(100, "USD")).await.expect_err("not the campaign's currency");
        assert_eq!(fields(&refused), ["participant.fee.currency_code"]);
        let mut answer = convert(suite, vec![pb::ConversionRecord {
            revenue: money(100, "JPY"),
            ..sale("order-1", "maya10", day(311))
        }]).await;
        let rejection = answer.rejections.remove(0);
        assert_eq!((answer.accepted_count, rejection.violations[0].field.as_str()), (0, "revenue.currency_code"));
        let request = pb::GetCampaignRequest { name: SPRING.to_owned() };
        let known = suite.campaign().get_campaign(request).await.expect("known").into_inner().campaign.expect("one");
        let other = pb::Campaign { budget: money(1, "GBP"), ..known.clone() };
        let mask = prost_types::FieldMask { paths: vec!["budget".to_owned()] };
        let request = pb::UpdateCampaignRequest { campaign: Some(other), update_mask: Some(mask), ..Default::default() };
        let refused = suite.campaign().update_campaign(request).await.expect_err("fees are agreed in euro");
        assert_eq!(refused.code(), Code::InvalidArgument);
        let request = pb::GetCampaignRequest { name: SPRING.to_owned() };
        let still = suite.campaign().get_campaign(request).await.expect("known").into_inner().campaign;
        assert_eq!((still, get(suite, &owed.name).await), (Some(known), owed));
    }

    async fn dates_in_the_wrong_order_are_refused_each_at_its_field(suite: &mut Suite) {
        brand(suite).await;
        let early = pb::Campaign { objectives: vec![objective(day(299)), objective(day(421))], ..new_campaign() };
        let refused = create(suite, early).await.expect_err("before the start, after the end");
        assert_eq!(fields(&refused), ["campaign.objectives[0].deadline_time", "campaign.objectives[1].deadline_time"]);
        let turned = pb::Campaign { start_time: Some(day(420)), end_time: Some(day(300)), ..new_campaign() };
        let refused = create(suite, turned).await.expect_err("ends before it begins");
        assert!(fields(&refused).contains(&"campaign.end_time".to_owned()), "{refused:?}");
        create(suite, new_campaign()).await.expect("made");
        invite(suite, "maya", None).await.expect("invited");
        let refused = owe(suite, Some(day(200))).await.expect_err("due before the campaign");
        assert_eq!(fields(&refused), ["deliverable.due_time"]);
        let odd = Timestamp { seconds: 0, nanos: -1 };
        let refused = owe(suite, Some(odd)).await.expect_err("no time at all");
        assert_eq!(fields(&refused), ["deliverable.due_time"]);
    }

    async fn conversions_of_unknown_codes_are_told_and_known_ones_count_once(suite: &mut Suite) {
        running(suite).await;
        let records = vec![
            sale("order-1", "MAYA10", day(311)),
            sale("order-2", "nobody", day(311)),
            sale("order-1", "maya10", day(311)),
            sale("", "maya10", day(311)),
        ];
        let first = convert(suite, records).await;
        let told: Vec<(i32, &str)> =
            first.rejections.iter().map(|one| (one.index, one.violations[0].reason.as_str())).collect();
        assert_eq!((first.accepted_count, told), (1, vec![(1, "UNKNOWN_CODE"), (3, "REQUIRED")]), "{first:?}");
        let again = convert(suite, vec![sale("order-1", "MAYA10", day(311))]).await;
        assert_eq!((again.accepted_count, again.duplicate_count, again.conflicts.len()), (0, 1, 0), "{again:?}");
        let other = convert(suite, vec![sale("order-1", "MAYA10", day(312))]).await;
        assert_eq!((other.duplicate_count, other.conflicts.len()), (1, 1), "{other:?}");
        let request = pb::GetCampaignProgressRequest { name: SPRING.to_owned(), ..Default::default() };
        let told = suite.campaign().get_campaign_progress(request).await.expect("known").into_inner().progress;
        let values = told.expect("progress").values;
        let conversions = values.iter().find(|value| value.definition.contains("conversions@")).expect("it is told");
        assert_eq!(conversions.result, Some(metric_value::Result::Value(1.0)));
    }

    async fn times_are_instants_and_a_local_time_taken_for_one_is_refused_when_it_is_to_come(suite: &mut Suite) {
        running(suite).await;
        let now = creatorscope_kit::clock::to_wire_time(creatorscope_kit::clock::Clock::system().now());
        let at = |hours: i64| Timestamp { seconds: now.seconds + hours * 3_600, nanos: 0 };
        // A sale just now in Seoul whose local time was sent as if it were UTC.
        let answer = convert(suite, vec![sale("seoul", "maya10", at(9))]).await;
        assert_eq!(answer.rejections[0].violations[0].reason, "IN_THE_FUTURE", "{answer:?}");
        // The same sale as the instant that it was, and one whose sender's clock is a minute ahead.
        let minute = Timestamp { seconds: now.seconds + 60, nanos: 0 };
        let answer = convert(suite, vec![sale("instant", "maya10", at(0)), sale("ahead", "maya10", minute)]).await;
        assert_eq!((answer.accepted_count, answer.rejections.len()), (2, 0), "{answer:?}");
        let answer = convert(suite, vec![sale("1970", "maya10", Timestamp { seconds: 0, nanos: 0 })]).await;
        assert_eq!(answer.rejections[0].violations[0].reason, "TOO_EARLY");
    }

    async fn a_post_without_approval_is_recorded_only_when_asked_and_stands_as_drifted(suite: &mut Suite) {
        let owed = running(suite).await;
        let refused = publish(suite, &owed, TEXT, false).await.expect_err("approval is required");
        assert_eq!(refused.code(), Code::FailedPrecondition);
        let drifted = publish(suite, &owed, TEXT, true).await.expect("asked for");
        assert_eq!(drifted.state(), pb::DeliverableState::Drifted);
        let comparison = drifted.publication.clone().expect("published").comparison.expect("compared");
        assert_eq!(comparison.r#match(), pb::TextMatch::NotApproved);
        let open = until_alerts(suite, &[pb::AlertKind::Drifted]).await;
        assert_eq!((open[0].deliverable.as_str(), open[0].as_of.is_some()), (drifted.name.as_str(), true));
        let request = pb::AcceptDriftRequest { name: drifted.name, etag: drifted.etag, ..Default::default() };
        let taken = suite.campaign().accept_drift(request).await.expect("taken").into_inner().deliverable.expect("one");
        assert_eq!(taken.state(), pb::DeliverableState::Published, "metrics has not seen it");
        until_alerts(suite, &[]).await;
        assert!(alerts(suite, false).await.contains(&pb::AlertKind::Drifted), "past alerts stay in the list");
        suite.ingest_posts(vec![vec![record(TEXT, 312, 1_000)]]).await.expect("taken");
        let request = pb::WatchCampaignRequest { campaigns: vec![SPRING.to_owned()], ..Default::default() };
        let mut stream = suite.campaign().watch_campaign(request).await.expect("a stream").into_inner();
        while get(suite, &owed.name).await.state() != pb::DeliverableState::Verified {
            stream.message().await.expect("the stream goes on").expect("it does not end");
        }
        assert!(!alerts(suite, true).await.contains(&pb::AlertKind::Drifted), "the same text does not drift again");
    }

    async fn a_post_that_loses_its_label_raises_two_alerts_and_the_accepted_drift_clears_its_own(suite: &mut Suite) {
        let owed = approved(suite, TEXT).await;
        // Reported before metrics tells of it: a post that nobody reported is found, and the report would come too late.
        publish(suite, &owed, TEXT, false).await.expect("taken");
        suite.ingest_posts(vec![vec![record(TEXT, 312, 1_000)]]).await.expect("taken");
        until_alerts(suite, &[]).await;
        let other = "I bought this lamp from Lumo myself and threw it away the next day";
        suite.ingest_posts(vec![vec![record(other, 313, 2_000)]]).await.expect("taken");
        let both = [pb::AlertKind::Drifted, pb::AlertKind::DisclosureFailed];
        let open = until_alerts(suite, &both).await;
        assert!(open.iter().all(|alert| alert.deliverable == owed.name && alert.inputs.is_some()));
        assert!(both.iter().all(|kind| open.iter().any(|alert| alert.kind() == *kind)));
        let drifted = get(suite, &owed.name).await;
        let request = pb::AcceptDriftRequest { name: drifted.name, etag: drifted.etag, ..Default::default() };
        suite.campaign().accept_drift(request).await.expect("taken");
        until_alerts(suite, &[pb::AlertKind::DisclosureFailed]).await;
        suite.ingest_posts(vec![vec![record(TEXT, 314, 3_000)]]).await.expect("taken");
        until_alerts(suite, &[]).await;
    }
}
