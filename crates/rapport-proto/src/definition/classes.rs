//! The bodies of definitions of classes: where A ends, how even X is, which scores.
//!
//! Every member may be left out: what is not said is the default.

use rapport_model::currency_exponent;

use super::{
    json::{Json, Object},
    reader::{Fault, Reader, read},
};

/// The kind of definition whose body says where A and B end.
pub const ABC: &str = "abc";
/// The kind of definition whose body says where X and Y end.
pub const XYZ: &str = "xyz";
/// The kind of definition whose body says where scores begin.
pub const RFM: &str = "rfm";
/// The codes of such definitions: what is put into classes.
pub const CODES: [&str; 2] = ["customer", "product"];

/// Where A and B end, in hundredths of a percent of the value; `a` < `b`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abc {
    /// 8,000 when left out.
    pub a: u32,
    /// 9,500 when left out.
    pub b: u32,
}

impl Default for Abc {
    fn default() -> Self {
        Self { a: 8_000, b: 9_500 }
    }
}

/// Where X and Y end, in hundredths of a percent of variation; `x` < `y`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Xyz {
    /// 1,000 when left out.
    pub x: u32,
    /// 2,500 when left out.
    pub y: u32,
}

impl Default for Xyz {
    fn default() -> Self {
        Self { x: 1_000, y: 2_500 }
    }
}

/// The borders between the scores 1 to 5, ascending; quintiles where none are given.
pub type Borders = [i64; 4];

/// How RFM scores.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rfm {
    /// In days: who bought longer ago has a lower score.
    pub recency_days: Option<Borders>,
    /// In purchases: from a border on the score is higher.
    pub frequency: Option<Borders>,
    /// By currency, in minor units: from a border on the score is higher.
    pub monetary: Vec<(String, Borders)>,
}

/// Reads the body of an ABC: `{"a": 80, "b": 95}`; with its flaws.
///
/// # Errors
/// Everything that keeps it from being read.
pub fn abc(body: &str) -> Result<(Abc, Vec<Fault>), Vec<Fault>> {
    read(body, |reader, body| {
        let Abc { a, b } = Abc::default();
        let (a, b) = reader.two_percents(body, [("a", a), ("b", b)], 100.0);
        Abc { a, b }
    })
}

/// Reads the body of an XYZ: `{"x": 10, "y": 25}`; with its flaws.
///
/// # Errors
/// Everything that keeps it from being read.
pub fn xyz(body: &str) -> Result<(Xyz, Vec<Fault>), Vec<Fault>> {
    read(body, |reader, body| {
        let Xyz { x, y } = Xyz::default();
        let (x, y) = reader.two_percents(body, [("x", x), ("y", y)], 1_000.0);
        Xyz { x, y }
    })
}

/// Reads the body of an RFM: `{"recency_days": [four], "frequency": [four], "monetary": [{"currency": …,
/// "minor_units": [four]}, …]}`; with its flaws.
///
/// # Errors
/// Everything that keeps it from being read.
pub fn rfm(body: &str) -> Result<(Rfm, Vec<Fault>), Vec<Fault>> {
    read(body, |reader, body| {
        let [recency_days, frequency, monetary] =
            reader.members("body", body, ["recency_days", "frequency", "monetary"]);
        Rfm {
            recency_days: recency_days.and_then(|value| reader.borders("body.recency_days", value)),
            frequency: frequency.and_then(|value| reader.borders("body.frequency", value)),
            monetary: monetary.map(|value| reader.monetary(value)).unwrap_or_default(),
        }
    })
}

impl Reader {
    /// Two percents in hundredths of one, the second above the first.
    fn two_percents(&mut self, body: Object, [first, second]: [(&str, u32); 2], most: f64) -> (u32, u32) {
        let [low, high] = self.members("body", body, [first.0, second.0]);
        let low = low.map_or(Some(first.1), |value| self.percent(first.0, value, most));
        let high = high.map_or(Some(second.1), |value| self.percent(second.0, value, most));
        if let (Some(low), Some(high)) = (low, high)
            && low >= high
        {
            let expected = format!("expected more than `{}`, which is {}", first.0, f64::from(low) / 100.0);
            self.faults.push(self.fault(&format!("body.{}", second.0), expected));
        }
        (low.unwrap_or_default(), high.unwrap_or_default())
    }

    fn percent(&mut self, member: &str, value: Json, most: f64) -> Option<u32> {
        match value {
            Json::Number(number) if number > 0.0 && number <= most => {
                let hundredths = (number * 100.0).round();
                if (number * 100.0 - hundredths).abs() < 1e-6 {
                    return whole(hundredths).and_then(|whole| u32::try_from(whole).ok());
                }
                self.wrong(&format!("body.{member}"), "at most two decimals", &Json::Number(number))
            }
            other => {
                let expected = format!("percent above 0 and at most {most}");
                self.wrong(&format!("body.{member}"), &expected, &other)
            }
        }
    }

