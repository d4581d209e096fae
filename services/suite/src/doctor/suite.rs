//! Owns what can be seen of a running suite through its address. Never its files.

use std::time::{Duration, Instant};

use creatorscope_kit::{
    clock::Clock,
    transport::{ReachError, Transport},
};
use creatorscope_proto::scoring::v1::{ListModelsRequest, Model, scoring_service_client::ScoringServiceClient};
use creatorscope_proto::{
    discovery::v1::{SearchCreatorsRequest, SearchCreatorsResponse, discovery_service_client::DiscoveryServiceClient},
    metrics::v1::{WatchMetricsRequest, metrics_service_client::MetricsServiceClient, watch_metrics_response::Event},
};
use jiff::Timestamp;
use tokio::time::timeout;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use super::Finding;
use crate::access;

/// How long anything may take.
const DEADLINE: Duration = Duration::from_secs(5);
/// A clock that differs by more makes new observations look like future ones sooner or later, in seconds.
const SKEW: i64 = 60;
/// Profiles that are older on the whole want to be read again, in days.
const STALE: i64 = 30;

const SERVICES: [&str; 4] = [
    creatorscope_proto::discovery::v1::discovery_service_server::SERVICE_NAME,
    creatorscope_proto::metrics::v1::metrics_service_server::SERVICE_NAME,
    creatorscope_proto::scoring::v1::scoring_service_server::SERVICE_NAME,
    creatorscope_proto::campaign::v1::campaign_service_server::SERVICE_NAME,
];

/// Looks at the suite behind an address.
pub(super) async fn examine(endpoint: &str, clock: &Clock) -> Vec<Finding> {
    let part = "suite";
    let reached = match timeout(DEADLINE, access::open(endpoint)).await {
        Ok(reached) => reached,
        Err(_) => Err(ReachError::Nobody(format!("no answer within {} s", DEADLINE.as_secs()))),
    };
    let suite = match reached {
        Ok(suite) => suite,
        Err(ReachError::Nobody(cause)) => {
            let advice = "start one with `creatorscope serve`, or say --endpoint; CREATORSCOPE_CA names whom to trust";
            return vec![Finding::wrong(part, format!("nobody answers at {endpoint}: {cause}"), advice)];
        }
        Err(error) => return vec![Finding::wrong(part, error.to_string(), "say --endpoint")],
    };
    let channel = match access::with_key_of_environment(suite) {
        Ok(channel) => channel,
        Err(error) => return vec![Finding::wrong(part, format!("{error:#}"), "set it to a whole key, or to nothing")],
    };
    let mut findings = Vec::new();
    for service in SERVICES {
        findings.push(health(&channel, service).await);
    }
    if findings.iter().all(|finding| finding.state == super::State::Good) {
        let token = metrics(&channel, clock, &mut findings).await;
        discovery(&channel, clock, token, &mut findings).await;
        findings.push(models(&channel).await);
    }
    findings
}

/// Which models read comments.
async fn models(channel: &Transport) -> Finding {
    let part = "models";
    let mut client = ScoringServiceClient::new(channel.clone());
    let listed = match timeout(DEADLINE, client.list_models(ListModelsRequest::default())).await {
        Ok(Ok(answer)) => answer.into_inner().models,
        Ok(Err(status)) => {
            let found = format!("{:?}: {}", status.code(), status.message());
            return Finding::attention(part, found, "look into the log of the role scoring");
        }
        Err(_) => {
            let found = format!("no answer within {} s", DEADLINE.as_secs());
            return Finding::attention(part, found, "look into the log of the role scoring");
        }
    };
    told_models(&listed)
}

fn told_models(listed: &[Model]) -> Finding {
    let names = |loaded: bool| {
        let names = listed.iter().filter(|model| model.loaded == loaded).map(|model| model.name.as_str());
        names.map(|name| name.trim_start_matches("models/")).collect::<Vec<_>>().join(", ")
    };
    let (loaded, absent) = (names(true), names(false));
    match (loaded.as_str(), absent.as_str()) {
        ("", _) => Finding::wrong("models", "none is loaded", "look into the log of the role scoring"),
        (loaded, "") => Finding::good("models", format!("loaded: {loaded}")),
        (loaded, absent) => Finding::good("models", format!("loaded: {loaded}; `models import` brings: {absent}")),
    }
}

async fn health(channel: &Transport, service: &str) -> Finding {
    let begun = Instant::now();
    let request = HealthCheckRequest { service: service.to_owned() };
    match HealthClient::new(channel.clone()).check(request).await {
        Ok(answer) if answer.get_ref().status() == ServingStatus::Serving => Finding::good(
            service,
            format!("it serves and answered after {:.1} ms", begun.elapsed().as_secs_f64() * 1e3),
        ),
        Ok(answer) => {
            let advice = "look into its log: it says what it waits for";
            Finding::wrong(service, format!("it is {}", answer.get_ref().status().as_str_name()), advice)
        }
        Err(status) => {
            let advice = "start its role, and see that `[peers]` of the gateway names its address";
            Finding::wrong(service, format!("{:?}: {}", status.code(), status.message()), advice)
        }
    }
}

