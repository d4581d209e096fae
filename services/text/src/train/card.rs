//! Owns the card that lies beside the weights. Never the weights.

use std::fmt::Write as _;

use ring::digest::{SHA256, digest};

use crate::corpus::Corpus;

/// The SHA-256 of bytes, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().fold(String::new(), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}

/// The card of weights.
pub(crate) fn text(_corpus: &Corpus, weights: &[u8], table: &str) -> String {
    format!("# Weights\n\nsha256 of `fast.bin`: `{}`\n\n{table}", sha256(weights))
}
