//! How well known creators are found by what people type: exact, misspelt, in another script, in part. The creators of all
//! real files are in one index; the table that is printed says how far down the wanted one stands.
//!
//! `cargo test --workspace --test search_quality -- --nocapture`
#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test stops at the first thing that is wrong"
)]

#[path = "search_quality/asked.rs"]
mod asked;
#[path = "search_quality/known.rs"]
mod known;

use std::collections::{BTreeMap, HashSet};

use creatorscope_proto::{
    common::v1::Source,
    discovery::v1::{Creator, SearchCreatorsRequest, SuggestCreatorsRequest},
    metrics::v1::{AccountCounts, Observation, observation},
};
use creatorscope_tests::{Mode, Suite, make::day, real_data};

use self::{asked::Chance, known::Known};

/// Known creators that are looked for, of each set.
const ITEMS: [(&str, usize); 6] = [
    ("tiktok_famous", 60),
    ("youtube_trending_kr_2026", 60),
    ("youtube_trending_us_2017", 50),
    ("captions_youtube_2018", 20),
    ("youtube_ptbr", 5),
    ("youtube_api", 5),
];
/// Places that count; a creator further down counts as not found.
const PLACES: usize = 10;

/// The mean of 1 / place over the queries of a group.
#[derive(Default)]
struct Group {
    queries: usize,
    sum: f64,
    missed: Vec<(String, String)>,
}

impl Group {
    fn mean(&self) -> f64 {
        self.sum / self.queries.max(1) as f64
    }
}

async fn fill(suite: &Suite, creators: &[Known]) -> Vec<String> {
    let mut tokens = Vec::new();
    for part in creators.chunks(1_000) {
        let profiles = part.iter().map(|known| Creator {
            name: known.name.clone(),
            display_name: known.display_name.clone(),
            handle: known.handle.clone(),
            recent_titles: known.titles.clone(),
            hashtags: known.hashtags.clone(),
            source: Source::File.into(),
            observe_time: Some(day(0)),
            ..Creator::default()
        });
        let answer = suite.ingest_creators(profiles.collect()).await.expect("taken");
        let rejected: Vec<_> = answer.results.iter().filter(|result| !result.violations.is_empty()).collect();
        assert!(rejected.is_empty(), "{rejected:?}");
        tokens.push(answer.change_token);
        let counted = part.iter().filter(|known| known.followers.is_some()).map(|known| Observation {
            subject: known.name.clone(),
            observe_time: Some(day(0)),
            counts: Some(observation::Counts::Account(AccountCounts {
                followers: known.followers,
                ..AccountCounts::default()
            })),
            source: Source::File.into(),
        });
        let counted: Vec<Observation> = counted.collect();
        if !counted.is_empty() {
            tokens.push(suite.ingest_observations(counted).await.expect("taken").change_token);
        }
    }
    tokens
}

/// The queries for one creator, by group. Each is made from its name or handle alone.
fn queries(known: &Known, chance: &mut Chance) -> Vec<(&'static str, Option<String>)> {
    let name = known.display_name.as_str();
    let is_latin = name.chars().all(|letter| (letter as u32) < 0x0250 || !letter.is_alphabetic());
    let handle = (!known.handle.is_empty()).then_some(known.handle.as_str());
    let names_handle = handle == Some(name);
    let of_name = |query: Option<String>| query.filter(|_| !names_handle);
    vec![
        ("exact name", of_name(Some(name.to_owned()))),
        ("exact handle", handle.map(str::to_owned)),
        (
            if is_latin { "misspelt name" } else { "misspelt name, other scripts" },
            of_name(asked::misspelt(name, chance)),
        ),
        ("misspelt handle", handle.and_then(|handle| asked::misspelt(handle, chance))),
        ("other script or width", asked::other_script(name)),
        ("beginning", asked::begun(name)),
        ("one word of several", asked::one_word(name)),
        ("words joined", of_name(asked::joined(name))),
        ("handle split", handle.and_then(asked::split)),
    ]
}

#[tokio::test]
async fn known_creators_are_found_first_and_with_typing_errors_too() {
    let Some(folder) = real_data() else { return };
    let creators = known::all(&folder);
    let suite = Suite::start(Mode::Embedded).await;
    let tokens = fill(&suite, &creators).await;
    let (last, more) = tokens.split_at(tokens.len().saturating_sub(10));
    let mut read_after = if more.is_empty() { last.to_vec() } else { more.to_vec() };
    let mut chance = Chance::new(2026);
    let items = asked::pick(&creators, &ITEMS, &mut chance);
    let mut groups: BTreeMap<&'static str, Group> = BTreeMap::new();
    for known in &items {
        // Accounts of one name are as good as the one that was meant.
        let alike = |other: &&Known| other.display_name.to_lowercase() == known.display_name.to_lowercase();
        let wanted: HashSet<&str> = creators.iter().filter(alike).map(|other| other.name.as_str()).collect();
        for (group, query) in queries(known, &mut chance) {
            let Some(query) = query else { continue };
            let request = SearchCreatorsRequest {
                query: query.clone(),
                page_size: PLACES as i32,
                read_after: std::mem::take(&mut read_after),
                ..SearchCreatorsRequest::default()
            };
            let found = suite.discovery().search_creators(request).await.expect("answered").into_inner().creators;
            let place = found.iter().position(|creator| wanted.contains(creator.name.as_str()));
            let group = groups.entry(group).or_default();
            group.queries += 1;
            group.sum += place.map_or(0.0, |place| 1.0 / (place + 1) as f64);
            if place != Some(0) {
                group.missed.push((query, format!("{} ({place:?})", known.display_name)));
            }
        }
        let request =
            SuggestCreatorsRequest { prefix: known.display_name.chars().take(6).collect(), ..Default::default() };
        let found = suite.discovery().suggest_creators(request).await.expect("answered").into_inner().suggestions;
        let place = found.iter().position(|creator| wanted.contains(creator.name.as_str()));
        let group = groups.entry("completion after 6 characters").or_default();
        group.queries += 1;
        group.sum += place.map_or(0.0, |place| 1.0 / (place + 1) as f64);
    }
    println!("{} creators, {} known items, mean reciprocal rank of the first {PLACES}:", creators.len(), items.len());
    for (name, group) in &groups {
        println!("{name:32} {:4} queries  {:.3}", group.queries, group.mean());
    }
    for (name, group) in &groups {
        for (query, wanted) in group.missed.iter().take(12) {
            println!("  {name}: `{query}` for {wanted}");
        }
    }
    suite.stop().await;
    for (group, aim) in [
        ("exact name", 0.95),
        ("exact handle", 0.95),
        ("words joined", 0.95),
        ("handle split", 0.95),
        ("misspelt name", 0.85),
        ("misspelt name, other scripts", 0.85),
        ("misspelt handle", 0.85),
    ] {
        let mean = groups[group].mean();
        assert!(mean >= aim, "{group}: {mean:.3}, at least {aim} is wanted");
    }
}
