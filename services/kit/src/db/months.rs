//! Owns tables that are cut into parts by month on Postgres: a part for each month to come, whole parts removed. Never what their rows
//! mean.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{Db, DbError, Engine, Tx};

/// The parts that have an end, with it; the last part for all other times has none.
const PARTS: &str =
    "SELECT relname::text, substring(pg_get_expr(relpartbound, pg_class.oid) from 'TO \\(''(-?[0-9]+)''\\)')::bigint
    FROM pg_class JOIN pg_inherits ON inhrelid = pg_class.oid
    WHERE inhparent = to_regclass($1) AND pg_get_expr(relpartbound, pg_class.oid) <> 'DEFAULT' ORDER BY 1";
const IS_PARTED: &str = "SELECT 1::bigint FROM pg_class WHERE oid = to_regclass($1) AND relkind = 'p'";

impl Db {
    /// Keeps a table in parts by month, cut by a column of microseconds: a part for the month of `now` and for the next, and none that
    /// ends before `end`. Answers how many rows went with the parts. Rows of a month that had no part are moved into it from
    /// `TABLE_rest`. Does nothing where the table is not in parts, as on SQLite. Errors: the database's, also when the table is locked for
    /// five seconds; then nothing is changed.
    pub async fn keep_months(&self, table: &str, time: &str, now: Timestamp, end: Timestamp) -> Result<u64, DbError> {
        if self.engine() == Engine::Sqlite || self.fetch::<(i64,)>(IS_PARTED, vec![table.into()]).await?.is_empty() {
            return Ok(0);
        }
        let mut tx = self.begin().await?;
        // Replicas look after the table one by one.
        tx.execute("SELECT pg_advisory_xact_lock(hashtext('months ' || current_schema()))", vec![]).await?;
        tx.execute("SET LOCAL lock_timeout = '5s'", vec![]).await?;
        let parts: Vec<(String, Option<i64>)> = tx.fetch(PARTS, vec![table.into()]).await?;
        let month = now.to_zoned(TimeZone::UTC).date().first_of_month();
        for first in [Some(month), next(month)].into_iter().flatten() {
            let Some((name, begin, until)) = part(table, first) else { continue };
            let covered = parts.iter().any(|(known, ends)| *known == name || ends.is_some_and(|ends| ends >= until));
            if !covered {
                add(&mut tx, table, time, &name, begin, until).await?;
            }
        }
        let mut removed = 0;
        for (name, _) in parts.iter().filter(|(_, ends)| ends.is_some_and(|ends| ends <= end.as_microsecond())) {
            let rows: Option<(i64,)> = tx.fetch_optional(format!("SELECT COUNT(*) FROM {name}"), vec![]).await?;
            tx.execute(format!("DROP TABLE {name}"), vec![]).await?;
            removed += rows.map_or(0, |(rows,)| rows.unsigned_abs());
        }
        tx.commit().await?;
        Ok(removed)
    }
}

fn next(month: Date) -> Option<Date> {
    month.last_of_month().tomorrow().ok()
}

/// Name, first and past-the-end microsecond of the part of a month.
fn part(table: &str, first: Date) -> Option<(String, i64, i64)> {
    let at = |date: Date| Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond());
    Some((format!("{table}_{:04}_{:02}", first.year(), first.month()), at(first)?, at(next(first)?)?))
}

/// Adds a part with the rows that are its own.
async fn add(tx: &mut Tx, table: &str, time: &str, name: &str, begin: i64, until: i64) -> Result<(), DbError> {
    for sql in [
        format!("CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS)"),
        format!(
            "WITH moved AS (DELETE FROM {table}_rest WHERE {time} >= {begin} AND {time} < {until} RETURNING *)
             INSERT INTO {name} SELECT * FROM moved"
        ),
        format!("ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({begin}) TO ({until})"),
    ] {
        tx.execute(sql, vec![]).await?;
    }
    Ok(())
}
