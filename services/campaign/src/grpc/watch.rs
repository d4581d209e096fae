//! Owns what a watcher of campaigns sees of the tables. Never the order of a stream.

use std::{collections::BTreeSet, sync::Arc};

use creatorscope_kit::{
    changes::Change,
    clock::to_wire_time,
    fault::{Violations, status},
    watch::{self, Event, Page, WatchOptions, WatchSource, keys},
};
use creatorscope_proto::campaign::v1::{self as pb, watch_campaign_response as wire};
use futures::stream::BoxStream;
use tonic::Status;

use super::{Caller, Shared};
use crate::{
    SERVICE,
    error::CampaignError,
    store::{log_key, read_log_key},
    validate,
};

/// Campaigns of one filter.
const MAX_WATCHED: usize = 1_000;

/// One watcher's view: its tenant and filter over the service.
struct CampaignWatch {
    service: Shared,
    caller: Caller,
    /// Names; empty for all.
    wanted: BTreeSet<String>,
}

pub(super) async fn watch_campaign(
    service: &Shared,
    caller: &Caller,
    request: pb::WatchCampaignRequest,
) -> Result<BoxStream<'static, Result<pb::WatchCampaignResponse, Status>>, Status> {
    let (wanted, options) = read(&request).map_err(|problems| status(&problems))?;
    let (log, clock) = (service.store.log().clone(), service.clock.clone());
    let source = Arc::new(CampaignWatch { service: service.clone(), caller: caller.clone(), wanted });
    Ok(watch::stream(source, log, clock, options))
}

fn read(request: &pb::WatchCampaignRequest) -> Result<(BTreeSet<String>, WatchOptions), Violations> {
    let mut problems = Violations::default();
    if request.campaigns.len() > MAX_WATCHED {
        let found = format!("{} names; up to {MAX_WATCHED} are accepted", request.campaigns.len());
        problems.add("campaigns", "TOO_MANY", found);
    }
    for (place, name) in request.campaigns.iter().take(MAX_WATCHED).enumerate() {
        problems.take(validate::name::campaign(&format!("campaigns[{place}]"), name));
    }
    let options = watch::options(SERVICE, &request.resume_token, request.skip_snapshot, request.heartbeat_interval);
    match problems.take(options) {
        Some(options) if problems.is_empty() => Ok((request.campaigns.iter().cloned().collect(), options)),
        _ => Err(problems),
    }
}

impl CampaignWatch {
    fn holds(&self, campaign: &str) -> bool {
        self.wanted.is_empty() || self.wanted.contains(campaign)
    }

    async fn state(&self, campaign: &str) -> Result<Option<wire::CampaignUpdate>, Status> {
        self.service.update(&self.caller, campaign).await.map_err(|fault: CampaignError| status(&fault))
    }
}

impl WatchSource for CampaignWatch {
    type Message = wire::CampaignUpdate;
    type Response = pb::WatchCampaignResponse;

    async fn snapshot(&self, after_key: Option<String>, limit: usize) -> Result<Page<wire::CampaignUpdate>, Status> {
        let after = after_key.as_deref().unwrap_or_default();
        let found = self.service.store.campaign_names(&self.caller.tenant, after, limit).await;
        let found = found.map_err(|error| status(&CampaignError::from(error)))?;
        let last_key = found.last().filter(|_| found.len() == limit).cloned();
        let mut states = Vec::with_capacity(found.len());
        for name in found.into_iter().filter(|name| self.holds(name)) {
            if let Some(state) = self.state(&name).await? {
                states.push((log_key(&self.caller.tenant, &name), state));
            }
        }
        Ok(Page { states, last_key })
    }

    async fn current(
        &self,
        changes: &[Arc<Change>],
        _: Option<String>,
        _: i64,
    ) -> Result<Page<Option<wire::CampaignUpdate>>, Status> {
        let mut states = Vec::new();
        for key in keys(changes) {
            let Some((tenant, name)) = read_log_key(key) else { continue };
            if tenant == self.caller.tenant && self.holds(name) {
                // What is read now has every change that is told.
                states.push((key.to_owned(), self.state(name).await?));
            }
        }
        Ok(Page { states, last_key: None })
    }

    fn event(&self, event: Event<wire::CampaignUpdate>, resume_token: String) -> pb::WatchCampaignResponse {
        let name = |key: &str| read_log_key(key).map_or_else(String::new, |(_, name)| name.to_owned());
        let event = match event {
            Event::State(_, update) => wire::Event::Update(update),
            Event::Removed(key) => wire::Event::Removed(name(&key)),
            Event::SnapshotEnd(campaign_count) => wire::Event::SnapshotEnd(wire::SnapshotEnd { campaign_count }),
            Event::Heartbeat(time) => wire::Event::Heartbeat(wire::Heartbeat { time: Some(to_wire_time(time)) }),
        };
        pb::WatchCampaignResponse { event: Some(event), resume_token }
    }
}
