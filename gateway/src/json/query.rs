//! Owns how query parameters become fields of a request: dotted names, repeated parameters for lists. Never the path.

use percent_encoding::percent_decode;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage, Value};

use super::{
    read::{At, Problems, field, has_rival, is_known, names, single, taken},
    refusal::near,
    strict::Json,
};

/// Sets the fields that the parameters name. `closed` are fields that path and body fill, which parameters must not.
pub(crate) fn apply(message: &mut DynamicMessage, query: &str, closed: &[&str], problems: &mut Problems) {
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (given, text) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(name), Some(text)) = (plain(given), plain(text)) else {
            problems.add(At::ROOT.field(given), "NOT_UTF8", "is not UTF-8");
            continue;
        };
        set(message, &name, &name, &text, closed, problems);
    }
}

/// A form-encoded text; none when it is not UTF-8.
fn plain(text: &str) -> Option<String> {
    let spaced: Vec<u8> = text.bytes().map(|byte| if byte == b'+' { b' ' } else { byte }).collect();
    String::from_utf8(percent_decode(&spaced).collect()).ok()
}

/// Goes down the dotted name and sets its last field. The name is not longer than a request's address, and each step takes a part
/// of it, so it ends.
fn set(message: &mut DynamicMessage, name: &str, rest: &str, text: &str, closed: &[&str], problems: &mut Problems) {
    let at = At::ROOT.field(name);
    let (step, deeper) = rest.split_once('.').map_or((rest, None), |(step, deeper)| (step, Some(deeper)));
    let descriptor = message.descriptor();
    let Some(field) = field(&descriptor, step) else {
        let known = names(&descriptor);
        let open = known.iter().map(String::as_str).filter(|known| !closed.contains(known));
        problems.add(at, "UNKNOWN_PARAMETER", format!("is no parameter; {}", near(step, open)));
        return;
    };
    let from = name.len() - rest.len();
    let path = contract_path(&name[..from], field.name());
    if closed.iter().any(|closed| *closed == "*" || *closed == path || path.starts_with(&format!("{closed}."))) {
        problems.add(at, "GIVEN_TWICE", "is given by the path or the body, so it is no parameter");
        return;
    }
    match (deeper, field.kind()) {
        (Some(deeper), Kind::Message(inner)) if !field.is_list() && !field.is_map() && !is_known(&inner) => {
            if has_rival(message, &field, at, problems) {
                return;
            }
            if let Some(inner) = message.get_field_mut(&field).as_message_mut() {
                set(inner, name, deeper, text, closed, problems);
            }
        }
        (Some(_), _) => problems.add(at, "UNKNOWN_PARAMETER", format!("is no parameter; {step} has no fields")),
        (None, kind) => leaf(message, &field, &kind, text, at, problems),
    }
}

/// The steps before a field in the names of the contract, with the field.
fn contract_path(before: &str, field: &str) -> String {
    let mut path = String::new();
    for letter in before.chars() {
        if letter.is_ascii_uppercase() {
            path.push('_');
        }
        path.push(letter.to_ascii_lowercase());
    }
    path + field
}

fn leaf(
    message: &mut DynamicMessage,
    field: &FieldDescriptor,
    kind: &Kind,
    text: &str,
    at: At<'_>,
    problems: &mut Problems,
) {
    let structured = match kind {
        Kind::Message(inner) => {
            let name = inner.full_name().trim_start_matches("google.protobuf.");
            !is_known(inner) || ["Struct", "Value", "ListValue", "Any", "Empty"].contains(&name)
        }
        _ => false,
    };
    if structured || field.is_map() {
        problems.add(at, "WRONG_TYPE", "has fields of its own; name one of them, e.g. `a.b=1`");
        return;
    }
    if field.is_list() {
        if let Some(value) = single(kind, json(kind, text), at, problems)
            && let Some(list) = message.get_field_mut(field).as_list_mut()
        {
            list.push(value);
        }
    } else if !taken(message, field, at, problems)
        && let Some(value) = single(kind, json(kind, text), at, problems)
    {
        message.set_field(field, value);
    }
}

/// The JSON that a parameter's text stands for.
fn json(kind: &Kind, text: &str) -> Json {
    let is_bool = match kind {
        Kind::Bool => true,
        Kind::Message(inner) => inner.full_name() == "google.protobuf.BoolValue",
        _ => false,
    };
    match text {
        "true" if is_bool => Json::Bool(true),
        "false" if is_bool => Json::Bool(false),
        _ => match (kind, text.parse::<i64>()) {
            (Kind::Enum(_), Ok(number)) => Json::Number(number.into()),
            _ => Json::Text(text.to_owned()),
        },
    }
}

