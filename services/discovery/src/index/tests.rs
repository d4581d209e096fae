//! Owns the agreement of the index with the plain meaning of filters, orders and facets. Never SQL.

mod folders;
mod large;
mod names;

use std::collections::{BTreeMap, HashSet};

use creatorscope_domain::{CreatorId, Platform, Source};
use creatorscope_kit::fault::Violations;
use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::model::{AccountType, Audience, AudiencePart, Creator, MetricSnapshot, ScoreSnapshot};

fn fields() -> Fields {
    Fields::new(["er.views", "views.mean", "followers.growth.7d"].map(str::to_owned))
}

fn memory() -> Memory {
    Memory::new(1 << 28)
}

fn pick(values: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(values).prop_map(str::to_owned)
}

fn some(values: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    prop::sample::subsequence(values, 0..=values.len().min(3))
        .prop_map(|list| list.into_iter().map(str::to_owned).collect())
}

fn measures() -> impl Strategy<Value = BTreeMap<String, f64>> {
    let id = pick(&["er.views", "views.mean", "followers", "days_since_last_post", "followers.growth.7d"]);
    let value = prop::sample::select(vec![-1.0, 0.0, 0.05, 0.5, 999.0, 1_000.0, 1_000_000.0]);
    prop::collection::btree_map(id, value, 0..4)
}

fn audience() -> impl Strategy<Value = Option<Audience>> {
    let shares = |keys: &'static [&'static str]| {
        let share = prop::sample::select(vec![0.0, 0.05, 0.3, 0.5, 1.0]);
        prop::collection::vec((prop::sample::select(keys), share), 0..3)
            .prop_map(|list| list.into_iter().map(|(key, share)| (key.to_owned(), share)).collect::<Vec<_>>())
    };
    (
        shares(&["FR", "BR"]),
        shares(&["pt", "pt-BR"]),
        shares(&["18-24", "65+"]),
        shares(&["female"]),
        shares(&["video games"]),
    )
        .prop_map(|(countries, languages, ages, genders, interests)| {
            let lists = [countries, languages, ages, genders, interests];
            // What is wrong (twice the same key, more than 1 together) is left out.
            let parts = AudiencePart::ALL.into_iter().zip(lists).collect();
            Audience::read((parts, None), &mut Violations::default())
        })
}

fn scores() -> impl Strategy<Value = Option<ScoreSnapshot>> {
    let id = pick(&["sentiment.net", "sentiment.negative", "authenticity.score"]);
    let value = prop::sample::select(vec![-1.0, 0.0, 0.2, 70.0]);
    let share = prop::sample::select(vec![0.0, 0.3, 0.5, 1.0]);
    let scores = (
        prop::collection::btree_map(id, value, 0..3),
        pick(&["", "LOVED", "HATE_WATCHED"]),
        some(&["REPEATED_COMMENTS", "FEW_AUTHORS"]),
        prop::collection::btree_map(pick(&["pt", "fr"]), share, 0..3),
    );
    prop::option::of(scores.prop_map(|(measures, reception, flags, languages)| ScoreSnapshot {
        measures,
        reception,
        flags,
        languages: languages.into_iter().collect(),
        encoded: Vec::new(),
    }))
}

