//! Owns what callers see of this room through the contract, in one process whose peers are away. Never a formula.

mod races;
mod sequences;

use std::sync::Arc;

use creatorscope_disclosure::Rules;
use creatorscope_domain::Retention;
use creatorscope_kit::{
    cache::Cache,
    caller::Caller,
    changes::ChangeLog,
    clock::{Clock, to_wire_time},
    db::Db,
    page::Sealer,
    reached::Reached,
    transport,
};
use creatorscope_proto::{
    campaign::v1::{
        self as pb, campaign_service_client::CampaignServiceClient, campaign_service_server::CampaignServiceServer,
    },
    common::v1::Unit,
};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tonic::{Request, Status, service::interceptor::InterceptedService};

use crate::{
    MIGRATIONS,
    config::Config,
    grpc::{
        CampaignGrpc,
        peer::{discovery::Discovery, metrics::Metrics, scoring::Scoring},
    },
    progress::Curves,
    sample::Sample,
    service::{Service, Shared},
    store::Store,
};

type Client = CampaignServiceClient<InterceptedService<CampaignServiceServer<CampaignGrpc>, Sign>>;
/// Says who calls, as the guard in front of the role does.
type Sign = fn(Request<()>) -> Result<Request<()>, Status>;

/// The tenant of all callers.
const TENANT: &str = "default";

/// So many days after the beginning of 2026; the clock shows day 10.
fn day(days: i64) -> Timestamp {
    let origin: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
    origin.checked_add(SignedDuration::from_hours(24 * days)).expect("in range")
}

/// A service over an empty database whose peers are away.
async fn service() -> Shared {
    let db = Db::temporary(&MIGRATIONS).await.expect("opens");
    let clock = Clock::fixed(day(10));
    let away = || transport::later().0;
    Arc::new(Service {
        store: Store::new(db.clone(), ChangeLog::new(db.clone(), clock.clone()), clock.clone(), Retention::default()),
        clock,
        sealer: Sealer::open(&db).await.expect("opens"),
        config: Config::default(),
        cache: Cache::off(),
        curves: watch::channel(Curves::default()).1,
        sample: Sample::new(0),
        reached: Reached::new(0),
        rules: Arc::new(Rules::builtin()),
        metrics: Metrics::new(away()),
        scoring: Scoring::new(away()),
        discovery: Discovery::new(away()),
    })
}

fn client(service: &Shared) -> Client {
    let sign: Sign = |mut request| {
        let scopes = vec!["*".to_owned()];
        let (tenant, key) = (TENANT.to_owned(), "anonymous".to_owned());
        request.extensions_mut().insert(Caller { tenant, key, scopes, request_id: String::new() });
        Ok(request)
    };
    CampaignServiceClient::with_interceptor(CampaignServiceServer::new(CampaignGrpc::new(service.clone())), sign)
}

async fn brand(client: &mut Client) {
    let brand = pb::Brand { display_name: "Lumo".to_owned(), ..Default::default() };
    let request = pb::CreateBrandRequest { brand: Some(brand), brand_id: "lumo".to_owned(), ..Default::default() };
    client.create_brand(request).await.expect("made");
}

fn new_campaign(approval: pb::ApprovalMode) -> pb::Campaign {
    pb::Campaign {
        brand: "brands/lumo".to_owned(),
        display_name: "Warm evenings".to_owned(),
        start_time: Some(to_wire_time(day(5))),
        end_time: Some(to_wire_time(day(60))),
        markets: vec!["DE".to_owned()],
        objectives: vec![pb::Objective {
            metric: pb::ObjectiveMetric::Views.into(),
            target: 1_000.0,
            unit: Unit::Count.into(),
            deadline_time: Some(to_wire_time(day(50))),
            ..Default::default()
        }],
        approval: Some(pb::ApprovalPolicy {
            mode: approval.into(),
            approvers: vec!["ana".to_owned(), "ben".to_owned()],
            required_approvals: 2,
            revision_limit: 2,
            review_period: None,
        }),
        ..Default::default()
    }
}

fn new_participant(creator: usize) -> pb::Participant {
    pb::Participant {
        creator: format!("creators/tiktok:creator{creator}"),
        relations: vec![pb::DisclosureRelation::Paid.into()],
        tracking_codes: vec![format!("code{creator}")],
        ..Default::default()
    }
}

fn content(text: &str) -> Option<pb::DisclosureContent> {
    Some(pb::DisclosureContent { caption: text.to_owned(), language: "de".to_owned(), ..Default::default() })
}

fn post(creator: usize, number: usize) -> String {
    format!("creators/tiktok:creator{creator}/posts/{:018}", 700_000_000_000_000_000_usize + number)
}
