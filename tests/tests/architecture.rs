//! The architecture as tests: which crate may know which, which word may stand in which room, how files are laid out.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// Names every word, so it is judged for none.
const THIS_FILE: &str = "tests/tests/architecture.rs";
const LONGEST_FILE: usize = 450;

/// Each crate of the workspace and those of ours that it may depend on.
const ARROWS: [(&str, &[&str]); 12] = [
    ("creatorscope-proto", &[]),
    ("creatorscope-domain", &["creatorscope-proto"]),
    ("creatorscope-text", &[]),
    ("creatorscope-kit", &["creatorscope-proto"]),
    ("creatorscope-discovery", &["creatorscope-proto", "creatorscope-domain", "creatorscope-kit"]),
    ("creatorscope-metrics", &["creatorscope-proto", "creatorscope-domain", "creatorscope-kit"]),
    ("creatorscope-scoring", &["creatorscope-proto", "creatorscope-domain", "creatorscope-kit", "creatorscope-text"]),
    ("creatorscope-disclosure", &[]),
    (
        "creatorscope-campaign",
        &["creatorscope-proto", "creatorscope-domain", "creatorscope-kit", "creatorscope-disclosure"],
    ),
    ("creatorscope-gateway", &["creatorscope-proto", "creatorscope-kit"]),
    (
        "creatorscope",
        &[
            "creatorscope-proto",
            "creatorscope-domain",
            "creatorscope-kit",
            "creatorscope-discovery",
            "creatorscope-metrics",
            "creatorscope-scoring",
            "creatorscope-disclosure",
            "creatorscope-campaign",
            "creatorscope-text",
            "creatorscope-gateway",
        ],
    ),
    (
        "creatorscope-tests",
        &[
            "creatorscope-proto",
            "creatorscope-domain",
            "creatorscope-kit",
            "creatorscope-discovery",
            "creatorscope-metrics",
            "creatorscope-scoring",
            "creatorscope-disclosure",
            "creatorscope-campaign",
            "creatorscope-text",
            "creatorscope-gateway",
            "creatorscope",
        ],
    ),
];

/// A word and the only rooms in which code may use it.
struct Room {
    words: &'static [&'static str],
    /// Files, or folders when they end in `/`.
    paths: &'static [&'static str],
    /// Files of this name, and all files in folders of this name.
    names: &'static [&'static str],
    in_tests: bool,
}

const ROOMS: [Room; 8] = [
    Room {
        words: &["sqlx::"],
        paths: &["services/kit/src/db.rs", "services/kit/src/db/"],
        names: &["store"],
        in_tests: true,
    },
    Room {
        words: &["moka::"],
        paths: &["services/kit/src/cache.rs", "services/kit/src/cache/"],
        names: &[],
        in_tests: false,
    },
    Room {
        words: &["redis::"],
        paths: &["services/kit/src/redis.rs", "services/kit/src/redis/", "services/kit/src/lib.rs"],
        names: &[],
        in_tests: true,
    },
    Room {
        words: &["tonic::"],
        paths: &[
            "services/kit/src/",
            "services/discovery/src/lib.rs",
            "services/metrics/src/lib.rs",
            "services/scoring/src/lib.rs",
            "gateway/src/",
            // `tonic::include_proto!` and nothing else.
            "proto/src/lib.rs",
            // The client that an import streams its batches with.
            "services/suite/src/import/send.rs",
            // The clients of other commands.
            "services/suite/src/export.rs",
            "services/suite/src/dossier.rs",
            "services/suite/src/doctor/suite.rs",
        ],
        names: &["grpc"],
        in_tests: true,
    },
    Room {
        words: &["std::env", "env::"],
        paths: &["services/kit/src/config.rs", "services/kit/src/config/"],
        names: &["build"],
        in_tests: true,
    },
    Room {
        words: &["Timestamp::now(", "SystemTime::now"],
        paths: &["services/kit/src/clock.rs"],
        names: &[],
        in_tests: false,
    },
    Room {
        words: &["opentelemetry", "opentelemetry_sdk", "opentelemetry_otlp", "tracing_opentelemetry"],
        paths: &["services/kit/src/telemetry.rs", "services/kit/src/telemetry/"],
        names: &[],
        in_tests: true,
    },
    Room { words: &["tokio::spawn", "tokio::task::spawn"], paths: &["services/kit/src/"], names: &[], in_tests: true },
];

