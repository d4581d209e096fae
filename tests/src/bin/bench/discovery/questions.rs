//! Owns what the engines are asked: seeded, the same for all. Never how an engine is asked.

use creatorscope_domain::Platform;

use super::{
    population,
    vocabulary::{self, COUNTRIES, NICHES},
};

/// Creators on a page.
pub(crate) const PAGE: usize = 20;
/// Names that are suggested.
pub(crate) const SUGGESTED: usize = 10;

/// What kind of question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    TextByRelevance,
    Top,
    TopWithTotal,
    Facets,
    Suggest,
    Similar,
}

impl Kind {
    pub(crate) const ALL: [Self; 7] =
        [Self::Text, Self::TextByRelevance, Self::Top, Self::TopWithTotal, Self::Facets, Self::Suggest, Self::Similar];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::TextByRelevance => "text_by_relevance",
            Self::Top => "top",
            Self::TopWithTotal => "top_with_total",
            Self::Facets => "facets",
            Self::Suggest => "suggest",
            Self::Similar => "similar",
        }
    }

    /// For the table.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Text => "(a) text, 3 filters, 20 by followers, exact total",
            Self::TextByRelevance => "(a) the same, 20 by relevance",
            Self::Top => "(b) 3 ranges, 20 by followers, no total",
            Self::TopWithTotal => "(b) the same with exact total",
            Self::Facets => "(c) the same with 4 facets",
            Self::Suggest => "(d) suggest 10 names for a prefix",
            Self::Similar => "(e) 20 similar creators",
        }
    }
}

/// One question.
#[derive(Debug, Clone)]
pub(crate) enum Question {
    /// Words that all must be found, and three filters; the total is wanted.
    Text { words: Vec<String>, platform: Platform, country: &'static str, followers: (i64, i64), by_relevance: bool },
    /// Three ranges, most followers first.
    Ranges { followers: (i64, i64), er: f64, views: f64, total: bool, facets: bool },
    /// Creators of whom a word of the name, or the handle, begins so; most followers first.
    Suggest { prefix: String },
    /// Creators that resemble this one.
    Similar { member: u64 },
}

/// The question of a kind with this number, about a population of this size.
pub(crate) fn question(kind: Kind, number: u64, population: u64) -> Question {
    // Kinds that differ in what is told ask the same.
    let stream = match kind {
        Kind::Text | Kind::TextByRelevance => 10,
        Kind::Top | Kind::TopWithTotal | Kind::Facets => 11,
        Kind::Suggest => 12,
        Kind::Similar => 13,
    };
    let mut rng = population::rng(number, stream);
    match kind {
        Kind::Text | Kind::TextByRelevance => text(&mut rng, kind == Kind::TextByRelevance),
        Kind::Top | Kind::TopWithTotal | Kind::Facets => {
            let low = log_between(1_000.0, 100_000.0, &mut rng);
            let high = low * log_between(5.0, 100.0, &mut rng);
            Question::Ranges {
                followers: (low as i64, high as i64),
                er: rng.f64() * 0.08,
                views: low * rng.f64(),
                total: kind != Kind::Top,
                facets: kind == Kind::Facets,
            }
        }
        Kind::Suggest => {
            let known = population::member(rng.u64(0..population));
            let word = if rng.bool() { known.handle } else { known.display_name.to_lowercase() };
            let length = rng.usize(2..6);
            Question::Suggest { prefix: word.chars().take(length).collect() }
        }
        Kind::Similar => Question::Similar { member: rng.u64(0..population) },
    }
}

fn text(rng: &mut fastrand::Rng, by_relevance: bool) -> Question {
    let words = match rng.u8(0..4) {
        0 => vec![vocabulary::frequent(&NICHES, rng).to_owned()],
        1 => vec![vocabulary::tag_at(vocabulary::zipf(10, rng), rng.usize(0..10))],
        2 => vec![vocabulary::common_at(rng.usize(0..200))],
        _ => vec![vocabulary::common_at(rng.usize(0..50)), vocabulary::frequent(&NICHES, rng).to_owned()],
    };
    let low = log_between(1_000.0, 50_000.0, rng);
    Question::Text {
        words,
        platform: Platform::ALL[rng.usize(0..Platform::ALL.len())],
        country: COUNTRIES[rng.usize(0..12)],
        followers: (low as i64, (low * 50.0) as i64),
        by_relevance,
    }
}

fn log_between(low: f64, high: f64, rng: &mut fastrand::Rng) -> f64 {
    low * ((high / low).ln() * rng.f64()).exp()
}