prop_compose! {
    fn record(id: usize)(
        platform in prop::sample::select(Platform::ALL.to_vec()),
        display_name in pick(&["", "Ana", "ana maria", "Ánä", "化粧品 Ana", "Bob"]),
        handle in pick(&["", "ana", "ana_b", "Bob"]),
        bio in pick(&["", "hair and beauty", "Beauty, daily!", "bob's hair"]),
        country in pick(&["", "BR", "US"]),
        languages in some(&["pt", "pt-BR", "en"]),
        niches in some(&["beauty", "hair", "tech"]),
        hashtags in some(&["GRWM", "Beauty", "b"]),
        recent_titles in some(&["hair tutorial", "bob", ""]),
        verified in any::<Option<bool>>(),
        synthetic in any::<bool>(),
        account_create_time in prop::option::of(0i64..400 * 86_400),
        measures in prop::option::of(measures()),
        (region, city) in (pick(&["", "Bavaria"]), pick(&["", "São Paulo", "munich"])),
        account_type in prop::option::of(prop::sample::select(vec![AccountType::Creator, AccountType::Business])),
        mentions in some(&["Ana", "bob"]),
        links in some(&["https://www.youtube.com/@ana", "https://ana.example/shop"]),
        audience in audience(),
        scores in scores(),
        read in 0i64..3,
    ) -> CreatorRecord {
        let time = |seconds: i64| Timestamp::from_second(seconds).expect("in range");
        let metrics = measures.map(|measures| MetricSnapshot {
            followers: measures.get("followers").map(|followers| *followers as i64),
            measures,
            as_of: Some(time(100 * 86_400)),
            encoded: Vec::new(),
        });
        CreatorRecord {
            creator: Creator {
                id: CreatorId::new(platform, &format!("c{id}")).expect("valid"),
                display_name, handle, bio, country, languages, niches,
                topics: Vec::new(), hashtags, recent_titles, verified,
                account_create_time: account_create_time.map(time),
                links, person: String::new(), synthetic,
                source: Source::Given, observe_time: time(read),
                region, city, account_type, mentions, audience,
            },
            metrics,
            scores,
            create_time: time(read),
            update_time: time(read),
            version: 1,
            standing: Default::default(),
        }
    }
}

fn records() -> impl Strategy<Value = Vec<CreatorRecord>> {
    (1usize..40).prop_flat_map(|count| (0..count).map(record).collect::<Vec<_>>())
}

fn clause() -> impl Strategy<Value = String> {
    pick(&[
        "tier = MICRO",
        "tier != NANO",
        "platform = TIKTOK",
        "platform != YOUTUBE",
        "niche:beauty",
        "sentiment.negative < 0.2",
        "sentiment.net != 0",
        "authenticity.score >= 70",
        "reception = LOVED",
        "reception != LOVED",
        "-reception:HATE_WATCHED",
        "score_flag:REPEATED_COMMENTS",
        "score_flag:*",
        "comment_language:pt",
        "comment_language.pt > 0.3",
        "comment_language:pt = 0.5",
        "comment_language.fr:*",
        "niche != hair",
        "niche:*",
        "niche = h*",
        "hashtag = #grwm",
        "hashtag = b*",
        "language = pt",
        "language != pt",
        "country = br",
        "country:*",
        "handle = @ana",
        "handle = ANA*",
        "display_name = ana",
        "display_name != \"ana maria\"",
        "display_name:ana",
        "display_name = an*",
        "display_name:粧品",
        "bio:beauty",
        "bio:\"hair beau\"*",
        "bio:*",
        "recent_title:hair",
        "recent_title:*",
        "verified = true",
        "verified != true",
        "verified:*",
        "synthetic = false",
        "er.views > 0.05",
        "er.views >= 0.05",
        "er.views < 0.5",
        "er.views != 0.5",
        "er.views = 0..0.5",
        "er.views:*",
        "followers <= 999",
        "followers = 1000..",
        "views.mean = ..0",
        "views.mean = -1",
        "account_create_time > 1970-03-01",
        "account_create_time = 1970-01-01..1970-06-30",
        "account_create_time:*",
        "update_time >= 1970-01-01T00:00:01Z",
        "name = youtube:c1",
        "name = creators/tiktok*",
        "name:*",
        "person:*",
        "region = bavaria",
        "city = \"são paulo\"",
        "city = mun*",
        "account_type = CREATOR",
        "account_type != BUSINESS",
        "mention = @ANA",
        "mention:*",
        "link:youtube",
        "link:\"ana.example\"",
        "link:*",
        "has_contact = false",
        "last_post_time >= 1970-04-10",
        "last_post_time:*",
        "audience.country:FR > 0.3",
        "audience.country:fr >= 0.3",
        "audience.country.FR != 1",
        "audience.country.FR = 0..0.05",
        "audience.country:BR",
        "audience.country:*",
        "audience.language:pt-br < 0.5",
        "audience.age:18-24 > 0",
        "audience.age:65+ = 1",
        "audience.gender.female:*",
        "audience.interest:\"video games\" > 0.05",
        "followers.growth.7d > 0.05",
    ])
}

fn filter() -> impl Strategy<Value = String> {
    clause().prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} AND {right})")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} OR {right})")),
            inner.prop_map(|part| format!("NOT {part}")),
        ]
    })
}

