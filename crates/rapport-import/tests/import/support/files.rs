//! Small files in a folder of their own, mappings written in the test, and imports of the files by the mappings.

use std::{fs, path::PathBuf};

use rapport_import::{Import, ImportError, Mapping, Options, Step};
use rapport_proto::v1::payload::Kind;
use tempfile::TempDir;

use super::{Event, Run, minor, run};

/// A mapping that makes a note of each row of `notes*.csv`, which has the columns `who` and `text`.
pub(crate) const NOTES: &str = r#"
[[table]]
name = "notes"
files = ["notes*.csv"]
customer = "{who}"
[[table.emit]]
type = "note.recorded"
payload = { personal.text = "{text}" }
"#;

/// A folder with files; both are gone when this is dropped.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn of(files: &[(&str, impl AsRef<[u8]>)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, bytes) in files {
            fs::write(folder.file(name), bytes).unwrap();
        }
        folder
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// A mapping that is right.
pub(crate) fn mapping(text: &str) -> Mapping {
    Mapping::parse(text, "test").unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Why a mapping is refused.
pub(crate) fn refused(text: &str) -> String {
    Mapping::parse(text, "test").unwrap_err().to_string()
}

/// Imports a folder with these files.
pub(crate) fn import(text: &str, files: &[(&str, impl AsRef<[u8]>)]) -> Run {
    let folder = Folder::of(files);
    run(&mapping(text), &[folder.path()])
}

/// The error that stops an import of these paths, and how many events and definitions came before it.
pub(crate) fn stop_of(text: &str, paths: &[PathBuf]) -> (ImportError, usize) {
    let mapping = mapping(text);
    let mut told = 0;
    let steps = match Import::new(&mapping, paths, Options::default()) {
        Ok(steps) => steps,
        Err(error) => return (error, told),
    };
    for step in steps {
        match step {
            Ok(Step::Row(row)) => told += row.events.len(),
            Ok(Step::Definition(_)) => told += 1,
            Ok(Step::Reject(_) | Step::FileEnd(_)) => {}
            Err(error) => return (error, told),
        }
    }
    panic!("nothing stops the import");
}

/// The same of a folder with these files.
pub(crate) fn stop(text: &str, files: &[(&str, impl AsRef<[u8]>)]) -> (ImportError, usize) {
    let folder = Folder::of(files);
    stop_of(text, &[folder.path()])
}

/// The message of the error that stops an import of one file.
pub(crate) fn complaint(text: &str, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let folder = Folder::of(&[(name, bytes)]);
    stop_of(text, &[folder.file(name)]).0.to_string()
}

impl Run {
    /// Applies `of` to each event, in the order of the file, and panics where `of` has no answer.
    pub(crate) fn each<T>(&self, mut of: impl FnMut(&Event<'_>) -> Option<T>) -> Vec<T> {
        self.decoded().map(|event| of(&event).unwrap_or_else(|| panic!("{:?}", event.kind))).collect()
    }

    /// The texts of notes.
    pub(crate) fn notes(&self) -> Vec<String> {
        self.each(|event| match &event.kind {
            Kind::NoteRecorded(note) => Some(note.personal.clone().unwrap_or_default().text),
            _ => None,
        })
    }

    /// The minor units of the amounts of deals that were opened or won, and of payments.
    pub(crate) fn amounts(&self) -> Vec<i64> {
        self.each(|event| match &event.kind {
            Kind::DealOpened(deal) => Some(minor(deal.amount.as_ref())),
            Kind::DealWon(deal) => Some(minor(deal.amount.as_ref())),
            Kind::PaymentReceived(payment) => Some(minor(payment.amount.as_ref())),
            _ => None,
        })
    }

    /// When each event occurred, as in `2026-03-02T09:30:00Z`; `-` for one without a date.
    pub(crate) fn moments(&self) -> Vec<String> {
        self.decoded().map(|event| event.moment()).collect()
    }

    /// Line and column of each reject.
    pub(crate) fn reject_places(&self) -> Vec<(u64, &str)> {
        self.rejects.iter().map(|reject| (reject.line, reject.column.as_str())).collect()
    }

    /// Line, column and value of each reject.
    pub(crate) fn reject_values(&self) -> Vec<(u64, &str, &str)> {
        self.rejects
            .iter()
            .map(|reject| (reject.line, reject.column.as_str(), reject.value.as_str()))
            .collect()
    }
}

impl Event<'_> {
    /// When it occurred, as in `2026-03-02T09:30:00Z`; `-` without a date.
    pub(crate) fn moment(&self) -> String {
        self.event.occurred_at.map_or_else(
            || "-".to_owned(),
            |at| jiff::Timestamp::new(at.seconds, at.nanos).unwrap().to_string(),
        )
    }
}
