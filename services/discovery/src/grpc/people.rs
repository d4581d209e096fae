//! Owns the face of contacts and persons on the wire, and the trail of who asked for a contact. Never a rule.

use creatorscope_kit::fault::{Fault, Violations};
use creatorscope_proto::discovery::v1 as pb;
use tonic::{Response, Status};
use tracing::info;

use super::{Answer, refuse};
use crate::{
    contact, convert,
    service::{Service, ServiceError},
};

/// Writes who was asked about, and what came of it, never what was answered.
fn audited<T>(method: &'static str, name: &str, answer: Result<T, ServiceError>) -> Result<T, Status> {
    let outcome = answer.as_ref().map_or_else(Fault::reason, |_| "OK");
    // What is no name could be anything, an address as well.
    let id = contact::parse_name(&mut Violations::default(), "name", name);
    let resource = id.map_or_else(|| "(no name)".to_owned(), |id| contact::name(&id));
    info!(target: "audit", method, resource, outcome, "a contact was asked for or changed");
    answer.map_err(refuse)
}

pub(super) async fn get_contact(service: &Service, request: pb::GetContactRequest) -> Answer<pb::GetContactResponse> {
    let found = audited("GetContact", &request.name, service.contact(&request.name).await)?;
    Ok(Response::new(pb::GetContactResponse { contact: Some(convert::people::contact(found)) }))
}

pub(super) async fn update_contact(
    service: &Service,
    request: pb::UpdateContactRequest,
) -> Answer<pb::UpdateContactResponse> {
    let name = request.contact.as_ref().map(|contact| contact.name.clone()).unwrap_or_default();
    let (draft, problems) = convert::people::contact_draft(request.contact);
    let kept = audited("UpdateContact", &name, service.set_contact(&draft, problems).await)?;
    Ok(Response::new(pb::UpdateContactResponse { contact: Some(convert::people::contact(kept)) }))
}

pub(super) async fn delete_contact(
    service: &Service,
    request: pb::DeleteContactRequest,
) -> Answer<pb::DeleteContactResponse> {
    let removed = service.remove_contact(&request.name, request.allow_missing).await;
    audited("DeleteContact", &request.name, removed)?;
    Ok(Response::new(pb::DeleteContactResponse {}))
}

pub(super) async fn get_person(service: &Service, request: pb::GetPersonRequest) -> Answer<pb::GetPersonResponse> {
    let accounts = service.person(&request.name).await.map_err(refuse)?;
    Ok(Response::new(pb::GetPersonResponse { person: Some(convert::people::person(request.name, accounts)) }))
}

pub(super) async fn propose_person_links(
    service: &Service,
    request: pb::ProposePersonLinksRequest,
) -> Answer<pb::ProposePersonLinksResponse> {
    let proposals = service.proposals(&request.name).await.map_err(refuse)?;
    let proposals = proposals.into_iter().map(convert::people::proposal).collect();
    Ok(Response::new(pb::ProposePersonLinksResponse { proposals }))
}

pub(super) async fn link_person(service: &Service, request: pb::LinkPersonRequest) -> Answer<pb::LinkPersonResponse> {
    let (accounts, token) = service.link(&request.name, &request.creators).await.map_err(refuse)?;
    let person = Some(convert::people::person(request.name, accounts));
    Ok(Response::new(pb::LinkPersonResponse { person, change_token: token.to_string() }))
}

pub(super) async fn unlink_person(
    service: &Service,
    request: pb::UnlinkPersonRequest,
) -> Answer<pb::UnlinkPersonResponse> {
    let (accounts, token) = service.unlink(&request.name, &request.creators).await.map_err(refuse)?;
    let person = Some(convert::people::person(request.name, accounts));
    Ok(Response::new(pb::UnlinkPersonResponse { person, change_token: token.to_string() }))
}
