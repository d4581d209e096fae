//! Owns the wire side of audience. Never a rule.

use std::collections::HashSet;

use creatorscope_domain::CreatorId;
use creatorscope_kit::fault::{Violation, status};
use creatorscope_proto::scoring::v1 as pb;
use tonic::Status;

use super::reception::creator;
use crate::{error::ScoringError, service::Shared};

/// Creators that are compared at once.
const MAX_CREATORS: usize = 20;

pub(super) async fn get_audience(
    service: &Shared,
    request: pb::GetAudienceRequest,
) -> Result<pb::GetAudienceResponse, Status> {
    answer(service, &request.name).await.map_err(|error| status(&error))
}

async fn answer(service: &Shared, name: &str) -> Result<pb::GetAudienceResponse, ScoringError> {
    let creator = creator("name", name)?;
    let found = service.audience(&creator).await?;
    let audience = found.ok_or_else(|| ScoringError::NotKnown(creator))?;
    Ok(pb::GetAudienceResponse { audience: Some(audience) })
}

pub(super) async fn get_audience_overlap(
    service: &Shared,
    request: pb::GetAudienceOverlapRequest,
) -> Result<pb::GetAudienceOverlapResponse, Status> {
    compare(service, &request.names).await.map_err(|error| status(&error))
}

async fn compare(service: &Shared, names: &[String]) -> Result<pb::GetAudienceOverlapResponse, ScoringError> {
    let overlaps = service.overlaps(&creators(names)?).await?;
    Ok(pb::GetAudienceOverlapResponse { overlaps })
}

/// 2 to 20 creators, each once.
fn creators(names: &[String]) -> Result<Vec<CreatorId>, Violation> {
    if !(2..=MAX_CREATORS).contains(&names.len()) {
        return Err(Violation::new(
            "names",
            "OUT_OF_RANGE",
            format!("{} names; 2 to {MAX_CREATORS} are accepted", names.len()),
        ));
    }
    let mut seen = HashSet::new();
    let mut creators = Vec::with_capacity(names.len());
    for (place, name) in names.iter().enumerate() {
        let field = format!("names[{place}]");
        let found = creator(&field, name)?;
        if !seen.insert(found.clone()) {
            return Err(Violation::new(field, "DUPLICATE", format!("{name} stands twice")));
        }
        creators.push(found);
    }
    Ok(creators)
}
