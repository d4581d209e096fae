//! Owns how a message becomes JSON. Never where it goes.
//!
//! Canonical proto3 JSON in one line: names in lowerCamelCase, 64-bit integers as texts, enums by name. A field that can be
//! missing is there when it is set, also with 0, and not there when it is missing. All others are always there, with `0`,
//! `""`, `false`, `[]` or `{}` when they hold nothing, unless the request had a mask: then what was not asked for is left out.

use prost_reflect::{DynamicMessage, FieldDescriptor, MessageDescriptor, SerializeOptions};
use tonic::Status;

/// Writes the answers of one call.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    descriptor: MessageDescriptor,
    /// The one field that is answered; none for all.
    field: Option<FieldDescriptor>,
    options: SerializeOptions,
}

impl Writer {
    /// A writer for answers to this request.
    pub(crate) fn new(
        descriptor: MessageDescriptor,
        field: Option<FieldDescriptor>,
        request: Option<&DynamicMessage>,
    ) -> Self {
        let masked = request.is_some_and(has_mask);
        Self { descriptor, field, options: SerializeOptions::new().skip_default_fields(masked) }
    }

    /// The message. Errors: the bytes are none, which is the service's fault.
    pub(crate) fn read(&self, bytes: &[u8]) -> Result<DynamicMessage, Status> {
        DynamicMessage::decode(self.descriptor.clone(), bytes)
            .map_err(|error| Status::internal(format!("the answer of the service cannot be read: {error}")))
    }

    /// Adds the JSON. Errors: a value has no form in JSON, e.g. a time after the year 9999.
    pub(crate) fn write(&self, message: &DynamicMessage, into: &mut Vec<u8>) -> Result<(), Status> {
        let failed = |error| Status::internal(format!("the answer of the service has no form in JSON: {error}"));
        let mut serializer = serde_json::Serializer::new(&mut *into);
        let Some(field) = &self.field else {
            return message.serialize_with_options(&mut serializer, &self.options).map_err(failed);
        };
        let whole = message.serialize_with_options(serde_json::value::Serializer, &self.options).map_err(failed)?;
        let part = whole.get(field.json_name()).cloned().unwrap_or_default();
        serde_json::to_writer(into, &part).map_err(failed)
    }
}

/// Whether a request asks for some fields only.
fn has_mask(request: &DynamicMessage) -> bool {
    let field = prost_reflect::ReflectMessage::descriptor(request).get_field_by_name("read_mask");
    field.is_some_and(|field| request.has_field(&field))
}
