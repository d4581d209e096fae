//! Owns what callers used: counted in this process, written to the table every second, held against monthly quotas. Never a
//! refusal. A crash loses what was counted since the last writing; replicas know of one another's counts after some seconds.

mod store;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use creatorscope_kit::{
    clock::Clock,
    db::{Db, DbError},
    runs,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use tracing::warn;

pub(crate) use self::store::Asked;
use self::store::{Store, Told};

const DAY_MICROS: i64 = 86_400_000_000;
/// After so many writings sums are read again, for what other replicas wrote.
const READ_EVERY: u32 = 5;

/// A day as tables count it: since 1970-01-01, in UTC.
pub(crate) fn day_of(time: Timestamp) -> i64 {
    time.as_microsecond().div_euclid(DAY_MICROS)
}

/// The date of a day.
pub(crate) fn date_of(day: i64) -> Date {
    creatorscope_kit::db::timestamp(day.saturating_mul(DAY_MICROS)).to_zoned(TimeZone::UTC).date()
}

/// The first days of the month of a time and of the next one.
pub(crate) fn month_of(time: Timestamp) -> (i64, i64) {
    let first = time.to_zoned(TimeZone::UTC).date().first_of_month();
    let day = |date: Date| date.to_zoned(TimeZone::UTC).map_or(i64::MAX, |zoned| day_of(zoned.timestamp()));
    (day(first), day(first.saturating_add(jiff::Span::new().months(1))))
}

/// When a day begins.
pub(crate) fn begin_of(day: i64) -> Timestamp {
    creatorscope_kit::db::timestamp(day.saturating_mul(DAY_MICROS))
}

/// Whose use is summed up over a month.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    Key(String),
    Tenant(String),
}

/// What is counted by itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Entry {
    day: i64,
    key: String,
    tenant: String,
    method: Arc<str>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    calls: i64,
    units: i64,
}

/// The units of a subject in a month. All together are what it used.
#[derive(Debug, Clone, Copy)]
struct Month {
    first: i64,
    /// As the table has them.
    stored: i64,
    /// On their way to the table.
    flying: i64,
    /// Not yet on their way.
    waiting: i64,
    /// Of calls that are still open.
    open: i64,
}

impl Month {
    fn used(&self) -> i64 {
        self.stored + self.flying + self.waiting + self.open
    }
}

#[derive(Default)]
struct Books {
    pending: HashMap<Entry, Sums>,
    months: HashMap<Subject, Month>,
    writings: u32,
}

/// What callers used.
pub(crate) struct Usage {
    books: Mutex<Books>,
    /// One writes at a time.
    writing: tokio::sync::Mutex<()>,
    store: Store,
    clock: Clock,
}

/// One call's part, from when it is let in.
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) key: String,
    pub(crate) tenant: String,
    pub(crate) method: Arc<str>,
    pub(crate) units: i64,
}

impl Usage {
    pub(crate) fn new(db: Db, clock: Clock) -> Self {
        Self { books: Mutex::default(), writing: tokio::sync::Mutex::default(), store: Store(db), clock }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a subject used this month, open calls included. What the table holds of it is read when it is first asked for; a
    /// table that cannot be read counts as empty, so that quotas do not keep calls away.
    pub(crate) async fn used(&self, subject: &Subject) -> i64 {
        let (first, _) = month_of(self.clock.now());
        if let Some(month) = self.books().months.get(subject).filter(|month| month.first == first) {
            return month.used();
        }
        let stored = self.store.sum(subject, first).await.unwrap_or_else(|error| {
            warn!(cause = creatorscope_kit::fault::causes(&error), "what was used this month cannot be read");
            0
        });
        let mut books = self.books();
        let fresh = Month { first, stored, flying: 0, waiting: 0, open: 0 };
        let month = books.months.entry(subject.clone()).or_insert(fresh);
        if month.first != first {
            // Calls that are open go on to count, in the new month.
            *month = Month { open: month.open, ..fresh };
        }
        month.used()
    }

    /// A call is let in.
    pub(crate) fn begin(&self, one: &Use) {
        self.books().of(one, |month| month.open += one.units);
    }

    /// A call has ended, `charged` or not.
    pub(crate) fn end(&self, one: &Use, charged: bool) {
        let units = if charged { one.units } else { 0 };
        let mut books = self.books();
        books.of(one, |month| {
            month.open -= one.units;
            month.waiting += units;
        });
        books.count(one, day_of(self.clock.now()), Sums { calls: 1, units });
    }

    /// A message more of a stream that is open.
    pub(crate) fn add(&self, one: &Use, units: i64) {
        let mut books = self.books();
        books.of(one, |month| month.waiting += units);
        books.count(one, day_of(self.clock.now()), Sums { calls: 0, units });
    }

    /// Writes what was counted. Errors: the database's; then all of it stays for the next time.
    pub(crate) async fn write(&self) -> Result<(), DbError> {
        let _one = self.writing.lock().await;
        let (pending, subjects) = {
            let mut books = self.books();
            if books.pending.is_empty() {
                return Ok(());
            }
            for month in books.months.values_mut() {
                month.flying += std::mem::take(&mut month.waiting);
            }
            books.writings += 1;
            let read = books.writings.is_multiple_of(READ_EVERY);
            let subjects: Vec<Subject> = if read { books.months.keys().cloned().collect() } else { Vec::new() };
            (std::mem::take(&mut books.pending), subjects)
        };
        if let Err(error) = runs::run(self.store.add(&pending)).await {
            let mut books = self.books();
            for (entry, sums) in pending {
                let kept = books.pending.entry(entry).or_default();
                kept.calls += sums.calls;
                kept.units += sums.units;
            }
            for month in books.months.values_mut() {
                month.waiting += std::mem::take(&mut month.flying);
            }
            return Err(error);
        }
        let (first, _) = month_of(self.clock.now());
        // What other replicas wrote is news, not needed: without it the own count goes on.
        let sums = self.store.sums(&subjects, first).await.unwrap_or_default();
        let mut books = self.books();
        for (subject, month) in &mut books.months {
            month.stored += std::mem::take(&mut month.flying);
            if let Some(stored) = sums.get(subject).filter(|_| month.first == first) {
                month.stored = *stored;
            }
        }
        books.months.retain(|_, month| month.first >= first || month.open > 0);
        Ok(())
    }

    /// What was used, a day, key and method each, the newest first; what was counted before is in it. Errors: the database's.
    pub(crate) async fn told(&self, asked: &Asked) -> Result<Told, DbError> {
        self.write().await?;
        self.store.told(asked).await
    }
}

impl Books {
    /// Does something with both months of a call that are watched.
    fn of(&mut self, one: &Use, mut change: impl FnMut(&mut Month)) {
        if self.months.is_empty() {
            return;
        }
        for subject in [Subject::Key(one.key.clone()), Subject::Tenant(one.tenant.clone())] {
            if let Some(month) = self.months.get_mut(&subject) {
                change(month);
            }
        }
    }

    fn count(&mut self, one: &Use, day: i64, more: Sums) {
        let (key, tenant, method) = (one.key.clone(), one.tenant.clone(), Arc::clone(&one.method));
        let sums = self.pending.entry(Entry { day, key, tenant, method }).or_default();
        sums.calls += more.calls;
        sums.units += more.units;
    }
}

#[cfg(test)]
mod tests;
