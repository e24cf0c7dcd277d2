//! The flags that all commands share.

use clap::Args;

use crate::{client::server_args::ServerArgs, show::Output};

/// Flags of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Shared {
    /// The server to ask, and what lets this client in.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Answer with what had happened until then [default: now]; for commands that ask a view
    #[arg(long, global = true, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Answer with what the ledger knew then [default: everything]; for commands that ask a view
    #[arg(long, global = true, value_name = "TIME")]
    pub known_at: Option<String>,
    /// How to print the answer; `json` is the canonical JSON of the server's answer, and stable
    #[arg(long, global = true, value_enum, default_value_t = Output::Table, value_name = "FORMAT")]
    pub output: Output,
}
