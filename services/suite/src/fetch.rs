//! Owns reading channels, their videos and comments from the live YouTube Data API, page by page, into files that `import youtube`
//! reads as it reads any others. Never what stands in an item.
//!
//! The list of what is still to be read is kept beside the pages and written after each of them: whatever breaks off, the quota of
//! the day included, goes on with the same command. A page counts as read once its file is there.

mod api;
mod plan;
mod quota;
#[cfg(test)]
mod tests;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::Args;
use creatorscope_kit::{clock::Clock, db::Secret};

use self::{
    api::{Answer, Api},
    plan::{Plan, Step},
    quota::Quota,
};

/// Units that a call of a `list` method costs. Source: developers.google.com/youtube/v3/determine_quota_cost.
const LIST_COST: u32 = 1;
/// Most pages of comments of one video: the API gives no more than 1 000 threads of use.
const MAX_COMMENT_PAGES: u32 = 10;

/// What is read from the live API.
#[derive(Debug, Clone, Args)]
pub struct LiveArgs {
    /// Read the live API with this key; better in a file, where no list of processes shows it
    #[arg(long, value_name = "KEY", value_parser = secret, conflicts_with = "api_key_file", requires = "channels")]
    api_key: Option<Secret>,
    /// Read the live API with the key in this file
    #[arg(long, value_name = "FILE", requires = "channels")]
    api_key_file: Option<PathBuf>,
    /// A channel of the live API: its id (UC…) or its @handle; may stand several times
    #[arg(long = "channel", value_name = "CHANNEL")]
    channels: Vec<String>,
    /// How many of a channel's newest videos are read
    #[arg(long, value_name = "COUNT", default_value_t = 200, value_parser = clap::value_parser!(u32).range(0..=20_000))]
    videos: u32,
    /// How many pages of 100 comment threads are read of each video
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=MAX_COMMENT_PAGES as i64))]
    comment_pages: u32,
    /// Units of the API that may be spent in a day (until midnight in the Pacific time zone), those of earlier imports included
    #[arg(long, value_name = "UNITS", default_value_t = 10_000)]
    quota: u32,
    /// The address of the API
    #[arg(long, value_name = "URL", default_value = "https://www.googleapis.com/youtube/v3", hide = true)]
    api_url: String,
}

impl LiveArgs {
    /// Whether the live API is to be read.
    pub fn is_wanted(&self) -> bool {
        self.api_key.is_some() || self.api_key_file.is_some()
    }

    fn key(&self) -> anyhow::Result<Secret> {
        let key = match (&self.api_key, &self.api_key_file) {
            (Some(key), _) => key.reveal().to_owned(),
            (None, Some(file)) => {
                fs::read_to_string(file).with_context(|| format!("the file of the key, {}", file.display()))?
            }
            (None, None) => String::new(),
        };
        let key = key.trim();
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            bail!("the key of the API is empty or has characters that no key has");
        }
        Ok(Secret::new(key))
    }
}

#[allow(clippy::unnecessary_wraps, reason = "it is what the reader of arguments calls")]
fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

/// What was read.
#[derive(Debug)]
pub struct Fetched {
    /// The pages, in the order in which they were read; those of an earlier, interrupted call included.
    pub files: Vec<PathBuf>,
    /// What could not be read and why, for people.
    pub notes: Vec<String>,
    /// Why reading stopped before its end; none when all is read.
    pub stopped: Option<String>,
    folder: PathBuf,
}

impl Fetched {
    /// Removes the pages once they are imported: the terms of the API do not allow to keep them. Errors: the folder stays.
    pub fn discard(self) -> anyhow::Result<()> {
        if self.stopped.is_some() {
            // The list of what is still to be read stays, the pages go.
            for file in &self.files {
                fs::remove_file(file).with_context(|| format!("the page {}", file.display()))?;
            }
            return Ok(());
        }
        fs::remove_dir_all(&self.folder).with_context(|| format!("the folder {}", self.folder.display()))
    }
}

/// Reads the channels into a folder below `data_dir`. Errors: no usable key, an API that does not take it, a folder that cannot be
/// written; what was read stays and is gone on from.
pub async fn fetch(args: &LiveArgs, data_dir: &Path, clock: &Clock) -> anyhow::Result<Fetched> {
    let api = Api::new(&args.api_url, args.key()?);
    let base = data_dir.join("youtube-api");
    let plan = Plan::open(&base, &args.channels, args.videos, args.comment_pages)?;
    let quota = Quota::open(&base, args.quota, clock)?;
    Fetch { api, plan, quota }.run().await
}

struct Fetch {
    api: Api,
    plan: Plan,
    quota: Quota,
}

impl Fetch {
    async fn run(mut self) -> anyhow::Result<Fetched> {
        let mut stopped = None;
        while let Some(step) = self.plan.next().cloned() {
            if !self.quota.spend(LIST_COST)? {
                stopped = Some(format!("the quota of the day ({} units) is spent; {}", self.quota.limit(), AGAIN));
                break;
            }
            match self.api.call(&step.request()).await? {
                Answer::Page(page) => self.take(&step, &page)?,
                Answer::Missing(why) => self.plan.skip(&format!("{}: {why}", step.subject()))?,
                Answer::QuotaExceeded(why) => {
                    self.quota.is_spent()?;
                    stopped = Some(format!("the API says that its quota is spent ({why}); {AGAIN}"));
                    break;
                }
                Answer::Unavailable(why) => {
                    stopped = Some(format!("the API does not answer ({why}); the same command goes on from there"));
                    break;
                }
            }
        }
        let (folder, files, notes) = self.plan.close()?;
        Ok(Fetched { files, notes, stopped, folder })
    }

    fn take(&mut self, step: &Step, page: &str) -> anyhow::Result<()> {
        match step.follow(page, self.plan.videos(), self.plan.comment_pages()) {
            Ok(followed) => self.plan.done(step, page, followed),
            Err(why) => self.plan.skip(&format!("{}: the API's answer cannot be read: {why}", step.subject())),
        }
    }
}

const AGAIN: &str = "it begins anew at midnight in the Pacific time zone, and the same command goes on from there";