fn order() -> impl Strategy<Value = String> {
    pick(&[
        "",
        "followers",
        "er.views desc",
        "display_name",
        "display_name desc, followers",
        "account_create_time desc",
        "update_time, display_name desc, views.mean",
        "audience.country.FR desc, last_post_time",
    ])
}

struct Opened {
    generation: Generation,
    folder: tempfile::TempDir,
}

/// Writes the creators in several commits, each creator once with other content before.
fn opened(records: &[CreatorRecord]) -> Opened {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (generation, cursor) = Generation::open(folder.path(), fields(), &memory()).expect("an empty folder");
    assert_eq!(cursor, None);
    for (place, part) in records.chunks(10).enumerate() {
        let mut before = Vec::new();
        for record in part {
            let mut record = record.clone();
            record.creator.niches = vec!["before".into()];
            before.push((record.creator.id.name(), Some(record)));
        }
        generation.write(&before).expect("written");
        let now: Vec<_> = part.iter().map(|record| (record.creator.id.name(), Some(record.clone()))).collect();
        generation.write(&now).expect("written");
        generation.commit(place as i64).expect("committed");
    }
    Opened { generation, folder }
}

fn search(filter: &str, order: &str, limit: usize) -> Search {
    Search {
        query: String::new(),
        exact: false,
        filter: Filter::parse(filter, &fields()).expect("valid"),
        order: Order::parse(order, false, &fields()).expect("valid"),
        after: None,
        limit,
        facets: Vec::new(),
        skip_total: false,
    }
}

