//! Owns following the posts of the metrics service into their index: a snapshot, then deltas, and going on after breaks. Never
//! how posts are written.

use std::{sync::Arc, time::Duration};

use creatorscope_kit::{fault::causes, reached::Reached, role::BoxError, runs, task};
use futures::StreamExt;
use thiserror::Error;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::{
    convert::posts::PostEvent,
    grpc::peer::{Metrics, PeerError},
    index::IndexError,
    posts::PostIndex,
};

/// The most messages that are committed at once.
const BATCH: usize = 500;
const RETRY_LEAST: Duration = Duration::from_millis(100);
const RETRY_MOST: Duration = Duration::from_secs(10);

/// Lets the index of posts follow the metrics service.
pub(crate) struct PostFollower {
    pub(crate) posts: Arc<PostIndex>,
    pub(crate) peer: Metrics,
    /// Changes up to this position are committed; none when the index must be filled.
    pub(crate) cursor: Option<i64>,
    /// The same, for who tells how far it is.
    pub(crate) reached: Reached,
}

/// Why a session with the metrics service ended.
#[derive(Debug, Error)]
enum Break {
    #[error(transparent)]
    Peer(#[from] PeerError),
    #[error("the metrics service ended the stream")]
    End,
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Work(#[from] task::BlockingError),
}

impl PostFollower {
    /// Runs until it is stopped; the peer may come and go. Errors: the index cannot be used.
    pub(crate) async fn run(mut self, stop: CancellationToken) -> Result<(), BoxError> {
        let mut attempt = 0;
        loop {
            let mut moved = false;
            let ended = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                ended = self.follow(&mut moved) => ended.err().unwrap_or(Break::End),
            };
            if moved {
                attempt = 0;
            }
            match ended {
                Break::Peer(error) if error.is_expired() => {
                    info!("the metrics service's log does not reach back; all posts are read anew");
                    self.cursor = None;
                }
                Break::Peer(error) if attempt > 0 && !error.is_away() => {
                    warn!(%error, "the posts of the metrics service cannot be followed");
                }
                Break::Index(error) if error.is_of_disk() => {
                    warn!(error = %causes(&error), "the index of posts waits for the disk");
                }
                Break::Index(error) => return Err(error.into()),
                away if attempt == 0 => info!(reason = %away, "posts are waited for"),
                away => debug!(reason = %away, attempt, "posts are waited for"),
            }
            let delay = task::backoff(attempt, RETRY_LEAST, RETRY_MOST);
            attempt += 1;
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(delay) => {}
            }
        }
    }

    async fn follow(&mut self, moved: &mut bool) -> Result<(), Break> {
        self.reached.publish(self.cursor.unwrap_or(0));
        let stream = self.peer.watch_posts(self.cursor).await?;
        // What a session before has written and not committed is told again.
        let (index, is_new) = (self.posts.clone(), self.cursor.is_none());
        task::blocking(move || if is_new { index.clear() } else { index.roll_back() }).await??;
        let mut batches = stream.ready_chunks(BATCH);
        while let Some(messages) = batches.next().await {
            let mut events = Vec::with_capacity(messages.len());
            let mut reached = None;
            let mut broken = None;
            for message in messages {
                match message {
                    Ok(told) => {
                        // Inside a snapshot there is no place to go on: it is committed as a whole.
                        reached = told.position.or(reached);
                        events.push(told.event);
                    }
                    Err(error) => {
                        broken = Some(error);
                        break;
                    }
                }
            }
            let changes = events.iter().any(|event| !matches!(event, PostEvent::Nothing));
            let commits = reached.filter(|position| changes || self.cursor.is_none_or(|cursor| cursor != *position));
            let index = self.posts.clone();
            let written = task::blocking(move || {
                for event in events {
                    match event {
                        PostEvent::Posts { creator, posts, removed } => index.write(&creator, &posts, &removed)?,
                        PostEvent::Removed(creator) => index.remove(&creator),
                        PostEvent::Nothing => {}
                    }
                }
                commits.map_or(Ok(()), |position| index.commit(position))
            });
            match commits {
                Some(_) => runs::run(async { Ok::<_, Break>(written.await??) }).await?,
                None => written.await??,
            }
            if let Some(position) = reached {
                self.cursor = reached;
                self.reached.publish(position);
            }
            *moved = true;
            if let Some(error) = broken {
                return Err(error.into());
            }
        }
        Ok(())
    }
}
