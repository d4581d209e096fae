//! Owns the words of this room: counts, posts, observations, histories and the numbers made of them. Never wire, SQL or HTTP
//! types.

pub mod check;
pub mod counts;
pub mod history;
pub mod metric;
pub mod post;
pub mod record;

pub use check::Checks;
pub use counts::{AccountCounts, AccountTerm, Counts, PostCounts, PostTerm, Term};
pub use history::{CreatorHistory, Expired, Facts, Observed, PostHistory};
pub use metric::{Explanation, Flag, Interval, Metric, Missing, TermUse};
pub use post::{Described, PostState};
pub use record::{Description, Observation, ObservationDraft, PostDraft, PostRecord, Reading, Subject, SubjectCounts};