/// Words that nothing in the repository may hold, written apart so that this file does not hold them either.
const UNFINISHED: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
const MACHINE_PATHS: [&str; 4] =
    [concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("/wo", "rk/")];

/// A file of the repository: its path from the root, with `/`, and its text.
struct SourceFile {
    path: String,
    text: String,
}

impl SourceFile {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Names on the path, without the ending of the file: `services`, `kit`, `src`, `db`, `insert`.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.path.trim_end_matches(".rs").split('/')
    }

    /// Whether the path alone says that it holds tests.
    fn lies_in_tests(&self) -> bool {
        self.names().any(|name| name == "tests")
    }

    /// The numbered lines of code, from 1, without lines that are comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// The line on which the file's own test module begins; past the last line when it has none.
    fn tests_begin(&self) -> usize {
        let lines: Vec<_> = self.text.lines().map(str::trim).collect();
        for (index, _) in lines.iter().enumerate().filter(|(_, line)| **line == "#[cfg(test)]") {
            let declared = lines[index..].iter().find(|line| !line.starts_with("#[") && !line.starts_with("//"));
            if declared.is_some_and(|declared| declared.contains("mod ") && declared.ends_with('{')) {
                return index + 1;
            }
        }
        lines.len() + 1
    }

    /// Paths of the files that it declares as test modules: `#[cfg(test)] mod laws;`.
    fn declared_tests(&self) -> Vec<String> {
        let (folder, stem) = self.path.trim_end_matches(".rs").rsplit_once('/').unwrap_or(("", &self.path));
        let home = if ["lib", "main", "mod"].contains(&stem) { folder.to_owned() } else { format!("{folder}/{stem}") };
        let lines: Vec<_> = self.text.lines().map(str::trim).collect();
        let pairs = lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]");
        let names = pairs.filter_map(|pair| pair[1].rsplit_once("mod ")?.1.strip_suffix(';'));
        names.map(|name| format!("{home}/{name}.rs")).collect()
    }
}

/// The text files of the repository, those not yet committed too; all files outside `target` where there is no git.
fn repository() -> Vec<SourceFile> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(ROOT)
        .output()
        .ok()
        .filter(|output| output.status.success());
    let mut paths: BTreeSet<String> = match listed {
        Some(output) => String::from_utf8_lossy(&output.stdout).split('\0').map(str::to_owned).collect(),
        None => walk(),
    };
    paths.remove("");
    let read = |path: String| Some(SourceFile { text: fs::read_to_string(Path::new(ROOT).join(&path)).ok()?, path });
    let files: Vec<_> = paths.into_iter().filter_map(read).collect();
    assert!(files.iter().filter(|file| file.is_rust()).count() > 50, "the repository was not found from {ROOT}");
    files
}

