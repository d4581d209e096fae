//! Owns the wire side of brands. Never a rule.

use creatorscope_proto::campaign::v1 as pb;

use super::{Caller, CampaignError, Shared};
use crate::{
    service::{Creation, Mutation, PageRequest},
    store::Listing,
};

pub(super) async fn create_brand(
    service: &Shared,
    caller: &Caller,
    request: pb::CreateBrandRequest,
) -> Result<pb::CreateBrandResponse, CampaignError> {
    let creation = Creation::new("CreateBrand", &request, &request.brand_id, &request.request_id, &request.actor);
    let brand = service.create_brand(caller, request.brand.unwrap_or_default(), &creation).await?;
    Ok(pb::CreateBrandResponse { brand: Some(brand) })
}

pub(super) async fn get_brand(
    service: &Shared,
    caller: &Caller,
    request: pb::GetBrandRequest,
) -> Result<pb::GetBrandResponse, CampaignError> {
    Ok(pb::GetBrandResponse { brand: Some(service.get(caller, &request.name).await?) })
}

pub(super) async fn list_brands(
    service: &Shared,
    caller: &Caller,
    request: pb::ListBrandsRequest,
) -> Result<pb::ListBrandsResponse, CampaignError> {
    let page = PageRequest { size: request.page_size, token: request.page_token };
    let (brands, next_page_token) = service.list(caller, Listing::default(), &page).await?;
    Ok(pb::ListBrandsResponse { brands, next_page_token })
}

pub(super) async fn update_brand(
    service: &Shared,
    caller: &Caller,
    request: pb::UpdateBrandRequest,
) -> Result<pb::UpdateBrandResponse, CampaignError> {
    let (brand, mask) = (request.brand.unwrap_or_default(), request.update_mask.as_ref());
    let brand = service.update_brand(caller, brand, mask, &request.actor).await?;
    Ok(pb::UpdateBrandResponse { brand: Some(brand) })
}

pub(super) async fn delete_brand(
    service: &Shared,
    caller: &Caller,
    request: pb::DeleteBrandRequest,
) -> Result<pb::DeleteBrandResponse, CampaignError> {
    let mutation = Mutation { name: request.name, etag: request.etag, actor: request.actor, ..Mutation::default() };
    service.delete_brand(caller, &mutation).await?;
    Ok(pb::DeleteBrandResponse {})
}
