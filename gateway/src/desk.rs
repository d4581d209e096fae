//! Owns a call from the door to its end: let in or refused, its price, its line in the audit log. Never who somebody is, and never
//! what a call means.
//!
//! Nobody learns more than they may: who calls comes first, then what they may do, then what is left for them, then whether there is
//! room. A call that is let in has a [`Ticket`], which is gone when the answer is, however it ends; its line is written then.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};

use creatorscope_kit::{
    caller::Caller,
    fault::{Fault, status},
    layers::REQUEST_ID,
    server::CameFrom,
    transport::Transport,
};
use http::{Extensions, HeaderMap, Request, Response};
use tonic::{Code, Status, body::Body, metadata::MetadataMap};
use tower::ServiceExt;

use crate::{
    audit::Event,
    books::OpenCall,
    door::{Door, DoorError, Known},
    dry,
    fair::{Place, Told, Unfair, usage::Use},
    held::{Held, code_of, hold},
    json::code_name,
    policy::Method,
    toll::Toll,
};

/// What asks to be let in.
pub(crate) struct Asked<'a> {
    /// What is called; none for what is not known or no method.
    pub(crate) method: Option<&'a Arc<Method>>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) extensions: &'a Extensions,
}

impl<'a> Asked<'a> {
    pub(crate) fn of<B>(request: &'a Request<B>, method: Option<&'a Arc<Method>>) -> Self {
        Self { method, headers: request.headers(), extensions: request.extensions() }
    }

    fn peer(&self) -> Option<IpAddr> {
        self.extensions.get::<CameFrom>().map(|from| from.0.ip())
    }
}

/// Why somebody is not let in.
enum Refusal {
    Door(DoorError),
    Unfair(Unfair),
    DryRun(dry::Unclear),
}

impl Refusal {
    fn fault(&self) -> &dyn Fault {
        match self {
            Self::Door(fault) => fault,
            Self::Unfair(fault) => fault,
            Self::DryRun(fault) => fault,
        }
    }

    fn into_status(self) -> Status {
        let mut status = status(self.fault());
        if let Self::Unfair(fault) = &self {
            let mut headers = HeaderMap::new();
            fault.told().mark(&mut headers);
            *status.metadata_mut() = MetadataMap::from_headers(headers);
        }
        status
    }
}

impl From<DoorError> for Refusal {
    fn from(fault: DoorError) -> Self {
        Self::Door(fault)
    }
}

impl From<Unfair> for Refusal {
    fn from(fault: Unfair) -> Self {
        Self::Unfair(fault)
    }
}

impl Door {
    /// Lets a call in, or not. Errors: `UNAUTHENTICATED`, `PERMISSION_DENIED`, `RESOURCE_EXHAUSTED` in this order.
    pub(crate) async fn admit(self: &Arc<Self>, asked: &Asked<'_>) -> Result<Ticket, Status> {
        let mut line = Line::begin(self, asked);
        match self.consider(asked, &mut line).await {
            Ok(let_in) => Ok(Ticket { line, let_in, _open: self.open.one() }),
            Err(refusal) => {
                line.reason = refusal.fault().reason();
                line.code = Some(refusal.fault().code());
                Err(refusal.into_status())
            }
        }
    }

    async fn consider(&self, asked: &Asked<'_>, line: &mut Line) -> Result<LetIn, Refusal> {
        let known = self.known(asked.headers).await?;
        let caller = Arc::new(known.caller.clone());
        line.caller = Some(Arc::clone(&caller));
        let Some(method) = asked.method else { return Ok(LetIn::without_price(caller)) };
        self.permit(&caller, method)?;
        let is_dry = dry::asked(asked.headers).map_err(Refusal::DryRun)?;
        let price = if is_dry { dry::price(method) } else { method.quota_cost };
        let told = if price == 0 && !is_dry { Told::default() } else { self.fair.take(&known, price).await? };
        let stream = if method.is_stream() && !is_dry { Some(self.fair.stream(&caller.key)?) } else { None };
        line.charge(method, &known, price);
        Ok(LetIn { caller, told, is_dry, _stream: stream })
    }
}

/// What was found of a call that is let in.
struct LetIn {
    caller: Arc<Caller>,
    told: Told,
    is_dry: bool,
    _stream: Option<Place>,
}

impl LetIn {
    fn without_price(caller: Arc<Caller>) -> Self {
        Self { caller, told: Told::default(), is_dry: false, _stream: None }
    }
}

/// A call that was let in, until its answer has ended.
pub(crate) struct Ticket {
    line: Line,
    let_in: LetIn,
    /// So that the end of the process waits for its line.
    _open: OpenCall,
}

