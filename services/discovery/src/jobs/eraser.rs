//! Owns letting what was erased go from the disk: from the index's files, then from the database's. Never what is erased.

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use creatorscope_kit::{changes::ReadError, fault::causes, role::BoxError, runs, task};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    index::Index,
    posts::PostIndex,
    progress::Progress,
    service::ServiceError,
    store::{REMOVED, Store, StoreError},
};

/// Where it is written how far the disk is clean, beside the index.
const NOTE: &str = "clean-up-to";
/// Changes that are read at once.
const PAGE: usize = 1_000;
/// Creators that are looked for one by one; for more, every segment with deleted documents is rewritten.
const MOST: usize = 10_000;

/// Cleans the disk after erasures.
pub(crate) struct Eraser {
    pub(crate) store: Store,
    pub(crate) index: Index,
    pub(crate) progress: Progress,
    /// The index of posts, when there is one.
    pub(crate) posts: Option<Arc<PostIndex>>,
    /// The folder of the index.
    pub(crate) folder: PathBuf,
    /// How often it looks.
    pub(crate) every: Duration,
}

impl Eraser {
    /// Runs until it is stopped. What fails is told and done the next time.
    pub(crate) async fn run(self, stop: CancellationToken) -> Result<(), BoxError> {
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(self.every) => {}
            }
            if let Err(error) = self.clean_posts().await {
                warn!(error = %causes(&error), "removed posts stay on the disk until others are removed");
            }
            match runs::run(self.clean()).await {
                Ok(_) => {}
                Err(error) => warn!(error = %causes(&error), "erased texts stay on the disk until the next look"),
            }
        }
    }

    /// Removed posts may come here later than their creator's removal.
    async fn clean_posts(&self) -> Result<(), ServiceError> {
        if let Some(posts) = self.posts.clone().filter(|posts| posts.has_removed()) {
            task::blocking(move || posts.erase()).await??;
        }
        Ok(())
    }

    /// Cleans once. False when there was nothing to do, or not yet.
    pub(crate) async fn clean(&self) -> Result<bool, ServiceError> {
        let erased = self.store.erased().await?;
        let cleaned = self.cleaned();
        if erased <= cleaned || self.progress.indexed_now() < erased {
            return Ok(false);
        }
        let names = self.removed(cleaned, erased).await?;
        let generation = self.index.current();
        let posts = self.posts.clone();
        let rewritten = task::blocking(move || {
            let of_posts = posts.map_or(Ok(0), |posts| posts.erase())?;
            Ok::<_, crate::index::IndexError>(of_posts + generation.erase(names.as_deref())?)
        })
        .await??;
        if !self.store.scrub().await? {
            return Ok(false);
        }
        let note = self.folder.join(NOTE);
        task::blocking(move || fs::write(note, erased.to_string())).await?.map_err(crate::index::IndexError::from)?;
        info!(segments = rewritten, "what was erased is gone from the disk");
        Ok(true)
    }

    fn cleaned(&self) -> i64 {
        let note = fs::read_to_string(self.folder.join(NOTE)).ok();
        note.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }

    /// The creators that were removed between two positions; none when the log does not tell, or too many.
    async fn removed(&self, after: i64, until: i64) -> Result<Option<Vec<String>>, StoreError> {
        let mut names = Vec::new();
        let mut place = after;
        while place < until {
            let changes = match self.store.log().read(place, PAGE).await {
                Ok(changes) => changes,
                Err(ReadError::Expired { .. }) => return Ok(None),
                Err(ReadError::Db(error)) => return Err(error.into()),
            };
            let Some(last) = changes.last().map(|change| change.position) else { break };
            place = last;
            let removed = changes.into_iter().filter(|change| change.kind == REMOVED);
            names.extend(removed.map(|change| format!("creators/{}", change.key)));
            if names.len() > MOST {
                return Ok(None);
            }
        }
        Ok(Some(names))
    }
}
