//! Owns what each number of a campaign means, and how it is told. Never how it is found.

use creatorscope_proto::{
    common::v1::{Interval, MetricFlag, MetricValue, MissingReason, Provenance, Unit, Window, metric_value},
    metrics::v1::{Aggregation, MetricDefinition},
    scoring::v1::PostSentiment,
};

/// A number of a campaign, a participant or a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Number {
    /// Views.
    Views,
    /// Likes, comments and shares.
    Engagements,
    /// Engagements per view.
    EngagementRate,
    /// Posts published.
    Posts,
    /// People who saw at least one post.
    Reach,
    /// Clicks.
    Clicks,
    /// Conversions.
    Conversions,
    /// Revenue.
    Revenue,
    /// Positive minus negative comments.
    NetSentiment,
    /// Fees.
    Spend,
    /// Cost per view.
    CostPerView,
    /// Cost per engagement.
    CostPerEngagement,
    /// Cost per thousand views.
    CostPerMille,
    /// Cost per conversion.
    CostPerConversion,
    /// Revenue per spend.
    Return,
}

struct Meaning {
    id: &'static str,
    unit: Unit,
    description: &'static str,
    formula: &'static str,
    terms: &'static [&'static str],
    exclusions: &'static [&'static str],
    higher_is_better: Option<bool>,
}

impl Number {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 15] = [
        Self::Views,
        Self::Engagements,
        Self::EngagementRate,
        Self::Posts,
        Self::Reach,
        Self::Clicks,
        Self::Conversions,
        Self::Revenue,
        Self::NetSentiment,
        Self::Spend,
        Self::CostPerView,
        Self::CostPerEngagement,
        Self::CostPerMille,
        Self::CostPerConversion,
        Self::Return,
    ];

    /// The definition without its version.
    pub fn id(self) -> &'static str {
        self.meaning().id
    }

    /// The definition with its version.
    pub fn definition(self) -> String {
        format!("{}@1", self.id())
    }

    /// The unit.
    pub fn unit(self) -> Unit {
        self.meaning().unit
    }

    fn meaning(self) -> Meaning {
        const LAST: &str = "of each post the last reading up to the time counts";
        let count = |id, description, formula, terms, exclusions| Meaning {
            id,
            unit: Unit::Count,
            description,
            formula,
            terms,
            exclusions,
            higher_is_better: Some(true),
        };
        let cost = |id, description, formula, terms| Meaning {
            id,
            unit: Unit::MoneyMinor,
            description,
            formula,
            terms,
            exclusions: &["unset where nothing is spent or the denominator is not known or 0"],
            higher_is_better: Some(false),
        };
        match self {
            Self::Views => count(
                "campaign.views",
                "Views of the campaign's posts.",
                "sum of views over posts",
                &["views"],
                &["posts without a reading of views", LAST],
            ),
            Self::Engagements => count(
                "campaign.engagements",
                "Likes, comments and shares of the campaign's posts, as far as each is reported.",
                "sum of likes + comments + shares over posts",
                &["likes", "comments", "shares"],
                &["posts without a reading of any of them", LAST],
            ),
            Self::EngagementRate => Meaning {
                id: "campaign.er",
                unit: Unit::Fraction,
                description: "Engagements per view.",
                formula: "sum of engagements / sum of views over posts with both",
                terms: &["likes", "comments", "shares", "views"],
                exclusions: &["posts without views or without engagements", LAST],
                higher_is_better: Some(true),
            },
            Self::Posts => count("campaign.posts", "Posts published.", "number of posts", &[], &[]),
            Self::Reach => count(
                "campaign.reach",
                "People who saw at least one post, modelled: those who see several posts of one creator are taken to be the same \
                 people, those of different creators to be others. The interval goes from the largest post alone to all views.",
                "sum over creators of the views of their largest post",
                &["views"],
                &["posts without a reading of views"],
            ),
            Self::Clicks => {
                count("campaign.clicks", "Clicks that were recorded.", "sum of clicks over records", &["clicks"], &[])
            }
            Self::Conversions => count(
                "campaign.conversions",
                "Conversions that were recorded.",
                "sum of conversions over records",
                &["conversions"],
                &[],
            ),
            Self::Revenue => Meaning {
                id: "campaign.revenue",
                unit: Unit::MoneyMinor,
                description: "Revenue that was recorded, less returns.",
                formula: "sum of revenue over records",
                terms: &["revenue"],
                exclusions: &[],
                higher_is_better: Some(true),
            },
            Self::NetSentiment => Meaning {
                id: "campaign.net_sentiment",
                unit: Unit::Fraction,
                description: "Share of positive minus share of negative comments on the campaign's posts, -1 to 1; how the shares are \
                              found is told by the scoring service.",
                formula: "mean over posts of net sentiment, by comments read",
                terms: &["comments"],
                exclusions: &["posts of whom scoring knows too few comments"],
                higher_is_better: Some(true),
            },
            Self::Spend => Meaning {
                id: "campaign.spend",
                unit: Unit::MoneyMinor,
                description: "Fees of the participants who have published; a participant's fee is shared out by deliverables.",
                formula: "sum over posts of fee / deliverables of the participant that are not called off",
                terms: &["fee"],
                exclusions: &["deliverables that are not published", "participants without a fee"],
                higher_is_better: None,
            },
            Self::CostPerView => {
                cost("campaign.cpv", "What a view costs.", "spend / views, of posts with views", &["fee", "views"])
            }
            Self::CostPerEngagement => cost(
                "campaign.cpe",
                "What an engagement costs.",
                "spend / engagements, of posts with engagements",
                &["fee", "likes", "comments", "shares"],
            ),
            Self::CostPerMille => cost(
                "campaign.cpm",
                "What a thousand views cost (CPM).",
                "1000 x spend / views, of posts with views",
                &["fee", "views"],
            ),
            Self::CostPerConversion => {
                cost("campaign.cpa", "What a conversion costs (CPA).", "spend / conversions", &["fee", "conversions"])
            }
            Self::Return => Meaning {
                id: "campaign.roas",
                unit: Unit::Ratio,
                description: "Revenue per money spent on fees (return on spend); 1 is what was spent.",
                formula: "revenue / spend",
                terms: &["revenue", "fee"],
                exclusions: &["unset where nothing is spent or no revenue was recorded"],
                higher_is_better: Some(true),
            },
        }
    }
}

