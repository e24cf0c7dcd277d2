//! Starts a server for a demonstration or a measurement: another process of this program, on free ports.

use std::{
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

/// Opening a ledger takes no longer.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Longer than a server waits for calls under way.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);

/// A running child process. Dropped, it is killed; [`OwnServer::stop`] is the gentle way; it stops by itself when this
/// process is killed.
pub(crate) struct OwnServer {
    child: Child,
    url: String,
    data: PathBuf,
    /// Kept open for as long as this process lives, however it ends: the server stops when it closes.
    _stdin: Option<ChildStdin>,
    /// Kept open, so that the server can go on writing to it.
    _stdout: Lines<BufReader<ChildStdout>>,
    /// Deleted with this value.
    _temporary: Option<TempDir>,
}

impl OwnServer {
    /// `rapport serve` on a directory, or on a temporary one; `flags` are further flags of it.
    ///
    /// # Errors
    /// It does not start; what it said about it is on stderr.
    pub(crate) async fn serve(data: Option<&Path>, flags: &[&str]) -> anyhow::Result<Self> {
        let temporary = if data.is_some() { None } else { Some(TempDir::with_prefix("rapport-")?) };
        let data = data.or(temporary.as_ref().map(TempDir::path)).map(Path::to_owned).unwrap_or_default();
        let mut command = this_program()?;
        // What the environment says of another server is not meant for this one.
        for variable in [
            "RAPPORT_CONFIG",
            "RAPPORT_SIMULATED_CLOCK",
            "RAPPORT_TIME_ZONE",
            "RAPPORT_TLS_CERT",
            "RAPPORT_TLS_KEY",
            "RAPPORT_TOKENS",
        ] {
            command.env_remove(variable);
        }
        command.args([
            "serve",
            "--end-with-stdin",
            "--grpc",
            "127.0.0.1:0",
            "--http",
            "127.0.0.1:0",
            "--data",
        ]);
        command.arg(&data);
        command.args(flags);
        let (mut child, url, stdout) = start(command).await?;
        let _stdin = child.stdin.take();
        Ok(Self { child, url, data, _stdin, _stdout: stdout, _temporary: temporary })
    }

    /// Any subcommand of this program that prints `ready grpc=ADDRESS`.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) async fn subcommand(arguments: &[&str]) -> anyhow::Result<Self> {
        let mut command = this_program()?;
        command.args(arguments);
        let (mut child, url, stdout) = start(command).await?;
        let _stdin = child.stdin.take();
        Ok(Self { child, url, data: PathBuf::new(), _stdin, _stdout: stdout, _temporary: None })
    }

    /// Where its gRPC answers, `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Its directory; empty for what keeps none.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Its process id; `None` when it has ended.
    pub(crate) fn process_id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// The system's.
    pub(crate) async fn ended(&mut self) -> anyhow::Result<ExitStatus> {
        Ok(self.child.wait().await?)
    }

    /// SIGTERM, and waits until it has ended.
    ///
    /// # Errors
    /// It does not end, or not well.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(id) = id {
            kill_process(id, Signal::TERM).context("cannot tell the server to stop")?;
        }
        let ended = tokio::time::timeout(STOP_TIMEOUT, self.child.wait()).await;
        let status = ended.context("the server does not stop; it is killed")??;
        anyhow::ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}

fn this_program() -> anyhow::Result<Command> {
    let program = std::env::current_exe().context("where is this program?")?;
    let mut command = Command::new(program);
    // Its log is not part of what is shown; warnings are.
    if std::env::var_os("RAPPORT_LOG").is_none() {
        command.env("RAPPORT_LOG", "warn");
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    Ok(command)
}

async fn start(mut command: Command) -> anyhow::Result<(Child, String, Lines<BufReader<ChildStdout>>)> {
    let mut child = command.spawn().context("cannot start a server")?;
    let stdout = child.stdout.take().context("the server's stdout")?;
    let mut lines = BufReader::new(stdout).lines();
    let first = tokio::time::timeout(START_TIMEOUT, lines.next_line()).await;
    let line = first.context("the server is not ready after a minute")??.unwrap_or_default();
    let address = line
        .strip_prefix("ready ")
        .and_then(|line| line.split(' ').find_map(|word| word.strip_prefix("grpc=")))
        .context("the server did not start; what it says about it is above")?;
    // A bare address, or a URL already.
    let url = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    Ok((child, url, lines))
}
