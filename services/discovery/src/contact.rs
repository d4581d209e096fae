//! Owns ways to reach a creator: their rules, and how what was given and what was found in a profile become one answer. Never
//! how they are kept.

pub mod address;

use creatorscope_domain::{CreatorId, Source};
use creatorscope_kit::fault::Violations;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The most addresses, and the most links.
pub const MAX_ITEMS: usize = 20;
/// Longest agency, in characters.
const MAX_AGENCY: usize = 300;
/// Longest address, in bytes (RFC 5321).
const MAX_ADDRESS: usize = 254;
/// Longest link, in characters.
const MAX_LINK: usize = 2_000;
/// How far in the future a contact may have been read, because clocks differ.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Ways to reach a creator, as one source told them at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// E-mail addresses; up to 20.
    pub emails: Vec<String>,
    /// Up to 300 characters, or empty.
    pub agency: String,
    /// Up to 20.
    pub links: Vec<String>,
    /// Where it was read.
    pub source: Source,
    /// When it was read.
    pub observe_time: Timestamp,
}

/// The part of a contact that is sealed.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) emails: Vec<String>,
    pub(crate) agency: String,
    pub(crate) links: Vec<String>,
}

/// A contact as somebody gave it, before it was looked at. The fields are those of the contract.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct ContactDraft {
    pub name: String,
    pub emails: Vec<String>,
    pub agency: String,
    pub links: Vec<String>,
    pub source: Option<Source>,
    pub observe_time: Option<Timestamp>,
}

impl Contact {
    /// Makes a contact of a draft. Errors: everything that is wrong, with the field; `problems` are what was found before. No
    /// message repeats an address.
    pub fn new(
        draft: &ContactDraft,
        mut problems: Violations,
        now: Timestamp,
    ) -> Result<(CreatorId, Self), Violations> {
        let id = parse_name(&mut problems, "contact.name", &draft.name);
        if draft.source.is_none() {
            problems.add("contact.source", "REQUIRED", "the source of the contact is missing");
        }
        match draft.observe_time {
            None => problems.add("contact.observe_time", "REQUIRED", "the time at which it was read is missing"),
            Some(time) if time > now + CLOCK_TOLERANCE => {
                problems.add("contact.observe_time", "FUTURE_TIME", format!("{time} is in the future; it is {now}"));
            }
            Some(_) => {}
        }
        let agency = draft.agency.trim().to_owned();
        let length = agency.chars().count();
        if length > MAX_AGENCY {
            let found = format!("{length} characters; at most {MAX_AGENCY} are accepted");
            problems.add("contact.agency", "TOO_LONG", found);
        }
        for (field, values) in [("contact.emails", &draft.emails), ("contact.links", &draft.links)] {
            if values.len() > MAX_ITEMS {
                let found = format!("{} values; at most {MAX_ITEMS} are accepted", values.len());
                problems.add(field, "TOO_MANY", found);
            }
        }
        let mut emails: Vec<String> = Vec::with_capacity(draft.emails.len());
        for (place, text) in draft.emails.iter().enumerate() {
            match address::whole(text).filter(|address| address.len() <= MAX_ADDRESS) {
                Some(address) => push_new(&mut emails, address),
                None => problems.add(
                    format!("contact.emails[{place}]"),
                    "INVALID_EMAIL",
                    format!("it is not an e-mail address of at most {MAX_ADDRESS} bytes such as name@example.com"),
                ),
            }
        }
        let mut links: Vec<String> = Vec::with_capacity(draft.links.len());
        for (place, text) in draft.links.iter().enumerate() {
            let link = text.trim();
            if link.chars().count() > MAX_LINK {
                let field = format!("contact.links[{place}]");
                problems.add(field, "TOO_LONG", format!("at most {MAX_LINK} characters are accepted"));
            } else if !link.is_empty() {
                push_new(&mut links, link.to_owned());
            }
        }
        let (Some(id), Some(source), Some(observe_time)) = (id, draft.source, draft.observe_time) else {
            return Err(problems);
        };
        problems.check()?;
        let contact = Self { emails, agency, links, source, observe_time };
        if contact.is_empty() {
            let mut problems = Violations::default();
            problems.add("contact", "REQUIRED", "it names no way; delete the contact to remove it");
            return Err(problems);
        }
        Ok((id, contact))
    }

    /// Whether it names no way at all.
    pub fn is_empty(&self) -> bool {
        self.emails.is_empty() && self.agency.is_empty() && self.links.is_empty()
    }

    /// This contact with the addresses of another that it lacks. Source and time stay.
    #[must_use]
    pub fn with_those_of(mut self, other: Self) -> Self {
        for email in other.emails {
            if self.emails.len() < MAX_ITEMS && !self.emails.iter().any(|known| known.eq_ignore_ascii_case(&email)) {
                self.emails.push(email);
            }
        }
        self
    }
}

fn push_new(list: &mut Vec<String>, value: String) {
    if !list.iter().any(|known| known.eq_ignore_ascii_case(&value)) {
        list.push(value);
    }
}

/// Reads `creators/{creator}/contact`; notes what is wrong.
pub fn parse_name(problems: &mut Violations, field: &str, name: &str) -> Option<CreatorId> {
    let Some(creator) = name.strip_suffix("/contact") else {
        let found: String = name.chars().take(80).collect();
        let found = format!("`{found}` is not a name of the form `creators/{{platform}}:{{platform_id}}/contact`");
        problems.add(field, "INVALID_NAME", found);
        return None;
    };
    match CreatorId::parse_name(creator) {
        Ok(id) => Some(id),
        Err(error) => {
            problems.add(field, error.reason(), error.to_string());
            None
        }
    }
}

/// The name of a creator's contact.
pub fn name(id: &CreatorId) -> String {
    format!("{}/contact", id.name())
}
