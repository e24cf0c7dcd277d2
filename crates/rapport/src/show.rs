//! How answers look: tables, numbers, times, bars. No command's logic.

mod bar;
mod confirm;
mod cut;
mod grids;
mod json;
mod number;
mod output;
mod page;
mod progress;
mod table;
mod visible;
mod when;

pub(crate) use confirm::confirmed;
pub(crate) use grids::{lines, tables};
pub(crate) use json::json;
pub(crate) use number::{count, counted, group_amounts, money};
pub(crate) use output::Output;
pub(crate) use page::{Page, print, written};
pub(crate) use progress::Progress;
pub(crate) use table::{Align, Cell, Table, note, one_line as cut, paragraph};
pub(crate) use visible::visible;
pub(crate) use when::{Zone, days};
