//! How long work may take on Postgres: what a call's deadline, the bounds of settings and a full pool do. Skipped without
//! `CREATORSCOPE_TEST_POSTGRES`.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read where Postgres is and say what they skip"
)]

use std::{io::Write as _, time::Duration};

use creatorscope_kit::{
    db::{Db, DbConfig, DbError, Migrations, PostgresConfig, Secret},
    fault::Code,
    onward::Onward,
};
use tokio::time::{Instant, timeout_at};

const TABLES: Migrations = Migrations {
    sqlite: &[("0001_init", "CREATE TABLE things (id BIGINT PRIMARY KEY)")],
    postgres: &[("0001_init", "CREATE TABLE things (id BIGINT PRIMARY KEY)")],
};
const LONG: &str = "SELECT COUNT(*) FROM pg_sleep(60)";

/// A database with one connection, changed as the test wants it.
async fn open(schema: &'static str, change: impl FnOnce(&mut PostgresConfig)) -> Option<Db> {
    let Ok(url) = std::env::var("CREATORSCOPE_TEST_POSTGRES") else {
        _ = writeln!(std::io::stderr(), "SKIPPED on Postgres: {schema}; CREATORSCOPE_TEST_POSTGRES is not set");
        return None;
    };
    let mut config = PostgresConfig::new(Secret::new(url), 1);
    change(&mut config);
    Some(Db::open(&DbConfig::Postgres(config), schema, &TABLES).await.expect("opens"))
}

fn within(time: Duration) -> Onward {
    Onward { end: Some(Instant::now() + time), ..Onward::default() }
}

async fn count(db: &Db, sql: String) -> Result<i64, DbError> {
    Ok(db.fetch::<(i64,)>(sql, vec![]).await?[0].0)
}

/// Sessions of a schema that are at work, seen from another.
async fn at_work(watcher: &Db, schema: &str) -> i64 {
    let sql = format!(
        "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = '{schema}' AND state = 'active' AND query = '{LONG}'"
    );
    count(watcher, sql).await.expect("reads")
}

#[tokio::test]
async fn nothing_goes_on_in_the_database_for_a_call_that_was_given_up() {
    let Some(db) = open("kit_given_up", |_| {}).await else { return };
    let watcher = open("kit_given_up_watcher", |_| {}).await.expect("there");
    let call = within(Duration::from_millis(300));
    let end = call.end.expect("set");
    let read = call.scope(async { timeout_at(end, db.fetch::<(i64,)>(LONG, vec![])).await }).await;
    assert!(read.is_err(), "the layer of deadlines gives the call up");
    for _ in 0..200 {
        if at_work(&watcher, "kit_given_up").await == 0 {
            assert_eq!(count(&db, "SELECT COUNT(*) FROM things".into()).await.expect("the place is free"), 0);
            return;
        }
        count(&watcher, "SELECT COUNT(*) FROM pg_sleep(0.05)".into()).await.expect("waits");
    }
    panic!("the statement goes on");
}

#[tokio::test]
async fn a_transaction_given_up_in_the_middle_of_a_statement_leaves_its_lock() {
    let Some(db) = open("kit_locks", |config| config.connections = 2).await else { return };
    let mut first = db.begin().await.expect("begins");
    first.execute("LOCK TABLE things IN ACCESS EXCLUSIVE MODE", vec![]).await.expect("locks");
    let call = within(Duration::from_millis(300));
    let end = call.end.expect("set");
    let waiting = async {
        let mut second = db.begin().await?;
        second.fetch::<(i64,)>(LONG, vec![]).await
    };
    let ended = timeout_at(end + Duration::from_secs(30), call.scope(waiting)).await.expect("ends by itself");
    assert!(matches!(ended, Err(DbError::Deadline)), "{ended:?}");
    assert!(
        timeout_at(Instant::now() + Duration::from_millis(100), first.fetch::<(i64,)>(LONG, vec![])).await.is_err()
    );
    drop(first);
    assert_eq!(count(&db, "SELECT COUNT(*) FROM things".into()).await.expect("nobody holds the lock"), 0);
}

