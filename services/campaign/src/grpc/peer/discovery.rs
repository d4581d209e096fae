//! Owns calls to the discovery service. Never what becomes of the answers.

use creatorscope_kit::transport::Transport;
use creatorscope_proto::discovery::v1::{self as pb, Creator, discovery_service_client::DiscoveryServiceClient};
use prost_types::FieldMask;
use tonic::Status;

use super::PeerError;

/// What a campaign needs to know of a creator.
const FIELDS: [&str; 7] = ["name", "display_name", "country", "languages", "audience", "followers", "tier"];

/// The discovery service. Cheap to clone.
#[derive(Clone)]
pub struct Discovery(DiscoveryServiceClient<Transport>);

fn failed(status: Status) -> PeerError {
    PeerError::new("discovery", status)
}

impl Discovery {
    /// A client over a transport.
    pub fn new(transport: Transport) -> Self {
        Self(DiscoveryServiceClient::new(transport).max_decoding_message_size(64 << 20))
    }

    /// The profiles of up to 1 000 creators, in the order of the names; none for those that are not known.
    pub async fn creators(&self, names: &[String]) -> Result<Vec<Option<Creator>>, PeerError> {
        let mask = FieldMask { paths: FIELDS.iter().map(|&field| field.to_owned()).collect() };
        let request = pb::BatchGetCreatorsRequest { names: names.to_vec(), read_mask: Some(mask) };
        let answer = self.0.clone().batch_get_creators(request).await.map_err(failed)?.into_inner();
        let mut found: Vec<Option<Creator>> = answer.entries.into_iter().map(|entry| entry.creator).collect();
        found.resize(names.len(), None);
        Ok(found)
    }
}
