//! Owns how the score does on videos whose dislikes are known, where a copy of them lies. Never a copy.

use std::{collections::HashMap, io::Write as _, path::PathBuf};

use super::{signs::read, *};

/// The folder of real data; none, loudly, where there is none.
pub(crate) fn real(name: &str) -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = std::env::var_os("CREATORSCOPE_TEST_DATA").map_or_else(|| beside.into(), PathBuf::from).join(name);
    if !folder.exists() {
        tell(&format!("SKIPPED: {} does not exist; CREATORSCOPE_TEST_DATA says where real data is", folder.display()));
        return None;
    }
    Some(folder)
}

pub(crate) fn tell(line: &str) {
    _ = writeln!(std::io::stderr(), "{line}");
}

/// The ranks of values, 1 is the smallest; equal values share their mean rank.
pub(crate) fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    for equal in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let below = order.iter().position(|place| *place == equal[0]).unwrap();
        for place in equal {
            ranks[*place] = below as f64 + (equal.len() as f64 + 1.0) / 2.0;
        }
    }
    ranks
}

pub(crate) fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (ranks(a), ranks(b));
    let middle = (a.len() as f64 + 1.0) / 2.0;
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - middle) * (y - middle)).sum::<f64>();
    dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
}

/// The probability that a positive scores above a negative; equal scores count half.
pub(crate) fn auc(scores: &[f64], positive: &[bool]) -> f64 {
    let n = positive.iter().filter(|yes| **yes).count() as f64;
    let sum: f64 = ranks(scores).iter().zip(positive).filter(|(_, yes)| **yes).map(|(rank, _)| rank).sum();
    (sum - n * (n + 1.0) / 2.0) / (n * (positive.len() as f64 - n))
}

fn videos(file: PathBuf) -> Vec<PostSigns> {
    let text = std::fs::read(file).unwrap();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let head = reader.headers().unwrap().clone();
    let place = |name: &str| head.iter().position(|found| found == name).unwrap();
    let places = ["views", "likes", "dislikes", "comment_total"].map(place);
    let mut last: HashMap<String, PostSigns> = HashMap::new();
    for row in reader.byte_records().filter_map(Result::ok) {
        let cell = |place: usize| String::from_utf8_lossy(row.get(place).unwrap_or_default()).into_owned();
        let counts: Vec<i64> = places.iter().filter_map(|place| cell(*place).parse().ok()).collect();
        let [views, likes, dislikes, comments] = counts[..] else { continue };
        let post_id = cell(0);
        let (views, likes, dislikes, comments) = (Some(views), Some(likes), Some(dislikes), Some(comments));
        last.insert(post_id.clone(), PostSigns { post_id, views, likes, dislikes, comments, ..PostSigns::default() });
    }
    let mut posts: Vec<PostSigns> =
        last.into_values().filter(|post| post.likes.unwrap() + post.dislikes.unwrap() > 0).collect();
    posts.sort_by(|a, b| a.post_id.cmp(&b.post_id));
    posts
}

/// The score of every video, in their order; each is compared with all of them, as posts of a cohort are.
fn scores(posts: &[PostSigns]) -> HashMap<String, f64> {
    let inputs = Inputs { posts, cohort: &Cohort::default(), engagement_percentile: None };
    read(&inputs).posts.into_iter().map(|(post, _)| (post.post_id, post.score)).collect()
}

#[test]
fn counts_alone_find_videos_that_are_disliked() {
    let Some(folder) = real("youtube_trending_us_2017") else { return };
    let with = videos(folder.join("USvideos.csv"));
    let without: Vec<PostSigns> = with.iter().map(|post| PostSigns { dislikes: None, ..post.clone() }).collect();
    let share =
        |post: &PostSigns| post.dislikes.unwrap() as f64 / (post.likes.unwrap() + post.dislikes.unwrap()) as f64;
    let truth: Vec<f64> = with.iter().map(share).collect();
    let disliked: Vec<bool> = truth.iter().map(|share| *share > 0.2).collect();
    let of = |posts: &[PostSigns]| {
        let scores = scores(posts);
        posts.iter().map(|post| scores[&post.post_id]).collect::<Vec<f64>>()
    };
    let (blind, seeing) = (of(&without), of(&with));
    let changed = |a: &[f64], b: &[f64]| a.iter().zip(b).filter(|(a, b)| (**a >= 0.5) != (**b >= 0.5)).count();
    let flagged = |scores: &[f64]| {
        let found: Vec<bool> = scores.iter().zip(&disliked).filter(|(s, _)| **s >= 0.5).map(|(_, yes)| *yes).collect();
        (found.len(), found.iter().filter(|yes| **yes).count())
    };
    let base = disliked.iter().filter(|yes| **yes).count();
    tell(&format!("{} videos, {base} with more than 20 % dislikes", with.len()));
    for (name, scores) in [("without dislikes", &blind), ("with dislikes", &seeing)] {
        let (flagged, right) = flagged(scores);
        tell(&format!(
            "{name}: Spearman {:.3}, AUC {:.3}; score of 0.5 and more: {flagged}, of these {right} disliked",
            spearman(scores, &truth),
            auc(scores, &disliked)
        ));
    }
    tell(&format!("dislikes move {} videos over 0.5 or below it", changed(&blind, &seeing)));
    assert!(auc(&blind, &disliked) >= 0.88);
    assert!(spearman(&blind, &truth) >= 0.55);
    assert!(auc(&seeing, &disliked) > auc(&blind, &disliked));
}
