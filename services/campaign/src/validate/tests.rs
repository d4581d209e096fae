//! Tests of what is wrong with resources and requests: everything at once, with the path, a reason and what would be accepted.

use creatorscope_kit::fault::{Violation, Violations};
use creatorscope_proto::{
    campaign::v1::{
        ApprovalPolicy, Brand, Campaign, Deliverable, DisclosureContent, DisclosureRelation as Relation, Guideline,
        GuidelineKind, Money, Participant, Tolerance,
    },
    scoring::v1::{BrandBrief, FitWeight},
};
use proptest::{collection::vec, prelude::*};
use prost_types::Timestamp;

use super::{brand, campaign, content, deliverable, name, participant, parts::cut, request, time, tracking_key};

const START: i64 = 1_790_000_000;
const DAY: i64 = 86_400;

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

fn noted(check: impl FnOnce(&mut Violations)) -> Vec<Violation> {
    let mut problems = Violations::default();
    check(&mut problems);
    problems.into_vec()
}

/// Path and reason of each problem.
fn told(check: impl FnOnce(&mut Violations)) -> Vec<(String, &'static str)> {
    noted(check).into_iter().map(|problem| (problem.field, problem.reason)).collect()
}

fn one(field: &str, reason: &'static str) -> Vec<(String, &'static str)> {
    vec![(field.to_owned(), reason)]
}

fn spring() -> Campaign {
    Campaign {
        name: "campaigns/spring".to_owned(),
        brand: "brands/glow".to_owned(),
        display_name: "Spring".to_owned(),
        start_time: at(START),
        end_time: at(START + 30 * DAY),
        markets: vec!["DE".to_owned(), "FR".to_owned()],
        budget: Some(Money { amount_minor: 0, currency_code: "EUR".to_owned() }),
        product_category: "alcohol".to_owned(),
        ..Campaign::default()
    }
}

fn maya() -> Participant {
    Participant {
        creator: "creators/instagram:maya".to_owned(),
        fee: Some(Money { amount_minor: 50_000, currency_code: "EUR".to_owned() }),
        relations: vec![Relation::Paid.into()],
        tracking_codes: vec!["MAYA10".to_owned()],
        ..Participant::default()
    }
}

fn reel() -> Deliverable {
    Deliverable {
        participant: "campaigns/spring/participants/maya".to_owned(),
        due_time: at(START),
        ..Deliverable::default()
    }
}

fn of_campaign(sent: &Campaign) -> Vec<(String, &'static str)> {
    told(|problems| campaign(problems, "campaign", sent, None))
}

fn of_participant(sent: &Participant) -> Vec<(String, &'static str)> {
    told(|problems| participant(problems, "participant", sent, Some("EUR")))
}

fn of_deliverable(sent: &Deliverable) -> Vec<(String, &'static str)> {
    told(|problems| deliverable(problems, "deliverable", sent, &spring()))
}

#[test]
fn what_is_well_made_is_accepted() {
    assert_eq!(of_campaign(&spring()), []);
    assert_eq!(of_participant(&maya()), []);
    assert_eq!(of_deliverable(&reel()), []);
    let glow = Brand { display_name: "Glow".to_owned(), country: "KR".to_owned(), ..Brand::default() };
    assert_eq!(told(|problems| brand(problems, "brand", &glow)), []);
}

