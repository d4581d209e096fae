//! Owns path templates as OpenAPI writes them: `{name=creators/*}` is `creators/{creator}` there. Never the matching of paths.

use prost_reflect::{Kind, MessageDescriptor};
use serde_json::{Value, json};

use super::comments::Comments;

/// A path of the document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OpenPath {
    /// E.g. `/v1/creators/{creator}:findSimilar`.
    pub(crate) text: String,
    /// The fields that the path fills with the parameters that each is made of.
    pub(crate) fields: Vec<(String, Vec<String>)>,
}

impl OpenPath {
    /// The path of a template that routing has read.
    pub(crate) fn new(template: &str) -> Self {
        let (mut text, mut fields) = (String::new(), Vec::new());
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (variable, behind) = after.split_once('}').unwrap_or((after, ""));
            let (field, pattern) = variable.split_once('=').unwrap_or((variable, "*"));
            text.push_str(before);
            let mut names: Vec<String> = Vec::new();
            let mut last = field.rsplit('.').next().unwrap_or(field);
            for (place, segment) in pattern.split('/').enumerate() {
                if place > 0 {
                    text.push('/');
                }
                if segment.starts_with('*') {
                    let name = singular(last);
                    text.push_str(&format!("{{{name}}}"));
                    names.push(name);
                } else {
                    text.push_str(segment);
                    last = segment;
                }
            }
            fields.push((field.to_owned(), names));
            rest = behind;
        }
        text.push_str(rest);
        Self { text, fields }
    }

    /// The parameters of the path.
    pub(crate) fn parameters(&self, input: &MessageDescriptor, comments: &Comments) -> Vec<Value> {
        let mut found = Vec::new();
        for (field, names) in &self.fields {
            let comment = comment(input, field, comments);
            for name in names {
                let part = format!("The part of `{field}` that names the {name}. {comment}");
                found.push(json!({
                    "name": name, "in": "path", "required": true, "description": part.trim(), "schema": {"type": "string", "minLength": 1},
                }));
            }
        }
        found
    }
}

fn comment(message: &MessageDescriptor, path: &str, comments: &Comments) -> String {
    let (step, deeper) = path.split_once('.').map_or((path, None), |(step, deeper)| (step, Some(deeper)));
    match (message.get_field_by_name(step), deeper) {
        (Some(field), None) => comments.of_field(&field),
        (Some(field), Some(deeper)) => match field.kind() {
            Kind::Message(inner) => comment(&inner, deeper, comments),
            _ => String::new(),
        },
        (None, _) => String::new(),
    }
}

/// The singular of a collection's name, as resource patterns write it.
fn singular(plural: &str) -> String {
    match plural.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => plural.strip_suffix('s').unwrap_or(plural).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_segment_of_a_name_is_a_parameter() {
        let path = OpenPath::new("/v1/{name=creators/*/posts/*}/sentiment:read");
        assert_eq!(path.text, "/v1/creators/{creator}/posts/{post}/sentiment:read");
        assert_eq!(path.fields, [("name".to_owned(), vec!["creator".to_owned(), "post".to_owned()])]);
        assert_eq!(OpenPath::new("/v1/{contact.name=creators/*/contact}").text, "/v1/creators/{creator}/contact");
        assert_eq!(OpenPath::new("/v1/{id}/x").text, "/v1/{id}/x");
        assert_eq!(singular("companies"), "company");
    }
}
