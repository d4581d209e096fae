//! Owns how a creator becomes a document. Never when.

use std::collections::BTreeMap;

use tantivy::{TantivyDocument, columnar::MonotonicallyMappableToU64, schema::OwnedValue};

use super::schema::{IndexSchema, NameColumns};
use crate::{
    facts,
    filter::{FOLLOWERS, Field, Kind},
    model::{AudiencePart, CreatorRecord},
    order,
    words::NameKeys,
};

/// The document of a creator.
pub(super) fn document(schema: &IndexSchema, record: &CreatorRecord) -> TantivyDocument {
    let creator = &record.creator;
    let mut document = TantivyDocument::default();
    document.add_u64(schema.tie, order::tie(creator.id.as_str()));
    // No number that is known is mapped to 0.
    let rank = facts::number(record, &Field::Metric(FOLLOWERS.to_owned())).map_or(0, f64::to_u64);
    document.add_u64(schema.rank, rank);
    for (field, column) in schema.all_terms() {
        for term in facts::terms(record, field) {
            document.add_text(*column, term);
        }
    }
    for name in schema.fields.names() {
        let Some(field) = schema.fields.find(name) else { continue };
        let is_column = matches!(field.kind(), Kind::Number | Kind::Time);
        if !is_column && facts::is_known(record, &field) {
            document.add_text(schema.known, name);
        }
    }
    for (field, column) in schema.all_times() {
        if let Some(time) = facts::time(record, field) {
            document.add_i64(*column, time);
        }
    }
    for (id, column) in schema.all_metrics() {
        if let Some(value) = facts::number(record, &Field::Metric(id.to_owned())) {
            document.add_f64(column, value);
        }
    }
    if let Some(audience) = &creator.audience {
        let parts = AudiencePart::ALL.into_iter().filter(|part| !audience.part(*part).is_empty());
        let shares = |part: AudiencePart| -> BTreeMap<String, OwnedValue> {
            let shares = audience.part(part).iter();
            let key = |text: &str| facts::normal_term(&Field::Audience(part), text);
            shares.map(|(text, share)| (key(text), OwnedValue::F64(share.value()))).collect()
        };
        let parts = parts.map(|part| (part.key_word().to_owned(), OwnedValue::from(shares(part))));
        document.add_object(schema.audience, parts.collect());
    }
    let languages = record.comment_languages();
    if !languages.is_empty() {
        let key = |text: &str| facts::normal_term(&Field::CommentLanguage, text);
        let shares = languages.iter().map(|(text, share)| (key(text), OwnedValue::F64(*share)));
        document.add_object(schema.comments, shares.collect());
    }
    for text in [&creator.display_name, &creator.handle] {
        add_keys(&mut document, schema.keys, text);
    }
    document.add_text(schema.name_words, &creator.display_name);
    document.add_text(schema.handle_words, &creator.handle);
    document.add_text(schema.bio_words, &creator.bio);
    for text in creator.niches.iter().chain(&creator.topics).chain(&creator.hashtags) {
        document.add_text(schema.tag_words, text);
    }
    for link in &creator.links {
        document.add_text(schema.link_words, link);
    }
    for title in &creator.recent_titles {
        document.add_text(schema.title_words, title);
    }
    document
}

fn add_keys(document: &mut TantivyDocument, columns: NameColumns, text: &str) {
    let keys = NameKeys::of(text);
    if !keys.literal.is_empty() {
        document.add_text(columns.literal, &keys.literal);
    }
    let lists = [
        (columns.whole, keys.whole),
        (columns.runs, keys.runs),
        (columns.starts, keys.starts),
        (columns.later_starts, keys.later_starts),
    ];
    for (column, list) in lists {
        for key in list {
            document.add_text(column, key);
        }
    }
}
