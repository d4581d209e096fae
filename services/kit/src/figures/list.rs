//! Owns the list of figures: name, kind, unit, labels, meaning. Never a value.

use self::Kind::{Counter, Gauge, Histogram};

/// What can be done with a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only rises, from the start of the process on.
    Counter,
    /// It is as it is now.
    Gauge,
    /// It counts values by their size.
    Histogram,
}

impl Kind {
    /// As Prometheus calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A figure on the page `/metrics`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// Its name.
    pub name: &'static str,
    /// What can be done with it.
    pub kind: Kind,
    /// What one is.
    pub unit: &'static str,
    /// Its labels; each has few values, and none comes from a caller.
    pub labels: &'static [&'static str],
    /// What it counts, as a sentence.
    pub meaning: &'static str,
}

const fn figure(
    name: &'static str,
    kind: Kind,
    unit: &'static str,
    labels: &'static [&'static str],
    meaning: &'static str,
) -> Figure {
    Figure { name, kind, unit, labels, meaning }
}

/// Every figure, in the order of their names. A test holds the sources and the page `deploy/metrics.md` against it.
pub const FIGURES: &[Figure] = &[
    figure(
        "audit_dropped_total",
        Counter,
        "lines",
        &[],
        "Lines of the audit log that were dropped, because more came than can be written.",
    ),
    figure("build_info", Gauge, "1", &["version"], "Which program this is."),
    figure(
        "cache_failures_total",
        Counter,
        "values",
        &["kind"],
        "Values that the shared cache did not give or take, because Redis did not answer or what lay there could not be read.",
    ),
    figure("cache_hits_total", Counter, "values", &["kind"], "Values that were found in the cache."),
    figure(
        "cache_misses_total",
        Counter,
        "values",
        &["kind"],
        "Values that were not found in the cache and had to be made.",
    ),
    figure(
        "change_log_position",
        Gauge,
        "position",
        &["log"],
        "The newest change of a log, as its service or a follower last saw it.",
    ),
    figure(
        "change_wakeups_total",
        Counter,
        "messages",
        &[],
        "Messages of other replicas by Redis that something was written to a log that is followed here.",
    ),
    figure(
        "db_acquire_seconds",
        Histogram,
        "seconds",
        &["schema", "pool"],
        "How long a connection to the database was waited for.",
    ),
    figure(
        "db_acquire_timeouts_total",
        Counter,
        "calls",
        &["schema", "pool"],
        "Work that got no connection to the database in time.",
    ),
    figure(
        "db_connections",
        Gauge,
        "connections",
        &["schema", "pool", "state"],
        "Connections of a pool, `used` or `idle`.",
    ),
    figure("db_connections_most", Gauge, "connections", &["schema", "pool"], "How many connections a pool may have."),
    figure(
        "db_replica_failures_total",
        Counter,
        "reads",
        &["schema"],
        "Reads that a replica of the database did not answer and the primary did.",
    ),
    figure(
        "db_statements_abandoned_total",
        Counter,
        "statements",
        &["schema", "pool"],
        "Statements that were given up while they ran; their connection ends with them.",
    ),
    figure("db_waiting", Gauge, "calls", &["schema", "pool"], "Work that waits for a connection of a pool."),
    figure(
        "follower_lag_changes",
        Gauge,
        "changes",
        &["log", "follower"],
        "Changes of a log that a follower has not taken yet.",
    ),
    figure(
        "follower_lag_seconds",
        Gauge,
        "seconds",
        &["log", "follower"],
        "For how long the oldest change that a follower has not taken is known, to 5 s.",
    ),
    figure(
        "grpc_server_call_seconds",
        Histogram,
        "seconds",
        &["role", "method", "code"],
        "Time until an answer began.",
    ),
    figure(
        "grpc_server_calls_total",
        Counter,
        "calls",
        &["role", "method", "code"],
        "Calls that were answered. In one process the gateway and the role behind it each count a call.",
    ),
    figure(
        "ingest_items_total",
        Counter,
        "items",
        &["kind", "outcome", "reason"],
        "Items that were sent to be kept, by what became of them; those that were rejected also by the first reason.",
    ),
    figure(
        "job_last_success_timestamp_seconds",
        Gauge,
        "seconds since 1970",
        &["role", "task"],
        "When a job last did what it was to do.",
    ),
    figure("job_run_seconds", Histogram, "seconds", &["role", "task"], "How long a run of a job took."),
    figure(
        "job_running_since_timestamp_seconds",
        Gauge,
        "seconds since 1970",
        &["role", "task"],
        "When the run that goes on began; 0 while none does.",
    ),
    figure(
        "job_runs_total",
        Counter,
        "runs",
        &["role", "task", "outcome"],
        "Runs of a job, `done` or `failed`. A job that follows a log runs once for each part that it takes.",
    ),
    figure("lease_held", Gauge, "1", &["task"], "Whether this replica does a job that one replica does, 1 or 0."),
    figure("model_info", Gauge, "1", &["model", "version"], "Which version of a model or of rules answers here."),
    figure("peer_addresses", Gauge, "addresses", &["peer"], "Addresses of a peer that are known."),
    figure(
        "peer_ejections_total",
        Counter,
        "ejections",
        &["peer"],
        "How often an address of a peer was taken out of use for a while.",
    ),
    figure("process_open_fds", Gauge, "files", &[], "File descriptors that are open."),
    figure("process_resident_memory_bytes", Gauge, "bytes", &[], "Memory that the process holds."),
    figure("process_start_time_seconds", Gauge, "seconds since 1970", &[], "When the process began to count."),
    figure("redis_connected", Gauge, "1", &[], "Whether there is a connection to Redis, 1 or 0."),
    figure(
        "redis_failures_total",
        Counter,
        "calls",
        &[],
        "Calls to Redis without an answer, those included that were not made because there was none a moment ago.",
    ),
    figure(
        "server_connections_closed_total",
        Counter,
        "connections",
        &["listener", "reason"],
        "Connections that ended.",
    ),
    figure("server_connections_open", Gauge, "connections", &["listener"], "Connections that are open."),
    figure(
        "server_connections_refused_total",
        Counter,
        "connections",
        &["listener"],
        "Connections that were closed unheard: over limits.connections, or from an address that is shunned.",
    ),
    figure("server_connections_total", Counter, "connections", &["listener"], "Connections that were taken."),
    figure(
        "server_requests_stalled_total",
        Counter,
        "requests",
        &[],
        "Requests that came too slowly or stopped in their middle.",
    ),
    figure("server_streams_cut_total", Counter, "answers", &["listener", "reason"], "Answers that were given up."),
    figure(
        "shed_calls_total",
        Counter,
        "calls",
        &["kind"],
        "Calls that were refused because a role had no room: `calls` or `streams`.",
    ),
    figure("tokio_tasks_alive", Gauge, "tasks", &[], "Tasks of the process that have not ended."),
    figure("watchers_open", Gauge, "streams", &["log"], "Streams of state that are open."),
];