/// The definitions, by id.
pub fn definitions() -> Vec<MetricDefinition> {
    let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    let mut all: Vec<MetricDefinition> = Number::ALL
        .into_iter()
        .map(|number| {
            let meaning = number.meaning();
            MetricDefinition {
                name: format!("metricDefinitions/{}", number.definition()),
                id: meaning.id.to_owned(),
                version: 1,
                description: meaning.description.to_owned(),
                formula: meaning.formula.to_owned(),
                terms: owned(meaning.terms),
                aggregation: match number {
                    Number::EngagementRate => Aggregation::RatioOfSums.into(),
                    _ => Aggregation::Unspecified.into(),
                },
                unit: meaning.unit.into(),
                windows: vec![Window::Lifetime.into()],
                exclusions: owned(meaning.exclusions),
                minimum_sample: 1,
                higher_is_better: meaning.higher_is_better,
                ..Default::default()
            }
        })
        .collect();
    all.sort_by(|one, other| one.id.cmp(&other.id));
    all
}

/// What was found of a number: the value and how many posts (clicks, conversions, revenue: records; sentiment: comments) are in it; or why
/// there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The value or the reason.
    pub value: Result<f64, MissingReason>,
    /// Posts, records or comments in it; of a missing one those that would have counted.
    pub sample_size: usize,
    /// Posts that were left out.
    pub excluded: usize,
    /// The range that holds it; none when it is counted.
    pub interval: Option<(f64, f64)>,
}

impl Found {
    /// A value that is counted.
    pub fn counted(value: f64, sample_size: usize, excluded: usize) -> Self {
        Self { value: Ok(value), sample_size, excluded, interval: None }
    }

    /// No value.
    pub fn missing(reason: MissingReason, sample_size: usize) -> Self {
        Self { value: Err(reason), sample_size, excluded: 0, interval: None }
    }
}

/// Comments read and net sentiment of a post, as scoring told; none when it has no value.
pub fn sentiment_of(told: &PostSentiment) -> Option<(i64, f64)> {
    let values = &told.aggregate.as_ref()?.values;
    let net = values.iter().find(|value| value.definition.split('@').next() == Some("sentiment.net"))?;
    match net.result {
        Some(metric_value::Result::Value(value)) => Some((net.sample_size.into(), value)),
        _ => None,
    }
}

/// A number on the wire. Money is in `currency`.
pub fn told(number: Number, found: &Found, currency: &str, as_of: Option<prost_types::Timestamp>) -> MetricValue {
    let size = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let is_modelled = number == Number::Reach;
    MetricValue {
        definition: number.definition(),
        result: Some(match found.value {
            Ok(value) => metric_value::Result::Value(value),
            Err(reason) => metric_value::Result::Missing(reason.into()),
        }),
        unit: number.unit().into(),
        window: Window::Lifetime.into(),
        sample_size: size(found.sample_size),
        excluded_count: size(found.excluded),
        provenance: if is_modelled { Provenance::Modelled } else { Provenance::Derived }.into(),
        as_of,
        interval: found.interval.map(|(low, high)| Interval {
            low,
            high,
            confidence: 1.0,
            method: "largest post alone to all views".to_owned(),
        }),
        flags: match found.excluded {
            0 => Vec::new(),
            _ => vec![MetricFlag::PartialTerms.into()],
        },
        currency_code: match number.unit() {
            Unit::MoneyMinor => currency.to_owned(),
            _ => String::new(),
        },
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_definition_of_its_own_with_a_formula() {
        let all = definitions();
        assert_eq!(all.len(), Number::ALL.len());
        assert!(all.windows(2).all(|pair| pair[0].id < pair[1].id), "no id twice");
        assert!(all.iter().all(|one| !one.formula.is_empty() && !one.description.is_empty()));
    }

    #[test]
    fn a_missing_number_is_told_with_its_reason_and_never_as_zero() {
        let value = told(Number::Views, &Found::missing(MissingReason::NotReported, 2), "EUR", None);
        assert_eq!(value.result, Some(metric_value::Result::Missing(MissingReason::NotReported.into())));
        assert_eq!((value.sample_size, value.currency_code.as_str()), (2, ""));
    }
}
