//! The log: the ground state of a ledger. Everything else can be deleted and rebuilt from it.
//!
//! ```text
//!            requests                        answers, after the flush
//!  Writer ──────────────► Appender::commit ──────────────────────────►
//!                          │ plan    is each request acceptable? which events are new?
//!                          │ record  head ‖ data ‖ personal, with their digests
//!                          │ block   written to the journal, at most some 96 kB
//!                          ▼
//!                         Generation (journal + index, store), Generation, Generation, …
//!                          ▲
//!  Reader ─────────────────┘ a query selects positions in the index, blocks are cut into events
//! ```
//!
//! What it is: durable, ordered, idempotent by event id, read by stream, customer, tag, type and time, in both
//! directions. What it is not: asynchronous, a network service, a validator of payloads: it knows an event's
//! envelope and, of the payload, where what is personal lies.
//!
//! Begin with [`open`]; then [`Appender::commit`] and [`Reader::read`]. [`Writer`] is the thread that lets many
//! callers share one appender. The format is in `docs/log-format.md`.
//!
//! **Invariant:** an answer is given after the flush; no acknowledged event is lost, no request is half there.
//! **Invariant:** positions are dense from 1, revisions dense from 0, `recorded_at` never goes backwards.
//! **Invariant:** readers see what is durable and nothing else.

mod ahead;
mod appender;
mod block;
mod counters;
mod directory;
mod error;
mod generation;
mod head;
mod index;
mod invariants;
mod journal;
mod lock;
mod open;
mod options;
mod pending;
mod plan;
mod read;
mod reader;
mod ready;
mod record;
mod recorded;
mod runway;
mod sealed;
mod settle;
mod settled;
mod shared;
mod split;
mod store;
#[cfg(test)]
mod testing;
mod verify;
mod wire;
mod writer;

pub use appender::Appender;
pub use block::BlockFault;
pub use counters::LogCounters;
pub use error::{
    AppendError, CorruptError, Fault, NoSuchStream, OpenError, ReadError, StorageError, SubmitError,
};
pub use head::HeadRef;
pub use open::open;
pub use options::LogOptions;
pub use read::Read;
pub use reader::{ReadFrom, ReadRequest, Reader};
pub use recorded::{HeadError, Recorded};
pub use shared::LogHead;
pub use verify::{VerifyReport, verify, verify_closed};
pub use writer::{Writer, WriterOptions};
