//! Owns benchmarks and standing: which columns are read, what of the answers is kept. Never the mathematics.
//!
//! One call at a time reads columns, so that memory is bounded: 8 bytes a creator and definition, of one platform.

use std::{sync::Arc, time::Duration};

use creatorscope_domain::{CreatorId, Platform, Tier};
use creatorscope_kit::{cache::Cache, clock::Clock, task};
use creatorscope_proto::{common::v1 as common, metrics::v1 as pb};
use tokio::sync::Semaphore;

use crate::{
    benchmark::{MINIMUM, ladder, mark, percentile},
    cache::{Benchmarks, CohortKey, Ladder, LadderSet, Ladders, Summaries},
    cohort::{Cohort, Traits},
    columns::{Columns, Distribution},
    compute::CHUNK,
    computed::{LAYOUT, number_at},
    convert,
    definitions::{DEFINITIONS, Definition},
    error::MetricsError,
    evaluate::{View, values},
    model::CreatorHistory,
    progress::{Positions, Progress},
    query::CohortQuery,
    selection::{Pick, Selection},
    store::{CreatorFilter, Store},
};

/// Rows of stored values that are read at once.
const ROWS: usize = 2_000;

/// Benchmarks and standing. Cheap to clone.
#[derive(Clone)]
pub struct Cohorts {
    store: Store,
    clock: Clock,
    cache: Cache,
    progress: Progress,
    /// How long answers are kept.
    lifetime: Duration,
    /// The longest wait for `read_after`.
    patience: Duration,
    reading: Arc<Semaphore>,
}

impl Cohorts {
    /// Benchmarks over a store whose jobs publish their progress.
    pub fn new(
        store: Store,
        clock: Clock,
        cache: Cache,
        progress: Progress,
        lifetime: Duration,
        patience: Duration,
    ) -> Self {
        Self { store, clock, cache, progress, lifetime, patience, reading: Arc::new(Semaphore::new(1)) }
    }

    /// The benchmarks of each cohort, in the order asked for. Errors: the changes to show are not here in time; the
    /// database's.
    pub async fn compare(&self, query: &CohortQuery) -> Result<Vec<Vec<pb::Benchmark>>, MetricsError> {
        self.progress.reach(query.after, self.patience).await?;
        let picks = query.selection.picks();
        let mut answers = Vec::with_capacity(query.cohorts.len());
        let mut reader = None;
        for cohort in &query.cohorts {
            let key = CohortKey::new(cohort, picks);
            if let Some(kept) = self.kept(&key, query.after).await {
                answers.push(kept);
                continue;
            }
            if reader.is_none() {
                let permit = self.reading.clone().acquire_owned().await.map_err(|_| MetricsError::Aborted)?;
                reader = Some((Reader::new(self, picks, &query.cohorts), permit));
                // Who waited may find that another call has read just this.
                if let Some(kept) = self.kept(&key, query.after).await {
                    answers.push(kept);
                    continue;
                }
            }
            let Some((reader, _)) = &mut reader else { continue };
            let place = self.progress.now();
            let now = self.clock.now();
            let distributions = reader.distributions(cohort).await?.into_iter().zip(picks);
            let benchmarks = distributions.map(|(found, pick)| convert::cohort::benchmark(&found, pick, now));
            let summaries =
                Summaries { computed: place.computed, followed: place.followed, benchmarks: benchmarks.collect() };
            self.cache.put::<Benchmarks>(&key, &summaries, self.lifetime).await;
            answers.push(summaries.benchmarks);
        }
        Ok(answers)
    }

    /// An answer that is kept and shows everything of a place.
    async fn kept(&self, key: &CohortKey, after: Positions) -> Option<Vec<pb::Benchmark>> {
        let kept = self.cache.get::<Benchmarks>(key).await?;
        let place = Positions { computed: kept.computed, followed: kept.followed };
        place.shows(after).then_some(kept.benchmarks)
    }

