//! Owns the windows that metrics are computed over. Never which definition uses which.

use creatorscope_proto::common::v1 as pb;

use crate::platform::wire_enum;
use serde::{Deserialize, Serialize};

wire_enum! {
    /// The posts or the time that a value is about.
    Window = Window {
        /// 7 days.
        Window7d = "7D",
        /// 30 days.
        Window30d = "30D",
        /// 90 days.
        Window90d = "90D",
        /// 365 days.
        Window365d = "365D",
        /// The 20 posts published last.
        Last20Posts = "LAST_20_POSTS",
        /// Everything known.
        Lifetime = "LIFETIME",
    }
}

impl Window {
    /// The length in days of 24 hours; none for windows that are not a span of time.
    pub fn days(self) -> Option<i64> {
        match self {
            Self::Window7d => Some(7),
            Self::Window30d => Some(30),
            Self::Window90d => Some(90),
            Self::Window365d => Some(365),
            Self::Last20Posts | Self::Lifetime => None,
        }
    }
}
