//! Owns the streams that pour in: each message is answered in order, once it is durable. Never what an item means.

use std::collections::VecDeque;

use creatorscope_kit::fault::{Violations, status};
use futures::{
    StreamExt,
    stream::{self, BoxStream, Stream},
};
use jiff::Timestamp;
use tonic::Status;

use super::{change_token, refuse};
use crate::{
    convert::ingest::{Batch, Receipt, receipt},
    service::Shared,
};

/// Messages that lie ready are stored together, up to so many in one transaction.
const FOLD: usize = 4;

struct Answers<M, W> {
    service: Shared,
    messages: M,
    read: fn(W, Timestamp) -> Result<Batch, Violations>,
    sequence: i64,
    ready: VecDeque<Receipt>,
    /// What the stream ends with once everything before it is answered.
    end: Option<Status>,
    over: bool,
}

/// The answers to a stream of messages. A message that cannot be read, and an error of the client's or the database's, ends
/// the stream behind the answers to all messages before it.
pub(super) fn answers<W, R>(
    service: Shared,
    messages: impl Stream<Item = Result<W, Status>> + Send + 'static,
    read: fn(W, Timestamp) -> Result<Batch, Violations>,
) -> BoxStream<'static, Result<R, Status>>
where
    W: Send + 'static,
    R: From<Receipt> + 'static,
{
    let messages = messages.boxed().ready_chunks(FOLD);
    let answers = Answers { service, messages, read, sequence: 0, ready: VecDeque::new(), end: None, over: false };
    stream::unfold(
        answers,
        |mut answers| async move { answers.next().await.map(|answer| (answer.map(R::from), answers)) },
    )
    .boxed()
}

impl<M, W> Answers<M, W>
where
    M: Stream<Item = Vec<Result<W, Status>>> + Unpin,
{
    async fn next(&mut self) -> Option<Result<Receipt, Status>> {
        loop {
            if let Some(receipt) = self.ready.pop_front() {
                return Some(Ok(receipt));
            }
            if let Some(end) = self.end.take() {
                self.over = true;
                return Some(Err(end));
            }
            if self.over {
                return None;
            }
            match self.messages.next().await {
                Some(messages) => self.store(messages).await,
                None => self.over = true,
            }
        }
    }

    async fn store(&mut self, messages: Vec<Result<W, Status>>) {
        let now = self.service.clock().now();
        let (mut items, mut rest) = (Vec::with_capacity(messages.len()), Vec::with_capacity(messages.len()));
        for message in messages {
            match message.and_then(|message| (self.read)(message, now).map_err(|problems| status(&problems))) {
                Ok(batch) => {
                    items.push(batch.items);
                    rest.push((batch.places, batch.rejections));
                }
                Err(end) => {
                    self.end = Some(end);
                    break;
                }
            }
        }
        if items.is_empty() {
            return;
        }
        match self.service.ingest(items).await {
            Ok(ingested) => {
                let token = change_token(ingested.position);
                for (landed, (places, rejections)) in ingested.messages.into_iter().zip(rest) {
                    self.sequence += 1;
                    self.ready.push_back(receipt(self.sequence, &places, rejections, landed, token.clone()));
                }
            }
            Err(fault) => self.end = Some(refuse(&fault)),
        }
    }
}
