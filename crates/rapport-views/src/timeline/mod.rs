//! The parts of a timeline beside its entries: the party's profile ([`profile`]), the last contact in which both sides
//! took part ([`touch`]), and each entry in one line ([`summary`]).

pub(crate) mod ask;
pub mod profile;
pub mod summary;
pub mod touch;
