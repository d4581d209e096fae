//! Owns the measurement of how many texts a second one core reads, beside the `vader_sentiment` crate. Never quality.
//!
//! `speed FILE...`, files of `label<TAB>text` lines. Time is the processor's, where the system tells it; texts are shuffled by a fixed seed.
#![allow(clippy::print_stdout, missing_docs, reason = "a measurement for people")]

use std::{fs, hint::black_box, io, time::Instant};

use clap::Parser;
use creatorscope_text::{
    clean::clean,
    sentiment::{FastModel, Scratch},
    target::{Place, target},
};

/// Characters that are read, as in the service.
const LONGEST: usize = 100_000;

#[derive(Parser)]
struct Arguments {
    /// Files of `label<TAB>text` lines.
    files: Vec<std::path::PathBuf>,
    /// Leave the `vader_sentiment` crate out.
    #[arg(long)]
    alone: bool,
}

/// Nanoseconds that this thread has run.
fn processor_time(since: Instant) -> u64 {
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let first = told.and_then(|line| line.split_whitespace().next()?.parse().ok());
    first.unwrap_or_else(|| since.elapsed().as_nanos() as u64)
}

/// The best of several rounds, in texts a second.
fn speed(texts: &[&str], rounds: usize, mut read: impl FnMut(&str)) -> f64 {
    let since = Instant::now();
    let round = |_| {
        let start = processor_time(since);
        texts.iter().for_each(|text| read(text));
        texts.len() as f64 * 1e9 / (processor_time(since) - start) as f64
    };
    (0..rounds).map(round).fold(0.0, f64::max)
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let files: Vec<_> = arguments.files.iter().map(fs::read).collect::<Result<_, _>>()?;
    let files: Vec<_> = files.iter().map(|bytes| String::from_utf8_lossy(bytes)).collect();
    let mut texts: Vec<_> = files
        .iter()
        .flat_map(|file| file.lines().skip(1))
        .filter_map(|line| line.split_once('\t'))
        .map(|(_, text)| text)
        .collect();
    let mut chance = 0x9e37_79b9_u64;
    for place in (1..texts.len()).rev() {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        texts.swap(place, (chance >> 33) as usize % (place + 1));
    }
    // In their new order in memory, as they would come from a connection.
    let copies: Vec<_> = texts.iter().map(|text| (*text).to_owned()).collect();
    let texts: Vec<_> = copies.iter().map(String::as_str).collect();
    let bytes = texts.iter().map(|text| text.len()).sum::<usize>() / texts.len().max(1);
    println!("{} texts of {bytes} bytes", texts.len());
    let model = FastModel::embedded();
    let mut scratch = Scratch::default();
    let fast = speed(&texts, 5, |text| _ = black_box(model.read(text, &mut scratch)));
    println!("fast tier: {fast:.0} texts/s");
    let whole = speed(&texts, 5, |text| {
        let text = clean(text, LONGEST);
        _ = black_box((model.read(&text, &mut scratch), target(&text, Place::default())));
    });
    println!("with cleaning and target: {whole:.0} texts/s");
    let mut forgetful = Scratch::forgetful();
    let plain = speed(&texts, 2, |text| _ = black_box(model.read(text, &mut forgetful)));
    println!("fast tier without its memory of words: {plain:.0} texts/s");
    if !arguments.alone {
        let few = &texts[..texts.len().min(20_000)];
        let analyzer = vader_sentiment::SentimentIntensityAnalyzer::new();
        let rival = speed(few, 2, |text| _ = black_box(analyzer.polarity_scores(text)));
        println!("vader_sentiment crate: {rival:.0} texts/s");
    }
    Ok(())
}
