//! Owns how niche, sentiment, authenticity, engagement and price are found. Never how they are weighed.

use creatorscope_proto::{
    common::v1::{MetricValue, MissingReason},
    scoring::v1::{self as pb, ReceptionVerdict},
};

use super::{
    Evidence, Finding,
    brief::Brief,
    by_id, number, reach, safety, why_missing,
    words::{folded, holds, squashed, telling},
};

/// Cosines of a brief with a profile that count as 0 and as 1. Unrelated texts lie about the first; texts of one subject rarely pass the second.
/// A judgement, not fitted.
const COSINES: (f64, f64) = (0.05, 0.55);
/// The authenticity score below which a creator is not to be taken.
const BOUGHT: f64 = 25.0;

/// What every component found, in the order of `KINDS`.
pub(super) fn find(brief: &Brief, evidence: &Evidence<'_>) -> Vec<Finding> {
    vec![
        niche(brief, evidence),
        reach::language(brief, evidence),
        reach::country(brief, evidence),
        reach::demographics(brief, evidence),
        sentiment(evidence),
        authenticity(evidence),
        engagement(evidence),
        price(brief, evidence),
        safety::safety(brief, evidence),
        safety::competitors(brief, evidence),
    ]
}

/// A cosine of the embedding model as 0 to 1.
fn calibrated(cosine: f64) -> f64 {
    ((cosine - COSINES.0) / (COSINES.1 - COSINES.0)).clamp(0.0, 1.0)
}

fn niche(brief: &Brief, evidence: &Evidence<'_>) -> Finding {
    let words = telling(&brief.text);
    if brief.niches.is_empty() && words.is_empty() {
        return Finding::missing(MissingReason::NotAsked, "the brief names neither niches nor a subject");
    }
    let Some(profile) = evidence.profile else {
        return Finding::missing(MissingReason::NotReported, "the profile is not known");
    };
    let mut said = Vec::new();
    let mut parts: Vec<(f64, f64)> = Vec::new();
    let own: Vec<String> = profile.niches.iter().map(|niche| folded(niche)).collect();
    let tags: Vec<String> = profile.hashtags.iter().chain(&profile.topics).map(|tag| squashed(tag)).collect();
    if !brief.niches.is_empty() && !(own.is_empty() && tags.is_empty()) {
        let place = own.iter().position(|niche| brief.niches.contains(niche));
        let tagged = brief.niches.iter().find(|niche| tags.contains(&squashed(niche)));
        let (value, found) = match (place, tagged) {
            (Some(0), _) => (1.0, format!("its main niche {} is asked for", own[0])),
            (Some(place), _) => (0.85, format!("its niche {} is asked for", own[place])),
            (None, Some(niche)) => (0.6, format!("it uses the hashtag {niche}")),
            (None, None) => (0.0, "none of its niches and hashtags is asked for".to_owned()),
        };
        parts.push((0.6, value));
        said.push(found);
    }
    if let Some((cosine, model)) = evidence.similarity {
        parts.push((0.4, calibrated(cosine)));
        said.push(format!("nearness of meaning {cosine:.2} ({model})"));
    }
    let text = folded(
        &[&profile.niches[..], &profile.hashtags, &profile.recent_titles, &[profile.bio.clone()]].concat().join(" \n "),
    );
    let found: Vec<&str> = words.iter().filter(|word| holds(&text, word)).map(String::as_str).collect();
    // A few common words say much and more of them little more.
    let common = found.len() as f64 / (found.len() as f64 + 3.0);
    if parts.is_empty() {
        if text.is_empty() || words.is_empty() {
            return Finding::missing(
                MissingReason::NotReported,
                "the profile tells neither niches nor hashtags, titles or bio",
            );
        }
        parts.push((1.0, 0.0));
    }
    let weight: f64 = parts.iter().map(|part| part.0).sum();
    let base = parts.iter().map(|(weight, value)| weight * value).sum::<f64>() / weight;
    if !found.is_empty() {
        said.push(format!("words of the brief: {}", found[..found.len().min(8)].join(", ")));
    } else if said.is_empty() {
        said.push("no word of the brief is in the profile".to_owned());
    }
    Finding::known(base + (1.0 - base) * 0.3 * common, said.join("; "))
}

