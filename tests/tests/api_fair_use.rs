//! Fair use, in both modes: rates, quotas, what callers are told of them, dry runs, and the audit log.
#![allow(clippy::panic, clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

use std::time::Duration;

use creatorscope_kit::fault::Code;
use creatorscope_proto::{
    discovery::v1::{DeleteCreatorRequest, GetContactRequest, GetCreatorRequest, SearchCreatorsRequest},
    gateway::v1::{
        AuditEvent, GetUsageRequest, GetUsageResponse, ListAuditEventsRequest,
        gateway_service_client::GatewayServiceClient,
    },
};
use creatorscope_tests::{
    Mode, Suite, each_mode,
    make::{creator, creator_name},
};
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use tonic::{Request, Response, Status, body::Body};
use tonic_types::StatusExt;
use tower::ServiceExt;

/// Lines of the audit log are there after a second.
const PATIENCE: Duration = Duration::from_secs(30);

async fn closed(mode: Mode, further: &[&str]) -> Suite {
    Suite::start_with(mode, &[&["gateway.auth=keys", "gateway.key_cache_seconds=0"], further].concat()).await
}

fn with_key<T>(message: T, key: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("x-api-key", key.parse().expect("ascii"));
    request
}

/// A call that costs 5 units.
async fn search(suite: &Suite, key: &str) -> Result<(), Status> {
    suite.discovery().search_creators(with_key(SearchCreatorsRequest::default(), key)).await.map(|_| ())
}

fn reason(status: &Status) -> String {
    status.get_error_details().error_info().expect("a reason").reason.clone()
}

fn id(key: &str) -> String {
    creatorscope_gateway::key::ApiKey::parse(key).expect("a key").id().to_owned()
}

/// The same over JSON: status, headers, body.
async fn post(suite: &Suite, path: &str, headers: &[(&str, &str)]) -> (u16, http::HeaderMap, Value) {
    let mut request = http::Request::post(format!("http://{}{path}", suite.address()));
    for (name, value) in [("content-type", "application/json")].iter().chain(headers) {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::new(Full::from("{}"))).expect("a request");
    let (head, body) = suite.transport().oneshot(request).await.expect("answered").into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    (head.status.as_u16(), head.headers, serde_json::from_slice(&body).expect("JSON"))
}

async fn who_takes_too_much_is_told_how_long_to_wait_and_others_go_on(mode: Mode) {
    let suite = closed(mode, &["fair_use.key_rate=1", "fair_use.key_burst=100"]).await;
    let greedy = suite.make_key(&["--scopes", "discovery.read"]).await;
    let other = suite.make_key(&["--scopes", "discovery.read"]).await;
    let mut refused = None;
    // What comes back while this runs is less than what is taken.
    for call in 0..200 {
        if let Err(status) = search(&suite, &greedy).await {
            refused = Some((call, status));
            break;
        }
    }
    let (calls, refused) = refused.expect("the bucket is empty at last");
    assert!(calls >= 20, "{calls} calls of 5 units are less than 100");
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::ResourceExhausted, "RATE_LIMITED"));
    let wait = refused.get_error_details().retry_info().expect("a wait").retry_delay.expect("a time");
    assert!(wait > Duration::ZERO && wait <= Duration::from_secs(5), "{wait:?}");
    let (status, headers, told) = post(&suite, "/v1/creators:search", &[("x-api-key", &greedy)]).await;
    if status == 429 {
        assert!(headers.contains_key("retry-after") && headers["x-ratelimit-limit"] == "100", "{headers:?}");
        assert_eq!(told["error"]["status"], "RESOURCE_EXHAUSTED");
    } else {
        assert_eq!((status, headers["x-ratelimit-limit"].to_str().ok()), (200, Some("100")), "{told}");
    }
    search(&suite, &other).await.expect("another key has its own bucket");
    // Who may not come in is told nothing of limits.
    let (status, headers, _) = post(&suite, "/v1/creators:search", &[("x-api-key", "cs_live_")]).await;
    assert!(status == 401 && !headers.contains_key("x-ratelimit-limit"), "{status} {headers:?}");
    suite.stop().await;
}

async fn usage(suite: &Suite, key: Option<&str>, asked: GetUsageRequest) -> Result<GetUsageResponse, Status> {
    let request = key.map_or_else(|| Request::new(asked.clone()), |key| with_key(asked.clone(), key));
    GatewayServiceClient::new(suite.transport()).get_usage(request).await.map(Response::into_inner)
}

