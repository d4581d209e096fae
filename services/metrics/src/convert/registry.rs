//! Owns the registry on the wire. Never an entry.

use creatorscope_proto::metrics::v1 as pb;

use super::{metric::unit, to_wire_time};
use crate::{
    changepoints::{CHANGEPOINTS, Changepoint},
    definitions::{Aggregation, Definition},
    model::Term,
};

/// A definition as it is sent.
pub fn definition(definition: &Definition) -> pb::MetricDefinition {
    pb::MetricDefinition {
        name: format!("metricDefinitions/{}", definition.name()),
        id: definition.id.to_owned(),
        version: i32::try_from(definition.version).unwrap_or(i32::MAX),
        description: definition.description.to_owned(),
        formula: definition.formula_text.to_owned(),
        terms: definition.formula.terms().into_iter().map(str::to_owned).collect(),
        aggregation: aggregation(definition.formula.aggregation()) as i32,
        unit: unit(definition.unit) as i32,
        windows: definition.windows.iter().map(|window| window.number()).collect(),
        exclusions: definition.exclusions.iter().map(|text| (*text).to_owned()).collect(),
        minimum_sample: i32::try_from(definition.minimum_sample).unwrap_or(i32::MAX),
        reproduces: definition.reproduces.to_owned(),
        platforms: Vec::new(),
        higher_is_better: definition.higher_is_better,
    }
}

/// Every changepoint as it is sent.
pub fn changepoints() -> Vec<pb::Changepoint> {
    let told = |changepoint: &Changepoint| pb::Changepoint {
        platform: changepoint.platform.number(),
        term: changepoint.term.word().to_owned(),
        format: changepoint.format.map_or(0, |format| format.number()),
        effective_time: Some(to_wire_time(changepoint.effective_time())),
        description: changepoint.description.to_owned(),
        reference: changepoint.reference.to_owned(),
    };
    CHANGEPOINTS.iter().map(told).collect()
}

fn aggregation(aggregation: Aggregation) -> pb::Aggregation {
    match aggregation {
        Aggregation::RatioOfSums => pb::Aggregation::RatioOfSums,
        Aggregation::MeanOfRatios => pb::Aggregation::MeanOfRatios,
        Aggregation::MedianOfRatios => pb::Aggregation::MedianOfRatios,
        Aggregation::RatioOfMeans => pb::Aggregation::RatioOfMeans,
        Aggregation::Mean => pb::Aggregation::Mean,
        Aggregation::Median => pb::Aggregation::Median,
        Aggregation::Quantile => pb::Aggregation::Quantile,
        Aggregation::Count => pb::Aggregation::Count,
        Aggregation::Growth => pb::Aggregation::Growth,
        Aggregation::Latest => pb::Aggregation::Latest,
        Aggregation::Dispersion => pb::Aggregation::Dispersion,
    }
}
