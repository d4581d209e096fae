//! Owns the way to Redis: one connection that comes back by itself, scripts, and how long anybody waits for it. Never what is
//! kept there, and never the truth: who asks does without when there is no answer.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use redis::{
    Client, IntoConnectionInfo,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tracing::{Instrument, info, warn};

use crate::{config::Problems, db::Secret, telemetry};

/// How long a connection may take to be made, and an answer to come. By its defaults a call waited 9.45 s for a Redis that was down.
const PATIENCE: Duration = Duration::from_millis(200);
/// How long a whole call may take, the way there included.
const LONGEST: Duration = Duration::from_millis(250);
/// So often a connection that broke is made again within a call.
const RETRIES: usize = 1;
/// After no answer nobody asks for so long: a Redis that is down must not cost every call its patience.
const REST: Duration = Duration::from_secs(1);

/// `[redis]`
#[derive(Debug, Clone, serde::Deserialize)]
pub struct RedisConfig {
    url: Secret,
}

impl RedisConfig {
    /// Of a url of the form `redis://user:password@host:port/number` or `rediss://…` for TLS; empty for none.
    pub fn new(url: Secret) -> Self {
        Self { url }
    }

    /// Tells what is wrong with the url, without repeating it.
    pub fn check(&self, problems: &mut Problems) {
        let url = self.url.reveal();
        let known = url.starts_with("redis://") || url.starts_with("rediss://");
        if !url.is_empty() && (!known || url.into_connection_info().is_err()) {
            problems.add("redis.url: accepted is redis://user:password@host:port/number, or rediss://… for TLS");
        }
    }

    /// The way to Redis; none without a url. It is connected when it is first asked. Errors: the url is none.
    pub fn open(&self) -> Result<Option<Redis>, RedisError> {
        if self.url.reveal().is_empty() {
            return Ok(None);
        }
        let client = Client::open(self.url.reveal()).map_err(|error| RedisError(told(&error)))?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(RETRIES)
            .set_max_delay(Duration::from_millis(20));
        let manager = ConnectionManager::new_lazy_with_config(client, config);
        let manager = manager.map_err(|error| RedisError(told(&error)))?;
        Ok(Some(Redis { manager, away: Arc::default() }))
    }
}

/// Why Redis did not do as asked.
#[derive(Debug, thiserror::Error)]
#[error("redis does not answer: {0}")]
pub struct RedisError(String);

/// A script that Redis runs as one step.
#[derive(Debug, Clone)]
pub struct Script(redis::Script);

impl Script {
    /// A script in Lua. It is sent once; later calls name it by its hash.
    pub fn new(text: &str) -> Self {
        Self(redis::Script::new(text))
    }
}

/// A Redis that answers or not. Cheap to clone.
#[derive(Clone)]
pub struct Redis {
    manager: ConnectionManager,
    /// Until when nobody asks, after it did not answer.
    away: Arc<Mutex<Option<Instant>>>,
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redis")
    }
}

impl Redis {
    /// Runs a script and answers with its numbers, in one round trip and within a quarter of a second. Errors: no answer, or
    /// none was waited for because there was none a moment ago. The first is told as WARN, all are counted
    /// (`redis_failures_total`).
    pub async fn run(&self, script: &Script, keys: &[&str], arguments: &[i64]) -> Result<Vec<i64>, RedisError> {
        if self.rests() {
            return Err(self.failed(None));
        }
        let mut call = script.0.prepare_invoke();
        for key in keys {
            call.key(*key);
        }
        for argument in arguments {
            call.arg(*argument);
        }
        let mut manager = self.manager.clone();
        let span = telemetry::asking("EVALSHA");
        let answer = tokio::time::timeout(LONGEST, call.invoke_async::<Vec<i64>>(&mut manager));
        let answer = answer.instrument(span.clone()).await;
        if !matches!(answer, Ok(Ok(_))) {
            telemetry::failed(&span);
        }
        match answer {
            Ok(Ok(numbers)) => {
                self.answered();
                Ok(numbers)
            }
            Ok(Err(error)) => Err(self.failed(Some(told(&error)))),
            Err(_) => Err(self.failed(Some("no answer in time".to_owned()))),
        }
    }

    /// Whether nobody asks now. Of those who come when the rest is over, one asks.
    fn rests(&self) -> bool {
        let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        match *away {
            None => false,
            Some(until) if now < until => true,
            Some(_) => {
                *away = Some(now + REST);
                false
            }
        }
    }

    fn answered(&self) {
        let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        if away.take().is_some() {
            info!("Redis answers again");
        }
    }

    fn failed(&self, cause: Option<String>) -> RedisError {
        metrics::counter!("redis_failures_total").increment(1);
        let Some(cause) = cause else { return RedisError("it did not a moment ago".to_owned()) };
        let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        if away.replace(Instant::now() + REST).is_none() {
            warn!(cause, "Redis does not answer; each process goes on by itself until it does");
        }
        RedisError(cause)
    }
}

/// What happened, without the url: it may hold a password.
fn told(error: &redis::RedisError) -> String {
    format!("{:?}", error.kind())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(url: &str) -> Option<String> {
        let mut problems = Problems::default();
        RedisConfig::new(Secret::new(url)).check(&mut problems);
        problems.check().err().map(|problems| problems.to_string())
    }

    #[test]
    fn a_url_names_a_redis_with_or_without_tls_and_user() {
        for good in ["", "redis://localhost", "rediss://gate:secret@cache.example:6380/2"] {
            assert_eq!(problems(good), None, "{good}");
        }
        for wrong in ["localhost:6379", "http://localhost", "redis://:x:y:z@/a"] {
            let told = problems(wrong).unwrap_or_default();
            assert!(told.contains("redis.url") && !told.contains(wrong), "{wrong}: {told}");
        }
    }

    #[tokio::test]
    async fn a_redis_that_is_not_there_is_not_waited_for_twice() {
        // Nobody listens on the port of a listener that is gone.
        let port =
            std::net::TcpListener::bind("127.0.0.1:0").and_then(|gone| gone.local_addr()).expect("a port").port();
        let config = RedisConfig::new(Secret::new(format!("redis://127.0.0.1:{port}")));
        let redis = config.open().expect("a url").expect("one");
        let script = Script::new("return {1}");
        redis.run(&script, &[], &[]).await.expect_err("nobody is there");
        assert!(redis.rests());
        let told = redis.run(&script, &[], &[]).await.expect_err("nobody is asked").to_string();
        assert!(told.contains("a moment ago"), "{told}");
    }
}
