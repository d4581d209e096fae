//! Owns what is found by a name, a handle or a part of them, and what is proposed while they are typed. Never filters.

use super::*;

fn named(id: usize, display_name: &str, handle: &str, followers: f64) -> CreatorRecord {
    sample(id, |record| {
        record.creator.display_name = display_name.into();
        record.creator.handle = handle.into();
        record.metrics = Some(MetricSnapshot {
            measures: [("followers".to_owned(), followers)].into(),
            followers: Some(followers as i64),
            as_of: None,
            encoded: Vec::new(),
        });
    })
}

fn people() -> Opened {
    opened(&[
        named(0, "charli d’amelio", "charlidamelio", 97_400_000.0),
        named(1, "Charli D Amelio fans", "charlifans", 2_000.0),
        named(2, "MrBeast", "", 200_000_000.0),
        named(3, "Mr Beast", "someone.else", 90.0),
        named(4, "MrBeast Gaming", "", 40_000_000.0),
        named(5, "John Cena", "john.cena10", 1_000_000.0),
        named(6, "johncena10", "", 5_000_000.0),
        named(7, "비누 먹방여행", "", 30_000.0),
        named(8, "化粧品レビュー研究所", "", 20_000.0),
        named(9, "ข่าวบันเทิงไทย", "", 10_000.0),
        named(10, "José Muñoz", "josemunoz", 800.0),
        sample(11, |record| record.creator.recent_titles = vec!["mrbeast and charli damelio cooking".into()]),
        sample(12, |record| record.creator.hashtags = vec!["mrbeest".into()]),
    ])
}

fn ids(names: &[String]) -> Vec<usize> {
    names.iter().map(|name| name.trim_start_matches("creators/tiktok:c").parse().expect("a number")).collect()
}

#[test]
fn a_name_is_found_whole_then_begun_then_by_its_words_then_in_what_is_said() {
    let people = people();
    let found = |query: &str| ids(&found_names(&people.generation, query));
    assert_eq!(found("mrbeast"), [2, 3, 4, 11]);
    assert_eq!(found("mr beast"), [2, 3, 4]);
    assert_eq!(found("charli damelio"), [0, 1, 11]);
    assert_eq!(found("john.cena10"), [5, 6]);
    assert_eq!(found("JOSE MUNOZ"), [10]);
    assert_eq!(found("beast gaming"), [4]);
    assert_eq!(found("cena"), [5]);
}

#[test]
fn typing_errors_are_tolerated_in_any_script_also_in_the_first_letter() {
    let people = people();
    let first = |query: &str| ids(&found_names(&people.generation, query)).first().copied();
    for query in ["charlidamelo", "hcarlidamelio", "xharli damelio", "charlli dameli0"] {
        assert_eq!(first(query), Some(0), "{query}");
    }
    for (query, id) in [
        ("mrbaest gaming", 4),
        ("jhon cena", 5),
        ("jose munos", 10),
        ("빈우 먹방여행", 7),
        ("비누 먹벙여행", 7),
        ("먹방여헹", 7),
        ("化粧品レビュー研急所", 8),
        ("ﾚﾋﾞｭｰ研究所", 8),
        ("ข่าวบันเทงไทย", 9),
    ] {
        assert_eq!(first(query), Some(id), "{query}");
    }
}

#[test]
fn who_writes_a_name_as_it_is_or_asks_for_the_exact_words_is_not_shown_what_resembles_it() {
    let people = people();
    assert_eq!(ids(&found_names(&people.generation, "john cena")), [5, 6]);
    let order = Order::parse("", true, &fields()).expect("valid");
    let search = |query: &str, exact| {
        let search = Search { query: query.into(), exact, order: order.clone(), ..search("", "", 10) };
        let found = people.generation.search(&search).expect("searched");
        (ids(&found.hits.into_iter().map(|hit| hit.name).collect::<Vec<_>>()), found.total)
    };
    assert_eq!(search("mrbeest", false), (vec![12, 2, 3, 4], Some(4)));
    assert_eq!(search("mrbeest", true), (vec![12], Some(1)));
    assert_eq!(search("mr beast", true), (vec![3], Some(1)));
    assert_eq!(search("mrbeast", true), (vec![2, 4, 11], Some(3)));
}

#[test]
fn completions_begin_with_what_was_typed_most_followers_first() {
    let people = people();
    let suggest = |typed: &str, filter: &str| {
        let filter = Filter::parse(filter, &fields()).expect("valid");
        ids(&people.generation.suggest(typed, &filter, 3).expect("suggested"))
    };
    assert_eq!(suggest("m", ""), [2, 4, 3]);
    assert_eq!(suggest("Mr B", "followers < 100000000"), [4, 3]);
    assert_eq!(suggest("charlid", ""), [0, 1]);
    assert_eq!(suggest("gam", ""), [4]);
    assert_eq!(suggest("john gaming", ""), [] as [usize; 0]);
    assert_eq!(suggest("john ce", ""), [6, 5]);
    assert_eq!(suggest("charly", ""), [0, 1]);
    assert_eq!(suggest("빈", ""), [7]);
    assert_eq!(suggest("めくらない", ""), [] as [usize; 0]);
    assert_eq!(suggest("れびゅ", ""), [] as [usize; 0]);
    assert_eq!(suggest("化粧", ""), [8]);
    assert_eq!(suggest("charlidamelioo", ""), [0, 1]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn sorted_segments_give_the_same_completions(mut records in records()) {
        let typed = ["a", "an", "b"];
        let unsorted = opened(&records);
        records.sort_by_key(|record| std::cmp::Reverse(record.followers()));
        let sorted = opened(&records);
        for typed in typed {
            let of = |opened: &Opened| opened.generation.suggest(typed, &Filter::default(), 4).expect("suggested");
            prop_assert_eq!(of(&unsorted), of(&sorted), "{}", typed);
        }
    }
}
