//! Owns the check of reading the live API against a stand-in on loopback that replays pages, errors and quota answers. Never the
//! real API.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use clap::Parser;
use creatorscope_kit::task::Owned;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;

const KEY: &str = "key-of-the-test";
const CHANNEL: &str = "UC_x5XG1OV2P6uZZ5FSM9Ttw";

type Respond = dyn Fn(&str, usize) -> (u16, String) + Send + Sync;

/// An API that answers as a test says; `calls` are the paths with their parameters.
struct StandIn {
    address: String,
    calls: Arc<Mutex<Vec<String>>>,
    _serving: Owned<()>,
}

/// `respond` gets the path with its parameters and how often it was called before.
async fn stand_in(respond: impl Fn(&str, usize) -> (u16, String) + Send + Sync + 'static) -> StandIn {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let calls = Arc::new(Mutex::new(Vec::new()));
    let (seen, respond): (_, Arc<Respond>) = (calls.clone(), Arc::new(respond));
    let serving = Owned::spawn("stand-in", async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let Ok(byte) = connection.read_u8().await else { break };
                head.push(byte);
            }
            let head = String::from_utf8(head).expect("a request");
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            let (status, body) = if head.to_lowercase().contains(&format!("x-goog-api-key: {KEY}")) {
                let before = {
                    let mut seen = seen.lock().expect("no panic");
                    seen.push(path.clone());
                    seen.iter().filter(|known| **known == path).count() - 1
                };
                respond(&path, before)
            } else {
                (400, refusal(400, "badRequest"))
            };
            let length = body.len();
            let answer = format!("HTTP/1.1 {status} -\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
            _ = connection.write_all(answer.as_bytes()).await;
        }
    });
    StandIn { address, calls, _serving: serving }
}

impl StandIn {
    fn calls(&self) -> Vec<String> {
        self.calls.lock().expect("no panic").clone()
    }
}

fn refusal(status: u16, reason: &str) -> String {
    format!(
        r#"{{"error": {{"code": {status}, "message": "told by the stand-in", "errors": [{{"reason": "{reason}"}}]}}}}"#
    )
}

fn channel() -> String {
    format!(
        r#"{{"kind": "youtube#channelListResponse", "items": [{{"id": "{CHANNEL}", "contentDetails": {{"relatedPlaylists": {{"uploads": "UU1"}}}}}}]}}"#
    )
}

