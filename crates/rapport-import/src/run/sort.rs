//! Rows in the order of a key, whatever the file's order: an external merge sort.
//!
//! Rows are sorted in pieces that memory holds, each piece is written to a temporary file without a name, and the
//! pieces are read side by side. Pieces of one level are merged into one of the next when there are many, so the open
//! files and the memory do not grow with the file. Rows with equal keys stay in the order of the file.

use std::{
    cmp::Ordering,
    collections::BinaryHeap,
    fs::File,
    io::{self, BufReader, BufWriter, Read as _, Seek as _, Write as _},
};

use csv::StringRecord;
use rapport_model::Decimal;

use crate::{
    expr::context::{Context, Line},
    mapping::table::SortKey,
    value::{
        fault::Fault,
        order::{seconds, unread},
    },
};

/// Memory for the rows of a piece.
const PIECE_BYTES_MAX: usize = 32 << 20;

/// Pieces of one level before they are merged.
const PIECES_MAX: usize = 16;

/// Bytes of a row beside its text: the places of its fields, and what holds them.
const ROW_BYTES: usize = 96;
const FIELD_BYTES: usize = 8;

/// Takes rows in any order, and hands them out sorted.
pub(super) struct Sorter {
    piece_bytes_max: usize,
    piece: Vec<Row>,
    piece_bytes: usize,
    levels: Vec<Vec<File>>,
    rows: u64,
}

/// A row with its key; the row's number is part of the key, so no two are equal.
struct Row {
    key: Vec<u8>,
    line: Line,
}

impl Default for Sorter {
    fn default() -> Self {
        Self::with_pieces_of(PIECE_BYTES_MAX)
    }
}

impl Sorter {
    fn with_pieces_of(piece_bytes_max: usize) -> Self {
        Self { piece_bytes_max, piece: Vec::new(), piece_bytes: 0, levels: Vec::new(), rows: 0 }
    }

    /// Takes a row.
    pub(super) fn add(&mut self, mut key: Vec<u8>, line: Line) -> io::Result<()> {
        key.extend_from_slice(&self.rows.to_be_bytes());
        self.rows += 1;
        let text = line.record.as_slice().len();
        self.piece_bytes += key.len() + text + ROW_BYTES + FIELD_BYTES * line.record.len() + line.typed.len();
        self.piece.push(Row { key, line });
        if self.piece_bytes < self.piece_bytes_max {
            return Ok(());
        }
        let rows = self.sorted_piece().into_iter().map(Ok);
        let piece = write(rows)?;
        self.keep(0, piece)
    }

    fn sorted_piece(&mut self) -> Vec<Row> {
        self.piece_bytes = 0;
        let mut piece = std::mem::take(&mut self.piece);
        piece.sort_unstable_by(|left, right| left.key.cmp(&right.key));
        piece
    }

    fn keep(&mut self, level: usize, piece: File) -> io::Result<()> {
        if self.levels.len() <= level {
            self.levels.push(Vec::new());
        }
        let Some(pieces) = self.levels.get_mut(level) else { return Ok(()) };
        pieces.push(piece);
        if pieces.len() < PIECES_MAX {
            return Ok(());
        }
        let merged = write(Merge::of(std::mem::take(pieces), Vec::new())?)?;
        self.keep(level + 1, merged)
    }

    /// All rows, in order.
    pub(super) fn finish(mut self) -> io::Result<Sorted> {
        let last = self.sorted_piece();
        Merge::of(self.levels.into_iter().flatten().collect(), last).map(Sorted)
    }
}

/// The rows in order.
pub(super) struct Sorted(Merge);

impl Sorted {
    /// The next row; `false` at the end.
    pub(super) fn next(&mut self, line: &mut Line) -> io::Result<bool> {
        match self.0.next() {
            None => Ok(false),
            Some(row) => {
                *line = row?.line;
                Ok(true)
            }
        }
    }
}

/// Several sorted pieces as one.
struct Merge {
    heads: BinaryHeap<Head>,
    pieces: Vec<Piece>,
}

enum Piece {
    File(BufReader<File>),
    Memory(std::vec::IntoIter<Row>),
}

