//! Owns the table of what was used. Never a quota.

use std::collections::HashMap;

use creatorscope_kit::db::{Arg, Db, DbError, json_texts};

use super::{Entry, Subject, Sums};

/// Most rows that are told at once.
const MOST_ROWS: i64 = 10_000;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// A key; empty for all.
    pub(crate) key: String,
    /// A tenant; empty for all.
    pub(crate) tenant: String,
    /// The first day.
    pub(crate) begin: i64,
    /// The day behind the last.
    pub(crate) end: i64,
}

/// What a key used of a method on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) day: i64,
    pub(crate) key: String,
    pub(crate) tenant: String,
    pub(crate) method: String,
    pub(crate) calls: i64,
    pub(crate) units: i64,
}

/// What was used in a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// At most 10 000, the newest.
    pub(crate) rows: Vec<Row>,
    /// All of them.
    pub(crate) calls: i64,
    pub(crate) units: i64,
}

/// The table.
pub(super) struct Store(pub(super) Db);

impl Store {
    /// Adds to what is there.
    pub(super) async fn add(&self, pending: &HashMap<Entry, Sums>) -> Result<(), DbError> {
        const ADD: &str = "INSERT INTO usage (day, key, tenant, method, calls, units) VALUES ($1, $2, $3, $4, $5, $6) \
            ON CONFLICT (day, key, tenant, method) DO UPDATE SET calls = usage.calls + excluded.calls, units = usage.units + excluded.units";
        // In one order everywhere, so that replicas do not wait for one another in a circle.
        let mut rows: Vec<(&Entry, &Sums)> = pending.iter().collect();
        rows.sort_by(|(a, _), (b, _)| {
            (a.day, &a.key, &a.tenant, &a.method).cmp(&(b.day, &b.key, &b.tenant, &b.method))
        });
        let mut tx = self.0.begin().await?;
        for (Entry { day, key, tenant, method }, sums) in rows {
            let row: Vec<Arg> = vec![
                (*day).into(),
                key.as_str().into(),
                tenant.as_str().into(),
                (&**method).into(),
                sums.calls.into(),
                sums.units.into(),
            ];
            tx.execute(ADD, row).await?;
        }
        tx.commit().await
    }

    /// What a subject used from a day on.
    pub(super) async fn sum(&self, subject: &Subject, begin: i64) -> Result<i64, DbError> {
        Ok(self.sums(std::slice::from_ref(subject), begin).await?.remove(subject).unwrap_or_default())
    }

    /// What subjects used from a day on; who used nothing is left out.
    pub(super) async fn sums(&self, subjects: &[Subject], begin: i64) -> Result<HashMap<Subject, i64>, DbError> {
        let keys: Vec<&str> = subjects.iter().filter_map(Subject::key).collect();
        let tenants: Vec<&str> = subjects.iter().filter_map(Subject::tenant).collect();
        let mut sums = HashMap::new();
        for (column, names, of) in
            [("key", keys, Subject::Key as fn(String) -> Subject), ("tenant", tenants, Subject::Tenant)]
        {
            if names.is_empty() {
                continue;
            }
            let within = self.0.engine().in_texts("$2");
            let sql = format!(
                "SELECT {column}, CAST(SUM(units) AS BIGINT) FROM usage WHERE day >= $1 AND {column} {within} GROUP BY {column}"
            );
            let rows: Vec<(String, i64)> = self.0.fetch(sql, vec![begin.into(), json_texts(names)]).await?;
            sums.extend(rows.into_iter().map(|(name, units)| (of(name), units)));
        }
        Ok(sums)
    }

    /// The newest rows of what is asked for, and the sums of all.
    pub(super) async fn told(&self, asked: &Asked) -> Result<Told, DbError> {
        const OF: &str =
            "FROM usage WHERE day >= $1 AND day < $2 AND ($3 = '' OR key = $3) AND ($4 = '' OR tenant = $4)";
        let arguments: Vec<Arg> =
            vec![asked.begin.into(), asked.end.into(), asked.key.as_str().into(), asked.tenant.as_str().into()];
        let sums =
            format!("SELECT CAST(COALESCE(SUM(calls), 0) AS BIGINT), CAST(COALESCE(SUM(units), 0) AS BIGINT) {OF}");
        let (calls, units) = self.0.fetch_optional(sums, arguments.clone()).await?.unwrap_or_default();
        let newest = format!(
            "SELECT day, key, tenant, method, calls, units {OF} ORDER BY day DESC, key, tenant, method LIMIT {MOST_ROWS}"
        );
        let rows: Vec<(i64, String, String, String, i64, i64)> = self.0.fetch(newest, arguments).await?;
        let row = |(day, key, tenant, method, calls, units)| Row { day, key, tenant, method, calls, units };
        Ok(Told { rows: rows.into_iter().map(row).collect(), calls, units })
    }
}

impl Subject {
    fn key(&self) -> Option<&str> {
        if let Self::Key(name) = self { Some(name) } else { None }
    }

    fn tenant(&self) -> Option<&str> {
        if let Self::Tenant(name) = self { Some(name) } else { None }
    }
}
