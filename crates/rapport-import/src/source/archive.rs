//! ZIP archives. A member is a file by the path `export.zip/deals.csv`; nothing is unpacked to the disk.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use flate2::{Crc, bufread::DeflateDecoder};
use zip::{CompressionMethod, ZipArchive, result::ZipError};

/// Bytes of an archive, in a file or in memory. Not a parameter of types: readers of archives and of workbooks are large,
/// and compiled once.
pub(super) trait Source: Read + Seek + Send {}

impl<T: Read + Seek + Send> Source for T {}

/// The kinds of file that begin like a ZIP archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packed {
    /// Files.
    Archive,
    /// An XLSX workbook.
    Workbook,
    /// A document of another office program.
    Document,
}

/// A member of an archive, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub path: PathBuf,
    pub packed_bytes: u64,
    name: String,
    start: u64,
    bytes: u64,
    crc32: u32,
    method: CompressionMethod,
    encrypted: bool,
}

/// An export has fewer members.
const MEMBERS_MAX: usize = 10_000;

/// Any archive may unpack to this many bytes. A larger one may unpack to this many times its size, which real files do
/// not reach: a few kilobytes that unpack to a terabyte are refused before they are read.
const UNPACKED_BYTES_FREE: u64 = 1 << 30;
const UNPACKED_RATIO_MAX: u64 = 200;

/// The kind of the file; `None` for a file that does not begin like an archive.
pub(crate) fn kind(path: &Path) -> io::Result<Option<Packed>> {
    kind_of(&mut BufReader::new(File::open(path)?))
}

/// The kind of these bytes. Afterwards the source is at its beginning.
pub(super) fn kind_of(source: &mut dyn Source) -> io::Result<Option<Packed>> {
    let mut magic = Vec::new();
    (&mut *source).take(4).read_to_end(&mut magic)?;
    source.rewind()?;
    // An empty archive consists of its end record.
    if magic != b"PK\x03\x04" && magic != b"PK\x05\x06" {
        return Ok(None);
    }
    let archive = ZipArchive::new(&mut *source).map_err(|error| said(&error))?;
    let has = |name: &[u8]| archive.file_names_raw().any(|known| known == name);
    let kind = if has(b"xl/workbook.xml") {
        Packed::Workbook
    } else if has(b"[Content_Types].xml") || (has(b"mimetype") && has(b"content.xml")) {
        Packed::Document
    } else {
        Packed::Archive
    };
    source.rewind()?;
    Ok(Some(kind))
}

/// The files in an archive, in its order.
pub(crate) fn members(path: &Path) -> io::Result<Vec<Member>> {
    let file: &mut dyn Source = &mut BufReader::new(File::open(path)?);
    let mut archive = ZipArchive::new(file).map_err(|error| said(&error))?;
    read_members(&mut archive, path)
}

fn read_members<'a>(
    archive: &mut ZipArchive<&mut (dyn Source + 'a)>,
    path: &Path,
) -> io::Result<Vec<Member>> {
    if archive.len() > MEMBERS_MAX {
        return Err(invalid(format!("the archive has {} members and may have {MEMBERS_MAX}", archive.len())));
    }
    if archive.has_duplicate_names() {
        return Err(invalid("it has two members with one name; unpack it, and import the files".into()));
    }
    let mut members = Vec::with_capacity(archive.len());
    let mut names = HashSet::with_capacity(archive.len());
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index).map_err(|error| said(&error))?;
        let name = member.name().map_err(|error| said(&error))?.replace('\\', "/");
        // `./deals.csv`, `../deals.csv` and `/deals.csv` are members like others; no member is written to the disk.
        let parts: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect();
        let hidden = parts.iter().any(|part| part.starts_with('.') || *part == "__MACOSX");
        let name = parts.join("/");
        if member.is_dir() || hidden {
            continue;
        }
        if !names.insert(name.clone()) {
            return Err(invalid(format!(
                "it has two members with the name `{name}`; unpack it, and import the files"
            )));
        }
        members.push(Member {
            path: path.join(&name),
            packed_bytes: member.compressed_size(),
            start: member
                .data_start()
                .ok_or_else(|| invalid("the ZIP archive is damaged; get it again".into()))?,
            bytes: member.size(),
            crc32: member.crc32(),
            method: member.compression(),
            encrypted: member.encrypted(),
            name,
        });
    }
    let packed: u64 = members.iter().map(|member| member.packed_bytes).fold(0, u64::saturating_add);
    let bytes: u64 = members.iter().map(|member| member.bytes).fold(0, u64::saturating_add);
    if bytes > UNPACKED_BYTES_FREE && bytes / UNPACKED_RATIO_MAX > packed {
        return Err(invalid(format!(
            "the archive's members would unpack to {bytes} bytes, more than {UNPACKED_RATIO_MAX} times its size; unpack \
             it yourself if you trust it, and import the files"
        )));
    }
    Ok(members)
}

