//! Owns one unit of work: what is read with a lock, written, logged and told in one transaction. Never a rule.

use std::collections::BTreeMap;

use creatorscope_kit::db::{Arg, DbError, Tx};
use jiff::Timestamp;

use super::{
    CHANGED, REMOVED, Store, for_update, log_key,
    resources::{COLUMNS, ResourceRow, message},
};
use crate::model::{Kind, Resource, Stamp, campaign_of};

/// Who did what, for the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// Who.
    pub actor: String,
    /// What, as the RPC is named.
    pub action: &'static str,
    /// The `request_id`; empty without one.
    pub request_id: String,
    /// Why; empty without a reason.
    pub note: String,
}

impl Entry {
    /// The same, with a reason.
    pub fn because(mut self, note: &str) -> Self {
        note.clone_into(&mut self.note);
        self
    }
}

/// A transaction on one tenant's resources. What it changes of a campaign stands in the campaign's log, and watchers are told when it is
/// committed. Dropped without a commit, it leaves nothing.
///
/// Whoever changes anything of a campaign locks the campaign first: so changes of one campaign come one after the other.
pub struct Work {
    pub(super) tx: Tx,
    pub(super) tenant: String,
    pub(super) now: Timestamp,
    store: Store,
    /// Keys of the change log that changed, and how.
    told: BTreeMap<String, i64>,
}

impl Store {
    /// Begins a unit of work. Errors: the database's.
    pub async fn begin(&self, tenant: &str) -> Result<Work, DbError> {
        let tx = self.db.begin().await?;
        Ok(Work { tx, tenant: tenant.to_owned(), now: self.clock.now(), store: self.clone(), told: BTreeMap::new() })
    }
}

