//! Owns how a node is put together: which roles, on which listeners, with which peers. Never what a role does.

use std::{collections::BTreeMap, fmt, net::SocketAddr, sync::Arc};

use anyhow::Context;
use creatorscope_gateway::Peer;
use creatorscope_kit::{
    Redis,
    admin::{self, Recorder},
    cache::Cache,
    caller::Identity,
    changes::Bell,
    clock::Clock,
    db::{Db, Migrations},
    layers,
    role::{BuiltRole, Role},
    server::{self, Listening},
    tls::Tls,
    transport::{self, Later, Transport},
};
use creatorscope_proto::{
    campaign::v1::campaign_service_server::SERVICE_NAME as CAMPAIGN,
    discovery::v1::discovery_service_server::SERVICE_NAME as DISCOVERY,
    gateway::v1::gateway_service_server::SERVICE_NAME as GATEWAY,
    metrics::v1::metrics_service_server::SERVICE_NAME as METRICS,
    scoring::v1::scoring_service_server::SERVICE_NAME as SCORING,
};
use tokio::net::TcpListener;

use crate::{config::Config, run::Running};

/// A part of the suite that can run by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum RoleName {
    /// Posts, observations and metrics.
    Metrics,
    /// Creators and search.
    Discovery,
    /// Comments and judgement.
    Scoring,
    /// Brands, campaigns and what comes of them.
    Campaign,
    /// The one address.
    Gateway,
}

impl RoleName {
    /// Every role, in the order in which they are built: a role after those that it calls, but that metrics is before discovery
    /// and discovery before scoring, which call one another.
    pub const ALL: &'static [Self] = &[Self::Metrics, Self::Discovery, Self::Scoring, Self::Campaign, Self::Gateway];

    /// Its name in settings, logs and databases.
    pub fn word(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Discovery => "discovery",
            Self::Scoring => "scoring",
            Self::Campaign => "campaign",
            Self::Gateway => "gateway",
        }
    }

    /// Full names of the role's services.
    pub(crate) fn services(self) -> Vec<&'static str> {
        match self {
            Self::Metrics => vec![METRICS],
            Self::Discovery => vec![DISCOVERY],
            Self::Scoring => vec![SCORING],
            Self::Campaign => vec![CAMPAIGN],
            Self::Gateway => vec![GATEWAY],
        }
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The open listeners of a node's roles.
pub type Listeners = BTreeMap<RoleName, TcpListener>;

/// Opens a listener for every role that has an address. Errors: an address is taken or none.
pub async fn bind(config: &Config, roles: &[RoleName]) -> anyhow::Result<Listeners> {
    let mut listeners = Listeners::new();
    for role in roles {
        let address = config.listen.of(*role);
        if !address.is_empty() {
            listeners.insert(*role, server::bind(&role.to_string(), address).await?);
        }
    }
    Ok(listeners)
}

/// The suite as a library: any selection of roles, on listeners that are handed in.
pub struct Suite;

impl Suite {
    /// Builds the roles, starts their jobs, serves them. Errors: a role cannot be built, e.g. its database is not there.
    pub async fn start(
        config: &Config,
        roles: &[RoleName],
        listeners: Listeners,
        clock: Clock,
    ) -> anyhow::Result<Running> {
        let mut running = Running::new(config.node.clone());
        match Self::fill(&mut running, config, roles, listeners, clock).await {
            Ok(()) => Ok(running),
            Err(error) => {
                running.abandon();
                Err(error)
            }
        }
    }

    async fn fill(
        running: &mut Running,
        config: &Config,
        roles: &[RoleName],
        listeners: Listeners,
        clock: Clock,
    ) -> anyhow::Result<()> {
        admin(config, running).await?;
        let redis = config.redis.open()?;
        let mut node = Node {
            config,
            roles,
            cache: config.cache.open(redis.as_ref()),
            bell: redis.clone().map_or_else(Bell::none, Bell::new),
            redis,
            built: BTreeMap::new(),
            databases: Vec::new(),
            deferred: None,
            identity: config.identity.open(clock.clone())?,
            discovery: Later::default(),
            scoring: Later::default(),
            clock,
        };
        for role in RoleName::ALL.iter().filter(|role| roles.contains(role)) {
            node.build(*role).await.with_context(|| format!("the role {role} cannot be started"))?;
        }
        if let Some(discovery) = node.built.get(&RoleName::Discovery) {
            node.discovery
                .set(node.signed(RoleName::Metrics, transport::local(discovery.name, discovery.service.clone())));
        }
        if let Some(scoring) = node.built.get(&RoleName::Scoring) {
            node.scoring.set(node.signed(RoleName::Discovery, transport::local(scoring.name, scoring.service.clone())));
        }
        running.databases = node.databases;
        for (name, listener) in listeners {
            let Some(role) = node.built.get(&name) else { continue };
            let address: SocketAddr = listener.local_addr()?;
            let listening = Listening {
                name: role.name,
                service: layers::server(role.name, front(config, name, role.service.clone())),
                limits: match name {
                    RoleName::Gateway if config.door.is_behind_proxy() => config.limits.behind_proxy(),
                    RoleName::Gateway => config.limits.clone(),
                    _ => config.limits.between_roles(),
                },
                tls: tls(config, name).await?,
            };
            running.serve(name, address, listener, listening);
        }
        for role in node.built.into_values() {
            running.watch_over(role).await;
        }
        running.ready().set(true);
        Ok(())
    }
}