#[test]
fn everything_that_is_wrong_with_a_campaign_is_told_at_once() {
    let sent = Campaign {
        brand: "glow".to_owned(),
        display_name: " ".to_owned(),
        brief: "x".repeat(50_001),
        end_time: at(START - 1),
        markets: vec!["de".to_owned(), "FR".to_owned(), "FR".to_owned()],
        budget: Some(Money { amount_minor: -1, currency_code: "euro".to_owned() }),
        guidelines: vec![Guideline { phrases: vec![String::new(), "\u{200B}".to_owned()], ..Guideline::default() }],
        approval: Some(ApprovalPolicy::default()),
        tolerance: Some(Tolerance { word_share: f64::NAN, added_tags: false }),
        product_category: "Fine Wine".to_owned(),
        ..spring()
    };
    let expected = [
        ("campaign.brand", "INVALID_NAME"),
        ("campaign.display_name", "REQUIRED"),
        ("campaign.brief", "TOO_LONG"),
        ("campaign.end_time", "END_BEFORE_START"),
        ("campaign.markets[2]", "DUPLICATE"),
        ("campaign.markets[0]", "INVALID_COUNTRY"),
        ("campaign.budget.amount_minor", "OUT_OF_RANGE"),
        ("campaign.budget.currency_code", "INVALID_CURRENCY"),
        ("campaign.guidelines[0].kind", "UNKNOWN_VALUE"),
        ("campaign.guidelines[0].text", "REQUIRED"),
        ("campaign.guidelines[0].phrases[0]", "REQUIRED"),
        ("campaign.guidelines[0].phrases[1]", "INVALID_VALUE"),
        ("campaign.approval.mode", "REQUIRED"),
        ("campaign.tolerance.word_share", "OUT_OF_RANGE"),
        ("campaign.product_category", "INVALID_VALUE"),
    ];
    assert_eq!(of_campaign(&sent), expected.map(|(field, reason)| (field.to_owned(), reason)));
}

#[test]
fn an_empty_campaign_is_told_what_it_needs() {
    let needed = ["brand", "display_name", "start_time", "end_time"];
    let expected: Vec<_> = needed.iter().map(|field| (format!("campaign.{field}"), "REQUIRED")).collect();
    assert_eq!(of_campaign(&Campaign::default()), expected);
}

#[test]
fn a_campaign_lasts_up_to_5_years_of_the_calendar() {
    // 2024-02-29T00:00:00Z; 5 years later is 2029-02-28.
    let leap = 1_709_164_800;
    let until = |end| of_campaign(&Campaign { start_time: at(leap), end_time: at(end), ..spring() });
    assert_eq!(until(1_866_931_200), []);
    assert_eq!(until(1_866_931_201), one("campaign.end_time", "TOO_LONG"));
    assert_eq!(until(leap), one("campaign.end_time", "END_BEFORE_START"));
}

#[test]
fn times_that_are_none_are_told_and_not_panicked_at() {
    for (seconds, nanos) in [(i64::MIN, 0), (i64::MAX, i32::MAX), (0, -1), (0, 1_000_000_000), (253_402_207_200, 0)] {
        let sent = Campaign { start_time: Some(Timestamp { seconds, nanos }), ..spring() };
        assert_eq!(of_campaign(&sent), one("campaign.start_time", "INVALID_TIME"), "{seconds} {nanos}");
    }
    let last = Campaign { start_time: at(253_402_207_198), end_time: at(253_402_207_199), ..spring() };
    assert_eq!(of_campaign(&last), []);
}

#[test]
fn a_budget_keeps_the_currency_of_the_fees() {
    let sent = spring();
    let against = |currency| told(|problems| campaign(problems, "campaign", &sent, Some(currency)));
    assert_eq!(against("EUR"), []);
    assert_eq!(against("USD"), one("campaign.budget.currency_code", "CURRENCY_MISMATCH"));
}

