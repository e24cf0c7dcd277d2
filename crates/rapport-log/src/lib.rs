//! The log: the ground state of a ledger. Everything else can be deleted and rebuilt from it.
//!
//! ```text
//!            requests                        answers, after the flush
//!  Writer ──────────────► Appender::commit ──────────────────────────►
//!                          │ plan    is each request acceptable? which events are new?
//!                          │ record  envelope ‖ data ‖ personal, with digests
//!                          │ block   written to the journal, at most some 96 kB
//!                          ▼
//!                         Generation (journal + index, sled), Generation, Generation, …
//!                          ▲
//!  Reader ─────────────────┘ a query selects positions in the index, blocks are cut into events
//! ```
//!
//! What it is: durable, ordered, idempotent by event id, read by stream, customer, tag, type and time, in both
//! directions. What it is not: asynchronous, a network service, a validator of payloads. It knows an event's envelope
//! and, of the payload, where the personal part lies.
//!
//! The folders import in one direction: `event` (an event as bytes), `disk` (journal, sled, index, generations), then
//! `commit` and `read`, which do not import each other.
//!
//! Begin with [`open()`]; then [`Appender::commit`] and [`Reader::read`]. [`Writer`] lets many callers share
//! one appender. The format is in `docs/log-format.md`.
//!
//! **Invariant:** the log answers after the flush; no answered event is lost, and no request is stored in part.
//! **Invariant:** positions are dense from 1, revisions dense from 0, `recorded_at` never goes backwards.
//! **Invariant:** readers see durable events and nothing else.

mod commit;
mod counters;
mod disk;
mod error;
mod event;
mod lock;
mod open;
mod options;
mod read;
mod shared;
#[cfg(test)]
mod testing;

pub use commit::appender::Appender;
pub use commit::writer::{Writer, WriterOptions};
pub use counters::LogCounters;
pub use error::{
    AppendError, BlockFault, CorruptError, Fault, NoSuchStream, OpenError, ReadError, StorageError,
    SubmitError,
};
pub use event::envelope::Envelope;
pub use event::recorded::{EnvelopeError, Recorded};
pub use open::open;
pub use options::LogOptions;
pub use read::iterator::Read;
pub use read::reader::{ReadFrom, ReadRequest, Reader};
pub use read::verify::{VerifyReport, verify, verify_closed};
pub use shared::LogHead;
