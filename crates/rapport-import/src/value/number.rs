//! Numbers as people and exports write them.

use std::borrow::Cow;

use rapport_model::Decimal;

/// How numbers are written, by the example `1.234,56`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NumberStyle {
    decimal: char,
    thousands: Option<char>,
    /// Whether the mapping gives the style. It is then doubted only with proof.
    declared: bool,
}

impl Default for NumberStyle {
    fn default() -> Self {
        Self { decimal: '.', thousands: Some(','), declared: false }
    }
}

impl NumberStyle {
    /// From the number 1234.56 in the wanted style; `None` when the text is not that number.
    pub(crate) fn from_example(example: &str) -> Option<Self> {
        let inner = example.strip_prefix('1')?;
        let (thousands, inner) = match inner.strip_prefix("234") {
            Some(inner) => (None, inner),
            None => {
                let mark = inner.chars().next()?;
                (Some(mark), inner.strip_prefix(mark)?.strip_prefix("234")?)
            }
        };
        // Office programs part thousands by blanks that do not break.
        let thousands = thousands.map(|mark| if mark.is_whitespace() { ' ' } else { mark });
        let decimal = inner.chars().next()?;
        let rest = inner.strip_prefix(decimal)?;
        let distinct = thousands != Some(decimal) && !decimal.is_ascii_digit();
        (rest == "56" && distinct).then_some(Self { decimal, thousands, declared: true })
    }

    /// The number 1234.56 in this style.
    pub(crate) fn example(self) -> String {
        let thousands = self.thousands.map(String::from).unwrap_or_default();
        format!("1{thousands}234{}56", self.decimal)
    }

    /// The style with point and comma exchanged, where it has one of them for the decimals.
    pub(crate) fn exchanged(self) -> Option<Self> {
        let decimal = match self.decimal {
            '.' => ',',
            ',' => '.',
            _ => return None,
        };
        Some(Self { decimal, thousands: Some(self.decimal), declared: false })
    }

    pub(crate) const fn decimal(self) -> char {
        self.decimal
    }

    pub(crate) const fn is_declared(self) -> bool {
        self.declared
    }

    /// What was expected of a text that is not a number.
    pub(crate) fn expected(self) -> String {
        format!("not a number written as `{}`; say with `numbers` how the file writes them", self.example())
    }