#[test]
fn everything_that_is_wrong_with_a_brand_is_told_at_once() {
    let weight = |component, weight| FitWeight { component, weight };
    let brief = BrandBrief {
        brief: "x".repeat(20_001),
        niches: vec!["skin".to_owned(), "Skin".to_owned()],
        countries: vec!["Korea".to_owned()],
        max_cpm_minor: Some(0),
        currency_code: "won".to_owned(),
        weights: vec![weight(1, 101.0), weight(1, 1.0), weight(0, f64::NAN)],
        ..BrandBrief::default()
    };
    let aliases = (0..51).map(|number| format!("@glow{number}")).collect();
    let sent = Brand { brief: Some(brief), aliases, country: "K".to_owned(), ..Brand::default() };
    let expected = [
        ("brand.display_name", "REQUIRED"),
        ("brand.brief.brief", "TOO_LONG"),
        ("brand.brief.niches[1]", "DUPLICATE"),
        ("brand.brief.countries[0]", "INVALID_COUNTRY"),
        ("brand.brief.max_cpm_minor", "OUT_OF_RANGE"),
        ("brand.brief.currency_code", "INVALID_CURRENCY"),
        ("brand.brief.weights[0].weight", "OUT_OF_RANGE"),
        ("brand.brief.weights[1].component", "DUPLICATE"),
        ("brand.brief.weights[2].component", "UNKNOWN_VALUE"),
        ("brand.brief.weights[2].weight", "OUT_OF_RANGE"),
        ("brand.aliases", "TOO_MANY"),
        ("brand.country", "INVALID_COUNTRY"),
    ];
    let found = told(|problems| brand(problems, "brand", &sent));
    assert_eq!(found, expected.map(|(field, reason)| (field.to_owned(), reason)));
}

#[test]
fn everything_that_is_wrong_with_a_participant_is_told_at_once() {
    let sent = Participant {
        creator: "creators/myspace:tom".to_owned(),
        fee: Some(Money { amount_minor: -5, currency_code: "USD".to_owned() }),
        relations: vec![99, Relation::Paid.into(), Relation::Paid.into()],
        contract_reference: "x".repeat(501),
        country: "KOR".to_owned(),
        tracking_codes: vec!["MAYA10".to_owned(), "maya10".to_owned(), "MAYA 20".to_owned(), String::new()],
        ..Participant::default()
    };
    let expected = [
        ("participant.creator", "UNKNOWN_PLATFORM"),
        ("participant.fee.amount_minor", "OUT_OF_RANGE"),
        ("participant.fee.currency_code", "CURRENCY_MISMATCH"),
        ("participant.relations[2]", "DUPLICATE"),
        ("participant.relations[0]", "UNKNOWN_VALUE"),
        ("participant.contract_reference", "TOO_LONG"),
        ("participant.country", "INVALID_COUNTRY"),
        ("participant.tracking_codes[1]", "DUPLICATE"),
        ("participant.tracking_codes[2]", "INVALID_VALUE"),
        ("participant.tracking_codes[3]", "REQUIRED"),
    ];
    assert_eq!(of_participant(&sent), expected.map(|(field, reason)| (field.to_owned(), reason)));
}

#[test]
fn a_participant_has_a_relation_and_none_beside_no_relation() {
    let with = |relations: &[Relation]| {
        let relations = relations.iter().map(|relation| *relation as i32).collect();
        of_participant(&Participant { relations, ..maya() })
    };
    assert_eq!(with(&[]), one("participant.relations", "REQUIRED"));
    assert_eq!(with(&[Relation::NoRelationship, Relation::Paid]), one("participant.relations", "CONTRADICTION"));
    assert_eq!(with(&[Relation::OwnPurchase, Relation::Retouched]), []);
    let six = [
        Relation::Paid,
        Relation::GiftAsked,
        Relation::EventInvite,
        Relation::Affiliate,
        Relation::Ambassador,
        Relation::AiImage,
    ];
    assert_eq!(with(&six), one("participant.relations", "TOO_MANY"));
}

#[test]
fn a_first_fee_may_be_in_any_currency() {
    assert_eq!(told(|problems| participant(problems, "participant", &maya(), None)), []);
    let found = noted(|problems| participant(problems, "participant", &maya(), Some("JPY")));
    assert_eq!(found[0].description, "`EUR` is not the campaign's currency; accepted is JPY");
}

