//! Owns the table of keys. Never a secret: what is kept is its hash.

use creatorscope_kit::{
    clock::Clock,
    db::{Arg, Db, DbError, Migrations, timestamp},
};
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use crate::key::{ApiKey, NoRandomness};

/// The tables of the gateway.
pub const MIGRATIONS: Migrations = Migrations {
    sqlite: &[
        ("0001_init", include_str!("migrations/sqlite/0001_init.sql")),
        ("0002_fair_use", include_str!("migrations/sqlite/0002_fair_use.sql")),
        ("0003_deferred_audit_by_month", include_str!("migrations/sqlite/0003_deferred_audit_by_month.sql")),
    ],
    postgres: &[
        ("0001_init", include_str!("migrations/postgres/0001_init.sql")),
        ("0002_fair_use", include_str!("migrations/postgres/0002_fair_use.sql")),
        ("0003_deferred_audit_by_month", include_str!("migrations/postgres/0003_deferred_audit_by_month.sql")),
    ],
};

const COLUMNS: &str =
    "id, hash, environment, name, tenant, scopes, created_at, expires_at, revoked_at, replaces, monthly_quota";
type Row = (String, Vec<u8>, String, String, String, String, i64, Option<i64>, Option<i64>, String, Option<i64>);

/// What a key is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What people call it.
    pub name: String,
    /// Whose brands and campaigns it sees.
    pub tenant: String,
    /// What it may do; see [`crate::scope::read`].
    pub scopes: Vec<String>,
    /// How long it holds; none for ever.
    pub lifetime: Option<SignedDuration>,
    /// What it may cost a month, in quota units; 0 for no limit, none for what the settings say.
    pub monthly_quota: Option<i64>,
}

/// Whether a text can name a tenant: 1 to 40 of a-z, 0-9 and -.
pub fn is_tenant(text: &str) -> bool {
    let plain = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
    (1..=40).contains(&text.len()) && text.bytes().all(plain)
}

/// A key as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// What names it.
    pub id: String,
    /// The SHA-256 of the key.
    pub hash: Vec<u8>,
    /// `live` or `test`.
    pub environment: String,
    /// What people call it.
    pub name: String,
    /// Whose brands and campaigns it sees.
    pub tenant: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; none for never.
    pub expires_at: Option<Timestamp>,
    /// When it was ended before.
    pub revoked_at: Option<Timestamp>,
    /// The key that it takes the place of; empty for none.
    pub replaces: String,
    /// What it may cost a month, in quota units; 0 for no limit, none for what the settings say.
    pub monthly_quota: Option<i64>,
}

impl Stored {
    /// `active`, `expired` or `revoked`.
    pub fn state(&self, now: Timestamp) -> &'static str {
        if self.revoked_at.is_some_and(|at| at <= now) {
            "revoked"
        } else if self.expires_at.is_some_and(|at| at <= now) {
            "expired"
        } else {
            "active"
        }
    }
}

impl From<Row> for Stored {
    fn from(row: Row) -> Self {
        let (id, hash, environment, name, tenant, scopes, created_at, expires_at, revoked_at, replaces, monthly_quota) =
            row;
        Self {
            id,
            hash,
            environment,
            name,
            tenant,
            scopes: scopes.split(',').filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
            created_at: timestamp(created_at),
            expires_at: expires_at.map(timestamp),
            revoked_at: revoked_at.map(timestamp),
            replaces,
            monthly_quota,
        }
    }
}

/// Why a key cannot be made, changed or found.
#[derive(Debug, Error)]
pub enum KeyStoreError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// No new key.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// No such key.
    #[error("there is no key `{0}`; `creatorscope key list` names them")]
    Unknown(String),
    /// It has ended, so that nothing can take its place.
    #[error("the key `{0}` is {1}; make a new one with `creatorscope key create`")]
    Ended(String, &'static str),
}

/// The keys. Cheap to clone.
#[derive(Debug, Clone)]
pub struct KeyStore {
    db: Db,
    clock: Clock,
}

