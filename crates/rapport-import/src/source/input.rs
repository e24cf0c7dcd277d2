//! The bytes of a file: counted and digested as they are on disk, then unpacked and decoded to UTF-8.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};
use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

/// What is known of a file while it is read.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    bytes: AtomicU64,
    digest: Mutex<Sha256>,
}

impl Watch {
    /// Bytes of the file on disk that have been read.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// SHA-256 of what has been read, 64 hexadecimal digits.
    pub fn sha256(&self) -> String {
        let digest = self.digest.lock().unwrap_or_else(PoisonError::into_inner).clone().finalize();
        crate::run::hex(&digest)
    }
}

struct Watched {
    file: File,
    watch: Arc<Watch>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.watch.bytes.fetch_add(read as u64, Ordering::Relaxed);
        if let Some(bytes) = buffer.get(..read) {
            self.watch.digest.lock().unwrap_or_else(PoisonError::into_inner).update(bytes);
        }
        Ok(read)
    }
}

/// Opens what is a file and not a folder.
fn regular(path: &Path) -> io::Result<File> {
    if path.is_dir() {
        let reason = "it is a folder; give a file in it, or the folder without `TABLE=`";
        return Err(io::Error::new(io::ErrorKind::IsADirectory, reason));
    }
    File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => io::Error::new(error.kind(), "there is no such file"),
        _ => error,
    })
}

/// Says of a packed file that ends too early what that means.
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

pub(super) type Text = Box<dyn BufRead + Send>;

const BUFFER_BYTES: usize = 1 << 16;

/// The file's text in UTF-8, without a byte order mark, and the watch over its bytes.
pub(super) fn open(path: &Path, encoding: &'static Encoding) -> io::Result<(Text, Arc<Watch>)> {
    let watch = Arc::new(Watch::default());
    let watched = Watched { file: regular(path)?, watch: Arc::clone(&watch) };
    let mut bytes = BufReader::with_capacity(BUFFER_BYTES, watched);
    let magic = bytes.fill_buf()?;
    if magic.starts_with(b"PK\x03\x04") {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "it is a ZIP archive or a spreadsheet; unpack it, or save the sheet as CSV",
        ));
    }
    if magic.starts_with(&[0x1f, 0x8b]) {
        let unpacked = BufReader::with_capacity(BUFFER_BYTES, Unpacked(MultiGzDecoder::new(bytes)));
        return Ok((decoded(Box::new(unpacked), encoding)?, watch));
    }
    Ok((decoded(Box::new(bytes), encoding)?, watch))
}

fn decoded(mut bytes: Text, encoding: &'static Encoding) -> io::Result<Text> {
    // A byte order mark says more than the mapping.
    let (encoding, mark) = Encoding::for_bom(bytes.fill_buf()?).unwrap_or((encoding, 0));
    bytes.consume(mark);
    if encoding == UTF_8 {
        return Ok(bytes);
    }
    let decoding = Decoding {
        bytes,
        decoder: encoding.new_decoder_without_bom_handling(),
        text: Vec::new(),
        at: 0,
        ended: false,
    };
    Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, decoding)))
}

/// Stands in the UTF-8 for bytes that the encoding does not have. It is not UTF-8 itself: the row in which it stands is
/// found where rows become texts.
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
                // The decoder goes on behind them, also at the end of the file.
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
