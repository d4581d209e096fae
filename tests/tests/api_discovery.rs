//! The discovery service as its clients see it, in both modes.
#![allow(clippy::panic, clippy::expect_used, reason = "a test stops at the first thing that is wrong")]

use creatorscope_proto::{
    common::v1::{Platform, Tier},
    discovery::v1::{
        BatchGetCreatorsRequest, CompareCreatorsRequest, Creator, DeleteCreatorRequest, FindSimilarCreatorsRequest,
        GetCreatorRequest, GetDistributionRequest, SearchCreatorsRequest, SearchCreatorsResponse,
        SuggestCreatorsRequest, WatchCreatorsRequest, ingest_creators_response::Outcome,
        watch_creators_response::Event,
    },
    metrics::v1::GetCreatorMetricsRequest,
};
use creatorscope_tests::{
    Suite, in_both_modes,
    make::{creator, creator_name, day, followers, post},
};
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// Profiles, posts and followers of a small world; answers with the tokens to read after.
async fn populate(suite: &Suite) -> Vec<String> {
    let mut profiles = Vec::new();
    let mut posts = Vec::new();
    let mut accounts = Vec::new();
    for number in 0..30_i64 {
        let id = format!("world{number:02}");
        let mut profile = creator(&id);
        profile.niches = vec![["beauty", "gaming", "food"][number as usize % 3].to_owned()];
        profile.country = ["FR", "KR"][number as usize % 2].to_owned();
        profile.bio = if number == 7 { "paints tiny pottery owls".into() } else { String::new() };
        profiles.push(profile);
        posts.push(post(&id, number as u32, 0, 10, [1_000, 10 * number, 0]));
        accounts.push(followers(&id, 10, 1_000 * (number + 1)));
    }
    let profiles = suite.ingest_creators(profiles).await.expect("taken").change_token;
    let posts = suite.ingest_posts(vec![posts]).await.expect("taken").remove(0).change_token;
    let accounts = suite.ingest_observations(accounts).await.expect("taken").change_token;
    vec![profiles, posts, accounts]
}

async fn search(suite: &Suite, request: SearchCreatorsRequest) -> Result<SearchCreatorsResponse, Status> {
    Ok(suite.discovery().search_creators(request).await?.into_inner())
}

fn ids(found: &SearchCreatorsResponse) -> Vec<&str> {
    found.creators.iter().map(|creator| creator.handle.as_str()).collect()
}

