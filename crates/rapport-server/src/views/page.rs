//! How many entries a page has.

use crate::refusal::Refusal;

/// What a request may ask for at most.
const SIZE_MAX: u32 = 1_000;

/// Refuses a page that would be larger; 0 is the service's choice.
pub fn check_size(asked: u32) -> Result<(), Refusal> {
    if asked <= SIZE_MAX {
        return Ok(());
    }
    let expected =
        format!("expected at most `{SIZE_MAX}`, found `{asked}`; ask for the pages one after the other");
    Err(Refusal::field("page_size", expected))
}
