//! Owns the creators as rows of text, which both databases load: tab-separated, `\N` for what is missing. Never a statement.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use super::{
    engine::{UPDATES, feed},
    population::{self, METRICS, Member},
};

/// Columns in the order of the file, with their types, which both databases know. Lists are written `{a,b}`.
pub(crate) const COLUMNS: [(&str, &str); 13] = [
    ("id", "TEXT"),
    ("platform", "TEXT"),
    ("display_name", "TEXT"),
    ("handle", "TEXT"),
    ("bio", "TEXT"),
    ("country", "TEXT"),
    ("languages", "TEXT[]"),
    ("niches", "TEXT[]"),
    ("tags", "TEXT[]"),
    ("words", "TEXT"),
    ("verified", "BOOLEAN"),
    ("created", "BIGINT"),
    ("tier", "TEXT"),
];

/// The columns that updates bring, behind the key.
pub(crate) fn changing() -> Vec<(String, &'static str)> {
    let metrics = METRICS.iter().map(|id| (id.replace('.', "_"), "DOUBLE PRECISION"));
    [("followers".to_owned(), "BIGINT")].into_iter().chain(metrics).collect()
}

/// Writes every creator.
pub(crate) fn write_creators(path: &Path, creators: u64) {
    let mut file = BufWriter::new(File::create(path).expect("a new file"));
    feed(creators, |members| {
        for member in &members {
            file.write_all(creator(member).as_bytes()).expect("written");
        }
    });
    file.flush().expect("written");
}

/// Writes so many rounds of updates, each row with the number of its round.
pub(crate) fn write_updates(path: &Path, rounds: u64, creators: u64) {
    let mut file = BufWriter::new(File::create(path).expect("a new file"));
    for number in 0..rounds * UPDATES {
        let member = population::updated(number, creators);
        let mut fields = vec![(number / UPDATES).to_string(), member.id(), optional(member.tier())];
        fields.extend(numbers(&member));
        writeln!(file, "{}", fields.join("\t")).expect("written");
    }
    file.flush().expect("written");
}

fn creator(member: &Member) -> String {
    let list = |values: &[&str]| format!("{{{}}}", values.join(","));
    let tags = member.tags();
    let mut fields = vec![
        member.id(),
        member.platform.word().to_owned(),
        member.display_name.clone(),
        member.handle.clone(),
        member.bio.clone(),
        optional(member.country),
        list(&member.languages),
        list(&member.niches),
        list(&tags.iter().map(String::as_str).collect::<Vec<_>>()),
        member.text(),
        optional(member.verified),
        member.account_created.to_string(),
        optional(member.tier()),
    ];
    fields.extend(numbers(member));
    fields.join("\t") + "\n"
}

fn numbers(member: &Member) -> impl Iterator<Item = String> {
    [optional(member.followers)].into_iter().chain(member.metrics.map(optional))
}

fn optional<T: ToString>(value: Option<T>) -> String {
    value.map_or("\\N".to_owned(), |value| value.to_string())
}
