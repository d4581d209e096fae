//! Owns telling other replicas that a log has grown, and hearing it from them. Never what changed: who hears it looks into the log.
//!
//! A message is lost whenever Redis is away, or nobody listens yet; then readers find the change when they look the next time.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::watch;
use tracing::debug;

use crate::{Redis, task};

const RETRY_LEAST: Duration = Duration::from_millis(100);
const RETRY_MOST: Duration = Duration::from_secs(5);

/// What rings in every replica of a role when its log has grown; or nothing. Cheap to clone.
#[derive(Clone, Default)]
pub struct Bell(Option<Arc<Inner>>);

struct Inner {
    redis: Redis,
    logs: Arc<Logs>,
    /// Ends with the last log.
    _hearing: task::Owned<()>,
}

/// The logs of this process by channel.
struct Logs {
    by_channel: Mutex<BTreeMap<String, watch::Sender<i64>>>,
    /// How many there are.
    count: watch::Sender<usize>,
}

/// A log's own rope.
#[derive(Clone)]
pub(super) struct Rope {
    grown: watch::Sender<i64>,
    _bell: Bell,
}

impl fmt::Debug for Rope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rope")
    }
}

impl Bell {
    /// Nothing: who writes in another process is found out by looking.
    pub fn none() -> Self {
        Self(None)
    }

    /// A bell on Redis. All logs of the process share one connection that listens.
    pub fn new(redis: Redis) -> Self {
        let logs = Arc::new(Logs { by_channel: Mutex::default(), count: watch::channel(0).0 });
        let hearing = task::Owned::spawn("hear of changes", hear(redis.clone(), Arc::clone(&logs)));
        Self(Some(Arc::new(Inner { redis, logs, _hearing: hearing })))
    }

    /// Lets a service's log ring and be rung; none without a bell.
    pub(super) fn hang(&self, service: &'static str, published: &watch::Sender<i64>) -> Option<Rope> {
        let inner = self.0.as_ref()?;
        let channel = format!("{}:changes:{service}", inner.redis.prefix());
        let mut logs = inner.logs.by_channel.lock().unwrap_or_else(PoisonError::into_inner);
        logs.insert(channel.clone(), published.clone());
        inner.logs.count.send_replace(logs.len());
        drop(logs);
        let (grown, ring) = watch::channel(0);
        task::spawn("tell of changes", tell(inner.redis.clone(), channel, ring));
        Some(Rope { grown, _bell: self.clone() })
    }
}

impl Rope {
    /// Tells the others of a position, at once and without waiting; of several at a time only the last is told.
    pub(super) fn ring(&self, position: i64) {
        self.grown.send_replace(position);
    }
}

/// Ends with the log.
async fn tell(redis: Redis, channel: String, mut grown: watch::Receiver<i64>) {
    while grown.changed().await.is_ok() {
        let position = *grown.borrow_and_update();
        // Counted where it failed; the others look by themselves.
        _ = redis.publish(&channel, position).await;
    }
}

async fn hear(redis: Redis, logs: Arc<Logs>) {
    let mut count = logs.count.subscribe();
    let mut attempt = 0;
    loop {
        // The sender is in `logs`.
        _ = count.wait_for(|count| *count > 0).await;
        count.mark_unchanged();
        let channels: Vec<String> = {
            let logs = logs.by_channel.lock().unwrap_or_else(PoisonError::into_inner);
            logs.keys().cloned().collect()
        };
        match redis.listen(&channels).await {
            Ok(mut listening) => {
                attempt = 0;
                loop {
                    tokio::select! {
                        message = listening.next() => match message {
                            Some((channel, message)) => logs.wake(&channel, &message),
                            None => break,
                        },
                        _ = count.changed() => break,
                    }
                }
            }
            Err(error) => debug!(%error, attempt, "changes of other replicas are found by looking"),
        }
        tokio::time::sleep(task::backoff(attempt, RETRY_LEAST, RETRY_MOST)).await;
        attempt += 1;
    }
}

impl Logs {
    fn wake(&self, channel: &str, message: &[u8]) {
        let position = std::str::from_utf8(message).ok().and_then(|text| text.parse::<i64>().ok());
        let logs = self.by_channel.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(position), Some(published)) = (position, logs.get(channel)) {
            metrics::counter!("change_wakeups_total").increment(1);
            super::raise(published, position);
        }
    }
}
