//! Shared by the tests of imports through the real binary: a ledger, and the folder in which its exports arrive.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{Ledger, json_lines, run_ok};

/// A ledger and a folder; commands run in the folder, so its files are named as they lie there.
pub struct Inbox {
    /// The server, which ends with this.
    pub ledger: Ledger,
    folder: TempDir,
}

impl Default for Inbox {
    fn default() -> Self {
        Self::with(&[])
    }
}

impl Inbox {
    /// On the clock of this machine.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// On the simulated clock, for imports of other days than today.
    pub fn on_a_simulated_clock() -> Self {
        Self::with(&["--simulated-clock"])
    }

    /// With these arguments of `rapport serve`.
    pub fn with(serve: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::start_with(&folder.path().join("ledger"), serve).unwrap();
        Self { ledger, folder }
    }

    /// The path of a file in the folder.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and the folder that it is in.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// A file's text; `None` where there is no such file.
    pub fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }

    /// A command of `rapport` that is asked of the ledger, in the folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.ledger.command(arguments).unwrap();
        command.current_dir(self.folder.path());
        command
    }

    /// What such a command printed, and how it ended.
    pub fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// `rapport import` with these arguments: its summary.
    pub fn import(&self, arguments: &[&str]) -> Value {
        let all = [&["import", "--output", "json"], arguments].concat();
        serde_json::from_str(&run_ok(&mut self.command(&all)).unwrap()).unwrap()
    }

    /// Imports at noon of a day of the simulated clock: the summary.
    pub fn import_on(&self, day: &str, arguments: &[&str]) -> Value {
        let now = format!("{day}T12:00:00Z");
        self.import(&[arguments, &["--simulated-now", &now]].concat())
    }

    /// `rapport import --dry-run` with these arguments: its first events, and its summary at the end.
    pub fn dry_run(&self, arguments: &[&str]) -> Vec<Value> {
        let all = [&["import", "--dry-run", "--output", "json"], arguments].concat();
        json_lines(&run_ok(&mut self.command(&all)).unwrap()).unwrap()
    }

    /// The answer of a command that asks.
    pub fn ask(&self, arguments: &[&str]) -> Value {
        let all = [arguments, &["--output", "json"]].concat();
        serde_json::from_str(&run_ok(&mut self.command(&all)).unwrap()).unwrap()
    }

    /// All recorded events in order, without the ends of files.
    pub fn events(&self) -> Vec<Value> {
        let told = self.ledger.run(["tail", "--from", "1", "--output", "json"]).unwrap();
        let mut events = json_lines(&told).unwrap();
        events.retain(|event| event["type"] != "import.batch_closed");
        events
    }

    /// How many events it has, the ends of files among them.
    pub fn head(&self) -> u64 {
        number(&self.ask(&["status"])["head"]["position"])
    }
}

/// A number of 64 bits, which is a text in canonical JSON; a zero is left out.
pub fn number(value: &Value) -> u64 {
    value.as_str().map_or(0, |text| text.parse().unwrap())
}

/// Numbers of a summary's total.
pub fn counts<const N: usize>(summary: &Value, keys: [&str; N]) -> [u64; N] {
    keys.map(|key| summary["total"][key].as_u64().unwrap())
}
