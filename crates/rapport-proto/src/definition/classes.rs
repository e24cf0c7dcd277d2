//! The bodies of definitions of classes, as classes use them: percents in hundredths, borders in fours.
//!
//! Every member may be left out: what is not said is the default.

pub use super::kinds::{ABC, RFM, XYZ};
use super::{fault::Fault, read};
use crate::v1;

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

/// Where the levels of the customer pyramid end, in hundredths of a percent of the customers; `top` < `large` < `medium`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pyramid {
    /// 100 when left out.
    pub top: u32,
    /// 500 when left out.
    pub large: u32,
    /// 2,000 when left out.
    pub medium: u32,
    /// Whoever bought nothing for so many months is inactive: 12 when left out.
    pub window_months: u32,
}

impl Default for Pyramid {
    /// Curry's 1, 4 and 15 %, added up.
    fn default() -> Self {
        Self { top: 100, large: 500, medium: 2_000, window_months: 12 }
    }
}

/// Reads the body of a pyramid: `{"top": 1, "large": 5, "medium": 20, "window_months": 12}`; with its flaws.
///
/// # Errors
/// Everything that keeps it from being read.
pub fn pyramid(body: &str) -> Result<(Pyramid, Vec<Fault>), Vec<Fault>> {
    let (says, flaws) = read::<v1::PyramidDefinition>(body)?;
    let default = Pyramid::default();
    let pyramid = Pyramid {
        top: hundredths(says.top, default.top),
        large: hundredths(says.large, default.large),
        medium: hundredths(says.medium, default.medium),
        window_months: says.window_months.unwrap_or(default.window_months),
    };
    Ok((pyramid, flaws))
}

/// Reads the body of an ABC: `{"a": 80, "b": 95}`; with its flaws.
///
/// # Errors
/// Everything that keeps it from being read.
pub fn abc(body: &str) -> Result<(Abc, Vec<Fault>), Vec<Fault>> {
    let (says, flaws) = read::<v1::AbcDefinition>(body)?;
    let default = Abc::default();
    Ok((Abc { a: hundredths(says.a, default.a), b: hundredths(says.b, default.b) }, flaws))
}

/// Reads the body of an XYZ: `{"x": 10, "y": 25}`; with its flaws.
///
/// # Errors
/// Everything that keeps it from being read.
pub fn xyz(body: &str) -> Result<(Xyz, Vec<Fault>), Vec<Fault>> {
    let (says, flaws) = read::<v1::XyzDefinition>(body)?;
    let default = Xyz::default();
    Ok((Xyz { x: hundredths(says.x, default.x), y: hundredths(says.y, default.y) }, flaws))
}

/// Reads the body of an RFM: `{"recency_days": [four], "frequency": [four], "monetary": [{"currency": …,
/// "minor_units": [four]}, …]}`; with its flaws.
///
/// # Errors
/// Everything that keeps it from being read.
pub fn rfm(body: &str) -> Result<(Rfm, Vec<Fault>), Vec<Fault>> {
    let (says, flaws) = read::<v1::RfmDefinition>(body)?;
    // A list that was read has four numbers or is missing.
    let borders = |list: Vec<i64>| Borders::try_from(list).ok();
    let monetary = says.monetary.into_iter();
    let monetary = monetary.filter_map(|one| Some((one.currency, borders(one.minor_units)?))).collect();
    let (recency_days, frequency) = (borders(says.recency_days), borders(says.frequency));
    Ok((Rfm { recency_days, frequency, monetary }, flaws))
}

/// A percent that was read, in hundredths of one.
fn hundredths(percent: Option<f64>, left_out: u32) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to 1,000 percent, see the table of kinds"
    )]
    percent.map_or(left_out, |percent| (percent * 100.0).round() as u32)
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
            let refused = super::super::refused(kind, body);
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
