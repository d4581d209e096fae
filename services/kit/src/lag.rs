//! Owns telling how far followers are behind the logs that they follow. Never following itself.
//!
//! A log's newest position is asked for every few seconds; the oldest answer that the follower has not come to yet tells for how long it is
//! behind.

use std::{collections::VecDeque, future::Future, time::Duration};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{onward::Onward, role::BoxError};

/// How often is asked.
const EVERY: Duration = Duration::from_secs(5);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// So many positions are remembered of a follower that stands still: more than an hour.
const MOST: usize = 1_024;

/// The positions of a log that a follower has not come to yet, each with when it was seen first.
#[derive(Debug, Default)]
struct Behind {
    seen: VecDeque<(i64, Instant)>,
    newest: i64,
}

impl Behind {
    /// Changes that are not taken yet, and for how long the oldest of them is known.
    fn note(&mut self, head: Option<i64>, reached: i64, now: Instant) -> (i64, Duration) {
        if let Some(head) = head {
            if head < self.newest {
                // Another log: its tables were set up anew.
                self.seen.clear();
            }
            self.newest = head;
        }
        self.seen.retain(|(position, _)| *position > reached);
        let is_new = self.seen.back().is_none_or(|(position, _)| *position < self.newest);
        if self.newest > reached && is_new && self.seen.len() < MOST {
            self.seen.push_back((self.newest, now));
        }
        let since = self.seen.front().map_or(Duration::ZERO, |(_, since)| now.duration_since(*since));
        ((self.newest - reached).max(0), since)
    }
}

/// Tells until `stop` how far `follower` is behind `log`: `reached` is where it is, `head` where the log is, none when that cannot be known
/// now. It never fails.
pub async fn tell<F>(
    log: &'static str,
    follower: &'static str,
    reached: impl Fn() -> i64,
    head: impl Fn() -> F,
    stop: CancellationToken,
) -> Result<(), BoxError>
where
    F: Future<Output = Option<i64>>,
{
    let mut behind = Behind::default();
    loop {
        // What looks is no part of anybody's trace.
        let asked = tokio::time::timeout(PATIENCE, Onward::untraced().scope(head()));
        let Some(answer) = stop.run_until_cancelled(asked).await else { return Ok(()) };
        let head = answer.ok().flatten();
        let (changes, seconds) = behind.note(head, reached(), Instant::now());
        if let Some(head) = head {
            metrics::gauge!("change_log_position", "log" => log).set(head as f64);
        }
        let labels = [("log", log), ("follower", follower)];
        metrics::gauge!("follower_lag_changes", &labels).set(changes as f64);
        metrics::gauge!("follower_lag_seconds", &labels).set(seconds.as_secs_f64());
        if stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_follower_is_behind_since_the_oldest_change_that_it_lacks() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let mut behind = Behind::default();
        assert_eq!(behind.note(Some(10), 10, start), (0, Duration::ZERO));
        assert_eq!(behind.note(Some(20), 10, start + second), (10, Duration::ZERO));
        assert_eq!(behind.note(Some(30), 15, start + 3 * second), (15, 2 * second));
        assert_eq!(behind.note(Some(30), 20, start + 4 * second), (10, second));
        assert_eq!(behind.note(Some(30), 30, start + 5 * second), (0, Duration::ZERO));
    }

    #[test]
    fn while_the_log_cannot_be_asked_what_is_known_of_it_goes_on_to_count() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let mut behind = Behind::default();
        behind.note(Some(5), 1, start);
        assert_eq!(behind.note(None, 1, start + 7 * second), (4, 7 * second));
        assert_eq!(behind.note(None, 5, start + 8 * second), (0, Duration::ZERO));
    }

    #[test]
    fn a_log_that_begins_again_is_no_old_debt() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let mut behind = Behind::default();
        behind.note(Some(500), 400, start);
        assert_eq!(behind.note(Some(3), 0, start + second), (3, Duration::ZERO));
    }
}
