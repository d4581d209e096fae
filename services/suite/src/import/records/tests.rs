//! Owns the tests of the record reader. Never a file.

use proptest::prelude::*;

use super::*;

const COMMA: Dialect = Dialect { delimiter: b',', terminator: b'\n' };

#[derive(Debug, PartialEq)]
struct Seen {
    line: u64,
    reason: String,
    cells: Vec<String>,
}

fn read(text: &[u8], limit: usize) -> Vec<Seen> {
    let mut records = Records::limited(text, COMMA, limit);
    let mut seen = Vec::new();
    while let Some(record) = records.next().expect("a slice can be read") {
        let text = String::from_utf8_lossy(record.raw).into_owned();
        let cells: Vec<String> = record.cells.iter().map(|cell| cell.text(&text).into_owned()).collect();
        let reason = record.fault.map(|fault| fault.reason.into_owned()).unwrap_or_default();
        let (line, count) = (record.line, cells.len());
        seen.push(Seen { line, reason, cells });
        if seen.len() == 1 {
            records.expect_columns(count);
        }
    }
    seen
}

fn outline(text: &[u8], limit: usize) -> Vec<(u64, String)> {
    read(text, limit).into_iter().skip(1).map(|seen| (seen.line, seen.reason)).collect()
}

#[test]
fn a_line_break_in_quotes_counts_as_a_line_and_a_lone_carriage_return_does_not() {
    let seen = outline(b"a,b\n1,\"x\ny\"\n2,\"x\ry\"\n\n3,z\n", 1000);
    assert_eq!(seen, [(2, String::new()), (4, String::new()), (6, String::new())]);
}

#[test]
fn dirt_costs_its_own_rows_and_no_others() {
    for (name, dirty, expected) in [
        ("too few cells", &b"1\n"[..], "COLUMN_COUNT"),
        ("too many cells", b"1,2,3\n", "COLUMN_COUNT"),
        ("invalid UTF-8", b"1,\xff\n", "INVALID_UTF8"),
        ("NUL", b"1,\0\n", "NUL_BYTE"),
        ("a quote that does not close", b"1,\"x\n", "UNTERMINATED_QUOTE"),
        ("text after a closing quote", b"1,\"x\"y\n", "BAD_QUOTE"),
        ("a line that is too long", &[b'x'; 300], "RECORD_TOO_LONG"),
    ] {
        let mut text = b"a,b\n0,first\n".to_vec();
        text.extend_from_slice(dirty);
        if !text.ends_with(b"\n") {
            text.push(b'\n');
        }
        text.extend_from_slice(b"4,last\n5,\xc3\xa9\n");
        let seen = outline(&text, 200);
        let none = String::new();
        assert_eq!(seen, [(2, none.clone()), (3, expected.to_owned()), (4, none.clone()), (5, none)], "{name}");
    }
}

#[test]
fn an_open_quote_is_left_at_the_next_line_that_has_the_right_number_of_cells() {
    let seen = outline(b"a,b\n1,\"x\nno comma\n2,\"y\"\n3,z\n", 1000);
    assert_eq!(seen, [(2, "BAD_QUOTE".to_owned()), (4, String::new()), (5, String::new())]);
}

#[test]
fn a_quote_that_closes_rows_later_does_not_swallow_them() {
    let seen = outline(b"a,b,c\n1,\"x,5\n2,y,6\n3,y,\"\n4,z,8\n5,w,9\n", 1000);
    let good: Vec<u64> = seen.iter().filter(|(_, reason)| reason.is_empty()).map(|(line, _)| *line).collect();
    assert_eq!(good, [3, 5, 6], "{seen:?}");
    assert_eq!(seen[0], (2, "COLUMN_COUNT".to_owned()));
    assert_eq!(seen[2], (4, "UNTERMINATED_QUOTE".to_owned()));
}

#[test]
fn a_long_line_is_skipped_in_bounded_memory() {
    let long = io::repeat(b'x').take(64 << 20);
    let input = io::Cursor::new(b"a,b\n1,").chain(long).chain(io::Cursor::new(b"\n2,y\n"));
    let mut records = Records::new(input, COMMA);
    records.next().expect("readable").expect("a header");
    records.expect_columns(2);
    let skipped = records.next().expect("readable").expect("a record");
    assert_eq!(skipped.fault.as_ref().map(|fault| fault.reason.as_ref()), Some("RECORD_TOO_LONG"));
    assert_eq!((skipped.line, skipped.length), (2, (64 << 20) + 3));
    let next = records.next().expect("readable").expect("a record");
    assert_eq!((next.line, next.raw), (3, &b"2,y"[..]));
    assert!(records.buffer.capacity() < 3 * RECORD_LIMIT, "{}", records.buffer.capacity());
}

fn dirty_text() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => Just(b'a'), 3 => Just(b','), 3 => Just(b'"'), 3 => Just(b'\n'), 1 => Just(b'\r'), 1 => Just(0_u8), 1 => any::<u8>()
    ];
    proptest::collection::vec(byte, 0..400)
}

proptest! {
    #[test]
    fn every_byte_belongs_to_one_record_or_one_empty_line_and_lines_are_numbered(text in dirty_text(), limit in 1_usize..120, columns in 0_usize..4) {
        let mut records = Records::limited(text.as_slice(), COMMA, limit);
        if columns > 0 {
            records.expect_columns(columns);
        }
        let mut position = 0_usize;
        while let Some(record) = records.next().expect("a slice can be read") {
            let offset = usize::try_from(record.offset).expect("small");
            prop_assert!(text[position..offset].iter().all(|byte| matches!(byte, b'\r' | b'\n')), "lost bytes");
            let lines = text[..offset].iter().filter(|byte| **byte == b'\n').count();
            prop_assert_eq!(record.line, lines as u64 + 1);
            prop_assert!(text[offset..].starts_with(record.raw));
            prop_assert!(record.length > 0);
            position = offset + usize::try_from(record.length).expect("small");
        }
        prop_assert!(text[position..].iter().all(|byte| matches!(byte, b'\r' | b'\n')), "lost the end");
    }

    #[test]
    fn what_a_csv_writer_wrote_reads_back(rows in proptest::collection::vec(proptest::array::uniform3("[a\",\n\r é]{0,6}"), 1..20)) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["x", "y", "z"]).expect("memory");
        for row in &rows {
            writer.write_record(row).expect("memory");
        }
        let text = writer.into_inner().expect("memory");
        let seen = read(&text, 10_000);
        prop_assert_eq!(seen.len(), rows.len() + 1);
        for (seen, row) in seen[1..].iter().zip(&rows) {
            prop_assert_eq!(&seen.reason, "");
            prop_assert_eq!(&seen.cells, row);
        }
    }
}
