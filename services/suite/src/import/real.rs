//! Owns the tests of the shipped mappings over real files, where these are present. Never a copy of such a file.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::pipeline::import;
use super::pipeline::tests::{Memory, Silent, block_on, plan};
use super::report::Report;

/// The folder of real files; none, said loudly, where it is absent.
#[allow(clippy::print_stderr, reason = "a test that is skipped must say so")]
fn real_files() -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder =
        std::env::var_os("CREATORSCOPE_TEST_DATA").map_or_else(|| workspace.join("../shared/data"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    _ = writeln!(
        std::io::stderr(),
        "SKIPPED: there are no real files at {} (CREATORSCOPE_TEST_DATA)",
        folder.display()
    );
    None
}

fn imported(mapping: Option<&str>, files: &[&str], sink: &mut Memory) -> Option<Report> {
    imported_for(None, mapping, files, sink)
}

fn imported_for(creator: Option<&str>, mapping: Option<&str>, files: &[&str], sink: &mut Memory) -> Option<Report> {
    let folder = real_files()?;
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/mappings");
    let text = mapping.map(|name| std::fs::read_to_string(shipped.join(name)).expect("a shipped mapping"));
    let work = tempfile::tempdir().expect("a folder");
    let paths: Vec<PathBuf> = files.iter().map(|file| folder.join(file)).collect();
    let mut plan = plan(work.path(), text.as_deref());
    plan.observed_at = Some(plan.now);
    plan.creator = creator.map(str::to_owned);
    let report = block_on(import(&plan, &paths, sink, &Silent));
    assert!(report.files.iter().all(|file| file.tally.adds_up() && file.refused.is_none()), "{report:#?}");
    assert_eq!(report.interrupted, None);
    Some(report)
}

#[test]
fn every_row_of_the_tiktok_files_is_accounted_for() {
    let files = ["sug_users_vids1", "sug_users_vids2", "sug_users_vids3", "sug_users_vids4", "top_users_vids"];
    let files: Vec<String> = files.iter().map(|name| format!("tiktok_famous/{name}.csv")).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let mut sink = Memory::default();
    let Some(report) = imported(Some("tiktok_famous.toml"), &files, &mut sink) else { return };
    assert_eq!(
        (report.total.rows, report.total.imported, report.total.duplicate),
        (54_261, 50_124, 4_137),
        "{:#?}",
        report.total
    );
    assert_eq!((report.creators.created, report.total.rejected), (1_794, 0));
}

#[test]
fn every_row_of_the_brazilian_channels_is_accounted_for() {
    let mut sink = Memory::default();
    let Some(report) = imported(Some("youtube_ptbr_video.toml"), &["youtube_ptbr/video.csv"], &mut sink) else {
        return;
    };
    assert_eq!(
        (report.total.rows, report.total.imported, report.creators.created),
        (2_386, 2_386, 7),
        "{:#?}",
        report.total
    );
    let Some(report) = imported(Some("youtube_ptbr_channel.toml"), &["youtube_ptbr/channel.csv"], &mut sink) else {
        return;
    };
    assert_eq!((report.total.rows, report.total.imported, sink.accounts.len()), (7, 7, 7));
    assert!(
        sink.accounts.keys().all(|(name, _)| sink.creators.contains_key(name)),
        "the two files speak of the same creators"
    );
}

#[test]
fn every_row_of_the_american_trends_is_accounted_for() {
    let mut sink = Memory::default();
    let Some(report) =
        imported(Some("youtube_trending_us_2017.toml"), &["youtube_trending_us_2017/USvideos.csv"], &mut sink)
    else {
        return;
    };
    assert_eq!(report.total.rows, 8_000);
    assert_eq!(
        report.total.reasons.iter().map(|(reason, count)| (reason.as_str(), *count)).collect::<Vec<_>>(),
        [("INVALID_ID", 1)],
        "{:#?}",
        report.files
    );
    assert_eq!((report.total.duplicate, report.total.conflicting), (7, 6));
}

#[test]
fn every_row_of_the_korean_trends_is_accounted_for() {
    let mut sink = Memory::default();
    let Some(report) = imported(
        Some("youtube_trending_kr_2026.toml"),
        &["youtube_trending_kr_2026/kr_trending_timeseries.csv"],
        &mut sink,
    ) else {
        return;
    };
    assert_eq!(
        (report.total.rows, report.total.rejected, report.creators.created),
        (28_388, 0, 599),
        "{:#?}",
        report.files
    );
}

#[test]
fn every_row_of_the_captions_is_accounted_for() {
    let files = ["captions_youtube_2018/18.01.11_US_videos.csv", "captions_youtube_2018/18.01.11_FR_videos.csv"];
    let mut sink = Memory::default();
    let Some(report) = imported(Some("captions_youtube_2018.toml"), &files, &mut sink) else { return };
    assert_eq!((report.total.rows, report.total.rejected), (400, 0), "{:#?}", report.files);
}

#[test]
fn every_item_of_the_recorded_api_answers_is_accounted_for_and_other_files_are_skipped() {
    let mut sink = Memory::default();
    let Some(report) = imported(None, &["youtube_api"], &mut sink) else { return };
    let reasons: Vec<&str> = report.total.reasons.keys().map(String::as_str).collect();
    // Older answers do not say whose videos the comments are on.
    assert_eq!(reasons, ["MISSING_ID", "NOT_IMPORTABLE"], "{:#?}", report.total);
    assert!(report.total.imported >= 15, "{:#?}", report.total);
    assert!(!sink.comments.is_empty(), "{:#?}", report.total);
    assert_eq!(report.total.comments.imported, sink.comments.len() as u64);
    let skipped = report.files.iter().filter(|file| file.skipped.is_some()).count();
    assert!(skipped >= 10 && skipped < report.files.len(), "{skipped} of {}", report.files.len());
}

#[test]
fn comments_of_recorded_api_answers_are_all_taken_when_it_is_said_whose_videos_they_are_on() {
    let mut sink = Memory::default();
    let Some(report) = imported_for(Some("UC_x5XG1OV2P6uZZ5FSM9Ttw"), None, &["youtube_api"], &mut sink) else {
        return;
    };
    let reasons: Vec<&str> = report.total.reasons.keys().map(String::as_str).collect();
    assert_eq!(reasons, ["NOT_IMPORTABLE"], "{:#?}", report.total);
    assert!(sink.comments.len() >= 100, "{:#?}", report.total);
}

#[test]
fn a_folder_of_tables_is_read_as_its_files_are() {
    let mut sink = Memory::default();
    let Some(report) = imported(Some("tiktok_famous.toml"), &["tiktok_famous"], &mut sink) else { return };
    assert_eq!((report.files.len(), report.total.rows, report.total.imported), (5, 54_261, 50_124));
}

#[test]
fn every_comment_in_a_python_list_is_sent_under_its_creator() {
    let mut sink = Memory::default();
    let Some(report) = imported(Some("youtube_ptbr_comments.toml"), &["youtube_ptbr/comments.csv"], &mut sink) else {
        return;
    };
    let total = &report.total;
    assert_eq!((total.rows, total.rejected, total.comments.rejected), (2_359, total.reasons.values().sum(), 0));
    let reasons: Vec<&str> = total.reasons.keys().map(String::as_str).collect();
    assert!(reasons.iter().all(|reason| *reason == "NOTHING_TO_IMPORT"), "{:#?}", report.files);
    assert_eq!((total.comments.imported, sink.comments.len()), (10_436, 10_436), "{total:#?}");
    assert!(sink.comments.keys().all(|name| name.starts_with("creators/youtube:UC") && name.contains("/comments/~")));
    assert_eq!(sink.posts.len(), 0, "comments go to the scoring service only");
}
