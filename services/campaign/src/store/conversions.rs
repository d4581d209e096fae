//! Owns clicks, conversions and revenue by tracking code. Never what they are worth.

use creatorscope_kit::db::{DbError, micros};
use jiff::Timestamp;

use super::{Store, Work};

/// One record, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversion {
    /// Chosen by the sender; unique in a campaign.
    pub record_id: String,
    /// Whose code it was: the participant's name.
    pub participant: String,
    /// The code.
    pub code: String,
    /// When it happened.
    pub at: Timestamp,
    /// Clicks; none when not counted.
    pub clicks: Option<i64>,
    /// Conversions; none when not counted.
    pub conversions: Option<i64>,
    /// Revenue in minor units of the campaign's currency; none when not counted.
    pub revenue_minor: Option<i64>,
}

/// What came of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It was not known.
    New,
    /// It was known with the same content.
    Same,
    /// It was known with other content, which stays.
    Other,
}

/// What was recorded of a participant together. A sum is none when no record has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Converted {
    /// The participant's name.
    pub participant: String,
    /// Records, 0 and more.
    pub records: i64,
    /// Clicks.
    pub clicks: Option<i64>,
    /// Conversions.
    pub conversions: Option<i64>,
    /// Revenue in minor units.
    pub revenue_minor: Option<i64>,
}

/// Participant, records, clicks, conversions, revenue.
type SumRow = (String, i64, Option<i64>, Option<i64>, Option<i64>);
/// Participant, code, time, clicks, conversions, revenue.
type Row = (String, String, i64, Option<i64>, Option<i64>, Option<i64>);

impl Work {
    /// Keeps a record of a campaign unless its id is known. Errors: the database's.
    pub async fn record(&mut self, campaign: &str, one: &Conversion) -> Result<Recorded, DbError> {
        const RECORD: &str = "INSERT INTO conversions
            (tenant, campaign, record_id, participant, code, at, recorded_at, clicks, conversions, revenue_minor)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (tenant, campaign, record_id) DO NOTHING";
        const READ: &str = "SELECT participant, code, at, clicks, conversions, revenue_minor FROM conversions
            WHERE tenant = $1 AND campaign = $2 AND record_id = $3";
        let args = vec![
            self.tenant.as_str().into(),
            campaign.into(),
            one.record_id.as_str().into(),
            one.participant.as_str().into(),
            one.code.as_str().into(),
            micros(one.at).into(),
            self.now.into(),
            one.clicks.into(),
            one.conversions.into(),
            one.revenue_minor.into(),
        ];
        if self.tx.execute(RECORD, args).await? == 1 {
            return Ok(Recorded::New);
        }
        let args = vec![self.tenant.as_str().into(), campaign.into(), one.record_id.as_str().into()];
        let known: Option<Row> = self.tx.fetch_optional(READ, args).await?;
        let same = known.is_some_and(|(participant, code, at, clicks, conversions, revenue_minor)| {
            (participant, code, at) == (one.participant.clone(), one.code.clone(), micros(one.at))
                && (clicks, conversions, revenue_minor) == (one.clicks, one.conversions, one.revenue_minor)
        });
        Ok(if same { Recorded::Same } else { Recorded::Other })
    }
}

impl Store {
    /// What was recorded of each participant up to a time: it happened and was recorded by then. Errors: the database's.
    pub async fn converted(&self, tenant: &str, campaign: &str, as_of: Timestamp) -> Result<Vec<Converted>, DbError> {
        // Cast, because a sum of BIGINT is NUMERIC on Postgres.
        let sql = "SELECT participant, COUNT(*), CAST(SUM(clicks) AS BIGINT), CAST(SUM(conversions) AS BIGINT),
                CAST(SUM(revenue_minor) AS BIGINT) FROM conversions
            WHERE tenant = $1 AND campaign = $2 AND at <= $3 AND recorded_at <= $3
            GROUP BY participant ORDER BY participant";
        let args = vec![tenant.into(), campaign.into(), micros(as_of).into()];
        let rows: Vec<SumRow> = self.db.fetch(sql, args).await?;
        let converted = |(participant, records, clicks, conversions, revenue_minor)| Converted {
            participant,
            records,
            clicks,
            conversions,
            revenue_minor,
        };
        Ok(rows.into_iter().map(converted).collect())
    }
}