#[tokio::test]
async fn statements_of_a_transaction_end_with_the_deadline_of_its_call() {
    let Some(db) = open("kit_deadline", |_| {}).await else { return };
    let work = async {
        let mut tx = db.begin().await?;
        tx.fetch::<(i64,)>(LONG, vec![]).await
    };
    let ended = within(Duration::from_millis(200)).scope(work).await.expect_err("the deadline is sooner");
    assert!(matches!(ended, DbError::Deadline), "{ended:?}");
    assert_eq!(ended.code(), Code::DeadlineExceeded);
    assert!(!ended.is_transient());
}

#[tokio::test]
async fn a_full_pool_is_told_in_time() {
    let Some(db) = open("kit_full", |config| config.acquire = Duration::from_millis(100)).await else { return };
    let _held = db.begin().await.expect("begins");
    let read = || db.fetch::<(i64,)>("SELECT COUNT(*) FROM things", vec![]);
    let refused = Onward::default().scope(read()).await.expect_err("the only connection is held");
    assert_eq!(refused.code(), Code::Unavailable, "{refused:?}");
    let late = within(Duration::from_millis(20)).scope(read()).await.expect_err("the only connection is held");
    assert_eq!(late.code(), Code::DeadlineExceeded, "{late:?}");
}

#[tokio::test]
async fn jobs_have_a_bound_of_their_own() {
    let bounds = |config: &mut PostgresConfig| {
        config.statement = Duration::from_millis(50);
        config.job_statement = Duration::ZERO;
    };
    let Some(db) = open("kit_bounds", bounds).await else { return };
    const SHORT: &str = "SELECT COUNT(*) FROM pg_sleep(0.3)";
    let mut tx = db.begin().await.expect("begins");
    tx.fetch::<(i64,)>(SHORT, vec![]).await.expect("a job has time");
    drop(tx);
    db.fetch::<(i64,)>(SHORT, vec![]).await.expect("a job has time");
    let call = Onward::default().scope(db.fetch::<(i64,)>(SHORT, vec![])).await;
    assert!(matches!(call, Err(DbError::Deadline)), "{call:?}");
}

#[tokio::test]
async fn a_dropped_transaction_is_rolled_back_and_its_connection_used_again() {
    let Some(db) = open("kit_dropped", |_| {}).await else { return };
    let session = || count(&db, "SELECT pg_backend_pid()::bigint".into());
    let before = session().await.expect("reads");
    let mut tx = db.begin().await.expect("begins");
    tx.execute("INSERT INTO things (id) VALUES (1)", vec![]).await.expect("inserts");
    drop(tx);
    assert_eq!(count(&db, "SELECT COUNT(*) FROM things".into()).await.expect("reads"), 0);
    assert_eq!(session().await.expect("reads"), before);
}

#[tokio::test]
async fn a_transaction_whose_machine_is_cut_off_does_not_keep_its_locks_for_long() {
    let Some(db) = open("kit_cut_off", |_| {}).await else { return };
    let mut before = db.begin().await.expect("begins");
    before.execute("DELETE FROM things", vec![]).await.expect("empties");
    before.commit().await.expect("commits");
    let mut tx = db.begin().await.expect("begins");
    tx.execute("INSERT INTO things (id) VALUES (1)", vec![]).await.expect("inserts");
    // Its client says nothing more; another writer of the same row waits until Postgres gives the client up.
    let other = open("kit_cut_off_other", |_| {}).await.expect("there");
    let mut waiting = other.begin().await.expect("begins");
    waiting.execute("INSERT INTO kit_cut_off.things (id) VALUES (1)", vec![]).await.expect("is let in");
    waiting.commit().await.expect("commits");
    let late = tx.commit().await.expect_err("its transaction is over");
    assert_eq!(late.code(), Code::Unavailable, "{late:?}");
}
