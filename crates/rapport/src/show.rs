//! How answers look: tables, numbers, times, bars. No command's logic.

mod bar;
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

pub use grids::{lines, tables};
pub use json::json;
pub use number::{count, counted, group_amounts, money};
pub use output::Output;
pub use page::{Page, print, written};
pub use progress::Progress;
pub use table::{Align, Cell, Table, note, one_line as cut, paragraph};
pub use visible::visible;
pub use when::{Zone, days};