fn walk() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![PathBuf::from(ROOT)];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name();
            let ours = !["target", ".git", "creatorscope-data"].iter().any(|other| name == *other);
            if ours && path.is_dir() {
                waiting.push(path);
            } else if ours && let Ok(inside) = path.strip_prefix(ROOT) {
                found.insert(inside.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found
}

/// Paths of the files that hold nothing but tests, by their place or by the declaration of their module.
fn test_files(files: &[SourceFile]) -> BTreeSet<String> {
    let rust = files.iter().filter(|file| file.is_rust());
    let mut found: BTreeSet<_> = rust.flat_map(SourceFile::declared_tests).collect();
    // What lies in the folder of a test module is a test too.
    let folders: Vec<String> = found.iter().map(|path| path.replace(".rs", "/")).collect();
    let inside = |file: &&SourceFile| folders.iter().any(|folder| file.path.starts_with(folder));
    found.extend(files.iter().filter(inside).map(|file| file.path.clone()));
    found.extend(files.iter().filter(|file| file.lies_in_tests()).map(|file| file.path.clone()));
    found
}

/// Fails with all findings, one a line.
#[track_caller]
fn report(findings: &[String]) {
    assert!(findings.is_empty(), "{} found:\n  {}", findings.len(), findings.join("\n  "));
}

/// Whether `text` holds `word` that no longer word holds: no letter, digit or `_` goes on at its ends.
fn holds_word(text: &str, word: &str) -> bool {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(word).any(|(start, _)| {
        let begun_before = word.starts_with(is_letter) && text[..start].ends_with(is_letter);
        let goes_on = word.ends_with(is_letter) && text[start + word.len()..].starts_with(is_letter);
        !begun_before && !goes_on
    })
}

#[test]
fn crates_depend_only_along_the_arrows() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(ROOT)
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let mut crates: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in metadata["packages"].as_array().expect("there are packages") {
        let dependencies = package["dependencies"].as_array().expect("there is a list of dependencies");
        // Of every kind: a dependency of tests or of a build script is an arrow too.
        let ours = dependencies.iter().filter(|dependency| dependency["path"].is_string());
        let names = ours.filter_map(|dependency| dependency["name"].as_str());
        crates.insert(package["name"].as_str().expect("a package has a name"), names.collect());
    }
    let mut found = Vec::new();
    for (name, dependencies) in crates {
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            found.push(format!("{name}: is a new room; write down what it may depend on"));
            continue;
        };
        let wrong = dependencies.iter().filter(|dependency| !allowed.contains(dependency));
        found.extend(wrong.map(|dependency| format!("{name} depends on {dependency}")));
    }
    report(&found);
}

#[test]
fn words_stand_only_in_their_rooms() {
    let files = repository();
    let tests = test_files(&files);
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.is_rust() && file.path != THIS_FILE) {
        for room in &ROOMS {
            let inside = room
                .paths
                .iter()
                .any(|path| file.path == *path || (path.ends_with('/') && file.path.starts_with(path)))
                || room.names.iter().any(|name| file.names().any(|own| own == *name));
            if inside || (room.in_tests && tests.contains(&file.path)) {
                continue;
            }
            let end = if room.in_tests { file.tests_begin() } else { usize::MAX };
            for (number, line) in file.code().take_while(|(number, _)| *number < end) {
                if let Some(word) = room.words.iter().find(|word| holds_word(line, word)) {
                    found.push(format!("{}:{number}: `{word}` has another room", file.path));
                }
            }
        }
    }
    report(&found);
}

#[test]
fn code_outside_tests_does_not_unwrap() {
    let files = repository();
    let tests = test_files(&files);
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.is_rust() && !tests.contains(&file.path)) {
        let end = file.tests_begin();
        let unwraps = file.code().filter(|(number, line)| *number < end && line.contains(concat!(".unw", "rap()")));
        found.extend(unwraps.map(|(number, line)| format!("{}:{number}: {}", file.path, line.trim())));
    }
    report(&found);
}

#[test]
fn every_file_says_first_what_it_owns() {
    let mut found = Vec::new();
    for file in repository().iter().filter(|file| file.is_rust()) {
        let free = file.lies_in_tests() || file.path.ends_with("build.rs");
        let expected = if free { "//! " } else { "//! Owns " };
        if !file.text.starts_with(expected) {
            found.push(format!("{}: does not begin with `{}`", file.path, expected.trim_end()));
        }
    }
    report(&found);
}

#[test]
fn modules_stand_beside_their_folder() {
    let files = repository();
    let inside = files.iter().filter(|file| file.path.ends_with("/mod.rs"));
    report(&inside.map(|file| format!("{}: name it after its folder, beside it", file.path)).collect::<Vec<_>>());
}

