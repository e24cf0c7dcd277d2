//! Where the next page of a timeline begins.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::answers::AsOf;
use rapport_model::{Position, Timestamp};
use rapport_proto::v1::TimelineRequest;

/// The question that the first page answered, its moment, so that later pages belong to it, and the last entry given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageToken {
    /// See [`question`].
    pub question: u64,
    pub as_of: AsOf,
    pub after: (Timestamp, Position),
}

impl PageToken {
    /// As text: five numbers of 16 hexadecimal digits.
    pub(super) fn to_text(self) -> String {
        let numbers =
            [self.as_of.occurred_until, self.as_of.recorded_until, self.after.0].map(Timestamp::as_micros);
        let [occurred, recorded, after] = numbers.map(i64::cast_unsigned);
        format!("{occurred:016x}{recorded:016x}{after:016x}{:016x}{:016x}", self.after.1.0, self.question)
    }

    /// From text; `None` for what [`PageToken::to_text`] did not write.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        let number = |index: usize| {
            let digits = text.get(index * 16..(index + 1) * 16)?;
            digits
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit())
                .then(|| u64::from_str_radix(digits, 16).ok())
                .flatten()
        };
        let moment = |index| number(index).map(u64::cast_signed).map(Timestamp::from_micros);
        let token = Self {
            as_of: AsOf { occurred_until: moment(0)?, recorded_until: moment(1)? },
            after: (moment(2)?, Position(number(3)?)),
            question: number(4)?,
        };
        (text.len() == 80).then_some(token)
    }
}

/// What a page token belongs to: the request without what may differ from page to page.
pub(super) fn question(request: &TimelineRequest) -> u64 {
    let moments = request.time.map_or((None, None), |time| (time.occurred_until, time.recorded_until));
    let (page_size, page_token, page) = (0, String::new(), false);
    let same = TimelineRequest { time: None, page_size, page_token, page, ..request.clone() };
    let mut hasher = DefaultHasher::new();
    (moments, same).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_as_it_went() {
        let token = PageToken {
            question: 7,
            as_of: AsOf { occurred_until: Timestamp::MAX, recorded_until: Timestamp::from_micros(-5) },
            after: (Timestamp::from_micros(1_700_000_000_000_000), Position(42)),
        };
        assert_eq!(PageToken::from_text(&token.to_text()), Some(token));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let token = PageToken::from_text(&"0".repeat(80)).unwrap().to_text();
        for text in ["", "x", &token[1..], &format!("{token}0"), &token.replace("00", "+0"), &"ā".repeat(32)]
        {
            assert_eq!(PageToken::from_text(text), None, "{text}");
        }
    }
}
