//! Owns tantivy as a team would use it at once: a plain schema, its own query types and collectors, its default merging. Never a
//! query or collector of ours.

use std::{
    collections::BTreeMap,
    ops::Bound,
    path::{Path, PathBuf},
    sync::Mutex,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tantivy::{
    DocAddress, Index, IndexReader, IndexWriter, Order, ReloadPolicy, Searcher, TantivyDocument, Term,
    aggregation::AggregationCollector,
    collector::{Count, TopDocs},
    query::{BooleanQuery, MoreLikeThisQuery, Occur, Query, RangeQuery, RegexQuery, TermQuery},
    schema::{FAST, Field, INDEXED, IndexRecordOption, NumericOptions, STORED, STRING, Schema, TEXT, Value as _},
};

use super::{
    engine::{self, Engine},
    population::{self, ER_VIEWS, METRICS, Member, VIEWS_MEAN},
    questions::{PAGE, Question, SUGGESTED},
    report::Answer,
};

/// Memory of the writer's one thread, in bytes.
const WRITER_MEMORY: usize = 100_000_000;
const FACETS: [&str; 4] = ["platform", "tier", "country", "niche"];

/// The fields of the plain schema.
struct Plain {
    id: Field,
    /// Name, handle, tags, titles, bio.
    texts: [Field; 5],
    names: Field,
    tags: Field,
    platform: Field,
    tier: Field,
    country: Field,
    language: Field,
    niche: Field,
    verified: Field,
    created: Field,
    followers: Field,
    metrics: Vec<Field>,
    schema: Schema,
}

impl Plain {
    fn new() -> Self {
        let mut builder = Schema::builder();
        let number: NumericOptions = (FAST | INDEXED).into();
        let column: NumericOptions = FAST.into();
        Self {
            id: builder.add_text_field("id", STRING | STORED),
            texts: ["name", "handle", "tags", "titles", "bio"].map(|field| builder.add_text_field(field, TEXT)),
            names: builder.add_text_field("names", TEXT),
            tags: builder.add_text_field("tag", STRING),
            platform: builder.add_text_field("platform", STRING | FAST),
            tier: builder.add_text_field("tier", STRING | FAST),
            country: builder.add_text_field("country", STRING | FAST),
            language: builder.add_text_field("language", STRING | FAST),
            niche: builder.add_text_field("niche", STRING | FAST),
            verified: builder.add_text_field("verified", STRING | FAST),
            created: builder.add_i64_field("created", column.clone()),
            followers: builder.add_i64_field("followers", number),
            metrics: METRICS.iter().map(|id| builder.add_f64_field(&id.replace('.', "_"), column.clone())).collect(),
            schema: builder.build(),
        }
    }

    fn document(&self, member: &Member) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_text(self.id, member.id());
        let [name, handle, tags, titles, bio] = self.texts;
        document.add_text(name, &member.display_name);
        document.add_text(handle, &member.handle);
        for tag in member.niches.iter().chain(&member.topics) {
            document.add_text(tags, tag);
        }
        for tag in &member.hashtags {
            document.add_text(tags, tag);
        }
        for title in &member.titles {
            document.add_text(titles, title);
        }
        document.add_text(bio, &member.bio);
        document.add_text(self.names, format!("{} {}", member.display_name, member.handle));
        for tag in member.tags() {
            document.add_text(self.tags, tag);
        }
        document.add_text(self.platform, member.platform.word());
        let words = [(self.tier, member.tier()), (self.country, member.country)];
        for (field, word) in words {
            if let Some(word) = word {
                document.add_text(field, word);
            }
        }
        for (field, words) in [(self.language, &member.languages), (self.niche, &member.niches)] {
            for word in words {
                document.add_text(field, word);
            }
        }
        if let Some(verified) = member.verified {
            document.add_text(self.verified, verified.to_string());
        }
        document.add_i64(self.created, member.account_created);
        if let Some(followers) = member.followers {
            document.add_i64(self.followers, followers);
        }
        for (field, value) in self.metrics.iter().zip(member.metrics) {
            if let Some(value) = value {
                document.add_f64(*field, value);
            }
        }
        document
    }
}

/// A plain index.
pub(crate) struct PlainTantivy {
    plain: Plain,
    writer: Mutex<IndexWriter>,
    reader: IndexReader,
    folder: PathBuf,
}

impl PlainTantivy {
    /// Fills a new index and waits for its merges.
    pub(crate) fn load(creators: u64, folder: &Path) -> (Self, Duration) {
        let plain = Plain::new();
        let index = Index::create_in_dir(folder, plain.schema.clone()).expect("a new index");
        let writer: IndexWriter = index.writer_with_num_threads(1, WRITER_MEMORY).expect("a writer");
        let mut spent = engine::feed(creators, |members| {
            for member in &members {
                writer.add_document(plain.document(member)).expect("added");
            }
        });
        let begun = Instant::now();
        let mut writer = writer;
        writer.commit().expect("commits");
        writer.wait_merging_threads().expect("merged");
        spent += begun.elapsed();
        let writer = index.writer_with_num_threads(1, WRITER_MEMORY).expect("a writer");
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().expect("a reader");
        (Self { plain, writer: Mutex::new(writer), reader, folder: folder.to_owned() }, spent)
    }

