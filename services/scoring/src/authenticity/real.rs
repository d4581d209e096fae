//! Owns how the signs of a profile do on labelled accounts, where a copy of them lies. Never a copy.

use super::*;
use crate::reception::real::{auc, real, tell};

/// Suspicion by the empty profile and by following, and whether the account is fake.
fn accounts(file: std::path::PathBuf) -> Vec<(f64, f64, bool)> {
    let mut reader = csv::Reader::from_path(file).unwrap();
    let head = reader.headers().unwrap().clone();
    let place = |name: &str| head.iter().position(|found| found == name).unwrap();
    let columns =
        ["description length", "nums/length username", "profile pic", "#posts", "#followers", "#follows", "fake"];
    let places = columns.map(place);
    let read = |row: csv::StringRecord| {
        let [bio, digits, picture, posts, followers, following, fake] =
            places.map(|place| row[place].parse::<f64>().unwrap());
        let profile = Profile {
            bio_length: Some(bio as usize),
            digits_in_handle: Some(digits),
            picture: Some(picture > 0.0),
            posts: Some(posts as i64),
            followers: Some(followers as i64),
            following: Some(following as i64),
        };
        let judgement = judge(&Inputs { profile, ..Inputs::default() });
        let of = |kind| judgement.signals.iter().find(|signal| signal.kind == kind).unwrap().suspicion.unwrap();
        (of(Kind::EmptyProfile), of(Kind::FollowingRatio), fake > 0.0)
    };
    reader.records().filter_map(Result::ok).map(read).collect()
}

fn auc_of(accounts: &[(f64, f64, bool)], weight: f64) -> f64 {
    let scores: Vec<f64> =
        accounts.iter().map(|(empty, following, _)| weight * empty + (1.0 - weight) * following).collect();
    auc(&scores, &accounts.iter().map(|(.., fake)| *fake).collect::<Vec<_>>())
}

/// Ten folds: the weights of the two signs are chosen on nine of them and tried on the tenth.
#[test]
fn profiles_of_bought_accounts_are_told_apart() {
    let Some(folder) = real("fake_accounts") else { return };
    let all = accounts(folder.join("instagram_train.csv"));
    let fold = |n: usize, inside: bool| -> Vec<_> {
        all.iter().enumerate().filter(|(place, _)| (place % 10 == n) == inside).map(|(_, account)| *account).collect()
    };
    let best = |training: &[(f64, f64, bool)]| {
        (0..=20)
            .map(|step| f64::from(step) / 20.0)
            .max_by(|a, b| auc_of(training, *a).total_cmp(&auc_of(training, *b)))
            .unwrap()
    };
    let tested: Vec<f64> = (0..10).map(|n| auc_of(&fold(n, true), best(&fold(n, false)))).collect();
    let mean = tested.iter().sum::<f64>() / 10.0;
    let lowest = tested.iter().copied().fold(1.0, f64::min);
    let (empty, following, ours) = (auc_of(&all, 1.0), auc_of(&all, 0.0), auc_of(&all, 1.5 / 2.25));
    tell(&format!(
        "{} accounts: AUC of the empty profile {empty:.3}, of following {following:.3}, of both as weighted {ours:.3}",
        all.len()
    ));
    tell(&format!("weights chosen on nine folds, tried on the tenth: mean {mean:.3}, lowest {lowest:.3}"));
    assert!(ours >= 0.90 && mean >= 0.90);
}
