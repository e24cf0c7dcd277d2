//! The tokens of a condition.

use super::{Fault, Op};

/// A token, and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    /// From 1, in characters.
    pub(super) column: usize,
    pub(super) is: Is,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Is {
    /// A name, a keyword, a number with its unit, a date.
    Word(String),
    /// What stood between quotation marks.
    Text(String),
    Op(Op),
    Open,
    Close,
    Comma,
}

impl Is {
    /// As it is written in a fault.
    pub(super) fn written(&self) -> String {
        match self {
            Self::Word(word) => format!("`{word}`"),
            Self::Text(text) => format!("`\"{text}\"`"),
            Self::Op(op) => format!("`{}`", op.written()),
            Self::Open => "`(`".to_owned(),
            Self::Close => "`)`".to_owned(),
            Self::Comma => "`,`".to_owned(),
        }
    }
}

/// The tokens of a text, and the column behind it.
pub(super) fn tokens(text: &str) -> Result<(Vec<Token>, usize), Fault> {
    let mut chars = (1..).zip(text.chars()).peekable();
    let mut tokens = Vec::new();
    let mut end = 1;
    while let Some((column, first)) = chars.next() {
        end = column + 1;
        let is_equals = |(_, next): &(usize, char)| *next == '=';
        let is = match first {
            _ if first.is_whitespace() => continue,
            '(' => Is::Open,
            ')' => Is::Close,
            ',' => Is::Comma,
            '=' => {
                // What programmers write.
                let _ = chars.next_if(is_equals);
                Is::Op(Op::Equal)
            }
            '!' if chars.next_if(is_equals).is_some() => Is::Op(Op::NotEqual),
            '<' if chars.next_if(is_equals).is_some() => Is::Op(Op::AtMost),
            '<' if chars.next_if(|(_, next)| *next == '>').is_some() => Is::Op(Op::NotEqual),
            '<' => Is::Op(Op::Less),
            '>' if chars.next_if(is_equals).is_some() => Is::Op(Op::AtLeast),
            '>' => Is::Op(Op::More),
            '"' | '“' | '”' | '„' => Is::Text(quoted(&mut chars, column)?),
            _ if is_of_word(first) => {
                let mut word = String::from(first);
                while let Some((_, next)) = chars.next_if(|(_, next)| is_of_word(*next)) {
                    word.push(next);
                }
                Is::Word(word)
            }
            _ => {
                let expected = format!(
                    "expected a field, a value or an operator, found `{first}`; a value with such characters stands \
                     between quotation marks"
                );
                return Err(Fault { column, expected });
            }
        };
        tokens.push(Token { column, is });
    }
    let end = chars.peek().map_or(text.chars().count() + 1, |(column, _)| *column).max(end);
    Ok((tokens, end))
}

/// Letters and digits of any language, and what dates, numbers, codes and ids have.
fn is_of_word(one: char) -> bool {
    one.is_alphanumeric() || "_-.:%+/@#".contains(one)
}

/// Up to the closing mark; a mark in the text is written twice, or behind a backslash.
fn quoted(
    chars: &mut std::iter::Peekable<impl Iterator<Item = (usize, char)>>,
    column: usize,
) -> Result<String, Fault> {
    let is_mark = |one: char| matches!(one, '"' | '“' | '”');
    let mut text = String::new();
    while let Some((_, next)) = chars.next() {
        match next {
            '\\' => text.extend(chars.next().map(|(_, escaped)| escaped)),
            _ if is_mark(next) => match chars.next_if(|(_, again)| *again == '"' && next == '"') {
                Some((_, again)) => text.push(again),
                None => return Ok(text),
            },
            _ => text.push(next),
        }
    }
    Err(Fault { column, expected: "expected a second quotation mark behind this one".to_owned() })
}
