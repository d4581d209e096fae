//! Owns our side: discovery's index, fed and asked through its public face as the service does. Never a store.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, Instant},
};

use creatorscope_discovery::{
    filter::{Field, Fields, Filter},
    index::{Generation, Memory, Results, Search},
    model::{Creator, CreatorRecord, MetricSnapshot, Standing},
    order::Order,
};
use creatorscope_domain::{CreatorId, Source};
use jiff::Timestamp;

use super::{
    engine::{self, Engine},
    population::{self, METRICS, Member},
    questions::{PAGE, Question, SUGGESTED},
    report::Answer,
};

const FACETS: [Field; 4] = [Field::Platform, Field::Tier, Field::Country, Field::Niche];
/// Creators between two commits while the index is filled.
const COMMIT: u64 = 100_000;
/// What the index may hold in memory, in bytes: the default of the setting.
const MEMORY: usize = 2 << 30;

/// Discovery's index.
pub(crate) struct Ours {
    generation: Generation,
    folder: PathBuf,
    cursor: AtomicI64,
}

impl Ours {
    /// Fills a new index.
    pub(crate) fn load(creators: u64, folder: &Path) -> (Self, Duration) {
        let fields = Fields::new(METRICS.map(str::to_owned));
        let (generation, cursor) = Generation::open(folder, fields, &Memory::new(MEMORY)).expect("a new index");
        assert_eq!(cursor, None, "the folder already has an index");
        let mut written = 0;
        let mut spent = engine::feed(creators, |members| {
            write(&generation, &members);
            let before = written;
            written += members.len() as u64;
            if before / COMMIT != written / COMMIT {
                generation.commit(1).expect("commits");
            }
        });
        let begun = Instant::now();
        generation.commit(1).expect("commits");
        spent += begun.elapsed();
        (Self { generation, folder: folder.to_owned(), cursor: AtomicI64::new(1) }, spent)
    }

    fn search(&self, query: &str, filter: &str, order: &str, wanted: &Wanted<'_>) -> Results {
        let fields = self.generation.fields();
        let search = Search {
            query: query.to_owned(),
            filter: Filter::parse(filter, fields).expect("a filter"),
            order: Order::parse(order, !query.is_empty(), fields).expect("an order"),
            after: None,
            limit: wanted.limit,
            facets: wanted.facets.to_vec(),
            exact: true,
            skip_total: !wanted.total,
        };
        self.generation.search(&search).expect("answers")
    }
}

/// What is told of those that match.
struct Wanted<'a> {
    limit: usize,
    /// Whether the total is wanted.
    total: bool,
    facets: &'a [Field],
}

impl Engine for Ours {
    fn ask(&self, question: &Question) -> Option<Answer> {
        let page = Wanted { limit: PAGE, total: true, facets: &[] };
        let results = match question {
            Question::Text { words, platform, country, followers: (low, high), by_relevance } => {
                let filter =
                    format!("platform = {} AND country = {country} AND followers = {low}..{high}", platform.word());
                let order = if *by_relevance { "" } else { "followers desc" };
                self.search(&words.join(" "), &filter, order, &page)
            }
            Question::Ranges { followers: (low, high), er, views, total, facets } => {
                let filter = format!("followers = {low}..{high} AND er.views >= {er} AND views.mean >= {views}");
                let wanted = Wanted { limit: PAGE, total: *total, facets: if *facets { &FACETS } else { &[] } };
                self.search("", &filter, "followers desc", &wanted)
            }
            Question::Suggest { prefix } => {
                let first = self.generation.suggest(prefix, &Filter::default(), SUGGESTED).expect("answers");
                return Some(Answer { total: None, first, facets: BTreeMap::new() });
            }
            Question::Similar { member } => {
                let first = self
                    .generation
                    .candidates(&record(&population::member(*member)), &Filter::default(), PAGE)
                    .expect("answers");
                return Some(Answer { total: None, first, facets: BTreeMap::new() });
            }
        };
        let facets = results.facets.into_iter().map(|facet| {
            assert!(facet.values.len() < 100, "a facet is cut and cannot be compared");
            (facet.field.name().to_owned(), facet.values.into_iter().collect::<BTreeMap<_, _>>())
        });
        Some(Answer {
            total: results.total,
            first: results.hits.into_iter().map(|hit| hit.name).collect(),
            facets: facets.collect(),
        })
    }

    fn update(&self, changed: &[Member]) -> bool {
        write(&self.generation, changed);
        let cursor = self.cursor.fetch_add(1, Ordering::Relaxed) + 1;
        self.generation.commit(cursor).expect("commits");
        true
    }

    fn disk(&self) -> u64 {
        engine::folder_bytes(&self.folder)
    }
}

fn write(generation: &Generation, members: &[Member]) {
    let states: Vec<(String, Option<CreatorRecord>)> =
        members.iter().map(record).map(|record| (record.creator.id.name(), Some(record))).collect();
    generation.write(&states).expect("written");
}

fn record(member: &Member) -> CreatorRecord {
    let time = |seconds| Timestamp::from_second(seconds).expect("in range");
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let mut measures = BTreeMap::new();
    for (id, value) in METRICS.iter().zip(member.metrics) {
        if let Some(value) = value {
            measures.insert((*id).to_owned(), value);
        }
    }
    if let Some(followers) = member.followers {
        measures.insert("followers".to_owned(), followers as f64);
    }
    let read = time(1_787_529_600);
    CreatorRecord {
        creator: Creator {
            id: CreatorId::parse(&member.id()).expect("an id"),
            display_name: member.display_name.clone(),
            handle: member.handle.clone(),
            bio: member.bio.clone(),
            country: member.country.unwrap_or_default().to_owned(),
            languages: texts(&member.languages),
            niches: texts(&member.niches),
            topics: texts(&member.topics),
            hashtags: member.hashtags.clone(),
            recent_titles: member.titles.clone(),
            verified: member.verified,
            account_create_time: Some(time(member.account_created)),
            links: Vec::new(),
            person: String::new(),
            synthetic: true,
            source: Source::Synthetic,
            observe_time: read,
            region: String::new(),
            city: String::new(),
            account_type: None,
            mentions: Vec::new(),
            audience: None,
        },
        standing: Standing::default(),
        scores: None,
        metrics: Some(MetricSnapshot { measures, followers: member.followers, as_of: Some(read), encoded: Vec::new() }),
        create_time: read,
        update_time: read,
        version: 1,
    }
}
