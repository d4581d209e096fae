//! Owns what all kept resources have in common, and who calls. Never a rule of one of them.
//!
//! A resource is kept and handled as its message of the contract: there is no third form beside wire and row.

use creatorscope_kit::{clock::to_wire_time, db::timestamp};
use creatorscope_proto::campaign::v1 as pb;

/// What kind of resource a row is; the numbers stand in tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// [`pb::Brand`].
    Brand = 1,
    /// [`pb::Campaign`].
    Campaign = 2,
    /// [`pb::Participant`].
    Participant = 3,
    /// [`pb::Deliverable`].
    Deliverable = 4,
}

impl Kind {
    /// The number in tables.
    pub fn number(self) -> i64 {
        self as i64
    }

    /// The kind of a number in tables.
    pub fn from_number(number: i64) -> Option<Self> {
        [Self::Brand, Self::Campaign, Self::Participant, Self::Deliverable]
            .into_iter()
            .find(|kind| kind.number() == number)
    }

    /// The type in `ResourceInfo`.
    pub fn resource_type(self) -> &'static str {
        match self {
            Self::Brand => "creatorscope.dev/Brand",
            Self::Campaign => "creatorscope.dev/Campaign",
            Self::Participant => "creatorscope.dev/Participant",
            Self::Deliverable => "creatorscope.dev/Deliverable",
        }
    }

    /// The full name of its message.
    pub fn message(self) -> &'static str {
        match self {
            Self::Brand => "creatorscope.campaign.v1.Brand",
            Self::Campaign => "creatorscope.campaign.v1.Campaign",
            Self::Participant => "creatorscope.campaign.v1.Participant",
            Self::Deliverable => "creatorscope.campaign.v1.Deliverable",
        }
    }

    /// One of it, lower case.
    pub fn singular(self) -> &'static str {
        match self {
            Self::Brand => "brand",
            Self::Campaign => "campaign",
            Self::Participant => "participant",
            Self::Deliverable => "deliverable",
        }
    }

    /// The collection in its names.
    pub fn collection(self) -> &'static str {
        match self {
            Self::Brand => "brands",
            Self::Campaign => "campaigns",
            Self::Participant => "participants",
            Self::Deliverable => "deliverables",
        }
    }
}

/// A message that is kept under a name, with a version and, mostly, a state.
pub trait Resource: prost::Message + Default + Clone + PartialEq + Send + Sync + 'static {
    /// What it is.
    const KIND: Kind;
    /// Its name.
    fn name(&self) -> &str;
    /// What it belongs to; see the table.
    fn parent(&self) -> &str;
    /// Whose it is: of a participant the creator, of a deliverable the participant; empty otherwise.
    fn owner(&self) -> &str {
        ""
    }
    /// Its state as on the wire; 0 when it has none.
    fn state(&self) -> i32 {
        0
    }
    /// Its state as the contract names it; empty when it has none.
    fn state_name(&self) -> &'static str {
        ""
    }
    /// Sets what the table knows better than the message.
    fn stamp(&mut self, name: &str, stamp: &Stamp);
    /// Its `etag`.
    fn etag(&self) -> &str;
}

/// What a row says of its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// From 1, rising with every change.
    pub version: i64,
    /// When it was made, microseconds since the epoch.
    pub created_at: i64,
    /// When it was changed last, microseconds since the epoch.
    pub updated_at: i64,
}

impl Stamp {
    /// The `etag`: another one for every version, also of a resource that was removed and made again.
    pub fn etag(&self) -> String {
        format!("{:x}-{:x}", self.created_at, self.version)
    }

    fn create_time(&self) -> Option<prost_types::Timestamp> {
        Some(to_wire_time(timestamp(self.created_at)))
    }

    fn update_time(&self) -> Option<prost_types::Timestamp> {
        Some(to_wire_time(timestamp(self.updated_at)))
    }
}

/// The campaign of a participant's or deliverable's name; the name itself for a campaign's.
pub fn campaign_of(name: &str) -> &str {
    let mut slashes = name.match_indices('/');
    match slashes.nth(1) {
        Some((end, _)) => &name[..end],
        None => name,
    }
}

impl Resource for pb::Brand {
    const KIND: Kind = Kind::Brand;
    fn name(&self) -> &str {
        &self.name
    }
    fn parent(&self) -> &str {
        ""
    }
    fn stamp(&mut self, name: &str, stamp: &Stamp) {
        name.clone_into(&mut self.name);
        (self.etag, self.create_time, self.update_time) = (stamp.etag(), stamp.create_time(), stamp.update_time());
    }
    fn etag(&self) -> &str {
        &self.etag
    }
}

impl Resource for pb::Campaign {
    const KIND: Kind = Kind::Campaign;
    fn name(&self) -> &str {
        &self.name
    }
    fn parent(&self) -> &str {
        &self.brand
    }
    fn state(&self) -> i32 {
        self.state
    }
    fn state_name(&self) -> &'static str {
        pb::Campaign::state(self).as_str_name()
    }
    fn stamp(&mut self, name: &str, stamp: &Stamp) {
        name.clone_into(&mut self.name);
        (self.etag, self.create_time, self.update_time) = (stamp.etag(), stamp.create_time(), stamp.update_time());
    }
    fn etag(&self) -> &str {
        &self.etag
    }
}

impl Resource for pb::Participant {
    const KIND: Kind = Kind::Participant;
    fn name(&self) -> &str {
        &self.name
    }
    fn parent(&self) -> &str {
        campaign_of(&self.name)
    }
    fn owner(&self) -> &str {
        &self.creator
    }
    fn state(&self) -> i32 {
        self.state
    }
    fn state_name(&self) -> &'static str {
        pb::Participant::state(self).as_str_name()
    }
    fn stamp(&mut self, name: &str, stamp: &Stamp) {
        name.clone_into(&mut self.name);
        (self.etag, self.create_time, self.update_time) = (stamp.etag(), stamp.create_time(), stamp.update_time());
    }
    fn etag(&self) -> &str {
        &self.etag
    }
}

impl Resource for pb::Deliverable {
    const KIND: Kind = Kind::Deliverable;
    fn name(&self) -> &str {
        &self.name
    }
    fn parent(&self) -> &str {
        campaign_of(&self.name)
    }
    fn owner(&self) -> &str {
        &self.participant
    }
    fn state(&self) -> i32 {
        self.state
    }
    fn state_name(&self) -> &'static str {
        pb::Deliverable::state(self).as_str_name()
    }
    fn stamp(&mut self, name: &str, stamp: &Stamp) {
        name.clone_into(&mut self.name);
        (self.etag, self.create_time, self.update_time) = (stamp.etag(), stamp.create_time(), stamp.update_time());
    }
    fn etag(&self) -> &str {
        &self.etag
    }
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Whose brands and campaigns are seen.
    pub tenant: String,
    /// The caller's own name, for the log when the request names nobody.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_campaign_of_a_name_is_its_first_two_segments() {
        assert_eq!(campaign_of("campaigns/a/deliverables/b"), "campaigns/a");
        assert_eq!(campaign_of("campaigns/a"), "campaigns/a");
        assert_eq!(campaign_of("brands/x"), "brands/x");
    }
}
