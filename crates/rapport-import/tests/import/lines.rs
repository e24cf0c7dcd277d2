//! Every row, right or wrong, is told with the line of the file on which it begins, however its lines end.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use crate::support::{Run, complaint, import};

/// A right row tells the line that it is given.
const LINES: &str = r#"
[[table]]
name = "rows"
files = ["rows.csv"]
customer = "{who}"
[[table.emit]]
type = "note.recorded"
payload = { personal.text = "{$line}" }
"#;

fn read(bytes: impl AsRef<[u8]>) -> Run {
    import(LINES, &[("rows.csv", bytes)])
}

/// The lines of right rows and of rejects.
fn told(run: &Run) -> (Vec<u64>, Vec<u64>) {
    let right = run.notes().iter().map(|line| line.parse().unwrap()).collect();
    (right, run.rejects.iter().map(|reject| reject.line).collect())
}

/// What a file is made of; `BREAK` is an end of a line.
const PIECES: [(&[u8], Row); 6] = [
    (b"", Row::None),
    (b"a,b", Row::Right),
    (b"a,\"b\x01\x01c\"", Row::Right),
    (b"\"a\x01\"\"b\",\xff", Row::Wrong),
    (b"\xff,b", Row::Wrong),
    (b"alone", Row::Wrong),
];
const UNCLOSED: (&[u8], Row) = (b"a,\"b\x01c,d", Row::Wrong);
/// Stands for an end of a line in the pieces.
const BREAK: u8 = 1;

#[derive(Clone, Copy, PartialEq)]
enum Row {
    None,
    Right,
    Wrong,
}

/// A file and the lines of its right and wrong rows, by counting `ends` while it is written.
struct Written {
    bytes: Vec<u8>,
    lines: (Vec<u64>, Vec<u64>),
    line: u64,
    ends: &'static [&'static str],
}

impl Written {
    fn new(ends: &'static [&'static str], mark: bool) -> Self {
        let bytes = if mark { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
        Self { bytes, lines: (Vec::new(), Vec::new()), line: 1, ends }
    }

    fn end(&mut self) {
        let turn = usize::try_from(self.line).unwrap() % self.ends.len();
        self.bytes.extend_from_slice(self.ends[turn].as_bytes());
        self.line += 1;
    }

    fn piece(&mut self, (text, row): (&[u8], Row)) {
        match row {
            Row::None => {}
            Row::Right => self.lines.0.push(self.line),
            Row::Wrong => self.lines.1.push(self.line),
        }
        for byte in text {
            if *byte == BREAK { self.end() } else { self.bytes.push(*byte) }
        }
    }
}

const ENDS: [&[&str]; 4] = [&["\n"], &["\r\n"], &["\n", "\r\n"], &["\r"]];

#[test]
fn every_row_is_told_with_the_line_it_begins_on() {
    let mut files = 0;
    for number in 0..6 * 6 * 6 * 16 {
        let (pieces, variant) = (number / 16, number % 16);
        let mut file = Written::new(ENDS[variant % 4], variant & 4 != 0);
        if variant & 8 != 0 {
            file.end();
        }
        file.piece((b"who,text", Row::None));
        for piece in [pieces / 36, pieces / 6 % 6, pieces % 6] {
            file.end();
            file.piece(PIECES[piece]);
        }
        // As it is, with a last end of a line, and with a value that is never closed.
        for last in 0..3 {
            let mut file = Written {
                bytes: file.bytes.clone(),
                lines: file.lines.clone(),
                line: file.line,
                ends: file.ends,
            };
            if last > 0 {
                file.end();
            }
            if last > 1 {
                file.piece(UNCLOSED);
            }
            let run = read(&file.bytes);
            assert_eq!(told(&run), file.lines, "{}", file.bytes.escape_ascii());
            let unclosed =
                run.rejects.iter().filter(|reject| reject.reason.contains("is not closed")).count();
            assert_eq!(unclosed, usize::from(last > 1), "{}", file.bytes.escape_ascii());
            files += 1;
        }
    }
    assert_eq!(files, 10_368);
}

#[test]
fn lines_are_right_beyond_what_is_read_at_once() {
    for ends in ENDS {
        let mut file = Written::new(ends, true);
        file.piece((b"who,text", Row::None));
        let long = [b"a,\"".as_slice(), &b"some more text\x01".repeat(20_000), b"\""].concat();
        for number in 0..40_000_usize {
            file.end();
            match number {
                7_777 | 30_000 => file.piece((&long, Row::Right)),
                _ => file.piece(PIECES[number * 7_919 % 5_003 % PIECES.len()]),
            }
        }
        file.end();
        file.piece(UNCLOSED);
        assert!(told(&read(&file.bytes)) == file.lines, "{ends:?}");
    }
}

#[test]
fn a_quotation_mark_that_is_not_closed_is_told_with_its_own_line_and_column() {
    for end in ["\n", "\r\n"] {
        let rows = ["who,text", "a,b", "\"c", "d\",\"e", "f,g", ""].join(end);
        let run = read(rows);
        assert_eq!(told(&run), (vec![2], vec![3]));
        let reject = &run.rejects[0];
        assert!(
            reject.reason.starts_with("the quotation mark that begins a value on line 4 is not closed"),
            "{}",
            reject.reason
        );
        assert_eq!((reject.column.as_str(), reject.value.as_str(), run.rows()), ("text", "e", (2, 1, 0, 1)));
    }
    let message = complaint(LINES, "rows.csv", "who,\"text\na,b\n");
    assert!(message.contains("rows.csv`: its first row cannot be read: the quotation mark"), "{message}");
    assert!(message.contains("on line 1 is not closed"), "{message}");
}

#[test]
fn without_quoting_a_quotation_mark_is_a_mark_like_others() {
    let run = import(&format!("quote = \"\"\n{LINES}"), &[("rows.csv", "who,text\na,\"b\nc,\"d")]);
    assert_eq!(told(&run), (vec![2, 3], vec![]));
}

#[test]
fn a_row_without_any_value_is_an_empty_line() {
    let run = read("who,what\na,b\n,\n  ,\"\"\n,,,\nc,d\n,\n");
    assert_eq!(told(&run), (vec![2, 6], vec![]));
    assert_eq!(run.rows(), (2, 2, 0, 0));
}

#[test]
fn a_first_line_that_names_the_delimiter_is_no_row() {
    let run = read("sep=,\r\nwho,what\na,b\n");
    assert_eq!(told(&run), (vec![3], vec![]));
    assert_eq!(run.rows(), (1, 1, 0, 0));
}
