//! Currencies, countries and exact decimal numbers.

use std::{fmt, str::FromStr};

use iso_currency::Currency;

/// How many minor digits a currency has by ISO 4217 (2 for EUR, 0 for JPY, 3 for KWD); `None` for a code
/// that is not a currency. Codes without a minor unit (XAU) count as 0.
#[must_use]
pub fn currency_exponent(code: &str) -> Option<u32> {
    let currency = Currency::from_code(code)?;
    Some(currency.exponent().unwrap_or(0).into())
}

/// Whether this is an ISO 3166-1 alpha-2 code, upper case.
#[must_use]
pub fn country_exists(code: &str) -> bool {
    code.len() == 2
        && code.bytes().all(|byte| byte.is_ascii_uppercase())
        && rust_iso3166::from_alpha2(code).is_some()
}

/// An exact decimal number: `units × 10^-scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    /// All digits, signed.
    pub units: i64,
    /// How many of them are behind the point.
    pub scale: u32,
}

/// The text is not a decimal number, or has more than 18 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number of at most 18 digits, such as `-12.5`")]
pub struct ParseDecimalError;

impl Decimal {
    /// The same number with another scale; digits that no longer fit are rounded half to even. `None` when it
    /// does not fit into 64 bits.
    #[must_use]
    pub fn rounded(self, scale: u32) -> Option<Self> {
        if scale >= self.scale {
            let factor = 10_i64.checked_pow(scale - self.scale)?;
            return Some(Self { units: self.units.checked_mul(factor)?, scale });
        }
        let divisor = 10_i64.checked_pow(self.scale - scale)?;
        let (quotient, rest) = (self.units.div_euclid(divisor), self.units.rem_euclid(divisor));
        let twice = rest.checked_mul(2)?;
        let up = twice > divisor || (twice == divisor && quotient % 2 != 0);
        Some(Self { units: quotient + i64::from(up), scale })
    }

    /// The product, exact. `None` when it does not fit into 64 bits.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        Some(Self { units: self.units.checked_mul(other.units)?, scale: self.scale + other.scale })
    }
}

impl FromStr for Decimal {
    type Err = ParseDecimalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = whole.len() + fraction.len();
        if !(1..=18).contains(&digits) || (fraction.is_empty() && unsigned.contains('.')) {
            return Err(ParseDecimalError);
        }
        let mut units = 0;
        for byte in whole.bytes().chain(fraction.bytes()) {
            if !byte.is_ascii_digit() {
                return Err(ParseDecimalError);
            }
            units = units * 10 + i64::from(byte - b'0');
        }
        let scale = u32::try_from(fraction.len()).map_err(|_| ParseDecimalError)?;
        Ok(Self { units: if text.starts_with('-') { -units } else { units }, scale })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let (units, places) = (self.units.unsigned_abs(), self.scale as usize);
        match 10_u64.checked_pow(self.scale) {
            Some(1) => write!(f, "{sign}{units}"),
            Some(one) => write!(f, "{sign}{}.{:0places$}", units / one, units % one),
            // More places than 64 bits have digits.
            None => write!(f, "{sign}0.{units:0places$}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn currencies_have_the_digits_of_iso_4217() {
        let known = ["EUR", "JPY", "KWD", "CLF"].map(currency_exponent);
        assert_eq!(known, [Some(2), Some(0), Some(3), Some(4)]);
        assert_eq!(["eur", "EURO", "", "ZZZ"].map(currency_exponent), [None; 4]);
    }

    #[test]
    fn countries_are_alpha_2_upper_case() {
        assert!(country_exists("LV") && country_exists("GB"));
        assert!(
            !country_exists("UK") && !country_exists("lv") && !country_exists("LVA") && !country_exists("")
        );
    }

    #[test]
    fn decimals_are_read_and_written_as_they_are() {
        for text in ["0", "-12.5", "0.05", "-0.05", "123456789012345678", "7.00"] {
            assert_eq!(decimal(text).to_string(), text);
        }
        for text in ["", ".", "1.", "1e3", "--1", "1,5", "0x1", "1234567890123456789", "١"] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
        let tiny = |scale| Decimal { units: -i64::MAX, scale }.to_string();
        assert_eq!(tiny(19), "-0.9223372036854775807");
        assert_eq!(tiny(21), "-0.009223372036854775807");
    }

    #[test]
    fn rounding_is_half_to_even_on_both_sides_of_zero() {
        let rounded = ["2.5", "3.5", "-2.5", "-3.5", "2.51", "-2.51", "2.49"]
            .map(|text| decimal(text).rounded(0).unwrap().units);
        assert_eq!(rounded, [2, 4, -2, -4, 3, -3, 2]);
    }
}
