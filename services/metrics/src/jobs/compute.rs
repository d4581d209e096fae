//! Owns keeping the stored values up to date behind this service's own change log. Never their computation.

use std::{collections::BTreeSet, time::Duration};

use creatorscope_domain::CreatorId;
use creatorscope_kit::{changes::ReadError, reached::Reached, role::BoxError, runs, task};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    compute::{CHUNK, Extent, differing},
    computed::LAYOUT,
    error::MetricsError,
    store::{CreatorFilter, Place, Store},
};

/// The name of the job's place.
pub const JOB: &str = "compute";
/// Changes that are read at once.
const CHANGES: usize = 1_000;
/// While changes flow, so long is waited for more of them: a creator whose posts come in several batches is computed once.
const GATHER: Duration = Duration::from_millis(50);
/// How often is looked how far another replica has come.
const LOOK: Duration = Duration::from_millis(100);
const RETRY_LEAST: Duration = Duration::from_millis(200);
const RETRY_MOST: Duration = Duration::from_secs(10);

/// Keeps stored values up to date.
pub struct Computer {
    /// Where everything is stored.
    pub store: Store,
    /// How far the values are, in this service's log.
    pub reached: Reached,
}

/// Tells how far the values are while another replica keeps them up to date, until it is stopped.
pub async fn look_on(store: Store, reached: Reached, stop: CancellationToken) -> Result<(), BoxError> {
    let look = async {
        loop {
            // While there is more to compute it will not take long.
            tokio::time::sleep(LOOK).await;
            let Ok(place) = store.place(JOB).await else { continue };
            let position = place.map_or(0, |place| place.position);
            reached.publish(position);
            store.log().wait_beyond(position).await;
        }
    };
    stop.run_until_cancelled(look).await;
    Ok(())
}

impl Computer {
    /// Runs until it is stopped; a database that is away for a while is asked again. Errors: the tables cannot be used.
    pub async fn run(self, stop: CancellationToken) -> Result<(), BoxError> {
        let mut attempt = 0;
        loop {
            let pause = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                round = self.round() => match round {
                    Ok(true) => GATHER,
                    Ok(false) => Duration::ZERO,
                    Err(error) if error.is_transient() => {
                        warn!(%error, "stored values wait for the database");
                        attempt += 1;
                        task::backoff(attempt, RETRY_LEAST, RETRY_MOST)
                    }
                    Err(error) => return Err(error.into()),
                },
            };
            if pause <= GATHER {
                attempt = 0;
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Takes the changes that are there, or waits for one. Answers whether there were any. Errors: the database's.
    async fn round(&self) -> Result<bool, MetricsError> {
        let place = self.store.place(JOB).await?.filter(|place| place.detail == layout());
        let Some(place) = place else {
            runs::run(self.pass()).await?;
            return Ok(true);
        };
        let changes = match self.store.log().read(place.position, CHANGES).await {
            Ok(changes) => changes,
            Err(ReadError::Expired { .. }) => {
                runs::run(self.pass()).await?;
                return Ok(true);
            }
            Err(ReadError::Db(error)) => return Err(error.into()),
        };
        let Some(last) = changes.last().map(|change| change.position) else {
            self.reached.publish(place.position);
            self.store.log().wait_beyond(place.position).await;
            return Ok(false);
        };
        let keys: BTreeSet<String> = changes.into_iter().map(|change| change.key).collect();
        let keys: Vec<String> = keys.into_iter().collect();
        runs::run(async {
            for (part, place) in parts(&keys, last) {
                self.take(part, place.as_ref()).await?;
            }
            Ok::<_, MetricsError>(())
        })
        .await?;
        self.reached.publish(last);
        Ok(true)
    }

    /// Brings creators up to date and notes the place with them. Errors: the database's.
    async fn take(&self, keys: &[String], place: Option<&Place>) -> Result<(), MetricsError> {
        let creators: Vec<CreatorId> = keys.iter().filter_map(|key| CreatorId::parse(key).ok()).collect();
        let states = self.store.creator_states(&creators).await?;
        let is_gone =
            |key: &&String| states.binary_search_by(|state| state.creator.as_str().cmp(key.as_str())).is_err();
        let gone: Vec<String> = keys.iter().filter(is_gone).cloned().collect();
        self.store.drop_computed(&gone).await?;
        let fresh = differing(&self.store, states, Extent::Stale).await?;
        self.store.keep_computed(fresh, place.map(|place| (JOB, place))).await?;
        Ok(())
    }

    /// Looks at every creator: at the first start, when the registry changed, and when the log no longer reaches back. Errors:
    /// the database's.
    async fn pass(&self) -> Result<(), MetricsError> {
        let position = self.store.log().head().await?;
        let (mut seen, mut told) = (0, 0);
        let mut after = String::new();
        loop {
            let states = self.store.creators_after(Some(&after), CHUNK, &CreatorFilter::default()).await?;
            let Some(last) = states.last() else { break };
            after = last.creator.as_str().to_owned();
            seen += states.len();
            let fresh = differing(&self.store, states, Extent::Stale).await?;
            told += self.store.keep_computed(fresh, None).await?;
        }
        self.store.keep_computed(Vec::new(), Some((JOB, &at(position)))).await?;
        self.reached.publish(position);
        if seen > 0 {
            info!(creators = seen, changed = told, "all values are computed with this registry");
        }
        Ok(())
    }
}

/// Keys in parts of [`CHUNK`]; the last one comes with the place behind all of them.
fn parts(keys: &[String], position: i64) -> impl Iterator<Item = (&[String], Option<Place>)> {
    let count = keys.len().div_ceil(CHUNK);
    let place = move |part| (part + 1 == count).then(|| at(position));
    keys.chunks(CHUNK).enumerate().map(move |(part, keys)| (keys, place(part)))
}

fn at(position: i64) -> Place {
    Place { position, detail: layout() }
}

fn layout() -> String {
    format!("{:x}", *LAYOUT)
}
