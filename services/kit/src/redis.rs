//! Owns what is asked of Redis: values under keys, scripts, messages; and how long anybody waits for it. Never what is kept there, and
//! never the truth: who asks does without when there is no answer.

mod keeper;
mod listen;
mod place;
#[cfg(test)]
mod tests;

use std::{fmt, fs, future::Future, path::PathBuf, sync::Arc, time::Duration};

use redis::{Cmd, ErrorKind, FromRedisValue, RedisResult, ServerErrorKind, cmd};
use tracing::Instrument;

pub(crate) use self::listen::Listening;
use self::{
    keeper::Keeper,
    place::{Line, Place},
};
use crate::{config::Problems, db::Secret, task, telemetry};

/// How long an answer may take. By its defaults a call waited 9.45 s for a Redis that was down.
const PATIENCE: Duration = Duration::from_millis(200);
/// How long a whole call may take, waiting for the first connection included.
const LONGEST: Duration = Duration::from_millis(250);
/// A Redis that is down is asked for so often: by nobody's call, which all do without meanwhile.
const REST: Duration = Duration::from_secs(1);

/// `[redis]`
#[derive(Debug, Clone, serde::Deserialize)]
pub struct RedisConfig {
    url: Secret,
    prefix: String,
    ca: PathBuf,
    sentinel_password: Secret,
}

impl RedisConfig {
    /// Of a url, empty for none, with the other settings as they are by default.
    pub fn new(url: Secret) -> Self {
        Self { url, prefix: "creatorscope".to_owned(), ca: PathBuf::new(), sentinel_password: Secret::new("") }
    }

    /// The same under other names: who has another prefix shares nothing.
    pub fn named(self, prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), ..self }
    }

    /// The same, trusting the authorities in a file.
    pub fn trusting(self, ca: PathBuf) -> Self {
        Self { ca, ..self }
    }

    /// Whether there is a Redis.
    pub fn is_set(&self) -> bool {
        !self.url.reveal().is_empty()
    }

    /// Tells what is wrong with the settings, without repeating the url.
    pub fn check(&self, problems: &mut Problems) {
        if self.is_set() && Place::parse(self.url.reveal(), "", None).is_err() {
            problems.add(
                "redis.url: accepted is redis://user:password@host:port/number, redis-sentinel://user:password@host:port,host:port/master \
                 and redis-cluster://user:password@host:port,host:port; with rediss for TLS",
            );
        }
        let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if self.prefix.is_empty() || self.prefix.len() > 64 || !is_plain(&self.prefix) {
            problems.add("redis.prefix: accepted are 1 to 64 letters, digits, - _ .");
        }
    }

    /// The way to Redis; none without a url. A task of its own makes the connection, so it needs a runtime. Errors: the url is none, the
    /// file of authorities cannot be read.
    pub fn open(&self) -> Result<Option<Redis>, RedisError> {
        if !self.is_set() {
            return Ok(None);
        }
        let ca = match self.ca.as_os_str().is_empty() {
            true => None,
            false => Some(fs::read(&self.ca).map_err(|error| RedisError(format!("redis.ca: {error}")))?),
        };
        let place = Place::parse(self.url.reveal(), self.sentinel_password.reveal(), ca);
        let (keeper, keeping) = Keeper::start(place.map_err(|error| RedisError(told(&error)))?);
        Ok(Some(Redis(Arc::new(Inner { keeper, prefix: self.prefix.clone(), _keeping: keeping }))))
    }
}

/// Why Redis did not do as asked.
#[derive(Debug, thiserror::Error)]
#[error("redis does not answer: {0}")]
pub struct RedisError(String);

/// A script that Redis runs as one step.
#[derive(Debug, Clone)]
pub struct Script {
    text: Arc<str>,
    hash: Arc<str>,
}

impl Script {
    /// A script in Lua. It is sent once to a server; later calls name it by its hash.
    pub fn new(text: &str) -> Self {
        Self { text: text.into(), hash: redis::Script::new(text).get_hash().into() }
    }

    fn call(&self, name: &'static str, what: &str, keys: &[&str], arguments: &[i64]) -> Cmd {
        let mut call = cmd(name);
        call.arg(what).arg(keys.len()).arg(keys).arg(arguments);
        call
    }
}

/// A Redis that answers or not. Cheap to clone.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    keeper: Arc<Keeper>,
    prefix: String,
    /// Ends with the last clone.
    _keeping: task::Owned<()>,
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redis")
    }
}

