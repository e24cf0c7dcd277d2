//! How a file of text is written: its encoding, its delimiter, whether it has a header.

use std::{
    io::{self, Read as _},
    path::Path,
};

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::{
    mapping::format::{Delimiter, FileKind, Format},
    source::{self, records::Records},
    value::number::NumberStyle,
};

/// Bytes at the beginning of a file that are looked at.
const HEAD_BYTES: u64 = 1 << 20;
/// Rows of them.
const HEAD_ROWS: usize = 200;
/// Lines that may stand above a header.
const ABOVE_MAX: u32 = 20;

pub(super) struct Sniffed {
    pub format: Format,
    /// As the mapping says it.
    pub written: Vec<String>,
}

pub(super) fn format(path: &Path) -> io::Result<Sniffed> {
    let mut format = Format::default();
    let mut written = Vec::new();
    let kind = format.kind(path)?;
    if kind == FileKind::Xes {
        return Ok(Sniffed { format, written });
    }
    if kind == FileKind::Workbook {
        other_sheets(path, &mut written)?;
        format.skip_lines = above_the_header(path, &format)?;
        written.extend(skipped(format.skip_lines));
        return Ok(Sniffed { format, written });
    }
    let mut head = Vec::new();
    source::open_bytes(path)?.0.take(HEAD_BYTES).read_to_end(&mut head)?;
    format.encoding = encoding(&head);
    if format.encoding != UTF_8 && Encoding::for_bom(&head).is_none() {
        let name = format.encoding.name().to_lowercase();
        let check = if format.encoding == WINDOWS_1252 {
            "   # CHECK: not UTF-8; are all letters right?"
        } else {
            ""
        };
        written.push(format!("encoding = \"{name}\"{check}"));
    }
    if kind != FileKind::Text {
        return Ok(Sniffed { format, written });
    }
    let (text, _) = format.encoding.decode_with_bom_removal(&head);
    // The last line may be cut.
    let text = if head.len() as u64 == HEAD_BYTES {
        text.rsplit_once('\n').map_or(&*text, |(text, _)| text)
    } else {
        &text
    };
    format.delimiter = delimiter(text);
    match format.delimiter {
        Delimiter::Byte(b',') => {}
        Delimiter::Byte(b'\t') => written.push("delimiter = \"tab\"".into()),
        Delimiter::Byte(mark) => written.push(format!("delimiter = \"{}\"", char::from(mark))),
        Delimiter::Whitespace => written.push("delimiter = \"whitespace\"".into()),
    }
    let (above, text) = headless(text, format.delimiter);
    format.skip_lines = above;
    written.extend(skipped(above));
    if let Some(width) = without_header(text, format.delimiter) {
        let names: Vec<String> = (1..=width).map(|place| format!("column_{place}")).collect();
        written.push(format!(
            "columns = [\"{}\"]   # CHECK: the file has no header; give them their names",
            names.join("\", \"")
        ));
        format.columns = Some(names);
    }
    Ok(Sniffed { format, written })
}

fn encoding(head: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return encoding;
    }
    let zeros =
        |place: usize| head.iter().skip(place).step_by(2).take(1_000).filter(|byte| **byte == 0).count();
    match (zeros(0), zeros(1)) {
        (0, odd) if odd > 2 => return UTF_16LE,
        (even, 0) if even > 2 => return UTF_16BE,
        _ => {}
    }
    match str::from_utf8(head) {
        Ok(_) => UTF_8,
        // A letter that the end of the head cuts.
        Err(error) if error.error_len().is_none() => UTF_8,
        Err(_) => WINDOWS_1252,
    }
}

fn skipped(lines: u32) -> Option<String> {
    (lines > 0).then(|| format!("skip_lines = {lines}   # CHECK: the header stands below them"))
}

fn other_sheets(path: &Path, written: &mut Vec<String>) -> io::Result<()> {
    // The path of a workbook in an archive does not exist as a file.
    let names = if path.is_file() { source::sheet::names(path)? } else { Vec::new() };
    if let Some((first, others)) = names.split_first().filter(|(_, others)| !others.is_empty()) {
        let plain = |name: &String| format!("`{}`", name.replace(char::is_control, " "));
        let others: Vec<String> = others.iter().map(plain).collect();
        written.push(format!(
            "# CHECK: this is the sheet {}; `sheet = \"NAME\"` reads another: {}",
            plain(first),
            others.join(", ")
        ));
    }
    Ok(())
}

/// The number of rows above the header: a title, a date. The header is the first row with at least half as many values
/// as the fullest row.
fn above_the_header(path: &Path, format: &Format) -> io::Result<u32> {
    let mut records = Records::open(path, format)?;
    let filled = |texts: &mut dyn Iterator<Item = &str>| texts.filter(|text| !text.trim().is_empty()).count();
    let first = filled(&mut records.header.iter().map(String::as_str));
    let mut rows = Vec::new();
    let mut line = crate::expr::context::Line::default();
    while rows.len() < HEAD_ROWS && records.next(&mut line).is_ok_and(|found| found) {
        rows.push((line.line, filled(&mut line.record.iter())));
    }
    let most = rows.iter().map(|(_, filled)| *filled).max().unwrap_or_default();
    let is_header = |filled: usize| filled * 2 > most;
    let header = if is_header(first) { None } else { rows.iter().find(|(_, filled)| is_header(*filled)) };
    Ok(header.and_then(|(line, _)| u32::try_from(line - 1).ok()).unwrap_or_default())
}