    fn text(&self, words: &[String], filters: Vec<Box<dyn Query>>) -> BooleanQuery {
        let mut parts: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for word in words {
            let anywhere = self.plain.texts.iter().map(|field| {
                let term = Term::from_field_text(*field, word);
                (Occur::Should, Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)) as Box<dyn Query>)
            });
            parts.push((Occur::Must, Box::new(BooleanQuery::new(anywhere.collect()))));
        }
        parts.extend(filters.into_iter().map(|filter| (Occur::Must, filter)));
        BooleanQuery::new(parts)
    }

    fn followers(&self, (low, high): (i64, i64)) -> Box<dyn Query> {
        let term = |value| Bound::Included(Term::from_field_i64(self.plain.followers, value));
        Box::new(RangeQuery::new(term(low), term(high)))
    }

    fn at_least(&self, metric: usize, value: f64) -> Box<dyn Query> {
        let low = Bound::Included(Term::from_field_f64(self.plain.metrics[metric], value));
        Box::new(RangeQuery::new(low, Bound::Unbounded))
    }

    fn ids<'a>(&self, searcher: &Searcher, found: impl IntoIterator<Item = &'a DocAddress>) -> Vec<String> {
        let id = |address: &DocAddress| {
            let document: TantivyDocument = searcher.doc(*address).expect("a document");
            document.get_first(self.plain.id).and_then(|value| value.as_str()).expect("an id").to_owned()
        };
        found.into_iter().map(id).collect()
    }
}

impl Engine for PlainTantivy {
    fn ask(&self, question: &Question) -> Option<Answer> {
        let searcher = self.reader.searcher();
        let by_followers = |limit| TopDocs::with_limit(limit).order_by_fast_field::<i64>("followers", Order::Desc);
        match question {
            Question::Text { words, platform, country, followers, by_relevance } => {
                let exact = |field, word: &str| -> Box<dyn Query> {
                    Box::new(TermQuery::new(Term::from_field_text(field, word), IndexRecordOption::Basic))
                };
                let filters = vec![
                    exact(self.plain.platform, platform.word()),
                    exact(self.plain.country, country),
                    self.followers(*followers),
                ];
                let query = self.text(words, filters);
                let (first, total) = if *by_relevance {
                    let best = TopDocs::with_limit(PAGE).order_by_score();
                    let (found, total) = searcher.search(&query, &(best, Count)).expect("answers");
                    (self.ids(&searcher, found.iter().map(|(_, address)| address)), total)
                } else {
                    let (found, total) = searcher.search(&query, &(by_followers(PAGE), Count)).expect("answers");
                    (self.ids(&searcher, found.iter().map(|(_, address)| address)), total)
                };
                Some(Answer { total: Some(total as u64), first, ..Answer::default() })
            }
            Question::Ranges { followers, er, views, total, facets } => {
                let parts =
                    vec![self.followers(*followers), self.at_least(ER_VIEWS, *er), self.at_least(VIEWS_MEAN, *views)];
                let query = BooleanQuery::intersection(parts);
                let top = by_followers(PAGE);
                if *facets {
                    let request = FACETS.map(|field| (field, json!({"terms": {"field": field, "size": 1_000}})));
                    let request: BTreeMap<&str, Value> = request.into_iter().collect();
                    let request = serde_json::from_value(json!(request)).expect("a request");
                    let aggregations = AggregationCollector::from_aggs(request, Default::default());
                    let (found, total, counted) =
                        searcher.search(&query, &(top, Count, aggregations)).expect("answers");
                    let counted = serde_json::to_value(counted).expect("JSON");
                    let first = self.ids(&searcher, found.iter().map(|(_, address)| address));
                    let facets = FACETS.iter().map(|field| ((*field).to_owned(), buckets(&counted[field]))).collect();
                    return Some(Answer { total: Some(total as u64), first, facets });
                }
                let (found, total) = if *total {
                    let (found, total) = searcher.search(&query, &(top, Count)).expect("answers");
                    (found, Some(total as u64))
                } else {
                    (searcher.search(&query, &top).expect("answers"), None)
                };
                let first = self.ids(&searcher, found.iter().map(|(_, address)| address));
                Some(Answer { total, first, ..Answer::default() })
            }
            Question::Suggest { prefix } => {
                let query = RegexQuery::from_pattern(&format!("{prefix}.*"), self.plain.names).expect("a pattern");
                let found = searcher.search(&query, &by_followers(SUGGESTED)).expect("answers");
                let first = self.ids(&searcher, found.iter().map(|(_, address)| address));
                Some(Answer { first, ..Answer::default() })
            }
            Question::Similar { member } => {
                let known = population::member(*member);
                let tags = known.tags().into_iter().map(Into::into).collect();
                let query = MoreLikeThisQuery::builder()
                    .with_min_term_frequency(1)
                    .with_document_fields(vec![(self.plain.tags, tags)]);
                // One more: the creator itself is the most similar.
                let best = TopDocs::with_limit(PAGE + 1).order_by_score();
                let found = searcher.search(&query, &best).expect("answers");
                let mut first = self.ids(&searcher, found.iter().map(|(_, address)| address));
                first.retain(|id| *id != known.id());
                first.truncate(PAGE);
                Some(Answer { first, ..Answer::default() })
            }
        }
    }

    fn update(&self, changed: &[Member]) -> bool {
        let mut writer = self.writer.lock().expect("no panic");
        for member in changed {
            writer.delete_term(Term::from_field_text(self.plain.id, &member.id()));
            writer.add_document(self.plain.document(member)).expect("added");
        }
        writer.commit().expect("commits");
        self.reader.reload().expect("reloads");
        true
    }

    fn disk(&self) -> u64 {
        engine::folder_bytes(&self.folder)
    }
}

fn buckets(counted: &Value) -> BTreeMap<String, u64> {
    let buckets = counted["buckets"].as_array().expect("buckets");
    let count = |bucket: &Value| {
        (bucket["key"].as_str().expect("a word").to_owned(), bucket["doc_count"].as_u64().expect("a count"))
    };
    buckets.iter().map(count).collect()
}
