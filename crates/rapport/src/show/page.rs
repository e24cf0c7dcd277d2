//! Where data goes: stdout, buffered, and without a panic when its reader goes away.

use std::io::{self, BufWriter, StdoutLock, Write};

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
