//! Owns DuckDB's side, which a Python process runs: the rows go as files, the times and numbers come back as files. Never a
//! figure of its own.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
    process::Command,
};

use serde::Deserialize;

use super::{Numbers, Options, readings};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/recompute_duckdb.py");

/// What came of it; times in seconds.
pub(super) struct Rival {
    pub(super) loading: f64,
    /// The median of the rounds.
    pub(super) seconds: f64,
    pub(super) rounds: Vec<f64>,
    pub(super) version: String,
    /// By the number of the creator.
    pub(super) numbers: Vec<Numbers>,
}

#[derive(Deserialize)]
struct Told {
    version: String,
    loading: f64,
    rounds: Vec<f64>,
}

pub(super) fn run(options: &Options, folder: &Path) -> Rival {
    let names = ["posts.tsv", "accounts.tsv", "rival.duckdb", "numbers.tsv", "told.json"];
    let paths = names.map(|name| folder.join(name));
    let [posts, accounts, database, numbers, told] = &paths;
    write(options, posts, accounts);
    let status = Command::new(&options.python)
        .arg(SCRIPT)
        .args([posts, accounts, database, numbers, told])
        .status()
        .expect("Python runs");
    assert!(status.success(), "DuckDB's side failed");
    let figures: Told = serde_json::from_slice(&fs::read(told).expect("a report")).expect("a report");
    let numbers = read(&fs::read_to_string(numbers).expect("numbers"));
    for path in &paths {
        fs::remove_file(path).expect("removed");
    }
    let mut sorted = figures.rounds.clone();
    sorted.sort_by(f64::total_cmp);
    let seconds = sorted[sorted.len() / 2];
    Rival { loading: figures.loading, seconds, rounds: figures.rounds, version: figures.version, numbers }
}

/// Times are microseconds since 1970, as the service keeps them.
fn write(options: &Options, posts: &Path, accounts: &Path) {
    let open = |path| BufWriter::new(File::create(path).expect("a new file"));
    let (mut posts, mut accounts) = (open(posts), open(accounts));
    let micros = |seconds: i64| seconds * 1_000_000;
    let count = |count: Option<i64>| count.map_or("\\N".to_owned(), |count| count.to_string());
    for index in 0..options.creators {
        let account = readings::account(index, options.posts);
        for reading in &account.readings {
            let (time, followers, views) = (micros(reading.time), reading.followers, reading.total_views);
            writeln!(accounts, "{}\t{time}\t{followers}\t{views}", account.id).expect("written");
        }
        for post in &account.posts {
            let sponsored = post.sponsored.map_or("\\N".to_owned(), |mark| mark.to_string());
            writeln!(
                posts,
                "{}\t{}\t{}\t{}\t{sponsored}\t{}\t{}\t\\N\t{}\t{}",
                account.id,
                post.id,
                micros(post.time),
                micros(post.published),
                post.views,
                count(post.likes),
                count(post.comments),
                count(post.shares),
            )
            .expect("written");
        }
    }
    posts.flush().and_then(|()| accounts.flush()).expect("written");
}

/// A header with `creator` and the ids of definitions, then one line a creator; `\N` for what is missing.
fn read(text: &str) -> Vec<Numbers> {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().expect("a header").split('\t').skip(1).collect();
    let mut numbers: Vec<(u64, Numbers)> = Vec::new();
    for line in lines {
        let mut cells = line.split('\t');
        let creator = cells.next().expect("a creator");
        let index = creator.rsplit_once(":r").and_then(|(_, number)| number.parse().ok()).expect("a number");
        let known = names.iter().zip(cells).filter(|(_, cell)| *cell != "\\N");
        let known = known.map(|(name, cell)| ((*name).to_owned(), cell.parse().expect("a number")));
        numbers.push((index, known.collect()));
    }
    numbers.sort_by_key(|(index, _)| *index);
    numbers.into_iter().map(|(_, numbers)| numbers).collect()
}
