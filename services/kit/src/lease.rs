//! Owns which of a role's replicas does a job: a row in the database that they share, and whose holder says again and again that it is
//! there. Never the job.
//!
//! The row is in Postgres and not in Redis, because a lease that goes with Redis stops the job or lets all do it; one statement each few
//! seconds is no load. No clock is compared with another one: the holder counts up, and who has seen the same count for the whole time
//! of the lease, by its own monotonic clock, takes it. The holder stops before that, counted from before its last count. A process that
//! stands still in the middle of a statement may still be late, so that a job must stay right when two do it for a moment; the
//! lease spares the work.

use std::{
    fmt,
    future::Future,
    pin::pin,
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    clock::Clock,
    db::{Db, DbError, Engine},
    role::BoxError,
};

/// A holder that is silent for so long has lost its lease.
const HELD: Duration = Duration::from_secs(9);
/// How often the holder counts, and the others look; so another one has it after 12 s at most, and after 3 s when the holder ends well.
const STEP: Duration = Duration::from_secs(3);
/// How long a job may take to end when the role stops, before others may begin it.
const END: Duration = Duration::from_secs(5);

/// One job that one replica does at a time.
pub struct Lease {
    db: Db,
    name: &'static str,
    /// This process, differently each time that it starts.
    holder: String,
    held: Duration,
    step: Duration,
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What was last seen of a lease that another one holds.
struct Seen {
    beat: i64,
    since: Instant,
}

impl Lease {
    /// The lease of a job, whose name is used once in a service's database.
    pub fn new(db: &Db, name: &'static str) -> Self {
        Self { db: db.clone(), name, holder: Clock::system().unique_id(), held: HELD, step: STEP }
    }

    /// The same with other times: a holder that is silent for `held` has lost it, and counts each `step`.
    pub fn timed(self, held: Duration, step: Duration) -> Self {
        Self { held, step, ..self }
    }

    /// A role's job that runs here while this replica has the lease. A file of SQLite has one process, which always has it. Errors: the
    /// job's.
    pub fn over<R>(
        self,
        run: impl Fn(CancellationToken) -> R + Send + 'static,
    ) -> impl FnOnce(CancellationToken) -> futures::future::BoxFuture<'static, Result<(), BoxError>> + Send
    where
        R: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.over_else(run, |stop| async move {
            stop.cancelled().await;
            Ok(())
        })
    }

    /// The same; while another replica has the lease, `idle` runs here. Either ends by being dropped when it is the other's turn. Errors:
    /// those of either.
    pub fn over_else<R, I>(
        self,
        run: impl Fn(CancellationToken) -> R + Send + 'static,
        idle: impl Fn(CancellationToken) -> I + Send + 'static,
    ) -> impl FnOnce(CancellationToken) -> futures::future::BoxFuture<'static, Result<(), BoxError>> + Send
    where
        R: Future<Output = Result<(), BoxError>> + Send + 'static,
        I: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        move |stop| {
            Box::pin(async move {
                if self.db.engine() == Engine::Sqlite {
                    return run(stop).await;
                }
                while !stop.is_cancelled() {
                    let ended = tokio::select! {
                        ended = idle(stop.clone()) => Some(ended),
                        () = self.taken() => None,
                    };
                    match ended {
                        Some(Err(error)) => return Err(error),
                        Some(Ok(())) => break,
                        None => self.hold(run(stop.clone()), &stop).await?,
                    }
                }
                Ok(())
            })
        }
    }

    /// Runs the job until it ends, or until the lease is lost. Errors: the job's.
    async fn hold(
        &self,
        run: impl Future<Output = Result<(), BoxError>>,
        stop: &CancellationToken,
    ) -> Result<(), BoxError> {
        info!(job = self.name, "this replica does the job");
        metrics::gauge!("lease_held", "task" => self.name).set(1.0);
        let mut run = pin!(run);
        let ended = tokio::select! {
            ended = &mut run => Some(ended),
            () = self.lost() => None,
            () = async { stop.cancelled().await; tokio::time::sleep(END).await } => None,
        };
        metrics::gauge!("lease_held", "task" => self.name).set(0.0);
        if ended.is_none() && !stop.is_cancelled() {
            warn!(job = self.name, "another replica may do the job from now on; the database was away for too long");
        }
        // Nobody has to wait for a holder that ends.
        _ = tokio::time::timeout(self.step, self.release()).await;
        ended.unwrap_or(Ok(()))
    }

    /// Ends when this replica has the lease. A database that is away is asked again.
    async fn taken(&self) {
        let mut seen: Option<Seen> = None;
        loop {
            if self.take(&mut seen).await.unwrap_or(false) {
                return;
            }
            // Replicas that start together do not look together for ever.
            tokio::time::sleep(self.step.mul_f64(0.8 + 0.2 * fastrand::f64())).await;
        }
    }

    async fn take(&self, seen: &mut Option<Seen>) -> Result<bool, DbError> {
        const READ: &str = "SELECT holder, beat FROM leases WHERE name = $1";
        const BEGIN: &str = "INSERT INTO leases (name, holder, beat) VALUES ($1, $2, 1) ON CONFLICT DO NOTHING";
        const TAKE: &str = "UPDATE leases SET holder = $2, beat = beat + 1 WHERE name = $1 AND beat = $3";
        let row: Option<(String, i64)> = self.db.fetch_optional(READ, vec![self.name.into()]).await?;
        let args = vec![self.name.into(), self.holder.as_str().into()];
        let (holder, beat) = match row {
            Some(row) => row,
            None => return self.write(BEGIN, args).await,
        };
        let known = seen.take().filter(|known| known.beat == beat);
        let since = known.map_or_else(Instant::now, |known| known.since);
        if holder.is_empty() || since.elapsed() >= self.held {
            return self.write(TAKE, args.into_iter().chain([beat.into()]).collect()).await;
        }
        *seen = Some(Seen { beat, since });
        Ok(false)
    }

    /// Ends when this replica can no longer be sure that it has the lease.
    async fn lost(&self) {
        const COUNT: &str = "UPDATE leases SET beat = beat + 1 WHERE name = $1 AND holder = $2";
        let mut sure = Instant::now();
        loop {
            tokio::time::sleep(self.step.min(self.held.saturating_sub(sure.elapsed()))).await;
            let begun = Instant::now();
            let left = self.held.saturating_sub(sure.elapsed());
            let args = vec![self.name.into(), self.holder.as_str().into()];
            match tokio::time::timeout(left, self.write(COUNT, args)).await {
                Ok(Ok(true)) => sure = begun,
                Ok(Ok(false)) | Err(_) => return,
                Ok(Err(_)) if sure.elapsed() >= self.held => return,
                Ok(Err(_)) => {}
            }
        }
    }

    async fn release(&self) -> Result<(), DbError> {
        const RELEASE: &str = "UPDATE leases SET holder = '', beat = beat + 1 WHERE name = $1 AND holder = $2";
        self.write(RELEASE, vec![self.name.into(), self.holder.as_str().into()]).await.map(drop)
    }

    async fn write(&self, sql: &'static str, args: Vec<crate::db::Arg>) -> Result<bool, DbError> {
        let mut tx = self.db.begin().await?;
        let touched = tx.execute(sql, args).await?;
        tx.commit().await?;
        Ok(touched == 1)
    }
}
