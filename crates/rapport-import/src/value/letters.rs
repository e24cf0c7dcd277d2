//! The letters of an id: which spellings look the same, and one spelling for all of them.
//!
//! `é` is one letter or an `e` with an accent behind it, a blank may be one that does not break, and some letters have no
//! width at all. Texts that differ in this alone look the same and are different ids.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Into which form letters are brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Accents are part of their letter (NFC).
    Composed,
    /// The same, and letters of full width, ligatures and raised digits are plain letters and digits (NFKC).
    Compatible,
}

impl Form {
    /// By its name in a mapping.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "nfc" => Some(Self::Composed),
            "nfkc" => Some(Self::Compatible),
            _ => None,
        }
    }

    /// Its name in a mapping.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Composed => "nfc",
            Self::Compatible => "nfkc",
        }
    }

    /// The text in this form, without letters that cannot be seen, with one plain blank where there are blanks of any
    /// kind, and none around it.
    pub(crate) fn of(self, text: &str) -> Cow<'_, str> {
        if is_plain(text) {
            return Cow::Borrowed(text);
        }
        let visible = text.chars().filter(|letter| letter.is_whitespace() || !is_invisible(*letter));
        let letters: String = match self {
            Self::Composed => visible.nfc().collect(),
            Self::Compatible => visible.nfkc().collect(),
        };
        Cow::Owned(letters.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// What texts have in common that look alike, also those that differ in letter case: written over `into`.
pub(crate) fn skeleton(text: &str, into: &mut String) {
    into.clear();
    match Form::Compatible.of(text) {
        // Most ids are in this form already, and are copied without an allocation.
        Cow::Borrowed(text) => {
            into.push_str(text);
            into.make_ascii_lowercase();
        }
        Cow::Owned(text) => into.push_str(&text.to_lowercase()),
    }
}

/// The keys of an expression that make one text of two that look alike.
pub(crate) fn remedy(one: &str, other: &str) -> String {
    let forms = [Form::Composed, Form::Compatible];
    if let Some(form) = forms.into_iter().find(|form| form.of(one) == form.of(other)) {
        return format!("normalize = \"{}\"", form.name());
    }
    if one.to_lowercase() == other.to_lowercase() {
        return "case = \"lower\"".into();
    }
    let alike = |form: &Form| form.of(one).to_lowercase() == form.of(other).to_lowercase();
    let form = forms.into_iter().find(alike).unwrap_or(Form::Compatible);
    format!("normalize = \"{}\", case = \"lower\"", form.name())
}

/// The text with the letters that cannot be seen, or not alone, as `\u{200b}`.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        let odd_blank = letter.is_whitespace() && letter != ' ';
        if odd_blank || is_invisible(letter) || is_combining_mark(letter) {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// ASCII that can be seen, with single blanks in it: every form of it is the text itself.
fn is_plain(text: &str) -> bool {
    let mut before = b' ';
    for byte in text.bytes() {
        if !(byte.is_ascii_graphic() || byte == b' ' && before != b' ') {
            return false;
        }
        before = byte;
    }
    text.is_empty() || before != b' '
}

/// Letters without width, marks of direction and of variants, and control characters.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_look_alike_have_one_skeleton_and_are_made_one_by_what_the_remedy_says() {
        let alike = [
            ("Café", "Cafe\u{301}", "normalize = \"nfc\""),
            ("\u{c5}sa", "\u{212b}sa", "normalize = \"nfc\""),
            ("D-1", "D-\u{200b}1", "normalize = \"nfc\""),
            ("D-1", "\u{feff}D-1", "normalize = \"nfc\""),
            ("D-1", "D\u{ad}-1", "normalize = \"nfc\""),
            ("D-1", "D-1\0", "normalize = \"nfc\""),
            ("Baltic Foods", "Baltic\u{a0}Foods", "normalize = \"nfc\""),
            ("Baltic Foods", "Baltic\u{202f} Foods", "normalize = \"nfc\""),
            ("Baltic Foods", "Baltic  Foods", "normalize = \"nfc\""),
            ("Baltic Foods", "Baltic\tFoods ", "normalize = \"nfc\""),
            ("e\u{200d}\u{301}", "é", "normalize = \"nfc\""),
            ("office", "o\u{fb03}ce", "normalize = \"nfkc\""),
            ("A1", "\u{ff21}\u{ff11}", "normalize = \"nfkc\""),
            ("D-1", "d-1", "case = \"lower\""),
            ("ĀDA", "āda", "case = \"lower\""),
            ("CAFÉ", "cafe\u{301}", "normalize = \"nfc\", case = \"lower\""),
            ("OFFICE", "o\u{fb03}ce", "normalize = \"nfkc\", case = \"lower\""),
        ];
        let skeleton = |text: &str| {
            let mut found = "before".to_owned();
            super::skeleton(text, &mut found);
            found
        };
        for (one, other, keys) in alike {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other:?}");
            assert_eq!(remedy(one, other), keys, "{one} {other:?}");
            assert_eq!(remedy(other, one), keys, "{other:?} {one}");
        }
        for (one, other) in [("D-1", "D-2"), ("D-1", "D1"), ("café", "cafe"), ("D 1", "D1"), ("O", "0")] {
            assert_ne!(skeleton(one), skeleton(other), "{one} {other}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_shown() {
        assert_eq!(shown("é e\u{301}\u{200b}\u{a0}x\ty"), "é e\\u{301}\\u{200b}\\u{a0}x\\u{9}y");
    }
}