/// Compares clocks, and answers with the place in the log that discovery should have reached.
async fn metrics(channel: &Transport, clock: &Clock, findings: &mut Vec<Finding>) -> Option<String> {
    let request = WatchMetricsRequest { skip_snapshot: true, ..WatchMetricsRequest::default() };
    let stream = timeout(DEADLINE, MetricsServiceClient::new(channel.clone()).watch_metrics(request)).await;
    let Ok(Ok(stream)) = stream else {
        findings.push(Finding::wrong("stream of metrics", "it does not open", "look into the log of the role metrics"));
        return None;
    };
    let message = timeout(DEADLINE, stream.into_inner().message()).await;
    let Ok(Ok(Some(message))) = message else {
        findings.push(Finding::wrong("stream of metrics", "it says nothing", "look into the log of the role metrics"));
        return None;
    };
    findings.push(Finding::good("stream of metrics", "it opens and tells its place"));
    if let Some(Event::Heartbeat(beat)) = &message.event {
        let told = beat.time.as_ref().map_or(0, |time| time.seconds);
        let skew = told - clock.now().as_second();
        findings.push(if skew.abs() > SKEW {
            let advice = "synchronise the clocks; counts read in the future are refused";
            Finding::attention("clock", format!("the suite's differs from this machine's by {skew} s"), advice)
        } else {
            Finding::good("clock", format!("the suite's agrees with this machine's to {} s", skew.abs().max(1)))
        });
    }
    Some(message.resume_token)
}

async fn discovery(channel: &Transport, clock: &Clock, token: Option<String>, findings: &mut Vec<Finding>) {
    let mut client = DiscoveryServiceClient::new(channel.clone());
    let begun = Instant::now();
    let request = SearchCreatorsRequest {
        order_by: "observe_time desc".into(),
        page_size: 1,
        read_after: token.into_iter().collect(),
        ..SearchCreatorsRequest::default()
    };
    let answer = match timeout(DEADLINE, client.search_creators(request)).await {
        Ok(Ok(answer)) => answer.into_inner(),
        Ok(Err(status)) => {
            let found = format!("{:?}: {}", status.code(), status.message());
            let advice = "when it goes on for minutes, look into the log of the role discovery: its follower or indexer is stuck";
            return findings.push(Finding::attention("index", found, advice));
        }
        Err(_) => {
            let found = format!("it does not show the last counts within {} s", DEADLINE.as_secs());
            let advice = "wait while much is poured in; else look into the log of the role discovery";
            return findings.push(Finding::attention("index", found, advice));
        }
    };
    let total = answer.total_size.unwrap_or_default();
    let took = begun.elapsed().as_secs_f64() * 1e3;
    findings
        .push(Finding::good("index", format!("it has {total} creators and shows the last counts after {took:.0} ms")));
    if total == 0 {
        let advice = "pour creators in: `creatorscope import --help`, or look around with `creatorscope demo`";
        return findings.push(Finding::attention("creators", "there are none", advice));
    }
    findings.push(freshness(&answer, clock));
    let unknown =
        SearchCreatorsRequest { filter: "NOT followers:*".into(), page_size: 1, ..SearchCreatorsRequest::default() };
    if let Ok(Ok(answer)) = timeout(DEADLINE, client.search_creators(unknown)).await {
        let count = answer.into_inner().total_size.unwrap_or_default();
        let found = format!("{count} of {total} creators have no known followers");
        findings.push(if count * 10 > total {
            Finding::attention("followers", found, "import account counts: they have no tier and no cohort without")
        } else {
            Finding::good("followers", found)
        });
    }
}

fn freshness(answer: &SearchCreatorsResponse, clock: &Clock) -> Finding {
    let read = answer.creators.first().and_then(|creator| creator.observe_time);
    let Some(read) = read.and_then(|time| Timestamp::from_second(time.seconds).ok()) else {
        return Finding::attention("freshness", "the newest profile has no time", "");
    };
    let days = clock.now().duration_since(read).as_hours() / 24;
    let found = format!("the newest profile was read {days} days ago");
    if days > STALE {
        return Finding::attention("freshness", found, "import again; metrics describe the time of the last reading");
    }
    Finding::good("freshness", found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_that_are_not_loaded_are_named_and_none_at_all_is_wrong() {
        let model = |name: &str, loaded| Model { name: format!("models/{name}"), loaded, ..Model::default() };
        let both = told_models(&[model("fast@1", true), model("e5-small@1", false)]);
        assert_eq!(both.found, "loaded: fast@1; `models import` brings: e5-small@1");
        assert_eq!(told_models(&[model("fast@1", true)]).state, crate::doctor::State::Good);
        assert_eq!(told_models(&[model("fast@1", false)]).state, crate::doctor::State::Wrong);
    }
}