    /// The number in the text: currency signs and codes, blanks, a percent sign, a trailing minus, brackets for a
    /// negative amount and the suffixes K, M and B are understood. `None` when it is not a number.
    pub(crate) fn parse(self, text: &str) -> Option<Decimal> {
        // A plain number needs none of the care below.
        if self.decimal == '.'
            && let Ok(number) = text.parse::<Decimal>()
        {
            return Some(number);
        }
        let text = text.trim();
        let (text, bracketed) = match text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
            Some(inner) => (inner, true),
            None => (text, false),
        };
        let (text, minus) = sign(bare(text)?);
        let (text, minus_inside) = sign(bare(text)?);
        let (text, zeros) = suffix(text);
        let number = scaled_up(self.plain(bare(text)?)?, zeros)?;
        let negative = [bracketed, minus, minus_inside].iter().filter(|minus| **minus).count();
        match negative {
            0 => Some(number),
            1 => Some(Decimal { units: number.units.checked_neg()?, scale: number.scale }),
            _ => None,
        }
    }

    /// Digits with marks between the thousands, exactly three by three.
    fn plain(self, text: &str) -> Option<Decimal> {
        let (text, exponent) = match text.split_once(['e', 'E']) {
            Some((text, exponent)) => (text, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        // Office programs make a typographic apostrophe of the Swiss mark, and a blank that does not break of the
        // blank.
        let text = match self.thousands {
            Some('\'') if text.contains('\u{2019}') => Cow::Owned(text.replace('\u{2019}', "'")),
            Some(' ') if !text.is_ascii() => Cow::Owned(text.replace(char::is_whitespace, " ")),
            Some(_) | None => Cow::Borrowed(text),
        };
        let (whole, fraction) = text.split_once(self.decimal).unwrap_or((&text, ""));
        let mut digits = String::with_capacity(text.len());
        match self.thousands.filter(|mark| whole.contains(*mark)) {
            None => digits.push_str(whole),
            Some(mark) => {
                for (index, group) in whole.split(mark).enumerate() {
                    let wanted = if index == 0 { 1..=3 } else { 3..=3 };
                    // `0,125` is a fraction with the other mark, and not 125.
                    if !wanted.contains(&group.len()) || (index == 0 && group.starts_with('0')) {
                        return None;
                    }
                    digits.push_str(group);
                }
            }
        }
        // Any other mark is not of this style, so `12.5` is not read where a comma parts decimals.
        if !digits.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        if !fraction.is_empty() {
            if digits.is_empty() {
                digits.push('0');
            }
            digits.push('.');
            digits.push_str(fraction);
        }
        scaled_up(digits.parse().ok()?, exponent)
    }
}

/// The number times a power of ten.
fn scaled_up(number: Decimal, zeros: i32) -> Option<Decimal> {
    let scale = i64::from(number.scale) - i64::from(zeros);
    match u32::try_from(scale) {
        Ok(scale) if scale <= 18 => Some(Decimal { units: number.units, scale }),
        Ok(_) => None,
        Err(_) => {
            let factor = 10_i64.checked_pow(u32::try_from(-scale).ok()?)?;
            Some(Decimal { units: number.units.checked_mul(factor)?, scale: 0 })
        }
    }
}

fn sign(text: &str) -> (&str, bool) {
    // Exports of office programs write U+2212 for the minus.
    if let Some(rest) = text.strip_prefix(['-', '\u{2212}']).or_else(|| text.strip_suffix(['-', '\u{2212}']))
    {
        (rest, true)
    } else {
        (text.strip_prefix('+').unwrap_or(text), false)
    }
}

fn suffix(text: &str) -> (&str, i32) {
    let zeros = match text.chars().last() {
        Some('%') => -2,
        Some('K' | 'k') => 3,
        Some('M' | 'm') => 6,
        Some('B' | 'b') => 9,
        _ => return (text, 0),
    };
    let body = text.get(..text.len() - 1).unwrap_or_default();
    (body.trim_end(), zeros)
}

/// Whether a text can be an amount of this currency.
///
/// # Errors
/// It names another one, or is a share.
pub(crate) fn check_amount(text: &str, code: &str) -> Result<(), String> {
    if text.contains('%') {
        return Err("a share is not an amount; multiply it by the amount that it is a share of".into());
    }
    check_currency(text, code)
}

/// Whether a number can be of this currency.
///
/// # Errors
/// Its text names another one.
pub(crate) fn check_currency(text: &str, code: &str) -> Result<(), String> {
    if text.bytes().all(|byte| byte.is_ascii_digit() || b"+-., '()%".contains(&byte)) {
        return Ok(());
    }
    let words = text.split(|letter: char| !letter.is_alphabetic()).filter(|word| word.len() > 1);
    let of_words = words.filter_map(|word| {
        let named = NAMES.iter().find(|(name, _)| *name == word);
        let upper = word.to_ascii_uppercase();
        let is_code = rapport_model::currency_exponent(&upper).is_some();
        named.map(|(_, codes)| codes.contains(code)).or_else(|| is_code.then(|| upper == code))
    });
    let of_signs =
        SIGNS.iter().filter(|(sign, _)| text.contains(*sign)).map(|(_, codes)| codes.contains(code));
    if of_words.chain(of_signs).all(|fits| fits) {
        return Ok(());
    }
    Err(format!(
        "the amount names another currency than `{code}`, which the mapping gives it; give it its own `currency`"
    ))
}

/// Currency signs and the currencies that have them.
const SIGNS: [(char, &str); 13] = [
    (
        '$',
        "USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP UYU BRL DOP CUP JMD TTD BBD BSD BZD BMD KYD XCD FJD GYD LRD NAD \
         SBD SRD BND NIO CVE TOP WST MOP ZWL ZWG",
    ),
    ('€', "EUR"),
    ('£', "GBP GIP FKP SHP EGP LBP SDG SSP SYP"),
    ('¥', "JPY CNY"),
    ('₹', "INR"),
    ('₽', "RUB"),
    ('₺', "TRY"),
    ('₩', "KRW KPW"),
    ('₪', "ILS"),
    ('₫', "VND"),
    ('₴', "UAH"),
    ('₦', "NGN"),
    ('₱', "PHP"),
];

/// Currencies by the names that amounts have beside them.
const NAMES: [(&str, &str); 8] = [
    ("kr", "SEK NOK DKK ISK"),
    ("zł", "PLN"),
    ("Ft", "HUF"),
    ("Kč", "CZK"),
    ("lei", "RON MDL"),
    ("Ls", "LVL"),
    ("Lt", "LTL"),
    ("руб", "RUB BYN"),
];

/// The text without currency signs, currency names and blanks around it; `None` when there is another word.
fn bare(text: &str) -> Option<&str> {
    let is_sign = |mark: char| SIGNS.iter().any(|(sign, _)| *sign == mark);
    let text = text.trim_matches(|mark: char| mark.is_whitespace() || is_sign(mark));
    let digits = text.trim_start_matches(char::is_alphabetic);
    let before = text.strip_suffix(digits)?;
    let core = digits.trim_end_matches(char::is_alphabetic);
    let after = digits.strip_prefix(core)?;
    if !before.is_empty() {
        return is_currency(before).then(|| bare(digits)).flatten();
    }
    let power = matches!(after, "" | "K" | "k" | "M" | "m" | "B" | "b");
    if power { Some(text) } else { is_currency(after).then(|| bare(core)).flatten() }
}

fn is_currency(word: &str) -> bool {
    NAMES.iter().any(|(name, _)| *name == word)
        || rapport_model::currency_exponent(&word.to_ascii_uppercase()).is_some()
}

/// Why a text is not taken as an id or a customer: it stands for many.
pub(crate) fn not_an_id(text: &str) -> Option<&'static str> {
    if is_shortened(text) {
        return Some(
            "a spreadsheet has shortened this number, so it stands for many; export the file again with the column as \
             text, or without opening it in a spreadsheet",
        );
    }
    ERRORS.contains(&text).then_some(
        "a spreadsheet's formula failed, and its error stands for many; correct the formula, or name the error in `null` \
         to read it as empty",
    )
}

