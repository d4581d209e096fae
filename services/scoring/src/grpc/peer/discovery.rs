//! Owns calls to the discovery service. Never what becomes of the answers.

use creatorscope_kit::transport::Transport;
use creatorscope_proto::discovery::v1::discovery_service_client::DiscoveryServiceClient;

/// The discovery service. Cheap to clone.
#[derive(Clone)]
pub struct Discovery(pub(crate) DiscoveryServiceClient<Transport>);

impl Discovery {
    /// A client over a transport.
    pub fn new(transport: Transport) -> Self {
        Self(DiscoveryServiceClient::new(transport).max_decoding_message_size(64 << 20))
    }
}
