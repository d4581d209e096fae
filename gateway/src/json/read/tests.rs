//! Owns the tests of reading and writing: what is taken, what is refused and how, and that nothing is lost on the way.

use creatorscope_proto::pool;
use proptest::prelude::*;
use prost::Message;
use prost_reflect::ReflectMessage;

use super::*;
use crate::json::write::Writer;

fn descriptor(name: &str) -> MessageDescriptor {
    pool().get_message_by_name(name).expect("a message of the contracts")
}

fn read(name: &str, text: &str) -> Result<DynamicMessage, String> {
    let json = Json::parse(text.as_bytes())?;
    let mut problems = Problems::default();
    let message = message(&descriptor(name), json, At::ROOT, &mut problems);
    problems.check().map_err(|violations| violations.to_string())?;
    Ok(message)
}

const SEARCH: &str = "creatorscope.discovery.v1.SearchCreatorsRequest";
const PLAN: &str = "creatorscope.scoring.v1.PlanPortfolioRequest";
const INGEST: &str = "creatorscope.metrics.v1.IngestObservationsRequest";

#[test]
fn both_forms_of_names_and_of_large_numbers_are_taken() {
    for text in [
        r#"{"budgetMinor": "9007199254740993", "maxCreators": 3}"#,
        r#"{"budget_minor": 9007199254740993, "max_creators": "3"}"#,
        r#"{"budgetMinor": 9007199254740993, "maxCreators": 3.0, "brand": null, "candidates": []}"#,
        r#"{"budgetMinor": "9007199254740993", "maxCreators": 3e0, "minFit": 0}"#,
    ] {
        let message = read(PLAN, text).expect(text);
        assert_eq!(
            message.get_field_by_name("budget_minor").expect("it is there").as_i64(),
            Some(9_007_199_254_740_993)
        );
        assert_eq!(message.get_field_by_name("max_creators").expect("it is there").as_i32(), Some(3));
    }
}

