//! Traces: a call through the gateway that reaches other roles and their tables is one trace at the collector, in both modes.
#![allow(clippy::expect_used, clippy::panic, reason = "a test stops at the first thing that is wrong")]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use creatorscope_proto::scoring::v1::GetAuthenticityRequest;
use creatorscope_tests::{Mode, Suite, make};
use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    trace::v1::{Span, span::SpanKind},
};
use tokio::net::TcpListener;
use tonic::{Request, Response, Status, transport::server::TcpIncoming};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

/// Keeps what it is sent.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Span>>>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let resources = request.into_inner().resource_spans.into_iter();
        let spans = resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans);
        self.0.lock().expect("no panic").extend(spans);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    async fn start() -> (Self, String) {
        let collector = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let service = TraceServiceServer::new(collector.clone());
        let serving =
            tonic::transport::Server::builder().add_service(service).serve_with_incoming(TcpIncoming::from(listener));
        creatorscope_kit::task::spawn("collector", async move { serving.await.expect("serves") });
        (collector, format!("http://{address}"))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The spans of one trace by their ids.
struct Spans(HashMap<String, Span>);

impl Spans {
    /// The names of a span and of those above it, each with its kind, up to the caller's. Fails when one is missing.
    fn path(&self, span: &Span) -> Vec<String> {
        let mut path = vec![told(span)];
        let mut above = hex(&span.parent_span_id);
        while above != CALLER {
            let parent = self.0.get(&above).unwrap_or_else(|| panic!("no span {above} above {path:?}"));
            path.push(told(parent));
            above = hex(&parent.parent_span_id);
        }
        path
    }
}

fn told(span: &Span) -> String {
    let kind = if span.kind() == SpanKind::Server { "answers" } else { "calls" };
    format!("{kind} {}", span.name.rsplit('/').next().unwrap_or_default())
}

fn has(span: &Span, name: &str) -> bool {
    span.attributes.iter().any(|attribute| attribute.key == name)
}

/// A run of the job that indexes creators is a root, with its statements below it.
fn check_job(sent: &[Span]) {
    let runs: Vec<&Span> = sent.iter().filter(|span| span.name == "index creators").collect();
    assert!(
        runs.iter().all(|run| run.parent_span_id.is_empty() && has(run, "job.role") && has(run, "job.outcome")),
        "{runs:?}"
    );
    let is_below =
        |span: &&Span| has(span, "db.query.text") && runs.iter().any(|run| run.span_id == span.parent_span_id);
    let statement = sent.iter().find(is_below).expect("a run of the job reads its tables");
    assert!(runs.iter().any(|run| run.trace_id == statement.trace_id), "they are one trace");
}

async fn check(mode: Mode) {
    let (collector, endpoint) = Collector::start().await;
    let suite = Suite::start_with(mode, &[&format!("telemetry.otlp_endpoint={endpoint}")]).await;
    suite.ingest_creators(vec![make::creator("ann")]).await.expect("taken");
    let mut request = Request::new(GetAuthenticityRequest { name: make::creator_name("ann") });
    let parent = format!("00-{TRACE}-{CALLER}-01").parse().expect("ASCII");
    request.metadata_mut().insert("traceparent", parent);
    suite.scoring().get_authenticity(request).await.expect("answered");
    // The last spans are sent when a process ends.
    suite.stop().await;
    let sent = collector.0.lock().expect("no panic").clone();
    check_job(&sent);
    let of_call = sent.into_iter().filter(|span| hex(&span.trace_id) == TRACE);
    let spans = Spans(of_call.map(|span| (hex(&span.span_id), span)).collect());
    let paths: Vec<Vec<String>> = spans.0.values().map(|span| spans.path(span)).collect();
    let front = ["answers GetAuthenticity", "calls GetAuthenticity", "answers GetAuthenticity"];
    assert!(paths.iter().any(|path| *path == front), "{paths:?}");
    let beyond = [&["answers BatchGetCreators", "calls BatchGetCreators"][..], &front[..]].concat();
    assert!(paths.iter().any(|path| *path == beyond), "{paths:?}");
    let statements: Vec<&Span> = spans.0.values().filter(|span| has(span, "db.query.text")).collect();
    assert!(statements.iter().all(|span| has(span, "db.system.name")), "{statements:?}");
    let below = |span: &&Span, role: &[&str]| spans.path(span)[1..] == *role;
    assert!(statements.iter().any(|span| below(span, &front)), "scoring reads its tables: {paths:?}");
    assert!(statements.iter().any(|span| below(span, &beyond)), "discovery reads its tables: {paths:?}");
}

#[tokio::test]
async fn a_call_that_reaches_other_roles_and_tables_is_one_trace_embedded() {
    check(Mode::Embedded).await;
}

#[tokio::test]
async fn a_call_that_reaches_other_roles_and_tables_is_one_trace_distributed() {
    if creatorscope_tests::postgres_is_there() {
        check(Mode::Distributed).await;
    }
}
