//! Owns looking at running campaigns although nothing was read: for deadlines and pace. Never what a look finds.

use creatorscope_kit::{role::BoxError, runs};
use creatorscope_proto::campaign::v1::CampaignState;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{error::CampaignError, service::Shared};

/// Looks at all running campaigns after each `look_seconds`, until it is stopped. A database that is away is asked again the next time.
pub async fn look_at_campaigns(service: Shared, stop: CancellationToken) -> Result<(), BoxError> {
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(service.config.look_every()) => {}
        }
        if let Err(error) = runs::run(once(&service, &stop)).await {
            warn!(%error, "campaigns are looked at again the next time");
        }
    }
}

async fn once(service: &Shared, stop: &CancellationToken) -> Result<(), CampaignError> {
    let running = [CampaignState::Active.into(), CampaignState::Paused.into()];
    for (tenant, campaign) in service.store.campaigns_in(&running).await? {
        if stop.is_cancelled() {
            break;
        }
        service.look_at(&tenant, &campaign).await?;
    }
    Ok(())
}
