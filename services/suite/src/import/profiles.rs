//! Owns gathering what the rows of one import say about each creator. Never sends it.

use std::collections::{BTreeMap, HashMap, HashSet};

use creatorscope_domain::{CreatorId, Source};
use creatorscope_proto::discovery::v1::{Contact, Creator};
use creatorscope_proto::metrics::v1::PostRecord;
use jiff::Timestamp;

use super::items::{ContactWords, Items, PostItem, Profile, domain_time, wire_time};

/// Most hashtags of a profile.
const HASHTAGS: usize = 50;
/// Most recent titles of a profile.
const TITLES: usize = 20;

/// What is known about the creators of one import, the same whatever the order of equal rows.
#[derive(Debug, Default)]
pub(super) struct Profiles {
    creators: BTreeMap<CreatorId, Gathered>,
}

#[derive(Debug, Default)]
struct Gathered {
    /// What rows with a profile say, the time of the latest of them and where it was read.
    profile: Option<(Profile, Timestamp, Source)>,
    /// Posts whose hashtags and title are counted, by hash.
    posts: HashSet<u64>,
    hashtags: HashMap<String, u32>,
    /// Newest first.
    titles: Vec<(Timestamp, String)>,
}

impl Profiles {
    /// Adds what one row says.
    pub(super) fn add(&mut self, items: &Items) {
        if items.profile.is_none() && items.post.is_none() {
            return;
        }
        let gathered = self.creators.entry(items.creator.clone()).or_default();
        if let Some(profile) = &items.profile {
            gathered.add_profile(profile, items.observed_at, items.source);
        }
        if let Some(PostItem::Record(record)) = &items.post {
            gathered.add_post(record, items.observed_at);
        }
    }

    /// Creators of whom only posts are told.
    pub(super) fn without_profile(&self) -> u64 {
        self.creators.values().filter(|gathered| gathered.profile.is_none()).count() as u64
    }

    /// The ways to reach creators that rows told.
    pub(super) fn contacts(&self) -> HashMap<CreatorId, Contact> {
        let contact = |(id, gathered): (&CreatorId, &Gathered)| {
            let (profile, observed_at, source) = gathered.profile.as_ref()?;
            let words = Some(&profile.contact).filter(|words| **words != ContactWords::default())?;
            let contact = Contact {
                name: format!("{}/contact", id.name()),
                emails: words.emails.clone(),
                agency: words.agency.clone(),
                links: words.links.clone(),
                source: source.number(),
                observe_time: Some(wire_time(*observed_at)),
                ..Contact::default()
            };
            Some((id.clone(), contact))
        };
        self.creators.iter().filter_map(contact).collect()
    }

    /// The profiles of all creators of whom a row said more than posts, in the order of their ids.
    pub(super) fn into_creators(self) -> Vec<(CreatorId, Creator)> {
        self.creators
            .into_iter()
            .filter_map(|(id, gathered)| gathered.into_creator(&id).map(|creator| (id, creator)))
            .collect()
    }
}

impl Gathered {
    fn add_profile(&mut self, profile: &Profile, observed_at: Timestamp, source: Source) {
        self.profile = Some(match self.profile.take() {
            None => (profile.clone(), observed_at, source),
            Some((known, time, _)) if observed_at > time => (merged(profile.clone(), known), observed_at, source),
            Some((known, time, source)) => (merged(known, profile.clone()), time, source),
        });
    }

    fn add_post(&mut self, record: &PostRecord, observed_at: Timestamp) {
        let Some(post) = &record.post else { return };
        if !self.posts.insert(short_hash(&post.name)) {
            return;
        }
        for tag in &post.hashtags {
            *self.hashtags.entry(tag.clone()).or_default() += 1;
        }
        let time = post.publish_time.as_ref().and_then(domain_time).unwrap_or(observed_at);
        if post.title.is_empty() || self.titles.iter().any(|(_, title)| *title == post.title) {
            return;
        }
        let place = self.titles.partition_point(|(known, _)| *known >= time);
        if place < TITLES {
            self.titles.insert(place, (time, post.title.clone()));
            self.titles.truncate(TITLES);
        }
    }