/// What answers for a role on its listener.
fn front(config: &Config, role: RoleName, service: Transport) -> Transport {
    if role == RoleName::Gateway {
        let hosts = config.door.hosts(config.listen.of(role), config.gateway.auth());
        return hosts.guard(server::unencoded(service));
    }
    service
}

/// The pages for who runs the node, where they have an address. Errors: the address is taken or none; metrics are recorded
/// elsewhere.
async fn admin(config: &Config, running: &mut Running) -> anyhow::Result<()> {
    if config.admin.listen.is_empty() {
        return Ok(());
    }
    let listener = server::bind("admin", &config.admin.listen).await?;
    let recorder = Recorder::install(env!("CARGO_PKG_VERSION"))?;
    let pages = admin::pages(running.ready(), recorder.clone(), config.shown.clone());
    let service = config.admin.hosts().guard(pages);
    let listening = Listening { name: "admin", service, limits: config.limits.clone(), tls: None };
    running.administer(listener.local_addr()?, listener, listening, recorder);
    Ok(())
}

/// The TLS of a role's listener. Errors: its files cannot be used.
async fn tls(config: &Config, role: RoleName) -> anyhow::Result<Option<Arc<Tls>>> {
    let files = if role == RoleName::Gateway { config.door.tls_files() } else { config.role_tls.files() };
    let Some(files) = files else { return Ok(None) };
    Ok(Some(Tls::open(files).await.with_context(|| format!("the listener of {role} has no TLS"))?))
}

struct Node<'a> {
    config: &'a Config,
    roles: &'a [RoleName],
    clock: Clock,
    redis: Option<Redis>,
    cache: Cache,
    bell: Bell,
    built: BTreeMap<RoleName, BuiltRole>,
    databases: Vec<Db>,
    /// What is still to be done in the database of the role that is being built.
    deferred: Option<(Db, Migrations)>,
    /// What signs and checks who calls.
    identity: Identity,
    /// Where metrics finds discovery in this process, which is built after it.
    discovery: Later,
    /// Where discovery finds scoring in this process, which is built after it.
    scoring: Later,
}

