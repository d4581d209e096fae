//! Owns how certain links in profiles make it that two accounts are of one person. Never a link by itself.

use std::collections::BTreeMap;

use crate::store::{Sign, Traces};

/// The most proposals of one answer.
pub const MAX_PROPOSALS: usize = 50;
/// The most pieces of evidence of one proposal.
const MAX_EVIDENCE: usize = 10;

/// Both profiles link to one another.
const MUTUAL: f64 = 0.9;
/// One profile links to the other account.
const ONE_WAY: f64 = 0.6;
/// Both profiles link to the same page of their own.
const SAME_PAGE: f64 = 0.5;

/// An account that could be of the same person.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// `{platform}:{platform_id}`.
    pub other: String,
    /// 0 to 1.
    pub confidence: f64,
    /// What speaks for it, links to the account first.
    pub evidence: Vec<(Sign, String)>,
}

/// What speaks for one account.
#[derive(Default)]
struct Signs {
    outgoing: bool,
    incoming: bool,
    evidence: Vec<(Sign, String)>,
}

/// What the links of `me` and to `me` propose, the most certain first.
pub fn proposals(me: &str, traces: Traces) -> Vec<Proposal> {
    let mut others: BTreeMap<String, Signs> = BTreeMap::new();
    for sign in traces.outgoing {
        let entry = others.entry(sign.other.clone()).or_default();
        entry.outgoing = true;
        let told = format!("creators/{me} links to creators/{}", sign.other);
        entry.evidence.push((sign, told));
    }
    for sign in traces.incoming {
        let entry = others.entry(sign.other.clone()).or_default();
        entry.incoming = true;
        let told = format!("creators/{} links to creators/{me}", sign.other);
        entry.evidence.push((sign, told));
    }
    for sign in traces.shared {
        let entry = others.entry(sign.other.clone()).or_default();
        entry.evidence.push((sign, "both profiles show this page".to_owned()));
    }
    let mut proposals: Vec<Proposal> = Vec::with_capacity(others.len());
    for (other, Signs { outgoing, incoming, mut evidence }) in others {
        let confidence = match (outgoing, incoming) {
            (true, true) => MUTUAL,
            (true, false) | (false, true) => ONE_WAY,
            (false, false) => SAME_PAGE,
        };
        evidence.truncate(MAX_EVIDENCE);
        proposals.push(Proposal { other, confidence, evidence });
    }
    proposals
        .sort_by(|left, right| right.confidence.total_cmp(&left.confidence).then_with(|| left.other.cmp(&right.other)));
    proposals
}
