//! Owns a dossier as a file: JSON, or one page of HTML that loads nothing. Never what is in it.
//!
//! The page is for people who decide about a creator: what speaks for and against first, then every number with its meaning,
//! interval, sample and date. What is not known is said in words.

mod html;
mod parts;
mod value;

use creatorscope_proto::{pool, scoring::v1 as pb};
use prost::Message;
use prost_reflect::{DynamicMessage, SerializeOptions};

use self::html::{Page, escaped};

/// The type of a dossier as JSON.
pub const JSON: &str = "application/json";
/// The type of a dossier as a page.
pub const HTML: &str = "text/html; charset=utf-8";

/// The dossier in the JSON form of its message (protobuf's canonical mapping), indented.
pub fn json(dossier: &pb::Dossier) -> Vec<u8> {
    let descriptor = pool().get_message_by_name("creatorscope.scoring.v1.Dossier").expect("the contract has it");
    let mut message = DynamicMessage::new(descriptor);
    message.merge(dossier.encode_to_vec().as_slice()).expect("it was written by the same contract");
    let mut out = Vec::new();
    let mut writer = serde_json::Serializer::pretty(&mut out);
    let options = SerializeOptions::new().stringify_64_bit_integers(true).skip_default_fields(true);
    message.serialize_with_options(&mut writer, &options).expect("memory takes everything");
    out
}

/// The dossier as one page: styles inside, no script, nothing from elsewhere, every text escaped.
pub fn html(dossier: &pb::Dossier) -> Vec<u8> {
    let name = name(dossier);
    let mut page = Page::new();
    parts::head(&mut page, dossier, &name);
    parts::summary(&mut page, dossier);
    if let Some(fit) = &dossier.fit {
        parts::fit(&mut page, fit);
    }
    if let Some(reception) = &dossier.reception {
        parts::reception(&mut page, reception);
    }
    if let Some(sentiment) = &dossier.sentiment {
        parts::sentiment(&mut page, sentiment);
    }
    if let Some(audience) = &dossier.audience {
        parts::audience(&mut page, audience);
    }
    if let Some(authenticity) = &dossier.authenticity {
        parts::authenticity(&mut page, authenticity);
    }
    if let Some(metrics) = &dossier.metrics {
        parts::metrics(&mut page, metrics);
    }
    parts::posts(&mut page, &dossier.posts);
    parts::definitions(&mut page, &dossier.definitions);
    parts::missing(&mut page, &dossier.missing_parts);
    page.finish(&escaped(&name)).into_bytes()
}

/// What people call the creator; its resource name when nobody said.
fn name(dossier: &pb::Dossier) -> String {
    let creator = dossier.creator.as_ref();
    let shown = creator.map(|creator| creator.display_name.as_str()).filter(|name| !name.is_empty());
    let known = creator.map(|creator| creator.name.as_str());
    let others = [
        dossier.metrics.as_ref().map(|metrics| metrics.creator.as_str()),
        dossier.sentiment.as_ref().map(|sentiment| sentiment.creator.as_str()),
    ];
    shown.or(known).or(others[0]).or(others[1]).unwrap_or("creator").to_owned()
}

#[cfg(test)]
mod tests;
