//! Owns finding creators as a caller sees it: new fields, completions, similar ones, comparisons, explanations. Never a network.

use creatorscope_proto::common::v1::{Mark, Standing, Window};

use super::*;

/// Growth of followers over 30 and 7 days.
pub(super) fn growth() -> MetricDefinition {
    MetricDefinition {
        id: "followers.growth".into(),
        version: 1,
        aggregation: Aggregation::Growth.into(),
        windows: vec![Window::Window30d.into(), Window::Window7d.into()],
        ..Default::default()
    }
}

/// What the scripted metrics service knows: `a` is good at what is better high and bad at what is better low.
pub(super) fn standings(request: BatchGetCreatorMetricsRequest) -> Result<BatchGetCreatorMetricsResponse, Status> {
    if !request.with_standing || request.selection.is_some_and(|selection| selection.definitions == ["no.such"]) {
        return Err(Status::invalid_argument("there is no definition `no.such`"));
    }
    let value = |definition: &str, percentile: f64, mark: Mark| MetricValue {
        definition: definition.into(),
        result: Some(metric_value::Result::Value(1.0)),
        standing: Some(Standing { percentile, mark: mark.into(), ..Default::default() }),
        ..Default::default()
    };
    let entries = request.names.into_iter().map(|name| {
        let values = match name.ends_with(":a") {
            true => vec![
                value("er.views@1", 80.0, Mark::VeryGood),
                value("consistency.cv@1", 95.0, Mark::Poor),
                value("best_hour@1", 99.0, Mark::Unspecified),
            ],
            false => vec![value("er.views@1", 74.9, Mark::Good), value("consistency.cv@1", 3.0, Mark::Excellent)],
        };
        let metrics = Some(CreatorMetrics { values, ..Default::default() });
        batch_get_creator_metrics_response::Entry { name, metrics }
    });
    Ok(BatchGetCreatorMetricsResponse { entries: entries.collect() })
}

fn share(key: &str, share: f64) -> AudienceShare {
    AudienceShare { key: key.into(), share }
}

fn rich(id: &str) -> Creator {
    Creator {
        region: "Bavaria".into(),
        city: " Munich ".into(),
        account_type: AccountType::Business.into(),
        mentions: vec!["@Ana".into(), "bob".into()],
        audience: Some(Audience {
            countries: vec![share("fr", 0.4), share("BR", 1.0 / 3.0)],
            languages: vec![share("pt-br", 1.0)],
            ages: vec![share("18-24", 0.5)],
            genders: vec![share("Female", 0.6)],
            interests: vec![share("Video Games", 0.9), share("beauty", 0.9)],
            provenance: 3,
        }),
        ..profile(id)
    }
}

