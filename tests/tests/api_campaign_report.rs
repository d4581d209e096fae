//! The report of a campaign in both modes: what it holds, and its files.
#![allow(clippy::expect_used, clippy::panic, reason = "a test stops at the first thing that is wrong")]

use creatorscope_kit::fault::Code;
use creatorscope_proto::{
    campaign::v1 as pb,
    common::v1::{MetricValue, MissingReason, Unit, metric_value::Result as Told},
};
use creatorscope_tests::{
    Suite, in_both_modes,
    make::{creator_name, day, post},
};
use tonic_types::StatusExt;

const CAMPAIGN: &str = "campaigns/spring";
/// The display name of a deliverable, as somebody would write it who wants a spreadsheet or a page to run it.
const HOSTILE: &str = "=1+1,\"<script>\"";

fn money(amount_minor: i64) -> Option<pb::Money> {
    Some(pb::Money { amount_minor, currency_code: "KRW".to_owned() })
}

/// An active campaign without approvals of a creator who has accepted, paid 90 000 KRW for three posts; by id.
async fn running(suite: &Suite) -> Vec<pb::Deliverable> {
    let brand = pb::Brand { display_name: "Lumo <قمر>".to_owned(), country: "DE".to_owned(), ..Default::default() };
    let request = pb::CreateBrandRequest { brand: Some(brand), brand_id: "lumo".to_owned(), ..Default::default() };
    suite.campaign().create_brand(request).await.expect("made");
    let objective = |metric: pb::ObjectiveMetric, target| pb::Objective {
        metric: metric.into(),
        target,
        unit: Unit::Count.into(),
        deadline_time: Some(day(400)),
        ..Default::default()
    };
    let campaign = pb::Campaign {
        brand: "brands/lumo".to_owned(),
        display_name: "Warm evenings".to_owned(),
        start_time: Some(day(300)),
        end_time: Some(day(420)),
        markets: vec!["DE".to_owned()],
        budget: money(1_000_000),
        objectives: vec![
            objective(pb::ObjectiveMetric::Views, 100_000.0),
            objective(pb::ObjectiveMetric::Conversions, 50.0),
        ],
        approval: Some(pb::ApprovalPolicy { mode: pb::ApprovalMode::None.into(), ..Default::default() }),
        ..Default::default()
    };
    let request =
        pb::CreateCampaignRequest { campaign: Some(campaign), campaign_id: "spring".to_owned(), ..Default::default() };
    let made = suite.campaign().create_campaign(request).await.expect("made").into_inner().campaign.expect("one");
    let activate = pb::ActivateCampaignRequest { name: made.name, etag: made.etag, ..Default::default() };
    suite.campaign().activate_campaign(activate).await.expect("activated");
    let participant = pb::Participant {
        creator: creator_name("maya"),
        fee: money(90_000),
        relations: vec![pb::DisclosureRelation::Paid.into()],
        tracking_codes: vec!["MAYA10".to_owned()],
        ..Default::default()
    };
    let request = pb::CreateParticipantRequest {
        parent: CAMPAIGN.to_owned(),
        participant: Some(participant),
        participant_id: "maya".to_owned(),
        ..Default::default()
    };
    let invited = suite.campaign().create_participant(request).await.expect("invited").into_inner().participant;
    let invited = invited.expect("one");
    let accept = pb::AcceptInvitationRequest { name: invited.name.clone(), etag: invited.etag, ..Default::default() };
    suite.campaign().accept_invitation(accept).await.expect("accepted");
    let mut owed = Vec::new();
    for id in ["reel-1", "reel-2", "reel-3"] {
        let deliverable = pb::Deliverable {
            participant: invited.name.clone(),
            display_name: if id == "reel-1" { HOSTILE.to_owned() } else { String::new() },
            ..Default::default()
        };
        let request = pb::CreateDeliverableRequest {
            parent: CAMPAIGN.to_owned(),
            deliverable: Some(deliverable),
            deliverable_id: id.to_owned(),
            ..Default::default()
        };
        let made = suite.campaign().create_deliverable(request).await.expect("made").into_inner().deliverable;
        owed.push(made.expect("one"));
    }
    owed
}

