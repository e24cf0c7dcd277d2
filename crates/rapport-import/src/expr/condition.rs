//! Conditions over a row.

use rapport_model::Decimal;

use super::{Expr, context::Context};
use crate::value::number::{NumberStyle, sum};

/// One of the alternatives must hold; all tests of an alternative must.
#[derive(Debug)]
pub(crate) struct Condition(pub Vec<Vec<Test>>);

#[derive(Debug)]
pub(crate) struct Test {
    pub subject: Expr,
    pub op: Op,
}

#[derive(Debug)]
pub(crate) enum Op {
    In(Vec<String>),
    NotIn(Vec<String>),
    Empty(bool),
    Starts(Vec<String>),
    Above(Decimal, NumberStyle),
    Below(Decimal, NumberStyle),
    Same(Box<Expr>),
    Differs(Box<Expr>),
}

impl Condition {
    /// Whether the row meets it. An expression that cannot be evaluated does not hold; where its value is used, it
    /// is a reject.
    pub fn holds(&self, row: &Context<'_>) -> bool {
        self.0.iter().any(|tests| tests.iter().all(|test| test.holds(row)))
    }

    /// Whether a value must be one of some words.
    pub fn asks_for_words(&self) -> bool {
        self.0.iter().flatten().any(|test| matches!(test.op, Op::In(_)))
    }
}

impl Test {
    fn holds(&self, row: &Context<'_>) -> bool {
        let Ok(text) = self.subject.eval(row) else { return false };
        let other = |expr: &Expr| expr.eval(row).is_ok_and(|other| other == text);
        let known = |words: &[String]| {
            let known = words.iter().any(|word| *word == text);
            if !known {
                row.binding.readings.words.borrow_mut().note(&self.subject, words, &text, row.line.line);
            }
            known
        };
        match &self.op {
            Op::In(words) => known(words),
            Op::NotIn(words) => !known(words),
            Op::Empty(empty) => text.is_empty() == *empty,
            Op::Starts(starts) => starts.iter().any(|start| text.starts_with(start.as_str())),
            Op::Above(limit, numbers) => {
                self.difference(&text, *limit, *numbers, row).is_some_and(|units| units > 0)
            }
            Op::Below(limit, numbers) => {
                self.difference(&text, *limit, *numbers, row).is_some_and(|units| units < 0)
            }
            Op::Same(expr) => other(expr),
            Op::Differs(expr) => !other(expr),
        }
    }

    fn difference(&self, text: &str, limit: Decimal, numbers: NumberStyle, row: &Context<'_>) -> Option<i64> {
        let minus = Decimal { units: limit.units.checked_neg()?, scale: limit.scale };
        let number = self.subject.number(text, numbers, row).ok()?;
        sum(number, minus).map(|difference| difference.units)
    }
}
