//! A server as a child process, and commands against it.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use tempfile::TempDir;

pub(crate) struct Server {
    child: Child,
    pub url: String,
    pub dir: TempDir,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), arguments)
    }

    /// On the ledger in a directory.
    pub(crate) fn start_in(dir: TempDir, arguments: &[&str]) -> Self {
        let mut child = command()
            .args(["serve", "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data"])
            .arg(dir.path().join("ledger"))
            .args(arguments)
            .env("RAPPORT_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let grpc = ready.split_whitespace().find_map(|word| word.strip_prefix("grpc=")).unwrap();
        Self { url: format!("http://{grpc}"), child, dir }
    }

    /// A command that asks this server.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command();
        command.args(arguments).env("RAPPORT_SERVER", &self.url).current_dir(self.dir.path());
        command
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.command(arguments))
    }

    /// Runs it to its end with this text on stdin.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A command that gives up early closes its end.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Ran::from(child.wait_with_output().unwrap())
    }

    /// SIGTERM; the exit code, and the directory, which outlives the server.
    pub(crate) fn terminate(mut self) -> (Option<i32>, TempDir) {
        let killed = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let code = self.child.wait().unwrap().code();
        (code, std::mem::replace(&mut self.dir, tempfile::tempdir().unwrap()))
    }

    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        let path = self.dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a command printed and how it ended.
pub(crate) struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::from(command.stdin(Stdio::null()).output().unwrap())
    }

    /// Its stdout, when it did what was asked.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self.stdout
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The binary, with nothing of the environment that would change what it does.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rapport"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("RAPPORT_")) {
        command.env_remove(name);
    }
    command
}

/// A line for `rapport append`.
pub(crate) fn deal(deal: &str, customer: &str, stage: &str) -> String {
    format!(
        r#"{{"stream":"deal-{deal}","customer":"{customer}","occurredAt":"2026-01-05T10:00:00Z","payload":{{"dealOpened":{{"dealId":"{deal}","stage":"{stage}","amount":{{"minorUnits":"125000","currency":"EUR"}}}}}}}}"#
    ) + "\n"
}

/// A folder of the real exports, or `None` with a message where they are not.
pub(crate) fn data(name: &str) -> Option<String> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")).join(name);
    if !path.is_dir() {
        eprintln!("skipped: the data set `{name}` is not on this machine");
        return None;
    }
    Some(path.to_str().unwrap().to_owned())
}
