//! Owns how good forecasts of real videos are, printed. Never a bound: the tests hold those.
#![allow(clippy::print_stdout, reason = "printing is what it is for")]

#[path = "../tests/forecast_quality/replay.rs"]
mod replay;

use std::collections::{BTreeMap, BTreeSet};

use creatorscope_campaign::normal;
use replay::{Question, Sum, Teachers, Trial, ask, campaigns, held, median_error};

fn main() {
    let Some(file) = replay::file() else { return };
    let videos = replay::videos(file);
    let teachers = Teachers::new(&videos);
    println!("{} videos; the last group learned from {} posts", videos.len(), teachers.last().posts);
    println!(
        "{:<34} {:>5} {:>7} {:>6} {:>6} {:>6} {:>9} {:>9}",
        "", "n", "error", "50 %", "80 %", "95 %", "x T/t", "+ v(T-t)"
    );
    for age in [6.0, 12.0, 24.0, 48.0] {
        let trials = ask(&videos, &teachers, &Question::LastReading(age));
        line(&format!("at {age} h, of the last reading"), &trials.iter().collect::<Vec<_>>());
        let middle = trials.iter().map(|trial| trial.made_at).min().zip(trials.iter().map(|trial| trial.made_at).max());
        let Some((first, last)) = middle else { continue };
        let half = first + last.duration_since(first) / 2;
        let (early, late): (Vec<_>, Vec<_>) = trials.iter().partition(|trial| trial.made_at < half);
        line("  made in the first half of the time", &early);
        line("  made in the second half", &late);
        let (even, odd): (Vec<_>, Vec<_>) = trials.iter().partition(|trial| trial.video % 2 == 0);
        line("  one half of the videos", &even);
        line("  the other half", &odd);
        let (one, more): (Vec<_>, Vec<_>) = trials.iter().partition(|trial| trial.speed == 0.0);
        line("  speed unknown or 0", &one);
        line("  speed known", &more);
    }
    for age in [6.0, 12.0, 24.0, 48.0] {
        let trials = ask(&videos, &Teachers::silent(), &Question::LastReading(age));
        line(&format!("at {age} h, by the prior alone"), &trials.iter().collect::<Vec<_>>());
    }
    for ahead in [6.0, 24.0, 48.0, 72.0, 96.0, 144.0] {
        let mut trials = Vec::new();
        for age in [6.0, 12.0, 24.0, 48.0, 72.0, 120.0] {
            let new = ask(&videos, &teachers, &Question::Ahead(age, ahead));
            line(&format!("  at {age} h, {ahead} h ahead"), &new.iter().collect::<Vec<_>>());
            trials.extend(new);
        }
        line(&format!("{ahead} h ahead, all ages"), &trials.iter().collect::<Vec<_>>());
    }
    for size in [5, 10, 20] {
        for correlation in [0.0, 0.1, 0.3, 0.5] {
            let sums = campaigns(&videos, &teachers, size, 24.0, correlation);
            let inside = |sum: &&Sum| {
                let band = sum.total.band(0.8);
                (band.low..=band.high).contains(&sum.came)
            };
            let mut errors: Vec<f64> =
                sums.iter().map(|sum| (sum.total.quantile(0.5) / sum.came - 1.0).abs()).collect();
            errors.sort_by(f64::total_cmp);
            let moments: BTreeSet<_> = sums.iter().map(|sum| sum.made_at).collect();
            println!(
                "sums of {size} videos, 24 h ahead, correlation {correlation}: {} sums at {} moments, error {:.1} %, 80 % band held {:.1} %",
                sums.len(),
                moments.len(),
                errors.get(errors.len() / 2).map_or(f64::NAN, |error| error * 100.0),
                sums.iter().filter(inside).count() as f64 / sums.len().max(1) as f64 * 100.0,
            );
        }
    }
    println!(
        "correlation of misses at one moment, 24 h ahead: {:.2}",
        shared_by_a_moment(&campaigns(&videos, &teachers, 1, 24.0, 0.0))
    );
    let learned = teachers.last();
    for (bin, elasticity) in learned.curve.elasticities.iter().enumerate() {
        println!("{:>7} h {elasticity:.3} {}", creatorscope_campaign::curve::EDGES[bin], learned.curve.posts[bin]);
    }
    for doubt in learned.with_speed.iter().chain(&learned.without_speed).flatten() {
        println!("{doubt:.2?}");
    }
}

fn line(name: &str, trials: &[&Trial]) {
    if trials.len() < 10 {
        return;
    }
    let percent = |part: f64| format!("{:.1}", part * 100.0);
    println!(
        "{name:<34} {:>5} {:>7} {:>6} {:>6} {:>6} {:>9} {:>9}",
        trials.len(),
        percent(median_error(trials, |trial| trial.outlook.quantile(0.5))),
        percent(held(trials, 0.5)),
        percent(held(trials, 0.8)),
        percent(held(trials, 0.95)),
        percent(median_error(trials, Trial::line_from_publication)),
        percent(median_error(trials, Trial::line_of_last_speed)),
    );
}

/// The part of the variance of misses (as normal scores, from −3 to 3) that forecasts made at one moment share: the
/// one-way intraclass correlation.
fn shared_by_a_moment(sums: &[Sum]) -> f64 {
    let score = |sum: &Sum| normal::quantile(1.0 - sum.total.probability_of(sum.came)).clamp(-3.0, 3.0);
    let mut moments: BTreeMap<_, Vec<f64>> = BTreeMap::new();
    for sum in sums {
        moments.entry(sum.made_at).or_default().push(score(sum));
    }
    let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len() as f64;
    let all: Vec<f64> = moments.values().flatten().copied().collect();
    let (count, groups) = (all.len() as f64, moments.len() as f64);
    let between: f64 = moments.values().map(|scores| scores.len() as f64 * (mean(scores) - mean(&all)).powi(2)).sum();
    let within: f64 =
        moments.values().flat_map(|scores| scores.iter().map(|score| (score - mean(scores)).powi(2))).sum();
    let (between, within) = (between / (groups - 1.0), within / (count - groups));
    let size = count / groups;
    (between - within) / (between + (size - 1.0) * within)
}
