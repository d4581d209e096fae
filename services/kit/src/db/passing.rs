//! Owns which codes of the databases say that the same work may succeed later. Never what is done then.

/// SQLite: BUSY and LOCKED; FULL, and what cannot be written to the disk (IOERR with WRITE, FSYNC, TRUNCATE, SHMSIZE).
const SQLITE: [&str; 10] = ["5", "6", "261", "517", "13", "10", "778", "1034", "1546", "4874"];
/// Postgres: deadlock, serialisation, shutting down, crashed, starting, a client that said nothing for too long, read-only while it
/// fails over, too many connections, no room on the disk, the disk does not do as asked.
const POSTGRES: [&str; 10] = ["40P01", "40001", "57P01", "57P02", "57P03", "25P03", "25006", "53300", "53100", "58030"];

/// Whether what this code tells of may pass.
pub(super) fn may_pass(code: &str) -> bool {
    SQLITE.contains(&code) || POSTGRES.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_passes_and_a_wrong_statement_does_not() {
        assert!(may_pass("13") && may_pass("53100"));
        // SQLite: ERROR; Postgres: a syntax error, a key that exists.
        assert!(!may_pass("1") && !may_pass("42601") && !may_pass("23505"));
    }
}
