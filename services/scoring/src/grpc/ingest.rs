//! Owns the stream of comments: each message is answered in order, once its scores are durable. Never what a comment means.

use creatorscope_kit::{fault::status, task, token::Token};
use creatorscope_proto::scoring::v1 as pb;
use futures::{
    StreamExt,
    stream::{self, BoxStream, Stream},
};
use tonic::{Status, Streaming};

use crate::{
    SERVICE,
    convert::ingest::Batch,
    service::{Shared, ingest::Receipt},
};

struct Answers<M> {
    service: Shared,
    messages: M,
    sequence: i64,
    over: bool,
}

/// While one message is stored the next is read; then nothing more is taken before its answer is.
pub(super) async fn ingest_comments(
    service: &Shared,
    request: Streaming<pb::IngestCommentsRequest>,
) -> Result<BoxStream<'static, Result<pb::IngestCommentsResponse, Status>>, Status> {
    let reader = service.clone();
    let read = request.then(move |message| {
        let service = reader.clone();
        async move { service.read_comments(message?.comments).await.map_err(|fault| status(&fault)) }
    });
    let messages = task::ahead("read comments", 1, read);
    let answers = Answers { service: service.clone(), messages, sequence: 0, over: false };
    let next = |mut answers: Answers<_>| async move { answers.next().await.map(|answer| (answer, answers)) };
    Ok(stream::unfold(answers, next).boxed())
}

impl<M: Stream<Item = Result<Batch, Status>> + Unpin> Answers<M> {
    async fn next(&mut self) -> Option<Result<pb::IngestCommentsResponse, Status>> {
        if self.over {
            return None;
        }
        let kept = match self.messages.next().await? {
            Ok(batch) => self.service.keep_comments(batch).await.map_err(|fault| status(&fault)),
            Err(problem) => Err(problem),
        };
        self.over = kept.is_err();
        self.sequence += 1;
        Some(kept.map(|receipt| response(self.sequence, receipt)))
    }
}

fn response(sequence: i64, receipt: Receipt) -> pb::IngestCommentsResponse {
    let reasons = (1..).zip(receipt.unknown).filter(|(_, count)| *count > 0);
    pb::IngestCommentsResponse {
        sequence,
        accepted_count: receipt.accepted,
        updated_count: receipt.updated,
        duplicate_count: receipt.duplicates,
        rejections: receipt.rejections,
        change_token: Token::new(SERVICE, receipt.position).to_string(),
        unknown_counts: reasons.map(|(reason, count)| pb::UnknownCount { reason, count }).collect(),
    }
}
