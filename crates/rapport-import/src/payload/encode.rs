//! From fields and a row to protobuf bytes.

use bytes::Bytes;
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint, key_len};
use rapport_model::{Timestamp, currency_exponent};

use super::fields::{Body, Content, Field, Fields, Kind, Value};
use crate::{
    expr::{condition::holds, context::Context, tree::Expr},
    value::{
        fault::Fault,
        flag::{EXPECTED_FLAG, flag},
        number::{check_amount, check_currency, shortest},
    },
};

impl Body {
    /// The bytes of `rapport.v1.Payload` on this row.
    pub(crate) fn bytes(&self, row: &Context<'_>) -> Result<Bytes, Fault> {
        match self {
            Self::Known(number, fields) => payload(*number, fields, row),
            Self::Own(custom) => custom.payload(row),
        }
    }
}

/// The bytes of `rapport.v1.Payload` with the one field that is the event's type.
fn payload(number: u32, fields: &Fields, row: &Context<'_>) -> Result<Bytes, Fault> {
    let mut inner = Vec::with_capacity(128);
    message(fields, row, &mut inner)?;
    // Exactly as long as it will be: such a vector becomes `Bytes` without another allocation.
    let length = key_len(number) + encoded_len_varint(inner.len() as u64) + inner.len();
    let mut out = Vec::with_capacity(length);
    bytes_field(number, &inner, &mut out);
    Ok(out.into())
}

/// The same of the fields that are the same on every row; where `filled`, with values that could be for the others,
/// amounts in that currency.
pub(super) fn probe(
    number: u32,
    fields: &Fields,
    filled: Option<&str>,
    row: &Context<'_>,
) -> Result<Bytes, Fault> {
    let mut inner = Vec::new();
    probe_message(fields, filled, row, &mut inner)?;
    let mut out = Vec::new();
    bytes_field(number, &inner, &mut out);
    Ok(out.into())
}

fn probe_message(
    fields: &Fields,
    filled: Option<&str>,
    row: &Context<'_>,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    fields.0.iter().try_for_each(|field| probe_content(field, &field.content, filled, row, out))
}

fn probe_content(
    field: &Field,
    content: &Content,
    filled: Option<&str>,
    row: &Context<'_>,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    match content {
        Content::Values(kind, values) => values.iter().try_for_each(|value| {
            if value.is_constant() {
                let text = value.expr.eval(row)?;
                return scalar(field, kind, value, &text, row, out);
            }
            if let Some(currency) = filled {
                filler(field, kind, value, currency, row, out);
            }
            Ok(())
        }),
        Content::Messages(messages) => messages.iter().try_for_each(|fields| {
            let mut inner = Vec::new();
            probe_message(fields, filled, row, &mut inner)?;
            if filled.is_some() || !inner.is_empty() {
                bytes_field(field.number, &inner, out);
            }
            Ok(())
        }),
        Content::Each { of, .. } if filled.is_some() => probe_content(field, of, filled, row, out),
        Content::Split { kind, value, .. } => {
            if let Some(currency) = filled {
                filler(field, kind, value, currency, row, out);
            }
            Ok(())
        }
        Content::Each { .. } => Ok(()),
    }
}

/// A value that the field could have on some row.
fn filler(field: &Field, kind: &Kind, value: &Value, currency: &str, row: &Context<'_>, out: &mut Vec<u8>) {
    let number = field.number;
    match kind {
        Kind::Text => bytes_field(number, b"1", out),
        Kind::Bool | Kind::Signed { .. } | Kind::Unsigned { .. } => varint_field(number, 1, true, out),
        Kind::Enum(names) => {
            let first = names.values().filter(|number| **number > 0).min().copied().unwrap_or_default();
            varint_field(number, i64::from(first).cast_unsigned(), true, out);
        }
        Kind::Double => {
            encode_key(number, WireType::SixtyFourBit, out);
            out.extend_from_slice(&1.0_f64.to_le_bytes());
        }
        Kind::Money => {
            let code = value.currency.as_ref().filter(|currency| currency.is_constant());
            let code = code.and_then(|currency| currency.eval(row).ok());
            let mut inner = Vec::new();
            varint_field(1, 1, true, &mut inner);
            bytes_field(2, code.as_deref().unwrap_or(currency).as_bytes(), &mut inner);
            bytes_field(number, &inner, out);
        }
        Kind::Timestamp | Kind::Duration => pair_field(number, 1, 0, out),
    }
}

