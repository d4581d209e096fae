//! Owns a batch of rows on its way: which items belong to which rows, and what an answer means for them. Never I/O.

use std::collections::BTreeMap;

use creatorscope_proto::metrics::v1::{Observation, PostRecord};
use creatorscope_proto::scoring::v1::Comment;
use prost::Message as _;

use super::journal::Entry;
use super::problem::Problem;
use super::send::{Answer, Message, Stream};

/// Most rows of a batch.
const ROWS: usize = 1_000;
/// A batch is full from so many bytes on; a message must stay below the 4 MiB that a server takes.
const BYTES: usize = 1 << 20;
/// Most comments of a message.
const COMMENTS: usize = 2_000;
/// A batch is full with so many messages of rows that have several comments.
const LISTS: usize = 2;

/// What the items of a message are to their rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The row ends as its item does.
    Row,
    /// The item came along: its row has another one.
    Companion,
    /// The items are comments of one row, which ends as they do together.
    Comments,
}

/// A row that waits for its answer.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) ordinal: u64,
    pub(super) line: u64,
    pub(super) raw: Vec<u8>,
}

/// Rows whose items are sent together.
#[derive(Debug, Default)]
pub(super) struct Batch {
    rows: Vec<Waiting>,
    bytes: usize,
    posts: (Vec<usize>, Vec<PostRecord>),
    /// Counts that are all that their rows have.
    counts: (Vec<usize>, Vec<Observation>),
    /// Counts of accounts that came along.
    accounts: (Vec<usize>, Vec<Observation>),
    /// Comments that are all that their rows have.
    comments: (Vec<usize>, Vec<Comment>),
    /// Comments of rows that have several. They go by themselves: an answer counts what was new and does not say which.
    lists: Vec<(usize, Vec<Comment>)>,
    /// Settled without asking: rows whose account was seen at the same time in the same file, and of these with other counts.
    pub(super) duplicate: u64,
    pub(super) conflicting: u64,
    /// Settled by keeping their comments, and how many these were.
    pub(super) kept: u64,
    pub(super) comments_kept: u64,
    /// Accounts that came along with other counts than before.
    pub(super) account_conflicts: u64,
    /// The last row, settled rows included.
    pub(super) last: u64,
    /// Where it ends.
    pub(super) offset: u64,
}

/// A batch that was sent: what is awaited, in order.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) rows: Vec<Waiting>,
    pub(super) awaited: Vec<(Stream, Role, Vec<usize>)>,
    pub(super) last: u64,
    pub(super) offset: u64,
    duplicate: u64,
    conflicting: u64,
    kept: u64,
    comments_kept: u64,
    account_conflicts: u64,
}

impl Batch {
    pub(super) fn is_full(&self) -> bool {
        self.rows.len() as u64 + self.kept + self.duplicate >= ROWS as u64
            || self.bytes >= BYTES
            || self.lists.len() >= LISTS
    }

    pub(super) fn row(&mut self, row: Waiting) {
        self.bytes += row.raw.len();
        self.rows.push(row);
    }

    /// Adds an item of the last row.
    pub(super) fn post(&mut self, record: PostRecord) {
        self.bytes += record.encoded_len();
        push(&mut self.posts, self.rows.len(), record);
    }

    /// Adds counts that are all that the last row has.
    pub(super) fn count(&mut self, observation: Observation) {
        self.bytes += observation.encoded_len();
        push(&mut self.counts, self.rows.len(), observation);
    }

    /// Adds counts of an account that came along with the last row.
    pub(super) fn account(&mut self, observation: Observation) {
        push(&mut self.accounts, self.rows.len(), observation);
    }

    /// Adds the comments of the last row.
    pub(super) fn comments(&mut self, comments: Vec<Comment>) {
        self.bytes += comments.iter().map(Comment::encoded_len).sum::<usize>();
        if comments.len() == 1 {
            comments.into_iter().for_each(|comment| push(&mut self.comments, self.rows.len(), comment));
            return;
        }
        let row = self.rows.len().saturating_sub(1);
        self.lists.extend(comment_messages(comments).into_iter().map(|comments| (row, comments)));
    }

