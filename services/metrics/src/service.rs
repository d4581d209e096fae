//! Owns the use cases: what is stored, read, evaluated and cached for a request. Never the transport.
//!
//! A creator's metrics are built in their wire form because that is what the cache keeps.

mod cohorts;
mod operations;
mod posts;
mod watched;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use creatorscope_domain::CreatorId;
use creatorscope_kit::{
    cache::{Cache, latest::Latest},
    clock::Clock,
    db::DbError,
    fault::Violation,
    page::Sealer,
    task,
};
use creatorscope_proto::metrics::v1 as pb;
use jiff::Timestamp;
use tokio::sync::Notify;

use crate::{
    cache::{CreatorVersion, DefaultMetrics},
    convert::{from_wire_time, metric::creator_metrics},
    definitions::{DEFINITIONS, Definition},
    error::MetricsError,
    evaluate::{DAY, View, evaluate, metric},
    model::{CreatorHistory, Metric},
    query::{HistoryQuery, MetricsQuery},
    selection::Selection,
    store::{Erased, Ingested, Item, Store},
};

use self::watched::WatchedKey;
pub use self::{
    cohorts::Cohorts,
    posts::{MAX_TEXT, weight},
    watched::Watched,
};

/// Up to so many creators are looked for in the cache one by one; more are loaded together.
const FEW: usize = 16;
/// Creators whose histories are held in memory at once.
const LOAD: usize = 200;
/// What page tokens of the registry are sealed to.
const REGISTRY: &[u8] = b"definitions";

/// The metrics service without its transport. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    store: Store,
    clock: Clock,
    cache: Cache,
    sealer: Sealer,
    cohorts: Cohorts,
    /// Tells the job that a recomputation was begun.
    begun: Arc<Notify>,
    watched: Latest<WatchedKey, Option<Watched>>,
}

impl Service {
    /// The use cases over a store; `begun` wakes up who works off recomputations.
    pub fn new(store: Store, clock: Clock, cache: Cache, sealer: Sealer, cohorts: Cohorts, begun: Arc<Notify>) -> Self {
        Self { store, clock, cache, sealer, cohorts, begun, watched: Latest::new(watched::KEPT) }
    }

    /// Benchmarks and standing.
    pub fn cohorts(&self) -> &Cohorts {
        &self.cohorts
    }

    /// Where everything is stored.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What tells the time.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Stores the items of several messages in one transaction, to its end even when nobody waits for it any more: a caller
    /// that stalls must not hold the writer's place. Errors: the database's; then nothing is stored.
    pub async fn ingest(&self, messages: Vec<Vec<Item>>) -> Result<Ingested, MetricsError> {
        let store = self.store.clone();
        Ok(task::spawn("ingest", async move { store.ingest(messages).await }).await??)
    }

    /// The metrics of the creators asked for, in their order; none for whom nothing was observed in time. Errors: the
    /// database's.
    pub async fn metrics(&self, query: MetricsQuery) -> Result<Vec<Option<pb::CreatorMetrics>>, MetricsError> {
        let MetricsQuery { creators, selection, until, with_standing } = query;
        let mut distinct = creators.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let mut found: HashMap<String, pb::CreatorMetrics> = HashMap::with_capacity(distinct.len());
        let mut answers = self.of_creators(&distinct, &selection, until).await?;
        if with_standing {
            self.cohorts.stand(&mut answers).await?;
        }
        for metrics in answers {
            found.insert(metrics.creator.clone(), metrics);
        }
        Ok(creators.iter().map(|creator| found.get(&creator.name()).cloned()).collect())
    }

    /// The metrics of creators without repetition, in the order of ids; who is not known is left out. Errors: the
    /// database's.
    pub async fn of_creators(
        &self,
        creators: &[CreatorId],
        selection: &Selection,
        until: Option<Timestamp>,
    ) -> Result<Vec<pb::CreatorMetrics>, MetricsError> {
        let mut answers = Vec::with_capacity(creators.len());
        if selection.is_everything() && until.is_none() && creators.len() <= FEW {
            for state in self.store.creator_states(creators).await? {
                let key = CreatorVersion { creator: state.creator, version: state.version };
                answers.extend(self.cached(key).await?);
            }
            return Ok(answers);
        }
        for part in creators.chunks(LOAD) {
            let histories = self.store.histories(part).await?;
            let selection = selection.clone();
            let evaluated = task::blocking(move || evaluate_all(&histories, &selection, until)).await?;
            answers.extend(evaluated);
        }
        Ok(answers)
    }

