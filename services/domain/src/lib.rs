//! Owns the words that all services share: creators, posts, platforms, tiers, windows, retention, and their form on the wire. Never
//! I/O, SQL or a service's own thinking.

pub mod name;
pub mod platform;
pub mod retention;
pub mod window;

pub use name::{CreatorId, NameError, PostId, PostName};
pub use platform::{Platform, PostFormat, Source, Tier};
pub use retention::Retention;
pub use window::Window;
