//! What stops an import. A row that is wrong does not: it is a reject.

use std::{
    io,
    path::{Path, PathBuf},
};

use rapport_model::ErrorClass;
use rapport_proto::validate::Invalid;

use crate::{
    mapping::{Content, error::nearest, table::Table},
    source::header::MissingColumn,
};

/// An import cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be read.
    #[error("cannot read `{}`: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file has nothing in it, not even a header.
    #[error("`{}` is empty; leave it out, or export it again", .path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A file is of no table of the mapping.
    #[error("{}; the tables of mapping `{mapping}` are {}", does_not_fit(.path), .tables.join(", "))]
    Unmatched {
        /// The file or folder.
        path: PathBuf,
        /// The mapping.
        mapping: String,
        /// Tables with their file names, `opportunities (sales_pipeline*.csv)`.
        tables: Vec<String>,
    },
    /// `TABLE=PATH` names a table that the mapping does not have.
    #[error("there is no table `{table}` in mapping `{mapping}`{}, and no file `{}`; the mapping's tables are {}", did_you_mean(.suggestion.as_deref()), .path.display(), .tables.join(", "))]
    UnknownTable {
        /// What stands before the `=`.
        table: String,
        /// The mapping.
        mapping: String,
        /// The nearest table there is.
        suggestion: Option<String>,
        /// All that was given: it could be a file's name.
        path: PathBuf,
        /// Tables with their file names.
        tables: Vec<String>,
    },
    /// A file that the mapping requires was not given.
    #[error("the file of `{table}` is missing; give a path to a file named {}", .names.join(" or "))]
    MissingFile {
        /// The table or join.
        table: String,
        /// Its file names.
        names: Vec<String>,
    },
    /// A file lacks columns that the mapping reads.
    #[error("`{}` lacks columns that `{table}` reads: {}; it has {}", .path.display(), missing_text(.missing), there_text(.there))]
    MissingColumns {
        /// The file.
        path: PathBuf,
        /// The table or join.
        table: String,
        /// What is missing.
        missing: Vec<MissingColumn>,
        /// The columns there are.
        there: Vec<String>,
    },
    /// The rows of a key do not stand together.
    #[error("line {line} of `{}`: a row with the `{by}` of rows that had ended, by {}; write `sort_by` beside `{by}`, with the column that says the order (`sort_by = \"{{time}}\"`), or sort the file{}", .path.display(), columns_text(.columns), window_text(by))]
    Scattered {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// `run_by` or `group_by`.
        by: &'static str,
        /// The columns of the key.
        columns: Vec<String>,
    },
    /// The rows of a key are in several files.
    #[error("line {line} of `{}`: the rows with this `run_by`, by {}, begin with another row in a file before it; join the parts of an export into one file (`sort_by` brings its rows into order), and import exports of different days by one command each", .path.display(), columns_text(.columns))]
    Parted {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The columns of the key.
        columns: Vec<String>,
    },
    /// Values of a column are written in two ways, and some of them would be read wrongly.
    #[error("column `{column}` of `{}` {evidence}; nothing of the file was imported; say with `{key}` in the mapping how the file writes them, or correct the file", .path.display())]
    TwoWays {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// Which lines show it, and which ways they are.
        evidence: String,
        /// `dates` or `numbers`.
        key: &'static str,
    },
    /// A row of a joined file cannot be read.
    #[error("line {line} of the joined file `{}`: {reason}", .path.display())]
    Lookup {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// Why.
        reason: String,
    },
    /// The ledger would refuse a definition.
    #[error("definition `{code}` of kind `{kind}` cannot be published: {source}")]
    Definition {
        /// Its kind.
        kind: String,
        /// Its code.
        code: String,
        /// Why.
        #[source]
        source: Invalid,
    },
}

