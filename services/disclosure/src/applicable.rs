//! Owns which jurisdictions a post falls under. Never what they say.

use crate::{check::Nexus, model::Context, rules::Rules};

/// A jurisdiction that applies, and why.
#[derive(Debug)]
pub(crate) struct Applicable {
    pub(crate) code: String,
    pub(crate) nexus: Vec<Nexus>,
}

/// Names the jurisdictions of a post: creator, brand, audience above the threshold, asked for, and baselines under member states.
pub(crate) fn applicable(rules: &Rules, context: &Context) -> Vec<Applicable> {
    let mut all: Vec<Applicable> = Vec::new();
    let mut add = |code: &str, why: Nexus| {
        let code = canonical(code);
        if code.is_empty() {
            return;
        }
        match all.iter_mut().find(|one| one.code == code) {
            Some(one) if one.nexus.contains(&why) => {}
            Some(one) => one.nexus.push(why),
            None => all.push(Applicable { code, nexus: vec![why] }),
        }
    };
    add(&context.creator_country, Nexus::Creator);
    add(&context.brand_country, Nexus::Brand);
    for (country, share) in &context.audience {
        if *share >= context.audience_threshold {
            add(country, Nexus::Audience);
        }
    }
    for code in &context.jurisdictions {
        add(code, Nexus::Requested);
    }
    for (baseline, members) in &rules.file.baselines {
        if all.iter().any(|one| members.contains(&one.code)) {
            match all.iter_mut().find(|one| one.code == *baseline) {
                Some(one) => one.nexus.push(Nexus::Baseline),
                None => all.push(Applicable { code: baseline.clone(), nexus: vec![Nexus::Baseline] }),
            }
        }
    }
    all
}

/// Writes a country's code as ISO 3166-1 has it; `UK` and `EL` are customary for `GB` and `GR`.
pub(crate) fn canonical(code: &str) -> String {
    let code = code.trim().to_uppercase();
    match code.as_str() {
        "UK" => "GB".to_owned(),
        "EL" => "GR".to_owned(),
        _ => code,
    }
}
