//! Owns whom or what a comment is about. Never whether it likes it.

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

/// What a comment is about; none when nothing shows it. The text is cleaned.
pub fn target(_text: &str, _place: Place<'_>) -> Option<Aim> {
    None
}