/// The archive and the member of a path such as `export.zip/deals.csv`; `None` for the path of a file.
pub(crate) fn split(path: &Path) -> Option<(&Path, &Path)> {
    if path.exists() {
        return None;
    }
    let archive = path.ancestors().skip(1).find(|outer| outer.is_file())?;
    Some((archive, path.strip_prefix(archive).ok()?))
}

/// Opens a member; its packed bytes go through `watched`.
pub(super) fn open<R: Read + Send + 'static>(
    archive: &Path,
    member: &Path,
    watched: impl FnOnce(io::Take<File>) -> R,
) -> io::Result<Box<dyn Read + Send>> {
    let found = members(archive)?.into_iter().find(|known| Path::new(&known.name) == member);
    let member = found.ok_or_else(|| {
        io::Error::new(io::ErrorKind::NotFound, format!("the archive has no member `{}`", member.display()))
    })?;
    if member.encrypted {
        return Err(invalid(
            "it is encrypted; unpack the archive with its password, and import the files".into(),
        ));
    }
    let mut file = File::open(archive)?;
    file.seek(SeekFrom::Start(member.start))?;
    let packed = BufReader::with_capacity(1 << 16, watched(file.take(member.packed_bytes)));
    Ok(Box::new(unpacked(packed, &member)?))
}

fn unpacked<'a>(packed: impl BufRead + Send + 'a, member: &Member) -> io::Result<Checked<'a>> {
    let bytes: Box<dyn Read + Send + 'a> = match member.method {
        CompressionMethod::Stored => Box::new(packed),
        CompressionMethod::Deflated => Box::new(DeflateDecoder::new(packed)),
        other => {
            let reason = format!(
                "it is packed with `{other}`; pack the archive again, with the usual method (deflate)"
            );
            return Err(invalid(reason));
        }
    };
    Ok(Checked { bytes, left: member.bytes, crc: Crc::new(), crc32: member.crc32 })
}

/// Reads every member once, and refuses an archive that unpacks to more than `bytes_max`, to more than it declares, or
/// to bytes of another checksum. Afterwards the source is at its beginning.
pub(super) fn check(source: &mut dyn Source, bytes_max: u64) -> io::Result<()> {
    let mut archive = ZipArchive::new(&mut *source).map_err(|error| said(&error))?;
    let members = read_members(&mut archive, Path::new(""))?;
    let bytes: u64 = members.iter().map(|member| member.bytes).fold(0, u64::saturating_add);
    if bytes > bytes_max {
        return Err(invalid(format!(
            "it unpacks to {bytes} bytes, and a workbook may have {bytes_max}; save its sheet as CSV"
        )));
    }
    for member in members {
        source.seek(SeekFrom::Start(member.start))?;
        let packed = BufReader::with_capacity(1 << 16, (&mut *source).take(member.packed_bytes));
        io::copy(&mut unpacked(packed, &member)?, &mut io::sink())?;
    }
    source.rewind()
}

/// The bytes of a member. Their number and checksum must be those that the archive declares.
struct Checked<'a> {
    bytes: Box<dyn Read + Send + 'a>,
    left: u64,
    crc: Crc,
    crc32: u32,
}

impl Read for Checked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let damaged =
            || invalid("the archive is cut short or damaged; get it again, and import it again".into());
        let read = self.bytes.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                damaged()
            }
            _ => error,
        })?;
        self.left = self.left.checked_sub(read as u64).ok_or_else(damaged)?;
        self.crc.update(buffer.get(..read).unwrap_or_default());
        if read == 0 && !buffer.is_empty() && (self.left > 0 || self.crc.sum() != self.crc32) {
            return Err(damaged());
        }
        Ok(read)
    }
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

fn said(error: &ZipError) -> io::Error {
    invalid(format!("it is not a whole ZIP archive ({error}); get it again, and import it again"))
}
