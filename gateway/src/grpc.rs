//! Owns the gateway's own service: usage and the audit log, for those who may see them. Never a count or a line of its own.

use std::sync::Arc;

use creatorscope_kit::{
    caller::Caller,
    clock::{from_wire_time, to_wire_time},
    db::DbError,
    fault::{Fault, Violation, Violations, causes, status},
    page,
};
use creatorscope_proto::gateway::v1::{
    AuditEvent, GetUsageRequest, GetUsageResponse, ListAuditEventsRequest, ListAuditEventsResponse, Quota, UsageDay,
    gateway_service_server::GatewayService,
};
use jiff::Timestamp;
use thiserror::Error;
use tonic::{Code, Request, Response, Status};

use crate::{
    audit,
    door::DoorError,
    fair::{
        Fair,
        usage::{self, Subject, begin_of, date_of, day_of, month_of},
    },
    scope::covers,
    store::KeyStore,
};

/// The scope that opens what others did.
const ADMIN: &str = "gateway.admin";
const PAGE: usize = 100;
const MAX_PAGE: usize = 1_000;
const MAX_DAYS: i64 = 400;

/// Answers for the gateway itself.
pub(crate) struct Service {
    pub(crate) fair: Arc<Fair>,
    pub(crate) keys: KeyStore,
    /// None when no table is written.
    pub(crate) lines: Option<audit::Store>,
    pub(crate) clock: creatorscope_kit::clock::Clock,
}

#[derive(Debug, Error)]
enum GatewayError {
    #[error("the tables of the gateway cannot be read now")]
    Unavailable(#[source] DbError),
    #[error("no audit log is kept in a table: audit.table is false")]
    NoLog,
}

impl Fault for GatewayError {
    fn code(&self) -> Code {
        match self {
            Self::Unavailable(_) => Code::Unavailable,
            Self::NoLog => Code::FailedPrecondition,
        }
    }
    fn reason(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "GATEWAY_TABLES_UNAVAILABLE",
            Self::NoLog => "AUDIT_LOG_OFF",
        }
    }
}

fn away(error: DbError) -> Status {
    tracing::error!(cause = causes(&error), "the tables of the gateway cannot be read");
    status(&GatewayError::Unavailable(error))
}

/// Whose use is asked for; an empty text for all.
struct Whose {
    key: String,
    tenant: String,
}

impl Service {
    /// Errors: it is another's, and the caller may not see others.
    fn whose(caller: &Caller, key: String, tenant: String) -> Result<Whose, Status> {
        if key.is_empty() && tenant.is_empty() {
            return Ok(Whose { key: caller.key.clone(), tenant: caller.tenant.clone() });
        }
        let is_own = key == caller.key && (tenant.is_empty() || tenant == caller.tenant);
        if is_own || covers(&caller.scopes, ADMIN) {
            return Ok(Whose { key, tenant });
        }
        let method = "GetUsage of another key or tenant".to_owned();
        Err(status(&DoorError::Scope { method, scope: ADMIN.to_owned() }))
    }

    async fn quota(&self, subject: &Subject, limit: Option<i64>) -> Option<Quota> {
        let limit_units = limit?;
        let used_units = self.fair.usage.used(subject).await;
        let reset_time = Some(to_wire_time(begin_of(month_of(self.clock.now()).1)));
        Some(Quota { limit_units, used_units, reset_time })
    }
}

fn time(field: &'static str, time: Option<&prost_types::Timestamp>) -> Result<Option<Timestamp>, Violations> {
    let read = |time| from_wire_time(time).map_err(|why| Violation::new(field, "INVALID_TIME", why).into());
    time.map(read).transpose()
}

