//! Owns the laws of comparison, held on arbitrary texts. Never an example.

use creatorscope_proto::campaign::v1::{ApprovalMode, DisclosureContent, TextComparison, TextMatch, Tolerance};
use proptest::{collection::vec, prelude::*, sample::select};

use super::{characters::is_invisible, compare, content_words, text_hash, words::read};

fn caption(caption: &str) -> DisclosureContent {
    DisclosureContent { caption: caption.to_owned(), ..DisclosureContent::default() }
}

fn held(approved: &str, published: &str, tolerance: Tolerance) -> TextComparison {
    compare(Some(&caption(approved)), &caption(published), Some(&tolerance), ApprovalMode::Required)
        .expect("there is an approved text")
}

/// Texts of words of several scripts, with tags, emoji and signs.
fn texts() -> impl Strategy<Value = String> {
    let words = vec![
        "Glow",
        "cream",
        "straße",
        "İndirim",
        "reklam",
        "広告",
        "です",
        "โฆษณา",
        "광고입니다",
        "إعلان",
        "פרסומת",
        "#ad",
        "#広告",
        "@glow",
        "🎉",
        "👩‍🚀",
        "don't",
        "10.50",
        "!",
        "café",
        "Ωραία",
    ];
    vec(select(words), 0..30).prop_map(|words| words.join(" "))
}

/// Texts of any characters at all, unassigned and invisible ones included.
fn anything() -> impl Strategy<Value = String> {
    let marks =
        select(vec!['\u{307}', '\u{301}', 'i', 'I', 'ı', 'ß', '#', '@', '\u{200B}', '\u{E33}', '\u{3099}', 'か', ' ']);
    vec(prop_oneof![any::<char>(), marks], 0..120).prop_map(String::from_iter)
}

proptest! {
    #[test]
    fn arbitrary_texts_are_compared_without_panic(approved in anything(), published in anything(), share in any::<f64>()) {
        let found = held(&approved, &published, Tolerance { word_share: share, added_tags: true });
        prop_assert!((0.0..=1.0).contains(&found.changed_word_share));
        prop_assert!(found.differences.len() <= 200);
    }

    #[test]
    fn a_normalised_text_is_its_own(text in anything()) {
        let once: Vec<String> = read(&text).into_iter().map(|word| word.key).collect();
        let again: Vec<String> = read(&once.join(" ")).into_iter().map(|word| word.key).collect();
        prop_assert_eq!(once, again);
    }

    #[test]
    fn two_hashes_are_equal_exactly_when_the_texts_are_identical(approved in texts(), published in texts()) {
        let found = held(&approved, &published, Tolerance::default());
        prop_assert_eq!(found.r#match() == TextMatch::Identical, found.approved_hash == found.published_hash);
    }

    #[test]
    fn case_width_and_invisible_characters_change_nothing(
        text in texts(),
        hidden in vec((any::<prop::sample::Index>(), select(vec!['\u{200B}', '\u{200D}', '\u{202E}', '\u{2066}', '\u{AD}', '\u{FEFF}', '\u{E0041}'])), 0..20),
        upper in any::<bool>(),
    ) {
        let mut characters: Vec<char> = if upper { text.to_uppercase() } else { text.to_lowercase() }.chars().collect();
        for (place, mark) in hidden {
            prop_assert!(is_invisible(mark));
            characters.insert(place.index(characters.len() + 1), mark);
        }
        let wide = |character: char| match character {
            '!'..='~' => char::from_u32(character as u32 + 0xFEE0).unwrap(),
            ' ' => '\u{3000}',
            other => other,
        };
        let published: String = characters.into_iter().map(wide).collect();
        prop_assert_eq!(text_hash(&caption(&text)), text_hash(&caption(&published)));
        prop_assert_eq!(held(&text, &published, Tolerance::default()).r#match(), TextMatch::Identical);
    }

    #[test]
    fn words_that_were_added_are_counted(words in vec("[a-z]{1,8}", 1..60), places in vec(any::<prop::sample::Index>(), 0..20)) {
        let mut longer = words.clone();
        for (number, place) in places.iter().enumerate() {
            longer.insert(place.index(longer.len() + 1), format!("{number}added"));
        }
        let found = held(&words.join(" "), &longer.join(" "), Tolerance::default());
        let expected = places.len() as f64 / longer.len() as f64;
        prop_assert!((found.changed_word_share - expected).abs() < 1e-12, "{} is not {expected}", found.changed_word_share);
        let allowed = held(&words.join(" "), &longer.join(" "), Tolerance { word_share: expected, added_tags: false });
        prop_assert_ne!(allowed.r#match(), TextMatch::Drifted);
    }

    #[test]
    fn the_share_is_the_same_in_both_directions(approved in texts(), published in texts()) {
        let there = held(&approved, &published, Tolerance::default());
        let back = held(&published, &approved, Tolerance::default());
        prop_assert_eq!(there.changed_word_share, back.changed_word_share);
        prop_assert_eq!(there.r#match(), back.r#match());
    }

    #[test]
    fn a_wider_tolerance_never_turns_acceptance_into_drift(approved in texts(), published in texts(), share in 0.0..1.0f64) {
        let narrow = held(&approved, &published, Tolerance { word_share: share / 2.0, added_tags: false });
        let wide = held(&approved, &published, Tolerance { word_share: share, added_tags: true });
        prop_assert!(narrow.r#match() == TextMatch::Drifted || wide.r#match() != TextMatch::Drifted);
    }

    #[test]
    fn the_pieces_hold_the_words_of_both_texts(approved in texts(), published in texts()) {
        let found = held(&approved, &published, Tolerance::default());
        let of = |change: i32| {
            let pieces = found.differences.iter().filter(move |piece| piece.change == change);
            pieces.map(|piece| read(&piece.text).len()).sum::<usize>()
        };
        let (before, after) = (content_words(&caption(&approved)).len(), content_words(&caption(&published)).len());
        let (removed, added) = (of(2), of(3));
        prop_assert!(removed <= before && added <= after);
        prop_assert_eq!(before - removed, after - added);
    }
}
