//! Owns gathering what is known of a campaign, and its progress. Never a number's meaning.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use creatorscope_domain::CreatorId;
use creatorscope_kit::{cache::Cached, fault::Violations, token::Token};
use creatorscope_proto::{
    campaign::v1::{self as pb, watch_campaign_response::CampaignUpdate},
    common::v1::{MetricValue, metric_value},
    metrics::v1::CreatorMetrics,
};
use jiff::Timestamp;
use tracing::debug;

use super::{Service, resources::check_name};
use crate::{
    convert,
    curve::{Usual, outlook::USUAL_SPREAD},
    error::CampaignError,
    grpc::peer::PeerError,
    model::{Caller, Kind},
    progress::{Inputs, progress},
    store::AlertListing,
    tracking::Number,
    validate,
};

/// What is asked of metrics about what a creator's posts usually have: median and spread of views, engagements per view.
const USUAL: [&str; 3] = ["views.median", "consistency.cv", "er.views"];
/// Of each number of a campaign the metric that tells what the creator usually has.
const COMPARED: [(Number, &str); 2] = [(Number::Views, "views.median"), (Number::EngagementRate, "er.views")];

/// Open alerts that watchers are told of.
const MAX_OPEN_ALERTS: usize = 100;

/// What metrics last said of a creator's usual posts.
struct UsualMetrics;

impl Cached for UsualMetrics {
    const KIND: &'static str = "campaign:usual";
    const VERSION: u32 = 1;
    const TTL: Duration = Duration::from_secs(600);
    type Key = String;
    type Value = CreatorMetrics;
}

impl Service {
    /// How a campaign is going, as of a time or now, with comparisons. Errors: it is not known, a time in the future, the changes of
    /// `read_after` do not come; the database's.
    pub async fn progress(
        &self,
        caller: &Caller,
        name: &str,
        as_of: Option<prost_types::Timestamp>,
        read_after: &[String],
    ) -> Result<pb::CampaignProgress, CampaignError> {
        let as_of = self.read_as_of(name, as_of)?;
        self.await_changes(read_after).await?;
        let campaign: pb::Campaign = self.get(caller, name).await?;
        let (inputs, metrics) = self.inputs(&caller.tenant, campaign, as_of).await?;
        let mut told = progress(&inputs);
        self.compare(&mut told, &metrics).await;
        Ok(told)
    }

    /// How a campaign is now, as watchers are told; none when it is gone. Errors: the database's.
    pub(crate) async fn update(&self, caller: &Caller, name: &str) -> Result<Option<CampaignUpdate>, CampaignError> {
        let tenant = caller.tenant.as_str();
        let Some(campaign) = self.store.get::<pb::Campaign>(tenant, name).await? else { return Ok(None) };
        let (inputs, _) = self.inputs(tenant, campaign.clone(), self.clock.now()).await?;
        let listing = AlertListing { campaign: name.to_owned(), open_only: true, behind: None };
        Ok(Some(CampaignUpdate {
            campaign: Some(campaign),
            progress: Some(progress(&inputs)),
            open_alerts: self.store.alerts(tenant, &listing, MAX_OPEN_ALERTS).await?,
            last_event: self.store.last_event(tenant, name).await?.map(|event| convert::event::event(name, event)),
        }))
    }

    /// The time of a request, now when it has none. Errors: no name of a campaign, no time, a time in the future.
    pub(super) fn read_as_of(
        &self,
        name: &str,
        as_of: Option<prost_types::Timestamp>,
    ) -> Result<Timestamp, Violations> {
        let mut problems = Violations::default();
        check_name(Kind::Campaign, "name", name, &mut problems);
        let now = self.clock.now();
        let as_of = validate::time::optional(&mut problems, "as_of", as_of.as_ref()).unwrap_or(now);
        if as_of > now {
            problems.add("as_of", "IN_THE_FUTURE", format!("{as_of} is to come; now is {now}"));
        }
        problems.check()?;
        Ok(as_of)
    }

    /// Waits until the posts behind these tokens of metrics were followed. Errors: tokens of others, too many, not in time.
    async fn await_changes(&self, read_after: &[String]) -> Result<(), CampaignError> {
        let mut problems = Violations::default();
        let tokens = Token::parse_all(read_after, &["metrics"], &mut problems);
        problems.check()?;
        let Some(position) = tokens.iter().map(|token| token.position).max() else { return Ok(()) };
        let patience = self.config.patience();
        let waited = tokio::time::timeout(patience, self.reached.wait_for(position)).await;
        waited.map_err(|_| CampaignError::NotReached(patience))
    }

    /// All that is known of a campaign at a time, and what metrics says of its creators (none of those it does not know, all none while it
    /// is away). Errors: the database's.
    pub(crate) async fn inputs(
        &self,
        tenant: &str,
        campaign: pb::Campaign,
        as_of: Timestamp,
    ) -> Result<(Inputs, BTreeMap<String, CreatorMetrics>), CampaignError> {
        let name = campaign.name.clone();
        let participants: Vec<pb::Participant> = self.store.all_of(tenant, &name).await?;
        let deliverables: Vec<pb::Deliverable> = self.store.all_of(tenant, &name).await?;
        let posts = self.store.campaign_posts(tenant, &name, as_of).await?;
        let feelings = self.store.feelings(tenant, &name, as_of).await?;
        let converted = self.store.converted(tenant, &name, as_of).await?;
        let creators: BTreeSet<String> = participants.iter().map(|one| one.creator.clone()).collect();
        let metrics = self.usual_metrics(creators).await;
        let usuals =
            metrics.iter().filter_map(|(creator, metrics)| Some((creator.clone(), usual_of(metrics)?))).collect();
        let curves = self.curves.borrow().clone();
        let inputs = Inputs { campaign, participants, deliverables, posts, feelings, converted, usuals, curves, as_of };
        Ok((inputs, metrics))
    }

