//! What a code is: the name of a stage, a step, a product or a definition.

/// The message about a text that is not a code.
pub(crate) const CODE_EXPECTED: &str = "expected no blanks at its ends";

/// Whether a code begins and ends with a visible letter. Otherwise two codes could look the same and be two stages.
pub(crate) fn is_code(text: &str) -> bool {
    text.trim() == text
}
