//! Which line of a text a row begins on, counted from the bytes.
//!
//! The `csv` crate's own lines are not used: they depend on how lines end and on blank lines before the row.

use std::collections::VecDeque;

/// Counts lines as bytes go by, and remembers where rows could begin.
///
/// A line ends with `\n`, whatever stands before it. Where the first end of a line is a `\r` alone, as in files of old
/// Macs, every `\r` alone ends one too; elsewhere it is part of its line.
#[derive(Debug)]
pub(super) struct Lines {
    /// After the end of a line (or a `\r`) the first byte that is none, with its line. Ascending.
    starts: VecDeque<(u64, u64)>,
    /// Bytes gone by.
    offset: u64,
    /// The line of the next byte, but for the `returns` before it.
    line: u64,
    /// Whether the last byte was an end of a line, or there was none yet.
    between: bool,
    /// `\r` just before the next byte.
    returns: u64,
    /// Whether a `\r` alone ends a line; unknown before the first end of a line.
    lone_returns: Option<bool>,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self { starts: VecDeque::new(), offset: 0, line: 1, between: true, returns: 0, lone_returns: None }
    }

    /// Takes note of the next bytes.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) {
        while let Some((first, rest)) = bytes.split_first() {
            if !self.between {
                let plain = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
                let plain = plain.unwrap_or(bytes.len());
                self.offset += plain as u64;
                self.between = plain < bytes.len();
                bytes = bytes.get(plain..).unwrap_or_default();
                continue;
            }
            match first {
                b'\n' => self.line_feed(),
                b'\r' => self.returns += 1,
                _ => self.start(),
            }
            self.offset += 1;
            bytes = rest;
        }
    }

    fn line_feed(&mut self) {
        let lone = *self.lone_returns.get_or_insert(false);
        self.line += if lone { self.returns.max(1) } else { 1 };
        self.returns = 0;
    }

    fn start(&mut self) {
        if self.returns > 0 && *self.lone_returns.get_or_insert(true) {
            self.line += self.returns;
        }
        self.returns = 0;
        self.between = false;
        self.starts.push_back((self.offset, self.line));
    }

    /// A row is read next whose bytes, and the blank lines before it, are at `offset` and behind.
    pub(super) fn begin_row(&mut self, offset: u64) {
        while self.starts.front().is_some_and(|(start, _)| *start < offset) {
            self.starts.pop_front();
        }
    }

    /// The row just begun goes on behind all bytes so far: none of their lines but its first is asked for any more.
    pub(super) fn go_on(&mut self) {
        self.starts.truncate(1);
    }

    /// The line on which the row begins that was begun last, from 1. It must have been read.
    pub(super) fn of_row(&self) -> u64 {
        self.starts.front().map_or(self.line, |(_, line)| *line)
    }

    /// How many lines end in a text.
    pub(super) fn ends_in(&self, text: &[u8]) -> u64 {
        let lone = self.lone_returns == Some(true);
        let mut bytes = text.iter().copied().peekable();
        let mut ends = 0;
        while let Some(byte) = bytes.next() {
            ends += u64::from(byte == b'\n' || (lone && byte == b'\r' && bytes.peek() != Some(&b'\n')));
        }
        ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The offsets and lines of all starts, fed in pieces of `size` bytes.
    fn starts(text: &str, size: usize) -> Vec<(u64, u64)> {
        let mut lines = Lines::new();
        text.as_bytes().chunks(size).for_each(|piece| lines.feed(piece));
        lines.starts.into()
    }

    #[test]
    fn lines_are_counted_however_they_end_and_in_whatever_pieces_they_come() {
        let cases: [(&str, &[(u64, u64)]); 6] = [
            ("a\nb\n\nc", &[(0, 1), (2, 2), (5, 4)]),
            ("\r\na\r\nb\r\n\r\nc\r\n", &[(2, 2), (5, 3), (10, 5)]),
            ("a\r\nb\nc\r\n\nd", &[(0, 1), (3, 2), (5, 3), (9, 5)]),
            ("a\rb\r\rc\r", &[(0, 1), (2, 2), (5, 4)]),
            ("a\nb\rc\nd", &[(0, 1), (2, 2), (4, 2), (6, 3)]),
            ("a\r\r\nb", &[(0, 1), (4, 2)]),
        ];
        for (text, expected) in cases {
            for size in 1..=text.len() {
                assert_eq!(starts(text, size), expected, "{text:?} in pieces of {size}");
            }
        }
    }

    #[test]
    fn only_the_first_line_of_a_row_that_goes_on_is_kept() {
        let mut lines = Lines::new();
        lines.feed(b"a\nb \"\nc\nd");
        lines.begin_row(2);
        lines.go_on();
        lines.feed(b"\ne\"\nf");
        assert_eq!(lines.of_row(), 2);
        lines.begin_row(12);
        assert_eq!(lines.of_row(), 6);
    }
}
