//! Owns how posts, relations and verdicts of disclosure checks stand on the wire. Never a rule.

use creatorscope_disclosure::{
    Bearer, Check, Confidence, Content, Context, Duty, DutyKind, DutyState, Field, Finding, JurisdictionVerdict,
    Medium, Nexus, Permit, Relation, Rules, Span, Verdict,
    rules::{Basis, Jurisdiction, Source},
};
use creatorscope_domain::Platform;
use creatorscope_proto::campaign::v1 as pb;
use jiff::{Timestamp, tz::TimeZone};

/// Holds a post against the rules of a day (UTC).
pub fn check(
    rules: &Rules,
    content: &pb::DisclosureContent,
    context: &pb::DisclosureContext,
    day: Timestamp,
) -> pb::DisclosureCheck {
    to_wire(&rules.check(&from_content(content), &from_context(context, day)))
}

fn from_content(content: &pb::DisclosureContent) -> Content {
    Content {
        caption: content.caption.clone(),
        hashtags: content.hashtags.clone(),
        first_comment: content.first_comment.clone(),
        title: content.title.clone(),
        medium: from_medium(content.medium()),
        platform: Platform::from_number(content.platform)
            .map(|platform| platform.slug().to_owned())
            .unwrap_or_default(),
        language: content.language.clone(),
        platform_flag: content.platform_flag,
        platform_flag_text: content.platform_flag_text.clone(),
        transcript: content.transcript.clone(),
        on_screen_text: content.on_screen_text.clone(),
        live: content.live,
        profile_text: content.profile_text.clone(),
    }
}

fn from_medium(medium: pb::DisclosureMedium) -> Medium {
    use pb::DisclosureMedium as Wire;
    match medium {
        Wire::Unspecified => Medium::Unknown,
        Wire::Image => Medium::Image,
        Wire::Carousel => Medium::Carousel,
        Wire::Video => Medium::Video,
        Wire::Short => Medium::Short,
        Wire::Story => Medium::Story,
        Wire::Live => Medium::Live,
        Wire::Audio => Medium::Audio,
        Wire::Text => Medium::Text,
    }
}

/// A relation; none for the unspecified one.
pub fn from_relation(relation: pb::DisclosureRelation) -> Option<Relation> {
    use pb::DisclosureRelation as Wire;
    Some(match relation {
        Wire::Unspecified => return None,
        Wire::Paid => Relation::Paid,
        Wire::GiftAsked => Relation::GiftAsked,
        Wire::GiftUnasked => Relation::GiftUnasked,
        Wire::EventInvite => Relation::EventInvite,
        Wire::Affiliate => Relation::Affiliate,
        Wire::Ambassador => Relation::Ambassador,
        Wire::OwnBrand => Relation::OwnBrand,
        Wire::Retouched => Relation::Retouched,
        Wire::AiImage => Relation::AiImage,
        Wire::NoRelationship => Relation::NoRelationship,
        Wire::OwnPurchase => Relation::OwnPurchase,
    })
}

fn from_context(context: &pb::DisclosureContext, day: Timestamp) -> Context {
    let mut read = Context::on(day.to_zoned(TimeZone::UTC).date());
    read.relations = context.relations().filter_map(from_relation).collect();
    read.brand_names.clone_from(&context.brand_names);
    read.brand_handles.clone_from(&context.brand_handles);
    read.brand_hashtags.clone_from(&context.brand_hashtags);
    read.creator_country.clone_from(&context.creator_country);
    read.brand_country.clone_from(&context.brand_country);
    read.audience = context.audience.iter().map(|part| (part.country.clone(), part.share)).collect();
    read.jurisdictions.clone_from(&context.jurisdictions);
    read.audience_threshold = context.audience_threshold.unwrap_or(read.audience_threshold);
    read.product_category.clone_from(&context.product_category);
    let permit =
        |permit: &pb::DisclosurePermit| Permit { country: permit.country.clone(), number: permit.number.clone() };
    read.permits = context.permits.iter().map(permit).collect();
    read.followers = context.followers.and_then(|count| u64::try_from(count).ok());
    read.obvious = context.obvious;
    read
}

fn to_wire(check: &Check<'_>) -> pb::DisclosureCheck {
    pb::DisclosureCheck {
        verdicts: check.verdicts.iter().map(jurisdiction).collect(),
        verdict: check.verdict.map_or(pb::DisclosureVerdict::Unspecified, verdict).into(),
        rules_version: check.rules_version.to_owned(),
        effective_date: check.effective_date.to_string(),
        notes: check.notes.clone(),
    }
}

fn jurisdiction(found: &JurisdictionVerdict<'_>) -> pb::JurisdictionVerdict {
    pb::JurisdictionVerdict {
        jurisdiction: found.jurisdiction.clone(),
        display_name: found.name.clone(),
        verdict: verdict(found.verdict).into(),
        findings: found.findings.iter().map(finding).collect(),
        duties: found.duties.iter().map(duty).collect(),
        nexus: found.nexus.iter().map(|why| nexus(*why).into()).collect(),
    }
}

fn verdict(verdict: Verdict) -> pb::DisclosureVerdict {
    match verdict {
        Verdict::NotApplicable => pb::DisclosureVerdict::NotApplicable,
        Verdict::Pass => pb::DisclosureVerdict::Pass,
        Verdict::NoData => pb::DisclosureVerdict::NoData,
        Verdict::Review => pb::DisclosureVerdict::Review,
        Verdict::Fail => pb::DisclosureVerdict::Fail,
    }
}

