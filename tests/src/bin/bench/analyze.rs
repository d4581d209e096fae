//! Owns how fast comments are read through the API, against the `vader_sentiment` crate. Never how well.

use std::{
    fs,
    time::{Duration, Instant},
};

use creatorscope_proto::{
    common::v1::Source,
    scoring::v1::{AnalyzeStreamRequest, Comment, IngestCommentsRequest, TextToRead},
};
use creatorscope_tests::{Mode, Suite, make::day, real_data};
use tokio_stream::{StreamExt, iter};

use crate::{ROUNDS, median, per_second};

/// Texts of a message, and messages of a run.
const BATCH: usize = 2_000;
const TEXTS: usize = 600_000;
/// Comments that are stored.
const STORED: usize = 200_000;
/// Texts that the rival reads a run.
const RIVAL: usize = 60_000;

pub(crate) async fn run() {
    let Some(folder) = real_data() else { return };
    let texts = texts(&folder.join("sentiment"));
    let bytes: usize = texts.iter().map(String::len).sum();
    println!("{} texts of {} bytes on average", texts.len(), bytes / texts.len());
    let suite = Suite::start(Mode::Embedded).await;
    let (mut wall, mut cpu, mut rival) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let before = suite.processor_time();
        wall.push(stream_all(&suite, &texts).await);
        cpu.push(suite.processor_time() - before);
        rival.push(rival_reads(&texts));
    }
    let rate = per_second(TEXTS, median(wall));
    let a_core = per_second(TEXTS, median(cpu));
    let rival = per_second(RIVAL, median(rival));
    println!(
        "AnalyzeStream: {rate:.0} comments/s by the clock, {a_core:.0} a second of the server's cores; vader_sentiment crate in process \
         {rival:.0}/s, ratio {:.1}",
        a_core / rival
    );
    let before = suite.processor_time();
    let begun = Instant::now();
    store(&suite, &texts).await;
    println!(
        "IngestComments on SQLite: {:.0} comments/s by the clock, {:.0} a second of the server's cores",
        per_second(STORED, begun.elapsed()),
        per_second(STORED, suite.processor_time() - before)
    );
    suite.stop().await;
}

/// The labelled texts, mixed so that languages alternate.
fn texts(folder: &std::path::Path) -> Vec<String> {
    let mut files: Vec<_> = fs::read_dir(folder).expect("labelled texts").flatten().map(|entry| entry.path()).collect();
    files.sort();
    let mut all: Vec<String> = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap_or_default();
        all.extend(text.lines().filter_map(|line| Some(line.split_once('\t')?.1.to_owned())));
    }
    fastrand::Rng::with_seed(7).shuffle(&mut all);
    all
}

async fn stream_all(suite: &Suite, texts: &[String]) -> Duration {
    let mut all = texts.iter().cycle();
    let read = |text: &String| TextToRead { text: text.clone(), ..TextToRead::default() };
    let requests: Vec<_> = (0..TEXTS / BATCH)
        .map(|_| AnalyzeStreamRequest { texts: all.by_ref().take(BATCH).map(read).collect(), tier: 0 })
        .collect();
    let begun = Instant::now();
    let answers = suite.scoring().analyze_stream(iter(requests)).await.expect("answered").into_inner();
    let read = answers.fold(0, |sum, answer| sum + answer.expect("an answer").results.len()).await;
    assert_eq!(read, TEXTS);
    begun.elapsed()
}

fn rival_reads(texts: &[String]) -> Duration {
    let analyzer = vader_sentiment::SentimentIntensityAnalyzer::new();
    let begun = Instant::now();
    let sum: f64 = texts.iter().cycle().take(RIVAL).map(|text| analyzer.polarity_scores(text)["compound"]).sum();
    assert!(sum.is_finite());
    begun.elapsed()
}

async fn store(suite: &Suite, texts: &[String]) {
    let comments: Vec<Comment> = texts
        .iter()
        .cycle()
        .take(STORED)
        .enumerate()
        .map(|(number, text)| Comment {
            name: format!(
                "creators/youtube:UCcreator{:04}/posts/post{:07}/comments/c{number}",
                number % 500,
                number % 5_000
            ),
            text: text.clone(),
            author: format!("author {}", number % 40_000),
            publish_time: Some(day(90)),
            observe_time: Some(day(100)),
            source: Source::File.into(),
            ..Comment::default()
        })
        .collect();
    let requests: Vec<_> =
        comments.chunks(5_000).map(|comments| IngestCommentsRequest { comments: comments.to_vec() }).collect();
    let answers = suite.scoring().ingest_comments(iter(requests)).await.expect("answered").into_inner();
    let taken = answers.fold(0, |sum, answer| sum + answer.expect("an answer").accepted_count).await;
    assert_eq!(taken as usize, STORED);
}
