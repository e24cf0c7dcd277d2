//! The text of an expression on a row.

use std::{borrow::Cow, sync::Arc};

use rapport_model::Decimal;

use super::{
    condition::chosen,
    context::Context,
    tree::{Base, Expr, Many, Otherwise, Part, Step},
};
use crate::{
    digest::hash,
    value::{
        fault::Fault,
        flag::flag,
        moment::DateRule,
        number::{NumberStyle, shortest, sum},
    },
};

impl Expr {
    /// The text on this row; empty means no value.
    pub(crate) fn eval<'a>(&'a self, row: &Context<'a>) -> Result<Cow<'a, str>, Fault> {
        self.eval_before(self.steps.len(), row)
    }

    /// The text before the step at this place.
    pub(super) fn eval_before<'a>(&'a self, step: usize, row: &Context<'a>) -> Result<Cow<'a, str>, Fault> {
        let mut text = self.base(row)?;
        for (place, step) in self.steps.iter().enumerate().take(step) {
            text = self.step(place, step, text, row)?;
        }
        Ok(text)
    }

    /// Whether its text is a plain number that the mapping made.
    pub(crate) fn writes_number(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Number(_) | Step::Round(..)))
            || match &self.base {
                Base::Times(..) | Base::Plus(..) | Base::Sum { .. } | Base::Between { .. } => true,
                Base::Template(parts) => match parts.as_slice() {
                    [Part::Let(of) | Part::At(_, of)] => of.writes_number(),
                    _ => false,
                },
                Base::First(options) => options.iter().all(Self::writes_number),
                Base::Cases(cases) => cases.iter().all(|(_, value)| value.writes_number()),
                Base::Moments(_) => false,
            }
    }

    pub(crate) fn fault(&self, value: &str, reason: impl Into<String>) -> Fault {
        Fault::new(&self.label, value, reason)
    }

    fn base<'a>(&'a self, row: &Context<'a>) -> Result<Cow<'a, str>, Fault> {
        match &self.base {
            Base::Template(parts) => template(parts, row),
            Base::First(options) => {
                for option in options {
                    let text = option.eval(row)?;
                    if !text.is_empty() {
                        return Ok(text);
                    }
                }
                Ok(Cow::Borrowed(""))
            }
            Base::Times(factors, numbers) => {
                let one = Decimal { units: 1, scale: 0 };
                self.fold(factors, one, *numbers, row, |product, factor| {
                    shortest(product).times(shortest(factor))
                })
            }
            Base::Plus(terms, numbers) => {
                self.fold(terms, Decimal { units: 0, scale: 0 }, *numbers, row, sum)
            }
            Base::Sum { over, of, numbers } => self.sum_over(*over, of, *numbers, row),
            Base::Cases(cases) => chosen(cases, row)?.map_or(Ok(Cow::Borrowed("")), |value| value.eval(row)),
            Base::Between { from, to, dates } => {
                let (Some(from), Some(to)) = (moment_of(from, dates, row)?, moment_of(to, dates, row)?)
                else {
                    return Ok(Cow::Borrowed(""));
                };
                let seconds = Decimal { units: to - from, scale: 6 };
                Ok(Cow::Owned(shortest(seconds).to_string()))
            }
            Base::Moments(moments) => moments.text(row),
        }
    }

    /// Numbers taken together; no value when any of them has none.
    fn fold<'a>(
        &'a self,
        parts: &'a [Expr],
        start: Decimal,
        numbers: NumberStyle,
        row: &Context<'a>,
        combine: impl Fn(Decimal, Decimal) -> Option<Decimal>,
    ) -> Result<Cow<'a, str>, Fault> {
        let mut total = start;
        for part in parts {
            let text = part.eval(row)?;
            if text.is_empty() {
                return Ok(Cow::Borrowed(""));
            }
            let number = part.number(&text, numbers, row)?;
            total =
                combine(total, number).ok_or_else(|| part.fault(&text, "the result has too many digits"))?;
        }
        Ok(Cow::Owned(total.to_string()))
    }

    fn sum_over<'a>(
        &'a self,
        over: Many,
        of: &'a Expr,
        numbers: NumberStyle,
        row: &Context<'a>,
    ) -> Result<Cow<'a, str>, Fault> {
        let mut total = None;
        for item in row.items(over) {
            let text = of.eval(&item)?;
            if text.is_empty() {
                continue;
            }
            let number = of.number(&text, numbers, &item)?;
            let sum = sum(total.unwrap_or(Decimal { units: 0, scale: 0 }), number);
            total = Some(sum.ok_or_else(|| of.fault(&text, "the sum has too many digits"))?);
        }
        Ok(total.map_or(Cow::Borrowed(""), |total| Cow::Owned(total.to_string())))
    }

    fn step<'a>(
        &'a self,
        place: usize,
        step: &'a Step,
        text: Cow<'a, str>,
        row: &Context<'a>,
    ) -> Result<Cow<'a, str>, Fault> {
        Ok(match step {
            Step::When(condition) => {
                if condition.holds(row)? {
                    text
                } else {
                    Cow::Borrowed("")
                }
            }
            Step::Default(default) if text.is_empty() => default.eval(row)?,
            Step::Default(_) => text,
            // Everything below reads the text; no text stays no text.
            _ if text.is_empty() => text,
            Step::Normalize(form) => match text {
                Cow::Borrowed(text) => form.of(text),
                Cow::Owned(text) => Cow::Owned(form.of(&text).into_owned()),
            },
            Step::After(mark) => match text.find(mark.as_str()) {
                Some(at) => cut(text, |text| text.get(at + mark.len()..)),
                None => text,
            },
            Step::Before(mark) => match text.find(mark.as_str()) {
                Some(at) => cut(text, |text| text.get(..at)),
                None => text,
            },
            Step::Lower => Cow::Owned(text.to_lowercase()),
            Step::Upper => Cow::Owned(text.to_uppercase()),
            Step::Map(map, otherwise) => match (map.get(text.as_ref()), otherwise) {
                (Some(value), _) => Cow::Borrowed(value),
                (None, Otherwise::Keep) => text,
                (None, Otherwise::Empty) => Cow::Borrowed(""),
                (None, Otherwise::Use(other)) => other.eval(row)?,
                (None, Otherwise::Reject) => {
                    return Err(self.fault(&text, "the mapping's value table does not have it; add it there"));
                }
            },
            Step::Number(numbers) => digits(shortest(self.number_before(place, &text, *numbers, row)?)),
            Step::Flag => match flag(&text) {
                Some(flag) => Cow::Borrowed(if flag { "true" } else { "false" }),
                None => return Err(self.fault(&text, "expected true or false, yes or no, 1 or 0")),
            },
            Step::Round(scale, numbers) => {
                let number = self.number_before(place, &text, *numbers, row)?.rounded(*scale);
                digits(number.ok_or_else(|| self.fault(&text, numbers.expected()))?)
            }
            Step::Hash => Cow::Owned(hash(&text)),
            Step::Date(dates) => Cow::Owned(self.date_before(place, &text, dates, row)?.to_string()),
        })
    }
}

