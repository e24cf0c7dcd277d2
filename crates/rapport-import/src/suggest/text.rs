//! Texts of TOML: names, conditions, comments, lines.

use std::fmt::Write as _;

use super::found::Found;

/// `"{Column}"`.
pub(super) fn reference(found: &Found, column: usize) -> String {
    let name = found.column(column).map_or("", |column| column.name.as_str());
    quoted(&format!("{{{name}}}"))
}

/// A condition on one column.
pub(super) fn condition(found: &Found, column: usize, test: &str) -> String {
    let name = found.column(column).map_or("", |column| column.name.as_str());
    format!("{{ {} = {test} }}", quoted(name))
}

/// A basic string of TOML.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            letter if letter.is_control() => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// A text for a comment: on one line, in backticks.
pub(super) fn plain(text: &str) -> String {
    let text: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    format!("`{text}`")
}

/// One line more.
pub(super) fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
