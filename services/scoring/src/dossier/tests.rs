//! What the files of a dossier hold.

use creatorscope_proto::{
    common::v1::{MetricValue, MissingReason, Unit, metric_value::Result},
    discovery::v1::Creator,
    metrics::v1::CreatorMetrics,
};

use super::*;

fn dossier() -> pb::Dossier {
    let value = |definition: &str, result| MetricValue {
        definition: definition.to_owned(),
        unit: Unit::Fraction.into(),
        result: Some(result),
        ..MetricValue::default()
    };
    pb::Dossier {
        creator: Some(Creator {
            name: "creators/tiktok:odd".to_owned(),
            display_name: "<b>Odd</b> & \"co\"".to_owned(),
            followers: Some(1_234_567),
            ..Creator::default()
        }),
        metrics: Some(CreatorMetrics {
            creator: "creators/tiktok:odd".to_owned(),
            values: vec![
                value("er.views@1", Result::Value(0.036)),
                value("er.followers.lc@1", Result::Missing(MissingReason::NotReported.into())),
            ],
            ..CreatorMetrics::default()
        }),
        ..pb::Dossier::default()
    }
}

#[test]
fn texts_from_outside_are_escaped() {
    let page = String::from_utf8(html(&dossier())).expect("UTF-8");
    assert!(page.contains("&lt;b&gt;Odd&lt;/b&gt; &amp; &quot;co&quot;"), "{page}");
    assert!(!page.contains("<b>Odd"));
}

#[test]
fn missing_is_said_in_words_and_numbers_have_units() {
    let page = String::from_utf8(html(&dossier())).expect("UTF-8");
    assert!(page.contains("not reported") && page.contains("3.6 %"), "{page}");
    assert!(page.contains("1\u{202f}234\u{202f}567 followers"), "{page}");
}

#[test]
fn the_page_loads_nothing_and_runs_nothing() {
    let page = String::from_utf8(html(&dossier())).expect("UTF-8");
    for word in ["<script", "<link", "src=", "url(", "@import", "http://", "https://"] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn json_reads_back_as_the_same_dossier() {
    let written = json(&dossier());
    let descriptor = pool().get_message_by_name("creatorscope.scoring.v1.Dossier").expect("known");
    let mut reader = serde_json::Deserializer::from_slice(&written);
    let read = DynamicMessage::deserialize(descriptor, &mut reader).expect("canonical JSON");
    assert_eq!(pb::Dossier::decode(read.encode_to_vec().as_slice()).expect("the message"), dossier());
}