    fn borders(&mut self, path: &str, value: Json) -> Option<Borders> {
        let Json::List(list) = value else {
            return self.wrong(path, "a list of four whole numbers", &value);
        };
        let numbers: Vec<_> = list
            .iter()
            .filter_map(|value| match value {
                Json::Number(number) => whole(*number).filter(|number| *number >= 0),
                Json::Null | Json::Bool | Json::Text(_) | Json::List(_) | Json::Object(_) => None,
            })
            .collect();
        let ascending = numbers.iter().zip(numbers.iter().skip(1)).all(|(a, b)| a < b);
        let four = Borders::try_from(numbers).ok().filter(|_| ascending && list.len() == 4);
        if four.is_none() {
            let expected = "expected four whole numbers from 0 on, each above the one before";
            self.faults.push(self.fault(path, expected));
        }
        four
    }

    fn monetary(&mut self, value: Json) -> Vec<(String, Borders)> {
        let Json::List(list) = value else {
            return self.wrong("body.monetary", "a list", &value).unwrap_or_default();
        };
        let mut read: Vec<(String, Borders)> = Vec::with_capacity(list.len());
        for (index, one) in list.into_iter().enumerate() {
            let path = format!("body.monetary[{index}]");
            let Some(one) = self.object(&path, one) else { continue };
            let [currency, borders] = self.members(&path, one, ["currency", "minor_units"]);
            let currency_path = format!("{path}.currency");
            let currency = match currency {
                Some(Json::Text(code)) if currency_exponent(&code).is_some() => Some(code),
                Some(other) => self.wrong(&currency_path, "an ISO 4217 code such as `EUR`", &other),
                None => {
                    self.faults.push(self.fault(&currency_path, "expected a value, found none"));
                    None
                }
            };
            if currency.as_ref().is_some_and(|code| read.iter().any(|(known, _)| known == code)) {
                self.faults.push(self.fault(&currency_path, "expected each currency once"));
            }
            let borders = self.borders(&format!("{path}.minor_units"), borders.unwrap_or(Json::Null));
            read.extend(currency.zip(borders));
        }
        read
    }
}

/// A whole number that JSON's numbers hold exactly.
fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53, as just compared")]
    (number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_the_default() {
        assert_eq!(abc("{}").unwrap(), (Abc { a: 8_000, b: 9_500 }, vec![]));
        assert_eq!(abc(r#"{"a": 70.25}"#).unwrap().0, Abc { a: 7_025, b: 9_500 });
        assert_eq!(abc(r#"{"a": 14.28, "b": 100}"#).unwrap().0, Abc { a: 1_428, b: 10_000 });
        assert_eq!(xyz(r#"{"y": 50}"#).unwrap().0, Xyz { x: 1_000, y: 5_000 });
        assert_eq!(rfm("{}").unwrap(), (Rfm::default(), vec![]));
        let body =
            r#"{"frequency": [2, 3, 5, 10], "monetary": [{"currency": "EUR", "minor_units": [0, 1, 2, 3]}]}"#;
        let read = rfm(body).unwrap().0;
        assert_eq!((read.recency_days, read.frequency), (None, Some([2, 3, 5, 10])));
        assert_eq!(read.monetary, [("EUR".to_owned(), [0, 1, 2, 3])]);
    }

    #[test]
    fn what_no_view_could_use_is_named_with_its_path() {
        let paths = |kind: &str, body: &str| {
            let refused = super::super::refused(kind, body).unwrap();
            refused.into_iter().map(|fault| fault.path).collect::<Vec<_>>()
        };
        for (kind, body, path) in [
            (ABC, "7", "body"),
            (ABC, r#"{"a": 96}"#, "body.b"),
            (ABC, r#"{"a": 80, "b": 80}"#, "body.b"),
            (ABC, r#"{"b": 101}"#, "body.b"),
            (ABC, r#"{"a": 0}"#, "body.a"),
            (ABC, r#"{"a": 33.333}"#, "body.a"),
            (ABC, r#"{"a": "80"}"#, "body.a"),
            (ABC, r#"{"A": 80}"#, "body.A"),
            (XYZ, r#"{"x": 25}"#, "body.y"),
            (XYZ, r#"{"y": null}"#, "body.y"),
            (RFM, r#"{"frequency": [1, 2, 3]}"#, "body.frequency"),
            (RFM, r#"{"frequency": [1, 2, 2, 3]}"#, "body.frequency"),
            (RFM, r#"{"frequency": [1, 2, 2.5, 3]}"#, "body.frequency"),
            (RFM, r#"{"frequency": [-1, 2, 3, 4]}"#, "body.frequency"),
            (RFM, r#"{"frequency": [1, 2, 3, 4, null]}"#, "body.frequency"),
            (RFM, r#"{"recency_days": 30}"#, "body.recency_days"),
            (RFM, r#"{"monetary": {}}"#, "body.monetary"),
            (RFM, r#"{"monetary": [{"minor_units": [1, 2, 3, 4]}]}"#, "body.monetary[0].currency"),
            (RFM, r#"{"monetary": [{"currency": "EUR"}]}"#, "body.monetary[0].minor_units"),
            (RFM, r#"{"quintiles": true}"#, "body.quintiles"),
        ] {
            assert_eq!(paths(kind, body), [path], "{kind} {body}");
        }
        let twice = r#"{"currency": "EUR", "minor_units": [1, 2, 3, 4]}"#;
        assert_eq!(
            paths(RFM, &format!(r#"{{"monetary": [{twice}, {twice}]}}"#)),
            ["body.monetary[1].currency"]
        );
    }
}
