//! Owns the states that watchers share: each creator that changed is evaluated once a selection, however many watch. Never
//! who watches.

use std::{collections::HashMap, sync::Arc};

use creatorscope_domain::CreatorId;
use creatorscope_proto::metrics::v1 as pb;

use super::Service;
use crate::{error::MetricsError, selection::Selection};

/// States that are kept; each has up to [`SHARED_VALUES`] values of about 150 bytes.
pub(super) const KEPT: u64 = 2_048;
/// Selections of more values are evaluated for each watcher alone.
const SHARED_VALUES: usize = 200;

/// A creator in one selection.
pub(super) type WatchedKey = (Arc<str>, CreatorId);

/// What watchers see of a creator.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// The last known followers; none when hidden or never reported.
    pub followers: Option<i64>,
    /// The values.
    pub metrics: pb::CreatorMetrics,
}

impl Service {
    /// The newest states of creators without repetition, in their order, each with every change up to the position that
    /// stands with it; none for whom nothing is known. `key` is the selection's. Errors: the database's.
    pub async fn watched(
        &self,
        creators: &[(CreatorId, i64)],
        selection: &Selection,
        key: &Arc<str>,
    ) -> Result<Vec<Arc<Option<Watched>>>, MetricsError> {
        if creators.is_empty() {
            return Ok(Vec::new());
        }
        if selection.picks().len() > SHARED_VALUES {
            let creators: Vec<CreatorId> = creators.iter().map(|(creator, _)| creator.clone()).collect();
            return Ok(self.load_watched(&creators, selection).await?.into_iter().map(Arc::new).collect());
        }
        let wanted: Vec<(WatchedKey, i64)> =
            creators.iter().map(|(creator, position)| ((Arc::clone(key), creator.clone()), *position)).collect();
        let load = |places: Vec<usize>| async move {
            // Taken first: what is read behind it has every change up to it.
            let position = self.store.log().head().await?;
            let creators: Vec<CreatorId> = places.iter().map(|place| creators[*place].0.clone()).collect();
            Ok::<_, MetricsError>((position, self.load_watched(&creators, selection).await?))
        };
        self.watched.get(&wanted, load).await
    }

    async fn load_watched(
        &self,
        creators: &[CreatorId],
        selection: &Selection,
    ) -> Result<Vec<Option<Watched>>, MetricsError> {
        let mut sorted = creators.to_vec();
        sorted.sort_unstable_by(|left, right| left.as_str().cmp(right.as_str()));
        let states = self.store.creator_states(&sorted).await?;
        let mut found = HashMap::with_capacity(states.len());
        for metrics in self.of_creators(&sorted, selection, None).await? {
            found.insert(metrics.creator.clone(), metrics);
        }
        let followers: HashMap<&str, Option<i64>> =
            states.iter().map(|state| (state.creator.as_str(), state.followers)).collect();
        let watched = |creator: &CreatorId| {
            let followers = followers.get(creator.as_str()).copied()?;
            found.remove(&creator.name()).map(|metrics| Watched { followers, metrics })
        };
        Ok(creators.iter().map(watched).collect())
    }
}
