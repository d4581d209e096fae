//! Owns what a service that does not answer means for each component. Never how the component is found.

use creatorscope_proto::{common::v1::MissingReason, scoring::v1::FitComponentKind as Kind};

use super::{Evidence, Finding, KINDS};
use crate::grpc::peer::{DISCOVERY, METRICS};

/// The services that hold what a component rests on, beside what stands here.
fn sources(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Unspecified => &[],
        Kind::Niche | Kind::AudienceLanguage | Kind::AudienceCountry | Kind::Demographics => &[DISCOVERY],
        Kind::Sentiment | Kind::Engagement | Kind::Price => &[METRICS],
        Kind::Authenticity | Kind::BrandSafety | Kind::CompetitorConflict => &[DISCOVERY, METRICS],
    }
}

/// The findings with what the absence of services did to them: what is missing for it says so, and so does what is known in part. Where
/// nothing bad was found in texts while the posts could not be had, nothing is known.
pub(super) fn told(mut findings: Vec<Finding>, evidence: &Evidence<'_>) -> Vec<Finding> {
    for (kind, finding) in KINDS.into_iter().zip(&mut findings) {
        let lost = sources(kind).iter().copied().filter(|source| evidence.away.contains(source));
        let lost: Vec<&str> = lost.collect();
        if lost.is_empty() || finding.missing == MissingReason::NotAsked {
            continue;
        }
        finding.lacks_service = true;
        let lost = format!("the {} service did not answer", lost.join(" service and the "));
        let is_clean = matches!(kind, Kind::BrandSafety | Kind::CompetitorConflict) && finding.value == Some(1.0);
        if finding.value.is_none() || (is_clean && evidence.away.contains(&METRICS)) {
            *finding = Finding { lacks_service: true, ..Finding::missing(MissingReason::ServiceAway, lost) };
        } else {
            finding.description.push_str("; ");
            finding.description.push_str(&lost);
        }
    }
    findings
}