#[test]
fn no_source_file_is_too_long_to_read_at_once() {
    let mut found = Vec::new();
    for file in repository().iter().filter(|file| file.is_rust() && file.names().any(|name| name == "src")) {
        let length = file.text.lines().count();
        if length > LONGEST_FILE {
            found.push(format!("{}: has {length} lines, more than {LONGEST_FILE}", file.path));
        }
    }
    report(&found);
}

/// What takes from a table what the program before may use. It writes rows without a column that is new, too.
const NARROWING: [&str; 6] = ["DROP TABLE", "DROP COLUMN", "RENAME", "ALTER COLUMN", "SET NOT NULL", "DROP DEFAULT"];

/// The statements of a migration that the program before this one could not work with.
fn narrowing(sql: &str) -> Vec<String> {
    let code: Vec<&str> = sql.lines().map(|line| line.split("--").next().unwrap_or(line)).collect();
    let words = code.join(" ").to_uppercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let narrows = |statement: &&str| {
        let added =
            statement.contains("ADD COLUMN") && statement.contains("NOT NULL") && !statement.contains("DEFAULT");
        added || NARROWING.iter().any(|word| holds_word(statement, word))
    };
    words.split(';').map(str::trim).filter(narrows).map(str::to_owned).collect()
}

#[test]
fn migrations_that_the_program_before_cannot_work_with_are_named_breaking() {
    let files = repository();
    let migrations = files.iter().filter(|file| file.path.contains("/migrations/postgres/"));
    // Deferred ones are applied while both programs serve, and their own tests hold them to it.
    let checked = migrations.filter(|file| !file.path.contains("_breaking_") && !file.path.contains("_deferred_"));
    let checked: Vec<_> = checked.collect();
    assert!(checked.len() > 5, "the migrations were not found");
    let told = |file: &&SourceFile| {
        narrowing(&file.text).into_iter().map(|one| format!("{}: {one}", file.path)).collect::<Vec<_>>()
    };
    report(&checked.iter().flat_map(told).collect::<Vec<_>>());
}

#[test]
fn statements_that_take_something_away_are_told_from_those_that_add() {
    let added =
        "CREATE TABLE t (a TEXT NOT NULL); -- not DROP TABLE\nALTER TABLE t ADD COLUMN b BIGINT NOT NULL DEFAULT 0;";
    assert_eq!(narrowing(added), Vec::<String>::new());
    let taken = "alter table t\n  drop column a; ALTER TABLE t ADD COLUMN c TEXT NOT NULL; ALTER TABLE t RENAME TO u";
    assert_eq!(narrowing(taken).len(), 3, "{:?}", narrowing(taken));
}

#[test]
fn nothing_is_left_unfinished_or_tied_to_one_machine() {
    let mut found = Vec::new();
    for file in repository() {
        for (index, line) in file.text.lines().enumerate() {
            let unfinished = UNFINISHED.iter().filter(|word| holds_word(line, word));
            let paths = MACHINE_PATHS.iter().filter(|path| holds_path(line, path));
            found.extend(unfinished.chain(paths).map(|word| format!("{}:{}: `{word}`", file.path, index + 1)));
        }
    }
    report(&found);
}

/// Whether `text` holds the absolute path, not the end of a longer one or of an address.
fn holds_path(text: &str, path: &str) -> bool {
    text.match_indices(path).any(|(start, _)| {
        !text[..start].ends_with(|before: char| before.is_alphanumeric() || "._-~*})]>/".contains(before))
    })
}

#[test]
fn words_and_paths_are_found_only_as_wholes() {
    assert!(holds_word("use tonic::Status;", "tonic::") && !holds_word("use my_tonic::Status;", "tonic::"));
    assert!(holds_word("let env::Args", "env::") && !holds_word("kit_env::Args", "env::"));
    assert!(
        holds_word(concat!("// TO", "DO: later"), UNFINISHED[0]) && !holds_word(concat!("TO", "DOS"), UNFINISHED[0])
    );
    assert!(holds_path(concat!("cd /ro", "ot/x"), MACHINE_PATHS[0]));
    assert!(!holds_path(concat!("https://example.com/ro", "ot/x"), MACHINE_PATHS[0]));
}
