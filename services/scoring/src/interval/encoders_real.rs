//! Owns what a second reading changes on labelled topics, where copies of them and imported encoders lie. Never a copy.

use std::path::PathBuf;

use creatorscope_text::{
    clean::clean,
    encoder::Encoders,
    sentiment::{FastModel, Probabilities, Reading, Scratch},
};

use super::{
    Doubt, Reader, of_net, of_share,
    real::{Labelled, airlines, hundreds},
};
use crate::{
    reception::real::tell,
    two_phase::{Correction, Pair},
};

/// Texts of a topic.
const TEXTS: usize = 100;
/// How often the second phase is drawn anew.
const DRAWS: u64 = 10;

/// A topic of which everything is known.
struct Topic {
    truth: [f64; 3],
    pairs: Vec<Pair>,
}

fn parts(found: Probabilities) -> [f64; 3] {
    [found.negative, found.neutral, found.positive].map(f64::from)
}

/// The topics with 30 texts and more that both can read, of each the first [`TEXTS`].
fn topics(labelled: &[Vec<Labelled>], encoders: &Encoders) -> Vec<Topic> {
    let mut scratch = Scratch::default();
    let mut topics = Vec::new();
    for texts in labelled {
        let texts = &texts[..texts.len().min(TEXTS)];
        let cleaned: Vec<_> = texts.iter().map(|(_, text)| clean(text, 5_000)).collect();
        let cleaned: Vec<&str> = cleaned.iter().map(AsRef::as_ref).collect();
        let second = encoders.read(&cleaned, &mut scratch);
        let (mut pairs, mut truth) = (Vec::new(), [0.0; 3]);
        for ((text, Reading { sentiment, .. }), (label, _)) in cleaned.iter().zip(second).zip(texts) {
            let (Ok(first), Ok(second)) = (FastModel::embedded().read(text, &mut scratch).sentiment, sentiment) else {
                continue;
            };
            let class = ["negative", "neutral", "positive"].iter().position(|known| known == label);
            let Some(class) = class else { continue };
            pairs.push(Pair { weight: 1.0, at_creator: false, first: parts(first), second: parts(second) });
            truth[class] += 1.0;
        }
        if pairs.len() >= 30 {
            let all = pairs.len() as f64;
            topics.push(Topic { truth: truth.map(|count| count / all), pairs });
        }
    }
    topics
}

/// Sums over estimates.
#[derive(Default)]
struct Quality {
    estimates: f64,
    negative_bias: f64,
    negative_squares: f64,
    negative_error: f64,
    net_error: f64,
    held: f64,
    net_held: f64,
    width: f64,
}

impl Quality {
    fn add(&mut self, truth: [f64; 3], shares: [f64; 3], n: f64, share: Doubt, net: Doubt) {
        let range = of_share(shares[0], n, share);
        let (found_net, true_net) = (shares[2] - shares[0], truth[2] - truth[0]);
        let range_of_net = of_net(shares[2], shares[0], n, net);
        let holds = |(low, high): (f64, f64), truth: f64| f64::from(u8::from((low..=high).contains(&truth)));
        self.estimates += 1.0;
        self.negative_bias += shares[0] - truth[0];
        self.negative_squares += (shares[0] - truth[0]).powi(2);
        self.negative_error += (shares[0] - truth[0]).abs();
        self.net_error += (found_net - true_net).abs();
        self.held += holds(range, truth[0]);
        self.net_held += holds(range_of_net, true_net);
        self.width += (range.1 - range.0) / 2.0;
    }

    fn tell(&self, name: &str) {
        let mean = |sum: f64| sum / self.estimates;
        tell(&format!(
            "  {name:<21} mean absolute error: negative {:.3}, net {:.3}; held: negative {:.2}, net {:.2}; half width {:.3}; \
             negative: mean error {:+.3}, deviation around it {:.3}",
            mean(self.negative_error),
            mean(self.net_error),
            mean(self.held),
            mean(self.net_held),
            mean(self.width),
            mean(self.negative_bias),
            (mean(self.negative_squares) - mean(self.negative_bias).powi(2)).sqrt()
        ));
    }

