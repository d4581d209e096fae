//! Owns files of JSON lines: messages in the canonical JSON of protobuf. Never which messages.

use std::{
    fs,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use creatorscope_proto::pool;
use prost::Message;
use prost_reflect::{DynamicMessage, SerializeOptions};

use super::unfinished;

/// A file that is being written.
pub(super) struct Lines {
    path: PathBuf,
    file: BufWriter<fs::File>,
}

impl Lines {
    /// Begins a file. Errors: it cannot be written.
    pub(super) fn create(path: &Path) -> anyhow::Result<Self> {
        let fresh = unfinished(path);
        let file = fs::File::create(&fresh).with_context(|| format!("the file {}", fresh.display()))?;
        Ok(Self { path: path.to_owned(), file: BufWriter::new(file) })
    }

    /// Writes a message of a type of the contracts. Errors: the file cannot be written.
    pub(super) fn write(&mut self, message: &impl Message, name: &str) -> anyhow::Result<()> {
        let descriptor = pool().get_message_by_name(name).with_context(|| format!("`{name}` is not a message"))?;
        let dynamic = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice())?;
        let mut serializer = serde_json::Serializer::new(&mut self.file);
        dynamic.serialize_with_options(&mut serializer, &SerializeOptions::new())?;
        self.file.write_all(b"\n").with_context(|| format!("the file {}", self.path.display()))
    }

    /// Gives the complete file its name. Errors: it cannot be written.
    pub(super) fn finish(mut self) -> anyhow::Result<PathBuf> {
        let written = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        written
            .and_then(|()| fs::rename(unfinished(&self.path), &self.path))
            .with_context(|| format!("the file {}", self.path.display()))?;
        Ok(self.path)
    }
}
