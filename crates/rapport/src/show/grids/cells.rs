//! The value of a cell, for people and for spreadsheets.

use rapport_proto::time;
use rapport_views::page::{GridCell, Mark, Unit, Value};

use super::super::{
    number::{count, digits_of, fixed, money, money_plain, percent, plain_number},
    when::{Zone, days},
};

/// For people. What is not known, and words that are empty, are `-`.
pub(super) fn text(unit: Unit, cell: &GridCell, zone: &Zone) -> String {
    let text = if cell.name.is_empty() { value(unit, cell, zone) } else { cell.name.clone() };
    match cell.mark {
        None => text,
        Some(Mark::Observed) => format!("~{text}"),
        Some(Mark::Significant) => format!("{text} *"),
    }
}

fn value(unit: Unit, cell: &GridCell, zone: &Zone) -> String {
    match &cell.value {
        Value::Nothing => String::new(),
        Value::Unknown => "-".to_owned(),
        Value::Text(text) if text.is_empty() => "-".to_owned(),
        Value::Text(text) => text.clone(),
        Value::Count(number) if unit == Unit::Code => number.to_string(),
        Value::Count(number) => count(*number),
        Value::Number(number) => match unit {
            Unit::Share => percent(Some(*number)),
            Unit::Score => fixed(*number, digits(cell)),
            Unit::MoneyADay => money(whole(*number), &cell.currency),
            Unit::Ratio
            | Unit::Text
            | Unit::Code
            | Unit::Count
            | Unit::Money
            | Unit::Duration
            | Unit::Day
            | Unit::Moment => fixed(*number, 2),
        },
        Value::MinorUnits(units) => money(*units, &cell.currency),
        Value::Micros(micros) => days(Some(&time::duration_to_proto(*micros))),
        Value::Moment(moment) if unit == Unit::Day => zone.day(Some(&time::to_proto(*moment))),
        Value::Moment(moment) => zone.minute(Some(&time::to_proto(*moment))),
    }
}

/// For spreadsheets: amounts are decimal, shares are of 1, lengths of time in seconds; empty for what is not known.
pub(super) fn plain(cell: &GridCell, zone: &Zone) -> String {
    match &cell.value {
        Value::Nothing | Value::Unknown => String::new(),
        Value::Text(text) => text.clone(),
        Value::Count(number) => number.to_string(),
        Value::Number(number) => plain_number(Some(*number)),
        Value::MinorUnits(units) => money_plain(*units, &cell.currency),
        Value::Micros(micros) => plain_number(Some(*micros as f64 / 1e6)),
        Value::Moment(moment) => zone.rfc3339(Some(&time::to_proto(*moment))),
    }
}

/// The interval of a score, as precise as the score: `[0.3, 22.5]`.
pub(super) fn interval_of(cell: &GridCell) -> String {
    cell.interval.map_or_else(
        || "-".to_owned(),
        |(low, high)| {
            let digits = digits(cell);
            format!("[{}, {}]", fixed(low, digits), fixed(high, digits))
        },
    )
}

/// Digits behind the point: about two hundred steps on the scale of the score, and the interval no point.
fn digits(cell: &GridCell) -> usize {
    let on_scale = cell.scale.map_or(1, |(min, max)| digits_of((max - min) / 200.0)).max(1);
    on_scale.max(digits_of(cell.interval.map_or(0.0, |(low, high)| high - low) / 2.0))
}

/// A whole minor unit is finer than the measure.
#[expect(clippy::cast_possible_truncation, reason = "saturates, far above any amount")]
fn whole(minor_units: f64) -> i128 {
    minor_units.round() as i128
}
