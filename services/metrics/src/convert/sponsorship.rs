//! Owns sponsorship on the wire. Never its detection.

use creatorscope_proto::metrics::v1 as pb;

use crate::sponsorship::{Evidence, Sign, Sponsorship};

/// Whether a post is sponsored, as it is sent.
pub fn sponsorship(found: Sponsorship) -> pb::Sponsorship {
    pb::Sponsorship {
        sponsored: found.verdict.sponsored,
        confidence: found.verdict.confidence,
        evidence: found.evidence.into_iter().map(evidence).collect(),
    }
}

fn evidence(found: Evidence) -> pb::SponsorshipEvidence {
    pb::SponsorshipEvidence {
        sign: sign(found.sign) as i32,
        text: found.text,
        field: found.field.word().to_owned(),
        position: i32::try_from(found.position).unwrap_or(i32::MAX),
        confidence: found.confidence,
        reference: found.reference,
    }
}

fn sign(sign: Sign) -> pb::SponsorshipSign {
    match sign {
        Sign::PlatformFlag => pb::SponsorshipSign::PlatformFlag,
        Sign::Label => pb::SponsorshipSign::Label,
        Sign::WeakLabel => pb::SponsorshipSign::WeakLabel,
        Sign::Link => pb::SponsorshipSign::Link,
        Sign::Denial => pb::SponsorshipSign::Denial,
    }
}
