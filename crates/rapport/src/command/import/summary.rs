//! The end of an import: the counts of its rows, and its warnings.

use std::{io::Write, path::Path};

use rapport_import::{Counts, FileEnd, LookAlike, LookAlikes};

use super::rejects::Rejects;
use crate::show::{Align, Output, Page, Table, count, counted};

/// The counts of each file. **Invariant:** rows = accepted + duplicate + rejected, for each and in all.
#[derive(Default)]
pub(super) struct Summary {
    files: Vec<FileSummary>,
}

struct FileSummary {
    table: String,
    file: String,
    /// Empty for a file that was not read to its end.
    sha256: String,
    counts: Counts,
    warnings: Vec<String>,
    look_alikes: LookAlikes,
}

impl Summary {
    /// Adds a file that was read to its end.
    pub(super) fn file(&mut self, end: &FileEnd, counts: Counts) {
        self.files.push(FileSummary {
            table: end.table.to_string(),
            file: end.file.display().to_string(),
            sha256: end.sha256.clone(),
            counts,
            warnings: end.warnings.clone(),
            look_alikes: end.look_alikes.clone(),
        });
    }

    /// Adds a file in which the import stopped.
    pub(super) fn stopped_in(&mut self, table: &str, file: &Path, counts: Counts) {
        self.files.push(FileSummary {
            table: table.to_owned(),
            file: file.display().to_string(),
            sha256: String::new(),
            counts,
            warnings: Vec::new(),
            look_alikes: LookAlikes::default(),
        });
    }

    /// Events added so far.
    pub(super) fn events(&self) -> u64 {
        self.files.iter().map(|file| file.counts.events_added).sum()
    }

    fn total(&self) -> Counts {
        self.files.iter().fold(Counts::default(), |total, file| Counts {
            accepted: total.accepted + file.counts.accepted,
            duplicate: total.duplicate + file.counts.duplicate,
            rejected: total.rejected + file.counts.rejected,
            events_added: total.events_added + file.counts.events_added,
            without_events: total.without_events + file.counts.without_events,
            events_resumed: total.events_resumed + file.counts.events_resumed,
            events_undated: total.events_undated + file.counts.events_undated,
            first_added: 0,
        })
    }

    /// Prints it, with what was rejected.
    ///
    /// # Errors
    /// Stdout does not take it.
    pub(super) fn print(&self, output: Output, rejects: &Rejects) -> anyhow::Result<()> {
        let mut page = Page::stdout();
        match output {
            Output::Table => {
                self.table(&mut page)?;
                rejects.print(&mut page, true)?;
                told_files(&mut page, rejects)?;
            }
            Output::Json => self.json(&mut page, rejects)?,
            Output::Csv => self.csv(&mut page)?,
        }
        page.finish()
    }

    /// Prints the counts.
    ///
    /// # Errors
    /// Stdout does not take it.
    pub(super) fn table(&self, page: &mut Page) -> anyhow::Result<()> {
        let mut table = Table::new(&[
            ("table", Align::Left),
            ("file", Align::Path),
            ("rows", Align::Right),
            ("accepted", Align::Right),
            ("duplicate", Align::Right),
            ("rejected", Align::Right),
            ("no event", Align::Right),
            ("events added", Align::Right),
        ]);
        let mut row = |table_name: &str, file: &str, counts: &Counts| {
            table.row([
                table_name.to_owned(),
                file.to_owned(),
                count(counts.rows()),
                count(counts.accepted),
                count(counts.duplicate),
                count(counts.rejected),
                count(counts.without_events),
                count(counts.events_added),
            ]);
        };
        for file in &self.files {
            row(&file.table, &file.file, &file.counts);
        }
        if self.files.len() != 1 {
            row("all", "", &self.total());
        }
        table.print(page, "")?;
        let resumed = self.total().events_resumed;
        if resumed > 0 {
            writeln!(
                page,
                "\n{} of the events had been added by an import that did not finish",
                count(resumed)
            )?;
        }
        let undated = self.total().events_undated;
        if undated > 0 {
            let have = if undated == 1 { "has no date: it counts" } else { "have no date: they count" };
            writeln!(page, "\n{} {have} from the import on", counted(undated, "event", "events"))?;
        }
        for file in self.files.iter().filter(|file| file.sha256.is_empty()) {
            writeln!(
                page,
                "\nthe import stopped in {}; the rows after those counted were not read",
                file.file
            )?;
        }
        for file in &self.files {
            for warning in &file.warnings {
                writeln!(page, "\nwarning: {}: {warning}", file.file)?;
            }
        }
        self.look_alikes().table(page)
    }

