//! Owns the health of all services as one: each is asked where it is, and the gateway's own serves when this answers. Never a cached
//! opinion.

use std::{collections::HashMap, pin::Pin};

use creatorscope_kit::transport::Transport;
use creatorscope_proto::gateway::v1::gateway_service_server::SERVICE_NAME;
use futures::{Stream, StreamExt, stream};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus, health_client::HealthClient,
    health_server::Health,
};

use crate::Peer;

/// Answers for every service behind the gateway; the empty name stands for all of them together.
pub(crate) struct MergedHealth {
    services: HashMap<&'static str, Transport>,
    /// Who follows is told then that nothing serves here any more.
    closing: CancellationToken,
}

type Statuses = Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send>>;

impl MergedHealth {
    pub(crate) fn new(peers: &[Peer], closing: CancellationToken) -> Self {
        let pairs = peers.iter().flat_map(|peer| peer.services.iter().map(|name| (*name, peer.transport.clone())));
        Self { services: pairs.collect(), closing }
    }

    /// The transport of a service by its name. Errors: `NOT_FOUND`, as the health protocol wants it.
    fn find(&self, service: &str) -> Result<Transport, Status> {
        let unknown =
            || Status::not_found(format!("no service `{}` here", service.chars().take(200).collect::<String>()));
        self.services.get(service).cloned().ok_or_else(unknown)
    }
}

async fn status(transport: Transport, service: String) -> ServingStatus {
    let answer = HealthClient::new(transport).check(HealthCheckRequest { service }).await;
    // A peer that cannot be asked does not serve.
    answer.map_or(ServingStatus::NotServing, |answer| answer.into_inner().status())
}

/// The statuses of one service as its peer tells them; when the peer goes away the stream says so and ends.
async fn statuses(transport: Transport, service: String) -> Statuses {
    let away = || stream::iter([Ok(response(ServingStatus::NotServing))]);
    match HealthClient::new(transport).watch(HealthCheckRequest { service }).await {
        Ok(answer) => answer.into_inner().take_while(|item| futures::future::ready(item.is_ok())).chain(away()).boxed(),
        Err(_) => away().boxed(),
    }
}

fn response(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}

#[tonic::async_trait]
impl Health for MergedHealth {
    type WatchStream = Statuses;

    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        let service = request.into_inner().service;
        if service == SERVICE_NAME {
            return Ok(Response::new(response(ServingStatus::Serving)));
        }
        if !service.is_empty() {
            return Ok(Response::new(response(status(self.find(&service)?, service).await)));
        }
        let all = self.services.iter().map(|(name, transport)| status(transport.clone(), (*name).to_owned()));
        let serving = futures::future::join_all(all).await.into_iter().all(|one| one == ServingStatus::Serving);
        Ok(Response::new(response(if serving { ServingStatus::Serving } else { ServingStatus::NotServing })))
    }

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Statuses>, Status> {
        let closing = self.closing.clone();
        let told = self.follow(request.into_inner().service).await.take_until(closing.clone().cancelled_owned());
        let away = stream::iter([Ok(response(ServingStatus::NotServing))]);
        let away = away.filter(move |_| futures::future::ready(closing.is_cancelled()));
        Ok(Response::new(told.chain(away).boxed()))
    }
}

impl MergedHealth {
    async fn follow(&self, service: String) -> Statuses {
        if service == SERVICE_NAME {
            let serving = stream::iter([Ok(response(ServingStatus::Serving))]);
            return serving.chain(stream::pending()).boxed();
        }
        if !service.is_empty() {
            let Ok(transport) = self.find(&service) else {
                return stream::iter([Ok(response(ServingStatus::ServiceUnknown))]).boxed();
            };
            return statuses(transport, service).await;
        }
        let mut each = Vec::new();
        for (name, transport) in &self.services {
            let name = *name;
            each.push(statuses(transport.clone(), name.to_owned()).await.map(move |item| (name, item)));
        }
        let mut known: HashMap<&'static str, ServingStatus> = HashMap::new();
        let (count, mut told) = (each.len(), None);
        let merged = stream::select_all(each).filter_map(move |(name, item)| {
            let now = item.map_or(ServingStatus::NotServing, |item| item.status());
            known.insert(name, now);
            let serving = known.len() == count && known.values().all(|one| *one == ServingStatus::Serving);
            let overall = if serving { ServingStatus::Serving } else { ServingStatus::NotServing };
            // Nothing is said before every service has spoken, and then only what is new.
            let tell = known.len() == count && told.replace(overall) != Some(overall);
            futures::future::ready(tell.then(|| Ok(response(overall))))
        });
        merged.boxed()
    }
}
