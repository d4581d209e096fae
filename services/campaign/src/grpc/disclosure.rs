//! Owns the wire side of disclosure checks. Never a rule.

use creatorscope_proto::campaign::v1 as pb;

use super::{Caller, CampaignError, Shared};
use crate::service::PageRequest;

pub(super) async fn check_disclosure(
    service: &Shared,
    _: &Caller,
    request: pb::CheckDisclosureRequest,
) -> Result<pb::CheckDisclosureResponse, CampaignError> {
    let (content, context) = (request.content.unwrap_or_default(), request.context.unwrap_or_default());
    Ok(pb::CheckDisclosureResponse { check: Some(service.check_disclosure(&content, &context)?) })
}

pub(super) async fn list_disclosure_rules(
    service: &Shared,
    _: &Caller,
    request: pb::ListDisclosureRulesRequest,
) -> Result<pb::ListDisclosureRulesResponse, CampaignError> {
    let page = PageRequest { size: request.page_size, token: request.page_token };
    service.disclosure_rules(&request.jurisdictions, &page)
}
