//! Real files through the program and a running suite, in both modes: every row is accounted for, twice changes nothing.
#![allow(clippy::panic, clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

use std::{collections::BTreeMap, path::Path};

use creatorscope_kit::clock::Clock;
use creatorscope_proto::{
    common::v1::{Platform, Tier},
    discovery::v1::SearchCreatorsRequest,
    metrics::v1::{Cohort, GetBenchmarkRequest, GetCreatorMetricsRequest},
};
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

/// The followers of an account and its posts that are old enough: published from 2020-08-12 to 2020-11-06, 00:00 UTC.
#[derive(Default)]
struct Account {
    followers: f64,
    posts: BTreeMap<String, [f64; 4]>,
}

/// The engagement rates by views of all accounts, each with its followers, read from the files without the program: sum of likes,
/// comments and shares over sum of views of the posts of the last 90 days that are 4 days old or older. Of what stands twice
/// the first counts.
fn engagement(files: &[std::path::PathBuf]) -> Vec<(f64, f64)> {
    const READ: i64 = 1_604_966_400;
    const DAY: i64 = 86_400;
    let mut accounts: BTreeMap<String, Account> = BTreeMap::new();
    for file in files {
        let text = std::fs::read_to_string(file).expect("readable");
        for line in text.lines().skip(1) {
            let front: Vec<&str> = line.splitn(4, ',').collect();
            // From the end, because hashtags and songs have commas: length, likes, shares, comments, plays, followers, ...
            let back: Vec<&str> = line.rsplitn(9, ',').collect();
            let number = |text: &str| text.trim().parse::<f64>().expect("a number");
            let published: i64 = front[1].parse().expect("seconds");
            let first = || Account { followers: number(back[2]), ..Account::default() };
            let account = accounts.entry(front[2].to_owned()).or_insert_with(first);
            if published > READ - 90 * DAY && published <= READ - 4 * DAY {
                let counts = [number(back[6]), number(back[5]), number(back[4]), number(back[3])];
                account.posts.entry(front[0].to_owned()).or_insert(counts);
            }
        }
    }
    let mut rates = Vec::new();
    for account in accounts.values() {
        let sum = |place: usize| account.posts.values().map(|counts| counts[place]).sum::<f64>();
        let (engaged, views) = (sum(0) + sum(1) + sum(2), sum(3));
        if views > 0.0 {
            rates.push((account.followers, engaged / views));
        }
    }
    rates
}

in_both_modes! {
    async fn benchmarks_of_famous_accounts_are_those_of_the_files(suite: &mut Suite) {
        let Some(folder) = real_data() else { return };
        let names = ["sug_users_vids1", "sug_users_vids2", "sug_users_vids3", "sug_users_vids4", "top_users_vids"];
        let files: Vec<_> = names.iter().map(|name| folder.join(format!("tiktok_famous/{name}.csv"))).collect();
        let rates = engagement(&files);
        import(suite, &["csv", "--mapping", &mapping("tiktok_famous.toml")], &files).await;
        let after = suite.ingest_observations(vec![creatorscope_tests::make::followers("after.all", 1, 1)]).await.expect("taken");
        // Of micro accounts fewer than 200 have a value, so all of TikTok are taken; of macro accounts more.
        for (tier, least, most, widened) in [(Tier::Micro, 0.0, f64::INFINITY, true), (Tier::Macro, 1e5, 1e6, false)] {
            let mut expected: Vec<f64> =
                rates.iter().filter(|(followers, _)| (least..most).contains(followers)).map(|(_, rate)| *rate).collect();
            expected.sort_by(f64::total_cmp);
            let request = GetBenchmarkRequest {
                cohort: Some(Cohort { platform: Platform::Tiktok.into(), tier: tier.into(), ..Cohort::default() }),
                definitions: vec!["er.views".into()],
                read_after: vec![after.change_token.clone()],
                ..GetBenchmarkRequest::default()
            };
            let found = suite.metrics().get_benchmark(request).await.expect("answered").into_inner().benchmarks.remove(0);
            assert_eq!((found.widened, found.below_minimum), (widened, false));
            assert_eq!(found.sample_size as usize, expected.len());
            let at = |p: f64| {
                let place = (expected.len() - 1) as f64 * p;
                let (low, part) = (place as usize, place.fract());
                expected[low] * (1.0 - part) + expected[(low + 1).min(expected.len() - 1)] * part
            };
            let mean = expected.iter().sum::<f64>() / expected.len() as f64;
            let figures = [(found.mean, mean), (found.p10, at(0.1)), (found.p50, at(0.5)), (found.p90, at(0.9))];
            for (figure, expected) in figures {
                let figure = figure.expect("a figure");
                assert!((figure - expected).abs() < 1e-9, "{figure} is not {expected}");
            }
        }
    }

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
