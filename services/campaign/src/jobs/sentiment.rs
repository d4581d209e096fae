//! Owns following scoring: when the comments of a creator with tracked posts are read, how these posts feel is kept. Never how it is found.

use creatorscope_domain::CreatorId;
use creatorscope_kit::{
    follow::{self, Begin, Ended},
    reached::Reached,
    role::BoxError,
    runs,
    token::Token,
};
use creatorscope_proto::scoring::v1::{WatchSentimentResponse, watch_sentiment_response::Event};
use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use crate::{error::CampaignError, service::Shared, tracking::sentiment_of};

/// The service that is followed, as its token is kept.
pub const SCORING: &str = "scoring";
/// The most messages that are taken at once.
const BATCH: usize = 200;

/// Follows until it is stopped. Errors: the tables cannot be used.
pub async fn follow_sentiment(service: Shared, reached: Reached, stop: CancellationToken) -> Result<(), BoxError> {
    let session = |begin| {
        let (service, reached) = (service.clone(), reached.clone());
        async move {
            let mut moved = false;
            let ended = match run(&service, &reached, begin, &mut moved).await {
                Ok(()) => Ended::Stream,
                Err(ended) => ended,
            };
            (ended, moved)
        }
    };
    follow::follow(SCORING, stop, session).await
}

fn ended(error: impl Into<CampaignError>) -> Ended {
    match error.into() {
        CampaignError::Peer(error) => Ended::Peer(error),
        CampaignError::Store(error) if error.is_transient() => Ended::Waiting(error.into()),
        other => Ended::Broken(other.into()),
    }
}

async fn run(service: &Shared, reached: &Reached, begin: Begin, moved: &mut bool) -> Result<(), Ended> {
    let resume_token = match begin {
        Begin::GoOn => service.store.followed(SCORING).await.map_err(ended)?,
        Begin::Anew => String::new(),
    };
    publish(reached, &resume_token);
    let stream = service.scoring.watch(&resume_token).await?;
    let mut batches = std::pin::pin!(stream.ready_chunks(BATCH));
    while let Some(messages) = batches.next().await {
        for message in messages {
            let message = message?;
            let resume_token = message.resume_token.clone();
            runs::run(take(service, message)).await.map_err(ended)?;
            publish(reached, &resume_token);
        }
        *moved = true;
    }
    Ok(())
}

fn publish(reached: &Reached, resume_token: &str) {
    if let Ok(token) = Token::parse(resume_token, "resume_token") {
        reached.publish(token.position);
    }
}

async fn take(service: &Shared, message: WatchSentimentResponse) -> Result<(), CampaignError> {
    let creator = match &message.event {
        Some(Event::Scores(scores)) => CreatorId::parse_name(&scores.creator).ok(),
        _ => None,
    };
    let mut looked = Vec::new();
    if let Some(creator) = creator {
        for (post, owners) in service.store.tracked_of(&creator).await? {
            let Some(found) = service.scoring.post_sentiment(&post.to_string()).await? else { continue };
            let Some((comments, net)) = sentiment_of(&found) else { continue };
            let mut work = service.store.begin("").await?;
            work.take_feeling(&post, comments, net).await?;
            for owner in &owners {
                work.tell_of(&owner.tenant, &owner.campaign);
            }
            work.commit().await?;
            looked.extend(owners);
        }
    }
    for owner in looked {
        service.look_at(&owner.tenant, &owner.campaign).await?;
    }
    if !message.resume_token.is_empty() {
        let mut work = service.store.begin("").await?;
        work.follow(SCORING, &message.resume_token).await?;
        work.commit().await?;
    }
    Ok(())
}
