//! Owns streams of state: a snapshot, then deltas, heartbeats when nothing happens. Never what is watched.
//!
//! A watcher holds a place in the change log and nothing else. It reads on only when its client takes what it has, and it
//! sends the state that is current then. So a slow client skips states, not creators, and costs others nothing.

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
    changes::{ChangeLog, ReadError},
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

    /// The states behind a key, in the order of keys, at most `limit`; an empty answer ends the snapshot.
    fn snapshot(
        &self,
        after_key: Option<String>,
        limit: usize,
    ) -> impl Future<Output = Result<Page<Self::Message>, Status>> + Send;

    /// The current states of keys; none for what is gone or has left the filter. Keys that the watcher never asked for are
    /// left out.
    fn current(&self, keys: Vec<String>) -> impl Future<Output = Result<Vec<Current<Self::Message>>, Status>> + Send;

    /// Whether changes of this kind are told; all unless a source says otherwise.
    fn wants_kind(&self, _kind: i64) -> bool {
        true
    }

    /// The message for an event. The token is empty inside a snapshot.
    fn event(&self, event: Event<Self::Message>, resume_token: String) -> Self::Response;
}

/// A key and its state; none for what is gone or has left the filter.
pub type Current<M> = (String, Option<M>);

/// A part of a snapshot.
#[derive(Debug)]
pub struct Page<M> {
    /// The states that pass the watcher's filter, in the order of keys.
    pub states: Vec<(String, M)>,
    /// The last key that was looked at, to go on behind; none when there are no more.
    pub last_key: Option<String>,
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
    Ok(WatchOptions { service, resume, skip_snapshot, heartbeat: silence })
}

/// Why a stream of changes ends.
#[derive(Debug, thiserror::Error)]
enum WatchFault {
    #[error("the log no longer reaches back to the resume token; watch again without one")]
    Expired { oldest: i64, newest: i64 },
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
            Self::Log(error) if error.is_transient() => Code::Unavailable,
            Self::Log(_) => Code::Internal,
        }
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::Expired { .. } => "RESUME_TOKEN_EXPIRED",
            Self::Log(_) => "CHANGE_LOG_UNREADABLE",
        }
    }
    fn metadata(&self) -> Vec<(String, String)> {
        match self {
            Self::Expired { oldest, newest } => {
                vec![("oldest".into(), oldest.to_string()), ("newest".into(), newest.to_string())]
            }
            Self::Log(_) => Vec::new(),
        }
    }
}

struct Watcher<S: WatchSource> {
    source: Arc<S>,
    log: ChangeLog,
    clock: Clock,
    options: WatchOptions,
    phase: Phase,
    /// Changes up to here are sent or waiting in `ready`.
    position: i64,
    ready: VecDeque<S::Response>,
    beat: Instant,
}

enum Phase {
    Start,
    Snapshot { after: Option<String>, count: i64 },
    Deltas,
    Over,
}

/// The stream of a watcher. It ends only with an error.
pub fn stream<S: WatchSource>(
    source: Arc<S>,
    log: ChangeLog,
    clock: Clock,
    options: WatchOptions,
) -> BoxStream<'static, Result<S::Response, Status>> {
    let beat = Instant::now() + options.heartbeat;
    let watcher =
        Watcher { source, log, clock, options, phase: Phase::Start, position: 0, ready: VecDeque::new(), beat };
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
            match &mut self.phase {
                Phase::Start => self.start().await?,
                Phase::Snapshot { after, count } => {
                    let (after, count) = (after.take(), *count);
                    self.snapshot(after, count).await?;
                }
                Phase::Deltas | Phase::Over => self.deltas().await?,
            }
        }
    }

    async fn start(&mut self) -> Result<(), Status> {
        if let Some(position) = self.options.resume {
            self.position = position;
            self.phase = Phase::Deltas;
            return Ok(());
        }
        // The place is taken before the snapshot: what changes during it is told again afterwards.
        self.position = self.log.head().await.map_err(|error| status(&WatchFault::Log(error)))?;
        self.phase = if self.options.skip_snapshot { Phase::Deltas } else { Phase::Snapshot { after: None, count: 0 } };
        if self.options.skip_snapshot {
            let event = Event::Heartbeat(self.clock.now());
            self.ready.push_back(self.source.event(event, self.token()));
        }
        Ok(())
    }

    async fn snapshot(&mut self, after: Option<String>, count: i64) -> Result<(), Status> {
        let page = self.source.snapshot(after, SNAPSHOT_PAGE).await?;
        let count = count + page.states.len() as i64;
        for (key, state) in page.states {
            self.ready.push_back(self.source.event(Event::State(key, state), String::new()));
        }
        if page.last_key.is_some() {
            self.phase = Phase::Snapshot { after: page.last_key, count };
        } else {
            self.ready.push_back(self.source.event(Event::SnapshotEnd(count), self.token()));
            self.phase = Phase::Deltas;
        }
        Ok(())
    }

    async fn deltas(&mut self) -> Result<(), Status> {
        let changes =
            self.log.read(self.position, DELTA_PAGE).await.map_err(|error| status(&WatchFault::from(error)))?;
        let Some(last) = changes.last().map(|change| change.position) else {
            return self.wait().await;
        };
        let mut seen = HashSet::new();
        let told = changes.into_iter().filter(|change| self.source.wants_kind(change.kind));
        let keys: Vec<String> = told.map(|change| change.key).filter(|key| seen.insert(key.clone())).collect();
        let states = self.source.current(keys).await?;
        let before = self.token();
        self.position = last;
        let count = states.len();
        for (place, (key, state)) in states.into_iter().enumerate() {
            let event = match state {
                Some(state) => Event::State(key, state),
                None => Event::Removed(key),
            };
            // Only the last message of a page may claim the page: a client that resumes earlier gets the page again.
            let token = if place + 1 == count { self.token() } else { before.clone() };
            self.ready.push_back(self.source.event(event, token));
        }
        Ok(())
    }

    async fn wait(&mut self) -> Result<(), Status> {
        if tokio::time::timeout_at(self.beat, self.log.wait_beyond(self.position)).await.is_err() {
            let event = Event::Heartbeat(self.clock.now());
            self.ready.push_back(self.source.event(event, self.token()));
        }
        Ok(())
    }

    fn token(&self) -> String {
        Token::new(self.options.service, self.position).to_string()
    }
}
