//! What is wrong with a mapping.

use rapport_model::ErrorClass;

/// A mapping cannot be used as it is written. The place reads like `table[1] "opportunities" / emit[2] "won"`.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// The text is not TOML.
    #[error("mapping `{mapping}` is not TOML (the mapping comes first, then the files to import): {source}")]
    Toml {
        /// The mapping's name.
        mapping: String,
        /// Where and why.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// No preset has this name.
    #[error("there is no preset `{name}` and no such file; {}the presets are {}; or give the path of a mapping file", did_you_mean(.suggestion.as_deref()), .presets.join(", "))]
    UnknownPreset {
        /// What was asked for.
        name: String,
        /// The nearest there is.
        suggestion: Option<&'static str>,
        /// What there is.
        presets: Vec<&'static str>,
    },
    /// A key that means nothing here.
    #[error("{place}: unknown key `{key}`; {}", remedy(.suggestion.as_deref(), .known))]
    UnknownKey {
        /// Where.
        place: String,
        /// The key.
        key: String,
        /// The nearest key that means something.
        suggestion: Option<String>,
        /// Every key that means something here.
        known: Vec<String>,
    },
    /// A key that must be there.
    #[error("{place}: the key `{key}` is missing; add it")]
    MissingKey {
        /// Where.
        place: String,
        /// The key.
        key: String,
    },
    /// A value that cannot be used.
    #[error("{place}: `{key}` is {found}; expected {expected}")]
    WrongValue {
        /// Where.
        place: String,
        /// The key.
        key: String,
        /// What is there, shortened.
        found: String,
        /// What to write.
        expected: String,
    },
}

impl MappingError {
    /// A mapping is the caller's input.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::UnknownPreset { .. } => ErrorClass::NotFound,
            Self::Toml { .. }
            | Self::UnknownKey { .. }
            | Self::MissingKey { .. }
            | Self::WrongValue { .. } => ErrorClass::Invalid,
        }
    }

    pub(crate) fn wrong(place: &str, key: &str, value: &toml::Value, expected: impl Into<String>) -> Self {
        let mut found: String = value.to_string().chars().take(80).collect();
        if found.is_empty() {
            found.push_str("\"\"");
        }
        Self::WrongValue {
            place: place.to_owned(),
            key: key.to_owned(),
            found: format!("`{found}`"),
            expected: expected.into(),
        }
    }

    pub(crate) fn unknown_key<'a>(place: &str, key: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let known: Vec<String> = known.map(str::to_owned).collect();
        let suggestion = nearest(key, known.iter().map(String::as_str)).map(str::to_owned);
        Self::UnknownKey { place: place.to_owned(), key: key.to_owned(), suggestion, known }
    }
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default()
}

fn remedy(suggestion: Option<&str>, known: &[String]) -> String {
    match suggestion {
        Some(key) => format!("did you mean `{key}`?"),
        None if known.is_empty() => "nothing belongs here".into(),
        None => format!("expected one of `{}`", known.join("`, `")),
    }
}

/// The candidate that a slip of the keyboard could have turned into `word`.
///
/// A word that the candidate only continues (`deals` for `deals_won`, `online` for `online-shop`) is one too.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace([' ', '-', '_', '.'], "");
    let word = plain(word);
    let begun = |candidate: &str| word.chars().count() > 3 && candidate.starts_with(&word);
    candidates
        .map(|candidate| {
            let theirs = plain(candidate);
            (if begun(&theirs) { 1 } else { distance(&word, &theirs) }, candidate)
        })
        .filter(|(steps, _)| *steps <= word.chars().count().div_ceil(3))
        .min_by_key(|(steps, _)| *steps)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, mine) in left.chars().enumerate() {
        let mut diagonal = line;
        let mut before = line + 1;
        for (cell, theirs) in row.iter_mut().skip(1).zip(&right) {
            let replaced = diagonal + usize::from(mine != *theirs);
            diagonal = *cell;
            *cell = replaced.min(diagonal + 1).min(before + 1);
            before = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_its_word_and_nonsense_finds_none() {
        let known = ["occurred_at", "customer", "payload"];
        assert_eq!(nearest("occured_at", known.into_iter()), Some("occurred_at"));
        assert_eq!(nearest("Customer", known.into_iter()), Some("customer"));
        assert_eq!(nearest("zebra", known.into_iter()), None);
        assert_eq!(nearest("occurred", known.into_iter()), Some("occurred_at"));
    }
}
