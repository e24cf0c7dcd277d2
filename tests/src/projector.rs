//! A projector service running as a child process.

use std::{
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::ledger::{command, run_ok};

/// `rapport project` on free ports; killed when dropped.
pub struct Projector {
    child: Child,
    /// Where its gRPC service answers, `http://127.0.0.1:PORT`.
    pub url: String,
    /// Where its pages are, `http://127.0.0.1:PORT`.
    pub http: String,
}

impl Projector {
    /// Starts one from a source into views, and waits until it answers; it need not be caught up.
    ///
    /// # Errors
    /// It does not start; its complaint is on this process's standard error.
    pub fn start(from: &str, views: &str, flags: &[&str]) -> Result<Self> {
        let mut projector = command(["project", "--from", from, "--views", views])?;
        projector.args(flags).env("RAPPORT_LOG", "warn");
        Self::start_by(projector)
    }

    /// The same with everything that it logs, at a level, in a file.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub fn start_with_log(from: &str, views: &str, flags: &[&str], level: &str, log: &Path) -> Result<Self> {
        let mut projector = command(["project", "--from", from, "--views", views])?;
        projector.args(flags).env("RAPPORT_LOG", level).stderr(fs::File::create(log)?);
        Self::start_by(projector)
    }

    fn start_by(mut projector: Command) -> Result<Self> {
        projector.args(["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"]).stdout(Stdio::piped());
        let mut child = projector.spawn().context("starting a projector")?;
        let stdout = child.stdout.take().context("the projector's standard output")?;
        let lines = BufReader::new(stdout).lines();
        let ready = lines.map_while(Result::ok).find(|line| line.starts_with("ready "));
        let Some(ready) = ready else {
            bail!("the projector ended with {} before it was ready", child.wait()?)
        };
        let address = |key: &str| {
            let value = ready.split_whitespace().find_map(|word| word.strip_prefix(key));
            value.map(|value| format!("http://{value}")).with_context(|| format!("`{key}` in `{ready}`"))
        };
        Ok(Self { url: address("grpc=")?, http: address("http=")?, child })
    }

    /// Runs a command against it and gives its standard output.
    ///
    /// # Errors
    /// The command fails; the error holds its standard error.
    pub fn run(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<String> {
        run_ok(command(arguments)?.env("RAPPORT_SERVER", &self.url))
    }

    /// SIGTERM, and the exit code with which it ends.
    ///
    /// # Errors
    /// There is no such process any more.
    pub fn terminate(mut self) -> Result<Option<i32>> {
        run_ok(Command::new("kill").args(["-TERM", &self.child.id().to_string()]))?;
        Ok(self.child.wait()?.code())
    }

    /// `kill -9`.
    ///
    /// # Errors
    /// There is no such process any more.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Projector {
    fn drop(&mut self) {
        // A process that is gone already is what is wanted.
        let _ = self.kill();
    }
}
