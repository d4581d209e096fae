//! Owns posts, counts and records as the contract writes them. Never what is known of them.

use creatorscope_domain::{PostFormat, PostName};
use creatorscope_proto::metrics::v1 as pb;
use jiff::SignedDuration;

use super::{sponsorship::sponsorship, to_wire_time};
use crate::model::{
    AccountCounts, AccountTerm, Counts, Description, Observation, PostCounts, PostRecord, PostState, PostTerm, Reading,
    Term,
};

/// A post as it is known now.
pub fn post_state(state: PostState) -> pb::PostState {
    let PostState { name, described, last, expires } = state;
    let (description, source) = match described {
        Some(described) => (described.description, described.source.number()),
        None => (Description::default(), 0),
    };
    let found = sponsorship(description.detect());
    pb::PostState {
        post: Some(post(&name, description)),
        counts: last.as_ref().map(|observed| post_counts(&observed.counts)),
        observe_time: last.as_ref().map(|observed| to_wire_time(observed.time)),
        source,
        sponsorship: Some(found),
        expire_time: expires.map(to_wire_time),
    }
}

/// A post with the counts that were read with it, as it can be ingested.
pub fn post_record(record: PostRecord) -> pb::PostRecord {
    pb::PostRecord {
        observe_time: Some(to_wire_time(record.observe_time)),
        counts: record.counts.as_ref().map(post_counts),
        source: record.source.number(),
        post: Some(post(&record.name, record.description)),
    }
}

/// An observation, as it can be ingested.
pub fn observation(observation: &Observation) -> pb::Observation {
    let (subject, counts) = match &observation.reading {
        Reading::Account(creator, counts) => (creator.name(), pb::observation::Counts::Account(account_counts(counts))),
        Reading::Post(name, counts) => (name.to_string(), pb::observation::Counts::Post(post_counts(counts))),
    };
    pb::Observation {
        subject,
        observe_time: Some(to_wire_time(observation.observe_time)),
        counts: Some(counts),
        source: observation.source.number(),
    }
}

fn post(name: &PostName, description: Description) -> pb::Post {
    let Description {
        publish_time,
        title,
        caption,
        hashtags,
        format,
        duration,
        language,
        sponsored,
        category,
        verdict: _,
    } = description;
    pb::Post {
        name: name.to_string(),
        publish_time: publish_time.map(to_wire_time),
        title,
        caption,
        hashtags,
        format: format.map_or(0, PostFormat::number),
        duration: duration.map(wire_duration),
        language,
        sponsored,
        category,
    }
}

fn wire_duration(duration: SignedDuration) -> prost_types::Duration {
    prost_types::Duration { seconds: duration.as_secs(), nanos: duration.subsec_nanos() }
}

fn post_counts(counts: &PostCounts) -> pb::PostCounts {
    pb::PostCounts {
        views: counts.get(PostTerm::Views),
        likes: counts.get(PostTerm::Likes),
        dislikes: counts.get(PostTerm::Dislikes),
        comments: counts.get(PostTerm::Comments),
        shares: counts.get(PostTerm::Shares),
        saves: counts.get(PostTerm::Saves),
        hidden: hidden(counts),
    }
}

fn account_counts(counts: &AccountCounts) -> pb::AccountCounts {
    pb::AccountCounts {
        followers: counts.get(AccountTerm::Followers),
        following: counts.get(AccountTerm::Following),
        total_views: counts.get(AccountTerm::TotalViews),
        total_likes: counts.get(AccountTerm::TotalLikes),
        total_posts: counts.get(AccountTerm::TotalPosts),
        hidden: hidden(counts),
    }
}

fn hidden<T: Term>(counts: &Counts<T>) -> Vec<String> {
    T::ALL.iter().filter(|term| counts.hides(**term)).map(|term| term.word().to_owned()).collect()
}
