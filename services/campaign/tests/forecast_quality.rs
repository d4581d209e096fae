//! Owns the bounds that forecasts of real videos keep. Never a copy of the data.

#[path = "forecast_quality/replay.rs"]
mod replay;

use replay::{Question, Teachers, Trial, ask, campaigns, held, median_error};

#[test]
fn the_prior_alone_is_already_better_than_straight_lines_and_its_band_holds() {
    let Some(file) = replay::file() else { return };
    let videos = replay::videos(file);
    for age in [6.0, 12.0, 24.0, 48.0] {
        let trials = ask(&videos, &Teachers::silent(), &Question::LastReading(age));
        let all: Vec<&Trial> = trials.iter().collect();
        let share = held(&all, 0.8);
        assert!((0.7..=0.95).contains(&share), "at {age} h the 80 % band held {share}");
        let error = median_error(&all, |trial| trial.outlook.quantile(0.5));
        let from_publication = median_error(&all, Trial::line_from_publication);
        let of_last_speed = median_error(&all, Trial::line_of_last_speed);
        assert!(error < from_publication / 3.0, "at {age} h: {error} and {from_publication}");
        assert!(error < of_last_speed, "at {age} h: {error} and {of_last_speed}");
    }
}

/// Forecasts learn only from what other videos showed before; what came is each video's last reading.
#[test]
fn eighty_percent_bands_hold_and_errors_are_far_below_straight_lines() {
    let Some(file) = replay::file() else { return };
    let videos = replay::videos(file);
    let teachers = Teachers::new(&videos);
    assert!(teachers.last().posts > 500, "only {} posts taught", teachers.last().posts);
    for (age, least) in [(6.0, 500), (12.0, 500), (24.0, 500), (48.0, 200)] {
        let trials = ask(&videos, &teachers, &Question::LastReading(age));
        let all: Vec<&Trial> = trials.iter().collect();
        assert!(all.len() >= least, "only {} forecasts at {age} h", all.len());
        let share = held(&all, 0.8);
        assert!((0.7..=0.9).contains(&share), "at {age} h the 80 % band held {share}");
        let (even, odd): (Vec<&Trial>, Vec<&Trial>) = trials.iter().partition(|trial| trial.video % 2 == 0);
        let middle = trials.iter().map(|trial| trial.made_at).min().zip(trials.iter().map(|trial| trial.made_at).max());
        let middle = middle.map(|(first, last)| first + last.duration_since(first) / 2).expect("there are forecasts");
        let (early, late): (Vec<&Trial>, Vec<&Trial>) = trials.iter().partition(|trial| trial.made_at < middle);
        for half in [even, odd, early, late] {
            let share = held(&half, 0.8);
            assert!((0.7..=0.92).contains(&share), "at {age} h the 80 % band held {share} on one half");
        }
        let error = median_error(&all, |trial| trial.outlook.quantile(0.5));
        let from_publication = median_error(&all, Trial::line_from_publication);
        let of_last_speed = median_error(&all, Trial::line_of_last_speed);
        assert!(error < from_publication / 4.0, "at {age} h: {error} and {from_publication}");
        assert!(error < of_last_speed * 0.85, "at {age} h: {error} and {of_last_speed}");
    }
    for ahead in [6.0, 24.0] {
        let trials: Vec<Trial> = [6.0, 12.0, 24.0, 48.0]
            .into_iter()
            .flat_map(|age| ask(&videos, &teachers, &Question::Ahead(age, ahead)))
            .collect();
        let share = held(&trials.iter().collect::<Vec<_>>(), 0.8);
        assert!((0.7..=0.9).contains(&share), "{ahead} h ahead the 80 % band held {share}");
    }
}

#[test]
fn bands_of_sums_hold_at_least_their_level() {
    let Some(file) = replay::file() else { return };
    let videos = replay::videos(file);
    let teachers = Teachers::new(&videos);
    let sums = campaigns(&videos, &teachers, 10, 24.0, creatorscope_campaign::forecast::CORRELATION);
    let inside = |sum: &&replay::Sum| {
        let band = sum.total.band(0.8);
        (band.low..=band.high).contains(&sum.came)
    };
    let moments: std::collections::BTreeSet<_> = sums.iter().map(|sum| sum.made_at).collect();
    assert!(sums.len() >= 40 && moments.len() >= 8, "{} sums at {} moments", sums.len(), moments.len());
    let share = sums.iter().filter(inside).count() as f64 / sums.len() as f64;
    assert!(share >= 0.8, "the 80 % band of sums held {share}");
}