impl KeyStore {
    /// A store over tables that [`MIGRATIONS`] made.
    pub fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }

    /// Keeps a new key. Errors: the database's.
    pub async fn add(&self, key: &ApiKey, grant: &Grant) -> Result<Stored, KeyStoreError> {
        let stored = self.stored(key, grant, "");
        let mut tx = self.db.begin().await?;
        tx.execute(insert(), row(&stored)).await?;
        tx.commit().await?;
        Ok(stored)
    }

    /// The key of this id. Errors: the database's.
    pub async fn find(&self, id: &str) -> Result<Option<Stored>, DbError> {
        let sql = format!("SELECT {COLUMNS} FROM keys WHERE id = $1");
        Ok(self.db.fetch_optional::<Row>(sql, vec![id.into()]).await?.map(Stored::from))
    }

    /// All keys, the newest first. Errors: the database's.
    pub async fn list(&self) -> Result<Vec<Stored>, DbError> {
        let sql = format!("SELECT {COLUMNS} FROM keys ORDER BY created_at DESC, id");
        Ok(self.db.fetch::<Row>(sql, vec![]).await?.into_iter().map(Stored::from).collect())
    }

    /// Ends a key; one that was revoked before stays so. Errors: [`KeyStoreError::Unknown`], the database's.
    pub async fn revoke(&self, id: &str) -> Result<Stored, KeyStoreError> {
        let mut tx = self.db.begin().await?;
        let sql = "UPDATE keys SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1";
        if tx.execute(sql, vec![id.into(), self.clock.now().into()]).await? == 0 {
            return Err(KeyStoreError::Unknown(id.to_owned()));
        }
        tx.commit().await?;
        self.find(id).await?.ok_or_else(|| KeyStoreError::Unknown(id.to_owned()))
    }

    /// Sets what a key may cost a month, in quota units; 0 for no limit, none for what the settings say. Errors:
    /// [`KeyStoreError::Unknown`], the database's.
    pub async fn limit(&self, id: &str, monthly_quota: Option<i64>) -> Result<Stored, KeyStoreError> {
        let mut tx = self.db.begin().await?;
        let sql = "UPDATE keys SET monthly_quota = $2 WHERE id = $1";
        if tx.execute(sql, vec![id.into(), monthly_quota.into()]).await? == 0 {
            return Err(KeyStoreError::Unknown(id.to_owned()));
        }
        tx.commit().await?;
        self.find(id).await?.ok_or_else(|| KeyStoreError::Unknown(id.to_owned()))
    }

    /// Puts `key` in the place of another, with its name, tenant, scopes and quota, and for as long as that was made for unless
    /// `lifetime` says otherwise. The other holds for at most `overlap` from now. Errors: [`KeyStoreError::Unknown`],
    /// [`KeyStoreError::Ended`], the database's.
    pub async fn rotate(
        &self,
        id: &str,
        key: &ApiKey,
        overlap: SignedDuration,
        lifetime: Option<Option<SignedDuration>>,
    ) -> Result<Stored, KeyStoreError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        // Writing first keeps others from changing the key meanwhile.
        tx.execute("UPDATE keys SET name = name WHERE id = $1", vec![id.into()]).await?;
        let sql = format!("SELECT {COLUMNS} FROM keys WHERE id = $1");
        let old = tx.fetch_optional::<Row>(sql, vec![id.into()]).await?.map(Stored::from);
        let old = old.ok_or_else(|| KeyStoreError::Unknown(id.to_owned()))?;
        if old.state(now) != "active" {
            return Err(KeyStoreError::Ended(id.to_owned(), old.state(now)));
        }
        let before = old.expires_at.map(|end| end.duration_since(old.created_at));
        let Stored { name, tenant, scopes, expires_at, monthly_quota, .. } = old;
        let grant = Grant { name, tenant, scopes, lifetime: lifetime.unwrap_or(before), monthly_quota };
        let stored = self.stored(key, &grant, id);
        tx.execute(insert(), row(&stored)).await?;
        let end = now.saturating_add(overlap).unwrap_or(Timestamp::MAX);
        let end = expires_at.map_or(end, |expires| expires.min(end));
        tx.execute("UPDATE keys SET expires_at = $2 WHERE id = $1", vec![id.into(), end.into()]).await?;
        tx.commit().await?;
        Ok(stored)
    }

    fn stored(&self, key: &ApiKey, grant: &Grant, replaces: &str) -> Stored {
        let now = self.clock.now();
        Stored {
            id: key.id().to_owned(),
            hash: key.hash(),
            environment: key.environment().to_string(),
            name: grant.name.clone(),
            tenant: grant.tenant.clone(),
            scopes: grant.scopes.clone(),
            created_at: now,
            expires_at: grant.lifetime.map(|lifetime| now.saturating_add(lifetime).unwrap_or(Timestamp::MAX)),
            revoked_at: None,
            replaces: replaces.to_owned(),
            monthly_quota: grant.monthly_quota,
        }
    }
}

fn insert() -> String {
    format!("INSERT INTO keys ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
}

fn row(stored: &Stored) -> Vec<Arg> {
    vec![
        stored.id.as_str().into(),
        stored.hash.clone().into(),
        stored.environment.as_str().into(),
        stored.name.as_str().into(),
        stored.tenant.as_str().into(),
        stored.scopes.join(",").into(),
        stored.created_at.into(),
        stored.expires_at.into(),
        stored.revoked_at.into(),
        stored.replaces.as_str().into(),
        stored.monthly_quota.into(),
    ]
}