    /// Adds to each value where it stands in the cohort of its creator's platform and tier. Values of other windows than the
    /// definition's default, and of one form of post, are left without. Errors: the database's.
    pub async fn stand(&self, answers: &mut [pb::CreatorMetrics]) -> Result<(), MetricsError> {
        let creators: Vec<CreatorId> =
            answers.iter().filter_map(|metrics| CreatorId::parse_name(&metrics.creator).ok()).collect();
        let states = self.store.creator_states(&creators).await?;
        let mut sets: Vec<(Cohort, LadderSet)> = Vec::new();
        for metrics in answers {
            let state = states.iter().find(|state| state.creator.name() == metrics.creator);
            let Some(state) = state else { continue };
            let cohort = cohort_of(state.creator.platform(), state.followers.map(Tier::of));
            if !sets.iter().any(|(known, _)| *known == cohort) {
                let set = self.ladders(&cohort).await?;
                sets.push((cohort.clone(), set));
            }
            let Some((_, set)) = sets.iter().find(|(known, _)| *known == cohort) else { continue };
            for value in &mut metrics.values {
                value.standing = standing(value, &set.ladders);
            }
        }
        Ok(())
    }

    async fn ladders(&self, cohort: &Cohort) -> Result<LadderSet, MetricsError> {
        let selection = Selection::everything();
        let key = CohortKey::new(cohort, &[]);
        if let Some(kept) = self.cache.get::<Ladders>(&key).await {
            return Ok(kept);
        }
        let _permit = self.reading.acquire().await.map_err(|_| MetricsError::Aborted)?;
        if let Some(kept) = self.cache.get::<Ladders>(&key).await {
            return Ok(kept);
        }
        let mut reader = Reader::new(self, selection.picks(), std::slice::from_ref(cohort));
        let rung = |found: Distribution| Ladder {
            cohort: found.cohort.text(),
            widened: found.widened,
            size: i32::try_from(found.sorted.len()).unwrap_or(i32::MAX),
            values: ladder(found.sorted),
        };
        let set = LadderSet { ladders: reader.distributions(cohort).await?.into_iter().map(rung).collect() };
        self.cache.put::<Ladders>(&key, &set, self.lifetime).await;
        Ok(set)
    }
}

fn cohort_of(platform: Platform, tier: Option<Tier>) -> Cohort {
    let empty = String::new;
    Cohort { platform, tier, niche: empty(), country: empty(), language: empty() }
}

fn standing(value: &common::MetricValue, ladders: &[Ladder]) -> Option<common::Standing> {
    let Some(common::metric_value::Result::Value(number)) = value.result else { return None };
    let place = DEFINITIONS.iter().position(|definition| definition.name() == value.definition)?;
    let definition: &Definition = &DEFINITIONS[place];
    if value.format != 0 || value.window != definition.default_window().number() {
        return None;
    }
    let ladder = ladders.get(place)?;
    let percentile = percentile(&ladder.values, number)?;
    let enough = usize::try_from(ladder.size).is_ok_and(|size| size >= MINIMUM);
    let mark = mark(percentile, definition.higher_is_better).filter(|_| enough);
    Some(common::Standing {
        percentile,
        mark: convert::cohort::mark(mark).into(),
        cohort: ladder.cohort.clone(),
        cohort_size: ladder.size,
        widened: ladder.widened,
    })
}

/// Reads the columns that one call needs and keeps those of one platform.
struct Reader<'a> {
    cohorts: &'a Cohorts,
    picks: &'a [Pick],
    asked: &'a [Cohort],
    read: Option<(Platform, Arc<Columns>)>,
}

impl<'a> Reader<'a> {
    fn new(cohorts: &'a Cohorts, picks: &'a [Pick], asked: &'a [Cohort]) -> Self {
        Self { cohorts, picks, asked, read: None }
    }

    /// The distribution of each pick in a cohort: from the tiers asked for when they are enough, else from the platform.
    async fn distributions(&mut self, cohort: &Cohort) -> Result<Vec<Distribution>, MetricsError> {
        if let Some(found) = self.found(cohort).await? {
            return Ok(found);
        }
        let same = || self.asked.iter().filter(|asked| asked.platform == cohort.platform);
        let tiers: Option<Vec<Tier>> = same().map(|asked| asked.tier).collect();
        let again = self.read.as_ref().is_some_and(|(platform, _)| *platform == cohort.platform);
        for tiers in [tiers.filter(|_| !again), None] {
            self.read = None;
            let needs_traits = same().any(Cohort::needs_traits);
            let columns = self.columns(cohort.platform, tiers.clone(), needs_traits).await?;
            self.read = Some((cohort.platform, Arc::new(columns)));
            if let Some(found) = self.found(cohort).await? {
                return Ok(found);
            }
        }
        // Columns of all tiers answer every cohort of the platform.
        Err(MetricsError::Aborted)
    }

    async fn found(&self, cohort: &Cohort) -> Result<Option<Vec<Distribution>>, MetricsError> {
        let Some((platform, columns)) = &self.read else { return Ok(None) };
        if *platform != cohort.platform {
            return Ok(None);
        }
        let (columns, cohort) = (Arc::clone(columns), cohort.clone());
        Ok(task::blocking(move || columns.distributions(&cohort)).await?)
    }

