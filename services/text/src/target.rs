//! Owns whom or what a comment is about. Never whether it likes it.
//!
//! Rules over words in the languages that sentiment is read in: who is addressed or named, what kind of thing is spoken of, which
//! words it shares with the post's title. No labelled data for this question was found, so the certainties are set by hand from
//! how far a rule can be wrong, and the quality is that on the comments of our own in the tests. A rule of thumb, not a model.

mod words;

use std::collections::HashSet;

use words::Class;

/// What a comment is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// The creator: their person, voice, channel or work as such.
    Creator,
    /// A product or brand.
    Product,
    /// What the post is about.
    Topic,
    /// Other people: commenters, guests, public figures.
    OtherPeople,
}

/// What is known of the place of a comment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place<'a> {
    /// Names and handles of the creator.
    pub creator_names: &'a [&'a str],
    /// Names of brands and products of the post.
    pub products: &'a [&'a str],
    /// Title of the post; empty when not known.
    pub title: &'a str,
    /// Whether it answers another comment.
    pub is_reply: bool,
}

/// A target and how certain it is, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Aim {
    /// The target.
    pub target: Target,
    /// The probability that it is right, 0 to 1.
    pub confidence: f32,
}

/// Words that are looked at; what comes later in a comment is rarely about something else.
const MOST_WORDS: usize = 300;
/// Words that most comments do not exceed.
const USUAL_WORDS: usize = 32;
/// The longest word of a title that is too short to mean a topic, in letters.
const SHORT: usize = 3;

/// What speaks for each target, 0 (nothing) to 1.
#[derive(Default)]
struct Signs {
    creator: f32,
    product: f32,
    topic: f32,
    others: f32,
}

impl Signs {
    fn at_least(sign: &mut f32, certainty: f32) {
        *sign = sign.max(certainty);
    }
}

/// What a comment is about; none when nothing shows it. The text is cleaned.
pub fn target(text: &str, place: Place<'_>) -> Option<Aim> {
    let lower = text.to_lowercase();
    let (mut words, mut classes) = (Vec::with_capacity(USUAL_WORDS), Vec::with_capacity(USUAL_WORDS));
    for word in words_of(&lower).take(MOST_WORDS) {
        words.push(word);
        classes.push(words::classes(word));
    }
    if words.is_empty() {
        return None;
    }
    let shown = classes.iter().fold(words::classes_in_script(&lower), |all, more| all | more);
    let mut signs = Signs::default();
    addressed(&lower, shown, place, &mut signs);
    spoken_of(&lower, shown, &words, &classes, place, &mut signs);
    let all = [
        (Target::Creator, signs.creator),
        (Target::Product, signs.product),
        (Target::OtherPeople, signs.others),
        (Target::Topic, signs.topic),
    ];
    // The first of equals: who is addressed goes before what is spoken of.
    let (target, best) = all.into_iter().rev().max_by(|left, right| left.1.total_cmp(&right.1))?;
    let second = all.iter().filter(|other| other.0 != target).map(|other| other.1).fold(0.0, f32::max);
    // Two targets in one comment leave less certainty for each.
    (best > 0.0).then_some(Aim { target, confidence: best * (1.0 - 0.4 * second) })
}

/// Who is addressed or named.
fn addressed(lower: &str, shown: u8, place: Place<'_>, signs: &mut Signs) {
    if place.creator_names.iter().any(|name| names(lower, name)) {
        Signs::at_least(&mut signs.creator, 0.85);
    }
    if lower.contains('@') {
        let mut mentions = lower.split_whitespace().filter(|word| word.starts_with('@') && word.len() > 1);
        if mentions.any(|mention| !place.creator_names.iter().any(|name| same(mention, name))) {
            Signs::at_least(&mut signs.others, if lower.trim_start().starts_with('@') { 0.85 } else { 0.6 });
        }
    }
    if Class::Address.is_in(shown) {
        // In an answer, "you" is whoever is answered.
        let sign = if place.is_reply { &mut signs.others } else { &mut signs.creator };
        Signs::at_least(sign, if place.is_reply { 0.65 } else { 0.7 });
    } else if place.is_reply {
        Signs::at_least(&mut signs.others, 0.4);
    }
    if Class::Others.is_in(shown) {
        Signs::at_least(&mut signs.others, 0.55);
    }
}

/// What is spoken of.
fn spoken_of(lower: &str, shown: u8, words: &[&str], classes: &[u8], place: Place<'_>, signs: &mut Signs) {
    if Class::Media.is_in(shown) {
        let at = classes.iter().position(|class| Class::Media.is_in(*class)).unwrap_or_default();
        let pointed = classes[at.saturating_sub(2)..at].iter().any(|class| Class::Pointer.is_in(*class));
        Signs::at_least(&mut signs.creator, if pointed { 0.75 } else { 0.55 });
    }
    if place.products.iter().any(|product| names(lower, product)) {
        Signs::at_least(&mut signs.product, 0.85);
    } else if Class::Product.is_in(shown) {
        Signs::at_least(&mut signs.product, 0.6);
    }
    if place.title.is_empty() {
        return;
    }
    let title = place.title.to_lowercase();
    let known: HashSet<&str> = words_of(&title).filter(|word| word.chars().count() > SHORT).collect();
    let kinds = words.iter().zip(classes);
    match kinds.filter(|(word, class)| known.contains(*word) && !Class::Media.is_in(**class)).count() {
        0 => {}
        1 => Signs::at_least(&mut signs.topic, 0.5),
        _ => Signs::at_least(&mut signs.topic, 0.65),
    }
}

/// Runs of letters, with the marks and apostrophes inside.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !is_inside(letter)).filter(|word| !word.is_empty())
}

/// Whether a word may hold the character.
fn is_inside(letter: char) -> bool {
    if letter.is_ascii() {
        return letter.is_ascii_alphanumeric() || letter == '\'' || letter == '_';
    }
    letter.is_alphanumeric() || letter == '’' || letter == '\u{200d}' || is_mark(letter)
}

fn is_mark(letter: char) -> bool {
    // The first marks stand at U+0300.
    letter >= '\u{300}' && unicode_normalization::char::is_combining_mark(letter)
}

/// Whether the text names somebody: whole words, without regard to case, `@` and spaces at the ends.
fn names(lower: &str, name: &str) -> bool {
    let name = name.trim().trim_start_matches('@').to_lowercase();
    if name.chars().count() < 2 {
        return false;
    }
    let is_letter = |letter: char| letter.is_alphanumeric();
    lower.match_indices(&name).any(|(start, _)| {
        let spaced = name.is_ascii();
        let begun = lower[..start].chars().next_back().is_some_and(is_letter);
        let goes_on = lower[start + name.len()..].chars().next().is_some_and(is_letter);
        !spaced || (!begun && !goes_on)
    })
}

fn same(mention: &str, name: &str) -> bool {
    let bare = mention.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '_');
    bare == name.trim().trim_start_matches('@').to_lowercase()
}

#[cfg(test)]
mod tests;
