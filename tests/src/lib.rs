//! Owns what the API tests share: real nodes as processes, in both modes, and short ways to speak to them. Never a test.
//!
//! `embedded` is one process with every role on SQLite; `distributed` is one process per role on Postgres. Both come from
//! one template, on free ports and in temporary folders. A node that logs an unexpected WARN or ERROR fails its test.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    missing_docs,
    reason = "tests stop at the first thing that is wrong"
)]

pub mod make;
mod process;

use std::{collections::BTreeMap, fs::File, io::Write as _, net::TcpListener, path::Path};

use creatorscope_kit::{
    caller::Identity,
    clock::Clock,
    db::Secret,
    transport::{Transport, remote},
};
use creatorscope_proto::{
    campaign::v1::campaign_service_client::CampaignServiceClient,
    discovery::v1::discovery_service_client::DiscoveryServiceClient,
    metrics::v1::metrics_service_client::MetricsServiceClient,
    scoring::v1::scoring_service_client::ScoringServiceClient,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::process::Process;

/// Where the roles run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// All in one process, on SQLite.
    Embedded,
    /// One process per role, on Postgres.
    Distributed,
}

/// Starts a suite in each mode that can be had here and runs the test with it; says loudly what it leaves out. Settings may
/// stand before the tests: `with &["section.key=value"];`.
#[macro_export]
macro_rules! in_both_modes {
    ($(#[$attribute:meta])* async fn $($rest:tt)+) => {
        $crate::in_both_modes! { with &[]; $(#[$attribute])* async fn $($rest)+ }
    };
    (with $settings:expr; $($(#[$attribute:meta])* async fn $name:ident($suite:ident: &mut Suite) $body:block)+) => {
        $(mod $name {
            use super::*;
            $(#[$attribute])*
            async fn check($suite: &mut $crate::Suite) $body

            #[tokio::test]
            async fn embedded() {
                let mut suite = $crate::Suite::start_with($crate::Mode::Embedded, $settings).await;
                check(&mut suite).await;
                suite.stop().await;
            }

            #[tokio::test]
            async fn distributed() {
                if !$crate::postgres_is_there() {
                    return;
                }
                let mut suite = $crate::Suite::start_with($crate::Mode::Distributed, $settings).await;
                check(&mut suite).await;
                suite.stop().await;
            }
        })+
    };
}

/// The same for functions that take the mode and start suites of their own.
#[macro_export]
macro_rules! each_mode {
    ($($name:ident)+) => {
        mod embedded {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::Mode::Embedded).await;
            })+
        }
        mod distributed {
            $(#[tokio::test]
            async fn $name() {
                if $crate::postgres_is_there() {
                    super::$name($crate::Mode::Distributed).await;
                }
            })+
        }
    };
}

/// Whether `CREATORSCOPE_TEST_POSTGRES` names a Postgres; says so when it does not.
pub fn postgres_is_there() -> bool {
    let there = postgres_url().is_some();
    if !there {
        _ = writeln!(
            std::io::stderr(),
            "SKIPPED: distributed mode needs CREATORSCOPE_TEST_POSTGRES; tests/run sets it"
        );
    }
    there
}

fn postgres_url() -> Option<String> {
    std::env::var("CREATORSCOPE_TEST_POSTGRES").ok()
}

/// The folder of real data, or none; says so when it is not there.
pub fn real_data() -> Option<std::path::PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("CREATORSCOPE_TEST_DATA").map_or(default, Into::into);
    if folder.is_dir() {
        return Some(folder);
    }
    _ = writeln!(std::io::stderr(), "SKIPPED: no real data in {}; set CREATORSCOPE_TEST_DATA", folder.display());
    None
}

/// A running suite.
pub struct Suite {
    mode: Mode,
    folder: tempfile::TempDir,
    database: Option<String>,
    processes: BTreeMap<&'static str, Process>,
    settings: Vec<String>,
    /// Locks of the ports that are its own.
    ports: Vec<File>,
}

/// A key for contacts, of zeros.
const CONTACT_KEY: &str = "test:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// What the roles of a suite know one another by.
const IDENTITY_SECRET: &str = "a secret that all roles of a test share";

/// Roles in the order in which they are started: each after those that it calls.
const ROLES: [&str; 5] = ["metrics", "discovery", "scoring", "campaign", "gateway"];

impl Suite {
    /// Starts every role and waits until each listens.
    pub async fn start(mode: Mode) -> Self {
        Self::start_with(mode, &[]).await
    }

    /// Starts with settings, each `section.key=value`.
    pub async fn start_with(mode: Mode, settings: &[&str]) -> Self {
        let mut suite = Self::prepare(mode).await;
        suite.settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        suite.start_all().await;
        suite
    }

    /// Folder and database of a suite, in which nothing runs yet.
    pub async fn prepare(mode: Mode) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = match mode {
            Mode::Embedded => None,
            Mode::Distributed => Some(make_database().await),
        };
        Self { mode, folder, database, processes: BTreeMap::new(), settings: Vec::new(), ports: Vec::new() }
    }

    /// Starts every role of a prepared suite.
    pub async fn start_all(&mut self) {
        let suite = self;
        match suite.mode {
            Mode::Embedded => {
                let address = suite.reserve();
                suite.run("gateway", &address).await;
            }
            Mode::Distributed => {
                // Roles call each other both ways, so that addresses must be known before they run.
                let addresses = ROLES.map(|role| (role, suite.reserve()));
                for (role, address) in addresses.iter().filter(|(role, _)| *role != "gateway") {
                    suite.settings.push(format!("peers.{role}=http://{address}"));
                }
                for (role, address) in &addresses {
                    suite.run(role, address).await;
                }
            }
        }
    }

    /// An address that nobody listens on, kept for this suite until it ends: the kernel gives ports above these to connections that are
    /// made, and a lock keeps other suites, of this process or of another, from taking it before the role does.
    fn reserve(&mut self) -> String {
        let locks = std::env::temp_dir().join("creatorscope-test-ports");
        std::fs::create_dir_all(&locks).expect("a folder");
        let port = loop {
            let port = fastrand::u16(10_000..16_000);
            let lock = File::create(locks.join(port.to_string())).expect("a file");
            if lock.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok() {
                self.ports.push(lock);
                break port;
            }
        };
        format!("127.0.0.1:{port}")
    }

    /// Starts the metrics role and nothing that follows it.
    pub async fn start_metrics_alone(mode: Mode) -> Self {
        let mut suite = Self::prepare(mode).await;
        let address = suite.reserve();
        suite.run("metrics", &address).await;
        suite
    }

    async fn run(&mut self, role: &'static str, address: &str) {
        let mut arguments = vec![
            "serve".to_owned(),
            "--data-dir".to_owned(),
            self.folder.path().join(if self.mode == Mode::Embedded { "node" } else { role }).display().to_string(),
        ];
        let mut set = self.settings.clone();
        set.push(format!("{role}.listen={address}"));
        set.push("log.format=json".to_owned());
        if self.mode == Mode::Distributed || role != "gateway" {
            arguments.push(format!("--roles={role}"));
        }
        // The roles of one process share a secret of their own.
        if self.mode == Mode::Distributed || role != "gateway" {
            set.push(format!("identity.secret={IDENTITY_SECRET}"));
        }
        if let Some(url) = &self.database {
            set.push(format!("database.url={url}"));
            // On Postgres nobody makes keys: replicas would make different ones.
            set.push(format!("discovery.contact_keys_secret={CONTACT_KEY}"));
        }
        for setting in set {
            arguments.extend(["--set".to_owned(), setting]);
        }
        let process = Process::start(role, &arguments, &self.folder.path().join(format!("{role}.log"))).await;
        self.processes.insert(role, process);
    }

    /// Kills a role as `kill -9` does; in embedded mode the one process has them all.
    pub async fn kill(&mut self, role: &'static str) {
        let role = self.process_of(role);
        self.processes.get_mut(role).expect("it runs").kill().await;
    }

    /// Starts a killed role again, on its address and data; one that runs stays as it is.
    pub async fn restart(&mut self, role: &'static str) {
        let role = self.process_of(role);
        if self.processes[role].runs() {
            return;
        }
        let address = self.processes[role].address.clone();
        self.run(role, &address).await;
    }

    fn process_of(&self, role: &'static str) -> &'static str {
        if self.mode == Mode::Embedded { "gateway" } else { role }
    }

    /// `host:port` of the gateway, or of the metrics role when it runs alone.
    pub fn address(&self) -> String {
        let front = self.processes.get("gateway").unwrap_or_else(|| &self.processes["metrics"]);
        front.address.clone()
    }

    /// A new way to the gateway, or as another role to the metrics role when it runs alone.
    pub fn transport(&self) -> Transport {
        let way = remote(&format!("http://{}", self.address())).expect("an address");
        if self.processes.contains_key("gateway") {
            return way;
        }
        Identity::new(&Secret::new(IDENTITY_SECRET), Clock::system()).speak_as("tests", way)
    }

    /// Makes a key with these further arguments of `key create`.
    pub async fn make_key(&self, arguments: &[&str]) -> String {
        let told = self.run_key(&[&["create", "--name", "a test"], arguments].concat()).await;
        told.lines().next().expect("a key").to_owned()
    }

    /// Runs the command `key` on the tables of this suite's gateway and answers with what it printed.
    pub async fn run_key(&self, arguments: &[&str]) -> String {
        self.run_on_tables("key", arguments).await
    }

    /// Runs a command that works on the tables of this suite and answers with what it printed.
    pub async fn run_on_tables(&self, command: &str, arguments: &[&str]) -> String {
        let folder = self.folder.path().join(if self.mode == Mode::Embedded { "node" } else { "gateway" });
        let mut all: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        all.extend(["--data-dir".to_owned(), folder.display().to_string()]);
        if let Some(url) = &self.database {
            all.extend(["--set".to_owned(), format!("database.url={url}")]);
        }
        String::from_utf8(self.run_program(command, &all).await).expect("UTF-8")
    }

    /// A client of the metrics service.
    pub fn metrics(&self) -> MetricsServiceClient<Transport> {
        MetricsServiceClient::new(self.transport()).max_decoding_message_size(64 << 20)
    }

    /// A client of the discovery service.
    pub fn discovery(&self) -> DiscoveryServiceClient<Transport> {
        DiscoveryServiceClient::new(self.transport()).max_decoding_message_size(64 << 20)
    }

    /// A client of the campaign service.
    pub fn campaign(&self) -> CampaignServiceClient<Transport> {
        CampaignServiceClient::new(self.transport()).max_decoding_message_size(64 << 20)
    }

    /// A client of the scoring service.
    pub fn scoring(&self) -> ScoringServiceClient<Transport> {
        ScoringServiceClient::new(self.transport()).max_decoding_message_size(64 << 20)
    }

    /// The folder of the suite.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a command of the program to its end and answers with its standard output.
    pub async fn run_program(&self, command: &str, arguments: &[String]) -> Vec<u8> {
        let output = tokio::process::Command::new(process::program()).arg(command).args(arguments).output().await;
        output.expect("the program runs").stdout
    }

    /// Resident memory of all processes of the suite, in kB.
    pub fn resident_kilobytes(&self) -> u64 {
        self.processes.values().map(Process::resident_kilobytes).sum()
    }

    /// How long all processes of the suite have computed, over all cores.
    pub fn processor_time(&self) -> std::time::Duration {
        self.processes.values().map(Process::processor_time).sum()
    }

    /// Which mode this is.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Stops every process by SIGTERM and fails when one logged what it should not, or did not end well.
    pub async fn stop(mut self) {
        let mut complaints = Vec::new();
        for role in ROLES.iter().rev() {
            if let Some(process) = self.processes.remove(role) {
                complaints.extend(process.stop().await);
            }
        }
        if let Some(url) = &self.database {
            drop_database(url).await;
        }
        assert!(complaints.is_empty(), "unexpected in the log:\n{}", complaints.join("\n"));
    }
}

async fn make_database() -> String {
    let url = postgres_url().expect("asked before");
    let name = format!("test_{}", uuid::Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(&url).await.expect("Postgres is there");
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await.expect("a database");
    let (server, _) = url.rsplit_once('/').expect("a url with a database");
    format!("{server}/{name}")
}

async fn drop_database(url: &str) {
    let (server, name) = url.rsplit_once('/').expect("a url with a database");
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.expect("Postgres is there");
    sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")))
        .execute(&mut connection)
        .await
        .expect("dropped");
}
