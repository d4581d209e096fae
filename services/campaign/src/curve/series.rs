//! Owns a post's readings as a clean series of ages and views. Never a forecast.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// Below this part of what was already seen a reading is taken for a fault unless the next one agrees.
const FALL: f64 = 0.7;
/// The speed is taken over this part of the age …
const SPEED_PART: f64 = 0.15;
/// … at least and at most so many hours.
const SPEED_HOURS: (f64, f64) = (1.0, 6.0);
/// A speed over less than this many hours says nothing.
const SHORTEST_SPEED: f64 = 0.3;

/// What was read of a post at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// When it was read.
    pub at: Timestamp,
    /// The views; none when they were hidden.
    pub views: Option<u64>,
}

/// Ages in hours and views, ages strictly rising, views above 0 (they may fall a little).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    points: Vec<(f64, f64)>,
}

impl Series {
    /// Takes readings in any order; leaves out what was read before publication or after `as_of`, hidden and zero
    /// counts, all but the last of one moment, and single falls below 70 % of what was there. A fall that the next
    /// reading confirms is believed: then what lay above it is left out.
    pub fn new(published: Timestamp, readings: &[Reading], as_of: Timestamp) -> Self {
        let known = readings.iter().filter(|it| it.at > published && it.at <= as_of);
        let known = known.filter_map(|it| Some((it.at, it.views.filter(|views| *views > 0)?)));
        let by_moment: BTreeMap<Timestamp, u64> = known.collect();
        let mut points: Vec<(f64, f64)> = Vec::with_capacity(by_moment.len());
        let mut doubtful: Option<(f64, f64)> = None;
        for (at, views) in by_moment {
            let point = (hours(published, at), views as f64);
            if points.last().is_some_and(|last| point.1 < last.1 * FALL) {
                let Some(first) = doubtful.replace(point) else { continue };
                points.retain(|older| older.1 * FALL <= first.1);
                points.push(first);
            }
            doubtful = None;
            points.push(point);
        }
        Self { points }
    }

    /// Makes a series of ages in hours and views that are known to be clean.
    #[cfg(test)]
    pub(crate) fn of(points: &[(f64, f64)]) -> Self {
        Self { points: points.to_vec() }
    }

    /// The points, by age.
    pub fn points(&self) -> &[(f64, f64)] {
        &self.points
    }

    /// The part up to an age, in hours.
    pub fn until(&self, age: f64) -> Self {
        let end = self.points.partition_point(|point| point.0 <= age);
        Self { points: self.points[..end].to_vec() }
    }

    /// The last point.
    pub fn last(&self) -> Option<(f64, f64)> {
        self.points.last().copied()
    }

    /// `ln V` at an age between the first and the last point, by straight lines over age; none outside.
    pub fn log_views(&self, age: f64) -> Option<f64> {
        let right = self.points.partition_point(|point| point.0 < age);
        let (later, views) = *self.points.get(right)?;
        if right == 0 {
            return (later == age).then(|| views.ln());
        }
        let (earlier, before) = self.points[right - 1];
        let part = (age - earlier) / (later - earlier);
        Some(before.ln() + (views.ln() - before.ln()) * part)
    }

    /// The span over which the present speed is taken: the age it starts at and the views gained since, at least 0. It
    /// reaches back 15 % of the age (1 to 6 hours), to the nearest reading at or before that; none where there is only
    /// one reading or all lie too near together.
    pub fn recent_gain(&self) -> Option<(f64, f64)> {
        let (age, views) = self.last()?;
        let back = age - (age * SPEED_PART).clamp(SPEED_HOURS.0, SPEED_HOURS.1);
        let start = self.points.partition_point(|point| point.0 <= back).saturating_sub(1);
        let (since, before) = self.points[start];
        (age - since >= SHORTEST_SPEED).then(|| (since, (views - before).max(0.0)))
    }
}

/// Hours from one moment to another; negative when the other lies before.
pub fn hours(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64() / 3_600.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn series(views: &[Option<u64>]) -> Vec<f64> {
        let read = |(hour, views): (usize, &Option<u64>)| Reading { at: at(hour as i64 + 1), views: *views };
        let readings: Vec<_> = views.iter().enumerate().map(read).collect();
        Series::new(at(0), &readings, at(100)).points().iter().map(|point| point.1).collect()
    }

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + hour * 3_600).expect("within range")
    }

    #[test]
    fn hidden_and_zero_counts_are_left_out() {
        assert_eq!(series(&[None, Some(10), Some(0), Some(12)]), [10.0, 12.0]);
    }

    #[test]
    fn a_single_deep_fall_is_a_fault_and_a_small_one_is_believed() {
        assert_eq!(series(&[Some(100), Some(1), Some(110), Some(108)]), [100.0, 110.0, 108.0]);
        assert_eq!(series(&[Some(100), Some(1)]), [100.0]);
    }

    #[test]
    fn a_fall_that_the_next_reading_confirms_is_believed() {
        assert_eq!(series(&[Some(30), Some(100), Some(40), Some(45)]), [30.0, 40.0, 45.0]);
    }

    #[test]
    fn readings_outside_publication_and_as_of_are_left_out() {
        let reading = |hour, views| Reading { at: at(hour), views: Some(views) };
        let found = Series::new(at(0), &[reading(5, 50), reading(-1, 1), reading(3, 30), reading(9, 90)], at(8));
        assert_eq!(found.points(), [(3.0, 30.0), (5.0, 50.0)]);
    }

    #[test]
    fn speed_is_taken_over_the_recent_part_and_needs_two_readings() {
        assert_eq!(Series::of(&[(5.0, 10.0)]).recent_gain(), None);
        let series = Series::of(&[(2.0, 10.0), (8.0, 30.0), (9.0, 40.0), (10.0, 45.0)]);
        assert_eq!(series.recent_gain(), Some((8.0, 15.0)));
    }

    #[test]
    fn views_between_readings_lie_between_them() {
        let series = Series::of(&[(2.0, 10.0), (4.0, 1_000.0)]);
        assert!((series.log_views(3.0).expect("inside").exp() - 100.0).abs() < 1e-9);
        assert_eq!(series.log_views(1.0), None);
        assert_eq!(series.log_views(4.1), None);
    }

    proptest! {
        #[test]
        fn what_is_read_later_and_the_order_of_readings_change_nothing(
            readings in proptest::collection::vec((-5..200_i64, proptest::option::weighted(0.9, 0..1_000_u64)), 0..40),
            as_of in 0..200_i64,
        ) {
            let readings: Vec<Reading> = readings.into_iter().map(|(hour, views)| Reading { at: at(hour), views }).collect();
            let known: Vec<Reading> = readings.iter().copied().filter(|reading| reading.at <= at(as_of)).collect();
            let series = Series::new(at(0), &readings, at(as_of));
            prop_assert_eq!(&series, &Series::new(at(0), &known, at(as_of)));
            let ages: Vec<f64> = series.points().iter().map(|point| point.0).collect();
            prop_assert!(ages.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(series.points().iter().all(|(age, views)| *age > 0.0 && *views > 0.0));
            let moments: std::collections::BTreeSet<_> = readings.iter().map(|reading| reading.at).collect();
            if moments.len() == readings.len() {
                let turned: Vec<Reading> = readings.iter().rev().copied().collect();
                prop_assert_eq!(&series, &Series::new(at(0), &turned, at(as_of)));
            }
        }
    }
}
