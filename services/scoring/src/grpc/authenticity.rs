//! Owns the wire side of authenticity. Never a rule.

use creatorscope_kit::fault::status;
use creatorscope_proto::scoring::v1 as pb;
use tonic::Status;

use super::reception::creator;
use crate::{error::ScoringError, service::Shared};

pub(super) async fn get_authenticity(
    service: &Shared,
    request: pb::GetAuthenticityRequest,
) -> Result<pb::GetAuthenticityResponse, Status> {
    answer(service, &request.name).await.map_err(|error| status(&error))
}

async fn answer(service: &Shared, name: &str) -> Result<pb::GetAuthenticityResponse, ScoringError> {
    let creator = creator("name", name)?;
    let found = service.authenticity(&creator).await?;
    let authenticity = found.ok_or_else(|| ScoringError::NotKnown(creator))?;
    Ok(pb::GetAuthenticityResponse { authenticity: Some(authenticity) })
}
