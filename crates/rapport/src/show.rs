//! How answers look: tables, numbers, times, bars. No command's logic.

mod bar;
mod cut;
mod grids;
mod json;
mod number;
mod page;
mod progress;
mod table;
mod visible;
mod when;

pub use bar::{bar, interval};
pub use grids::{lines, tables};
pub use json::json;
pub use number::{
    count, counted, digits_of, fixed, group_amounts, money, money_plain, percent, plain_number,
};
pub use page::{Page, print, written};
pub use progress::Progress;
pub use table::{Align, Cell, Table, note, one_line as cut, paragraph};
pub use visible::visible;
pub use when::{Zone, days};
