//! The world that the story is told in: the company and its customers, their languages, products and the calendar.

pub(crate) mod calendar;
pub(crate) mod company;
pub(crate) mod customer;
pub(crate) mod languages;
pub(crate) mod product;
pub(crate) mod tongue;
