//! Owns how an entry of the log stands on the wire: with the resource before and after as JSON. Never what an event means.

use creatorscope_kit::clock::to_wire_time;
use creatorscope_proto::{campaign::v1 as pb, pool};
use prost_reflect::{DynamicMessage, SerializeOptions};
use prost_types::{ListValue, Struct, Value, value::Kind as ValueKind};
use serde_json::Value as Json;

use crate::{model::Kind, store::Event};

/// An event of a campaign on the wire.
pub fn event(campaign: &str, event: Event) -> pb::CampaignEvent {
    let json = |body: Option<Vec<u8>>| event.kind.zip(body).and_then(|(kind, body)| message_struct(kind, &body));
    pb::CampaignEvent {
        name: format!("{campaign}/events/{}", event.number),
        time: Some(to_wire_time(event.at)),
        before: json(event.before.clone()),
        after: json(event.after.clone()),
        actor: event.actor,
        action: event.action,
        resource: event.resource,
        state_before: event.state_before,
        state_after: event.state_after,
        request_id: event.request_id,
        note: event.note,
    }
}

/// An encoded message as its JSON object; none when it cannot be read.
fn message_struct(kind: Kind, body: &[u8]) -> Option<Struct> {
    let descriptor = pool().get_message_by_name(kind.message())?;
    let message = DynamicMessage::decode(descriptor, body).ok()?;
    let json = message.serialize_with_options(serde_json::value::Serializer, &SerializeOptions::new()).ok()?;
    match wire_value(json).kind {
        Some(ValueKind::StructValue(object)) => Some(object),
        _ => None,
    }
}

/// A JSON value on the wire.
pub fn wire_value(json: Json) -> Value {
    let kind = match json {
        Json::Null => ValueKind::NullValue(0),
        Json::Bool(value) => ValueKind::BoolValue(value),
        Json::Number(number) => ValueKind::NumberValue(number.as_f64().unwrap_or_default()),
        Json::String(text) => ValueKind::StringValue(text),
        Json::Array(items) => ValueKind::ListValue(ListValue { values: items.into_iter().map(wire_value).collect() }),
        Json::Object(fields) => ValueKind::StructValue(Struct {
            fields: fields.into_iter().map(|(name, value)| (name, wire_value(value))).collect(),
        }),
    };
    Value { kind: Some(kind) }
}
