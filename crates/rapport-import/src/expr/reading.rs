//! How the text of an expression becomes a number or a moment: by what the mapping says, unless the file or a
//! computation has already said it.
//!
//! Which way the texts of a column are read is one decision for the file (`run::scan`): it is looked up here, and here
//! the values are watched from which it is made.

use std::{borrow::Cow, cell::RefCell, sync::Arc};

use jiff::civil;
use rapport_model::Decimal;

use super::{Base, Expr, Part, Source, Step, context::Context};
use crate::value::{
    evidence::Evidence,
    fault::Fault,
    moment::{self, DateFormat, DateRule, Reading},
    number::NumberStyle,
};

/// What is decided for a file, and what is watched to decide it.
#[derive(Debug, Default)]
pub(crate) struct Readings {
    pub decided: Vec<Decided>,
    pub watched: Option<RefCell<Watched>>,
}

/// The rule of a column in place of one of the mapping.
#[derive(Debug, Clone)]
pub(crate) struct Decided {
    pub column: String,
    pub formats: Vec<DateFormat>,
    pub rule: Arc<DateRule>,
}

/// What the values of each column say, for each way in which the mapping reads it.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    pub dates: Vec<(String, DateRule, Vec<DateFormat>, Evidence)>,
    pub numbers: Vec<(String, NumberStyle, Evidence)>,
}

impl Readings {
    pub fn watching() -> Self {
        Self { decided: Vec::new(), watched: Some(RefCell::default()) }
    }

    fn rule<'a>(&'a self, column: &str, rule: &'a DateRule) -> &'a DateRule {
        let decided = self.decided.iter().find(|one| one.column == column && one.formats == rule.formats);
        decided.map_or(rule, |one| &one.rule)
    }
}

impl Watched {
    fn date(&mut self, column: &str, rule: &DateRule, text: &str, line: u64) {
        let known =
            self.dates.iter().position(|(name, known, ..)| name == column && known.formats == rule.formats);
        let place = known.unwrap_or_else(|| {
            let candidates = rule.candidates();
            let evidence = Evidence::new(candidates.len());
            self.dates.push((column.to_owned(), rule.clone(), candidates, evidence));
            self.dates.len() - 1
        });
        if let Some((_, _, candidates, evidence)) = self.dates.get_mut(place) {
            let readings: Vec<Option<Reading>> = candidates.iter().map(|format| format.read(text)).collect();
            evidence.note(line, &readings);
        }
    }

    fn number(&mut self, column: &str, style: NumberStyle, text: &str, line: u64) {
        let Some(exchanged) = style.exchanged() else { return };
        let known = self.numbers.iter().position(|(name, known, _)| name == column && *known == style);
        let place = known.unwrap_or_else(|| {
            self.numbers.push((column.to_owned(), style, Evidence::new(2)));
            self.numbers.len() - 1
        });
        if let Some((_, _, evidence)) = self.numbers.get_mut(place) {
            let value = |style: NumberStyle| style.parse(text).map(crate::value::number::shortest);
            let same = |number: Decimal| (number.units, number.scale);
            evidence.note(line, &[value(style).map(same), value(exchanged).map(same)]);
        }
    }
}

impl Expr {
    /// The number that a text of this expression is.
    pub fn number(&self, text: &str, style: NumberStyle, row: &Context<'_>) -> Result<Decimal, Fault> {
        self.number_before(self.steps.len(), text, style, row)
    }

    /// The number that the text is before the step at this place.
    pub(super) fn number_before(
        &self,
        step: usize,
        text: &str,
        style: NumberStyle,
        row: &Context<'_>,
    ) -> Result<Decimal, Fault> {
        let watched = row.binding.readings.watched.as_ref();
        // What machines write with a point is the same in this style, so nobody has to know where it comes from.
        let may_be_plain = watched.is_some() || style.decimal() != '.';
        if may_be_plain && self.is_plain_before(step, row) {
            // A cell of a spreadsheet that is a number has no other marks.
            return text
                .parse()
                .ok()
                .or_else(|| style.parse(text))
                .ok_or_else(|| self.fault(text, style.expected()));
        }
        if let Some(watched) = watched {
            watched.borrow_mut().number(&self.label, style, text, row.line.line);
            // What is wrong with a value is said when it is imported; the rest of the row is watched, too.
            return Ok(style.parse(text).unwrap_or(Decimal { units: 0, scale: 0 }));
        }
        style.parse(text).ok_or_else(|| self.fault(text, style.expected()))
    }

