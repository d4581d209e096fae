//! Owns the linear delivery index. Never a forecast: see `forecast` for what will be reached.
//!
//! `index = delivered / (target / total_days × elapsed_days)`, under at 0.90 and below, over at 1.10 and above: the
//! on-schedule indicator of advertising operations (Basis Technologies, formerly Centro). Posts bring their views
//! mostly in their first days, so an index far from 1 early in a campaign is no alarm by itself.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Delivery at or below this part of the line is behind.
pub const UNDER_EDGE: f64 = 0.90;
/// Delivery at or above this part of the line is ahead.
pub const OVER_EDGE: f64 = 1.10;

/// What is to be delivered, and in which time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goal {
    /// Delivery counts from here.
    pub start: Timestamp,
    /// Delivery counts until here, after the start.
    pub deadline: Timestamp,
    /// Units to deliver, above 0.
    pub target: f64,
}

/// Where delivery stands against the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaceState {
    /// No time has passed since the start, or it lies ahead.
    NotStarted,
    /// Index at or below [`UNDER_EDGE`].
    Under,
    /// Between the edges.
    OnTrack,
    /// Index at or above [`OVER_EDGE`].
    Over,
    /// Nothing can be said: the goal has no target or no time, or delivery is not a number.
    Unmeasurable,
}

/// Delivery against the line at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// The index; none when the state is not started or unmeasurable.
    pub index: Option<f64>,
    /// What the index means.
    pub state: PaceState,
    /// Units that the line asks for by now; the whole target from the deadline on.
    pub expected: f64,
    /// The part of the time that is over, 0 to 1.
    pub elapsed: f64,
    /// Whether the deadline has passed: then the index compares with the whole target and stays.
    pub ended: bool,
    /// Whether the target is reached.
    pub reached: bool,
}

/// Compares what was delivered by `at` with the line.
pub fn pace(goal: &Goal, delivered: f64, at: Timestamp) -> Pace {
    let total = goal.deadline.duration_since(goal.start).as_secs_f64();
    let passed = at.duration_since(goal.start).as_secs_f64();
    let measurable = total > 0.0 && goal.target.is_finite() && goal.target > 0.0 && delivered.is_finite();
    let elapsed = if total > 0.0 { (passed / total).clamp(0.0, 1.0) } else { 0.0 };
    let expected = if measurable { goal.target * elapsed } else { 0.0 };
    let index = (measurable && expected > 0.0).then(|| delivered.max(0.0) / expected);
    let state = match index {
        _ if !measurable => PaceState::Unmeasurable,
        None => PaceState::NotStarted,
        Some(index) if index <= UNDER_EDGE => PaceState::Under,
        Some(index) if index >= OVER_EDGE => PaceState::Over,
        Some(_) => PaceState::OnTrack,
    };
    Pace {
        index,
        state,
        expected,
        elapsed,
        ended: at >= goal.deadline,
        reached: measurable && delivered >= goal.target,
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    fn goal() -> Goal {
        let start: Timestamp = "2026-08-01T00:00:00Z".parse().expect("a moment");
        Goal { start, deadline: start + SignedDuration::from_hours(240), target: 1_000.0 }
    }

    fn after(hours: i64, delivered: f64) -> Pace {
        pace(&goal(), delivered, goal().start + SignedDuration::from_hours(hours))
    }

    #[test]
    fn half_the_target_at_half_the_time_is_on_track() {
        let half = after(120, 500.0);
        assert_eq!((half.index, half.state, half.expected), (Some(1.0), PaceState::OnTrack, 500.0));
    }

    #[test]
    fn the_edges_themselves_are_under_and_over() {
        assert_eq!(after(120, 450.0).state, PaceState::Under);
        assert_eq!(after(120, 450.1).state, PaceState::OnTrack);
        assert_eq!(after(120, 549.9).state, PaceState::OnTrack);
        assert_eq!(after(120, 550.1).state, PaceState::Over);
    }

    #[test]
    fn before_and_at_the_start_there_is_no_index() {
        for hours in [-5, 0] {
            let pace = after(hours, 100.0);
            assert_eq!((pace.index, pace.state, pace.expected), (None, PaceState::NotStarted, 0.0));
        }
    }

    #[test]
    fn after_the_deadline_delivery_is_held_against_the_whole_target() {
        let late = after(480, 800.0);
        assert!(late.ended && !late.reached);
        assert_eq!((late.index, late.state), (Some(0.8), PaceState::Under));
        assert!(after(480, 1_000.0).reached);
    }

    #[test]
    fn a_goal_without_time_or_target_is_unmeasurable() {
        let none = Goal { deadline: goal().start, ..goal() };
        assert_eq!(pace(&none, 5.0, goal().deadline).state, PaceState::Unmeasurable);
        let empty = Goal { target: 0.0, ..goal() };
        assert_eq!(pace(&empty, 5.0, goal().deadline).state, PaceState::Unmeasurable);
        assert_eq!(after(120, f64::NAN).state, PaceState::Unmeasurable);
    }

    proptest! {
        #[test]
        fn the_index_times_what_is_expected_is_what_was_delivered(hours in 1..500_i64, delivered in 0.0..1e9_f64) {
            let pace = after(hours, delivered);
            let index = pace.index.expect("started");
            prop_assert!((index * pace.expected - delivered).abs() <= 1e-6 * delivered.max(1.0));
            prop_assert!((0.0..=1.0).contains(&pace.elapsed));
        }
    }
}
