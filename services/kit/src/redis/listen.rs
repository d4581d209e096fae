//! Owns hearing what is published: one connection, asked again and again whether it is still there. Never what is heard.

use std::time::Duration;

use futures::StreamExt;
use redis::aio::{PubSubSink, PubSubStream};

/// After so long without news it is asked whether the server is still there.
const ASK: Duration = Duration::from_secs(5);
/// How long the answer may take.
const ANSWER: Duration = Duration::from_secs(1);

/// Hears what is published until the connection breaks.
pub(crate) struct Listening {
    sink: PubSubSink,
    stream: PubSubStream,
}

impl Listening {
    pub(super) fn new(sink: PubSubSink, stream: PubSubStream) -> Self {
        Self { sink, stream }
    }

    /// The next channel and message; none when the connection is lost.
    pub(crate) async fn next(&mut self) -> Option<(String, Vec<u8>)> {
        loop {
            match tokio::time::timeout(ASK, self.stream.next()).await {
                Ok(message) => {
                    let message = message?;
                    return Some((message.get_channel_name().to_owned(), message.get_payload_bytes().to_vec()));
                }
                // A connection that was cut without a word is silent for ever.
                Err(_) => _ = tokio::time::timeout(ANSWER, self.sink.ping::<redis::Value>()).await.ok()?.ok()?,
            }
        }
    }
}