    fn into_creator(self, id: &CreatorId) -> Option<Creator> {
        let (profile, observed_at, source) = self.profile?;
        let mut hashtags: Vec<(String, u32)> = self.hashtags.into_iter().collect();
        hashtags.sort_by(|(tag, count), (other, more)| more.cmp(count).then_with(|| tag.cmp(other)));
        Some(Creator {
            name: id.name(),
            display_name: profile.display_name,
            handle: profile.handle,
            bio: profile.bio,
            country: profile.country,
            languages: profile.languages,
            niches: profile.niches,
            topics: profile.topics,
            hashtags: hashtags.into_iter().take(HASHTAGS).map(|(tag, _)| tag).collect(),
            recent_titles: self.titles.into_iter().map(|(_, title)| title).collect(),
            verified: profile.verified,
            account_create_time: profile.account_create_time.map(wire_time),
            links: profile.links,
            source: source.number(),
            observe_time: Some(wire_time(observed_at)),
            ..Creator::default()
        })
    }
}

/// The first, completed by the second.
fn merged(first: Profile, second: Profile) -> Profile {
    let text = |first: String, second: String| if first.is_empty() { second } else { first };
    let list = |first: Vec<String>, second: Vec<String>| if first.is_empty() { second } else { first };
    Profile {
        display_name: text(first.display_name, second.display_name),
        handle: text(first.handle, second.handle),
        bio: text(first.bio, second.bio),
        country: text(first.country, second.country),
        languages: list(first.languages, second.languages),
        niches: list(first.niches, second.niches),
        topics: list(first.topics, second.topics),
        links: list(first.links, second.links),
        verified: first.verified.or(second.verified),
        account_create_time: first.account_create_time.or(second.account_create_time),
        contact: ContactWords {
            emails: list(first.contact.emails, second.contact.emails),
            agency: text(first.contact.agency, second.contact.agency),
            links: list(first.contact.links, second.contact.links),
        },
    }
}

/// The first 8 bytes of a text's BLAKE3 hash.
pub(super) fn short_hash(text: &str) -> u64 {
    blake3::hash(text.as_bytes()).as_bytes().iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use creatorscope_domain::Platform;
    use creatorscope_proto::metrics::v1::Post;

    use super::*;

    fn row(post: &str, second: i64, title: &str, tags: &[&str]) -> Items {
        let creator = CreatorId::new(Platform::Tiktok, "ada").expect("valid");
        let time = Timestamp::from_second(second).expect("valid");
        let post = Post {
            name: format!("{}/posts/{post}", creator.name()),
            title: title.into(),
            hashtags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            publish_time: Some(wire_time(time)),
            ..Post::default()
        };
        let record = PostRecord { post: Some(post), ..PostRecord::default() };
        let profile = Profile { display_name: format!("Ada {second}"), ..Profile::default() };
        let post = Some(PostItem::Record(Box::new(record)));
        Items {
            creator,
            observed_at: time,
            source: Source::File,
            profile: Some(profile),
            account: None,
            post,
            comments: Vec::new(),
        }
    }

    #[test]
    fn a_profile_has_the_most_used_hashtags_first_and_the_newest_titles_first_and_counts_each_post_once() {
        let mut profiles = Profiles::default();
        for items in [
            row("1", 10, "old", &["b", "a"]),
            row("2", 30, "new", &["a"]),
            row("1", 10, "old", &["b"]),
            row("3", 20, "mid", &[]),
        ] {
            profiles.add(&items);
        }
        let creators = profiles.into_creators();
        assert_eq!(creators.len(), 1);
        let creator = &creators[0].1;
        assert_eq!(creator.hashtags, ["a", "b"]);
        assert_eq!(creator.recent_titles, ["new", "mid", "old"]);
        assert_eq!(creator.display_name, "Ada 30");
        assert_eq!(creator.observe_time.as_ref().map(|time| time.seconds), Some(30));
    }
}