fn all_pages(generation: &Generation, mut search: Search, mut between: impl FnMut()) -> Vec<String> {
    let mut names = Vec::new();
    let mut totals = HashSet::new();
    loop {
        let found = generation.search(&search).expect("searched");
        let Some(last) = found.hits.last() else {
            assert_eq!(totals.len(), 1, "the total stays as it is: {totals:?}");
            return names;
        };
        search.after = Some(last.place.clone());
        totals.insert(found.total);
        names.extend(found.hits.into_iter().map(|hit| hit.name));
        between();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_index_keeps_what_the_filter_says(records in records(), filters in prop::collection::vec(filter(), 12)) {
        let opened = opened(&records);
        for text in filters {
            let search = search(&text, "", 100);
            let found = opened.generation.search(&search).expect("searched");
            let names: HashSet<String> = found.hits.iter().map(|hit| hit.name.clone()).collect();
            let kept = records.iter().filter(|record| search.filter.keeps(record));
            let naive: HashSet<String> = kept.map(|record| record.creator.id.name()).collect();
            prop_assert_eq!(found.total, Some(naive.len() as u64), "{}", text);
            prop_assert_eq!(names, naive, "{}", text);
        }
    }

    #[test]
    fn pages_visit_each_match_once_in_order_while_creators_change(
        records in records(), orders in prop::collection::vec(order(), 3), size in 1usize..7
    ) {
        let opened = opened(&records);
        for order in orders {
            let whole = opened.generation.search(&search("", &order, 100)).expect("searched");
            let expected: Vec<String> = whole.hits.iter().map(|hit| hit.name.clone()).collect();
            let mut turn = 0;
            let visited = all_pages(&opened.generation, search("", &order, size), || {
                let mut changed = records[turn % records.len()].clone();
                changed.creator.bio = format!("changed {turn}");
                turn += 1;
                opened.generation.write(&[(changed.creator.id.name(), Some(changed))]).expect("written");
                opened.generation.commit(100).expect("committed");
            });
            prop_assert_eq!(visited, expected, "{}", order);
        }
    }

    #[test]
    fn facets_and_distributions_count_what_matches(records in records(), text in filter()) {
        let opened = opened(&records);
        let mut search = search(&text, "", 0);
        search.facets = ["niche", "country", "tier", "verified", "language"].iter().filter_map(|name| fields().find(name)).collect();
        let found = opened.generation.search(&search).expect("searched");
        let kept: Vec<&CreatorRecord> = records.iter().filter(|record| search.filter.keeps(record)).collect();
        for facet in &found.facets {
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            let mut valueless = 0;
            for record in &kept {
                let terms = crate::facts::terms(record, &facet.field);
                valueless += u64::from(terms.is_empty());
                for term in terms {
                    *counts.entry(term).or_default() += 1;
                }
            }
            prop_assert_eq!(facet.values.iter().cloned().collect::<BTreeMap<_, _>>(), counts);
            prop_assert_eq!(facet.other, valueless);
        }
        let buckets = Buckets::new(2);
        let mut naive = Distribution::new();
        for record in &kept {
            naive.entry(record.creator.id.platform()).or_default().add(&buckets, record.followers());
        }
        let counted = opened.generation.distribution(&search.filter, &buckets).expect("counted");
        prop_assert_eq!(counted, naive);
    }
}

fn sample(id: usize, change: impl FnOnce(&mut CreatorRecord)) -> CreatorRecord {
    let time = Timestamp::from_second(1).expect("in range");
    let mut sample = CreatorRecord {
        creator: Creator {
            id: CreatorId::new(Platform::Tiktok, &format!("c{id}")).expect("valid"),
            display_name: String::new(),
            handle: String::new(),
            bio: String::new(),
            country: String::new(),
            languages: Vec::new(),
            niches: Vec::new(),
            topics: Vec::new(),
            hashtags: Vec::new(),
            recent_titles: Vec::new(),
            verified: None,
            account_create_time: None,
            links: Vec::new(),
            person: String::new(),
            synthetic: false,
            source: Source::Given,
            observe_time: time,
            region: String::new(),
            city: String::new(),
            account_type: None,
            mentions: Vec::new(),
            audience: None,
        },
        scores: None,
        metrics: None,
        create_time: time,
        update_time: time,
        version: 1,
        standing: Default::default(),
    };
    change(&mut sample);
    sample
}

fn found_names(generation: &Generation, query: &str) -> Vec<String> {
    let order = Order::parse("", true, &fields()).expect("valid");
    let search = Search {
        query: query.to_owned(),
        exact: false,
        filter: Filter::default(),
        order,
        after: None,
        limit: 10,
        facets: Vec::new(),
        skip_total: false,
    };
    generation.search(&search).expect("searched").hits.into_iter().map(|hit| hit.name).collect()
}

#[test]
fn a_handle_comes_before_names_and_names_before_the_rest() {
    let opened = opened(&[
        sample(0, |record| record.creator.bio = "glow daily".into()),
        sample(1, |record| record.creator.display_name = "Glow by Ana".into()),
        sample(2, |record| record.creator.handle = "glow".into()),
        sample(3, |record| record.creator.recent_titles = vec!["my glow routine".into()]),
        sample(4, |record| record.creator.display_name = "Ana".into()),
    ]);
    let generation = &opened.generation;
    let expected: Vec<String> = ["c2", "c1", "c3", "c0"].iter().map(|id| format!("creators/tiktok:{id}")).collect();
    assert_eq!(found_names(generation, "@Glow"), expected);
    assert_eq!(found_names(generation, "ana glow"), ["creators/tiktok:c1"]);
    assert!(found_names(generation, "...").is_empty());
}

#[test]
fn values_beyond_the_most_frequent_count_as_other() {
    let records: Vec<CreatorRecord> = (0..130)
        .map(|id| {
            sample(id, |record| {
                record.creator.hashtags = vec![format!("tag{id:03}")];
                if id >= 125 {
                    record.creator.hashtags.push("tag000".into());
                }
            })
        })
        .collect();
    let opened = opened(&records);
    let mut search = search("", "", 0);
    search.facets = vec![Field::Hashtag];
    let facet = &opened.generation.search(&search).expect("searched").facets[0];
    assert_eq!(facet.values.len(), MAX_FACET_VALUES);
    assert_eq!(facet.values[0], ("tag000".to_owned(), 6));
    assert_eq!(facet.other, 25);
}

#[test]
fn each_clause_tells_what_it_does() {
    let opened = opened(&[
        sample(0, |record| record.creator.country = "BR".into()),
        sample(1, |record| record.creator.niches = vec!["hair".into()]),
        sample(2, |_| {}),
    ]);
    let filter = Filter::parse("country = BR AND niche:hair", &fields()).expect("valid");
    let effects = opened.generation.explain("", false, &filter).expect("explained");
    assert_eq!(effects, [Effect { kept: 1, without: 1 }, Effect { kept: 1, without: 1 }]);
}
