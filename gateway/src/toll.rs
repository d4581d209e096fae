//! Owns what the messages of a client's stream cost: each but the first, which was paid at the door, waits until there is enough for
//! it, so that a stream flows as fast as it may and is not broken off. Never a look into a message: five bytes tell its length.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use bytes::{Buf, Bytes};
use creatorscope_kit::caller::Caller;
use futures::stream;
use http_body_util::{BodyExt, StreamBody};
use tonic::body::Body;

use crate::{door::Door, fair::usage::Use};

/// Flag and length before each message.
const PREFIX: usize = 5;

/// What a stream's messages cost.
pub(crate) struct Toll {
    door: Arc<Door>,
    caller: Arc<Caller>,
    charged: Arc<Use>,
    /// Units that were paid here.
    paid: Arc<AtomicI64>,
    /// Units of a message.
    cost: u32,
    is_first: bool,
}

impl Toll {
    pub(crate) fn new(
        door: Arc<Door>,
        caller: Arc<Caller>,
        charged: Arc<Use>,
        paid: Arc<AtomicI64>,
        cost: u32,
    ) -> Self {
        Self { door, caller, charged, paid, cost, is_first: true }
    }

    /// The stream, as fast as its messages are paid for.
    pub(crate) fn over(self, body: Body) -> Body {
        let frames =
            stream::unfold((body, Messages::default(), self), |(mut body, mut messages, mut toll)| async move {
                let frame = body.frame().await?;
                if let Some(bytes) = frame.as_ref().ok().and_then(|frame| frame.data_ref()) {
                    toll.pay(messages.begun_in(bytes)).await;
                }
                Some((frame, (body, messages, toll)))
            });
        Body::new(StreamBody::new(frames))
    }

    async fn pay(&mut self, mut messages: u32) {
        if messages > 0 && std::mem::take(&mut self.is_first) {
            messages -= 1;
        }
        let mut left = u64::from(messages) * u64::from(self.cost);
        while left > 0 {
            let part = u32::try_from(left).unwrap_or(u32::MAX).min(self.door.fair.buckets.most());
            while let Err(wait) = self.door.fair.buckets.take(&self.caller, part).await {
                tokio::time::sleep(wait.delay).await;
            }
            self.door.fair.usage.add(&self.charged, part.into());
            self.paid.fetch_add(part.into(), Ordering::Relaxed);
            left -= u64::from(part);
        }
    }
}

/// Where messages begin in a stream of bytes.
#[derive(Debug, Default)]
struct Messages {
    /// Of the prefix that is being read.
    prefix: [u8; PREFIX],
    read: usize,
    /// Bytes of the message that are still to come.
    rest: usize,
}

impl Messages {
    /// How many messages begin in these bytes, their prefix complete.
    fn begun_in(&mut self, bytes: &Bytes) -> u32 {
        let mut bytes = bytes.clone();
        let mut begun = 0;
        while bytes.has_remaining() {
            let skipped = self.rest.min(bytes.len());
            bytes.advance(skipped);
            self.rest -= skipped;
            let taken = (PREFIX - self.read).min(bytes.len());
            if self.rest > 0 || taken == 0 {
                continue;
            }
            bytes.copy_to_slice(&mut self.prefix[self.read..self.read + taken]);
            self.read += taken;
            if self.read == PREFIX {
                let [_, length @ ..] = self.prefix;
                self.rest = u32::from_be_bytes(length) as usize;
                self.read = 0;
                begun += 1;
            }
        }
        begun
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn messages_are_counted_however_their_bytes_are_cut(
            lengths in prop::collection::vec(0_usize..40, 0..20),
            cuts in prop::collection::vec(1_usize..30, 1..20),
        ) {
            let mut whole = Vec::new();
            for length in &lengths {
                whole.push(0);
                whole.extend(u32::try_from(*length).expect("small").to_be_bytes());
                whole.extend(vec![7; *length]);
            }
            let (mut messages, mut counted, mut rest) = (Messages::default(), 0, whole.as_slice());
            for cut in cuts.iter().cycle() {
                let (part, left) = rest.split_at((*cut).min(rest.len()));
                counted += messages.begun_in(&Bytes::copy_from_slice(part));
                rest = left;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(counted as usize, lengths.len());
        }
    }
}
