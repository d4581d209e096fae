//! Owns where Redis is: one server, a master that Sentinels know, or a Cluster; and how each is connected to. Never a command.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, Pipeline, RedisFuture,
    RedisResult, TlsCertificates, TlsMode, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster::{ClusterClient, ClusterClientBuilder},
    cluster_async::ClusterConnection,
    sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType},
};

use super::PATIENCE;

/// How long one server may take to be connected to. Nobody's call waits for it.
const CONNECT: Duration = Duration::from_secs(1);
/// So often a call in a Cluster is sent to another node after the first one: once for a move, once for what broke.
const REDIRECTS: u32 = 2;

/// Where Redis is.
pub(super) struct Place(Kind);

enum Kind {
    Server(Client),
    Sentinels { at: Vec<ConnectionInfo>, master: String, secret: String, ca: Option<Vec<u8>> },
    Cluster { whole: Box<ClusterClient>, nodes: Vec<Client> },
}

/// A way to Redis that is open. Cheap to clone; many calls share it.
#[derive(Clone)]
pub(super) enum Line {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

/// What a url says.
struct Parts<'a> {
    is_tls: bool,
    /// `""`, `-sentinel` or `-cluster`.
    kind: &'a str,
    /// User and password with `@`, or nothing.
    who: &'a str,
    hosts: Vec<&'a str>,
    path: Vec<&'a str>,
}

/// None when it is no url of Redis.
fn parts(url: &str) -> Option<Parts<'_>> {
    let (scheme, rest) = url.split_once("://")?;
    let (is_tls, kind) = match scheme.strip_prefix("rediss") {
        Some(kind) => (true, kind),
        None => (false, scheme.strip_prefix("redis")?),
    };
    let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (who, hosts) = place.split_at(place.rfind('@').map_or(0, |at| at + 1));
    let hosts: Vec<&str> = hosts.split(',').collect();
    let path: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let is_right = match kind {
        "" => hosts.len() == 1 && path.len() <= 1,
        "-sentinel" => matches!(path.len(), 1 | 2),
        "-cluster" => path.is_empty(),
        _ => false,
    };
    (is_right && hosts.iter().all(|host| !host.is_empty())).then_some(Parts { is_tls, kind, who, hosts, path })
}

impl Place {
    /// Of a url as `[redis] url` accepts it, a password for Sentinels (empty: none) and the authority of a private network in PEM
    /// (none: those of the system). Errors: none that says more than that something of it is wrong.
    pub(super) fn parse(url: &str, sentinel_password: &str, ca: Option<Vec<u8>>) -> RedisResult<Self> {
        let wrong = || redis::RedisError::from((redis::ErrorKind::InvalidClientConfig, "no url of Redis"));
        let Parts { is_tls, kind, who, hosts, path } = parts(url).ok_or_else(wrong)?;
        let scheme = if is_tls { "rediss" } else { "redis" };
        let number = if kind == "-sentinel" { path.get(1) } else { path.first() }.copied().unwrap_or("0");
        let ca = ca.filter(|_| is_tls);
        let mut infos: Vec<ConnectionInfo> = Vec::with_capacity(hosts.len());
        for host in &hosts {
            let has_port = host.rsplit_once(']').map_or(*host, |(_, after)| after).contains(':');
            let port = if kind == "-sentinel" && !has_port { ":26379" } else { "" };
            infos.push(format!("{scheme}://{who}{host}{port}/{number}").into_connection_info()?);
        }
        Ok(Self(match kind {
            "-sentinel" => {
                let master = path.first().copied().unwrap_or_default().to_owned();
                Kind::Sentinels { at: infos, master, secret: sentinel_password.to_owned(), ca }
            }
            "-cluster" => {
                let mut builder = ClusterClientBuilder::new(infos.clone())
                    .retries(REDIRECTS)
                    .min_retry_wait(5)
                    .max_retry_wait(20)
                    .connection_timeout(CONNECT)
                    .response_timeout(PATIENCE);
                if let Some(ca) = &ca {
                    builder = builder.certs(trusting(ca));
                }
                let nodes = infos.into_iter().map(|info| client(info, ca.as_ref())).collect::<RedisResult<_>>()?;
                Kind::Cluster { whole: Box::new(builder.build()?), nodes }
            }
            _ => Kind::Server(client(infos.pop().ok_or_else(wrong)?, ca.as_ref())?),
        }))
    }

    /// Opens a way. Errors: nobody is there, or who is there refuses.
    pub(super) async fn connect(&self) -> RedisResult<Line> {
        let client = match &self.0 {
            Kind::Cluster { whole, .. } => return whole.get_async_connection().await.map(Line::Cluster),
            Kind::Server(client) => client.clone(),
            Kind::Sentinels { .. } => self.master().await?,
        };
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT)).set_response_timeout(Some(PATIENCE));
        client.get_multiplexed_async_connection_with_config(&config).await.map(Line::One)
    }

    /// A server that tells what is published. In a Cluster every node tells what was published at any of them. Errors: Sentinels know
    /// of no master.
    pub(super) async fn listened(&self) -> RedisResult<Client> {
        match &self.0 {
            Kind::Server(client) => Ok(client.clone()),
            Kind::Sentinels { .. } => self.master().await,
            Kind::Cluster { nodes, .. } => Ok(nodes[fastrand::usize(..nodes.len())].clone()),
        }
    }

    /// The server that Sentinels take for the master, and that takes itself for it.
    async fn master(&self) -> RedisResult<Client> {
        self.sentinels()?.async_get_client().await
    }

    fn sentinels(&self) -> RedisResult<SentinelClient> {
        let Kind::Sentinels { at, master, secret, ca } = &self.0 else {
            return Err((redis::ErrorKind::InvalidClientConfig, "no Sentinels").into());
        };
        let addresses: Vec<ConnectionAddr> = at.iter().map(|info| info.addr().clone()).collect();
        let is_tls = addresses.iter().any(|address| matches!(address, ConnectionAddr::TcpTls { .. }));
        let mut builder = SentinelClientBuilder::new(addresses, master, SentinelServerType::Master)?;
        if !secret.is_empty() {
            builder = builder.set_client_to_sentinel_password(secret);
        }
        if let Some(settings) = at.first().map(ConnectionInfo::redis_settings) {
            builder = builder.set_client_to_redis_db(settings.db());
            if let Some(user) = settings.username() {
                builder = builder.set_client_to_redis_username(user);
            }
            if let Some(password) = settings.password() {
                builder = builder.set_client_to_redis_password(password);
            }
        }
        if is_tls {
            builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
        }
        if let Some(ca) = ca {
            builder = builder.set_client_to_redis_certificates(trusting(ca));
            builder = builder.set_client_to_sentinel_certificates(trusting(ca));
        }
        builder.build()
    }
}

fn client(info: ConnectionInfo, ca: Option<&Vec<u8>>) -> RedisResult<Client> {
    match ca {
        Some(ca) => Client::build_with_tls(info, trusting(ca)),
        None => Client::open(info),
    }
}

fn trusting(ca: &[u8]) -> TlsCertificates {
    TlsCertificates { client_tls: None, root_cert: Some(ca.to_vec()) }
}

impl ConnectionLike for Line {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(line) => line.req_packed_command(cmd),
            Self::Cluster(line) => line.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::One(line) => line.req_packed_commands(pipeline, offset, count),
            Self::Cluster(line) => line.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::One(line) => line.get_db(),
            Self::Cluster(line) => line.get_db(),
        }
    }
}
