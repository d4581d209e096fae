//! Owns what is said of a post without an accepted label: refused ones, foreign ones, one in the wrong place, none. Never an
//! accepted label's place.

use super::{Asked, Judge, label::CANDIDATES};
use crate::{
    check::{Confidence, Field, Finding, Reason, Verdict},
    find::{Found, Hit, Standing},
    language::{self, Fit},
    rules::{Counts, Evidence, LanguageRule, Need, Refused, Rule, Shape, What, Why},
};

impl<'r> Judge<'r, '_> {
    /// Says why a post that needs a label has none.
    pub(super) fn without_label(&self, asked: Asked<'r>) -> Vec<Finding<'r>> {
        // Labels of advertising say nothing about altered or made pictures.
        if !asked.relation.is_commercial() {
            return vec![self.missing(asked)];
        }
        let finding = self
            .refused(asked, false)
            .or_else(|| self.unlisted(asked))
            .or_else(|| self.elsewhere(asked))
            .or_else(|| if self.may_be_inside() { None } else { self.refused(asked, true) })
            .unwrap_or_else(|| self.missing(asked));
        vec![finding]
    }

    /// The label that is refused here most certainly; only brands named for a label, or all others.
    fn refused(&self, asked: Asked<'r>, brands: bool) -> Option<Finding<'r>> {
        let mut best: Option<Finding<'r>> = None;
        for found in self.post.shown() {
            for (hit, rule) in self.refused_in(found).take(CANDIDATES) {
                // One word in running text is no attempt at a label, and naming the brand is none that could be doubted.
                let is_brand =
                    matches!(self.rules.patterns.all[hit.pattern].shape, Shape::BrandTag | Shape::BrandHandle);
                let doubtful = is_brand && rule.basis.confidence == Confidence::Low;
                // `Special thanks: …` is no `#thanks`.
                let is_word_of_tag =
                    hit.standing == Standing::Apart && rule.says.text.starts_with('#') && !found.is_surely_apart(hit);
                let is_attempt =
                    !(doubtful || is_word_of_tag || hit.brand_assumed || hit.standing == Standing::Running);
                if is_brand != brands || !is_attempt {
                    continue;
                }
                let finding = self.refusal(asked, found, hit, rule, is_brand);
                if best.as_ref().is_none_or(|best| finding.effect > best.effect) {
                    best = Some(finding);
                }
            }
        }
        best
    }

    fn refusal(
        &self,
        asked: Asked<'r>,
        found: &Found<'_>,
        hit: &Hit,
        rule: &'r Rule<Refused>,
        is_brand: bool,
    ) -> Finding<'r> {
        let text = &rule.says.text;
        let mut effect = rule.basis.confidence.breach();
        let (reason, words) = match rule.says.why {
            _ if is_brand => (Reason::LabelMissing, format!("`{text}` alone names the brand and discloses nothing")),
            Why::Language | Why::LanguageAndPosition => {
                (Reason::WrongLanguage, format!("`{text}` is not in the language that is wanted here"))
            }
            Why::SecondaryOnly => (Reason::LabelSecondary, format!("`{text}` counts only next to a main label")),
            Why::CombinationNeeded => {
                (Reason::LabelNeedsPartner, format!("`{text}` counts only together with its partner"))
            }
            Why::Superseded => (Reason::LabelRefused, format!("`{text}` is older wording")),
            Why::Conditional => (Reason::LabelRefused, format!("`{text}` leaves open whether something was given")),
            _ => (Reason::LabelRefused, format!("`{text}` is refused as too vague")),
        };
        let of_content =
            matches!(self.one.language.says.rule, LanguageRule::SameAsContent | LanguageRule::ListedOrSameAsContent)
                && !self.post.language.is_empty()
                && language::same(&self.post.language, &rule.says.language);
        if rule.says.why == Why::Language && of_content {
            // Refused as foreign, but the post is in that language.
            effect = effect.min(Verdict::Review);
        } else if rule.says.language != "any"
            && !is_brand
            && let Fit::Wrong(wrong) = language::fit(&self.one.language, &rule.says.language, &self.post.language)
            && wrong > effect
        {
            return self.wrong_language(asked, wrong, text).at(Some(self.post.span_of(found, hit)));
        }
        Finding::of(&rule.basis, self.capped(asked, effect), reason, words)
            .at(Some(self.post.span_of(found, hit)))
            .fix(self.advice(asked))
    }

    /// A label that other countries accept and that the facts of this one do not name.
    fn unlisted(&self, asked: Asked<'r>) -> Option<Finding<'r>> {
        self.post.shown().find_map(|found| {
            found.hits.iter().find_map(|hit| {
                let pattern = &self.rules.patterns.all[hit.pattern];
                let apart = match hit.standing {
                    Standing::Hashtag => true,
                    // A pub is also a bar, so that a short word of another country must be first or in brackets.
                    Standing::Apart => !pattern.short || found.is_surely_apart(hit),
                    Standing::Running | Standing::InHashtag => false,
                };
                let abroad = pattern.uses.iter().find(|one| one.full && apart && one.jurisdiction != self.at)?;
                let What::Accepted(n) = abroad.what else { return None };
                let country = &self.rules.file.jurisdictions[abroad.jurisdiction];
                let label = &country.labels[n];
                let span = Some(self.post.span_of(found, hit));
                let text = &label.says.text;
                if let Fit::Wrong(effect) = language::fit(&self.one.language, &label.says.language, &self.post.language)
                {
                    return Some(self.wrong_language(asked, effect, text).at(span));
                }
                let closed = &self.one.closed_list;
                let words = format!("`{text}` is a label in {}; no fact says whether it is one here", country.name);
                let effect = if closed.says.closed { closed.basis.confidence.breach() } else { Verdict::Review };
                let basis = if closed.says.closed { &closed.basis } else { &asked.rule.basis };
                Some(
                    Finding::of(basis, self.capped(asked, effect), Reason::LabelUnlisted, words)
                        .at(span)
                        .fix(self.advice(asked)),
                )
            })
        })
    }

    /// A label that is only in a comment or in the profile.
    fn elsewhere(&self, asked: Asked<'r>) -> Option<Finding<'r>> {
        let rule = &self.one.elsewhere;
        self.post.elsewhere.iter().find_map(|found| {
            let (hit, label) = self.certain_label(found)?;
            let effect = if rule.says.counts == Counts::No { rule.basis.confidence.breach() } else { Verdict::Review };
            let place = if found.field == Field::Profile { "profile" } else { "first comment" };
            let words = format!("`{}` is only in the {place}", label.says.text);
            Some(
                Finding::of(&rule.basis, self.capped(asked, effect), Reason::LabelElsewhere, words)
                    .at(Some(self.post.span_of(found, hit)))
                    .fix(self.advice(asked)),
            )
        })
    }

    fn missing(&self, asked: Asked<'r>) -> Finding<'r> {
        let basis = &asked.rule.basis;
        let relation = asked.relation.as_str();
        let finding = match asked.rule.says.need {
            Need::Recommended => {
                let words = "no duty is known; a label is advised";
                Finding::of(basis, Verdict::Review, Reason::Recommended, words)
            }
            Need::Unclear => {
                let words = format!("it is not clear what `{relation}` asks for here");
                Finding::of(basis, Verdict::Review, Reason::NeedUncertain, words)
            }
            Need::Conditional => {
                let words =
                    format!("`{relation}` needs a label here under conditions that a person must judge; there is none");
                Finding::of(basis, Verdict::Review, Reason::NeedUncertain, words)
            }
            Need::WordsFree => {
                let words = format!("`{relation}` must be told in some words; none of the known ones is there");
                Finding::of(basis, Verdict::Review, Reason::LabelMissing, words)
            }
            Need::UnlessObvious if self.context.obvious => {
                let words = "no label; it was told that everyone sees the advertising from the context";
                Finding::of(basis, Verdict::Review, Reason::ContextObvious, words)
            }
            _ if self.may_be_inside() => {
                let words = format!(
                    "no label for `{relation}` is in the caption; what is in the picture or sound is not known"
                );
                Finding::of(basis, Verdict::Review, Reason::EvidenceMissing, words)
            }
            _ => {
                let words = format!("`{relation}` needs a label, and there is none");
                Finding::of(basis, self.capped(asked, Verdict::Fail), Reason::LabelMissing, words)
            }
        };
        finding.fix(self.advice(asked))
    }

    /// Whether the label belongs into picture or sound, and nobody told what is there.
    fn may_be_inside(&self) -> bool {
        let unknown = self.post.transcript.is_none() || self.post.on_screen.is_none();
        let moving = self.media_rule().is_some_and(|rule| {
            rule.says.evidence != Evidence::Outside && rule.says.medium != crate::rules::MediumKind::Image
        });
        unknown && moving
    }
}
