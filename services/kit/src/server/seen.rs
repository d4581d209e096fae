//! Owns what is known of a connection while it lives: its calls, its silence, its resets. Never a decision to close it but one:
//! too many calls given up.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use super::limits::Limits;

/// The time within which calls that are given up are counted.
const RESETS_WITHIN: Duration = Duration::from_secs(10);

/// What is known of a connection. Times are milliseconds of its life, so that they fit into atomics.
pub(super) struct Seen {
    began: Instant,
    http2: AtomicBool,
    /// Calls that are open.
    calls: AtomicU32,
    /// Since when no call is open.
    quiet_since: AtomicU64,
    /// When the head of a request began that is not yet whole; 0 for none.
    head_since: AtomicU64,
    stalled: AtomicBool,
    resets: AtomicU32,
    resets_since: AtomicU64,
    /// Told when the client has given up too many calls.
    pub(super) abused: Notify,
}

impl Seen {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            http2: AtomicBool::new(false),
            calls: AtomicU32::new(0),
            quiet_since: AtomicU64::new(0),
            head_since: AtomicU64::new(0),
            stalled: AtomicBool::new(false),
            resets: AtomicU32::new(0),
            resets_since: AtomicU64::new(0),
            abused: Notify::new(),
        })
    }

    fn now(&self) -> u64 {
        // 0 stands for never.
        (self.began.elapsed().as_millis() as u64).max(1)
    }

    fn at(&self, millis: u64) -> Instant {
        self.began + Duration::from_millis(millis)
    }

    pub(super) fn is_http2(&self) {
        self.http2.store(true, Relaxed);
    }

    pub(super) fn stalled(&self) {
        self.stalled.store(true, Relaxed);
    }

    pub(super) fn has_stalled(&self) -> bool {
        self.stalled.load(Relaxed)
    }

    /// Bytes came.
    pub(super) fn read(&self) {
        if self.calls.load(Relaxed) == 0 && self.head_since.load(Relaxed) == 0 {
            self.head_since.store(self.now(), Relaxed);
        }
    }

    /// A call began; it ends when the answer is dropped.
    pub(super) fn call(self: &Arc<Self>) -> OpenCall {
        self.calls.fetch_add(1, Relaxed);
        self.head_since.store(0, Relaxed);
        OpenCall(Arc::clone(self))
    }

    /// The client gave up a call.
    pub(super) fn reset(&self, most: u32) {
        let now = self.now();
        if now.saturating_sub(self.resets_since.load(Relaxed)) > RESETS_WITHIN.as_millis() as u64 {
            self.resets_since.store(now, Relaxed);
            self.resets.store(0, Relaxed);
        }
        if self.resets.fetch_add(1, Relaxed) >= most {
            self.abused.notify_one();
        }
    }

    /// Whether it is time to close, or when to ask again. One that has `aged` was told so.
    pub(super) fn judge(&self, limits: &Limits, aged: bool, now: Instant) -> Verdict {
        let mut again = now + limits.idle();
        if self.calls.load(Relaxed) == 0 {
            let idle = self.at(self.quiet_since.load(Relaxed)) + limits.idle();
            if idle <= now {
                return Verdict::Idle;
            }
            again = idle;
        }
        if !self.http2.load(Relaxed) {
            let head = self.head_since.load(Relaxed);
            let late = self.at(head) + limits.header();
            if head > 0 && late <= now {
                return Verdict::SlowHead;
            }
            // A head may begin at any time, and is then judged one turn later at the latest.
            again = again.min(if head > 0 { late } else { now + limits.header() });
        }
        if let Some(age) = limits.age().filter(|_| !aged) {
            let old = self.began + age;
            if old <= now {
                return Verdict::Old;
            }
            again = again.min(old);
        }
        Verdict::Wait(again)
    }
}

/// What is to be done with a connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing until then.
    Wait(Instant),
    /// There was no call for too long.
    Idle,
    /// The head of a request is not whole after too long.
    SlowHead,
    /// It has lived long enough.
    Old,
}

/// A call that is open until this is dropped.
pub(super) struct OpenCall(Arc<Seen>);

impl Drop for OpenCall {
    fn drop(&mut self) {
        if self.0.calls.fetch_sub(1, Relaxed) == 1 {
            self.0.quiet_since.store(self.0.now(), Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        toml::from_str("header_seconds = 5\nidle_seconds = 20\nage_seconds = 100").expect("limits")
    }

    #[test]
    fn a_connection_without_calls_is_idle_after_its_time() {
        let (seen, limits) = (Seen::new(), limits());
        seen.is_http2();
        let at = |seconds| seen.judge(&limits, false, seen.began + Duration::from_secs(seconds));
        assert_eq!(at(0), Verdict::Wait(seen.began + limits.idle()));
        assert_eq!(at(20), Verdict::Idle);
        let call = seen.call();
        assert!(matches!(at(30), Verdict::Wait(_)));
        seen.quiet_since.store(0, Relaxed);
        drop(call);
        assert!(seen.quiet_since.load(Relaxed) > 0);
        assert_eq!(at(30), Verdict::Idle);
    }

    #[test]
    fn a_head_that_is_never_whole_is_slow_but_silence_is_not() {
        let (seen, limits) = (Seen::new(), limits());
        let at = |seconds| seen.judge(&limits, false, seen.began + Duration::from_secs(seconds));
        assert!(matches!(at(19), Verdict::Wait(_)));
        seen.read();
        assert!(matches!(at(4), Verdict::Wait(_)));
        assert_eq!(at(6), Verdict::SlowHead);
        let call = seen.call();
        assert!(matches!(at(6), Verdict::Wait(_)));
        seen.read();
        drop(call);
        assert!(matches!(at(6), Verdict::Wait(_)));
        seen.read();
        seen.is_http2();
        assert!(matches!(at(6), Verdict::Wait(_)));
    }

    #[test]
    fn a_connection_grows_old_although_it_is_busy() {
        let (seen, limits) = (Seen::new(), limits());
        let _call = seen.call();
        assert_eq!(seen.judge(&limits, false, seen.began + Duration::from_secs(100)), Verdict::Old);
    }

    #[tokio::test]
    async fn too_many_resets_within_ten_seconds_are_told() {
        let seen = Seen::new();
        let told = || futures::FutureExt::now_or_never(seen.abused.notified()).is_some();
        for _ in 0..3 {
            seen.reset(3);
        }
        assert!(!told());
        seen.reset(3);
        assert!(told());
        // The window began long ago.
        let later = Seen {
            began: seen.began - 2 * RESETS_WITHIN,
            resets: AtomicU32::new(3),
            ..Arc::into_inner(Seen::new()).expect("one")
        };
        later.reset(3);
        assert!(futures::FutureExt::now_or_never(later.abused.notified()).is_none());
    }
}
