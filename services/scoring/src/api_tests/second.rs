//! Owns what callers see where encoders read a sample of the comments. Never the encoders: a reader of ours stands in for them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use creatorscope_kit::db::Db;
use creatorscope_text::sentiment::{FastModel, Probabilities, Reading, Scratch};

use super::*;

/// Finds every text that the fast tier can read negative, and counts them.
#[derive(Debug, Default)]
struct Grumpy {
    read: AtomicUsize,
}

impl SecondReader for Grumpy {
    fn model(&self) -> &'static str {
        "grumpy-e5@3"
    }

    fn read(&self, texts: &[&str], scratch: &mut Scratch) -> Vec<Reading> {
        self.read.fetch_add(texts.len(), Ordering::SeqCst);
        let negative = Probabilities { negative: 0.9, neutral: 0.1, positive: 0.0 };
        let turned = |found: Reading| Reading { sentiment: found.sentiment.map(|_| negative), ..found };
        texts.iter().map(|text| turned(FastModel::embedded().read(text, scratch))).collect()
    }
}

#[derive(Debug)]
struct Broken;

impl SecondReader for Broken {
    fn model(&self) -> &'static str {
        "broken@1"
    }

    fn read(&self, _: &[&str], _: &mut Scratch) -> Vec<Reading> {
        panic!("a reader that breaks off")
    }
}

async fn database() -> Db {
    Db::temporary(&MIGRATIONS).await.expect("opens")
}

fn sample_of(size: usize) -> Config {
    serde_json::from_value(serde_json::json!({ "encoder_sample": size })).expect("a setting")
}

fn second(all: &pb::SentimentAggregate) -> (i32, i64) {
    let second = all.second_reading.as_ref().expect("there are encoders");
    (second.sample_size, second.drawn_from_count)
}

#[tokio::test]
async fn shares_follow_the_encoders_and_say_so() {
    let reader = Arc::new(Grumpy::default());
    let mut client = client_of(database().await, Some(reader.clone()), Config::default()).await;
    put(&mut client, crowd(60)).await;
    put(&mut client, crowd(90).split_off(60)).await;
    let all = sentiment(&mut client).await;
    let shares = ["negative", "neutral", "positive"].map(|class| number(&all, &format!("sentiment.{class}@1")));
    assert!(shares[0] > 0.75 && (shares.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{shares:?}");
    assert!((number(&all, "sentiment.net@1") - shares[2] + shares[0]).abs() < 1e-9);
    assert!(number(&all, "sentiment.negative.weighted@1") > 0.75);
    assert_eq!((all.method.as_str(), second(&all)), ("two-phase difference@1", (50, 90)));
    assert_eq!(all.second_reading.as_ref().expect("set").model, "grumpy-e5@3");
    let range = value(&all, "sentiment.negative@1").interval.clone().expect("modelled");
    assert!(range.low < shares[0] && range.high > shares[0] && range.method.contains("encoders"), "{range:?}");
    assert_eq!(all.model_counts[0].model, "fast@1", "which read all of them");

    let read = reader.read.load(Ordering::SeqCst);
    assert!((50..=80).contains(&read), "what cannot come into the sample is not read: {read}");
    put(&mut client, crowd(90)).await;
    assert_eq!(reader.read.load(Ordering::SeqCst), read, "nor is a comment that is known");
    assert_eq!(sentiment(&mut client).await, all);
}

#[tokio::test]
async fn the_order_of_comments_does_not_change_the_sample() {
    let told = async |reversed: bool| {
        let db = database().await;
        let mut client = client_of(db, Some(Arc::new(Grumpy::default())), sample_of(12)).await;
        let mut comments = crowd(60);
        if reversed {
            comments.reverse();
        }
        put_all(&mut client, comments.chunks(20).map(<[pb::Comment]>::to_vec).collect()).await;
        second(&sentiment(&mut client).await)
    };
    assert_eq!((told(false).await, told(true).await), ((12, 60), (12, 60)));
}

#[tokio::test]
async fn a_small_sample_is_told_and_changes_nothing() {
    let mut without = client().await;
    put(&mut without, crowd(60)).await;
    let plain = sentiment(&mut without).await;
    assert_eq!((plain.method.as_str(), plain.second_reading.as_ref()), ("mean probability@1", None));
    let mut client = client_of(database().await, Some(Arc::new(Grumpy::default())), sample_of(9)).await;
    put(&mut client, crowd(60)).await;
    let all = sentiment(&mut client).await;
    assert_eq!((second(&all), all.second_reading.as_ref().expect("set").minimum_sample_size), ((9, 60), 25));
    assert_eq!((all.values, all.method), (plain.values, plain.method));
}

#[tokio::test]
async fn comments_from_before_the_encoders_have_no_part_in_the_sample_and_widen_the_interval() {
    let db = database().await;
    let mut before = client_of(db.clone(), None, Config::default()).await;
    put(&mut before, crowd(50)).await;
    let mut after = client_of(db, Some(Arc::new(Grumpy::default())), Config::default()).await;
    assert_eq!(second(&sentiment(&mut after).await), (0, 0));
    put(&mut after, crowd(80).split_off(50)).await;
    let all = sentiment(&mut after).await;
    assert_eq!((all.scored_count, second(&all)), (80, (30, 30)));
    assert_eq!(all.method, "two-phase difference@1");
    let width = |all: &pb::SentimentAggregate| {
        let range = value(all, "sentiment.neutral@1").interval.clone().expect("modelled");
        range.high - number(all, "sentiment.neutral@1")
    };
    let mut whole = client_of(database().await, Some(Arc::new(Grumpy::default())), sample_of(30)).await;
    put(&mut whole, crowd(80)).await;
    assert!(width(&all) > width(&sentiment(&mut whole).await));

    let again = put(&mut after, crowd(80)).await;
    assert_eq!((again.duplicate_count, again.updated_count), (80, 0));
    assert_eq!(second(&sentiment(&mut after).await), (50, 80), "the same comments again give them a part");
    let again = put(&mut after, crowd(80)).await;
    assert_eq!(again.change_token, put(&mut after, crowd(80)).await.change_token, "once");
}

#[tokio::test]
async fn encoders_that_break_off_do_not_stop_comments() {
    let mut client = client_of(database().await, Some(Arc::new(Broken)), Config::default()).await;
    assert_eq!(put(&mut client, crowd(60)).await.accepted_count, 60);
    let all = sentiment(&mut client).await;
    assert_eq!((all.scored_count, second(&all), all.method.as_str()), (60, (0, 0), "mean probability@1"));
}

#[tokio::test]
async fn languages_and_posts_with_enough_of_the_sample_are_corrected_too() {
    let mut client = client_of(database().await, Some(Arc::new(Grumpy::default())), Config::default()).await;
    put(&mut client, crowd(40)).await;
    let post = client.get_post_sentiment(pb::GetPostSentimentRequest { name: POST.into() }).await.expect("known");
    let post = post.into_inner().sentiment.expect("set");
    let whole = post.aggregate.as_ref().expect("set");
    assert_eq!((second(whole), whole.method.as_str()), ((40, 40), "two-phase difference@1"));
    assert!((number(whole, "sentiment.negative@1") - 0.9).abs() < 1e-6, "all were read by the encoders");
    let english = post.languages.iter().find(|language| language.language == "en").expect("most are");
    assert!(number(english.aggregate.as_ref().expect("set"), "sentiment.negative@1") > 0.85);
}
