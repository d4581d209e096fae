//! Owns what every number of this service means, as data. Never its computation.

use creatorscope_proto::{common::v1::Unit, scoring::v1 as pb};

/// One entry: id, what it tells, formula, unit, minimum sample, limits, reference.
struct Entry(&'static str, &'static str, &'static str, Unit, i32, &'static str, &'static str);

const SHARES: &str =
    "levels move between subjects, ranks hold: lead with the standing; intervals include the model's own error";
const NOT_LABELLED: &str =
    "nothing labelled exists to calibrate it on; thresholds are a judgement; sarcasm is mostly read as praise";
const SKETCH: &str =
    "from the 4 096 smallest keyed hashes of a creator's commenters; exact up to that size; commenters are not viewers";
const COMPONENTS: &str = "weights and cut-offs are a judgement, not fitted; price and meaning are modelled";

/// Every definition at version 1, by id.
const ENTRIES: &[Entry] = &[
    Entry(
        "audience.commenters",
        "Different people who comment on a creator.",
        "number of different keyed hashes of authors, exact; who comments on both sides of a renewal of the key counts twice",
        Unit::Count,
        1,
        "people who watch and do not comment are not seen",
        "",
    ),
    Entry(
        "audience.jaccard",
        "Commenters of two creators among those of either.",
        "hashes in both sketches among the k smallest of their union / k",
        Unit::Fraction,
        20,
        SKETCH,
        "Broder 1997",
    ),
    Entry(
        "audience.overlap",
        "The share of a creator's commenters who also comment on another one.",
        "commenters of both / commenters of the first, estimated on the merged sketches",
        Unit::Fraction,
        20,
        SKETCH,
        "Beyer et al. 2007, set operations on bottom-k sketches",
    ),
    Entry(
        "audience.returning",
        "The share of commenters who commented on 2 posts and more.",
        "authors with comments on 2 posts and more / authors known",
        Unit::Fraction,
        1,
        "people who watch and do not comment are not seen",
        "",
    ),
    Entry(
        "authenticity.score",
        "How far engagement looks earned, from 0 (nothing does) to 100.",
        "100 x (1 - sum of weight x suspicion / sum of weights), over the signals that have data",
        Unit::Score,
        3,
        NOT_LABELLED,
        "",
    ),
    Entry(
        "fit.score",
        "How well a creator fits a brand, from 0 to 100.",
        "sum of 100 x weight x value of the known components / sum of their weights; the interval holds the score for any values of \
         the missing ones",
        Unit::Score,
        1,
        COMPONENTS,
        "",
    ),
    Entry(
        "portfolio.reach",
        "People who see at least one of the posts of a set of creators.",
        "expected views of each creator are spread over its sampled commenters; one whom several share counts once, with the \
         largest; expected views are the median of views",
        Unit::Count,
        1,
        "views are counted as people; overlap of commenters stands for that of viewers; a creator without known commenters overlaps with nobody",
        "",
    ),
    Entry(
        "reception.hate_watching",
        "How much a creator is watched by people who dislike them, 0 to 1.",
        "logistic function of the weighted deviations of comments per like, likes per view, negative comments at the creator, dislikes and \
         their persistence over posts, from the creator's own usual and the cohort's",
        Unit::Fraction,
        3,
        NOT_LABELLED,
        "",
    ),
    Entry(
        "sentiment.coverage",
        "The share of comments that have a sentiment.",
        "scored comments / comments",
        Unit::Fraction,
        1,
        "comments without text or in other languages have none and are not counted as neutral",
        "",
    ),
    Entry(
        "sentiment.negative",
        "How negative the comments are.",
        "mean of the calibrated probability of being negative over scored comments",
        Unit::Fraction,
        30,
        SHARES,
        "",
    ),
    Entry(
        "sentiment.negative.creator",
        "How negative the comments at the creator are.",
        "sum of the probability of being negative over comments aimed at the creator / scored comments",
        Unit::Fraction,
        30,
        SHARES,
        "",
    ),
    Entry(
        "sentiment.negative.weighted",
        "How negative the comments are, liked ones counting more.",
        "mean of the probability of being negative, weighted by log2(2 + likes)",
        Unit::Fraction,
        30,
        SHARES,
        "",
    ),
    Entry(
        "sentiment.net",
        "Positive minus negative, -1 to 1.",
        "sentiment.positive - sentiment.negative",
        Unit::Ratio,
        30,
        SHARES,
        "",
    ),
    Entry(
        "sentiment.net.weighted",
        "Positive minus negative, -1 to 1, liked comments counting more.",
        "sentiment.positive.weighted - sentiment.negative.weighted",
        Unit::Ratio,
        30,
        SHARES,
        "",
    ),
    Entry(
        "sentiment.neutral",
        "How neutral the comments are.",
        "mean of the calibrated probability of being neutral over scored comments",
        Unit::Fraction,
        30,
        SHARES,
        "",
    ),
    Entry(
        "sentiment.neutral.weighted",
        "How neutral the comments are, liked ones counting more.",
        "mean of the probability of being neutral, weighted by log2(2 + likes)",
        Unit::Fraction,
        30,
        SHARES,
        "",
    ),
    Entry(
        "sentiment.positive",
        "How positive the comments are.",
        "mean of the calibrated probability of being positive over scored comments",
        Unit::Fraction,
        30,
        SHARES,
        "",
    ),
    Entry(
        "sentiment.positive.weighted",
        "How positive the comments are, liked ones counting more.",
        "mean of the probability of being positive, weighted by log2(2 + likes)",
        Unit::Fraction,
        30,
        SHARES,
        "",
    ),
];

/// Every definition, by id.
pub fn all() -> Vec<pb::ScoreDefinition> {
    let definition =
        |Entry(id, description, formula, unit, minimum_sample, limits, reference): &Entry| pb::ScoreDefinition {
            name: format!("scoreDefinitions/{id}@1"),
            id: (*id).to_owned(),
            version: 1,
            description: (*description).to_owned(),
            formula: (*formula).to_owned(),
            unit: *unit as i32,
            minimum_sample: *minimum_sample,
            limits: (*limits).to_owned(),
            reference: (*reference).to_owned(),
        };
    ENTRIES.iter().map(definition).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_stand_by_id_and_each_once() {
        let ids: Vec<String> = all().into_iter().map(|definition| definition.id).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
    }
}