async fn a_monthly_quota_holds_until_it_is_raised_and_its_use_is_told(mode: Mode) {
    let suite = closed(mode, &[]).await;
    let key = suite.make_key(&["--scopes", "discovery.read,gateway.read", "--monthly-quota", "12"]).await;
    let admin = suite.make_key(&["--scopes", "gateway.*", "--tenant", "operators"]).await;
    for _ in 0..2 {
        search(&suite, &key).await.expect("it is enough");
    }
    let refused = search(&suite, &key).await.expect_err("15 of 12");
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::ResourceExhausted, "QUOTA_EXHAUSTED"));
    let own = usage(&suite, Some(&key), GetUsageRequest::default()).await.expect("its own");
    let quota = own.key_quota.expect("it has one");
    assert_eq!((quota.limit_units, quota.used_units, own.quota_units), (12, 10, 10));
    let searches = own.days.iter().find(|day| day.method.ends_with("/SearchCreators")).expect("counted");
    assert_eq!((searches.call_count, searches.quota_units, &searches.key), (2, 10, &id(&key)));

    suite.run_key(&["limit", &key, "--monthly-quota", "100"]).await;
    search(&suite, &key).await.expect("15 of 100");
    let foreign = GetUsageRequest { key: id(&key), ..GetUsageRequest::default() };
    let seen = usage(&suite, Some(&admin), foreign.clone()).await.expect("an operator sees it");
    assert_eq!((seen.quota_units, seen.key_quota.map(|quota| quota.limit_units)), (15, Some(100)));
    let foreign = GetUsageRequest { key: id(&admin), ..GetUsageRequest::default() };
    let refused = usage(&suite, Some(&key), foreign).await.expect_err("another's");
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "SCOPE_MISSING"));
    let tenant = GetUsageRequest { tenant: "default".to_owned(), ..GetUsageRequest::default() };
    assert_eq!(usage(&suite, Some(&admin), tenant).await.expect("all of a tenant").quota_units, 15);
    suite.stop().await;
}

async fn a_dry_run_tells_cost_and_matches_and_does_nothing(mode: Mode) {
    let suite = Suite::start(mode).await;
    let made = suite.ingest_creators(vec![creator("mara"), creator("joon"), creator("kim")]).await.expect("taken");
    let asked = SearchCreatorsRequest { read_after: vec![made.change_token], ..SearchCreatorsRequest::default() };
    suite.discovery().search_creators(asked).await.expect("they are found");
    let mut request = Request::new(SearchCreatorsRequest { page_size: 2, ..SearchCreatorsRequest::default() });
    request.metadata_mut().insert("x-dry-run", "true".parse().expect("ascii"));
    let answer = suite.discovery().search_creators(request).await.expect("told");
    let told = |name: &str| answer.metadata().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    assert_eq!((told("x-matches"), told("x-quota-cost"), told("x-dry-run")), ("3", "5", "true"));
    assert!(answer.get_ref().creators.is_empty(), "the answer has no content");
    let (status, headers, told) = post(&suite, "/v1/creators:search", &[("x-dry-run", "true")]).await;
    assert_eq!((status, headers["x-matches"].to_str().ok()), (200, Some("3")));
    assert_eq!((told["matches"].as_str(), told["quotaCost"].as_i64()), (Some("3"), Some(5)), "{told}");

    // What is wrong with a search is told.
    let mut request = Request::new(SearchCreatorsRequest { filter: "tier =".to_owned(), ..Default::default() });
    request.metadata_mut().insert("x-dry-run", "true".parse().expect("ascii"));
    let refused = suite.discovery().search_creators(request).await.expect_err("no filter");
    assert_eq!(refused.code(), Code::InvalidArgument);

    let name = creator_name("mara");
    let mut request = Request::new(DeleteCreatorRequest { name: name.clone(), ..Default::default() });
    request.metadata_mut().insert("x-dry-run", "true".parse().expect("ascii"));
    let answer = suite.discovery().delete_creator(request).await.expect("told");
    assert_eq!(answer.metadata().get("x-quota-cost").expect("told"), "10");
    let asked = GetCreatorRequest { name, ..GetCreatorRequest::default() };
    suite.discovery().get_creator(asked).await.expect("it is still there");
    // Without keys there is one caller.
    let told = usage(&suite, None, GetUsageRequest::default()).await.expect("its own");
    assert!(told.days.iter().all(|day| day.key == "anonymous") && told.call_count > 4, "{told:?}");
    suite.stop().await;
}

