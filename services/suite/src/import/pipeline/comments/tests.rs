//! Owns the tests of the way of comments, over a sink in memory. Never a server.

use std::path::{Path, PathBuf};

use super::*;
use crate::import::pipeline::tests::{Memory, block_on, plan, run, written};

const CREATOR: &str = "UCsBjURrPoezykLs9EqgamOA";
const ROWS: &str = "platform = \"youtube\"\nsource = \"FILE\"\n[creator]\nid = \"channel\"\n[post]\nid = \"video\"\n[comment]\n\
    id = \"id\"\ntext = \"text\"\nauthor = \"who\"\nauthor_country = \"from\"\nreply_to = \"to\"\n\
    publish_time = \"at\"\n";
const LISTS: &str = "platform = \"youtube\"\n[creator]\nid = \"channel\"\n[post]\nid = \"video\"\n[comment]\n\
    list = { column = \"said\", form = \"python\" }\ntext = \"text\"\nlikes = \"likes\"\n";

fn rows(folder: &Path, rows: &[&str]) -> PathBuf {
    let mut text = "channel,video,id,text,who,from,to,at\n".to_owned();
    rows.iter().for_each(|row| text.push_str(&format!("{CREATOR},8PhdfcX9tG0,{row}\n")));
    written(folder, "comments.csv", &text)
}

fn lists(folder: &Path, cells: &[&str]) -> PathBuf {
    let mut text = "channel,video,said\n".to_owned();
    for (place, cell) in cells.iter().enumerate() {
        text.push_str(&format!("{CREATOR},8PhdfcX9tG{place},\"{cell}\"\n"));
    }
    written(folder, "lists.csv", &text)
}

fn name(id: &str) -> String {
    format!("creators/youtube:{CREATOR}/posts/8PhdfcX9tG0/comments/{id}")
}

#[test]
fn a_comment_is_sent_with_everything_that_its_row_says_and_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = [rows(folder.path(), &["a,so good,Bob,br,,2024-05-01T12:00:00Z", "b/1,yes,Eve,,a,", ",no id,,,,"])];
    let (mut plan, mut sink) = (plan(folder.path(), Some(ROWS)), Memory::default());
    plan.observed_at = Some(plan.now);
    let first = run(&plan, &path, &mut sink);
    assert_eq!((first.total.imported, first.total.comments.imported, sink.comments.len()), (3, 3, 3));
    let a = &sink.comments[&name("a")];
    assert_eq!((a.text.as_str(), a.author.as_str(), a.author_country.as_str()), ("so good", "Bob", "BR"));
    assert_eq!(a.publish_time.as_ref().map(|time| time.seconds), Some(1_714_564_800));
    assert_eq!((a.observe_time, a.source), (Some(wire_time(plan.now)), Source::File.number()));
    let made = sink.comments.values().filter(|comment| comment.name.contains("/comments/~")).count();
    assert_eq!(made, 2, "an id that cannot stand in a name, and none: {:?}", sink.comments.keys());
    assert!(sink.comments.values().any(|comment| comment.text == "yes" && comment.reply_to == "a"));
    let second = run(&plan, &path, &mut sink);
    assert_eq!((second.total.duplicate, second.total.comments.duplicate, second.total.from_journal), (3, 3, 0));
    assert!(second.is_complete() && !second.scoring_away);
}

#[test]
fn comments_without_a_post_or_from_the_future_are_rejected_with_reasons() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!(
        "channel,video,id,text,who,from,to,at\n{CREATOR},,a,so good,,,,\n{CREATOR},8PhdfcX9tG0,b,x,,,,2025-01-01T00:00:00Z\n\
         {CREATOR},8PhdfcX9tG0,,,,,,\n,8PhdfcX9tG0,d,whose,,,,\n"
    );
    let path = [written(folder.path(), "comments.csv", &text)];
    let (mut plan, mut sink) = (plan(folder.path(), Some(ROWS)), Memory::default());
    plan.observed_at = Some("2024-06-01T00:00:00Z".parse().expect("valid"));
    let report = run(&plan, &path, &mut sink);
    let reasons: Vec<(&str, u64)> =
        report.total.reasons.iter().map(|(reason, count)| (reason.as_str(), *count)).collect();
    assert_eq!(reasons, [("MISSING_ID", 2), ("NOTHING_TO_IMPORT", 1), ("PUBLISHED_AFTER_OBSERVATION", 1)]);
    assert!(sink.comments.is_empty());
}

#[test]
fn a_row_with_a_list_of_comments_ends_as_they_do_together() {
    let folder = tempfile::tempdir().expect("a folder");
    let cells = [
        "[{'text': 'yes', 'likes': 2}, {'text': 'yes', 'likes': 0}]",
        "[{'text': 'no', 'likes': 2}, {'text': 'bad word', 'likes': 0}]",
        "[{'text': 'alone', 'likes': 1}]",
        "[]",
    ];
    let path = [lists(folder.path(), &cells)];
    let (mut plan, mut sink) = (plan(folder.path(), Some(LISTS)), Memory::default());
    plan.observed_at = Some(plan.now);
    sink.refuse_text = Some("bad word");
    let first = run(&plan, &path, &mut sink);
    let told = &first.total.comments;
    assert_eq!((told.imported, told.rejected, sink.comments.len()), (4, 1, 4), "{:#?}", first.total);
    assert_eq!((first.total.imported, first.total.rejected), (2, 2));
    assert_eq!(first.total.reasons.keys().collect::<Vec<_>>(), ["NOTHING_TO_IMPORT", "UNSPEAKABLE"]);
    sink.refuse_text = None;
    let second = run(&plan, &path, &mut sink);
    assert_eq!((second.total.imported, second.total.duplicate, second.total.comments.imported), (1, 2, 1));
}

