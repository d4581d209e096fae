//! Owns finding by meaning as a caller sees it, with a scoring service that knows three subjects in several languages. Never a
//! network.

use creatorscope_proto::scoring::v1::{EmbedTextResponse, Embedding};

use super::{scores::ScoringScript, *};

/// Words of one subject in several languages.
const SUBJECTS: [&[&str]; 3] =
    [&["beauty", "maquillage", "化粧"], &["chess", "échecs", "将棋"], &["music", "musique", "音楽"]];

/// A component for each subject: how many of its words the text has.
pub(super) fn embed(model: &Option<String>, texts: &[String]) -> Result<EmbedTextResponse, Status> {
    let Some(model) = model else { return Err(Status::unimplemented("no model")) };
    let embedding = |text: &String| {
        let text = text.to_lowercase();
        let count = |words: &[&str]| words.iter().filter(|word| text.contains(**word)).count() as f32;
        Embedding { model: model.clone(), components: SUBJECTS.map(count).to_vec() }
    };
    Ok(EmbedTextResponse { embeddings: texts.iter().map(embedding).collect() })
}

fn about(id: &str, bio: &str) -> Creator {
    Creator { niches: Vec::new(), country: String::new(), bio: bio.into(), ..profile(id) }
}

async fn meaning_node(scoring: &ScoringScript) -> Node {
    *scoring.model.lock().expect("no panic") = Some("script@1".into());
    node_with(Script::default(), scoring.transport()).await
}

async fn similar(node: &Node, id: &str, filter: &str) -> Vec<find_similar_creators_response::Match> {
    let name = format!("creators/tiktok:{id}");
    let request = FindSimilarCreatorsRequest { name, filter: filter.into(), ..Default::default() };
    node.client.clone().find_similar_creators(request).await.expect("answered").into_inner().matches
}

fn name(found: &find_similar_creators_response::Match) -> String {
    found.creator.clone().expect("set").name.replace("creators/tiktok:", "")
}

#[tokio::test(flavor = "multi_thread")]
async fn creators_are_similar_by_meaning_over_languages() {
    let scoring = ScoringScript::default();
    let node = meaning_node(&scoring).await;
    let creators =
        [about("en", "chess"), about("fr", "échecs"), about("ja", "将棋 と 音楽"), about("other", "maquillage")];
    ingest(&node, creators.to_vec()).await;
    let found = loop {
        let found = similar(&node, "en", "").await;
        if found.len() == 2 {
            break found;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(found.iter().map(name).collect::<Vec<_>>(), ["fr", "ja"]);
    let shared = &found[1].shared_traits;
    assert_eq!((shared[0].field.as_str(), shared[0].value.as_str()), ("meaning", "0.707"));
    assert!((found[0].score - 1.0).abs() < 1e-6, "meaning is all that is known: {}", found[0].score);
    let filtered = similar(&node, "en", "bio:将棋").await;
    assert_eq!(filtered.iter().map(name).collect::<Vec<_>>(), ["ja"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_changes_changes_its_meaning() {
    let scoring = ScoringScript::default();
    let node = meaning_node(&scoring).await;
    ingest(&node, vec![about("a", "chess"), about("b", "échecs")]).await;
    while similar(&node, "a", "").await.len() != 1 {
        tokio::task::yield_now().await;
    }
    let moved =
        Creator { observe_time: Some(prost_types::Timestamp { seconds: 2_000, nanos: 0 }), ..about("b", "musique") };
    ingest(&node, vec![moved]).await;
    while !similar(&node, "a", "").await.is_empty() {
        tokio::task::yield_now().await;
    }
}

async fn by_meaning(node: &Node, query: &str, filter: &str, page_token: String) -> SearchCreatorsResponse {
    let (query, filter) = (query.to_owned(), filter.to_owned());
    let request =
        SearchCreatorsRequest { query, filter, page_size: 2, page_token, semantic: true, ..Default::default() };
    search(node, request).await.expect("answered")
}

fn names(answer: &SearchCreatorsResponse) -> Vec<String> {
    answer.creators.iter().map(|creator| creator.name.replace("creators/tiktok:", "")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brief_of_one_language_finds_creators_of_another_behind_names_and_in_pages() {
    let scoring = ScoringScript::default();
    let node = meaning_node(&scoring).await;
    let named = Creator { display_name: "Maquillage".into(), ..about("named", "chess") };
    let creators = vec![
        about("ja", "化粧"),
        about("fr", "le maquillage"),
        about("mixed", "beauty, music"),
        named,
        about("no", "chess"),
    ];
    let token = ingest(&node, creators).await.change_token;
    let request = SearchCreatorsRequest { read_after: vec![token], ..Default::default() };
    search(&node, request).await.expect("answered");
    let first = loop {
        let first = by_meaning(&node, "maquillage", "", String::new()).await;
        let second = by_meaning(&node, "maquillage", "", first.next_page_token.clone()).await;
        if names(&second).len() == 2 && second.next_page_token.is_empty() {
            assert_eq!(names(&second), ["ja", "mixed"]);
            break first;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(names(&first), ["named", "fr"], "the name first, then what words and meaning find");
    assert_eq!((first.total_size, first.notes.len()), (Some(2), 0), "the total is of words alone");
    let filtered = by_meaning(&node, "maquillage", "bio:music", String::new()).await;
    assert_eq!((names(&filtered), filtered.total_size), (vec!["mixed".to_owned()], Some(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_scoring_service_words_alone_find_and_it_is_said() {
    let node = node(Script::default()).await;
    let read_after = vec![ingest(&node, vec![about("a", "chess"), about("b", "échecs")]).await.change_token];
    let request = SearchCreatorsRequest { query: "chess".into(), semantic: true, read_after, ..Default::default() };
    let answer = search(&node, request.clone()).await.expect("answered");
    assert_eq!((names(&answer), answer.notes.len()), (vec!["a".to_owned()], 1));
    let wrong = SearchCreatorsRequest { query: " ".into(), order_by: "followers desc".into(), ..request };
    let refused = search(&node, wrong).await.expect_err("refused");
    assert!(refused.message().contains("needs a query") && refused.message().contains("order_by"), "{refused}");
}
