//! Owns the benchmarks: each measures the suite and a named rival in one run and prints their ratio. Never a pass or fail.
//!
//! `cargo run --release -p creatorscope-tests --bin bench -- ingest-sqlite | ingest-postgres | calls | watch | footprint | analyze |
//! wakeups | campaign | recompute-operation`; build the whole workspace in release before. `tests/figures.md` holds what was measured. `discovery` and
//! `recompute` are long and run only when named; `tests/bench_discovery` and `tests/bench_recompute` prepare what they need.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a bench prints, and stops at the first thing that is wrong"
)]

mod analyze;
mod calls;
mod campaign;
mod discovery;
mod footprint;
mod ingest;
mod recompute;
mod recompute_rival;
mod rival;
mod wakeups;
mod watch;

use std::time::Duration;

/// Each side of a comparison is measured so many times, in turns; the median counts.
const ROUNDS: usize = 3;

/// As the program has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    match wanted.split_first() {
        Some((name, rest)) if name == "discovery" => discovery::run(rest),
        Some((name, rest)) if name == "recompute" => recompute_rival::run(rest),
        Some((name, rest)) if name == "discovery-engine" => discovery::run_engine(rest),
        _ => short(&wanted),
    }
}

/// The comparisons that take some minutes together.
#[tokio::main]
async fn short(wanted: &[String]) {
    let all = wanted.is_empty();
    let is_wanted = |name: &str| all || wanted.iter().any(|one| one == name);
    if is_wanted("ingest-sqlite") {
        ingest::sqlite().await;
    }
    if is_wanted("ingest-postgres") {
        ingest::postgres().await;
    }
    if is_wanted("calls") {
        calls::run().await;
    }
    if is_wanted("analyze") {
        analyze::run().await;
    }
    if is_wanted("watch") {
        watch::run().await;
    }
    if is_wanted("wakeups") {
        wakeups::run().await;
    }
    if is_wanted("campaign") {
        campaign::run().await;
    }
    if is_wanted("recompute-operation") {
        recompute::run().await;
    }
    if is_wanted("footprint") {
        footprint::run().await;
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn per_second(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// Prints both sides and how much of the rival's speed ours has.
fn compare(what: &str, count: usize, ours: Vec<Duration>, rival_name: &str, rival: Vec<Duration>) {
    let (ours, rival) = (per_second(count, median(ours)), per_second(count, median(rival)));
    println!("{what}: creatorscope {ours:.0}/s, {rival_name} {rival:.0}/s, ratio {:.2}", ours / rival);
}
