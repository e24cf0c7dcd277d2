//! What sorts the rows of a table.

/// A key has at most so many columns.
pub(super) const KEY_COLUMNS_MAX: usize = 5;

/// The numbers in the columns of a key; 0 beyond its last.
pub(super) type Key = [i64; KEY_COLUMNS_MAX];

/// The key of a row.
pub(super) fn key_of(row: &[i64], key: &[usize]) -> Key {
    let mut of = Key::default();
    for (slot, column) in of.iter_mut().zip(key) {
        *slot = row.get(*column).copied().unwrap_or_default();
    }
    of
}
