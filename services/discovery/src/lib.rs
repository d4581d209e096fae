//! Owns creators: takes their profiles, follows their metrics and scores, finds them, tells of their changes. Never posts, counts or the
//! computation of a metric.
//!
//! | room | what it holds |
//! |---|---|
//! | [`model`], [`facts`], [`words`] | profiles and their rules; what a profile says about each field; words of any script |
//! | [`filter`], [`order`], [`distribution`], [`similarity`] | the filter language, orders and places in them, buckets of followers, how similar two creators are |
//! | [`contact`], [`links`], [`proposals`] | ways to reach a creator; what links point to; who could be one person |
//! | [`meaning`] | the vectors of creators' texts |
//! | [`index`] | the derived, rebuildable index that searches, counts and pages |
//! | [`posts`] | the index of posts, derived from what the metrics service tells |
//! | [`store`] | the tables |
//! | [`progress`] | how far the index and the follower have come, and waiting for them |
//! | [`service`], `grpc`, `convert`, `cache` | use cases, and their face on the wire |
//! | `jobs` | the indexer, the followers of the metrics and the scoring service, the trimmer of the log, the keeper of the tables, the eraser |

mod cache;
pub mod config;
pub mod contact;
mod convert;
pub mod distribution;
pub mod facts;
pub mod filter;
mod grpc;
pub mod index;
mod jobs;
pub mod links;
pub mod meaning;
pub mod model;
pub mod order;
pub mod posts;
pub mod progress;
pub mod proposals;
pub mod service;
pub mod similarity;
pub mod store;
pub mod words;

use std::{path::PathBuf, sync::Arc, time::Duration};

use creatorscope_domain::Retention;
use creatorscope_kit::{
    cache::Cache,
    changes::{Bell, ChangeLog},
    clock::Clock,
    db::{Db, Engine},
    lease::Lease,
    page::Sealer,
    reached::Reached,
    role::{BoxError, Role},
    task,
    transport::Transport,
};
use creatorscope_proto::discovery::v1::discovery_service_server::DiscoveryServiceServer;
use tokio::sync::watch;

pub use self::{config::Config, store::MIGRATIONS};
use self::{
    filter::Fields,
    grpc::{Grpc, peer::Metrics, scoring::Scoring},
    index::{Generation, Index, Memory},
    jobs::{Embedder, Eraser, Follower, Indexer, Keeper, PostFollower, ScoreFollower, trim_changes},
    meaning::Vectors,
    posts::PostIndex,
    progress::Progress,
    service::Service,
    store::Store,
};

/// Longest request that is taken, in bytes: a full batch of profiles.
const MAX_MESSAGE: usize = 16 << 20;
/// How long the very first start waits for the metrics service's registry.
const FIRST_CONTACT: Duration = Duration::from_secs(2);

/// What the role is made of.
pub struct Deps {
    /// The service's database, brought up to date with [`MIGRATIONS`].
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// What may be kept for a while.
    pub cache: Cache,
    /// Wakes up who waits for changes, in all replicas.
    pub bell: Bell,
    /// The settings.
    pub config: Config,
    /// The folder of the index; it is this role's alone.
    pub index_dir: PathBuf,
    /// The metrics service.
    pub metrics: Transport,
    /// The scoring service.
    pub scoring: Transport,
    /// How long what sources told may be kept.
    pub retention: Retention,
}

