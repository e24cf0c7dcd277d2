//! How answers look: tables, numbers, times, bars. No command's logic.

mod bar;
mod json;
mod number;
mod page;
mod progress;
mod table;
mod when;

pub use bar::{bar, interval};
pub use json::json;
pub use number::{count, money, money_plain, percent, plain_number, score};
pub use page::{Page, print};
pub use progress::Progress;
pub use table::{Align, Table, cut};
pub use when::{Zone, days};
