//! Files of other systems become events, by a declarative mapping.
//!
//! A [`Mapping`] is a TOML text (a preset, or the user's own; `docs/import.md` says how to write one). An [`Import`]
//! matches files to its tables and goes through them row by row: each row gives all its events, or a [`Reject`].
//! The caller appends the events, tells a [`Tally`] what the ledger answered, and closes each file with
//! [`FileEnd::batch_closed`]. Importing a file again gives the same ids, and so adds nothing.
//!
//! It reads files and nothing else: no clock, no network, no ledger.
//!
//! Where things are decided: what a mapping may say in `mapping` and `expr`, how texts are read in `value`, which
//! file is what in `source`, ids in `run::identity`, presets in `presets/`.

mod digest;
mod expr;
mod mapping;
mod payload;
mod run;
mod source;
mod suggest;
mod value;

pub use mapping::Mapping;
pub use mapping::error::{MappingError, nearest};
pub use payload::vocabulary::{EventType, PayloadField, vocabulary};
pub use run::{
    error::ImportError,
    import::Import,
    look_alike::{LookAlike, LookAlikes},
    meeting::Meeting,
    options::Options,
    outcome::{FileEnd, Step},
    row_events::{Reject, RowEvents},
    settle::{Settled, SettledRow, Settling, Told},
    size::event_bytes,
    stream_event::{Origin, StreamEvent},
    tally::{Counts, Met, Place, Tally},
};
pub use source::header::MissingColumn;
pub use suggest::suggest;