    async fn columns(
        &self,
        platform: Platform,
        tiers: Option<Vec<Tier>>,
        needs_traits: bool,
    ) -> Result<Columns, MetricsError> {
        let is_stored = |pick: &Pick| pick.window == pick.definition.default_window() && pick.format.is_none();
        if self.picks.iter().all(is_stored) {
            self.stored(platform, tiers, needs_traits).await
        } else {
            self.evaluated(platform, tiers, needs_traits).await
        }
    }

    /// Columns of stored values. Values of another registry are not there until they are computed again.
    async fn stored(
        &self,
        platform: Platform,
        tiers: Option<Vec<Tier>>,
        needs_traits: bool,
    ) -> Result<Columns, MetricsError> {
        let position = |pick: &Pick| DEFINITIONS.iter().position(|definition| definition == pick.definition);
        let places: Vec<usize> = self.picks.iter().filter_map(position).collect();
        let mut columns = Columns::new(tiers, self.picks.len());
        let mut after: Option<String> = None;
        loop {
            let rows = self.cohorts.store.computed_after(platform, after.as_deref(), ROWS).await?;
            let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(columns) };
            let mut traits = self.traits(&first.creator_id, &last.creator_id, needs_traits).await?;
            after = Some(last.creator_id.clone());
            for row in rows {
                let tier = row.followers.map(Tier::of);
                let traits = traits.of(&row.creator_id);
                if row.layout == *LAYOUT && columns.takes(tier) {
                    columns.push(tier, traits, places.iter().map(|place| number_at(&row.numbers, *place)));
                }
            }
        }
    }

    /// Columns of values in other windows: every post of every creator is read, [`CHUNK`] creators at a time.
    async fn evaluated(
        &self,
        platform: Platform,
        tiers: Option<Vec<Tier>>,
        needs_traits: bool,
    ) -> Result<Columns, MetricsError> {
        let store = &self.cohorts.store;
        let filter = CreatorFilter {
            platforms: vec![platform],
            tiers: tiers.clone().unwrap_or_default(),
            ..CreatorFilter::default()
        };
        let mut columns = Columns::new(tiers, self.picks.len());
        let mut after = String::new();
        loop {
            let states = store.creators_after(Some(&after), CHUNK, &filter).await?;
            let (Some(first), Some(last)) = (states.first(), states.last()) else { return Ok(columns) };
            let mut traits = self.traits(first.creator.as_str(), last.creator.as_str(), needs_traits).await?;
            last.creator.as_str().clone_into(&mut after);
            let creators: Vec<CreatorId> = states.iter().map(|state| state.creator.clone()).collect();
            let histories = store.histories(&creators).await?;
            let picks = self.picks.to_vec();
            let found = task::blocking(move || evaluate(&histories, &picks)).await?;
            let mut found = found.into_iter().peekable();
            for state in states {
                let of_creator = found.next_if(|(creator, _)| *creator == state.creator);
                let traits = traits.of(state.creator.as_str());
                if let Some((_, values)) = of_creator {
                    columns.push(state.followers.map(Tier::of), traits, values.into_iter());
                }
            }
        }
    }

    async fn traits(&self, first: &str, last: &str, needed: bool) -> Result<TraitsInOrder, MetricsError> {
        let rows = if needed { self.cohorts.store.traits_between(first, last).await? } else { Vec::new() };
        Ok(TraitsInOrder(rows.into_iter().peekable()))
    }
}

/// Traits in the order of ids, to be asked for in that order.
struct TraitsInOrder(std::iter::Peekable<std::vec::IntoIter<(String, Traits)>>);

impl TraitsInOrder {
    fn of(&mut self, creator: &str) -> Traits {
        while self.0.next_if(|(id, _)| id.as_str() < creator).is_some() {}
        self.0.next_if(|(id, _)| id == creator).map(|(_, traits)| traits).unwrap_or_default()
    }
}

fn evaluate(histories: &[CreatorHistory], picks: &[Pick]) -> Vec<(CreatorId, Vec<f64>)> {
    let mut found = Vec::with_capacity(histories.len());
    for history in histories {
        let Some(view) = View::at(history, None) else { continue };
        let mut row = Vec::with_capacity(picks.len());
        values(&view, picks, &mut row);
        found.push((history.creator.clone(), row));
    }
    found
}