/// All calls take one round trip and a quarter of a second at most. Errors: no answer, or none is waited for because there was none a
/// moment ago; all are counted (`redis_failures_total`).
impl Redis {
    /// What all names begin with.
    pub fn prefix(&self) -> &str {
        &self.0.prefix
    }

    /// Runs a script and answers with its numbers. In a Cluster all keys have to be of one slot.
    pub async fn run(&self, script: &Script, keys: &[&str], arguments: &[i64]) -> Result<Vec<i64>, RedisError> {
        let ask = |mut line: Line| async move {
            let known = script.call("EVALSHA", &script.hash, keys, arguments);
            match known.query_async::<Vec<i64>>(&mut line).await {
                Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                    script.call("EVAL", &script.text, keys, arguments).query_async(&mut line).await
                }
                answer => answer,
            }
        };
        self.ask("EVALSHA", ask).await
    }

    /// What is kept under a key.
    pub async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, RedisError> {
        self.send("GET", cmd("GET").arg(key)).await
    }

    /// Keeps bytes under a key for so long, at least a millisecond.
    pub async fn set(&self, key: &str, bytes: &[u8], ttl: Duration) -> Result<(), RedisError> {
        let millis = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1);
        self.send("SET", cmd("SET").arg(key).arg(bytes).arg("PX").arg(millis)).await
    }

    /// Removes what is kept under a key.
    pub async fn remove(&self, key: &str) -> Result<(), RedisError> {
        self.send::<i64>("DEL", cmd("DEL").arg(key)).await.map(drop)
    }

    /// Tells all who listen to a channel.
    pub async fn publish(&self, channel: &str, message: i64) -> Result<(), RedisError> {
        self.send::<i64>("PUBLISH", cmd("PUBLISH").arg(channel).arg(message)).await.map(drop)
    }

    /// Listens to channels on a connection of its own. Errors: nobody is there.
    pub(crate) async fn listen(&self, channels: &[String]) -> Result<Listening, RedisError> {
        let connect = async {
            let server = self.0.keeper.place.listened().await?;
            let (mut sink, stream) = server.get_async_pubsub().await?.split();
            sink.subscribe(channels).await?;
            RedisResult::Ok(Listening::new(sink, stream))
        };
        match tokio::time::timeout(Duration::from_secs(5), connect).await {
            Ok(Ok(listening)) => Ok(listening),
            Ok(Err(error)) => Err(RedisError(told(&error))),
            Err(_) => Err(RedisError("no connection in time".to_owned())),
        }
    }

    async fn send<T: FromRedisValue>(&self, verb: &'static str, command: &mut Cmd) -> Result<T, RedisError> {
        let command = &*command;
        self.ask(verb, |mut line: Line| async move { command.query_async(&mut line).await }).await
    }

    async fn ask<T, F>(&self, verb: &'static str, ask: impl FnOnce(Line) -> F) -> Result<T, RedisError>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let Some((turn, line)) = self.0.keeper.line(LONGEST).await else {
            return Err(failed("it did not a moment ago".to_owned()));
        };
        let span = telemetry::asking(verb);
        // On the heap: callers keep several of these in their futures, and the way to a Cluster is large.
        let asked = Box::pin(ask(line).instrument(span.clone()));
        match tokio::time::timeout(LONGEST, asked).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) if is_refusal(&error) => {
                telemetry::failed(&span);
                self.0.keeper.refused(verb, error.code().unwrap_or_default());
                Err(failed(told(&error)))
            }
            Ok(Err(error)) => {
                telemetry::failed(&span);
                self.0.keeper.broke(turn, &told(&error));
                Err(failed(told(&error)))
            }
            Err(_) => {
                telemetry::failed(&span);
                self.0.keeper.broke(turn, "no answer in time");
                Err(failed("no answer in time".to_owned()))
            }
        }
    }
}

fn failed(cause: String) -> RedisError {
    metrics::counter!("redis_failures_total").increment(1);
    RedisError(cause)
}

/// Whether a server that is well said no: a right is missing, a script is wrong, a key holds something else. Another connection would
/// not help, but does where a master no longer is one, or is not yet.
fn is_refusal(error: &redis::RedisError) -> bool {
    match error.kind() {
        ErrorKind::Server(kind) => !matches!(
            kind,
            ServerErrorKind::ReadOnly
                | ServerErrorKind::MasterDown
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::BusyLoading
                | ServerErrorKind::Moved
        ),
        ErrorKind::Extension | ErrorKind::UnexpectedReturnType => true,
        _ => false,
    }
}

/// What happened, without the url: it may hold a password.
fn told(error: &redis::RedisError) -> String {
    format!("{:?}", error.kind())
}
