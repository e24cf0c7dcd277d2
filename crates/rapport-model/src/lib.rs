//! Events, streams, positions and amounts of money.
//!
//! Pure types and their rules: no I/O, no clock, no async, nothing of any vendor's wire format. Every other crate uses
//! this one. Begin with [`NewEvent`] and [`AppendRequest`], which a client offers; then [`Query`], with which a reader
//! asks.

mod append;
mod clock;
mod error_class;
mod event;
mod id;
mod money;
mod query;

pub use append::{AppendCondition, AppendRequest, Appended, ExpectedRevision, StreamAppend};
pub use clock::{ParseTimestampError, Timestamp, end_of_day, parse_date, parse_moment};
pub use error_class::ErrorClass;
pub use event::{Actor, NewEvent};
pub use id::{EventId, ParseEventIdError, Position, Revision};
pub use money::{Decimal, ParseDecimalError, country_exists, currency_exponent};
pub use query::{Direction, Query, QueryItem};
