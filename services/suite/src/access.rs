//! Owns how commands reach a running suite: address, connection, key. Never what they ask of it.

use anyhow::Context;
use creatorscope_kit::{
    config::{CA_VARIABLE, KEY_VARIABLE, ca_of_environment, key_of_environment},
    transport::{CallTls, ReachError, Transport, reach, with_key},
};

/// Connects to the suite at this address, with the key of the environment when there is one. Errors: no address, nobody there,
/// a key that is none.
pub(crate) async fn connect(address: &str) -> anyhow::Result<Transport> {
    let suite = open(address).await;
    let suite = suite.with_context(|| {
        if address.starts_with("https://") {
            return format!("no service can be trusted at {address}; {CA_VARIABLE} may name a file of authorities");
        }
        format!("no service answers at {address}; start one with `creatorscope serve` or say --endpoint")
    })?;
    with_key_of_environment(suite)
}

/// Connects to the suite at this address. One at `https` is trusted by the authorities of the environment's file, or the system's.
/// Errors: no address, nobody there.
pub(crate) async fn open(address: &str) -> Result<Transport, ReachError> {
    reach(address, &CallTls { ca: ca_of_environment(), shown: None }).await
}

/// Shows the suite the key of the environment, when there is one. Errors: a key that is none.
pub(crate) fn with_key_of_environment(suite: Transport) -> anyhow::Result<Transport> {
    match key_of_environment() {
        Some(key) => with_key(suite, &key).with_context(|| format!("{KEY_VARIABLE} holds no key")),
        None => Ok(suite),
    }
}