fn nexus(nexus: Nexus) -> pb::DisclosureNexus {
    match nexus {
        Nexus::Creator => pb::DisclosureNexus::Creator,
        Nexus::Brand => pb::DisclosureNexus::Brand,
        Nexus::Audience => pb::DisclosureNexus::Audience,
        Nexus::Requested => pb::DisclosureNexus::Requested,
        Nexus::Baseline => pb::DisclosureNexus::Baseline,
    }
}

fn finding(finding: &Finding<'_>) -> pb::DisclosureFinding {
    pb::DisclosureFinding {
        rule: finding.rule.to_owned(),
        effect: verdict(finding.effect).into(),
        reason: finding.reason.name(),
        description: finding.description.clone(),
        span: finding.span.as_ref().map(span),
        fix: finding.fix.clone(),
        confidence: confidence(finding.confidence).into(),
        sources: finding.sources.iter().map(source).collect(),
    }
}

fn span(span: &Span) -> pb::DisclosureSpan {
    use pb::disclosure_span::Field as Wire;
    let (field, index) = match span.field {
        Field::Caption => (Wire::Caption, 0),
        Field::Hashtag(index) => (Wire::Hashtag, index),
        Field::FirstComment => (Wire::FirstComment, 0),
        Field::Title => (Wire::Title, 0),
        Field::PlatformFlag => (Wire::PlatformFlag, 0),
        Field::Transcript => (Wire::Transcript, 0),
        Field::OnScreenText => (Wire::OnScreenText, 0),
        Field::Profile => (Wire::Profile, 0),
    };
    let place = |place: usize| i32::try_from(place).unwrap_or(i32::MAX);
    pb::DisclosureSpan {
        field: field.into(),
        start: place(span.start),
        end: place(span.end),
        text: span.text.clone(),
        index: place(index),
    }
}

/// How well a fact is known.
pub(crate) fn confidence(confidence: Confidence) -> pb::DisclosureConfidence {
    match confidence {
        Confidence::Low => pb::DisclosureConfidence::Low,
        Confidence::Medium => pb::DisclosureConfidence::Medium,
        Confidence::High => pb::DisclosureConfidence::High,
    }
}

/// Where a fact is from.
pub(crate) fn source(source: &Source) -> pb::DisclosureSource {
    pb::DisclosureSource { id: source.id.clone(), uri: source.uri.clone(), kind: source.kind.clone() }
}

fn duty(duty: &Duty<'_>) -> pb::DisclosureDuty {
    use pb::disclosure_duty::State;
    let state = match duty.state {
        DutyState::Information => State::Information,
        DutyState::ToCheck => State::ToCheck,
        DutyState::Met => State::Met,
        DutyState::NotDue => State::NotDue,
    };
    pb::DisclosureDuty {
        rule: duty.rule.to_owned(),
        kind: duty_kind(duty.kind).into(),
        bearers: duty.bearers.iter().map(|one| bearer(*one).into()).collect(),
        description: duty.description.to_owned(),
        state: state.into(),
        confidence: confidence(duty.confidence).into(),
        sources: duty.sources.iter().map(source).collect(),
    }
}

fn duty_kind(kind: DutyKind) -> pb::disclosure_duty::Kind {
    use pb::disclosure_duty::Kind as Wire;
    match kind {
        DutyKind::Permit => Wire::Permit,
        DutyKind::Registration => Wire::Registration,
        DutyKind::Contract => Wire::Contract,
        DutyKind::BannedCategory => Wire::BannedCategory,
        DutyKind::Identity => Wire::Identity,
        DutyKind::Oversight => Wire::Oversight,
        DutyKind::ImageNotice => Wire::ImageNotice,
        DutyKind::Other => Wire::Other,
    }
}

fn bearer(bearer: Bearer) -> pb::disclosure_duty::Bearer {
    use pb::disclosure_duty::Bearer as Wire;
    match bearer {
        Bearer::Creator => Wire::Creator,
        Bearer::Brand => Wire::Brand,
        Bearer::Agency => Wire::Agency,
        Bearer::Platform => Wire::Platform,
    }
}

/// What is known of one jurisdiction.
pub fn known(jurisdiction: &Jurisdiction) -> pb::DisclosureJurisdiction {
    let accepted =
        jurisdiction.labels.iter().map(|rule| label(&rule.basis, &rule.says.text, &rule.says.language, true));
    let refused =
        jurisdiction.refused.iter().map(|rule| label(&rule.basis, &rule.says.text, &rule.says.language, false));
    let duties = jurisdiction.duties.iter().map(|rule| pb::DisclosureDuty {
        rule: rule.basis.id.clone(),
        kind: duty_kind(rule.says.kind).into(),
        bearers: rule.says.bearers.iter().map(|one| bearer(*one).into()).collect(),
        description: rule.says.text.clone(),
        state: pb::disclosure_duty::State::Information.into(),
        confidence: confidence(rule.basis.confidence).into(),
        sources: rule.basis.sources.iter().map(source).collect(),
    });
    let count = jurisdiction.labels.len()
        + jurisdiction.refused.len()
        + jurisdiction.duties.len()
        + jurisdiction.triggers.len()
        + jurisdiction.caption.len()
        + jurisdiction.media.len()
        + jurisdiction.bans.len();
    pb::DisclosureJurisdiction {
        code: jurisdiction.code.clone(),
        display_name: jurisdiction.name.clone(),
        rule_count: i32::try_from(count).unwrap_or(i32::MAX),
        labels: accepted.chain(refused).collect(),
        duties: duties.collect(),
    }
}

fn label(basis: &Basis, text: &str, language: &str, accepted: bool) -> pb::DisclosureLabel {
    pb::DisclosureLabel {
        rule: basis.id.clone(),
        text: text.to_owned(),
        language: language.to_owned(),
        accepted,
        confidence: confidence(basis.confidence).into(),
        sources: basis.sources.iter().map(source).collect(),
    }
}
