//! Owns gRPC as bytes: framing of messages, the status at the end. Never what a message means.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use creatorscope_kit::transport::Transport;
use http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use http_body::Frame;
use http_body_util::{BodyExt, Full};
use prost::Message;
use prost_reflect::DynamicMessage;
use tonic::{Code, Status, body::Body};

use crate::{
    answers::{AGE, KEPT},
    desk::Ticket,
};

/// The longest answer that is taken from a service, in bytes.
const LONGEST_ANSWER: usize = 64 << 20;
/// Flag and length before each message.
const PREFIX: usize = 5;

/// One message with its prefix.
pub(crate) fn frame(message: &DynamicMessage) -> Bytes {
    let length = message.encoded_len();
    let mut bytes = BytesMut::with_capacity(PREFIX + length);
    bytes.put_u8(0);
    // Requests are bounded far below 4 GB by the limit of their JSON.
    bytes.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
    bytes.extend_from_slice(&message.encode_to_vec());
    bytes.freeze()
}

/// The body of a call with one message.
pub(crate) fn single(message: &DynamicMessage) -> Body {
    Body::new(Full::new(frame(message)))
}

/// The body of a call whose messages come one after the other.
pub(crate) fn stream<S>(frames: S) -> Body
where
    S: futures::Stream<Item = Result<Bytes, Status>> + Send + 'static,
{
    let frames = futures::StreamExt::map(frames, |bytes| bytes.map(Frame::data));
    Body::new(http_body_util::StreamBody::new(frames))
}

/// Makes the call that the ticket is for. Errors: the service answered with a status and no message, or cannot be reached.
pub(crate) async fn open(
    ticket: Ticket,
    peer: Transport,
    path: &str,
    headers: HeaderMap,
    body: Body,
) -> Result<Answers, Status> {
    let mut request = Request::new(body);
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = path.parse().map_err(|_| Status::internal("the path of a method is none"))?;
    *request.headers_mut() = headers;
    // It was that of what came in.
    request.headers_mut().remove(header::CONTENT_LENGTH);
    request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    request.headers_mut().insert(header::TE, HeaderValue::from_static("trailers"));
    let response = ticket.carry(peer, request).await?;
    if let Some(status) = Status::from_header_map(response.headers()).filter(|status| status.code() != Code::Ok) {
        return Err(status);
    }
    if !response.status().is_success() {
        return Err(Status::unavailable(format!("the peer answered {}", response.status())));
    }
    let mark = |name: &'static str| Some((HeaderName::from_static(name), response.headers().get(name)?.clone()));
    let marks = [AGE, KEPT].into_iter().filter_map(mark).collect();
    Ok(Answers { marks, body: response.into_body(), buffer: BytesMut::new() })
}

/// The messages of an answer as they come.
pub(crate) struct Answers {
    /// Whether it was kept, and how old it is.
    pub(crate) marks: HeaderMap,
    body: Body,
    buffer: BytesMut,
}

impl Answers {
    /// The next message; none when the call has ended well. Errors: the status of the call, or the peer went away.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Status> {
        loop {
            if let Some(message) = self.take()? {
                return Ok(Some(message));
            }
            let frame = match self.body.frame().await {
                None => return Err(Status::unavailable("the peer ended the answer without a status")),
                Some(Err(error)) => return Err(broken(error)),
                Some(Ok(frame)) => frame,
            };
            match frame.into_data() {
                Ok(bytes) => self.buffer.extend_from_slice(&bytes),
                Err(frame) => {
                    let status = frame.trailers_ref().and_then(Status::from_header_map);
                    return match status {
                        Some(status) if status.code() == Code::Ok => Ok(None),
                        Some(status) => Err(status),
                        None => Err(Status::unavailable("the peer ended the answer without a status")),
                    };
                }
            }
        }
    }

    /// The one message of an answer. Errors: as `next`, and when there is none.
    pub(crate) async fn only(mut self) -> Result<Bytes, Status> {
        let message = self.next().await?.ok_or_else(|| Status::internal("the peer answered without a message"))?;
        // The status comes behind the message and may still say that it failed.
        self.next().await?;
        Ok(message)
    }

    /// A message that is complete in the buffer.
    pub(crate) fn take(&mut self) -> Result<Option<Bytes>, Status> {
        if self.buffer.len() < PREFIX {
            return Ok(None);
        }
        let mut prefix = &self.buffer[..PREFIX];
        if prefix.get_u8() != 0 {
            return Err(Status::internal("the peer answered in a compression that was not asked for"));
        }
        let length = prefix.get_u32() as usize;
        if length > LONGEST_ANSWER {
            return Err(Status::out_of_range(format!(
                "the answer is longer than {LONGEST_ANSWER} bytes; ask for less"
            )));
        }
        if self.buffer.len() < PREFIX + length {
            return Ok(None);
        }
        self.buffer.advance(PREFIX);
        Ok(Some(self.buffer.split_to(length).freeze()))
    }
}

/// A body that breaks is a connection that broke: statuses come as trailers.
fn broken(error: Status) -> Status {
    if error.code() == Code::DeadlineExceeded {
        return error;
    }
    Status::unavailable(format!("the peer went away in the middle of its answer: {}", error.message()))
}
