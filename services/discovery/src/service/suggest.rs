//! Owns the completion of names. Never the engine of the index.

use creatorscope_kit::{fault::Violations, page, task};

use super::{Service, ServiceError, parse_filter};
use crate::model::CreatorRecord;

/// Longest text that is completed, in characters.
const MAX_PREFIX: usize = 100;

impl Service {
    /// Creators that what was typed could become, the best first. `size` is what was asked for, 0 for 10.
    pub async fn suggest(&self, typed: &str, filter: &str, size: i32) -> Result<Vec<CreatorRecord>, ServiceError> {
        let mut problems = Violations::default();
        let length = typed.chars().count();
        if typed.trim().is_empty() || length > MAX_PREFIX {
            let found = format!("{length} characters; accepted are 1 to {MAX_PREFIX}, not all of them spaces");
            problems.add("prefix", "OUT_OF_RANGE", found);
        }
        let generation = self.index.current();
        let filter = parse_filter(&mut problems, filter, generation.fields());
        let limit = problems.take(page::size(size, 10, 50)).unwrap_or(0);
        problems.check()?;
        let typed = typed.to_owned();
        let names = task::blocking(move || generation.suggest(&typed, &filter, limit)).await??;
        let ids: Vec<&str> = names.iter().map(|name| name.trim_start_matches("creators/")).collect();
        self.in_order(&ids).await
    }
}
