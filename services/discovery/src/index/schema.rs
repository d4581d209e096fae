//! Owns the fields of the index and their version. Never documents or queries.

use tantivy::schema::{
    FAST, Field as Column, IndexRecordOption, JsonObjectOptions, NumericOptions, STRING, Schema, TextFieldIndexing,
    TextOptions,
};

use crate::{
    filter::{COMMENT_LANGUAGE, Field, Fields},
    model::AudiencePart,
};

/// Raised whenever documents are written in another way; an index of another version is built anew.
const VERSION: u32 = 4;
/// The name under which the index knows how texts become words.
pub(super) const WORDS: &str = "words";

/// Names of columns that values are read from.
pub(super) const NAME: &str = "name";
pub(super) const TIE: &str = "tie";
/// Segments are sorted by it, from the highest to the lowest: the followers, 0 when they are not known.
pub(super) const RANK: &str = "rank";

/// Fields with exact terms. Facets are counted in those whose terms are also a column.
const TERMS: &[(Field, bool)] = &[
    (Field::Platform, true),
    (Field::Tier, true),
    (Field::Country, true),
    (Field::Language, true),
    (Field::Niche, true),
    (Field::Topic, true),
    (Field::Hashtag, true),
    (Field::Verified, true),
    (Field::Synthetic, true),
    (Field::DisplayName, true),
    (Field::Handle, false),
    (Field::Person, false),
    (Field::Region, false),
    (Field::City, false),
    (Field::AccountType, false),
    (Field::Mention, false),
    (Field::HasContact, false),
    (Field::Reception, true),
    (Field::ScoreFlag, true),
    (Field::CommentLanguage, true),
    (Field::Audience(AudiencePart::Country), false),
    (Field::Audience(AudiencePart::Language), false),
    (Field::Audience(AudiencePart::Age), false),
    (Field::Audience(AudiencePart::Gender), false),
    (Field::Audience(AudiencePart::Interest), false),
];
const TIMES: &[Field] =
    &[Field::AccountCreateTime, Field::ObserveTime, Field::CreateTime, Field::UpdateTime, Field::LastPostTime];
/// The column family of shares of audiences: a column for each part and key, e.g. `audience.country.FR`.
const AUDIENCE: &str = "audience";

/// The keys of names and handles.
#[derive(Debug, Clone, Copy)]
pub(super) struct NameColumns {
    /// As written, without spaces and case.
    pub(super) literal: Column,
    /// The whole.
    pub(super) whole: Column,
    /// Words, and what remains from each word on.
    pub(super) runs: Column,
    /// What the whole begins with.
    pub(super) starts: Column,
    /// What the remainder from a later word on begins with.
    pub(super) later_starts: Column,
}

/// The fields of the index.
#[derive(Debug, Clone)]
pub(super) struct IndexSchema {
    pub(super) schema: Schema,
    /// The fields of the filter language that it answers.
    pub(super) fields: Fields,
    /// `creators/{creator}`, the key.
    pub(super) name: Column,
    pub(super) tie: Column,
    pub(super) rank: Column,
    /// Names of fields of which something is known, for all but numbers and times.
    pub(super) known: Column,
    pub(super) name_words: Column,
    pub(super) handle_words: Column,
    pub(super) tag_words: Column,
    pub(super) title_words: Column,
    pub(super) bio_words: Column,
    pub(super) link_words: Column,
    pub(super) keys: NameColumns,
    /// Objects `{part: {key: share}}`.
    pub(super) audience: Column,
    /// Objects `{language: share}`.
    pub(super) comments: Column,
    terms: Vec<(Field, Column)>,
    times: Vec<(Field, Column)>,
    /// In the order of the fields' metrics.
    metrics: Vec<Column>,
}

