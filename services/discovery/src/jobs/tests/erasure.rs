//! Owns the agreement that nothing of an erased creator stays in the files but the note that it was removed. Never a cleaned
//! disk by itself.

use std::{fs, path::Path, sync::Arc};

use creatorscope_kit::seal::{KeyRing, new_line};

use super::*;
use crate::{jobs::Eraser, store::Found};

/// Files below a folder that have these bytes.
fn holding(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            found.extend(holding(&path, text));
        } else if fs::read(&path).expect("readable").windows(text.len()).any(|window| window == text.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_an_erased_creator_stays_on_the_disk() {
    let data = tempfile::tempdir().expect("a temporary folder");
    let keys = KeyRing::parse(&new_line("k").expect("random")).expect("valid");
    let store = store(data.path()).await.keeping(creatorscope_domain::Retention::unlimited(), Some(keys));
    let folder = data.path().join("index");
    let named = |id: &str, words: &str, read| {
        let mut creator = crate::store::sample_profile(id, words, read);
        creator.display_name = format!("{words} named");
        creator.handle = format!("{words}handle");
        creator.hashtags = vec![format!("{words}tag")];
        creator
    };
    let running = Running::start(&store, &folder);
    // Before, between and after others, in several versions, and long enough to need pages of its own.
    ingest(&store, 0..500).await;
    for read in 1..4 {
        let found = Found::from([(0, vec!["ana@example.com".to_owned()])]);
        let words = format!("xylofonist {}", "xylofonist ".repeat(read as usize * 400));
        store.ingest_with(&[named("victim", &words, read)], &found).await.expect("taken");
        assert_eq!(running.total(&store).await, if read == 1 { 501 } else { 500 + read as u64 });
        ingest(&store, 500 + read as usize - 1..500 + read as usize).await;
    }
    assert_eq!(running.total(&store).await, 504);
    assert!(!holding(data.path(), "xylofonist").is_empty(), "the test looks for the right thing");
    let eraser = Eraser {
        store: store.clone(),
        index: running.index.clone(),
        progress: running.progress.clone(),
        posts: None,
        folder: folder.clone(),
        every: Duration::from_secs(1),
    };
    assert!(!eraser.clean().await.expect("nothing to do"));
    let victim = crate::store::sample_profile("victim", "", 1).id;
    store.remove(&victim).await.expect("removed");
    assert_eq!(running.total(&store).await, 503);
    let searcher = Arc::new(running.index.current());
    assert!(eraser.clean().await.expect("cleaned"));
    assert_eq!(holding(data.path(), "xylofonist"), Vec::<String>::new());
    assert_eq!(running.total(&store).await, 503, "the others stay");
    assert!(!eraser.clean().await.expect("nothing left to do"));
    drop(searcher);
    running.stop().await;
}
