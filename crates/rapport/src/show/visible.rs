//! Text that others wrote, on a terminal: what would steer the terminal is shown and not obeyed.
//!
//! **Invariant:** what came out of the ledger or was typed goes to a terminal through here, because a customer's
//! message may hold sequences that clear the screen, change its title or turn the direction of a line.

use std::{borrow::Cow, fmt::Write};

/// Text for one line: line breaks and tabs become spaces, every other character that steers a terminal a visible
/// escape such as `\u{1b}`.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return text.into();
    }
    // A line break of two characters is one space.
    let lines = text.replace("\r\n", " ").replace(['\n', '\r', '\t', '\u{2028}', '\u{2029}'], " ");
    escaped(&lines, |_| false, |text, code| write!(text, "\\u{{{code:x}}}")).into()
}

/// The same for text of several lines or columns, such as CSV: line breaks and tabs stay.
pub(super) fn visible_lines(text: &str) -> String {
    escaped(text, is_layout, |text, code| write!(text, "\\u{{{code:x}}}"))
}

/// The same for JSON, which stays JSON: there such a character can only be in a string.
pub(super) fn visible_json(json: &str) -> String {
    escaped(json, is_layout, |text, code| write!(text, "\\u{code:04x}"))
}

fn is_layout(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\t')
}

/// C0, DEL and C1, what orders the direction of text (U+202A–202E, U+2066–2069), and Unicode's own line breaks.
fn steers(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn escaped(
    text: &str,
    stays: impl Fn(char) -> bool,
    escape: impl Fn(&mut String, u32) -> std::fmt::Result,
) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if !steers(character) || stays(character) {
            shown.push(character);
        } else {
            // A `String` takes everything.
            let _ = escape(&mut shown, character.into());
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_shown_and_everything_else_stays() {
        for (text, shown) in [
            ("\u{1b}[2Jboo", "\\u{1b}[2Jboo"),
            ("\u{9b}2J\u{7f}\u{0}\u{8}", "\\u{9b}2J\\u{7f}\\u{0}\\u{8}"),
            ("\u{202e}gpj.exe\u{2069}", "\\u{202e}gpj.exe\\u{2069}"),
            ("one\r\ntwo\tthree\nfour", "one two three four"),
            ("Jāņa jumts, 東京 👩‍🔧 1\u{2009}250.00 EUR", "Jāņa jumts, 東京 👩‍🔧 1\u{2009}250.00 EUR"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }

    #[test]
    fn no_character_that_steers_is_left_in_any_form() {
        let all: String = ('\0'..='\u{2fff}').collect();
        assert!(!visible(&all).contains(steers));
        assert!(!visible_lines(&all).contains(|character| steers(character) && !is_layout(character)));
        assert!(!visible_json(&all).contains(|character| steers(character) && !is_layout(character)));
    }

    #[test]
    fn json_stays_the_same_json() {
        let json = serde_json::json!({"note": "\u{1b}[2J \u{9b} \u{7f} \u{202e} \n ā"});
        let printed = visible_json(&serde_json::to_string_pretty(&json).unwrap());
        assert_eq!(serde_json::from_str::<serde_json::Value>(&printed).unwrap(), json);
    }
}
