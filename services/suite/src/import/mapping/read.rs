//! Owns the checks of a whole mapping file: its top level and what its tables need of one another. Never how one field is read.

use creatorscope_domain::{Platform, Source};

use super::spec::{Alternatives, one_of, read_field};
use super::tree::{Problems, Table};
use super::{FIELDS, Field, Mapping};
use crate::import::encoding::Encoding;
use crate::import::lists::ListForm;

const TOP: &str = "platform, source, missing, observed_at, dialect, creator, account, post, counts, comment";

/// Reads a mapping file. Errors: everything that is wrong with it, each with its line and column.
pub(in crate::import) fn read(text: &str) -> Result<Mapping, Vec<String>> {
    let mut file = Table::of_file(text).map_err(|problem| vec![problem])?;
    let mut problems = Problems::new(text);
    let platform = read_platform(&mut file, &mut problems);
    let source = read_source(&mut file, &mut problems);
    let missing = file.texts("missing", &mut problems).unwrap_or_else(|| vec![String::new()]);
    let (delimiter, encoding) = read_dialect(&mut file, &mut problems);
    let (fields, comments) = read_fields(&mut file, &mut problems);
    file.finish(TOP, &mut problems);
    let mapping = Mapping {
        platform: platform.unwrap_or(Platform::Youtube),
        source,
        delimiter,
        encoding,
        missing,
        fields,
        comments,
    };
    check_tables(&mapping, &mut problems);
    let problems = problems.into_sentences();
    if problems.is_empty() { Ok(mapping) } else { Err(problems) }
}

fn read_platform(file: &mut Table, problems: &mut Problems<'_>) -> Option<Platform> {
    let Some((place, word)) = file.text("platform", problems) else {
        problems.add(&(0..0), "`platform` is missing; accepted: youtube, tiktok, instagram");
        return None;
    };
    let platform = Platform::from_word(&word);
    if platform.is_none() {
        problems.add(&place, format!("`platform` is `{word}`; accepted: youtube, tiktok, instagram"));
    }
    platform
}

fn read_source(file: &mut Table, problems: &mut Problems<'_>) -> Source {
    let Some((place, word)) = file.text("source", problems) else { return Source::File };
    Source::from_word(&word).unwrap_or_else(|| {
        let accepted: Vec<&str> = Source::ALL.iter().map(|source| source.word()).collect();
        problems.add(&place, format!("`source` is `{word}`; accepted: {}", accepted.join(", ")));
        Source::File
    })
}

fn read_dialect(file: &mut Table, problems: &mut Problems<'_>) -> (Option<u8>, Encoding) {
    let Some(mut dialect) = file.table("dialect", problems) else { return (None, Encoding::Utf8) };
    let delimiters: Alternatives<Option<u8>> =
        &[("auto", None), ("comma", Some(b',')), ("tab", Some(b'\t')), ("semicolon", Some(b';')), ("pipe", Some(b'|'))];
    let encodings: Alternatives<Encoding> = &[
        ("utf-8", Encoding::Utf8),
        ("utf-16", Encoding::Utf8),
        ("latin1", Encoding::Windows1252),
        ("windows-1252", Encoding::Windows1252),
    ];
    let delimiter = one_of(&mut dialect, "delimiter", delimiters, problems).flatten();
    let encoding = one_of(&mut dialect, "encoding", encodings, problems).unwrap_or(Encoding::Utf8);
    dialect.finish("delimiter, encoding", problems);
    (delimiter, encoding)
}

fn read_fields(file: &mut Table, problems: &mut Problems<'_>) -> (Vec<Field>, Option<(String, ListForm)>) {
    let (mut fields, mut comments) = (Vec::new(), None);
    for (path, kind) in FIELDS.iter().filter(|(path, _)| !path.contains('.')) {
        fields.extend(read_field(file, path, path, *kind, problems));
    }
    for name in ["creator", "account", "post", "counts", "comment"] {
        let Some(mut table) = file.table(name, problems) else { continue };
        if name == "comment" {
            comments = read_comment_list(&mut table, problems);
        }
        let known: Vec<_> = FIELDS
            .iter()
            .filter_map(|(path, kind)| {
                path.split_once('.').filter(|(table, _)| *table == name).map(|(_, key)| (*path, key, *kind))
            })
            .collect();
        for (path, key, kind) in &known {
            fields.extend(read_field(&mut table, path, key, *kind, problems));
        }
        let mut accepted: Vec<&str> = known.iter().map(|(_, key, _)| *key).collect();
        accepted.extend((name == "comment").then_some("list"));
        table.finish(&accepted.join(", "), problems);
    }
    (fields, comments)
}

/// `list = { column = "comments", form = "python" }`
fn read_comment_list(comment: &mut Table, problems: &mut Problems<'_>) -> Option<(String, ListForm)> {
    let mut table = comment.table("list", problems)?;
    let column = table.text("column", problems).map(|(_, column)| column);
    let forms: Alternatives<ListForm> = &[("python", ListForm::Python), ("json", ListForm::Json)];
    let form = one_of(&mut table, "form", forms, problems).unwrap_or(ListForm::Json);
    if column.is_none() {
        problems.add(&table.place, "`comment.list` needs `column`");
    }
    table.finish("column, form", problems);
    column.map(|column| (column, form))
}

fn check_tables(mapping: &Mapping, problems: &mut Problems<'_>) {
    if mapping.yields("comment") {
        let others = ["creator", "account", "post", "counts"].iter().any(|table| mapping.yields(table));
        if others || !mapping.has("post.id") || !mapping.has("comment.text") {
            let message = "a mapping with `comment` needs `comment.text` and `post.id`, and takes besides these `creator.id` only";
            problems.add(&(0..0), message);
        }
        return;
    }
    if !mapping.has("creator.id") {
        problems.add(&(0..0), "`creator.id` is missing: every row must say whose it is");
    }
    for table in ["post", "counts"] {
        if mapping.yields(table) && !mapping.has("post.id") {
            problems.add(&(0..0), format!("`post.id` is missing, but `{table}` says something about posts"));
        }
    }
    if !["creator", "account", "post", "counts"].iter().any(|table| mapping.yields(table)) {
        let message =
            "a row yields nothing: map `account`, `post` and `counts`, `comment`, or fields of `creator` besides `id`";
        problems.add(&(0..0), message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_of_a_mapping_is_told_at_once_with_its_place() {
        let text = "platform = \"vine\"\nsauce = 1\n\n[creator]\nid = \"user\"\nname = \"user\"\n\n[counts]\nviews = { column = \"v\", date = \"epoch_s\" }\nlikes = 5\n";
        let problems = read(text).expect_err("refused");
        let expected = [
            "line 1, column 1: `post.id` is missing",
            "line 1, column 12: `platform` is `vine`",
            "line 2, column 9: `sauce` is not a key",
            "line 6, column 8: `creator.name` is not a key",
            "line 9, column 32: `counts.views.date` is not a key",
            "line 10, column 9: `counts.likes` is a whole number",
        ];
        for beginning in expected {
            assert!(problems.iter().any(|problem| problem.starts_with(beginning)), "{beginning}\n{problems:#?}");
        }
        assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    }

    #[test]
    fn text_that_is_no_toml_is_told_with_its_place() {
        let problems = read("platform = \n").expect_err("refused");
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("line 1, column "), "{problems:?}");
    }
}
