//! Owns the check that the examples in `proto/examples.md` work as they are written: each command is run, in order, against one
//! suite, and answers with what stands below it. Never an example of its own.
//!
//! The commands are read as grpcurl reads them (several messages in `-d`, JSON names of fields), so that nothing has to be
//! installed. Answers are compared as far as they are written: fields that are left out may be anything.
#![allow(clippy::expect_used, clippy::panic, reason = "a test stops at the first thing that is wrong")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    time::Duration,
};

use creatorscope_kit::token::Token;
use creatorscope_proto::pool;
use creatorscope_tests::{Suite, in_both_modes};
use prost_reflect::{DynamicMessage, MethodDescriptor, SerializeOptions, prost::Message};
use serde_json::Value;
use tonic::{
    GrpcMethod, Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};

/// No example may take longer.
const LONGEST: Duration = Duration::from_secs(60);

/// One command and what it must answer.
struct Example {
    line: usize,
    method: MethodDescriptor,
    requests: Vec<Value>,
    answers: Vec<Value>,
}

fn text() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/examples.md");
    std::fs::read_to_string(path).expect("proto/examples.md")
}

/// The JSON values that stand one after the other.
fn values(text: &str, line: usize) -> Vec<Value> {
    let read: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(text).into_iter().collect();
    read.unwrap_or_else(|error| panic!("proto/examples.md, block at line {line}: {error}"))
}

/// The examples of the page: a `sh` block with one grpcurl command, and the `json` block behind it when there is one.
fn examples(text: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    let mut block: Option<(&str, usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(language)) => block = Some((language, number + 1, String::new())),
            (Some((_, _, content)), None) => {
                content.push_str(line);
                content.push('\n');
            }
            (Some((language, start, content)), Some(_)) => {
                match *language {
                    "sh" => found.extend(command(content, *start)),
                    "json" => found.last_mut().expect("a command before its answer").answers = values(content, *start),
                    _ => {}
                }
                block = None;
            }
            (None, None) => {}
        }
    }
    found
}

/// Reads `grpcurl -plaintext [-d '…'] 127.0.0.1:8642 service/method`; other commands are no examples.
fn command(text: &str, line: usize) -> Option<Example> {
    let rest = text.trim().strip_prefix("grpcurl -plaintext ")?;
    let (requests, rest) = match rest.split_once("-d '") {
        Some((_, rest)) => {
            let (request, rest) = rest.split_once('\'').expect("a closing quote");
            (values(request, line), rest)
        }
        None => (vec![Value::Object(serde_json::Map::new())], rest),
    };
    let path = rest.split_whitespace().last().expect("a method");
    let (service, method) = path.split_once('/')?;
    let service = pool().get_service_by_name(service).unwrap_or_else(|| panic!("line {line}: no service {service}"));
    let method = service.methods().find(|known| known.name() == method);
    let method = method.unwrap_or_else(|| panic!("line {line}: no method {path}"));
    Some(Example { line, method, requests, answers: Vec::new() })
}

/// Messages of any type, by their descriptors.
#[derive(Clone)]
struct Dynamic(MethodDescriptor);

impl Codec for Dynamic {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        self.clone()
    }

    fn decoder(&mut self) -> Self {
        self.clone()
    }
}

impl Encoder for Dynamic {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(&mut self, message: DynamicMessage, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        message.encode(buffer).map_err(|error| Status::internal(error.to_string()))
    }
}

impl Decoder for Dynamic {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<DynamicMessage>, Status> {
        let read = DynamicMessage::decode(self.0.output(), buffer);
        read.map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}

/// What earlier answers told that later requests need.
#[derive(Default)]
struct Told {
    /// The last token of each service. Nobody types as fast as this test, so requests say that they come after the writes.
    tokens: BTreeMap<String, Token>,
    /// The name that stands for `OPERATION` in requests.
    operation: String,
    /// What stands for `ETAG` in requests, by the name of the resource.
    etags: BTreeMap<String, String>,
}

impl Told {
    fn learn(&mut self, answer: &Value) {
        if let Some(token) = answer.get("changeToken").and_then(Value::as_str) {
            let token = Token::parse(token, "change_token").expect("a token");
            self.tokens.insert(token.service.clone(), token);
        }
        if let Some(name) = answer.pointer("/operation/name").and_then(Value::as_str) {
            name.clone_into(&mut self.operation);
        }
        self.learn_etags(answer);
    }

    fn learn_etags(&mut self, answer: &Value) {
        if let (Some(name), Some(etag)) = (answer["name"].as_str(), answer["etag"].as_str()) {
            self.etags.insert(name.to_owned(), etag.to_owned());
        }
        match answer {
            Value::Object(fields) => fields.values().for_each(|field| self.learn_etags(field)),
            Value::Array(items) => items.iter().for_each(|item| self.learn_etags(item)),
            _ => {}
        }
    }

