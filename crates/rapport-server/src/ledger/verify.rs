//! `rapport verify`: checks the log and the views of a stopped ledger against the invariants.

use std::path::Path;

use rapport_log::{CorruptError, OpenError, VerifyReport, verify_closed};
use rapport_model::Position;
use rapport_store::{Condition, StoreError, inspect};

/// What is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `log`, or the view.
    pub part: &'static str,
    /// The log's generation.
    pub generation: Option<u64>,
    /// The position at or after which it is.
    pub position: Option<u64>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// A ledger was looked through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// What the log's check read and counted.
    pub log: VerifyReport,
    /// How far each view's file is, as far as that can be read.
    pub views: Vec<(&'static str, Option<Position>)>,
    /// What is wrong; of many faults of the log only the first.
    pub findings: Vec<Finding>,
}

/// A ledger could not be looked through.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The log's directory.
    #[error("cannot verify the ledger in `{}`: {source}", .path.display())]
    Log {
        /// The directory of the log.
        path: std::path::PathBuf,
        /// Why.
        source: OpenError,
    },
    /// The views' directory.
    #[error("cannot verify the views: {0}")]
    Views(#[from] StoreError),
}

/// Looks through a ledger that no server has open. `progress` is told the bytes read, and of how many.
///
/// # Errors
/// The directory has no ledger, a server has it open, or the disk fails.
pub fn verify(data: &Path, progress: impl FnMut(u64, u64)) -> Result<Verification, VerifyError> {
    let path = data.join("log");
    let log = verify_closed(&path, progress).map_err(|source| VerifyError::Log { path, source })?;
    let mut findings: Vec<Finding> = log.first_faults.iter().map(in_log).collect();
    let mut views = Vec::new();
    let dir = data.join("views");
    for (view, condition) in if dir.is_dir() { inspect(&dir)? } else { Vec::new() } {
        let part = view.name();
        let position = match &condition {
            Condition::Sound(position) => Some(*position),
            Condition::NotBuilt | Condition::Damaged(_) => None,
        };
        findings.extend(in_view(part, &condition, &log, &dir));
        views.push((part, position));
    }
    Ok(Verification { log, views, findings })
}

fn in_log(error: &CorruptError) -> Finding {
    Finding {
        part: "log",
        generation: Some(error.generation),
        position: Some(error.position.0),
        what: error.fault.to_string(),
        remedy: error.fault.remedy().to_owned(),
    }
}

fn in_view(part: &'static str, condition: &Condition, log: &VerifyReport, dir: &Path) -> Option<Finding> {
    let finding = |position: Option<u64>, what: String, remedy: String| {
        Some(Finding { part, generation: None, position, what, remedy })
    };
    match condition {
        Condition::NotBuilt => None,
        Condition::Sound(position) if *position > log.last => finding(
            Some(position.0),
            format!(
                "it has seen position `{position}`, and the log ends at `{}`: the log has lost events",
                log.last
            ),
            if log.faults == 0 {
                format!("restore the ledger from a backup; to go on without them, delete `{}`", dir.display())
            } else {
                "see to the faults of the log first, then verify again; the view itself is sound".to_owned()
            },
        ),
        Condition::Sound(_) => None,
        Condition::Damaged(what) => finding(
            None,
            format!("the database is damaged: {what}"),
            format!(
                "delete the files `{part}*` in `{}`: the next start builds the view again, as it does by itself where it meets \
                 the damage",
                dir.display()
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_ahead_of_a_damaged_log_waits_for_the_log_and_is_not_to_be_deleted() {
        let remedy = |faults| {
            let log = VerifyReport { last: Position(7), faults, ..VerifyReport::default() };
            let ahead = Condition::Sound(Position(9));
            in_view("funnel", &ahead, &log, Path::new("views")).map(|finding| finding.remedy)
        };
        assert!(remedy(0).is_some_and(|remedy| remedy.contains("delete `views`")));
        assert!(remedy(2).is_some_and(|remedy| remedy.contains("log first") && !remedy.contains("delete")));
    }
}
