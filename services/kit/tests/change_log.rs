//! The database and the change log on both engines: what readers see while many write.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read where Postgres is and say what they skip"
)]

use std::collections::BTreeSet;
use std::io::Write as _;

use creatorscope_kit::{
    changes::{ChangeLog, ReadError},
    clock::Clock,
    db::{Arg, Column, Conflict, Db, DbConfig, Migrations, Secret, column, json_texts},
};
use jiff::Timestamp;

const WRITERS: usize = 8;
const BATCHES: usize = 40;

const TABLES: Migrations = Migrations {
    sqlite: &[(
        "0001_init",
        "CREATE TABLE things (id TEXT PRIMARY KEY, amount BIGINT, share DOUBLE PRECISION, blob BLOB)",
    )],
    postgres: &[(
        "0001_init",
        "CREATE TABLE things (id TEXT COLLATE \"C\" PRIMARY KEY, amount BIGINT, share DOUBLE PRECISION, blob BYTEA)",
    )],
};
const COLUMNS: [Column; 4] = [column::text("id"), column::int("amount"), column::real("share"), column::bytes("blob")];

/// Every database that is there: SQLite as a file, and Postgres when `CREATORSCOPE_TEST_POSTGRES` names one.
async fn databases(service: &'static str) -> Vec<(Db, Option<tempfile::TempDir>)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = DbConfig::File(folder.path().join("log.db"));
    let mut found = vec![(Db::open(&file, service, &TABLES).await.expect("opens"), Some(folder))];
    match std::env::var("CREATORSCOPE_TEST_POSTGRES") {
        Ok(url) => {
            let config = DbConfig::postgres(Secret::new(url), 20);
            found.push((Db::open(&config, service, &TABLES).await.expect("opens"), None));
        }
        Err(_) => _ = writeln!(std::io::stderr(), "SKIPPED on Postgres: CREATORSCOPE_TEST_POSTGRES is not set"),
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_beside_eight_writers_misses_and_doubles_nothing() {
    for (db, _folder) in databases("kit_log_writers").await {
        let log = ChangeLog::new(db.clone(), Clock::system());
        let begin = log.head().await.expect("head");
        let mut writers = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            let (db, log) = (db.clone(), log.clone());
            writers.spawn(async move {
                for batch in 0..BATCHES {
                    let mut tx = db.begin().await.expect("begins");
                    let keys = [format!("{writer}/{batch}/a"), format!("{writer}/{batch}/b")];
                    let changes: Vec<(&str, i64)> = keys.iter().map(|key| (key.as_str(), 1)).collect();
                    let position = log.append(&mut tx, &changes).await.expect("appends");
                    // Every fifth batch is taken back: its positions must be given out again.
                    if batch % 5 == 4 {
                        drop(tx);
                        continue;
                    }
                    tx.commit().await.expect("commits");
                    log.published(position);
                }
            });
        }
        let expected = WRITERS * BATCHES * 2 * 4 / 5;
        let mut seen = Vec::new();
        let mut after = begin;
        while seen.len() < expected {
            let changes = log.read(after, 7).await.expect("reads");
            match changes.last() {
                Some(last) => after = last.position,
                None => log.wait_beyond(after).await,
            }
            seen.extend(changes);
        }
        while let Some(writer) = writers.join_next().await {
            writer.expect("a writer ends");
        }
        assert_eq!(log.read(after, 7).await.expect("reads"), vec![]);
        assert!(seen.windows(2).all(|pair| pair[0].position + 1 == pair[1].position), "positions rise by one");
        let distinct: BTreeSet<&String> = seen.iter().map(|change| &change.key).collect();
        assert_eq!(distinct.len(), expected);
    }
}

#[tokio::test]
async fn a_place_before_the_trimmed_part_or_behind_the_end_is_expired() {
    for (db, _folder) in databases("kit_log_trim").await {
        let clock = Clock::fixed("2026-01-01T00:00:00Z".parse::<Timestamp>().expect("a time"));
        let log = ChangeLog::new(db.clone(), clock.clone());
        let begin = log.head().await.expect("head");
        for day in 1..=2 {
            clock.set(format!("2026-01-0{day}T00:00:00Z").parse().expect("a time"));
            let mut tx = db.begin().await.expect("begins");
            log.append(&mut tx, &[("key", day)]).await.expect("appends");
            tx.commit().await.expect("commits");
        }
        log.trim("2026-01-01T12:00:00Z".parse().expect("a time")).await.expect("trims");
        assert!(matches!(log.read(begin, 10).await, Err(ReadError::Expired { .. })));
        assert!(matches!(log.read(begin + 3, 10).await, Err(ReadError::Expired { .. })));
        let left = log.read(begin + 1, 10).await.expect("reads");
        assert_eq!(left.iter().map(|change| change.kind).collect::<Vec<_>>(), vec![2]);
    }
}

#[tokio::test]
async fn bulk_inserts_keep_every_value_and_obey_the_conflict_rule() {
    for (db, _folder) in databases("kit_insert").await {
        let nasty = "tab\t back\\slash\\N new\nline cr\r quote' \u{1F600}";
        let row = |id: &str, amount: i64| {
            vec![Arg::from(id), Arg::from(amount), Arg::from(0.1 + 0.2), Arg::Bytes(Some(vec![0, 255, 92]))]
        };
        let mut rows: Vec<Vec<Arg>> = (0..1_203).map(|place| row(&format!("{place:05}"), place)).collect();
        rows.push(vec![Arg::from(nasty), Arg::Int(None), Arg::Real(None), Arg::Bytes(None)]);
        let mut tx = db.begin().await.expect("begins");
        tx.execute("DELETE FROM things", vec![]).await.expect("clears");
        assert_eq!(tx.insert("things", &COLUMNS, rows, Conflict::Fail).await.expect("inserts"), 1_204);
        let again = vec![row("00000", -1), row("new", -1)];
        assert_eq!(tx.insert("things", &COLUMNS, again.clone(), Conflict::Ignore).await.expect("ignores"), 1);
        let replace = Conflict::Replace { key: &["id"] };
        assert_eq!(tx.insert("things", &COLUMNS, vec![row("00001", -2)], replace).await.expect("replaces"), 1);
        tx.commit().await.expect("commits");

        type Thing = (String, Option<i64>, Option<f64>, Option<Vec<u8>>);
        let things: Vec<Thing> =
            db.fetch("SELECT id, amount, share, blob FROM things ORDER BY id", vec![]).await.expect("reads");
        assert_eq!(things.len(), 1_205);
        assert_eq!(things[0], ("00000".into(), Some(0), Some(0.1 + 0.2), Some(vec![0, 255, 92])));
        assert_eq!(things[1].1, Some(-2));
        assert!(things.contains(&(nasty.to_owned(), None, None, None)));
        let mut tx = db.begin().await.expect("begins");
        assert!(tx.insert("things", &COLUMNS, again, Conflict::Fail).await.is_err());
    }
}

#[tokio::test]
async fn a_list_of_texts_is_one_argument() {
    for (db, _folder) in databases("kit_texts").await {
        let mut tx = db.begin().await.expect("begins");
        tx.execute("DELETE FROM things", vec![]).await.expect("clears");
        let rows = ["a", "b\"", "c"].map(|id| vec![id.into(), 1i64.into(), Arg::Real(None), Arg::Bytes(None)]);
        tx.insert("things", &COLUMNS, rows.to_vec(), Conflict::Fail).await.expect("inserts");
        let sql = format!("SELECT id FROM things WHERE id {} ORDER BY id", db.engine().in_texts("$1"));
        let found: Vec<(String,)> = tx.fetch(sql, vec![json_texts(["b\"", "c", "x"])]).await.expect("reads");
        assert_eq!(found, vec![("b\"".to_owned(),), ("c".to_owned(),)]);
    }
}

async fn write(db: &Db, log: &ChangeLog, keys: &[String]) {
    let mut tx = db.begin().await.expect("begins");
    let changes: Vec<(&str, i64)> = keys.iter().map(|key| (key.as_str(), 1)).collect();
    let position = log.append(&mut tx, &changes).await.expect("appends");
    tx.commit().await.expect("commits");
    log.published(position);
}

/// Follows a log as a watcher does, until it has seen so many changes.
async fn seen_by_a_follower(log: &ChangeLog, mut after: i64, count: usize) -> Vec<i64> {
    let mut follower = log.follow();
    let mut seen = Vec::new();
    while seen.len() < count {
        let positions: Vec<i64> = match follower.at_hand(after, 100) {
            Some(changes) => changes.iter().map(|change| change.position).collect(),
            None => log.read(after, 100).await.expect("reads").iter().map(|change| change.position).collect(),
        };
        match positions.last() {
            Some(last) => after = *last,
            None => follower.beyond(after).await.expect("the log is read"),
        }
        seen.extend(positions);
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn followers_see_every_change_once_and_in_order_however_far_behind_they_begin() {
    for (db, _folder) in databases("kit_log_follow").await {
        let log = ChangeLog::new(db.clone(), Clock::system());
        let begin = log.head().await.expect("head");
        let early = tokio::spawn({
            let log = log.clone();
            async move { seen_by_a_follower(&log, begin, 12_000).await }
        });
        // More than is kept in memory.
        for batch in 0..6 {
            let keys: Vec<String> = (0..2_000).map(|place| format!("{batch}/{place}")).collect();
            write(&db, &log, &keys).await;
        }
        let expected: Vec<i64> = (begin + 1..=begin + 12_000).collect();
        assert_eq!(seen_by_a_follower(&log, begin, 12_000).await, expected);
        assert_eq!(early.await.expect("ends"), expected);
    }
}

#[tokio::test]
async fn followers_see_what_another_process_wrote() {
    for (db, _folder) in databases("kit_log_elsewhere").await {
        let (here, elsewhere) =
            (ChangeLog::new(db.clone(), Clock::system()), ChangeLog::new(db.clone(), Clock::system()));
        let begin = here.head().await.expect("head");
        let mut follower = here.follow();
        write(&db, &elsewhere, &["first".to_owned()]).await;
        assert_eq!(seen_by_a_follower(&here, begin, 1).await, [begin + 1]);
        // Whoever follows all the time learns it from the task's next look.
        follower.beyond(begin).await.expect("the log is read");
        write(&db, &elsewhere, &["second".to_owned()]).await;
        follower.beyond(begin + 1).await.expect("the log is read");
        let changes = follower.at_hand(begin + 1, 9).expect("in memory");
        assert_eq!(changes.iter().map(|change| change.key.as_str()).collect::<Vec<_>>(), ["second"]);
    }
}

#[tokio::test]
async fn followers_are_told_when_the_log_cannot_be_read() {
    let (db, _folder) = databases("kit_log_closed").await.remove(0);
    let log = ChangeLog::new(db.clone(), Clock::system());
    let begin = log.head().await.expect("head");
    let mut follower = log.follow();
    db.close().await;
    assert!(follower.beyond(begin).await.is_err());
    assert!(matches!(log.read(begin, 1).await, Err(ReadError::Db(_))));
}