/// Two pages of uploads, their videos, no comments.
fn small_channel(path: &str) -> (u16, String) {
    if path.starts_with("/channels") {
        return (200, channel());
    }
    if path.starts_with("/playlistItems") {
        let page = if path.contains("pageToken=second") {
            r#"{"items": [{"contentDetails": {"videoId": "video000003"}}]}"#
        } else {
            r#"{"nextPageToken": "second", "items": [{"contentDetails": {"videoId": "video000001"}}, {"contentDetails": {"videoId": "video000002"}}]}"#
        };
        return (200, page.to_owned());
    }
    if path.starts_with("/videos") {
        let ids = path.split(['?', '&']).find_map(|part| part.strip_prefix("id=")).unwrap_or_default();
        let items: Vec<String> = ids
            .split("%2C")
            .flat_map(|ids| ids.split(','))
            .map(|id| format!(r#"{{"kind": "youtube#video", "id": "{id}"}}"#))
            .collect();
        return (200, format!(r#"{{"kind": "youtube#videoListResponse", "items": [{}]}}"#, items.join(", ")));
    }
    (403, refusal(403, "commentsDisabled"))
}

#[derive(Debug, Parser)]
struct Program {
    #[command(flatten)]
    live: LiveArgs,
}

fn arguments(address: &str, more: &[&str]) -> LiveArgs {
    let fixed = ["x", "--api-key", KEY, "--api-url", address];
    Program::parse_from(fixed.iter().chain(more)).live
}

async fn read(args: &LiveArgs, folder: &Path, clock: &Clock) -> anyhow::Result<Fetched> {
    let base = folder.join("youtube-api");
    let api = Api::new(&args.api_url, args.key()?).without_waiting();
    let plan = Plan::open(&base, &args.channels, args.videos, args.comment_pages)?;
    let quota = Quota::open(&base, args.quota, clock)?;
    Fetch { api, plan, quota }.run().await
}

fn names(fetched: &Fetched) -> Vec<String> {
    fetched.files.iter().filter_map(|file| file.file_name()?.to_str().map(str::to_owned)).collect()
}

fn clock(time: &str) -> Clock {
    Clock::fixed(time.parse().expect("a time"))
}

const MORNING: &str = "2026-03-01T12:00:00Z";

#[tokio::test]
async fn a_channel_is_read_with_its_newest_videos_and_nothing_is_read_twice() {
    let api = stand_in(|path, _| small_channel(path)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let fetched = read(&arguments(&api.address, &["--channel", CHANNEL]), folder.path(), &clock(MORNING)).await;
    let fetched = fetched.expect("read");
    assert_eq!(names(&fetched), ["000001-channels.json", "000002-videos.json", "000003-videos.json"]);
    assert_eq!((fetched.stopped.as_deref(), fetched.notes.as_slice()), (None, [].as_slice()));
    assert_eq!(api.calls().len(), 5, "{:?}", api.calls());
    fetched.discard().expect("removed");
    let left: Vec<_> = fs::read_dir(folder.path().join("youtube-api")).expect("the folder").collect();
    assert_eq!(left.len(), 1, "only the quota is kept: {left:?}");
}

#[tokio::test]
async fn at_most_as_many_videos_are_read_as_asked_for() {
    let api = stand_in(|path, _| small_channel(path)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let args = arguments(&api.address, &["--channel", CHANNEL, "--videos", "1"]);
    let fetched = read(&args, folder.path(), &clock(MORNING)).await.expect("read");
    let videos = fs::read_to_string(&fetched.files[1]).expect("a page");
    assert!(videos.contains("video000001") && !videos.contains("video000002"), "{videos}");
    assert_eq!(fetched.files.len(), 2);
}

#[tokio::test]
async fn a_spent_quota_stops_and_the_next_day_goes_on_behind_what_was_read() {
    let api = stand_in(|path, _| small_channel(path)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let args = arguments(&api.address, &["--channel", CHANNEL, "--quota", "2"]);
    let clock = clock(MORNING);
    let first = read(&args, folder.path(), &clock).await.expect("read");
    assert!(first.stopped.as_deref().is_some_and(|why| why.contains("quota")), "{first:?}");
    assert_eq!(names(&first), ["000001-channels.json"]);
    first.discard().expect("removed");

    let again = read(&args, folder.path(), &clock).await.expect("read");
    assert_eq!((api.calls().len(), again.files.len()), (2, 0), "nothing is called on the same day");
    for (day, pages) in
        [("2026-03-02T12:00:00Z", vec!["000002-videos.json"]), ("2026-03-03T12:00:00Z", vec!["000003-videos.json"])]
    {
        clock.set(day.parse().expect("a time"));
        let next = read(&args, folder.path(), &clock).await.expect("read");
        assert_eq!(names(&next), pages);
        next.discard().expect("removed");
    }
    assert_eq!(api.calls().len(), 5);
}

#[tokio::test]
async fn the_apis_word_on_its_quota_counts_for_the_rest_of_the_day() {
    let api = stand_in(|_, _| (403, refusal(403, "quotaExceeded"))).await;
    let folder = tempfile::tempdir().expect("a folder");
    let args = arguments(&api.address, &["--channel", CHANNEL]);
    for _ in 0..2 {
        let fetched = read(&args, folder.path(), &clock(MORNING)).await.expect("read");
        assert!(fetched.stopped.is_some() && fetched.files.is_empty(), "{fetched:?}");
    }
    assert_eq!(api.calls().len(), 1);
}

#[tokio::test]
async fn what_may_succeed_later_is_tried_again_and_given_up_after_five_tries() {
    let fails = |times: usize| {
        move |path: &str, before: usize| {
            if before < times {
                (if before == 0 { 503 } else { 429 }, "not json".to_owned())
            } else {
                small_channel(path)
            }
        }
    };
    let folder = tempfile::tempdir().expect("a folder");
    let api = stand_in(fails(4)).await;
    let fetched = read(&arguments(&api.address, &["--channel", CHANNEL]), folder.path(), &clock(MORNING)).await;
    assert_eq!(fetched.expect("read").files.len(), 3);

    let folder = tempfile::tempdir().expect("a folder");
    let api = stand_in(fails(5)).await;
    let fetched = read(&arguments(&api.address, &["--channel", CHANNEL]), folder.path(), &clock(MORNING)).await;
    let stopped = fetched.expect("read").stopped.expect("stopped");
    assert!(stopped.contains("429"), "{stopped}");
}

#[tokio::test]
async fn disabled_comments_unknown_channels_and_handles_are_told_and_the_rest_is_read() {
    let api = stand_in(|path, _| {
        if path.contains("forHandle") {
            return (200, r#"{"kind": "youtube#channelListResponse"}"#.to_owned());
        }
        small_channel(path)
    })
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    let unknown = "UCnobody00000000000000000"[..24].to_owned();
    let more = ["--channel", CHANNEL, "--channel", &unknown, "--channel", "nobody", "--comment-pages", "1"];
    let fetched = read(&arguments(&api.address, &more), folder.path(), &clock(MORNING)).await.expect("read");
    assert_eq!(fetched.files.len(), 3);
    let notes = fetched.notes.join("\n");
    for told in [unknown.as_str(), "@nobody", "comments of video000003: 403 commentsDisabled"] {
        assert!(notes.contains(told), "{told} in\n{notes}");
    }
}

#[tokio::test]
async fn a_key_that_is_refused_ends_the_call_and_stands_in_no_error() {
    let api = stand_in(|_, _| (400, refusal(400, "keyInvalid"))).await;
    let folder = tempfile::tempdir().expect("a folder");
    let args = arguments(&api.address, &["--channel", CHANNEL]);
    assert!(!format!("{args:?}").contains(KEY));
    let error = read(&args, folder.path(), &clock(MORNING)).await.expect_err("refused");
    let told = format!("{error:#}");
    assert!(told.contains("keyInvalid") && !told.contains(KEY), "{told}");
}

#[tokio::test]
async fn recorded_pages_are_replayed_as_they_were() {
    let Some(recorded) = recorded() else { return };
    let page = move |name: &str| fs::read_to_string(recorded.join(name)).expect("a recorded page");
    let api = stand_in(move |path, _| {
        let token = path.contains("pageToken");
        let second = |name: &str| format!("{name}_paged_{}.json", if token { 2 } else { 1 });
        match path.split('?').next().unwrap_or_default() {
            "/channels" => (200, page("channels/info_multiple.json")),
            "/playlistItems" => (200, page(&second("playlist_items/playlist_items"))),
            "/videos" => (200, page("videos/videos_info_multi.json")),
            _ => (200, page(&second("comment_threads/comment_threads_by_video"))),
        }
    })
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    let more = ["--channel", CHANNEL, "--comment-pages", "2"];
    let fetched = read(&arguments(&api.address, &more), folder.path(), &clock(MORNING)).await.expect("read");
    let of = |method: &str| names(&fetched).iter().filter(|name| name.contains(method)).count();
    // Two channels with two pages of uploads give four calls for videos; each answers with the two recorded videos, each of them
    // with two pages of comments.
    assert_eq!((of("channels"), of("videos"), of("commentThreads")), (1, 4, 16), "{:?}", fetched.notes);
}

/// The recorded pages, or none; says so when they are not there.
fn recorded() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    #[allow(clippy::disallowed_methods, reason = "tests are told by it where real input is")]
    let folder = std::env::var_os("CREATORSCOPE_TEST_DATA").map_or(default, PathBuf::from);
    let folder = folder.join("youtube_api/python_youtube_apidata");
    if folder.is_dir() {
        return Some(folder);
    }
    _ = writeln!(std::io::stderr(), "SKIPPED: no real data in {}; set CREATORSCOPE_TEST_DATA", folder.display());
    None
}
