//! Owns how long a watcher at one replica waits for what another replica wrote: with Redis and without. Never what was written.
//!
//! Needs `CREATORSCOPE_TEST_POSTGRES` and `CREATORSCOPE_TEST_REDIS`.

use std::time::{Duration, Instant};

use creatorscope_kit::{
    RedisConfig,
    changes::{Bell, ChangeLog},
    clock::Clock,
    db::{Db, DbConfig, Migrations, Secret},
};

const WRITES: usize = 200;
const NOTHING: Migrations = Migrations { sqlite: &[], postgres: &[] };

pub(crate) async fn run() {
    let (Ok(postgres), Ok(redis)) =
        (std::env::var("CREATORSCOPE_TEST_POSTGRES"), std::env::var("CREATORSCOPE_TEST_REDIS"))
    else {
        eprintln!("SKIPPED: wakeups need CREATORSCOPE_TEST_POSTGRES and CREATORSCOPE_TEST_REDIS");
        return;
    };
    let bell = || {
        let redis = RedisConfig::new(Secret::new(redis.clone())).open().expect("a url").expect("one");
        Bell::new(redis)
    };
    measure("without Redis", &postgres, Bell::none, WRITES / 4).await;
    measure("with Redis", &postgres, bell, WRITES).await;
}

async fn measure(what: &str, postgres: &str, bell: impl Fn() -> Bell, writes: usize) {
    let config = DbConfig::postgres(Secret::new(postgres), 4);
    let open = async || {
        let db = Db::open(&config, "bench_wakeups", &NOTHING).await.expect("opens");
        (db.clone(), ChangeLog::new(db, Clock::system()).rung_by(&bell(), "bench"))
    };
    let ((writer, written), (_watcher, watched)) = (open().await, open().await);
    let mut follower = watched.follow();
    // Both are connected, and the follower has begun, after some writes.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut waits = Vec::with_capacity(writes);
    for _ in 0..writes {
        // Anywhere between two looks.
        tokio::time::sleep(Duration::from_millis(fastrand::u64(10..300))).await;
        let mut tx = writer.begin().await.expect("begins");
        let position = written.append(&mut tx, &[("key", 1)]).await.expect("appends");
        tx.commit().await.expect("commits");
        let begun = Instant::now();
        written.published(position);
        follower.beyond(position - 1).await.expect("the log is read");
        waits.push(begun.elapsed());
    }
    waits.sort();
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{what}: from commit at one replica to a watcher at another, {writes} writes: p50 {:.2} ms, p95 {:.2} ms, most {:.2} ms",
        at(0.5),
        at(0.95),
        at(1.0)
    );
}
