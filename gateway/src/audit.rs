//! Owns the audit log: which calls are written, and the queue between calls and the writing. Never a request, an answer or a
//! secret, and never a call that waits: when the queue is full, lines are dropped, counted and told.

mod store;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use creatorscope_kit::{
    clock::Clock,
    config::Problems,
    db::{Db, DbError},
    fault::causes,
    task,
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;
use tonic::Code;
use tracing::warn;

pub(crate) use self::store::{Asked, Store};
use crate::policy::Method;

/// Lines that may wait.
const QUEUE: usize = 20_000;
/// Lines that are written at once.
const BATCH: usize = 2_000;

/// `[audit]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct AuditConfig {
    stdout: bool,
    table: bool,
    sample: f64,
    days: u32,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self { stdout: false, table: true, sample: 1.0, days: 90 }
    }
}

impl AuditConfig {
    /// Tells every setting that is out of its range.
    pub fn check(&self, problems: &mut Problems) {
        if !(0.0..=1.0).contains(&self.sample) {
            problems.add(format!("audit.sample: {}; accepted are 0.0 to 1.0", self.sample));
        }
        problems.range("audit.days", self.days, 1..=3_650);
    }

    /// Whether there is a table.
    pub(crate) fn table(&self) -> bool {
        self.table
    }

    /// How long lines are kept in the table.
    pub(crate) fn kept(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.days))
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// Later lines have greater ones.
    pub(crate) id: String,
    pub(crate) ended_at: Timestamp,
    /// In microseconds.
    pub(crate) duration: i64,
    pub(crate) tenant: String,
    pub(crate) key: String,
    pub(crate) method: String,
    pub(crate) code: String,
    pub(crate) reason: String,
    pub(crate) units: i64,
    pub(crate) request_id: String,
    pub(crate) peer_address: String,
}

impl Event {
    /// A line of JSON.
    fn to_line(&self) -> String {
        let millis = self.duration as f64 / 1e3;
        let mut line = json!({
            "audit": self.id, "time": self.ended_at.to_string(), "millis": millis, "tenant": self.tenant, "key": self.key,
            "method": self.method, "code": self.code, "reason": self.reason, "quota_units": self.units,
            "request_id": self.request_id, "peer_address": self.peer_address,
        })
        .to_string();
        line.push('\n');
        line
    }
}

/// Where calls leave their lines.
pub(crate) struct Audit {
    queue: Option<mpsc::Sender<Event>>,
    sample: f64,
    dropped: AtomicU64,
    /// Lines that were given an id.
    count: AtomicU64,
    /// Tells this process from others.
    process: u32,
}

/// The other end of the queue.
pub(crate) struct Writer {
    audit: Arc<Audit>,
    queue: Option<mpsc::Receiver<Event>>,
    batch: Vec<Event>,
    store: Option<Store>,
    stdout: bool,
}

/// Both ends, by the settings.
pub(crate) fn open(config: &AuditConfig, db: &Db) -> (Arc<Audit>, Writer) {
    let on = config.stdout || config.table;
    let (sender, receiver) = mpsc::channel(QUEUE);
    let audit = Arc::new(Audit {
        queue: on.then_some(sender),
        sample: config.sample,
        dropped: AtomicU64::default(),
        count: AtomicU64::default(),
        process: fastrand::u32(..),
    });
    let store = config.table.then(|| Store::new(db.clone()));
    let queue = on.then_some(receiver);
    let writer = Writer { audit: Arc::clone(&audit), queue, batch: Vec::new(), store, stdout: config.stdout };
    (audit, writer)
}

impl Audit {
    /// Whether a call that ended so is written. Who was not let in, and what the contract says is always written.
    pub(crate) fn wants(&self, method: Option<&Method>, code: Code) -> bool {
        let always = matches!(code, Code::Unauthenticated | Code::PermissionDenied)
            || method.is_some_and(|method| method.audited);
        self.queue.is_some() && (always || self.sample >= 1.0 || fastrand_below(self.sample))
    }

    /// An id for a line of this time: in the order of time and, in one process, of lines.
    pub(crate) fn id(&self, time: Timestamp) -> String {
        let micros = time.as_microsecond().max(0);
        let count = self.count.fetch_add(1, Ordering::Relaxed) & 0xff_ffff;
        format!("{micros:014x}-{count:06x}-{:08x}", self.process)
    }

    /// Leaves a line. It never waits.
    pub(crate) fn leave(&self, event: Event) {
        if self.queue.as_ref().is_some_and(|queue| queue.try_send(event).is_err()) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn fastrand_below(share: f64) -> bool {
    share > 0.0 && fastrand::f64() < share
}

impl Writer {
    /// Takes lines from the queue until there are so many that they should be written; for ever when too few come.
    pub(crate) async fn filled(&mut self) {
        let Some(queue) = &mut self.queue else { return std::future::pending().await };
        // What could not be written a moment ago waits for its next time.
        if self.batch.len() >= BATCH {
            return std::future::pending().await;
        }
        while self.batch.len() < BATCH {
            if queue.recv_many(&mut self.batch, BATCH).await == 0 {
                return std::future::pending().await;
            }
        }
    }

    /// Writes all lines that wait. What cannot be written stays for the next time, as far as the queue reaches.
    pub(crate) async fn write(&mut self) {
        loop {
            while let Some(event) =
                self.queue.as_mut().filter(|_| self.batch.len() < BATCH).and_then(|queue| queue.try_recv().ok())
            {
                self.batch.push(event);
            }
            let dropped = self.audit.dropped.swap(0, Ordering::Relaxed);
            if dropped > 0 {
                metrics_dropped(dropped);
                warn!(dropped, "lines of the audit log were dropped, because more came than can be written");
            }
            if self.batch.is_empty() {
                return;
            }
            if let Err(error) = self.keep().await {
                warn!(cause = causes(&error), "the audit log cannot be written to its table; it is tried again");
                return;
            }
            let whole = self.batch.len() >= BATCH;
            self.print().await;
            self.batch.clear();
            if !whole {
                return;
            }
        }
    }

    async fn keep(&self) -> Result<(), DbError> {
        match &self.store {
            Some(store) => store.add(&self.batch).await,
            None => Ok(()),
        }
    }

    async fn print(&self) {
        if !self.stdout {
            return;
        }
        let lines: String = self.batch.iter().map(Event::to_line).collect();
        let printed =
            task::blocking(move || std::io::Write::write_all(&mut std::io::stdout().lock(), lines.as_bytes()));
        if !matches!(printed.await, Ok(Ok(()))) {
            warn!("the audit log cannot be written to standard output");
        }
    }
}

fn metrics_dropped(count: u64) {
    metrics::counter!("audit_dropped_total").increment(count);
}

/// Removes lines that are older than they are kept. Errors: the database's.
pub(crate) async fn purge(store: &Store, config: &AuditConfig, clock: &Clock) -> Result<u64, DbError> {
    let now = clock.now();
    store.purge(now, now.saturating_sub(config.kept()).unwrap_or(Timestamp::MIN)).await
}

#[cfg(test)]
mod tests;
