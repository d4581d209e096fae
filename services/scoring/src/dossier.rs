//! Owns a dossier as a file: canonical JSON, or one page that loads nothing. Never what stands in it.

mod page;

use creatorscope_proto::{pool, scoring::v1 as pb};
use prost::Message;
use prost_reflect::{DynamicMessage, SerializeOptions};

pub use page::html;

const MESSAGE: &str = "creatorscope.scoring.v1.Dossier";

/// A dossier in the canonical JSON of protobuf; none when its contract is not known, which the build rules out.
pub fn json(dossier: &pb::Dossier) -> Option<Vec<u8>> {
    let descriptor = pool().get_message_by_name(MESSAGE)?;
    let dynamic = DynamicMessage::decode(descriptor, dossier.encode_to_vec().as_slice()).ok()?;
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::pretty(&mut bytes);
    dynamic.serialize_with_options(&mut serializer, &SerializeOptions::new()).ok()?;
    Some(bytes)
}
