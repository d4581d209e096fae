//! Owns reading times and lengths of time. Never the clock.

use jiff::{Timestamp, fmt::strtime, tz::Offset};

use super::numbers::{refuse_scientific, refuse_spreadsheet_error};
use super::problem::Unreadable;

/// The last second that `epoch_s` takes: later ones are milliseconds.
const LAST_SECOND: i64 = 99_999_999_999;

/// How a file writes times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DateForm {
    /// `2024-05-01T12:00:00Z`, with any offset.
    Rfc3339,
    /// Seconds since 1970.
    EpochSeconds,
    /// Milliseconds since 1970.
    EpochMilliseconds,
    /// By a pattern as of `strftime`.
    Pattern {
        /// The pattern.
        pattern: String,
        /// The year, for patterns without one.
        year: Option<i16>,
        /// The zone, for patterns without one.
        offset: Offset,
    },
}

/// Reads a time.
pub(super) fn time(text: &str, form: &DateForm) -> Result<Timestamp, Unreadable> {
    refuse_spreadsheet_error(text)?;
    match form {
        DateForm::Rfc3339 => {
            let bad = |_| {
                Unreadable::new(
                    "BAD_DATE",
                    "a time such as `2024-05-01T12:00:00Z`; say `date` in the mapping for other forms",
                )
            };
            text.parse().map_err(bad)
        }
        DateForm::EpochSeconds => {
            let seconds = epoch(text)?;
            if seconds > LAST_SECOND {
                return Err(Unreadable::new(
                    "BAD_DATE",
                    "seconds since 1970; these look like milliseconds (`date = \"epoch_ms\"`)",
                ));
            }
            Timestamp::from_second(seconds).map_err(|_| Unreadable::new("BAD_DATE", "seconds since 1970"))
        }
        DateForm::EpochMilliseconds => {
            let milliseconds = epoch(text)?;
            if milliseconds != 0 && milliseconds <= LAST_SECOND {
                return Err(Unreadable::new(
                    "BAD_DATE",
                    "milliseconds since 1970; these look like seconds (`date = \"epoch_s\"`)",
                ));
            }
            Timestamp::from_millisecond(milliseconds)
                .map_err(|_| Unreadable::new("BAD_DATE", "milliseconds since 1970"))
        }
        DateForm::Pattern { pattern, year, offset } => by_pattern(text, pattern, *year, *offset)
            .map_err(|error| Unreadable::new("BAD_DATE", format!("a date of the form `{pattern}` ({error})"))),
    }
}

fn by_pattern(text: &str, pattern: &str, year: Option<i16>, offset: Offset) -> Result<Timestamp, jiff::Error> {
    let mut parts = strtime::parse(pattern, text)?;
    if parts.year().is_none() {
        parts.set_year(year)?;
    }
    let offset = parts.offset().unwrap_or(offset);
    offset.to_timestamp(parts.to_datetime()?)
}

fn epoch(text: &str) -> Result<i64, Unreadable> {
    refuse_scientific(text)?;
    let whole = text
        .split_once('.')
        .filter(|(_, zeros)| zeros.bytes().all(|byte| byte == b'0'))
        .map_or(text, |(whole, _)| whole);
    let digits = !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit());
    let bad = || Unreadable::new("BAD_DATE", "a whole number since 1970, as digits");
    if digits { whole.parse().map_err(|_| bad()) } else { Err(bad()) }
}

/// How a file writes lengths of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DurationForm {
    /// Seconds, also `12.5`.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// `PT1H2M3S`.
    Iso8601,
    /// `1:02:03` or `2:03`.
    Clock,
}

/// Reads a length of time in milliseconds.
pub(super) fn length(text: &str, form: DurationForm) -> Result<i64, Unreadable> {
    refuse_spreadsheet_error(text)?;
    refuse_scientific(text)?;
    let (read, accepted) = match form {
        DurationForm::Seconds => (fixed_point(text, 3), "seconds, as digits"),
        DurationForm::Milliseconds => (fixed_point(text, 0), "milliseconds, as digits"),
        DurationForm::Iso8601 => (iso8601(text), "an ISO 8601 duration such as `PT1H2M3S`"),
        DurationForm::Clock => (clock(text), "`hours:minutes:seconds` or `minutes:seconds`"),
    };
    read.ok_or_else(|| Unreadable::new("BAD_DURATION", accepted))
}

/// `text × 10^places`; none unless it is a plain number with at most so many places.
fn fixed_point(text: &str, places: usize) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || fraction.len() > places {
        return None;
    }
    format!("{whole}{fraction:0<places$}").parse().ok()
}

