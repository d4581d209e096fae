//! Owns the open way to Redis: made in the background, shared by all calls, thrown away when it breaks and made again. Never a call, and
//! never a call's time: while there is none, nobody waits.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{Notify, watch};
use tracing::{info, warn};

use super::{
    REST,
    place::{Line, Place},
    told,
};
use crate::task;

/// How long the making of a way may take, with all Sentinels or nodes that have to be asked.
const LONGEST: Duration = Duration::from_secs(5);
/// It is told so often at most that Redis is away.
const TELL: Duration = Duration::from_secs(30);

/// The way, while there is one.
pub(super) struct Keeper {
    pub(super) place: Place,
    state: Mutex<State>,
    broken: Notify,
    /// How often a way was made, or could not be.
    tries: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    line: Option<Line>,
    /// How many ways there were: who finds the way broken must not throw away the next one.
    turn: u64,
    /// When it was last told that there is none.
    told: Option<Instant>,
    is_told: bool,
    /// When it was last told that Redis refused something.
    refused: Option<Instant>,
}

impl Keeper {
    /// Makes ways as long as the task that is answered lives.
    pub(super) fn start(place: Place) -> (Arc<Self>, task::Owned<()>) {
        let (state, broken, tries) = (Mutex::default(), Notify::new(), watch::channel(0).0);
        let keeper = Arc::new(Self { place, state, broken, tries });
        let run = Arc::clone(&keeper);
        (keeper, task::Owned::spawn("keep the way to Redis", async move { run.keep().await }))
    }

    async fn keep(&self) {
        loop {
            let begun = Instant::now();
            match tokio::time::timeout(LONGEST, self.place.connect()).await {
                Ok(Ok(line)) => {
                    self.hold(line);
                    self.broken.notified().await;
                }
                Ok(Err(error)) => self.tell(&told(&error)),
                Err(_) => self.tell("no connection in time"),
            }
            self.tries.send_modify(|tries| *tries += 1);
            // What held for a while is made again at once; what breaks at once, or is not there, is left alone for a while.
            tokio::time::sleep(REST.saturating_sub(begun.elapsed())).await;
        }
    }

    /// The way and its number. None while there is none; only who comes before the first try has ended waits for it, up to
    /// `patience`.
    pub(super) async fn line(&self, patience: Duration) -> Option<(u64, Line)> {
        let found = self.held();
        if found.is_some() || *self.tries.borrow() > 0 {
            return found;
        }
        // Whichever comes first: its end, or the end of patience.
        _ = tokio::time::timeout(patience, self.tries.subscribe().wait_for(|tries| *tries > 0)).await;
        self.held()
    }

    fn held(&self) -> Option<(u64, Line)> {
        let state = self.lock();
        Some((state.turn, state.line.clone()?))
    }

    /// This way is broken: nobody takes it any more, and another one is made.
    pub(super) fn broke(&self, turn: u64, cause: &str) {
        let mut state = self.lock();
        if state.turn != turn || state.line.take().is_none() {
            return;
        }
        drop(state);
        metrics::gauge!("redis_connected").set(0.0);
        self.tell(cause);
        self.broken.notify_one();
    }

    /// Tells that a Redis that is well does not do something, e.g. because the user lacks a right.
    pub(super) fn refused(&self, verb: &'static str, code: &str) {
        let mut state = self.lock();
        if state.refused.is_none_or(|at| at.elapsed() > TELL) {
            state.refused = Some(Instant::now());
            drop(state);
            warn!(verb, code, "Redis refuses; calls go on without it");
        }
    }

    fn hold(&self, line: Line) {
        let mut state = self.lock();
        state.line = Some(line);
        state.turn += 1;
        let was_told = std::mem::take(&mut state.is_told);
        drop(state);
        metrics::gauge!("redis_connected").set(1.0);
        self.tries.send_modify(|tries| *tries += 1);
        if was_told {
            info!("Redis answers again");
        }
    }

    fn tell(&self, cause: &str) {
        let mut state = self.lock();
        if state.is_told || state.told.is_some_and(|at| at.elapsed() < TELL) {
            return;
        }
        state.told = Some(Instant::now());
        state.is_told = true;
        drop(state);
        warn!(cause, "Redis does not answer; each process goes on by itself until it does");
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
