//! Owns the proof that the rules see: files that break them. Never touches our own contracts.

use prost_reflect::DescriptorPool;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, EnumOptions, EnumValueDescriptorProto, FieldDescriptorProto,
    FileDescriptorProto, MethodDescriptorProto, MethodOptions, ServiceDescriptorProto,
    field_descriptor_proto::{Label, Type},
    method_options::IdempotencyLevel,
};

use super::{Contracts, Rule, comments, fields, files, http, methods, names, resources};

fn field(name: &str, number: i32, kind: Type) -> FieldDescriptorProto {
    FieldDescriptorProto {
        name: Some(name.to_owned()),
        number: Some(number),
        label: Some(Label::Optional as i32),
        r#type: Some(kind as i32),
        ..Default::default()
    }
}

fn value(name: &str, number: i32) -> EnumValueDescriptorProto {
    EnumValueDescriptorProto { name: Some(name.to_owned()), number: Some(number), options: None }
}

fn method(name: &str) -> MethodDescriptorProto {
    let message = Some(".creatorscope.faulty.odd_message".to_owned());
    MethodDescriptorProto {
        name: Some(name.to_owned()),
        input_type: message.clone(),
        output_type: message,
        options: Some(MethodOptions {
            idempotency_level: Some(IdempotencyLevel::IdempotencyUnknown as i32),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Our contracts and two files beside them in which nothing is right.
fn faulty() -> Contracts {
    let when = FieldDescriptorProto {
        type_name: Some(".google.protobuf.Timestamp".to_owned()),
        ..field("when", 7, Type::Message)
    };
    let message = DescriptorProto {
        name: Some("odd_message".to_owned()),
        field: vec![
            field("OddField", 1, Type::Int32),
            field("start_time", 2, Type::String),
            field("item_count", 3, Type::Double),
            field("name", 4, Type::Int32),
            field("read_mask", 5, Type::String),
            field("page_token", 6, Type::String),
            when,
        ],
        ..Default::default()
    };
    let listed = EnumDescriptorProto {
        name: Some("Mood".to_owned()),
        value: vec![value("MOOD_NONE", 0), value("GOOD", 1), value("FINE", 1)],
        options: Some(EnumOptions { allow_alias: Some(true), ..Default::default() }),
        ..Default::default()
    };
    let service = ServiceDescriptorProto {
        name: Some("Oddities".to_owned()),
        method: vec![method("ListThings"), method("BatchGetThings")],
        ..Default::default()
    };
    let file = FileDescriptorProto {
        name: Some("creatorscope/Faulty.proto".to_owned()),
        package: Some("creatorscope.faulty".to_owned()),
        dependency: vec!["google/protobuf/timestamp.proto".to_owned(), "google/protobuf/duration.proto".to_owned()],
        message_type: vec![message],
        enum_type: vec![listed],
        service: vec![service],
        syntax: Some("proto3".to_owned()),
        ..Default::default()
    };
    let required = FieldDescriptorProto { label: Some(Label::Required as i32), ..field("forced", 1, Type::Int32) };
    let old = FileDescriptorProto {
        name: Some("creatorscope/faulty/v1/old.proto".to_owned()),
        package: Some("creatorscope.faulty.v1".to_owned()),
        message_type: vec![DescriptorProto {
            name: Some("Old".to_owned()),
            field: vec![required],
            ..Default::default()
        }],
        ..Default::default()
    };
    let mut pool = creatorscope_proto::pool().clone();
    pool.add_file_descriptor_protos([file, old]).expect("the files are wrong in style only");
    Contracts::from(pool)
}

#[test]
fn rules_find_their_faults_in_faulty_files() {
    let rules: [(Rule, &str); 27] = [
        (names::packages, "Faulty.proto: package creatorscope.faulty does not lie"),
        (names::packages, "Faulty.proto: package creatorscope.faulty does not end in a version"),
        (names::file_names, "creatorscope/Faulty.proto:"),
        (names::type_names, "faulty.odd_message:"),
        (names::field_names, "faulty.odd_message.OddField:"),
        (names::service_names, "faulty.Oddities:"),
        (names::zero_values, "faulty.Mood:"),
        (names::value_names, "faulty.Mood.GOOD:"),
        (names::aliases, "faulty.Mood.GOOD: has the number of FINE"),
        (names::request_names, "faulty.Oddities.ListThings:"),
        (comments::comments, "faulty.odd_message.OddField:"),
        (comments::units, "faulty.odd_message.item_count:"),
        (files::language, "old.proto: is not proto3"),
        (files::language, "faulty.v1.Old.forced: is a required field"),
        (files::imports, "google/protobuf/duration.proto"),
        (fields::times, "faulty.odd_message.start_time:"),
        (fields::times, "faulty.odd_message.when:"),
        (fields::counts, "faulty.odd_message.item_count:"),
        (fields::words, "faulty.odd_message.name:"),
        (fields::masks, "faulty.odd_message.read_mask:"),
        (fields::behaviours, "faulty.odd_message.OddField:"),
        (resources::request_references, "faulty.odd_message.name:"),
        (methods::paging, "faulty.Oddities.ListThings:"),
        (methods::batches, "faulty.Oddities.BatchGetThings:"),
        (methods::idempotency_levels, "faulty.Oddities.ListThings:"),
        (methods::policies, "faulty.Oddities.ListThings:"),
        (http::bindings, "faulty.Oddities.ListThings:"),
    ];
    let contracts = faulty();
    for (rule, expected) in rules {
        let found = rule(&contracts);
        assert!(found.iter().any(|finding| finding.contains(expected)), "{expected} is not among {found:#?}");
    }
}

/// Our contracts with one text for another of the same length, in options too.
fn altered(from: &str, to: &str) -> Contracts {
    assert_eq!(from.len(), to.len(), "another length would break the encoding");
    let mut bytes = creatorscope_proto::DESCRIPTORS.to_vec();
    let places: Vec<_> = bytes
        .windows(from.len())
        .enumerate()
        .filter(|(_, found)| *found == from.as_bytes())
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty(), "the contracts do not hold {from}");
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    Contracts::from(DescriptorPool::decode(bytes.as_slice()).expect("only a text was changed"))
}

#[test]
fn rules_about_options_find_their_faults_in_altered_contracts() {
    let cases: [(Rule, &str, &str, &str); 8] = [
        (http::variables, "{name=creators/*}", "{nome=creators/*}", "GetCreator: /v1/{nome=creators/*} names `nome`"),
        (http::variables, "{name=creators/*}", "{name=creator_/*}", "GetCreator: creator_/*"),
        (http::variables, "{name=creators/*}", "{name=creators/*]", "GetCreator: the braces"),
        (http::bindings, "/v1/creators:compare", "/v1/creators:suggest", "shares get /v1/creators:suggest"),
        (methods::policies, "discovery.contact", "discavery.contact", "GetContact: scope"),
        (resources::resources, "creators/{creator}", "creators/[creator]", "v1.Creator: patterns"),
        (resources::resources, "creatorscope.dev/Post", "creatorscope.org/Post", "v1.Post: its resource type"),
        (resources::resources, "metricDefinitions", "metric_Definition", "v1.MetricDefinition: its plural"),
    ];
    for (rule, from, to, expected) in cases {
        let found = rule(&altered(from, to));
        assert!(found.iter().any(|finding| finding.contains(expected)), "{expected} is not among {found:#?}");
    }
}
