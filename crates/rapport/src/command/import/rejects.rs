//! The rows that were not imported: the reject file, and their reasons summed up.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read as _, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use rapport_import::Reject;
use serde_json::json;

use crate::show::{Align, Page, Table, count};

/// The columns of the file.
const COLUMNS: [&str; 7] = ["file", "table", "line", "rows", "column", "value", "reason"];
/// Rejects shown one by one.
const SHOWN: usize = 10;
/// Reasons that are told apart; more is a file of another kind.
const REASONS_MAX: usize = 100;

/// The rejects of one import.
pub(super) struct Rejects {
    file: RejectFile,
    first: Vec<Shown>,
    /// Rejects by table, column and what their reasons have in common.
    reasons: BTreeMap<(String, String, String), Alike>,
    total: u64,
}

/// Rejects of one reason.
struct Alike {
    rejects: u64,
    /// As the first has it, as long as all have it so.
    reason: Option<String>,
}

/// A reject without its value, which may be personal.
struct Shown {
    place: String,
    column: String,
    reason: String,
}

impl Rejects {
    /// Of an import whose rejects go to `path`, or beside where the command runs.
    pub(super) fn new(path: Option<PathBuf>, mapping: &str) -> Self {
        Self::of(RejectFile::new(Some(path.unwrap_or_else(|| format!("{mapping}-rejects.csv").into()))))
    }

    /// The same; they go to a file only where there is one.
    pub(super) fn shown(path: Option<PathBuf>) -> Self {
        Self::of(RejectFile::new(path))
    }

    fn of(file: RejectFile) -> Self {
        Self { file, first: Vec::new(), reasons: BTreeMap::new(), total: 0 }
    }

