//! Owns what statements have to know of the database behind them. Never a connection.

/// Which database is behind a [`Db`](super::Db).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite.
    Sqlite,
    /// Postgres.
    Postgres,
}

impl Engine {
    /// Its name, as spans of statements tell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgresql",
        }
    }

    /// Being one of the texts in the JSON array that is the argument `$n`: what follows a column in a condition. See [`json_texts`](super::json_texts).
    ///
    /// Postgres takes any array in JSON for a hundred rows, and would rather read a table of thousands than look up a hundred
    /// keys. Of an array of its own it expects ten.
    pub fn in_texts(self, placeholder: &str) -> String {
        match self {
            Self::Sqlite => format!("IN (SELECT value FROM json_each({placeholder}))"),
            Self::Postgres => format!("= ANY(ARRAY(SELECT jsonb_array_elements_text({placeholder}::jsonb)))"),
        }
    }

    /// A table of the elements of the JSON array that is the argument `$n`: one column, `value`.
    pub fn elements(self, placeholder: &str) -> String {
        match self {
            Self::Sqlite => format!("json_each({placeholder})"),
            Self::Postgres => format!("jsonb_array_elements({placeholder}::jsonb) AS element(value)"),
        }
    }

    /// What a SELECT is from that looks up rows `t` of a table for each row `k` of a few keys, where `by` is true of both.
    ///
    /// Left to choose, Postgres joins the other way around: it takes the keys for a hundred and would rather read a table of
    /// thousands, or walk through an index of millions in the hope of an early end.
    pub fn look_up(self, keys: &str, table: &str, by: &str) -> String {
        match self {
            Self::Sqlite => format!("{keys} AS k CROSS JOIN {table} AS t WHERE {by}"),
            Self::Postgres => {
                format!("{keys} AS k CROSS JOIN LATERAL (SELECT t.* FROM {table} AS t WHERE {by} OFFSET 0) AS t")
            }
        }
    }
}
