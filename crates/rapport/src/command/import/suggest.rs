//! `rapport import --suggest`: a first mapping for a file.

use std::{io::Write, path::Path};

use crate::show::Page;

/// Prints it: TOML, to be written to a file and gone through.
///
/// # Errors
/// The file cannot be read, or stdout does not take it.
pub(super) fn print(path: &Path) -> anyhow::Result<()> {
    let text = rapport_import::suggest(path)?;
    let mut page = Page::stdout();
    page.write_all(text.as_bytes())?;
    page.finish()
}