/// Makes the role. Errors: the tables or the index cannot be used.
pub async fn role(deps: Deps) -> Result<Role, BoxError> {
    let Deps { db, clock, cache, bell, config, index_dir, metrics, scoring, retention } = deps;
    let log = ChangeLog::new(db.clone(), clock.clone()).rung_by(&bell, "discovery");
    let watched = log.clone();
    let keys = config.contact_keys(&index_dir.with_file_name("contact-keys"), db.engine() == Engine::Sqlite)?;
    let store = Store::new(db.clone(), log, clock.clone()).keeping(retention, keys);
    let peer = Metrics::new(metrics);
    let ids = first_metric_fields(&store, &peer).await?;
    let followed = store.followed().await?.unwrap_or_default();
    let fields = Fields::new(ids.clone());
    let (folder, memory) = (index_dir.clone(), Memory::new(config.columns_bytes()));
    let held = memory.clone();
    let (generation, cursor) = task::blocking(move || {
        let (generation, cursor) = Generation::open(&folder, fields, &held)?;
        generation.remove_others(&folder)?;
        Ok::<_, index::IndexError>((generation, cursor))
    })
    .await??;
    let index = Index::new(generation.into());
    let (learned, wanted) = watch::channel(ids);
    let progress = Progress::new(cursor.unwrap_or(0), followed.position, wanted.clone());
    let indexer = Indexer {
        store: store.clone(),
        index: index.clone(),
        folder: index_dir.clone(),
        memory,
        progress: progress.clone(),
        metrics: wanted,
        delay: config.index_delay(),
        cursor,
    };
    progress.scored(store.scored().await?.unwrap_or_default().position);
    let scoring = Scoring::new(scoring);
    let vectors = Vectors::new(config.vectors_bytes());
    let (embedded, posts_reached) = (Reached::new(0), Reached::new(0));
    let embedder =
        Embedder { store: store.clone(), peer: scoring.clone(), vectors: vectors.clone(), reached: embedded.clone() };
    let score_follower = ScoreFollower { store: store.clone(), peer: scoring.clone(), progress: progress.clone() };
    let follower = Follower { store: store.clone(), peer: peer.clone(), progress: progress.clone(), metrics: learned };
    let (scores_seen, metrics_seen) = (score_follower.clone(), follower.clone());
    let lease = |name| Lease::new(&db, name);
    // Harmful, both: the end of one's snapshot removes what the other's has brought.
    let follow_metrics = lease("follow metrics")
        .over_else(move |stop| follower.clone().run(stop), move |stop| metrics_seen.clone().look_on(stop));
    let follow_scores = lease("follow scores")
        .over_else(move |stop| score_follower.clone().run(stop), move |stop| scores_seen.clone().look_on(stop));
    let mut posts = None;
    let mut post_follower = None;
    if config.posts_index() {
        let folder = index_dir.with_file_name("posts-index");
        let (opened, cursor) = task::blocking(move || PostIndex::open(&folder)).await??;
        let opened = Arc::new(opened);
        post_follower =
            Some(PostFollower { posts: opened.clone(), peer: peer.clone(), cursor, reached: posts_reached.clone() });
        posts = Some(opened);
    }
    // Each derives, seals and removes what the other has not: two at once only wait for one another's locks.
    let (kept_up, keep_every) = (store.clone(), config.purge_interval());
    let keep = lease("keep creators").over(move |stop| Keeper::new(kept_up.clone(), keep_every).run(stop));
    let eraser = Eraser {
        store: store.clone(),
        index: index.clone(),
        progress: progress.clone(),
        folder: index_dir,
        posts: posts.clone(),
        every: config.erased_from_disk(),
    };
    let (trimmed, kept) = (store.clone(), config.changes_kept());
    let trim = lease("trim discovery changes").over(move |stop| trim_changes(trimmed.clone(), kept, stop));
    let sealer = Sealer::open(&db).await?;
    let (lagging, peers) = (progress.clone(), (peer.clone(), scoring.clone()));
    let service = Service::new(store, index, progress, sealer, cache, clock, &config)
        .with_posts(posts)
        .with_vectors(vectors, Arc::new(scoring.clone()));
    let server = DiscoveryServiceServer::new(Grpc::new(service, peer, scoring)).max_decoding_message_size(MAX_MESSAGE);
    let role = tell_lags(Role::new("discovery"), &watched, &lagging, &peers, &embedded);
    let role = role
        .service(server)
        // The indexes are each replica's own, as are their files.
        .job("index creators", |stop| indexer.run(stop))
        .job("follow metrics", follow_metrics)
        .job("follow scores", follow_scores)
        // Every replica needs the vectors in its memory; whose text another one has given a vector to is not asked about again.
        .job("embed creators", |stop| embedder.run(stop))
        .job("end watches of discovery", |stop| watched.end_watches(stop))
        .job("keep creators", keep)
        .job("erase from disk", |stop| eraser.run(stop))
        .job("trim discovery changes", trim);
    Ok(match post_follower {
        Some(follower) => {
            let peer = peers.0;
            role.job("follow posts", |stop| follower.run(stop)).lag(
                progress::METRICS,
                "post_index",
                move || posts_reached.now(),
                move || peer.clone().head(),
            )
        }
        None => role,
    })
}

/// Lets it be told how far what follows a log is behind it: the index and the vectors behind the log of this service, the tables behind
/// those of others.
fn tell_lags(role: Role, log: &ChangeLog, progress: &Progress, peers: &(Metrics, Scoring), embedded: &Reached) -> Role {
    let (metrics, scoring) = peers.clone();
    let [indexed, followed, scored] = std::array::from_fn(|_| progress.clone());
    let [of_index, of_vectors] = std::array::from_fn(|_| log.clone());
    let embedded = embedded.clone();
    role.lag(progress::SERVICE, "index", move || indexed.indexed_now(), move || of_index.clone().newest())
        .lag(progress::SERVICE, "vectors", move || embedded.now(), move || of_vectors.clone().newest())
        .lag(progress::METRICS, "creator_metrics", move || followed.followed_now(), move || metrics.clone().head())
        .lag(progress::SCORING, "creator_scores", move || scored.scored_now(), move || scoring.clone().head())
}

/// The metrics that creators are searched by: as last learned, or on the very first start as the metrics service tells now.
/// When it is away, searches do without until the follower has reached it.
async fn first_metric_fields(store: &Store, peer: &Metrics) -> Result<Vec<String>, BoxError> {
    let known = store.metric_fields().await?;
    if !known.is_empty() {
        return Ok(known);
    }
    let Ok(Ok(told)) = tokio::time::timeout(FIRST_CONTACT, peer.definitions()).await else {
        return Ok(known);
    };
    store.set_metric_fields(&told.fields).await?;
    Ok(told.fields)
}
