//! Owns the tests of taking JSON apart. Never what the pieces say.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn pieces(text: &[u8]) -> Vec<Piece> {
    Splitter::new(text, true).collect()
}

fn values(text: &[u8]) -> Vec<&[u8]> {
    let value = |piece| match piece {
        Piece::Document(span) | Piece::Item(span) => Some(&text[span]),
        _ => None,
    };
    pieces(text).into_iter().filter_map(value).collect()
}

/// Whether every piece besides pages is a value.
fn is_clean(text: &[u8]) -> bool {
    !pieces(text).iter().any(|piece| matches!(piece, Piece::Broken(_) | Piece::Cut(_) | Piece::PageEnd(None)))
}

/// Bytes that look like JSON, and some that do not.
pub(in crate::import::documents) fn dirty_text() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        8 => proptest::sample::select(&[
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\n", " ", "1", "true", "{\"", "},{\"", "\"kind\":", "\"items\":[",
            "{\"items\":[", "]}", "\"a\"", "{\"id\":\"x\"}", "\u{feff}", "é",
        ][..]).prop_map(|text| text.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 1..3),
    ];
    proptest::collection::vec(part, 0..60).prop_map(|parts| parts.concat())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[{}\\[\\]\",:\\\\ \n\u{1}a1é]{0,8}",
        proptest::sample::select(&["},{", "items", "}\n{", "kind", "]}", "\"items\":["][..]).prop_map(str::to_owned),
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(text(), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// What is no list and no page.
fn document() -> impl Strategy<Value = Value> {
    any_value()
        .prop_filter("a list or page", |value| !value.is_array() && !value.get("items").is_some_and(Value::is_array))
}

fn written(value: &Value, pretty: bool) -> Vec<u8> {
    let text = if pretty { serde_json::to_vec_pretty(value) } else { serde_json::to_vec(value) };
    text.expect("values can be written")
}

fn list(values: &[Value], pretty: bool, separator: &[u8]) -> Vec<u8> {
    values.iter().map(|value| written(value, pretty)).collect::<Vec<_>>().join(separator)
}

#[test]
fn a_page_is_told_with_what_stands_behind_its_list() {
    let text = b"{\"a\":{\"items\":[1]},\"items\" : [ {\"items\":[2]}, 3 ], \"b\":[\"]}\"]} {}";
    let expected = [
        Piece::Page { start: 0, list: 30, depth: 1 },
        Piece::Item(31..44),
        Piece::Item(46..47),
        Piece::PageEnd(Some(49..62)),
        Piece::Document(63..65),
    ];
    assert_eq!(pieces(text), expected);
}

#[test]
fn an_object_goes_on_where_the_next_one_cannot_belong_to_it() {
    for (text, expected) in [
        (&b"[{\"a\":{\"b\":1},{\"c\":2}]"[..], &[&b"{\"c\":2}"[..]][..]),
        (b"[{\"a\":\"x\" y\"},{\"c\":2}]", &[b"{\"c\":2}"]),
        (b"[{\"a\":[\"x\"\n{\"c\":2}]", &[b"{\"c\":2}"]),
        (b"[{\"a\":[{\"x\":1\x01},{\"y\":2}]},{\"c\":2}]", &[b"{\"a\":[{\"x\":1\x01},{\"y\":2}]}", b"{\"c\":2}"]),
        (b"[{\"a\":\"},{\"},{\"c\":2}]", &[b"{\"a\":\"},{\"}", b"{\"c\":2}"]),
    ] {
        assert_eq!(values(text), expected, "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn a_long_line_of_broken_objects_is_read_in_linear_time() {
    for part in
        ["{\"a\"\n", "{\"a\":{},", "{\"a\":\"},{", "},{\"", "\"", "[{\"items\":[", "{ ", "x{\"items\":[{\"a\"}\n"]
    {
        let text = part.repeat((1 << 20) / part.len());
        assert!(!pieces(text.as_bytes()).is_empty(), "{part}");
    }
}

proptest! {
    #[test]
    fn pieces_are_in_order_and_only_separators_are_between_them(text in dirty_text()) {
        let mut position = 0;
        for piece in pieces(&text) {
            let span = match piece {
                Piece::Page { start, list, .. } => start..list,
                Piece::PageEnd(None) => continue,
                Piece::PageEnd(Some(span)) | Piece::Document(span) | Piece::Item(span) | Piece::Broken(span) | Piece::Cut(span) => span,
            };
            prop_assert!(position <= span.start && span.start <= span.end && span.end <= text.len());
            let between = String::from_utf8_lossy(&text[position..span.start]).replace('\u{feff}', "");
            prop_assert!(between.chars().all(|c| c.is_ascii_whitespace() || "[],".contains(c)), "{between:?}");
            position = span.end;
        }
        let rest = String::from_utf8_lossy(&text[position..]).replace('\u{feff}', "");
        prop_assert!(rest.chars().all(|c| c.is_ascii_whitespace() || "[],".contains(c)), "{rest:?}");
    }

    #[test]
    fn the_items_of_a_page_are_found_as_they_were_written(
        items in proptest::collection::vec(any_value(), 0..8),
        before in proptest::collection::btree_map(text(), any_value(), 0..4),
        after in proptest::collection::btree_map(text(), any_value(), 0..4),
        pretty: bool,
    ) {
        let mut page = b"{".to_vec();
        for (key, value) in before.iter().filter(|(key, _)| *key != "items") {
            page.extend([written(&Value::from(key.as_str()), pretty), written(value, pretty)].join(&b": "[..]));
            page.push(b',');
        }
        page.extend_from_slice(b"\"items\": [");
        page.extend(list(&items, pretty, b" ,\n"));
        page.push(b']');
        for (key, value) in after.iter().filter(|(key, _)| *key != "items") {
            page.push(b',');
            page.extend([written(&Value::from(key.as_str()), pretty), written(value, pretty)].join(&b": "[..]));
        }
        page.push(b'}');
        let expected: Vec<Vec<u8>> = items.iter().map(|item| written(item, pretty)).collect();
        let twice = [page.as_slice(), &page].concat();
        prop_assert!(is_clean(&twice));
        prop_assert_eq!(&values(&page), &expected);
        prop_assert_eq!(values(&twice), [expected.as_slice(), &expected].concat());
    }

    #[test]
    fn the_values_of_a_list_or_of_lines_are_found_as_they_were_written(items in proptest::collection::vec(document(), 1..8), pretty: bool) {
        let expected: Vec<Vec<u8>> = items.iter().map(|item| written(item, pretty)).collect();
        let lines = list(&items, pretty, b"\n");
        let array = [b"[ ", list(&items, pretty, b",").as_slice(), b"\n]"].concat();
        for text in [lines, array] {
            prop_assert!(is_clean(&text));
            prop_assert_eq!(values(&text), expected.clone());
        }
    }

    #[test]
    fn a_cut_keeps_every_value_that_ends_before_it(items in proptest::collection::vec(any_value(), 1..8), pretty: bool, cut in 0_usize..500) {
        let page = [b"{\"kind\":\"x\",\"items\":[", list(&items, pretty, b",").as_slice(), b"],\"etag\":\"y\"}"].concat();
        let cut = cut.min(page.len() - 1);
        let whole: Vec<Piece> = pieces(&page).into_iter().filter(|piece| matches!(piece, Piece::Item(span) if span.end < cut)).collect();
        let cut_pieces = pieces(&page[..cut]);
        let kept: Vec<Piece> = cut_pieces.iter().filter(|piece| matches!(piece, Piece::Item(span) if span.end < cut)).cloned().collect();
        prop_assert_eq!(kept, whole);
        prop_assert!(!cut_pieces.iter().any(|piece| matches!(piece, Piece::Broken(_))));
        prop_assert_eq!(cut_pieces.iter().filter(|piece| matches!(piece, Piece::Cut(_))).count(), usize::from(cut > 0));
    }
}
