//! Owns reading requests: everything that is wrong with one is told together. Never an answer.

pub mod posts;

use creatorscope_domain::{CreatorId, Platform, PostFormat, Tier, Window};
use creatorscope_kit::{
    fault::Violations,
    page,
    watch::{self, WatchOptions},
};
use creatorscope_proto::metrics::v1 as pb;
use jiff::Timestamp;

use super::{from_wire_number, from_wire_time};
use crate::{
    SERVICE,
    error::MetricsError,
    query::{HistoryQuery, MAX_VALUES, MetricsQuery, WatchQuery},
    selection::{Selection, find_definition},
    store::CreatorFilter,
};

const MAX_BATCH: usize = 500;
const MAX_WATCHED: usize = 1_000;
const MAX_PAGE: usize = 1_000;
/// The most selections beside the first.
const MAX_ADDITIONAL: usize = 4;
const HISTORY_PAGE: usize = 100;

/// Reads a request for one creator. Errors: violations.
pub fn get(request: &pb::GetCreatorMetricsRequest) -> Result<MetricsQuery, MetricsError> {
    let mut problems = Violations::default();
    let creator = creator(&request.name, "name".into(), &mut problems);
    let selection = selection(request.selection.as_ref(), &mut problems);
    let until = time(request.as_of.as_ref(), "as_of", &mut problems);
    finish(problems, creator.map(|creator| vec![creator]).zip(selection), until, request.with_standing)
}

/// Reads a request for several creators. Errors: violations.
pub fn batch_get(request: &pb::BatchGetCreatorMetricsRequest) -> Result<MetricsQuery, MetricsError> {
    let mut problems = Violations::default();
    let found = request.names.len();
    if !(1..=MAX_BATCH).contains(&found) {
        problems.add("names", "OUT_OF_RANGE", format!("{found} names; 1 to {MAX_BATCH} are accepted"));
    }
    let creators = creators(&request.names, "names", MAX_BATCH, &mut problems);
    let selection = selection(request.selection.as_ref(), &mut problems);
    let until = time(request.as_of.as_ref(), "as_of", &mut problems);
    let values = found.saturating_mul(selection.as_ref().map_or(0, |selection| selection.picks().len()));
    if values > MAX_VALUES {
        let description = format!("{values} values are asked for; up to {MAX_VALUES} are answered at once");
        problems.add("selection", "TOO_MANY_VALUES", description);
    }
    finish(problems, Some(creators).zip(selection), until, request.with_standing)
}

fn finish(
    problems: Violations,
    asked: Option<(Vec<CreatorId>, Selection)>,
    until: Option<Timestamp>,
    with_standing: bool,
) -> Result<MetricsQuery, MetricsError> {
    match asked {
        Some((creators, selection)) if problems.is_empty() => {
            Ok(MetricsQuery { creators, selection, until, with_standing })
        }
        _ => Err(problems.into()),
    }
}

/// Reads a request for the past of one number. Errors: violations.
pub fn list_history(request: pb::ListMetricHistoryRequest) -> Result<HistoryQuery, MetricsError> {
    let mut problems = Violations::default();
    let creator = creator(&request.parent, "parent".into(), &mut problems);
    let definition = find_definition(&request.definition, "definition".into(), &mut problems);
    let window = number(request.window, Window::from_number, "window".into(), &mut problems);
    let start = time(request.start_time.as_ref(), "start_time", &mut problems);
    let end = time(request.end_time.as_ref(), "end_time", &mut problems);
    if let (Some(start), Some(end)) = (start, end)
        && start >= end
    {
        problems.add("end_time", "OUT_OF_RANGE", format!("{end} is not after start_time {start}"));
    }
    if let (Some(definition), Some(window)) = (definition, window)
        && !definition.windows.contains(&window)
    {
        let accepted: Vec<&str> = definition.windows.iter().map(|window| window.word()).collect();
        let description = format!("{} has no window {window}; accepted are {}", definition.name(), accepted.join(", "));
        problems.add("window", "WINDOW_NOT_AVAILABLE", description);
    }
    let page_size = problems.take(page::size(request.page_size, HISTORY_PAGE, MAX_PAGE));
    match (creator, definition, page_size) {
        (Some(creator), Some(definition), Some(page_size)) if problems.is_empty() => {
            let window = window.unwrap_or(definition.default_window());
            Ok(HistoryQuery { creator, definition, window, start, end, page_size, page_token: request.page_token })
        }
        _ => Err(problems.into()),
    }
}

/// Reads the page of a request for the registry. Errors: violations.
pub fn list_definitions(request: &pb::ListMetricDefinitionsRequest) -> Result<usize, MetricsError> {
    Ok(page::size(request.page_size, MAX_PAGE, MAX_PAGE)?)
}

