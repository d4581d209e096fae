//! What holds for every text: no panic, spans that lead back, hidden characters that change nothing, low confidence that never fails.

use std::sync::OnceLock;

use creatorscope_disclosure::{Confidence, Content, Context, Field, Medium, Relation, Rules, Verdict};
use jiff::civil::date;
use proptest::prelude::*;

const RELATIONS: [Relation; 11] = [
    Relation::Paid,
    Relation::GiftAsked,
    Relation::GiftUnasked,
    Relation::EventInvite,
    Relation::Affiliate,
    Relation::Ambassador,
    Relation::OwnBrand,
    Relation::Retouched,
    Relation::AiImage,
    Relation::NoRelationship,
    Relation::OwnPurchase,
];
const MEDIA: [Medium; 9] = [
    Medium::Unknown,
    Medium::Image,
    Medium::Carousel,
    Medium::Video,
    Medium::Short,
    Medium::Story,
    Medium::Live,
    Medium::Audio,
    Medium::Text,
];

fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(Rules::builtin)
}

/// The rules with every confidence made low.
fn uncertain() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| {
        let text = include_str!("../rules/disclosure.json");
        let text = text.replace("\"confidence\": \"high\"", "\"confidence\": \"low\"");
        Rules::parse(&text.replace("\"confidence\": \"medium\"", "\"confidence\": \"low\"")).expect("still a rule file")
    })
}

fn everywhere(relation: Relation) -> Context {
    let mut context = Context::on(date(2026, 11, 23));
    context.relations = vec![relation];
    context.brand_names = vec!["Glow".into()];
    context.brand_handles = vec!["@glow".into()];
    context.jurisdictions = rules().jurisdictions().iter().map(|one| one.code.clone()).collect();
    context
}

/// Captions made of labels, denials, brands, fillers and anything else.
fn caption() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "#ad",
        "Werbung",
        "unbezahlte Werbung",
        "Publicité",
        "#adv",
        "#glow",
        "@glow",
        "広告",
        "광고",
        "not an ad",
        "#sponsored",
        "[",
        "]",
        ":",
        "|",
        "#",
        "@",
        "\n",
        " ",
        "。",
        "x",
        "neues Serum",
        "새 세럼",
        "新しい",
        "🧴",
        "\u{200b}",
        "\u{202e}",
        "İ",
        "ı",
        "ﾌﾟ",
        "e\u{301}",
        "/",
        "Mainos",
        "thanks to",
        "{brand}",
        "https://x.example/#ad",
        "-",
        "'",
        "ß",
        "ﷺ",
        "क्",
    ]);
    let mixed = prop::collection::vec(prop_oneof![4 => pieces.prop_map(str::to_owned), 1 => any::<String>()], 0..24);
    mixed.prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gets_a_verdict_with_spans_that_lead_back(
        caption in caption(), other in caption(), relation in 0..RELATIONS.len(), medium in 0..MEDIA.len(), flag in any::<Option<bool>>(),
    ) {
        let content = Content {
            caption: caption.clone(),
            hashtags: vec![other.clone(), "#ad".into(), "  ＃werbung".into(), "#".into(), String::new()],
            first_comment: other.clone(),
            title: other.clone(),
            transcript: Some(other.clone()),
            on_screen_text: flag.map(|_| other.clone()),
            platform_flag: flag,
            platform_flag_text: other.clone(),
            profile_text: other.clone(),
            medium: MEDIA[medium],
            ..Content::default()
        };
        let check = rules().check(&content, &everywhere(RELATIONS[relation]));
        prop_assert_eq!(check.verdicts.len(), 41);
        for verdict in &check.verdicts {
            prop_assert!(!verdict.findings.is_empty());
            prop_assert_eq!(verdict.findings.iter().map(|finding| finding.effect).max(), Some(verdict.verdict));
            for span in verdict.findings.iter().filter_map(|finding| finding.span.as_ref()) {
                let text = match span.field {
                    Field::Caption => &caption,
                    Field::Hashtag(n) => &content.hashtags[n],
                    _ => &other,
                };
                let piece: String = text.chars().skip(span.start).take(span.end - span.start).collect();
                prop_assert_eq!(&piece, &span.text);
                prop_assert!(!piece.is_empty(), "{:?}", span);
            }
        }
    }

    #[test]
    fn facts_of_low_confidence_never_fail_a_post(caption in caption(), relation in 0..RELATIONS.len(), medium in 0..MEDIA.len()) {
        let content = Content {
            caption: caption.clone(),
            first_comment: caption,
            medium: MEDIA[medium],
            platform: "instagram".into(),
            transcript: Some(String::new()),
            on_screen_text: Some(String::new()),
            platform_flag: Some(true),
            ..Content::default()
        };
        let mut context = everywhere(RELATIONS[relation]);
        context.product_category = "tobacco".into();
        for verdict in uncertain().check(&content, &context).verdicts {
            prop_assert!(verdict.verdict < Verdict::Fail, "{} {:?}", verdict.jurisdiction, verdict.findings);
        }
        for verdict in rules().check(&content, &context).verdicts {
            for finding in verdict.findings.iter().filter(|finding| finding.effect == Verdict::Fail) {
                prop_assert!(finding.rule.starts_with("negation.") || finding.confidence > Confidence::Low, "{:?}", finding);
            }
        }
    }

    #[test]
    fn characters_that_nobody_sees_change_no_verdict(caption in caption(), places in prop::collection::vec(0_usize..200, 0..12)) {
        // Only inside the visible part: unseen characters still count for where a platform cuts.
        let caption: String = caption.chars().filter(|c| !matches!(c, '\u{200d}')).take(40).collect();
        let mut hidden: Vec<char> = caption.chars().collect();
        for place in places {
            hidden.insert(place % (hidden.len() + 1), '\u{2060}');
        }
        let judge = |caption: String| {
            let content = Content { caption, medium: Medium::Image, platform: "x".into(), language: "de".into(), ..Content::default() };
            let check = rules().check(&content, &everywhere(Relation::Paid));
            check.verdicts.iter().map(|one| (one.jurisdiction.clone(), one.verdict)).collect::<Vec<_>>()
        };
        prop_assert_eq!(judge(caption), judge(hidden.into_iter().collect()));
    }
}

