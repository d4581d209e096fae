//! Owns a running node: its servers, jobs and the order of its end. Never what it is made of.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use creatorscope_kit::{
    admin::{Ready, Recorder},
    db::Db,
    fault::causes,
    role::{BoxError, BuiltRole, Health},
    server::{self, Listening, Signals},
    task::{Owned, spawn},
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{compose::RoleName, config::Node};

/// How long open questions for the pages of the admin may go on after a stop.
const ADMIN_GRACE: Duration = Duration::from_secs(1);

/// A node that serves. Dropping it does not stop it: call [`Running::stop`].
pub struct Running {
    /// Where each role listens.
    pub addresses: BTreeMap<RoleName, SocketAddr>,
    /// Where the pages for who runs the node are.
    pub admin: Option<SocketAddr>,
    node: Node,
    pub(crate) databases: Vec<Db>,
    ready: Ready,
    health: Vec<Health>,
    tasks: Vec<(String, JoinHandle<Result<(), BoxError>>)>,
    /// No new calls.
    stop: CancellationToken,
    /// Something ended that should not have.
    broken: CancellationToken,
}

impl Running {
    pub(crate) fn new(node: Node) -> Self {
        Self {
            addresses: BTreeMap::new(),
            admin: None,
            node,
            databases: Vec::new(),
            ready: Ready::default(),
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

    /// Serves the pages for who runs the node.
    pub(crate) fn administer(
        &mut self,
        address: SocketAddr,
        listener: TcpListener,
        listening: Listening,
        recorder: Recorder,
    ) {
        info!(role = "admin", %address, "listening");
        self.admin = Some(address);
        let stop = self.stop.clone();
        self.start("the server of admin".to_owned(), async move {
            let upkeep = Owned::spawn("metrics", recorder.upkeep(stop.clone()));
            server::serve(listener, listening, stop, ADMIN_GRACE).await;
            drop(upkeep);
            Ok(())
        });
    }

    /// What tells whether the node takes calls.
    pub(crate) fn ready(&self) -> Ready {
        self.ready.clone()
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
                let cause = ended.as_ref().err().map(|error| causes(&**error)).unwrap_or_default();
                error!(what, cause, "ended unexpectedly; the node stops");
                broken.cancel();
            }
            ended
        });
        self.tasks.push((name, task));
    }

    /// Ends what was started of a node that could not be.
    pub(crate) fn abandon(self) {
        self.stop.cancel();
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
        self.ready.set(false);
        for health in &self.health {
            health.set(false).await;
        }
        tokio::time::sleep(self.node.drain()).await;
        self.stop.cancel();
        let end = tokio::time::Instant::now() + self.node.grace() + self.node.grace() / 2;
        for (what, mut task) in self.tasks {
            match tokio::time::timeout_at(end, &mut task).await {
                Ok(Ok(Err(error))) => warn!(what, cause = causes(&*error), "ended with an error"),
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
