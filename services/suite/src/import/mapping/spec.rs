//! Owns how one field of a mapping file is written: where its text comes from and how it is read. Never the whole file.

use std::ops::Range;

use jiff::tz::Offset;

use super::tree::{Node, Problems, Table};
use super::{Field, Kind, Lookup, Origin, Part, Reading};
use crate::import::dates::{DateForm, DurationForm};
use crate::import::lists::ListForm;
use crate::import::numbers::{NumberForm, Style};

/// Words and what they stand for.
pub(super) type Alternatives<'a, T> = &'a [(&'a str, T)];

const COMMON: &str = "column, constant, template, missing, values, prefix, lookup";

/// Reads a field when the table has it.
pub(super) fn read_field(
    table: &mut Table,
    path: &'static str,
    key: &str,
    kind: Kind,
    problems: &mut Problems<'_>,
) -> Option<Field> {
    let (place, node) = table.take(key)?;
    let entries = match node {
        Node::Text(column) => {
            let mut field = plain(path, Origin::Column(column));
            let mut nothing = table.nested(key, place, Default::default());
            field.reading = read_reading(&mut nothing, kind, problems);
            return Some(field);
        }
        Node::Table(entries) => entries,
        _ => {
            let found = match node {
                Node::Whole(_) => "a whole number",
                Node::List(_) => "a list",
                _ => "something else",
            };
            let accepted = "the name of a column or a table with `column`, `constant` or `template`";
            problems.add(&place, format!("`{path}` is {found}; accepted: {accepted}"));
            return None;
        }
    };
    let mut spec = table.nested(key, place.clone(), entries);
    let origin = read_origin(&mut spec, path, &place, problems)?;
    let mut field = plain(path, origin);
    field.missing = spec.texts("missing", problems).unwrap_or_default();
    field.values = read_values(&mut spec, problems);
    field.prefix = read_prefix(&mut spec, problems);
    field.lookups = read_lookups(&mut spec, problems);
    if kind == Kind::Count {
        field.hidden_if = spec.texts("hidden_if", problems).unwrap_or_default();
        field.hidden_when = read_hidden_when(&mut spec, problems);
    }
    field.reading = read_reading(&mut spec, kind, problems);
    let special = special_keys(kind);
    let accepted = if special.is_empty() { COMMON.to_owned() } else { format!("{COMMON}, {special}") };
    spec.finish(&accepted, problems);
    Some(field)
}

fn plain(path: &'static str, origin: Origin) -> Field {
    Field {
        path,
        origin,
        missing: Vec::new(),
        hidden_if: Vec::new(),
        hidden_when: None,
        prefix: None,
        values: Vec::new(),
        lookups: Vec::new(),
        reading: Reading::Text,
    }
}

fn special_keys(kind: Kind) -> &'static str {
    match kind {
        Kind::Count => "number, thousands, decimal, scale, words, hidden_if, hidden_when",
        Kind::Time => "date, year, zone",
        Kind::List => "list",
        Kind::Length => "duration",
        Kind::CreatorId => "name_id",
        Kind::Text | Kind::PostId | Kind::Format | Kind::Flag | Kind::Country => "",
    }
}

fn read_origin(spec: &mut Table, path: &str, place: &Range<usize>, problems: &mut Problems<'_>) -> Option<Origin> {
    let column = spec.text("column", problems);
    let constant = spec.take("constant").map(|(place, node)| {
        (
            place,
            match node {
                Node::Text(text) => text,
                Node::Whole(number) => number.to_string(),
                Node::Fraction(number) => number.to_string(),
                Node::Flag(flag) => flag.to_string(),
                Node::List(_) | Node::Table(_) => String::new(),
            },
        )
    });
    let template = spec.text("template", problems);
    match (column, constant, template) {
        (Some((_, column)), None, None) => Some(Origin::Column(column)),
        (None, Some((_, constant)), None) => Some(Origin::Constant(constant)),
        (None, None, Some((place, template))) => {
            let parts = parts_of(&template);
            if parts.is_none() {
                problems.add(&place, format!("`{path}.template` has an open `{{`; accepted: text with `{{column}}`"));
            }
            parts.map(Origin::Template)
        }
        _ => {
            problems.add(place, format!("`{path}` needs exactly one of `column`, `constant`, `template`"));
            None
        }
    }
}

fn parts_of(mut template: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    while let Some((text, rest)) = template.split_once('{') {
        let (column, rest) = rest.split_once('}')?;
        parts.extend((!text.is_empty()).then(|| Part::Text(text.to_owned())));
        parts.push(Part::Column(column.to_owned()));
        template = rest;
    }
    parts.extend((!template.is_empty()).then(|| Part::Text(template.to_owned())));
    Some(parts)
}

fn read_values(spec: &mut Table, problems: &mut Problems<'_>) -> Vec<(String, String)> {
    let Some(mut table) = spec.table("values", problems) else { return Vec::new() };
    let mut values = Vec::new();
    for key in table.keys() {
        if let Some((_, value)) = table.text(&key, problems) {
            values.push((key, value));
        }
    }
    values
}

fn read_prefix(spec: &mut Table, problems: &mut Problems<'_>) -> Option<(String, String)> {
    let mut table = spec.table("prefix", problems)?;
    let (from, to) = (table.text("from", problems), table.text("to", problems));
    if from.is_none() || to.is_none() {
        problems.add(&table.place, format!("`{}` needs `from` and `to`", spec.path_of("prefix")));
    }
    table.finish("from, to", problems);
    Some((from?.1, to?.1))
}

/// One table, or a list of them: each translates what the one before it found.
fn read_lookups(spec: &mut Table, problems: &mut Problems<'_>) -> Vec<Lookup> {
    let path = spec.path_of("lookup");
    let mut lookups = Vec::new();
    for mut table in spec.tables("lookup", problems) {
        let mut part = |key| table.text(key, problems).map(|(_, text)| text);
        let (file, key, value) = (part("file"), part("key"), part("value"));
        match (file, key, value) {
            (Some(file), Some(key), Some(value)) => lookups.push(Lookup { file, key, value }),
            _ => problems.add(&table.place, format!("`{path}` needs `file`, `key` and `value`")),
        }
        table.finish("file, key, value", problems);
    }
    lookups
}

fn read_hidden_when(spec: &mut Table, problems: &mut Problems<'_>) -> Option<(String, Vec<String>)> {
    let mut table = spec.table("hidden_when", problems)?;
    let (column, values) = (table.text("column", problems), table.texts("equals", problems));
    if column.is_none() || values.is_none() {
        problems.add(&table.place, format!("`{}` needs `column` and `equals`", spec.path_of("hidden_when")));
    }
    table.finish("column, equals", problems);
    Some((column?.1, values?))
}

/// Reads a key that allows certain words only.
pub(super) fn one_of<T: Clone>(
    table: &mut Table,
    key: &str,
    words: Alternatives<'_, T>,
    problems: &mut Problems<'_>,
) -> Option<T> {
    let (place, found) = table.text(key, problems)?;
    let known = words.iter().find(|(word, _)| *word == found);
    if known.is_none() {
        let accepted: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        problems.add(&place, format!("`{}` is `{found}`; accepted: {}", table.path_of(key), accepted.join(", ")));
    }
    known.map(|(_, value)| value.clone())
}

fn read_reading(spec: &mut Table, kind: Kind, problems: &mut Problems<'_>) -> Reading {
    match kind {
        Kind::Text => Reading::Text,
        Kind::PostId => Reading::PostId,
        Kind::Format => Reading::Format,
        Kind::Flag => Reading::Flag,
        Kind::Country => Reading::Country,
        Kind::CreatorId => match spec.flag("name_id", problems) {
            Some((_, true)) => Reading::CreatorName,
            _ => Reading::CreatorId,
        },
        Kind::Count => Reading::Count(read_number(spec, problems)),
        Kind::Time => Reading::Time(read_date(spec, problems)),
        Kind::List => {
            let forms = &[
                ("comma", ListForm::Comma),
                ("pipe", ListForm::Pipe),
                ("python", ListForm::Python),
                ("json", ListForm::Json),
                ("space", ListForm::Space),
            ];
            Reading::List(one_of(spec, "list", forms, problems).unwrap_or(ListForm::Comma))
        }
        Kind::Length => {
            let forms = &[
                ("seconds", DurationForm::Seconds),
                ("milliseconds", DurationForm::Milliseconds),
                ("iso8601", DurationForm::Iso8601),
                ("clock", DurationForm::Clock),
            ];
            Reading::Length(one_of(spec, "duration", forms, problems).unwrap_or(DurationForm::Seconds))
        }
    }
}

fn read_number(spec: &mut Table, problems: &mut Problems<'_>) -> NumberForm {
    let styles = &[("plain", Style::Plain), ("suffix", Style::Suffix), ("spreadsheet-safe", Style::SpreadsheetSafe)];
    let style = one_of(spec, "number", styles, problems).unwrap_or(Style::Plain);
    let thousands =
        &[(",", ','), (".", '.'), (" ", ' '), ("'", '\''), ("’", '’'), ("\u{a0}", '\u{a0}'), ("\u{202f}", '\u{202f}')];
    let thousands = one_of(spec, "thousands", thousands, problems);
    let decimal = one_of(spec, "decimal", &[(".", '.'), (",", ',')], problems);
    if decimal.is_some() && decimal == thousands {
        problems.add(&spec.place, "`decimal` and `thousands` must differ");
    }
    let scale = match spec.whole("scale", problems) {
        Some((_, scale)) if (1..=1_000_000_000_000).contains(&scale) => scale,
        Some((place, scale)) => {
            problems.add(&place, format!("`scale` is {scale}; accepted: 1 to 1000000000000"));
            1
        }
        None => 1,
    };
    let words = spec.texts("words", problems).unwrap_or_default().iter().map(|word| word.to_lowercase()).collect();
    NumberForm { style, thousands, decimal, scale, words }
}

fn read_date(spec: &mut Table, problems: &mut Problems<'_>) -> DateForm {
    let date = spec.text("date", problems);
    let year = spec.whole("year", problems).and_then(|(place, year)| {
        let year = i16::try_from(year).ok().filter(|year| (1970..=9999).contains(year));
        if year.is_none() {
            problems.add(&place, "`year` must be 1970 to 9999");
        }
        year
    });
    let zone = spec.text("zone", problems).and_then(|(place, zone)| {
        let offset = offset_of(&zone);
        if offset.is_none() {
            problems.add(&place, format!("`zone` is `{zone}`; accepted: `UTC` or an offset such as `+09:00`"));
        }
        offset
    });
    match date {
        None => DateForm::Rfc3339,
        Some((place, form)) => match form.as_str() {
            "rfc3339" => DateForm::Rfc3339,
            "epoch_s" => DateForm::EpochSeconds,
            "epoch_ms" => DateForm::EpochMilliseconds,
            pattern if pattern.contains('%') => {
                DateForm::Pattern { pattern: form, year, offset: zone.unwrap_or(Offset::UTC) }
            }
            _ => {
                problems.add(
                    &place,
                    format!("`date` is `{form}`; accepted: rfc3339, epoch_s, epoch_ms or a pattern such as `%d.%m.%Y`"),
                );
                DateForm::Rfc3339
            }
        },
    }
}

fn offset_of(zone: &str) -> Option<Offset> {
    if zone.eq_ignore_ascii_case("utc") || zone == "Z" {
        return Some(Offset::UTC);
    }
    let sign = match zone.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (hours, minutes) = zone[1..].split_once(':')?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let valid = (0..=14).contains(&hours) && (0..60).contains(&minutes);
    valid.then(|| Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_text_with_columns() {
        let parts = parts_of("https://x/{id}?a").expect("closed");
        assert_eq!(parts, [Part::Text("https://x/".into()), Part::Column("id".into()), Part::Text("?a".into())]);
        assert_eq!(parts_of("{open"), None);
    }

    #[test]
    fn a_zone_is_utc_or_an_offset() {
        assert_eq!(offset_of("UTC"), Some(Offset::UTC));
        assert_eq!(offset_of("+09:00"), Offset::from_seconds(9 * 3600).ok());
        assert_eq!(offset_of("-03:30"), Offset::from_seconds(-12_600).ok());
        assert_eq!(offset_of("Asia/Seoul"), None);
        assert_eq!(offset_of("+99:00"), None);
    }
}
