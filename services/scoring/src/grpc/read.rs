//! Owns the wire side of reading texts. Never a rule.

use creatorscope_kit::{fault::status, page};
use creatorscope_proto::scoring::v1 as pb;
use futures::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use tonic::{Status, Streaming};

use crate::{error::ScoringError, service::Shared};

/// Texts of one request, and of one message of a stream.
const MAX_TEXTS: usize = 1_000;
const MAX_STREAMED: usize = 5_000;
/// Messages of one stream that are read at once.
const AT_ONCE: usize = 2;
const MAX_PAGE: usize = 100;
/// What page tokens of the models are sealed to.
const MODELS: &[u8] = b"models";

fn refuse(fault: &ScoringError) -> Status {
    status(fault)
}

pub(super) async fn analyze_text(
    service: &Shared,
    request: pb::AnalyzeTextRequest,
) -> Result<pb::AnalyzeTextResponse, Status> {
    let results = service.analyze(request.texts, request.tier, MAX_TEXTS, true).await;
    Ok(pb::AnalyzeTextResponse { results: results.map_err(|fault| refuse(&fault))? })
}

pub(super) async fn analyze_stream(
    service: &Shared,
    request: Streaming<pb::AnalyzeStreamRequest>,
) -> Result<BoxStream<'static, Result<pb::AnalyzeStreamResponse, Status>>, Status> {
    let service = service.clone();
    let answers = stream::iter(1_i64..).zip(request).map(move |(sequence, message)| {
        let service = service.clone();
        async move {
            let pb::AnalyzeStreamRequest { texts, tier } = message?;
            let results = service.analyze(texts, tier, MAX_STREAMED, false).await.map_err(|fault| refuse(&fault))?;
            Ok::<_, Status>(pb::AnalyzeStreamResponse { sequence, results })
        }
    });
    // The first error ends the stream, behind the answers to what came before it.
    let mut over = false;
    let answers = answers.buffered(AT_ONCE).take_while(move |answer| {
        let goes_on = !over;
        over = answer.is_err();
        std::future::ready(goes_on)
    });
    Ok(answers.into_stream().boxed())
}

pub(super) async fn embed_text(
    service: &Shared,
    request: pb::EmbedTextRequest,
) -> Result<pb::EmbedTextResponse, Status> {
    let embeddings = service.embed(request.texts).await.map_err(|fault| refuse(&fault))?;
    Ok(pb::EmbedTextResponse { embeddings })
}

pub(super) async fn list_models(
    service: &Shared,
    request: pb::ListModelsRequest,
) -> Result<pb::ListModelsResponse, Status> {
    let refuse = |problem| status(&ScoringError::from(problem));
    let size = page::size(request.page_size, MAX_PAGE, MAX_PAGE).map_err(refuse)?;
    let mut first = 0;
    if !request.page_token.is_empty() {
        let content = service.sealer.unseal(&request.page_token, MODELS).map_err(refuse)?;
        first = content.first().copied().map_or(0, usize::from);
    }
    let models = service.models();
    let next = u8::try_from(first + size).ok().filter(|next| usize::from(*next) < models.len());
    Ok(pb::ListModelsResponse {
        models: models.into_iter().skip(first).take(size).collect(),
        next_page_token: next.map(|next| service.sealer.seal(&[next], MODELS)).unwrap_or_default(),
    })
}
