//! Owns how detection does on real posts, where a copy of them lies. Never a copy.

use std::{io::Write as _, path::PathBuf};

use super::*;

/// The folder of real posts; none, loudly, where there is none.
#[allow(clippy::disallowed_methods, reason = "tests are told by their environment where real data is")]
fn real(name: &str) -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = PathBuf::from(std::env::var("CREATORSCOPE_TEST_DATA").unwrap_or_else(|_| beside.into())).join(name);
    if !folder.exists() {
        tell(&format!("SKIPPED: {} does not exist; CREATORSCOPE_TEST_DATA says where real data is", folder.display()));
        return None;
    }
    Some(folder)
}

fn tell(line: &str) {
    _ = writeln!(std::io::stderr(), "{line}");
}

/// The columns of a file, row by row.
fn rows(path: PathBuf, columns: &[&str]) -> Vec<Vec<String>> {
    let text = std::fs::read(path).expect("readable");
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    let headers = reader.headers().expect("has a head").clone();
    let places: Vec<usize> =
        columns.iter().map(|column| headers.iter().position(|name| name == *column).expect("has the column")).collect();
    let read = |row: csv::ByteRecord| {
        let cell = |place: &usize| String::from_utf8_lossy(row.get(*place).unwrap_or_default()).into_owned();
        places.iter().map(cell).collect()
    };
    reader.byte_records().filter_map(Result::ok).map(read).collect()
}

fn verdict(caption: &str, language: &str) -> Verdict {
    detect(&Texts { title: "", caption, hashtags: &[], language, flag: None }).verdict
}

#[test]
fn korean_captions_are_told_apart_by_their_labels() {
    let Some(folder) = real("captions_instagram_kr") else { return };
    let count = |file: &str, holds: &dyn Fn(&str) -> bool| {
        let rows = rows(folder.join(file), &["text"]);
        let texts: Vec<&String> =
            rows.iter().map(|row| &row[0]).filter(|text| !text.trim().is_empty() && holds(text)).collect();
        let found = texts.iter().filter(|text| verdict(text, "ko").sponsored == Some(true)).count();
        (found, texts.len())
    };
    let tagged = |text: &str| text.contains("#협찬") && !text.contains("내돈내산");
    let denied = |text: &str| text.contains("내돈내산") && !text.contains("협찬");
    let (all_paid, all_own) =
        (count("sponsored_hyeopchan.csv", &|_| true), count("own_money_naedonnaesan.csv", &|_| true));
    let (paid, own) = (count("sponsored_hyeopchan.csv", &tagged), count("own_money_naedonnaesan.csv", &denied));
    tell(&format!("captions_instagram_kr, found of all: collected by #협찬 {all_paid:?}, by #내돈내산 {all_own:?}"));
    tell(&format!("  found of those with the hashtag: #협찬 {paid:?}, #내돈내산 {own:?}"));
    assert!(paid.1 > 100 && own.1 > 1_000);
    assert!(paid.0 as f64 / paid.1 as f64 > 0.97, "recall {paid:?}");
    assert!((own.0 as f64) / (own.1 as f64) < 0.03, "false alarms {own:?}");
}

#[test]
fn hashtags_of_famous_accounts_are_read() {
    let Some(folder) = real("tiktok_famous") else { return };
    let (mut found, mut labelled, mut missed, mut total) = (0, 0, 0, 0);
    for file in ["sug_users_vids1", "sug_users_vids2", "sug_users_vids3", "sug_users_vids4", "top_users_vids"] {
        for row in rows(folder.join(format!("{file}.csv")), &["hashtags"]) {
            let tags: Vec<String> = row[0]
                .trim_matches(['[', ']'])
                .split(", ")
                .map(|tag| tag.trim_matches(['\'', '"']).to_owned())
                .filter(|tag| !tag.is_empty())
                .collect();
            let texts = Texts { title: "", caption: "", hashtags: &tags, language: "", flag: None };
            let is_found = detect(&texts).verdict.sponsored == Some(true);
            let is_labelled = tags.iter().any(|tag| ["ad", "sponsored"].contains(&tag.to_lowercase().as_str()));
            total += 1;
            found += usize::from(is_found);
            labelled += usize::from(is_labelled);
            missed += usize::from(is_labelled && !is_found);
        }
    }
    tell(&format!("tiktok_famous: {total} rows, {labelled} with #ad or #sponsored ({missed} missed), {found} found"));
    assert!(labelled >= 380, "{labelled}");
    assert_eq!(missed, 0);
    // Other labels, e.g. #광고 and #werbung, are few beside these.
    assert!(4 * found < 5 * labelled, "{found}");
}

#[test]
fn descriptions_of_trending_videos_are_seldom_labelled() {
    let Some(folder) = real("captions_youtube_2018") else { return };
    for (file, language, most) in [("18.01.11_US_videos.csv", "en", 0.1), ("18.01.11_FR_videos.csv", "fr", 0.1)] {
        let rows = rows(folder.join(file), &["title", "description", "tags"]);
        let mut found = 0;
        for row in &rows {
            let tags: Vec<String> = row[2].split('|').map(str::to_owned).collect();
            let texts = Texts { title: &row[0], caption: &row[1], hashtags: &tags, language, flag: None };
            let sponsorship = detect(&texts);
            if sponsorship.verdict.sponsored == Some(true) {
                found += 1;
                let signs: Vec<&str> = sponsorship.evidence.iter().map(|sign| sign.text.as_str()).take(4).collect();
                tell(&format!("  {file}: {} {signs:?}", row[0]));
            }
        }
        tell(&format!("captions_youtube_2018: {file}: {found} of {} found", rows.len()));
        assert!(rows.len() >= 190 && found > 0 && (found as f64) < most * rows.len() as f64, "{found}");
    }
}