    /// Puts what was told in the place of `ETAG`.
    fn fill_etags(&self, request: &mut Value) {
        if request["etag"] == "ETAG" {
            let name = request["name"].as_str().unwrap_or_default();
            request["etag"] = Value::from(self.etags.get(name).map(String::as_str).unwrap_or_default());
        }
        if let Value::Object(fields) = request {
            fields.values_mut().filter(|field| field.is_object()).for_each(|field| self.fill_etags(field));
        }
    }
}

/// Runs a command and checks its answers, each as soon as it arrives: streams that do not end are left then.
async fn run(suite: &Suite, example: &Example, told: &mut Told) {
    let method = &example.method;
    let place = format!("line {}, {}", example.line, method.full_name());
    // Discovery follows metrics and knows the places of both.
    let reads_all = method.full_name().contains("discovery");
    let takes_tokens = method.input().get_field_by_name("read_after").is_some();
    let requests = example.requests.iter().cloned().map(|mut request| {
        if takes_tokens {
            let known = told.tokens.values().filter(|token| reads_all || method.full_name().contains(&token.service));
            request["readAfter"] = known.map(Token::to_string).collect();
        }
        told.fill_etags(&mut request);
        spell_masks(&mut request, "readMask");
        spell_masks(&mut request, "updateMask");
        if request["name"] == "OPERATION" {
            request["name"] = Value::from(told.operation.as_str());
        }
        let read = DynamicMessage::deserialize(method.input(), request);
        read.unwrap_or_else(|error| panic!("{place}: {error}"))
    });
    let requests: Vec<DynamicMessage> = requests.collect();
    let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
    let path = path.parse().expect("a path");
    let mut client = Grpc::new(suite.transport()).max_decoding_message_size(64 << 20);
    client.ready().await.expect("a suite");
    let mut request = Request::new(tokio_stream::iter(requests));
    request.extensions_mut().insert(GrpcMethod::new("", ""));
    let answers = client.streaming(request, path, Dynamic(method.clone())).await;
    let mut answers = answers.unwrap_or_else(|status| panic!("{place}: {status:?}")).into_inner();
    let mut wanted = example.answers.iter();
    let mut expected = wanted.next();
    let mut seen = Vec::new();
    while let Some(message) = answers.message().await.unwrap_or_else(|status| panic!("{place}: {status:?}")) {
        let options = SerializeOptions::new();
        let answer = message.serialize_with_options(serde_json::value::Serializer, &options).expect("json");
        told.learn(&answer);
        if expected.is_some_and(|expected| holds(expected, &answer)) {
            expected = wanted.next();
        }
        seen.push(answer);
        if expected.is_none() && method.is_server_streaming() {
            return;
        }
    }
    assert!(!seen.is_empty(), "{place}: no answer");
    if let Some(expected) = expected {
        let seen = serde_json::to_string_pretty(&seen).expect("json");
        panic!("{place}: expected\n{expected:#}\nin\n{seen}");
    }
}

/// grpcurl takes field masks as messages; the canonical JSON of protobuf has them as one text, in camel case.
fn spell_masks(request: &mut Value, field: &str) {
    let Some(paths) = request.pointer(&format!("/{field}/paths")).and_then(Value::as_array) else { return };
    let camel = |path: &str| {
        let mut words = path.split('_');
        let first = words.next().unwrap_or_default().to_owned();
        words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
    };
    let paths: Vec<String> = paths.iter().filter_map(Value::as_str).map(camel).collect();
    request[field] = Value::from(paths.join(","));
}

/// Whether an answer is as far as it is written as expected: objects may have more fields, lists more entries behind.
fn holds(expected: &Value, answer: &Value) -> bool {
    match (expected, answer) {
        (Value::Object(expected), Value::Object(answer)) => {
            expected.iter().all(|(key, value)| answer.get(key).is_some_and(|found| holds(value, found)))
        }
        (Value::Array(expected), Value::Array(answer)) => {
            expected.len() <= answer.len() && expected.iter().zip(answer).all(|(value, found)| holds(value, found))
        }
        (Value::Number(expected), Value::Number(answer)) => {
            let (expected, answer) = (expected.as_f64().unwrap_or_default(), answer.as_f64().unwrap_or_default());
            // Figures are written with four digits.
            (expected - answer).abs() <= 5e-4 * expected.abs().max(1e-3)
        }
        (expected, answer) => expected == answer,
    }
}

#[test]
fn every_method_has_an_example() {
    let shown: BTreeSet<String> =
        examples(&text()).iter().map(|example| example.method.full_name().to_owned()).collect();
    let services = pool().services().filter(|service| service.full_name().starts_with("creatorscope."));
    let all: BTreeSet<String> = services
        .flat_map(|service| service.methods().map(|method| method.full_name().to_owned()).collect::<Vec<_>>())
        .collect();
    let missing: Vec<&String> = all.difference(&shown).collect();
    assert!(missing.is_empty(), "without an example in proto/examples.md: {missing:?}");
}

in_both_modes! {
    async fn every_example_answers_as_it_is_written(suite: &mut Suite) {
        let mut told = Told::default();
        for example in examples(&text()) {
            let place = format!("line {}, {}", example.line, example.method.full_name());
            tokio::time::timeout(LONGEST, run(suite, &example, &mut told)).await.unwrap_or_else(|_| panic!("{place}: no answer in time"));
        }
    }
}
