//! Sums over all deals, kept so that the funnel's snapshot as of any (T, K) reads no deal.
//!
//! A row of a deal holds over a rectangle of the two clocks. It counts in a [`bins::Bin`] (open in a stage, closed
//! with these stages reached), and the rectangle is written as what changes at its corners: +1 at (valid_from,
//! known_from) and at (valid_to, known_to), -1 at the other two, where they are not the end of time. So the sum as of
//! (T, K) is that of all [`change::Change`]s with valid ≤ T and known ≤ K. Where one row follows another their corners
//! meet and cancel: a move is one change out of a bin and one into another.
//!
//! [`keep`] writes the changes as they become known. Every so many are a *block*: ordered by valid time in chunks, each
//! with the sums of the chunks before it. As of (T, K) a block that was known by K costs one chunk, and only the one
//! block in which K lies is read whole ([`ask`]). What has not filled a block is the *tail*, read whole as well.
//!
//! The moment when a stage was first reached is not a sum: [`first`] keeps it for every moment of the recorded clock.
//!
//! **Invariant:** the changes up to (T, K) add up to the spans of deals that hold at (T, K).
//! [`check`] says whether they do.

pub(super) mod ask;
pub(super) mod bins;
pub(super) mod change;
pub(super) mod check;
pub(super) mod first;
pub(super) mod keep;
pub(super) mod reach;
