//! What a timeline says of a customer beside its entries: who it is ([`profile`]), when both sides last talked
//! ([`touch`]), and each entry in one line ([`summary`]).

pub mod profile;
pub mod summary;
pub mod touch;