/// Reads a request to watch. Errors: violations.
pub fn watch(request: &pb::WatchMetricsRequest) -> Result<(WatchQuery, WatchOptions), MetricsError> {
    let mut problems = Violations::default();
    if request.creators.len() > MAX_WATCHED {
        let description = format!("{} names; up to {MAX_WATCHED} are accepted", request.creators.len());
        problems.add("creators", "TOO_MANY", description);
    }
    let filter = CreatorFilter {
        creators: creators(&request.creators, "creators", MAX_WATCHED, &mut problems),
        platforms: numbers(&request.platforms, Platform::from_number, "platforms", &mut problems),
        tiers: numbers(&request.tiers, Tier::from_number, "tiers", &mut problems),
    };
    let selection = selections(request, &mut problems);
    let options = problems.take(watch::options(
        SERVICE,
        &request.resume_token,
        request.skip_snapshot,
        request.heartbeat_interval,
    ));
    match (selection, options) {
        (Some(selection), Some(options)) if problems.is_empty() => Ok((WatchQuery { filter, selection }, options)),
        _ => Err(problems.into()),
    }
}

/// Reads the name of the creator to erase. Errors: violations.
pub fn erase(request: &pb::EraseCreatorMetricsRequest) -> Result<CreatorId, MetricsError> {
    let mut problems = Violations::default();
    creator(&request.name, "name".into(), &mut problems).ok_or(MetricsError::Invalid(problems))
}

/// All selections of a watcher as one.
fn selections(request: &pb::WatchMetricsRequest, problems: &mut Violations) -> Option<Selection> {
    let more = &request.additional_selections;
    if more.len() > MAX_ADDITIONAL {
        let description = format!("{} selections; up to {MAX_ADDITIONAL} are accepted", more.len());
        problems.add("additional_selections", "TOO_MANY", description);
    }
    let mut all = selection(request.selection.as_ref(), problems);
    for (place, wire) in more.iter().take(MAX_ADDITIONAL).enumerate() {
        let next = selection_at(wire, &format!("additional_selections[{place}]"), problems);
        all = all.zip(next).map(|(all, next)| all.and(next));
    }
    all
}

fn selection(wire: Option<&pb::MetricSelection>, problems: &mut Violations) -> Option<Selection> {
    let Some(wire) = wire else { return Some(Selection::everything()) };
    selection_at(wire, "selection", problems)
}

fn selection_at(wire: &pb::MetricSelection, path: &str, problems: &mut Violations) -> Option<Selection> {
    let mut unknown = Violations::default();
    let windows = optional_numbers(&wire.windows, Window::from_number, &format!("{path}.windows"), &mut unknown);
    let formats = optional_numbers(&wire.formats, PostFormat::from_number, &format!("{path}.formats"), &mut unknown);
    if let Err(unknown) = unknown.check() {
        problems.take::<()>(Err(unknown));
        return None;
    }
    problems.take(Selection::new(&wire.definitions, &windows, &formats, path))
}

fn creator(name: &str, field: String, problems: &mut Violations) -> Option<CreatorId> {
    CreatorId::parse_name(name).map_err(|error| problems.add(field, error.reason(), error.to_string())).ok()
}

pub(super) fn creators(names: &[String], field: &str, limit: usize, problems: &mut Violations) -> Vec<CreatorId> {
    let numbered = names.iter().take(limit).enumerate();
    numbered.filter_map(|(place, name)| creator(name, format!("{field}[{place}]"), problems)).collect()
}

fn time(wire: Option<&prost_types::Timestamp>, field: &str, problems: &mut Violations) -> Option<Timestamp> {
    from_wire_time(wire?).map_err(|problem| problems.add(field, "INVALID_TIME", problem)).ok()
}

fn number<T>(wire: i32, read: impl Fn(i32) -> Option<T>, field: String, problems: &mut Violations) -> Option<T> {
    from_wire_number(wire, read).map_err(|problem| problems.add(field, "UNKNOWN_VALUE", problem)).ok().flatten()
}

/// Entries of a list in which 0 has a meaning of its own.
fn optional_numbers<T>(
    wire: &[i32],
    read: impl Fn(i32) -> Option<T>,
    field: &str,
    problems: &mut Violations,
) -> Vec<Option<T>> {
    let numbered = wire.iter().enumerate();
    numbered.map(|(place, wire)| number(*wire, &read, format!("{field}[{place}]"), problems)).collect()
}

/// Entries of a list in which 0 has no meaning.
pub(super) fn numbers<T>(
    wire: &[i32],
    read: impl Fn(i32) -> Option<T>,
    field: &str,
    problems: &mut Violations,
) -> Vec<T> {
    for (place, _) in wire.iter().enumerate().filter(|(_, wire)| **wire == 0) {
        problems.add(
            format!("{field}[{place}]"),
            "UNKNOWN_VALUE",
            "unspecified restricts nothing; leave the list empty",
        );
    }
    optional_numbers(wire, read, field, problems).into_iter().flatten().collect()
}
