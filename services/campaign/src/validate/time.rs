//! Owns which times are accepted. Never the present.

use creatorscope_kit::fault::Violations;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use prost_types::Timestamp as Wire;

/// The first second of the year 1, the earliest that the wire has.
const FIRST: i64 = -62_135_596_800;
/// 9999-12-30T21:59:59Z, the last second that `jiff` has: later ones are in the year 10000 of some zone.
const LAST: i64 = 253_402_207_199;
/// The longest campaign, in years of the calendar.
const MOST_YEARS: i64 = 5;

/// Reads a time. Errors: in words, seconds outside 0001-01-01 to 9999-12-30 or nanoseconds outside a second.
pub fn read(time: &Wire) -> Result<Timestamp, String> {
    let inside = (FIRST..=LAST).contains(&time.seconds) && (0..1_000_000_000).contains(&time.nanos);
    let read = if inside { Timestamp::new(time.seconds, time.nanos).ok() } else { None };
    read.ok_or_else(|| {
        format!(
            "{} s and {} ns are no time; accepted are 0001-01-01T00:00:00Z to 9999-12-30T21:59:59Z and 0 to 999999999 ns",
            time.seconds, time.nanos
        )
    })
}

/// A time as it is sent.
pub fn wire(time: Timestamp) -> Wire {
    let (seconds, nanos) = (time.as_second(), time.subsec_nanosecond());
    // Before 1970 jiff counts both from 1970 down, the wire its nanoseconds always up.
    if nanos < 0 { Wire { seconds: seconds - 1, nanos: nanos + 1_000_000_000 } } else { Wire { seconds, nanos } }
}

/// Reads a time that may be left out; notes one that is out of range.
pub fn optional(problems: &mut Violations, field: &str, time: Option<&Wire>) -> Option<Timestamp> {
    read(time?).map_err(|problem| problems.add(field, "INVALID_TIME", problem)).ok()
}

/// Reads a time that has to be set; notes when it is not, and one that is out of range.
pub fn required(problems: &mut Violations, field: &str, time: Option<&Wire>) -> Option<Timestamp> {
    if time.is_none() {
        problems.add(field, "REQUIRED", "not set; accepted is a time such as 2026-11-23T09:00:00Z");
    }
    optional(problems, field, time)
}

/// Reads the start and the end of a campaign, each with its path; notes an end that is not after the start, or more than 5 years
/// after it.
pub fn span(problems: &mut Violations, start: (&str, Option<&Wire>), end: (&str, Option<&Wire>)) {
    let first = required(problems, start.0, start.1);
    let last = required(problems, end.0, end.1);
    let (Some(first), Some(last)) = (first, last) else { return };
    let latest = first.to_zoned(TimeZone::UTC).checked_add(MOST_YEARS.years()).map(|latest| latest.timestamp());
    if last <= first {
        problems.add(end.0, "END_BEFORE_START", format!("{last} is not after the start; accepted is after {first}"));
    } else if latest.is_ok_and(|latest| last > latest) {
        let description = format!("{last} is too late; accepted is up to {MOST_YEARS} years after {first}");
        problems.add(end.0, "TOO_LONG", description);
    }
}
