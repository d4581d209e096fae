//! Owns the way of rows from files to the services and the accounting on the way. Never how a row is read or a message is sent.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::{Path, PathBuf};

use anyhow::Context;
use creatorscope_domain::CreatorId;
use creatorscope_proto::discovery::v1::Creator;
use creatorscope_proto::discovery::v1::ingest_creators_response::Outcome;

use super::accounts::{Accounts, Known};
use super::batch::{Batch, Role, Sent, Waiting};
use super::containers::{self, Found};
use super::files::{Opened, Plan};
use super::items::{PostItem, Row};
use super::kept::Kept;
use super::problem::{Problem, Refusal};
use super::profiles::Profiles;
use super::report::{FileReport, Report};
use super::send::{Message, Sink, Stream};

use comments::Posts;
use limits::{chunks, refuse_too_large};

pub(super) mod comments;
mod limits;

/// Most batches that wait for their answers.
const WINDOW: usize = 6;
/// Most refused profiles that are shown.
const SHOWN: usize = 5;

/// Is told how far the import is.
pub(super) trait Progress {
    /// The import begins: how many bytes its inputs have, as far as that is known.
    fn begin(&self, sizes: &[u64]);
    /// A file begins or goes on: its place in the list, the byte reached and the rows read so far in all files.
    fn reached(&self, file: usize, offset: u64, rows: u64);
}

/// Imports files one after another; what went wrong on the way is in the report.
pub(super) async fn import(plan: &Plan, paths: &[PathBuf], sink: &mut impl Sink, progress: &impl Progress) -> Report {
    let mut report = Report::default();
    let kept = match Kept::new(&plan.kept, plan.now) {
        Ok(kept) => kept,
        Err(error) => {
            report.interrupted = Some(format!("the kept comments: {error}"));
            return report;
        }
    };
    report.expired = kept.removed;
    let (profiles, posts) = (Profiles::default(), Posts::default());
    let mut run = Run { sink, progress, profiles, waiting: BTreeMap::new(), rows: 0, kept, posts, scoring: None };
    let (mut files, mut taken) = (Vec::new(), Vec::new());
    let mut interrupted = None;
    let inputs = containers::find(paths, &plan.journal, plan.now);
    progress.begin(&inputs.iter().map(Found::size).collect::<Vec<_>>());
    for (place, found) in inputs.into_iter().enumerate() {
        let mut file = FileRun { place, report: FileReport::default(), opened: None };
        match found {
            Found::Refused(name, refusal) => {
                (file.report.file, file.report.refused) = (name, Some(refusal));
            }
            Found::Skipped(name, refusal) => {
                (file.report.file, file.report.skipped) = (name, Some(refusal));
            }
            Found::Input(source) => {
                file.report.file.clone_from(&source.name);
                match plan.open(&source, &mut taken) {
                    Ok(opened) => file.opened = Some(opened),
                    Err(refusal) if source.found && does_not_fit(&refusal) => file.report.skipped = Some(refusal),
                    Err(refusal) => file.report.refused = Some(refusal),
                }
            }
        }
        if interrupted.is_none() {
            interrupted = run.file(&mut file).await.err();
        }
        files.push(file);
    }
    if interrupted.is_none() {
        interrupted = run.creators(&mut files, &mut report).await.err();
    }
    if interrupted.is_none() {
        interrupted = run.kept_before(&mut report).await.err();
    }
    report.scoring_away = run.scoring == Some(false);
    report.interrupted = interrupted.map(|error| format!("{error:#}"));
    for file in files {
        let finished = file.finish(report.interrupted.is_none());
        report.total.add(&finished.tally);
        report.files.push(finished);
    }
    report
}

struct Run<'a, S, P> {
    sink: &'a mut S,
    progress: &'a P,
    profiles: Profiles,
    /// Rows that say something about a creator and nothing else: they end as the creator's profile does.
    waiting: BTreeMap<CreatorId, (usize, Waiting)>,
    rows: u64,
    kept: Kept,
    posts: Posts,
    /// Whether the scoring service is there; not known before a comment is met.
    scoring: Option<bool>,
}

