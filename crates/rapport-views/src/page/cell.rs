//! One cell: a typed value, and what else is to be known of it.

use rapport_model::Timestamp;
use rapport_proto::{time, v1};

/// One cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GridCell {
    /// What it holds.
    pub value: Value,
    /// What people read instead of the value: the name of a code. Empty: the value.
    pub name: String,
    /// ISO 4217, of an amount.
    pub currency: String,
    /// What `FigureEvents` and `--figure` take, of a count; empty where there is none.
    pub figure: String,
    /// What else is to be known of the value.
    pub mark: Option<Mark>,
    /// The 95 % interval of a score.
    pub interval: Option<(f64, f64)>,
    /// The ends of the scale of a score.
    pub scale: Option<(f64, f64)>,
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// The row has no such value.
    #[default]
    Nothing,
    /// The row has such a value, and it is not known or not defined.
    Unknown,
    /// Words, a code or an id.
    Text(String),
    /// How many; also a code made of digits.
    Count(u64),
    /// A share, a score, a ratio, or an amount a day in minor units.
    Number(f64),
    /// An amount.
    MinorUnits(i128),
    /// A length of time, in microseconds.
    Micros(i64),
    /// A moment.
    Moment(Timestamp),
}

/// What else is to be known of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Observed, where others are defined.
    Observed,
    /// A difference beyond chance.
    Significant,
}

impl GridCell {
    fn of(value: Value) -> Self {
        Self { value, ..Self::default() }
    }

    /// The row has no such value.
    #[must_use]
    pub fn nothing() -> Self {
        Self::default()
    }

    /// There is such a value, and it is not known.
    #[must_use]
    pub fn unknown() -> Self {
        Self::of(Value::Unknown)
    }

    /// Words, a code or an id.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::of(Value::Text(text.to_owned()))
    }

    /// How many.
    #[must_use]
    pub fn count(count: u64) -> Self {
        Self::of(Value::Count(count))
    }

    /// How many, with the key by which the events behind it are listed.
    #[must_use]
    pub fn figure(figure: Option<&v1::Figure>) -> Self {
        figure.map_or_else(Self::default, |figure| Self {
            figure: figure.figure.clone(),
            ..Self::count(figure.count)
        })
    }

    /// A share, a score or a ratio; unknown where there is none.
    #[must_use]
    pub fn number(number: Option<f64>) -> Self {
        Self::of(number.map_or(Value::Unknown, Value::Number))
    }

    /// An amount: `narrow`, or `wide` where it needs more than 64 bits. Unknown without either or without a currency.
    #[must_use]
    pub fn money(narrow: Option<i64>, wide: &str, currency: &str) -> Self {
        let minor_units = narrow.map(i128::from).or_else(|| wide.parse().ok());
        let minor_units = minor_units.filter(|_| !currency.is_empty());
        Self::of(minor_units.map_or(Value::Unknown, Value::MinorUnits)).in_currency(currency)
    }

    /// An exact sum of amounts, as [`Self::money`].
    #[must_use]
    pub fn sum(sum: Option<&v1::Sum>, currency: &str) -> Self {
        sum.map_or_else(Self::default, |sum| Self::money(sum.minor_units, &sum.minor_units_wide, currency))
    }

    /// A share or a ratio, if there is one.
    #[must_use]
    pub fn number_if_any(number: Option<f64>) -> Self {
        number.map_or_else(Self::nothing, |number| Self::number(Some(number)))
    }

    /// A length of time; unknown where there is none.
    #[must_use]
    pub fn length(length: Option<&prost_types::Duration>) -> Self {
        Self::of(length.and_then(time::duration_from_proto).map_or(Value::Unknown, Value::Micros))
    }

    /// A moment, if there is one.
    #[must_use]
    pub fn moment(moment: Option<&prost_types::Timestamp>) -> Self {
        Self::of(moment.and_then(time::from_proto).map_or(Value::Nothing, Value::Moment))
    }

    /// With what people read instead of the value.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// In a currency.
    #[must_use]
    pub fn in_currency(self, currency: &str) -> Self {
        Self { currency: currency.to_owned(), ..self }
    }

    /// With a mark, if so.
    #[must_use]
    pub fn marked(self, mark: Mark, is_so: bool) -> Self {
        Self { mark: is_so.then_some(mark), ..self }
    }
}
