//! Why reading ends before the last row.

use rapport_views::table::NotARow;

/// The reason.
pub(super) enum Ended {
    /// The database failed.
    Database(rusqlite::Error),
    /// A row holds what its table cannot hold.
    Row(NotARow),
    /// The question needs no further row.
    Enough,
}

impl Ended {
    /// As readers of tables say it: a database that fails is the outer error.
    pub(super) fn nested(result: Result<(), Self>) -> rusqlite::Result<Result<(), NotARow>> {
        match result {
            Ok(()) | Err(Self::Enough) => Ok(Ok(())),
            Err(Self::Row(error)) => Ok(Err(error)),
            Err(Self::Database(error)) => Err(error),
        }
    }
}

impl From<rusqlite::Error> for Ended {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<NotARow> for Ended {
    fn from(error: NotARow) -> Self {
        Self::Row(error)
    }
}
