//! Owns streams of state: a snapshot, then deltas, heartbeats when nothing happens. Never what is watched.
//!
//! A watcher holds a place in the change log and nothing else. It reads on only when its client takes what it has, and it
//! sends the state that is current then. So a slow client skips states, not creators, and costs others nothing.
//!
//! All watchers of a log that keep up read it from one memory; only who is further behind asks the database.

use std::{
    collections::{HashSet, VecDeque},
    future::Future,
    sync::Arc,
    time::Duration,
};

use futures::{StreamExt, stream, stream::BoxStream};
use jiff::Timestamp;
use tokio::time::Instant;
use tonic::Status;

use crate::{
    changes::{Change, ChangeLog, Follower, ReadError},
    clock::Clock,
    db::DbError,
    fault::{Code, Fault, Violations, status},
    task,
    token::Token,
};

/// Entries of a snapshot that are loaded at once.
const SNAPSHOT_PAGE: usize = 200;
/// Changes that are read at once; what is sent after them may be so many states old for a slow client.
const DELTA_PAGE: usize = 256;
/// The heartbeat when the client names none.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What a watcher tells its client.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<M> {
    /// The state of a key.
    State(String, M),
    /// The key is gone.
    Removed(String),
    /// The snapshot is complete and had so many keys.
    SnapshotEnd(i64),
    /// Nothing happened until this time.
    Heartbeat(Timestamp),
}

/// What can be watched. A source knows its watcher's filter and selection.
pub trait WatchSource: Send + Sync + 'static {
    /// The state of one key.
    type Message: Send;
    /// One message of the stream.
    type Response: Send + 'static;

    /// The states behind a place, in the order of keys, about `limit` of them. A key may have several messages, one behind
    /// the other.
    fn snapshot(
        &self,
        after_key: Option<String>,
        limit: usize,
    ) -> impl Future<Output = Result<Page<Self::Message>, Status>> + Send;

    /// What is to be told after changes, behind a place in it: the current states of their keys; none for what is gone or has
    /// left the filter. Keys that the watcher never asked for are left out. A state has all changes up to the position
    /// `floor`, because the watcher may have been told a state as new as that before.
    fn current(
        &self,
        changes: &[Arc<Change>],
        after: Option<String>,
        floor: i64,
    ) -> impl Future<Output = Result<Page<Option<Self::Message>>, Status>> + Send;

    /// The message for an event. The token is empty inside a snapshot.
    fn event(&self, event: Event<Self::Message>, resume_token: String) -> Self::Response;
}

/// A part of a snapshot, or of what changes brought.
#[derive(Debug)]
pub struct Page<M> {
    /// The states that pass the watcher's filter, each with its key.
    pub states: Vec<(String, M)>,
    /// The place to go on behind, in the source's own words; none when there is no more.
    pub last_key: Option<String>,
}

/// The keys of changes, each once, in the order in which they changed first.
pub fn keys(changes: &[Arc<Change>]) -> impl Iterator<Item = &str> {
    let mut seen = HashSet::new();
    changes.iter().map(|change| change.key.as_str()).filter(move |key| seen.insert(*key))
}

/// How a watcher begins and how often it gives a sign of life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchOptions {
    /// Whose log is watched; stands in resume tokens.
    pub service: &'static str,
    /// The position to go on behind, without a snapshot.
    pub resume: Option<i64>,
    /// Whether to begin with the next change.
    pub skip_snapshot: bool,
    /// The longest silence, 1 s to 5 min.
    pub heartbeat: Duration,
    /// Whether a heartbeat is also sent when changes have passed that are not told.
    pub tells_progress: bool,
}

impl WatchOptions {
    /// The same, telling how far the stream is even when there is nothing else to tell, or not.
    pub fn telling_progress(self, tells_progress: bool) -> Self {
        Self { tells_progress, ..self }
    }
}

/// Reads the options of a watch request. Errors: `INVALID_TOKEN`, `OUT_OF_RANGE`.
pub fn options(
    service: &'static str,
    resume_token: &str,
    skip_snapshot: bool,
    heartbeat: Option<prost_types::Duration>,
) -> Result<WatchOptions, Violations> {
    let mut problems = Violations::default();
    let mut resume = None;
    if !resume_token.is_empty() {
        match Token::parse(resume_token, "resume_token") {
            Ok(token) if token.service == service => resume = Some(token.position),
            Ok(token) => {
                problems.add(
                    "resume_token",
                    "INVALID_TOKEN",
                    format!("a token of {}, not of {service}", token.service),
                );
            }
            Err(problem) => problems.add(problem.field, problem.reason, problem.description),
        }
    }
    let mut silence = HEARTBEAT;
    if let Some(asked) = heartbeat {
        let seconds = asked.seconds as f64 + f64::from(asked.nanos) / 1e9;
        if (1.0..=300.0).contains(&seconds) {
            silence = Duration::from_secs_f64(seconds);
        } else {
            problems.add("heartbeat_interval", "OUT_OF_RANGE", format!("{seconds} s; accepted are 1 s to 300 s"));
        }
    }
    problems.check()?;
    Ok(WatchOptions { service, resume, skip_snapshot, heartbeat: silence, tells_progress: false })
}

