//! Owns calls to the metrics service. Never what becomes of the answers.

use creatorscope_kit::transport::Transport;
use creatorscope_proto::metrics::v1::metrics_service_client::MetricsServiceClient;

/// The metrics service. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(pub(crate) MetricsServiceClient<Transport>);

impl Metrics {
    /// A client over a transport.
    pub fn new(transport: Transport) -> Self {
        Self(MetricsServiceClient::new(transport).max_decoding_message_size(64 << 20))
    }
}
