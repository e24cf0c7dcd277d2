//! `rapport token`: makes a token for a client, and its entry in the server's file of tokens.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use clap::Args;
use rapport_server::{NewToken, Role};

use crate::show::Page;

/// The flags of `rapport token`.
#[derive(Debug, Args)]
#[command(after_help = "\
The token goes to stdout, once: it is stored nowhere and cannot be recovered. What goes to stderr is for the \
server's file of tokens (`rapport serve --tokens FILE`), which holds only a digest; a running server takes it up within \
seconds. Asks no server. docs/security.md says more.

Examples:
  rapport token billing --roles read,append > billing.token
                                           shows the table; add it to the file
  rapport token backup --roles read > backup.token 2>> tokens.toml
                                           the shell adds it")]
pub(crate) struct TokenArgs {
    /// What to call the client: letters, digits, `.`, `_` and `-`
    name: String,
    /// What it may do, with commas between: `read`, `append`, `operate`
    #[arg(long, required = true, value_delimiter = ',', value_name = "ROLES")]
    roles: Vec<Role>,
}

/// Prints a fresh token.
///
/// # Errors
/// The name does not fit, or stdout does not take it.
pub(crate) fn run(args: TokenArgs) -> anyhow::Result<()> {
    let new = NewToken::for_client(&args.name, &BTreeSet::from_iter(args.roles))?;
    // First what the server needs: a token that got out alone would be of no use.
    write!(io::stderr(), "\n{}", new.table)?;
    let mut page = Page::stdout();
    writeln!(page, "{}", new.token)?;
    page.finish()
}