impl ImportError {
    /// Files that are not there or not readable are the caller's.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self {
            Self::Read { .. } | Self::MissingFile { .. } => ErrorClass::NotFound,
            Self::Empty { .. }
            | Self::Unmatched { .. }
            | Self::UnknownTable { .. }
            | Self::MissingColumns { .. }
            | Self::Scattered { .. }
            | Self::Parted { .. }
            | Self::TwoWays { .. }
            | Self::Lookup { .. }
            | Self::Definition { .. } => ErrorClass::Invalid,
        }
    }

    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }

    /// `column` may be empty: then the whole line is wrong.
    pub(crate) fn lookup(path: &Path, line: u64, column: &str, reason: String) -> Self {
        let reason = if column.is_empty() { reason } else { format!("column `{column}`: {reason}") };
        Self::Lookup { path: path.to_owned(), line, reason }
    }

    pub(crate) fn scattered(path: &Path, line: u64, table: &Table) -> Self {
        let (by, parts) =
            if table.group_by.is_empty() { ("run_by", &table.run_by) } else { ("group_by", &table.group_by) };
        let columns = parts.iter().map(|part| part.label.clone()).collect();
        Self::Scattered { path: path.to_owned(), line, by, columns }
    }

    pub(crate) fn parted(path: &Path, line: u64, table: &Table) -> Self {
        let columns = table.run_by.iter().map(|part| part.label.clone()).collect();
        Self::Parted { path: path.to_owned(), line, columns }
    }

    pub(crate) fn missing_file(table: &str, names: &[String]) -> Self {
        Self::MissingFile {
            table: table.to_owned(),
            names: names.iter().map(|name| format!("`{name}`")).collect(),
        }
    }

    pub(crate) fn columns(path: &Path, table: &str, missing: Vec<MissingColumn>, there: &[String]) -> Self {
        if there.is_empty() {
            return Self::Empty { path: path.to_owned() };
        }
        Self::MissingColumns {
            path: path.to_owned(),
            table: table.to_owned(),
            missing,
            there: there.to_vec(),
        }
    }

    pub(crate) fn unknown_table(table: &str, path: &Path, mapping: &Content) -> Self {
        let names = mapping.tables.iter().map(|table| table.name.as_str());
        Self::UnknownTable {
            table: table.to_owned(),
            mapping: mapping.name.clone(),
            suggestion: nearest(table, names).map(str::to_owned),
            path: path.to_owned(),
            tables: tables(mapping),
        }
    }

    pub(crate) fn unmatched(path: &Path, mapping: &Content) -> Self {
        let tables = tables(mapping);
        Self::Unmatched { path: path.to_owned(), mapping: mapping.name.clone(), tables }
    }
}

fn does_not_fit(path: &Path) -> String {
    if path.is_dir() {
        return format!("the folder `{}` has no file that fits a table", path.display());
    }
    format!(
        "`{}` fits no table by its name, and not exactly one by its columns; rename it, or write `TABLE=PATH`",
        path.display()
    )
}

/// Its tables with their file names.
fn tables(mapping: &Content) -> Vec<String> {
    mapping.tables.iter().map(|table| format!("`{}` ({})", table.name, table.files.join(", "))).collect()
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default()
}

fn columns_text(columns: &[String]) -> String {
    let noun = if columns.len() == 1 { "column" } else { "columns" };
    format!("{noun} `{}`", columns.join("`, `"))
}

fn window_text(by: &str) -> &'static str {
    if by == "group_by" { "; for rows that lie a little apart, `group_window`" } else { "" }
}

/// The columns, and what a header that is one long column tells.
fn there_text(there: &[String]) -> String {
    let columns = format!("`{}`", there.join("`, `"));
    let [only] = there else { return columns };
    let found =
        [(";", ";"), ("\t", "tab"), ("|", "|"), (",", ",")].into_iter().find(|(mark, _)| only.contains(mark));
    match found {
        Some((_, name)) => {
            format!(
                "one column {columns}: its delimiter seems to be another; write `delimiter = \"{name}\"` in the mapping"
            )
        }
        None => columns,
    }
}

fn missing_text(missing: &[MissingColumn]) -> String {
    let one = |missing: &MissingColumn| match &missing.nearest {
        Some(nearest) => format!("`{}` (did you mean `{nearest}`?)", missing.column),
        None => format!("`{}`", missing.column),
    };
    missing.iter().map(one).collect::<Vec<_>>().join(", ")
}
