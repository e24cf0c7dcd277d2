//! Paths: through which steps tickets, deals, documents and whatever has a process go, and how long it takes.
//!
//! What goes through steps is a case. All of them are read and folded; a variant is a sequence of steps. What each figure
//! means is written in `docs/views-paths.md`.

mod adherence;
mod ask;
mod between;
mod cases;
mod compared;
mod definition;
mod measured;
mod page;
mod params;
mod quickest;
mod read;
mod response;
mod said;
mod steps;

pub use page::Paths;
