//! Real files through the program and a running suite, in both modes: every row is accounted for, twice changes nothing.
#![allow(clippy::panic, clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

use std::path::Path;

use creatorscope_kit::clock::Clock;
use creatorscope_proto::{discovery::v1::SearchCreatorsRequest, metrics::v1::GetCreatorMetricsRequest};
use creatorscope_tests::{Suite, in_both_modes, real_data};
use serde_json::Value;

/// Imports with the program and answers with the report's totals: rows, imported, duplicate, rejected.
async fn import(suite: &Suite, arguments: &[&str], files: &[std::path::PathBuf]) -> [u64; 4] {
    let mut all: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    all.extend(["--json".to_owned(), "--endpoint".to_owned(), format!("http://{}", suite.address())]);
    all.extend(["--data-dir".to_owned(), suite.folder().join("journal").display().to_string()]);
    all.extend(files.iter().map(|file| file.display().to_string()));
    let output = suite.run_program("import", &all).await;
    let report: Value = serde_json::from_slice(&output).expect("a report");
    ["rows", "imported", "duplicate", "rejected"].map(|key| report["total"][key].as_u64().expect("a count"))
}

fn mapping(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/mappings").join(name).display().to_string()
}

in_both_modes! {
    async fn posts_of_famous_accounts_are_imported_once_and_all_are_accounted_for(suite: &mut Suite) {
        let Some(folder) = real_data() else { return };
        let names = ["sug_users_vids1", "sug_users_vids2", "sug_users_vids3", "sug_users_vids4", "top_users_vids"];
        let files: Vec<_> = names.iter().map(|name| folder.join(format!("tiktok_famous/{name}.csv"))).collect();
        let mapping = mapping("tiktok_famous.toml");
        let arguments = ["csv", "--mapping", &mapping];
        assert_eq!(import(suite, &arguments, &files).await, [54_261, 50_124, 4_137, 0]);
        assert_eq!(import(suite, &arguments, &files).await, [54_261, 0, 54_261, 0]);
        let request = SearchCreatorsRequest { filter: "platform = TIKTOK".into(), page_size: 1, ..Default::default() };
        // The import waits for its answers; the index may be a moment behind, which a token of the log bridges.
        let name = "creators/tiktok:john.cena10".to_owned();
        let metrics = GetCreatorMetricsRequest { name, ..Default::default() };
        let version = suite.metrics().get_creator_metrics(metrics).await.expect("found").into_inner().metrics.expect("metrics").etag;
        assert!(!version.is_empty());
        let again = suite.ingest_creators(vec![creatorscope_tests::make::creator("after.all")]).await.expect("taken");
        let request = SearchCreatorsRequest { read_after: vec![again.change_token], ..request };
        let found = suite.discovery().search_creators(request).await.expect("found").into_inner();
        assert_eq!(found.total_size, Some(1_794 + 1));
    }

    async fn repeated_observations_of_trending_videos_are_kept_and_a_malformed_id_is_rejected(suite: &mut Suite) {
        let Some(folder) = real_data() else { return };
        let mapping = mapping("youtube_trending_us_2017.toml");
        let files = [folder.join("youtube_trending_us_2017/USvideos.csv")];
        assert_eq!(import(suite, &["csv", "--mapping", &mapping], &files).await, [8_000, 7_992, 7, 1]);
    }

    async fn pages_of_the_youtube_api_are_imported_as_they_are(suite: &mut Suite) {
        let Some(folder) = real_data() else { return };
        let folder = folder.join("youtube_api/python_youtube_apidata");
        let files = ["channels/info_multiple.json", "videos/videos_info_multi.json", "comments/comments_multi.json"];
        // What YouTube's API said may be kept for 30 days: these are as if they were read today.
        let now = Clock::system().now().to_string();
        let arguments = ["youtube", "--observed-at", &now];
        let [rows, imported, duplicate, rejected] = import(suite, &arguments, &files.map(|name| folder.join(name))).await;
        assert_eq!([rows, imported, duplicate, rejected], [6, 4, 0, 2]);
    }
}