fn iso8601(text: &str) -> Option<i64> {
    let (date, time) = text.strip_prefix('P')?.split_once('T').unwrap_or((&text[1..], ""));
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let days = designated(date, &[('W', 604_800_000), ('D', 86_400_000)])?;
    days.checked_add(designated(time, &[('H', 3_600_000), ('M', 60_000), ('S', 1_000)])?)
}

/// Adds up `1H2M3S`; the units must come in their order.
fn designated(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut total = 0_i64;
    for (unit, milliseconds) in units {
        let Some((number, rest)) = text.split_once(*unit) else { continue };
        let thousandths = fixed_point(number, 3)?;
        total = total.checked_add(thousandths.checked_mul(milliseconds / 1_000)?)?;
        text = rest;
    }
    text.is_empty().then_some(total)
}

fn clock(text: &str) -> Option<i64> {
    let parts: Vec<&str> = text.split(':').collect();
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    let mut total = 0_i64;
    for (place, part) in parts.iter().enumerate() {
        let value: i64 = part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok())??;
        if place > 0 && value > 59 {
            return None;
        }
        total = total.checked_mul(60)?.checked_add(value)?;
    }
    total.checked_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_the_form_that_the_mapping_says() {
        let pattern = |pattern: &str, year| DateForm::Pattern { pattern: pattern.into(), year, offset: Offset::UTC };
        let korea = DateForm::Pattern { pattern: "%Y-%m-%d %H:%M".into(), year: None, offset: Offset::constant(9) };
        for (text, form, expected) in [
            ("2026-08-07T06:47:19.749Z", DateForm::Rfc3339, Ok("2026-08-07T06:47:19.749Z")),
            ("2024-05-01T12:00:00+0200", DateForm::Rfc3339, Ok("2024-05-01T10:00:00Z")),
            ("2024-05-01", DateForm::Rfc3339, Err("BAD_DATE")),
            ("#VALOR!", DateForm::Rfc3339, Err("SPREADSHEET_ERROR")),
            ("1604768557", DateForm::EpochSeconds, Ok("2020-11-07T17:02:37Z")),
            ("1604768557.0", DateForm::EpochSeconds, Ok("2020-11-07T17:02:37Z")),
            ("1604768557000", DateForm::EpochSeconds, Err("BAD_DATE")),
            ("1604768557000", DateForm::EpochMilliseconds, Ok("2020-11-07T17:02:37Z")),
            ("1604768557", DateForm::EpochMilliseconds, Err("BAD_DATE")),
            ("1.6E+09", DateForm::EpochSeconds, Err("MANGLED_NUMBER")),
            ("-5", DateForm::EpochSeconds, Err("BAD_DATE")),
            ("13.09", pattern("%d.%m", Some(2017)), Ok("2017-09-13T00:00:00Z")),
            ("32.09", pattern("%d.%m", Some(2017)), Err("BAD_DATE")),
            ("13.09.", pattern("%d.%m", Some(2017)), Err("BAD_DATE")),
            ("18.01.11", pattern("%y.%d.%m", None), Ok("2018-11-01T00:00:00Z")),
            ("2024-05-01", pattern("%Y-%m-%d", None), Ok("2024-05-01T00:00:00Z")),
            ("2024-05-01 09:00", korea, Ok("2024-05-01T00:00:00Z")),
        ] {
            let read = time(text, &form).map(|time| time.to_string());
            assert_eq!(read.as_deref().map_err(|error| error.reason), expected, "{text} {form:?}");
        }
    }

    #[test]
    fn lengths_are_read_exactly_or_refused() {
        for (text, form, expected) in [
            ("PT1H2M3S", DurationForm::Iso8601, Some(3_723_000)),
            ("PT10M28S", DurationForm::Iso8601, Some(628_000)),
            ("P0D", DurationForm::Iso8601, Some(0)),
            ("P1DT1S", DurationForm::Iso8601, Some(86_401_000)),
            ("P1W", DurationForm::Iso8601, Some(604_800_000)),
            ("PT1.5S", DurationForm::Iso8601, Some(1_500)),
            ("PT", DurationForm::Iso8601, None),
            ("P", DurationForm::Iso8601, None),
            ("PT3S2M", DurationForm::Iso8601, None),
            ("1M", DurationForm::Iso8601, None),
            ("é", DurationForm::Iso8601, None),
            ("12.5", DurationForm::Seconds, Some(12_500)),
            ("-1", DurationForm::Seconds, None),
            ("nan", DurationForm::Seconds, None),
            ("250", DurationForm::Milliseconds, Some(250)),
            ("1:02:03", DurationForm::Clock, Some(3_723_000)),
            ("2:03", DurationForm::Clock, Some(123_000)),
            ("2:63", DurationForm::Clock, None),
            ("2", DurationForm::Clock, None),
            (":", DurationForm::Clock, None),
        ] {
            assert_eq!(length(text, form).ok(), expected, "{text}");
        }
    }
}
