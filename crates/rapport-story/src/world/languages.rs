//! The five languages of the story.

mod en;
mod lt;
mod lv;
mod pl;
mod ru;

use crate::world::tongue::Tongue;

/// Latvian, Lithuanian, Polish, Russian, English.
pub(crate) const ALL: [&Tongue; 5] = [&LATVIAN, &LITHUANIAN, &POLISH, &RUSSIAN, &ENGLISH];
/// Latvian.
pub(crate) const LATVIAN: Tongue = lv::TONGUE;
/// Lithuanian.
pub(crate) const LITHUANIAN: Tongue = lt::TONGUE;
/// Polish.
pub(crate) const POLISH: Tongue = pl::TONGUE;
/// Russian.
pub(crate) const RUSSIAN: Tongue = ru::TONGUE;
/// English.
pub(crate) const ENGLISH: Tongue = en::TONGUE;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_something_to_say_on_every_occasion() {
        for tongue in ALL {
            let lists = [
                tongue.men,
                tongue.women,
                tongue.firms,
                tongue.wishes,
                tongue.findings,
                tongue.next_steps,
                tongue.calls,
                tongue.subjects,
                tongue.praise,
                tongue.shrugs,
                tongue.grumbles,
            ];
            assert!(lists.iter().all(|list| list.len() >= 3), "{}", tongue.code);
            assert!(tongue.surnames.len() >= 3 && tongue.complaints.len() >= 3, "{}", tongue.code);
        }
    }
}
