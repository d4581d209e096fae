//! Owns cohorts, benchmarks, marks and recomputations on the wire, both ways. Never their computation.

use creatorscope_domain::{Platform, Tier};
use creatorscope_kit::{fault::Violations, page, token::Token};
use creatorscope_proto::{common::v1 as common, metrics::v1 as pb};
use jiff::Timestamp;

use super::{from_wire_number, metric::unit, request, to_wire_time};
use crate::{
    SERVICE,
    benchmark::{MINIMUM, Mark, summary},
    cohort::Cohort,
    columns::Distribution,
    error::MetricsError,
    progress::{DISCOVERY, Positions},
    query::CohortQuery,
    selection::{Pick, Selection},
    store::{Operation, Scope},
};

const MAX_COHORTS: usize = 100;
const MAX_RECOMPUTED: usize = 10_000;
const MAX_REQUEST_ID: usize = 64;
/// Longest niche, country or language, in characters.
const MAX_TRAIT: usize = 100;
const OPERATIONS_PAGE: usize = 100;
const MAX_PAGE: usize = 1_000;
const OPERATION: &str = "recomputeOperations/";

/// Reads a request for one benchmark. Errors: violations.
pub fn get_benchmark(request: &pb::GetBenchmarkRequest) -> Result<CohortQuery, MetricsError> {
    let mut problems = Violations::default();
    let cohort = cohort(request.cohort.as_ref(), "cohort", &mut problems);
    let cohorts = cohort.into_iter().collect();
    query(cohorts, &request.definitions, request.window, &request.read_after, problems)
}

/// Reads a request for several benchmarks. Errors: violations.
pub fn compare(request: &pb::CompareCohortsRequest) -> Result<CohortQuery, MetricsError> {
    let mut problems = Violations::default();
    let found = request.cohorts.len();
    if !(1..=MAX_COHORTS).contains(&found) {
        problems.add("cohorts", "OUT_OF_RANGE", format!("{found} cohorts; 1 to {MAX_COHORTS} are accepted"));
    }
    let numbered = request.cohorts.iter().take(MAX_COHORTS).enumerate();
    let cohorts =
        numbered.filter_map(|(place, wire)| cohort(Some(wire), &format!("cohorts[{place}]"), &mut problems)).collect();
    query(cohorts, &request.definitions, request.window, &request.read_after, problems)
}

fn query(
    cohorts: Vec<Cohort>,
    definitions: &[String],
    window: i32,
    read_after: &[String],
    mut problems: Violations,
) -> Result<CohortQuery, MetricsError> {
    let selection = selection(definitions, window, &mut problems);
    let tokens = Token::parse_all(read_after, &[SERVICE, DISCOVERY], &mut problems);
    match selection {
        Some(selection) if problems.is_empty() => Ok(CohortQuery { cohorts, selection, after: Positions::of(&tokens) }),
        _ => Err(problems.into()),
    }
}

/// Definitions in one window. What a definition does not have is left out when there are several.
fn selection(definitions: &[String], window: i32, problems: &mut Violations) -> Option<Selection> {
    let window = match from_wire_number(window, creatorscope_domain::Window::from_number) {
        Ok(window) => window,
        Err(problem) => {
            problems.add("window", "UNKNOWN_VALUE", problem);
            return None;
        }
    };
    Selection::new(definitions, &[window], &[], "")
        .map_err(|found| {
            for problem in found.into_vec() {
                // This request has its fields at the top, and one window.
                let field = match problem.field.trim_start_matches('.') {
                    "" | "windows[0]" => "window",
                    field => field,
                };
                problems.add(field, problem.reason, problem.description.clone());
            }
        })
        .ok()
}

fn cohort(wire: Option<&pb::Cohort>, path: &str, problems: &mut Violations) -> Option<Cohort> {
    let Some(wire) = wire else {
        problems.add(path, "REQUIRED", "must be set: a platform and a tier at least");
        return None;
    };
    let mut own = Violations::default();
    let platform = required(wire.platform, Platform::from_number, format!("{path}.platform"), &mut own);
    let tier = required(wire.tier, Tier::from_number, format!("{path}.tier"), &mut own);
    for (field, text) in [("niche", &wire.niche), ("country", &wire.country), ("language", &wire.language)] {
        if text.chars().count() > MAX_TRAIT {
            own.add(format!("{path}.{field}"), "TOO_LONG", format!("up to {MAX_TRAIT} characters are accepted"));
        }
    }
    let is_country = wire.country.len() == 2 && wire.country.bytes().all(|byte| byte.is_ascii_alphabetic());
    if !wire.country.is_empty() && !is_country {
        let shown: String = wire.country.chars().take(20).collect();
        own.add(
            format!("{path}.country"),
            "INVALID_VALUE",
            format!("`{shown}` is not a country; two letters are accepted, e.g. FR"),
        );
    }
    problems.take(own.check());
    Some(Cohort {
        platform: platform?,
        tier: Some(tier?),
        niche: wire.niche.to_lowercase(),
        country: wire.country.to_ascii_uppercase(),
        language: wire.language.clone(),
    })
}