/// Whether a field can read a text.
pub(super) fn readable(kind: &Kind, value: &Value, text: &str, row: &Context<'_>) -> Result<(), Fault> {
    let field = Field {
        number: 1,
        path: String::new(),
        id: None,
        repeated: false,
        presence: true,
        content: Content::Messages(Vec::new()),
    };
    scalar(&field, kind, value, text, row, &mut Vec::new())
}

fn message(fields: &Fields, row: &Context<'_>, out: &mut Vec<u8>) -> Result<(), Fault> {
    fields.0.iter().try_for_each(|field| content(field, &field.content, row, out))
}

fn content(field: &Field, content: &Content, row: &Context<'_>, out: &mut Vec<u8>) -> Result<(), Fault> {
    match content {
        Content::Values(kind, values) => {
            for value in values {
                let text = value.expr.eval(row)?;
                scalar(field, kind, value, &text, row, out)?;
            }
            Ok(())
        }
        Content::Messages(messages) => {
            for fields in messages {
                let mut inner = Vec::new();
                message(fields, row, &mut inner)?;
                // A message of which nothing is known is left out.
                if !inner.is_empty() {
                    bytes_field(field.number, &inner, out);
                }
            }
            Ok(())
        }
        Content::Each { over, when, of } => {
            row.items(*over).try_for_each(|item| match holds(when.as_ref(), &item)? {
                true => self::content(field, of, &item, out),
                false => Ok(()),
            })
        }
        Content::Split { kind, value, by } => {
            let text = value.expr.eval(row)?;
            let mut parts = text.split(by.as_str()).map(str::trim).filter(|part| !part.is_empty());
            parts.try_for_each(|part| scalar(field, kind, value, part, row, out))
        }
    }
}

/// Writes one value; an empty text is not a value.
fn scalar(
    field: &Field,
    kind: &Kind,
    value: &Value,
    text: &str,
    row: &Context<'_>,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    if text.is_empty() {
        return Ok(());
    }
    let number = field.number;
    let keep_zero = field.presence || field.repeated;
    let fault = |reason: &str| value.expr.fault(text, reason);
    match kind {
        Kind::Text => bytes_field(number, text.as_bytes(), out),
        Kind::Bool => {
            let flag = flag(text).ok_or_else(|| fault(EXPECTED_FLAG))?;
            varint_field(number, u64::from(flag), keep_zero, out);
        }
        Kind::Signed { bits, zigzag } => {
            let whole = whole(value, text, row)
                .filter(|whole| fits(*whole, *bits))
                .ok_or_else(|| fault("expected a whole number"))?;
            let raw =
                if *zigzag { ((whole << 1) ^ (whole >> 63)).cast_unsigned() } else { whole.cast_unsigned() };
            varint_field(number, raw, keep_zero, out);
        }
        Kind::Unsigned { bits } => {
            let whole = whole(value, text, row).and_then(|whole| u64::try_from(whole).ok());
            let whole = whole.filter(|whole| *bits == 64 || u32::try_from(*whole).is_ok());
            varint_field(
                number,
                whole.ok_or_else(|| fault("expected a whole number, not negative"))?,
                keep_zero,
                out,
            );
        }
        Kind::Double => {
            let parsed = value.expr.number(text, value.numbers, row)?.to_string().parse::<f64>();
            let parsed = parsed.map_err(|_| fault(&value.numbers.expected()))?;
            if keep_zero || parsed != 0.0 {
                encode_key(number, WireType::SixtyFourBit, out);
                out.extend_from_slice(&parsed.to_le_bytes());
            }
        }
        Kind::Enum(names) => {
            let known = names.get(text).or_else(|| names.get(&text.to_lowercase().replace([' ', '-'], "_")));
            let known = known.ok_or_else(|| fault(&expected_one_of(names)))?;
            varint_field(number, i64::from(*known).cast_unsigned(), keep_zero, out);
        }
        Kind::Money => money(number, value, text, row, out)?,
        Kind::Timestamp => {
            let moment = value.expr.moment(text, &value.dates, row)?;
            let (seconds, nanos) = Timestamp::from_micros(moment).to_seconds_and_nanos();
            pair_field(number, seconds, i64::from(nanos), out);
        }
        Kind::Duration => {
            let micros = duration(value, text, row).ok_or_else(|| fault(&expected_duration(text)))?;
            pair_field(number, micros / 1_000_000, micros % 1_000_000 * 1_000, out);
        }
    }
    Ok(())
}