#[test]
fn tracking_codes_are_told_apart_without_case_and_width() {
    assert_eq!(tracking_key(" ＭAYA10"), tracking_key("maya10"));
    assert_ne!(tracking_key("maya10"), tracking_key("maya11"));
}

#[test]
fn a_deliverable_belongs_to_a_participant_of_its_campaign() {
    let with = |participant: &str| of_deliverable(&Deliverable { participant: participant.to_owned(), ..reel() });
    assert_eq!(with(""), one("deliverable.participant", "REQUIRED"));
    assert_eq!(with("participants/maya"), one("deliverable.participant", "INVALID_NAME"));
    assert_eq!(with("campaigns/autumn/participants/maya"), one("deliverable.participant", "OTHER_CAMPAIGN"));
}

#[test]
fn a_deliverable_is_due_inside_its_campaign() {
    let with = |due_time| of_deliverable(&Deliverable { due_time, ..reel() });
    assert!(with(None).is_empty() && with(at(START + 30 * DAY)).is_empty());
    assert_eq!(with(at(START - 1)), one("deliverable.due_time", "OUTSIDE_CAMPAIGN"));
    assert_eq!(with(at(START + 30 * DAY + 1)), one("deliverable.due_time", "OUTSIDE_CAMPAIGN"));
    assert_eq!(with(at(i64::MIN)), one("deliverable.due_time", "INVALID_TIME"));
    let strange = Deliverable { format: 99, display_name: "x".repeat(201), ..reel() };
    assert_eq!(
        of_deliverable(&strange),
        [("deliverable.display_name".to_owned(), "TOO_LONG"), ("deliverable.format".to_owned(), "UNKNOWN_VALUE"),]
    );
}

#[test]
fn a_content_may_be_empty_and_has_at_most_100_000_characters_in_all() {
    let of = |sent: &DisclosureContent| told(|problems| content::check(problems, "content", sent));
    assert_eq!(of(&DisclosureContent::default()), []);
    let full = DisclosureContent {
        caption: "ก".repeat(60_000),
        transcript: Some("ä".repeat(39_998)),
        hashtags: vec!["ad".to_owned()],
        ..DisclosureContent::default()
    };
    assert_eq!(of(&full), []);
    let over = DisclosureContent { title: "x".to_owned(), ..full };
    assert_eq!(of(&over), one("content", "TOO_LONG"));
}

#[test]
fn everything_that_is_wrong_with_a_content_is_told_at_once() {
    let mut hashtags: Vec<String> = (0..201).map(|number| format!("#tag{number}")).collect();
    hashtags[1] = "two words".to_owned();
    hashtags[2] = "#".to_owned();
    let sent = DisclosureContent {
        hashtags,
        medium: -1,
        platform: 44,
        language: "de_DE".to_owned(),
        ..DisclosureContent::default()
    };
    let expected = [
        ("content.hashtags", "TOO_MANY"),
        ("content.hashtags[1]", "INVALID_VALUE"),
        ("content.hashtags[2]", "REQUIRED"),
        ("content.medium", "UNKNOWN_VALUE"),
        ("content.platform", "UNKNOWN_VALUE"),
        ("content.language", "INVALID_LANGUAGE"),
    ];
    let found = told(|problems| content::check(problems, "content", &sent));
    assert_eq!(found, expected.map(|(field, reason)| (field.to_owned(), reason)));
}

#[test]
fn ids_are_short_and_lower_case() {
    let longest = "a".repeat(63);
    for id in ["a", "spring-2026", "a-", longest.as_str()] {
        assert!(name::id("campaign_id", id).is_ok(), "{id}");
    }
    let too_long = "a".repeat(64);
    for id in ["", "1a", "-a", "Spring", "früh", "a b", "a/b", too_long.as_str()] {
        let refused = name::id("campaign_id", id).unwrap_err();
        assert_eq!((refused.field.as_str(), refused.reason), ("campaign_id", "INVALID_ID"), "{id}");
    }
}

