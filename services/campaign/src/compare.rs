//! Owns how near a published text is to the approved one, and the hash of a text. Never what follows from it.
//!
//! Texts are compared by words as they are normalised (see [`words`]): case, width, spaces, invisible characters and the form of
//! accents do not count; punctuation, emoji and look-alike letters of another script do.

mod align;
pub mod characters;
mod difference;
pub mod words;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use creatorscope_proto::campaign::v1::{
    ApprovalMode, DisclosureContent, TextComparison, TextDifference, TextMatch, Tolerance,
};
use ring::digest::{SHA256, digest};

use words::{Word, read};

/// The words of a content's title, caption and hashtags, in this order. Hashtags that the caption has are not repeated, so that it
/// does not matter whether a source gives them apart.
pub fn content_words(content: &DisclosureContent) -> Vec<Word> {
    let mut words = read(&content.title);
    let mut caption = read(&content.caption);
    let mut known: HashSet<String> = caption.iter().filter(|word| word.is_tag()).map(|word| word.key.clone()).collect();
    for tag in content.hashtags.iter().filter_map(|hashtag| words::hashtag(hashtag)) {
        if known.insert(tag.key.clone()) {
            caption.push(tag);
        }
    }
    // A caption that goes on where the title ends is not glued to it.
    if let Some(first) = caption.first_mut() {
        first.glued = false;
    }
    words.append(&mut caption);
    words
}

/// The normalised text of a content (title, caption and hashtags): its words, folded, with one space between them.
pub fn normalised_text(content: &DisclosureContent) -> String {
    joined(&content_words(content))
}

/// SHA-256 of the normalised text, hexadecimal, lower case, 64 characters. Two contents have the same hash when
/// [`compare`] calls them identical.
pub fn text_hash(content: &DisclosureContent) -> String {
    hash(&content_words(content))
}

fn joined(words: &[Word]) -> String {
    words.iter().map(|word| word.key.as_str()).collect::<Vec<_>>().join(" ")
}

fn hash(words: &[Word]) -> String {
    digest(&SHA256, joined(words).as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Holds a published content against the approved one. None when there is no text to compare: nothing was approved, and nothing had
/// to be.
///
/// The share of changed words is `changed / (equal + changed)`, where a run of words in place of another counts as the longer of
/// the two; it is the same in both directions. It is judged against `tolerance.word_share` (unset for 0); with
/// `tolerance.added_tags`, hashtags and mentions that were added are left out of what is judged, not of what is told. The time is
/// bounded by counts of words and never by a clock, so the same texts always give the same answer: runs of up to 5 000 words, 20 000
/// in all, are aligned word by word, as well as possible up to 256 changes and nearly so beyond; of longer texts without common
/// sequences of 8 words such runs count as changed as a whole.
pub fn compare(
    approved: Option<&DisclosureContent>,
    published: &DisclosureContent,
    tolerance: Option<&Tolerance>,
    approval: ApprovalMode,
) -> Option<TextComparison> {
    let after = content_words(published);
    let published_hash = hash(&after);
    let Some(approved) = approved else {
        let refused =
            TextComparison { r#match: TextMatch::NotApproved.into(), published_hash, ..TextComparison::default() };
        return (approval == ApprovalMode::Required).then_some(refused);
    };
    let before = content_words(approved);
    let hunks = difference::hunks(&before, &after);
    let tolerance = tolerance.copied().unwrap_or_default();
    let told = difference::share(&before, &after, &hunks, false);
    let judged = difference::share(&before, &after, &hunks, tolerance.added_tags);
    let found = if hunks.is_empty() {
        TextMatch::Identical
    } else if judged <= tolerance.word_share {
        TextMatch::Acceptable
    } else {
        TextMatch::Drifted
    };
    Some(TextComparison {
        r#match: found.into(),
        changed_word_share: told,
        differences: pieces(&before, &after, &hunks),
        published_hash,
        approved_hash: hash(&before),
    })
}

fn pieces(before: &[Word], after: &[Word], hunks: &[difference::Hunk]) -> Vec<TextDifference> {
    // Of two texts that are the same there is nothing to show.
    if hunks.is_empty() { Vec::new() } else { difference::pieces(before, after, hunks) }
}
