//! Texts as they are compared.

use unicode_normalization::{UnicodeNormalization as _, char::canonical_combining_class};

use crate::rows::{KnownBy, storable};

/// Characters of a text that are kept, as it was said.
const SAID_MAX: usize = 300;
/// Characters of a text that are compared. An index of PostgreSQL holds less than 2,704 bytes.
const COMPARED_MAX: usize = 200;
/// Words of a name that are compared.
pub const WORDS_MAX: usize = 16;
/// Characters of a word that are compared.
const WORD_MAX: usize = 40;
/// So many digits of a telephone number tell it from others where the rest is missing.
pub const LAST_DIGITS_MIN: usize = 6;
/// So many characters of an e-mail address are a beginning of it.
pub const BEGINNING_LETTERS_MIN: usize = 3;
/// So many characters of a number or another address are a beginning of it.
pub const NUMBER_LETTERS_MIN: usize = 4;

fn cut(text: &str, characters_max: usize) -> &str {
    text.char_indices().nth(characters_max).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

/// A text as rows keep it to be shown.
#[must_use]
pub fn said(text: &str) -> String {
    storable(cut(text.trim(), SAID_MAX)).into_owned()
}

/// Lower case, without accents: NFKD without its marks, then the letters that are not a letter and a mark.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let plain = text.nfkd().filter(|letter| canonical_combining_class(*letter) == 0);
    for letter in plain.flat_map(char::to_lowercase) {
        match letter {
            'ł' => folded.push('l'),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ħ' => folded.push('h'),
            'ŧ' => folded.push('t'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            _ => folded.push(letter),
        }
    }
    folded
}

/// The words of a name. What joins the parts of one (O'Brien) is left out; all else that is not a letter or a digit parts
/// words.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let folded: String =
        fold(text).chars().filter(|letter| !matches!(letter, '\'' | '’' | 'ʼ' | '`' | '´')).collect();
    let words = folded.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.take(WORDS_MAX).map(|word| cut(word, WORD_MAX).to_owned()).collect()
}

/// An e-mail address without case.
#[must_use]
pub fn email(text: &str) -> String {
    cut(&storable(text.trim()).to_lowercase(), COMPARED_MAX).to_owned()
}

/// A number or an id without what people put between its characters.
#[must_use]
pub fn bare(text: &str) -> String {
    let bare: String = fold(text).chars().filter(|letter| letter.is_alphanumeric()).collect();
    cut(&bare, COMPARED_MAX).to_owned()
}

/// Whether a text may be a telephone number: digits and what people put between them.
#[must_use]
pub fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_between = |letter: char| letter.is_whitespace() || "+-–()./".contains(letter);
    digits >= LAST_DIGITS_MIN && text.chars().all(|letter| letter.is_ascii_digit() || is_between(letter))
}

/// The digits of a telephone number: with its country (E.164 without the plus), or without country and trunk prefix where it
/// has no country.
#[must_use]
pub fn phone(text: &str) -> String {
    let text = text.trim().replace("(0)", "");
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = match (text.starts_with('+'), digits.strip_prefix("00")) {
        (true, _) => &digits,
        (false, Some(with_country)) => with_country,
        (false, None) => digits.strip_prefix('0').unwrap_or(&digits),
    };
    cut(digits, COMPARED_MAX).to_owned()
}

/// What a text of a kind is found by: a letter for the kind, then the text as it is compared; empty where nothing is left of
/// it. The digits of a telephone number are in reverse: its end, which all writings of it have, is a beginning.
#[must_use]
pub fn search(what: KnownBy, text: &str) -> String {
    let compared = match what {
        KnownBy::Name | KnownBy::Address => cut(&words(text).join(" "), COMPARED_MAX).to_owned(),
        KnownBy::Email => email(text),
        KnownBy::Phone => phone(text).chars().rev().collect(),
        KnownBy::Registration | KnownBy::External => bare(text),
    };
    if compared.is_empty() { compared } else { format!("{}{compared}", what.letter()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_its_words_without_case_and_accents() {
        for (name, expected) in [
            ("Jānis Bērziņš", "janis berzins"),
            ("ŁUKASZ Żółć", "lukasz zolc"),
            ("Jürgen Groß-Weiß", "jurgen gross weiss"),
            ("Søren Æbelø", "soren aebelo"),
            ("O'Brien & O’Neil", "obrien oneil"),
            ("Алёна Йорк", "алена иорк"),
            ("SIA \"Alfa\"", "sia alfa"),
            ("İSTANBUL ısı", "istanbul isi"),
            ("Γιώργος ΟΔΟΣ", "γιωργοσ οδοσ"),
            ("e\u{301}te\u{301}", "ete"),
            ("", ""),
            (" - ", ""),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
        assert_eq!(words(&"a ".repeat(40)).len(), WORDS_MAX);
        assert_eq!(words(&"x".repeat(90)), ["x".repeat(WORD_MAX)]);
    }

    #[test]
    fn a_telephone_number_is_its_digits_however_it_is_written() {
        for (written, expected) in [
            ("+371 67 123 456", "37167123456"),
            ("00371-67123456", "37167123456"),
            ("(+371) 67.123.456", "37167123456"),
            ("067 123 456", "67123456"),
            ("67123456", "67123456"),
            ("+44 (0)20 7946 0000", "442079460000"),
            ("tel. none", ""),
        ] {
            assert_eq!(phone(written), expected, "{written}");
        }
        assert!(is_phone("(+371) 67/12-34.56") && !is_phone("12345") && !is_phone("LV 40003000000"));
    }

    #[test]
    fn texts_are_found_by_their_kind_and_by_nothing_where_nothing_is_left() {
        assert_eq!(search(KnownBy::Registration, "LV 4000-300"), "rlv4000300");
        assert_eq!(search(KnownBy::Email, " Janis@Example.LV "), "ejanis@example.lv");
        assert_eq!(search(KnownBy::Phone, "+371 67123456"), "p65432176173");
        assert_eq!(search(KnownBy::Name, "Jānis  Bērziņš"), "njanis berzins");
        assert_eq!(search(KnownBy::Phone, "none"), "");
        assert_eq!(search(KnownBy::Name, "—"), "");
    }
}