    fn net(&self) -> f64 {
        self.net_error / self.estimates
    }
}

fn mean(pairs: &[Pair], of: fn(&Pair) -> [f64; 3]) -> [f64; 3] {
    [0, 1, 2].map(|class| pairs.iter().map(|pair| of(pair)[class]).sum::<f64>() / pairs.len() as f64)
}

/// A random order, another for every draw.
fn drawn(pairs: &[Pair], draw: u64) -> Vec<Pair> {
    let rank = |place: usize| *blake3::hash(&[draw.to_le_bytes(), (place as u64).to_le_bytes()].concat()).as_bytes();
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    order.sort_by_key(|place| rank(*place));
    order.into_iter().map(|place| pairs[place]).collect()
}

/// The errors of the net: of the fast tier, of two phases with 50 texts, and of the encoders on all.
fn measure(name: &str, topics: &[Topic], encoder: Reader) -> [f64; 3] {
    let all: Vec<Pair> = topics.iter().flat_map(|topic| topic.pairs.iter().copied()).collect();
    let differences = Correction::of(&all, f64::INFINITY, false);
    let deviation = |variance: f64| (variance * all.len() as f64).sqrt();
    tell(&format!(
        "{name}: {} topics; the readings of one text differ with a standard deviation of {:.3} (negative), {:.3} (net)",
        topics.len(),
        deviation(differences.shares[0].variance),
        deviation(differences.net.variance)
    ));
    let (mut fast, mut whole) = (Quality::default(), Quality::default());
    let mut two_phases = [10, 25, 50].map(|size| (size, Quality::default()));
    for topic in topics {
        let n = topic.pairs.len() as f64;
        let plain = mean(&topic.pairs, |pair| pair.first);
        let doubt = Doubt::of(Reader::Fast);
        fast.add(topic.truth, plain, n, doubt, doubt);
        let doubt = Doubt::of(encoder);
        whole.add(topic.truth, mean(&topic.pairs, |pair| pair.second), n, doubt, doubt);
        for draw in 0..DRAWS {
            let order = drawn(&topic.pairs, draw);
            for (size, quality) in &mut two_phases {
                let correction = Correction::of(&order[..order.len().min(*size)], n, false);
                let doubt = |variance: f64| Doubt::of_two_phases(encoder, 1.0, variance);
                let (share, net) = (doubt(correction.shares[0].variance), doubt(correction.net.variance));
                quality.add(topic.truth, correction.apply(plain), n, share, net);
            }
        }
    }
    fast.tell("fast tier");
    two_phases.iter().for_each(|(size, quality)| quality.tell(&format!("two phases, {size} texts")));
    whole.tell("encoders on all");
    [fast.net(), two_phases[2].1.net(), whole.net()]
}

#[test]
#[ignore = "reads 15 000 texts with imported encoders, some minutes; CREATORSCOPE_TEST_MODELS is their folder"]
#[allow(clippy::disallowed_methods, reason = "tests are told by their environment where encoders are")]
fn a_second_reading_of_50_texts_stays_near_that_of_all_texts() {
    let folder = std::env::var_os("CREATORSCOPE_TEST_MODELS").map(PathBuf::from);
    let Some(folder) = folder else {
        return tell("SKIPPED: CREATORSCOPE_TEST_MODELS does not say where imported encoders are");
    };
    let encoders = Encoders::open(&folder).unwrap().expect("the folder has encoders");
    let (comments, reviews) = (hundreds(|name| !name.starts_with("ml12")), hundreds(|name| name.starts_with("ml12")));
    let (Some(airlines), Some(comments), Some(reviews)) = (airlines(), comments, reviews) else { return };
    tell(encoders.model());
    let sets = [
        ("airlines by day", airlines),
        ("hundreds of tweets and comments of 10 sets", comments),
        ("hundreds of reviews and tweets of 4 sets, sorted by label", reviews),
    ];
    for (name, labelled) in sets {
        let [fast, two_phases, all] = measure(name, &topics(&labelled, &encoders), Reader::of_second(encoders.model()));
        assert!((two_phases - all).abs() < 0.03, "{fast} {two_phases} {all}");
    }
}
