//! Owns the wire side of definitions. Never a rule.

use creatorscope_proto::scoring::v1 as pb;
use tonic::Status;

use crate::service::Shared;

pub(super) async fn list_score_definitions(
    _service: &Shared,
    _request: pb::ListScoreDefinitionsRequest,
) -> Result<pb::ListScoreDefinitionsResponse, Status> {
    Err(Status::unimplemented("not there yet"))
}
