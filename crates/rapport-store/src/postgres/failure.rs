//! What PostgreSQL reports, without what it may say of persons: details of constraints quote keys and values.

use std::{error::Error, fmt};

use postgres::error::{DbError, SqlState};
use rapport_model::ErrorClass;

/// A failure of the database or of the way there.
#[derive(Debug)]
pub struct PostgresError {
    code: Option<SqlState>,
    said: String,
}

impl PostgresError {
    /// A failure that is not the database's.
    pub fn other(said: impl Into<String>) -> Self {
        Self { code: None, said: said.into() }
    }

    /// What kind of thing went wrong.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        let Some(code) = &self.code else { return ErrorClass::Unavailable };
        match code.code().get(..2) {
            Some("40") => ErrorClass::Busy,
            // Connections, privileges, resources, an operator's doing, the system, a schema that is not there.
            Some("08" | "28" | "3D" | "3F" | "42" | "53" | "55" | "57" | "58" | "25") => {
                ErrorClass::Unavailable
            }
            _ if *code == SqlState::DATA_CORRUPTED || *code == SqlState::INDEX_CORRUPTED => {
                ErrorClass::Corrupt
            }
            _ => ErrorClass::Internal,
        }
    }

    /// Whether it lets nobody in like this, however often it is asked: the user, the password, the database's name or
    /// a right is wrong.
    pub(crate) fn is_refusal(&self) -> bool {
        self.code.as_ref().is_some_and(|code| remedy(code).is_some())
    }

    /// Whether the same transaction may succeed now: it met another one.
    pub(super) fn is_conflict(&self) -> bool {
        let conflicts = [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::UNIQUE_VIOLATION,
            SqlState::LOCK_NOT_AVAILABLE,
        ];
        self.code.as_ref().is_some_and(|code| conflicts.contains(code))
    }

    /// Whether something was there already.
    pub(super) fn is_repeated(&self) -> bool {
        self.code == Some(SqlState::UNIQUE_VIOLATION)
    }

    /// The same, told after so many attempts.
    pub(super) fn after_attempts(self, attempts: u32) -> Self {
        let said = format!("{}; tried {attempts} times, others write the same rows all the time", self.said);
        Self { said, ..self }
    }

    /// Whether what was prepared is of another schema than the one that is there.
    pub(super) fn is_outdated(&self) -> bool {
        let outdated = [
            SqlState::FEATURE_NOT_SUPPORTED,
            SqlState::INVALID_SQL_STATEMENT_NAME,
            SqlState::UNDEFINED_TABLE,
            SqlState::UNDEFINED_PSTATEMENT,
        ];
        self.code.as_ref().is_some_and(|code| outdated.contains(code))
    }
}

impl fmt::Display for PostgresError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

impl Error for PostgresError {}

impl From<postgres::Error> for PostgresError {
    fn from(error: postgres::Error) -> Self {
        error.as_db_error().map_or_else(|| Self::other(chain(&error)), Self::from)
    }
}

impl From<&DbError> for PostgresError {
    fn from(report: &DbError) -> Self {
        let code = report.code();
        let said = if code.code().starts_with("22") || code.code().starts_with("23") {
            // The message may quote a value.
            let place = |what: &str, name: Option<&str>| {
                name.map_or_else(String::new, |name| format!(", {what} `{name}`"))
            };
            format!(
                "SQLSTATE {}{}{}",
                code.code(),
                place("table", report.table()),
                place("constraint", report.constraint())
            )
        } else {
            let remedy = remedy(code).map_or_else(String::new, |remedy| format!("; {remedy}"));
            format!("{} (SQLSTATE {}){remedy}", report.message(), code.code())
        };
        Self { code: Some(code.clone()), said }
    }
}

impl From<refinery::Error> for PostgresError {
    fn from(error: refinery::Error) -> Self {
        let cause = error.source().and_then(|cause| cause.downcast_ref::<postgres::Error>());
        let report = cause.and_then(postgres::Error::as_db_error);
        report.map_or_else(|| Self::other(chain(&error)), Self::from)
    }
}

/// What to do where the database lets nobody in.
fn remedy(code: &SqlState) -> Option<&'static str> {
    Some(match code.code() {
        "28P01" | "28000" => "check user and password, and which of them PostgreSQL lets in (pg_hba.conf)",
        "3D000" => "make the database first, or name another",
        "42501" => "the user must own the database and the schemas in it, or be granted the right",
        _ => return None,
    })
}

/// An error with its causes.
fn chain(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !said.contains(&next) {
            said.push_str(": ");
            said.push_str(&next);
        }
        cause = error.source();
    }
    said
}
