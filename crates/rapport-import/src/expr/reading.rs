//! How the text of an expression becomes a number or a moment: as the mapping says, unless the file's format or a
//! computation has made it a number or a date already.
//!
//! How the texts of a column are read is one decision for the file (`run::scan`). This module watches the values from
//! which it is made, and looks it up.

use jiff::civil;
use rapport_model::Decimal;

use super::{
    condition::chosen,
    context::Context,
    tree::{Base, Expr, Otherwise, Part, Step},
};
use crate::value::{
    fault::Fault,
    moment::{self, DateFormat, DateRule},
    number::NumberStyle,
    reading::Reading,
};

impl Expr {
    /// The number that a text of this expression is.
    pub(crate) fn number(&self, text: &str, style: NumberStyle, row: &Context<'_>) -> Result<Decimal, Fault> {
        self.number_before(self.steps.len(), text, style, row)
    }

    /// The same where a text may as well be something else.
    pub(crate) fn number_if(&self, text: &str, style: NumberStyle, row: &Context<'_>) -> Option<Decimal> {
        self.number_read(self.steps.len(), text, style, row)
    }

    /// The number that the text is before the step at this place.
    pub(super) fn number_before(
        &self,
        step: usize,
        text: &str,
        style: NumberStyle,
        row: &Context<'_>,
    ) -> Result<Decimal, Fault> {
        match self.number_read(step, text, style, row) {
            Some(number) => Ok(number),
            // The import itself reports a wrong value; the rest of the row is still watched.
            None if row.binding.readings.watched.is_some() => Ok(Decimal { units: 0, scale: 0 }),
            None => Err(self.fault(text, style.expected())),
        }
    }

    fn number_read(&self, step: usize, text: &str, style: NumberStyle, row: &Context<'_>) -> Option<Decimal> {
        let watched = row.binding.readings.watched.as_ref();
        // A style with a decimal point reads plain numbers as well: where the text comes from makes no difference.
        let may_be_plain = watched.is_some() || style.decimal() != '.';
        if may_be_plain && self.is_plain_before(step, row) {
            // A cell of a spreadsheet that is a number has no other marks.
            return text.parse().ok().or_else(|| style.parse(text));
        }
        // A constant of the mapping belongs to no column.
        if let Some(watched) = watched.filter(|_| !self.label.is_empty()) {
            watched.borrow_mut().number(&self.label, style, text, row.line.line);
        }
        style.parse(text)
    }

    /// The moment that a text of this expression is, in microseconds since 1970.
    pub(crate) fn moment(&self, text: &str, rule: &DateRule, row: &Context<'_>) -> Result<i64, Fault> {
        let reading = self.reading_before(self.steps.len(), text, rule, row)?;
        rule.moment_of(reading).ok_or_else(|| self.fault(text, rule.expected()))
    }

    /// The same where a text may as well be something else.
    pub(crate) fn moment_if(&self, text: &str, rule: &DateRule, row: &Context<'_>) -> Option<i64> {
        rule.moment_of(self.date_read(self.steps.len(), text, rule, row)?)
    }

    /// The day that the text is before the step at this place.
    pub(super) fn date_before(
        &self,
        step: usize,
        text: &str,
        rule: &DateRule,
        row: &Context<'_>,
    ) -> Result<civil::Date, Fault> {
        self.reading_before(step, text, rule, row).map(|reading| rule.date_of(reading))
    }

    fn reading_before(
        &self,
        step: usize,
        text: &str,
        rule: &DateRule,
        row: &Context<'_>,
    ) -> Result<Reading, Fault> {
        let readings = &row.binding.readings;
        match self.date_read(step, text, rule, row) {
            Some(reading) => Ok(reading),
            None if readings.watched.is_some() => Ok(Reading::Day(civil::Date::ZERO)),
            None => Err(self.fault(text, readings.rule(&self.label, rule).expected())),
        }
    }

