//! The currency of a request.

use rapport_model::currency_exponent;

use crate::answers::AnswerError;

/// The one that is wanted; none where a request leaves it out. A code of which the ledger has nothing is one as well.
///
/// # Errors
/// It is not a code of ISO 4217: no amount has it, and the answer would be empty without a word.
pub(super) fn asked(code: &str, field: &'static str) -> Result<Option<String>, AnswerError> {
    match code {
        "" => Ok(None),
        code if currency_exponent(code).is_some() => Ok(Some(code.to_owned())),
        code => Err(AnswerError::UnknownCurrency { field, code: code.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_its_code_and_nothing_like_it() {
        assert_eq!(asked("", "currency"), Ok(None));
        assert_eq!(asked("EUR", "currency"), Ok(Some("EUR".to_owned())));
        for wrong in ["eur", "EURO", " EUR", "XXY", "€"] {
            let error = asked(wrong, "currency").err();
            let text = error.map(|error| format!("{}: {error}", error.field()));
            let expected = format!(
                "currency: expected a currency by its code in ISO 4217, such as `EUR`, found `{wrong}`"
            );
            assert_eq!(text, Some(expected));
        }
    }
}