    /// The moment that a text of this expression is, in microseconds since 1970.
    pub fn moment(&self, text: &str, rule: &DateRule, row: &Context<'_>) -> Result<i64, Fault> {
        let reading = self.reading_before(self.steps.len(), text, rule, row)?;
        rule.moment_of(reading).ok_or_else(|| self.fault(text, rule.expected()))
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
        if let Some(watched) = &row.binding.readings.watched {
            if !self.is_plain_before(step, row) {
                watched.borrow_mut().date(&self.label, rule, text, row.line.line);
            }
            return Ok(rule.read(text).unwrap_or(Reading::Day(civil::Date::ZERO)));
        }
        // A date as the file's format or a computation says it is not a matter of `dates`.
        if text.as_bytes().get(4) == Some(&b'-')
            && let Some(reading) = moment::iso(text).filter(|_| self.is_plain_before(step, row))
        {
            return Ok(reading);
        }
        let decided = row.binding.readings.rule(&self.label, rule);
        decided.read(text).ok_or_else(|| self.fault(text, decided.expected()))
    }

    /// Whether the text on this row is not as the file's author wrote it, but as a computation or the file's format
    /// says: digits with a point, a date as ISO 8601.
    fn is_plain(&self, row: &Context<'_>) -> bool {
        self.is_plain_before(self.steps.len(), row)
    }

    fn is_plain_before(&self, step: usize, row: &Context<'_>) -> bool {
        let mut plain = match &self.base {
            Base::Template(parts) => match parts.as_slice() {
                [Part::Source(source)] => source.is_plain(row),
                [Part::Let(expr)] => expr.is_plain(row),
                _ => false,
            },
            Base::First(options) => {
                let chosen =
                    options.iter().find(|option| option.eval(row).is_ok_and(|text| !text.is_empty()));
                chosen.is_some_and(|option| option.is_plain(row))
            }
            Base::Times(..) | Base::Plus(..) | Base::Sum { .. } | Base::Between { .. } => true,
            Base::Cases(cases) => {
                let chosen = cases.iter().find(|(when, _)| when.as_ref().is_none_or(|when| when.holds(row)));
                chosen.is_some_and(|(_, value)| value.is_plain(row))
            }
        };
        for step in self.steps.iter().take(step) {
            plain = match step {
                Step::Number(_) | Step::Round(..) | Step::Date(_) => true,
                Step::When(_) | Step::Flag | Step::Lower | Step::Upper => plain,
                // As the mapping's author writes it.
                Step::After(_) | Step::Before(_) | Step::Map(..) | Step::Hash | Step::Default(_) => {
                    plain && self.same_text(step, row)
                }
            };
        }
        plain
    }

    /// Whether a step that may change the text has left it, so that it is what it was.
    fn same_text(&self, step: &Step, row: &Context<'_>) -> bool {
        let Ok(before) = self.base(row) else { return false };
        match step {
            Step::Default(_) => !before.is_empty(),
            Step::Map(map, _) => !map.contains_key(before.as_ref()),
            _ => false,
        }
    }
}

impl Source {
    fn is_plain(&self, row: &Context<'_>) -> bool {
        match self {
            // Of the row before its text alone is kept; the cells of a column are of one kind.
            Self::Column(slot) | Self::Previous(slot) => row.binding.is_typed(row.line, *slot),
            Self::First(slot) => row.group.first().is_some_and(|line| row.binding.is_typed(line, *slot)),
            Self::Joined { join, slot } => row.is_typed_in_join(*join, *slot),
            Self::RowId => false,
            Self::Line | Self::Place => true,
        }
    }
}

/// The digits of a number, for steps that leave one.
pub(super) fn digits<'a>(number: Decimal) -> Cow<'a, str> {
    Cow::Owned(number.to_string())
}
