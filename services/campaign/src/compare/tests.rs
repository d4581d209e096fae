//! Tests of comparison by example: what counts, what does not, and how a difference is shown.

use creatorscope_proto::campaign::v1::{
    ApprovalMode, DisclosureContent, TextChange, TextComparison, TextMatch, Tolerance,
};

use super::{compare, content_words, normalised_text, text_hash, words::read};

fn caption(caption: &str) -> DisclosureContent {
    DisclosureContent { caption: caption.to_owned(), ..DisclosureContent::default() }
}

fn held(approved: &str, published: &str, tolerance: Tolerance) -> TextComparison {
    compare(Some(&caption(approved)), &caption(published), Some(&tolerance), ApprovalMode::Required)
        .expect("there is an approved text")
}

const STRICT: Tolerance = Tolerance { word_share: 0.0, added_tags: false };

#[track_caller]
fn same(approved: &str, published: &str) {
    let found = held(approved, published, STRICT);
    assert_eq!(found.r#match(), TextMatch::Identical, "{:?}", found.differences);
    assert_eq!(found.approved_hash, found.published_hash);
    assert!(found.changed_word_share == 0.0 && found.differences.is_empty());
}

#[track_caller]
fn drifted(approved: &str, published: &str) {
    let found = held(approved, published, STRICT);
    assert_eq!(found.r#match(), TextMatch::Drifted);
    assert_ne!(found.approved_hash, found.published_hash);
    assert!(found.changed_word_share > 0.0 && !found.differences.is_empty());
}

fn keys(text: &str) -> Vec<String> {
    read(text).into_iter().map(|word| word.key).collect()
}

#[test]
fn words_end_where_readers_see_their_end() {
    assert_eq!(
        keys("Don't miss it!! 10.50€ at glow.example/new"),
        ["don't", "miss", "it", "!!", "10.50", "€", "at", "glow.example/new"]
    );
    assert_eq!(keys("#ad#Glow_up by @glow.kr. 🎉🎉now"), ["#ad", "#glow_up", "by", "@glow.kr", ".", "🎉🎉", "now"]);
    assert_eq!(keys("https://glow.example/?a=1"), ["https://glow.example", "/?", "a=1"]);
}

#[test]
fn scripts_without_spaces_are_cut_at_each_letter_and_their_tags_are_whole() {
    assert_eq!(keys("これは広告 #広告あり"), ["こ", "れ", "は", "広", "告", "#広告あり"]);
    assert_eq!(keys("โฆษณา"), ["โ", "ฆ", "ษ", "ณ", "า"]);
    assert_eq!(keys("Glowは最高"), ["glow", "は", "最", "高"]);
    assert_eq!(keys("유료광고 포함"), ["유료광고", "포함"]);
}

#[test]
fn case_width_spaces_and_accents_do_not_count() {
    same("Anzeige: Größe Café", "ＡＮＺＥＩＧＥ:\n\n  GRÖSSE   cafe\u{301}");
    same("REKLAM İşbirliği ILIK", "reklam işbirliği ılık");
    same("Διαφήμιση ΟΔΟΣ", "διαφήμιση οδος");
    same("広告です 新作", "広告 です新作");
    same("Ad . New", "ad. new");
}

#[test]
fn what_cannot_be_seen_does_not_count() {
    same("sponsored by glow", "spon\u{200B}sor\u{2060}ed\u{FEFF} by g\u{AD}low");
    same("إعلان مدفوع", "\u{202B}إعلان\u{200F} مدفوع\u{202C}");
    same("thanks ❤️👩‍🚀", "thanks ❤👩🚀");
    same("ad\u{3164}now", "ad now");
}

#[test]
fn punctuation_emoji_and_look_alikes_count() {
    drifted("Best cream?", "Best cream!");
    drifted("Love it 🎉", "Love it 🤮");
    drifted("ad by glow", "аd by glow");
    drifted("spon sored", "sponsored");
}

#[test]
fn a_label_that_was_lost_at_the_beginning_is_a_drift() {
    let approved = "Anzeige: this cream has changed my skin in only three weeks of use";
    let found = held(approved, &approved["Anzeige: ".len()..], STRICT);
    assert_eq!(found.r#match(), TextMatch::Drifted);
    let first = &found.differences[0];
    assert_eq!((first.change(), first.text.as_str()), (TextChange::Removed, "Anzeige:"));
    // 2 of 14 words.
    let within = Tolerance { word_share: 2.0 / 14.0, added_tags: false };
    assert_eq!(held(approved, &approved["Anzeige: ".len()..], within).r#match(), TextMatch::Acceptable);
}

#[test]
fn the_share_is_judged_by_the_tolerance_to_the_last_word() {
    let found = held("a b c d e f g h i j", "a b c d X f g h i j", Tolerance { word_share: 0.1, added_tags: false });
    assert_eq!((found.changed_word_share, found.r#match()), (0.1, TextMatch::Acceptable));
    let found = held("a b c d e f g h i j", "a b c X Y f g h i j", Tolerance { word_share: 0.1, added_tags: false });
    assert_eq!((found.changed_word_share, found.r#match()), (0.2, TextMatch::Drifted));
}

#[test]
fn tags_may_be_added_where_the_tolerance_says_so_but_not_taken_away() {
    let tolerant = Tolerance { word_share: 0.0, added_tags: true };
    let found = held("New cream #ad", "New cream #ad #skin @glow", tolerant);
    assert_eq!(found.r#match(), TextMatch::Acceptable);
    assert!((found.changed_word_share - 0.4).abs() < 1e-12, "{}", found.changed_word_share);
    assert_eq!(held("New cream #ad #skin", "New cream #skin", tolerant).r#match(), TextMatch::Drifted);
    assert_eq!(held("New cream", "New cream buy", tolerant).r#match(), TextMatch::Drifted);
}

#[test]
fn it_does_not_matter_whether_hashtags_are_given_apart() {
    let apart = DisclosureContent {
        caption: "New cream".to_owned(),
        hashtags: vec!["Ad".to_owned(), "#skin".to_owned(), "ad".to_owned(), "#".to_owned()],
        ..DisclosureContent::default()
    };
    let inside = DisclosureContent { hashtags: vec!["skin".to_owned()], ..caption("New cream #ad #Skin") };
    assert_eq!(normalised_text(&apart), "new cream #ad #skin");
    assert_eq!(text_hash(&apart), text_hash(&inside));
}

#[test]
fn a_title_is_part_of_the_text() {
    let titled = DisclosureContent { title: "My routine".to_owned(), ..caption("New cream") };
    assert_eq!(normalised_text(&titled), "my routine new cream");
    let found = compare(Some(&titled), &caption("New cream"), None, ApprovalMode::Optional).unwrap();
    assert_eq!((found.r#match(), found.differences[0].text.as_str()), (TextMatch::Drifted, "My routine"));
}

#[test]
fn nothing_approved_is_told_only_where_approval_was_required() {
    let found = compare(None, &caption("x"), None, ApprovalMode::Required).unwrap();
    assert_eq!((found.r#match(), found.approved_hash.as_str()), (TextMatch::NotApproved, ""));
    assert_eq!(found.published_hash, text_hash(&caption("x")));
    for mode in [ApprovalMode::Optional, ApprovalMode::None, ApprovalMode::Unspecified] {
        assert_eq!(compare(None, &caption("x"), None, mode), None);
    }
}

#[test]
fn empty_texts_are_identical_and_losing_all_is_a_whole_change() {
    same("", " \u{200B}\n");
    let found = held("all of it", "", STRICT);
    assert_eq!((found.changed_word_share, found.differences.len()), (1.0, 1));
    assert_eq!(
        text_hash(&caption("")),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "SHA-256 of nothing, FIPS 180-4"
    );
}

#[test]
fn pieces_are_shown_as_written_and_equal_ones_in_short() {
    let long = "one two three four five six seven eight nine ten eleven twelve thirteen";
    let found = held(&format!("{long} Ends HERE."), &format!("{long} stops now."), STRICT);
    let shown: Vec<_> = found.differences.iter().map(|piece| (piece.change(), piece.text.as_str())).collect();
    assert_eq!(
        shown[1..],
        [(TextChange::Removed, "Ends HERE"), (TextChange::Added, "stops now"), (TextChange::Equal, "."),]
    );
    assert_eq!(shown[0].1.chars().count(), 60);
    assert_eq!(shown[0].1, "one two three four five six s…ine ten eleven twelve thirteen");
}

#[test]
fn no_more_than_200_pieces_are_shown() {
    let approved: String = (0..400).map(|n| format!("same{n} old{n} ")).collect();
    let published: String = (0..400).map(|n| format!("same{n} new{n} ")).collect();
    let found = held(&approved, &published, STRICT);
    assert_eq!(found.differences.len(), 200);
    assert_eq!(found.changed_word_share, 0.5);
}

#[test]
fn texts_of_the_greatest_length_that_share_nothing_in_order_are_compared() {
    // 100 000 letters of 1 000 kinds, in two orders without much in common.
    let letter = |number: u32| char::from_u32(0x4E00 + number % 1_000).unwrap();
    let approved: String = (0..100_000u32).map(|n| letter(n.wrapping_mul(7_919) >> 3)).collect();
    let published: String = (0..100_000u32).map(|n| letter(n.wrapping_mul(2_654_435_761) >> 7)).collect();
    let found = held(&approved, &published, STRICT);
    assert_eq!(found.r#match(), TextMatch::Drifted);
    assert!(found.changed_word_share > 0.5 && found.changed_word_share <= 1.0, "{}", found.changed_word_share);
    assert_eq!(content_words(&caption(&approved)).len(), 100_000);
}
