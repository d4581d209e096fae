//! Owns what an idle suite costs: time to start, resident memory, size of the program. Never a load.

use std::time::Instant;

use creatorscope_tests::{Mode, Suite};

use crate::{ROUNDS, median};

pub(crate) async fn run() {
    let mut starts = Vec::new();
    let mut resident = 0;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let suite = Suite::start(Mode::Embedded).await;
        starts.push(begun.elapsed());
        resident = suite.resident_kilobytes();
        suite.stop().await;
    }
    println!(
        "embedded suite: start to listening {:.0} ms, idle resident memory {:.1} MB",
        median(starts).as_secs_f64() * 1e3,
        resident as f64 / 1e3
    );
}
