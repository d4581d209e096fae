//! Owns bringing stored values up to date with what is known of creators. Never when, and never a value's meaning.

use creatorscope_kit::task;

use crate::{
    computed::{LAYOUT, numbers},
    error::MetricsError,
    store::{CreatorState, Fresh, Known, Store},
};

/// Creators that are loaded and evaluated together; their histories are held in memory.
pub const CHUNK: usize = 200;

/// Which values are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Those that are not stored, or not of the creator's version and of this registry.
    Stale,
    /// All.
    All,
}

/// Computes the values of creators and answers with those that differ from what is stored. Errors: the database's.
pub async fn differing(store: &Store, states: Vec<CreatorState>, extent: Extent) -> Result<Vec<Fresh>, MetricsError> {
    let known = store.with_computed(states).await?;
    let wanted: Vec<Known> = known.into_iter().filter(|one| extent == Extent::All || is_stale(one)).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let creators: Vec<_> = wanted.iter().map(|one| one.state.creator.clone()).collect();
    let histories = store.histories(&creators).await?;
    Ok(task::blocking(move || {
        let mut histories = histories.into_iter().peekable();
        let mut fresh = Vec::new();
        // Both are in the order of ids. Who was erased in between has no history; who changed in between has a newer entry in
        // the log, behind which it is computed again.
        for one in wanted {
            let Some(history) = histories.next_if(|history| history.creator == one.state.creator) else { continue };
            if history.version != one.state.version {
                continue;
            }
            let Some(numbers) = numbers(&history) else { continue };
            fresh.extend(compared(one, numbers));
        }
        fresh
    })
    .await?)
}

fn is_stale(known: &Known) -> bool {
    let current =
        |computed: &crate::store::Computed| computed.version == known.state.version && computed.layout == *LAYOUT;
    !known.computed.as_ref().is_some_and(current)
}

/// What is to be stored; none when it is stored already. Followers are told of values that differ although the creator did not
/// change; of all others the change of the creator itself tells.
fn compared(known: Known, numbers: Vec<u8>) -> Option<Fresh> {
    let (stored, version) = (known.computed.as_ref(), known.state.version);
    if stored.is_some_and(|stored| stored.version == version && stored.layout == *LAYOUT && stored.numbers == numbers) {
        return None;
    }
    let told = stored
        .is_some_and(|stored| stored.layout != *LAYOUT || (stored.version == version && stored.numbers != numbers));
    Some(Fresh { state: known.state, layout: *LAYOUT, numbers, told })
}