/// Why a stream of changes ends.
#[derive(Debug, thiserror::Error)]
enum WatchFault {
    #[error("the log no longer reaches back to the resume token; watch again without one")]
    Expired { oldest: i64, newest: i64 },
    #[error("the node stops; watch again with the resume token")]
    Stopping,
    #[error("the change log cannot be read")]
    Log(#[from] DbError),
}

impl From<ReadError> for WatchFault {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Expired { oldest, newest } => Self::Expired { oldest, newest },
            ReadError::Db(error) => Self::Log(error),
        }
    }
}

impl Fault for WatchFault {
    fn code(&self) -> Code {
        match self {
            Self::Expired { .. } => Code::OutOfRange,
            Self::Stopping => Code::Unavailable,
            Self::Log(error) => error.code(),
        }
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::Expired { .. } => "RESUME_TOKEN_EXPIRED",
            Self::Stopping => "NODE_STOPPING",
            Self::Log(_) => "CHANGE_LOG_UNREADABLE",
        }
    }
    fn metadata(&self) -> Vec<(String, String)> {
        match self {
            Self::Expired { oldest, newest } => {
                vec![("oldest".into(), oldest.to_string()), ("newest".into(), newest.to_string())]
            }
            Self::Stopping | Self::Log(_) => Vec::new(),
        }
    }
}

/// One of the open streams that are counted, until it is dropped.
struct Open(&'static str);

impl Open {
    fn new(log: &'static str) -> Self {
        metrics::gauge!("watchers_open", "log" => log).increment(1.0);
        Self(log)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        metrics::gauge!("watchers_open", "log" => self.0).decrement(1.0);
    }
}

struct Watcher<S: WatchSource> {
    _open: Open,
    source: Arc<S>,
    log: ChangeLog,
    clock: Clock,
    options: WatchOptions,
    phase: Phase,
    /// Changes up to here are sent or waiting in `ready`.
    position: i64,
    /// Changes behind that are being told, and how far.
    telling: Option<(Vec<Arc<Change>>, Option<String>)>,
    /// What was told outside of deltas, by a snapshot or to the client's last stream, is no newer than this.
    floor: i64,
    follower: Follower,
    /// Whether the log is read from the database next: a read for all followers failed.
    asks: bool,
    ready: VecDeque<S::Response>,
    beat: Instant,
}

enum Phase {
    Start,
    Snapshot(Progress),
    Deltas,
    Over,
}

/// How far a snapshot is.
#[derive(Default)]
struct Progress {
    after: Option<String>,
    /// Keys that were told, and the last of them.
    count: i64,
    last: Option<String>,
}

/// The stream of a watcher. It ends only with an error.
pub fn stream<S: WatchSource>(
    source: Arc<S>,
    log: ChangeLog,
    clock: Clock,
    options: WatchOptions,
) -> BoxStream<'static, Result<S::Response, Status>> {
    let beat = Instant::now() + options.heartbeat;
    let (phase, ready) = (Phase::Start, VecDeque::new());
    let follower = log.follow();
    let (position, telling, floor, asks, _open) = (0, None, 0, false, Open::new(options.service));
    let watcher =
        Watcher { _open, source, log, clock, options, phase, position, telling, floor, follower, asks, ready, beat };
    stream::unfold(watcher, |mut watcher| async move {
        if let Some(message) = watcher.ready.pop_front() {
            watcher.beat = Instant::now() + watcher.options.heartbeat;
            return Some((Ok(message), watcher));
        }
        if matches!(watcher.phase, Phase::Over) {
            return None;
        }
        // A client may stop polling at any moment. What reads the database goes on by itself then, so that a stalled client
        // never holds a connection; what it read waits in `ready`.
        let filling = task::Owned::spawn("watch", async move {
            let filled = watcher.fill().await;
            (watcher, filled)
        });
        let (mut watcher, filled) = filling.await?;
        watcher.beat = Instant::now() + watcher.options.heartbeat;
        match filled {
            Ok(message) => Some((Ok(message), watcher)),
            Err(status) => {
                watcher.phase = Phase::Over;
                Some((Err(status), watcher))
            }
        }
    })
    .boxed()
}

