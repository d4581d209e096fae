//! scratch
use std::{pin::Pin, sync::{Arc, Mutex}};
use creatorscope_proto::{discovery::v1::{self as d, discovery_service_server::*}, metrics::v1::{self as m, metrics_service_server::*}, common::v1::*};
use futures::{Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming};
type S<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;
#[derive(Default, Clone)]
struct Fake { names: Arc<Mutex<Vec<String>>>, most: Arc<Mutex<usize>>, calls: Arc<Mutex<usize>> }
macro_rules! un { ($($f:ident $q:ty, $r:ty);* $(;)?) => { $(async fn $f(&self, _: Request<$q>) -> Result<Response<$r>, Status> { Err(Status::unimplemented("")) })* } }
#[tonic::async_trait]
impl MetricsService for Fake {
    type IngestPostsStream = S<m::IngestPostsResponse>;
    type IngestObservationsStream = S<m::IngestObservationsResponse>;
    type WatchMetricsStream = S<m::WatchMetricsResponse>;
    async fn ingest_posts(&self, r: Request<Streaming<m::IngestPostsRequest>>) -> Result<Response<Self::IngestPostsStream>, Status> {
        let most = self.most.clone();
        Ok(Response::new(Box::pin(r.into_inner().map(move |b| { let b = b?; let mut w = most.lock().unwrap(); *w = (*w).max(prost::Message::encoded_len(&b)); Ok(m::IngestPostsResponse { accepted_count: b.records.len() as i32, change_token: "t".into(), ..Default::default() }) }))))
    }
    async fn ingest_observations(&self, r: Request<Streaming<m::IngestObservationsRequest>>) -> Result<Response<Self::IngestObservationsStream>, Status> {
        Ok(Response::new(Box::pin(r.into_inner().map(|b| { let b = b?; Ok(m::IngestObservationsResponse { accepted_count: b.observations.len() as i32, ..Default::default() }) }))))
    }
    un! { get_creator_metrics m::GetCreatorMetricsRequest, m::GetCreatorMetricsResponse; batch_get_creator_metrics m::BatchGetCreatorMetricsRequest, m::BatchGetCreatorMetricsResponse; list_metric_history m::ListMetricHistoryRequest, m::ListMetricHistoryResponse; get_benchmark m::GetBenchmarkRequest, m::GetBenchmarkResponse; list_metric_definitions m::ListMetricDefinitionsRequest, m::ListMetricDefinitionsResponse; watch_metrics m::WatchMetricsRequest, S<m::WatchMetricsResponse>; recompute_metrics m::RecomputeMetricsRequest, m::RecomputeMetricsResponse; erase_creator_metrics m::EraseCreatorMetricsRequest, m::EraseCreatorMetricsResponse }
}
#[tonic::async_trait]
impl DiscoveryService for Fake {
    type IngestCreatorsStream = S<d::IngestCreatorsResponse>;
    type WatchCreatorsStream = S<d::WatchCreatorsResponse>;
    async fn ingest_creators(&self, r: Request<Streaming<d::IngestCreatorsRequest>>) -> Result<Response<Self::IngestCreatorsStream>, Status> {
        let names = self.names.clone();
        Ok(Response::new(Box::pin(r.into_inner().map(move |b| { let b = b?; names.lock().unwrap().extend(b.creators.iter().map(|c| c.name.clone())); Ok(d::IngestCreatorsResponse { change_token: "c".into(), ..Default::default() }) }))))
    }
    async fn get_distribution(&self, r: Request<d::GetDistributionRequest>) -> Result<Response<d::GetDistributionResponse>, Status> {
        assert_eq!(r.into_inner().read_after.len(), 2);
        let mut calls = self.calls.lock().unwrap(); *calls += 1;
        if *calls < 3 { return Err(Status::deadline_exceeded("wait")); }
        Ok(Response::new(d::GetDistributionResponse { distributions: vec![d::get_distribution_response::Distribution { platform: 1, sample_size: 6900, unknown_count: 70, tiers: vec![d::get_distribution_response::TierCount { tier: 3, count: 4600 }], buckets: [(1000,3162,120),(3162,10000,900),(10000,31623,2500),(31623,100000,2200),(100000,316228,800)].iter().map(|&(low, high, count)| d::get_distribution_response::Bucket { low, high, count }).collect() }] }))
    }
    async fn search_creators(&self, r: Request<d::SearchCreatorsRequest>) -> Result<Response<d::SearchCreatorsResponse>, Status> {
        let r = r.into_inner();
        let start: usize = r.page_token.parse().unwrap_or(0);
        let creators = (start..start + 1000).map(|i| d::Creator { name: format!("creators/tiktok:demo-7-{i:06}"), metrics: (0..60).map(|k| MetricValue { definition: if k == 0 { "er.views@1".into() } else { format!("some.definition.{k}@1") }, result: Some(metric_value::Result::Value(0.08)), terms: vec![TermUse { term: "likes".into(), total: 100.0, reported_count: 4 }; 3], ..Default::default() }).collect(), ..Default::default() }).collect();
        Ok(Response::new(d::SearchCreatorsResponse { creators, next_page_token: if start < 2000 { format!("{}", start + 1000) } else { String::new() }, ..Default::default() }))
    }
    un! { get_creator d::GetCreatorRequest, d::GetCreatorResponse; batch_get_creators d::BatchGetCreatorsRequest, d::BatchGetCreatorsResponse; suggest_creators d::SuggestCreatorsRequest, d::SuggestCreatorsResponse; find_similar_creators d::FindSimilarCreatorsRequest, d::FindSimilarCreatorsResponse; compare_creators d::CompareCreatorsRequest, d::CompareCreatorsResponse; get_contact d::GetContactRequest, d::GetContactResponse; delete_creator d::DeleteCreatorRequest, d::DeleteCreatorResponse; watch_creators d::WatchCreatorsRequest, S<d::WatchCreatorsResponse> }
}
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scratch_runs() {
    let fake = Fake::default();
    let routes = tonic::service::Routes::new(MetricsServiceServer::new(fake.clone())).add_service(DiscoveryServiceServer::new(fake.clone()));
    let options = super::Options { creators: 3000, ..Default::default() };
    super::run(creatorscope_kit::transport::local(routes.clone()), &options).await.unwrap();
    println!("{} names, largest batch {} bytes", fake.names.lock().unwrap().len(), fake.most.lock().unwrap());
    // over TCP
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(tonic::transport::Server::builder().add_routes(routes).serve_with_incoming(tokio_stream::wrappers::TcpListenerStream::new(listener)));
    *fake.calls.lock().unwrap() = 0;
    let options = super::Options { creators: 3000, json: true, ..Default::default() };
    super::run(creatorscope_kit::transport::remote(&format!("http://{address}")).unwrap(), &options).await.unwrap();
}
#[test]
fn scratch_figures() {
    use super::population::*;
    let mut c = [0usize; 3];
    for (i, m) in Population::new(7, 20000, END).enumerate() {
        c[0] += m.posts.len(); c[1] += m.observations.len(); c[2] += m.posts.iter().map(|p| prost::Message::encoded_len(p)).sum::<usize>() + m.observations.iter().map(|p| prost::Message::encoded_len(p)).sum::<usize>();
        if i < 6 { println!("{:#?}\n{:#?}\n{:?}", m.creator, m.posts[0], m.observations[25]); }
    }
    println!("{c:?}");
}
