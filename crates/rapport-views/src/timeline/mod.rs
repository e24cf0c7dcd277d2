//! The parts of a timeline beside its entries: the party's profile ([`profile`]), the last contact in which both sides
//! took part ([`touch`]), each entry in one line ([`summary`]), and what is withheld unless it is asked for ([`special`]).

pub(crate) mod ask;
pub mod profile;
pub mod special;
pub mod summary;
pub mod touch;
