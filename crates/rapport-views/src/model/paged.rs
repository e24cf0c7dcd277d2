//! Pages: how many rows one has at most, and where the next one begins.

use prost::Message;
use rapport_model::Timestamp;
use rapport_proto::{fit, v1};

use crate::{
    answers::{AsOf, AskError},
    page::Page,
    read::ReadError,
};

/// What a request may ask for at most.
const SIZE_MAX: u32 = 1_000;

/// Refuses a page that would be larger; 0 is the service's choice.
///
/// # Errors
/// It would be.
pub fn check_page_size(asked: u32) -> Result<(), AskError> {
    if asked <= SIZE_MAX {
        return Ok(());
    }
    let expected =
        format!("expected at most `{SIZE_MAX}`, found `{asked}`; ask for the pages one after the other");
    Err(AskError::Field { field: "page_size", expected })
}

/// Rows a page at most; 0 is as many as a message has room for.
pub(super) const fn page_size(asked: u32) -> usize {
    match asked {
        0 => usize::MAX,
        size => size as usize,
    }
}

/// Where a page begins, and the moment that the first page was as of: all pages are of one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Rows before it.
    pub skip: usize,
    /// The moment.
    pub as_of: AsOf,
}

impl Token {
    /// As clients pass it on.
    #[must_use]
    pub fn text(self) -> String {
        format!(
            "{}.{}.{}",
            self.skip,
            self.as_of.occurred_until.as_micros(),
            self.as_of.recorded_until.as_micros()
        )
    }

    /// The first page when the text is empty.
    ///
    /// # Errors
    /// The text is none of ours.
    pub fn parse(text: &str, as_of: AsOf) -> Result<Self, ReadError> {
        if text.is_empty() {
            return Ok(Self { skip: 0, as_of });
        }
        let mut parts = text.splitn(3, '.');
        let mut next = || parts.next().and_then(|part| part.parse::<i64>().ok());
        let (skip, occurred, recorded) = (next(), next(), next());
        let skip = skip.and_then(|skip| usize::try_from(skip).ok());
        let (Some(skip), Some(occurred), Some(recorded)) = (skip, occurred, recorded) else {
            return Err(ReadError::PageToken);
        };
        let as_of = AsOf {
            occurred_until: Timestamp::from_micros(occurred),
            recorded_until: Timestamp::from_micros(recorded),
        };
        Ok(Self { skip, as_of })
    }

    /// The next page's, behind what is on this one; empty when nothing is.
    pub(super) fn after(self, page: &fit::Page) -> String {
        if page.left_out() == 0 {
            return String::new();
        }
        Self { skip: self.skip + page.taken(), ..self }.text()
    }
}

/// The part of an answer that `cut` leaves beside so many bytes, with its page. Where both are too large for one message,
/// less is left; one row that is still too large comes without its page.
pub(super) fn with_page<R: Message + Clone>(
    whole: &R,
    cut: impl Fn(&mut R, usize),
    page: impl Fn(&R) -> Page,
    put: fn(&mut R, v1::Page),
) -> R {
    let mut beside = 0;
    loop {
        let mut answer = whole.clone();
        cut(&mut answer, beside);
        let rows = answer.encoded_len();
        let shown = page(&answer);
        let bytes = match add_page(answer, shown, put) {
            Ok(answer) => return answer,
            Err(TooLarge { answer, .. }) if beside >= fit::PAGE_BYTES => return answer,
            Err(TooLarge { bytes, .. }) => bytes,
        };
        // In proportion, and a tenth less: rows differ.
        let room = fit::PAGE_BYTES.saturating_sub(beside).min(rows);
        beside = fit::PAGE_BYTES - room * (fit::SHOWN_BYTES / 10 * 9) / bytes;
    }
}

/// An answer that has no room for its page, and how many bytes it would have with it.
pub(super) struct TooLarge<R> {
    pub(super) answer: R,
    pub(super) bytes: usize,
}

/// Puts its page into an answer, if there is room.
pub(super) fn add_page<R: Message>(
    mut answer: R,
    page: Page,
    put: fn(&mut R, v1::Page),
) -> Result<R, TooLarge<R>> {
    let page = v1::Page::from(page);
    let bytes = answer.encoded_len() + page.encoded_len() + fit::AROUND;
    if bytes > fit::SHOWN_BYTES {
        return Err(TooLarge { answer, bytes });
    }
    put(&mut answer, page);
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_token_carries_its_place_and_its_moment() {
        let as_of = AsOf {
            occurred_until: Timestamp::from_micros(-5),
            recorded_until: Timestamp::from_micros(7_000_000),
        };
        let token = Token { skip: 100, as_of };
        let other = AsOf { occurred_until: Timestamp::MAX, recorded_until: Timestamp::MAX };
        assert_eq!(Token::parse(&token.text(), other).ok(), Some(token));
        assert_eq!(Token::parse("", as_of).ok(), Some(Token { skip: 0, as_of }));
        for wrong in ["x", "1", "1.2", "-1.2.3", "1.2.3.4", "1.2.x"] {
            assert!(Token::parse(wrong, as_of).is_err(), "{wrong}");
        }
    }
}
