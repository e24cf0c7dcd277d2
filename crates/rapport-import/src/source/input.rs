//! The bytes of a file: counted and digested as they are on disk, then unpacked and decoded to UTF-8.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

use super::archive;

/// What is known of a file while it is read.
#[derive(Debug)]
pub(crate) struct Watch {
    bytes: AtomicU64,
    digest: Digested,
}

/// Where the digest comes from.
#[derive(Debug)]
enum Digested {
    /// From the bytes as they are read, from the first to the last.
    Read(Mutex<Sha256>),
    /// From this file, which the import reads in parts.
    File(PathBuf),
}

impl Watch {
    /// Of a file that is read from its first byte to its last.
    fn streamed() -> Self {
        Self { bytes: AtomicU64::default(), digest: Digested::Read(Mutex::default()) }
    }

    /// Of a file that is read in parts, or of the archive that the file is in.
    pub(super) fn of_file(path: &Path, bytes: u64) -> Self {
        Self { bytes: AtomicU64::new(bytes), digest: Digested::File(path.to_owned()) }
    }

    /// Bytes of the file on disk that have been read.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// SHA-256 of the file as it is on disk, 64 hexadecimal digits; of a member of an archive, the archive's.
    pub(crate) fn sha256(&self) -> io::Result<String> {
        let digest = match &self.digest {
            Digested::Read(digest) => digest.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            Digested::File(path) => {
                let mut digest = Sha256::new();
                let mut file = BufReader::with_capacity(BUFFER_BYTES, File::open(path)?);
                loop {
                    let bytes = file.fill_buf()?;
                    if bytes.is_empty() {
                        break digest;
                    }
                    digest.update(bytes);
                    let length = bytes.len();
                    file.consume(length);
                }
            }
        };
        Ok(crate::digest::hex(&digest.finalize()))
    }
}

struct Watched<R> {
    file: R,
    watch: Arc<Watch>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.watch.bytes.fetch_add(read as u64, Ordering::Relaxed);
        if let (Some(bytes), Digested::Read(digest)) = (buffer.get(..read), &self.watch.digest) {
            digest.lock().unwrap_or_else(PoisonError::into_inner).update(bytes);
        }
        Ok(read)
    }
}

/// Opens a file; a folder is refused.
pub(super) fn regular(path: &Path) -> io::Result<File> {
    if path.is_dir() {
        let reason = "it is a folder; give a file in it, or the folder without `TABLE=`";
        return Err(io::Error::new(io::ErrorKind::IsADirectory, reason));
    }
    File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => io::Error::new(error.kind(), "there is no such file"),
        _ => error,
    })
}

/// Explains the error of a packed file that ends too early.
struct Unpacked<R>(R);

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::new(
                error.kind(),
                "the packed file is cut short; get it again, and import it again",
            ),
            _ => error,
        })
    }
}

pub(crate) type Text = Box<dyn BufRead + Send>;

const BUFFER_BYTES: usize = 1 << 16;

/// A file as text in UTF-8, without a byte order mark.
pub(super) struct Opened {
    pub text: Text,
    pub watch: Arc<Watch>,
    /// What the file is written in: what its byte order mark says, else what the caller says.
    pub encoding: &'static Encoding,
}

/// Opens a file of text that is in `encoding`, unless its byte order mark says otherwise.
pub(super) fn open(path: &Path, encoding: &'static Encoding) -> io::Result<Opened> {
    let (mut bytes, watch) = open_bytes(path)?;
    match bytes.fill_buf()? {
        magic if magic.starts_with(b"PK\x03\x04") => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "it is a ZIP archive or a spreadsheet and not a text; give an archive by itself, without `TABLE=` and not in \
             another archive, or save the sheet as CSV or XLSX",
        )),
        magic if magic.starts_with(OLD_OFFICE) => Err(old_office()),
        _ => {
            let (text, encoding) = decoded(bytes, encoding)?;
            Ok(Opened { text, watch, encoding })
        }
    }
}

