//! Our values as PostgreSQL's.

use std::{borrow::Cow, error::Error};

use bytes::{BufMut, Bytes, BytesMut};
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use rapport_model::Timestamp;
use rapport_views::{answers::AsOf, rows::storable};
use uuid::Uuid;

/// 2000-01-01, from which PostgreSQL counts, in microseconds since 1970.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;
/// The first that `timestamptz` can hold, in microseconds since 2000; the last is later than any of ours.
const FIRST: i64 = -211_813_488_000_000_000;

/// A moment as a `timestamptz`: the ends of time are the infinities, others are exact to the microsecond.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(super) struct Moment(pub Timestamp);

impl Moment {
    /// T and K of a question.
    pub(super) fn both(as_of: AsOf) -> (Self, Self) {
        let as_of = as_of.bounded();
        (Self(as_of.occurred_until), Self(as_of.recorded_until))
    }
}

impl ToSql for Moment {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.put_i64(match self.0 {
            Timestamp::MIN => i64::MIN,
            Timestamp::MAX => i64::MAX,
            moment => moment.as_micros().saturating_sub(POSTGRES_EPOCH).max(FIRST),
        });
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TIMESTAMPTZ
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Moment {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let micros = i64::from_be_bytes(raw.try_into()?);
        Ok(Self(match micros {
            i64::MIN => Timestamp::MIN,
            i64::MAX => Timestamp::MAX,
            micros => Timestamp::from_micros(micros.saturating_add(POSTGRES_EPOCH)),
        }))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TIMESTAMPTZ
    }
}

/// A cell of a row.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    Small(i16),
    Int(i32),
    Big(i64),
    Float(f64),
    Text(Cow<'a, str>),
    Texts(Vec<String>),
    Moment(Moment),
    Uuid(Uuid),
    Bytes(Bytes),
}

impl<'a> Value<'a> {
    pub(super) fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    pub(super) fn owned(text: &str) -> Self {
        Self::Text(Cow::Owned(text.to_owned()))
    }

    pub(super) const fn moment(moment: Timestamp) -> Self {
        Self::Moment(Moment(moment))
    }

    /// A position, which is at most 2⁶³.
    pub(super) const fn position(position: u64) -> Self {
        Self::Big(position.cast_signed())
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Bool(value) => value.to_sql(ty, out),
            Self::Small(value) => value.to_sql(ty, out),
            Self::Int(value) => value.to_sql(ty, out),
            Self::Big(value) => value.to_sql(ty, out),
            Self::Float(value) => value.to_sql(ty, out),
            Self::Text(text) => storable(text).as_ref().to_sql(ty, out),
            Self::Texts(texts) if *ty == Type::TEXT => array_literal(texts).to_sql(ty, out),
            Self::Texts(texts) => texts.iter().map(|text| storable(text)).collect::<Vec<_>>().to_sql(ty, out),
            Self::Moment(moment) => moment.to_sql(ty, out),
            Self::Uuid(value) => value.to_sql(ty, out),
            Self::Bytes(value) => value.as_ref().to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// As `text[]` is written.
fn array_literal(texts: &[String]) -> String {
    let quoted: Vec<String> = texts
        .iter()
        .map(|text| format!("\"{}\"", storable(text).replace('\\', "\\\\").replace('"', "\\\"")))
        .collect();
    format!("{{{}}}", quoted.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(moment: Timestamp) -> Timestamp {
        let mut bytes = BytesMut::new();
        Moment(moment).to_sql(&Type::TIMESTAMPTZ, &mut bytes).unwrap();
        Moment::from_sql(&Type::TIMESTAMPTZ, &bytes).unwrap().0
    }

    #[test]
    fn moments_come_back_to_the_microsecond() {
        for micros in [i64::MIN, -62_135_596_800_000_000, -1, 0, 1, 253_402_300_799_999_999, i64::MAX] {
            let moment = Timestamp::from_micros(micros);
            assert_eq!(there_and_back(moment), moment);
        }
        let asked = Moment::both(AsOf { occurred_until: Timestamp::MAX, recorded_until: Timestamp::MAX });
        assert!([asked.0, asked.1].iter().all(|moment| there_and_back(moment.0) < Timestamp::MAX));
    }

    #[test]
    fn an_array_is_quoted() {
        let texts = ["a", "b\"c\\d", "", "x,{}"].map(str::to_owned);
        assert_eq!(array_literal(&texts), r#"{"a","b\"c\\d","","x,{}"}"#);
    }
}
