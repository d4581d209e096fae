//! Owns the judgement of an accepted label: its language, its scope, its place. Never what holds when there is none.

use super::{Asked, Judge, worst};
use crate::{
    check::{Confidence, Field, Finding, Reason, Verdict},
    find::{Found, Hit, Standing},
    language::{self, Fit},
    model::{Medium, Relation},
    normalise::comparable,
    place::{Place, first_lines, is_short},
    rules::{CaptionPlace, Evidence, Label, Need, PlaceRule, Rule, Shape},
};

/// Labels of one text that are looked at: the first are placed best, and a text may hold thousands.
pub(super) const CANDIDATES: usize = 24;

impl<'r> Judge<'r, '_> {
    /// The findings about the label that serves best; `None` when no accepted label is there.
    pub(super) fn best_label(&self, asked: Asked<'r>) -> Option<Vec<Finding<'r>>> {
        let shown = self.post.shown().map(|found| (found, true));
        let inside = self.post.inside().map(|found| (found, false));
        let mut best: Option<Vec<Finding<'r>>> = None;
        for (found, is_shown) in shown.chain(inside) {
            for (hit, rule) in self.accepted_in(found).take(CANDIDATES) {
                if is_of_other_kind(rule, asked.relation) || self.is_part_of_refused(found, hit) {
                    continue;
                }
                // `할인` announces discounts far more often than the tie that it is a label for.
                let pattern = &self.rules.patterns.all[hit.pattern];
                let is_other = !rule.says.scope.contains(&asked.relation) && !rule.says.scope.contains(&Relation::Paid);
                if is_other && pattern.unspaced && hit.standing != Standing::Hashtag {
                    continue;
                }
                let findings = self.label(asked, found, hit, rule, is_shown);
                if best.as_ref().is_none_or(|best| worst(&findings) < worst(best)) {
                    best = Some(findings);
                }
            }
        }
        best
    }

    /// Tells whether a label is only a piece of a longer expression that is refused.
    fn is_part_of_refused(&self, found: &Found<'_>, hit: &Hit) -> bool {
        self.refused_in(found).take(CANDIDATES).any(|(other, _)| {
            other.start <= hit.start && other.end >= hit.end && other.end - other.start > hit.end - hit.start
        })
    }

    fn label(
        &self,
        asked: Asked<'r>,
        found: &Found<'_>,
        hit: &Hit,
        rule: &'r Rule<Label>,
        is_shown: bool,
    ) -> Vec<Finding<'r>> {
        let mut findings = Vec::new();
        let text = &rule.says.text;
        if rule.basis.confidence == Confidence::Low {
            let words = format!("`{text}` is accepted as far as is known; the fact is uncertain");
            let fix = self.advice(asked);
            findings.push(Finding::of(&rule.basis, Verdict::Review, Reason::LabelUncertain, words).fix(fix));
        }
        if let Shape::Tag(_, true) = self.rules.patterns.all[hit.pattern].shape {
            let words = format!("`{text}` is accepted as words; whether as a hashtag is not known");
            findings.push(
                Finding::of(&rule.basis, Verdict::Review, Reason::LabelUncertain, words)
                    .fix(format!("Write `{text}`.")),
            );
        }
        if hit.standing == Standing::InHashtag {
            let words = format!("`{text}` stands inside a longer hashtag");
            findings.push(
                Finding::of(&rule.basis, Verdict::Review, Reason::LabelUncertain, words).fix("Write the label alone."),
            );
        }
        if hit.brand_assumed {
            let words = format!(
                "`{text}` must name the brand; the brand's names were not given, so an account was taken for it"
            );
            findings.push(Finding::of(&rule.basis, Verdict::Review, Reason::BrandNotGiven, words));
        }
        if let Fit::Wrong(effect) = language::fit(&self.one.language, &rule.says.language, &self.post.language) {
            findings.push(self.wrong_language(asked, effect, text));
        }
        findings.extend(self.scope(asked, rule));
        if is_shown {
            if hit.standing == Standing::Running {
                let words = format!("`{text}` stands among other words and may not be read as a label");
                findings.push(
                    Finding::of(&rule.basis, Verdict::Review, Reason::LabelInRunningText, words)
                        .fix(format!("Set the label apart: `{text} | …`.")),
                );
            }
            if found.field == Field::Caption {
                findings.extend(self.place(asked, found, hit));
            }
        } else if self.must_be_shown() {
            let words = format!(
                "`{text}` is in the picture or sound; whether that is enough for this kind of post is not known"
            );
            findings.push(
                Finding::of(&self.caption_rule().basis, Verdict::Review, Reason::LabelElsewhere, words)
                    .fix(self.advice(asked)),
            );
        }
        if worst(&findings) <= Verdict::Pass {
            let words = format!("`{text}` is an accepted label and stands where it should");
            findings.push(Finding::of(&rule.basis, Verdict::Pass, Reason::LabelPresent, words));
        }
        let span = self.post.span_of(found, hit);
        for finding in &mut findings {
            finding.effect = self.capped(asked, finding.effect);
            finding.span = Some(span.clone());
        }
        findings
    }

    /// Whether a label in the picture alone is less than what is usual for the kind of post.
    fn must_be_shown(&self) -> bool {
        let moving =
            matches!(self.post.medium, Medium::Video | Medium::Short | Medium::Story | Medium::Live | Medium::Audio);
        !moving
            || self.media_rule().is_none_or(|rule| {
                rule.says.evidence == Evidence::Outside && rule.says.medium != crate::rules::MediumKind::Story
            })
    }

    pub(super) fn wrong_language(&self, asked: Asked<'r>, effect: Verdict, text: &str) -> Finding<'r> {
        let words = format!("`{text}` is not in the language that is wanted here");
        Finding::of(&self.one.language.basis, self.capped(asked, effect), Reason::WrongLanguage, words)
            .fix(self.advice(asked))
    }

    /// Whether a label is one for this tie. A full advertising label also covers gifts and invitations where the facts ask for
    /// a full one.
    fn scope(&self, asked: Asked<'r>, rule: &'r Rule<Label>) -> Option<Finding<'r>> {
        let says = &rule.says;
        let relation = asked.relation;
        if says.scope.contains(&relation) {
            return None;
        }
        let is_gift = matches!(relation, Relation::GiftUnasked | Relation::EventInvite);
        if is_gift && is_full(says) && asked.rule.says.need != Need::Special {
            return None;
        }
        let words = format!("`{}` is a label for other ties than `{}`", says.text, relation.as_str());
        // A word for pay on a lighter tie says too much; a word for gifts on pay says too little.
        let too_little = !says.scope.contains(&Relation::Paid);
        let effect = if too_little { rule.basis.confidence.breach() } else { Verdict::Review };
        Some(Finding::of(&rule.basis, effect, Reason::LabelOfOtherRelation, words).fix(self.advice(asked)))
    }

    /// The rule of place in force.
    pub(super) fn caption_rule(&self) -> &'r Rule<CaptionPlace> {
        let day = self.context.publish_date;
        self.one.caption.iter().find(|rule| rule.basis.holds_on(day)).unwrap_or(&self.one.caption[0])
    }

    /// What is wrong with a label's place in the caption.
    fn place(&self, asked: Asked<'r>, found: &Found<'_>, hit: &Hit) -> Vec<Finding<'r>> {
        let rule = self.caption_rule();
        let says = &rule.says;
        let place = Place::of(found, hit);
        let breach = rule.basis.confidence.breach();
        let mut findings = Vec::new();
        let fix = || self.advice(asked);
        let is_first = place.tokens_before == 0;
        match says.rule {
            PlaceRule::FirstPosition if is_first && place.mentions_before == 0 => return findings,
            PlaceRule::FirstPosition if place.tokens_before <= 2 => {
                let words = "the label is near the beginning but not the first word";
                findings.push(Finding::of(&rule.basis, Verdict::Review, Reason::LabelNearStart, words).fix(fix()));
            }
            PlaceRule::FirstPosition => {
                let words = format!("the label comes after {} other words; it must be first", place.tokens_before);
                findings.push(Finding::of(&rule.basis, breach, Reason::LabelLate, words).fix(fix()));
            }
            PlaceRule::FirstHashtags => {
                let most = says.hashtags.unwrap_or(1);
                // The start, or within the first hashtags as long as they are seen at once.
                if is_first {
                    return findings;
                }
                let all = found.tokens.iter().filter(|token| token.kind == crate::tokens::Kind::Hashtag);
                let ordinal = all.take_while(|token| token.start <= hit.judged).count();
                if hit.standing != Standing::Hashtag && place.tokens_before > 2 {
                    let words = "the label is neither at the start nor among the first hashtags";
                    findings.push(Finding::of(&rule.basis, breach, Reason::LabelLate, words).fix(fix()));
                } else if hit.standing != Standing::Hashtag {
                    let words = "the label is near the beginning but not the first word";
                    findings.push(Finding::of(&rule.basis, Verdict::Review, Reason::LabelNearStart, words).fix(fix()));
                } else if ordinal > most {
                    let words = format!("the label is hashtag {ordinal}; it must be among the first {most}");
                    findings.push(Finding::of(&rule.basis, breach, Reason::LabelBuried, words).fix(fix()));
                }
            }
            PlaceRule::TitleOrFirst if !place.in_first_sentence => {
                let words = "the label is not in the first sentence";
                findings.push(Finding::of(&rule.basis, breach, Reason::LabelLate, words).fix(fix()));
            }
            _ => {}
        }
        if hit.standing == Standing::Hashtag
            && place.hashtags_before >= self.rules.file.hashtag_pile
            && says.rule != PlaceRule::FirstHashtags
        {
            let effect = if says.apart_from_hashtags { breach } else { Verdict::Review };
            let words = format!("the label stands behind {} other hashtags", place.hashtags_before);
            findings.push(Finding::of(&rule.basis, effect, Reason::LabelBuried, words).fix(fix()));
        }
        findings.extend(self.fold(asked, rule, place));
        findings
    }

    /// Whether a label is in the visible part. What is surely shown is a guess, so that a label behind it is only looked at; one
    /// behind what is usually shown, or behind the lines that a rule names, breaks the rule.
    fn fold(&self, asked: Asked<'r>, rule: &'r Rule<CaptionPlace>, place: Place) -> Option<Finding<'r>> {
        let says = &rule.says;
        let behind_lines = says
            .lines
            .is_some_and(|lines| place.line >= lines && place.end > first_lines(self.post.caption.original, lines));
        if behind_lines {
            let known = says.lines_confidence.unwrap_or(rule.basis.confidence);
            let words = format!("the label is behind the first {} lines", says.lines.unwrap_or_default());
            let effect = known.min(rule.basis.confidence).breach();
            return Some(Finding::of(&rule.basis, effect, Reason::LabelBehindFold, words).fix(self.advice(asked)));
        }
        if is_short(&self.rules.file, place.end, place.line) {
            return None;
        }
        let visible = self.post.visible(self.rules);
        if visible.usual.is_some_and(|usual| place.end > usual) {
            let words = "the label is behind `more`: it begins where the caption is usually cut off";
            return Some(
                Finding::of(&rule.basis, rule.basis.confidence.breach(), Reason::LabelBehindFold, words)
                    .fix(self.advice(asked)),
            );
        }
        (place.end > visible.sure).then(|| {
            let words = "the label may be behind `more` on some screens";
            Finding::of(&rule.basis, Verdict::Review, Reason::LabelPerhapsBehindFold, words).fix(self.advice(asked))
        })
    }

    /// How to label the post, in words.
    pub(super) fn advice(&self, asked: Asked<'r>) -> String {
        let fits = |rule: &&Rule<Label>| {
            let covers = rule.says.scope.contains(&asked.relation)
                || asked.rule.says.need != Need::Special && is_full(&rule.says);
            covers
                && rule.basis.holds_on(self.context.publish_date)
                && language::fit(&self.one.language, &rule.says.language, &self.post.language) == Fit::Fits
        };
        let best = self.one.labels.iter().filter(fits).max_by_key(|rule| {
            // Of equally certain ones the first in the file.
            (rule.basis.confidence, rule.says.scope.contains(&asked.relation))
        });
        let first = |rule: &&Rule<Label>| {
            best.is_some_and(|best| {
                best.basis.confidence == rule.basis.confidence
                    && best.says.scope.contains(&asked.relation) == rule.says.scope.contains(&asked.relation)
            })
        };
        match self.one.labels.iter().filter(fits).find(first) {
            Some(rule) => format!("Begin the caption with `{}`.", rule.says.text),
            None if self.one.labels.is_empty() => "Use a label that the member state accepts, at the start.".to_owned(),
            None => "Begin the caption with a clear word for advertising in the language of the post.".to_owned(),
        }
    }

    /// The first label of a text that certainly says advertising.
    pub(super) fn certain_label<'f>(&'f self, found: &'f Found<'f>) -> Option<(&'f Hit, &'r Rule<Label>)> {
        self.accepted_in(found).find(|(hit, rule)| {
            matches!(hit.standing, Standing::Hashtag | Standing::Apart)
                && rule.says.scope.contains(&Relation::Paid)
                && (is_full(&rule.says) || comparable(&rule.says.text).chars().count() > 2)
        })
    }
}

/// Whether a label tells of something else altogether: of the picture where pay is asked for, of pay where the picture is, or that
/// there is no tie.
fn is_of_other_kind(rule: &Rule<Label>, relation: Relation) -> bool {
    let scope = &rule.says.scope;
    !scope.contains(&relation) && (!relation.is_commercial() || !scope.iter().any(|one| one.is_commercial()))
}

/// Whether a label is an unmistakable word for advertising: one for pay, gifts and commissions alike.
pub(super) fn is_full(label: &Label) -> bool {
    [Relation::Paid, Relation::GiftAsked, Relation::Affiliate].iter().all(|relation| label.scope.contains(relation))
}
