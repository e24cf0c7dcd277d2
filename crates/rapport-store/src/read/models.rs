//! The questions that every store of views answers.

use rapport_model::Position;
use rapport_views::read::{ReadError, Rows};

use crate::View;

/// How far a view is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewState {
    /// The view.
    pub view: View,
    /// The last event whose rows can be read: of those before it none is missing.
    pub position: Position,
    /// Events that could not be read or stored.
    pub set_aside: u64,
    /// The last of these; the beginning when there is none.
    pub last_set_aside: Position,
    /// Corrections and retractions whose target the view has not got.
    pub waiting: u64,
    /// Whether a rebuild is under way.
    pub rebuilding: bool,
    /// Whether that is so because its file was damaged: until it is built it answers nothing.
    pub damaged: bool,
}

/// An event that a view goes on without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Its place; the beginning for bytes that are not an event.
    pub position: Position,
    /// Why; never anything that the event holds.
    pub reason: String,
}

/// How many of the events that were set aside are told.
pub(crate) const SET_ASIDE_TOLD: i64 = 10;

/// Where rows can be read: SQLite's files, or a PostgreSQL database. Calls block.
pub trait ReadModels: Send + Sync {
    /// How far a view is.
    ///
    /// # Errors
    /// The database failed.
    fn state(&self, view: View) -> Result<ViewState, ReadError>;

    /// The latest events that a view set aside, a few of them, the latest first.
    ///
    /// # Errors
    /// The database failed.
    fn last_set_aside(&self, view: View) -> Result<Vec<SetAside>, ReadError>;

    /// The last event whose rows can be read in a view.
    ///
    /// # Errors
    /// The database failed.
    fn position(&self, view: View) -> Result<Position, ReadError>;

    /// The rows of a view as they are committed now.
    ///
    /// # Errors
    /// The database failed.
    fn rows(&self, view: View) -> Result<Box<dyn Rows>, ReadError>;
}
