//! What a page of a timeline is made of, of a customer as of an object.

use rapport_proto::v1;

use crate::read::{EntryCounts, EntryPlace};

/// Who or what the entries are of.
#[derive(Default)]
pub(super) struct Shown {
    /// The customer; absent for an object.
    pub(super) party: Option<v1::Party>,
    /// The customers of an object.
    pub(super) customers: Vec<String>,
    pub(super) customers_left_out: u64,
}

/// What a page is made of.
pub(super) struct Found {
    pub(super) shown: Shown,
    pub(super) counts: EntryCounts,
    pub(super) places: Vec<EntryPlace>,
    /// Whether others follow.
    pub(super) more: bool,
}
