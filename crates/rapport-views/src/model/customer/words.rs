//! What is said of one thing, in one cell.

/// Those that are not empty.
pub(super) fn joined(words: &[&str]) -> String {
    let said: Vec<&str> = words.iter().copied().filter(|word| !word.is_empty()).collect();
    said.join(" · ")
}