    /// What metrics says of creators' usual posts; nothing of those that it does not know, or while it is away.
    async fn usual_metrics(&self, creators: BTreeSet<String>) -> BTreeMap<String, CreatorMetrics> {
        let mut found = BTreeMap::new();
        let mut missing = Vec::new();
        for creator in creators {
            match self.cache.get::<UsualMetrics>(&creator).await {
                Some(known) => _ = found.insert(creator, known),
                None => missing.push(creator),
            }
        }
        if missing.is_empty() {
            return found;
        }
        match self.metrics.creators(&missing, &USUAL).await {
            Ok(answers) => {
                for (creator, answer) in missing.into_iter().zip(answers) {
                    let answer = answer.unwrap_or_default();
                    self.cache.put::<UsualMetrics>(&creator, &answer, UsualMetrics::TTL).await;
                    found.insert(creator, answer);
                }
            }
            Err(error) => debug!(%error, "what posts usually have is not known now"),
        }
        found
    }

    /// Sets the numbers of each participant against what the creator usually has and against comparable creators; what cannot be known now
    /// is left out.
    async fn compare(&self, progress: &mut pb::CampaignProgress, metrics: &BTreeMap<String, CreatorMetrics>) {
        let names: Vec<String> = progress.participants.iter().map(|one| one.creator.clone()).collect();
        let profiles = match names.is_empty() {
            true => Ok(Vec::new()),
            false => self.discovery.creators(&names).await,
        };
        let tiers: Vec<i32> = match profiles {
            Ok(found) => found.into_iter().map(|profile| profile.map_or(0, |profile| profile.tier)).collect(),
            Err(error) => {
                debug!(%error, "tiers are not known now");
                vec![0; names.len()]
            }
        };
        let mut benchmarks = BTreeMap::new();
        for (participant, tier) in progress.participants.iter_mut().zip(tiers) {
            let Some(metrics) = metrics.get(&participant.creator) else { continue };
            let Ok(creator) = CreatorId::parse_name(&participant.creator) else { continue };
            let cohort = (creator.platform(), tier);
            if let std::collections::btree_map::Entry::Vacant(place) = benchmarks.entry(cohort) {
                let tier = creatorscope_domain::Tier::from_number(tier);
                let definitions = COMPARED.map(|(_, definition)| definition);
                let found = match tier {
                    Some(tier) => self.metrics.benchmark(creator.platform(), tier, &definitions).await,
                    None => Ok(Vec::new()),
                };
                place.insert(found.unwrap_or_else(|error: PeerError| {
                    debug!(%error, "benchmarks are not known now");
                    Vec::new()
                }));
            }
            let known = &benchmarks[&cohort];
            participant.comparisons = COMPARED
                .into_iter()
                .filter_map(|(number, definition)| {
                    let value = per_post(participant, number)?;
                    let is_it = |found: &str| found.split('@').next() == Some(definition);
                    let usual = metrics.values.iter().find(|value| is_it(&value.definition)).cloned();
                    let ratio = number_of(&value).zip(usual.as_ref().and_then(number_of));
                    Some(pb::UsualComparison {
                        ratio: ratio.filter(|(_, usual)| *usual > 0.0).map(|(value, usual)| value / usual),
                        benchmark: known.iter().find(|one| is_it(&one.definition)).cloned(),
                        value: Some(value),
                        usual,
                    })
                })
                .collect();
        }
    }
}

/// A participant's number as it is for one post, as the usual one is: views by posts with views.
fn per_post(participant: &pb::ParticipantProgress, number: Number) -> Option<MetricValue> {
    let mut value = participant.values.iter().find(|value| value.definition == number.definition())?.clone();
    if number == Number::Views
        && let Some(metric_value::Result::Value(sum)) = value.result
    {
        value.result = Some(metric_value::Result::Value(sum / f64::from(value.sample_size.max(1))));
    }
    Some(value)
}

fn number_of(value: &MetricValue) -> Option<f64> {
    match value.result {
        Some(metric_value::Result::Value(number)) => Some(number),
        _ => None,
    }
}

/// What a creator's posts usually reach: the median, and the spread of logarithms from the coefficient of variation as in a log-normal
/// distribution, `sqrt(ln(1 + cv^2))`.
fn usual_of(metrics: &CreatorMetrics) -> Option<Usual> {
    let value = |wanted: &str| {
        metrics.values.iter().find(|value| value.definition.split('@').next() == Some(wanted)).and_then(number_of)
    };
    let median = value("views.median").filter(|median| *median > 0.0)?;
    let spread = value("consistency.cv").map_or(USUAL_SPREAD, |cv| (1.0 + cv * cv).ln().sqrt().max(0.1));
    Some(Usual { median, spread })
}
