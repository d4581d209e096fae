//! Owns field masks: which fields of a message are answered. Never a particular message.

use prost::Message;
use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage, Value};

use crate::fault::{Violation, Violations};

/// The fields of one message type that a caller wants; all of them when there is no mask.
#[derive(Debug, Clone)]
pub struct Mask {
    message: MessageDescriptor,
    paths: Option<Vec<Vec<String>>>,
}

impl Mask {
    /// Reads a mask for the message, e.g. `creatorscope.discovery.v1.Creator`. `*` stands for all fields. Errors:
    /// `UNKNOWN_FIELD` for each path that the message does not have, with the fields that it has.
    pub fn parse(mask: Option<&prost_types::FieldMask>, message: &str) -> Result<Self, Violations> {
        let descriptor = creatorscope_proto::pool().get_message_by_name(message).ok_or_else(|| {
            Violations::from(Violation::new("read_mask", "UNKNOWN_MESSAGE", format!("`{message}` is not a message")))
        })?;
        let Some(mask) = mask.filter(|mask| !mask.paths.is_empty() && mask.paths.iter().all(|path| path != "*")) else {
            return Ok(Self { message: descriptor, paths: None });
        };
        let mut problems = Violations::default();
        let mut paths = Vec::with_capacity(mask.paths.len());
        for path in &mask.paths {
            let parts: Vec<String> = path.split('.').map(str::to_owned).collect();
            match unknown_part(&descriptor, &parts) {
                None => paths.push(parts),
                Some(accepted) => problems.add(
                    "read_mask",
                    "UNKNOWN_FIELD",
                    format!("`{path}` is not a field of {}; accepted here are {accepted}", descriptor.name()),
                ),
            }
        }
        problems.check()?;
        Ok(Self { message: descriptor, paths: Some(paths) })
    }

    /// Whether the field, or a part of it, is wanted.
    pub fn keeps(&self, field: &str) -> bool {
        self.paths.as_ref().is_none_or(|paths| paths.iter().any(|path| path[0] == field))
    }

    /// Clears what is not wanted.
    pub fn apply<M: Message + Default>(&self, message: &mut M) {
        let Some(paths) = &self.paths else { return };
        let encoded = message.encode_to_vec();
        let Ok(mut dynamic) = DynamicMessage::decode(self.message.clone(), encoded.as_slice()) else { return };
        let wanted: Vec<&[String]> = paths.iter().map(Vec::as_slice).collect();
        clear_unwanted(&mut dynamic, &wanted);
        if let Ok(masked) = dynamic.transcode_to() {
            *message = masked;
        }
    }
}

/// The fields that would be accepted at the first place where the path leaves the message; none when it does not.
fn unknown_part(message: &MessageDescriptor, parts: &[String]) -> Option<String> {
    let mut here = message.clone();
    for (place, part) in parts.iter().enumerate() {
        let Some(field) = here.get_field_by_name(part) else {
            return Some(here.fields().map(|field| field.name().to_owned()).collect::<Vec<_>>().join(", "));
        };
        let last = place + 1 == parts.len();
        match field.kind() {
            _ if last => return None,
            prost_reflect::Kind::Message(inner) if !field.is_map() => here = inner,
            _ => return Some(format!("none below `{part}`, which is not a message")),
        }
    }
    None
}

fn clear_unwanted(message: &mut DynamicMessage, wanted: &[&[String]]) {
    let fields: Vec<_> = message.descriptor().fields().collect();
    for field in fields {
        if !message.has_field(&field) {
            continue;
        }
        let below: Vec<&[String]> =
            wanted.iter().filter(|path| path[0] == field.name()).map(|path| &path[1..]).collect();
        if below.is_empty() {
            message.clear_field(&field);
        } else if below.iter().all(|path| !path.is_empty()) {
            match message.get_field_mut(&field) {
                Value::Message(inner) => clear_unwanted(inner, &below),
                Value::List(items) => {
                    for item in items {
                        if let Value::Message(inner) = item {
                            clear_unwanted(inner, &below);
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use creatorscope_proto::discovery::v1::Creator;

    use super::*;

    const CREATOR: &str = "creatorscope.discovery.v1.Creator";

    fn mask(paths: &[&str]) -> prost_types::FieldMask {
        prost_types::FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }
    }

    #[test]
    fn a_mask_keeps_only_what_it_names() {
        let mask = Mask::parse(Some(&mask(&["name", "account_create_time.seconds"])), CREATOR).expect("valid");
        let mut creator = Creator {
            name: "creators/tiktok:a".into(),
            bio: "hello".into(),
            account_create_time: Some(prost_types::Timestamp { seconds: 5, nanos: 7 }),
            ..Creator::default()
        };
        mask.apply(&mut creator);
        assert_eq!(creator.name, "creators/tiktok:a");
        assert_eq!(creator.bio, "");
        assert_eq!(creator.account_create_time, Some(prost_types::Timestamp { seconds: 5, nanos: 0 }));
    }

    #[test]
    fn every_unknown_path_is_named_with_what_is_accepted() {
        let problems = Mask::parse(Some(&mask(&["nam", "name.x"])), CREATOR).expect_err("two problems").into_vec();
        assert_eq!(problems.len(), 2);
        assert!(problems[0].description.contains("display_name"));
    }
}
