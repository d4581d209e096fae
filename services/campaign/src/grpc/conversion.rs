//! Owns the wire side of conversions. Never a rule.

use creatorscope_proto::campaign::v1 as pb;

use super::{Caller, CampaignError, Shared};

pub(super) async fn record_conversions(
    service: &Shared,
    caller: &Caller,
    request: pb::RecordConversionsRequest,
) -> Result<pb::RecordConversionsResponse, CampaignError> {
    service.record_conversions(caller, &request.name, &request.records).await
}
