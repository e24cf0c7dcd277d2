//! Asks before something is done that cannot be taken back in silence.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

/// Whether to go on: the user said so in advance, or says so now.
///
/// # Errors
/// Nobody can be asked.
pub(crate) fn confirmed(question: &str, yes: bool) -> anyhow::Result<bool> {
    if yes {
        return Ok(true);
    }
    anyhow::ensure!(
        io::stdin().is_terminal(),
        "nothing was appended: this asks before it appends, and there is no terminal to ask; add --yes"
    );
    let mut out = io::stderr().lock();
    write!(out, "{question} [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    let said = answer.trim().to_lowercase();
    Ok(said == "y" || said == "yes")
}
