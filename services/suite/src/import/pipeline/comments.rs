//! Owns the way of comments: to the scoring service when it is there, else to the kept ones, and those kept earlier after them.
//! Never how a comment is read.

use std::collections::{BTreeMap, HashMap, VecDeque};

use anyhow::Context;
use creatorscope_domain::{CreatorId, Source};
use creatorscope_proto::scoring::v1::Comment as Wire;
use jiff::Timestamp;

use super::{Progress, Run, SHOWN};
use crate::import::batch::{Batch, Role, comment_messages};
use crate::import::items::{Comment, Items, PostItem, wire_time};
use crate::import::journal::Entry;
use crate::import::kept::{self, Keeping, Kept, Line};
use crate::import::problem::Problem;
use crate::import::profiles::short_hash;
use crate::import::report::{KeptTally, Report};
use crate::import::rows::UNTOLD;
use crate::import::send::{Message, Sink, Stream};

/// Most posts whose creators are remembered.
const POSTS: usize = 1_000_000;
/// Longest author, in characters.
const AUTHOR: usize = 300;
/// Most messages of kept comments that wait for their answers.
const AHEAD: usize = 4;

/// Whose posts this import has read, for comments that name their post only.
#[derive(Debug, Default)]
pub(super) struct Posts {
    creators: HashMap<u64, CreatorId>,
}

impl Posts {
    /// Remembers whose post a row was about.
    pub(super) fn remember(&mut self, items: &Items) {
        let name = match &items.post {
            Some(PostItem::Record(record)) => record.post.as_ref().map(|post| post.name.as_str()),
            Some(PostItem::Counts(observation)) => Some(observation.subject.as_str()),
            None => None,
        };
        if let Some(post) = name.and_then(|name| name.rsplit('/').next()).filter(|_| self.creators.len() < POSTS) {
            self.creators.insert(key(&items.creator, post), items.creator.clone());
        }
    }

    /// Tells comments whose post they are on, where their source does not and the post was read before. Errors: it was not.
    pub(super) fn complete(&self, mut items: Items) -> Result<Items, Vec<Problem>> {
        if items.comments.is_empty() || items.creator.platform_id() != UNTOLD {
            return Ok(items);
        }
        for comment in &mut items.comments {
            let post = comment.post.rsplit('/').next().unwrap_or_default();
            let Some(creator) = self.creators.get(&key(&items.creator, post)) else {
                let accepted = "comments that say whose post they are on, or whose post this import has read before them, or --creator";
                return Err(vec![Problem::of_field("creator.id", "MISSING_ID", "", accepted)]);
            };
            comment.post = format!("{}/posts/{post}", creator.name());
        }
        Ok(items)
    }
}

fn key(creator: &CreatorId, post: &str) -> u64 {
    short_hash(&format!("{} {post}", creator.platform().slug()))
}

/// The comments of a row as the scoring service takes them.
pub(super) fn messages(items: Items) -> Vec<Wire> {
    let (observed_at, source) = (items.observed_at, items.source);
    items.comments.into_iter().map(|comment| wire(comment, source, observed_at)).collect()
}

fn wire(comment: Comment, source: Source, observed_at: Timestamp) -> Wire {
    Wire {
        name: format!("{}/comments/{}", comment.post, comment.id),
        text: comment.text,
        author: comment.author.chars().take(AUTHOR).collect(),
        publish_time: comment.time.map(wire_time),
        likes: comment.likes,
        reply_to: comment.reply_to,
        language: comment.language,
        author_country: comment.author_country,
        observe_time: Some(wire_time(observed_at)),
        source: source.number(),
    }
}

/// Ends rows with several comments: rejected when one of them was, else imported when one of them was new.
pub(super) fn settle(lists: BTreeMap<usize, bool>, rejected: &mut Vec<(Role, usize, Vec<Problem>)>, entry: &mut Entry) {
    let mut together: BTreeMap<usize, Vec<Problem>> = BTreeMap::new();
    rejected.retain_mut(|(role, row, problems)| {
        let is_list = *role == Role::Comments;
        if is_list {
            together.entry(*row).or_default().append(problems);
        }
        !is_list
    });
    for (row, new) in lists {
        match (together.remove(&row), new) {
            (Some(problems), _) => rejected.push((Role::Comments, row, problems)),
            (None, true) => entry.imported += 1,
            (None, false) => entry.duplicate += 1,
        }
    }
}