/// Publishes the first two; the first is read on three days, the second never. Waits until the campaign has seen it.
async fn published(suite: &Suite) {
    let owed = running(suite).await;
    for (number, owed) in (1..=2).zip(owed) {
        let content = pb::DisclosureContent {
            caption: "my new lamp, and no word on who paid for it".to_owned(),
            language: "en".to_owned(),
            ..Default::default()
        };
        let request = pb::MarkPublishedRequest {
            name: owed.name,
            etag: owed.etag,
            post: post("maya", number, 310, 312, [0, 0, 0]).post.expect("a post").name,
            publish_time: Some(day(310)),
            content: Some(content),
            ..Default::default()
        };
        suite.campaign().mark_published(request).await.expect("taken");
    }
    let readings = [(312, [20_000, 1_500, 100]), (314, [30_000, 2_100, 150]), (318, [36_000, 2_600, 280])];
    // One after the other: of counts that come in one burst campaigns hear the last.
    for (observed, counts) in readings {
        let answers = suite.ingest_posts(vec![vec![post("maya", 1, 310, observed, counts)]]).await.expect("taken");
        let read_after = answers.into_iter().map(|answer| answer.change_token).collect();
        let request = pb::GetCampaignProgressRequest { name: CAMPAIGN.to_owned(), read_after, ..Default::default() };
        suite.campaign().get_campaign_progress(request).await.expect("followed");
    }
}

async fn report(suite: &Suite) -> pb::CampaignReport {
    let request = pb::GetCampaignReportRequest { name: CAMPAIGN.to_owned(), ..Default::default() };
    suite.campaign().get_campaign_report(request).await.expect("known").into_inner().report.expect("a report")
}

async fn export(suite: &Suite, format: pb::ReportFormat) -> (String, pb::ExportCampaignReportResponse) {
    let request =
        pb::ExportCampaignReportRequest { name: CAMPAIGN.to_owned(), format: format.into(), ..Default::default() };
    let answer = suite.campaign().export_campaign_report(request).await.expect("known").into_inner();
    (String::from_utf8(answer.content.clone()).expect("UTF-8"), answer)
}

fn told(values: &[MetricValue], definition: &str) -> Option<Told> {
    values.iter().find(|value| value.definition == definition).and_then(|value| value.result)
}

