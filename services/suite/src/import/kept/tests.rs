//! Owns the tests of what is kept of comments. Never the way there.

use std::os::unix::fs::PermissionsExt;

use super::*;

const POST: &str = "creators/youtube:UCsBjURrPoezykLs9EqgamOA/posts/8PhdfcX9tG0";

fn time(text: &str) -> Timestamp {
    text.parse().expect("valid")
}

fn comment(id: &str, author: &str) -> Comment {
    let (post, author) = (POST.to_owned(), author.to_owned());
    Comment { id: id.into(), post, likes: Some(2), text: "so good".into(), author, ..Comment::default() }
}

fn kept_lines(folder: &Path) -> Vec<Line> {
    let kept = Kept::new(folder, time("2026-01-02T00:00:00Z")).expect("readable");
    kept.files().expect("a folder").iter().flat_map(|path| read(path).expect("readable").0).collect()
}

#[test]
fn a_comment_is_kept_once_without_its_author_and_the_key_is_for_its_owner_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let now = time("2026-01-02T00:00:00Z");
    for round in 0..2 {
        let mut kept = Kept::new(folder.path(), now).expect("opened");
        let found = ["a", "b", "a"].map(|id| kept.keep(&comment(id, "Ada"), Source::YoutubeApi, now).expect("kept"));
        let first = if round == 0 { Keeping::New } else { Keeping::Known };
        assert_eq!(found, [first, first, Keeping::Known]);
        kept.flush().expect("written");
    }
    let lines = kept_lines(folder.path());
    assert_eq!(lines.iter().map(|line| line.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((lines[0].author.len(), &lines[0].author), (32, &lines[1].author));
    assert!(!format!("{lines:?}").contains("Ada"));
    let mode = fs::metadata(folder.path().join(KEY_FILE)).expect("a key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn comments_of_a_source_go_when_its_terms_say_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let read_at = time("2026-01-02T12:00:00Z");
    for source in [Source::YoutubeApi, Source::File] {
        let mut kept = Kept::new(folder.path(), read_at).expect("opened");
        assert_eq!(kept.keep(&comment(source.word(), "Ada"), source, read_at).expect("kept"), Keeping::New);
        kept.flush().expect("written");
    }
    let last = Kept::new(folder.path(), time("2026-02-01T23:00:00Z")).expect("opened");
    assert_eq!((last.removed, last.files().expect("a folder").len()), (0, 2));
    let mut after = Kept::new(folder.path(), time("2026-02-02T00:00:00Z")).expect("opened");
    assert_eq!((after.removed, after.files().expect("a folder").len()), (1, 1));
    assert_eq!(after.keep(&comment("c", "Ada"), Source::YoutubeApi, read_at).expect("told"), Keeping::Expired);
}

#[test]
fn forgetting_a_creator_removes_comments_on_its_posts_and_by_it_and_no_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let now = time("2026-01-02T00:00:00Z");
    let mut kept = Kept::new(folder.path(), now).expect("opened");
    let other = |id: &str, author: &str| Comment { post: POST.replace("UCsBj", "UCxyz"), ..comment(id, author) };
    for comment in [comment("on", "x"), other("by", "UCsBjURrPoezykLs9EqgamOA"), other("stays", "x")] {
        kept.keep(&comment, Source::File, now).expect("kept");
    }
    kept.flush().expect("written");
    let creator = CreatorId::parse("youtube:UCsBjURrPoezykLs9EqgamOA").expect("valid");
    assert_eq!(kept.forget(&creator).expect("removed"), 2);
    assert_eq!(kept_lines(folder.path()).iter().map(|line| line.id.as_str()).collect::<Vec<_>>(), ["stays"]);
    assert_eq!(kept.forget(&creator).expect("nothing left"), 0);
}

#[test]
fn a_file_that_a_crash_cut_keeps_what_is_whole_and_takes_new_comments() {
    let folder = tempfile::tempdir().expect("a folder");
    let now = time("2026-01-02T00:00:00Z");
    let keep = |id: &str| {
        let mut kept = Kept::new(folder.path(), now).expect("opened");
        kept.keep(&comment(id, "x"), Source::File, now).expect("kept");
        kept.flush().expect("written");
        kept.files().expect("a folder").remove(0)
    };
    keep("a");
    let path = keep("b");
    let bytes = fs::read(&path).expect("readable");
    fs::write(&path, &bytes[..bytes.len() - 9]).expect("cut");
    keep("c");
    let ids: Vec<String> = kept_lines(folder.path()).into_iter().map(|line| line.id).collect();
    assert!(ids.first().is_some_and(|id| id == "a") && ids.last().is_some_and(|id| id == "c"), "{ids:?}");
}
