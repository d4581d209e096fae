//! The commands that people run beside a suite, in both modes: export and doctor.
#![allow(clippy::panic, clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

use creatorscope_proto::discovery::v1::SearchCreatorsRequest;
use creatorscope_tests::{
    Suite, in_both_modes,
    make::{creator, followers, post},
};
use serde_json::Value;

/// Two creators with posts and counts; ends when the index shows them.
async fn pour(suite: &Suite) {
    let told = suite.ingest_creators(vec![creator("ann"), creator("bob")]).await.expect("taken");
    let posts = vec![post("ann", 1, 10, 20, [1_000, 50, 5]), post("ann", 2, 12, 20, [3_000, 90, 9])];
    suite.ingest_posts(vec![posts]).await.expect("taken");
    let counts = vec![followers("ann", 20, 5_000), followers("bob", 20, 50)];
    let counted = suite.ingest_observations(counts).await.expect("taken");
    let read_after = vec![told.change_token, counted.change_token];
    let shown = SearchCreatorsRequest { read_after, ..SearchCreatorsRequest::default() };
    suite.discovery().search_creators(shown).await.expect("answered");
}

async fn export(suite: &Suite, folder: &str, more: &[&str]) -> Value {
    let (out, endpoint) = (suite.folder().join(folder), format!("http://{}", suite.address()));
    let fixed = ["--out", out.to_str().expect("UTF-8"), "--endpoint", &endpoint, "--json"];
    let arguments: Vec<String> = fixed.iter().chain(more).map(|argument| (*argument).to_owned()).collect();
    serde_json::from_slice(&suite.run_program("export", &arguments).await).expect("a report")
}

fn lines(suite: &Suite, file: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(suite.folder().join(file)).expect("a file");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

in_both_modes! {
    async fn an_export_has_everything_and_a_filter_bounds_it(suite: &mut Suite) {
        pour(suite).await;
        let report = export(suite, "all", &[]).await;
        assert_eq!((&report["creators"], &report["posts"], &report["observations"]), (&2.into(), &2.into(), &2.into()));
        let creators = lines(suite, "all/creators.jsonl");
        assert_eq!(creators.iter().map(|creator| creator["handle"].clone()).collect::<Vec<_>>(), ["ann", "bob"]);
        assert_eq!(lines(suite, "all/posts.jsonl")[1]["counts"]["views"], "3000");
        assert_eq!(lines(suite, "all/observations.jsonl")[0]["account"]["followers"], "5000");

        let report = export(suite, "some", &["--filter", "followers < 100", "--only", "creators,posts"]).await;
        assert_eq!((&report["creators"], &report["posts"]), (&1.into(), &0.into()));
        assert!(!suite.folder().join("some/observations.jsonl").exists());

        let report = export(suite, "columns", &["--format", "parquet"]).await;
        assert_eq!(report["files"].as_array().map(Vec::len), Some(3));
        for file in ["creators", "posts", "observations"] {
            let bytes = std::fs::read(suite.folder().join(format!("columns/{file}.parquet"))).expect("a file");
            assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"), "{file}");
        }
    }

    async fn doctor_finds_a_running_suite_well_and_an_address_without_one_wrong(suite: &mut Suite) {
        pour(suite).await;
        let examine = async |endpoint: String| -> Vec<Value> {
            let arguments = ["--endpoint".to_owned(), endpoint, "--json".to_owned(), "--data-dir".to_owned(), suite.folder().display().to_string()];
            serde_json::from_slice(&suite.run_program("doctor", &arguments).await).expect("findings")
        };
        let findings = examine(format!("http://{}", suite.address())).await;
        let wrong: Vec<&Value> = findings.iter().filter(|finding| finding["state"] == "wrong").collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        let index = findings.iter().find(|finding| finding["part"] == "index").expect("the index is looked at");
        assert!(index["found"].as_str().is_some_and(|found| found.contains("2 creators")), "{index}");

        // A port that was free a moment ago.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        drop(listener);
        let findings = examine(format!("http://{address}")).await;
        let told = findings.iter().find(|finding| finding["part"] == "suite").expect("the suite is looked at");
        assert_eq!(told["state"], "wrong");
        assert!(told["advice"].as_str().is_some_and(|advice| advice.contains("creatorscope serve")));
    }
}
