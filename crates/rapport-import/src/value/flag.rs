//! Truth values as exports write them.

/// What was expected of a text that is not one.
pub(crate) const EXPECTED_FLAG: &str = "expected true or false, yes or no, 1 or 0";

/// The truth value that a text writes.
pub(crate) fn flag(text: &str) -> Option<bool> {
    const YES: [&str; 6] = ["true", "yes", "1", "t", "y", "on"];
    const NO: [&str; 6] = ["false", "no", "0", "f", "n", "off"];
    let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is(&YES) { Some(true) } else { is(&NO).then_some(false) }
}
