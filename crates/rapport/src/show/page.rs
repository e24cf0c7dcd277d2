//! Where data goes: stdout, buffered, and without a panic when its reader goes away.

use std::io::{self, BufWriter, StdoutLock, Write};

use prost::Message;

use super::{
    json::json,
    output::Output,
    visible::{visible_json, visible_lines},
};

/// Standard output for data. Text for people about what goes on belongs on stderr.
pub(crate) struct Page {
    out: BufWriter<StdoutLock<'static>>,
    /// For a terminal: bytes on their way through what makes them harmless there.
    held: Option<Held>,
}

struct Held {
    bytes: Vec<u8>,
    shown: fn(&str) -> String,
}

impl Page {
    /// Standard output for text that is harmless on a terminal already, as tables and `cut` make it.
    pub(crate) fn stdout() -> Self {
        Self { out: BufWriter::with_capacity(64 << 10, io::stdout().lock()), held: None }
    }

    /// Standard output for data in one of its forms. JSON and CSV are data: they stay as they are, except on a
    /// terminal, where nobody parses them and what customers wrote must not steer it.
    pub(crate) fn of(output: Output) -> Self {
        let shown: fn(&str) -> String = match output {
            Output::Table => return Self::stdout(),
            Output::Json => visible_json,
            Output::Csv => visible_lines,
        };
        let terminal = console::Term::stdout().is_term();
        Self { held: terminal.then(|| Held { bytes: Vec::new(), shown }), ..Self::stdout() }
    }

    /// Writes what is still in the buffer.
    ///
    /// # Errors
    /// Stdout does not take it.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        Ok(self.flush()?)
    }
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.held {
            // Held until a flush, which comes between records: a character is never in two parts.
            Some(held) => held.bytes.write(bytes),
            None => self.out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(held) = &mut self.held {
            let bytes = std::mem::take(&mut held.bytes);
            self.out.write_all((held.shown)(&String::from_utf8_lossy(&bytes)).as_bytes())?;
        }
        self.out.flush()
    }
}

/// Prints an answer in the form that was asked for; `name` is that of its message.
///
/// # Errors
/// Stdout does not take it.
pub(crate) fn print<M: Message>(
    output: Output,
    name: &str,
    answer: &M,
    table: impl FnOnce(&mut Page) -> anyhow::Result<()>,
    csv: impl FnOnce(&mut Page) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut page = Page::of(output);
    match output {
        Output::Table => table(&mut page)?,
        Output::Json => json(&mut page, name, answer)?,
        Output::Csv => csv(&mut page).map_err(plain)?,
    }
    page.finish()
}

/// The error of stdout behind that of `csv`, which does not name it as its source: a reader that went away would look
/// like a failure.
fn plain(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<csv::Error>() {
        Ok(error) => written(error).into(),
        Err(error) => error,
    }
}

/// The same where only `csv` can have failed.
pub(crate) fn written(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("cannot write CSV: {kind:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_went_away_is_recognised_behind_csv() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut csv = csv::WriterBuilder::new().buffer_capacity(1).from_writer(Gone);
        let error = csv.write_record(["a", "b"]).unwrap_err();
        let error = plain(error.into());
        assert_eq!(error.downcast::<io::Error>().unwrap().kind(), io::ErrorKind::BrokenPipe);
    }
}
