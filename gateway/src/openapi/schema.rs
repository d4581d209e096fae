//! Owns messages, enums and fields as JSON schemas. Never paths.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, Value as Reflected};
use serde_json::{Map, Value, json};

use super::comments::Comments;
use crate::policy::Method;

const BEHAVIOR: &str = "google.api.field_behavior";
const REQUIRED: i32 = 2;
const OUTPUT_ONLY: i32 = 3;
const INPUT_ONLY: i32 = 4;
/// Parameters reach so many messages deep.
const DEEPEST: usize = 4;

/// The schemas of the document, each made when it is first referred to.
pub(crate) struct Schemas<'a> {
    comments: &'a Comments,
    /// Messages that answers hold: there a mask may leave out what a request must give.
    answered: BTreeSet<String>,
    made: BTreeMap<String, Value>,
}

impl<'a> Schemas<'a> {
    pub(crate) fn new(comments: &'a Comments, methods: &[Arc<Method>]) -> Self {
        let mut answered = BTreeSet::new();
        methods.iter().for_each(|method| collect(&method.descriptor.output(), &mut answered));
        Self { comments, answered, made: BTreeMap::new() }
    }

    pub(crate) fn into_map(self) -> BTreeMap<String, Value> {
        self.made
    }

    /// A message by reference.
    pub(crate) fn of_message(&mut self, message: &MessageDescriptor) -> Value {
        if let Some(known) = well_known(message) {
            return known;
        }
        let name = short(message.full_name());
        if !self.made.contains_key(&name) {
            // First a place, so that a message that holds itself ends.
            self.made.insert(name.clone(), Value::Null);
            let schema = self.object(message, &[]);
            self.made.insert(name.clone(), schema);
        }
        reference(&name)
    }

    /// A request that is the body but for the fields that the path fills.
    pub(crate) fn of_body(&mut self, message: &MessageDescriptor, bound: &[&str]) -> Value {
        if bound.is_empty() { self.of_message(message) } else { self.object(message, bound) }
    }

    fn object(&mut self, message: &MessageDescriptor, without: &[&str]) -> Value {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for field in message.fields().filter(|field| !without.contains(&field.name())) {
            if has(&field, REQUIRED) && !self.answered.contains(message.full_name()) {
                required.push(field.json_name().to_owned());
            }
            properties.insert(field.json_name().to_owned(), self.of_field(&field));
        }
        let mut schema = json!({
            "type": "object", "description": self.comments.of_message(message), "properties": properties,
            "additionalProperties": false,
        });
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        schema
    }

    /// A field with its comment.
    pub(crate) fn of_field(&mut self, field: &FieldDescriptor) -> Value {
        let mut schema = if field.is_map() {
            let value = match field.kind() {
                Kind::Message(entry) => self.of_kind(&entry.map_entry_value_field().kind()),
                _ => json!({}),
            };
            json!({"type": "object", "additionalProperties": value})
        } else if field.is_list() {
            json!({"type": "array", "items": self.of_kind(&field.kind())})
        } else {
            self.of_kind(&field.kind())
        };
        let mut description = self.comments.of_field(field);
        if let Some(oneof) = field.containing_oneof().filter(|oneof| oneof.fields().count() > 1) {
            let names: Vec<String> = oneof.fields().map(|field| field.json_name().to_owned()).collect();
            description.push_str(&format!(" At most one of {}.", names.join(", ")));
        }
        if !description.is_empty() {
            schema["description"] = json!(description);
        }
        if has(field, OUTPUT_ONLY) {
            schema["readOnly"] = json!(true);
        }
        if has(field, INPUT_ONLY) {
            schema["writeOnly"] = json!(true);
        }
        schema
    }

    fn of_kind(&mut self, kind: &Kind) -> Value {
        match kind {
            Kind::Message(message) => self.of_message(message),
            Kind::Enum(kind) => self.of_enum(kind),
            kind => scalar(kind),
        }
    }

    fn of_enum(&mut self, kind: &EnumDescriptor) -> Value {
        let name = short(kind.full_name());
        if !self.made.contains_key(&name) {
            let names: Vec<String> = kind.values().map(|value| value.name().to_owned()).collect();
            let told: Vec<String> = kind
                .values()
                .map(|value| format!("* `{}`: {}", value.name(), self.comments.of_value(&value)))
                .collect();
            let description = format!("{}\n\n{}", self.comments.of_enum(kind), told.join("\n"));
            self.made.insert(name.clone(), json!({"type": "string", "enum": names, "description": description}));
        }
        reference(&name)
    }
}

