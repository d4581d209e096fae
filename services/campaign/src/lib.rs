//! Owns the map of the campaign service: from brief to report. Never logic.
//!
//! | room | what it holds |
//! |---|---|
//! | [`machine`] | which change of state is allowed, one table a resource |
//! | [`approval`], [`compare`], [`guideline`], [`objective`], [`validate`] | the rules of drafts, texts and goals, pure |
//! | [`curve`], [`forecast`], [`pacing`] | how views grow with age, what is to be expected, pure |
//! | [`hysteresis`], [`adjust`] | when an alert is raised and what could be done, pure |
//! | [`sample`] | which posts are kept to learn from |
//! | [`progress`], [`tracking`] | what a campaign has delivered, and what each number means, pure |
//! | [`publication`] | what becomes of a deliverable when its post is seen, pure |
//! | [`model`] | what all kept resources have in common |
//! | [`store`] | tables, units of work, the log, the change log's entries |
//! | [`service`] | the use cases |
//! | [`convert`], [`grpc`] | the contract, and calls to peers |
//! | [`config`], [`jobs`], [`error`] | settings, background work, faults |

pub mod adjust;
#[cfg(test)]
mod api_tests;
pub mod approval;
pub mod compare;
pub mod config;
pub mod convert;
pub mod curve;
pub mod error;
pub mod forecast;
pub mod grpc;
pub mod guideline;
pub mod hysteresis;
pub mod jobs;
pub mod machine;
pub mod model;
pub mod normal;
pub mod objective;
pub mod pacing;
pub mod progress;
pub mod publication;
pub mod report;
pub mod sample;
pub mod service;
pub mod store;
pub mod tracking;
pub mod validate;

use std::sync::Arc;

use creatorscope_disclosure::Rules;
use creatorscope_domain::Retention;
use creatorscope_kit::{
    cache::Cache,
    changes::{Bell, ChangeLog},
    clock::Clock,
    db::Db,
    figures,
    lease::Lease,
    page::Sealer,
    reached::Reached,
    role::{BoxError, Role},
    transport::Transport,
};
use creatorscope_proto::campaign::v1::campaign_service_server::CampaignServiceServer;
use tokio::sync::watch;

pub use self::{config::Config, store::MIGRATIONS};
use self::{
    grpc::{
        CampaignGrpc,
        peer::{discovery::Discovery, metrics::Metrics, scoring::Scoring},
    },
    progress::Curves,
    sample::Sample,
    service::Service,
    store::Store,
};

/// The name of this role, of its schema and in its tokens.
pub const SERVICE: &str = "campaign";
/// The largest message that is read: 5 000 conversions, or a draft of 100 000 characters.
const MAX_MESSAGE: usize = 4 << 20;

/// What the role stands on.
pub struct Deps {
    /// Its database, brought up to date with [`MIGRATIONS`].
    pub db: Db,
    /// Tells the time.
    pub clock: Clock,
    /// Keeps answers for a while.
    pub cache: Cache,
    /// Wakes up who waits for changes, in all replicas.
    pub bell: Bell,
    /// Its settings.
    pub config: Config,
    /// The metrics service.
    pub metrics: Transport,
    /// The discovery service.
    pub discovery: Transport,
    /// The scoring service.
    pub scoring: Transport,
    /// How long what the sources told may be kept.
    pub retention: Retention,
}

/// Builds the role. Errors: the database's, a file of disclosure rules that cannot be read.
pub async fn role(deps: Deps) -> Result<Role, BoxError> {
    let Deps { db, clock, cache, bell, config, metrics, discovery, scoring, retention } = deps;
    let rules = match config.disclosure_rules() {
        Some(file) => Rules::from_file(file)?,
        None => Rules::builtin(),
    };
    figures::model(&format!("disclosure_rules@{}", rules.version()));
    let sealer = Sealer::open(&db).await?;
    let store = Store::new(
        db.clone(),
        ChangeLog::new(db.clone(), clock.clone()).rung_by(&bell, SERVICE),
        clock.clone(),
        retention,
    );
    let watched = store.log().clone();
    let (trimmed, trim_clock, kept) = (store.clone(), clock.clone(), config.changes_kept());
    let (purged, every) = (store.clone(), config.purge_every());
    let (learned, curves) = watch::channel(Curves::default());
    let service = Arc::new(Service {
        store,
        clock,
        cache,
        curves,
        sample: Sample::new(config.curve_posts()),
        reached: Reached::new(0),
        sealer,
        rules: Arc::new(rules),
        metrics: Metrics::new(metrics),
        discovery: Discovery::new(discovery),
        scoring: Scoring::new(scoring),
        config,
    });
    let server = CampaignServiceServer::new(CampaignGrpc::new(service.clone())).max_decoding_message_size(MAX_MESSAGE);
    let [posts, sentiment, look, learn] = std::array::from_fn(|_| service.clone());
    let (metrics_head, scoring_head) = (service.metrics.clone(), service.scoring.clone());
    let (posts_reached, heard) = (service.reached.clone(), Reached::new(0));
    let (sentiment_reached, seen, store) =
        (heard.clone(), [posts_reached.clone(), heard.clone()], service.store.clone());
    let looking_on = move |place: usize, source| {
        let (store, reached) = (store.clone(), seen[place].clone());
        move |stop| jobs::look_on(store.clone(), source, reached.clone(), stop)
    };
    let lease = |name| Lease::new(&db, name);
    // Each removes what the other has not: two at once only wait for one another's locks.
    let trim =
        lease("trim campaign changes").over(move |stop| jobs::trim(trimmed.clone(), trim_clock.clone(), kept, stop));
    let purge = lease("purge expired readings").over(move |stop| jobs::purge(purged.clone(), every, stop));
    // Harmful, all three: each look counts for an alert that needs several in a row, so two replicas would raise it in half the time.
    let follow_posts = lease("follow posts")
        .over_else(move |stop| jobs::posts::follow_posts(posts.clone(), stop), looking_on(0, jobs::posts::METRICS));
    let follow_sentiment = lease("follow sentiment").over_else(
        move |stop| jobs::sentiment::follow_sentiment(sentiment.clone(), heard.clone(), stop),
        looking_on(1, jobs::sentiment::SCORING),
    );
    let look_at_campaigns =
        lease("look at campaigns").over(move |stop| jobs::look::look_at_campaigns(look.clone(), stop));
    Ok(Role::new(SERVICE)
        .service(server)
        .job("end watches of campaigns", |stop| watched.end_watches(stop))
        .job("trim campaign changes", trim)
        .job("purge expired readings", purge)
        .job("follow posts", follow_posts)
        .job("follow sentiment", follow_sentiment)
        .job("look at campaigns", look_at_campaigns)
        // Every replica learns for itself: what is learned is in its memory, and shrinking the sample twice removes nothing more.
        .job("learn how posts grow", move |stop| jobs::learn::learn_curves(learn, learned, stop))
        .lag("metrics", "campaign_posts", move || posts_reached.now(), move || metrics_head.clone().head())
        .lag("scoring", "campaign_sentiment", move || sentiment_reached.now(), move || scoring_head.clone().head()))
}
