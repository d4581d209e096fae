//! Owns the arithmetic of a token bucket. Never a caller, and never the time.
//!
//! A bucket is one number: when it will be full again, in microseconds. What was taken pushes that time away, `1 / rate` seconds a
//! unit, and a bucket that would be full later than the time that it takes to fill an empty one has too little. (The "generic
//! cell rate algorithm", ITU-T I.371, which is the same as counting tokens.) One number is what a script on Redis reads and
//! writes at once.

use std::time::Duration;

/// How fast a bucket fills and how much it holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate {
    /// Units a second, above 0.
    pub(crate) per_second: u32,
    /// The most units at once, above 0.
    pub(crate) burst: u32,
}

impl Rate {
    /// None for a rate of 0: no limit.
    pub(crate) fn new(per_second: u32, burst: u32) -> Option<Self> {
        (per_second > 0).then_some(Self { per_second, burst: burst.max(1) })
    }

    /// Takes `cost` units at `now` from the bucket that is full at `full_at`, both in microseconds; answers when it is full then.
    /// Errors: there is too little; so many microseconds later there is enough. More than `burst` is never there.
    pub(crate) fn take(self, full_at: f64, now: f64, cost: u32) -> Result<f64, f64> {
        let after = self.bounded(full_at, now) + self.micros(cost);
        let wait = after - now - self.micros(self.burst);
        // Half a microsecond is below what clocks tell apart, and above what the sums of floats lose.
        if wait > 0.5 { Err(wait) } else { Ok(after) }
    }

    /// How many units are there, 0 to `burst`.
    pub(crate) fn left(self, full_at: f64, now: f64) -> u32 {
        let missing = self.bounded(full_at, now) - now;
        let left = (self.micros(self.burst) - missing + 0.5) / self.micros(1);
        // At most `burst`, and the cast takes the floor.
        (left.max(0.0) as u32).min(self.burst)
    }

    /// A clock that was set back must not close a bucket for longer than it takes to fill.
    fn bounded(self, full_at: f64, now: f64) -> f64 {
        full_at.clamp(now, now + self.micros(self.burst))
    }

    /// How long so many units take to come, in microseconds.
    fn micros(self, units: u32) -> f64 {
        f64::from(units) * 1e6 / f64::from(self.per_second)
    }
}

/// Microseconds as a time span, rounded up to a millisecond: who comes back then is served.
pub(crate) fn span(micros: f64) -> Duration {
    Duration::from_millis((micros / 1e3).ceil().max(0.0) as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let rate = Rate::new(10, 3).expect("a limit");
        let mut full_at = 0.0;
        for _ in 0..3 {
            full_at = rate.take(full_at, 1e9, 1).expect("there");
        }
        assert_eq!(rate.left(full_at, 1e9), 0);
        let wait = rate.take(full_at, 1e9, 1).expect_err("empty");
        assert_eq!(span(wait), Duration::from_millis(100));
        full_at = rate.take(full_at, 1e9 + wait, 1).expect("the wait that was told is enough");
        assert_eq!(rate.left(full_at, 2e9), 3, "it is full again, and not more");
        assert_eq!(Rate::new(0, 5), None);
    }

    #[test]
    fn a_clock_that_is_set_back_closes_nothing_for_long() {
        let rate = Rate::new(10, 30).expect("a limit");
        let wait = rate.take(9e12, 1e9, 1).expect_err("as if it were empty");
        assert!(span(wait) <= Duration::from_millis(100), "{wait}");
    }

    proptest! {
        #[test]
        fn never_more_is_given_than_burst_and_rate_times_time(
            (per_second, burst) in (1_u32..100_000, 1_u32..100_000),
            calls in prop::collection::vec((0_u32..2_000_000, 1_u32..200), 1..200),
        ) {
            let rate = Rate::new(per_second, burst).expect("a limit");
            let begin = 1.0e14;
            let (mut now, mut full_at, mut given) = (begin, 0.0, 0_u64);
            for (pause, cost) in calls {
                now += f64::from(pause);
                let there = rate.left(full_at, now);
                match rate.take(full_at, now, cost) {
                    Ok(after) => {
                        given += u64::from(cost);
                        full_at = after;
                    }
                    Err(wait) => {
                        prop_assert!(there <= cost, "{there} were there and {cost} refused");
                        let later = rate.take(full_at, now + wait, cost.min(burst));
                        prop_assert!(later.is_ok(), "the wait that was told is too short");
                    }
                }
            }
            let most = f64::from(burst) + (now - begin) / 1e6 * f64::from(per_second);
            prop_assert!(given as f64 <= most + 1.0, "{given} of {most}");
        }
    }
}