impl Work {
    /// The time of this work.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A resource, held until the end of the work; none when it is not known. Errors: the database's.
    pub async fn lock<M: Resource>(&mut self, name: &str) -> Result<Option<M>, DbError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM resources WHERE tenant = $1 AND name = $2 AND kind = $3{}",
            for_update(&self.tx)
        );
        let args = vec![self.tenant.as_str().into(), name.into(), M::KIND.number().into()];
        let row: Option<ResourceRow> = self.tx.fetch_optional(sql, args).await?;
        row.map(|row| message(row).map(|(message, _)| message)).transpose()
    }

    /// All resources of one kind that belong to a campaign or brand, by name. Errors: the database's.
    pub async fn all_of<M: Resource>(&mut self, parent: &str) -> Result<Vec<M>, DbError> {
        let sql =
            format!("SELECT {COLUMNS} FROM resources WHERE tenant = $1 AND kind = $2 AND parent = $3 ORDER BY name");
        let args = vec![self.tenant.as_str().into(), M::KIND.number().into(), parent.into()];
        let rows: Vec<ResourceRow> = self.tx.fetch(sql, args).await?;
        rows.into_iter().map(|row| message(row).map(|(message, _)| message)).collect()
    }

    /// Whether a name is taken. Errors: the database's.
    pub async fn exists(&mut self, name: &str) -> Result<bool, DbError> {
        let sql = "SELECT version FROM resources WHERE tenant = $1 AND name = $2";
        let found: Option<(i64,)> = self.tx.fetch_optional(sql, vec![self.tenant.as_str().into(), name.into()]).await?;
        Ok(found.is_some())
    }

    /// Adds a resource under a name that is free. Answers with it as it is kept. Errors: the database's.
    pub async fn add<M: Resource>(&mut self, name: &str, mut made: M, entry: &Entry) -> Result<M, DbError> {
        const ADD: &str = "INSERT INTO resources
            (tenant, name, kind, parent, state, owner, version, created_at, updated_at, body)
            VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7, $8)";
        let at = self.now.as_microsecond();
        made.stamp(name, &Stamp { version: 1, created_at: at, updated_at: at });
        let args = vec![
            self.tenant.as_str().into(),
            name.into(),
            M::KIND.number().into(),
            made.parent().into(),
            made.state().into(),
            made.owner().into(),
            at.into(),
            made.encode_to_vec().into(),
        ];
        self.tx.execute(ADD, args).await?;
        self.log(entry, None, Some(&made)).await?;
        Ok(made)
    }

    /// Replaces a resource that this work has locked. Answers with it as it is kept. Errors: the database's.
    pub async fn replace<M: Resource>(&mut self, before: &M, mut after: M, entry: &Entry) -> Result<M, DbError> {
        const REPLACE: &str = "UPDATE resources SET version = version + 1, updated_at = $3, state = $4, body = $5
            WHERE tenant = $1 AND name = $2 RETURNING version, created_at";
        let name = before.name().to_owned();
        let at = self.now.as_microsecond();
        let args = vec![
            self.tenant.as_str().into(),
            name.as_str().into(),
            at.into(),
            after.state().into(),
            after.encode_to_vec().into(),
        ];
        let row: Option<(i64, i64)> = self.tx.fetch_optional(REPLACE, args).await?;
        // Locked by this work, so it is there.
        let (version, created_at) = row.unwrap_or((1, at));
        after.stamp(&name, &Stamp { version, created_at, updated_at: at });
        self.log(entry, Some(before), Some(&after)).await?;
        Ok(after)
    }

    /// Removes a resource that this work has locked; with a campaign all that belongs to it, its log included. Errors: the database's.
    pub async fn remove<M: Resource>(&mut self, gone: &M) -> Result<(), DbError> {
        let name = gone.name().to_owned();
        let both = || -> Vec<Arg> { vec![self.tenant.as_str().into(), name.as_str().into()] };
        let mut statements = vec!["DELETE FROM resources WHERE tenant = $1 AND name = $2"];
        if M::KIND == Kind::Campaign {
            statements.extend([
                "DELETE FROM resources WHERE tenant = $1 AND parent = $2",
                "DELETE FROM events WHERE tenant = $1 AND campaign = $2",
                "DELETE FROM tracked WHERE tenant = $1 AND campaign = $2",
                "DELETE FROM conversions WHERE tenant = $1 AND campaign = $2",
                "DELETE FROM alerts WHERE tenant = $1 AND campaign = $2",
                "DELETE FROM alert_memory WHERE tenant = $1 AND campaign = $2",
            ]);
        }
        let arguments: Vec<Vec<Arg>> = statements.iter().map(|_| both()).collect();
        for (statement, arguments) in statements.into_iter().zip(arguments) {
            self.tx.execute(statement, arguments).await?;
        }
        if M::KIND == Kind::Campaign {
            self.told.insert(log_key(&self.tenant, &name), REMOVED);
        }
        Ok(())
    }

    /// Says that something about a campaign changed that has no resource, e.g. a reading.
    pub fn tell(&mut self, campaign: &str) {
        let tenant = self.tenant.clone();
        self.tell_of(&tenant, campaign);
    }

    /// Says the same of a campaign of any tenant: readings are everybody's.
    pub fn tell_of(&mut self, tenant: &str, campaign: &str) {
        self.told.entry(log_key(tenant, campaign)).or_insert(CHANGED);
    }

    /// Writes an entry about something that is no resource of its own, e.g. an alert. Errors: the database's.
    pub async fn note(&mut self, campaign: &str, resource: &str, entry: &Entry) -> Result<(), DbError> {
        self.write(campaign, resource, 0, ["", ""], [None, None], entry).await
    }

    async fn log<M: Resource>(&mut self, entry: &Entry, before: Option<&M>, after: Option<&M>) -> Result<(), DbError> {
        let Some(resource) = after.or(before) else { return Ok(()) };
        // Brands stand above campaigns and have no log of their own.
        if M::KIND == Kind::Brand {
            return Ok(());
        }
        let name = resource.name().to_owned();
        let states = [before, after].map(|state| state.map_or("", M::state_name));
        let bodies = [before, after].map(|body| body.map(M::encode_to_vec));
        self.write(campaign_of(&name), &name, M::KIND.number(), states, bodies, entry).await
    }

    async fn write(
        &mut self,
        campaign: &str,
        resource: &str,
        kind: i64,
        [state_before, state_after]: [&str; 2],
        [before, after]: [Option<Vec<u8>>; 2],
        entry: &Entry,
    ) -> Result<(), DbError> {
        const WRITE: &str = "INSERT INTO events
            (tenant, campaign, number, at, actor, action, resource, kind, state_before, state_after, before, after, request_id, note)
            SELECT $1, $2, COALESCE(MAX(number), 0) + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
            FROM events WHERE tenant = $1 AND campaign = $2";
        let args = vec![
            self.tenant.as_str().into(),
            campaign.into(),
            self.now.into(),
            entry.actor.as_str().into(),
            entry.action.into(),
            resource.into(),
            kind.into(),
            state_before.into(),
            state_after.into(),
            before.into(),
            after.into(),
            entry.request_id.as_str().into(),
            entry.note.as_str().into(),
        ];
        self.tx.execute(WRITE, args).await?;
        self.tell(campaign);
        Ok(())
    }

    /// Makes it all durable and tells watchers. Errors: the database's; then nothing was done.
    pub async fn commit(mut self) -> Result<(), DbError> {
        let told = std::mem::take(&mut self.told);
        let changes: Vec<(&str, i64)> = told.iter().map(|(key, kind)| (key.as_str(), *kind)).collect();
        let position = match changes.is_empty() {
            true => None,
            false => Some(self.store.log.append(&mut self.tx, &changes).await?),
        };
        self.tx.commit().await?;
        if let Some(position) = position {
            self.store.log.published(position);
        }
        Ok(())
    }
}
