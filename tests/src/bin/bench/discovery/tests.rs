//! Owns the trust in the comparison: engines agree where they must, and a difference is told. Never a time.

use std::{collections::HashSet, time::Duration};

use super::{
    agreement,
    engine::{Engine, ask_all},
    options::Options,
    ours::Ours,
    plain_tantivy::PlainTantivy,
    questions::Kind,
    report::{Answer, Report},
    scan::Scan,
    vocabulary,
};

const CREATORS: u64 = 3_000;

fn options() -> Options {
    let mut options = Options::read(&["--creators".to_owned(), CREATORS.to_string()]);
    options.runs = 60;
    options.patience = Duration::from_secs(600);
    options
}

fn report(name: &str, engine: &impl Engine) -> Report {
    let mut report = Report { engine: name.to_owned(), ..Report::default() };
    for kind in Kind::ALL {
        if let Some(timed) = ask_all(engine, kind, &options()) {
            report.kinds.insert(kind.word().to_owned(), timed);
        }
    }
    report
}

#[test]
fn engines_of_this_process_answer_alike_and_a_difference_is_told() {
    let folders = [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
    let ours = report("ours", &Ours::load(CREATORS, folders[0].path()).0);
    let tantivy = report("tantivy", &PlainTantivy::load(CREATORS, folders[1].path()).0);
    let scan = report("scan", &Scan::load(CREATORS).0);
    let mut reports = vec![ours, tantivy, scan];

    assert_eq!(agreement::problems(&reports), Vec::<String>::new());
    assert!(agreement::compared(&reports) >= 9 * 60, "{}", agreement::compared(&reports));
    let answers = &reports[0].kinds["facets"].answers;
    assert!(
        answers.iter().filter(|answer| answer.total > Some(0)).count() > 30,
        "questions that find nobody say nothing"
    );
    let platforms = |answer: &Answer| answer.facets["platform"].values().sum::<u64>();
    assert!(answers.iter().all(|answer| Some(platforms(answer)) == answer.total), "each creator has one platform");
    // Ours puts names that begin so before names with such a word; the scan goes by followers alone.
    assert!(agreement::suggested_alike(&reports[0], &reports[2]).is_some_and(|alike| alike > 0.4));

    let changed = reports[2].kinds.get_mut("text").and_then(|timed| timed.answers.get_mut(7)).expect("an answer");
    changed.total = changed.total.map(|total| total + 1);
    let problems = agreement::problems(&reports);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("text 7: ours and scan differ in the total"), "{problems:?}");
}

#[test]
fn no_two_places_of_the_vocabulary_are_one_word() {
    let common: HashSet<String> = (0..20_000).map(vocabulary::common_at).collect();
    assert_eq!(common.len(), 20_000);
    let tags: HashSet<String> =
        (0..40).flat_map(|niche| (0..60).map(move |place| vocabulary::tag_at(niche, place))).collect();
    assert_eq!(tags.len(), 40 * 60);
    assert!(common.is_disjoint(&tags));
}