    /// Of all files.
    fn look_alikes(&self) -> AllLookAlikes<'_> {
        let of_files = self.files.iter().map(|file| &file.look_alikes);
        AllLookAlikes {
            pairs: of_files.clone().map(|found| found.pairs).sum(),
            first: of_files.clone().flat_map(|found| &found.first).take(LOOK_ALIKES_SHOWN).collect(),
            is_partial: of_files.clone().any(|found| found.is_partial),
        }
    }

    fn json(&self, page: &mut Page, rejects: &Rejects) -> anyhow::Result<()> {
        serde_json::to_writer_pretty(&mut *page, &self.value(rejects))?;
        writeln!(page)?;
        Ok(())
    }

    /// As JSON.
    pub(super) fn value(&self, rejects: &Rejects) -> serde_json::Value {
        let counts = |counts: &Counts| {
            serde_json::json!({
                "rows": counts.rows(),
                "accepted": counts.accepted,
                "duplicate": counts.duplicate,
                "rejected": counts.rejected,
                "withoutEvents": counts.without_events,
                "eventsAdded": counts.events_added,
                "eventsResumed": counts.events_resumed,
                "eventsUndated": counts.events_undated,
            })
        };
        let file = |file: &FileSummary| {
            let (table, path, sha256) = (&file.table, &file.file, &file.sha256);
            let finished = !sha256.is_empty();
            serde_json::json!({"table": table, "file": path, "sha256": sha256, "finished": finished, "counts": counts(&file.counts), "warnings": file.warnings})
        };
        let files: Vec<_> = self.files.iter().map(file).collect();
        let path = rejects.path().map(|path| path.display().to_string());
        let total = counts(&self.total());
        serde_json::json!({"files": files, "total": total, "rejectFile": path, "rejects": rejects.value(), "lookAlikes": self.look_alikes().value()})
    }

    fn csv(&self, page: &mut Page) -> anyhow::Result<()> {
        let mut csv = csv::Writer::from_writer(page);
        csv.write_record([
            "table",
            "file",
            "sha256",
            "rows",
            "accepted",
            "duplicate",
            "rejected",
            "events_added",
            "without_events",
        ])?;
        for file in &self.files {
            let counts = &file.counts;
            let numbers = [
                counts.rows(),
                counts.accepted,
                counts.duplicate,
                counts.rejected,
                counts.events_added,
                counts.without_events,
            ];
            let texts = [file.table.clone(), file.file.clone(), file.sha256.clone()];
            csv.write_record(texts.into_iter().chain(numbers.map(|number| number.to_string())))?;
        }
        Ok(csv.flush()?)
    }
}

/// Pairs shown one by one.
const LOOK_ALIKES_SHOWN: usize = 10;

/// The ids that look like an earlier one, of all files.
struct AllLookAlikes<'a> {
    pairs: u64,
    first: Vec<&'a LookAlike>,
    is_partial: bool,
}

impl AllLookAlikes<'_> {
    fn table(&self, page: &mut Page) -> anyhow::Result<()> {
        if self.pairs > 0 {
            let pairs = counted(self.pairs, "pair of ids looks", "pairs of ids look");
            writeln!(page, "\nwarning: {pairs} alike; the import takes each id as another one")?;
        }
        for pair in &self.first {
            let LookAlike { what, file, line, id, first_file, first_line, first_id, remedy } = pair;
            let other = if first_file == file { String::new() } else { format!("{}:", first_file.display()) };
            writeln!(
                page,
                "{}:{line}: {what} `{id}`, and `{first_id}` on line {other}{first_line}; if they are one, write `{remedy}`",
                file.display()
            )?;
        }
        if self.pairs > self.first.len() as u64 {
            writeln!(page, "… and {} more", count(self.pairs - self.first.len() as u64))?;
        }
        if self.is_partial {
            writeln!(
                page,
                "\nwarning: there are too many ids to compare all of them for pairs that look alike"
            )?;
        }
        Ok(())
    }

    fn value(&self) -> serde_json::Value {
        let pair = |pair: &&LookAlike| {
            serde_json::json!({
                "what": pair.what,
                "file": pair.file.display().to_string(),
                "line": pair.line,
                "id": pair.id,
                "firstFile": pair.first_file.display().to_string(),
                "firstLine": pair.first_line,
                "firstId": pair.first_id,
                "remedy": pair.remedy,
            })
        };
        let first: Vec<_> = self.first.iter().map(pair).collect();
        serde_json::json!({"pairs": self.pairs, "first": first, "partial": self.is_partial})
    }
}

/// Prints the names of the reject file and of that of an earlier import.
///
/// # Errors
/// Stdout does not take it.
pub(super) fn told_files(page: &mut Page, rejects: &Rejects) -> anyhow::Result<()> {
    if let Some(path) = rejects.path() {
        writeln!(page, "\nrejected rows are in {}", path.display())?;
    }
    if let Some(kept) = rejects.kept() {
        writeln!(page, "\nwhat an earlier import rejected is now in {}", kept.display())?;
    }
    Ok(())
}