    /// The messages, in the order of what is awaited.
    pub(super) fn into_messages(self) -> (Vec<Message>, Sent) {
        let (mut messages, mut awaited) = (Vec::new(), Vec::new());
        if !self.posts.1.is_empty() {
            messages.push(Message::Posts(self.posts.1));
            awaited.push((Stream::Posts, Role::Row, self.posts.0));
        }
        for (role, (rows, observations)) in [(Role::Row, self.counts), (Role::Companion, self.accounts)] {
            if !observations.is_empty() {
                messages.push(Message::Observations(observations));
                awaited.push((Stream::Observations, role, rows));
            }
        }
        if !self.comments.1.is_empty() {
            messages.push(Message::Comments(self.comments.1));
            awaited.push((Stream::Comments, Role::Row, self.comments.0));
        }
        for (row, comments) in self.lists {
            awaited.push((Stream::Comments, Role::Comments, vec![row; comments.len()]));
            messages.push(Message::Comments(comments));
        }
        let sent = Sent {
            rows: self.rows,
            awaited,
            last: self.last,
            offset: self.offset,
            duplicate: self.duplicate,
            conflicting: self.conflicting,
            kept: self.kept,
            comments_kept: self.comments_kept,
            account_conflicts: self.account_conflicts,
        };
        (messages, sent)
    }
}

/// Parts comments so that each part fits a message.
pub(super) fn comment_messages(comments: Vec<Comment>) -> Vec<Vec<Comment>> {
    let mut messages: Vec<Vec<Comment>> = Vec::new();
    let mut bytes = 0;
    for comment in comments {
        let size = comment.encoded_len();
        match messages.last_mut().filter(|message| message.len() < COMMENTS && bytes + size < BYTES) {
            Some(message) => {
                bytes += size;
                message.push(comment);
            }
            None => {
                bytes = size;
                messages.push(vec![comment]);
            }
        }
    }
    messages
}

fn push<T>(items: &mut (Vec<usize>, Vec<T>), rows: usize, item: T) {
    items.0.push(rows.saturating_sub(1));
    items.1.push(item);
}

impl Sent {
    /// Enters what was settled without asking.
    pub(super) fn enter_local(&self, entry: &mut Entry) {
        entry.duplicate += self.duplicate;
        entry.conflicting += self.conflicting;
        entry.kept += self.kept;
        entry.comments.kept += self.comments_kept;
        entry.accounts.duplicate += self.account_conflicts;
        entry.accounts.conflicting += self.account_conflicts;
        entry.rows = self.last;
        entry.offset = self.offset;
    }

    /// Enters an answer, and into `lists` whether something was new of a row with several comments. Answers with the rows that were rejected and why. Errors: an answer that does not account for every
    /// item.
    pub(super) fn enter(
        &self,
        (stream, role): (Stream, Role),
        items: &[usize],
        answer: Answer,
        entry: &mut Entry,
        lists: &mut BTreeMap<usize, bool>,
    ) -> anyhow::Result<Vec<(usize, Vec<Problem>)>> {
        let rejected = answer.rejected.len() as u64;
        let accounted = answer.imported + answer.duplicate + rejected;
        if accounted != items.len() as u64 {
            anyhow::bail!("the service accounted for {accounted} of {} items", items.len());
        }
        if stream == Stream::Comments {
            entry.comments.imported += answer.imported;
            entry.comments.duplicate += answer.duplicate;
            entry.comments.rejected += rejected;
        }
        match role {
            Role::Comments => {
                if let Some(row) = items.first() {
                    *lists.entry(*row).or_default() |= answer.imported > 0;
                }
            }
            Role::Row => {
                entry.imported += answer.imported;
                entry.duplicate += answer.duplicate;
                entry.conflicting += answer.conflicting;
            }
            Role::Companion => {
                entry.accounts.imported += answer.imported;
                entry.accounts.duplicate += answer.duplicate;
                entry.accounts.conflicting += answer.conflicting;
                entry.accounts.rejected += rejected;
            }
        }
        let mut rows = Vec::new();
        for (place, problems) in answer.rejected {
            let Some(row) = items.get(place).copied() else {
                anyhow::bail!("the service rejected item {place} of {}", items.len())
            };
            rows.push((row, problems));
        }
        Ok(rows)
    }
}