impl Ticket {
    /// Whether the caller asks what the call would cost, in place of making it.
    pub(crate) fn is_dry(&self) -> bool {
        self.let_in.is_dry
    }

    /// What answers say of what is left.
    pub(crate) fn told(&self) -> Told {
        self.let_in.told
    }

    /// The call ends here, with this code.
    pub(crate) fn end(&mut self, code: Code) {
        self.line.code = Some(code);
    }

    /// Carries the call to its peer, which is shown who calls, and goes with the answer to its end. Errors: the transport's.
    pub(crate) async fn carry(mut self, peer: Transport, mut request: Request<Body>) -> Result<Response<Body>, Status> {
        self.line.door.introduce(&self.let_in.caller, request.headers_mut());
        if let Some(toll) = self.toll() {
            request = request.map(|body| toll.over(body));
        }
        match peer.oneshot(request).await {
            Ok(mut response) => {
                self.let_in.told.mark(response.headers_mut());
                self.line.code = code_of(response.headers());
                Ok(hold(response, self))
            }
            Err(status) => {
                self.end(status.code());
                Err(status)
            }
        }
    }

    /// What later messages of the client's stream cost; none for other calls.
    fn toll(&self) -> Option<Toll> {
        let method = self.line.method.as_ref()?;
        let streams = method.descriptor.is_client_streaming() && method.quota_cost > 0;
        let (door, caller) = (Arc::clone(&self.line.door), Arc::clone(&self.let_in.caller));
        let (charged, further) = (self.line.charged.clone()?, Arc::clone(&self.line.further));
        streams.then(|| Toll::new(door, caller, charged, further, method.quota_cost))
    }
}

impl Held for Ticket {
    fn ended(&mut self, code: Code) {
        // What the headers of the answer said stays.
        self.line.code.get_or_insert(code);
    }
}

/// What will be written of a call, when this is dropped.
struct Line {
    door: Arc<Door>,
    method: Option<Arc<Method>>,
    caller: Option<Arc<Caller>>,
    /// What it costs; none as long as it is not let in.
    charged: Option<Arc<Use>>,
    /// Units of further messages.
    further: Arc<AtomicI64>,
    /// None when the caller went away before the end.
    code: Option<Code>,
    /// Why the door refused it.
    reason: &'static str,
    request_id: String,
    peer: Option<IpAddr>,
    begun: Instant,
}

impl Line {
    fn begin(door: &Arc<Door>, asked: &Asked<'_>) -> Self {
        let request_id = asked.headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
        Self {
            door: Arc::clone(door),
            method: asked.method.cloned(),
            caller: None,
            charged: None,
            further: Arc::default(),
            code: None,
            reason: "",
            request_id,
            peer: asked.peer(),
            begun: Instant::now(),
        }
    }

    fn charge(&mut self, method: &Method, known: &Known, price: u32) {
        let Caller { key, tenant, .. } = &known.caller;
        let (key, tenant, method) = (key.clone(), tenant.clone(), method.shown().into());
        let charged = Use { key, tenant, method, units: price.into() };
        self.door.fair.usage.begin(&charged);
        self.charged = Some(Arc::new(charged));
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let code = self.code.unwrap_or(Code::Cancelled);
        let mut units = 0;
        if let Some(charged) = &self.charged {
            // What no service answered costs nothing.
            let pays = code != Code::Unavailable;
            self.door.fair.usage.end(charged, pays);
            units = self.further.load(Ordering::Relaxed) + if pays { charged.units } else { 0 };
        }
        // Pages of documentation are no calls.
        let is_call = self.method.is_some() || code != Code::Ok;
        if is_call && self.door.audit.wants(self.method.as_deref(), code) {
            let event = self.event(code, units);
            self.door.audit.leave(event);
        }
    }
}

impl Line {
    fn event(&mut self, code: Code, units: i64) -> Event {
        let (tenant, key) = match &self.caller {
            Some(caller) => (caller.tenant.clone(), caller.key.clone()),
            None => Default::default(),
        };
        let ended_at = self.door.clock.now();
        Event {
            id: self.door.audit.id(ended_at),
            ended_at,
            duration: i64::try_from(self.begun.elapsed().as_micros()).unwrap_or(i64::MAX),
            tenant,
            key,
            method: self.method.as_ref().map(|method| method.shown().to_owned()).unwrap_or_default(),
            code: code_name(code).to_owned(),
            reason: self.reason.to_owned(),
            units,
            request_id: std::mem::take(&mut self.request_id),
            peer_address: self.peer.map(|peer| peer.to_string()).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests;
