//! Owns the creators of the real files, as they are known after an import of all of them. Never queries.

use std::{collections::BTreeMap, path::Path};

use serde_json::Value;

/// What the files say about one creator.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// `creators/{creator}`.
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) handle: String,
    pub(crate) followers: Option<i64>,
    pub(crate) titles: Vec<String>,
    pub(crate) hashtags: Vec<String>,
    /// The folder that it is from.
    pub(crate) set: &'static str,
}

/// All creators, ordered by name.
pub(crate) fn all(folder: &Path) -> Vec<Known> {
    let mut creators = BTreeMap::new();
    tiktok(folder, &mut creators);
    korea(folder, &mut creators);
    trending(folder, &mut creators);
    brazil(folder, &mut creators);
    captions(folder, &mut creators);
    youtube_api(folder, &mut creators);
    creators.into_values().collect()
}

type Creators = BTreeMap<String, Known>;

/// The rows of a file as maps from column to value; rows that are not text are left out.
fn rows(path: &Path) -> impl Iterator<Item = BTreeMap<String, String>> {
    let mut bytes = std::fs::read(path).expect("a file");
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        bytes.drain(..3);
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(std::io::Cursor::new(bytes));
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().flatten().collect();
    rows.into_iter()
}

fn add(creators: &mut Creators, id: &str, set: &'static str, display_name: &str) -> Option<&'static str> {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"._-~@%".contains(&byte);
    if display_name.is_empty() || id.is_empty() || !id.split_once(':')?.1.bytes().all(valid) {
        return None;
    }
    let creator = creators.entry(id.to_owned()).or_default();
    creator.name = format!("creators/{id}");
    creator.display_name = display_name.to_owned();
    creator.set = set;
    Some(set)
}

fn add_title(creator: &mut Known, title: &str) {
    if creator.titles.len() < 50 && !title.is_empty() && !creator.titles.iter().any(|known| known == title) {
        creator.titles.push(title.to_owned());
    }
}

fn add_tags<'a>(creator: &mut Known, tags: impl Iterator<Item = &'a str>) {
    for tag in tags.filter(|tag| !tag.is_empty() && *tag != "[none]") {
        if creator.hashtags.len() < 200 && !creator.hashtags.iter().any(|known| known == tag) {
            creator.hashtags.push(tag.to_owned());
        }
    }
}

fn tiktok(folder: &Path, creators: &mut Creators) {
    for file in ["sug_users_vids1", "sug_users_vids2", "sug_users_vids3", "sug_users_vids4", "top_users_vids"] {
        for row in rows(&folder.join(format!("tiktok_famous/{file}.csv"))) {
            let id = format!("tiktok:{}", row["user_name"]);
            if add(creators, &id, "tiktok_famous", &row["user_name"]).is_none() {
                continue;
            }
            let creator = creators.get_mut(&id).expect("just added");
            creator.handle = row["user_name"].clone();
            creator.followers = row["n_followers"].parse().ok();
            add_tags(creator, row["hashtags"].split(['[', ']', '\'', ',', ' ']));
        }
    }
}

fn korea(folder: &Path, creators: &mut Creators) {
    for row in rows(&folder.join("youtube_trending_kr_2026/kr_trending_timeseries.csv")) {
        let id = format!("youtube:{}", row["channel_id"]);
        if add(creators, &id, "youtube_trending_kr_2026", &row["channel"]).is_some() {
            let creator = creators.get_mut(&id).expect("just added");
            creator.followers = row["subs"].parse().ok().filter(|count| *count > 0);
            add_title(creator, &row["title"]);
        }
    }
}

/// These have no ids: two channels of one title are one, as in an import.
fn trending(folder: &Path, creators: &mut Creators) {
    for row in rows(&folder.join("youtube_trending_us_2017/USvideos.csv")) {
        let title = &row["channel_title"];
        let id: String = title.bytes().map(|byte| format!("{byte:02x}")).collect();
        let id = format!("youtube:~{}", &id[..id.len().min(190)]);
        if add(creators, &id, "youtube_trending_us_2017", title).is_some() {
            let creator = creators.get_mut(&id).expect("just added");
            add_title(creator, &row["title"]);
            add_tags(creator, row["tags"].split('|'));
        }
    }
}

fn brazil(folder: &Path, creators: &mut Creators) {
    for row in rows(&folder.join("youtube_ptbr/channel.csv")) {
        let id = row["playlistId"].replacen("UU", "youtube:UC", 1);
        if add(creators, &id, "youtube_ptbr", &row["channelName"]).is_some() {
            creators.get_mut(&id).expect("just added").followers = row["subscribers"].parse().ok();
        }
    }
    for row in rows(&folder.join("youtube_ptbr/video.csv")) {
        if let Some(creator) = creators.values_mut().find(|creator| creator.display_name == row["channelTitle"]) {
            add_title(creator, &row["title"]);
        }
    }
}

fn captions(folder: &Path, creators: &mut Creators) {
    for file in ["18.01.11_FR_videos", "18.01.11_US_videos"] {
        for row in rows(&folder.join(format!("captions_youtube_2018/{file}.csv"))) {
            let id = format!("youtube:{}", row["channelId"]);
            if add(creators, &id, "captions_youtube_2018", &row["channelTitle"]).is_some() {
                let creator = creators.get_mut(&id).expect("just added");
                add_title(creator, &row["title"]);
                add_tags(creator, row["tags"].split('|'));
            }
        }
    }
}

fn youtube_api(folder: &Path, creators: &mut Creators) {
    let read = |file: &str| -> Value {
        let text = std::fs::read(folder.join("youtube_api").join(file)).expect("a file");
        serde_json::from_slice(&text).expect("JSON")
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for item in read("video.converted.json")["items"].as_array().into_iter().flatten() {
        let snippet = &item["snippet"];
        let id = format!("youtube:{}", text(&snippet["channelId"]));
        if add(creators, &id, "youtube_api", &text(&snippet["channelTitle"])).is_some() {
            add_title(creators.get_mut(&id).expect("just added"), &text(&snippet["title"]));
        }
    }
    for file in ["channel_info_multi.json", "channels/info_multiple.json"] {
        for item in read(&format!("python_youtube_apidata/{file}"))["items"].as_array().into_iter().flatten() {
            let id = format!("youtube:{}", text(&item["id"]));
            if add(creators, &id, "youtube_api", &text(&item["snippet"]["title"])).is_some() {
                let creator = creators.get_mut(&id).expect("just added");
                creator.handle = text(&item["snippet"]["customUrl"]);
                creator.followers = item["statistics"]["subscriberCount"].as_str().and_then(|count| count.parse().ok());
            }
        }
    }
}
