//! What the end-to-end tests share: the real binary, Kafka, PostgreSQL and a Java consumer as child processes, each in
//! a directory of its own.
//!
//! The tests themselves are in `tests/tests`; each file is one subject.

mod guard;
pub mod inbox;
mod java;
mod kafka;
mod ledger;
pub mod months;
mod page;
mod port;
mod postgres;
mod projector;
mod random;
mod relay;

pub use java::{partitions_in_java, read_topic_in_java};
pub use kafka::{Broker, DelayedBroker, Mechanism, Request, Rule, SecuredBroker, shared_broker};
pub use ledger::{Ledger, binary, command, json_lines, run_ok};
pub use page::get;
pub use postgres::{Database, Fsync, hold_locked, shared_database};
pub use projector::Projector;
pub use random::Random;
pub use relay::Relay;

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// A folder of the data sets that some tests read, or `None` with a message when they are not on this machine.
#[must_use]
pub fn data_set(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data")).join(name);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: the data set `{name}` is not on this machine");
    None
}

/// The Python of the tests, which `make setup-python` prepares with this library among others, or `None` with a message.
#[must_use]
pub fn python(library: &str) -> Option<Command> {
    let python = env::var_os("RAPPORT_TEST_PYTHON").filter(|python| Path::new(python).exists());
    if python.is_none() {
        eprintln!("skipped: RAPPORT_TEST_PYTHON names no Python with {library}; `make test` prepares one");
    }
    python.map(Command::new)
}
