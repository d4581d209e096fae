//! Owns recomputations as callers see them: begin, look, list, stop. Never the computing.

use super::Service;
use crate::{
    error::MetricsError,
    store::{Operation, Scope},
};

/// What page tokens of recomputations are sealed to.
const OPERATIONS: &[u8] = b"recompute operations";

impl Service {
    /// Begins to compute stored values again. The same request id, unless empty, answers with the same operation. Errors: the
    /// database's.
    pub async fn recompute(&self, request_id: &str, scope: &Scope) -> Result<Operation, MetricsError> {
        let id = self.clock.unique_id();
        let operation = self.store.begin_operation(id, request_id, scope, self.clock.now()).await?;
        self.begun.notify_one();
        Ok(operation)
    }

    /// One recomputation. Errors: it is not known; the database's.
    pub async fn operation(&self, id: &str) -> Result<Operation, MetricsError> {
        let found = self.store.operation(id).await?;
        found.ok_or_else(|| MetricsError::NoOperation(format!("recomputeOperations/{id}")))
    }

    /// A page of recomputations, newest first, and the token of the next page. Errors: a token of another query; the
    /// database's.
    pub async fn operations(
        &self,
        page_size: usize,
        page_token: &str,
    ) -> Result<(Vec<Operation>, String), MetricsError> {
        let before = match page_token {
            "" => None,
            token => Some(String::from_utf8_lossy(&self.sealer.unseal(token, OPERATIONS)?).into_owned()),
        };
        let mut found = self.store.operations_before(before.as_deref(), page_size + 1).await?;
        let more = found.len() > page_size;
        found.truncate(page_size);
        let last = found.last().filter(|_| more);
        let next = last.map(|last| self.sealer.seal(last.id.as_bytes(), OPERATIONS)).unwrap_or_default();
        Ok((found, next))
    }

    /// Stops a recomputation; one that has ended stays as it is. Errors: it is not known; the database's.
    pub async fn cancel_operation(&self, id: &str) -> Result<Operation, MetricsError> {
        self.store.cancel_operation(id, self.clock.now()).await?;
        self.operation(id).await
    }
}
