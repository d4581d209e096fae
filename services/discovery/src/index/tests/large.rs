//! Owns the agreement of the index with the plain meaning where segments are large enough for columns in memory. Never what
//! a filter means.

use std::cmp::Ordering;

use creatorscope_domain::Tier;

use super::*;
use crate::{
    filter::Kind,
    order::{By, Value, bits, tie},
};

/// Numbers that repeat, that lie close together, and that are missing.
fn numbers(random: &mut fastrand::Rng) -> BTreeMap<String, f64> {
    let mut measures = BTreeMap::new();
    for id in ["er.views", "views.mean", "followers"] {
        let value = match random.u8(..8) {
            0 => continue,
            1 => 0.0,
            2 => -random.f64(),
            3 => f64::from(random.u16(..1_000)),
            4 => random.f64() * 0.1,
            _ => (random.f64() * 16.0).exp().round(),
        };
        measures.insert(id.to_owned(), if id == "followers" { value.abs().round() } else { value });
    }
    measures
}

fn random_record(id: usize, random: &mut fastrand::Rng) -> CreatorRecord {
    let some = |random: &mut fastrand::Rng, words: &[&str]| {
        words.iter().filter(|_| random.u8(..4) == 0).map(|word| (*word).to_owned()).collect::<Vec<String>>()
    };
    sample(id, |record| {
        let creator = &mut record.creator;
        let platform = Platform::ALL[random.usize(..Platform::ALL.len())];
        creator.id = CreatorId::new(platform, &format!("c{id}")).expect("valid");
        creator.display_name = ["", "Ana", "ana maria", "Bob"][random.usize(..4)].to_owned();
        creator.bio = ["", "hair and beauty", "beauty daily"][random.usize(..3)].to_owned();
        creator.country = ["", "BR", "US"][random.usize(..3)].to_owned();
        creator.niches = some(random, &["beauty", "hair", "tech"]);
        creator.languages = some(random, &["pt", "pt-BR", "en"]);
        creator.hashtags = (0..random.usize(..3)).map(|_| format!("tag{}", random.u16(..400))).collect();
        creator.hashtags.dedup();
        creator.verified = random.bool().then(|| random.bool());
        creator.account_create_time =
            (random.u8(..5) > 0).then(|| Timestamp::from_second(random.i64(0..400 * 86_400)).expect("in range"));
        record.metrics = (random.u8(..10) > 0).then(|| {
            let measures = numbers(random);
            MetricSnapshot {
                followers: measures.get("followers").map(|followers| *followers as i64),
                measures,
                as_of: None,
                encoded: Vec::new(),
            }
        });
    })
}

/// One large segment and small ones, all with documents that were removed or replaced.
fn large(memory: &Memory, seed: u64) -> (Opened, Vec<CreatorRecord>) {
    let random = &mut fastrand::Rng::with_seed(seed);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (generation, _) = Generation::open(folder.path(), fields(), memory).expect("an empty folder");
    let mut records: Vec<CreatorRecord> = (0..9_500).map(|id| random_record(id, random)).collect();
    let states = |records: &[CreatorRecord]| -> Vec<_> {
        records.iter().map(|record| (record.creator.id.name(), Some(record.clone()))).collect()
    };
    generation.write(&states(&records)).expect("written");
    generation.commit(1).expect("committed");
    for turn in 0..3 {
        let gone: Vec<_> = records.drain(..50).map(|record| (record.creator.id.name(), None)).collect();
        generation.write(&gone).expect("written");
        for _ in 0..200 {
            let place = random.usize(..records.len());
            let id = records[place].creator.id.clone();
            let mut next = random_record(0, random);
            next.creator.id = id;
            records[place] = next;
            generation.write(&states(&records[place..=place])).expect("written");
        }
        generation.commit(2 + turn).expect("committed");
    }
    (Opened { generation, folder }, records)
}

