//! Owns how much a listener takes of one client and of all: `[limits]`. Never how it is kept.

use std::time::Duration;

use serde::Deserialize;

use crate::config::Problems;

/// `[limits]`: for every listener by itself. `Default` is what the default file says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Limits {
    connections: u32,
    header_kilobytes: u32,
    streams: u32,
    unaccepted_resets: u32,
    error_resets: u32,
    client_resets: u32,
    shun_seconds: u32,
    handshake_seconds: u32,
    header_seconds: u32,
    idle_seconds: u32,
    age_seconds: u32,
    keepalive_seconds: u32,
    keepalive_answer_seconds: u32,
    send_buffer_kilobytes: u32,
    stall_seconds: u32,
    request_seconds: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 16_384,
            header_kilobytes: 32,
            streams: 1_000,
            unaccepted_resets: 20,
            error_resets: 1_024,
            client_resets: 2_000,
            shun_seconds: 10,
            handshake_seconds: 10,
            header_seconds: 15,
            idle_seconds: 300,
            age_seconds: 3_600,
            keepalive_seconds: 20,
            keepalive_answer_seconds: 20,
            send_buffer_kilobytes: 256,
            stall_seconds: 30,
            request_seconds: 120,
        }
    }
}

impl Limits {
    /// Tells every setting that is out of its range.
    pub fn check(&self, problems: &mut Problems) {
        for (key, value, accepted) in [
            ("connections", self.connections, 1..=1_000_000),
            ("header_kilobytes", self.header_kilobytes, 8..=1_024),
            ("streams", self.streams, 1..=100_000),
            ("unaccepted_resets", self.unaccepted_resets, 1..=100_000),
            ("error_resets", self.error_resets, 1..=100_000),
            ("client_resets", self.client_resets, 1..=1_000_000),
            ("shun_seconds", self.shun_seconds, 0..=3_600),
            ("handshake_seconds", self.handshake_seconds, 1..=300),
            ("header_seconds", self.header_seconds, 1..=300),
            ("idle_seconds", self.idle_seconds, 1..=86_400),
            ("age_seconds", self.age_seconds, 0..=2_592_000),
            ("keepalive_seconds", self.keepalive_seconds, 1..=3_600),
            ("keepalive_answer_seconds", self.keepalive_answer_seconds, 1..=300),
            ("send_buffer_kilobytes", self.send_buffer_kilobytes, 16..=65_536),
            ("stall_seconds", self.stall_seconds, 1..=3_600),
            ("request_seconds", self.request_seconds, 1..=3_600),
        ] {
            problems.range(&format!("limits.{key}"), value, accepted);
        }
    }

    /// The same for a listener that only the gateway and other roles reach: one connection there carries the calls of many
    /// clients, so that resets are not held against it.
    pub fn between_roles(&self) -> Self {
        Self { unaccepted_resets: 100_000, client_resets: u32::MAX, ..self.behind_proxy() }
    }

    /// The same where all clients come from the address of a proxy, so that no address is shunned.
    pub fn behind_proxy(&self) -> Self {
        Self { shun_seconds: 0, ..self.clone() }
    }

    /// Connections at once, 1 to 1,000,000.
    pub(crate) fn connections(&self) -> usize {
        self.connections as usize
    }

    /// The headers of a request, in bytes, 8 KiB to 1 MiB.
    pub(crate) fn header_bytes(&self) -> u32 {
        self.header_kilobytes * 1_024
    }

    /// Streams that a connection has open at once.
    pub(crate) fn streams(&self) -> u32 {
        self.streams
    }

    /// Streams that a client reset before they were accepted and that still wait.
    pub(crate) fn unaccepted_resets(&self) -> usize {
        self.unaccepted_resets as usize
    }

    /// Streams that were reset here because of the client's errors, on one connection.
    pub(crate) fn error_resets(&self) -> usize {
        self.error_resets as usize
    }

    /// How long an address is shunned whose connection was cut off because of its resets; zero for not at all.
    pub(crate) fn shun(&self) -> Duration {
        Duration::from_secs(self.shun_seconds.into())
    }

    /// Calls that a client may give up on one connection within ten seconds.
    pub(crate) fn client_resets(&self) -> u32 {
        self.client_resets
    }

    /// How long a TLS handshake takes.
    pub(crate) fn handshake(&self) -> Duration {
        seconds(self.handshake_seconds)
    }

    /// How long the head of an HTTP/1 request takes from its first byte.
    pub(crate) fn header(&self) -> Duration {
        seconds(self.header_seconds)
    }

    /// How long a connection stays without a call.
    pub(crate) fn idle(&self) -> Duration {
        seconds(self.idle_seconds)
    }

    /// After how long a client is asked to connect anew; none for never.
    pub(crate) fn age(&self) -> Option<Duration> {
        (self.age_seconds > 0).then(|| seconds(self.age_seconds))
    }

    /// How often an HTTP/2 connection is asked whether it lives, and how long it has to answer.
    pub(crate) fn keepalive(&self) -> (Duration, Duration) {
        (seconds(self.keepalive_seconds), seconds(self.keepalive_answer_seconds))
    }

    /// What of a stream's answer waits to be sent, in bytes, 16 KiB to 64 MiB.
    pub(crate) fn send_buffer(&self) -> usize {
        self.send_buffer_kilobytes as usize * 1_024
    }

    /// How long a client may leave a request in its middle or an answer unread.
    pub(crate) fn stall(&self) -> Duration {
        seconds(self.stall_seconds)
    }

    /// How long a call may take until its answer begins, where it is not gRPC and carries no deadline of its own.
    pub(crate) fn request(&self) -> Duration {
        seconds(self.request_seconds)
    }
}

fn seconds(count: u32) -> Duration {
    Duration::from_secs(count.into())
}
