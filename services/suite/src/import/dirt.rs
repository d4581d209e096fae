//! Owns the table of dirt: what files have that they should not have, and what becomes of it in every form of input. Never a
//! server.

use std::fs;

use creatorscope_domain::Platform;

use super::pipeline::import;
use super::pipeline::tests::{Memory, Silent, block_on, plan};
use super::report::Report;
use packed::{gzipped, parquet, zipped};

mod found;
mod packed;

const MAPPING: &str = r#"
platform = "tiktok"
missing = ["NA"]
observed_at = { constant = "2024-01-02T00:00:00Z" }
[creator]
id = "user"
[post]
id = "id"
publish_time = { column = "time", date = "epoch_s" }
hashtags = { column = "tags", list = "json" }
[counts]
views = "stats.views"
"#;
const ID: &str = "6892428462015958001";
const OTHER: &str = "6892428462015958002";

/// How a file is imported.
#[derive(Debug, Clone, Copy)]
enum Way {
    Mapping,
    Tiktok,
    Instagram,
    Auto,
}

/// What is expected: rows imported, rows kept, and rejected rows by reason; or why the file is refused.
type Expected<'a> = Result<(u64, u64, &'a [(&'a str, u64)]), &'a str>;

fn run(way: Way, name: &str, bytes: &[u8]) -> (Report, Memory, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("written");
    let mut plan = plan(folder.path(), matches!(way, Way::Mapping).then_some(MAPPING));
    plan.observed_at = Some("2026-10-30T00:00:00Z".parse().expect("valid"));
    plan.platform = match way {
        Way::Tiktok => Some(Platform::Tiktok),
        Way::Instagram => Some(Platform::Instagram),
        Way::Mapping | Way::Auto => None,
    };
    let mut sink = Memory::default();
    let report = block_on(import(&plan, &[path], &mut sink, &Silent));
    let rejects = report.files.iter().filter_map(|file| file.rejects.as_ref());
    let rejects = rejects.map(|path| fs::read_to_string(path).expect("a reject file")).collect();
    (report, sink, rejects)
}

fn csv(rows: &[&str]) -> Vec<u8> {
    format!("user,id,time,tags,stats.views\n{}\n", rows.join("\n")).into_bytes()
}

/// A good row, with one cell replaced.
fn line(cell: usize, text: &str) -> String {
    let mut cells = ["ada", ID, "1604768557", "", "7"];
    cells[cell] = text;
    cells.join(",")
}

fn document(views: &str) -> String {
    format!(
        "{{\"user\":\"ada\",\"id\":\"{ID}\",\"time\":1604768557,\"tags\":[\"#a\",\"b\"],\"stats\":{{\"views\":{views}}}}}"
    )
}

fn video(id: &str, member: &str) -> String {
    format!("{{\"id\":{id},\"create_time\":1604768557,\"username\":\"ada\",{member}}}")
}

fn page(items: &[&str]) -> Vec<u8> {
    let items = items.join(",\n");
    format!("{{\"data\":{{\"videos\":[\n{items}\n],\"cursor\":1}},\"error\":{{\"code\":\"ok\"}}}}").into_bytes()
}

fn media(members: &str) -> Vec<u8> {
    format!("{{\"id\":\"17895695668004550\",\"username\":\"ada\",\"media_type\":\"IMAGE\",{members}}}").into_bytes()
}

fn export(member: &str) -> Vec<u8> {
    let video = format!("{{\"id\":\"{ID}\",\"authorMeta\":{{\"name\":\"ada\"}},{member}}}");
    format!("[{video}]").into_bytes()
}

#[test]
fn every_kind_of_dirt_in_every_form_ends_where_it_should_and_nothing_else_does() {
    let quoted = format!("\"{ID}\"");
    let good = video(&quoted, "\"view_count\":7");
    let utf16 = |text: &[u8]| -> Vec<u8> {
        let text = String::from_utf8_lossy(text);
        ['\u{feff}']
            .into_iter()
            .chain(text.chars())
            .collect::<String>()
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect()
    };
    let two = csv(&[&line(4, "7"), &line(1, OTHER)]);
    let packed = gzipped(&two);
    let deep = format!("{{\"user\":\"ada\",\"id\":{}1{}}}", "[".repeat(500), "]".repeat(500));
    let long = format!("{{\"user\":\"{}\"}}", "x".repeat(9 << 20));
    let lines =
        |middle: &str| [document("7"), middle.to_owned(), document("8").replace(ID, OTHER)].join("\n").into_bytes();
    let whole = parquet(&["ada", "eve"], &[7, 8]);
    let spoilt = |text: &[u8]| zipped(&[("a.csv", text)], |bytes| bytes[45] ^= 0xFF);
    let table: Vec<(&str, Way, &str, Vec<u8>, Expected<'_>)> = vec![
        // Tables.
        ("a byte order mark", Way::Mapping, "a.csv", [b"\xEF\xBB\xBF", &two[..]].concat(), Ok((2, 0, &[]))),
        ("UTF-16", Way::Mapping, "a.csv", utf16(&two), Ok((2, 0, &[]))),
        (
            "CR line ends",
            Way::Mapping,
            "a.csv",
            String::from_utf8_lossy(&two).replace('\n', "\r").into(),
            Ok((2, 0, &[])),
        ),
        ("an empty file", Way::Mapping, "a.csv", Vec::new(), Err("EMPTY_FILE")),
        ("a binary file", Way::Mapping, "a.csv", vec![0; 999], Err("NOT_A_CSV")),
        ("a PDF", Way::Mapping, "a.csv", b"%PDF-1.7".to_vec(), Err("NOT_A_CSV")),
        ("HTML", Way::Mapping, "a.csv", b"<!doctype html><p>".to_vec(), Err("NOT_A_CSV")),
        ("missing columns", Way::Mapping, "a.csv", b"user,id\nada,1\n".to_vec(), Err("MISSING_COLUMN")),
        (
            "a column twice",
            Way::Mapping,
            "a.csv",
            b"user,id,id,time,tags,stats.views\n".to_vec(),
            Err("AMBIGUOUS_COLUMN"),
        ),
        (
            "a negative count",
            Way::Mapping,
            "a.csv",
            csv(&[&line(4, "-5"), &line(4, "7")]),
            Ok((1, 0, &[("NEGATIVE_COUNT", 1)])),
        ),
        ("NaN", Way::Mapping, "a.csv", csv(&[&line(4, "NaN")]), Ok((0, 0, &[("NOT_A_NUMBER", 1)]))),
        ("a unit", Way::Mapping, "a.csv", csv(&[&line(4, "1.2M")]), Ok((0, 0, &[("NOT_A_NUMBER", 1)]))),
        (
            "a huge count",
            Way::Mapping,
            "a.csv",
            csv(&[&line(4, "99999999999999999999")]),
            Ok((0, 0, &[("COUNT_TOO_LARGE", 1)])),
        ),
        ("a mangled id", Way::Mapping, "a.csv", csv(&[&line(1, "7.52E+18")]), Ok((0, 0, &[("MANGLED_ID", 1)]))),
        ("no id", Way::Mapping, "a.csv", csv(&[&line(1, "")]), Ok((0, 0, &[("MISSING_ID", 1)]))),
        (
            "a date in the future",
            Way::Mapping,
            "a.csv",
            csv(&[&line(2, "4102444800")]),
            Ok((0, 0, &[("FUTURE_DATE", 1)])),
        ),
        ("a date without a year", Way::Mapping, "a.csv", csv(&[&line(2, "13.09")]), Ok((0, 0, &[("BAD_DATE", 1)]))),
        ("a NUL", Way::Mapping, "a.csv", csv(&[&line(0, "a\0b")]), Ok((0, 0, &[("NUL_BYTE", 1)]))),
        ("a short row", Way::Mapping, "a.csv", csv(&["ada", &line(4, "7")]), Ok((1, 0, &[("COLUMN_COUNT", 1)]))),
        // JSON by lines and Parquet through the mapping.
        (
            "broken JSON in the middle",
            Way::Mapping,
            "a.jsonl",
            lines("{\"user\":"),
            Ok((2, 0, &[("MALFORMED_JSON", 1)])),
        ),
        ("no JSON in the middle", Way::Mapping, "a.jsonl", lines("hello"), Ok((2, 0, &[("MALFORMED_JSON", 1)]))),
        ("no object in the middle", Way::Mapping, "a.jsonl", lines("[1]"), Ok((2, 0, &[("NOT_A_RECORD", 1)]))),
        ("deep nesting", Way::Mapping, "a.jsonl", lines(&deep), Ok((2, 0, &[("MALFORMED_JSON", 1)]))),
        ("a very long line", Way::Mapping, "a.jsonl", lines(&long), Ok((2, 0, &[("RECORD_TOO_LONG", 1)]))),
        (
            "invalid UTF-8",
            Way::Mapping,
            "a.jsonl",
            [&lines("{\"user\":\"")[..], b"\xFF\"}"].concat(),
            Ok((2, 0, &[("INVALID_UTF8", 1), ("MALFORMED_JSON", 1)])),
        ),
        ("a number as text", Way::Mapping, "a.json", document("\"7\"").into(), Ok((1, 0, &[]))),
        ("a fraction", Way::Mapping, "a.json", document("7.5").into(), Ok((0, 0, &[("FRACTIONAL_COUNT", 1)]))),
        ("a number beyond all", Way::Mapping, "a.json", document("1e30").into(), Ok((0, 0, &[("MANGLED_NUMBER", 1)]))),
        (
            "a list cut off",
            Way::Mapping,
            "a.json",
            format!("[{},\n{}", document("7"), &document("8")[..40]).into(),
            Ok((1, 0, &[("TRUNCATED_JSON", 1)])),
        ),
        ("a key twice: the last one counts", Way::Mapping, "a.json", document("1,\"views\":7").into(), Ok((1, 0, &[]))),
        (
            "documents of something else",
            Way::Mapping,
            "a.json",
            b"{\"a\":1}\n{\"a\":2}".to_vec(),
            Err("MISSING_COLUMN"),
        ),
        ("good Parquet", Way::Mapping, "a.parquet", whole.clone(), Ok((2, 0, &[]))),
        (
            "a negative count in Parquet",
            Way::Mapping,
            "a.parquet",
            parquet(&["ada", "eve"], &[-7, 8]),
            Ok((1, 0, &[("NEGATIVE_COUNT", 1)])),
        ),
        (
            "no id in Parquet",
            Way::Mapping,
            "a.parquet",
            parquet(&["", "eve"], &[7, 8]),
            Ok((1, 0, &[("MISSING_ID", 1)])),
        ),
        ("Parquet cut off", Way::Mapping, "a.parquet", whole[..whole.len() - 20].to_vec(), Err("DAMAGED_PARQUET")),
        ("Parquet in gzip", Way::Mapping, "a.parquet.gz", gzipped(&whole), Ok((2, 0, &[]))),
        // Containers.
        ("gzip", Way::Mapping, "a.csv.gz", packed.clone(), Ok((2, 0, &[]))),
        ("gzip under another name", Way::Mapping, "a.csv", packed.clone(), Ok((2, 0, &[]))),
        (
            "two gzip members",
            Way::Mapping,
            "a.gz",
            [&packed[..], &gzipped(line(4, "7").replace(ID, "6892428462015958003").as_bytes())[..]].concat(),
            Ok((3, 0, &[])),
        ),
        ("gzip in gzip", Way::Mapping, "a.gz", gzipped(&packed), Err("NOT_A_CSV")),
        ("gzip with a wrong end", Way::Mapping, "a.gz", packed[..packed.len() - 8].to_vec(), Err("DAMAGED_ARCHIVE")),
        ("a bomb in gzip", Way::Mapping, "a.gz", gzipped(&vec![b'a'; 24 << 20]), Err("UNPACKS_TO_TOO_MUCH")),
        (
            "a bomb in zip",
            Way::Mapping,
            "a.zip",
            zipped(&[("a.csv", &vec![b'a'; 24 << 20])], |_| ()),
            Err("UNPACKS_TO_TOO_MUCH"),
        ),
        ("zip", Way::Mapping, "a.zip", zipped(&[("a.csv", &two), ("b/note.txt", b"hello")], |_| ()), Ok((2, 0, &[]))),
        ("a zip entry that is another one", Way::Mapping, "a.zip", spoilt(&two), Err("DAMAGED_ARCHIVE")),
        ("a cut zip", Way::Mapping, "a.zip", zipped(&[("a.csv", &two)], |_| ())[..60].to_vec(), Err("DAMAGED_ARCHIVE")),
        (
            "a spreadsheet",
            Way::Mapping,
            "a.csv",
            zipped(&[("[Content_Types].xml", b"<x/>")], |_| ()),
            Err("NOT_IMPORTABLE_FILE"),
        ),
        // The platforms' own JSON.
        ("UTF-16 JSON", Way::Tiktok, "a.json", utf16(&page(&[&good])), Ok((1, 0, &[]))),
        (
            "a broken item of a page",
            Way::Tiktok,
            "a.json",
            page(&[&good, "{\"id\":", &good.replace(ID, OTHER)]),
            Ok((2, 0, &[("MALFORMED_JSON", 1)])),
        ),
        (
            "an answer that is an error",
            Way::Tiktok,
            "a.json",
            b"{\"data\":{},\"error\":{\"code\":\"access_token_invalid\"}}".to_vec(),
            Ok((0, 0, &[("NOT_IMPORTABLE", 1)])),
        ),
        ("an id that is a number", Way::Tiktok, "a.json", page(&[&video(ID, "\"view_count\":7")]), Ok((1, 0, &[]))),
        (
            "an id that was a float",
            Way::Tiktok,
            "a.json",
            page(&[&video("6.892428462015958e18", "\"view_count\":7")]),
            Ok((0, 0, &[("MANGLED_ID", 1)])),
        ),
        (
            "a unit in an API",
            Way::Tiktok,
            "a.json",
            page(&[&video(&quoted, "\"view_count\":\"1.2M\"")]),
            Ok((0, 0, &[("NOT_A_NUMBER", 1)])),
        ),
        ("a unit in an export", Way::Tiktok, "a.json", export("\"playCount\":\"1.2M\""), Ok((1, 0, &[]))),
        (
            "a post of the future",
            Way::Tiktok,
            "a.json",
            export("\"playCount\":1,\"createTime\":4102444800"),
            Ok((0, 0, &[("FUTURE_DATE", 1)])),
        ),
        (
            "nobody's post",
            Way::Tiktok,
            "a.json",
            export("\"playCount\":1").to_ascii_lowercase().to_vec(),
            Ok((0, 0, &[("NOT_IMPORTABLE", 1)])),
        ),
        ("another platform's", Way::Tiktok, "a.json", media("\"like_count\":1"), Ok((0, 0, &[("NOT_IMPORTABLE", 1)]))),
        ("an unknown shape", Way::Auto, "a.json", b"{\"hello\":1}".to_vec(), Ok((0, 0, &[("NOT_IMPORTABLE", 1)]))),
        ("text that is no JSON", Way::Auto, "a.json", b"hello".to_vec(), Err("NOT_JSON")),
        (
            "hidden likes",
            Way::Instagram,
            "a.json",
            b"{\"shortCode\":\"abc\",\"ownerUsername\":\"ada\",\"likesCount\":-1,\"commentsCount\":2}".to_vec(),
            Ok((1, 0, &[])),
        ),
        (
            "a negative count that hides nothing",
            Way::Instagram,
            "a.json",
            media("\"like_count\":-2"),
            Ok((0, 0, &[("NEGATIVE_COUNT", 1)])),
        ),
        (
            "a time without a colon in its zone",
            Way::Instagram,
            "a.json",
            media("\"timestamp\":\"2024-05-01T12:00:00+0000\""),
            Ok((1, 0, &[])),
        ),
        (
            "a comment of nobody's post",
            Way::Tiktok,
            "a.json",
            format!("{{\"id\":\"1\",\"video_id\":\"{ID}\",\"text\":\"so good\",\"create_time\":1604768557}}").into(),
            Ok((0, 0, &[("MISSING_ID", 1)])),
        ),
        (
            "a comment",
            Way::Tiktok,
            "a.json",
            format!("{{\"id\":\"1\",\"video_id\":\"{ID}\",\"video_username\":\"ada\",\"text\":\"so good\",\"create_time\":1604768557}}").into(),
            Ok((1, 0, &[])),
        ),
    ];
    assert!(table.len() >= 28);
    let mut wrong = Vec::new();
    for (name, way, file, bytes, expected) in table {
        let (report, _, rejects) = run(way, file, &bytes);
        let total = &report.total;
        let reasons: Vec<(&str, u64)> = total.reasons.iter().map(|(reason, count)| (reason.as_str(), *count)).collect();
        let refused = report.files.iter().find_map(|file| file.refused.as_ref()).map(|refusal| refusal.reason);
        let found = match refused {
            Some(reason) => Err(reason),
            None => Ok((total.imported, total.kept, reasons.as_slice())),
        };
        let told = reasons.iter().all(|(reason, _)| rejects.contains(reason));
        if found != expected || !total.adds_up() || !told || report.interrupted.is_some() {
            wrong.push(format!("{name}: {found:?} instead of {expected:?}; in the reject file: {told}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_comes_before_damage_is_imported_and_the_row_that_is_cut_is_not_guessed() {
    let rows: Vec<String> =
        (0..5_000).map(|place| line(1, &format!("{}", 6_892_428_462_015_900_000_u64 + place * 7919))).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let packed = gzipped(&csv(&rows));
    let (report, sink, rejects) = run(Way::Mapping, "a.csv.gz", &packed[..packed.len() / 2]);
    assert_eq!(report.files[0].refused.as_ref().map(|refusal| refusal.reason), Some("DAMAGED_ARCHIVE"));
    assert!(report.total.imported > 1_000 && report.total.imported < 5_000, "{:#?}", report.total);
    assert_eq!(report.total.imported as usize, sink.posts.len());
    assert!(
        report.total.rejected <= 1
            && (report.total.rejected == 0 || rejects.contains("TRUNCATED_ROW") || rejects.contains("COLUMN_COUNT")),
        "{rejects}"
    );
}

#[test]
fn rejected_documents_can_be_mended_where_they_lie_and_imported_again() {
    for (way, name, text, from, to) in [
        (Way::Mapping, "a.jsonl", format!("{}\n{}\n", document("7"), document("-1").replace(ID, OTHER)), ":-1", ":1"),
        (
            Way::Tiktok,
            "a.json",
            String::from_utf8_lossy(&page(&[&video("\"12\"", "\"view_count\":7")])).into_owned(),
            "\"id\":\"12\"",
            &format!("\"id\":\"{ID}\""),
        ),
    ] {
        let (report, _, rejects) = run(way, name, text.as_bytes());
        assert_eq!(report.total.rejected, 1, "{report:#?}");
        let (again, ..) = run(way, name, rejects.as_bytes());
        assert_eq!((again.total.rows, again.total.rejected), (1, 1), "{rejects}");
        let (mended, ..) = run(way, name, rejects.replace(from, to).as_bytes());
        assert_eq!((mended.total.rows, mended.total.imported), (1, 1), "{rejects}");
    }
}