/// A range or a term, with ends that records have, so that documents lie on both sides and on the ends.
fn random_clause(records: &[CreatorRecord], random: &mut fastrand::Rng) -> String {
    let of_record = |random: &mut fastrand::Rng, id: &str| {
        let record = &records[random.usize(..records.len())];
        record.metrics.as_ref().and_then(|metrics| metrics.measures.get(id).copied()).unwrap_or(0.5)
    };
    let id = ["er.views", "views.mean", "followers"][random.usize(..3)];
    let (low, high) = (of_record(random, id), of_record(random, id));
    match random.u8(..14) {
        0 => format!("{id} > {low}"),
        1 => format!("{id} <= {low}"),
        2 => format!("{id} = {low}"),
        3 => format!("{id} != {low}"),
        4 => format!("{id} = {}..{}", low.min(high), low.max(high)),
        5 => format!("{id} = {}..{}", low.max(high), low.min(high)),
        6 => format!("{id} < {}", low.max(high)),
        7 => format!("{id}:*"),
        8 => "account_create_time = 1970-03-01..1970-06-30".to_owned(),
        9 => format!("platform = {}", ["TIKTOK", "YOUTUBE"][random.usize(..2)]),
        10 => "niche:beauty".to_owned(),
        11 => "hashtag = tag17".to_owned(),
        12 => "bio:beauty".to_owned(),
        _ => "country != BR".to_owned(),
    }
}

fn random_filter(records: &[CreatorRecord], random: &mut fastrand::Rng, depth: usize) -> String {
    let part = |random: &mut fastrand::Rng| random_filter(records, random, depth - 1);
    match random.u8(..5) {
        0 if depth > 0 => format!("({} OR {})", part(random), part(random)),
        1 if depth > 0 => format!("NOT ({})", part(random)),
        2 | 3 if depth > 0 => format!("{} AND {}", part(random), part(random)),
        _ => random_clause(records, random),
    }
}

/// The place of a creator in an order, told without the index.
fn place(record: &CreatorRecord, order: &Order) -> Place {
    use tantivy::columnar::MonotonicallyMappableToU64;
    let value = |key: &crate::order::Key| {
        let By::Field(field) = &key.by else { return Value::Bits(bits(Some(0), key.descending)) };
        match field.kind() {
            Kind::Number => Value::Bits(bits(crate::facts::number(record, field).map(f64::to_u64), key.descending)),
            Kind::Time => Value::Bits(bits(crate::facts::time(record, field).map(i64::to_u64), key.descending)),
            _ => Value::Text(crate::facts::terms(record, field).into_iter().next()),
        }
    };
    Place { values: order.keys.iter().map(value).collect(), tie: tie(record.creator.id.as_str()) }
}

const ORDERS: &[&str] = &[
    "",
    "followers",
    "followers desc, er.views",
    "er.views desc",
    "er.views",
    "views.mean desc, display_name",
    "account_create_time",
    "display_name desc, followers desc",
];

fn check(opened: &Opened, records: &[CreatorRecord], seed: u64) {
    let random = &mut fastrand::Rng::with_seed(seed);
    for turn in 0..60 {
        let text = random_filter(records, random, 3);
        let mut search = search(&text, ORDERS[turn % ORDERS.len()], random.usize(1..40));
        let mut naive: Vec<(Place, String)> = records
            .iter()
            .filter(|record| search.filter.keeps(record))
            .map(|record| (place(record, &search.order), record.creator.id.name()))
            .collect();
        naive.sort_by(|left, right| search.order.compare(&left.0, &right.0));
        let total = naive.len() as u64;
        for page in 0..3 {
            for skip_total in [true, false] {
                search.skip_total = skip_total;
                let found = opened.generation.search(&search).expect("searched");
                let hits: Vec<_> = found.hits.into_iter().map(|hit| (hit.place, hit.name)).collect();
                let expected = &naive[..search.limit.min(naive.len())];
                assert_eq!(hits, expected, "{text}, {:?}, page {page}, {skip_total}", search.order);
                assert_eq!(found.total, (!skip_total).then_some(total), "{text}");
            }
            let Some((place, _)) = naive.get(search.limit.min(naive.len()).saturating_sub(1)).cloned() else { break };
            naive.retain(|known| search.order.compare(&known.0, &place) == Ordering::Greater);
            search.after = Some(place);
        }
        if turn % 10 == 0 {
            check_facets(opened, records, search);
        }
    }
}

