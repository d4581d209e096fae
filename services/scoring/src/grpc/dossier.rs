//! Owns the wire side of dossier. Never a rule.

use creatorscope_proto::scoring::v1 as pb;
use tonic::Status;

use crate::service::Shared;

pub(super) async fn export_dossier(
    _service: &Shared,
    _request: pb::ExportDossierRequest,
) -> Result<pb::ExportDossierResponse, Status> {
    Err(Status::unimplemented("not there yet"))
}
