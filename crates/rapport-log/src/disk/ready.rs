//! The file `ready` of a generation. It is written last when a generation is made, and holds the format and the salt.

use std::{fs, io, path::Path};

use uuid::Uuid;

use crate::{disk::directory::write_whole, error::StorageError};

/// The format of generations that are written. Earlier formats are read, and upgraded when they are written to.
const FORMAT: u32 = 3;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ready {
    format: u32,
    /// The size of sled's segments.
    pub(crate) segment_bytes: usize,
    /// What the checksums of blocks begin with. Clients do not know it, so bytes in an event never look like a block of
    /// the journal; 0 in generations of earlier formats.
    pub(crate) salt: u32,
}

impl Ready {
    /// Of a generation that is made now.
    pub(crate) fn new(segment_bytes: usize) -> Self {
        let random = Uuid::new_v4().as_u128().to_le_bytes();
        let salt = random.first_chunk().map_or(1, |bytes| u32::from_le_bytes(*bytes));
        Self { format: FORMAT, segment_bytes, salt }
    }

    /// The same generation when it is written to from now on.
    pub(crate) const fn upgraded(self) -> Self {
        Self { format: FORMAT, ..self }
    }

    /// Whether the log wrote sled before it answered, with the journal as a copy that it did not sync.
    pub(crate) const fn is_earlier(&self) -> bool {
        self.format < FORMAT
    }

    /// Reads the file; `None` without one.
    pub(crate) fn read(dir: &Path) -> Result<Option<Self>, StorageError> {
        match fs::read(dir.join(NAME)) {
            Ok(bytes) => {
                let damaged = || StorageError::io("reading the file `ready` of a generation");
                parse(&bytes).map(Some).ok_or_else(|| damaged()(io::ErrorKind::InvalidData.into()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StorageError::io("opening a generation")(error)),
        }
    }

    /// Writes the file; durable when it returns.
    pub(crate) fn write(&self, dir: &Path) -> io::Result<()> {
        write_whole(&dir.join(NAME), &self.text())
    }

    fn text(&self) -> String {
        let said = format!(
            "rapport generation {FORMAT}\nsegment_bytes {}\nsalt {:08x}\n",
            self.segment_bytes, self.salt
        );
        format!("{said}crc32c {:08x}\n", crc32c::crc32c(said.as_bytes()))
    }
}

const NAME: &str = "ready";

fn parse(bytes: &[u8]) -> Option<Ready> {
    let text = str::from_utf8(bytes).ok()?;
    let mut lines = text.lines();
    let format = lines.next()?.strip_prefix("rapport generation ")?.parse().ok()?;
    let segment_bytes = lines.next()?.strip_prefix("segment_bytes ")?.parse().ok()?;
    match format {
        1 | 2 => Some(Ready { format, segment_bytes, salt: 0 }),
        FORMAT => {
            let salt = u32::from_str_radix(lines.next()?.strip_prefix("salt ")?, 16).ok()?;
            let ready = Ready { format, segment_bytes, salt };
            (ready.text() == text).then_some(ready)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_was_changed_is_not() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Ready::read(dir.path()).unwrap(), None);
        let ready = Ready::new(524_288);
        ready.write(dir.path()).unwrap();
        assert_eq!(Ready::read(dir.path()).unwrap(), Some(ready));
        assert_ne!(ready.salt, Ready::new(524_288).salt);
        let whole = fs::read(dir.path().join(NAME)).unwrap();
        for place in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[place] ^= 8;
            fs::write(dir.path().join(NAME), bytes).unwrap();
            assert!(Ready::read(dir.path()).is_err(), "byte {place}");
        }
    }

    #[test]
    fn earlier_formats_are_read_and_upgraded_without_a_salt() {
        let ready = parse(b"rapport generation 2\nsegment_bytes 8388608\n").unwrap();
        assert!(ready.is_earlier() && !ready.upgraded().is_earlier());
        assert_eq!(parse(ready.upgraded().text().as_bytes()), Some(ready.upgraded()));
        assert_eq!(parse(b"rapport generation 4\nsegment_bytes 8388608\n"), None);
    }
}
