//! Two years of a plausible company, as events in the order in which they were recorded.
//!
//! A [`Story`] is an iterator: the same [`Plan`] tells the same story, to the byte. It holds no more than what is
//! still to come of the chapters that have begun (a deal on its way, a ticket), not the whole of it: a chapter
//! writes its events into a heap ordered by the recorded clock and may begin others. It does no I/O and reads no
//! clock; the end of the story is part of the plan. [`Requests`] makes appends of the events; sending them is the
//! caller's.
//!
//! Begin with `story`, which plays the `chapters` (`arrival`, `deal`, `ticket` …); they write into `telling`. The company, its
//! customers and their languages are in `world`.
//!
//! **Invariant:** events leave in the order of `recorded_at`, no event leaves before the one that it names
//! (a correction after its target, everything of a customer after its registration), and nothing but a planned meeting
//! happens after it is recorded. Some of it is recorded late, and some of it wrongly: see `happening`.

mod chapters;
mod happening;
mod plan;
mod requests;
mod story;
mod telling;
#[cfg(test)]
mod tests;
mod world;

pub use chapters::pipeline::PIPELINE;
pub use chapters::showcase::{SHOWCASE, SHOWCASE_DEAL};
pub use plan::{Milestones, Plan};
pub use requests::Requests;
pub use story::Story;
pub use telling::Planned;