/// The lines of the audit log once there are so many.
async fn lines(suite: &Suite, admin: &str, asked: ListAuditEventsRequest, count: usize) -> Vec<AuditEvent> {
    let mut client = GatewayServiceClient::new(suite.transport());
    let found = tokio::time::timeout(PATIENCE, async {
        loop {
            let answer = client.list_audit_events(with_key(asked.clone(), admin)).await.expect("listed").into_inner();
            if answer.events.len() >= count {
                return answer.events;
            }
        }
    });
    found.await.expect("the lines are written")
}

async fn who_called_what_is_written_and_no_secret_is(mode: Mode) {
    // Of calls that the contract does not name, none.
    let suite = closed(mode, &["audit.sample=0.0"]).await;
    let key = suite.make_key(&["--scopes", "discovery.read", "--tenant", "lumo"]).await;
    let contacts = suite.make_key(&["--scopes", "discovery.contact", "--tenant", "lumo"]).await;
    let admin = suite.make_key(&["--scopes", "gateway.admin"]).await;
    search(&suite, &key).await.expect("it holds");
    let contact = || GetContactRequest { name: format!("{}/contact", creator_name("mara")) };
    suite.discovery().get_contact(with_key(contact(), &key)).await.expect_err("no scope");
    suite.discovery().get_contact(with_key(contact(), &contacts)).await.expect_err("there is none");
    let never_made = creatorscope_gateway::key::ApiKey::generate(creatorscope_gateway::key::Environment::Live);
    let never_made = never_made.expect("randomness").reveal().to_owned();
    search(&suite, &never_made).await.expect_err("unknown");

    let of_lumo = ListAuditEventsRequest { tenant: "lumo".to_owned(), ..Default::default() };
    let told = lines(&suite, &admin, of_lumo, 2).await;
    let seen: Vec<_> =
        told.iter().rev().map(|line| (line.key.clone(), line.code.as_str(), line.reason.as_str())).collect();
    assert_eq!(seen, [(id(&key), "PERMISSION_DENIED", "SCOPE_MISSING"), (id(&contacts), "NOT_FOUND", "")]);
    for line in &told {
        assert_eq!(line.method, "creatorscope.discovery.v1.DiscoveryService/GetContact");
        assert_eq!(line.peer_address, "127.0.0.1");
        assert!(!line.request_id.is_empty() && line.end_time.is_some() && line.duration.is_some());
    }
    let method = "creatorscope.discovery.v1.DiscoveryService/SearchCreators".to_owned();
    let searches = lines(&suite, &admin, ListAuditEventsRequest { method, ..Default::default() }, 1).await;
    let seen: Vec<_> =
        searches.iter().map(|line| (line.key.as_str(), line.code.as_str(), line.reason.as_str())).collect();
    assert_eq!(seen, [("", "UNAUTHENTICATED", "KEY_NOT_ACCEPTED")], "the other one was not sampled");
    let text = format!("{told:?} {searches:?}");
    for secret in [&key, &contacts, &admin, &never_made] {
        assert!(!text.contains(&secret[21..]), "a line holds no secret");
    }
    // A page leads to the next one.
    let mut client = GatewayServiceClient::new(suite.transport());
    let mut asked = ListAuditEventsRequest { tenant: "lumo".to_owned(), page_size: 1, ..Default::default() };
    let first = client.list_audit_events(with_key(asked.clone(), &admin)).await.expect("listed").into_inner();
    asked.page_token = first.next_page_token;
    let second = client.list_audit_events(with_key(asked, &admin)).await.expect("listed").into_inner();
    assert_eq!((&first.events[0], &second.events[0]), (&told[0], &told[1]));
    suite.stop().await;
}

each_mode! {
    who_takes_too_much_is_told_how_long_to_wait_and_others_go_on
    a_monthly_quota_holds_until_it_is_raised_and_its_use_is_told
    a_dry_run_tells_cost_and_matches_and_does_nothing
    who_called_what_is_written_and_no_secret_is
}
