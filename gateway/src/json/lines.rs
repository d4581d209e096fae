//! Owns messages as lines: a request body that is a JSON value a line, answers as lines or as events. Never whole streams in
//! memory: a line is read when the service takes it, and a message is written when the client takes it.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use futures::{Stream, stream};
use http_body_util::BodyExt;
use prost_reflect::{DynamicMessage, FieldDescriptor, MessageDescriptor};
use tonic::{Status, body::Body};

use super::{
    call::{Answers, frame},
    read::{At, Problems, message},
    refusal::Refusal,
    strict::Json,
    write::Writer,
};

/// What was wrong with a line, kept for the end of the answer.
pub(crate) type Fault = Arc<Mutex<Option<Refusal>>>;

fn keep(fault: &Fault, refusal: Refusal) {
    *fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
}

fn kept(fault: &Fault) -> Option<Refusal> {
    fault.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// The lines of a request body.
pub(crate) struct Lines {
    body: Body,
    buffer: BytesMut,
    /// So much of the buffer holds no line end.
    searched: usize,
    limit: usize,
    number: u64,
    ended: bool,
}

impl Lines {
    /// Lines up to `limit` bytes long.
    pub(crate) fn new(body: Body, limit: usize) -> Self {
        Self { body, buffer: BytesMut::new(), searched: 0, limit, number: 0, ended: false }
    }

    /// The next message; empty lines are passed over. Errors: the line is too long, no JSON, or not this message; the client
    /// went away.
    pub(crate) async fn message(&mut self, descriptor: &MessageDescriptor) -> Result<Option<DynamicMessage>, Refusal> {
        let Some(line) = self.line().await? else { return Ok(None) };
        let here = format!("line {}", self.number);
        let json = Json::parse(&line).map_err(|problem| Refusal::one(&here, "MALFORMED_JSON", problem))?;
        let mut problems = Problems::default();
        let message = message(descriptor, json, At::ROOT.field(&here), &mut problems);
        problems.check().map_err(|violations| Refusal::invalid(&violations))?;
        Ok(Some(message))
    }

    async fn line(&mut self) -> Result<Option<Bytes>, Refusal> {
        loop {
            let end =
                self.buffer[self.searched..].iter().position(|byte| *byte == b'\n').map(|place| place + self.searched);
            if end.unwrap_or(self.buffer.len()) > self.limit {
                return Err(Refusal::too_large(&format!("line {}", self.number + 1), self.limit));
            }
            let line = match end {
                Some(end) => self.buffer.split_to(end + 1),
                None if self.ended && self.buffer.is_empty() => return Ok(None),
                None if self.ended => self.buffer.split(),
                None => {
                    self.searched = self.buffer.len();
                    self.read().await?;
                    continue;
                }
            };
            self.searched = 0;
            self.number += 1;
            if !line.trim_ascii().is_empty() {
                return Ok(Some(line.freeze()));
            }
        }
    }

    async fn read(&mut self) -> Result<(), Refusal> {
        match self.body.frame().await {
            None => self.ended = true,
            Some(Ok(frame)) => {
                if let Ok(bytes) = frame.into_data() {
                    self.buffer.extend_from_slice(&bytes);
                }
            }
            Some(Err(_)) => return Err(Status::cancelled("the client went away in the middle of its request").into()),
        }
        Ok(())
    }

    /// The messages of a call: `first`, then those of the lines. After a line that is wrong a call whose answers are a stream ends as
    /// if the lines had, so that what was sent before is answered; any other is broken off. `fault` tells what was wrong.
    pub(crate) fn into_frames(
        self,
        descriptor: MessageDescriptor,
        first: &DynamicMessage,
        answers_flow: bool,
        fault: Fault,
    ) -> impl Stream<Item = Result<Bytes, Status>> + Send + use<> {
        let first = stream::iter([Ok(frame(first))]);
        let rest = stream::unfold(Some(self), move |lines| {
            let (descriptor, fault) = (descriptor.clone(), Arc::clone(&fault));
            async move {
                let mut lines = lines?;
                match lines.message(&descriptor).await {
                    Ok(Some(message)) => Some((Ok(frame(&message)), Some(lines))),
                    Ok(None) => None,
                    Err(refusal) => {
                        keep(&fault, refusal);
                        (!answers_flow).then(|| (Err(Status::cancelled("the request broke off")), None))
                    }
                }
            }
        });
        futures::StreamExt::chain(first, rest)
    }
}

/// How the messages of an answer are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A line each.
    Lines,
    /// Server-sent events: the resume token as `id`, errors as event `error`.
    Events,
}

