//! Owns calls to the discovery service. Never what becomes of the answers.

use creatorscope_domain::CreatorId;
use creatorscope_kit::{fault::Code, token::Token, transport::Transport};
use creatorscope_proto::discovery::v1::{
    WatchCreatorsRequest, WatchCreatorsResponse, discovery_service_client::DiscoveryServiceClient,
    watch_creators_response::Event,
};
use futures::{StreamExt, stream::BoxStream};
use prost_types::{Duration, FieldMask};
use thiserror::Error;
use tonic::Status;

use crate::cohort::Traits;

/// What of a creator is read.
const FIELDS: [&str; 4] = ["name", "niches", "country", "languages"];
/// How often discovery tells how far its log is, seconds.
const HEARTBEAT: i64 = 1;

/// What the discovery service answered in place of what it was asked for.
#[derive(Debug, Error)]
#[error("the discovery service answered {}: {}", .0.code(), .0.message())]
pub struct PeerError(Box<Status>);

impl PeerError {
    /// Whether its log no longer reaches back to the token.
    pub fn is_expired(&self) -> bool {
        self.0.code() == Code::OutOfRange
    }

    /// Whether it cannot be reached now.
    pub fn is_away(&self) -> bool {
        self.0.code() == Code::Unavailable
    }
}

impl From<Status> for PeerError {
    fn from(status: Status) -> Self {
        Self(Box::new(status))
    }
}

/// One message of the discovery service.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// A creator's id and traits.
    Creator(String, Traits),
    /// The id of a creator that was removed.
    Removed(String),
    /// The snapshot is complete.
    SnapshotEnd,
    /// Nothing that matters here.
    Heartbeat,
}

/// What the discovery service tells, in order, each with the token to go on behind it; empty inside a snapshot.
pub type Tidings = BoxStream<'static, Result<(Told, String), PeerError>>;

/// The discovery service. Cheap to clone.
#[derive(Clone)]
pub struct Discovery(DiscoveryServiceClient<Transport>);

impl Discovery {
    /// A client over a transport.
    pub fn new(transport: Transport) -> Self {
        Self(DiscoveryServiceClient::new(transport))
    }

    /// Where discovery's log is now; none when it does not answer.
    pub async fn head(mut self) -> Option<i64> {
        let request = WatchCreatorsRequest { skip_snapshot: true, ..WatchCreatorsRequest::default() };
        let message = self.0.watch_creators(request).await.ok()?.into_inner().message().await.ok()??;
        Token::parse(&message.resume_token, "resume_token").ok().map(|token| token.position)
    }

    /// The traits of all creators: from the token on, or from a snapshot on when it is empty. Errors: the peer's.
    pub async fn watch(&self, resume_token: &str) -> Result<Tidings, PeerError> {
        let request = WatchCreatorsRequest {
            resume_token: resume_token.to_owned(),
            read_mask: Some(FieldMask { paths: FIELDS.map(str::to_owned).to_vec() }),
            heartbeat_interval: Some(Duration { seconds: HEARTBEAT, nanos: 0 }),
            profile_changes_only: true,
            tell_progress: true,
            ..WatchCreatorsRequest::default()
        };
        let messages = self.0.clone().watch_creators(request).await?.into_inner();
        Ok(messages.map(|message| Ok(told(message?))).boxed())
    }
}

/// Something that is no creator is as good as nothing.
fn told(message: WatchCreatorsResponse) -> (Told, String) {
    let id = |name: &str| CreatorId::parse_name(name).ok().map(|creator| creator.as_str().to_owned());
    let told = match message.event {
        Some(Event::Creator(creator)) => id(&creator.name).map(|id| {
            let traits = Traits { country: creator.country, niches: creator.niches, languages: creator.languages };
            Told::Creator(id, traits)
        }),
        Some(Event::Removed(name)) => id(&name).map(Told::Removed),
        Some(Event::SnapshotEnd(_)) => Some(Told::SnapshotEnd),
        Some(Event::Heartbeat(_)) | None => None,
    };
    (told.unwrap_or(Told::Heartbeat), message.resume_token)
}
