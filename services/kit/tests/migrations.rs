//! How databases are brought up to date: by one of many, in part while the role serves, and beside the program before. On SQLite
//! always, on Postgres when `CREATORSCOPE_TEST_POSTGRES` names one.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read where Postgres is and say what they skip"
)]

use std::io::Write as _;

use creatorscope_kit::{
    changes::ChangeLog,
    clock::Clock,
    db::{Db, DbConfig, DbError, Engine, Migrations, Secret},
};
use tempfile::TempDir;

const TABLES: &str = "CREATE TABLE things (id BIGINT NOT NULL, kind BIGINT NOT NULL)";
const INDEX: &str = "CREATE UNIQUE INDEX things_by_id ON things (id)";
const CONCURRENTLY: &str = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS things_by_id ON things (id)
-- step
CREATE INDEX CONCURRENTLY IF NOT EXISTS things_by_kind ON things (kind)";

const FIRST: Migrations = Migrations { sqlite: &[("0001_init", TABLES)], postgres: &[("0001_init", TABLES)] };
const DEFERRED: Migrations = Migrations {
    sqlite: &[("0001_init", TABLES), ("0002_deferred_index", INDEX)],
    postgres: &[("0001_init", TABLES), ("0002_deferred_index", CONCURRENTLY)],
};
const COLUMN: (&str, &str) = ("0002_note", "ALTER TABLE things ADD COLUMN note TEXT");
const ADDED: Migrations =
    Migrations { sqlite: &[("0001_init", TABLES), COLUMN], postgres: &[("0001_init", TABLES), COLUMN] };
const RENAMED: (&str, &str) = ("0003_breaking_sort", "ALTER TABLE things RENAME COLUMN kind TO sort");
const BROKEN: Migrations = Migrations {
    sqlite: &[("0001_init", TABLES), COLUMN, RENAMED],
    postgres: &[("0001_init", TABLES), COLUMN, RENAMED],
};

/// New places for a database on every engine that is there, with a name for its schema.
fn places(test: &str) -> (Vec<DbConfig>, &'static str, TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut places = vec![DbConfig::File(folder.path().join("things.db"))];
    match std::env::var("CREATORSCOPE_TEST_POSTGRES") {
        Ok(url) => places.push(DbConfig::postgres(Secret::new(url), 3)),
        Err(_) => _ = writeln!(std::io::stderr(), "SKIPPED on Postgres: CREATORSCOPE_TEST_POSTGRES is not set"),
    }
    let schema = format!("k{}_{test}", Clock::system().now().as_microsecond());
    (places, Box::leak(schema.into_boxed_str()), folder)
}

async fn number(db: &Db, sql: &'static str) -> i64 {
    db.fetch::<(i64,)>(sql, vec![]).await.expect("reads")[0].0
}

/// Indexes of the table that can be used.
async fn indexes(db: &Db) -> i64 {
    match db.engine() {
        Engine::Sqlite => {
            number(db, "SELECT COUNT(*) FROM sqlite_master WHERE type = 'index' AND name = 'things_by_id'").await
        }
        Engine::Postgres => {
            number(db, "SELECT COUNT(*) FROM pg_index WHERE indrelid = 'things'::regclass AND indisvalid").await
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_replicas_that_start_together_one_migrates() {
    let (places, schema, _folder) = places("together");
    for place in places {
        let mut replicas = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let place = place.clone();
            replicas.spawn(async move { Db::open(&place, schema, &ADDED).await });
        }
        while let Some(opened) = replicas.join_next().await {
            let db = opened.expect("ends").expect("opens");
            assert_eq!(number(&db, "SELECT COUNT(*) FROM migrations").await, 2);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deferred_migrations_are_applied_later_and_once() {
    let (places, schema, _folder) = places("deferred");
    for place in places {
        let db = Db::open(&place, schema, &DEFERRED).await.expect("opens");
        assert_eq!((number(&db, "SELECT COUNT(*) FROM migrations").await, indexes(&db).await), (1, 0));
        let mut replicas = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let db = db.clone();
            replicas.spawn(async move { db.apply_deferred(&DEFERRED).await });
        }
        let mut done = 0;
        while let Some(applied) = replicas.join_next().await {
            done += i32::from(applied.expect("ends").expect("no error"));
        }
        assert!(done >= 1);
        let expected = if db.engine() == Engine::Sqlite { 1 } else { 2 };
        assert_eq!((number(&db, "SELECT COUNT(*) FROM migrations").await, indexes(&db).await), (2, expected));
        let again = Db::open(&place, schema, &DEFERRED).await.expect("opens");
        assert!(again.apply_deferred(&DEFERRED).await.expect("nothing to do"));
        assert_eq!(db.snapshot().await.expect("begins").migrations().await.expect("reads"), ["0001_init"]);
    }
}

#[tokio::test]
async fn an_index_whose_making_was_cut_off_is_made_again() {
    let (places, schema, _folder) = places("invalid");
    let Some(place) = places.into_iter().nth(1) else { return };
    let db = Db::open(&place, schema, &DEFERRED).await.expect("opens");
    let mut tx = db.begin().await.expect("begins");
    tx.execute("INSERT INTO things (id, kind) VALUES (1, 1), (1, 2)", vec![]).await.expect("inserts");
    tx.commit().await.expect("commits");
    // Two rows with one id: the build fails as one that is cut off does, and leaves an index that cannot be used.
    db.apply_deferred(&DEFERRED).await.expect_err("not unique");
    assert_eq!(number(&db, "SELECT COUNT(*) FROM pg_index WHERE indrelid = 'things'::regclass").await, 1);
    assert_eq!(indexes(&db).await, 0);
    let mut tx = db.begin().await.expect("begins");
    tx.execute("DELETE FROM things WHERE kind = 2", vec![]).await.expect("deletes");
    tx.commit().await.expect("commits");
    assert!(db.apply_deferred(&DEFERRED).await.expect("unique now"));
    assert_eq!(indexes(&db).await, 2);
}

#[tokio::test]
async fn the_program_before_works_with_what_was_added_and_refuses_what_breaks_it() {
    let (places, schema, _folder) = places("before");
    for place in places {
        drop(Db::open(&place, schema, &ADDED).await.expect("opens"));
        let before = Db::open(&place, schema, &FIRST).await.expect("works beside the newer one");
        assert_eq!(number(&before, "SELECT COUNT(*) FROM things").await, 0);
        drop(Db::open(&place, schema, &BROKEN).await.expect("opens"));
        let refused = Db::open(&place, schema, &ADDED).await.expect_err("a column is gone");
        assert!(matches!(refused, DbError::NewerDatabase { ref name } if name == RENAMED.0), "{refused:?}");
    }
}

#[tokio::test]
async fn a_replica_starts_while_another_one_is_in_the_middle_of_a_write() {
    let (places, schema, _folder) = places("beside");
    for place in places.iter().filter(|place| matches!(place, DbConfig::Postgres(_))) {
        let first = Db::open(place, schema, &FIRST).await.expect("opens");
        let mut tx = first.begin().await.expect("begins");
        let log = ChangeLog::new(first.clone(), Clock::system());
        log.append(&mut tx, &[("a", 1)]).await.expect("written");
        // Whoever waited for the write here would end as a deadlock with its next statement.
        Db::open(place, schema, &FIRST).await.expect("opens meanwhile");
        tx.commit().await.expect("nobody was in the way");
    }
}
