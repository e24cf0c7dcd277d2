//! Conditions over a row.

use rapport_model::Decimal;

use super::{
    context::Context,
    tree::{Condition, Expr, Op, Test},
};
use crate::value::{
    fault::Fault,
    number::{NumberStyle, sum},
};

impl Condition {
    /// Whether the row meets it.
    ///
    /// # Errors
    /// A value cannot be read, and the other tests do not decide without it.
    pub(crate) fn holds(&self, row: &Context<'_>) -> Result<bool, Fault> {
        let mut undecided = None;
        for tests in &self.0 {
            match all(tests, row) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(fault) => undecided = undecided.or(Some(fault)),
            }
        }
        undecided.map_or(Ok(false), Err)
    }

    /// Whether a value must be one of some words.
    pub(crate) fn asks_for_words(&self) -> bool {
        self.0.iter().flatten().any(|test| matches!(test.op, Op::In(_)))
    }
}

/// Whether every test holds. One that does not decides, whatever the others are.
fn all(tests: &[Test], row: &Context<'_>) -> Result<bool, Fault> {
    let mut undecided = None;
    for test in tests {
        match test.holds(row) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(fault) => undecided = undecided.or(Some(fault)),
        }
    }
    undecided.map_or(Ok(true), Err)
}

impl Test {
    fn holds(&self, row: &Context<'_>) -> Result<bool, Fault> {
        let text = self.subject.eval(row)?;
        let other = |expr: &Expr| expr.eval(row).map(|other| other == text);
        let known = |words: &[String]| {
            let known = words.iter().any(|word| *word == text);
            if !known {
                row.binding.readings.words.borrow_mut().note(&self.subject, words, &text, row.line.line);
            }
            known
        };
        Ok(match &self.op {
            Op::In(words) => known(words),
            Op::NotIn(words) => !known(words),
            Op::Empty(empty) => text.is_empty() == *empty,
            Op::Starts(starts) => starts.iter().any(|start| text.starts_with(start.as_str())),
            Op::Above(limit, numbers) => {
                self.difference(&text, *limit, *numbers, row)?.is_some_and(|units| units > 0)
            }
            Op::Below(limit, numbers) => {
                self.difference(&text, *limit, *numbers, row)?.is_some_and(|units| units < 0)
            }
            Op::Same(expr) => other(expr)?,
            Op::Differs(expr) => !other(expr)?,
        })
    }

    /// The number minus the limit, as a count of units in the finer scale of the two. `None` if the text is empty.
    fn difference(
        &self,
        text: &str,
        limit: Decimal,
        numbers: NumberStyle,
        row: &Context<'_>,
    ) -> Result<Option<i64>, Fault> {
        if text.is_empty() {
            return Ok(None);
        }
        let number = self.subject.number(text, numbers, row)?;
        let minus = limit.units.checked_neg().map(|units| Decimal { units, scale: limit.scale });
        let difference = minus.and_then(|minus| sum(number, minus));
        let difference =
            difference.ok_or_else(|| self.subject.fault(text, "the number has too many digits"))?;
        Ok(Some(difference.units))
    }
}

/// The value of the first case whose condition holds.
pub(super) fn chosen<'a>(
    cases: &'a [(Option<Condition>, Expr)],
    row: &Context<'_>,
) -> Result<Option<&'a Expr>, Fault> {
    for (when, value) in cases {
        if holds(when.as_ref(), row)? {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// Whether a row meets a condition, if there is one.
pub(crate) fn holds(when: Option<&Condition>, row: &Context<'_>) -> Result<bool, Fault> {
    when.map_or(Ok(true), |when| when.holds(row))
}
