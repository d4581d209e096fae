//! Owns how a creator becomes a document. Never when.

use tantivy::{TantivyDocument, columnar::MonotonicallyMappableToU64};

use super::schema::IndexSchema;
use crate::{
    facts,
    filter::{FOLLOWERS, Field, Kind},
    model::CreatorRecord,
    order,
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
    document.add_text(schema.name_words, &creator.display_name);
    document.add_text(schema.handle_words, &creator.handle);
    document.add_text(schema.bio_words, &creator.bio);
    for text in creator.niches.iter().chain(&creator.topics).chain(&creator.hashtags) {
        document.add_text(schema.tag_words, text);
    }
    for title in &creator.recent_titles {
        document.add_text(schema.title_words, title);
    }
    document
}
