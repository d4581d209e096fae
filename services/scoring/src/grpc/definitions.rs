//! Owns the wire side of definitions. Never a rule.

use creatorscope_kit::{fault::status, page};
use creatorscope_proto::scoring::v1 as pb;
use tonic::Status;

use crate::{definitions, error::ScoringError, fit, service::Shared};

const CONTEXT: &[u8] = b"score definitions";

pub(super) async fn list_score_definitions(
    service: &Shared,
    request: pb::ListScoreDefinitionsRequest,
) -> Result<pb::ListScoreDefinitionsResponse, Status> {
    answer(service, &request).map_err(|error| status(&error))
}

fn answer(
    service: &Shared,
    request: &pb::ListScoreDefinitionsRequest,
) -> Result<pb::ListScoreDefinitionsResponse, ScoringError> {
    let all = definitions::all();
    let size = page::size(request.page_size, 1_000, 1_000)?;
    let mut last = String::new();
    if !request.page_token.is_empty() {
        let content = service.sealer.unseal(&request.page_token, CONTEXT)?;
        last = String::from_utf8_lossy(&content).into_owned();
    }
    let rest: Vec<pb::ScoreDefinition> = all.into_iter().filter(|definition| definition.id > last).collect();
    let more = rest.len() > size;
    let definitions: Vec<pb::ScoreDefinition> = rest.into_iter().take(size).collect();
    let end = definitions.last().filter(|_| more);
    let next_page_token = end.map(|end| service.sealer.seal(end.id.as_bytes(), CONTEXT)).unwrap_or_default();
    Ok(pb::ListScoreDefinitionsResponse { definitions, next_page_token, default_weights: fit::default_weights() })
}