/// The query parameters for the fields that are not filled otherwise; those of nested messages with dots.
pub(crate) fn parameters(message: &MessageDescriptor, closed: &[&str], schemas: &mut Schemas<'_>) -> Vec<Value> {
    let mut found = Vec::new();
    add_parameters(message, "", closed, schemas, DEEPEST, &mut found);
    found
}

fn add_parameters(
    message: &MessageDescriptor,
    before: &str,
    closed: &[&str],
    schemas: &mut Schemas<'_>,
    depth: usize,
    found: &mut Vec<Value>,
) {
    for field in message.fields().filter(|field| !field.is_map()) {
        if before.is_empty() && closed.contains(&field.name()) {
            continue;
        }
        let name = format!("{before}{}", field.json_name());
        if let Kind::Message(inner) = field.kind()
            && well_known(&inner).is_none()
        {
            if !field.is_list() && depth > 0 {
                add_parameters(&inner, &format!("{name}."), closed, schemas, depth - 1, found);
            }
            continue;
        }
        let mut schema = schemas.of_field(&field);
        let description = schema.as_object_mut().and_then(|schema| schema.remove("description")).unwrap_or_default();
        let mut parameter = json!({"name": name, "in": "query", "schema": schema});
        if description.is_string() {
            parameter["description"] = description;
        }
        if has(&field, REQUIRED) && before.is_empty() {
            parameter["required"] = json!(true);
        }
        found.push(parameter);
    }
}

/// All messages that one holds, itself included.
fn collect(message: &MessageDescriptor, found: &mut BTreeSet<String>) {
    if !found.insert(message.full_name().to_owned()) {
        return;
    }
    for field in message.fields() {
        if let Kind::Message(inner) = field.kind() {
            collect(&inner, found);
        }
    }
}

/// Whether the field has this `google.api.field_behavior`.
fn has(field: &FieldDescriptor, behavior: i32) -> bool {
    let options = field.options();
    let Some(extension) = field.parent_pool().get_extension_by_name(BEHAVIOR) else { return false };
    let value = options.get_extension(&extension);
    value.as_list().is_some_and(|list| list.contains(&Reflected::EnumNumber(behavior)))
}

/// `creatorscope.metrics.v1.Post` is `metrics.v1.Post` in the document.
fn short(name: &str) -> String {
    name.strip_prefix("creatorscope.").unwrap_or(name).to_owned()
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn scalar(kind: &Kind) -> Value {
    match kind {
        Kind::Double => json!({"type": "number", "format": "double"}),
        Kind::Float => json!({"type": "number", "format": "float"}),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => json!({"type": "integer", "format": "int32"}),
        Kind::Uint32 | Kind::Fixed32 => {
            json!({"type": "integer", "format": "int64", "minimum": 0, "maximum": u32::MAX})
        }
        // Beyond what a double can hold, so JSON writes a text; numbers are taken too.
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            json!({"type": "string", "format": "int64", "pattern": "^-?[0-9]+$"})
        }
        Kind::Uint64 | Kind::Fixed64 => json!({"type": "string", "format": "uint64", "pattern": "^[0-9]+$"}),
        Kind::Bool => json!({"type": "boolean"}),
        Kind::String => json!({"type": "string"}),
        Kind::Bytes => json!({"type": "string", "contentEncoding": "base64"}),
        Kind::Message(_) | Kind::Enum(_) => json!({}),
    }
}

/// The well-known types in the form that JSON has for them.
fn well_known(message: &MessageDescriptor) -> Option<Value> {
    let name = message.full_name().strip_prefix("google.protobuf.")?;
    let wrapped = message.get_field(1).filter(|_| name.ends_with("Value") && name != "Value" && name != "ListValue");
    Some(match name {
        "Timestamp" => json!({"type": "string", "format": "date-time"}),
        "Duration" => json!({"type": "string", "pattern": "^-?[0-9]+(\\.[0-9]{1,9})?s$"}),
        "FieldMask" => json!({"type": "string"}),
        "Struct" | "Any" | "Empty" => json!({"type": "object"}),
        "ListValue" => json!({"type": "array"}),
        _ => wrapped.map_or_else(|| json!({}), |field| scalar(&field.kind())),
    })
}