fn required<T>(wire: i32, read: impl Fn(i32) -> Option<T>, field: String, problems: &mut Violations) -> Option<T> {
    match from_wire_number(wire, read) {
        Ok(Some(value)) => return Some(value),
        Ok(None) => problems.add(field, "REQUIRED", "must be set"),
        Err(problem) => problems.add(field, "UNKNOWN_VALUE", problem),
    }
    None
}

/// A cohort as it is sent.
pub fn cohort_message(cohort: &Cohort) -> pb::Cohort {
    pb::Cohort {
        platform: cohort.platform.number(),
        tier: cohort.tier.map_or(0, Tier::number),
        niche: cohort.niche.clone(),
        country: cohort.country.clone(),
        language: cohort.language.clone(),
    }
}

/// A distribution as it is sent.
pub(crate) fn benchmark(found: &Distribution, pick: &Pick, now: Timestamp) -> pb::Benchmark {
    let summary = summary(&found.sorted);
    let percentile = |place: usize| summary.map(|summary| summary.percentiles[place]);
    let interval = summary.and_then(|summary| summary.mean_interval);
    pb::Benchmark {
        definition: pick.definition.name(),
        cohort: Some(cohort_message(&found.cohort)),
        widened: found.widened,
        sample_size: i32::try_from(found.sorted.len()).unwrap_or(i32::MAX),
        mean: summary.map(|summary| summary.mean),
        p10: percentile(0),
        p25: percentile(1),
        p50: percentile(2),
        p75: percentile(3),
        p90: percentile(4),
        as_of: Some(to_wire_time(now)),
        below_minimum: found.sorted.len() < MINIMUM,
        unit: unit(pick.definition.unit) as i32,
        window: pick.window.number(),
        mean_interval: interval.map(|(low, high)| common::Interval {
            low,
            high,
            confidence: 0.95,
            method: "normal approximation".to_owned(),
        }),
    }
}

/// A mark as it is sent.
pub fn mark(mark: Option<Mark>) -> common::Mark {
    match mark {
        None => common::Mark::Unspecified,
        Some(Mark::Poor) => common::Mark::Poor,
        Some(Mark::Fair) => common::Mark::Fair,
        Some(Mark::Average) => common::Mark::Average,
        Some(Mark::Good) => common::Mark::Good,
        Some(Mark::VeryGood) => common::Mark::VeryGood,
        Some(Mark::Excellent) => common::Mark::Excellent,
    }
}

/// Reads a request to recompute: the client's id and whose values. Errors: violations.
pub fn recompute(request: &pb::RecomputeMetricsRequest) -> Result<(String, Scope), MetricsError> {
    let mut problems = Violations::default();
    if request.creators.len() > MAX_RECOMPUTED {
        let found = format!("{} names; up to {MAX_RECOMPUTED} are accepted", request.creators.len());
        problems.add("creators", "TOO_MANY", found);
    }
    if request.request_id.chars().count() > MAX_REQUEST_ID || request.request_id.contains('\0') {
        let found = format!("up to {MAX_REQUEST_ID} characters without NUL are accepted");
        problems.add("request_id", "INVALID_VALUE", found);
    }
    let creators = request::creators(&request.creators, "creators", MAX_RECOMPUTED, &mut problems);
    let mut creators: Vec<String> = creators.iter().map(|creator| creator.as_str().to_owned()).collect();
    creators.sort_unstable();
    creators.dedup();
    let platforms = request::numbers(&request.platforms, Platform::from_number, "platforms", &mut problems);
    let tiers = request::numbers(&request.tiers, Tier::from_number, "tiers", &mut problems);
    problems.check()?;
    Ok((request.request_id.clone(), Scope { creators, platforms, tiers }))
}

/// Reads the name of a recomputation and answers with its id. Errors: violations.
pub fn operation_id(name: &str) -> Result<String, MetricsError> {
    let fits = |id: &&str| id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if let Some(id) = name.strip_prefix(OPERATION).filter(fits) {
        return Ok(id.to_owned());
    }
    let shown: String = name.chars().take(80).collect();
    let mut problems = Violations::default();
    problems.add("name", "INVALID_NAME", format!("`{shown}` is not of the form {OPERATION}{{id}}"));
    Err(problems.into())
}

/// Reads the page of a request for recomputations. Errors: violations.
pub fn list_operations(request: &pb::ListRecomputeOperationsRequest) -> Result<usize, MetricsError> {
    Ok(page::size(request.page_size, OPERATIONS_PAGE, MAX_PAGE)?)
}

/// A recomputation as it is sent.
pub fn operation(operation: Operation) -> pb::RecomputeOperation {
    pb::RecomputeOperation {
        name: format!("{OPERATION}{}", operation.id),
        total_count: operation.total,
        done_count: operation.done,
        create_time: Some(to_wire_time(operation.create_time)),
        end_time: operation.end_time.map(to_wire_time),
        // States have the numbers of the wire.
        state: operation.state.number() as i32,
        changed_count: operation.changed,
        error_message: operation.error,
    }
}