impl Form {
    /// The content type of the answer.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Lines => "application/x-ndjson",
            Self::Events => "text/event-stream",
        }
    }
}

/// How long a browser waits before it connects again, in milliseconds.
const RETRY_MILLIS: u32 = 3_000;
/// Messages that are ready go out together up to about so many bytes.
const TOGETHER: usize = 32 << 10;

/// An answer that is written message by message.
pub(crate) struct Told {
    pub(crate) answers: Answers,
    pub(crate) writer: Writer,
    pub(crate) form: Form,
    pub(crate) fault: Fault,
    pub(crate) request_id: String,
}

impl Told {
    /// The body. An error is its last line.
    pub(crate) fn into_body(self) -> Body {
        let begin = match self.form {
            Form::Lines => Bytes::new(),
            Form::Events => Bytes::from(format!("retry: {RETRY_MILLIS}\n\n")),
        };
        let begin = stream::iter((!begin.is_empty()).then_some(Ok(begin)));
        let rest = stream::unfold(Some(self), |told| async move {
            let mut told = told?;
            let mut chunk = Vec::new();
            let goes_on = told.chunk(&mut chunk).await;
            (goes_on || !chunk.is_empty()).then(|| (Ok(Bytes::from(chunk)), goes_on.then_some(told)))
        });
        super::call::stream(futures::StreamExt::chain(begin, rest))
    }

    /// Writes the next message and those that are there already. Answers whether the stream goes on.
    async fn chunk(&mut self, chunk: &mut Vec<u8>) -> bool {
        let mut next = self.answers.next().await;
        loop {
            match next {
                Ok(Some(bytes)) => {
                    if let Err(status) = self.message(&bytes, chunk) {
                        self.error(&status.into(), chunk);
                        return false;
                    }
                }
                Ok(None) => {
                    if let Some(refusal) = kept(&self.fault) {
                        self.error(&refusal, chunk);
                    }
                    return false;
                }
                Err(status) => {
                    let refusal = kept(&self.fault).unwrap_or_else(|| status.into());
                    self.error(&refusal, chunk);
                    return false;
                }
            }
            if chunk.len() >= TOGETHER {
                return true;
            }
            next = match self.answers.take() {
                Ok(None) => return true,
                ready => ready,
            };
        }
    }

    fn message(&self, bytes: &[u8], chunk: &mut Vec<u8>) -> Result<(), Status> {
        let message = self.writer.read(bytes)?;
        if self.form == Form::Events {
            if let Some(token) = resume_token(&message) {
                chunk.extend_from_slice(format!("id: {token}\n").as_bytes());
            }
            chunk.extend_from_slice(b"data: ");
        }
        self.writer.write(&message, chunk)?;
        chunk.extend_from_slice(if self.form == Form::Events { b"\n\n" } else { b"\n" });
        Ok(())
    }

    fn error(&self, refusal: &Refusal, chunk: &mut Vec<u8>) {
        let json = refusal.to_json(&self.request_id);
        match self.form {
            Form::Lines => chunk.extend([json.as_slice(), b"\n"].concat()),
            Form::Events => chunk.extend([b"event: error\ndata: ".as_slice(), &json, b"\n\n"].concat()),
        }
    }
}

/// The field of a request or response that says where a stream goes on.
pub(crate) fn resume_field(descriptor: &MessageDescriptor) -> Option<FieldDescriptor> {
    descriptor
        .get_field_by_name("resume_token")
        .filter(|field| field.kind() == prost_reflect::Kind::String && !field.is_list())
}

fn resume_token(message: &DynamicMessage) -> Option<String> {
    let field = resume_field(&prost_reflect::ReflectMessage::descriptor(message))?;
    let token = message.get_field(&field).as_str()?.to_owned();
    // A line end would begin another field of the event.
    (!token.is_empty() && !token.contains(['\n', '\r', '\0'])).then_some(token)
}
