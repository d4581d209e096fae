//! More than three hundred posts, each derived from a fact that it names, with the verdict that follows from the fact.

use std::collections::BTreeMap;

use creatorscope_disclosure::{Content, Context, Medium, Permit, Relation, Rules};
use serde::Deserialize;

const CASES: &str = include_str!("cases.jsonl");
const RULES: &str = include_str!("../rules/disclosure.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    jurisdiction: String,
    #[serde(rename = "kind")]
    _kind: String,
    relation: Relation,
    medium: Medium,
    language: String,
    caption: String,
    expected: String,
    /// The rule that the verdict rests on.
    fact: String,
    why: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    first_comment: String,
    #[serde(default)]
    profile_text: String,
    #[serde(default)]
    platform_flag: bool,
    #[serde(default)]
    platform_flag_text: String,
    transcript: Option<String>,
    on_screen_text: Option<String>,
    date: Option<String>,
    #[serde(default)]
    product_category: String,
    followers: Option<u64>,
    #[serde(default)]
    permits: Vec<String>,
    #[serde(default)]
    creator_country: String,
    requested: Option<String>,
}

fn cases() -> Vec<Case> {
    CASES.lines().map(|line| serde_json::from_str(line).expect("a case a line")).collect()
}

fn post(case: &Case) -> (Content, Context) {
    let content = Content {
        caption: case.caption.clone(),
        title: case.title.clone(),
        first_comment: case.first_comment.clone(),
        profile_text: case.profile_text.clone(),
        platform: "instagram".into(),
        platform_flag: Some(case.platform_flag),
        platform_flag_text: case.platform_flag_text.clone(),
        medium: case.medium,
        language: case.language.clone(),
        transcript: case.transcript.clone(),
        on_screen_text: case.on_screen_text.clone(),
        ..Content::default()
    };
    let day = case.date.as_deref().unwrap_or("2026-11-23").parse().expect("a day");
    let mut context = Context::on(day);
    context.relations = vec![case.relation];
    context.brand_names = vec!["Glow".into()];
    context.brand_handles = vec!["@glow".into()];
    context.brand_hashtags = vec!["#glow".into()];
    context.product_category = case.product_category.clone();
    context.followers = case.followers;
    context.creator_country = case.creator_country.clone();
    context.permits =
        case.permits.iter().map(|country| Permit { country: country.clone(), number: "A-1".into() }).collect();
    context.jurisdictions = vec![case.requested.clone().unwrap_or_else(|| case.jurisdiction.clone())];
    (content, context)
}

#[test]
fn each_case_gets_the_verdict_that_follows_from_its_fact() {
    let rules = Rules::builtin();
    let mut wrong = Vec::new();
    for case in cases() {
        let (content, context) = post(&case);
        let check = rules.check(&content, &context);
        let verdict = check.verdicts.iter().find(|one| one.jurisdiction == case.jurisdiction).expect("it applies");
        if verdict.verdict.as_str().to_lowercase() != case.expected {
            let found: Vec<_> = verdict
                .findings
                .iter()
                .map(|finding| format!("{} {} {}", finding.effect.as_str(), finding.rule, finding.reason.name()))
                .collect();
            wrong.push(format!("{} {:?}: {} ({}), got {found:?}", case.id, case.caption, case.expected, case.why));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn each_case_names_a_fact_of_the_rules() {
    for case in cases() {
        let is_rule = RULES.contains(&format!("\"id\": \"{}\"", case.fact));
        let is_part = case.fact == "jurisdictions" || RULES.contains(&format!("  \"{}\": {{", case.fact));
        assert!(is_rule || is_part, "{}: the rules have no `{}`", case.id, case.fact);
    }
}

#[test]
fn each_jurisdiction_has_five_cases_and_there_are_three_hundred() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases() {
        *counts.entry(case.jurisdiction).or_default() += 1;
    }
    assert!(counts.values().sum::<usize>() >= 300);
    for one in Rules::builtin().jurisdictions() {
        assert!(counts.get(&one.code).copied().unwrap_or(0) >= 5, "{} has too few cases", one.code);
    }
}
