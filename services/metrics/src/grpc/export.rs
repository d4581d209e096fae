//! Owns the stream of everything that is stored: creators in order, each in parts. Never what a record is.

use std::{collections::VecDeque, sync::Arc};

use creatorscope_domain::CreatorId;
use creatorscope_kit::task;
use creatorscope_proto::metrics::v1 as pb;
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use tonic::Status;

use super::refuse;
use crate::{
    convert::post::{observation, post_record},
    error::MetricsError,
    query::ExportQuery,
    service::Shared,
    store::{ExportCursor, RecordPart},
};

/// The most items of one message.
const ITEMS: usize = 1_000;
/// Creators that are looked for at once.
const CREATORS: usize = 200;

struct Export {
    service: Shared,
    query: ExportQuery,
    /// The creators that come next; the first is where the cursor is.
    creators: VecDeque<CreatorId>,
    cursor: ExportCursor,
    is_over: bool,
}

/// Everything that is stored, part by part. It ends behind the last creator or with an error of the database's.
pub(super) fn parts(
    service: Shared,
    query: ExportQuery,
) -> BoxStream<'static, Result<pb::ExportRecordsResponse, Status>> {
    let export = Export { service, query, creators: VecDeque::new(), cursor: ExportCursor::start(), is_over: false };
    stream::unfold(export, |mut export| async move {
        if export.is_over {
            return None;
        }
        // A client may stop reading at any moment. What reads the database goes on by itself then, so that a stalled client
        // never holds a connection.
        let reading = task::Owned::spawn("export", async move {
            let part = export.next().await;
            (export, part)
        });
        let (mut export, part) = reading.await?;
        match part {
            Ok(part) => part.map(|part| (Ok(part), export)),
            Err(fault) => {
                export.is_over = true;
                Some((Err(refuse(&fault)), export))
            }
        }
    })
    .boxed()
}

impl Export {
    async fn next(&mut self) -> Result<Option<pb::ExportRecordsResponse>, MetricsError> {
        let service = Arc::clone(&self.service);
        if self.creators.is_empty() {
            let after = self.query.after.as_ref().map(CreatorId::as_str);
            let states = service.store().creators_after(after, CREATORS, &self.query.filter).await?;
            self.creators = states.into_iter().map(|state| state.creator).collect();
            self.query.after = self.creators.back().cloned().or_else(|| self.query.after.take());
        }
        let Some(creator) = self.creators.front() else { return Ok(None) };
        let cursor = std::mem::replace(&mut self.cursor, ExportCursor::start());
        let RecordPart { posts, observations, next, .. } = service.store().export(creator, cursor, ITEMS).await?;
        let part = pb::ExportRecordsResponse {
            creator: creator.name(),
            posts: posts.into_iter().map(post_record).collect(),
            observations: observations.iter().map(observation).collect(),
            is_last_part: next.is_none(),
        };
        match next {
            Some(next) => self.cursor = next,
            None => _ = self.creators.pop_front(),
        }
        Ok(Some(part))
    }
}