/// The first row of a piece that has not been handed out; the one with the smallest key is the greatest.
struct Head {
    row: Row,
    piece: usize,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        other.row.key.cmp(&self.row.key)
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}

impl Merge {
    fn of(files: Vec<File>, memory: Vec<Row>) -> io::Result<Self> {
        let files = files.into_iter().map(|file| Piece::File(BufReader::with_capacity(1 << 16, file)));
        let pieces: Vec<Piece> = files.chain([Piece::Memory(memory.into_iter())]).collect();
        let mut merge = Self { heads: BinaryHeap::with_capacity(pieces.len()), pieces };
        for piece in 0..merge.pieces.len() {
            merge.refill(piece)?;
        }
        Ok(merge)
    }

    fn refill(&mut self, piece: usize) -> io::Result<()> {
        let row = match self.pieces.get_mut(piece) {
            Some(Piece::File(file)) => read(file)?,
            Some(Piece::Memory(rows)) => rows.next(),
            None => None,
        };
        self.heads.extend(row.map(|row| Head { row, piece }));
        Ok(())
    }
}

impl Iterator for Merge {
    type Item = io::Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        let Head { row, piece } = self.heads.pop()?;
        Some(self.refill(piece).map(|()| row))
    }
}

/// Rows in a temporary file that is gone when it is closed, set to its beginning.
fn write(rows: impl Iterator<Item = io::Result<Row>>) -> io::Result<File> {
    let mut file = BufWriter::with_capacity(1 << 16, tempfile::tempfile()?);
    for row in rows {
        let Row { key, line } = row?;
        part(&mut file, &key)?;
        file.write_all(&line.line.to_le_bytes())?;
        file.write_all(&(line.record.len() as u64).to_le_bytes())?;
        for field in &line.record {
            part(&mut file, field.as_bytes())?;
        }
        let typed: Vec<u8> = line.typed.iter().map(|typed| u8::from(*typed)).collect();
        part(&mut file, &typed)?;
    }
    let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(file)
}

fn part(file: &mut impl io::Write, bytes: &[u8]) -> io::Result<()> {
    file.write_all(&(bytes.len() as u64).to_le_bytes())?;
    file.write_all(bytes)
}

/// The next row of a piece; `None` at its end.
fn read(file: &mut BufReader<File>) -> io::Result<Option<Row>> {
    if io::BufRead::fill_buf(file)?.is_empty() {
        return Ok(None);
    }
    let key = read_part(file)?;
    let line = read_number(file)?;
    let fields = read_number(file)?;
    let mut record = StringRecord::new();
    for _ in 0..fields {
        let text = String::from_utf8(read_part(file)?);
        record.push_field(&text.map_err(|_| io::ErrorKind::InvalidData)?);
    }
    let typed = read_part(file)?.into_iter().map(|typed| typed == 1).collect();
    Ok(Some(Row { key, line: Line { record, line, typed } }))
}

