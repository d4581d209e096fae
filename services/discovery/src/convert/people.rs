//! Owns what the words of the wire about contacts and persons mean here and the other way round. Never I/O.

use creatorscope_domain::Source;
use creatorscope_kit::fault::Violations;
use creatorscope_proto::discovery::v1::{self as pb, propose_person_links_response as proposed};

use super::{read_time, time};
use crate::{
    contact::{self, ContactDraft},
    proposals::Proposal,
    service::ContactAnswer,
    store::Account,
};

/// A contact of the wire, before it is looked at, and what cannot even be read.
pub(crate) fn contact_draft(contact: Option<pb::Contact>) -> (ContactDraft, Violations) {
    let mut problems = Violations::default();
    let Some(contact) = contact else {
        problems.add("contact", "REQUIRED", "the contact is missing");
        return (ContactDraft::default(), problems);
    };
    let source = Source::from_number(contact.source);
    if source.is_none() && contact.source != 0 {
        problems.add("contact.source", "UNKNOWN_VALUE", format!("{} is not the number of a source", contact.source));
    }
    let observe_time = contact.observe_time.and_then(|time| read_time(&mut problems, "contact.observe_time", time));
    let pb::Contact { name, emails, agency, links, .. } = contact;
    (ContactDraft { name, emails, agency, links, source, observe_time }, problems)
}

/// A contact for the wire.
pub(crate) fn contact(answer: ContactAnswer) -> pb::Contact {
    let contact = answer.contact;
    pb::Contact {
        name: contact::name(&answer.id),
        emails: contact.emails,
        agency: contact.agency,
        links: contact.links,
        source: contact.source.number(),
        observe_time: Some(time(contact.observe_time)),
        expire_time: answer.expire_time.map(time),
    }
}

/// A person for the wire.
pub(crate) fn person(name: String, accounts: Vec<Account>) -> pb::Person {
    let account = |account: Account| {
        let link = if account.by_call { pb::PersonLink::Call } else { pb::PersonLink::Profile };
        pb::PersonAccount { creator: format!("creators/{}", account.creator), link: link.into() }
    };
    pb::Person { name, accounts: accounts.into_iter().map(account).collect() }
}

/// A proposal for the wire.
pub(crate) fn proposal((proposal, person): (Proposal, String)) -> proposed::Proposal {
    let evidence = proposal.evidence.into_iter().map(|(sign, description)| proposed::Evidence {
        creator: format!("creators/{}", sign.shown_by),
        link: sign.link,
        description,
    });
    proposed::Proposal {
        creator: format!("creators/{}", proposal.other),
        confidence: proposal.confidence,
        evidence: evidence.collect(),
        person,
    }
}
