//! Owns what a role is: services with their reflection and health, and jobs with their end. Never a particular role.

use std::{convert::Infallible, future::Future, pin::Pin};

use tokio_util::sync::CancellationToken;
use tonic::{body::Body, server::NamedService, service::RoutesBuilder};
use tonic_health::{ServingStatus, server::HealthReporter};
use tower::Service;

use crate::{
    caller::Identity,
    lag, runs,
    transport::{Transport, bare},
};

/// What a job or a part of the start ends with when it goes wrong.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

type Front = Box<dyn FnOnce(Transport) -> Transport + Send>;
type JobFuture = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;

/// Work in the background of a role. It ends when the token is cancelled; when it ends before, the node stops.
pub struct Job {
    /// Its name in the log.
    pub name: &'static str,
    /// Starts it.
    pub run: Box<dyn FnOnce(CancellationToken) -> JobFuture + Send>,
}

/// A part of the suite that can be served by itself: services, their health and reflection, and jobs. A service cannot be
/// added without the other two.
pub struct Role {
    name: &'static str,
    services: Vec<&'static str>,
    routes: RoutesBuilder,
    jobs: Vec<Job>,
    front: Option<Front>,
}

impl Role {
    /// A role without services yet.
    pub fn new(name: &'static str) -> Self {
        Self { name, services: Vec::new(), routes: RoutesBuilder::default(), jobs: Vec::new(), front: None }
    }

    /// A role that stands before others: it brings its own health and reflection, and `front` decides what its own services
    /// answer and what goes on to others.
    pub fn front(name: &'static str, front: impl FnOnce(Transport) -> Transport + Send + 'static) -> Self {
        Self { front: Some(Box::new(front)), ..Self::new(name) }
    }

    /// Adds a service.
    pub fn service<S>(mut self, service: S) -> Self
    where
        S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>,
        S: NamedService + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
    {
        self.services.push(S::NAME);
        self.routes.add_service(service);
        self
    }

    /// Adds a job.
    pub fn job<F, R>(mut self, name: &'static str, run: F) -> Self
    where
        F: FnOnce(CancellationToken) -> R + Send + 'static,
        R: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        let role = self.name;
        self.jobs.push(Job { name, run: Box::new(move |stop| Box::pin(runs::of(role, name, run(stop)))) });
        self
    }

    /// Lets it be told how far a follower in this role is behind a log: see [`lag::tell`].
    pub fn lag<F>(
        mut self,
        log: &'static str,
        follower: &'static str,
        reached: impl Fn() -> i64 + Send + 'static,
        head: impl Fn() -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = Option<i64>> + Send + 'static,
    {
        let run = move |stop| -> JobFuture { Box::pin(lag::tell(log, follower, reached, head, stop)) };
        self.jobs.push(Job { name: "tell how far behind", run: Box::new(run) });
        self
    }

    /// Its name, e.g. `metrics`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Full names of its services.
    pub fn services(&self) -> &[&'static str] {
        &self.services
    }

    /// Takes the role apart into what is served and what runs. A role that does not stand before others answers only callers
    /// whom `identity` knows. Errors: the descriptors are not readable.
    pub async fn build(self, identity: &Identity) -> Result<BuiltRole, BoxError> {
        let Self { name, services, mut routes, jobs, front } = self;
        let (reporter, health) = tonic_health::server::health_reporter();
        for service in &services {
            reporter.set_service_status(*service, ServingStatus::NotServing).await;
        }
        reporter.set_service_status("", ServingStatus::NotServing).await;
        if front.is_none() {
            routes.add_service(health);
            routes.add_service(reflection(&services).build_v1()?);
            routes.add_service(reflection(&services).build_v1alpha()?);
        }
        let own = bare(routes.routes());
        let service = match front {
            Some(front) => front(own),
            None => identity.guard(own),
        };
        Ok(BuiltRole { name, services, service, jobs, health: reporter })
    }
}

/// A role that can be served.
pub struct BuiltRole {
    /// Its name.
    pub name: &'static str,
    /// Full names of its services.
    pub services: Vec<&'static str>,
    /// All that it answers, to callers that it knows, without layers.
    pub service: Transport,
    /// What runs in its background.
    pub jobs: Vec<Job>,
    health: HealthReporter,
}

impl BuiltRole {
    /// What tells the role's health.
    pub fn health(&self) -> Health {
        Health { services: self.services.clone(), reporter: self.health.clone() }
    }
}

/// Tells the health of a role's services.
#[derive(Clone)]
pub struct Health {
    services: Vec<&'static str>,
    reporter: HealthReporter,
}

impl Health {
    /// Says that all services take calls, or that they do not.
    pub async fn set(&self, serving: bool) {
        let status = if serving { ServingStatus::Serving } else { ServingStatus::NotServing };
        for service in self.services.iter().chain([&""]) {
            self.reporter.set_service_status(*service, status).await;
        }
    }
}

/// Reflection of services by name; health is always among them.
pub fn reflection<'a>(services: &[&'static str]) -> tonic_reflection::server::Builder<'a> {
    let builder = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(creatorscope_proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        // So that clients such as grpcurl can show the details of errors.
        .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
        .with_service_name("grpc.health.v1.Health");
    services.iter().fold(builder, |builder, service| builder.with_service_name(*service))
}