/// The first bytes of `.xls`, and of workbooks with a password.
pub(super) const OLD_OFFICE: &[u8] = b"\xd0\xcf\x11\xe0";

pub(super) fn old_office() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "it is a spreadsheet of an old format, or one with a password; save it as XLSX, without a password",
    )
}

/// The bytes of a file or of a member of an archive, unpacked.
pub(crate) fn open_bytes(path: &Path) -> io::Result<(Text, Arc<Watch>)> {
    let (mut bytes, watch): (Text, _) = match archive::split(path) {
        Some((archive, member)) => {
            let watch = Arc::new(Watch::of_file(archive, 0));
            let seen = Arc::clone(&watch);
            let bytes = archive::open(archive, member, |file| Watched { file, watch: seen })?;
            (Box::new(BufReader::with_capacity(BUFFER_BYTES, bytes)), watch)
        }
        None => {
            let watch = Arc::new(Watch::streamed());
            let watched = Watched { file: regular(path)?, watch: Arc::clone(&watch) };
            (Box::new(BufReader::with_capacity(BUFFER_BYTES, watched)), watch)
        }
    };
    if bytes.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        let unpacked = Unpacked(MultiGzDecoder::new(bytes));
        return Ok((Box::new(BufReader::with_capacity(BUFFER_BYTES, unpacked)), watch));
    }
    Ok((bytes, watch))
}

/// Why a text of this encoding has bytes that are not text, and what to do.
pub(super) fn not_text(encoding: &'static Encoding) -> String {
    if encoding == UTF_8 {
        return "not UTF-8; say which `encoding` the file has, such as `windows-1252`".to_owned();
    }
    let name = encoding.name();
    if encoding == UTF_16LE || encoding == UTF_16BE {
        return format!(
            "half of a letter that `{name}` writes in two units (a lone surrogate), or a letter that is cut; correct the \
             value in the file, or say which `encoding` the file has"
        );
    }
    format!(
        "bytes that are not `{name}`; say which `encoding` the file has, or correct the value in the file"
    )
}

fn decoded(mut bytes: Text, encoding: &'static Encoding) -> io::Result<(Text, &'static Encoding)> {
    // A byte order mark takes precedence over the mapping.
    let (encoding, mark) = Encoding::for_bom(bytes.fill_buf()?).unwrap_or((encoding, 0));
    bytes.consume(mark);
    if encoding == UTF_8 {
        return Ok((bytes, encoding));
    }
    let decoding = Decoding {
        bytes,
        decoder: encoding.new_decoder_without_bom_handling(),
        text: Vec::new(),
        at: 0,
        ended: false,
    };
    Ok((Box::new(BufReader::with_capacity(BUFFER_BYTES, decoding)), encoding))
}

/// Replaces bytes that the encoding does not have. It is not valid UTF-8, so that the row with it is rejected where rows
/// become texts.
const NOT_TEXT: u8 = 0xff;

struct Decoding {
    bytes: Text,
    decoder: Decoder,
    text: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Read for Decoding {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.text.len() && !self.ended {
            let chunk = self.bytes.fill_buf()?;
            self.ended = chunk.is_empty();
            let room = self.decoder.max_utf8_buffer_length_without_replacement(chunk.len());
            let room = room.unwrap_or(chunk.len() * 3 + 16) + 1;
            self.text.resize(room, 0);
            let (result, read, mut written) =
                self.decoder.decode_to_utf8_without_replacement(chunk, &mut self.text, self.ended);
            self.bytes.consume(read);
            if let DecoderResult::Malformed(..) = result {
                // The decoder continues behind the malformed bytes, also at the end of the file.
                self.ended = false;
                if let Some(mark) = self.text.get_mut(written) {
                    *mark = NOT_TEXT;
                    written += 1;
                }
            }
            self.text.truncate(written);
            self.at = 0;
        }
        let left = self.text.get(self.at..).unwrap_or_default();
        let length = left.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..length), left.get(..length)) {
            to.copy_from_slice(from);
        }
        self.at += length;
        Ok(length)
    }
}
