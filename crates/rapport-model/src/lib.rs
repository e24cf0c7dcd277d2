//! Events, streams, positions and amounts of money.
//!
//! Pure types and their rules: no I/O, no clock, no async. Of the wire it knows one thing, how a recorded event is
//! encoded, because the log stores events so and everything else reads them ([`event_ref`], [`wire`]). Every other crate
//! stands on this one. Begin with [`NewEvent`] and [`AppendRequest`]: what a client offers; then [`Query`]: what
//! a reader asks for.

mod append;
mod clock;
mod error_class;
mod event;
pub mod event_ref;
mod id;
mod money;
mod query;
pub mod wire;

pub use append::{AppendCondition, AppendRequest, Appended, ExpectedRevision, StreamAppend};
pub use clock::{ParseTimestampError, Timestamp, end_of_day, parse_date, parse_moment, zone_exists};
pub use error_class::ErrorClass;
pub use event::{Actor, NewEvent};
pub use id::{EventId, ParseEventIdError, Position, Revision};
pub use money::{Decimal, ParseDecimalError, country_exists, currency_exponent};
pub use query::{Direction, Query, QueryItem};
