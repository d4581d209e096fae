//! Owns a running node: its servers, jobs and the order of its end. Never what it is made of.

use std::{collections::BTreeMap, net::SocketAddr};

use creatorscope_kit::{
    db::Db,
    role::{BoxError, BuiltRole, Health},
    server::{self, Listening, Signals},
    task::spawn,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{compose::RoleName, config::Node};

/// A node that serves. Dropping it does not stop it: call [`Running::stop`].
pub struct Running {
    /// Where each role listens.
    pub addresses: BTreeMap<RoleName, SocketAddr>,
    node: Node,
    databases: Vec<Db>,
    health: Vec<Health>,
    tasks: Vec<(String, JoinHandle<Result<(), BoxError>>)>,
    /// No new calls.
    stop: CancellationToken,
    /// Something ended that should not have.
    broken: CancellationToken,
}

impl Running {
    pub(crate) fn new(node: Node, databases: Vec<Db>) -> Self {
        Self {
            addresses: BTreeMap::new(),
            node,
            databases,
            health: Vec::new(),
            tasks: Vec::new(),
            stop: CancellationToken::new(),
            broken: CancellationToken::new(),
        }
    }

    pub(crate) fn serve(&mut self, role: RoleName, address: SocketAddr, listener: TcpListener, listening: Listening) {
        let (stop, grace) = (self.stop.clone(), self.node.grace());
        info!(%role, %address, tls = listening.tls.is_some(), "listening");
        self.addresses.insert(role, address);
        self.start(format!("the server of {role}"), async move {
            server::serve(listener, listening, stop, grace).await;
            Ok(())
        });
    }

    pub(crate) async fn watch_over(&mut self, role: BuiltRole) {
        let health = role.health();
        for job in role.jobs {
            let run = (job.run)(self.stop.clone());
            self.start(format!("the job {} of {}", job.name, role.name), run);
        }
        health.set(true).await;
        self.health.push(health);
    }

    fn start(&mut self, what: String, run: impl Future<Output = Result<(), BoxError>> + Send + 'static) {
        let (stop, broken, name) = (self.stop.clone(), self.broken.clone(), what.clone());
        let task = spawn("node", async move {
            let ended = run.await;
            if !stop.is_cancelled() {
                let cause = ended.as_ref().err().map(ToString::to_string).unwrap_or_default();
                error!(what, cause, "ended unexpectedly; the node stops");
                broken.cancel();
            }
            ended
        });
        self.tasks.push((name, task));
    }

    /// Waits for a signal or for a part that ends unexpectedly. Answers whether the end was asked for.
    pub async fn wait(&self, signals: &mut Signals) -> bool {
        tokio::select! {
            () = signals.first() => true,
            () = self.broken.cancelled() => false,
        }
    }

    /// Stops: says so, waits the drain delay, takes no more calls, lets open ones end for at most the grace time, closes the
    /// databases.
    pub async fn stop(self) {
        for health in &self.health {
            health.set(false).await;
        }
        tokio::time::sleep(self.node.drain()).await;
        self.stop.cancel();
        let end = tokio::time::Instant::now() + self.node.grace() + self.node.grace() / 2;
        for (what, mut task) in self.tasks {
            match tokio::time::timeout_at(end, &mut task).await {
                Ok(Ok(Err(cause))) => warn!(what, %cause, "ended with an error"),
                Ok(_) => {}
                Err(_) => {
                    warn!(what, "did not end in time and is cut off");
                    task.abort();
                }
            }
        }
        for db in &self.databases {
            _ = tokio::time::timeout(self.node.grace(), db.close()).await;
        }
        info!("stopped");
    }
}