/// The number of lines above the header, and the text behind them. The header is the first line with as many values as
/// most lines.
fn headless(text: &str, delimiter: Delimiter) -> (u32, &str) {
    let most = usual(&widths(text, delimiter)).0;
    let mut rest = text;
    for above in 0..ABOVE_MAX {
        let (line, behind) = rest.split_once('\n').unwrap_or((rest, ""));
        if most < 2 || widths(line, delimiter).first() == Some(&most) {
            return (above, rest);
        }
        rest = behind;
    }
    // No line fits: the header may have a quoted value over several lines.
    (0, text)
}

/// The most frequent width, and how often it comes.
fn usual(widths: &[usize]) -> (usize, usize) {
    let often = |width: usize| widths.iter().filter(|other| **other == width).count();
    widths
        .iter()
        .map(|width| (*width, often(*width)))
        .max_by_key(|(width, often)| (*often, *width))
        .unwrap_or_default()
}

/// The mark by which most rows have the same number of values, and the most.
fn delimiter(text: &str) -> Delimiter {
    let mut best = (0, Delimiter::Byte(b','));
    for mark in [b'\t', b';', b'|', b','] {
        let widths = widths(text, Delimiter::Byte(mark));
        let (width, same) = usual(&widths);
        // Most rows must agree, but for some lines above a header; then more columns are more likely than fewer, and a
        // comma stands in texts.
        let above = widths.iter().take(ABOVE_MAX as usize).take_while(|other| **other != width).count();
        if width > best.0.max(1) && same > above && same * 10 >= (widths.len() - above) * 8 {
            best = (width, Delimiter::Byte(mark));
        }
    }
    if best.0 == 0 {
        let widths = widths(text, Delimiter::Whitespace);
        let first = widths.first().copied().unwrap_or_default();
        if first > 1 && widths.iter().all(|width| *width == first) {
            return Delimiter::Whitespace;
        }
    }
    best.1
}

fn rows(text: &str, delimiter: Delimiter) -> Vec<Vec<String>> {
    match delimiter {
        Delimiter::Whitespace => text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .take(HEAD_ROWS)
            .map(|line| line.split_whitespace().map(str::to_owned).collect())
            .collect(),
        Delimiter::Byte(mark) => {
            let mut reader = csv::ReaderBuilder::new();
            reader.has_headers(false).flexible(true).delimiter(mark);
            let records = reader.from_reader(text.as_bytes()).into_records().take(HEAD_ROWS);
            records.flatten().map(|record| record.iter().map(str::to_owned).collect()).collect()
        }
    }
}

fn widths(text: &str, delimiter: Delimiter) -> Vec<usize> {
    rows(text, delimiter).iter().map(Vec::len).collect()
}

/// The number of columns of a file whose first row is a row like the others: it has numbers or dates where those below
/// have them.
fn without_header(text: &str, delimiter: Delimiter) -> Option<usize> {
    let rows = rows(text, delimiter);
    let first = rows.first()?;
    let value = |text: &String| {
        NumberStyle::default().parse(text).is_some() || crate::value::moment::iso(text).is_some()
    };
    let values = first.iter().filter(|text| value(text)).count();
    (values > 0 && first.iter().all(|text| !text.trim().is_empty())).then_some(first.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_delimiter_and_header_are_found() {
        assert_eq!(encoding("Käse".as_bytes()), UTF_8);
        assert_eq!(encoding(b"K\xe4se"), WINDOWS_1252);
        assert_eq!(encoding(b"a\0,\0b\0\n\0"), UTF_16LE);
        assert_eq!(delimiter("a;b\n1,5;2,5\n"), Delimiter::Byte(b';'));
        assert_eq!(delimiter("a\tb, c\n1\t2, 3\n"), Delimiter::Byte(b'\t'));
        assert_eq!(delimiter("1  2 3\n 4 5 6\n"), Delimiter::Whitespace);
        assert_eq!(delimiter("a,\"b;c\"\n1,2\n"), Delimiter::Byte(b','));
        assert_eq!(delimiter("Deals, open\n\na;b;c\n1;2;3\n4;5;6\n"), Delimiter::Byte(b';'));
        assert_eq!(headless("Deals\n\na;b\n1;2\n", Delimiter::Byte(b';')), (2, "a;b\n1;2\n"));
        assert_eq!(headless("a;b\n1;2\n", Delimiter::Byte(b';')), (0, "a;b\n1;2\n"));
        assert_eq!(without_header("a,b\n1,2\n", Delimiter::Byte(b',')), None);
        assert_eq!(without_header("1,b\n1,2\n", Delimiter::Byte(b',')), Some(2));
    }
}
