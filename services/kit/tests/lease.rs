//! Leases on Postgres: of several replicas one does a job, and another one when it is gone.
#![allow(clippy::disallowed_methods, reason = "tests read where Postgres is and say what they skip")]

use std::{
    io::Write as _,
    sync::{
        Arc,
        atomic::{AtomicI32, AtomicU32, Ordering},
    },
    time::Duration,
};

use creatorscope_kit::{
    db::{Db, DbConfig, Migrations, Secret},
    lease::Lease,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const NOTHING: Migrations = Migrations { sqlite: &[], postgres: &[] };
const PATIENCE: Duration = Duration::from_secs(60);

async fn postgres(service: &'static str) -> Option<Db> {
    let Ok(url) = std::env::var("CREATORSCOPE_TEST_POSTGRES") else {
        _ = writeln!(std::io::stderr(), "SKIPPED: leases need CREATORSCOPE_TEST_POSTGRES");
        return None;
    };
    let config = DbConfig::postgres(Secret::new(url), 8);
    Some(Db::open(&config, service, &NOTHING).await.expect("opens"))
}

/// What the replicas of a job do together.
#[derive(Default)]
struct Work {
    at_once: AtomicI32,
    most_at_once: AtomicI32,
    /// By whom it was last done, from 1.
    by: AtomicU32,
    looked_on: AtomicU32,
}

/// Counts out when a job ends in whatever way.
struct Doing(Arc<Work>);

impl Drop for Doing {
    fn drop(&mut self) {
        self.0.at_once.fetch_sub(1, Ordering::SeqCst);
    }
}

fn replica(db: &Db, number: u32, work: &Arc<Work>, stop: &CancellationToken) -> JoinHandle<()> {
    let lease = Lease::new(db, "count").timed(Duration::from_millis(1_500), Duration::from_millis(200));
    let (doing, looking) = (Arc::clone(work), Arc::clone(work));
    let run = move |stop: CancellationToken| {
        let work = Arc::clone(&doing);
        async move {
            let now = work.at_once.fetch_add(1, Ordering::SeqCst) + 1;
            work.most_at_once.fetch_max(now, Ordering::SeqCst);
            work.by.store(number, Ordering::SeqCst);
            let _doing = Doing(work);
            stop.cancelled().await;
            Ok(())
        }
    };
    let idle = move |stop: CancellationToken| {
        looking.looked_on.fetch_or(1 << number, Ordering::SeqCst);
        async move {
            stop.cancelled().await;
            Ok(())
        }
    };
    let job = lease.over_else(run, idle)(stop.clone());
    tokio::spawn(async move { job.await.expect("the job ends well") })
}

async fn until(mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it comes to be");
}

#[tokio::test]
async fn one_replica_does_the_job_and_another_when_it_ends_or_is_killed() {
    let Some(db) = postgres("kit_lease").await else { return };
    let mut tx = db.begin().await.expect("begins");
    tx.execute("DELETE FROM leases", vec![]).await.expect("clears");
    tx.commit().await.expect("commits");
    let work = Arc::new(Work::default());
    let stops: Vec<CancellationToken> = (0..3).map(|_| CancellationToken::new()).collect();
    let first = replica(&db, 1, &work, &stops[0]);
    until(|| work.by.load(Ordering::SeqCst) == 1).await;
    let second = replica(&db, 2, &work, &stops[1]);
    until(|| work.looked_on.load(Ordering::SeqCst) & 0b100 > 0).await;
    // Longer than a holder may be silent: it is not, so it keeps the job.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(work.by.load(Ordering::SeqCst), 1);
    // Without a word, as a process that is killed.
    first.abort();
    until(|| work.by.load(Ordering::SeqCst) == 2).await;
    let third = replica(&db, 3, &work, &stops[2]);
    until(|| work.looked_on.load(Ordering::SeqCst) & 0b1000 > 0).await;
    stops[1].cancel();
    second.await.expect("ends");
    until(|| work.by.load(Ordering::SeqCst) == 3).await;
    stops[2].cancel();
    third.await.expect("ends");
    assert_eq!(work.most_at_once.load(Ordering::SeqCst), 1);
    assert_eq!(work.at_once.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_holder_that_cannot_reach_its_database_gives_the_job_up() {
    let Some(db) = postgres("kit_lease_lost").await else { return };
    let mut tx = db.begin().await.expect("begins");
    tx.execute("DELETE FROM leases", vec![]).await.expect("clears");
    tx.commit().await.expect("commits");
    let (work, stop) = (Arc::new(Work::default()), CancellationToken::new());
    let only = replica(&db, 1, &work, &stop);
    until(|| work.at_once.load(Ordering::SeqCst) == 1).await;
    db.close().await;
    until(|| work.at_once.load(Ordering::SeqCst) == 0).await;
    stop.cancel();
    only.await.expect("ends");
}
