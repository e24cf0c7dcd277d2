//! Collects faults with the paths of their fields.

use rapport_model::{Decimal, currency_exponent, parse_date};

use super::{
    invalid::{Invalid, Violation},
    limits::NAME_BYTES_MAX,
};
use crate::{
    definition,
    json::descriptors,
    time,
    v1::{self, party_fact_recorded::Sensitivity},
};

/// Collects what is wrong, and knows where in the request it is.
pub(super) struct Checker {
    path: String,
    violations: Vec<Violation>,
}

impl Checker {
    pub(super) fn new(path: &str) -> Self {
        Self { path: path.to_owned(), violations: Vec::new() }
    }

    /// Runs `check` with the path inside `field[index]`.
    pub(super) fn at_index(&mut self, field: &str, index: usize, check: impl FnOnce(&mut Self)) {
        self.inside(format_args!("{field}[{index}]"), check);
    }

    /// Runs `check` with the path inside `field`.
    pub(super) fn at(&mut self, field: &str, check: impl FnOnce(&mut Self)) {
        self.inside(format_args!("{field}"), check);
    }

    fn inside(&mut self, segment: std::fmt::Arguments<'_>, check: impl FnOnce(&mut Self)) {
        use std::fmt::Write as _;
        let length = self.path.len();
        let dot = if length == 0 { "" } else { "." };
        // Writing into a string cannot fail.
        let _ = write!(self.path, "{dot}{segment}");
        check(self);
        self.path.truncate(length);
    }

    /// Notes a fault of a field; of the place itself where `field` is empty.
    pub(super) fn require(&mut self, field: &str, holds: bool, expected: impl FnOnce() -> String) {
        if !holds {
            let dot = if self.path.is_empty() || field.is_empty() { "" } else { "." };
            self.violations
                .push(Violation { field: format!("{}{dot}{field}", self.path), description: expected() });
        }
    }

    pub(super) fn finish<T>(self, value: T) -> Result<T, Invalid> {
        if self.violations.is_empty() { Ok(value) } else { Err(self.into_invalid()) }
    }

    pub(super) fn into_invalid(self) -> Invalid {
        Invalid { violations: self.violations }
    }

    /// A name may be empty, but not long, and has no control characters.
    pub(super) fn name(&mut self, field: &str, name: &str) {
        self.text_of(field, name, NAME_BYTES_MAX);
    }

    /// Text of so many bytes at most, without control characters.
    pub(super) fn text_of(&mut self, field: &str, text: &str, bytes_max: usize) {
        self.require(field, text.len() <= bytes_max, || {
            format!("expected at most {bytes_max} bytes, found {}", text.len())
        });
        self.require(field, !text.chars().any(char::is_control), || "expected no control characters".into());
    }

    pub(super) fn name_required(&mut self, field: &str, name: &str) {
        self.require(field, !name.is_empty(), || "expected a value, found none".into());
        self.name(field, name);
    }

    /// The code of a stage or a definition, which may be empty: a name that is not told from another one by blanks alone.
    pub(super) fn code(&mut self, field: &str, code: &str) {
        self.name(field, code);
        self.require(field, definition::is_code(code), || definition::CODE_EXPECTED.into());
    }

    pub(super) fn code_required(&mut self, field: &str, code: &str) {
        self.text_required(field, code);
        self.code(field, code);
    }

    /// A value that must differ from that of another field: a party is not its own contact, successor or substitute.
    pub(super) fn another(&mut self, field: &str, id: &str, what: &str, (other_field, other): (&str, &str)) {
        self.require(field, id.is_empty() || id != other, || {
            format!("expected another {what} than `{other_field}`, found the same")
        });
    }

    pub(super) fn text_required(&mut self, field: &str, text: &str) {
        self.require(field, !text.is_empty(), || "expected a value, found none".into());
    }

    pub(super) fn date(&mut self, field: &str, date: &str) {
        let valid = date.is_empty() || parse_date(date).is_some();
        self.require(field, valid, || "expected an ISO 8601 date such as `2026-03-31`".into());
    }

    pub(super) fn date_required(&mut self, field: &str, date: &str) {
        self.text_required(field, date);
        self.date(field, date);
    }