impl IndexSchema {
    pub(super) fn new(fields: Fields) -> Self {
        let mut builder = Schema::builder();
        let column = STRING.set_fast("raw");
        let words = TextFieldIndexing::default()
            .set_tokenizer(WORDS)
            .set_index_option(IndexRecordOption::Basic)
            .set_fieldnorms(false);
        let words = TextOptions::default().set_indexing_options(words);
        let fast: NumericOptions = FAST.into();
        let name = builder.add_text_field(NAME, column.clone());
        let tie = builder.add_u64_field(TIE, fast.clone());
        let rank = builder.add_u64_field(RANK, fast.clone());
        let known = builder.add_text_field("known", STRING);
        let name_words = builder.add_text_field("name_words", words.clone());
        let handle_words = builder.add_text_field("handle_words", words.clone());
        let tag_words = builder.add_text_field("tag_words", words.clone());
        let title_words = builder.add_text_field("title_words", words.clone());
        let bio_words = builder.add_text_field("bio_words", words.clone());
        let link_words = builder.add_text_field("link_words", words);
        let keys = NameColumns {
            literal: builder.add_text_field("key_literal", STRING),
            whole: builder.add_text_field("key_whole", STRING),
            runs: builder.add_text_field("key_runs", STRING),
            starts: builder.add_text_field("key_starts", STRING),
            later_starts: builder.add_text_field("key_later_starts", STRING),
        };
        let audience = builder.add_json_field(AUDIENCE, JsonObjectOptions::from(FAST));
        let comments = builder.add_json_field(COMMENT_LANGUAGE, JsonObjectOptions::from(FAST));
        let mut terms = vec![(Field::Name, name)];
        for (field, is_column) in TERMS {
            let options = if *is_column { column.clone() } else { STRING };
            terms.push((field.clone(), builder.add_text_field(&column_name(field, &fields), options)));
        }
        let mut times = Vec::with_capacity(TIMES.len());
        for field in TIMES {
            times.push((field.clone(), builder.add_i64_field(&column_name(field, &fields), fast.clone())));
        }
        let mut metrics = Vec::with_capacity(fields.metrics().len());
        for id in fields.metrics() {
            let column = column_name(&Field::Metric(id.clone()), &fields);
            metrics.push(builder.add_f64_field(&column, fast.clone()));
        }
        Self {
            schema: builder.build(),
            fields,
            name,
            tie,
            rank,
            known,
            name_words,
            handle_words,
            tag_words,
            title_words,
            bio_words,
            link_words,
            keys,
            audience,
            comments,
            terms,
            times,
            metrics,
        }
    }

    /// Names this schema: differs for other metrics and other versions.
    pub(super) fn fingerprint(fields: &Fields) -> String {
        format!("{VERSION}-{:016x}", fields.fingerprint())
    }

    /// The exact terms of a field.
    pub(super) fn terms(&self, field: &Field) -> Option<Column> {
        self.terms.iter().find(|(known, _)| known == field).map(|(_, column)| *column)
    }

    /// All fields with exact terms.
    pub(super) fn all_terms(&self) -> &[(Field, Column)] {
        &self.terms
    }

    /// The times of a field.
    pub(super) fn times(&self, field: &Field) -> Option<Column> {
        self.times.iter().find(|(known, _)| known == field).map(|(_, column)| *column)
    }

    /// All fields with times.
    pub(super) fn all_times(&self) -> &[(Field, Column)] {
        &self.times
    }

    /// The numbers of a metric.
    pub(super) fn numbers(&self, field: &Field) -> Option<Column> {
        let Field::Metric(id) = field else { return None };
        let place = self.fields.metrics().binary_search(id).ok()?;
        self.metrics.get(place).copied()
    }

    /// All metrics, by their ids.
    pub(super) fn all_metrics(&self) -> impl Iterator<Item = (&str, Column)> {
        self.fields.metrics().iter().map(String::as_str).zip(self.metrics.iter().copied())
    }

    /// The words of a text field.
    pub(super) fn words(&self, field: &Field) -> Option<Column> {
        match field {
            Field::DisplayName => Some(self.name_words),
            Field::Bio => Some(self.bio_words),
            Field::RecentTitle => Some(self.title_words),
            Field::Link => Some(self.link_words),
            _ => None,
        }
    }

    /// The name of the column that holds a field's values.
    pub(super) fn column(&self, field: &Field) -> String {
        column_name(field, &self.fields)
    }
}

/// Metrics are numbered: their ids have dots, which mean something in names of columns.
fn column_name(field: &Field, fields: &Fields) -> String {
    match field {
        Field::Metric(id) => format!("metric_{}", fields.metrics().binary_search(id).unwrap_or(usize::MAX)),
        // The names with dots are those of the shares.
        Field::Audience(part) => part.field().replace('.', "_keys_"),
        Field::CommentLanguage => format!("{COMMENT_LANGUAGE}_keys"),
        other => other.name().to_owned(),
    }
}