/// Sets a field that the path names, e.g. `contact.name`. Errors: the body said another value.
pub(crate) fn set_from_path(message: &mut DynamicMessage, name: &str, text: &str, problems: &mut Problems) {
    let at = At::ROOT.field(name);
    let mut message = message;
    let mut steps = name.split('.').peekable();
    while let Some(step) = steps.next() {
        let Some(field) = message.descriptor().get_field_by_name(step) else { return };
        if steps.peek().is_none() {
            let kind = field.kind();
            let Some(value) = single(&kind, json(&kind, text), at, problems) else { return };
            if message.has_field(&field) && *message.get_field(&field) != value {
                problems.add(at, "TWO_VALUES", format!("is not what the path says, which is {}", shown(text)));
                return;
            }
            if !has_rival(message, &field, at, problems) {
                message.set_field(&field, value);
            }
            return;
        }
        let Value::Message(inner) = message.get_field_mut(&field) else { return };
        message = inner;
    }
}

fn shown(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost_reflect::MessageDescriptor;

    use super::*;

    fn request(name: &str) -> MessageDescriptor {
        creatorscope_proto::pool().get_message_by_name(name).expect("a message of the contracts")
    }

    fn applied(descriptor: &MessageDescriptor, query: &str, closed: &[&str]) -> Result<serde_json::Value, String> {
        let (mut message, mut problems) = (DynamicMessage::new(descriptor.clone()), Problems::default());
        apply(&mut message, query, closed, &mut problems);
        problems.check().map_err(|violations| violations.to_string())?;
        Ok(serde_json::to_value(&message).expect("JSON"))
    }

    #[test]
    fn parameters_fill_fields_of_every_kind() {
        let watch = request("creatorscope.scoring.v1.WatchSentimentRequest");
        let query = "creators=creators/a&creators=creators%2Fb+c&platforms=PLATFORM_TIKTOK&platforms=1&skip_snapshot=true\
                     &heartbeatInterval=1.5s&";
        let expected = serde_json::json!({
            "creators": ["creators/a", "creators/b c"], "platforms": ["PLATFORM_TIKTOK", "PLATFORM_YOUTUBE"],
            "skipSnapshot": true, "heartbeatInterval": "1.500s",
        });
        assert_eq!(applied(&watch, query, &[]), Ok(expected));
        let get = request("creatorscope.discovery.v1.GetCreatorRequest");
        let expected = serde_json::json!({"readMask": "displayName,audience.countries"});
        assert_eq!(applied(&get, "readMask=displayName,audience.countries", &["name"]), Ok(expected.clone()));
        assert_eq!(applied(&get, "read_mask=display_name,audience.countries", &["name"]), Ok(expected));
        let nested = request("creatorscope.scoring.v1.EraseScoresRequest");
        let expected = serde_json::json!({"commenter": {"platform": "PLATFORM_TIKTOK", "author": "a=b&c"}});
        assert_eq!(applied(&nested, "commenter.platform=PLATFORM_TIKTOK&commenter.author=a=b%26c", &[]), Ok(expected));
    }

    #[test]
    fn wrong_parameters_are_named_all_at_once() {
        let watch = request("creatorscope.scoring.v1.WatchSentimentRequest");
        let query =
            "creator=a&platforms=MYSPACE&skipSnapshot=yes&heartbeatInterval=soon&resumeToken=a&resumeToken=b&a%ff=1";
        let told = applied(&watch, query, &[]).expect_err("six problems");
        for part in [
            "creator: is no parameter; near are creators",
            "platforms: has no value \"MYSPACE\"",
            "skipSnapshot: is a text; expected is true or false",
            "heartbeatInterval: is not a duration",
            "resumeToken: is given twice",
            "a%ff: is not UTF-8",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
        let nested = request("creatorscope.scoring.v1.EraseScoresRequest");
        for (query, part) in [
            ("creator=a&post=b", "post: cannot be given together with creator"),
            ("creator=a&commenter.author=b", "commenter.author: cannot be given together with creator"),
            ("commenter=a", "commenter: has fields of its own"),
            ("creator.name=a", "creator.name: is no parameter; creator has no fields"),
        ] {
            let told = applied(&nested, query, &[]).expect_err(query);
            assert!(told.contains(part), "{part} in {told}");
        }
    }

    #[test]
    fn what_path_and_body_fill_is_no_parameter() {
        let update = request("creatorscope.discovery.v1.UpdateContactRequest");
        for query in ["contact.name=creators/a/contact", "contact.emails=a"] {
            let told = applied(&update, query, &["contact"]).expect_err("the body has it");
            assert!(told.contains("is given by the path or the body"), "{told}");
        }
        let search = request("creatorscope.discovery.v1.SearchCreatorsRequest");
        assert!(applied(&search, "query=a", &["*"]).is_err());
    }

    proptest! {
        #[test]
        fn any_query_is_read_or_refused(query in "([a-zA-Z.]{0,12}|creators|commenter\\.|%[0-9a-f]{2}|=|&|\\+){0,20}") {
            _ = applied(&request("creatorscope.scoring.v1.EraseScoresRequest"), &query, &[]);
        }
    }
}