in_both_modes! {
    async fn profiles_and_metrics_are_searched_together(suite: &mut Suite) {
        let read_after = populate(suite).await;
        let request = SearchCreatorsRequest {
            filter: "er.views > 0.05 AND tier = MICRO AND niche:beauty".into(),
            order_by: "followers desc".into(),
            facets: vec!["country".into(), "tier".into()],
            page_size: 3,
            read_after,
            ..Default::default()
        };
        // Of 30: followers from 10 000 is number 9 and up, er.views above 0.05 is number 6 and up, beauty every third.
        let first = search(suite, request.clone()).await.expect("found");
        assert_eq!(first.total_size, Some(7));
        let without_total = SearchCreatorsRequest { skip_total: true, facets: Vec::new(), ..request.clone() };
        let same = search(suite, without_total).await.expect("found");
        assert_eq!((same.total_size, &same.creators), (None, &first.creators));
        assert_eq!(ids(&first), ["world27", "world24", "world21"]);
        assert_eq!(first.creators[0].followers, Some(28_000));
        assert_eq!(first.creators[0].tier(), Tier::Micro);
        let countries: Vec<_> = first.facets[0].buckets.iter().map(|bucket| (bucket.value.as_str(), bucket.count)).collect();
        assert_eq!(countries, [("KR", 4), ("FR", 3)]);
        assert_eq!(first.facets[1].buckets[0].count, 7);
        let mut seen: Vec<String> = ids(&first).iter().map(|id| (*id).to_owned()).collect();
        let mut page_token = first.next_page_token;
        while !page_token.is_empty() {
            let page = search(suite, SearchCreatorsRequest { page_token, ..request.clone() }).await.expect("found");
            assert_eq!(page.total_size, Some(7));
            seen.extend(ids(&page).iter().map(|id| (*id).to_owned()));
            page_token = page.next_page_token;
        }
        assert_eq!(seen, ["world27", "world24", "world21", "world18", "world15", "world12", "world09"]);
    }

    async fn words_find_creators_and_a_mask_bounds_the_answer(suite: &mut Suite) {
        let read_after = populate(suite).await;
        let read_mask = Some(prost_types::FieldMask { paths: vec!["name".into(), "handle".into()] });
        let request = SearchCreatorsRequest { query: "pottery owls".into(), read_after, read_mask, ..Default::default() };
        let found = search(suite, request).await.expect("found");
        assert_eq!(ids(&found), ["world07"]);
        assert_eq!(found.creators[0].bio, "");
        assert!(found.creators[0].metrics.is_empty());
    }

    async fn a_bad_filter_is_answered_with_position_clause_and_accepted_fields(suite: &mut Suite) {
        let filter = "platform = TIKTOK AND folowers > 10 AND tier = MICROO".to_owned();
        let status = search(suite, SearchCreatorsRequest { filter, facets: vec!["shoe_size".into()], ..Default::default() }).await.expect_err("bad");
        assert_eq!(status.code(), Code::InvalidArgument);
        let details = status.get_error_details();
        let problems: Vec<String> =
            details.bad_request().expect("violations").field_violations.iter().map(|one| format!("{} {}", one.field, one.description)).collect();
        let told = problems.join("\n");
        assert!(told.contains("folowers") && told.contains("22") && told.contains("followers"), "{told}");
        assert!(told.contains("MICROO") && told.contains("MICRO"), "{told}");
        assert!(told.contains("shoe_size"), "{told}");
    }

    async fn a_page_token_belongs_to_its_query(suite: &mut Suite) {
        let read_after = populate(suite).await;
        let request = SearchCreatorsRequest { page_size: 5, read_after, ..Default::default() };
        let page_token = search(suite, request.clone()).await.expect("found").next_page_token;
        let other = SearchCreatorsRequest { page_token, filter: "country = FR".into(), ..request };
        assert_eq!(search(suite, other).await.expect_err("another query").code(), Code::InvalidArgument);
    }

    async fn each_profile_is_answered_with_what_was_done(suite: &mut Suite) {
        let mut bad = creator("x");
        bad.name = "creators/tiktok:".into();
        bad.country = "Frankreich".into();
        let answer = suite.ingest_creators(vec![creator("mia"), bad]).await.expect("taken");
        assert_eq!(answer.results[0].outcome(), Outcome::Created);
        assert_eq!(answer.results[1].outcome(), Outcome::Rejected);
        assert_eq!(answer.results[1].violations.len(), 2, "{:?}", answer.results[1]);
        let again = suite.ingest_creators(vec![creator("mia")]).await.expect("taken");
        assert_eq!(again.results[0].outcome(), Outcome::Unchanged);
        let earlier = Creator { observe_time: Some(day(50)), bio: "old".into(), ..creator("mia") };
        let stale = suite.ingest_creators(vec![earlier]).await.expect("taken");
        assert_eq!(stale.results[0].outcome(), Outcome::Stale);
        let later = Creator { observe_time: Some(day(150)), bio: "new".into(), ..creator("mia") };
        let updated = suite.ingest_creators(vec![later]).await.expect("taken");
        assert_eq!(updated.results[0].outcome(), Outcome::Updated);
        let request = GetCreatorRequest { name: creator_name("mia"), ..Default::default() };
        let found = suite.discovery().get_creator(request).await.expect("found").into_inner().creator.expect("a creator");
        assert_eq!((found.bio.as_str(), found.platform()), ("new", Platform::Tiktok));
    }

    async fn a_batch_lists_found_and_missing_in_the_order_asked_for(suite: &mut Suite) {
        suite.ingest_creators(vec![creator("ned"), creator("ona")]).await.expect("taken");
        let names = ["ona", "nobody", "ned", "ona"].map(creator_name).to_vec();
        let request = BatchGetCreatorsRequest { names: names.clone(), ..Default::default() };
        let entries = suite.discovery().batch_get_creators(request).await.expect("answered").into_inner().entries;
        assert_eq!(entries.iter().map(|entry| entry.name.clone()).collect::<Vec<_>>(), names);
        let found: Vec<bool> = entries.iter().map(|entry| entry.creator.is_some()).collect();
        assert_eq!(found, [true, false, true, true]);
    }

    async fn the_distribution_has_logarithmic_buckets_without_gaps(suite: &mut Suite) {
        let read_after = populate(suite).await;
        let request = GetDistributionRequest { buckets_per_decade: 1, read_after, ..Default::default() };
        let found = suite.discovery().get_distribution(request).await.expect("answered").into_inner().distributions;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].sample_size, found[0].unknown_count), (30, 0));
        let buckets: Vec<_> = found[0].buckets.iter().map(|bucket| (bucket.low, bucket.high, bucket.count)).collect();
        assert_eq!(buckets, [(1_000, 10_000, 9), (10_000, 100_000, 21)]);
        let tiers: Vec<_> = found[0].tiers.iter().map(|tier| (tier.tier(), tier.count)).collect();
        assert_eq!(tiers, [(Tier::Nano, 9), (Tier::Micro, 21)]);
    }

    async fn a_deleted_creator_is_gone_everywhere(suite: &mut Suite) {
        let mut tokens = populate(suite).await;
        let delete = DeleteCreatorRequest { name: creator_name("world07"), ..Default::default() };
        let report = suite.discovery().delete_creator(delete.clone()).await.expect("deleted").into_inner();
        assert_eq!((report.profile_count, report.post_count, report.observation_count), (1, 1, 2));
        tokens.push(report.change_token);
        let request = SearchCreatorsRequest { query: "pottery".into(), read_after: tokens, ..Default::default() };
        assert_eq!(search(suite, request).await.expect("answered").total_size, Some(0));
        let get = GetCreatorRequest { name: creator_name("world07"), ..Default::default() };
        assert_eq!(suite.discovery().get_creator(get).await.expect_err("gone").code(), Code::NotFound);
        let get = GetCreatorMetricsRequest { name: creator_name("world07"), ..Default::default() };
        assert_eq!(suite.metrics().get_creator_metrics(get).await.expect_err("gone").code(), Code::NotFound);
        assert_eq!(suite.discovery().delete_creator(delete.clone()).await.expect_err("gone").code(), Code::NotFound);
        let lenient = DeleteCreatorRequest { allow_missing: true, ..delete };
        assert_eq!(suite.discovery().delete_creator(lenient).await.expect("no error").into_inner().profile_count, 0);
    }

    async fn watchers_of_creators_get_snapshot_deltas_and_removals(suite: &mut Suite) {
        suite.ingest_creators(vec![creator("pam")]).await.expect("taken");
        let request = WatchCreatorsRequest::default();
        let mut stream = suite.discovery().watch_creators(request).await.expect("watching").into_inner();
        let mut next = async || stream.message().await.expect("the stream lives").expect("the stream goes on").event.expect("an event");
        assert!(matches!(next().await, Event::Creator(found) if found.handle == "pam"));
        assert!(matches!(next().await, Event::SnapshotEnd(end) if end.creator_count == 1));
        suite.ingest_creators(vec![creator("quin")]).await.expect("taken");
        assert!(matches!(next().await, Event::Creator(found) if found.handle == "quin"));
        suite.ingest_observations(vec![followers("quin", 10, 12_345)]).await.expect("taken");
        assert!(matches!(next().await, Event::Creator(found) if found.followers == Some(12_345)));
        let delete = DeleteCreatorRequest { name: creator_name("pam"), ..Default::default() };
        suite.discovery().delete_creator(delete).await.expect("deleted");
        assert_eq!(next().await, Event::Removed(creator_name("pam")));
    }

    async fn creators_are_found_by_misspelt_names_completed_and_matched_with_similar_ones(suite: &mut Suite) {
        let mut read_after = populate(suite).await;
        let named = |id: &str, name: &str| Creator { display_name: name.into(), hashtags: vec!["slugging".into()], ..creator(id) };
        let new = vec![named("charlidamelio", "charli d’amelio"), named("bbno", "비누 먹방")];
        read_after.push(suite.ingest_creators(new).await.expect("taken").change_token);
        for (query, id) in [("chalri damelo", "charlidamelio"), ("빈우 먹방", "bbno"), ("먹방", "bbno")] {
            let request = SearchCreatorsRequest { query: query.into(), read_after: read_after.clone(), ..Default::default() };
            assert_eq!(ids(&search(suite, request.clone()).await.expect("found")), [id], "{query}");
            let request = SearchCreatorsRequest { exact: true, ..request };
            assert_eq!(search(suite, request).await.expect("found").total_size, Some(i64::from(query == "먹방")), "{query}");
        }
        let request = SuggestCreatorsRequest { prefix: "world2".into(), filter: "niche:food".into(), page_size: 2 };
        let suggested = suite.discovery().suggest_creators(request).await.expect("answered").into_inner().suggestions;
        let followers: Vec<(&str, Option<i64>)> =
            suggested.iter().map(|found| (found.handle.as_str(), found.followers)).collect();
        assert_eq!(followers, [("world29", Some(30_000)), ("world26", Some(27_000))]);
        let request = FindSimilarCreatorsRequest { name: creator_name("bbno"), ..Default::default() };
        let similar = suite.discovery().find_similar_creators(request).await.expect("answered").into_inner().matches;
        assert_eq!(similar.len(), 1);
        assert_eq!(similar[0].creator.as_ref().map(|found| found.handle.as_str()), Some("charlidamelio"));
        assert!(similar[0].shared_traits.iter().any(|shared| shared.value == "slugging"), "{similar:?}");
        let alone = CompareCreatorsRequest { names: vec![creator_name("bbno")], ..Default::default() };
        let refused = suite.discovery().compare_creators(alone).await.map(|_| ()).expect_err("one creator is no comparison");
        assert_eq!(refused.code(), Code::InvalidArgument);
    }
}
