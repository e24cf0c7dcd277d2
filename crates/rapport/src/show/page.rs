//! Where data goes: stdout, buffered, and without a panic when its reader goes away.

use std::io::{self, BufWriter, StdoutLock, Write};

use prost::Message;

use super::json;
use crate::cli::Output;

/// Standard output for data. Text for people about what goes on belongs on stderr.
pub struct Page(BufWriter<StdoutLock<'static>>);

impl Page {
    /// Standard output.
    pub fn stdout() -> Self {
        Self(BufWriter::with_capacity(64 << 10, io::stdout().lock()))
    }

    /// Writes what is still in the buffer.
    ///
    /// # Errors
    /// Stdout does not take it.
    pub fn finish(mut self) -> anyhow::Result<()> {
        Ok(self.0.flush()?)
    }
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Prints an answer in the form that was asked for; `name` is that of its message.
///
/// # Errors
/// Stdout does not take it.
pub fn print<M: Message>(
    output: Output,
    name: &str,
    answer: &M,
    table: impl FnOnce(&mut Page) -> anyhow::Result<()>,
    csv: impl FnOnce(&mut Page) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut page = Page::stdout();
    match output {
        Output::Table => table(&mut page)?,
        Output::Json => json(&mut page, name, answer)?,
        Output::Csv => csv(&mut page)?,
    }
    page.finish()
}