struct FileRun<'a> {
    place: usize,
    report: FileReport,
    opened: Option<Opened<'a>>,
}

impl<S: Sink, P: Progress> Run<'_, S, P> {
    async fn file(&mut self, file: &mut FileRun<'_>) -> anyhow::Result<()> {
        let Some(opened) = &mut file.opened else { return Ok(()) };
        let report = &mut file.report;
        report.content = opened.content[..16].to_owned();
        report.observed_at = opened.observed_at.map(|time| time.to_string()).unwrap_or_default();
        report.notes.append(&mut opened.notes);
        opened.journal.save().with_context(|| format!("the journal of {}", report.file))?;
        let (settled, mut batch, mut in_flight) = (opened.journal.entry.rows, Batch::default(), VecDeque::new());
        let mut accounts = Accounts::default();
        report.tally.from_journal = settled;
        loop {
            let row = match opened.rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(error) => {
                    report.refused =
                        Some(Refusal::new("READ_ERROR", format!("it could not be read to its end: {error}")));
                    break;
                }
            };
            self.rows += 1;
            report.tally.rows += 1;
            self.progress.reached(file.place, row.end, self.rows);
            if row.ordinal <= settled {
                self.replay(file.place, row, opened, report, &mut accounts)?;
                continue;
            }
            if row.content.as_ref().is_ok_and(|items| !items.comments.is_empty()) {
                self.find_scoring().await?;
            }
            self.take(file.place, row, opened, report, &mut accounts, &mut batch)?;
            if batch.is_full() {
                self.dispatch(&mut batch, &mut in_flight).await?;
                if in_flight.len() >= WINDOW {
                    self.settle(&mut in_flight, opened, report).await?;
                }
            }
        }
        if report.refused.is_none() {
            report.refused = opened.damage.take();
        }
        self.dispatch(&mut batch, &mut in_flight).await?;
        while !in_flight.is_empty() {
            self.settle(&mut in_flight, opened, report).await?;
        }
        Ok(())
    }

    /// Goes over a row that an earlier import settled: nothing is sent, what is known of it is kept.
    fn replay(
        &mut self,
        place: usize,
        row: Row,
        opened: &mut Opened<'_>,
        report: &mut FileReport,
        accounts: &mut Accounts,
    ) -> anyhow::Result<()> {
        let entry = &opened.journal.entry;
        if let Some(problems) = entry.rejected.get(&row.ordinal) {
            report.reject(row.line, problems);
            opened.rejects.write(row.line, &row.raw, problems)?;
        } else if let Some(problems) = entry.accounts_rejected.get(&row.ordinal) {
            report.show(row.line, problems);
            opened.rejects.write(row.line, &row.raw, problems)?;
        }
        match &row.content {
            Ok(items) if !items.comments.is_empty() => Ok(()),
            Ok(items) if items.post.is_some() || items.account.is_some() => {
                self.profiles.add(items);
                self.posts.remember(items);
                if let Some(observation) = items.account_observation() {
                    accounts.remember(&observation);
                }
                Ok(())
            }
            _ => self.take(place, row, opened, report, accounts, &mut Batch::default()),
        }
    }

    fn take(
        &mut self,
        place: usize,
        row: Row,
        opened: &mut Opened<'_>,
        report: &mut FileReport,
        accounts: &mut Accounts,
        batch: &mut Batch,
    ) -> anyhow::Result<()> {
        let Row { ordinal, line, raw, content, end } = row;
        batch.last = ordinal;
        batch.offset = end;
        let read = content.and_then(refuse_too_large).and_then(|items| self.posts.complete(items));
        let items = match read.and_then(|items| self.keep(items, batch)) {
            Ok(items) => items,
            Err(problems) => {
                report.reject(line, &problems);
                return opened.rejects.write(line, &raw, &problems).context("the file of rejected rows");
            }
        };
        let Some(items) = items else { return Ok(()) };
        if !items.comments.is_empty() {
            batch.row(Waiting { ordinal, line, raw });
            batch.comments(comments::messages(items));
            return Ok(());
        }
        self.profiles.add(&items);
        self.posts.remember(&items);
        let account = items.account_observation();
        let known = account.as_ref().map(|observation| accounts.remember(observation));
        let waiting = Waiting { ordinal, line, raw };
        match (items.post, account) {
            (None, None) => match self.waiting.entry(items.creator) {
                Entry::Occupied(_) => report.tally.duplicate += 1,
                Entry::Vacant(free) => {
                    free.insert((place, waiting));
                }
            },
            (None, Some(observation)) => match known {
                Some(Known::Equal) => batch.duplicate += 1,
                Some(Known::Other) => {
                    batch.duplicate += 1;
                    batch.conflicting += 1;
                }
                _ => {
                    batch.row(waiting);
                    batch.count(observation);
                }
            },
            (Some(post), account) => {
                batch.row(waiting);
                match post {
                    PostItem::Record(record) => batch.post(*record),
                    PostItem::Counts(observation) => batch.count(*observation),
                }
                match (account, known) {
                    (Some(observation), Some(Known::Not)) => batch.account(observation),
                    (_, Some(Known::Other)) => batch.account_conflicts += 1,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    async fn dispatch(&mut self, batch: &mut Batch, in_flight: &mut VecDeque<Sent>) -> anyhow::Result<()> {
        let (messages, sent) = std::mem::take(batch).into_messages();
        if sent.last == 0 {
            return Ok(());
        }
        for message in messages {
            self.sink.send(message).await?;
        }
        in_flight.push_back(sent);
        Ok(())
    }

    /// Waits for the oldest batch and writes down what became of it.
    async fn settle(
        &mut self,
        in_flight: &mut VecDeque<Sent>,
        opened: &mut Opened<'_>,
        report: &mut FileReport,
    ) -> anyhow::Result<()> {
        let Some(sent) = in_flight.pop_front() else { return Ok(()) };
        let entry = &mut opened.journal.entry;
        let mut next = entry.clone();
        let (mut rejected, mut lists) = (Vec::new(), BTreeMap::new());
        for (stream, role, items) in &sent.awaited {
            let answer = self.sink.answer(*stream).await?;
            for (row, mut problems) in sent.enter((*stream, *role), items, answer, &mut next, &mut lists)? {
                problems.iter_mut().for_each(|problem| opened.rows.locate(problem));
                rejected.push((*role, row, problems));
            }
        }
        comments::settle(lists, &mut rejected, &mut next);
        for (role, row, problems) in rejected {
            let Some(row) = sent.rows.get(row) else { continue };
            opened.rejects.write(row.line, &row.raw, &problems).context("the file of rejected rows")?;
            match role {
                Role::Row | Role::Comments => {
                    report.reject(row.line, &problems);
                    next.rejected.insert(row.ordinal, problems);
                }
                Role::Companion => {
                    report.show(row.line, &problems);
                    next.accounts_rejected.insert(row.ordinal, problems);
                }
            }
        }
        sent.enter_local(&mut next);
        self.kept.flush().context("the kept comments")?;
        *entry = next;
        opened.journal.save().with_context(|| format!("the journal of {}", report.file))
    }

    /// Sends the profiles of everything that was read.
    async fn creators(&mut self, files: &mut [FileRun<'_>], report: &mut Report) -> anyhow::Result<()> {
        let creators = std::mem::take(&mut self.profiles);
        report.creators.without_profile = creators.without_profile();
        let mut contacts = creators.contacts();
        let creators = creators.into_creators();
        for chunk in chunks(creators) {
            let (ids, message): (Vec<CreatorId>, Vec<Creator>) = chunk.into_iter().unzip();
            self.sink.send(Message::Creators(message)).await?;
            let answer = self.sink.answer(Stream::Creators).await?;
            if answer.outcomes.len() != ids.len() {
                anyhow::bail!("the service accounted for {} of {} profiles", answer.outcomes.len(), ids.len());
            }
            let problems: HashMap<usize, Vec<Problem>> = answer.rejected.into_iter().collect();
            for (place, (id, outcome)) in ids.into_iter().zip(answer.outcomes).enumerate() {
                let known = !matches!(outcome, Outcome::Rejected | Outcome::Unspecified);
                if let Some(contact) = contacts.remove(&id).filter(|_| known)
                    && let Err(refusal) = self.sink.contact(contact).await?
                    && report.creators.problems.len() < SHOWN
                {
                    report.creators.problems.push(format!("the contact of {id}: {refusal}"));
                }
                let row = self.waiting.remove(&id).and_then(|(file, row)| files.get_mut(file).map(|file| (file, row)));
                let tally = &mut report.creators;
                match outcome {
                    Outcome::Created => tally.created += 1,
                    Outcome::Updated => tally.updated += 1,
                    Outcome::Unchanged => tally.unchanged += 1,
                    Outcome::Stale => tally.stale += 1,
                    Outcome::Rejected | Outcome::Unspecified => tally.rejected += 1,
                }
                let problems = problems.get(&place).map(Vec::as_slice).unwrap_or_default();
                if let Some(problem) = problems.first().filter(|_| tally.problems.len() < SHOWN) {
                    tally.problems.push(format!("{id}: {}", problem.sentence()));
                }
                if let Some((file, row)) = row {
                    file.settle_profile(&row, outcome, problems)?;
                }
            }
        }
        Ok(())
    }
}

impl FileRun<'_> {
    fn settle_profile(&mut self, row: &Waiting, outcome: Outcome, problems: &[Problem]) -> anyhow::Result<()> {
        match outcome {
            Outcome::Created | Outcome::Updated => self.report.tally.imported += 1,
            Outcome::Unchanged | Outcome::Stale => self.report.tally.duplicate += 1,
            Outcome::Rejected | Outcome::Unspecified => {
                self.report.reject(row.line, problems);
                if let Some(opened) = &mut self.opened {
                    opened.rejects.write(row.line, &row.raw, problems).context("the file of rejected rows")?;
                }
            }
        }
        Ok(())
    }

    /// Completes the report and the journal.
    fn finish(mut self, finished: bool) -> FileReport {
        let report = &mut self.report;
        if let Some(opened) = &mut self.opened {
            let entry = &mut opened.journal.entry;
            entry.finished = finished && report.refused.is_none();
            report.tally.imported += entry.imported;
            report.tally.kept += entry.kept;
            report.tally.comments = entry.comments.clone();
            report.tally.duplicate += entry.duplicate;
            report.tally.conflicting += entry.conflicting;
            report.tally.accounts = entry.accounts.clone();
            match opened.rejects.finish() {
                Ok(path) => report.rejects = path.map(path_text),
                Err(error) => report.notes.push(format!("the file of rejected rows could not be written: {error}")),
            }
            if finished && let Err(error) = opened.journal.save() {
                report.notes.push(format!("the journal could not be written: {error}"));
            }
        }
        let tally = &mut report.tally;
        if !finished {
            tally.unsent = tally.rows.saturating_sub(tally.imported + tally.kept + tally.duplicate + tally.rejected);
        }
        self.report
    }
}

fn path_text(path: &Path) -> String {
    path.display().to_string()
}

/// Whether an input is only not of the kind that is asked for.
fn does_not_fit(refusal: &Refusal) -> bool {
    const KINDS: [&str; 6] = ["NOT_A_CSV", "NOT_JSON", "EMPTY_FILE", "MISSING_COLUMN", "BAD_HEADER", "NOTHING_FITS"];
    KINDS.contains(&refusal.reason)
}

#[cfg(test)]
#[path = "pipeline/tests.rs"]
pub(super) mod tests;
