//! `rapport completions`: a script that teaches a shell the commands and flags.

use std::io::Write;

use clap::Args;
use clap_complete::Shell;

use crate::show::Page;

/// The flags of `rapport completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rapport completions bash > ~/.local/share/bash-completion/completions/rapport
  rapport completions zsh > ~/.zfunc/_rapport
  rapport completions fish > ~/.config/fish/completions/rapport.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Prints the script for a command line.
///
/// # Errors
/// Stdout does not take it.
pub(crate) fn run(args: &CompletionsArgs, mut command_line: clap::Command) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command_line, "rapport", &mut script);
    let mut page = Page::stdout();
    page.write_all(&script)?;
    page.finish()
}
