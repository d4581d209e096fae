//! Owns Postgres with the indexes that fit the questions. Never the server: it is given, and a database of it is filled and
//! dropped.

use std::{collections::BTreeMap, fs, path::Path, sync::Mutex, time::Instant};

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, postgres::PgRow};
use tokio::runtime::{Builder, Runtime};

use super::{
    engine::{Engine, kilobytes},
    options::Options,
    population::Member,
    questions::Question,
    report::{Answer, Resident},
    rows,
    sql::{self, Dialect},
};

const DATABASE: &str = "creatorscope_bench";
/// What is kept per session: one worker a query, memory for sorts and hashes.
const SESSION: &str = "SET max_parallel_workers_per_gather = 0; SET work_mem = '256MB'; SET maintenance_work_mem = '1GB'; \
     SET max_parallel_maintenance_workers = 0; SET jit = off";
/// What fits the questions: words, names and tags inverted; ranges and order by followers without a look at the rows.
const INDEXES: [&str; 6] = [
    "ALTER TABLE creators ADD PRIMARY KEY (id)",
    "CREATE INDEX by_word ON creators USING gin (found)",
    "CREATE INDEX by_name ON creators USING gin (names)",
    "CREATE INDEX by_tag ON creators USING gin (tags)",
    "CREATE INDEX by_followers ON creators (followers DESC) INCLUDE (er_views, views_mean, platform, tier, country, id)",
    "CREATE INDEX by_place ON creators (platform, country, followers DESC)",
];
/// Bytes that are sent at once.
const CHUNK: usize = 1 << 20;

struct Session {
    runtime: Runtime,
    connection: Mutex<PgConnection>,
}

impl Session {
    fn open(url: &str) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let connection = runtime.block_on(PgConnection::connect(url)).expect("Postgres is there");
        let session = Self { runtime, connection: Mutex::new(connection) };
        session.run(SESSION);
        session
    }

    fn run(&self, sql: &str) {
        let mut connection = self.connection.lock().expect("no panic");
        let done = self.runtime.block_on(sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection));
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    fn rows(&self, sql: &str) -> Vec<PgRow> {
        let mut connection = self.connection.lock().expect("no panic");
        let rows = self.runtime.block_on(sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut *connection));
        rows.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    fn number(&self, sql: &str) -> i64 {
        self.rows(sql)[0].get(0)
    }

    fn copy(&self, table: &str, columns: &str, file: &Path) {
        let mut connection = self.connection.lock().expect("no panic");
        let sql = format!("COPY {table} ({columns}) FROM STDIN");
        let mut file = fs::File::open(file).expect("the rows");
        self.runtime.block_on(async {
            let mut copy = connection.copy_in_raw(&sql).await.expect("a table");
            let mut chunk = vec![0; CHUNK];
            loop {
                let length = std::io::Read::read(&mut file, &mut chunk).expect("read");
                if length == 0 {
                    break;
                }
                copy.send(&chunk[..length]).await.expect("sent");
            }
            copy.finish().await.expect("copied");
        });
    }
}

/// A filled database.
pub(crate) struct Postgres {
    reader: Session,
    writer: Session,
    round: Mutex<u64>,
    url: String,
}

impl Postgres {
    /// Makes the database anew and fills it from the files of rows. Answers with the seconds that it took.
    pub(crate) fn load(options: &Options, creators: &Path, updates: &Path) -> (Self, f64) {
        let server = options.postgres.as_deref().expect("--postgres says where a server is");
        let (base, _) = server.rsplit_once('/').expect("a URL that ends in the name of a database");
        let admin = Session::open(server);
        admin.run(&format!("DROP DATABASE IF EXISTS {DATABASE}"));
        admin.run(&format!("CREATE DATABASE {DATABASE}"));
        let url = format!("{base}/{DATABASE}");
        let session = Session::open(&url);
        let plain: Vec<String> = rows::COLUMNS.iter().map(|(name, kind)| format!("{name} {kind}")).collect();
        let changing: Vec<String> = rows::changing().iter().map(|(name, kind)| format!("{name} {kind}")).collect();
        let begun = Instant::now();
        session.run(&format!(
            "CREATE TABLE creators ({}, {}, \
             found tsvector GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED, \
             names tsvector GENERATED ALWAYS AS (to_tsvector('simple', display_name || ' ' || handle)) STORED)",
            plain.join(", "),
            changing.join(", ")
        ));
        let names: Vec<String> = rows::COLUMNS.iter().map(|(name, _)| (*name).to_owned()).collect();
        let numbers: Vec<String> = rows::changing().into_iter().map(|(name, _)| name).collect();
        session.copy("creators", &format!("{}, {}", names.join(", "), numbers.join(", ")), creators);
        for index in INDEXES {
            session.run(index);
        }
        session.run("VACUUM (ANALYZE) creators");
        session.run("CHECKPOINT");
        let seconds = begun.elapsed().as_secs_f64();
        session.run(&sql::updates_table());
        session.copy("updates", &format!("round, id, tier, {}", numbers.join(", ")), updates);
        session.run("CREATE INDEX by_round ON updates (round)");
        session.run("ANALYZE updates");
        (Self { reader: session, writer: Session::open(&url), round: Mutex::new(0), url: server.to_owned() }, seconds)
    }

    /// Drops the database.
    pub(crate) fn remove(self) {
        let Self { reader, writer, url, .. } = self;
        drop((reader, writer));
        Session::open(&url).run(&format!("DROP DATABASE {DATABASE} WITH (FORCE)"));
    }
}

impl Engine for Postgres {
    fn ask(&self, question: &Question) -> Option<Answer> {
        let statements = sql::statements(question, Dialect::Postgres)?;
        let mut answer = Answer {
            first: self.reader.rows(&statements.first).iter().map(|row| row.get(0)).collect(),
            total: statements.total.map(|sql| self.reader.number(&sql).cast_unsigned()),
            facets: BTreeMap::new(),
        };
        for row in statements.facets.iter().flat_map(|sql| self.reader.rows(sql)) {
            let (field, value, count): (String, String, i64) = (row.get(0), row.get(1), row.get(2));
            answer.facets.entry(field).or_default().insert(value, count.cast_unsigned());
        }
        Some(answer)
    }

    fn update(&self, _: &[Member]) -> bool {
        // The same changes stand in the table already, by rounds.
        let mut round = self.round.lock().expect("no panic");
        self.writer.run(&sql::update(&round.to_string()));
        *round += 1;
        true
    }

    /// The proportional share of all processes of the server, the shared buffers included.
    fn resident_elsewhere(&self) -> Option<Resident> {
        let folder: String = self.reader.rows("SHOW data_directory")[0].get(0);
        let pid = fs::read_to_string(Path::new(&folder).join("postmaster.pid")).ok()?;
        let parent = pid.lines().next()?.trim().to_owned();
        let mut resident = Resident::default();
        for entry in fs::read_dir("/proc").ok()?.flatten() {
            let status = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
            let value = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            if value("PPid:") != Some(parent.as_str()) && value("Pid:") != Some(parent.as_str()) {
                continue;
            }
            let shares = fs::read_to_string(entry.path().join("smaps_rollup")).ok()?;
            resident.own += kilobytes(&shares, "Pss_Anon:")? + kilobytes(&shares, "Pss_Shmem:")?;
            resident.files += kilobytes(&shares, "Pss_File:")?;
        }
        Some(resident)
    }

    fn disk(&self) -> u64 {
        self.reader.number("SELECT pg_total_relation_size('creators')").cast_unsigned()
    }
}
