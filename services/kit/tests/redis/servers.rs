//! Redis servers for one test each, on ports that are free.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests start servers and wait for them")]

use std::{
    fs::{self, File},
    io::Write as _,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// Whether there is a redis-server; says so when there is none.
pub(crate) fn available() -> bool {
    let found = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_ok();
    if !found {
        _ = writeln!(std::io::stderr(), "SKIPPED: there is no redis-server; tests/run installs one");
    }
    found
}

/// A server, which ends with this.
pub(crate) struct Server {
    child: Option<Child>,
    folder: TempDir,
    port: u16,
    _lock: File,
    is_tls: bool,
    arguments: Vec<String>,
}

/// A port that nobody listens on, and the lock that keeps it: the kernel gives ports above these to connections that are made, and other
/// servers of tests respect the lock. A node of a Cluster takes the port that is 10 000 higher too.
fn reserve() -> (u16, File) {
    let locks = std::env::temp_dir().join("creatorscope-test-ports");
    fs::create_dir_all(&locks).expect("a folder");
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    loop {
        let port = fastrand::u16(10_000..16_000);
        let lock = File::create(locks.join(port.to_string())).expect("a file");
        if lock.try_lock().is_ok() && is_free(port) && is_free(port + 10_000) {
            return (port, lock);
        }
    }
}

impl Server {
    fn new(is_tls: bool, arguments: impl FnOnce(&TempDir, u16) -> Vec<String>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (port, lock) = reserve();
        let arguments = arguments(&folder, port);
        let mut server = Self { child: None, folder, port, _lock: lock, is_tls, arguments };
        server.start();
        server
    }

    /// Without TLS, with more settings.
    pub(crate) fn plain(more: &[&str]) -> Self {
        Self::new(false, |folder, port| {
            let dir = folder.path().display().to_string();
            let base = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", &dir, "--port"];
            let base = base.into_iter().map(str::to_owned).chain([port.to_string()]);
            base.chain(more.iter().map(|one| (*one).to_owned())).collect()
        })
    }

    /// With TLS only, by an authority of its own.
    pub(crate) fn tls() -> Self {
        Self::new(true, |folder, port| {
            let at = |name: &str| folder.path().join(name);
            let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
            authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            let authority_key = rcgen::KeyPair::generate().unwrap();
            let issuer = authority.self_signed(&authority_key).unwrap();
            fs::write(at("ca.pem"), issuer.pem()).unwrap();
            let issuer = rcgen::Issuer::new(authority, authority_key);
            let key = rcgen::KeyPair::generate().unwrap();
            let own = rcgen::CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
            fs::write(at("cert.pem"), own.signed_by(&key, &issuer).unwrap().pem()).unwrap();
            fs::write(at("key.pem"), key.serialize_pem()).unwrap();
            let file = |name: &str| at(name).display().to_string();
            [
                ["--bind", "127.0.0.1"],
                ["--port", "0"],
                ["--tls-port", &port.to_string()],
                ["--tls-cert-file", &file("cert.pem")],
                ["--tls-key-file", &file("key.pem")],
                ["--tls-ca-cert-file", &file("ca.pem")],
                ["--tls-auth-clients", "no"],
                ["--save", ""],
            ]
            .concat()
            .into_iter()
            .map(str::to_owned)
            .collect()
        })
    }

    /// A Sentinel that alone decides whether a primary is down.
    pub(crate) fn sentinel(primary: u16) -> Self {
        Self::new(false, |folder, port| {
            let file = folder.path().join("sentinel.conf");
            let text = format!(
                "port {port}\nbind 127.0.0.1\nsentinel monitor primary 127.0.0.1 {primary} 1\n\
                 sentinel down-after-milliseconds primary 500\nsentinel failover-timeout primary 3000\n"
            );
            fs::write(&file, text).unwrap();
            vec![file.display().to_string(), "--sentinel".to_owned()]
        })
    }

    /// Three masters that together are a Cluster.
    pub(crate) fn cluster() -> Vec<Self> {
        let node = || Self::plain(&["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf"]);
        let nodes = [node(), node(), node()];
        let addresses: Vec<String> = nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
        let made = Command::new("redis-cli")
            .args(["--cluster", "create"])
            .args(&addresses)
            .args(["--cluster-replicas", "0", "--cluster-yes"])
            .output()
            .expect("redis-cli is there");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
        for node in &nodes {
            node.wait_for("CLUSTER INFO", "cluster_state:ok");
        }
        nodes.into()
    }

    /// Starts it on the same port.
    pub(crate) fn start(&mut self) {
        let mut command = Command::new("redis-server");
        let log = File::create(self.folder.path().join("log")).unwrap();
        let child = command.args(&self.arguments).current_dir(self.folder.path()).stdout(log).spawn();
        self.child = Some(child.expect("starts"));
        if !self.is_tls {
            self.wait_for("PING", "PONG");
        }
    }

    /// Kills it.
    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("ends");
            child.wait().expect("ends");
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        let scheme = if self.is_tls { "rediss" } else { "redis" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// The file of its authority.
    pub(crate) fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Makes the user `creatorscope` with the password `secret` and these rights.
    pub(crate) fn let_in(&self, rights: &str) {
        let user = "ACL SETUSER creatorscope on >secret ~creatorscope:* &creatorscope:* -@all";
        assert_eq!(self.told(&format!("{user} {rights}")).trim(), "OK");
    }

    /// The answer to a question.
    pub(crate) fn told(&self, question: &str) -> String {
        let mut command = Command::new("redis-cli");
        command.args(["-p", &self.port.to_string()]).args(question.split(' ')).stderr(Stdio::null());
        String::from_utf8_lossy(&command.output().expect("redis-cli is there").stdout).into_owned()
    }

    /// Waits until a question is answered, with this in the answer.
    pub(crate) fn wait_for(&self, question: &str, wanted: &str) {
        let begun = Instant::now();
        loop {
            let answer = self.told(question);
            if answer.contains(wanted) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{question}: {answer}");
            sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
