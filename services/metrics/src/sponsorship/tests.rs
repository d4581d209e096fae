//! Owns what counts as a sign of sponsorship and what does not. Never real posts.

use proptest::prelude::*;

use super::*;

fn caption(caption: &str, language: &str) -> Sponsorship {
    detect(&Texts { title: "", caption, hashtags: &[], language, flag: None })
}

fn sponsored(text: &str, language: &str) -> bool {
    let verdict = caption(text, language).verdict;
    verdict.sponsored.expect("a text is given")
}

fn signs(text: &str, language: &str) -> Vec<(Sign, String, usize)> {
    caption(text, language).evidence.into_iter().map(|found| (found.sign, found.text, found.position)).collect()
}

#[test]
fn the_signs_that_are_compiled_in_can_be_read() {
    assert_eq!(check(), Ok(()));
    let signs = labels::signs().expect("readable");
    assert!(
        signs.labels.len() > 200 && signs.languages.len() >= 23,
        "{} {}",
        signs.labels.len(),
        signs.languages.len()
    );
    assert!(signs.labels.iter().all(|label| !label.reference.is_empty() && label.text == label.text.to_lowercase()));
}

#[test]
fn labels_count_where_labels_stand() {
    let labelled = [
        ("#ad New serum from @glow, link in bio", "en"),
        ("Ad | my new routine with @glow", "en"),
        ("Werbung | Neues Serum von @glow", "de"),
        ("Anzeige\nNeues Serum", "de"),
        ("✨ Werbung ✨ Neues Serum", "de"),
        ("Collaboration commerciale avec @glow", "fr"),
        ("PUBLICITÉ - mon sérum", "fr"),
        ("Publicidad. Mi nueva rutina con @glow", "es"),
        ("Mainos @glow Uusi seerumi", "fi"),
        ("Reklame for @glow", "da"),
        ("Mitt serum #reklam", "sv"),
        ("#reklama Nowe serum @glow", "pl"),
        ("[광고] 새 세럼 후기", "ko"),
        ("새 세럼 #제품협찬 후기", "ko"),
        ("【PR】新しい美容液", "ja"),
        ("广告 新精华", "zh-Hans"),
        ("#publi novo sérum da @glow", "pt-BR"),
        ("#REKLAM @glow yeni serum", "tr"),
        ("#İŞBİRLİĞİ @glow", "tr"),
        ("#QuảngCáo serum", "vi"),
        ("#quangcao serum", "vi"),
        ("This video is sponsored by Glow.", "en"),
        ("#Paid_Partnership with Glow", "en"),
        ("＃ａｄ serum", "en"),
        ("#إعلان سيروم", "ar"),
        ("โฆษณา เซรั่ม", "th"),
    ];
    for (text, language) in labelled {
        assert!(sponsored(text, language), "{text}: {:?}", caption(text, language));
    }
}

#[test]
fn ordinary_words_are_no_labels() {
    let ordinary = [
        ("#adidas #adventure day", "en"),
        ("Ad astra, my friends", "en"),
        ("the ad I saw on TV was funny", "en"),
        ("On se retrouve au pub ce soir", "fr"),
        ("Pub crawl tonight", "en"),
        ("#pub with friends", "en"),
        ("Er erstattete Anzeige gegen ihn", "de"),
        ("Die Werbung im Kino war lang", "de"),
        ("une annonce importante", "fr"),
        ("Je vous fais une #annonce", "fr"),
        ("광고 촬영장에서", "ko"),
        ("広告代理店で働いています", "ja"),
        ("I got a promotion at work", "en"),
        ("#lifepartner", "en"),
        ("the dress code is RED", "en"),
        ("", "en"),
    ];
    for (text, language) in ordinary {
        assert_ne!(caption(text, language).verdict.sponsored, Some(true), "{text}: {:?}", caption(text, language));
    }
    assert!(signs("the ad I saw on TV was funny", "en").is_empty());
}

#[test]
fn a_label_of_another_language_counts_weakly_or_not_at_all() {
    assert!(!sponsored("#anzeige ist raus", "fr"));
    assert_eq!(signs("#werbung serum", "fr"), [(Sign::WeakLabel, "#werbung".to_owned(), 0)]);
    assert_eq!(signs("#pub ce soir", "en"), []);
    assert_eq!(signs("#pub ce soir", ""), [(Sign::WeakLabel, "#pub".to_owned(), 0)]);
    assert_eq!(signs("#pub ce soir", "fr"), [(Sign::Label, "#pub".to_owned(), 0)]);
    assert_eq!(signs("Neues Serum #ad", "de")[0].0, Sign::Label);
    assert!(sponsored("#werbung serum", ""), "an unmistakable hashtag counts where the language is not known");
}