    /// The metrics of one creator in the default selection; many watchers of it share one evaluation.
    async fn cached(&self, key: CreatorVersion) -> Result<Option<pb::CreatorMetrics>, MetricsError> {
        let load = async {
            let histories = self.store.histories(std::slice::from_ref(&key.creator)).await?;
            // Empty when it was erased in between; such a version is never asked for again.
            Ok::<_, DbError>(evaluate_all(&histories, &Selection::everything(), None).pop().unwrap_or_default())
        };
        let mut metrics =
            self.cache.get_or_load::<DefaultMetrics, DbError>(&key, load).await.map_err(MetricsError::Store)?;
        // What is kept under a version does not change, but expires.
        if expires_by(&metrics, self.clock.now()) {
            self.cache.invalidate::<DefaultMetrics>(&key).await;
            let histories = self.store.histories(std::slice::from_ref(&key.creator)).await?;
            metrics = evaluate_all(&histories, &Selection::everything(), None).pop().unwrap_or_default();
        }
        Ok(Some(metrics).filter(|metrics| !metrics.creator.is_empty()))
    }

    /// A page of the past of one number, one value a day (UTC) with an observation, newest first, and the token of the next
    /// page. Errors: nothing observed of the creator, a token of another query, the database's.
    pub async fn history(&self, query: HistoryQuery) -> Result<(Vec<Metric>, String), MetricsError> {
        let context = query.context();
        let before_day = match query.page_token.as_str() {
            "" => i64::MAX,
            token => i64::from_le_bytes(self.unseal(token, &context)?),
        };
        let mut histories = self.store.histories(std::slice::from_ref(&query.creator)).await?;
        let Some(history) = histories.pop() else { return Err(MetricsError::NotObserved(query.creator)) };
        let sealer = self.sealer.clone();
        let page = task::blocking(move || {
            let days = observed_days(&history, query.start, query.end);
            let mut wanted = days.range(..before_day).rev();
            let mut last_day = before_day;
            let mut values = Vec::new();
            for (day, last) in wanted.by_ref().take(query.page_size) {
                last_day = *day;
                values.extend(evaluate(&history, query.definition, query.window, None, Some(*last)));
            }
            let more = wanted.next().is_some();
            (values, if more { sealer.seal(&last_day.to_le_bytes(), &context) } else { String::new() })
        });
        Ok(page.await?)
    }

    /// A page of the registry and the token of the next page. Errors: a token of another query.
    pub fn definitions(&self, page_size: usize, token: &str) -> Result<(&'static [Definition], String), MetricsError> {
        let start = match token {
            "" => 0,
            token => usize::from_le_bytes(self.unseal(token, REGISTRY)?).min(DEFINITIONS.len()),
        };
        let end = start.saturating_add(page_size).min(DEFINITIONS.len());
        let next = if end < DEFINITIONS.len() { self.sealer.seal(&end.to_le_bytes(), REGISTRY) } else { String::new() };
        Ok((&DEFINITIONS[start..end], next))
    }

    fn unseal(&self, token: &str, context: &[u8]) -> Result<[u8; 8], MetricsError> {
        let content = self.sealer.unseal(token, context)?;
        let refuse = |_| Violation::new("page_token", "INVALID_PAGE_TOKEN", "not a token of a page of this query");
        Ok(content.try_into().map_err(refuse)?)
    }

    /// Removes everything known of a creator, from the tables, the change log and the cache; none when nothing was known.
    /// Errors: the database's.
    pub async fn erase(&self, creator: CreatorId) -> Result<Option<Erased>, MetricsError> {
        let erased = self.store.erase(&creator).await?;
        if let Some(erased) = &erased {
            self.cache.invalidate::<DefaultMetrics>(&CreatorVersion { creator, version: erased.version }).await;
        }
        Ok(erased)
    }
}

/// Whether one of the values may no longer be shown.
fn expires_by(metrics: &pb::CreatorMetrics, now: Timestamp) -> bool {
    let expiries = metrics.values.iter().filter_map(|value| value.expires_at.as_ref());
    expiries.filter_map(|expiry| from_wire_time(expiry).ok()).any(|expiry| expiry <= now)
}

fn evaluate_all(
    histories: &[CreatorHistory],
    selection: &Selection,
    until: Option<Timestamp>,
) -> Vec<pb::CreatorMetrics> {
    let mut answers = Vec::with_capacity(histories.len());
    for history in histories {
        let Some(view) = View::at(history, until) else { continue };
        let picks = selection.picks().iter();
        let metrics = picks.map(|pick| metric(&view, pick.definition, pick.window, pick.format)).collect();
        answers.push(creator_metrics(&history.creator, history.version, view.as_of(), metrics));
    }
    answers
}

/// The days (by their start, microseconds) on which something was observed between two times, with the last observation of
/// each.
fn observed_days(
    history: &CreatorHistory,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
) -> BTreeMap<i64, Timestamp> {
    let inside = |time: &Timestamp| start.is_none_or(|start| *time >= start) && end.is_none_or(|end| *time < end);
    let mut days: BTreeMap<i64, Timestamp> = BTreeMap::new();
    for time in history.times().filter(inside) {
        let last = days.entry(time.as_microsecond().div_euclid(DAY) * DAY).or_insert(time);
        *last = time.max(*last);
    }
    days
}

/// The service as tasks and streams hold it.
pub type Shared = Arc<Service>;