/// What the cells of a spreadsheet show whose formulas fail.
const ERRORS: [&str; 11] = [
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#DIV/0!",
    "#NAME?",
    "#NULL!",
    "#NUM!",
    "#SPILL!",
    "#CALC!",
    "#NV",
    "#GETTING_DATA",
];

/// Whether a spreadsheet has shortened a long number to what fits into its column or its 15 digits, such as
/// `1.23457E+11`.
fn is_shortened(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once("E+") else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    whole.len() == 1 && digits(whole) && digits(fraction) && exponent.len() >= 2 && digits(exponent)
}

/// The shortest text of the number: `17850.0` becomes `17850`.
pub(crate) fn shortest(number: Decimal) -> Decimal {
    let mut number = number;
    while number.scale > 0 && number.units % 10 == 0 {
        number = Decimal { units: number.units / 10, scale: number.scale - 1 };
    }
    number
}

/// The sum, exact. `None` when it does not fit.
pub(crate) fn sum(left: Decimal, right: Decimal) -> Option<Decimal> {
    let scale = left.scale.max(right.scale);
    let (left, right) = (left.rounded(scale)?, right.rounded(scale)?);
    Some(Decimal { units: left.units.checked_add(right.units)?, scale })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(example: &str, text: &str) -> Option<String> {
        NumberStyle::from_example(example).unwrap().parse(text).map(|number| shortest(number).to_string())
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let cases = [
            ("$1,234.50", "1234.5"),
            ("$342.09K", "342090"),
            ("$1,117.10K", "1117100"),
            ("-$5", "-5"),
            ("$-5", "-5"),
            ("(1,234.50)", "-1234.5"),
            ("12.5-", "-12.5"),
            ("1250 EUR", "1250"),
            ("EUR 1250", "1250"),
            ("1250 kr", "1250"),
            ("2.5M", "2500000"),
            ("12.5%", "0.125"),
            ("1e3", "1000"),
            ("1.5E-2", "0.015"),
            (".5", "0.5"),
            ("17850.0", "17850"),
        ];
        for (text, number) in cases {
            assert_eq!(read("1,234.56", text).as_deref(), Some(number), "{text}");
        }
        assert_eq!(read("1.234,56", "€ 1.234,50").as_deref(), Some("1234.5"));
        assert_eq!(read("1 234,56", "1 234,50").as_deref(), Some("1234.5"));
        assert_eq!(read("1234,56", "12,5").as_deref(), Some("12.5"));
        for mark in ['\'', '\u{2019}'] {
            assert_eq!(read("1'234.56", &format!("CHF 1{mark}250.00")).as_deref(), Some("1250"), "{mark}");
        }
        assert_eq!((read("1234,56", "12.5"), read("1 234,56", "1.250")), (None, None));
    }

    #[test]
    fn blanks_of_any_kind_part_thousands_where_blanks_do() {
        for blank in [' ', '\u{a0}', '\u{202f}', '\u{2009}'] {
            for style in ["1 234,56", "1\u{a0}234,56"] {
                assert_eq!(
                    read(style, &format!("1{blank}234{blank}567,5")).as_deref(),
                    Some("1234567.5"),
                    "{blank:?}"
                );
                assert_eq!(read(style, &format!("12{blank}34,5")), None, "{blank:?}");
            }
            assert_eq!(read("1,234.56", &format!("1{blank}234.5")), None, "{blank:?}");
        }
    }

    #[test]
    fn an_amount_that_names_another_currency_or_is_a_share_is_not_one_of_the_mappings_currency() {
        let fits = [
            ("1,234.50", "EUR"),
            ("-5", "EUR"),
            ("(5)", "EUR"),
            ("€5", "EUR"),
            ("5 EUR", "EUR"),
            ("5 eur", "EUR"),
            ("$5K", "USD"),
            ("$5", "CAD"),
            ("CHF 5", "CHF"),
            ("5 kr", "NOK"),
            ("5 kr.", "DKK"),
            ("1.5M", "EUR"),
            ("1e3", "EUR"),
            ("1’250.00", "CHF"),
            ("5\u{a0}zł", "PLN"),
            ("¥5", "JPY"),
        ];
        for (text, code) in fits {
            assert_eq!(check_amount(text, code), Ok(()), "{text} {code}");
        }
        let others = [
            ("$5", "EUR"),
            ("€5", "USD"),
            ("5 USD", "EUR"),
            ("usd 5", "EUR"),
            ("5 kr", "EUR"),
            ("£5", "EUR"),
            ("5 руб", "EUR"),
            ("12%", "EUR"),
            ("12,5 %", "EUR"),
            ("€5 (USD 6)", "EUR"),
        ];
        for (text, code) in others {
            assert!(check_amount(text, code).is_err(), "{text} {code}");
        }
    }

    #[test]
    fn a_comma_in_the_wrong_place_is_refused_rather_than_dropped() {
        for text in [
            "1,5", "0,125", "00,125", "12,34", "1,2345", "", "-", "abc", "1.2.3", "--1", "(-1)", "5 apples",
            "5 Mio", "50¢",
        ] {
            assert_eq!(read("1,234.56", text), None, "{text}");
        }
    }

    #[test]
    fn what_a_spreadsheet_has_shortened_or_failed_to_compute_is_told_from_ids() {
        for text in [
            "1.23457E+11",
            "1,23457E+11",
            "1E+11",
            "9.00E+15",
            "1E+100",
            "-1E+11",
            "#N/A",
            "#REF!",
            "#DIV/0!",
        ] {
            assert!(not_an_id(text).is_some(), "{text}");
        }
        for text in ["", "#1", "N/A", "123457", "1.23457", "12E+11", "AE+11", "1.2E+x1", "1.23457E-11", "1e3"]
        {
            assert_eq!(not_an_id(text), None, "{text}");
        }
    }

    #[test]
    fn a_style_is_given_by_the_one_example() {
        for text in ["", "1,234,56", "1234", "12.34", "1.234.56"] {
            assert!(NumberStyle::from_example(text).is_none(), "{text}");
        }
    }
}
