//! Quoted values that go over several lines.
//!
//! A quotation mark that is stray makes one value of everything up to the next mark: whole rows, without an error of the
//! `csv` crate. Two things tell such a value from a comment of several lines. Behind the mark that closes it the value goes
//! on, because that mark was to open another value. Or its lines have as many delimiters as the rows that it swallowed.

use super::lines::Lines;

/// How a file writes values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    pub quote: u8,
    pub delimiter: u8,
    /// Whether the mapping says that values may have lines that look like rows.
    pub quoted_rows: bool,
}

/// A value that no writer of the file can have meant.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stray {
    pub field: usize,
    /// The first line of the value, as the file has it.
    pub value: Vec<u8>,
    pub reason: String,
}

/// A quoted value; places are bytes of the row.
struct Quoted {
    field: usize,
    opens: usize,
    closes: Option<usize>,
    goes_on: bool,
}

impl Marks {
    /// The first wrong value of a row. `row` is the row as the file has it, and begins on line `line`; it has been read as
    /// `fields` values, and the header has `columns`.
    pub(super) fn stray(
        self,
        row: &[u8],
        line: u64,
        lines: &Lines,
        fields: usize,
        columns: usize,
    ) -> Option<Stray> {
        let blank = row.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let row = row.get(blank..)?;
        let (mut counted, mut line) = (0, line);
        // The places come in ascending order, and each byte is looked at once.
        let mut on = |place: usize| {
            line += lines.ends_in(row.get(counted..place).unwrap_or_default());
            counted = place;
            line
        };
        self.quoted(row).into_iter().find_map(|quoted| {
            let inside = row.get(quoted.opens + 1..quoted.closes.unwrap_or(row.len()))?;
            let opens = on(quoted.opens);
            let reason = match quoted.closes.map(&mut on) {
                None => format!(
                    "the quotation mark that begins a value on line {opens} is not closed, so the rest of the file is in \
                     that value; close it there, or read a file without quoting with `quote = \"\"`"
                ),
                Some(closes) if closes == opens => return None,
                Some(closes) if quoted.goes_on => format!(
                    "the quotation mark that begins a value on line {opens} is closed on line {closes}, where text follows \
                     it, so the lines between are in that value; remove the mark that is stray, write a mark within a \
                     quoted value twice, or read a file without quoting with `quote = \"\"`"
                ),
                Some(closes) if !self.quoted_rows && self.has_rows(inside, quoted.field, fields, columns) => {
                    format!(
                        "the quotation mark that begins a value on line {opens} is closed on line {closes}, and the lines \
                         between look like rows of the file; remove the marks if they are stray, or write \
                         `quoted_rows = true` in the mapping if the value is meant so"
                    )
                }
                Some(_) => return None,
            };
            let first = inside.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
            Some(Stray { field: quoted.field, value: first.to_owned(), reason })
        })
    }

    /// The quoted values of a row, by the rules of the `csv` crate.
    fn quoted(self, row: &[u8]) -> Vec<Quoted> {
        #[derive(Clone, Copy)]
        enum At {
            Start,
            Plain,
            Quoted,
            Mark,
        }
        let (mut found, mut field, mut at): (Vec<Quoted>, _, _) = (Vec::new(), 0, At::Start);
        for (place, byte) in row.iter().copied().enumerate() {
            let ends = byte == self.delimiter || matches!(byte, b'\r' | b'\n');
            at = match at {
                At::Start if byte == self.quote => {
                    found.push(Quoted { field, opens: place, closes: None, goes_on: false });
                    At::Quoted
                }
                At::Quoted if byte != self.quote => At::Quoted,
                At::Mark if byte == self.quote => At::Quoted,
                At::Quoted => At::Mark,
                At::Start | At::Plain | At::Mark if ends => {
                    if let (At::Mark, Some(last)) = (at, found.last_mut()) {
                        last.closes = Some(place - 1);
                    }
                    field += 1;
                    At::Start
                }
                At::Mark => {
                    if let Some(last) = found.last_mut() {
                        last.closes = Some(place - 1);
                        let rest = row.get(place..).unwrap_or_default();
                        let ends = |byte: &u8| *byte == self.delimiter || matches!(byte, b'\r' | b'\n');
                        last.goes_on = rest.iter().take_while(|byte| !ends(byte)).any(|byte| *byte != b' ');
                    }
                    At::Plain
                }
                At::Start | At::Plain => At::Plain,
            };
        }
        found
    }

    /// Whether the lines of a quoted value have exactly the delimiters of the rows that a stray mark would put there: the
    /// rest of the row that it is in, whole rows, and the begin of a row. Text has blanks behind most of its delimiters.
    fn has_rows(self, value: &[u8], field: usize, fields: usize, columns: usize) -> bool {
        let columns = if columns == 0 { fields } else { columns };
        let (Some(first), Some(last)) =
            ((columns).checked_sub(field + 1), (columns + field).checked_sub(fields))
        else {
            return false;
        };
        let end = if value.contains(&b'\n') { b'\n' } else { b'\r' };
        let mut lines = value.split(|byte| *byte == end).peekable();
        let (mut place, mut all, mut tight) = (0, 0, 0);
        while let Some(line) = lines.next() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let is_last = lines.peek().is_none();
            let expected = match place {
                0 => first,
                _ if is_last => last,
                _ => columns - 1,
            };
            place += 1;
            if line.is_empty() && place > 1 && !is_last {
                continue;
            }
            let delimiters = line.iter().filter(|byte| **byte == self.delimiter).count();
            if delimiters != expected {
                return false;
            }
            let loose = line.windows(2).filter(|pair| *pair == [self.delimiter, b' ']).count();
            all += delimiters;
            tight += delimiters - loose;
        }
        // The fewer columns, the more text has a row's delimiters by chance.
        let enough = match columns {
            0..=2 => 5,
            3 => 4,
            _ => 3,
        };
        all >= enough && tight * 3 >= all * 2
    }
}
