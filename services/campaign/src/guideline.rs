//! Owns whether a draft holds to the campaign's guidelines, as far as words can tell. Never what a guideline means.

#[cfg(test)]
mod tests;

use creatorscope_proto::campaign::v1::{DisclosureContent, Guideline, GuidelineCheck, GuidelineKind};

use crate::compare::{
    characters::{folded, is_hangul, is_letter},
    content_words,
    words::{Kind, Word, read, without_tags},
};

/// Checks a content against each guideline that has phrases and is a `MUST` or a `MUST_NOT`, in their order. Everything that is seen
/// or heard counts: title, caption, hashtags, first comment, transcript and text in the picture.
///
/// A phrase is found when its words stand in the text one after the other, normalised as in [`crate::compare`]; signs between them do
/// not count. Words are whole (`glow` is in `glow's` and in `#glow`, not in `glowing`), but for a word of Hangul at the end of a
/// phrase, to which particles may be attached, and for scripts without spaces, where the phrase may stand anywhere. A phrase with
/// a hashtag or mention needs it whole. A phrase of signs alone, e.g. an emoji, may stand anywhere too.
pub fn check(guidelines: &[Guideline], content: &DisclosureContent) -> Vec<GuidelineCheck> {
    let text = Text::of(content);
    let mut checks = Vec::new();
    for (index, guideline) in guidelines.iter().enumerate() {
        let forbids = match guideline.kind() {
            GuidelineKind::Must => false,
            GuidelineKind::MustNot => true,
            GuidelineKind::Unspecified | GuidelineKind::Free => continue,
        };
        if guideline.phrases.is_empty() {
            continue;
        }
        let found = guideline.phrases.iter().find(|phrase| text.has(phrase));
        checks.push(GuidelineCheck {
            index: i32::try_from(index).unwrap_or(i32::MAX),
            text: guideline.text.clone(),
            holds: found.is_some() != forbids,
            phrase: found.cloned().unwrap_or_default(),
        });
    }
    checks
}

/// Stands around every word of a text that is searched; no word has it, because nothing that cannot be seen is read.
const EDGE: char = '\0';

/// A text made ready to be searched. Fields are parted by two edges, so that no phrase reaches from one into the next.
struct Text {
    /// Words between edges, hashtags and mentions as they are.
    tagged: String,
    /// Words between edges, of hashtags and mentions their letters only.
    plain: String,
    /// Runs of signs between edges.
    signs: String,
}

impl Text {
    fn of(content: &DisclosureContent) -> Self {
        let spoken = [&content.transcript, &content.on_screen_text].into_iter().flatten();
        let apart = spoken.chain([&content.first_comment]).map(|text| read(text));
        let mut text = Self { tagged: String::new(), plain: String::new(), signs: String::new() };
        for words in [content_words(content)].into_iter().chain(apart) {
            let signs = words.iter().filter(|word| word.kind == Kind::Signs).map(|word| word.key.clone());
            text.signs.push_str(&edged(&signs.collect::<Vec<_>>()));
            text.tagged.push_str(&edged(&letters(&words)));
            text.plain.push_str(&edged(&letters(&without_tags(words))));
        }
        text
    }

    fn has(&self, phrase: &str) -> bool {
        let words = read(phrase);
        if words.iter().all(|word| word.kind == Kind::Signs) {
            let signs: String = words.iter().map(|word| word.key.as_str()).collect();
            return !signs.is_empty() && self.signs.contains(&signs);
        }
        let letters = letters(&words);
        let Some(last) = letters.last() else { return false };
        let searched = if words.iter().any(Word::is_tag) { &self.tagged } else { &self.plain };
        let edged = edged(&letters);
        // Particles may follow a word of Hangul; a hashtag is whole in every script.
        let open = last.ends_with(is_hangul) && !last.starts_with(['#', '@']);
        searched.contains(if open { edged.trim_end_matches(EDGE) } else { &edged })
    }
}

/// The words with an edge around each; empty for none.
fn edged(words: &[String]) -> String {
    let mut text = String::new();
    for word in words {
        text.push(EDGE);
        text.push_str(word);
    }
    if !words.is_empty() {
        text.push(EDGE);
    }
    text
}

/// The words without signs; words with signs inside (`glow-serum`, `don't`) are cut there, tags stay whole.
fn letters(words: &[Word]) -> Vec<String> {
    let mut letters = Vec::new();
    for word in words {
        match word.kind {
            Kind::Signs => {}
            Kind::Tag => letters.push(word.key.clone()),
            Kind::Letters => {
                let parts = word.shown.split(|sign: char| !is_letter(sign));
                letters.extend(parts.filter(|part| !part.is_empty()).map(folded));
            }
        }
    }
    letters
}
