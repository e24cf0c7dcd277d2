//! Numbers by numbers, where these are small: a place each, and no hash.

/// Numbers below this have a place, in 64 MiB at most. Names are numbered from 1 on.
pub(super) const PLACES_MAX: usize = 1 << 24;
/// What is at a place where nothing was put.
pub(super) const NONE: u32 = u32::MAX;

/// A place for each small number.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<u32>);

impl Places {
    /// The place of a number; `None` of one that has none.
    pub(super) fn of(&mut self, number: i64) -> Option<&mut u32> {
        let place = usize::try_from(number).ok().filter(|place| *place < PLACES_MAX)?;
        if self.0.len() <= place {
            self.0.resize(place + 1, NONE);
        }
        self.0.get_mut(place)
    }

    /// The numbers at whose places something was put, and what.
    pub(super) fn filled(&self) -> impl Iterator<Item = (i64, u32)> {
        (0..).zip(self.0.iter().copied()).filter(|(_, of)| *of != NONE)
    }
}
