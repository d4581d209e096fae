//! Owns following metrics' posts: readings of tracked posts and of a sample are kept, deliverables hear of their posts, campaigns are looked
//! at. Never what a look finds.

use std::collections::BTreeSet;

use creatorscope_domain::{CreatorId, PostName};
use creatorscope_kit::{
    follow::{self, Begin, Ended},
    role::BoxError,
    runs,
    token::Token,
};
use creatorscope_proto::metrics::v1::{PostState, WatchPostsResponse, watch_posts_response::Event};
use futures::{StreamExt, TryStreamExt};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    error::CampaignError,
    model::campaign_of,
    service::Shared,
    store::{Tracked, sample_rank},
};

/// The service that is followed, as its token is kept.
pub const METRICS: &str = "metrics";
/// The most messages that are written at once.
const BATCH: usize = 200;
/// Campaigns that are looked at at once.
const AT_ONCE: usize = 4;

/// Follows until it is stopped. Errors: the tables cannot be used.
pub async fn follow_posts(service: Shared, stop: CancellationToken) -> Result<(), BoxError> {
    let session = |begin| {
        let service = service.clone();
        async move {
            let mut moved = false;
            let ended = match run(&service, begin, &mut moved).await {
                Ok(()) => Ended::Stream,
                Err(ended) => ended,
            };
            (ended, moved)
        }
    };
    follow::follow(METRICS, stop, session).await
}

fn ended(error: impl Into<CampaignError>) -> Ended {
    match error.into() {
        CampaignError::Peer(error) => Ended::Peer(error),
        CampaignError::Store(error) if error.is_transient() => Ended::Waiting(error.into()),
        other => Ended::Broken(other.into()),
    }
}

async fn run(service: &Shared, begin: Begin, moved: &mut bool) -> Result<(), Ended> {
    let resume_token = match begin {
        Begin::GoOn => service.store.followed(METRICS).await.map_err(ended)?,
        Begin::Anew => String::new(),
    };
    if let Ok(token) = Token::parse(&resume_token, "resume_token") {
        service.reached.publish(token.position);
    }
    let stream = service.metrics.watch_posts(&resume_token).await?;
    let mut batches = std::pin::pin!(stream.ready_chunks(BATCH));
    while let Some(messages) = batches.next().await {
        let mut broken = None;
        let mut told = Vec::new();
        for message in messages {
            match message {
                Ok(message) => told.push(message),
                Err(error) => {
                    broken = Some(error);
                    break;
                }
            }
        }
        runs::run(take(service, told)).await.map_err(ended)?;
        *moved = true;
        if let Some(error) = broken {
            return Err(error.into());
        }
    }
    Ok(())
}

/// Takes messages in their order: readings first, in one transaction with the place in the stream; then deliverables; then campaigns.
async fn take(service: &Shared, messages: Vec<WatchPostsResponse>) -> Result<(), CampaignError> {
    let mut seen: Vec<(PostName, PostState)> = Vec::new();
    let mut gone: Vec<(CreatorId, Option<String>)> = Vec::new();
    let mut resume_token = String::new();
    for message in messages {
        if !message.resume_token.is_empty() {
            resume_token = message.resume_token;
        }
        match message.event {
            Some(Event::Posts(posts)) => {
                let named = |state: PostState| Some((PostName::parse(&state.post.as_ref()?.name).ok()?, state));
                seen.extend(posts.posts.into_iter().filter_map(named));
                let removed = posts.removed_posts.iter().filter_map(|name| PostName::parse(name).ok());
                gone.extend(removed.map(|post| (post.creator.clone(), Some(post.post.as_str().to_owned()))));
            }
            Some(Event::Removed(creator)) => match CreatorId::parse_name(&creator) {
                Ok(creator) => gone.push((creator, None)),
                Err(error) => warn!(%error, "news of something that is no creator are left out"),
            },
            Some(Event::SnapshotEnd(_) | Event::Heartbeat(_)) | None => {}
        }
    }
    let mut tracked = keep(service, &seen, &gone, &resume_token).await?;
    tracked.extend(find(service, &seen, &tracked).await?);
    for (place, owner) in &tracked {
        service.see_post(&owner.tenant, &owner.deliverable, &seen[*place].1).await?;
    }
    let campaigns: BTreeSet<(&str, &str)> =
        tracked.iter().map(|(_, owner)| (owner.tenant.as_str(), owner.campaign.as_str())).collect();
    futures::stream::iter(campaigns)
        .map(Ok)
        .try_for_each_concurrent(AT_ONCE, |(tenant, campaign)| async move {
            service.look_at(tenant, campaign).await.map(drop)
        })
        .await?;
    if let Ok(token) = Token::parse(&resume_token, "resume_token") {
        service.reached.publish(token.position);
    }
    Ok(())
}

/// Records posts of participants that nobody reported and that have the text of what is approved; answers with their deliverables.
async fn find(
    service: &Shared,
    seen: &[(PostName, PostState)],
    tracked: &[(usize, Tracked)],
) -> Result<Vec<(usize, Tracked)>, CampaignError> {
    let creators: BTreeSet<String> = seen.iter().map(|(post, _)| post.creator.name()).collect();
    let creators: Vec<&str> = creators.iter().map(String::as_str).collect();
    let participants = match creators.is_empty() {
        true => Vec::new(),
        false => service.store.participants_of(&creators).await?,
    };
    let mut found = Vec::new();
    for (tenant, participant, creator) in participants {
        let campaign = campaign_of(&participant);
        for (place, (post, state)) in seen.iter().enumerate().filter(|(_, (post, _))| post.creator.name() == creator) {
            let is_known = |(known, owner): &&(usize, Tracked)| {
                *known == place && owner.tenant == tenant && owner.campaign == campaign
            };
            if tracked.iter().any(|known| is_known(&known)) {
                continue;
            }
            if let Some(deliverable) = service.find_post(&tenant, &participant, post, state).await? {
                found.push((place, Tracked { tenant: tenant.clone(), campaign: campaign.to_owned(), deliverable }));
            }
        }
    }
    Ok(found)
}

/// Keeps readings of tracked posts and of the sample, and the place in the stream; answers with the deliverables whose posts are in it, by
/// their place in `seen`.
async fn keep(
    service: &Shared,
    seen: &[(PostName, PostState)],
    gone: &[(CreatorId, Option<String>)],
    resume_token: &str,
) -> Result<Vec<(usize, Tracked)>, CampaignError> {
    let store = &service.store;
    let mut tracked = Vec::new();
    let mut kept = Vec::new();
    for (place, (post, _)) in seen.iter().enumerate() {
        let owners = store.tracked(post).await?;
        if !owners.is_empty() || service.sample.holds(post.creator.platform(), sample_rank(post)) {
            kept.push(place);
        }
        tracked.extend(owners.into_iter().map(|owner| (place, owner)));
    }
    if kept.is_empty() && gone.is_empty() && resume_token.is_empty() {
        return Ok(tracked);
    }
    let mut work = store.begin("").await?;
    for (creator, post) in gone {
        work.forget_readings(creator, post.as_deref()).await?;
    }
    for place in kept {
        let (post, state) = &seen[place];
        work.take_post(post, state).await?;
    }
    if !resume_token.is_empty() {
        work.follow(METRICS, resume_token).await?;
    }
    for (_, owner) in &tracked {
        work.tell_of(&owner.tenant, &owner.campaign);
    }
    work.commit().await?;
    Ok(tracked)
}