    /// Adds a reject.
    ///
    /// # Errors
    /// The file does not take it.
    pub(super) fn write(&mut self, reject: &Reject) -> anyhow::Result<()> {
        self.total += 1;
        if self.first.len() < SHOWN {
            self.first.push(Shown {
                place: format!("{}:{}", reject.file.display(), reject.line),
                column: reject.column.clone(),
                reason: reject.reason.clone(),
            });
        }
        let key = (reject.table.to_string(), reject.column.clone(), alike(&reject.reason));
        if self.reasons.len() < REASONS_MAX || self.reasons.contains_key(&key) {
            let first = || Alike { rejects: 0, reason: Some(reject.reason.clone()) };
            let alike = self.reasons.entry(key).or_insert_with(first);
            alike.rejects += 1;
            alike.reason.take_if(|reason| *reason != reject.reason);
        }
        self.file.write(reject)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// The file does not take what is still in memory.
    pub(super) fn finish(&mut self) -> anyhow::Result<()> {
        self.file.finish()
    }

    /// The file, when there were rejects and they went to one.
    pub(super) fn path(&self) -> Option<&Path> {
        self.file.written()
    }

    /// The name that the reject file of an earlier import has now.
    pub(super) fn kept(&self) -> Option<&Path> {
        self.file.kept.as_deref()
    }

    /// How often each reason came, with table, column and reason; the most frequent first.
    fn reasons(&self) -> Vec<(u64, [&str; 3])> {
        let mut reasons: Vec<_> = self
            .reasons
            .iter()
            .map(|((table, column, common), alike)| {
                let reason = alike.reason.as_deref().unwrap_or(common);
                (alike.rejects, [table.as_str(), column.as_str(), reason])
            })
            .collect();
        reasons.sort_by_key(|(rejects, _)| std::cmp::Reverse(*rejects));
        reasons
    }

    /// Prints how often each reason came, and the first rejects.
    ///
    /// # Errors
    /// Stdout does not take it.
    pub(super) fn print(&self, page: &mut Page, with_first: bool) -> anyhow::Result<()> {
        if self.total == 0 {
            return Ok(());
        }
        writeln!(page, "\nrejected:")?;
        let mut table = Table::new(&[
            ("rejects", Align::Right),
            ("table", Align::Left),
            ("column", Align::Left),
            ("reason", Align::Left),
        ]);
        for (rejects, [of_table, column, reason]) in self.reasons() {
            table.row([count(rejects), of_table.to_owned(), column.to_owned(), reason.to_owned()]);
        }
        table.print(page, "")?;
        if !with_first {
            return Ok(());
        }
        let shown = self.first.len() as u64;
        if shown < self.total {
            writeln!(page, "\nthe first {} of {}:", count(shown), count(self.total))?;
        } else {
            writeln!(page)?;
        }
        for Shown { place, column, reason } in &self.first {
            let column = if column.is_empty() { String::new() } else { format!("{column}: ") };
            writeln!(page, "{place}: {column}{reason}")?;
        }
        Ok(())
    }

    /// As JSON.
    pub(super) fn value(&self) -> serde_json::Value {
        let reason = |(rejects, [table, column, reason]): (u64, [&str; 3])| json!({"table": table, "column": column, "reason": reason, "rejects": rejects});
        let first = |Shown { place, column, reason }: &Shown| json!({"place": place, "column": column, "reason": reason});
        json!({
            "total": self.total,
            "reasons": self.reasons().into_iter().map(reason).collect::<Vec<_>>(),
            "first": self.first.iter().map(first).collect::<Vec<_>>(),
        })
    }
}

/// A reason without what differs from row to row: numbers, and ids between backticks or not.
fn alike(reason: &str) -> String {
    let words = reason.split(' ').map(|word| {
        let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
        let is_id = word.len() >= 32 && has_digit;
        let is_number = has_digit
            && word
                .trim_matches(|letter: char| !letter.is_ascii_digit())
                .bytes()
                .all(|byte| byte.is_ascii_digit());
        if is_id || is_number { "…" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A CSV file that is made with the first reject. Its values are those of the source, and may be personal.
///
/// **Invariant:** after an import, the file is there if and only if that import had rejects. What an earlier import
/// left there is kept under another name.
struct RejectFile {
    path: Option<PathBuf>,
    writer: Option<csv::Writer<File>>,
    kept: Option<PathBuf>,
}

impl RejectFile {
    fn new(path: Option<PathBuf>) -> Self {
        Self { path, writer: None, kept: None }
    }

    fn write(&mut self, reject: &Reject) -> anyhow::Result<()> {
        let Some(path) = self.path.clone() else { return Ok(()) };
        let writing = || {
            format!("cannot write the reject file `{}`; choose another with --reject-file", path.display())
        };
        if self.writer.is_none() {
            self.keep_earlier(&path).with_context(writing)?;
            let mut writer = csv::Writer::from_path(&path).with_context(writing)?;
            writer.write_record(COLUMNS).with_context(writing)?;
            self.writer = Some(writer);
        }
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let record = [
            &reject.file.display().to_string(),
            reject.table.as_ref(),
            &reject.line.to_string(),
            &reject.rows.to_string(),
            &reject.column,
            &reject.value,
            &reject.reason,
        ];
        writer.write_record(record).with_context(writing)
    }

    /// Renames the reject file of an earlier import to a name with a number. A file that is not a reject file stays,
    /// and the command stops.
    fn keep_earlier(&mut self, path: &Path) -> io::Result<()> {
        let Some(begins) = beginning(path)?.filter(|begins| !begins.is_empty()) else { return Ok(()) };
        if !begins.starts_with(&COLUMNS.join(",")) {
            let reason = "there is a file of this name that is not a reject file";
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, reason));
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let extension = path.extension().map(|extension| format!(".{}", extension.to_string_lossy()));
        let numbered = |number: u32| {
            path.with_file_name(format!("{stem}-{number}{}", extension.as_deref().unwrap_or_default()))
        };
        let free = (1..).map(numbered).find(|name| !name.exists());
        if let Some(free) = free {
            fs::rename(path, &free)?;
            self.kept = Some(free);
        }
        Ok(())
    }

    fn finish(&mut self) -> anyhow::Result<()> {
        let Some(path) = self.path.clone() else { return Ok(()) };
        let writing = || format!("cannot write the reject file `{}`", path.display());
        match &mut self.writer {
            Some(writer) => writer.flush().with_context(writing)?,
            None => {
                let is_earlier = beginning(&path)
                    .is_ok_and(|begins| begins.is_some_and(|begins| begins.starts_with(&COLUMNS.join(","))));
                if is_earlier {
                    self.keep_earlier(&path).with_context(writing)?;
                }
            }
        }
        // The same rejects as the last time need no second file.
        if let Some(kept) = self.kept.take_if(|kept| is_same(kept, &path)) {
            fs::remove_file(kept).with_context(writing)?;
        }
        Ok(())
    }

    fn written(&self) -> Option<&Path> {
        self.path.as_deref().filter(|_| self.writer.is_some())
    }
}

/// How a file begins; `None` where it does not exist, or is not a file that can be kept, such as a pipe.
fn beginning(path: &Path) -> io::Result<Option<String>> {
    if !path.is_file() {
        return Ok(None);
    }
    let mut begins = Vec::new();
    File::open(path)?.take(64).read_to_end(&mut begins)?;
    Ok(Some(String::from_utf8_lossy(&begins).into_owned()))
}

fn is_same(kept: &Path, path: &Path) -> bool {
    let size = |path: &Path| path.metadata().map(|file| file.len()).ok();
    size(kept).is_some()
        && size(kept) == size(path)
        && matches!((fs::read(kept), fs::read(path)), (Ok(one), Ok(other)) if one == other)
}
