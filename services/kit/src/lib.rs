//! Owns the plumbing that every role stands on. Never a word of the product.
//!
//! | room | what it gives |
//! |---|---|
//! | [`transport`], [`layers`] | one client type for peers in this process and elsewhere, with the same layers around both |
//! | [`balance`] | a peer at several addresses: which of them a call goes to |
//! | [`caller`] | who calls: signed at the front door, checked before every role |
//! | [`onward`] | what goes on from a call that is answered to the calls that it makes |
//! | [`role`], [`server`], [`tls`] | what a role is, how it is served, watched and stopped |
//! | [`db`] | one SQL text on SQLite and Postgres, bulk inserts, migrations |
//! | [`changes`], [`watch`], [`token`], [`reached`] | the change log, streams of snapshot and deltas, places in a log and waiting for them |
//! | [`cache`] | typed, bounded, in memory, in Redis or off |
//! | [`Redis`] | values, scripts and messages on a shared Redis, which may be away |
//! | [`lease`] | which of several replicas does a job |
//! | [`cache::latest`] | the newest states that many watch, loaded once for all |
//! | [`cache::bounded`] | values under keys of any kind, each for a time of its own |
//! | [`fault`] | errors as gRPC answers, all problems of a request at once |
//! | [`page`], [`mask`] | sealed page tokens and page sizes, field masks |
//! | [`seal`] | encryption at rest under a ring of named keys |
//! | [`config`], [`telemetry`] | settings with their sources, logs and traces |
//! | [`figures`], [`runs`], [`lag`] | what is counted of the work: items and models, runs of jobs, how far followers are behind |
//! | [`admin`] | pages for who runs a node: health, metrics, settings |
//! | [`clock`], [`task`] | time and tasks, so that both can be seen and stopped |

pub mod admin;
pub mod balance;
pub mod cache;
pub mod caller;
pub mod changes;
pub mod clock;
pub mod config;
pub mod db;
pub mod fault;
pub mod figures;
pub mod follow;
pub mod lag;
pub mod layers;
pub mod lease;
pub mod mask;
pub mod onward;
pub mod page;
pub mod peer;
pub mod reached;
mod redis;
pub mod role;
pub mod runs;
pub mod seal;
pub mod server;
pub mod task;
pub mod telemetry;
pub mod tls;
pub mod token;
pub mod transport;
pub mod watch;

pub use self::redis::{Redis, RedisConfig, RedisError, Script};