fn moment_of<'a>(expr: &'a Expr, dates: &Arc<DateRule>, row: &Context<'a>) -> Result<Option<i64>, Fault> {
    let text = expr.eval(row)?;
    if text.is_empty() {
        return Ok(None);
    }
    expr.moment(&text, dates, row).map(Some)
}

fn cut<'a>(text: Cow<'a, str>, part: impl Fn(&str) -> Option<&str>) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(part(text).unwrap_or_default().trim()),
        Cow::Owned(text) => Cow::Owned(part(&text).unwrap_or_default().trim().to_owned()),
    }
}

/// Joins literals and columns of a row. If all columns are empty, the result is empty, also with literals.
fn template<'a>(parts: &'a [Part], row: &Context<'a>) -> Result<Cow<'a, str>, Fault> {
    if let [part] = parts {
        return part.eval(row);
    }
    let mut text = String::new();
    let mut filled = false;
    let mut sources = false;
    for part in parts {
        if !matches!(part, Part::Literal(_)) {
            sources = true;
        }
        let value = part.eval(row)?;
        filled |= !matches!(part, Part::Literal(_)) && !value.is_empty();
        text.push_str(&value);
    }
    if sources && !filled {
        return Ok(Cow::Borrowed(""));
    }
    if text.trim().len() != text.len() {
        text = text.trim().to_owned();
    }
    Ok(Cow::Owned(text))
}

impl Part {
    fn eval<'a>(&'a self, row: &Context<'a>) -> Result<Cow<'a, str>, Fault> {
        match self {
            Self::Literal(text) => Ok(Cow::Borrowed(text)),
            Self::Source(source) => Ok(row.read(source)),
            Self::Let(expr) => expr.eval(row),
            Self::At(end, expr) => expr.eval(&row.at(*end)),
        }
    }
}

/// The digits of a number, for steps that leave one.
fn digits<'a>(number: Decimal) -> Cow<'a, str> {
    Cow::Owned(number.to_string())
}
