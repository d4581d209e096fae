//! Reads at a replica of Postgres. Here the replica is the same server, and a setting of the session that its address brings along tells
//! them apart. Skipped without `CREATORSCOPE_TEST_POSTGRES`.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read where Postgres is and say what they skip"
)]

use std::io::Write as _;

use creatorscope_kit::db::{Db, DbConfig, Migrations, PostgresConfig, Secret};

const TABLES: Migrations = Migrations {
    sqlite: &[("0001_init", "CREATE TABLE things (id BIGINT PRIMARY KEY)")],
    postgres: &[("0001_init", "CREATE TABLE things (id BIGINT PRIMARY KEY)")],
};
/// A setting of the session that the address of the replica brings along.
const WHO: &str = "SELECT current_setting('creatorscope.who', true)";

async fn open(schema: &'static str, read_url: impl FnOnce(&str) -> String) -> Option<Db> {
    let Ok(url) = std::env::var("CREATORSCOPE_TEST_POSTGRES") else {
        _ = writeln!(std::io::stderr(), "SKIPPED on Postgres: {schema}; CREATORSCOPE_TEST_POSTGRES is not set");
        return None;
    };
    let read_url = Some(Secret::new(read_url(&url)));
    let config = PostgresConfig { read_url, ..PostgresConfig::new(Secret::new(url), 2) };
    Some(Db::open(&DbConfig::Postgres(config), schema, &TABLES).await.expect("opens"))
}

async fn who(db: &Db) -> Option<String> {
    db.fetch::<(Option<String>,)>(WHO, vec![]).await.expect("answered").remove(0).0.filter(|who| !who.is_empty())
}

#[tokio::test]
async fn reads_that_may_be_old_go_to_the_replica_and_no_others() {
    let with_name = |url: &str| format!("{url}?options=-c%20creatorscope.who%3Dreplica");
    let Some(db) = open("kit_replica", with_name).await else { return };
    assert_eq!(who(&db).await, None);
    assert_eq!(who(&db.aside()).await.as_deref(), Some("replica"));
    let mut tx = db.aside().begin().await.expect("begins");
    let within: Vec<(Option<String>,)> = tx.fetch(WHO, vec![]).await.expect("answered");
    assert!(within[0].0.as_deref().unwrap_or_default().is_empty(), "a transaction writes, and is at the primary");
}

#[tokio::test]
async fn a_replica_that_is_away_or_cannot_answer_is_done_without() {
    let nobody = |_: &str| "postgres://tester@127.0.0.1:1/postgres".to_owned();
    let Some(db) = open("kit_replica_away", nobody).await else { return };
    assert_eq!(who(&db.aside()).await, None, "the primary answered");
    let elsewhere = |url: &str| url.replace("/postgres", "/template1");
    let db = open("kit_replica_behind", elsewhere).await.expect("there is Postgres");
    let things = db.aside().fetch::<(i64,)>("SELECT id FROM things", vec![]).await;
    assert!(things.expect("a replica without the table yet is not the end").is_empty());
}
