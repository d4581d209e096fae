//! Owns making packed files for tests. Never what is in them.

use std::io::{Cursor, Write};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub(super) fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes).expect("in memory");
    packed.finish().expect("in memory")
}

/// A zip archive, with `spoil` done to its bytes.
pub(super) fn zipped(entries: &[(&str, &[u8])], spoil: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        archive.start_file(*name, SimpleFileOptions::default()).expect("in memory");
        archive.write_all(bytes).expect("in memory");
    }
    let mut bytes = archive.finish().expect("in memory").into_inner();
    spoil(&mut bytes);
    bytes
}

/// Parquet with a user, an id, a time, no tags and nested views a row.
pub(super) fn parquet(users: &[&str], views: &[i64]) -> Vec<u8> {
    let schema = "message posts {
        REQUIRED BYTE_ARRAY user (UTF8);
        REQUIRED INT64 id;
        REQUIRED INT64 time;
        OPTIONAL BYTE_ARRAY tags (UTF8);
        REQUIRED group stats { REQUIRED INT64 views; }
        REQUIRED INT64 unread;
    }";
    let schema = Arc::new(parse_message_type(schema).expect("a schema"));
    let mut bytes = Vec::new();
    let mut file = SerializedFileWriter::new(&mut bytes, schema, Arc::new(WriterProperties::default())).expect("begun");
    let mut group = file.next_row_group().expect("begun");
    let ids: Vec<i64> = (0..users.len() as i64).map(|place| 6_892_428_462_015_958_001 + place).collect();
    let times = vec![1_604_768_557; users.len()];
    let mut place = 0;
    while let Some(mut column) = group.next_column().expect("begun") {
        let words: Vec<ByteArray> = users.iter().map(|user| ByteArray::from(*user)).collect();
        let written = match place {
            0 => column.typed::<ByteArrayType>().write_batch(&words, None, None),
            3 => column.typed::<ByteArrayType>().write_batch(&[], Some(&vec![0; users.len()]), None),
            1 => column.typed::<Int64Type>().write_batch(&ids, None, None),
            2 => column.typed::<Int64Type>().write_batch(&times, None, None),
            _ => column.typed::<Int64Type>().write_batch(views, None, None),
        };
        written.expect("written");
        column.close().expect("written");
        place += 1;
    }
    group.close().expect("written");
    file.close().expect("written");
    bytes
}
