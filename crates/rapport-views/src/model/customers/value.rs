//! What a customer has in a field, and how that compares.

use std::cmp::Ordering;

use jiff::civil::Date;
use rapport_model::Timestamp;

use super::condition::{Literal, Test, Truth};

/// What a customer has in a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    Text(&'a str),
    Count(u64),
    Number(f64),
    /// Minor units of a currency; without one it is nothing, in every currency.
    Money(i128, &'a str),
    /// Whole days.
    Days(u32),
    /// A moment, and its day.
    Day(Timestamp, Date),
}

impl Value<'_> {
    /// Beside the value of another customer; amounts are in one currency.
    pub(super) fn beside(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            (Self::Count(one), Self::Count(other)) => one.cmp(other),
            (Self::Number(one), Self::Number(other)) => one.total_cmp(other),
            (Self::Money(one, _), Self::Money(other, _)) => one.cmp(other),
            (Self::Days(one), Self::Days(other)) => one.cmp(other),
            (Self::Day(one, _), Self::Day(other, _)) => one.cmp(other),
            // A field holds values of one kind.
            (
                Self::Text(_)
                | Self::Count(_)
                | Self::Number(_)
                | Self::Money(..)
                | Self::Days(_)
                | Self::Day(..),
                _,
            ) => Ordering::Equal,
        }
    }

    /// Beside what a condition says; `None` where the two cannot be compared.
    fn beside_literal(&self, literal: &Literal, today: Date) -> Option<Ordering> {
        match (self, literal) {
            (Self::Text(text), Literal::Text(written)) => Some((*text).cmp(written.as_str())),
            (Self::Count(count), Literal::Count(written)) => Some(i128::from(*count).cmp(written)),
            (Self::Number(number), Literal::Number(written)) => number.partial_cmp(written),
            (Self::Money(amount, in_this), Literal::Money { minor_units, currency }) => {
                (in_this.is_empty() || in_this == currency).then(|| amount.cmp(minor_units))
            }
            (Self::Days(days), Literal::Length(length)) => {
                Some(i64::from(*days).cmp(&i64::from(length.days(today))))
            }
            (Self::Day(_, day), Literal::Day(written)) => Some(day.cmp(written)),
            (
                Self::Text(_)
                | Self::Count(_)
                | Self::Number(_)
                | Self::Money(..)
                | Self::Days(_)
                | Self::Day(..),
                _,
            ) => None,
        }
    }
}

impl Test {
    /// Whether a value fulfils it.
    pub(super) fn holds_for(&self, value: Option<Value<'_>>, today: Date) -> Truth {
        let Some(value) = value else { return Truth::Unknown };
        let one = |literal| match value.beside_literal(literal, today) {
            Some(is) => Truth::of(self.op.holds(is)),
            None => Truth::Unknown,
        };
        self.any_of.iter().map(one).max().unwrap_or(Truth::No)
    }
}
