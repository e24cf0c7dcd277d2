//! `rapport`: the command line.
//!
//! It only parses, asks the server and shows: what an answer means is decided in `rapport-views`, what is accepted
//! in `rapport-server`. Begin with [`cli`], the commands and their flags; each command has its file in [`command`],
//! and [`show`] is how things look. Data goes to stdout, everything else to stderr; exit 0 done, 1 the answer is
//! no, 2 wrong usage or failure.

mod bench;
mod cli;
mod client;
mod command;
mod demo;
mod failure;
mod flags;
mod moment;
mod own_server;
mod shared_args;
mod show;

use std::{process::ExitCode, time::Duration};

use crate::cli::Cli;

/// How long the end waits for threads that block.
const END_TIMEOUT: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let cli = Cli::of(std::env::args_os()).unwrap_or_else(|error| cli::with_whole_usage(error).exit());
    if let Err(refusal) = cli.refuse_idle_flags() {
        refusal.exit();
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failure::exit(&anyhow::anyhow!("cannot start: {error}")),
    };
    let code = match runtime.block_on(cli.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure::exit(&error),
    };
    // No one waits for the threads that still block.
    runtime.shutdown_timeout(END_TIMEOUT);
    code
}
