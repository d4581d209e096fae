//! Owns alerts, what the next decision about a subject remembers, and how far others were followed. Never a decision.

use creatorscope_kit::db::DbError;
use creatorscope_proto::campaign::v1 as pb;

use prost::Message;

use super::{Store, Work};

const MEMORIES: &str = "SELECT subject, body FROM alert_memory WHERE tenant = $1 AND campaign = $2";

type AlertRow = (String, i64, Vec<u8>);

fn alert((campaign, number, body): AlertRow) -> Result<pb::Alert, DbError> {
    let name = format!("{campaign}/alerts/{number}");
    let mut alert = pb::Alert::decode(body.as_slice()).map_err(|error| DbError::content(&name, error))?;
    alert.name = name;
    Ok(alert)
}

/// Which alerts a page is of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertListing {
    /// The campaign's name; empty for all of the tenant.
    pub campaign: String,
    /// Whether only open ones are wanted.
    pub open_only: bool,
    /// Only those behind this one, in the order of the list: raised at, campaign, number.
    pub behind: Option<(i64, String, i64)>,
}

impl Store {
    /// Up to `limit` alerts, newest first. Errors: the database's.
    pub async fn alerts(&self, tenant: &str, listing: &AlertListing, limit: usize) -> Result<Vec<pb::Alert>, DbError> {
        let mut sql = "SELECT campaign, number, body FROM alerts WHERE tenant = $1".to_owned();
        let mut args = vec![tenant.into()];
        if !listing.campaign.is_empty() {
            args.push(listing.campaign.as_str().into());
            sql += &format!(" AND campaign = ${}", args.len());
        }
        if listing.open_only {
            sql += " AND cleared_at IS NULL";
        }
        if let Some((raised_at, campaign, number)) = &listing.behind {
            let first = args.len() + 1;
            args.extend([(*raised_at).into(), campaign.as_str().into(), (*number).into()]);
            let (at, on, place) = (first, first + 1, first + 2);
            sql += &format!(
                " AND (raised_at < ${at} OR (raised_at = ${at} AND (campaign > ${on} OR (campaign = ${on} AND number < ${place}))))"
            );
        }
        sql += &format!(" ORDER BY raised_at DESC, campaign, number DESC LIMIT {limit}");
        let rows: Vec<AlertRow> = self.db.fetch(sql, args).await?;
        rows.into_iter().map(alert).collect()
    }

    /// What is remembered of a campaign's subjects, as JSON. Errors: the database's.
    pub async fn memories(&self, tenant: &str, campaign: &str) -> Result<Vec<(String, String)>, DbError> {
        self.db.fetch(MEMORIES, vec![tenant.into(), campaign.into()]).await
    }

    /// Where to go on following a service; empty at the first time. Errors: the database's.
    pub async fn followed(&self, service: &str) -> Result<String, DbError> {
        let sql = "SELECT resume_token FROM followed WHERE service = $1";
        let found: Option<(String,)> = self.db.fetch_optional(sql, vec![service.into()]).await?;
        Ok(found.map(|(token,)| token).unwrap_or_default())
    }
}

impl Work {
    /// Adds an alert of a campaign about a subject, and names it. Errors: the database's.
    pub async fn raise(&mut self, campaign: &str, subject: &str, mut raised: pb::Alert) -> Result<pb::Alert, DbError> {
        const NEXT: &str = "SELECT COALESCE(MAX(number), 0) + 1 FROM alerts WHERE tenant = $1 AND campaign = $2";
        const ADD: &str = "INSERT INTO alerts (tenant, campaign, number, subject, raised_at, cleared_at, body)
            VALUES ($1, $2, $3, $4, $5, NULL, $6)";
        let tenant = self.tenant.clone();
        let next: Option<(i64,)> = self.tx.fetch_optional(NEXT, vec![tenant.as_str().into(), campaign.into()]).await?;
        let number = next.map_or(1, |(number,)| number);
        raised.name = format!("{campaign}/alerts/{number}");
        let args = vec![
            tenant.into(),
            campaign.into(),
            number.into(),
            subject.into(),
            self.now.into(),
            raised.encode_to_vec().into(),
        ];
        self.tx.execute(ADD, args).await?;
        self.tell(campaign);
        Ok(raised)
    }

    /// Says of the open alert about a subject that its cause is gone; answers with it, none when none was open. Errors: the database's.
    pub async fn clear(&mut self, campaign: &str, subject: &str) -> Result<Option<pb::Alert>, DbError> {
        const OPEN: &str = "SELECT campaign, number, body FROM alerts
            WHERE tenant = $1 AND campaign = $2 AND subject = $3 AND cleared_at IS NULL ORDER BY number DESC LIMIT 1";
        const CLEAR: &str = "UPDATE alerts SET cleared_at = $4, body = $5
            WHERE tenant = $1 AND campaign = $2 AND number = $3";
        let tenant = self.tenant.clone();
        let args = vec![tenant.as_str().into(), campaign.into(), subject.into()];
        let Some(row) = self.tx.fetch_optional::<AlertRow>(OPEN, args).await? else { return Ok(None) };
        let number = row.1;
        let mut cleared = alert(row)?;
        cleared.clear_time = Some(creatorscope_kit::clock::to_wire_time(self.now));
        let args = vec![tenant.into(), campaign.into(), number.into(), self.now.into(), cleared.encode_to_vec().into()];
        self.tx.execute(CLEAR, args).await?;
        self.tell(campaign);
        Ok(Some(cleared))
    }

    /// The same within this work. Errors: the database's.
    pub async fn memories(&mut self, campaign: &str) -> Result<Vec<(String, String)>, DbError> {
        self.tx.fetch(MEMORIES, vec![self.tenant.as_str().into(), campaign.into()]).await
    }

    /// Keeps what the next decision about a subject has to remember, as JSON. Errors: the database's.
    pub async fn remember(&mut self, campaign: &str, subject: &str, body: &str) -> Result<(), DbError> {
        const KEEP: &str = "INSERT INTO alert_memory (tenant, campaign, subject, body) VALUES ($1, $2, $3, $4)
            ON CONFLICT (tenant, campaign, subject) DO UPDATE SET body = excluded.body";
        let args = vec![self.tenant.as_str().into(), campaign.into(), subject.into(), body.into()];
        self.tx.execute(KEEP, args).await?;
        Ok(())
    }

    /// Notes how far a service was followed. Errors: the database's.
    pub async fn follow(&mut self, service: &str, resume_token: &str) -> Result<(), DbError> {
        const NOTE: &str = "INSERT INTO followed (service, resume_token) VALUES ($1, $2)
            ON CONFLICT (service) DO UPDATE SET resume_token = excluded.resume_token";
        self.tx.execute(NOTE, vec![service.into(), resume_token.into()]).await?;
        Ok(())
    }
}
