//! Owns drawing counts by day as SVG, with the line to a target and a forecast. Never where they come from.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{figure::grouped, frame::escaped};

/// Width and height of the drawing.
const SIZE: (f64, f64) = (960.0, 300.0);
/// Room for the scale on the left, and below.
const LEFT: f64 = 76.0;
const BELOW: f64 = 34.0;
/// Room at the other sides.
const ABOVE: f64 = 14.0;
const RIGHT: f64 = 22.0;
/// Days up to which each reading gets a dot.
const MOST_DOTS: usize = 31;
/// Dates below the drawing.
const DATES: i32 = 5;

/// Counts by time, and what they are held against.
pub(super) struct Chart {
    /// What is counted, in plain text.
    pub(super) title: String,
    /// The left edge.
    pub(super) start: Timestamp,
    /// The right edge unless a count lies behind it.
    pub(super) end: Timestamp,
    /// Counts, oldest first.
    pub(super) points: Vec<(Timestamp, f64)>,
    /// What is to be reached at the end; the line to it begins with 0 at the start.
    pub(super) target: Option<f64>,
    /// Low, middle and high of what is expected at the end.
    pub(super) forecast: Option<[f64; 3]>,
}

/// The plane of a drawing.
struct Plane {
    from: Timestamp,
    seconds: f64,
    top: f64,
}

impl Plane {
    fn x(&self, at: Timestamp) -> f64 {
        let part = at.duration_since(self.from).as_secs_f64() / self.seconds;
        LEFT + part.clamp(0.0, 1.0) * (SIZE.0 - LEFT - RIGHT)
    }

    fn y(&self, count: f64) -> f64 {
        let part = (count / self.top).clamp(0.0, 1.0);
        ABOVE + (1.0 - part) * (SIZE.1 - ABOVE - BELOW)
    }
}

/// The drawing with its legend; empty without any count.
pub(super) fn draw(chart: &Chart) -> String {
    let Some(&(last_at, last)) = chart.points.last() else { return String::new() };
    let from = chart.points[0].0.min(chart.start);
    let until = last_at.max(chart.end);
    let counts =
        chart.points.iter().map(|(_, count)| *count).chain(chart.target).chain(chart.forecast.map(|band| band[2]));
    let (step, top) = scale(counts.fold(1.0, f64::max));
    let plane = Plane { from, seconds: until.duration_since(from).as_secs_f64().max(1.0), top };
    let title = escaped(&chart.title);
    let mut out = format!(
        "<figure><figcaption>{title}</figcaption><svg viewBox=\"0 0 {} {}\" role=\"img\" \
         aria-label=\"{title} by day\">",
        SIZE.0, SIZE.1
    );
    grid(&mut out, &plane, step);
    if let Some([low, middle, high]) = chart.forecast.filter(|_| last_at < chart.end) {
        let (x, y, end) = (plane.x(last_at), plane.y(last), plane.x(chart.end));
        _ = write!(
            out,
            "<polygon points=\"{x:.1},{y:.1} {end:.1},{:.1} {end:.1},{:.1}\" fill=\"var(--band)\"/>",
            plane.y(high),
            plane.y(low)
        );
        line(&mut out, &[(x, y), (end, plane.y(middle))], "var(--bar)", "2 5");
    }
    if let Some(target) = chart.target {
        let ends = [(plane.x(chart.start), plane.y(0.0)), (plane.x(chart.end), plane.y(target))];
        line(&mut out, &ends, "var(--mid)", "8 5");
    }
    let points: Vec<(f64, f64)> = chart.points.iter().map(|(at, count)| (plane.x(*at), plane.y(*count))).collect();
    line(&mut out, &points, "var(--bar)", "none");
    let dots = points.iter().filter(|_| points.len() <= MOST_DOTS);
    for (x, y) in dots {
        _ = write!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"var(--bar)\"/>");
    }
    out.push_str("</svg><p class=\"note\">");
    let mut key = |colour: &str, text: &str| {
        _ = write!(out, "<span class=\"key\" style=\"background:var(--{colour})\"></span>{text}");
    };
    key("bar", "measured, at the end of each day (UTC)");
    if chart.target.is_some() {
        key("mid", "straight line to the target");
    }
    if chart.forecast.is_some() && last_at < chart.end {
        key("band", "forecast band to the deadline, its middle dotted");
    }
    out.push_str("</p></figure>");
    out
}

