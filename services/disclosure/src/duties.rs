//! Owns duties and bans of a jurisdiction for one post. Never labels.

use crate::{
    applicable::canonical,
    check::{Bearer, Confidence, Duty, DutyKind, DutyState, Finding, Reason, Verdict},
    model::Context,
    rules::{Applies, Ban, DutyRule, Jurisdiction, Rule, Strength},
};

/// Who must heed a ban.
const EVERYONE: [Bearer; 3] = [Bearer::Creator, Bearer::Brand, Bearer::Agency];

/// Lists duties and bans on the day, and what they do to the verdict.
pub(crate) fn duties<'r>(
    one: &'r Jurisdiction,
    context: &Context,
    known: &[String],
) -> (Vec<Duty<'r>>, Vec<Finding<'r>>) {
    let mut duties = Vec::new();
    let mut findings = Vec::new();
    let commercial = context.relations.iter().any(|relation| relation.is_commercial());
    let category = context.product_category.trim().to_lowercase();
    for rule in one.duties.iter().filter(|rule| rule.basis.holds_on(context.publish_date)) {
        let state = if commercial { state(one, rule, context, &category) } else { DutyState::Information };
        if state == DutyState::ToCheck {
            findings.push(
                Finding::of(&rule.basis, Verdict::Review, Reason::DutyToCheck, rule.says.text.clone())
                    .fix("Show the number of the permit or entry, or have a person confirm it."),
            );
        }
        duties.push(Duty {
            rule: &rule.basis.id,
            kind: rule.says.kind,
            bearers: &rule.says.bearers,
            description: &rule.says.text,
            state,
            confidence: rule.basis.confidence,
            sources: &rule.basis.sources,
        });
    }
    for rule in one.bans.iter().filter(|rule| rule.basis.holds_on(context.publish_date)) {
        let hit = commercial && rule.says.categories.contains(&category);
        if hit {
            findings.push(ban(rule, &category));
        }
        let state = match (hit, category.is_empty()) {
            (true, _) => DutyState::ToCheck,
            (false, true) => DutyState::Information,
            (false, false) => DutyState::NotDue,
        };
        duties.push(Duty {
            rule: &rule.basis.id,
            kind: DutyKind::BannedCategory,
            bearers: &EVERYONE,
            description: &rule.says.text,
            state,
            confidence: rule.basis.confidence,
            sources: &rule.basis.sources,
        });
    }
    if commercial && !category.is_empty() && !known.contains(&category) {
        let words = format!("the rules know no category `{category}`; bans could not be checked");
        findings.push(Finding::unruled("categories", Verdict::Review, Reason::CategoryUnknown, words));
    }
    (duties, findings)
}

fn ban<'r>(rule: &'r Rule<Ban>, category: &str) -> Finding<'r> {
    let words = format!("{category}: {}", rule.says.text);
    match rule.says.strength {
        Strength::Banned => Finding::of(&rule.basis, rule.basis.confidence.breach(), Reason::CategoryBanned, words)
            .fix("Do not advertise this here, or have a lawyer say why it is allowed."),
        Strength::Conditions => Finding::of(&rule.basis, Verdict::Review, Reason::CategoryConditional, words)
            .fix("Have the conditions checked."),
    }
}

fn state(one: &Jurisdiction, rule: &Rule<DutyRule>, context: &Context, category: &str) -> DutyState {
    let says = &rule.says;
    let free = context.relations.iter().filter(|relation| relation.is_commercial()).all(|r| says.except.contains(r));
    if free {
        return DutyState::NotDue;
    }
    if !says.categories.is_empty() {
        return match category {
            "" => DutyState::Information,
            _ if !says.categories.iter().any(|one| one == category) => DutyState::NotDue,
            _ => shown(one, context),
        };
    }
    if says.applies == Applies::Told {
        return DutyState::Information;
    }
    let creator = canonical(&context.creator_country);
    if !creator.is_empty() && creator != one.code {
        return DutyState::NotDue;
    }
    match (says.followers, context.followers) {
        (Some(_), None) => DutyState::Information,
        (Some(least), Some(followers)) if followers < least => DutyState::NotDue,
        _ => shown(one, context),
    }
}

/// A number that was shown is taken for the permit; whether it is genuine is not for a program to say.
fn shown(one: &Jurisdiction, context: &Context) -> DutyState {
    let shown =
        |permit: &crate::model::Permit| canonical(&permit.country) == one.code && !permit.number.trim().is_empty();
    if context.permits.iter().any(shown) { DutyState::Met } else { DutyState::ToCheck }
}

/// Marks findings that rest on secondary texts.
pub(crate) fn mark_secondary(findings: &mut [Finding<'_>]) {
    for finding in findings {
        if finding.effect == Verdict::Fail && finding.confidence == Confidence::Medium {
            finding.description.push_str(" (secondary source)");
        }
    }
}
