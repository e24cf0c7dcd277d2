//! `--output json`.

use std::io::Write;

use prost::Message;

use super::Page;

/// Prints the canonical JSON of an answer, indented.
///
/// # Errors
/// Stdout does not take it.
pub fn json<M: Message>(page: &mut Page, full_name: &str, answer: &M) -> anyhow::Result<()> {
    let value = rapport_proto::json::to_json(full_name, answer)?;
    serde_json::to_writer_pretty(&mut *page, &value)?;
    writeln!(page)?;
    Ok(())
}