/// Lines across with their counts, and dates below.
fn grid(out: &mut String, plane: &Plane, step: f64) {
    let mut count = 0.0;
    while count <= plane.top * 1.001 {
        let y = plane.y(count);
        line(out, &[(LEFT, y), (SIZE.0 - RIGHT, y)], "var(--line)", "none");
        let written = grouped(count, usize::from(step < 1.0));
        _ = write!(out, "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{written}</text>", LEFT - 8.0, y + 4.0);
        count += step;
    }
    let days = (plane.seconds / 86_400.0).ceil().max(1.0) as i32;
    let dates = DATES.min(days);
    for place in 0..=dates {
        let passed = SignedDuration::from_secs_f64(plane.seconds * f64::from(place) / f64::from(dates));
        let at = plane.from + passed;
        let anchor = match place {
            0 => "start",
            last if last == dates => "end",
            _ => "middle",
        };
        _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
            plane.x(at),
            SIZE.1 - 12.0,
            at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d")
        );
    }
}

fn line(out: &mut String, points: &[(f64, f64)], colour: &str, dashes: &str) {
    let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let width = if colour == "var(--line)" { 1 } else { 2 };
    _ = write!(
        out,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" stroke-dasharray=\"{dashes}\"/>",
        points.join(" ")
    );
}

/// The distance of lines and the uppermost one for counts up to `most`, above 0: 1, 2 or 5 times a power of ten, at most 6 lines.
fn scale(most: f64) -> (f64, f64) {
    let rough = most / 5.0;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= rough * 0.999);
    let step = step.unwrap_or(10.0 * power);
    (step, (most / step).ceil() * step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * days)
    }

    fn chart(points: Vec<(Timestamp, f64)>) -> Chart {
        Chart {
            title: "Views".to_owned(),
            start: at(0),
            end: at(10),
            points,
            target: Some(1_000.0),
            forecast: Some([700.0, 900.0, 1_400.0]),
        }
    }

    #[test]
    fn a_scale_has_round_steps_and_holds_everything() {
        for most in [1.0, 7.0, 99.0, 100.0, 101.0, 123_456.0, 2.5e9] {
            let (step, top) = scale(most);
            assert!(top >= most && top / step <= 6.001, "{most}: {step} {top}");
        }
        assert_eq!(scale(1_400.0), (500.0, 1_500.0));
    }

    #[test]
    fn the_line_to_the_target_begins_at_zero_and_ends_at_the_target() {
        let drawn = draw(&chart(vec![(at(1), 100.0), (at(2), 300.0)]));
        // 1 500 is the uppermost line: 1 000 lies two thirds up.
        let bottom = SIZE.1 - BELOW;
        let target = ABOVE + (bottom - ABOVE) / 3.0;
        let expected = format!("{LEFT:.1},{bottom:.1} {:.1},{target:.1}", SIZE.0 - RIGHT);
        assert!(drawn.contains(&expected), "{expected} in {drawn}");
        assert!(drawn.contains("<polygon"), "the band is drawn");
    }

    #[test]
    fn no_reading_draws_nothing_and_one_is_a_dot() {
        assert_eq!(draw(&chart(Vec::new())), "");
        assert_eq!(draw(&chart(vec![(at(1), 0.0)])).matches("<circle").count(), 1);
    }

    #[test]
    fn after_the_deadline_there_is_no_band() {
        let drawn = draw(&chart(vec![(at(1), 100.0), (at(12), 300.0)]));
        assert!(!drawn.contains("<polygon") && !drawn.contains("forecast"), "{drawn}");
    }
}