fn sentiment(evidence: &Evidence<'_>) -> Finding {
    let values = evidence.sentiment.and_then(|sentiment| {
        let window = sentiment.windows.iter().find(|window| window.aggregate.is_some())?;
        window.aggregate.as_ref().map(|aggregate| &aggregate.values[..])
    });
    let net = values.and_then(|values| by_id(values, "sentiment.net"));
    let mut parts = Vec::new();
    let mut said = Vec::new();
    let mut error = 0.0;
    let mut kept: Vec<MetricValue> = Vec::new();
    if let Some((value, level)) = net.and_then(|value| Some((value, number(value)?))) {
        if let Some(standing) = &value.standing {
            parts.push(standing.percentile / 100.0);
            said.push(format!("net sentiment better than {:.0} % of {}", standing.percentile, standing.cohort));
        } else {
            parts.push((level + 1.0) / 2.0);
            said.push(format!("net sentiment {level:.2} of {} comments", value.sample_size));
        }
        error = value.interval.as_ref().map_or(0.0, |interval| (interval.high - interval.low) / 4.0);
        kept.push(value.clone());
    }
    let verdict = evidence.reception.map_or(ReceptionVerdict::Unspecified, pb::Reception::verdict);
    let received = match verdict {
        ReceptionVerdict::Loved => Some(1.0),
        ReceptionVerdict::Mixed | ReceptionVerdict::ContestedTopic => Some(0.5),
        ReceptionVerdict::Backlash => Some(0.3),
        ReceptionVerdict::HateWatched => Some(0.0),
        ReceptionVerdict::InsufficientData | ReceptionVerdict::Unspecified => None,
    };
    if let Some(received) = received {
        let name = verdict.as_str_name().trim_start_matches("RECEPTION_VERDICT_").replace('_', " ").to_lowercase();
        parts.push(received);
        said.push(format!("the audience's reception is {name}"));
        kept.extend(evidence.reception.and_then(|reception| reception.score.clone()));
    }
    if parts.is_empty() {
        let reason = if net.is_some() { why_missing(net) } else { MissingReason::TooFewComments };
        return Finding::missing(reason, "too few comments are known to say how the audience feels");
    }
    let mean = parts.iter().sum::<f64>() / parts.len() as f64;
    let hated = verdict == ReceptionVerdict::HateWatched;
    let references = evidence.reception.filter(|_| hated || verdict == ReceptionVerdict::Backlash);
    Finding {
        error,
        refusal: hated.then(|| "the creator is watched by people who dislike them, over several posts".to_owned()),
        evidence: kept,
        references: references
            .map(|shown| shown.posts.iter().map(|post| post.post.clone()).collect())
            .unwrap_or_default(),
        ..Finding::known(if hated { mean.min(0.1) } else { mean }, said.join("; "))
    }
}

fn authenticity(evidence: &Evidence<'_>) -> Finding {
    let value = evidence.authenticity.and_then(|found| found.score.as_ref());
    let Some((value, score)) = value.and_then(|value| Some((value, number(value)?))) else {
        let reason = if value.is_some() { why_missing(value) } else { MissingReason::TooFewSignals };
        return Finding::missing(reason, "too few signs are known to say whether engagement is earned");
    };
    let signals = evidence.authenticity.map(|found| &found.signals[..]).unwrap_or_default();
    let worst = signals.iter().filter(|signal| signal.suspicion.is_some_and(|suspicion| suspicion >= 0.5));
    let mut said = vec![format!("authenticity {score:.0} of 100")];
    said.extend(worst.take(3).map(|signal| signal.description.clone()));
    let description = said.join("; ");
    Finding {
        error: value.interval.as_ref().map_or(0.0, |interval| (interval.high - interval.low) / 200.0),
        refusal: (score < BOUGHT).then(|| description.clone()),
        evidence: vec![value.clone()],
        ..Finding::known(score / 100.0, description)
    }
}

fn engagement(evidence: &Evidence<'_>) -> Finding {
    let rates = ["er.views", "er.followers.lc"].map(|id| by_id(evidence.metrics, id));
    let placed = rates.into_iter().flatten().find_map(|value| Some((value, value.standing.as_ref()?, number(value)?)));
    let Some((value, standing, rate)) = placed else {
        let value = rates.into_iter().flatten().next();
        let said = match value.and_then(number) {
            Some(rate) => format!("engagement is {:.2} %, but there is no cohort to compare it with", 100.0 * rate),
            None => "the engagement rate is not known".to_owned(),
        };
        return Finding {
            evidence: value.into_iter().cloned().collect(),
            ..Finding::missing(why_missing(value), said)
        };
    };
    let (place, cohort, size) = (standing.percentile, &standing.cohort, standing.cohort_size);
    let said = format!(
        "{} of {:.2} % is above that of {place:.0} % of {size} creators ({cohort})",
        value.definition,
        100.0 * rate
    );
    Finding { evidence: vec![value.clone()], ..Finding::known(place / 100.0, said) }
}

fn price(brief: &Brief, evidence: &Evidence<'_>) -> Finding {
    let Some(limit) = brief.max_cpm else {
        return Finding::missing(MissingReason::NotAsked, "the brief sets no limit for the price of a thousand views");
    };
    let price = by_id(evidence.metrics, "price.per_post");
    let views = by_id(evidence.metrics, "views.median").or_else(|| by_id(evidence.metrics, "views.mean"));
    let known = price.and_then(number).zip(views.and_then(number).filter(|views| *views > 0.0));
    let (Some((cost, expected)), Some(value)) = (known, price) else {
        let reason = why_missing(price.filter(|value| number(value).is_none()).or(views));
        return Finding::missing(reason, "price or expected views are not known");
    };
    if value.currency_code != brief.currency {
        let said = format!("the price is known in {} and not in {}", value.currency_code, brief.currency);
        return Finding { evidence: vec![value.clone()], ..Finding::missing(MissingReason::NotReported, said) };
    }
    let per_thousand = |cost: f64| 1000.0 * cost / expected;
    // Half the limit and less is best, the limit is the middle, twice the limit and more is worst.
    let worth = |cpm: f64| {
        let part = cpm / limit as f64;
        (if part <= 1.0 { 1.5 - part } else { 1.0 - part / 2.0 }).clamp(0.0, 1.0)
    };
    let cpm = per_thousand(cost);
    let error = value
        .interval
        .as_ref()
        .map_or(0.0, |band| (worth(per_thousand(band.low)) - worth(per_thousand(band.high))).abs() / 2.0);
    let currency = &brief.currency;
    let said =
        format!("a thousand views cost about {cpm:.0} minor units of {currency} (modelled); the limit is {limit}");
    Finding {
        error,
        evidence: vec![value.clone(), views.cloned().unwrap_or_default()],
        ..Finding::known(worth(cpm), said)
    }
}