#[test]
fn an_import_of_comments_that_broke_off_goes_on_where_it_was_acknowledged() {
    let said: Vec<String> = (0..2_500).map(|number| format!("c{number},so good,,,,")).collect();
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    for breaks_at in 1..=3 {
        let folder = tempfile::tempdir().expect("a folder");
        let path = [rows(folder.path(), &said)];
        let (mut plan, mut sink) = (plan(folder.path(), Some(ROWS)), Memory::breaking_at(breaks_at));
        plan.observed_at = Some(plan.now);
        let first = run(&plan, &path, &mut sink);
        assert_eq!(first.interrupted.as_deref(), Some("gone"));
        sink.mend();
        let second = run(&plan, &path, &mut sink);
        assert_eq!((second.total.rows, sink.comments.len()), (2_500, 2_500));
        assert_eq!(second.total.from_journal, (breaks_at as u64 - 1) * 1_000);
    }
}

#[test]
fn while_scoring_is_away_comments_are_kept_and_sent_by_the_next_import_and_then_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = [rows(folder.path(), &["a,so good,Bob,BR,,", "b,bad word,Bob,,a,", "c,fine,Eve,,,"])];
    let (mut plan, mut sink) = (plan(folder.path(), Some(ROWS)), Memory::default());
    plan.observed_at = Some(plan.now);
    sink.away = true;
    let first = run(&plan, &path, &mut sink);
    assert_eq!((first.total.kept, first.total.comments.kept, first.scoring_away), (3, 3, true));
    assert!(sink.comments.is_empty());
    sink.away = false;
    sink.refuse_text = Some("bad word");
    let second =
        run(&plan, &[written(folder.path(), "empty.csv", "channel,video,id,text,who,from,to,at\n")], &mut sink);
    assert_eq!((second.kept_before.imported, second.kept_before.rejected), (2, 1));
    assert!(!second.is_complete() && second.kept_before.problems.len() == 1);
    let a = &sink.comments[&name("a")];
    assert_eq!((a.text.as_str(), a.author_country.as_str(), a.source), ("so good", "BR", Source::File.number()));
    assert!(!a.author.is_empty() && a.author != "Bob" && a.author != sink.comments[&name("c")].author);
    let kept = Kept::new(&plan.kept, plan.now).expect("readable");
    let left: Vec<Line> =
        kept.files().expect("a folder").iter().flat_map(|path| kept::read(path).expect("lines").0).collect();
    assert_eq!(left.iter().map(|line| line.id.as_str()).collect::<Vec<_>>(), ["b"], "only what was refused stays");
    sink.refuse_text = None;
    let mut tally = KeptTally::default();
    block_on(send_kept(&mut sink, &kept, &mut tally)).expect("taken");
    assert_eq!((tally.imported, sink.comments[&name("b")].reply_to.as_str()), (1, "a"));
    assert!(kept.files().expect("a folder").is_empty());
}

#[test]
fn kept_comments_of_nobodys_post_stay_and_ids_of_earlier_versions_become_made_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let now: Timestamp = "2026-11-01T00:00:00Z".parse().expect("valid");
    let mut kept = Kept::new(folder.path(), now).expect("opened");
    for (post, id) in [("creators/tiktok:-/posts/1", "x"), ("creators/tiktok:ada/posts/2", "text-0123")] {
        let comment = Comment { post: post.into(), id: id.into(), text: "so good".into(), ..Comment::default() };
        kept.keep(&comment, Source::File, now).expect("kept");
    }
    kept.flush().expect("written");
    let (mut sink, mut tally) = (Memory::default(), KeptTally::default());
    block_on(send_kept(&mut sink, &kept, &mut tally)).expect("taken");
    assert_eq!((tally.imported, tally.without_creator), (1, 1));
    assert_eq!(sink.comments.keys().collect::<Vec<_>>(), ["creators/tiktok:ada/posts/2/comments/~0123"]);
    assert_eq!(kept.files().expect("a folder").len(), 1);
}

#[test]
fn a_comment_that_names_its_post_only_is_the_creators_whose_post_was_read_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let id = "7524124293039426871";
    let video = format!(
        "{{\"id\":{id},\"username\":\"ada\",\"create_time\":1750000000,\"view_count\":5,\"video_description\":\"x\"}}"
    );
    let comment = format!("{{\"id\":1,\"video_id\":{id},\"text\":\"so good\",\"create_time\":1750000100}}");
    let (video, comment) = (written(folder.path(), "v.json", &video), written(folder.path(), "c.json", &comment));
    let (mut plan, mut sink) = (plan(folder.path(), None), Memory::default());
    plan.platform = None;
    plan.observed_at = Some(plan.now);
    let before = run(&plan, std::slice::from_ref(&comment), &mut sink);
    assert_eq!(before.total.reasons.keys().collect::<Vec<_>>(), ["MISSING_ID"]);
    plan.restart = true;
    let report = run(&plan, &[video, comment], &mut sink);
    assert_eq!((report.total.imported, report.total.rejected), (2, 0), "{report:#?}");
    assert_eq!(sink.comments.keys().collect::<Vec<_>>(), [&format!("creators/tiktok:ada/posts/{id}/comments/1")]);
}