#[test]
fn denials_speak_against_and_hold_no_label() {
    let denied = [
        ("Unbezahlte Werbung: neues Serum", "de"),
        ("Werbung, unbezahlt | Serum", "de"),
        ("Not an ad, just love @glow", "en"),
        ("#notsponsored serum", "en"),
        ("Ceci n’est pas une pub", "fr"),
        ("vidéo non sponsorisée", "fr"),
        ("No es publicidad, me encanta", "es"),
        ("#내돈내산 세럼", "ko"),
        ("세럼 #내돈내산후기", "ko"),
        ("이건 광고 아님", "ko"),
        ("広告ではありません。新しい美容液", "ja"),
        ("reklam değil, çok sevdim", "tr"),
        ("这不是广告", "zh"),
    ];
    for (text, language) in denied {
        let found = caption(text, language);
        assert_eq!(found.verdict.sponsored, Some(false), "{text}: {found:?}");
        assert!(found.verdict.confidence > 0.95, "{text}: {found:?}");
        assert!(found.evidence.iter().all(|sign| sign.sign == Sign::Denial), "{text}: {found:?}");
        assert!(!found.evidence.is_empty(), "{text}");
    }
    let both = caption("#협찬 #내돈내산", "ko");
    assert_eq!(both.verdict.sponsored, Some(false));
    assert!(both.verdict.confidence < 0.8, "{both:?}");
}

#[test]
fn the_place_and_the_text_are_those_of_the_original() {
    assert_eq!(signs("😀 Łódź\n＃Ａｄ!", "en"), [(Sign::Label, "＃Ａｄ".to_owned(), 7)]);
    // Hangul in parts, as some systems write it.
    assert_eq!(signs("\u{1112}\u{1167}\u{11b8}\u{110e}\u{1161}\u{11ab} 받은 세럼", "ko")[0].2, 0);
    let tags = ["serum".to_owned(), "AD".to_owned(), "not sponsored".to_owned()];
    let found = detect(&Texts { title: "", caption: "", hashtags: &tags, language: "en", flag: None });
    let told: Vec<(Sign, &str, Field, usize)> =
        found.evidence.iter().map(|sign| (sign.sign, sign.text.as_str(), sign.field, sign.position)).collect();
    assert_eq!(told, [(Sign::Label, "AD", Field::Hashtags, 1), (Sign::Denial, "not sponsored", Field::Hashtags, 2)]);
}

#[test]
fn codes_and_affiliate_links_are_signs() {
    let found = signs("Get 10% off with code GLOW10 at https://amzn.to/3xYz", "en");
    let texts: Vec<&str> = found.iter().map(|(_, text, _)| text.as_str()).collect();
    assert_eq!(texts, ["code GLOW10", "https://amzn.to/3xYz"]);
    assert!(sponsored("Use promo code GLOW10", "en"));
    assert!(sponsored("Mit dem Code GLOW10 spart ihr 10 % Rabatt", "de"));
    assert!(signs("source code RUST on my page", "en").is_empty());
    assert!(!sponsored("shop: https://amzn.to/3xYz", "en"), "a link alone does not decide");
    assert_eq!(signs("https://glow.example/?ref=anna", "en").len(), 1);
}

#[test]
fn the_flag_decides_and_hand_made_labels_outweigh_its_absence() {
    let with = |flag, caption: &str| detect(&Texts { title: "", caption, hashtags: &[], language: "en", flag }).verdict;
    assert_eq!(with(Some(true), "not sponsored").sponsored, Some(true));
    let unmarked = with(Some(false), "a serum");
    assert!(unmarked.sponsored == Some(false) && unmarked.confidence > 0.97, "{unmarked:?}");
    let labelled = with(Some(false), "#ad a serum");
    assert!(labelled.sponsored == Some(true) && labelled.confidence < 0.75, "{labelled:?}");
    assert_eq!(with(Some(false), "#collab").sponsored, Some(false));
    assert_eq!(with(None, ""), Verdict { sponsored: None, confidence: 0.0 });
}

#[test]
fn weak_labels_decide_only_together() {
    assert!(!sponsored("#sp lovely", "en"));
    assert!(sponsored("#sp #collab lovely", "en"));
    assert!(!sponsored("#sp #sp #SP lovely", "en"), "the same sign counts once");
}

#[test]
fn nothing_is_known_of_a_language_without_labels() {
    assert_eq!(caption("গান", "bn").verdict.sponsored, None);
    assert_eq!(caption("গান #ad", "bn").verdict.sponsored, Some(true));
}

#[test]
fn a_text_full_of_signs_costs_no_more_than_the_first_of_them() {
    for part in ["ad|% code AB ", "#ad#notsponsored", "[ad]\n", "https://amzn.to/1 "] {
        let text = part.repeat(20_000 / part.len());
        let found = caption(&text, "en");
        assert!(!found.evidence.is_empty() && found.evidence.len() <= MAX_EVIDENCE, "{part}");
    }
}

proptest! {
    #[test]
    fn any_text_has_a_verdict_and_evidence_inside_the_text(text in "(#|ad|\\PC|광고|İ|\u{301}|\n| ){0,60}", flag in any::<Option<bool>>()) {
        let tags = [text.clone()];
        let found = detect(&Texts { title: &text, caption: &text, hashtags: &tags, language: "", flag });
        prop_assert!((0.0..=1.0).contains(&found.verdict.confidence));
        for sign in &found.evidence {
            prop_assert!((0.0..=1.0).contains(&sign.confidence));
            prop_assert!(sign.position <= text.chars().count());
        }
        prop_assert_eq!(found, detect(&Texts { title: &text, caption: &text, hashtags: &tags, language: "", flag }));
    }
}
