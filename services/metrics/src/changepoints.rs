//! Owns the days on which platforms changed what a count means. Never what is done about it.

use creatorscope_domain::{Platform, PostFormat};
use jiff::Timestamp;

use crate::model::PostTerm;

/// A day on which a platform changed what a count means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changepoint {
    /// The platform.
    pub platform: Platform,
    /// The count.
    pub term: PostTerm,
    /// The form of post that is concerned; none for all.
    pub format: Option<PostFormat>,
    /// The first day of the new meaning, 00:00 UTC, in seconds since the epoch.
    effective_second: i64,
    /// What changed.
    pub description: &'static str,
    /// Where it is documented.
    pub reference: &'static str,
}

impl Changepoint {
    /// The first instant of the new meaning.
    pub fn effective_time(&self) -> Timestamp {
        Timestamp::from_second(self.effective_second).unwrap_or(Timestamp::MAX)
    }

    /// Whether the change lies after `start` and not after `end`.
    pub fn lies_in(&self, start: Timestamp, end: Timestamp) -> bool {
        start < self.effective_time() && self.effective_time() <= end
    }
}

/// Every known change, by platform and time.
pub static CHANGEPOINTS: &[Changepoint] = &[
    Changepoint {
        platform: Platform::Youtube,
        term: PostTerm::Views,
        format: Some(PostFormat::Short),
        effective_second: 1_743_379_200, // 2025-03-31
        description: "views of Shorts count each play or replay",
        reference: "YouTube Data API, revision history: https://developers.google.com/youtube/v3/revision_history",
    },
    Changepoint {
        platform: Platform::Youtube,
        term: PostTerm::Views,
        format: None,
        effective_second: 1_787_788_800, // 2026-08-27
        description: "views of all formats count from the first frame, autoplay and hover included",
        reference: "YouTube Data API, revision history: https://developers.google.com/youtube/v3/revision_history",
    },
    Changepoint {
        platform: Platform::Instagram,
        term: PostTerm::Views,
        format: None,
        effective_second: 1_745_193_600, // 2025-04-21
        description: "`views` replaces impressions and plays",
        reference: "Instagram Graph API v22 changelog: https://developers.facebook.com/docs/graph-api/changelog/version22.0",
    },
];

/// The changes of one platform's count.
pub fn of(platform: Platform, term: PostTerm) -> impl Iterator<Item = &'static Changepoint> {
    CHANGEPOINTS.iter().filter(move |changepoint| changepoint.platform == platform && changepoint.term == term)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_are_those_of_the_documentation() {
        let days: Vec<String> =
            CHANGEPOINTS.iter().map(|changepoint| changepoint.effective_time().to_string()).collect();
        assert_eq!(days, ["2025-03-31T00:00:00Z", "2026-08-27T00:00:00Z", "2025-04-21T00:00:00Z"]);
    }
}
