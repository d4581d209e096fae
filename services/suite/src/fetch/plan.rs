//! Owns what is still to be read from the API and where the pages are. Never a call.

use std::{
    collections::VecDeque,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::api::Call;

/// Ids in one call, and items of one page of a playlist: the most that the API takes.
const PAGE: usize = 50;

/// One call that is to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Step {
    /// Channels by their ids.
    Channels(Vec<String>),
    /// A channel by its handle.
    Handle(String),
    /// A page of the uploads of a channel, after so many videos.
    Uploads { playlist: String, page: Option<String>, before: u32 },
    /// Videos by their ids.
    Videos(Vec<String>),
    /// A page of the comments of a video, after so many pages.
    Comments { video: String, page: Option<String>, before: u32 },
}

/// What a page tells about further pages.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Page {
    next_page_token: Option<String>,
    items: Vec<Item>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Item {
    id: serde_json::Value,
    content_details: Details,
    snippet: Snippet,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Snippet {
    resource_id: Resource,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Resource {
    video_id: String,
}

impl Item {
    /// The video that an item of a playlist is: both parts name it.
    fn video(self) -> String {
        let Self { content_details, snippet, .. } = self;
        if content_details.video_id.is_empty() { snippet.resource_id.video_id } else { content_details.video_id }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Details {
    video_id: String,
    related_playlists: Playlists,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Playlists {
    uploads: String,
}

/// What follows from a page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Followed {
    pub(super) steps: Vec<Step>,
    /// Whether the page holds something to import.
    pub(super) is_kept: bool,
    pub(super) notes: Vec<String>,
}

impl Step {
    /// The call. Each costs one unit, whatever parts it asks for.
    pub(super) fn request(&self) -> Call {
        const CHANNEL: &str = "snippet,contentDetails,statistics,topicDetails,brandingSettings,status";
        const VIDEO: &str = "snippet,contentDetails,statistics,status,topicDetails,paidProductPlacementDetails";
        let most = |count: usize| ("maxResults", count.to_string());
        let part = |parts: &str| ("part", parts.to_owned());
        let (method, mut parameters, page) = match self {
            Self::Channels(ids) => ("channels", vec![part(CHANNEL), ("id", ids.join(",")), most(PAGE)], None),
            Self::Handle(handle) => ("channels", vec![part(CHANNEL), ("forHandle", handle.clone())], None),
            Self::Uploads { playlist, page, .. } => {
                let of = ("playlistId", playlist.clone());
                ("playlistItems", vec![part("contentDetails"), of, most(PAGE)], page.clone())
            }
            Self::Videos(ids) => ("videos", vec![part(VIDEO), ("id", ids.join(",")), most(PAGE)], None),
            Self::Comments { video, page, .. } => {
                let of = ("videoId", video.clone());
                ("commentThreads", vec![part("snippet,replies"), of, most(100)], page.clone())
            }
        };
        parameters.extend(page.map(|page| ("pageToken", page)));
        Call { method, parameters }
    }

    /// What the step is about, for people.
    pub(super) fn subject(&self) -> String {
        match self {
            Self::Channels(ids) => format!("channels {}", ids.join(", ")),
            Self::Handle(handle) => format!("channel {handle}"),
            Self::Uploads { playlist, .. } => format!("uploads {playlist}"),
            Self::Videos(ids) => format!("{} videos from {}", ids.len(), ids.first().map_or("", String::as_str)),
            Self::Comments { video, .. } => format!("comments of {video}"),
        }
    }

    /// What is to be read after the page that this step gave. Errors: the page is no page.
    pub(super) fn follow(&self, text: &str, videos: u32, comment_pages: u32) -> Result<Followed, String> {
        let page: Page = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut followed = Followed { is_kept: !page.items.is_empty(), ..Followed::default() };
        match self {
            Self::Channels(ids) => {
                let found: Vec<&str> = page.items.iter().filter_map(|item| item.id.as_str()).collect();
                let unknown = ids.iter().filter(|id| !found.contains(&id.as_str()));
                followed.notes.extend(unknown.map(|id| format!("channel {id}: the API knows no such channel")));
                followed.uploads(&page, videos);
            }
            Self::Handle(handle) if page.items.is_empty() => {
                followed.notes.push(format!("channel {handle}: the API knows no such handle"));
            }
            Self::Handle(_) => followed.uploads(&page, videos),
            Self::Uploads { playlist, before, .. } => {
                followed.is_kept = false;
                let left = videos.saturating_sub(*before) as usize;
                let named = page.items.into_iter().map(Item::video);
                let ids: Vec<String> = named.filter(|id| !id.is_empty()).take(left).collect();
                let before = before.saturating_add(ids.len() as u32);
                if !ids.is_empty() {
                    followed.steps.push(Step::Videos(ids));
                }
                if page.next_page_token.is_some() && before < videos {
                    let (playlist, page) = (playlist.clone(), page.next_page_token);
                    followed.steps.push(Step::Uploads { playlist, page, before });
                }
            }
            Self::Videos(_) if comment_pages > 0 => {
                let ids = page.items.iter().filter_map(|item| item.id.as_str());
                let comments = ids.map(|id| Step::Comments { video: id.to_owned(), page: None, before: 0 });
                followed.steps.extend(comments);
            }
            Self::Videos(_) => {}
            Self::Comments { video, before, .. } => {
                if page.next_page_token.is_some() && before + 1 < comment_pages {
                    let (video, page) = (video.clone(), page.next_page_token);
                    followed.steps.push(Step::Comments { video, page, before: before + 1 });
                }
            }
        }
        Ok(followed)
    }
}

impl Followed {
    fn uploads(&mut self, page: &Page, videos: u32) {
        let playlists = page.items.iter().map(|item| &item.content_details.related_playlists.uploads);
        let wanted = playlists.filter(|playlist| videos > 0 && !playlist.is_empty());
        self.steps.extend(wanted.map(|playlist| Step::Uploads { playlist: playlist.clone(), page: None, before: 0 }));
    }
}

/// What is kept of a plan.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Kept {
    steps: VecDeque<Step>,
    /// Pages that were kept so far; they are numbered from 1.
    pages: u32,
    notes: Vec<String>,
}

/// What is still to be read for one command.
#[derive(Debug)]
pub(super) struct Plan {
    folder: PathBuf,
    kept: Kept,
    videos: u32,
    comment_pages: u32,
}

impl Plan {
    /// Goes on with the plan of the same command, or begins one. Errors: the folder cannot be used.
    pub(super) fn open(base: &Path, channels: &[String], videos: u32, comment_pages: u32) -> anyhow::Result<Self> {
        let command = serde_json::to_vec(&(channels, videos, comment_pages)).context("the channels")?;
        let folder = base.join(&blake3::hash(&command).to_hex()[..16]);
        fs::create_dir_all(&folder).with_context(|| format!("the folder {}", folder.display()))?;
        let path = folder.join("plan.json");
        let kept = match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).with_context(|| format!("the file {}", path.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => begin(channels),
            Err(error) => return Err(error).with_context(|| format!("the file {}", path.display())),
        };
        Ok(Self { folder, kept, videos, comment_pages })
    }

    pub(super) fn videos(&self) -> u32 {
        self.videos
    }

    pub(super) fn comment_pages(&self) -> u32 {
        self.comment_pages
    }

    /// The next call.
    pub(super) fn next(&self) -> Option<&Step> {
        self.kept.steps.front()
    }

    /// Keeps the page of the next call and what follows from it. The page is written first: after a crash in between it is read
    /// once more and replaced. Errors: the folder cannot be written.
    pub(super) fn done(&mut self, step: &Step, page: &str, followed: Followed) -> anyhow::Result<()> {
        if followed.is_kept {
            let name = format!("{:06}-{}.json", self.kept.pages + 1, step.request().method);
            replace(&self.folder.join(name), page.as_bytes())?;
            self.kept.pages += 1;
        }
        self.kept.steps.pop_front();
        for step in followed.steps.into_iter().rev() {
            self.kept.steps.push_front(step);
        }
        self.kept.notes.extend(followed.notes);
        self.save()
    }

    /// Leaves the next call out. Errors: the folder cannot be written.
    pub(super) fn skip(&mut self, why: &str) -> anyhow::Result<()> {
        self.kept.steps.pop_front();
        self.kept.notes.push(why.to_owned());
        self.save()
    }

    fn save(&self) -> anyhow::Result<()> {
        replace(&self.folder.join("plan.json"), &serde_json::to_vec(&self.kept).context("the plan")?)
    }

    /// The folder, its pages in order and what is to be told. Errors: the folder cannot be read.
    pub(super) fn close(self) -> anyhow::Result<(PathBuf, Vec<PathBuf>, Vec<String>)> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder).with_context(|| format!("the folder {}", self.folder.display()))? {
            let path = entry?.path();
            let is_page = path.extension().is_some_and(|extension| extension == "json") && !path.ends_with("plan.json");
            if is_page {
                files.push(path);
            }
        }
        files.sort();
        Ok((self.folder, files, self.kept.notes))
    }
}

fn begin(channels: &[String]) -> Kept {
    let (ids, handles): (Vec<&String>, Vec<&String>) = channels.iter().partition(|channel| is_id(channel));
    let by_id = ids.chunks(PAGE).map(|ids| Step::Channels(ids.iter().map(|id| (*id).clone()).collect()));
    let by_handle = handles.into_iter().map(|handle| Step::Handle(format!("@{}", handle.trim_start_matches('@'))));
    Kept { steps: by_id.chain(by_handle).collect(), ..Kept::default() }
}

/// `UC` and 22 characters of base64url.
fn is_id(channel: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    channel.len() == 24 && channel.starts_with("UC") && channel.bytes().all(plain)
}

/// Replaces a file as a whole: what breaks off leaves the one before. Errors: it cannot be written.
pub(super) fn replace(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(|| format!("the folder {}", folder.display()))?;
    let fresh = path.with_extension("new");
    let written = fs::File::create(&fresh).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&fresh, path)).with_context(|| format!("the file {}", path.display()))
}
