//! The reject file: what was not imported, where, and why.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use anyhow::Context;
use rapport_import::Reject;

/// A CSV file that is made with the first reject. Its values are those of the source, and may be personal.
pub struct RejectFile {
    path: PathBuf,
    writer: Option<csv::Writer<File>>,
}

impl RejectFile {
    /// At `path`, or beside where the command runs.
    pub fn new(path: Option<PathBuf>, mapping: &str) -> Self {
        let path = path.unwrap_or_else(|| format!("{mapping}-rejects.csv").into());
        Self { path, writer: None }
    }

    /// Adds a reject.
    ///
    /// # Errors
    /// The file does not take it.
    pub fn write(&mut self, reject: &Reject) -> anyhow::Result<()> {
        let writing = || {
            format!(
                "cannot write the reject file `{}`; choose another with --reject-file",
                self.path.display()
            )
        };
        if self.writer.is_none() {
            let mut writer = csv::Writer::from_path(&self.path).with_context(writing)?;
            writer
                .write_record(["file", "table", "line", "rows", "column", "value", "reason"])
                .with_context(writing)?;
            self.writer = Some(writer);
        }
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let record = [
            &reject.file.display().to_string(),
            reject.table.as_ref(),
            &reject.line.to_string(),
            &reject.rows.to_string(),
            &reject.column,
            &reject.value,
            &reject.reason,
        ];
        writer.write_record(record).with_context(writing)
    }

    /// Writes what is still in memory; the path when there were rejects.
    ///
    /// # Errors
    /// The file does not take it.
    pub fn finish(&mut self) -> anyhow::Result<Option<&Path>> {
        let Some(writer) = &mut self.writer else { return Ok(None) };
        writer.flush().with_context(|| format!("cannot write the reject file `{}`", self.path.display()))?;
        Ok(Some(&self.path))
    }
}
