//! Whether rows are found by their keys, on both engines, and by an index. On Postgres skipped without
//! `CREATORSCOPE_TEST_POSTGRES`.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read where Postgres is and say what they skip"
)]

use std::io::Write as _;

use creatorscope_kit::db::{Arg, Conflict, Db, DbConfig, Migrations, PostgresConfig, Secret, column, json_texts};

const TABLES: Migrations = Migrations {
    sqlite: &[(
        "0001_init",
        "CREATE TABLE things (owner TEXT NOT NULL, id TEXT NOT NULL, size BIGINT, PRIMARY KEY (owner, id))",
    )],
    postgres: &[(
        "0001_init",
        "CREATE TABLE things (owner TEXT COLLATE \"C\" NOT NULL, id TEXT COLLATE \"C\" NOT NULL, size BIGINT, PRIMARY KEY (owner, id))",
    )],
};
const COLUMNS: [creatorscope_kit::db::Column; 3] = [column::text("owner"), column::text("id"), column::int("size")];
/// Owners; each has [`THINGS`]. Tables of about so many rows were read as a whole for one key.
const OWNERS: i64 = 100;
const THINGS: i64 = 40;

/// Both databases, as far as they are there, each with the same rows.
async fn filled(schema: &'static str) -> Vec<Db> {
    let mut found = vec![Db::temporary(&TABLES).await.expect("opens")];
    match std::env::var("CREATORSCOPE_TEST_POSTGRES") {
        Ok(url) => {
            let config = DbConfig::Postgres(PostgresConfig::new(Secret::new(url), 2));
            found.push(Db::open(&config, schema, &TABLES).await.expect("opens"));
        }
        Err(_) => {
            _ = writeln!(std::io::stderr(), "SKIPPED on Postgres: {schema}; CREATORSCOPE_TEST_POSTGRES is not set");
        }
    }
    for db in &found {
        let mut tx = db.begin().await.expect("begins");
        tx.execute("DELETE FROM things", vec![]).await.expect("empties");
        let all = (0..OWNERS).flat_map(|owner| (0..THINGS).map(move |id| (owner, id)));
        let rows = all.map(|(owner, id)| vec![format!("o{owner}").into(), format!("t{id}").into(), Arg::from(id)]);
        tx.insert("things", &COLUMNS, rows.collect(), Conflict::Fail).await.expect("writes");
        tx.commit().await.expect("commits");
        let mut tx = db.begin().await.expect("begins");
        tx.execute("ANALYZE things", vec![]).await.expect("counts");
        tx.commit().await.expect("commits");
    }
    found
}

/// How Postgres goes about a statement; empty on SQLite.
async fn plan(db: &Db, sql: &str, args: Vec<Arg>) -> String {
    if db.engine().name() != "postgresql" {
        return String::new();
    }
    let lines: Vec<(String,)> = db.fetch(format!("EXPLAIN {sql}"), args).await.expect("explains");
    lines.into_iter().map(|(line,)| line + "\n").collect()
}

#[tokio::test]
async fn rows_of_a_few_keys_are_found_without_reading_the_table() {
    for db in filled("kit_few_keys").await {
        let sql = format!("SELECT owner, id FROM things WHERE owner {} ORDER BY owner, id", db.engine().in_texts("$1"));
        let wanted = || vec![json_texts(["o7", "o9", "nobody", "o7"])];
        let rows: Vec<(String, String)> = db.fetch(sql.clone(), wanted()).await.expect("reads");
        assert_eq!(rows.len() as i64, 2 * THINGS, "each once, though a key was said twice");
        assert!(rows.iter().all(|(owner, _)| owner == "o7" || owner == "o9"));
        let plan = plan(&db, &sql, wanted()).await;
        assert!(!plan.contains("Seq Scan on things"), "{plan}");
    }
}

#[tokio::test]
async fn rows_are_looked_up_for_each_of_a_few_keys_of_several_columns() {
    for db in filled("kit_each_key").await {
        let engine = db.engine();
        let keys = format!(
            "(SELECT value ->> 0 AS owner, CAST(value ->> 1 AS BIGINT) AS least FROM {})",
            engine.elements("$1")
        );
        let from = engine.look_up(&keys, "things", "t.owner = k.owner AND t.size >= k.least");
        let sql = format!("SELECT t.owner, t.id, k.least FROM {from} ORDER BY t.owner, t.id LIMIT $2");
        let wanted = || {
            vec![
                Arg::from(serde_json::json!([["o7", THINGS - 2], ["o9", THINGS], ["nobody", 0]]).to_string()),
                Arg::from(10_i64),
            ]
        };
        let rows: Vec<(String, String, i64)> = db.fetch(sql.clone(), wanted()).await.expect("reads");
        let last = |id: i64| ("o7".to_owned(), format!("t{id}"), THINGS - 2);
        assert_eq!(rows, [last(THINGS - 2), last(THINGS - 1)]);
        let plan = plan(&db, &sql, wanted()).await;
        assert!(!plan.contains("Seq Scan on things") && !plan.contains("Merge Join"), "{plan}");
    }
}