async fn found(node: &Node, request: SearchCreatorsRequest) -> Vec<String> {
    let answer = search(node, request).await.expect("answered");
    answer.creators.into_iter().map(|creator| creator.name.replace("creators/tiktok:", "")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_profile_says_of_place_kind_mentions_and_audience_is_kept_and_filters_know_it() {
    let node = node(Script::default()).await;
    let token = ingest(&node, vec![rich("a"), profile("b")]).await.change_token;
    let request = GetCreatorRequest { name: "creators/tiktok:a".into(), ..Default::default() };
    let kept = node.client.clone().get_creator(request).await.expect("found").into_inner().creator.expect("set");
    assert_eq!((kept.region.as_str(), kept.city.as_str(), kept.account_type), ("Bavaria", "Munich", 3));
    assert_eq!(kept.mentions, ["Ana", "bob"]);
    let audience = kept.audience.expect("kept");
    assert_eq!(audience.countries, [share("FR", 0.4), share("BR", 0.333_333_333)]);
    assert_eq!((&audience.languages[0].key, &audience.genders[0].key), (&"pt-BR".to_owned(), &"female".to_owned()));
    assert_eq!(audience.provenance, 3);
    let again = ingest(&node, vec![rich("a")]).await.results;
    assert_eq!(again[0].outcome(), ingest_creators_response::Outcome::Unchanged);
    for filter in [
        "audience.country:FR > 0.3",
        "audience.country.FR = 0.4",
        "audience.interest:\"video games\" >= 0.9 AND mention = ana",
        "city = munich AND account_type = BUSINESS",
        "NOT audience.gender:*  OR audience.age:18-24 > 0.4 niche:beauty -region != bavaria",
    ] {
        let request =
            SearchCreatorsRequest { filter: filter.into(), read_after: vec![token.clone()], ..Default::default() };
        assert!(found(&node, request).await.contains(&"a".to_owned()), "{filter}");
    }
    let request = SearchCreatorsRequest { filter: "niche:beauty > 3".into(), ..Default::default() };
    let refused = search(&node, request).await.expect_err("a key of a field without keys");
    assert!(refused.message().contains("audience.country:FR > 0.3"), "{}", refused.message());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_share_that_is_wrong_is_told_with_its_place() {
    let node = node(Script::default()).await;
    let mut wrong = rich("a");
    let audience = wrong.audience.as_mut().expect("set");
    audience.countries = vec![share("France", 0.1), share("FR", 0.9), share("fr", f64::NAN), share("BR", 0.2)];
    audience.ages = vec![share("24-18", 0.1), share("18", 0.1), share("65+", 1.1)];
    audience.genders = vec![share("x/y", 0.1)];
    audience.interests = vec![share("a.b", 0.1)];
    wrong.account_type = 9;
    wrong.city = "x".repeat(101);
    let violations = ingest(&node, vec![wrong]).await.results.remove(0).violations;
    let fields: Vec<&str> = violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "account_type",
            "city",
            "audience.countries[0].key",
            "audience.countries[2].key",
            "audience.countries[2].share",
            "audience.countries",
            "audience.ages[0].key",
            "audience.ages[1].key",
            "audience.ages[2].share",
            "audience.genders[0].key",
            "audience.interests[0].key",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn growth_is_searchable_in_each_window_and_the_last_post_has_its_time() {
    let script = Script::default();
    let stream = script.next_stream();
    let node = node(script).await;
    ingest(&node, vec![profile("a"), profile("b")]).await;
    let value = |definition: &str, window: Window, value: f64| MetricValue {
        definition: format!("{definition}@1"),
        window: window.into(),
        result: Some(metric_value::Result::Value(value)),
        ..Default::default()
    };
    let metrics = CreatorMetrics {
        creator: "creators/tiktok:a".into(),
        as_of: Some(prost_types::Timestamp { seconds: 10 * 86_400, nanos: 0 }),
        values: vec![
            value("followers.growth", Window::Window30d, 0.3),
            value("days_since_last_post", Window::Lifetime, 1.5),
            value("followers.growth", Window::Window7d, 0.1),
        ],
        ..Default::default()
    };
    stream.send(event(watch_metrics_response::Event::Metrics(metrics), None)).expect("followed");
    stream.send(snapshot_end(5)).expect("followed");
    for (filter, names) in [
        ("followers.growth.7d = 0.1 followers.growth = 0.3 followers.growth.30d = 0.3", vec!["a"]),
        ("followers.growth.7d > 0.2", vec![]),
        ("last_post_time = 1970-01-09", vec!["a"]),
    ] {
        let read_after = vec![Token::new("metrics", 5).to_string()];
        let request = SearchCreatorsRequest { filter: filter.into(), read_after, ..Default::default() };
        let answer = search(&node, request).await.expect("answered");
        assert_eq!(answer.creators.len(), names.len(), "{filter}");
        let times: Vec<i64> =
            answer.creators.iter().flat_map(|found| found.last_post_time).map(|time| time.seconds).collect();
        assert_eq!(times, vec![8 * 86_400 + 43_200; names.len()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_completed_and_filters_are_honoured() {
    let node = node(Script::default()).await;
    let other = Creator { display_name: "Creatrix".into(), country: "US".into(), ..profile("c") };
    let token = ingest(&node, vec![profile("a"), profile("b"), other]).await.change_token;
    let request = SearchCreatorsRequest { read_after: vec![token], ..Default::default() };
    assert_eq!(search(&node, request).await.expect("shown").total_size, Some(3));
    let suggest = async |prefix: &str, filter: &str, page_size| {
        let request = SuggestCreatorsRequest { prefix: prefix.into(), filter: filter.into(), page_size };
        Ok::<_, Status>(node.client.clone().suggest_creators(request).await?.into_inner().suggestions)
    };
    assert_eq!(suggest("creat", "", 0).await.expect("answered").len(), 3);
    assert_eq!(suggest("creat", "", 2).await.expect("answered").len(), 2);
    assert_eq!(suggest("craetr", "country = US", 0).await.expect("answered")[0].display_name, "Creatrix");
    for (prefix, filter, size, part) in
        [(" ", "", 0, "prefix"), ("x", "tier = BIG", 0, "filter"), ("x", "", 51, "page_size")]
    {
        let refused = suggest(prefix, filter, size).await.expect_err(part);
        assert!(refused.message().contains(part), "{}", refused.message());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn creators_resemble_one_another_by_traits_whose_weights_sum_to_the_score() {
    let node = node(Script::default()).await;
    let with = |id: &str, niches: &[&str], hashtags: &[&str], person: &str| Creator {
        niches: niches.iter().map(|niche| (*niche).to_owned()).collect(),
        hashtags: hashtags.iter().map(|tag| (*tag).to_owned()).collect(),
        person: person.into(),
        ..profile(id)
    };
    let mut creators = vec![
        with("a", &["beauty"], &["fyp", "slugging"], "persons/ana"),
        with("twin", &["beauty"], &["fyp", "slugging"], ""),
        with("rare", &["tech"], &["slugging"], ""),
        with("common", &["tech"], &["fyp"], ""),
        with("same.person", &["beauty"], &["fyp", "slugging"], "persons/ana"),
        Creator { country: "US".into(), ..with("else", &["tech"], &[], "") },
    ];
    creators
        .extend((0..20).map(|id| Creator { country: "US".into(), ..with(&format!("f{id}"), &["cars"], &["fyp"], "") }));
    let token = ingest(&node, creators).await.change_token;
    let request = SearchCreatorsRequest { read_after: vec![token], ..Default::default() };
    assert_eq!(search(&node, request).await.expect("shown").total_size, Some(26));
    let similar = async |name: &str, filter: &str| {
        let request = FindSimilarCreatorsRequest { name: name.into(), filter: filter.into(), page_size: 3 };
        Ok::<_, Status>(node.client.clone().find_similar_creators(request).await?.into_inner().matches)
    };
    let matches = similar("creators/tiktok:a", "").await.expect("answered");
    let names: Vec<&str> = matches.iter().filter_map(|found| found.creator.as_ref()).map(|c| &c.name[16..]).collect();
    assert_eq!(names, ["twin", "rare", "common"]);
    assert!((matches[0].score - 1.0).abs() < 1e-9, "the same in all that is known: {}", matches[0].score);
    for found in &matches {
        let sum: f64 = found.shared_traits.iter().map(|shared| shared.weight).sum();
        assert!((found.score - sum).abs() < 1e-9);
    }
    let shared: Vec<(&str, &str)> =
        matches[1].shared_traits.iter().map(|shared| (shared.field.as_str(), shared.value.as_str())).collect();
    assert_eq!(shared, [("hashtag", "slugging"), ("country", "BR")]);
    let filtered = similar("creators/tiktok:a", "country = US").await.expect("answered");
    assert!(filtered.iter().all(|found| found.creator.as_ref().is_some_and(|creator| creator.country == "US")));
    assert_eq!(filtered.len(), 3);
    assert_eq!(similar("creators/tiktok:nobody", "").await.expect_err("not known").code(), Code::NotFound);
    assert_eq!(similar("nobody", "tier = BIG").await.expect_err("wrong").code(), Code::InvalidArgument);
}

#[tokio::test(flavor = "multi_thread")]
async fn creators_side_by_side_have_strengths_and_weaknesses_by_their_marks() {
    let node = node(Script::default()).await;
    ingest(&node, vec![profile("a"), profile("b")]).await;
    let compare = async |names: &[&str], definitions: &[&str]| {
        let names = names.iter().map(|id| format!("creators/tiktok:{id}")).collect();
        let definitions = definitions.iter().map(|id| (*id).to_owned()).collect();
        let request = CompareCreatorsRequest { names, definitions };
        Ok::<_, Status>(node.client.clone().compare_creators(request).await?.into_inner().columns)
    };
    let columns = compare(&["b", "a"], &[]).await.expect("answered");
    assert_eq!(columns[0].creator.as_ref().map(|creator| creator.name.as_str()), Some("creators/tiktok:b"));
    assert_eq!((&columns[0].strengths[..], columns[0].weaknesses.len()), (&["consistency.cv@1".to_owned()][..], 0));
    assert_eq!(columns[1].strengths, ["er.views@1"]);
    assert_eq!(columns[1].weaknesses, ["consistency.cv@1"]);
    assert_eq!(columns[1].metrics.len(), 3);
    assert_eq!(compare(&["a", "nobody"], &[]).await.expect_err("not known").code(), Code::NotFound);
    for names in [&["a"][..], &["a", "b", "a"], &["x"; 11]] {
        assert_eq!(compare(names, &[]).await.expect_err("wrong").code(), Code::InvalidArgument, "{names:?}");
    }
    let passed_on = compare(&["a", "b"], &["no.such"]).await.expect_err("the peer refuses");
    assert!(passed_on.message().contains("no.such"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nested_clauses_are_explained_as_the_wholes_that_and_joins() {
    let node = node(Script::default()).await;
    let other = Creator { country: "US".into(), verified: Some(true), ..profile("us") };
    let token = ingest(&node, vec![profile("br"), other]).await.change_token;
    let mut request = SearchCreatorsRequest {
        filter: "(niche:hair OR (country = BR AND NOT verified = true)) AND NOT (country = BR OR niche:hair)".into(),
        read_after: vec![token],
        explain: true,
        ..Default::default()
    };
    for (creator, removed_by) in [("br", vec![1]), ("us", vec![0])] {
        request.explain_creator = format!("creators/tiktok:{creator}");
        let answer = search(&node, request.clone()).await.expect("answered");
        let explanation = answer.explanation.expect("asked for");
        assert_eq!(answer.total_size, Some(0));
        assert_eq!(explanation.removed_by, removed_by, "{creator}");
        let counts: Vec<(i64, i64)> =
            explanation.clauses.iter().map(|clause| (clause.kept_count, clause.without_count)).collect();
        assert_eq!(counts, [(1, 1), (1, 1)]);
    }
}
