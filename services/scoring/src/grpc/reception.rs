//! Owns the wire side of reception. Never a rule.

use creatorscope_domain::{CreatorId, Window};
use creatorscope_kit::fault::{Violation, status};
use creatorscope_proto::scoring::v1 as pb;
use tonic::Status;

use crate::{error::ScoringError, service::Shared};

pub(super) async fn get_reception(
    service: &Shared,
    request: pb::GetReceptionRequest,
) -> Result<pb::GetReceptionResponse, Status> {
    answer(service, &request).await.map_err(|error| status(&error))
}

async fn answer(service: &Shared, request: &pb::GetReceptionRequest) -> Result<pb::GetReceptionResponse, ScoringError> {
    let creator = creator("name", &request.name)?;
    let window = match request.window {
        0 => Window::Window90d,
        number => Window::from_number(number).ok_or_else(|| unknown_window(number))?,
    };
    let found = service.reception(&creator, window).await?;
    let reception = found.ok_or_else(|| ScoringError::NotKnown(creator))?;
    Ok(pb::GetReceptionResponse { reception: Some(reception) })
}

fn unknown_window(number: i32) -> Violation {
    Violation::new("window", "UNKNOWN_VALUE", format!("{number} is not a window"))
}

/// A creator by its name. Errors: what is wrong with the name.
pub(super) fn creator(field: &str, name: &str) -> Result<CreatorId, Violation> {
    CreatorId::parse_name(name).map_err(|error| Violation::new(field, error.reason(), error.to_string()))
}