impl<S: WatchSource> Watcher<S> {
    /// Reads on until there is a message.
    async fn fill(&mut self) -> Result<S::Response, Status> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                return Ok(message);
            }
            if self.log.is_closed() {
                return Err(status(&WatchFault::Stopping));
            }
            match &mut self.phase {
                Phase::Start => self.start().await?,
                Phase::Snapshot(progress) => {
                    let progress = std::mem::take(progress);
                    self.snapshot(progress).await?;
                }
                Phase::Deltas | Phase::Over => self.deltas().await?,
            }
        }
    }

    async fn start(&mut self) -> Result<(), Status> {
        let head = head(&self.log).await?;
        self.floor = head;
        if let Some(position) = self.options.resume {
            self.position = position;
            self.phase = Phase::Deltas;
            // Whether the log reaches back, and has come so far, only the database tells.
            self.asks = true;
            return Ok(());
        }
        // The place is taken before the snapshot: what changes during it is told again afterwards.
        self.position = head;
        self.phase = if self.options.skip_snapshot { Phase::Deltas } else { Phase::Snapshot(Progress::default()) };
        if self.options.skip_snapshot {
            self.beat();
        }
        Ok(())
    }

    async fn snapshot(&mut self, mut progress: Progress) -> Result<(), Status> {
        let page = self.source.snapshot(progress.after.take(), SNAPSHOT_PAGE).await?;
        for (key, state) in page.states {
            if progress.last.as_ref() != Some(&key) {
                progress.count += 1;
                progress.last = Some(key.clone());
            }
            self.ready.push_back(self.source.event(Event::State(key, state), String::new()));
        }
        if page.last_key.is_some() {
            progress.after = page.last_key;
            self.phase = Phase::Snapshot(progress);
        } else {
            self.floor = head(&self.log).await?;
            self.ready.push_back(self.source.event(Event::SnapshotEnd(progress.count), self.token()));
            self.phase = Phase::Deltas;
        }
        Ok(())
    }

    async fn deltas(&mut self) -> Result<(), Status> {
        let (changes, after) = match self.telling.take() {
            Some(telling) => telling,
            None => (self.read().await?, None),
        };
        let Some(last) = changes.last().map(|change| change.position) else {
            return self.wait().await;
        };
        let page = self.source.current(&changes, after, self.floor).await?;
        let before = self.token();
        let is_whole = page.last_key.is_none();
        if is_whole {
            self.position = last;
        } else {
            self.telling = Some((changes, page.last_key));
        }
        let count = page.states.len();
        for (place, (key, state)) in page.states.into_iter().enumerate() {
            let event = match state {
                Some(state) => Event::State(key, state),
                None => Event::Removed(key),
            };
            // Only the last message of all may claim the changes: a client that resumes earlier gets them again.
            let token = if is_whole && place + 1 == count { self.token() } else { before.clone() };
            self.ready.push_back(self.source.event(event, token));
        }
        let is_due = self.options.tells_progress || Instant::now() >= self.beat;
        if self.ready.is_empty() && is_whole && is_due {
            self.beat();
        }
        Ok(())
    }

    /// The next changes, from memory when they are there.
    async fn read(&mut self) -> Result<Vec<Arc<Change>>, Status> {
        if !std::mem::take(&mut self.asks)
            && let Some(changes) = self.follower.at_hand(self.position, DELTA_PAGE)
        {
            return Ok(changes);
        }
        let read = self.log.read(self.position, DELTA_PAGE).await.map_err(|error| status(&WatchFault::from(error)))?;
        Ok(read.into_iter().map(Arc::new).collect())
    }

    async fn wait(&mut self) -> Result<(), Status> {
        let waited = tokio::select! {
            () = self.log.closed() => return Ok(()),
            waited = tokio::time::timeout_at(self.beat, self.follower.beyond(self.position)) => waited,
        };
        match waited {
            Ok(outcome) => self.asks = outcome.is_err(),
            Err(_) => self.beat(),
        }
        Ok(())
    }

    fn beat(&mut self) {
        let event = Event::Heartbeat(self.clock.now());
        self.ready.push_back(self.source.event(event, self.token()));
    }

    fn token(&self) -> String {
        Token::new(self.options.service, self.position).to_string()
    }
}

async fn head(log: &ChangeLog) -> Result<i64, Status> {
    log.head().await.map_err(|error| status(&WatchFault::Log(error)))
}