/// An amount, rounded half to even to the currency's minor units.
fn money(number: u32, value: &Value, text: &str, row: &Context<'_>, out: &mut Vec<u8>) -> Result<(), Fault> {
    let Some(currency) = &value.currency else { return Ok(()) };
    let code = currency.eval(row)?;
    let exponent = currency_exponent(&code)
        .ok_or_else(|| currency.fault(&code, "not an ISO 4217 currency code, upper case"))?;
    let amount = value.expr.number(text, value.numbers, row)?.rounded(exponent);
    let amount = amount.ok_or_else(|| value.expr.fault(text, value.numbers.expected()))?;
    check_amount(text, &code).map_err(|reason| value.expr.fault(text, reason))?;
    one_currency(value, currency, &code, row)?;
    let mut inner = Vec::with_capacity(16);
    varint_field(1, amount.units.cast_unsigned(), false, &mut inner);
    bytes_field(2, code.as_bytes(), &mut inner);
    bytes_field(number, &inner, out);
    Ok(())
}

/// Refuses a computed amount of which a part is in another currency.
fn one_currency(value: &Value, currency: &Expr, code: &str, row: &Context<'_>) -> Result<(), Fault> {
    value.expr.for_each_part(row, &mut |part, text, row| {
        check_currency(text, code).map_err(|reason| part.fault(text, reason))?;
        let of_part = currency.eval(row)?;
        if text.is_empty() || of_part.is_empty() || of_part == code {
            return Ok(());
        }
        let reason = format!("the amounts of the sum are not all in `{code}`; keep the currencies apart");
        Err(currency.fault(&of_part, reason))
    })
}

/// Microseconds, of a number of units or of `h:mm:ss`.
fn duration(value: &Value, text: &str, row: &Context<'_>) -> Option<i64> {
    if !text.contains(':') {
        let unit = rapport_model::Decimal { units: value.unit_micros, scale: 0 };
        return unit
            .times(shortest(value.expr.number(text, value.numbers, row).ok()?))?
            .rounded(0)
            .map(|micros| micros.units);
    }
    let parts: Vec<&str> = text.split(':').collect();
    let &[hours, minutes, seconds] = parts.as_slice() else { return None };
    let of_sixty = |part: &str| whole_digits(part).filter(|part| *part < 60);
    let minutes = whole_digits(hours)?.checked_mul(60)?.checked_add(of_sixty(minutes)?)?;
    minutes.checked_mul(60)?.checked_add(of_sixty(seconds)?)?.checked_mul(1_000_000)
}

fn whole_digits(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn expected_duration(text: &str) -> String {
    let mut expected = "not a duration: expected a number or h:mm:ss".to_owned();
    if text.split(':').count() == 2 {
        expected += "; two parts may be hours and minutes or minutes and seconds: write `{column}:00` or `0:{column}` \
                     in the mapping";
    }
    expected
}

fn whole(value: &Value, text: &str, row: &Context<'_>) -> Option<i64> {
    let number = shortest(value.expr.number(text, value.numbers, row).ok()?);
    (number.scale == 0).then_some(number.units)
}

fn fits(whole: i64, bits: u32) -> bool {
    bits == 64 || i32::try_from(whole).is_ok()
}

fn expected_one_of(names: &std::collections::HashMap<String, i32>) -> String {
    let mut known: Vec<&str> =
        names.iter().filter(|(_, number)| **number != 0).map(|(name, _)| name.as_str()).collect();
    known.sort_unstable_by_key(|name| (names.get(*name), name.len()));
    known.dedup_by_key(|name| names.get(*name));
    format!("expected one of `{}`; use `map` to translate the source's words", known.join("`, `"))
}

fn varint_field(number: u32, value: u64, keep_zero: bool, out: &mut Vec<u8>) {
    if keep_zero || value != 0 {
        encode_key(number, WireType::Varint, out);
        encode_varint(value, out);
    }
}

fn bytes_field(number: u32, bytes: &[u8], out: &mut Vec<u8>) {
    encode_key(number, WireType::LengthDelimited, out);
    encode_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// Timestamp and Duration: seconds in field 1, nanoseconds in field 2.
fn pair_field(number: u32, first: i64, second: i64, out: &mut Vec<u8>) {
    let mut inner = Vec::with_capacity(16);
    varint_field(1, first.cast_unsigned(), false, &mut inner);
    varint_field(2, second.cast_unsigned(), false, &mut inner);
    bytes_field(number, &inner, out);
}
