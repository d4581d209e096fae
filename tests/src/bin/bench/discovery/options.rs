//! Owns the arguments of the comparison. Never what they lead to.

use std::{path::PathBuf, time::Duration};

use super::questions::Kind;

/// The engines, ours first.
pub(crate) const ENGINES: [&str; 5] = ["creatorscope", "tantivy", "scan", "postgres", "duckdb"];

/// What to compare and how long.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) creators: u64,
    pub(crate) engines: Vec<String>,
    /// Where the engines keep their files; removed at the end when it was made.
    pub(crate) folder: Option<PathBuf>,
    /// Where the figures go as JSON.
    pub(crate) out: Option<PathBuf>,
    /// Questions of a kind.
    pub(crate) runs: u64,
    /// After so long no further question of the kind is asked, unless fewer than [`Options::fewest`] were.
    pub(crate) patience: Duration,
    /// How long questions are asked while updates flow.
    pub(crate) updating: Duration,
    /// The Python that has the package `duckdb`.
    pub(crate) python: String,
    /// The Postgres server that may be filled.
    pub(crate) postgres: Option<String>,
}

impl Options {
    /// Reads `--creators N --engines a,b --folder F --out FILE --runs N --seconds S --updating S --python P --postgres URL`.
    pub(crate) fn read(arguments: &[String]) -> Self {
        let mut options = Self {
            creators: 100_000,
            engines: ENGINES.map(str::to_owned).to_vec(),
            folder: None,
            out: None,
            runs: 500,
            patience: Duration::from_secs(60),
            updating: Duration::from_secs(15),
            python: "python3".to_owned(),
            postgres: std::env::var("CREATORSCOPE_TEST_POSTGRES").ok(),
        };
        let number = |text: &str| text.replace('_', "").parse::<u64>().expect("a whole number");
        for pair in arguments.chunks(2) {
            let [name, value] = pair else { panic!("`{}` needs a value", pair[0]) };
            match name.as_str() {
                "--creators" => options.creators = number(value),
                "--engines" => options.engines = value.split(',').map(str::to_owned).collect(),
                "--folder" => options.folder = Some(value.into()),
                "--out" => options.out = Some(value.into()),
                "--runs" => options.runs = number(value),
                "--seconds" => options.patience = Duration::from_secs(number(value)),
                "--updating" => options.updating = Duration::from_secs(number(value)),
                "--python" => options.python.clone_from(value),
                "--postgres" => options.postgres = Some(value.clone()),
                other => panic!("`{other}` is not an argument"),
            }
        }
        for engine in &options.engines {
            assert!(
                ENGINES.contains(&engine.as_str()),
                "`{engine}` is not an engine; accepted are {}",
                ENGINES.join(", ")
            );
        }
        assert!(options.creators > 0, "a population of at least one creator is needed");
        options
    }

    /// So many questions of a kind are asked in any case: enough to compare answers, few where they are not compared.
    pub(crate) fn fewest(&self, kind: Kind) -> u64 {
        match kind {
            Kind::Suggest | Kind::Similar => self.runs.min(3),
            _ => self.runs.min(20),
        }
    }

    /// The arguments for the process of one engine.
    pub(crate) fn of_engine(&self, folder: &std::path::Path) -> Vec<String> {
        let mut arguments = vec![
            "--creators".to_owned(),
            self.creators.to_string(),
            "--folder".to_owned(),
            folder.display().to_string(),
            "--runs".to_owned(),
            self.runs.to_string(),
            "--seconds".to_owned(),
            self.patience.as_secs().to_string(),
            "--updating".to_owned(),
            self.updating.as_secs().to_string(),
            "--python".to_owned(),
            self.python.clone(),
        ];
        if let Some(postgres) = &self.postgres {
            arguments.extend(["--postgres".to_owned(), postgres.clone()]);
        }
        arguments
    }
}
