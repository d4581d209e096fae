//! Owns what picture and sound must show besides the caption. Never the caption.

use super::{Asked, Judge};
use crate::{
    check::{Finding, Reason, Verdict},
    find::Found,
    model::Medium,
    rules::{Evidence, MediaPlace, MediumKind, Rule},
};

/// Times that a repeated label is wanted: more cannot be told from a text without times.
const REPEATED: usize = 2;

impl<'r> Judge<'r, '_> {
    /// The rule for the kind of post.
    pub(super) fn media_rule(&self) -> Option<&'r Rule<MediaPlace>> {
        let kind = match self.post.medium {
            Medium::Image | Medium::Carousel => MediumKind::Image,
            Medium::Video | Medium::Short => MediumKind::Video,
            Medium::Story => MediumKind::Story,
            Medium::Live => MediumKind::Live,
            Medium::Audio => MediumKind::Audio,
            Medium::Unknown | Medium::Text => return None,
        };
        self.one.media.iter().find(|rule| rule.says.medium == kind && rule.basis.holds_on(self.context.publish_date))
    }

    /// What is missing in picture or sound of a post whose caption is labelled.
    pub(super) fn in_content(&self, asked: Asked<'r>) -> Option<Finding<'r>> {
        let rule = self.media_rule()?;
        let count =
            |found: &Option<Found<'_>>| found.as_ref().map(|found| self.accepted_in(found).take(REPEATED).count());
        let (seen, heard) = (count(&self.post.on_screen), count(&self.post.transcript));
        let is_image = rule.says.medium == MediumKind::Image;
        let breach = self.capped(asked, rule.basis.confidence.breach());
        let wanted = &rule.says.text;
        let missing = |effect, reason, words: String| {
            Some(Finding::of(&rule.basis, effect, reason, words).fix(format!("Label the content itself ({wanted}).")))
        };
        let unknown = || {
            let words = format!("the label is also wanted in the content ({wanted}); what is there is not known");
            missing(Verdict::Review, Reason::EvidenceMissing, words)
        };
        let absent =
            |effect| missing(effect, Reason::NotInContent, format!("the content itself carries no label ({wanted})"));
        match rule.says.evidence {
            Evidence::Outside => None,
            // The caption is seen with the picture; only a picture that was read can be found without a label.
            Evidence::Content if is_image => match seen {
                Some(0) => absent(Verdict::Review),
                _ => None,
            },
            Evidence::Content => match seen.unwrap_or(0) + heard.unwrap_or(0) {
                0 if seen.is_some() && heard.is_some() => absent(breach),
                0 => unknown(),
                count if rule.says.repeated && count < REPEATED => {
                    let words =
                        format!("the label was found once in the content; it is wanted again and again ({wanted})");
                    missing(Verdict::Review, Reason::NotRepeated, words)
                }
                _ => None,
            },
            Evidence::Spoken => match heard {
                None => unknown(),
                Some(0) => absent(breach),
                Some(_) => None,
            },
            Evidence::Both => match (seen, heard) {
                (Some(0), _) | (_, Some(0)) => absent(breach),
                (Some(_), Some(_)) => None,
                _ => unknown(),
            },
        }
    }
}
