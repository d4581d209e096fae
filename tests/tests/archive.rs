//! A suite moves: from SQLite to Postgres and back, by `backup` and `restore`, and answers as before.
#![allow(clippy::panic, clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

use creatorscope_proto::{
    campaign::v1 as campaign,
    common::v1::Source,
    discovery::v1::SearchCreatorsRequest,
    metrics::v1::{GetCreatorMetricsRequest, ListPostsRequest},
    scoring::v1::{Comment, GetCreatorSentimentRequest, IngestCommentsRequest},
};
use creatorscope_tests::{
    Mode, Suite,
    make::{creator, creator_name, day, followers, post},
    postgres_is_there,
};
use serde_json::Value;
use tokio_stream::iter;

const PRAISE: &str = "Love this, best video ever!";
const SCORN: &str = "Awful, I hate this.";

/// A little of everything: profiles, posts, counts, comments, a brand, a key. Answers with what a search must wait for.
async fn pour(suite: &Suite) -> Vec<String> {
    let made = suite.ingest_creators(vec![creator("ann"), creator("bob")]).await.expect("taken");
    let posts = vec![post("ann", 1, 10, 20, [1_000, 50, 5]), post("ann", 2, 12, 20, [3_000, 90, 9])];
    suite.ingest_posts(vec![posts]).await.expect("taken");
    let counts = vec![followers("ann", 20, 5_000), followers("bob", 20, 50)];
    let counted = suite.ingest_observations(counts).await.expect("taken");
    let comments = (0..40).map(|number| Comment {
        name: format!("{}/posts/700000000000000001/comments/{number}", creator_name("ann")),
        author: format!("somebody-{number}"),
        text: if number % 4 == 0 { SCORN } else { PRAISE }.to_owned(),
        publish_time: Some(day(15)),
        observe_time: Some(day(20)),
        source: Source::Given.into(),
        ..Comment::default()
    });
    let request = IngestCommentsRequest { comments: comments.collect() };
    let mut told = suite.scoring().ingest_comments(iter([request])).await.expect("opened").into_inner();
    while told.message().await.expect("taken").is_some() {}
    let brand = campaign::Brand { display_name: "Lumo".to_owned(), ..Default::default() };
    let request =
        campaign::CreateBrandRequest { brand: Some(brand), brand_id: "lumo".to_owned(), ..Default::default() };
    suite.campaign().create_brand(request).await.expect("made");
    suite.make_key(&["--scopes", "metrics.read"]).await;
    vec![made.change_token, counted.change_token]
}

/// What clients see of it, without times of writing.
async fn see(suite: &Suite, read_after: &[String]) -> Vec<String> {
    let mut seen = Vec::new();
    for id in ["ann", "bob"] {
        let request = GetCreatorMetricsRequest { name: creator_name(id), ..Default::default() };
        let found = suite.metrics().get_creator_metrics(request).await.expect("answered").into_inner();
        seen.push(format!("{:?}", found.metrics.expect("metrics").values));
    }
    let posts = ListPostsRequest { parent: creator_name("ann"), ..Default::default() };
    seen.push(format!("{:?}", suite.metrics().list_posts(posts).await.expect("answered").into_inner().posts));
    let request = GetCreatorSentimentRequest { name: creator_name("ann"), ..Default::default() };
    seen.push(format!("{:?}", suite.scoring().get_creator_sentiment(request).await.expect("answered").into_inner()));
    let brands = campaign::ListBrandsRequest::default();
    seen.push(format!("{:?}", suite.campaign().list_brands(brands).await.expect("answered").into_inner().brands));
    let (filter, read_after) = ("followers > 100".to_owned(), read_after.to_vec());
    let search = SearchCreatorsRequest { filter, read_after, ..Default::default() };
    let found = suite.discovery().search_creators(search).await.expect("answered").into_inner().creators;
    seen.push(format!("{:?}", found.iter().map(|one| (&one.name, one.followers, &one.metrics)).collect::<Vec<_>>()));
    seen.push(suite.run_key(&["list"]).await);
    seen
}