#[tonic::async_trait]
impl GatewayService for Service {
    async fn get_usage(&self, request: Request<GetUsageRequest>) -> Result<Response<GetUsageResponse>, Status> {
        let caller = Caller::of(&request)?;
        let GetUsageRequest { key, tenant, start_time, end_time } = request.into_inner();
        let whose = Self::whose(&caller, key, tenant)?;
        let mut problems = Violations::default();
        let start = problems.take(time("start_time", start_time.as_ref())).flatten();
        let end = problems.take(time("end_time", end_time.as_ref())).flatten();
        let now = self.clock.now();
        let begin = start.map_or(month_of(now).0, day_of);
        let end = end.map_or(day_of(now) + 1, day_of);
        if end - begin > MAX_DAYS {
            let told = format!("{} days are asked for; accepted are up to {MAX_DAYS}", end - begin);
            problems.add("end_time", "OUT_OF_RANGE", told);
        }
        problems.check().map_err(|problems| status(&problems))?;
        let asked = usage::Asked { key: whose.key.clone(), tenant: whose.tenant.clone(), begin, end };
        let told = self.fair.usage.told(&asked).await.map_err(away)?;
        let stored = match whose.key.as_str() {
            "" => None,
            key => self.keys.find(key).await.map_err(away)?,
        };
        let own = stored.as_ref().and_then(|stored| stored.monthly_quota);
        let tenant = stored.map_or(whose.tenant, |stored| stored.tenant);
        let key_limit = self.fair.key_quota(own).filter(|_| !whose.key.is_empty());
        let tenant_limit = self.fair.tenant_quota().filter(|_| !tenant.is_empty());
        let days = told.rows.into_iter().map(|row| UsageDay {
            day: date_of(row.day).to_string(),
            key: row.key,
            tenant: row.tenant,
            method: row.method,
            call_count: row.calls,
            quota_units: row.units,
        });
        Ok(Response::new(GetUsageResponse {
            days: days.collect(),
            quota_units: told.units,
            call_count: told.calls,
            key_quota: self.quota(&Subject::Key(whose.key), key_limit).await,
            tenant_quota: self.quota(&Subject::Tenant(tenant), tenant_limit).await,
        }))
    }

    async fn list_audit_events(
        &self,
        request: Request<ListAuditEventsRequest>,
    ) -> Result<Response<ListAuditEventsResponse>, Status> {
        let lines = self.lines.as_ref().ok_or_else(|| status(&GatewayError::NoLog))?;
        let ListAuditEventsRequest { tenant, key, method, start_time, end_time, page_size, page_token } =
            request.into_inner();
        let mut problems = Violations::default();
        let begin = problems.take(time("start_time", start_time.as_ref())).flatten();
        let end = problems.take(time("end_time", end_time.as_ref())).flatten();
        let count = problems.take(page::size(page_size, PAGE, MAX_PAGE));
        if !page_token.is_empty() && !is_id(&page_token) {
            problems.add("page_token", "INVALID_PAGE_TOKEN", "not a token of a page of this list");
        }
        problems.check().map_err(|problems| status(&problems))?;
        let count = count.unwrap_or(PAGE);
        // One more tells whether there is a further page.
        let asked = audit::Asked { tenant, key, method, begin, end, before: page_token, count: count + 1 };
        let mut found = lines.list(&asked).await.map_err(away)?;
        let goes_on = found.len() > count;
        found.truncate(count);
        let next_page_token = found.last().filter(|_| goes_on).map(|last| last.id.clone()).unwrap_or_default();
        let events = found.into_iter().map(event).collect();
        Ok(Response::new(ListAuditEventsResponse { events, next_page_token }))
    }
}

fn is_id(text: &str) -> bool {
    text.len() <= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn event(event: audit::Event) -> AuditEvent {
    // Below a million, and the cast loses nothing.
    let nanos = (event.duration.rem_euclid(1_000_000) * 1_000) as i32;
    AuditEvent {
        id: event.id,
        end_time: Some(to_wire_time(event.ended_at)),
        duration: Some(prost_types::Duration { seconds: event.duration.div_euclid(1_000_000), nanos }),
        tenant: event.tenant,
        key: event.key,
        method: event.method,
        code: event.code,
        reason: event.reason,
        quota_units: event.units,
        request_id: event.request_id,
        peer_address: event.peer_address,
    }
}