fn check_facets(opened: &Opened, records: &[CreatorRecord], mut search: Search) {
    let names = ["platform", "niche", "hashtag", "country", "tier", "verified", "language"];
    search.facets = names.iter().filter_map(|name| fields().find(name)).collect();
    search.skip_total = true;
    let kept: Vec<&CreatorRecord> = records.iter().filter(|record| search.filter.keeps(record)).collect();
    let found = opened.generation.search(&search).expect("searched");
    assert_eq!(found.total, None);
    for facet in found.facets {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for term in kept.iter().flat_map(|record| crate::facts::terms(record, &facet.field)) {
            *counts.entry(term).or_default() += 1;
        }
        let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
        counts.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
        counts.truncate(MAX_FACET_VALUES);
        let is_shown = |term: &String| counts.iter().any(|(shown, _)| shown == term);
        let without = |record: &&&CreatorRecord| !crate::facts::terms(record, &facet.field).iter().any(is_shown);
        assert_eq!(facet.other, kept.iter().filter(without).count() as u64);
        assert_eq!(facet.values, counts);
    }
    let buckets = Buckets::new(3);
    let mut naive = Distribution::new();
    for record in &kept {
        naive.entry(record.creator.id.platform()).or_default().add(&buckets, record.followers());
    }
    assert_eq!(opened.generation.distribution(&search.filter, &buckets).expect("counted"), naive);
    let effects = opened.generation.explain("", search.exact, &search.filter).expect("explained");
    for (place, effect) in effects.iter().enumerate() {
        let mut rest = search.filter.clone();
        let clause = rest.clauses.remove(place);
        assert_eq!(effect.kept, records.iter().filter(|record| clause.keeps(record)).count() as u64);
        assert_eq!(effect.without, records.iter().filter(|record| rest.keeps(record)).count() as u64);
    }
}

#[test]
fn large_segments_answer_as_the_filters_orders_and_facets_say() {
    for seed in 0..2 {
        let memory = memory();
        let (opened, records) = large(&memory, seed);
        check(&opened, &records, seed);
        let (columns, matches) = memory.used();
        assert!(columns > 0 && matches > 0, "the columns were in memory: {columns}, {matches}");
    }
}

#[test]
fn columns_that_memory_does_not_suffice_for_answer_the_same() {
    let memory = Memory::new(30_000);
    let (opened, records) = large(&memory, 3);
    check(&opened, &records, 3);
    let (columns, matches) = memory.used();
    assert!(columns <= 22_500 && matches <= 7_500, "{columns}, {matches}");
}

#[test]
fn merged_segments_keep_their_order_and_what_was_in_use_is_made_before_they_are_read() {
    let memory = memory();
    let (opened, records) = large(&memory, 4);
    check(&opened, &records, 4);
    let ids: Vec<_> = opened.generation.snapshot().segments.iter().map(|segment| segment.reader.segment_id()).collect();
    assert!(ids.len() > 1, "several segments");
    opened.generation.writer().merge(&ids).wait().expect("merged");
    opened.generation.commit(10).expect("committed");
    let before = memory.used();
    assert!(before.0 > 0 && before.1 > 0);
    let snapshot = opened.generation.snapshot();
    assert_eq!(snapshot.segments.len(), 1);
    let segment = &snapshot.segments[0];
    assert_eq!(segment.documents(), records.len());
    let ranks: Vec<u64> = (0..segment.documents()).map(|document| segment.rank_of(document)).collect();
    assert!(ranks.is_sorted_by(|left, right| left >= right));
    check(&opened, &records, 4);
    assert_eq!(memory.used().0, before.0, "no column was left to make");
}

#[test]
fn a_share_of_memory_is_given_back_with_its_segment() {
    let memory = memory();
    let (opened, records) = large(&memory, 5);
    check(&opened, &records, 5);
    assert!(records.iter().any(|record| record.tier() == Some(Tier::Micro)));
    drop(opened);
    assert_eq!(memory.used().0, 0);
}
