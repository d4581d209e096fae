//! Owns what goes wrong below a store, and what a caller learns of it. Never a table.

use tonic::Code;

use super::passing;

/// What went wrong below a store.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The database or the connection to it.
    #[error("the database did not do as asked")]
    Sql(#[source] sqlx::Error),
    /// The time of the call, or of its statement, was over before the database had done as asked.
    #[error("the time for the database was over")]
    Deadline,
    /// A migration that was applied differs from the one in this program.
    #[error("migration {name} was applied with other content; this program does not fit the database")]
    ChangedMigration {
        /// The migration.
        name: String,
    },
    /// The database was migrated by a newer program.
    #[error("the database has migration {name}, which this program does not know; use a newer program")]
    NewerDatabase {
        /// The migration.
        name: String,
    },
    /// The folder of the file.
    #[error("the folder of the database cannot be made")]
    Folder(#[from] std::io::Error),
    /// A setting.
    #[error("{0}")]
    Setting(String),
    /// A stored message.
    #[error("what is stored under {name} cannot be read")]
    Content {
        /// Where it is stored.
        name: String,
        /// What is wrong with it.
        source: prost::DecodeError,
    },
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            // A statement that was ended: its time was over, or who runs the database ended it.
            sqlx::Error::Database(told) if told.code().as_deref() == Some("57014") => Self::Deadline,
            _ => Self::Sql(error),
        }
    }
}

impl DbError {
    /// As what a caller learns of it.
    pub fn code(&self) -> Code {
        match self {
            Self::Deadline => Code::DeadlineExceeded,
            _ if self.is_transient() => Code::Unavailable,
            _ => Code::Internal,
        }
    }

    /// A stored message that cannot be read.
    pub fn content(name: &str, source: prost::DecodeError) -> Self {
        Self::Content { name: name.to_owned(), source }
    }

    /// Whether the same work may succeed when it is tried again: the database is busy, away, or chose this transaction as
    /// the victim of a deadlock.
    pub fn is_transient(&self) -> bool {
        match self {
            // A server that ends in the middle of a greeting shows as a breach of its protocol.
            Self::Sql(
                sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed,
            ) => true,
            Self::Sql(sqlx::Error::Database(error)) => error.code().is_some_and(|code| passing::may_pass(&code)),
            _ => false,
        }
    }
}
