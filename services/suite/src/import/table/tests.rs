//! Owns the tests of opening tables. Never the services.

use std::fs;

use super::*;
use crate::import::items::{Items, PostItem};
use crate::import::mapping;

const MAPPING: &str = "platform = \"youtube\"\nobserved_at = { constant = \"2024-01-01T00:00:00Z\" }\n[creator]\nid = \"channel\"\n[post]\nid = \"id\"\ntitle = \"title\"\n[counts]\nviews = \"views\"\n";

fn rows_of(mapping_text: &str, files: &[(&str, &[u8])]) -> (Vec<Row>, Vec<String>) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("written");
    }
    let mapping = mapping::read(mapping_text).expect("a valid mapping");
    let now = "2026-01-01T00:00:00Z".parse().expect("valid");
    let source = Source {
        name: files[0].0.to_owned(),
        path: folder.path().join(files[0].0),
        beside: folder.path().to_owned(),
        modified: now,
        found: false,
        entry: None,
        gzip: false,
        _spool: None,
    };
    let input = source.open().expect("a file");
    let text = decoded(input.bytes, mapping.encoding).expect("readable");
    let mut table = Table::open(text, &source, &mapping, now, now, input.damage).expect("opened");
    let mut rows = Vec::new();
    while let Some(row) = table.next().expect("readable") {
        rows.push(row);
    }
    (rows, table.notes)
}

fn titles(rows: &[Row]) -> Vec<String> {
    rows.iter()
        .map(|row| match &row.content {
            Ok(Items { post: Some(PostItem::Record(record)), .. }) => record.post.clone().unwrap_or_default().title,
            Ok(_) => "no post".to_owned(),
            Err(problems) => problems[0].reason.to_string(),
        })
        .collect()
}

#[test]
fn a_table_is_read_whatever_its_delimiter_line_ends_and_encoding() {
    let utf16: Vec<u8> =
        "\u{feff}id,channel,title,views\r\nXpVt6Z1Gjjo,c,é😀,1\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (text, title, note) in [
        (&b"id,channel,title,views\nXpVt6Z1Gjjo,c,\xc3\xa9,1\n"[..], "é", ""),
        (b"\xEF\xBB\xBFid,channel,title,views\r\nXpVt6Z1Gjjo,c,\"a,\"\"b\",1", "a,\"b", ""),
        (b"id\tchannel\ttitle\tviews\nXpVt6Z1Gjjo\tc\ta,b\t1\n", "a,b", "tab"),
        (b"id;channel;title;views\nXpVt6Z1Gjjo;c;a,b;1\n", "a,b", "semicolon"),
        (b"id,channel,title,views\rXpVt6Z1Gjjo,c,mac,1\r", "mac", ""),
        (&utf16, "é😀", ""),
    ] {
        let (rows, notes) = rows_of(MAPPING, &[("t.csv", text)]);
        assert_eq!(titles(&rows), [title]);
        assert_eq!(notes.concat().contains(note), !notes.is_empty() || note.is_empty(), "{notes:?}");
        assert_eq!(rows[0].line, 2);
    }
}

#[test]
fn an_encoding_that_the_mapping_states_is_decoded_and_one_that_it_does_not_is_a_problem_of_the_row() {
    let text = b"id,channel,title,views\nXpVt6Z1Gjjo,c,caf\xe9,1\nK4wEI5zhHB0,c,ok,2\n";
    assert_eq!(titles(&rows_of(MAPPING, &[("t.csv", text)]).0), ["INVALID_UTF8", "ok"]);
    let latin = MAPPING.replace("[creator]", "[dialect]\nencoding = \"latin1\"\n[creator]");
    assert_eq!(titles(&rows_of(&latin, &[("t.csv", text)]).0), ["café", "ok"]);
}

#[test]
fn a_lookup_translates_and_says_what_it_cannot_find() {
    let looked = MAPPING.replace(
        "id = \"channel\"",
        "id = { column = \"channel\", lookup = { file = \"c.csv\", key = \"name\", value = \"list\" }, prefix = { from = \"UU\", to = \"UC\" } }",
    );
    let text = b"id,channel,title,views\nXpVt6Z1Gjjo,Ada,a,1\nXpVt6Z1Gjjo,Bob,b,1\nXpVt6Z1Gjjo,Twin,c,1\nXpVt6Z1Gjjo,Odd,d,1\n";
    let channels = b"name,list\nAda,UU1\nTwin,UU2\nTwin,UU3\nOdd,XX4\n";
    let (rows, _) = rows_of(&looked, &[("t.csv", text), ("c.csv", channels)]);
    assert_eq!(titles(&rows), ["a", "LOOKUP_NOT_FOUND", "LOOKUP_AMBIGUOUS", "BAD_PREFIX"]);
    assert_eq!(rows[0].content.as_ref().map(|items| items.creator.as_str()), Ok("youtube:UC1"));
}

#[test]
fn counts_without_anything_else_about_the_post_are_sent_as_an_observation() {
    let bare = MAPPING.replace("title = \"title\"\n", "");
    let (rows, _) = rows_of(&bare, &[("t.csv", b"id,channel,views\nXpVt6Z1Gjjo,c,1\n")]);
    let items = rows[0].content.as_ref().expect("a row");
    assert!(matches!(items.post, Some(PostItem::Counts(_))), "{items:?}");
}

#[test]
fn a_missing_count_is_absent_and_a_hidden_one_is_named() {
    let hidden = MAPPING.replace("views = \"views\"", "views = { column = \"views\", missing = [\"NA\"], hidden_if = [\"-1\"], hidden_when = { column = \"off\", equals = [\"True\"] } }");
    let text = b"id,channel,title,views,off\nXpVt6Z1Gjjo,c,a,NA,False\nXpVt6Z1Gjjo,c,a,,False\nXpVt6Z1Gjjo,c,a,-1,False\nXpVt6Z1Gjjo,c,a,0,True\nXpVt6Z1Gjjo,c,a,0,False\n";
    let (rows, _) = rows_of(&hidden, &[("t.csv", text)]);
    let counts: Vec<_> = rows
        .iter()
        .map(|row| match &row.content {
            Ok(Items { post: Some(PostItem::Record(record)), .. }) => {
                record.counts.clone().map(|counts| (counts.views, counts.hidden))
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let hidden = Some((None, vec!["views".to_owned()]));
    assert_eq!(counts, [None, None, hidden.clone(), hidden, Some((Some(0), vec![]))]);
}
