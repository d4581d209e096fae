//! Tests of guidelines: which phrases are found in which texts.

use creatorscope_proto::campaign::v1::{DisclosureContent, Guideline, GuidelineKind};
use proptest::{collection::vec, prelude::*};

use super::check;

fn guideline(kind: GuidelineKind, phrases: &[&str]) -> Guideline {
    Guideline {
        kind: kind.into(),
        text: "the line".to_owned(),
        phrases: phrases.iter().map(|phrase| (*phrase).to_owned()).collect(),
    }
}

fn caption(caption: &str) -> DisclosureContent {
    DisclosureContent { caption: caption.to_owned(), ..DisclosureContent::default() }
}

fn says(text: &str, phrase: &str) -> bool {
    check(&[guideline(GuidelineKind::Must, &[phrase])], &caption(text))[0].holds
}

#[test]
fn words_are_whole_where_there_are_spaces() {
    assert!(says("My GLOW routine", "glow") && says("It's glow's new cream", "glow") && says("glow-serum", "Glow"));
    assert!(!says("My glowing skin", "glow") && !says("afterglow", "glow") && !says("", "glow"));
    assert!(says("so BÜYÜK İNDİRİM var", "büyük indirim"));
}

#[test]
fn words_of_a_phrase_stand_one_after_the_other() {
    assert!(says("use the code: MAYA10!", "code maya10") && says("code\n\n maya10", "Code MAYA10"));
    assert!(!says("code for you: maya10", "code maya10") && !says("maya10 code", "code maya10"));
}

#[test]
fn a_phrase_is_found_anywhere_in_scripts_without_spaces() {
    assert!(says("これは広告です", "広告") && says("โพสต์นี้เป็นโฆษณาจากแบรนด์", "โฆษณา") && says("#広告あり", "広告"));
    assert!(!says("これは報告です", "広告"));
}

#[test]
fn particles_may_follow_a_word_of_hangul() {
    assert!(says("이 영상은 유료광고입니다", "유료광고") && says("유료 광고를 포함", "유료 광고"));
    assert!(!says("무광고", "광고"));
}

#[test]
fn hashtags_are_whole() {
    assert!(says("new #Ad", "#ad") && says("new #ad#skin", "#skin") && !says("new #adventure", "#ad"));
    assert!(!says("ad: new", "#ad") && says("#glow", "glow") && !says("#glowup", "glow"));
    assert!(!says("#広告あり", "#広告") && !says("#광고입니다", "#광고") && says("by @Glow.kr", "@glow.kr"));
}

#[test]
fn characters_that_cannot_be_seen_hide_nothing() {
    assert!(says("che\u{200B}ap cr\u{AD}eam", "cheap cream") && says("ＣＨＥＡＰ", "cheap"));
}

#[test]
fn emoji_and_signs_can_be_phrases() {
    assert!(says("so good 🎉🎉", "🎉") && says("ends with 100%", "%") && !says("so good", "🎉"));
}

#[test]
fn one_phrase_is_enough_and_none_is_allowed_where_it_must_not_be() {
    let asked = [
        guideline(GuidelineKind::Must, &["glow", "@glow"]),
        guideline(GuidelineKind::Free, &["anything"]),
        guideline(GuidelineKind::MustNot, &["cheap", "rival"]),
        guideline(GuidelineKind::Must, &[]),
        guideline(GuidelineKind::MustNot, &["cure"]),
    ];
    let checks = check(&asked, &caption("@glow beats RIVAL"));
    let told: Vec<_> = checks.iter().map(|check| (check.index, check.holds, check.phrase.as_str())).collect();
    assert_eq!(told, [(0, true, "glow"), (2, false, "rival"), (4, true, "")]);
}

#[test]
fn all_that_is_seen_or_heard_counts_but_no_phrase_spans_two_fields() {
    let content = DisclosureContent {
        caption: "use my".to_owned(),
        first_comment: "link below".to_owned(),
        transcript: Some("code glow".to_owned()),
        hashtags: vec!["summer".to_owned()],
        ..DisclosureContent::default()
    };
    let found = |phrase: &str| check(&[guideline(GuidelineKind::Must, &[phrase])], &content)[0].holds;
    assert!(found("code glow") && found("#summer") && found("link below"));
    assert!(!found("glow link") && !found("summer code") && !found("my code"));
}

proptest! {
    #[test]
    fn any_text_holds_its_own_words_and_never_panics(text in vec(any::<char>(), 0..60), phrase in vec(any::<char>(), 0..12)) {
        let (text, phrase) = (String::from_iter(text), String::from_iter(phrase));
        let around = format!("{text} {phrase} {text}");
        let found = says(&around, &phrase);
        prop_assert!(found || crate::compare::words::read(&phrase).is_empty() || mixes_signs(&phrase), "{:?} in {:?}", phrase, around);
        says(&text, &phrase);
    }
}

/// Whether the phrase has signs and nothing but signs in separate runs, which need not stand together in a text.
fn mixes_signs(phrase: &str) -> bool {
    crate::compare::words::read(phrase).iter().all(|word| word.kind == crate::compare::words::Kind::Signs)
}