in_both_modes! {
    async fn a_report_has_values_days_tallies_and_reasons(suite: &mut Suite) {
        published(suite).await;
        let report = report(suite).await;
        let progress = report.progress.expect("progress");
        assert_eq!(told(&progress.values, "campaign.views@1"), Some(Told::Value(36_000.0)));
        assert_eq!(told(&progress.values, "campaign.er@1"), Some(Told::Value(0.08)));
        assert_eq!(told(&progress.values, "campaign.spend@1"), Some(Told::Value(60_000.0)), "two of three posts");
        let missing = Some(Told::Missing(MissingReason::NotReported.into()));
        assert_eq!(told(&progress.values, "campaign.conversions@1"), missing);
        assert_eq!(told(&progress.participants[0].posts[1].values, "campaign.views@1"), missing);
        let pacing = progress.objectives[0].pacing.as_ref().expect("views are counted");
        assert!(pacing.linear_index.is_some() && pacing.forecast.is_some(), "{pacing:?}");
        let days: Vec<_> = report.days.iter().map(|day| (day.date.as_str(), day.views, day.engagements)).collect();
        let expected = [
            ("2026-11-09", Some(20_000), Some(1_600)),
            ("2026-11-11", Some(30_000), Some(2_250)),
            ("2026-11-15", Some(36_000), Some(2_880)),
        ];
        assert_eq!(days, expected);
        let tally = report.disclosure.iter().find(|tally| tally.jurisdiction == "DE").expect("Germany is a market");
        assert_eq!((tally.fail_count, tally.pass_count), (2, 0), "{tally:?}");
        assert_eq!((report.deliverables.len(), report.participants.len()), (3, 1));
        let texts = report.deliverables.iter().filter_map(|one| one.publication.as_ref()?.content.as_ref()).count();
        assert_eq!(texts, 0, "reports hold no texts of posts");
    }

    async fn the_csv_has_a_line_a_deliverable_and_runs_nothing(suite: &mut Suite) {
        published(suite).await;
        let (csv, answer) = export(suite, pb::ReportFormat::Csv).await;
        assert_eq!(answer.content_type, "text/csv; charset=utf-8");
        assert!(answer.file_name.starts_with("spring-") && answer.file_name.ends_with(".csv"), "{}", answer.file_name);
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines.len(), 4, "{csv}");
        assert!(lines[0].starts_with("campaign,participant,creator,deliverable,"), "{csv}");
        assert!(lines[1].contains("\"'=1+1,\"\"<script>\"\"\"") && lines[1].contains(",36000,2880,0.08,"), "{csv}");
        assert!(lines[2].contains("views=NOT_REPORTED") && lines[3].ends_with(','), "{csv}");
    }

    async fn the_json_is_the_report_as_the_contract_writes_it(suite: &mut Suite) {
        published(suite).await;
        let (json, answer) = export(suite, pb::ReportFormat::Json).await;
        let read: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(answer.content_type, "application/json; charset=utf-8");
        assert_eq!(read["campaign"]["name"], CAMPAIGN);
        assert_eq!(read["days"][2]["views"], "36000", "whole numbers of 64 bits are texts in the contracts' JSON");
        let values = read["progress"]["values"].as_array().expect("values");
        let conversions = values.iter().find(|value| value["definition"] == "campaign.conversions@1").expect("told");
        assert_eq!(conversions["missing"], "MISSING_REASON_NOT_REPORTED");
        assert!(conversions["value"].is_null());
    }

    async fn the_page_opens_from_a_file_and_says_what_is_not_known(suite: &mut Suite) {
        published(suite).await;
        let (page, answer) = export(suite, pb::ReportFormat::Html).await;
        assert_eq!(answer.content_type, "text/html; charset=utf-8");
        for part in ["Warm evenings", "Lumo &lt;قمر&gt;", "36\u{202f}000", "8.00 %", "60\u{202f}000\u{a0}KRW", "<polyline", "DE fail",
            "not reported", "=1+1,&quot;&lt;script&gt;&quot;"] {
            assert!(page.contains(part), "{part} in {page}");
        }
        for part in ["<script", "src=", "href=", "http://", "https://"] {
            assert!(!page.contains(part), "{part}");
        }
    }

    async fn a_report_of_no_form_of_a_time_to_come_or_of_nothing_is_refused(suite: &mut Suite) {
        running(suite).await;
        let request = pb::ExportCampaignReportRequest { name: CAMPAIGN.to_owned(), ..Default::default() };
        let refused = suite.campaign().export_campaign_report(request.clone()).await.expect_err("no form");
        let fields = refused.get_details_bad_request().expect("violations").field_violations;
        assert_eq!((refused.code(), fields[0].field.as_str()), (Code::InvalidArgument, "format"));
        let early = pb::GetCampaignReportRequest { name: CAMPAIGN.to_owned(), as_of: Some(day(4_000)) };
        let refused = suite.campaign().get_campaign_report(early).await.expect_err("to come");
        assert_eq!(refused.code(), Code::InvalidArgument);
        let other = pb::ExportCampaignReportRequest {
            name: "campaigns/none".to_owned(),
            format: pb::ReportFormat::Html.into(),
            ..Default::default()
        };
        assert_eq!(suite.campaign().export_campaign_report(other).await.expect_err("none").code(), Code::NotFound);
    }
}
