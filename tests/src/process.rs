//! Owns one node as a process: start, address, kill, stop, log. Never what is asked of it.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// A node that does not start or stop within this is broken.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Process {
    role: &'static str,
    pub(crate) address: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    pub(crate) async fn start(role: &'static str, arguments: &[String], log: &Path) -> Self {
        let file = std::fs::File::options().create(true).append(true).open(log).expect("a log file");
        let mut child = Command::new(program())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(file)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("the program is built: cargo build --workspace");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let wanted = format!("{role} is listening on ");
        let address = tokio::time::timeout(PATIENCE, async {
            while let Some(line) = lines.next_line().await.expect("readable") {
                if let Some(address) = line.strip_prefix(&wanted) {
                    return Some(address.to_owned());
                }
            }
            None
        })
        .await
        .expect("the node starts in time")
        .unwrap_or_else(|| panic!("{role} did not start:\n{}", std::fs::read_to_string(log).unwrap_or_default()));
        Self { role, address, child, log: log.to_owned() }
    }

    pub(crate) fn runs(&self) -> bool {
        self.child.id().is_some()
    }

    pub(crate) fn resident_kilobytes(&self) -> u64 {
        let status = self
            .child
            .id()
            .and_then(|id| std::fs::read_to_string(format!("/proc/{id}/status")).ok())
            .unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|count| count.parse().ok()).unwrap_or_default()
    }

    pub(crate) fn processor_time(&self) -> Duration {
        let stat =
            self.child.id().and_then(|id| std::fs::read_to_string(format!("/proc/{id}/stat")).ok()).unwrap_or_default();
        // Behind the name, which ends with a bracket: fields 14 and 15 of all, in hundredths of a second.
        let rest = stat.rsplit(')').next().unwrap_or_default();
        let ticks: u64 = rest.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        Duration::from_millis(ticks * 10)
    }

    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.expect("killed");
    }

    /// Ends the process and answers with what it should not have logged.
    pub(crate) async fn stop(mut self) -> Vec<String> {
        let mut complaints = Vec::new();
        if let Some(id) = self.child.id() {
            let terminated = std::process::Command::new("kill").args(["-TERM", &id.to_string()]).status();
            terminated.expect("kill runs");
            let status = tokio::time::timeout(PATIENCE, self.child.wait())
                .await
                .expect("the node stops in time")
                .expect("waited");
            if !status.success() {
                complaints.push(format!("{} ended with {status}", self.role));
            }
        }
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let bad = log.lines().filter(|line| {
            line.contains("\"level\":\"ERROR\"") || line.contains("\"level\":\"WARN\"") || line.contains("panicked")
        });
        complaints.extend(bad.map(|line| format!("{}: {line}", self.role)));
        complaints
    }
}

/// The program beside the tests: `target/{profile}/creatorscope`; tests lie in `deps` there, benchmarks beside it.
pub(crate) fn program() -> PathBuf {
    let own = std::env::current_exe().expect("a path");
    let folder = own.parent().expect("a folder");
    let profile = if folder.ends_with("deps") { folder.parent().expect("a folder") } else { folder };
    profile.join("creatorscope")
}
