//! Owns the streams that pour in: each message is answered in order, once it is durable. Never what an item means.

use std::collections::VecDeque;

use creatorscope_domain::Retention;
use creatorscope_kit::{
    fault::{Violations, status},
    figures, task,
};
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

/// What lay ready at one time, checked.
#[derive(Default)]
struct Ready {
    batches: Vec<Batch>,
    /// What the stream ends with behind the batches.
    end: Option<Status>,
}

struct Answers<M> {
    /// What the items are, for who counts them.
    kind: &'static str,
    service: Shared,
    messages: M,
    sequence: i64,
    receipts: VecDeque<Receipt>,
    end: Option<Status>,
    over: bool,
}

/// The answers to a stream of messages. A message that cannot be read, and an error of the client's or the database's, ends
/// the stream behind the answers to all messages before it. While one transaction runs the next messages are read and
/// checked.
pub(super) fn answers<W, R>(
    service: Shared,
    messages: impl Stream<Item = Result<W, Status>> + Send + 'static,
    kind: &'static str,
    read: fn(W, Timestamp) -> Result<Batch, Violations>,
) -> BoxStream<'static, Result<R, Status>>
where
    W: Send + 'static,
    R: From<Receipt> + 'static,
{
    let (clock, retention) = (service.clock().clone(), *service.store().retention());
    let checked = messages.ready_chunks(FOLD).map(move |messages| check(messages, read, &retention, clock.now()));
    let messages = task::ahead("read ingest", 1, checked);
    let answers = Answers { kind, service, messages, sequence: 0, receipts: VecDeque::new(), end: None, over: false };
    stream::unfold(
        answers,
        |mut answers| async move { answers.next().await.map(|answer| (answer.map(R::from), answers)) },
    )
    .boxed()
}

fn check<W>(
    messages: Vec<Result<W, Status>>,
    read: fn(W, Timestamp) -> Result<Batch, Violations>,
    retention: &Retention,
    now: Timestamp,
) -> Ready {
    let mut ready = Ready::default();
    for message in messages {
        match message.and_then(|message| read(message, now).map_err(|problems| status(&problems))) {
            Ok(mut batch) => {
                batch.refuse_expired(retention, now);
                ready.batches.push(batch);
            }
            Err(end) => {
                ready.end = Some(end);
                break;
            }
        }
    }
    ready
}

fn count(kind: &'static str, receipt: &Receipt) {
    let items = |count: i32| usize::try_from(count).unwrap_or(0);
    // An item with other counts than are known is among the duplicates.
    let conflicts = receipt.conflicts.len();
    figures::taken(kind, "accepted", items(receipt.accepted));
    figures::taken(kind, "duplicate", items(receipt.duplicates).saturating_sub(conflicts));
    figures::taken(kind, "conflict", conflicts);
    for rejection in &receipt.rejections {
        figures::refused(kind, rejection.violations.first().map(|violation| violation.reason.as_str()));
    }
}

impl<M: Stream<Item = Ready> + Unpin> Answers<M> {
    async fn next(&mut self) -> Option<Result<Receipt, Status>> {
        loop {
            if let Some(receipt) = self.receipts.pop_front() {
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
                Some(ready) => self.store(ready).await,
                None => self.over = true,
            }
        }
    }

    async fn store(&mut self, ready: Ready) {
        self.end = ready.end;
        if ready.batches.is_empty() {
            return;
        }
        let (items, rest): (Vec<_>, Vec<_>) =
            ready.batches.into_iter().map(|batch| (batch.items, (batch.places, batch.rejections))).unzip();
        match self.service.ingest(items).await {
            Ok(ingested) => {
                let token = change_token(ingested.position);
                for (landed, (places, rejections)) in ingested.messages.into_iter().zip(rest) {
                    self.sequence += 1;
                    let receipt = receipt(self.sequence, &places, rejections, landed, token.clone());
                    count(self.kind, &receipt);
                    self.receipts.push_back(receipt);
                }
            }
            Err(fault) => self.end = Some(refuse(&fault)),
        }
    }
}