fn read_number(file: &mut BufReader<File>) -> io::Result<u64> {
    let mut bytes = [0; 8];
    file.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn read_part(file: &mut BufReader<File>) -> io::Result<Vec<u8>> {
    let length = read_number(file)?;
    let mut bytes = Vec::new();
    let read = file.by_ref().take(length).read_to_end(&mut bytes)?;
    if read as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// The key of a row as bytes whose order is the row's: `first` as text, then each of `keys` as a moment, else a
/// number or a time of the day, else text. What has no value comes last.
///
/// # Errors
/// A value cannot be read, or is a date or a number that the mapping cannot read: as a text it would have another place.
pub(super) fn key(first: &str, keys: &[SortKey], row: &Context<'_>) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::with_capacity(64);
    text(first, &mut bytes);
    for key in keys {
        let value = key.expr.eval(row)?;
        let (dates, numbers) = (&key.reading.dates, key.reading.numbers);
        let moment = if value.is_empty() || key.expr.writes_number() {
            None
        } else {
            key.expr.moment_if(&value, dates, row)
        };
        if value.is_empty() {
            bytes.push(NOTHING);
        } else if let Some(moment) = moment {
            bytes.push(MOMENT);
            bytes.extend_from_slice(&ordered(i128::from(moment)));
        } else if let Some(number) =
            key.expr.number_if(&value, numbers, row).or_else(|| seconds(&value)).and_then(comparable)
        {
            bytes.push(NUMBER);
            bytes.extend_from_slice(&ordered(number));
        } else if let Some(reason) = unread(&value, dates, numbers) {
            return Err(key.expr.fault(&value, format!("`sort_by` has no place for the row: {reason}")));
        } else {
            bytes.push(TEXT);
            text(&value, &mut bytes);
        }
    }
    Ok(bytes)
}

const MOMENT: u8 = 1;
const NUMBER: u8 = 2;
const TEXT: u8 = 3;
const NOTHING: u8 = 4;

/// Ends with two zeros; a zero in the text has a one behind it.
fn text(text: &str, bytes: &mut Vec<u8>) {
    for byte in text.bytes() {
        bytes.push(byte);
        if byte == 0 {
            bytes.push(1);
        }
    }
    bytes.extend_from_slice(&[0, 0]);
}

fn ordered(number: i128) -> [u8; 16] {
    (number.cast_unsigned() ^ (1 << 127)).to_be_bytes()
}

/// The number in units of 10^-18; `None` where it has more digits.
fn comparable(number: Decimal) -> Option<i128> {
    const SCALE: u32 = 18;
    let power = 10_i128.checked_pow(SCALE.checked_sub(number.scale)?)?;
    i128::from(number.units).checked_mul(power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, line: u64) -> Line {
        Line { record: StringRecord::from_iter([text, "ā; \"x\"", ""]), line, typed: vec![true, false] }
    }

    fn sorted(rows: &[String], piece_bytes_max: usize) -> Vec<(String, u64)> {
        let mut sorter = Sorter::with_pieces_of(piece_bytes_max);
        for (place, row) in rows.iter().enumerate() {
            let mut key = Vec::new();
            text(row, &mut key);
            sorter.add(key, line(row, place as u64)).unwrap();
        }
        let mut sorted = sorter.finish().unwrap();
        let mut found = Vec::new();
        let mut next = Line::default();
        while sorted.next(&mut next).unwrap() {
            assert_eq!(next.record.iter().skip(1).collect::<Vec<_>>(), ["ā; \"x\"", ""]);
            assert_eq!(next.typed, [true, false]);
            found.push((next.record[0].to_owned(), next.line));
        }
        found
    }

    #[test]
    fn rows_are_sorted_by_key_and_equal_keys_keep_their_order_whatever_the_pieces_are() {
        // 1,000 rows of 40 keys: pieces of one row need three levels.
        let mut state = 7_u32;
        let rows: Vec<String> = (0..1_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                format!("key {}", (state >> 16) % 40)
            })
            .collect();
        let mut expected: Vec<(String, u64)> = rows.iter().cloned().zip(0..).collect();
        expected.sort_by(|left, right| left.0.cmp(&right.0));
        for piece_bytes_max in [1, 2_000, 30_000, usize::MAX] {
            assert_eq!(sorted(&rows, piece_bytes_max), expected, "pieces of {piece_bytes_max} bytes");
        }
        assert_eq!(sorted(&[], 1), []);
    }

    #[test]
    fn keys_of_numbers_are_in_the_order_of_the_numbers_and_of_texts_in_that_of_the_texts() {
        let numbers = ["-12.5", "-2", "0", "0.000001", "0.1", "2", "11", "92233720368547758"];
        let keys: Vec<_> =
            numbers.iter().map(|text| ordered(comparable(text.parse().unwrap()).unwrap())).collect();
        assert!(keys.is_sorted(), "{keys:?}");
        let texts = ["", "\0", "\0\0", "\0\u{1}", "a", "a\0", "a\0b", "a\u{1}", "ab", "b"];
        let keys: Vec<_> = texts
            .iter()
            .map(|plain| {
                let mut key = Vec::new();
                text(plain, &mut key);
                // Whatever stands behind must not matter.
                key.push(0xff);
                key
            })
            .collect();
        assert!(keys.is_sorted(), "{keys:?}");
    }
}
