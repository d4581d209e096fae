//! Owns which fields the definitions of the metrics service become, and which of them a value is of. Never I/O.
//!
//! A definition is a field by its id, in its default window. One of growth is also a field in each of its windows of days,
//! as `{id}.{window}`, e.g. `followers.growth.7d`.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use creatorscope_domain::Window;
use creatorscope_proto::{
    common::v1::{self as common, metric_value},
    metrics::v1::{self as metrics, Aggregation, MetricSelection},
};

/// The definitions that there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Definitions {
    /// The names of the fields, sorted, each once.
    pub(crate) fields: Vec<String>,
    /// The ids of definitions of growth, with their windows of days.
    growth: BTreeMap<String, BTreeSet<Window>>,
}

impl Definitions {
    /// Reads the registry.
    pub(crate) fn of(definitions: Vec<metrics::MetricDefinition>) -> Self {
        let mut fields = BTreeSet::new();
        let mut growth: BTreeMap<String, BTreeSet<Window>> = BTreeMap::new();
        for definition in definitions {
            if definition.aggregation() == Aggregation::Growth {
                let windows = definition.windows.iter().filter_map(|number| Window::from_number(*number));
                for window in windows.filter(|window| window.days().is_some()) {
                    fields.insert(windowed(&definition.id, window));
                    growth.entry(definition.id.clone()).or_default().insert(window);
                }
            }
            fields.insert(definition.id);
        }
        Self { fields: fields.into_iter().collect(), growth }
    }

    /// What to ask for beside the values in default windows.
    pub(crate) fn additional_selections(&self) -> Vec<MetricSelection> {
        let windows: BTreeSet<Window> = self.growth.values().flatten().copied().collect();
        if windows.is_empty() {
            return Vec::new();
        }
        vec![MetricSelection {
            definitions: self.growth.keys().cloned().collect(),
            windows: windows.into_iter().map(Window::number).collect(),
            formats: Vec::new(),
        }]
    }

    /// The values by the fields that they are of; finite, missing ones left out. The values in default windows come first.
    pub(crate) fn measures(&self, values: &[common::MetricValue]) -> BTreeMap<String, f64> {
        let mut measures = BTreeMap::new();
        let mut seen = HashSet::new();
        for value in values {
            let id = value.definition.split_once('@').map_or(value.definition.as_str(), |(id, _)| id);
            let is_default = seen.insert(id);
            let Some(metric_value::Result::Value(number)) = value.result else { continue };
            if !number.is_finite() {
                continue;
            }
            // -0 and 0 are one number, and the index tells them apart.
            let number = number + 0.0;
            if is_default {
                measures.insert(id.to_owned(), number);
            }
            let window = Window::from_number(value.window);
            let is_of_growth = |window: &Window| self.growth.get(id).is_some_and(|windows| windows.contains(window));
            if let Some(window) = window.filter(is_of_growth) {
                measures.insert(windowed(id, window), number);
            }
        }
        measures
    }
}

fn windowed(id: &str, window: Window) -> String {
    format!("{id}.{}", window.word().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn growth() -> Definitions {
        let windows = [Window::Window30d, Window::Window7d, Window::Lifetime].map(Window::number).to_vec();
        let aggregation = Aggregation::Growth.into();
        let growth =
            metrics::MetricDefinition { id: "followers.growth".into(), aggregation, windows, ..Default::default() };
        let other = metrics::MetricDefinition { id: "er.views".into(), ..growth.clone() };
        Definitions::of(vec![growth, metrics::MetricDefinition { aggregation: 0, ..other }])
    }

    fn value(definition: &str, window: Window, value: Option<f64>) -> common::MetricValue {
        let result = value.map_or(metric_value::Result::Missing(3), metric_value::Result::Value);
        common::MetricValue {
            definition: definition.into(),
            window: window.number(),
            result: Some(result),
            ..Default::default()
        }
    }

    #[test]
    fn growth_is_a_field_in_each_window_of_days() {
        let growth = growth();
        assert_eq!(growth.fields, ["er.views", "followers.growth", "followers.growth.30d", "followers.growth.7d"]);
        let asked = growth.additional_selections();
        assert_eq!(asked[0].definitions, ["followers.growth"]);
        assert_eq!(asked[0].windows, [Window::Window7d, Window::Window30d].map(Window::number));
        assert!(Definitions::default().additional_selections().is_empty());
    }

    #[test]
    fn a_value_of_another_window_does_not_stand_for_a_default_one_that_is_missing() {
        let measures = growth().measures(&[
            value("er.views@1", Window::Window30d, Some(0.5)),
            value("followers.growth@1", Window::Window30d, None),
            value("followers.growth@1", Window::Window7d, Some(-0.0)),
        ]);
        assert_eq!(measures, [("er.views".to_owned(), 0.5), ("followers.growth.7d".to_owned(), 0.0)].into());
        let alone = growth().measures(&[value("followers.growth@1", Window::Window30d, Some(0.1))]);
        assert_eq!(alone.len(), 2, "a peer that answers default windows alone: {alone:?}");
    }
}