#[test]
fn what_is_wrong_is_told_with_its_path() {
    let cases = [
        (PLAN, r#"{"budget": 1}"#, "budget: is not known; near are budgetMinor"),
        (PLAN, r#"{"budgetMinor": 1, "budget_minor": 2}"#, "budget_minor: is given twice"),
        (PLAN, r#"{"budgetMinor": 9223372036854775808}"#, "budgetMinor: is not within a 64-bit integer"),
        (PLAN, r#"{"budgetMinor": 1e30}"#, "budgetMinor: is not within a 64-bit integer"),
        (PLAN, r#"{"budgetMinor": 1.5}"#, "budgetMinor: is not a 64-bit integer"),
        (PLAN, r#"{"budgetMinor": "+1"}"#, "budgetMinor: is not a 64-bit integer"),
        (PLAN, r#"{"budgetMinor": true}"#, "budgetMinor: is a boolean; expected is a 64-bit integer"),
        (PLAN, r#"{"maxCreators": 2147483648}"#, "maxCreators: is not within a 32-bit integer"),
        (PLAN, r#"{"minFit": "NaN"}"#, "minFit: is NaN; expected is a finite number"),
        (PLAN, r#"{"minFit": "-Infinity"}"#, "minFit: is -Infinity"),
        (
            PLAN,
            r#"{"candidates": [{"creator": "a"}, {"creator": 1, "prise": 2}]}"#,
            "candidates[1].creator: is a number",
        ),
        (
            PLAN,
            r#"{"candidates": [{"creator": "a"}, {"creator": 1, "prise": 2}]}"#,
            "candidates[1].prise: is not known",
        ),
        (PLAN, r#"{"candidates": [null]}"#, "candidates[0]: is null; expected is an object"),
        (PLAN, r#"{"candidates": {}}"#, "candidates: is an object; expected is a list"),
        (PLAN, "[]", ": is a list; expected is an object"),
        (INGEST, r#"{"observations": [{"observeTime": "yesterday"}]}"#, "observations[0].observeTime: is not a time"),
        (INGEST, r#"{"observations": [{"observeTime": 1}]}"#, "observations[0].observeTime: is a number"),
        (
            INGEST,
            r#"{"observations": [{"source": "SOURCE_GIVN"}]}"#,
            "observations[0].source: has no value \"SOURCE_GIVN\"; near are SOURCE_GIVEN",
        ),
        (INGEST, r#"{"observations": [{"source": 4711}]}"#, "observations[0].source: has no value with number 4711"),
        (
            "creatorscope.scoring.v1.EraseScoresRequest",
            r#"{"creator": "a", "post": "b"}"#,
            "post: cannot be given together with creator",
        ),
        ("creatorscope.scoring.v1.ExportDossierResponse", r#"{"content": "???"}"#, "content: is not base64"),
        ("creatorscope.discovery.v1.GetCreatorRequest", r#"{"readMask": "a b"}"#, "readMask: is not a list of paths"),
        ("creatorscope.common.v1.MethodPolicy", r#"{"cacheLifetime": "1"}"#, "cacheLifetime: is not a duration"),
    ];
    for (name, text, expected) in cases {
        let told = read(name, text).expect_err(text);
        assert!(told.contains(expected), "{expected} in {told}");
    }
}

#[test]
fn of_very_many_problems_the_first_are_told() {
    let many: Vec<String> = (0..10_000).map(|number| format!("\"unknown{number}\":1")).collect();
    let told = read(PLAN, &format!("{{{}}}", many.join(","))).expect_err("none is known");
    assert_eq!(told.matches("is not known").count(), MOST_PROBLEMS);
}

#[test]
fn a_field_that_can_be_missing_is_there_only_when_it_is_set() {
    let write = |name: &str, text: &str, request: Option<&DynamicMessage>| {
        let message = read(name, text).expect("it is good");
        let mut json = Vec::new();
        Writer::new(message.descriptor(), None, request).write(&message, &mut json).expect("it has a form");
        serde_json::from_slice::<serde_json::Value>(&json).expect("JSON")
    };
    const CANDIDATE: &str = "creatorscope.scoring.v1.PlanPortfolioRequest.Candidate";
    assert_eq!(write(CANDIDATE, r#"{"creator": ""}"#, None), serde_json::json!({"creator": ""}));
    assert_eq!(write(CANDIDATE, r#"{"priceMinor": 0}"#, None), serde_json::json!({"creator": "", "priceMinor": "0"}));
    let masked = read("creatorscope.discovery.v1.GetCreatorRequest", r#"{"readMask": "name"}"#).expect("it is good");
    assert_eq!(write(CANDIDATE, "{}", Some(&masked)), serde_json::json!({}));
    let unmasked = read("creatorscope.discovery.v1.GetCreatorRequest", "{}").expect("it is good");
    assert_eq!(write(CANDIDATE, "{}", Some(&unmasked)), serde_json::json!({"creator": ""}));
}

/// Makes messages out of any bytes.
struct Maker<'a> {
    bytes: &'a [u8],
}

impl Maker<'_> {
    fn number(&mut self) -> u64 {
        let (taken, rest) = self.bytes.split_at(self.bytes.len().min(8));
        self.bytes = rest;
        taken.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    fn message(&mut self, descriptor: &MessageDescriptor, depth: u32) -> DynamicMessage {
        let mut message = DynamicMessage::new(descriptor.clone());
        match descriptor.full_name() {
            "google.protobuf.Timestamp" => {
                message.set_field_by_name("seconds", Value::I64((self.number() % 250_000_000_000) as i64));
                message.set_field_by_name("nanos", Value::I32((self.number() % 1_000_000_000) as i32));
            }
            "google.protobuf.Duration" => {
                message.set_field_by_name("seconds", Value::I64((self.number() % 300_000_000_000) as i64));
                message.set_field_by_name("nanos", Value::I32((self.number() % 1_000_000_000) as i32));
            }
            "google.protobuf.FieldMask" => {
                let paths = vec![Value::String("display_name".into()), Value::String("audience.countries".into())];
                message.set_field_by_name("paths", Value::List(paths));
            }
            _ => {
                for field in descriptor.fields() {
                    if self.number().is_multiple_of(3) && (depth > 0 || !matches!(field.kind(), Kind::Message(_))) {
                        let value = self.field(&field, depth.saturating_sub(1));
                        message.set_field(&field, value);
                    }
                }
                // A value that is nothing has no form of its own in JSON: it is written as the null that it is not.
                if descriptor.full_name() == "google.protobuf.Value" && message.fields().count() == 0 {
                    message.set_field_by_name("null_value", Value::EnumNumber(0));
                }
            }
        }
        message
    }

    fn field(&mut self, field: &FieldDescriptor, depth: u32) -> Value {
        if field.is_map() {
            let Kind::Message(entry) = field.kind() else { unreachable!("entries are messages") };
            let key = self.single(&entry.map_entry_key_field().kind(), depth).into_map_key().expect("a key");
            return Value::Map([(key, self.single(&entry.map_entry_value_field().kind(), depth))].into());
        }
        if field.is_list() {
            return Value::List((0..self.number() % 3).map(|_| self.single(&field.kind(), depth)).collect());
        }
        self.single(&field.kind(), depth)
    }

    fn single(&mut self, kind: &Kind, depth: u32) -> Value {
        let number = self.number();
        let finite = |value: f64| if value.is_finite() { value } else { 0.5 };
        match kind {
            Kind::Double => Value::F64(finite(f64::from_bits(number))),
            Kind::Float => {
                Value::F32(Some(f32::from_bits(number as u32)).filter(|value| value.is_finite()).unwrap_or(0.1))
            }
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(number as i32),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(number as i64),
            Kind::Uint32 | Kind::Fixed32 => Value::U32(number as u32),
            Kind::Uint64 | Kind::Fixed64 => Value::U64(number),
            Kind::Bool => Value::Bool(number.is_multiple_of(2)),
            Kind::String => {
                Value::String(char::from_u32(number as u32 % 0x11_0000).unwrap_or('"').to_string().repeat(2))
            }
            Kind::Bytes => Value::Bytes(number.to_be_bytes().to_vec().into()),
            Kind::Enum(kind) => {
                let values: Vec<i32> = kind.values().map(|value| value.number()).collect();
                Value::EnumNumber(values[number as usize % values.len()])
            }
            Kind::Message(inner) => Value::Message(self.message(inner, depth)),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_message_comes_back_from_json_as_it_was(place in any::<prop::sample::Index>(), bytes in prop::collection::vec(any::<u8>(), 0..800)) {
        let ours: Vec<MessageDescriptor> =
            pool().all_messages().filter(|message| message.full_name().starts_with("creatorscope.") && !message.is_map_entry()).collect();
        let message = Maker { bytes: &bytes }.message(&ours[place.index(ours.len())], 3);
        for request in [None, Some(read("creatorscope.discovery.v1.GetCreatorRequest", r#"{"readMask": "name"}"#).expect("good"))] {
            let mut json = Vec::new();
            Writer::new(message.descriptor(), None, request.as_ref()).write(&message, &mut json).expect("it has a form");
            let text = String::from_utf8(json).expect("UTF-8");
            prop_assert!(!text.contains('\n'));
            let back = read(message.descriptor().full_name(), &text);
            // As bytes: a field that was set to its default is not told from one that was not set.
            prop_assert_eq!(back.map(|back| back.encode_to_vec()), Ok(message.encode_to_vec()), "{}", text);
        }
    }

    #[test]
    fn any_text_that_looks_like_a_request_is_read_or_refused(text in r#"\{("(query|filter|pageSize|facets|read_mask)":(1e?[0-9]{0,3}|"[a-z"]{0,3}|null|\[\]|\{\}|true),?){0,4}\}"#) {
        _ = read(SEARCH, &text);
    }
}
