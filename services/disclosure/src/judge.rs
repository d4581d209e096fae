//! Owns the verdict of one jurisdiction: what each tie asks for and what the post has. Never the search for labels.

mod label;
mod media;
mod without;

use crate::{
    check::{Finding, JurisdictionVerdict, Nexus, Reason, Verdict},
    duties::{duties, mark_secondary},
    find::{Found, Hit},
    model::{Context, Relation},
    post::Post,
    rules::{BrandRule, FlagRule, Jurisdiction, Label, Need, Refused, Rule, Rules, Trigger, What},
};

/// A jurisdiction and a post.
pub(crate) struct Judge<'r, 'p> {
    rules: &'r Rules,
    at: usize,
    one: &'r Jurisdiction,
    post: &'p Post<'p>,
    context: &'p Context,
}

/// What a tie asks for here.
#[derive(Clone, Copy)]
struct Asked<'r> {
    relation: Relation,
    rule: &'r Rule<Trigger>,
    /// Whether the rule is about another tie that is like it.
    inferred: bool,
}

/// The worst effect of findings.
fn worst(findings: &[Finding<'_>]) -> Verdict {
    findings.iter().map(|finding| finding.effect).max().unwrap_or(Verdict::NotApplicable)
}

impl<'r, 'p> Judge<'r, 'p> {
    pub(crate) fn new(rules: &'r Rules, at: usize, post: &'p Post<'p>, context: &'p Context) -> Self {
        Self { rules, at, one: &rules.file.jurisdictions[at], post, context }
    }

    pub(crate) fn verdict(&self, nexus: Vec<Nexus>) -> JurisdictionVerdict<'r> {
        let (duties, of_duties) = duties(self.one, self.context, self.rules.categories());
        let mut findings = Vec::new();
        if let Some(from) = self.one.known_from.filter(|&from| self.context.publish_date < from) {
            let words = format!("the facts begin on {from}; what held before is not in the rules");
            findings.push(Finding::unruled(&self.one.code, Verdict::NoData, Reason::BeforeFacts, words));
        } else {
            let mut relations = self.context.relations.clone();
            relations.sort_unstable();
            relations.dedup();
            for relation in relations {
                findings.append(&mut self.relation(relation));
            }
            if findings.is_empty() {
                let words = "nothing was told about the tie between creator and brand";
                findings.push(Finding::unruled(&self.one.code, Verdict::Review, Reason::NoRelationGiven, words));
            }
            findings.extend(of_duties);
        }
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.effect));
        mark_secondary(&mut findings);
        JurisdictionVerdict {
            jurisdiction: self.one.code.clone(),
            name: self.one.name.clone(),
            verdict: worst(&findings),
            findings,
            duties,
            nexus,
        }
    }

    fn relation(&self, relation: Relation) -> Vec<Finding<'r>> {
        if matches!(relation, Relation::NoRelationship | Relation::OwnPurchase) {
            return self.without_tie(relation);
        }
        let Some(asked) = self.asked(relation) else {
            let words = format!("no fact asks for a notice for `{}` here", relation.as_str());
            let effect = if relation.is_commercial() { Verdict::Review } else { Verdict::NotApplicable };
            return vec![Finding::unruled(&self.one.code, effect, Reason::RelationUnknown, words)];
        };
        match asked.rule.says.need {
            Need::None => vec![self.no_label_needed(asked)],
            Need::MarkInPicture => vec![
                Finding::of(
                    &asked.rule.basis,
                    Verdict::Review,
                    Reason::EvidenceMissing,
                    "the picture must carry the official mark; a text cannot show whether it does",
                )
                .fix("Put the official mark into the picture."),
            ],
            _ => self.label_needed(asked),
        }
    }

    /// What a tie asks for: its own rule, or that of the tie it is a kind of.
    fn asked(&self, relation: Relation) -> Option<Asked<'r>> {
        let of = |relation| {
            self.one
                .triggers
                .iter()
                .find(|rule| rule.says.relation == relation && rule.basis.holds_on(self.context.publish_date))
        };
        if let Some(rule) = of(relation) {
            return Some(Asked { relation, rule, inferred: false });
        }
        match relation {
            // A contract is pay; the rule of pay is the rule.
            Relation::Ambassador => of(Relation::Paid).map(|rule| Asked { relation, rule, inferred: false }),
            // An invitation is a gift by most, not by all.
            Relation::EventInvite => of(Relation::GiftUnasked).map(|rule| Asked { relation, rule, inferred: true }),
            _ => None,
        }
    }

    fn no_label_needed(&self, asked: Asked<'r>) -> Finding<'r> {
        let sure = asked.rule.basis.confidence > crate::check::Confidence::Low && !asked.inferred;
        let effect = if sure { Verdict::NotApplicable } else { Verdict::Review };
        let words = format!("`{}` needs no label here, as far as the post is free", asked.relation.as_str());
        Finding::of(&asked.rule.basis, effect, Reason::NoLabelNeeded, words)
    }

    /// Holds an effect to what the tie's own rule allows: nothing unclear, inferred or of low confidence fails.
    fn capped(&self, asked: Asked<'_>, effect: Verdict) -> Verdict {
        let ceiling = match asked.rule.says.need {
            _ if asked.inferred => Verdict::Review,
            Need::UnlessObvious if self.context.obvious => Verdict::Review,
            Need::Label | Need::Special | Need::UnlessObvious => asked.rule.basis.confidence.breach(),
            _ => Verdict::Review,
        };
        effect.min(ceiling)
    }

    fn label_needed(&self, asked: Asked<'r>) -> Vec<Finding<'r>> {
        let label = self.best_label(asked);
        let has_label = label.is_some();
        let mut outcome = label.unwrap_or_else(|| self.without_label(asked));
        if asked.relation.is_commercial()
            && let Some((found, negation)) = self.negated()
        {
            let id = &self.rules.file.negations[negation.0].id;
            let span = Some(self.post.span(found, negation.1, negation.2));
            if has_label && worst(&outcome) < Verdict::Fail {
                let words = "the post is labelled and also denies to be advertising";
                outcome.push(
                    Finding::unruled(id, Verdict::Review, Reason::NegatedAndLabelled, words)
                        .at(span)
                        .fix("Delete the denial."),
                );
            } else {
                let ceiling = match asked.rule.says.need {
                    Need::Conditional | Need::WordsFree if !asked.inferred => asked.rule.basis.confidence.breach(),
                    _ => self.capped(asked, Verdict::Fail),
                };
                let words = format!("the post denies to be advertising, and the tie is `{}`", asked.relation.as_str());
                let mut finding = Finding::of(&asked.rule.basis, ceiling, Reason::Negated, words);
                finding.rule = id;
                outcome = vec![finding.at(span).fix(format!("Delete the denial. {}", self.advice(asked)))];
            }
        } else if let Some(flag) = self.flag(asked)
            && flag.effect < worst(&outcome)
        {
            for finding in &mut outcome {
                finding.effect = finding.effect.min(flag.effect);
            }
            outcome.push(flag);
        }
        if has_label && worst(&outcome) < Verdict::Fail {
            outcome.extend(self.brand_missing(asked));
            outcome.extend(self.flag_missing());
            outcome.extend(self.in_content(asked));
        }
        if asked.inferred && worst(&outcome) == Verdict::Pass {
            let words = "no fact is about invitations here; the rule for gifts was used";
            outcome.push(Finding::of(&asked.rule.basis, Verdict::Review, Reason::RelationInferred, words));
        }
        if asked.rule.says.need == Need::Unclear && worst(&outcome) == Verdict::Pass {
            let words = "it is not clear what this tie asks for here";
            outcome.push(Finding::of(&asked.rule.basis, Verdict::Review, Reason::NeedUncertain, words));
        }
        outcome
    }

    /// The first denial in what is shown.
    fn negated(&self) -> Option<(&'p Found<'p>, (usize, usize, usize))> {
        self.post.shown().find_map(|found| {
            let &(pattern, start, end) = found.negations.first()?;
            let negation = self.rules.patterns.all[pattern].negation?;
            Some((found, (negation, start, end)))
        })
    }

    /// What the platform's flag is worth, when it is set.
    fn flag(&self, asked: Asked<'_>) -> Option<Finding<'r>> {
        if self.post.content.platform_flag != Some(true) || !asked.relation.is_commercial() {
            return None;
        }
        let rule = &self.one.flag;
        if !rule.basis.holds_on(self.context.publish_date) {
            let words = "the fact about the platform's label is younger than the post";
            return Some(Finding::of(&rule.basis, Verdict::Review, Reason::FlagAlone, words));
        }
        let enough = if rule.basis.confidence.breach() == Verdict::Fail { Verdict::Pass } else { Verdict::Review };
        let conforms = self.post.flag_text.as_ref().is_some_and(|found| self.accepted_in(found).next().is_some());
        let (effect, reason, words) = match rule.says.rule {
            FlagRule::Sufficient | FlagRule::PreferredPrimary => {
                (enough, Reason::FlagSuffices, "the platform's own label is enough here")
            }
            FlagRule::SufficientIfConforming if conforms => {
                (enough, Reason::FlagSuffices, "the platform's label shows accepted words")
            }
            FlagRule::SufficientIfConforming => (
                Verdict::Review,
                Reason::FlagMayConform,
                "the platform's label is enough if it shows accepted words; which it shows is not known",
            ),
            FlagRule::NotSufficientAlone if conforms => (
                Verdict::Review,
                Reason::FlagMayConform,
                "the platform's label shows accepted words, but facts say that it is not enough alone",
            ),
            FlagRule::NotSufficientAlone => (
                self.capped(asked, rule.basis.confidence.breach()),
                Reason::FlagAlone,
                "the platform's own label is not enough alone",
            ),
            _ => {
                (Verdict::Review, Reason::FlagAlone, "the platform's own label alone is at best half of what is needed")
            }
        };
        Some(Finding::of(&rule.basis, effect, reason, words))
    }

    fn flag_missing(&self) -> Option<Finding<'r>> {
        let rule = &self.one.flag;
        let needed =
            rule.says.rule == FlagRule::RequiredPlusManualLabel && rule.basis.holds_on(self.context.publish_date);
        (needed && self.post.content.platform_flag != Some(true)).then(|| {
            let words = "the label is there; the platform's own label is wanted too";
            Finding::of(&rule.basis, Verdict::Review, Reason::FlagAlsoNeeded, words)
                .fix("Switch on the platform's paid-partnership label.")
        })
    }

    fn brand_missing(&self, asked: Asked<'_>) -> Option<Finding<'r>> {
        let rule = &self.one.brand_name;
        if rule.says.rule != BrandRule::Required || !asked.relation.is_commercial() {
            return None;
        }
        let texts = self.post.shown().chain(self.post.inside()).chain(&self.post.flag_text);
        if texts.into_iter().any(|found| !found.brand.is_empty()) {
            return None;
        }
        let (reason, words) = if self.post.brand.is_given() {
            (Reason::BrandNotNamed, "it must be clear for whom the post advertises, and no text names the brand")
        } else {
            (Reason::BrandNotGiven, "it must be clear for whom the post advertises; the brand's names were not given")
        };
        Some(Finding::of(&rule.basis, Verdict::Review, reason, words).fix("Name the brand next to the label."))
    }

    /// Labels that this jurisdiction, or a member state of this baseline, accepts on the day, in a text.
    fn accepted_in<'f>(&'f self, found: &'f Found<'f>) -> impl Iterator<Item = (&'f Hit, &'r Rule<Label>)> + 'f {
        found.hits.iter().flat_map(move |hit| {
            self.rules.patterns.all[hit.pattern].uses.iter().filter_map(move |one| {
                let jurisdiction = &self.rules.file.jurisdictions[one.jurisdiction];
                let counts = one.jurisdiction == self.at
                    || self.one.labels.is_empty() && jurisdiction.baseline.as_ref() == Some(&self.one.code);
                let What::Accepted(n) = one.what else { return None };
                let rule = &jurisdiction.labels[n];
                (counts && rule.basis.holds_on(self.context.publish_date)).then_some((hit, rule))
            })
        })
    }

    /// Labels that this jurisdiction refuses on the day, in a text.
    fn refused_in<'f>(&'f self, found: &'f Found<'f>) -> impl Iterator<Item = (&'f Hit, &'r Rule<Refused>)> + 'f {
        found.hits.iter().flat_map(move |hit| {
            self.rules.patterns.all[hit.pattern].uses.iter().filter_map(move |one| {
                let What::Refused(n) = one.what else { return None };
                let rule = &self.one.refused.get(n)?;
                (one.jurisdiction == self.at && rule.basis.holds_on(self.context.publish_date)).then_some((hit, *rule))
            })
        })
    }

    /// Nothing ties the creator to the brand.
    fn without_tie(&self, relation: Relation) -> Vec<Finding<'r>> {
        let own = self.post.shown().find_map(|found| {
            self.accepted_in(found)
                .find(|(_, rule)| rule.says.scope.contains(&relation))
                .map(|(hit, rule)| (found, hit, rule))
        });
        if let Some((found, hit, rule)) = own {
            let effect = if rule.basis.confidence.breach() == Verdict::Fail { Verdict::Pass } else { Verdict::Review };
            let words = format!("`{}` says so", rule.says.text);
            return vec![
                Finding::of(&rule.basis, effect, Reason::LabelPresent, words).at(Some(self.post.span_of(found, hit))),
            ];
        }
        if let Some((found, (negation, start, end))) = self.negated() {
            let id = &self.rules.file.negations[negation].id;
            let words = "the post denies to be advertising; a person must confirm that nothing was given";
            return vec![
                Finding::unruled(id, Verdict::Review, Reason::NegationWithoutRelation, words)
                    .at(Some(self.post.span(found, start, end))),
            ];
        }
        let label = self.post.shown().find_map(|found| self.certain_label(found).map(|(hit, rule)| (found, hit, rule)));
        if let Some((found, hit, rule)) = label {
            let words = "the post is labelled as advertising though no tie is recorded";
            return vec![
                Finding::of(&rule.basis, Verdict::Review, Reason::LabelWithoutRelation, words)
                    .at(Some(self.post.span_of(found, hit)))
                    .fix("Record the tie, or delete the label."),
            ];
        }
        let words = format!("`{}` needs no label", relation.as_str());
        vec![match self.asked(relation) {
            Some(asked) => self.no_label_needed(asked),
            None => Finding::unruled(&self.one.code, Verdict::NotApplicable, Reason::NoLabelNeeded, words),
        }]
    }
}
