//! A process of the binary that is no ledger, and the pages that a process serves.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

use rapport_tests::command;

/// A command that serves on free ports; killed when dropped.
pub(crate) struct Running {
    child: Child,
    /// Where its pages are, `http://127.0.0.1:PORT`.
    pub http: String,
}

impl Running {
    /// Starts it and waits for the line that says ready.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut command = command(arguments).unwrap();
        command.args(["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"]).env("RAPPORT_LOG", "warn");
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = lines.map_while(Result::ok).find(|line| line.starts_with("ready "));
        let ready = ready.unwrap_or_else(|| panic!("`{}` ended before it was ready", arguments.join(" ")));
        let http = ready.split_whitespace().find_map(|word| word.strip_prefix("http=")).unwrap();
        Self { http: format!("http://{http}"), child }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A process that is gone already is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