#[test]
fn a_hidden_label_is_told() {
    let content = Content { caption: "#a\u{200b}d my new serum".into(), medium: Medium::Image, ..Content::default() };
    let check = rules().check(&content, &everywhere(Relation::Paid));
    assert!(check.notes.iter().any(|note| note.contains("cannot be seen")), "{:?}", check.notes);
}

#[test]
fn long_captions_full_of_labels_are_judged() {
    for piece in ["#ad ", "keine werbung ", "광고", "thanks to @glow ", "[", "****ad*** "] {
        let content = Content { caption: piece.repeat(100_000 / piece.len()), ..Content::default() };
        let check = rules().check(&content, &everywhere(Relation::Paid));
        assert_eq!(check.verdicts.len(), 41);
    }
}

#[test]
fn creator_brand_and_audience_choose_the_jurisdictions() {
    let mut context = Context::on(date(2026, 11, 23));
    context.relations = vec![Relation::Paid];
    context.creator_country = "de".into();
    context.brand_country = "UK".into();
    context.audience = vec![("US".into(), 0.1), ("FR".into(), 0.09), ("ZZ".into(), 0.5)];
    let content = Content { caption: "Werbung | neu".into(), ..Content::default() };
    let mut codes: Vec<_> =
        rules().check(&content, &context).verdicts.into_iter().map(|one| one.jurisdiction).collect();
    codes.sort();
    assert_eq!(codes, ["DE", "EU", "GB", "US", "ZZ"]);
}

#[test]
fn several_ties_are_judged_each_and_the_worst_counts() {
    let mut context = Context::on(date(2026, 11, 23));
    context.relations = vec![Relation::Paid, Relation::Retouched];
    context.jurisdictions = vec!["FR".into()];
    let judge = |caption: &str| {
        let content = Content {
            caption: caption.into(),
            medium: Medium::Image,
            language: "fr".into(),
            platform: "instagram".into(),
            ..Content::default()
        };
        let check = rules().check(&content, &context);
        check.verdicts.iter().find(|one| one.jurisdiction == "FR").map(|one| one.verdict)
    };
    assert_eq!(judge("Publicité | mon visage"), Some(Verdict::Fail));
    assert_eq!(judge("Publicité | Images retouchées | mon visage"), Some(Verdict::Pass));
}

#[test]
fn a_label_among_hashtags_that_came_apart_is_found_there() {
    let content = Content {
        hashtags: vec!["Ad".into(), "glow".into()],
        medium: Medium::Image,
        language: "en".into(),
        ..Content::default()
    };
    let mut context = everywhere(Relation::Paid);
    context.jurisdictions = vec!["GB".into()];
    let check = rules().check(&content, &context);
    let span = check.verdicts[0].findings[0].span.as_ref().expect("the label");
    assert_eq!(
        (check.verdict, span.field, span.start, span.end, span.text.as_str()),
        (Some(Verdict::Pass), Field::Hashtag(0), 0, 2, "Ad")
    );
}

#[test]
fn a_zero_audience_threshold_counts_every_country_and_none_applies_without_one() {
    let content = Content::default();
    let mut context = Context::on(date(2026, 11, 23));
    context.relations = vec![Relation::Paid];
    assert_eq!(rules().check(&content, &context).verdict, None);
    context.audience = vec![("US".into(), 0.01)];
    context.audience_threshold = 0.0;
    assert_eq!(rules().check(&content, &context).verdict, Some(Verdict::Fail));
}

#[test]
fn a_duty_stands_as_what_was_given_says() {
    use creatorscope_disclosure::{DutyState, Permit};
    let content = Content { caption: "#ad my new serum".into(), medium: Medium::Image, ..Content::default() };
    let mut context = Context::on(date(2026, 11, 23));
    context.relations = vec![Relation::Paid];
    context.jurisdictions = vec!["AE".into()];
    let state = |context: &Context| {
        let check = rules().check(&content, context);
        let duties = check.verdicts.iter().flat_map(|one| &one.duties);
        duties.into_iter().find(|duty| duty.rule == "AE.duty.1").map(|duty| duty.state)
    };
    assert_eq!(state(&context), Some(DutyState::ToCheck));
    context.permits = vec![Permit { country: "ae".into(), number: "7".into() }];
    assert_eq!(state(&context), Some(DutyState::Met));
    context.permits.clear();
    context.creator_country = "FR".into();
    assert_eq!(state(&context), Some(DutyState::NotDue));
    context.publish_date = date(2025, 1, 1);
    assert_eq!(state(&context), None);
}
