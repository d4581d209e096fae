//! Figures and log lines of a running suite: every figure that is told is a listed one, calls are told apart by role, and what roles do in
//! their background is told too; lines of refused calls carry their request and their trace.
#![allow(clippy::expect_used, clippy::panic, reason = "a test stops at the first thing that is wrong")]

use creatorscope_kit::figures::FIGURES;
use creatorscope_proto::{
    discovery::v1::{GetCreatorRequest, SearchCreatorsRequest},
    metrics::v1::WatchMetricsRequest,
};
use creatorscope_tests::{
    Mode, Suite, in_both_modes,
    make::{creator, post},
};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tonic::{Code, Request};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SETTINGS: &[&str] = &["admin.listen=127.0.0.1:0", "log.filter=info,creatorscope_kit=debug"];

/// The lines of a process' log.
fn log(suite: &Suite, role: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(suite.folder().join(format!("{role}.log"))).expect("a log");
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The admin port of the process that a role is in.
fn admin(suite: &Suite, role: &str) -> String {
    let role = if suite.mode() == Mode::Embedded { "gateway" } else { role };
    let lines = log(suite, role);
    let told = lines.iter().find(|line| line["role"] == "admin").expect("the admin port listens");
    told["address"].as_str().expect("an address").to_owned()
}

/// The page of the process that a role is in.
async fn page(suite: &Suite, role: &str) -> String {
    let address = admin(suite, role);
    let mut stream = TcpStream::connect(&address).await.expect("connected");
    let request = format!("GET /metrics HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answered");
    answer.split_once("\r\n\r\n").expect("a body").1.to_owned()
}

/// The value of a sample: its name and labels as they stand there, in any order.
fn value(page: &str, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    page.lines()
        .filter(|line| line.starts_with(&format!("{name}{{")) || line.starts_with(&format!("{name} ")))
        .find_map(|line| {
            let fits = labels.iter().all(|(label, value)| line.contains(&format!("{label}=\"{value}\"")));
            fits.then(|| line.rsplit(' ').next()?.parse().ok()).flatten()
        })
}

/// Samples that are not on the list, or have labels that are not.
fn strangers(page: &str) -> Vec<&str> {
    let is_listed = |line: &&str| {
        let (name, rest) = line.split_once(['{', ' ']).expect("a sample");
        let plain = ["_bucket", "_sum", "_count"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
        let Some(figure) = FIGURES.iter().find(|figure| figure.name == name || figure.name == plain) else {
            return false;
        };
        let labels = rest.rsplit_once('}').map_or("", |(labels, _)| labels);
        let mut names = labels.split("\",").filter_map(|label| label.split_once('=')).map(|(name, _)| name);
        names.all(|label| figure.labels.contains(&label) || label == "le")
    };
    let samples = page.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    samples.filter(|line| !is_listed(line)).collect()
}

/// Two good posts and one that is none, whose creator a search then shows.
async fn pour(suite: &Suite) {
    let mut bad = post("ann", 3, 10, 20, [1, 1, 1]);
    bad.observe_time = None;
    let posts = vec![post("ann", 1, 10, 20, [1_000, 50, 5]), post("ann", 2, 12, 20, [3_000, 90, 9]), bad];
    suite.ingest_posts(vec![posts]).await.expect("taken");
    let told = suite.ingest_creators(vec![creator("ann")]).await.expect("taken");
    let shown = SearchCreatorsRequest { read_after: vec![told.change_token], ..SearchCreatorsRequest::default() };
    suite.discovery().search_creators(shown).await.expect("answered");
}

in_both_modes! {
    with SETTINGS;

    async fn what_a_suite_does_is_told_by_listed_figures(suite: &mut Suite) {
        pour(suite).await;
        let watching = suite.metrics().watch_metrics(WatchMetricsRequest::default()).await.expect("a stream");
        for role in ["gateway", "metrics", "discovery", "scoring", "campaign"] {
            let page = page(suite, role).await;
            assert!(strangers(&page).is_empty(), "{role}: {:#?}", strangers(&page));
            let method = "/creatorscope.discovery.v1.DiscoveryService/SearchCreators";
            let calls = value(&page, "grpc_server_calls_total", &[("role", role), ("method", method), ("code", "Ok")]);
            let expected = matches!(role, "gateway" | "discovery").then_some(1.0);
            assert_eq!(calls, expected, "{role}: one call is one call of the gateway and one of the role");
            for figure in FIGURES {
                assert!(page.contains(&format!("# TYPE {} {}\n", figure.name, figure.kind.word())), "{}", figure.name);
            }
            assert_eq!(value(&page, "build_info", &[("version", env!("CARGO_PKG_VERSION"))]), Some(1.0));
        }
        let metrics = page(suite, "metrics").await;
        let taken = |outcome: &str| value(&metrics, "ingest_items_total", &[("kind", "posts"), ("outcome", outcome)]);
        assert_eq!((taken("accepted"), taken("rejected")), (Some(2.0), Some(1.0)), "{metrics}");
        assert!(metrics.contains("reason=\"REQUIRED\""), "{metrics}");
        assert!(value(&metrics, "watchers_open", &[("log", "metrics")]).is_some_and(|open| open >= 1.0), "{metrics}");
        assert!(value(&metrics, "model_info", &[("model", "metric_definitions")]).is_some(), "{metrics}");
        let discovery = page(suite, "discovery").await;
        let runs = [("role", "discovery"), ("task", "index creators"), ("outcome", "done")];
        assert!(value(&discovery, "job_runs_total", &runs).is_some_and(|runs| runs >= 1.0), "{discovery}");
        assert!(value(&discovery, "job_last_success_timestamp_seconds", &runs[..2]).is_some_and(|time| time > 1.6e9));
        for (log, follower) in [("discovery", "index"), ("discovery", "vectors"), ("metrics", "creator_metrics"), ("scoring", "creator_scores")] {
            let labels = [("log", log), ("follower", follower)];
            assert!(value(&discovery, "follower_lag_changes", &labels).is_some(), "{follower}: {discovery}");
            assert!(value(&discovery, "follower_lag_seconds", &labels).is_some(), "{follower}: {discovery}");
        }
        let scoring = page(suite, "scoring").await;
        assert_eq!(value(&scoring, "model_info", &[("model", "fast"), ("version", "1")]), Some(1.0), "{scoring}");
        let campaign = page(suite, "campaign").await;
        assert!(value(&campaign, "model_info", &[("model", "disclosure_rules")]).is_some(), "{campaign}");
        drop(watching);
    }

    async fn commands_say_whether_nodes_are_ready_and_what_their_figures_tell(suite: &mut Suite) {
        pour(suite).await;
        let nodes: Vec<String> = ["gateway", "metrics", "discovery", "scoring", "campaign"].map(|role| format!("http://{}", admin(suite, role))).to_vec();
        for node in &nodes {
            let told = suite.run_program("health", &["--admin".to_owned(), node.clone()]).await;
            assert_eq!(String::from_utf8_lossy(&told), "ready\n", "{node}");
        }
        let folder = suite.folder().display().to_string();
        let endpoint = format!("http://{}", suite.address());
        let mut arguments = vec!["--json".to_owned(), "--endpoint".to_owned(), endpoint, "--data-dir".to_owned(), folder];
        arguments.extend(["--admin".to_owned(), nodes.join(",")]);
        let findings: Vec<Value> = serde_json::from_slice(&suite.run_program("doctor", &arguments).await).expect("findings");
        for node in &nodes {
            let of_node: Vec<&Value> = findings.iter().filter(|finding| finding["part"] == node.as_str()).collect();
            let first = of_node.first().expect("the node is looked at");
            assert!(first["found"].as_str().is_some_and(|found| found.contains(env!("CARGO_PKG_VERSION"))), "{first}");
            assert!(of_node.iter().all(|finding| finding["state"] == "good"), "{of_node:?}");
        }
    }

    async fn lines_about_a_refused_call_carry_its_request_and_its_trace(suite: &mut Suite) {
        let mut request = Request::new(GetCreatorRequest { name: "nobody".to_owned(), ..GetCreatorRequest::default() });
        let parent = format!("00-{TRACE}-b7ad6b7169203331-01").parse().expect("ASCII");
        request.metadata_mut().insert("traceparent", parent);
        request.metadata_mut().insert("x-request-id", "a-refused-call".parse().expect("ASCII"));
        let refused = suite.discovery().get_creator(request).await.expect_err("no name of a creator");
        assert_eq!(refused.code(), Code::InvalidArgument);
        let roles: &[&str] = if suite.mode() == Mode::Embedded { &["gateway"] } else { &["gateway", "discovery"] };
        for role in roles {
            let lines = log(suite, role);
            let of_call: Vec<&Value> = lines.iter().filter(|line| line["message"] == "answered" && line["code"] == "InvalidArgument").collect();
            assert!(!of_call.is_empty(), "{role} says that it answered");
            for line in of_call {
                assert_eq!(line["span"]["request_id"], "a-refused-call", "{line}");
                assert_eq!(line["span"]["trace_id"], TRACE, "{line}");
            }
        }
    }
}