/// Each answer by itself, so that a failure shows the one that differs.
fn same(now: &[String], before: &[String]) {
    assert_eq!(now.len(), before.len());
    for (now, before) in now.iter().zip(before) {
        assert_eq!(now, before);
    }
}

/// The tables of a manifest: how many rows, and a digest of them.
fn tables(manifest: &str) -> Value {
    serde_json::from_str::<Value>(manifest).expect("a manifest")["tables"].clone()
}

async fn backup(suite: &Suite, name: &str) -> (String, Value) {
    let file = suite.folder().join(name).display().to_string();
    let told = suite.run_on_tables("backup", &["--out", &file, "--json"]).await;
    (file, tables(&told))
}

async fn restore(suite: &Suite, file: &str, more: &[&str]) -> String {
    suite.run_on_tables("restore", &[&[file, "--json"], more].concat()).await
}

#[tokio::test]
async fn a_suite_moves_to_postgres_and_back_without_loss() {
    if !postgres_is_there() {
        return;
    }
    let first = Suite::start(Mode::Embedded).await;
    let poured = pour(&first).await;
    let seen = see(&first, &poured).await;
    let (file, stored) = backup(&first, "first.backup").await;
    assert!(stored["metrics/posts.jsonl"]["rows"] == 2 && stored["gateway/keys.jsonl"]["rows"] == 1, "{stored}");

    let mut production = Suite::prepare(Mode::Distributed).await;
    assert_eq!(tables(&restore(&production, &file, &[]).await), stored);
    let (file, moved) = backup(&production, "production.backup").await;
    assert_eq!(moved, stored, "every row is the same on Postgres");
    production.start_all().await;
    same(&see(&production, &poured).await, &seen);

    let mut back = Suite::prepare(Mode::Embedded).await;
    assert_eq!(tables(&restore(&back, &file, &[]).await), stored);
    assert_eq!(backup(&back, "back.backup").await.1, stored, "every row is the same on SQLite again");
    back.start_all().await;
    same(&see(&back, &poured).await, &seen);
    for suite in [first, production, back] {
        suite.stop().await;
    }
}

/// What is stored once the services have told one another all that was poured in.
async fn settled(suite: &Suite) -> Value {
    let mut last = backup(suite, "0.backup").await.1;
    for number in 1..50 {
        let next = backup(suite, &format!("{number}.backup")).await.1;
        if next == last {
            return last;
        }
        last = next;
    }
    panic!("the tables go on changing");
}

#[tokio::test]
async fn tables_that_are_not_empty_are_left_alone_unless_they_are_to_be_replaced() {
    let mut suite = Suite::start(Mode::Embedded).await;
    let (empty, nothing) = backup(&suite, "empty.backup").await;
    pour(&suite).await;
    let before = settled(&suite).await;
    assert_eq!(restore(&suite, &empty, &[]).await, "", "nothing is told");
    assert_eq!(backup(&suite, "same.backup").await.1, before);
    suite.kill("gateway").await;
    assert_eq!(tables(&restore(&suite, &empty, &["--replace"]).await), nothing);
    assert_eq!(backup(&suite, "replaced.backup").await.1, nothing);
}

#[tokio::test]
async fn a_damaged_file_fills_nothing() {
    let mut source = Suite::start(Mode::Embedded).await;
    pour(&source).await;
    let (file, _) = backup(&source, "whole.backup").await;
    let mut bytes = std::fs::read(&file).expect("a file");
    // Long enough to be in what an entry holds.
    let third = bytes.len() / 3;
    bytes[third..2 * third].fill(0x55);
    std::fs::write(&file, &bytes).expect("written");
    let target = Suite::prepare(Mode::Embedded).await;
    assert_eq!(restore(&target, &file, &[]).await, "", "nothing is told");
    source.kill("gateway").await;
}
