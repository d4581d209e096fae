//! Owns what an entry of this service's change log says. Never when it is written.

/// Kinds below are of their own; a kind from here on says since which version of the creator its posts changed.
const POSTS_FROM: i64 = 16;

/// One entry of the change log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Numbers of the creator changed, its posts did not.
    Numbers,
    /// Everything of the creator was erased.
    Removed,
    /// Posts, counts or observations came or went. What this change wrote carries `since`, the version before it.
    Posts {
        /// The version that the creator had before; 0 when it was not known.
        since: i64,
    },
}

impl Entry {
    /// How the log writes it.
    pub fn kind(self) -> i64 {
        match self {
            Self::Numbers => 1,
            Self::Removed => 2,
            Self::Posts { since } => since.saturating_add(POSTS_FROM),
        }
    }

    /// Reads what the log wrote. Kinds of a newer program count as changed numbers.
    pub fn of_kind(kind: i64) -> Self {
        match kind {
            2 => Self::Removed,
            kind if kind >= POSTS_FROM => Self::Posts { since: kind - POSTS_FROM },
            _ => Self::Numbers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_reads_back() {
        for entry in [Entry::Numbers, Entry::Removed, Entry::Posts { since: 0 }, Entry::Posts { since: 1 << 50 }] {
            assert_eq!(Entry::of_kind(entry.kind()), entry);
        }
    }
}
