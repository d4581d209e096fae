//! Owns calls of the YouTube Data API: the key, waiting and trying again, and what its errors mean. Never which pages are wanted.

use std::time::Duration;

use anyhow::{Context, bail};
use creatorscope_kit::{db::Secret, task};
use serde::Deserialize;
use ureq::Agent;

/// How long one call may take.
const DEADLINE: Duration = Duration::from_secs(30);
/// How often a call that may succeed later is tried.
const TRIES: u32 = 5;
/// Largest page.
const LARGEST: u64 = 32 << 20;
/// The wait before the second try at most; it doubles from there.
const LEAST_WAIT: Duration = Duration::from_secs(1);
const MOST_WAIT: Duration = Duration::from_secs(30);

/// What the API answers.
#[derive(Debug)]
pub(super) enum Answer {
    /// A page.
    Page(String),
    /// What was asked for is not there or not open, e.g. disabled comments.
    Missing(String),
    /// No more units today.
    QuotaExceeded(String),
    /// It did not answer, or asked to come later, again and again.
    Unavailable(String),
}

/// The method and the parameters of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) parameters: Vec<(&'static str, String)>,
}

/// The API behind its address.
pub(super) struct Api {
    agent: Agent,
    address: String,
    key: Secret,
    least_wait: Duration,
}

/// An error as the API writes it.
#[derive(Debug, Deserialize)]
struct Refusal {
    error: RefusalBody,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RefusalBody {
    message: String,
    errors: Vec<RefusalDetail>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RefusalDetail {
    reason: String,
}

/// What is to be done about one try.
enum Try {
    Done(Answer),
    Later(String),
}

impl Api {
    pub(super) fn new(address: &str, key: Secret) -> Self {
        let config = Agent::config_builder().timeout_global(Some(DEADLINE)).http_status_as_error(false).build();
        Self { agent: config.into(), address: address.trim_end_matches('/').to_owned(), key, least_wait: LEAST_WAIT }
    }

    /// Tries again at once, for tests.
    #[cfg(test)]
    pub(super) fn without_waiting(mut self) -> Self {
        self.least_wait = Duration::ZERO;
        self
    }

    /// Calls; what may succeed later is tried again with growing random waits. Errors: a key that the API does not take, or an
    /// answer that has no place here.
    pub(super) async fn call(&self, call: &Call) -> anyhow::Result<Answer> {
        let mut why = String::new();
        for attempt in 0..TRIES {
            if attempt > 0 {
                tokio::time::sleep(task::backoff(attempt, self.least_wait, MOST_WAIT)).await;
            }
            match self.once(call).await? {
                Try::Done(answer) => return Ok(answer),
                Try::Later(reason) => why = reason,
            }
        }
        Ok(Answer::Unavailable(why))
    }

    async fn once(&self, call: &Call) -> anyhow::Result<Try> {
        let address = format!("{}/{}", self.address, call.method);
        // The key goes as a header: an address ends up in logs and errors.
        let mut request = self.agent.get(&address).header("x-goog-api-key", self.key.reveal());
        for (name, value) in &call.parameters {
            request = request.query(name, value);
        }
        let answered = task::blocking(move || {
            let mut response = request.call()?;
            let text = response.body_mut().with_config().limit(LARGEST).read_to_string()?;
            Ok::<_, ureq::Error>((response.status().as_u16(), text))
        });
        match answered.await.context("the call of the API")? {
            Ok((200, text)) => Ok(Try::Done(Answer::Page(text))),
            Ok((status, text)) => read_refusal(call.method, status, &text),
            Err(ureq::Error::BadUri(why)) => bail!("`{}` is not an address of the API: {why}", self.address),
            Err(error) => Ok(Try::Later(error.to_string())),
        }
    }
}

/// What an answer that is no page means. Source of the reasons: developers.google.com/youtube/v3/docs/errors.
fn read_refusal(method: &str, status: u16, text: &str) -> anyhow::Result<Try> {
    let refusal = serde_json::from_str::<Refusal>(text).map(|refusal| refusal.error).unwrap_or_default();
    let reasons: Vec<&str> = refusal.errors.iter().map(|detail| detail.reason.as_str()).collect();
    let told = format!("{status} {}: {}", reasons.join(", "), shortened(&refusal.message));
    let is = |known: &[&str]| reasons.iter().any(|reason| known.contains(reason));
    if is(&["quotaExceeded", "dailyLimitExceeded"]) {
        return Ok(Try::Done(Answer::QuotaExceeded(told)));
    }
    if status == 429 || status >= 500 || is(&["rateLimitExceeded", "userRateLimitExceeded", "processingFailure"]) {
        return Ok(Try::Later(told));
    }
    if status == 404
        || is(&["commentsDisabled", "forbidden", "playlistItemsNotAccessible", "channelClosed", "channelSuspended"])
    {
        return Ok(Try::Done(Answer::Missing(told)));
    }
    bail!("the API refuses {method}: {told}")
}

fn shortened(message: &str) -> String {
    message.chars().take(300).collect()
}
