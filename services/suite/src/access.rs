//! Owns how commands reach a running suite: address, connection, key. Never what they ask of it.

use anyhow::Context;
use creatorscope_kit::{
    config::{KEY_VARIABLE, key_of_environment},
    transport::{Transport, connected, endpoint, with_key},
};

/// Connects to the suite at this address, with the key of the environment when there is one. Errors: no address, nobody there,
/// a key that is none.
pub(crate) async fn connect(address: &str) -> anyhow::Result<Transport> {
    let way = endpoint(address).with_context(|| format!("`{address}` is not an endpoint"))?;
    let channel = way.connect().await.with_context(|| {
        format!("no service answers at {address}; start one with `creatorscope serve` or say --endpoint")
    })?;
    with_key_of_environment(connected(channel))
}

/// Shows the suite the key of the environment, when there is one. Errors: a key that is none.
pub(crate) fn with_key_of_environment(suite: Transport) -> anyhow::Result<Transport> {
    match key_of_environment() {
        Some(key) => with_key(suite, &key).with_context(|| format!("{KEY_VARIABLE} holds no key")),
        None => Ok(suite),
    }
}
