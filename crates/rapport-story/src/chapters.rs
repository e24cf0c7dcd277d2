//! The chapters of the story: each writes its events into the telling, and may begin others.

pub(crate) mod arrival;
pub(crate) mod bill;
pub(crate) mod deal;
pub(crate) mod double;
pub(crate) mod fulfilment;
pub(crate) mod gallery;
pub(crate) mod goods;
pub(crate) mod marketing;
pub(crate) mod opening;
pub(crate) mod party;
pub(crate) mod pipeline;
pub(crate) mod process;
pub(crate) mod purchase;
pub(crate) mod records;
pub(crate) mod showcase;
pub(crate) mod staff;
pub(crate) mod standards;
pub(crate) mod survey;
pub(crate) mod ticket;
pub(crate) mod touch;
