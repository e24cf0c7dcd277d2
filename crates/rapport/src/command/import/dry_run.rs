//! `--dry-run`: what an import would append and reject. It does not ask the ledger, so it cannot know duplicates.

use std::{io::Write, path::PathBuf};

use jiff::tz::TimeZone;
use rapport_import::{Import, Mapping, Meeting, Met, Place, Reject, Settled, Step, StreamEvent, Tally};
use serde_json::json;

use super::{
    rejects::Rejects,
    summary::{Summary, told_files},
};
use crate::{
    client::server_args::ServerArgs,
    client::{self, Client},
    show::{Output, Page, cut},
};

/// Events shown.
const EVENTS: usize = 10;

/// The ledger's zone, as an import would use it; UTC, with a message, where no server answers. Asks only for a date
/// that needs one.
///
/// # Errors
/// The server answers with what this program does not know.
pub(super) async fn zone(server: &ServerArgs, times: [&Option<String>; 2]) -> anyhow::Result<TimeZone> {
    let mut given = times.into_iter().flatten();
    if given.all(|text| rapport_model::parse_date(text).is_none()) {
        return Ok(TimeZone::UTC);
    }
    match Client::connect(server).await {
        Ok(client) => client::zone(&client.head().await?),
        Err(error) => {
            eprintln!("{error:#}; a date alone is read in UTC, the import will read it in the ledger's zone");
            Ok(TimeZone::UTC)
        }
    }
}

/// Goes through the files and prints the first events, every reject as it comes, and the counts.
///
/// # Errors
/// A file cannot be read, or stdout does not take it.
pub(super) fn run(
    output: Output,
    import: Import,
    mapping: &Mapping,
    reject_file: Option<PathBuf>,
) -> anyhow::Result<()> {
    let mut rejects = Rejects::shown(reject_file);
    let mut shown = Shown { page: Page::stdout(), output, events: 0 };
    let (mut summary, mut tally, mut meeting) = (Summary::default(), Tally::default(), Meeting::default());
    for step in import {
        match step? {
            Step::Definition(event) => shown.event(&event)?,
            Step::Row(row) => {
                let settled = meeting.settle(row, mapping);
                let places = settled.events.iter().map(|event| match event {
                    Settled::Known(position) => Place::Known(*position),
                    Settled::New(_) | Settled::Change(_) => Place::New(1),
                });
                tally.settled(&settled.row, places, &mut Met::default(), !settled.rejects.is_empty());
                let undated = settled.new_events().filter(|event| event.counts_from_the_import_on());
                tally.undated(undated.count() as u64);
                for event in settled.new_events() {
                    shown.event(event)?;
                }
                for reject in &settled.rejects {
                    shown.reject(reject)?;
                    rejects.write(reject)?;
                }
            }
            Step::Reject(reject) => {
                tally.rejected(&reject);
                shown.reject(&reject)?;
                rejects.write(&reject)?;
            }
            Step::FileEnd(end) => summary.file(&end, std::mem::take(&mut tally).counts()),
        }
    }
    rejects.finish()?;
    match output {
        Output::Json => {
            writeln!(shown.page, "{}", json!({"summary": summary.value(&rejects)}))?;
            shown.page.finish()
        }
        Output::Table => {
            writeln!(
                shown.page,
                "\nnothing was appended; this is what would be, but for what the ledger has already"
            )?;
            summary.table(&mut shown.page)?;
            rejects.print(&mut shown.page, false)?;
            told_files(&mut shown.page, &rejects)?;
            shown.page.finish()
        }
        Output::Csv => {
            shown.page.finish()?;
            summary.print(output, &rejects)
        }
    }
}

/// What was printed so far.
struct Shown {
    page: Page,
    output: Output,
    events: usize,
}

impl Shown {
    /// One of the first events: as `rapport append` reads it.
    fn event(&mut self, event: &StreamEvent) -> anyhow::Result<()> {
        self.events += 1;
        if self.events > EVENTS || self.output == Output::Csv {
            return Ok(());
        }
        let body = rapport_proto::json::to_json("rapport.v1.Event", &event.event)?;
        self.line(&json!({"stream": event.stream, "event": body}).to_string())
    }

    /// Every reject.
    fn reject(&mut self, reject: &Reject) -> anyhow::Result<()> {
        let file = reject.file.display().to_string();
        let Reject { line, column, value, reason, .. } = reject;
        match self.output {
            Output::Table => {
                self.line(&format!("rejected: {file}:{line}: {}{reason}", blamed(column, value)))
            }
            Output::Json => self.line(
                &json!({"reject": {"file": file, "line": line, "column": column, "value": value, "reason": reason}})
                    .to_string(),
            ),
            Output::Csv => Ok(()),
        }
    }

    fn line(&mut self, line: &str) -> anyhow::Result<()> {
        match self.output {
            Output::Table => writeln!(self.page, "{}", cut(line))?,
            Output::Json | Output::Csv => writeln!(self.page, "{line}")?,
        }
        Ok(())
    }
}

/// Letters of a value shown: the reason comes behind it.
const VALUE_LETTERS_MAX: usize = 60;

/// The column and value in front of a reason, as far as there are any.
fn blamed(column: &str, value: &str) -> String {
    let end = value.char_indices().nth(VALUE_LETTERS_MAX).map(|(end, _)| end);
    let shortened = end.and_then(|end| value.get(..end)).map(|begin| format!("{begin}…"));
    let value = shortened.as_deref().unwrap_or(value);
    match (column.is_empty(), value.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!("`{value}`: "),
        (false, true) => format!("{column}: "),
        (false, false) => format!("{column} `{value}`: "),
    }
}

#[cfg(test)]
mod tests {
    use super::blamed;

    #[test]
    fn a_reject_names_its_column_and_value_only_where_it_has_them() {
        assert_eq!(blamed("", ""), "");
        assert_eq!(blamed("day", ""), "day: ");
        assert_eq!(blamed("day", "soon"), "day `soon`: ");
        assert_eq!(blamed("", &"ü".repeat(100)), format!("`{}…`: ", "ü".repeat(60)));
    }
}
