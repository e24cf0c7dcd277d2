//! What PostgreSQL reports, without what it may say of persons: details of constraints quote keys and values.

use std::{error::Error, fmt};

use postgres::error::{DbError, SqlState};
use rapport_model::ErrorClass;

/// A failure of the database or of the way there.
#[derive(Debug)]
pub struct PostgresError {
    code: Option<SqlState>,
    cause: Cause,
    said: String,
}

/// What has to change before it can succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// The database or the way there.
    Store,
    /// The database refuses this user, or cannot hold texts of every letter.
    Refusal,
    /// The values to write.
    Written,
}

impl PostgresError {
    /// A failure that is not the database's.
    pub fn other(said: impl Into<String>) -> Self {
        Self { code: None, cause: Cause::Store, said: said.into() }
    }

    /// The database cannot be used as it is.
    pub(super) fn unusable(said: impl Into<String>) -> Self {
        Self { code: None, cause: Cause::Refusal, said: said.into() }
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

    /// Whether PostgreSQL refuses the connection however often it is tried: the user, the password, the database's name
    /// or a right is wrong.
    pub(crate) fn is_refusal(&self) -> bool {
        self.cause == Cause::Refusal
    }

    /// Whether PostgreSQL may refuse the written values however often they are tried; never when the database is away,
    /// full, locked, damaged, or refuses its user.
    pub(crate) fn is_of_content(&self) -> bool {
        self.cause == Cause::Written
    }

    /// Whether the server itself said so: it is there.
    pub(super) const fn is_reported(&self) -> bool {
        self.code.is_some()
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

    /// Whether a prepared statement is of another schema than the present one.
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
        if let Some(report) = error.as_db_error() {
            return Self::from(report);
        }
        // What the driver cannot put into a message is refused before anything is sent.
        let said = error.to_string();
        let is_unsendable = ["error serializing", "error encoding"].iter().any(|kind| said.starts_with(kind));
        let cause = if is_unsendable { Cause::Written } else { Cause::Store };
        Self { cause, ..Self::other(chain(&error)) }
    }
}

impl From<&DbError> for PostgresError {
    fn from(report: &DbError) -> Self {
        let code = report.code();
        let said = if may_quote(code) {
            let place = |what: &str, name: Option<&str>| {
                name.map_or_else(String::new, |name| format!(", {what} `{name}`"))
            };
            format!(
                "SQLSTATE {}{}{}{}",
                code.code(),
                meaning(code).map_or_else(String::new, |meaning| format!(" ({meaning})")),
                place("table", report.table()),
                place("constraint", report.constraint())
            )
        } else {
            let remedy = remedy(code).map_or_else(String::new, |remedy| format!("; {remedy}"));
            format!("{} (SQLSTATE {}){remedy}", report.message(), code.code())
        };
        Self { code: Some(code.clone()), cause: cause_of(code), said }
    }
}

/// Whether the message of a report may hold a value: all but those about connections, rights, names and resources. A
/// trigger may say anything.
fn may_quote(code: &SqlState) -> bool {
    const OF_THE_SERVER: [&str; 13] =
        ["08", "0A", "25", "26", "28", "3D", "3F", "40", "42", "53", "55", "57", "58"];
    !code.code().get(..2).is_some_and(|class| OF_THE_SERVER.contains(&class))
}

fn cause_of(code: &SqlState) -> Cause {
    if remedy(code).is_some() {
        return Cause::Refusal;
    }
    let is_damage = [SqlState::DATA_CORRUPTED, SqlState::INDEX_CORRUPTED].contains(code);
    if is_damage || !may_quote(code) { Cause::Store } else { Cause::Written }
}

/// In place of the message, which is not shown.
fn meaning(code: &SqlState) -> Option<&'static str> {
    Some(match code.code() {
        "22P05" => "a letter that the database's encoding lacks",
        "23505" => "it is there already",
        "54000" => "too long for an index or a row",
        "XX001" | "XX002" => "damaged",
        _ => return None,
    })
}

/// What to do when PostgreSQL refuses the connection.
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
