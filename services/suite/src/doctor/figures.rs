//! Owns what the figures of a node's admin port say about it. Never the figures themselves.

use std::time::Duration;

use super::Finding;
use crate::page::{self, Figures, Sample};

/// Between two looks: what rises meanwhile goes on now.
const LOOK: Duration = Duration::from_secs(2);
/// A follower that is behind for longer wants to be looked at, and for longer than the second something is wrong. In seconds.
const LATE: f64 = 30.0;
const STUCK: f64 = 300.0;
/// No run of a job should take longer, in seconds.
const LONG_RUN: f64 = 3_600.0;
/// Codes of calls that clients can do nothing about.
const FAULTS: [&str; 3] = ["Internal", "Unknown", "DataLoss"];

/// Looks at a node twice. `now` tells the seconds since 1970.
pub(super) async fn examine(admin: &str, now: impl Fn() -> f64) -> Vec<Finding> {
    let before = match page::figures(admin).await {
        Ok(before) => before,
        Err(error) => return vec![nobody(admin, &error)],
    };
    tokio::time::sleep(LOOK).await;
    match page::figures(admin).await {
        Ok(after) => judge(admin, &before, &after, now()),
        Err(error) => vec![nobody(admin, &error)],
    }
}

fn nobody(admin: &str, error: &anyhow::Error) -> Finding {
    let advice = "start the node, and see that its admin.listen is this address";
    Finding::wrong(admin, format!("the admin port does not tell figures: {error:#}"), advice)
}

/// All that two looks tell; the first finding says what the node is.
fn judge(node: &str, before: &Figures, after: &Figures, now: f64) -> Vec<Finding> {
    let mut findings = vec![Finding::good(node, told(after, now))];
    let look = Look { node, before, after };
    findings.extend(after.all("follower_lag_seconds").filter_map(|lag| look.follower(lag)));
    findings.extend(after.all("job_runs_total").filter_map(|runs| look.failing(runs)));
    findings.extend(after.all("job_running_since_timestamp_seconds").filter_map(|job| look.hanging(job, now)));
    findings.extend(after.all("peer_addresses").filter(|peer| peer.value == 0.0).map(|peer| {
        let found = format!("no address of {} is known", peer.label("peer"));
        Finding::wrong(node, found, "its name is not resolved: look at [peers] and at the resolver")
    }));
    findings.extend(after.all("db_waiting").filter_map(|waiting| look.pool(waiting)));
    findings.extend(look.counters());
    findings
}

/// What the node is: version, age, memory, how far behind it is at most.
fn told(figures: &Figures, now: f64) -> String {
    let version = figures.all("build_info").next().map_or("?", |build| build.label("version")).to_owned();
    let hours = (now - figures.sum("process_start_time_seconds")) / 3_600.0;
    let mebibytes = figures.sum("process_resident_memory_bytes") / f64::from(1 << 20);
    let behind = figures.all("follower_lag_changes").map(|lag| lag.value).fold(0.0, f64::max);
    let watchers = figures.sum("watchers_open");
    format!(
        "version {version}, up for {hours:.1} h, {mebibytes:.0} MiB, {watchers:.0} watchers, followers at most {behind:.0} changes behind"
    )
}

struct Look<'a> {
    node: &'a str,
    before: &'a Figures,
    after: &'a Figures,
}

