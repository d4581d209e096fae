//! The committed weights: that they are those of the card, small enough, and as good as the card says.

use std::{fs, io::Write as _, path::PathBuf};

use creatorscope_text::sentiment::{FAST_WEIGHTS, FastModel, Scratch, heads::HEADS};
use ring::digest::{SHA256, digest};

const CARD: &str = include_str!("../weights/README.md");

fn sha256(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_card_names_the_checksums_of_the_weights() {
    for (name, bytes) in [("fast.bin", FAST_WEIGHTS), ("heads.bin", HEADS)] {
        let line = format!("| `{name}` | {} | `{}` |", bytes.len(), sha256(bytes));
        assert!(CARD.contains(&line), "the card lacks {line}");
    }
    assert!(FAST_WEIGHTS.len() + HEADS.len() <= 1_000_000);
}

/// Lines of `label<TAB>text`; none, said loudly, where there is no such file.
fn rows(name: &str) -> Option<Vec<(String, String)>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("CREATORSCOPE_TEST_DATA").map_or(beside, PathBuf::from).join("sentiment");
    let Ok(bytes) = fs::read(folder.join(name).with_extension("tsv")) else {
        let mut errors = std::io::stderr();
        _ = writeln!(errors, "SKIPPED: no {name}.tsv in {}; set CREATORSCOPE_TEST_DATA", folder.display());
        return None;
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let lines = text.split('\n').skip(1).filter_map(|line| line.split_once('\t'));
    Some(lines.map(|(label, text)| (label.to_owned(), text.to_owned())).collect())
}

/// The mean over classes of the share of their texts that are found; what is not read is missed.
fn macro_recall(rows: &[(String, String)]) -> f32 {
    let mut scratch = Scratch::default();
    let (mut right, mut all) = ([0.0_f32; 3], [0.0_f32; 3]);
    for (label, text) in rows {
        let class = ["negative", "neutral", "positive"].iter().position(|class| class == label).expect("a known class");
        all[class] += 1.0;
        let Ok(found) = FastModel::embedded().read(text, &mut scratch).sentiment else { continue };
        let shares = [found.negative, found.neutral, found.positive];
        right[class] += f32::from(u8::from(shares.iter().all(|share| *share <= shares[class])));
    }
    (0..3).map(|class| right[class] / all[class].max(1.0) / 3.0).sum()
}

#[test]
fn texts_that_were_not_learnt_are_read_as_well_as_the_card_says() {
    // A point or two below what was measured.
    let floors = [
        ("en_tweeteval_val", 0.65),
        ("en_goemotions_dev", 0.58),
        ("xlmt_arabic_val", 0.54),
        ("xlmt_french_val", 0.57),
        ("xlmt_german_val", 0.57),
        ("xlmt_italian_val", 0.52),
        ("xlmt_portuguese_val", 0.55),
        ("xlmt_spanish_val", 0.53),
        ("ml12_indonesian_valid", 0.74),
        ("ml12_malay_valid", 0.60),
    ];
    for (name, floor) in floors {
        let Some(rows) = rows(name) else { return };
        let recall = macro_recall(&rows);
        assert!(recall >= floor, "{name}: {recall} below {floor}");
    }
}
