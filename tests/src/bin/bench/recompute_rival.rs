//! Owns the comparison of computing every default number of every creator: ours from the store, against one aggregation in
//! DuckDB over the same rows, both on one core. Never a formula of the registry.
//!
//! All numbers must be the same; otherwise the run fails.

mod ours;
mod readings;
mod rival;

use std::{fs, path::PathBuf};

/// What is compared.
struct Options {
    creators: u64,
    /// Posts of each creator.
    posts: u64,
    folder: Option<PathBuf>,
    out: Option<PathBuf>,
    /// The Python that has the package `duckdb`.
    python: String,
}

impl Options {
    /// Reads `--creators N --posts N --folder F --out FILE --python P`.
    fn read(arguments: &[String]) -> Self {
        let mut options = Self { creators: 20_000, posts: 50, folder: None, out: None, python: "python3".to_owned() };
        let number = |text: &str| text.replace('_', "").parse::<u64>().expect("a whole number");
        for pair in arguments.chunks(2) {
            let [name, value] = pair else { panic!("`{}` needs a value", pair[0]) };
            match name.as_str() {
                "--creators" => options.creators = number(value),
                "--posts" => options.posts = number(value),
                "--folder" => options.folder = Some(value.into()),
                "--out" => options.out = Some(value.into()),
                "--python" => options.python.clone_from(value),
                other => panic!("`{other}` is not an argument"),
            }
        }
        options
    }
}

/// Numbers of one creator by the ids of their definitions; missing ones are left out.
type Numbers = std::collections::BTreeMap<String, f64>;

/// Compares both and prints the table.
pub(crate) fn run(arguments: &[String]) {
    let options = Options::read(arguments);
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = options.folder.clone().unwrap_or_else(|| temporary.path().to_owned());
    fs::create_dir_all(&folder).expect("a folder");
    let rival = rival::run(&options, &folder);
    let ours = ours::run(&options, &folder);
    let differences = compare(&ours.numbers, &rival.numbers);

    let posts = (options.creators * options.posts) as f64;
    let rate = |seconds: f64| posts / seconds;
    println!("## {} creators with {} posts each, one core\n", options.creators, options.posts);
    println!("| | seconds | posts per second and core | of DuckDB's |\n|--|--:|--:|--:|");
    let rows = [
        ("creatorscope: evaluation alone", ours.evaluating),
        ("creatorscope: reading and evaluation, CPU time", ours.cpu),
        ("creatorscope: reading and evaluation, elapsed", ours.reading + ours.evaluating),
        ("DuckDB: one aggregation, 1 thread", rival.seconds),
    ];
    for (name, seconds) in rows {
        println!("| {name} | {seconds:.2} | {:.0} | {:.2} |", rate(seconds), rival.seconds / seconds);
    }
    println!("\nLoading: creatorscope {:.0} s, DuckDB {:.0} s.", ours.loading, rival.loading);
    println!(
        "{} numbers compared, {} differ.",
        ours.numbers.iter().map(Numbers::len).sum::<usize>(),
        differences.len()
    );
    if let Some(out) = &options.out {
        let figures = serde_json::json!({
            "creators": options.creators, "posts_each": options.posts, "differences": differences.len(),
            "ours": {"loading": ours.loading, "reading": ours.reading, "evaluating": ours.evaluating, "cpu": ours.cpu},
            "duckdb": {"loading": rival.loading, "seconds": rival.seconds, "rounds": rival.rounds, "version": rival.version},
        });
        fs::write(out, serde_json::to_string_pretty(&figures).expect("JSON")).expect("written");
    }
    assert!(differences.is_empty(), "the numbers differ:\n{}", differences[..differences.len().min(10)].join("\n"));
}

fn compare(ours: &[Numbers], rival: &[Numbers]) -> Vec<String> {
    assert_eq!(ours.len(), rival.len(), "numbers of creators");
    let mut differences = Vec::new();
    for (place, (left, right)) in ours.iter().zip(rival).enumerate() {
        let ids: std::collections::BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        for id in ids {
            let same = match (left.get(id), right.get(id)) {
                (Some(left), Some(right)) => (left - right).abs() <= 1e-9 * left.abs().max(right.abs()).max(1e-9),
                (left, right) => left == right,
            };
            if !same {
                differences.push(format!("creator {place}, {id}: {:?} and {:?}", left.get(id), right.get(id)));
            }
        }
    }
    differences
}
