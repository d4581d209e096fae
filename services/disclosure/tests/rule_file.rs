//! A rule file that somebody edits: every mistake is told at once with its place, and a change changes verdicts.

use creatorscope_disclosure::{Content, Context, Medium, Relation, Rules, RulesError, Verdict};
use jiff::civil::date;
use serde_json::{Value, json};

fn file() -> Value {
    serde_json::from_str(include_str!("../rules/disclosure.json")).expect("the built-in rules are JSON")
}

fn mistakes(file: &Value) -> Vec<String> {
    match Rules::parse(&file.to_string()) {
        Err(RulesError::Mistakes(mistakes)) => {
            mistakes.into_iter().map(|one| format!("{}: {}", one.place, one.what)).collect()
        }
        Err(other) => vec![other.to_string()],
        Ok(_) => Vec::new(),
    }
}

/// Changes the file and tells the mistakes.
fn after(change: impl Fn(&mut Value)) -> Vec<String> {
    let mut file = file();
    change(&mut file);
    mistakes(&file)
}

fn tells(change: impl Fn(&mut Value), place: &str, what: &str) {
    let told = after(change);
    assert!(told.iter().any(|one| one.starts_with(place) && one.contains(what)), "{place} {what}: {told:?}");
}

#[test]
fn the_built_in_rules_know_forty_one_jurisdictions() {
    assert_eq!(Rules::builtin().jurisdictions().len(), 41);
    assert!(mistakes(&file()).is_empty());
}

#[test]
fn each_kind_of_mistake_is_told_with_its_place() {
    tells(
        |file| file["jurisdictions"]["DE"]["labels"][0]["form"] = json!("hashtags"),
        "jurisdictions.DE.labels[0]",
        "hashtags",
    );
    tells(
        |file| file["jurisdictions"]["DE"]["labels"][0]["frm"] = json!("either"),
        "jurisdictions.DE.labels[0]",
        "frm",
    );
    tells(|file| file["jurisdictions"]["DE"]["lables"] = json!([]), "jurisdictions.DE.lables", "unknown key");
    tells(
        |file| file["jurisdictions"]["KR"]["caption"][0]["from"] = json!("2024-13-01"),
        "jurisdictions.KR.caption[0]",
        "no day",
    );
    tells(
        |file| file["jurisdictions"]["KR"]["caption"][0]["until"] = json!("2020-01-01"),
        "jurisdictions.KR.caption[0]",
        "ends before",
    );
    tells(|file| file["jurisdictions"]["US"]["flag"]["id"] = json!("GB.flag"), "jurisdictions.US.flag", "used twice");
    tells(
        |file| file["jurisdictions"]["US"]["flag"]["sources"] = json!(["nobody"]),
        "jurisdictions.US.flag",
        "unknown source",
    );
    tells(|file| file["jurisdictions"]["US"]["flag"]["confidence"] = json!("sure"), "jurisdictions.US.flag", "sure");
    tells(
        |file| file["jurisdictions"]["US"]["triggers"][0]["need"] = json!("perhaps"),
        "jurisdictions.US.triggers[0]",
        "perhaps",
    );
    tells(|file| file["jurisdictions"]["US"]["labels"][0]["text"] = json!("#"), "jurisdictions.US.labels", "no letter");
    tells(
        |file| file["jurisdictions"]["US"]["labels"][0]["text"] = json!("by {name}"),
        "jurisdictions.US.labels",
        "{brand}",
    );
    tells(
        |file| file["jurisdictions"]["US"]["labels"][0]["scope"] = json!(["bribed"]),
        "jurisdictions.US.labels[0]",
        "bribed",
    );
    tells(|file| file["jurisdictions"]["US"]["bans"][0]["categories"] = json!(["magic"]), "jurisdictions.US", "magic");
    tells(
        |file| file["sources"]["spare"] = json!({"uri": "", "kind": "", "about": ""}),
        "sources.spare",
        "no rule cites",
    );
    tells(|file| file["format"] = json!("something/2"), "format", "must be");
    tells(|file| file["jurisdictions"]["DE"]["baseline"] = json!("US"), "jurisdictions.DE.baseline", "members");
    tells(|file| file["comment"] = json!("hello"), "comment", "unknown key");
}

#[test]
fn all_mistakes_are_told_at_once() {
    let told = after(|file| {
        file["jurisdictions"]["DE"]["labels"][0]["form"] = json!("hashtags");
        file["jurisdictions"]["US"]["flag"]["confidence"] = json!("sure");
        file["jurisdictions"]["JP"]["known_from"] = json!("October");
    });
    assert_eq!(told.len(), 3, "{told:?}");
}

#[test]
fn a_key_that_stands_twice_is_told_with_its_line() {
    let text = include_str!("../rules/disclosure.json").replacen("\"version\":", "\"format\": \"x\",\n\"version\":", 1);
    let Err(RulesError::Mistakes(told)) = Rules::parse(&text) else { unreachable!("it was read") };
    assert!(told[0].place.starts_with("line 3") && told[0].what.contains("stands twice"), "{told:?}");
}

#[test]
fn a_lawyer_changes_a_verdict_without_a_build() {
    let content = Content {
        caption: "#promoted my new serum".into(),
        medium: Medium::Image,
        language: "en".into(),
        ..Content::default()
    };
    let mut context = Context::on(date(2026, 11, 23));
    context.relations = vec![Relation::Paid];
    context.jurisdictions = vec!["US".into()];
    assert_eq!(Rules::builtin().check(&content, &context).verdict, Some(Verdict::Fail));
    let mut file = file();
    file["jurisdictions"]["US"]["labels"][0]["text"] = json!("#promoted");
    file["jurisdictions"]["US"]["labels"][0]["from"] = json!("2026-01-01");
    let rules = Rules::parse(&file.to_string()).expect("a rule file");
    assert_eq!(rules.check(&content, &context).verdict, Some(Verdict::Pass));
    context.publish_date = date(2025, 12, 31);
    assert_eq!(rules.check(&content, &context).verdict, Some(Verdict::Fail));
}