    fn date_read(&self, step: usize, text: &str, rule: &DateRule, row: &Context<'_>) -> Option<Reading> {
        if rule.formats == [DateFormat::Iso] {
            return moment::iso(text);
        }
        // `dates` does not apply to a date that the file's format or a computation gives.
        let iso = if text.as_bytes().get(4) == Some(&b'-') { moment::iso(text) } else { None };
        if iso.is_some() && self.is_plain_before(step, row) {
            return iso;
        }
        let readings = &row.binding.readings;
        // Nor to a text with a computed part that no format of `dates` reads.
        let otherwise = || iso.filter(|_| self.writes_iso_before(step));
        if let Some(watched) = &readings.watched {
            if !self.label.is_empty() && !self.is_plain_before(step, row) && otherwise().is_none() {
                watched.borrow_mut().date(&self.label, rule, text, row.line.line);
            }
            return rule.read(text).or_else(otherwise);
        }
        readings.rule(&self.label, rule).read(text).or_else(otherwise)
    }

    /// Whether the text on this row is not as the file's author wrote it, but as a computation or the file's format
    /// says: digits with a point, a date as ISO 8601.
    pub(crate) fn is_plain(&self, row: &Context<'_>) -> bool {
        self.is_plain_before(self.steps.len(), row)
    }

    fn is_plain_before(&self, step: usize, row: &Context<'_>) -> bool {
        let mut plain = match &self.base {
            Base::Template(parts) => match parts.as_slice() {
                [Part::Source(source)] => row.is_plain(source),
                [Part::Let(expr)] => expr.is_plain(row),
                [Part::At(end, expr)] => expr.is_plain(&row.at(*end)),
                _ => false,
            },
            Base::First(options) => {
                let chosen =
                    options.iter().find(|option| option.eval(row).is_ok_and(|text| !text.is_empty()));
                chosen.is_some_and(|option| option.is_plain(row))
            }
            Base::Times(..) | Base::Plus(..) | Base::Sum { .. } | Base::Between { .. } | Base::Moments(_) => {
                true
            }
            Base::Cases(cases) => {
                chosen(cases, row).is_ok_and(|value| value.is_some_and(|value| value.is_plain(row)))
            }
        };
        for (place, step) in self.steps.iter().enumerate().take(step) {
            plain = match step {
                Step::Number(_) | Step::Round(..) | Step::Date(_) => true,
                Step::When(_) | Step::Normalize(_) | Step::Flag | Step::Lower | Step::Upper => plain,
                Step::Default(other) => match self.eval_before(place, row) {
                    // A default stands in for a computed value, or is plain by itself.
                    Ok(text) if text.is_empty() => self.computes_before(place) || other.is_plain(row),
                    Ok(_) | Err(_) => plain,
                },
                // A text of a value table is written like the texts of the file.
                Step::Map(map, otherwise) => {
                    let kept = match otherwise {
                        Otherwise::Use(other) => other.is_plain(row),
                        Otherwise::Keep | Otherwise::Empty | Otherwise::Reject => plain,
                    };
                    kept && self.eval_before(place, row).is_ok_and(|text| !map.contains_key(text.as_ref()))
                }
                Step::After(_) | Step::Before(_) | Step::Hash => false,
            };
        }
        plain
    }

    /// Whether a step before this one makes a number or a date.
    fn computes_before(&self, step: usize) -> bool {
        let computes = |step: &Step| matches!(step, Step::Number(_) | Step::Round(..) | Step::Date(_));
        self.steps.iter().take(step).any(computes)
    }

    /// Whether a part of the text before this step may be a date that the mapping made, and not one that the file
    /// wrote.
    fn writes_iso_before(&self, step: usize) -> bool {
        let writes_iso = |expr: &Self| expr.writes_iso_before(expr.steps.len());
        let by_step = |step: &Step| match step {
            Step::Date(_) => true,
            Step::Default(other) => writes_iso(other),
            Step::When(_)
            | Step::Normalize(_)
            | Step::After(_)
            | Step::Before(_)
            | Step::Lower
            | Step::Upper
            | Step::Map(..)
            | Step::Number(_)
            | Step::Flag
            | Step::Round(..)
            | Step::Hash => false,
        };
        self.steps.iter().take(step).any(by_step)
            || match &self.base {
                Base::Moments(_) => true,
                Base::Template(parts) => {
                    parts.iter().any(|part| matches!(part, Part::Let(of) | Part::At(_, of) if writes_iso(of)))
                }
                Base::First(options) => options.iter().any(writes_iso),
                Base::Cases(cases) => cases.iter().any(|(_, value)| writes_iso(value)),
                Base::Times(..) | Base::Plus(..) | Base::Sum { .. } | Base::Between { .. } => false,
            }
    }
}
