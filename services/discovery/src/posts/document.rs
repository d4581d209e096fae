//! Owns the columns of the index of posts, and how a post becomes a document. Never when.

use creatorscope_domain::{CreatorId, PostFormat};
use creatorscope_proto::metrics::v1::{Post, PostState};
use prost::Message;
use tantivy::{
    TantivyDocument,
    schema::{FAST, Field as Column, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions},
};

use crate::{
    facts::normal_term,
    filter::{Field, POST_NUMBERS},
    order::{self, By},
};

/// Changed whenever documents are written in another way; an index of another version is built anew.
pub(super) const VERSION: &str = "1";
/// The name under which the index knows how texts become words.
pub(super) const WORDS: &str = "words";
pub(super) const TIE: &str = "tie";
pub(super) const CREATOR_TIE: &str = "creator_tie";
pub(super) const EXPIRE_TIME: &str = "expire_time";

const TERMS: [Field; 8] = [
    Field::Name,
    Field::Creator,
    Field::Platform,
    Field::Format,
    Field::Language,
    Field::Category,
    Field::Sponsored,
    Field::Hashtag,
];

/// The columns of the index.
pub(super) struct Columns {
    pub(super) schema: Schema,
    pub(super) name: Column,
    pub(super) creator: Column,
    /// The post as it came.
    pub(super) state: Column,
    pub(super) known: Column,
    pub(super) title: Column,
    pub(super) caption: Column,
    pub(super) tags: Column,
    pub(super) publish_time: Column,
    tie: Column,
    creator_tie: Column,
    expire_time: Column,
    terms: Vec<Column>,
    numbers: Vec<Column>,
}

impl Columns {
    pub(super) fn new() -> Self {
        let mut builder = Schema::builder();
        let words = TextFieldIndexing::default()
            .set_tokenizer(WORDS)
            .set_index_option(IndexRecordOption::Basic)
            .set_fieldnorms(false);
        let words = TextOptions::default().set_indexing_options(words);
        let terms: Vec<Column> =
            TERMS.iter().map(|field| builder.add_text_field(field.name(), STRING.set_fast("raw"))).collect();
        let numbers = (0..POST_NUMBERS.len()).map(|place| builder.add_f64_field(&number_name(place), FAST)).collect();
        let (name, creator) = (terms[0], terms[1]);
        Self {
            name,
            creator,
            terms,
            numbers,
            state: builder.add_bytes_field("state", STORED),
            known: builder.add_text_field("known", STRING),
            title: builder.add_text_field("title_words", words.clone()),
            caption: builder.add_text_field("caption_words", words.clone()),
            tags: builder.add_text_field("tag_words", words),
            publish_time: builder.add_i64_field(Field::PublishTime.name(), FAST),
            tie: builder.add_u64_field(TIE, FAST),
            creator_tie: builder.add_u64_field(CREATOR_TIE, FAST),
            expire_time: builder.add_i64_field(EXPIRE_TIME, FAST),
            schema: builder.build(),
        }
    }

    /// The exact terms of a field.
    pub(super) fn terms(&self, field: &Field) -> Option<Column> {
        let place = TERMS.iter().position(|known| known == field)?;
        self.terms.get(place).copied()
    }

    /// The numbers of a field.
    pub(super) fn numbers(&self, field: &Field) -> Option<Column> {
        let Field::Metric(name) = field else { return None };
        let place = POST_NUMBERS.iter().position(|known| known == name)?;
        self.numbers.get(place).copied()
    }

    /// The words of a field.
    pub(super) fn words(&self, field: &Field) -> Option<Column> {
        match field {
            Field::Title => Some(self.title),
            Field::Caption => Some(self.caption),
            _ => None,
        }
    }

    /// The name of the column of a number or a time.
    pub(super) fn column_name(&self, field: &Field) -> String {
        match field {
            Field::Metric(name) => {
                number_name(POST_NUMBERS.iter().position(|known| known == name).unwrap_or(usize::MAX))
            }
            other => other.name().to_owned(),
        }
    }

    /// The name of the column of a key of an order; empty for relevance.
    pub(super) fn of_key(&self, by: &By) -> String {
        match by {
            By::Relevance => String::new(),
            By::Field(field) => self.column_name(field),
        }
    }