impl Look<'_> {
    fn rises(&self, sample: &Sample) -> bool {
        self.before.same(sample).map_or(0.0, |earlier| earlier.value) < sample.value
    }

    fn follower(&self, lag: &Sample) -> Option<Finding> {
        if lag.value < LATE {
            return None;
        }
        let (log, follower) = (lag.label("log"), lag.label("follower"));
        let is_this = |other: &&Sample| other.label("log") == log && other.label("follower") == follower;
        let behind =
            |figures: &Figures| figures.all("follower_lag_changes").find(is_this).map_or(0.0, |changes| changes.value);
        let changes = behind(self.after);
        let found = format!("`{follower}` is {changes:.0} changes of the log of {log} behind, for {:.0} s", lag.value);
        let comes_nearer = changes < behind(self.before);
        if lag.value < STUCK || comes_nearer {
            return Some(Finding::attention(self.node, found, "wait while much is poured in; it should come nearer"));
        }
        let advice = "look for WARN in the node's log: it says what it waits for; runbook, A follower is behind";
        Some(Finding::wrong(self.node, found, advice))
    }

    /// A job whose runs fail now, or that never did what it was to do.
    fn failing(&self, runs: &Sample) -> Option<Finding> {
        if runs.label("outcome") != "failed" || runs.value == 0.0 {
            return None;
        }
        let (role, job) = (runs.label("role"), runs.label("task"));
        let is_this = |other: &&Sample| other.label("role") == role && other.label("task") == job;
        let succeeded = self.after.all("job_last_success_timestamp_seconds").any(|other| is_this(&other));
        let found = format!("the job `{job}` of {role} failed {:.0} times", runs.value);
        let advice = "its log line (WARN, with the job's name) says why; Postgres first: runbook, A job fails";
        match (succeeded, self.rises(runs)) {
            (false, _) => Some(Finding::wrong(self.node, format!("{found} and never succeeded"), advice)),
            (true, true) => Some(Finding::wrong(self.node, format!("{found}, and does so now"), advice)),
            (true, false) => None,
        }
    }

    fn hanging(&self, job: &Sample, now: f64) -> Option<Finding> {
        let seconds = now - job.value;
        if job.value == 0.0 || seconds < LONG_RUN {
            return None;
        }
        let found = format!(
            "a run of the job `{}` of {} goes on for {:.1} h",
            job.label("task"),
            job.label("role"),
            seconds / 3_600.0
        );
        Some(Finding::attention(self.node, found, "see in its log whether it comes on; else restart the node"))
    }

    /// A pool of connections whose last one is taken while others wait.
    fn pool(&self, waiting: &Sample) -> Option<Finding> {
        let (schema, pool) = (waiting.label("schema"), waiting.label("pool"));
        let of_pool = |other: &&Sample| other.label("schema") == schema && other.label("pool") == pool;
        let most = self.after.all("db_connections_most").find(of_pool).map_or(0.0, |most| most.value);
        if waiting.value == 0.0 || self.before.same(waiting).is_none_or(|earlier| earlier.value == 0.0) {
            return None;
        }
        let found =
            format!("{:.0} calls wait for one of the {most:.0} connections `{pool}` of {schema}", waiting.value);
        let advice = "slow statements hold them (WARN in the log after 10 s), or database.connections is too small for this load";
        Some(Finding::attention(self.node, found, advice))
    }

    /// Counters that should stand still.
    fn counters(&self) -> Vec<Finding> {
        let faults = |figures: &Figures| -> f64 {
            let calls = figures.all("grpc_server_calls_total").filter(|calls| FAULTS.contains(&calls.label("code")));
            calls.map(|calls| calls.value).sum()
        };
        let mut findings = Vec::new();
        if faults(self.after) > faults(self.before) {
            let found = format!("calls end with a fault of its own now; {:.0} since the start", faults(self.after));
            findings.push(Finding::wrong(
                self.node,
                found,
                "each is in the log as ERROR with its request id and cause",
            ));
        }
        let audit = self.after.sum("audit_dropped_total");
        if audit > 0.0 {
            let found = format!("{audit:.0} lines of the audit log were dropped since the start");
            let advice = "its database writes too slowly, or is away: look at it, then runbook, Lines of the audit log are dropped";
            findings.push(Finding::wrong(self.node, found, advice));
        }
        let rising = [
            (
                "redis_failures_total",
                "calls to Redis fail",
                "start Redis again, empty: runbook, Redis is lost; until then each replica counts by itself",
            ),
            (
                "db_acquire_timeouts_total",
                "calls get no connection to the database in time",
                "see which statements are slow (WARN in the log), then database.connections",
            ),
            (
                "cache_failures_total",
                "the cache does not answer",
                "start Redis again, empty: runbook, Redis is lost; until then answers are made anew",
            ),
            (
                "shed_calls_total",
                "calls are refused because a role has no room",
                "scale the role that is slow (dashboard, time by method), or take less",
            ),
            (
                "server_connections_refused_total",
                "connections are closed unheard",
                "more come than limits.connections, or an address is shunned: scale, or find who opens them",
            ),
        ];
        for (name, found, advice) in rising {
            let sum = self.after.sum(name);
            if sum > self.before.sum(name) {
                findings.push(Finding::attention(self.node, format!("{found} now; {sum:.0} since the start"), advice));
            }
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;

    const NOW: f64 = 1_000_000.0;
    const NODE: &str = "http://node";

    /// What is found beside the node itself.
    fn found(before: &str, after: &str) -> Vec<Finding> {
        let mut findings = judge(NODE, &Figures::parse(before), &Figures::parse(after), NOW);
        assert_eq!(findings.remove(0).state, State::Good);
        findings
    }

    #[test]
    fn a_follower_that_does_not_come_on_is_wrong_and_one_that_does_is_looked_at() {
        let lag = |changes: u32, seconds: u32| {
            format!(
                "follower_lag_changes{{log=\"discovery\",follower=\"index\"}} {changes}\nfollower_lag_seconds{{log=\"discovery\",follower=\"index\"}} {seconds}\n"
            )
        };
        assert_eq!(found(&lag(9, 3), &lag(9, 5)), []);
        let [stuck] = &found(&lag(700, 398), &lag(700, 400))[..] else { panic!("one finding") };
        assert_eq!(stuck.state, State::Wrong);
        assert_eq!(stuck.found, "`index` is 700 changes of the log of discovery behind, for 400 s");
        let [comes] = &found(&lag(700, 398), &lag(600, 400))[..] else { panic!("one finding") };
        assert_eq!(comes.state, State::Attention);
    }

    #[test]
    fn a_job_that_fails_is_told_until_it_has_succeeded() {
        let failed =
            |count: u32| format!("job_runs_total{{role=\"metrics\",task=\"trim\",outcome=\"failed\"}} {count}\n");
        let [never] = &found(&failed(3), &failed(3))[..] else { panic!("one finding") };
        assert_eq!(
            (never.state, never.found.as_str()),
            (State::Wrong, "the job `trim` of metrics failed 3 times and never succeeded")
        );
        let later =
            format!("{}job_last_success_timestamp_seconds{{role=\"metrics\",task=\"trim\"}} 999000\n", failed(3));
        assert_eq!(found(&later, &later), []);
    }

    #[test]
    fn a_run_that_does_not_end_is_told() {
        let since =
            |time: f64| format!("job_running_since_timestamp_seconds{{role=\"metrics\",task=\"purge\"}} {time}\n");
        assert_eq!(found(&since(0.0), &since(0.0)), []);
        assert_eq!(found(&since(NOW - 60.0), &since(NOW - 60.0)), []);
        assert_eq!(found(&since(NOW - 7_200.0), &since(NOW - 7_200.0)).len(), 1);
    }

    #[test]
    fn what_happened_once_is_not_told_as_going_on_but_dropped_lines_are_gone() {
        let page = "redis_failures_total 9\nshed_calls_total{kind=\"calls\"} 4\n";
        assert_eq!(found(page, page), []);
        let [redis] = &found("redis_failures_total 9\n", "redis_failures_total 12\n")[..] else {
            panic!("one finding")
        };
        assert_eq!(
            (redis.state, redis.found.as_str()),
            (State::Attention, "calls to Redis fail now; 12 since the start")
        );
        let dropped = "audit_dropped_total 5\n";
        assert_eq!(found(dropped, dropped)[0].state, State::Wrong);
    }

    #[test]
    fn a_pool_is_told_when_calls_wait_for_it_at_both_looks() {
        let page = |waiting: u32| {
            format!(
                "db_waiting{{schema=\"metrics\",pool=\"calls\"}} {waiting}\ndb_connections_most{{schema=\"metrics\",pool=\"calls\"}} 20\n"
            )
        };
        assert_eq!(found(&page(0), &page(3)), []);
        let [waits] = &found(&page(2), &page(3))[..] else { panic!("one finding") };
        assert_eq!(waits.found, "3 calls wait for one of the 20 connections `calls` of metrics");
    }

    #[test]
    fn faults_of_its_own_are_wrong_and_those_of_callers_are_not() {
        let calls = |code: &str, count: u32| {
            format!("grpc_server_calls_total{{role=\"metrics\",method=\"/a.B/C\",code=\"{code}\"}} {count}\n")
        };
        assert_eq!(found(&calls("InvalidArgument", 1), &calls("InvalidArgument", 9)), []);
        assert_eq!(found(&calls("Internal", 1), &calls("Internal", 2))[0].state, State::Wrong);
    }
}
