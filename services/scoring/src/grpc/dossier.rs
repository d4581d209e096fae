//! Owns the wire side of dossier. Never a rule.

use creatorscope_kit::fault::status;
use creatorscope_proto::scoring::v1 as pb;
use tonic::Status;

use crate::service::Shared;

pub(super) async fn export_dossier(
    service: &Shared,
    request: pb::ExportDossierRequest,
) -> Result<pb::ExportDossierResponse, Status> {
    service.dossier(&request).await.map_err(|error| status(&error))
}
