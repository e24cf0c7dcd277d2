//! How answers look: tables, numbers, times, bars. No command's logic.

mod bar;
mod cut;
mod json;
mod number;
mod output;
mod page;
mod progress;
mod table;
mod visible;
mod when;

pub use json::json;
pub use number::{
    count, counted, digits_of, fixed, group_amounts, money, money_plain, percent, plain_number, score,
};
pub use output::Output;
pub use page::{Page, print, written};
pub use progress::Progress;
pub use table::{Align, Cell, Table, note, one_line as cut, paragraph};
pub use visible::visible;
pub use when::{Zone, days};
