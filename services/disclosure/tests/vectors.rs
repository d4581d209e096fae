//! The test vectors that came with the facts, each judged by the built-in rules.

use std::{fs, io::Write, path::PathBuf};

use creatorscope_disclosure::{Content, Context, Medium, Relation, Rules};
use jiff::civil::date;
use serde::Deserialize;

#[derive(Deserialize)]
struct Facts {
    test_vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    caption: String,
    relation: Relation,
    paid_flag: bool,
    media: Medium,
    lang: String,
    jurisdiction: String,
    expected: String,
    why: String,
}

/// The facts' file, or `None` with a line on stderr.
fn facts() -> Option<Facts> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = std::env::var_os("CREATORSCOPE_TEST_DATA").map_or(beside.into(), PathBuf::from);
    let path = folder.join("../disclosure/disclosure_rules.yaml");
    let Ok(text) = fs::read_to_string(&path) else {
        _ = writeln!(std::io::stderr(), "SKIPPED: no {}; set CREATORSCOPE_TEST_DATA", path.display());
        return None;
    };
    Some(serde_saphyr::from_str(&text).expect("the facts are YAML with test vectors"))
}

#[test]
fn the_vectors_of_the_facts_get_their_verdicts() {
    let Some(facts) = facts() else { return };
    let rules = Rules::builtin();
    let mut wrong = Vec::new();
    for vector in &facts.test_vectors {
        let content = Content {
            caption: vector.caption.clone(),
            platform: "instagram".into(),
            platform_flag: Some(vector.paid_flag),
            medium: vector.media,
            language: vector.lang.clone(),
            ..Content::default()
        };
        let mut context = Context::on(date(2026, 11, 23));
        context.relations = vec![vector.relation];
        context.brand_names = vec!["glow".into()];
        context.brand_handles = vec!["@glow".into()];
        context.jurisdictions = vec![vector.jurisdiction.clone()];
        let check = rules.check(&content, &context);
        let verdict =
            check.verdicts.iter().find(|one| one.jurisdiction == vector.jurisdiction).expect("it was asked for");
        if verdict.verdict.as_str().to_lowercase() != vector.expected {
            wrong.push(format!(
                "{} {:?}: {} ({}), got {:#?}",
                vector.jurisdiction, vector.caption, vector.expected, vector.why, verdict.findings
            ));
        }
    }
    assert!(facts.test_vectors.len() >= 30, "the file holds {} vectors", facts.test_vectors.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
