//! Where the next page of a timeline begins.

use rapport_model::{Position, Timestamp};

/// The moment that the first page was of, so that later pages belong to it, and the last entry given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageToken {
    pub occurred_until: Timestamp,
    pub recorded_until: Timestamp,
    pub after: (Timestamp, Position),
}

impl PageToken {
    /// As text: four numbers of 16 hexadecimal digits.
    pub fn to_text(self) -> String {
        let numbers = [self.occurred_until, self.recorded_until, self.after.0].map(Timestamp::as_micros);
        let [occurred, recorded, after] = numbers.map(i64::cast_unsigned);
        format!("{occurred:016x}{recorded:016x}{after:016x}{:016x}", self.after.1.0)
    }

    /// From text; `None` for what [`PageToken::to_text`] did not write.
    pub fn from_text(text: &str) -> Option<Self> {
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
            occurred_until: moment(0)?,
            recorded_until: moment(1)?,
            after: (moment(2)?, Position(number(3)?)),
        };
        (text.len() == 64).then_some(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_back_as_it_went() {
        let token = PageToken {
            occurred_until: Timestamp::MAX,
            recorded_until: Timestamp::from_micros(-5),
            after: (Timestamp::from_micros(1_700_000_000_000_000), Position(42)),
        };
        assert_eq!(PageToken::from_text(&token.to_text()), Some(token));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let token = PageToken::from_text(&"0".repeat(64)).unwrap().to_text();
        for text in ["", "x", &token[1..], &format!("{token}0"), &token.replace("00", "+0"), &"ā".repeat(32)]
        {
            assert_eq!(PageToken::from_text(text), None, "{text}");
        }
    }
}
