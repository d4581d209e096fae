//! Owns how long what a source told may be kept: the settings `[retention]` and the moment of expiry. Never the removal.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::Source;

/// The longest limit that is taken, in days: 100 years.
pub const MAX_DAYS: u32 = 36_500;

/// `[retention]`: days per source, 0 for no limit. Metrics and discovery read the same section.
///
/// ```
/// use creatorscope_domain::{Retention, Source};
/// use jiff::Timestamp;
/// let read: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
/// let retention = Retention::default();
/// assert_eq!(retention.expiry(Source::YoutubeApi, read), Some("2026-01-31T00:00:00Z".parse().unwrap()));
/// assert_eq!(retention.expiry(Source::File, read), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Retention {
    youtube_api_days: u32,
    youtube_api_authorized_days: u32,
    tiktok_research_api_days: u32,
    tiktok_display_api_days: u32,
    instagram_graph_api_days: u32,
    file_days: u32,
    given_days: u32,
    synthetic_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        // YouTube API Services, Developer Policies III.E.4 and Derived Metrics Policy: statistics and texts 30 days.
        // TikTok Research API terms of service 3.d: data is read anew at least every 15 days.
        Self {
            youtube_api_days: 30,
            youtube_api_authorized_days: 30,
            tiktok_research_api_days: 15,
            ..Self::unlimited()
        }
    }
}

impl Retention {
    /// Keeps everything for ever.
    pub const fn unlimited() -> Self {
        Self {
            youtube_api_days: 0,
            youtube_api_authorized_days: 0,
            tiktok_research_api_days: 0,
            tiktok_display_api_days: 0,
            instagram_graph_api_days: 0,
            file_days: 0,
            given_days: 0,
            synthetic_days: 0,
        }
    }

    /// The same limits with another one for a source, in days; 0 for none.
    #[must_use]
    pub fn with(mut self, source: Source, days: u32) -> Self {
        match source {
            Source::YoutubeApi => self.youtube_api_days = days,
            Source::YoutubeApiAuthorized => self.youtube_api_authorized_days = days,
            Source::TiktokResearchApi => self.tiktok_research_api_days = days,
            Source::TiktokDisplayApi => self.tiktok_display_api_days = days,
            Source::InstagramGraphApi => self.instagram_graph_api_days = days,
            Source::File => self.file_days = days,
            Source::Given => self.given_days = days,
            Source::Synthetic => self.synthetic_days = days,
        }
        self
    }

    /// The setting of a source, for messages, e.g. `retention.youtube_api_days`.
    pub fn setting(source: Source) -> &'static str {
        match source {
            Source::YoutubeApi => "retention.youtube_api_days",
            Source::YoutubeApiAuthorized => "retention.youtube_api_authorized_days",
            Source::TiktokResearchApi => "retention.tiktok_research_api_days",
            Source::TiktokDisplayApi => "retention.tiktok_display_api_days",
            Source::InstagramGraphApi => "retention.instagram_graph_api_days",
            Source::File => "retention.file_days",
            Source::Given => "retention.given_days",
            Source::Synthetic => "retention.synthetic_days",
        }
    }

    /// How many days what a source told may be kept; none when nothing limits it.
    pub fn days(&self, source: Source) -> Option<u32> {
        let days = match source {
            Source::YoutubeApi => self.youtube_api_days,
            Source::YoutubeApiAuthorized => self.youtube_api_authorized_days,
            Source::TiktokResearchApi => self.tiktok_research_api_days,
            Source::TiktokDisplayApi => self.tiktok_display_api_days,
            Source::InstagramGraphApi => self.instagram_graph_api_days,
            Source::File => self.file_days,
            Source::Given => self.given_days,
            Source::Synthetic => self.synthetic_days,
        };
        Some(days).filter(|days| *days > 0)
    }

    /// From when on what a source told at `observed` may no longer be kept or shown; none when nothing limits it.
    pub fn expiry(&self, source: Source, observed: Timestamp) -> Option<Timestamp> {
        let kept = SignedDuration::from_hours(24 * i64::from(self.days(source)?));
        Some(observed.checked_add(kept).unwrap_or(Timestamp::MAX))
    }

    /// Whether what a source told at `observed` may no longer be kept or shown at `now`.
    pub fn is_expired(&self, source: Source, observed: Timestamp, now: Timestamp) -> bool {
        self.expiry(source, observed).is_some_and(|expiry| expiry <= now)
    }

    /// The sources that have a limit, each with the last time of observation that has expired at `now`.
    pub fn horizons(&self, now: Timestamp) -> Vec<(Source, Timestamp)> {
        let horizon = |source: &Source| {
            let kept = SignedDuration::from_hours(24 * i64::from(self.days(*source)?));
            Some((*source, now.checked_sub(kept).unwrap_or(Timestamp::MIN)))
        };
        Source::ALL.iter().filter_map(horizon).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn each_source_has_its_own_limit_and_setting() {
        for (place, source) in Source::ALL.iter().enumerate() {
            let days = place as u32 + 1;
            let limits = Retention::unlimited().with(*source, days);
            assert_eq!(limits.days(*source), Some(days));
            assert_eq!(Source::ALL.iter().filter(|other| limits.days(**other).is_some()).count(), 1, "{source}");
            let named = format!("retention.{}_days", source.word().to_lowercase());
            assert_eq!(Retention::setting(*source), named);
        }
    }

    #[test]
    fn the_moment_of_expiry_belongs_to_the_expired() {
        let limits = Retention::default();
        let read = at("2026-01-01T00:00:00Z");
        assert!(!limits.is_expired(Source::YoutubeApi, read, at("2026-01-30T23:59:59Z")));
        assert!(limits.is_expired(Source::YoutubeApi, read, at("2026-01-31T00:00:00Z")));
        let horizons = limits.horizons(at("2026-01-31T00:00:00Z"));
        let research = (Source::TiktokResearchApi, at("2026-01-16T00:00:00Z"));
        assert_eq!(horizons, [(Source::YoutubeApi, read), (Source::YoutubeApiAuthorized, read), research]);
    }

    #[test]
    fn files_and_what_was_told_have_no_limit_by_default() {
        for source in [Source::File, Source::Given, Source::Synthetic] {
            assert_eq!(Retention::default().expiry(source, at("2001-01-01T00:00:00Z")), None);
        }
    }

    #[test]
    fn a_limit_beyond_all_time_never_comes() {
        let limits = Retention::unlimited().with(Source::File, u32::MAX);
        assert_eq!(limits.expiry(Source::File, Timestamp::MAX), Some(Timestamp::MAX));
        assert_eq!(limits.horizons(Timestamp::MIN), [(Source::File, Timestamp::MIN)]);
    }
}