impl<S: Sink, P: Progress> Run<'_, S, P> {
    /// Finds out, once, whether the scoring service is there.
    pub(super) async fn find_scoring(&mut self) -> anyhow::Result<bool> {
        let there = match self.scoring {
            Some(there) => there,
            None => self.sink.takes_comments().await?,
        };
        self.scoring = Some(there);
        Ok(there)
    }

    /// Keeps the comments of a row while the scoring service is away; answers with the row when it is to be sent. Errors:
    /// comments that may not be kept any longer.
    pub(super) fn keep(&mut self, items: Items, batch: &mut Batch) -> Result<Option<Items>, Vec<Problem>> {
        if items.comments.is_empty() || self.scoring == Some(true) {
            return Ok(Some(items));
        }
        let (mut new, mut expired) = (0, 0);
        for comment in &items.comments {
            match self.kept.keep(comment, items.source, items.observed_at) {
                Ok(Keeping::New) => new += 1,
                Ok(Keeping::Known) => {}
                Ok(Keeping::Expired) => expired += 1,
                Err(error) => {
                    let accepted = format!("a folder for kept comments that can be written: {error}");
                    return Err(vec![Problem::of_row("NOT_KEPT", &comment.post, accepted)]);
                }
            }
        }
        if expired > 0 {
            let accepted = format!(
                "comments that their source lets be kept; these were read at {}; say --observed-at if it was later",
                items.observed_at
            );
            return Err(vec![Problem::of_row("RETENTION_OVER", &items.comments[0].post, accepted)]);
        }
        batch.comments_kept += new;
        if new > 0 {
            batch.kept += 1;
        } else {
            batch.duplicate += 1;
        }
        Ok(None)
    }

    /// Sends what earlier imports kept, when there is something and somebody takes it.
    pub(super) async fn kept_before(&mut self, report: &mut Report) -> anyhow::Result<()> {
        let waits = !self.kept.files().context("the kept comments")?.is_empty();
        if waits && self.find_scoring().await? {
            send_kept(self.sink, &self.kept, &mut report.kept_before).await?;
        }
        Ok(())
    }
}

/// Sends the kept comments file by file and removes from each what was acknowledged. Errors: a file that cannot be read or
/// written, a service that breaks off; what was acknowledged until then of the file that was being sent is sent again.
pub(in crate::import) async fn send_kept(
    sink: &mut impl Sink,
    kept: &Kept,
    tally: &mut KeptTally,
) -> anyhow::Result<()> {
    for path in kept.files().context("the kept comments")? {
        let (lines, _) = kept::read(&path).with_context(|| format!("the kept comments {}", path.display()))?;
        let (mut left, mut sent, mut comments) = (Vec::new(), Vec::new(), Vec::new());
        for line in lines {
            match from_line(&line) {
                Some(comment) => {
                    sent.push(line);
                    comments.push(comment);
                }
                None => left.push(line),
            }
        }
        tally.without_creator += left.len() as u64;
        let mut sizes = VecDeque::new();
        let mut acknowledged = 0;
        let mut refused = Vec::new();
        for message in comment_messages(comments) {
            sizes.push_back(message.len());
            sink.send(Message::Comments(message)).await?;
            if sizes.len() >= AHEAD {
                take(sink, &mut sizes, &mut acknowledged, &mut refused, tally).await?;
            }
        }
        while !sizes.is_empty() {
            take(sink, &mut sizes, &mut acknowledged, &mut refused, tally).await?;
        }
        let mut refused = refused.into_iter().peekable();
        for (place, line) in sent.into_iter().enumerate() {
            if refused.next_if_eq(&place).is_some() {
                left.push(line);
            }
        }
        if acknowledged > 0 {
            kept::replace(&path, &left).with_context(|| format!("the kept comments {}", path.display()))?;
        }
    }
    Ok(())
}

/// Waits for the oldest answer; enters the places of what was refused, in order.
async fn take(
    sink: &mut impl Sink,
    sizes: &mut VecDeque<usize>,
    acknowledged: &mut usize,
    refused: &mut Vec<usize>,
    tally: &mut KeptTally,
) -> anyhow::Result<()> {
    let Some(size) = sizes.pop_front() else { return Ok(()) };
    let mut answer = sink.answer(Stream::Comments).await?;
    tally.imported += answer.imported;
    tally.duplicate += answer.duplicate;
    tally.rejected += answer.rejected.len() as u64;
    answer.rejected.sort_by_key(|(place, _)| *place);
    for (place, problems) in answer.rejected {
        refused.push(*acknowledged + place);
        if let Some(problem) = problems.first().filter(|_| tally.problems.len() < SHOWN) {
            tally.problems.push(format!("a kept comment: {}", problem.sentence()));
        }
    }
    *acknowledged += size;
    Ok(())
}

/// A kept comment as the scoring service takes it; none when it does not say whose post it is on, or is damaged.
fn from_line(line: &Line) -> Option<Wire> {
    let (creator, _) = line.post.strip_prefix("creators/")?.split_once("/posts/")?;
    CreatorId::parse(creator).ok().filter(|creator| creator.platform_id() != UNTOLD)?;
    let comment = Comment {
        // Ids that earlier versions made began otherwise.
        id: line.id.strip_prefix("text-").map_or_else(|| line.id.clone(), |made| format!("~{made}")),
        post: line.post.clone(),
        time: line.time.parse().ok(),
        likes: line.likes,
        language: line.language.clone(),
        text: line.text.clone(),
        author: line.author.clone(),
        reply_to: line.reply_to.clone(),
        author_country: line.author_country.clone(),
    };
    Some(wire(comment, Source::from_word(&line.source)?, line.observed.parse().ok()?))
}

#[cfg(test)]
#[path = "comments/tests.rs"]
mod tests;
