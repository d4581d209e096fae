//! Owns how often intervals hold the true share of labelled topics, where a copy of them lies. Never a copy.

use std::collections::BTreeMap;

use creatorscope_text::{
    clean::clean,
    sentiment::{FastModel, Scratch},
};

use super::{Doubt, Reader, of_share};
use crate::reception::real::{real, tell};

/// Texts and negative ones among them, and the sum of the probabilities of being negative as read.
#[derive(Default, Clone, Copy)]
struct Topic {
    texts: f64,
    negative: f64,
    read: f64,
}

impl Topic {
    fn add(&mut self, text: &str, negative: bool, scratch: &mut Scratch) {
        let Ok(found) = FastModel::embedded().read(&clean(text, 5_000), scratch).sentiment else { return };
        self.texts += 1.0;
        self.negative += f64::from(u8::from(negative));
        self.read += f64::from(found.negative);
    }
}

/// How many of the topics with 30 texts and more the intervals hold, by sampling alone and with the model's error.
fn coverage(name: &str, topics: impl Iterator<Item = Topic>) -> Option<(f64, f64)> {
    let topics: Vec<Topic> = topics.filter(|topic| topic.texts >= 30.0).collect();
    let holds = |(low, high): (f64, f64), truth: f64| (low - 1e-9..=high + 1e-9).contains(&truth);
    let share = |held: usize| held as f64 / topics.len() as f64;
    let of = |topic: &Topic| (topic.read / topic.texts, topic.negative / topic.texts);
    let sampling = topics.iter().filter(|topic| holds(wilson(of(topic).0, topic.texts), of(topic).1)).count();
    let with = |topic: &&Topic| holds(of_share(of(topic).0, topic.texts, Doubt::of(Reader::Fast)), of(topic).1);
    let (sampling, model) = (share(sampling), share(topics.iter().filter(with).count()));
    let bias = topics.iter().map(|topic| of(topic).0 - of(topic).1).sum::<f64>() / topics.len() as f64;
    tell(&format!(
        "{name}: {} topics; held by Wilson {sampling:.2}, with the model's error {model:.2}; mean error {bias:+.3}",
        topics.len()
    ));
    (!topics.is_empty()).then_some((sampling, model))
}

/// Wilson's interval of 90 %.
fn wilson(p: f64, n: f64) -> (f64, f64) {
    let z = 1.645;
    let (centre, scale) = (p + z * z / (2.0 * n), 1.0 + z * z / n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    ((centre - half) / scale, (centre + half) / scale)
}

/// A labelled text: negative, neutral or positive, and what it says.
pub(super) type Labelled = (String, String);

/// Tweets about airlines by airline and day; where they are.
pub(super) fn airlines() -> Option<Vec<Vec<Labelled>>> {
    let mut topics: BTreeMap<String, Vec<Labelled>> = BTreeMap::new();
    let path = real("airline_brand_tweets")?.join("Tweets.csv");
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(path).unwrap();
    let head = reader.headers().unwrap().clone();
    let place = |name: &str| head.iter().position(|found| found == name).unwrap();
    let [label, airline, text, created] = ["airline_sentiment", "airline", "text", "tweet_created"].map(place);
    for row in reader.byte_records().filter_map(Result::ok) {
        let cell = |place: usize| String::from_utf8_lossy(row.get(place).unwrap_or_default()).into_owned();
        let day = cell(created).split(' ').next().unwrap_or_default().to_owned();
        topics.entry(format!("{} {day}", cell(airline))).or_default().push((cell(label), cell(text)));
    }
    Some(topics.into_values().collect())
}

/// Hundreds of texts of the validation parts of the sets of sentiment whose file's name is `wanted`, up to ten of each; where they are.
pub(super) fn hundreds(wanted: fn(&str) -> bool) -> Option<Vec<Vec<Labelled>>> {
    let mut topics: BTreeMap<(String, usize), Vec<Labelled>> = BTreeMap::new();
    for file in std::fs::read_dir(real("sentiment")?).unwrap().filter_map(Result::ok) {
        let name = file.file_name().to_string_lossy().into_owned();
        if !wanted(&name) || !(name.ends_with("_val.tsv") || name.ends_with("_valid.tsv") || name.ends_with("_dev.tsv"))
        {
            continue;
        }
        let lines = String::from_utf8_lossy(&std::fs::read(file.path()).unwrap()).into_owned();
        for (n, (label, text)) in lines.lines().filter_map(|line| line.split_once('\t')).enumerate().take(1_000) {
            topics.entry((name.clone(), n / 100)).or_default().push((label.to_owned(), text.to_owned()));
        }
    }
    Some(topics.into_values().collect())
}

#[test]
fn intervals_with_the_models_error_hold_more_true_shares_than_sampling_alone() {
    let (Some(airlines), Some(hundreds)) = (airlines(), hundreds(|_| true)) else { return };
    let mut scratch = Scratch::default();
    let mut topics = |labelled: Vec<Vec<Labelled>>| {
        let mut read = |texts: &Vec<Labelled>| {
            let mut topic = Topic::default();
            texts.iter().for_each(|(label, text)| topic.add(text, label == "negative", &mut scratch));
            topic
        };
        labelled.iter().map(&mut read).collect::<Vec<Topic>>().into_iter()
    };
    let (airline, airline_with) = coverage("airlines by day", topics(airlines)).unwrap();
    let (other, other_with) = coverage("hundreds of texts of 14 sets", topics(hundreds)).unwrap();
    assert!(airline_with > airline && other_with > other);
    assert!(other_with >= 0.85, "{other_with}");
}
