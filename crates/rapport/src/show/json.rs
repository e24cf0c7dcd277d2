//! `--output json`.

use std::io::Write;

use prost::Message;

/// Prints the canonical JSON of an answer, indented.
///
/// # Errors
/// Stdout does not take it.
pub(crate) fn json<M: Message>(page: &mut impl Write, full_name: &str, answer: &M) -> anyhow::Result<()> {
    let value = rapport_proto::json::to_json(full_name, answer)?;
    // The error of stdout itself, by which a reader that went away is recognised.
    serde_json::to_writer_pretty(&mut *page, &value).map_err(std::io::Error::from)?;
    writeln!(page)?;
    Ok(())
}
