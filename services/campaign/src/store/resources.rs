//! Owns reading resources: one, a page, all of a campaign. Never a change of one.

use creatorscope_kit::db::{Arg, DbError};

use super::Store;
use crate::model::{Kind, Resource, Stamp};

/// A row: name, version, created, updated, body.
pub(super) type ResourceRow = (String, i64, i64, i64, Vec<u8>);

/// The columns of a [`ResourceRow`].
pub(super) const COLUMNS: &str = "name, version, created_at, updated_at, body";

/// Which resources a page is of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// What they belong to; none for all.
    pub parent: Option<String>,
    /// Only those in these states; empty for all.
    pub states: Vec<i32>,
    /// Only deliverables of this participant; empty for all.
    pub participant: String,
    /// Only those behind this name.
    pub after: String,
}

/// The message of a row, stamped.
pub(super) fn message<M: Resource>(row: ResourceRow) -> Result<(M, Stamp), DbError> {
    let (name, version, created_at, updated_at, body) = row;
    let mut message = M::decode(body.as_slice()).map_err(|error| DbError::content(&name, error))?;
    let stamp = Stamp { version, created_at, updated_at };
    message.stamp(&name, &stamp);
    Ok((message, stamp))
}

impl Store {
    /// One resource; none when it is not known. Errors: the database's.
    pub async fn get<M: Resource>(&self, tenant: &str, name: &str) -> Result<Option<M>, DbError> {
        let sql = format!("SELECT {COLUMNS} FROM resources WHERE tenant = $1 AND name = $2 AND kind = $3");
        let args = vec![tenant.into(), name.into(), M::KIND.number().into()];
        let row: Option<ResourceRow> = self.db.fetch_optional(sql, args).await?;
        row.map(|row| message(row).map(|(message, _)| message)).transpose()
    }

    /// Up to `limit` resources, by name. Errors: the database's.
    pub async fn list<M: Resource>(&self, tenant: &str, listing: &Listing, limit: usize) -> Result<Vec<M>, DbError> {
        let mut sql = format!("SELECT {COLUMNS} FROM resources WHERE tenant = $1 AND kind = $2 AND name > $3");
        let mut args: Vec<Arg> = vec![tenant.into(), M::KIND.number().into(), listing.after.as_str().into()];
        if let Some(parent) = &listing.parent {
            sql += " AND parent = $4";
            args.push(parent.as_str().into());
        }
        if !listing.states.is_empty() {
            let states: Vec<String> = listing.states.iter().map(i32::to_string).collect();
            sql += &format!(" AND state IN ({})", states.join(", "));
        }
        if !listing.participant.is_empty() {
            args.push(listing.participant.as_str().into());
            sql += &format!(" AND owner = ${}", args.len());
        }
        sql += &format!(" ORDER BY name LIMIT {limit}");
        let rows: Vec<ResourceRow> = self.db.fetch(sql, args).await?;
        rows.into_iter().map(|row| message(row).map(|(message, _)| message)).collect()
    }

    /// All resources of one kind that belong to a campaign or brand, by name. Errors: the database's.
    pub async fn all_of<M: Resource>(&self, tenant: &str, parent: &str) -> Result<Vec<M>, DbError> {
        let listing = Listing { parent: Some(parent.to_owned()), ..Listing::default() };
        self.list(tenant, &listing, usize::try_from(i32::MAX).unwrap_or(usize::MAX)).await
    }

    /// Tenant and name of all campaigns in these states. Errors: the database's.
    pub async fn campaigns_in(&self, states: &[i32]) -> Result<Vec<(String, String)>, DbError> {
        let states: Vec<String> = states.iter().map(i32::to_string).collect();
        let sql = format!(
            "SELECT tenant, name FROM resources WHERE kind = {} AND state IN ({}) ORDER BY tenant, name",
            Kind::Campaign.number(),
            states.join(", ")
        );
        self.db.fetch(sql, vec![]).await
    }

    /// How many campaigns of a tenant a watcher's snapshot has behind a name, in order: names only. Errors: the database's.
    pub async fn campaign_names(&self, tenant: &str, after: &str, limit: usize) -> Result<Vec<String>, DbError> {
        let sql = format!(
            "SELECT name FROM resources WHERE tenant = $1 AND kind = {} AND name > $2 ORDER BY name LIMIT {limit}",
            Kind::Campaign.number()
        );
        let rows: Vec<(String,)> = self.db.fetch(sql, vec![tenant.into(), after.into()]).await?;
        Ok(rows.into_iter().map(|(name,)| name).collect())
    }
}
