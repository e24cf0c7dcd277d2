//! Pages: how many rows one has at most, and where the next one begins.

use rapport_model::Timestamp;
use rapport_proto::fit;

use crate::{
    answers::{AsOf, AskError},
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