#[test]
fn names_are_read_into_their_ids() {
    assert_eq!(name::brand("name", "brands/glow").unwrap(), "glow");
    assert_eq!(name::campaign("name", "campaigns/spring").unwrap(), "spring");
    assert_eq!(name::participant("name", "campaigns/spring/participants/maya").unwrap(), ("spring", "maya"));
    assert_eq!(name::deliverable("name", "campaigns/spring/deliverables/reel-1").unwrap(), ("spring", "reel-1"));
    for wrong in
        ["", "campaigns", "campaigns/", "campaigns/-", "campaigns/a/b", "brands/a", "/campaigns/a", "campaigns/a/"]
    {
        assert_eq!(name::campaign("name", wrong).unwrap_err().reason, "INVALID_NAME", "{wrong}");
    }
}

#[test]
fn a_post_is_the_participants_own() {
    let of = |post| name::post_of("post", post, "creators/instagram:maya").map_err(|problem| problem.reason);
    assert!(of("creators/instagram:maya/posts/Cx1").is_ok());
    assert_eq!(of("creators/instagram:eve/posts/Cx1"), Err("OTHER_CREATOR"));
    assert_eq!(of("posts/Cx1"), Err("INVALID_NAME"));
}

#[test]
fn what_requests_share_is_checked_once() {
    let found = told(|problems| {
        request::request_id(problems, &"x".repeat(101));
        request::actor(problems, "ada\nben");
        request::note(problems, &"x".repeat(2_001));
        request::etag(problems, "campaign.etag", "");
    });
    let expected =
        [("request_id", "TOO_LONG"), ("actor", "INVALID_VALUE"), ("note", "TOO_LONG"), ("campaign.etag", "REQUIRED")];
    assert_eq!(found, expected.map(|(field, reason)| (field.to_owned(), reason)));
    assert_eq!(told(|problems| request::actor(problems, "")), []);
}

fn anything() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..30).prop_map(String::from_iter)
}

proptest! {
    #[test]
    fn a_time_is_read_and_written_back_as_it_was(seconds in -62_135_596_800..=253_402_207_199i64, nanos in 0..1_000_000_000i32) {
        let sent = Timestamp { seconds, nanos };
        prop_assert_eq!(time::wire(time::read(&sent).unwrap()), sent);
    }

    #[test]
    fn arbitrary_texts_and_numbers_are_told_apart_without_panic(
        text in anything(), other in anything(), number in any::<i32>(), share in any::<f64>(), start in any::<i64>(), end in any::<i64>(), nanos in any::<i32>(),
    ) {
        let sent = Campaign {
            brand: text.clone(),
            display_name: other.clone(),
            start_time: Some(Timestamp { seconds: start, nanos }),
            end_time: Some(Timestamp { seconds: end, nanos: 0 }),
            markets: vec![text.clone(), other.clone()],
            guidelines: vec![Guideline { kind: GuidelineKind::Must.into(), text: text.clone(), phrases: vec![other.clone()] }],
            budget: Some(Money { amount_minor: start, currency_code: text.clone() }),
            tolerance: Some(Tolerance { word_share: share, added_tags: true }),
            product_category: other.clone(),
            ..Campaign::default()
        };
        campaign(&mut Violations::default(), "campaign", &sent, Some(&other));
        let sent = Participant {
            creator: text.clone(),
            relations: vec![number],
            tracking_codes: vec![text.clone(), other.clone()],
            ..Participant::default()
        };
        participant(&mut Violations::default(), "participant", &sent, Some(&text));
        let sent = DisclosureContent { caption: text.clone(), hashtags: vec![other], medium: number, language: text.clone(), ..DisclosureContent::default() };
        content::check(&mut Violations::default(), "content", &sent);
        prop_assert_eq!(name::is_id(&text), name::campaign("name", &format!("campaigns/{text}")).is_ok());
        prop_assert!(cut(&text).chars().count() <= 40);
    }
}
