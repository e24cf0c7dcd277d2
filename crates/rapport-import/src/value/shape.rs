//! Finds columns whose values may be read in two ways, by the shape of the values alone. This is cheap enough for every
//! file, and finds the few files that are then read twice.

use super::{moment::DateRule, number::NumberStyle, pattern::Order};

/// What the values of one column have in them.
#[derive(Debug, Default, Clone)]
pub(crate) struct Shapes {
    point: Marks,
    comma: Marks,
    /// A date whose day and month could be exchanged.
    either: bool,
    /// Its first number is too large for a month, its second is.
    day_first: bool,
    month_first: bool,
}

/// Where a mark stands between digits.
#[derive(Debug, Default, Clone)]
struct Marks {
    /// Three digits follow: it may part thousands or decimals.
    three: bool,
    /// Another number of digits follows: it parts decimals.
    other: bool,
    /// It stands there again three digits later: it parts thousands.
    again: bool,
}

impl Shapes {
    pub(crate) fn note(&mut self, text: &str) {
        let bytes = text.as_bytes();
        // The last mark and the digits since.
        let mut last = None;
        let mut digits = 0;
        for (at, byte) in bytes.iter().enumerate() {
            if byte.is_ascii_digit() {
                digits += 1;
                continue;
            }
            self.end(last, digits);
            let again = last == Some(*byte) && digits == 3;
            last = matches!(byte, b'.' | b',').then_some(*byte).filter(|_| digits > 0 || at == 0);
            if again && let Some(marks) = self.marks(*byte) {
                marks.again = true;
            }
            if matches!(byte, b'/' | b'.' | b'-') && (1..=2).contains(&digits) {
                self.date(bytes, at, *byte);
            }
            digits = 0;
        }
        self.end(last, digits);
    }

    fn marks(&mut self, mark: u8) -> Option<&mut Marks> {
        match mark {
            b'.' => Some(&mut self.point),
            b',' => Some(&mut self.comma),
            _ => None,
        }
    }

    fn end(&mut self, last: Option<u8>, digits: usize) {
        if let Some(marks) = last.and_then(|mark| self.marks(mark)) {
            match digits {
                0 => {}
                3 => marks.three = true,
                _ => marks.other = true,
            }
        }
    }

    /// One or two digits stand before the mark at this place: a day and a month, if as many follow and the mark again.
    fn date(&mut self, bytes: &[u8], at: usize, mark: u8) {
        let number =
            |digits: &[u8]| digits.iter().fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'));
        let before = bytes.get(..at).unwrap_or_default();
        let first = before.len() - before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let behind = bytes.get(at + 1..).unwrap_or_default();
        let length = behind.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=2).contains(&length) || behind.get(length) != Some(&mark) {
            return;
        }
        let (first, second) = (
            number(before.get(first..).unwrap_or_default()),
            number(behind.get(..length).unwrap_or_default()),
        );
        match (first, second) {
            (1..=12, 1..=12) => self.either |= first != second,
            (13..=31, 1..=12) => self.day_first = true,
            (1..=12, 13..=31) => self.month_first = true,
            _ => {}
        }
    }

    /// Whether a number in this style may be meant in the exchanged one.
    pub(crate) fn doubts_number(&self, style: NumberStyle) -> bool {
        let (decimal, thousands) = match style.decimal() {
            '.' => (&self.point, &self.comma),
            ',' => (&self.comma, &self.point),
            _ => return false,
        };
        let either = decimal.three || thousands.three || decimal.again || thousands.again;
        let other = thousands.other || decimal.again;
        let this = decimal.other || thousands.again;
        either && (other || !(style.is_declared() || this))
    }

    /// Whether a date that this rule reads may be meant otherwise.
    pub(crate) fn doubts_date(&self, rule: &DateRule) -> bool {
        let Some(orders) = rule.orders() else { return true };
        match (orders.contains(&Order::DayFirst), orders.contains(&Order::MonthFirst)) {
            (true, true) => self.either,
            (true, false) => self.either && self.month_first,
            (false, true) => self.either && self.day_first,
            (false, false) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{super::moment::DateFormat, *};

    fn shapes(values: &[&str]) -> Shapes {
        let mut shapes = Shapes::default();
        values.iter().for_each(|value| shapes.note(value));
        shapes
    }

    #[test]
    fn numbers_are_in_doubt_where_another_value_of_the_column_has_the_other_marks() {
        let style = |example| NumberStyle::from_example(example).unwrap();
        let doubted = [
            ("1,234.56", vec!["1.250", "980,50"]),
            ("1,234.56", vec!["1,250", "980,50"]),
            ("1,234.56", vec!["1.250", "1.250.000"]),
            ("1,234.56", vec!["1.250.000,00", "1.250"]),
            ("1.234,56", vec!["1.250", "980.50"]),
            ("1234,56", vec!["1,250", "1,250.00"]),
            ("1 234,56", vec!["1,250", "12.5"]),
        ];
        for (example, values) in doubted {
            assert!(shapes(&values).doubts_number(style(example)), "{example} {values:?}");
        }
        let sure = [
            ("1,234.56", vec!["1,250", "980.50", "12", "1,250,000.00"]),
            ("1,234.56", vec!["1.250", "2.375"]),
            ("1.234,56", vec!["1.250", "980,50", "1.250.000,1"]),
            ("1,234.56", vec!["980,50", "12"]),
        ];
        for (example, values) in sure {
            assert!(!shapes(&values).doubts_number(style(example)), "{example} {values:?}");
        }
        // The mapping does not say how numbers are written, and no value tells.
        assert!(shapes(&["1.250", "12"]).doubts_number(NumberStyle::default()));
        assert!(!shapes(&["1.250", "980.50"]).doubts_number(NumberStyle::default()));
    }

    #[test]
    fn dates_are_in_doubt_where_another_value_of_the_column_has_the_other_order() {
        let rule = |formats: &[&str]| {
            let formats = formats.iter().map(|format| DateFormat::parse(format).unwrap()).collect();
            Arc::new(DateRule { formats, ..DateRule::default() })
        };
        let month_first = rule(&["iso", "%m/%d/%Y"]);
        assert!(shapes(&["03/04/2026", "14/04/2026 10:00"]).doubts_date(&month_first));
        assert!(!shapes(&["03/04/2026", "04/14/2026"]).doubts_date(&month_first));
        assert!(!shapes(&["04/04/2026", "14/04/2026"]).doubts_date(&month_first));
        assert!(shapes(&["3.4.26", "4.14.26"]).doubts_date(&rule(&["%d.%m.%y"])));
        assert!(shapes(&["03/04/2026"]).doubts_date(&rule(&["%d/%m/%Y", "%m/%d/%Y"])));
        assert!(!shapes(&["2026-03-04", "2026-04-14"]).doubts_date(&rule(&["iso"])));
        assert!(shapes(&[]).doubts_date(&rule(&["%d%m%Y"])), "its shape tells nothing");
        assert!(shapes(&[]).doubts_date(&rule(&["excel", "epoch"])), "its shape tells nothing");
    }
}
