//! Owns the check that exported files read back as what was written. Never a service.

use std::collections::HashMap;

use ::parquet::file::reader::{FileReader, SerializedFileReader};
use creatorscope_proto::{
    common::v1::{MetricValue, Platform, Source, metric_value},
    discovery::v1::Creator,
    metrics::v1::{AccountCounts, Observation, Post, PostCounts, PostRecord, observation},
};
use prost_types::Timestamp;

use super::{columns::Value, tables::Row, *};

fn someone() -> Creator {
    let metric = |value| MetricValue {
        definition: "er.views@1".into(),
        result: Some(metric_value::Result::Value(value)),
        ..MetricValue::default()
    };
    Creator {
        name: "creators/tiktok:mara".into(),
        platform: Platform::Tiktok.into(),
        display_name: "마라 \"M\"".into(),
        niches: vec!["baking".into(), "travel".into()],
        source: Source::Given.into(),
        observe_time: Some(Timestamp { seconds: 1_767_225_600, nanos: 500_000_000 }),
        followers: Some(0),
        metrics: vec![metric(0.5), metric(0.9)],
        ..Creator::default()
    }
}

/// Each row as the texts of its columns.
fn rows(path: &Path) -> Vec<HashMap<String, String>> {
    let reader = SerializedFileReader::new(fs::File::open(path).expect("a file")).expect("Parquet");
    let rows = reader.get_row_iter(None).expect("rows").map(|row| row.expect("a row"));
    rows.map(|row| row.get_column_iter().map(|(name, field)| (name.clone(), field.to_string())).collect()).collect()
}

#[test]
fn a_table_reads_back_with_lists_times_zeros_and_what_is_not_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("creators.parquet");
    let columns = tables::columns(Kind::Creators, &["er.views@1".to_owned(), "posts@1".to_owned()]);
    let mut table = Table::create(&path, columns).expect("a table");
    table.push(|row| tables::creator(&someone(), row)).expect("written");
    table.push(|row| tables::creator(&Creator::default(), row)).expect("written");
    assert!(!path.exists(), "it has no name before it is complete");
    table.finish().expect("complete");
    let rows = rows(&path);
    assert_eq!(rows[0]["display_name"], "\"마라 \"M\"\"");
    assert_eq!(rows[0]["niches"], "[\"baking\", \"travel\"]");
    assert_eq!(
        (rows[0]["followers"].as_str(), rows[0]["er.views@1"].as_str()),
        ("0", "0.5"),
        "the first window counts"
    );
    assert_eq!(rows[0]["source"], "\"given\"");
    assert!(rows[0]["observe_time"].starts_with("2026-01-01 00:00:00"), "{}", rows[0]["observe_time"]);
    for (row, column) in [(0, "posts@1"), (1, "followers"), (1, "platform")] {
        assert_eq!(rows[row][column], "null", "{column}");
    }
    assert_eq!(rows[1]["niches"], "[]");
}

#[test]
fn posts_and_observations_have_all_their_counts_as_columns() {
    struct Seen(Vec<(String, Value)>);
    impl Row for Seen {
        fn set(&mut self, column: &str, value: Value) {
            self.0.push((column.to_owned(), value));
        }
    }
    let known = |kind| tables::columns(kind, &[]).into_iter().map(|column| column.name).collect::<Vec<_>>();
    let counts = PostCounts { views: Some(7), hidden: vec!["likes".into()], ..PostCounts::default() };
    let name = "creators/tiktok:mara/posts/7300000000000000001".to_owned();
    let mut post = Seen(Vec::new());
    let described = Post { name: name.clone(), ..Post::default() };
    tables::post(
        &PostRecord { post: Some(described), counts: Some(counts.clone()), ..PostRecord::default() },
        &mut post,
    );
    assert!(post.0.contains(&("creator".into(), Value::Text("creators/tiktok:mara".into()))));
    assert!(post.0.contains(&("views".into(), Value::Count(7))));
    let mut observed = Seen(Vec::new());
    for counts in [observation::Counts::Post(counts), observation::Counts::Account(AccountCounts::default())] {
        let read = Observation { subject: name.clone(), counts: Some(counts), ..Observation::default() };
        tables::observation(&read, &mut observed);
    }
    assert!(observed.0.contains(&("platform".into(), Value::Text("tiktok".into()))));
    for (kind, seen) in [(Kind::Posts, post), (Kind::Observations, observed)] {
        let known = known(kind);
        let unknown: Vec<_> = seen.0.iter().filter(|(column, _)| !known.contains(column)).collect();
        let unset: Vec<_> = known.iter().filter(|name| seen.0.iter().all(|(column, _)| column != *name)).collect();
        assert!(unknown.is_empty() && unset.is_empty(), "{unknown:?} {unset:?}");
    }
}

#[test]
fn lines_are_the_json_of_the_contracts() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("creators.jsonl");
    let mut lines = Lines::create(&path).expect("a file");
    lines.write(&someone(), "creatorscope.discovery.v1.Creator").expect("written");
    assert_eq!(lines.finish().expect("complete"), path);
    let text = fs::read_to_string(&path).expect("a file");
    let line: serde_json::Value = serde_json::from_str(text.trim_end()).expect("one line of JSON");
    assert_eq!((&line["followers"], &line["platform"]), (&"0".into(), &"PLATFORM_TIKTOK".into()));
}
