//! Owns calls to the discovery service. Never what becomes of the answers.

use creatorscope_domain::CreatorId;
use creatorscope_kit::transport::Transport;
use creatorscope_proto::discovery::v1::{self as pb, Creator, discovery_service_client::DiscoveryServiceClient};
use prost_types::FieldMask;
use tonic::Status;

use super::{DISCOVERY, PeerError};

/// Creators that one call asks for.
const BATCH: usize = 1_000;
/// Characters of a text that is searched by meaning, as discovery's contract takes them.
const LONGEST_QUERY: usize = 500;

/// The discovery service. Cheap to clone.
#[derive(Clone)]
pub struct Discovery(pub(crate) DiscoveryServiceClient<Transport>);

fn failed(status: Status) -> PeerError {
    PeerError::new(DISCOVERY, status)
}

fn mask(fields: &[&str]) -> Option<FieldMask> {
    (!fields.is_empty()).then(|| FieldMask { paths: fields.iter().map(|&field| field.to_owned()).collect() })
}

impl Discovery {
    /// A client over a transport.
    pub fn new(transport: Transport) -> Self {
        Self(DiscoveryServiceClient::new(transport).max_decoding_message_size(64 << 20))
    }

    /// The profiles of creators, in their order, with these fields (all, when there are none); none for those that are not known.
    pub async fn creators(&self, ids: &[CreatorId], fields: &[&str]) -> Result<Vec<Option<Creator>>, PeerError> {
        let mut found = Vec::with_capacity(ids.len());
        for batch in ids.chunks(BATCH) {
            let names = batch.iter().map(CreatorId::name).collect();
            let request = pb::BatchGetCreatorsRequest { names, read_mask: mask(fields) };
            let answer = self.0.clone().batch_get_creators(request).await.map_err(failed)?.into_inner();
            found.extend(answer.entries.into_iter().map(|entry| entry.creator));
        }
        // Fewer entries than names would shift every answer behind them.
        found.resize(ids.len(), None);
        Ok(found)
    }

    /// The creators nearest to a text in meaning who pass the filter, up to `limit`, whatever language it is in.
    pub async fn search_by_meaning(&self, text: &str, filter: &str, limit: usize) -> Result<Vec<Creator>, PeerError> {
        let request = pb::SearchCreatorsRequest {
            query: text.chars().take(LONGEST_QUERY).collect(),
            filter: filter.to_owned(),
            page_size: i32::try_from(limit.clamp(1, BATCH)).unwrap_or(i32::MAX),
            semantic: true,
            ..Default::default()
        };
        Ok(self.0.clone().search_creators(request).await.map_err(failed)?.into_inner().creators)
    }

    /// The first creators that a query and a filter find, up to `limit`, and how many there are in all.
    pub async fn search(
        &self,
        query: &str,
        filter: &str,
        limit: usize,
        read_after: &[String],
    ) -> Result<(Vec<Creator>, i64), PeerError> {
        let request = pb::SearchCreatorsRequest {
            query: query.to_owned(),
            filter: filter.to_owned(),
            page_size: i32::try_from(limit.clamp(1, BATCH)).unwrap_or(i32::MAX),
            read_after: read_after.to_vec(),
            ..Default::default()
        };
        let answer = self.0.clone().search_creators(request).await.map_err(failed)?.into_inner();
        Ok((answer.creators, answer.total_size.unwrap_or_default()))
    }
}