impl Node<'_> {
    async fn build(&mut self, name: RoleName) -> anyhow::Result<()> {
        let role = match name {
            RoleName::Metrics => self.metrics().await,
            RoleName::Discovery => self.discovery().await,
            RoleName::Scoring => self.scoring().await,
            RoleName::Campaign => self.campaign().await,
            RoleName::Gateway => self.gateway().await,
        }?;
        let role = match self.deferred.take() {
            Some((db, migrations)) => {
                role.job("deferred-migrations", move |stop| db.finish_migrating(migrations, stop))
            }
            None => role,
        };
        let built = role.build(&self.identity).await.map_err(anyhow::Error::from_boxed)?;
        self.built.insert(name, built);
        Ok(())
    }

    async fn metrics(&mut self) -> anyhow::Result<Role> {
        let db = self.open(RoleName::Metrics, &creatorscope_metrics::MIGRATIONS).await?;
        let deps = creatorscope_metrics::Deps {
            db,
            clock: self.clock.clone(),
            cache: self.cache.clone(),
            bell: self.bell.clone(),
            config: self.config.metrics.clone(),
            discovery: self.discovery_of_metrics()?,
            retention: self.config.retention,
        };
        creatorscope_metrics::role(deps).await.map_err(anyhow::Error::from_boxed)
    }

    async fn discovery(&mut self) -> anyhow::Result<Role> {
        let db = self.open(RoleName::Discovery, &creatorscope_discovery::MIGRATIONS).await?;
        let deps = creatorscope_discovery::Deps {
            db,
            clock: self.clock.clone(),
            cache: self.cache.clone(),
            bell: self.bell.clone(),
            config: self.config.discovery.clone(),
            index_dir: self.config.node.data_dir.join("discovery-index"),
            metrics: self.peer(RoleName::Discovery, RoleName::Metrics)?,
            scoring: self.scoring_of_discovery()?,
            retention: self.config.retention,
        };
        creatorscope_discovery::role(deps).await.map_err(anyhow::Error::from_boxed)
    }

    async fn scoring(&mut self) -> anyhow::Result<Role> {
        let db = self.open(RoleName::Scoring, &creatorscope_scoring::MIGRATIONS).await?;
        let deps = creatorscope_scoring::Deps {
            db,
            clock: self.clock.clone(),
            cache: self.cache.clone(),
            bell: self.bell.clone(),
            config: self.config.scoring.clone(),
            models_dir: self.config.node.data_dir.join("models"),
            metrics: self.peer(RoleName::Scoring, RoleName::Metrics)?,
            discovery: self.peer(RoleName::Scoring, RoleName::Discovery)?,
            retention: self.config.retention,
        };
        creatorscope_scoring::role(deps).await.map_err(anyhow::Error::from_boxed)
    }

    async fn campaign(&mut self) -> anyhow::Result<Role> {
        let db = self.open(RoleName::Campaign, &creatorscope_campaign::MIGRATIONS).await?;
        let deps = creatorscope_campaign::Deps {
            db,
            clock: self.clock.clone(),
            cache: self.cache.clone(),
            bell: self.bell.clone(),
            config: self.config.campaign.clone(),
            metrics: self.peer(RoleName::Campaign, RoleName::Metrics)?,
            discovery: self.peer(RoleName::Campaign, RoleName::Discovery)?,
            scoring: self.peer(RoleName::Campaign, RoleName::Scoring)?,
            retention: self.config.retention,
        };
        creatorscope_campaign::role(deps).await.map_err(anyhow::Error::from_boxed)
    }

    async fn gateway(&mut self) -> anyhow::Result<Role> {
        let db = self.open(RoleName::Gateway, &creatorscope_gateway::MIGRATIONS).await?;
        let mut peers = Vec::new();
        for role in [RoleName::Discovery, RoleName::Metrics, RoleName::Scoring, RoleName::Campaign] {
            let transport = match self.built.get(&role) {
                Some(local) => layers::server(local.name, local.service.clone()),
                None => self.elsewhere(role)?,
            };
            peers.push(Peer { services: role.services(), transport: layers::telling(transport) });
        }
        let deps = creatorscope_gateway::Deps {
            peers,
            db,
            redis: self.redis.clone(),
            clock: self.clock.clone(),
            identity: self.identity.clone(),
            config: self.config.gateway.clone(),
            oidc: self.config.oidc.clone(),
            fair_use: self.config.fair_use.clone(),
            audit: self.config.audit.clone(),
            grace: self.config.node.grace(),
        };
        creatorscope_gateway::role(deps).map_err(anyhow::Error::from_boxed)
    }

    /// A way on which `caller` says who it is.
    fn signed(&self, caller: RoleName, peer: Transport) -> Transport {
        self.identity.speak_as(&caller.to_string(), peer)
    }

    /// Metrics and discovery call each other, so one of them is built before its peer. Without an address nobody answers; then
    /// benchmarks know no niches, countries and languages.
    fn discovery_of_metrics(&mut self) -> anyhow::Result<Transport> {
        let address = self.config.peers.of(RoleName::Discovery);
        if !self.roles.contains(&RoleName::Discovery) && !address.is_empty() {
            return Ok(self.signed(RoleName::Metrics, layers::client(self.elsewhere(RoleName::Discovery)?)));
        }
        let (transport, later) = transport::later();
        self.discovery = later;
        Ok(transport)
    }

    /// Discovery and scoring call each other too. Without an address nobody answers; then searches know no sentiment and no
    /// meaning of words.
    fn scoring_of_discovery(&mut self) -> anyhow::Result<Transport> {
        let address = self.config.peers.of(RoleName::Scoring);
        if !self.roles.contains(&RoleName::Scoring) && !address.is_empty() {
            return Ok(self.signed(RoleName::Discovery, layers::client(self.elsewhere(RoleName::Scoring)?)));
        }
        let (transport, later) = transport::later();
        self.scoring = later;
        Ok(transport)
    }

    /// The one place where embedded and distributed differ for a caller.
    fn peer(&self, caller: RoleName, role: RoleName) -> anyhow::Result<Transport> {
        let peer = match self.built.get(&role) {
            Some(local) => transport::local(local.name, local.service.clone()),
            None => {
                debug_assert!(!self.roles.contains(&role), "roles are built after those that they call");
                layers::client(self.elsewhere(role)?)
            }
        };
        Ok(self.signed(caller, peer))
    }

    /// A role that runs in other processes, at all its addresses.
    fn elsewhere(&self, role: RoleName) -> anyhow::Result<Transport> {
        let peers = &self.config.peers;
        let calling = peers.calling(&self.config.role_tls);
        transport::peer(&role.to_string(), peers.of(role), &calling).with_context(|| format!("peers.{role}"))
    }

    async fn open(&mut self, role: RoleName, migrations: &Migrations) -> anyhow::Result<Db> {
        let db = Db::open(&self.config.database.of(role, &self.config.node), role.word(), migrations).await?;
        self.databases.push(db.clone());
        self.deferred = Some((db.clone(), *migrations));
        Ok(db)
    }
}