    pub(super) fn moment(&mut self, field: &str, moment: Option<&prost_types::Timestamp>) {
        let valid = moment.is_none_or(|moment| time::from_proto(moment).is_some());
        self.require(field, valid, || "expected a time in the years 1 to 9999".into());
    }

    pub(super) fn interval(
        &mut self,
        (from_field, from): (&str, Option<&prost_types::Timestamp>),
        (to_field, to): (&str, Option<&prost_types::Timestamp>),
    ) {
        self.moment(from_field, from);
        self.moment(to_field, to);
        let times = from.and_then(time::from_proto).zip(to.and_then(time::from_proto));
        self.require(to_field, times.is_none_or(|(from, to)| from <= to), || {
            format!("expected a time not before `{from_field}`")
        });
    }

    pub(super) fn duration(&mut self, field: &str, duration: Option<&prost_types::Duration>) {
        let valid =
            duration.is_none_or(|length| time::duration_from_proto(length).is_some_and(|micros| micros >= 0));
        self.require(field, valid, || "expected a duration that is not negative".into());
    }

    pub(super) fn money(&mut self, field: &str, money: Option<&v1::Money>) {
        if let Some(money) = money {
            self.at(field, |checker| {
                checker.require("currency", currency_exponent(&money.currency).is_some(), || {
                    "expected an ISO 4217 code such as `EUR`, upper case".into()
                });
            });
        }
    }

    pub(super) fn money_required(&mut self, field: &str, money: Option<&v1::Money>) {
        self.require(field, money.is_some(), || "expected an amount, found none".into());
        self.money(field, money);
    }

    pub(super) fn decimal_required(&mut self, field: &str, text: &str) {
        self.require(field, text.parse::<Decimal>().is_ok(), || {
            let found = if text.is_empty() { ", found none" } else { "" };
            format!("expected a decimal number of at most 18 digits, such as `2` or `-0.75`{found}")
        });
    }

    /// What is of a special category names the basis on which it may be kept (GDPR article 9).
    pub(super) fn basis_of_special(&mut self, sensitivity: Sensitivity, basis: &str) {
        self.code("legal_basis", basis);
        self.require("legal_basis", sensitivity != Sensitivity::Special || !basis.is_empty(), || {
            "expected the basis on which data of a special category is kept, such as `explicit_consent`, found none; name \
             it, or do not record the data"
                .into()
        });
    }

    /// A share, if it is given.
    pub(super) fn share(&mut self, field: &str, share: Option<f64>) {
        if let Some(share) = share {
            self.require(field, (0.0..=1.0).contains(&share), || format!("expected 0 to 1, found {share}"));
        }
    }

    /// A number, if it is given.
    pub(super) fn finite(&mut self, field: &str, number: Option<f64>) {
        self.require(field, number.is_none_or(f64::is_finite), || "expected a finite number".into());
    }

    pub(super) fn sha256(&mut self, field: &str, text: &str) {
        let valid =
            text.is_empty() || (text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        self.require(field, valid, || "expected 64 hexadecimal digits".into());
    }

    pub(super) fn sha256_required(&mut self, field: &str, text: &str) {
        self.text_required(field, text);
        self.sha256(field, text);
    }

    /// An enum's number must be one that the contract knows; 0 is not said.
    pub(super) fn choice<E: TryFrom<i32>>(&mut self, message: &str, field: &str, number: i32) {
        self.require(field, E::try_from(number).is_ok(), || expected_choices(message, field, number));
    }

    pub(super) fn choice_required<E: TryFrom<i32>>(&mut self, message: &str, field: &str, number: i32) {
        self.require(field, number != 0 && E::try_from(number).is_ok(), || {
            expected_choices(message, field, number)
        });
    }
}

/// The names that a field may have, as the contract lists them.
fn expected_choices(message: &str, field: &str, number: i32) -> String {
    let field = descriptors()
        .get_message_by_name(&format!("rapport.v1.{message}"))
        .and_then(|message| message.get_field_by_name(field));
    let names = field.and_then(|field| {
        let kind = field.kind();
        let values = kind.as_enum()?.values().filter(|value| value.number() != 0);
        Some(values.map(|value| format!("`{}`", value.name())).collect::<Vec<_>>().join(", "))
    });
    let found = if number == 0 { "none".to_owned() } else { format!("the number `{number}`") };
    format!("expected one of {}, found {found}", names.unwrap_or_default())
}