    /// The document of a post.
    pub(super) fn document(&self, creator: &CreatorId, post: &Post, state: &PostState) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_bytes(self.state, &state.encode_to_vec());
        document.add_u64(self.tie, order::tie(&post.name));
        document.add_u64(self.creator_tie, order::tie(creator.as_str()));
        let sponsored = state.sponsorship.as_ref().and_then(|told| told.sponsored);
        let format = PostFormat::from_number(post.format).map(PostFormat::word).unwrap_or_default();
        let sponsored_word = sponsored.map(|flag| flag.to_string()).unwrap_or_default();
        let single = |text: &str| vec![text.to_owned()];
        for (field, column) in TERMS.iter().zip(&self.terms) {
            let values = match field {
                Field::Name => single(&post.name),
                Field::Creator => single(&creator.name()),
                Field::Platform => single(creator.platform().word()),
                Field::Format => single(format),
                Field::Language => single(&post.language),
                Field::Category => single(&post.category),
                Field::Sponsored => single(&sponsored_word),
                _ => post.hashtags.clone(),
            };
            // Words of closed lists are written as they are.
            let is_word = matches!(field, Field::Platform | Field::Format | Field::Sponsored);
            let mut terms: Vec<String> =
                values.into_iter().map(|text| if is_word { text } else { normal_term(field, &text) }).collect();
            terms.retain(|term| !term.is_empty());
            terms.sort();
            terms.dedup();
            if !terms.is_empty() {
                document.add_text(self.known, field.name());
            }
            for term in terms {
                document.add_text(*column, term);
            }
        }
        for (field, column, text) in
            [(Field::Title, self.title, &post.title), (Field::Caption, self.caption, &post.caption)]
        {
            if !text.trim().is_empty() {
                document.add_text(self.known, field.name());
                document.add_text(column, text);
            }
        }
        for tag in &post.hashtags {
            document.add_text(self.tags, tag);
        }
        if let Some(time) = &post.publish_time {
            document.add_i64(self.publish_time, micros(time));
        }
        if let Some(time) = &state.expire_time {
            document.add_i64(self.expire_time, micros(time));
        }
        for (name, column) in POST_NUMBERS.iter().zip(&self.numbers) {
            if let Some(value) = number(name, post, state) {
                document.add_f64(*column, value);
            }
        }
        document
    }
}

/// Numbers are numbered: their names have dots, which mean something in names of columns.
fn number_name(place: usize) -> String {
    format!("number_{place}")
}

fn micros(time: &prost_types::Timestamp) -> i64 {
    time.seconds.saturating_mul(1_000_000).saturating_add(i64::from(time.nanos / 1_000))
}

/// The number of a post; none when it is not known.
fn number(name: &str, post: &Post, state: &PostState) -> Option<f64> {
    let counts = state.counts.as_ref();
    let count = |read: fn(&creatorscope_proto::metrics::v1::PostCounts) -> Option<i64>| {
        counts.and_then(read).map(|count| count as f64)
    };
    match name {
        "views" => count(|counts| counts.views),
        "likes" => count(|counts| counts.likes),
        "dislikes" => count(|counts| counts.dislikes),
        "comments" => count(|counts| counts.comments),
        "shares" => count(|counts| counts.shares),
        "saves" => count(|counts| counts.saves),
        "duration" => {
            let duration = post.duration.as_ref()?;
            Some(duration.seconds as f64 + f64::from(duration.nanos) / 1e9)
        }
        "sponsored.confidence" => {
            let told = state.sponsorship.as_ref().filter(|told| told.sponsored.is_some())?;
            Some(told.confidence)
        }
        // As the metrics service defines it for one post.
        "er.views" => {
            let counts = counts?;
            let views = counts.views.filter(|views| *views > 0)?;
            let terms = [counts.likes, counts.dislikes, counts.comments, counts.shares];
            let known: Vec<i64> = terms.into_iter().flatten().collect();
            (!known.is_empty()).then(|| known.iter().sum::<i64>() as f64 / views as f64)
        }
        _ => None,
    }
}
