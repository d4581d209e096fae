//! Owns how a text is written before it is cut into pieces, as each vocabulary was trained. Never the pieces.

use std::collections::HashMap;

use super::unigram::SPACE;

/// Characters read of a text; what follows is not looked at. More than [`super::MOST_TOKENS`] pieces of a usual length.
pub(crate) const MOST_CHARACTERS: usize = 8192;

/// The head of a text that is read, without null characters, which no piece holds.
fn head(text: &str) -> impl Iterator<Item = char> {
    text.chars().take(MOST_CHARACTERS).map(|character| if character == '\0' { ' ' } else { character })
}

/// One character becomes none or some, whatever stands beside it: the vocabulary of multilingual-e5.
#[derive(Debug)]
pub(crate) struct ByCharacter {
    map: HashMap<char, String>,
}

impl ByCharacter {
    /// From `flat`: again and again a character, how many replace it, and those. None when it ends early or holds what is no character.
    pub(crate) fn new(flat: &[u32]) -> Option<Self> {
        let mut map = HashMap::new();
        let mut rest = flat.iter();
        while let Some(from) = rest.next() {
            let count = *rest.next()? as usize;
            let to: String = rest.by_ref().take(count).map(|code| char::from_u32(*code)).collect::<Option<_>>()?;
            // A surrogate is no character and cannot be met.
            if let Some(from) = char::from_u32(*from) {
                map.insert(from, to);
            }
        }
        Some(Self { map })
    }

    /// Writes `prefix` and `text` to `out`: one space instead of many, every space as [`SPACE`], one before all.
    pub(crate) fn write(&self, prefix: &str, text: &str, out: &mut String) {
        out.clear();
        let mut after_space = false;
        let mut push = |character: char| {
            if character != ' ' {
                if out.is_empty() {
                    out.push_str(SPACE);
                }
                out.push(character);
            } else if !after_space {
                out.push_str(SPACE);
            }
            after_space = character == ' ';
        };
        for character in prefix.chars().chain(head(text)) {
            match self.map.get(&character) {
                Some(others) => others.chars().filter(|other| *other != '\0').for_each(&mut push),
                None => push(character),
            }
        }
        if out.is_empty() {
            out.push_str(SPACE);
        }
    }
}

/// The longest known run of bytes is replaced: the precompiled map of SentencePiece, for USE.
///
/// The map is a Darts-clone double array of the runs whose values are places in a list of null-terminated replacements.
/// Layout of its units: <https://github.com/s-yata/darts-clone>.
#[derive(Debug)]
pub(crate) struct ByPrefix {
    units: Vec<u32>,
    replacements: String,
}

impl ByPrefix {
    /// From the map's bytes. None when it ends early or is not UTF-8.
    pub(crate) fn new(map: &[u8]) -> Option<Self> {
        let (size, rest) = map.split_first_chunk()?;
        let (units, replacements) = rest.split_at_checked(u32::from_le_bytes(*size) as usize)?;
        let units = super::model_file::numbers(units);
        Some(Self { units, replacements: String::from_utf8(replacements.to_vec()).ok()? })
    }

    /// The replacement of the longest known run at the start of `text`, and its length.
    fn longest(&self, text: &str) -> Option<(&str, usize)> {
        let offset = |unit: u32| (unit >> 10) << ((unit & 0x200) >> 6);
        let mut at = offset(*self.units.first()?);
        let mut found = None;
        for (index, byte) in text.bytes().enumerate() {
            at ^= u32::from(byte);
            let Some(unit) = self.units.get(at as usize).copied() else { break };
            if unit & 0x8000_00FF != u32::from(byte) {
                break;
            }
            at ^= offset(unit);
            if unit & 0x100 != 0
                && let Some(value) = self.units.get(at as usize)
            {
                found = Some(((value & 0x7FFF_FFFF) as usize, index + 1));
            }
        }
        let (start, length) = found?;
        let rest = self.replacements.get(start..)?;
        text.is_char_boundary(length).then(|| (rest.split('\0').next().unwrap_or_default(), length))
    }

    /// Writes `text` to `out`: one [`SPACE`] for many spaces, one before all, none at the end; nothing for a text of spaces.
    pub(crate) fn write(&self, text: &str, out: &mut String) {
        out.clear();
        let text: String = head(text).collect();
        let mut after_space = true;
        let mut push = |character: char| {
            if character != ' ' {
                if out.is_empty() {
                    out.push_str(SPACE);
                }
                out.push(character);
            } else if !after_space {
                out.push_str(SPACE);
            }
            after_space = character == ' ';
        };
        let mut rest = text.as_str();
        while let Some(character) = rest.chars().next() {
            let length = match self.longest(rest) {
                Some((replacement, length)) => {
                    replacement.chars().for_each(&mut push);
                    length
                }
                None => {
                    push(character);
                    character.len_utf8()
                }
            };
            rest = &rest[length..];
        }
        while out.ends_with(SPACE) {
            out.truncate(out.len() - SPACE.len());
        }
    }
}
