//! Owns the wire side of reports. Never what stands in them.

use creatorscope_kit::fault::Violation;
use creatorscope_proto::campaign::v1 as pb;

use super::{Caller, CampaignError, Shared};
use crate::report;

pub(super) async fn get_campaign_report(
    service: &Shared,
    caller: &Caller,
    request: pb::GetCampaignReportRequest,
) -> Result<pb::GetCampaignReportResponse, CampaignError> {
    let report = service.report(caller, &request.name, request.as_of).await?;
    Ok(pb::GetCampaignReportResponse { report: Some(report) })
}

pub(super) async fn export_campaign_report(
    service: &Shared,
    caller: &Caller,
    request: pb::ExportCampaignReportRequest,
) -> Result<pb::ExportCampaignReportResponse, CampaignError> {
    let format = match pb::ReportFormat::try_from(request.format) {
        Ok(format) if format != pb::ReportFormat::Unspecified => format,
        _ => {
            let description = format!("{} is not a format; accepted are JSON, CSV and HTML", request.format);
            return Err(Violation::new("format", "UNKNOWN_VALUE", description).into());
        }
    };
    let report = service.report(caller, &request.name, request.as_of).await?;
    Ok(report::file(&report, format)?)
}
