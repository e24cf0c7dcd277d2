//! A ledger running as a child process.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use anyhow::{Context, Result, bail, ensure};

/// `rapport serve` on free ports; killed when dropped.
pub struct Ledger {
    child: Child,
    /// Where its gRPC service answers, `http://127.0.0.1:PORT`.
    pub url: String,
    /// Where its metrics and health answer, `http://127.0.0.1:PORT`.
    pub http: String,
    data: PathBuf,
    arguments: Vec<OsString>,
}

impl Ledger {
    /// Starts a ledger on `data` and waits until it is ready.
    ///
    /// # Errors
    /// It does not start; its complaint is on this process's standard error.
    pub fn start(data: &Path) -> Result<Self> {
        Self::start_with(data, [] as [&str; 0])
    }

    /// The same with further arguments.
    ///
    /// # Errors
    /// It does not start.
    pub fn start_with(data: &Path, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Self> {
        Self::start_by(Command::new(binary()?), data, arguments)
    }

    /// The same by a command of the caller's, which ends in running the binary with further arguments.
    ///
    /// # Errors
    /// It does not start.
    pub fn start_by(
        mut program: Command,
        data: &Path,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Result<Self> {
        let arguments: Vec<OsString> =
            arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
        let mut child = program
            .args(["serve", "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(&arguments)
            .env("RAPPORT_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .context("starting the server")?;
        let stdout = child.stdout.take().context("the server's standard output")?;
        let ready = BufReader::new(stdout).lines().find_map(|line| {
            let line = line.ok()?;
            line.starts_with("ready ").then_some(line)
        });
        let Some(ready) = ready else { bail!("the server ended with {} before it was ready", child.wait()?) };
        let address = |key: &str| {
            let value = ready.split_whitespace().find_map(|word| word.strip_prefix(key));
            value.map(str::to_owned).with_context(|| format!("`{key}` in `{ready}`"))
        };
        Ok(Self {
            url: format!("http://{}", address("grpc=")?),
            http: format!("http://{}", address("http=")?),
            data: data.to_owned(),
            arguments,
            child,
        })
    }

    /// Kills it as a power cut would, and starts it again on the same data.
    ///
    /// # Errors
    /// It does not start again.
    pub fn kill_and_restart(mut self) -> Result<Self> {
        self.kill()?;
        self.restart()?;
        Ok(self)
    }

    /// Starts it again on the same data with the same arguments, after [`Self::kill`].
    ///
    /// # Errors
    /// It does not start again.
    pub fn restart(&mut self) -> Result<()> {
        let (data, arguments) = (self.data.clone(), self.arguments.clone());
        *self = Self::start_with(&data, arguments)?;
        Ok(())
    }

    /// Its process.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Bytes of memory that its process holds.
    ///
    /// # Errors
    /// There is no such process any more.
    pub fn resident_bytes(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process_id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes << 10)
    }

    /// SIGTERM, and the exit code with which it ends.
    ///
    /// # Errors
    /// There is no such process any more.
    pub fn terminate(mut self) -> Result<Option<i32>> {
        run_ok(Command::new("kill").args(["-TERM", &self.process_id().to_string()]))?;
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

    /// A command of the binary against this ledger.
    ///
    /// # Errors
    /// The binary cannot be built.
    pub fn command(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Command> {
        let mut command = command(arguments)?;
        command.env("RAPPORT_SERVER", &self.url);
        Ok(command)
    }

    /// Runs a command against this ledger and gives its standard output.
    ///
    /// # Errors
    /// The command fails; the error holds its standard error.
    pub fn run(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<String> {
        run_ok(&mut self.command(arguments)?)
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        // A process that is gone already is what is wanted.
        let _ = self.kill();
    }
}

/// The binary of this checkout, as `cargo test --workspace` has built it beside this test; or the one that
/// `RAPPORT_TEST_BINARY` names.
///
/// # Errors
/// It was not built.
pub fn binary() -> Result<PathBuf> {
    if let Some(built) = env::var_os("RAPPORT_TEST_BINARY") {
        return Ok(built.into());
    }
    let test = env::current_exe()?;
    // target/PROFILE/deps/TEST
    let binary = test.ancestors().nth(2).context("the folder of this profile")?.join("rapport");
    ensure!(binary.exists(), "{} is missing; `cargo test --workspace` builds it", binary.display());
    Ok(binary)
}

/// A command of the binary with nothing of the caller's configuration.
///
/// # Errors
/// The binary cannot be built.
pub fn command(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Command> {
    let mut command = Command::new(binary()?);
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("RAPPORT_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).stdin(Stdio::null());
    Ok(command)
}

/// Standard output of a command that must succeed.
///
/// # Errors
/// It fails; the error holds its standard error.
pub fn run_ok(command: &mut Command) -> Result<String> {
    let Output { status, stdout, stderr } = command.output().with_context(|| format!("{command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).context("standard output is UTF-8")
}

/// Each line of a text as JSON.
///
/// # Errors
/// A line is no JSON.
pub fn json_lines(text: &str) -> Result<Vec<serde_json::Value>> {
    text.lines().map(|line| serde_json::from_str(line).with_context(|| line.to_owned())).collect()
}
