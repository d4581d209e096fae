//! Owns telling English from romanised Hindi. Never other languages.
//!
//! The labelled texts of romanised Hindi hold English tweets, so the table of languages takes plain English praise for Hindi. Where it
//! says Hindi and the words are the commonest English ones, it is English.

use std::{collections::HashSet, sync::LazyLock};

/// The share of words that must be common English ones.
const MOSTLY: f32 = 0.5;

/// Common English words, lower case, without those that are common in romanised Hindi too (`me`, `to`, `hi`, `is`, `are`, `ho`, `the`).
const COMMON: &[&str] = &[
    "i",
    "you",
    "he",
    "she",
    "it",
    "we",
    "they",
    "them",
    "him",
    "her",
    "my",
    "your",
    "yours",
    "his",
    "our",
    "their",
    "this",
    "that",
    "these",
    "those",
    "a",
    "an",
    "and",
    "or",
    "but",
    "if",
    "so",
    "because",
    "of",
    "in",
    "on",
    "at",
    "for",
    "with",
    "from",
    "by",
    "about",
    "was",
    "were",
    "be",
    "been",
    "being",
    "am",
    "i'm",
    "i’m",
    "you're",
    "it's",
    "it’s",
    "that's",
    "don't",
    "don’t",
    "can't",
    "won't",
    "didn't",
    "isn't",
    "do",
    "does",
    "did",
    "have",
    "has",
    "had",
    "will",
    "would",
    "can",
    "could",
    "should",
    "not",
    "no",
    "yes",
    "never",
    "always",
    "what",
    "who",
    "how",
    "why",
    "when",
    "where",
    "which",
    "all",
    "some",
    "any",
    "many",
    "much",
    "more",
    "most",
    "very",
    "too",
    "just",
    "only",
    "also",
    "even",
    "still",
    "now",
    "then",
    "here",
    "there",
    "again",
    "really",
    "love",
    "loved",
    "loves",
    "like",
    "liked",
    "hate",
    "hated",
    "good",
    "great",
    "best",
    "better",
    "bad",
    "worst",
    "worse",
    "nice",
    "amazing",
    "awesome",
    "beautiful",
    "wonderful",
    "terrible",
    "awful",
    "boring",
    "funny",
    "cool",
    "cute",
    "happy",
    "sad",
    "sorry",
    "thanks",
    "thank",
    "please",
    "well",
    "done",
    "work",
    "works",
    "video",
    "videos",
    "channel",
    "song",
    "music",
    "first",
    "last",
    "one",
    "two",
    "people",
    "person",
    "guy",
    "man",
    "woman",
    "girl",
    "boy",
    "friend",
    "life",
    "time",
    "day",
    "today",
    "year",
    "years",
    "way",
    "thing",
    "things",
    "make",
    "makes",
    "made",
    "get",
    "got",
    "go",
    "going",
    "come",
    "know",
    "think",
    "see",
    "want",
    "need",
    "feel",
    "look",
    "looks",
    "say",
    "said",
    "tell",
    "watch",
    "watched",
    "watching",
    "ever",
    "every",
    "everyone",
    "everything",
    "something",
    "someone",
    "nothing",
    "lol",
    "omg",
    "wow",
    "as",
    "up",
    "out",
    "off",
    "over",
    "new",
    "old",
    "big",
    "little",
    "right",
];

/// Whether most words of the text are common English ones; not for a text without words.
pub(super) fn is_english(text: &str) -> bool {
    static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| COMMON.iter().copied().collect());
    let lower = text.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_alphanumeric() && letter != '\'' && letter != '’');
    let (mut all, mut common) = (0_u32, 0_u32);
    for word in words.filter(|word| word.chars().any(char::is_alphabetic)) {
        all += 1;
        common += u32::from(WORDS.contains(word));
    }
    all > 0 && common as f32 >= MOSTLY * all as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        language::Language,
        sentiment::{FastModel, Scratch},
    };

    fn language(text: &str) -> Option<Language> {
        FastModel::embedded().read(text, &mut Scratch::default()).language.map(|guess| guess.language)
    }

    #[test]
    fn plain_english_is_not_taken_for_hindi() {
        for text in [
            "This is wonderful, I love it",
            "I love this so much, thank you!",
            "Amazing work, you are the best",
            "Great video, really well done",
            "I hate this, worst video ever",
        ] {
            assert_eq!(language(text), Some(Language("en")), "{text}");
        }
    }

    #[test]
    fn romanised_hindi_stays_hindi() {
        for text in ["bhai kya mast gaana hai yaar", "aap bahut acche ho sir", "ye log kabhi nahi sudhrenge"] {
            assert_eq!(language(text), Some(Language("hi")), "{text}");
            assert!(!is_english(text));
        }
    }
}
