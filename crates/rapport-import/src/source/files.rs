//! Matches the given files to the tables of the mapping.

use std::path::{Path, PathBuf};

use super::{archive, header, records::Records};
use crate::{
    mapping::{Content, definition::Body, format::Format, table::Table},
    run::error::ImportError,
};

/// The files of an import, matched.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// In the order of the mapping's tables, then by name.
    pub rows: Vec<TableFile>,
    /// Every file given, for joins to choose from.
    pub all: Vec<PathBuf>,
    /// What is not read, and why.
    pub not_read: Vec<(PathBuf, String)>,
}

#[derive(Debug, Clone)]
pub(crate) struct TableFile {
    pub table: usize,
    pub path: PathBuf,
    pub bytes: u64,
}

impl Files {
    /// Matches paths (files, folders, or `TABLE=PATH`) to the tables of a mapping.
    pub(crate) fn find(mapping: &Content, paths: &[PathBuf]) -> Result<Self, ImportError> {
        let mut files = Self::default();
        for path in paths {
            match assigned(mapping, path) {
                Some((table, path)) => files.add(table, path)?,
                None if path.is_dir() => files.folder(mapping, path)?,
                None if is_archive(path)? => files.archive(mapping, path)?,
                None => files.single(mapping, path)?,
            }
        }
        files.rows.sort_by(|left, right| (left.table, &left.path).cmp(&(right.table, &right.path)));
        files.rows.dedup_by(|left, right| left.table == right.table && left.path == right.path);
        files.check(mapping, paths)?;
        files.leave_out_superseded(mapping);
        Ok(files)
    }

    /// The files with these names.
    pub(crate) fn named<'a>(&'a self, patterns: &'a [String]) -> impl Iterator<Item = &'a Path> {
        self.all.iter().map(PathBuf::as_path).filter(|path| matches_any(patterns, path))
    }

    fn add(&mut self, table: usize, path: PathBuf) -> Result<(), ImportError> {
        // A path that is not there is refused with its reason when it is opened.
        let bytes = match archive::split(&path) {
            None => path.metadata().map_or(0, |file| file.len()),
            Some((outer, _)) => {
                let members = archive::members(outer).map_err(|source| ImportError::read(outer, source))?;
                members.iter().find(|member| member.path == path).map_or(0, |member| member.packed_bytes)
            }
        };
        self.all.push(path.clone());
        self.rows.push(TableFile { table, path, bytes });
        Ok(())
    }

    fn folder(&mut self, mapping: &Content, folder: &Path) -> Result<(), ImportError> {
        let entries = folder.read_dir().map_err(|source| ImportError::read(folder, source))?;
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(|source| ImportError::read(folder, source))?.path();
            if path.is_file() {
                paths.push(path);
            }
        }
        paths.sort();
        for path in paths {
            if is_archive(&path)? {
                self.archive(mapping, &path)?;
            } else if !self.by_name(mapping, &path)? {
                self.not_read.push((path, "the mapping has no table for a file of this name".into()));
            }
        }
        Ok(())
    }

    /// The files in an archive, as if they were in a folder. An archive with one file is that file.
    fn archive(&mut self, mapping: &Content, path: &Path) -> Result<(), ImportError> {
        let mut members = archive::members(path).map_err(|source| ImportError::read(path, source))?;
        if let [only] = members.as_slice() {
            return self.single(mapping, &only.path);
        }
        members.sort_by(|left, right| left.path.cmp(&right.path));
        for member in members {
            if !self.by_name(mapping, &member.path)? {
                self.not_read.push((member.path, "the mapping has no table for a file of this name".into()));
            }
        }
        Ok(())
    }

    fn single(&mut self, mapping: &Content, path: &Path) -> Result<(), ImportError> {
        if !path.exists() && archive::split(path).is_none() {
            if let Some((table, _)) = table_and_path(path) {
                return Err(ImportError::unknown_table(table, path, mapping));
            }
            let missing =
                std::io::Error::new(std::io::ErrorKind::NotFound, "there is no such file or folder");
            return Err(ImportError::read(path, missing));
        }
        if self.by_name(mapping, path)? {
            return Ok(());
        }
        let mut fitting = Vec::new();
        // Most tables of a mapping are written alike; some formats are read as a whole to know their columns.
        let mut opened: Vec<(&Format, Vec<String>, usize)> = Vec::new();
        for (index, table) in mapping.tables.iter().enumerate() {
            if opened.iter().all(|(format, ..)| **format != table.format) {
                let records =
                    Records::open(path, &table.format).map_err(|source| ImportError::read(path, source))?;
                let width = records.first_row_fields();
                opened.push((&table.format, records.header, width));
            }
            let known = opened.iter().find(|(format, ..)| **format == table.format);
            if known.is_some_and(|(_, header, width)| fits(table, header, *width)) {
                fitting.push(index);
            }
        }
        match fitting.as_slice() {
            [table] => self.add(*table, path.to_owned()),
            _ => Err(ImportError::unmatched(path, mapping)),
        }
    }

    /// Whether the file's name says what it is.
    fn by_name(&mut self, mapping: &Content, path: &Path) -> Result<bool, ImportError> {
        let tables: Vec<usize> = mapping
            .tables
            .iter()
            .enumerate()
            .filter(|(_, table)| matches_any(&table.files, path))
            .map(|(index, _)| index)
            .collect();
        if !tables.is_empty() {
            for table in tables {
                self.add(table, path.to_owned())?;
            }
            return Ok(true);
        }
        if lookup_patterns(mapping).any(|patterns| matches_any(patterns, path)) {
            self.all.push(path.to_owned());
            return Ok(true);
        }
        if let Some(ignored) = mapping.ignored.iter().find(|ignored| matches_any(&ignored.files, path)) {
            self.not_read.push((path.to_owned(), ignored.reason.clone()));
            return Ok(true);
        }
        Ok(false)
    }

    /// Leaves out a sample where the file that it was taken from is given too.
    fn leave_out_superseded(&mut self, mapping: &Content) {
        let given: std::collections::HashSet<usize> = self.rows.iter().map(|file| file.table).collect();
        let whole = |file: &TableFile| {
            let name = mapping.tables.get(file.table)?.superseded_by.as_ref()?;
            let index = mapping.tables.iter().position(|table| table.name == *name)?;
            given.contains(&index).then_some(name)
        };
        let (rows, left_out): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.rows).into_iter().partition(|file| whole(file).is_none());
        for file in left_out {
            let name = whole(&file).map_or("", String::as_str);
            let reason = format!("the file of table `{name}`, which is given too, has the same rows");
            self.not_read.push((file.path, reason));
        }
        self.rows = rows;
    }

    fn check(&self, mapping: &Content, paths: &[PathBuf]) -> Result<(), ImportError> {
        if self.rows.is_empty() {
            let path = paths.first().cloned().unwrap_or_default();
            return Err(ImportError::unmatched(&path, mapping));
        }
        for (index, table) in mapping.tables.iter().enumerate() {
            let present = self.rows.iter().any(|file| file.table == index);
            if table.required && !present {
                return Err(ImportError::missing_file(&table.name, &table.files));
            }
            for join in table.joins.iter().filter(|join| present && join.required) {
                if self.named(&join.files).next().is_none() {
                    return Err(ImportError::missing_file(&join.name, &join.files));
                }
            }
        }
        Ok(())
    }
}

fn lookup_patterns(mapping: &Content) -> impl Iterator<Item = &Vec<String>> {
    let joins = mapping.tables.iter().flat_map(|table| table.joins.iter().map(|join| &join.files));
    let stages = mapping.definitions.iter().filter_map(|definition| match &definition.body {
        Body::Stages(file) => Some(&file.files),
        Body::Text(_) => None,
    });
    joins.chain(stages)
}

fn is_archive(path: &Path) -> Result<bool, ImportError> {
    if !path.is_file() {
        return Ok(false);
    }
    let kind = archive::kind(path).map_err(|source| ImportError::read(path, source))?;
    Ok(kind == Some(archive::Packed::Archive))
}

/// `TABLE=PATH`, unless a file has that very name.
fn assigned(mapping: &Content, path: &Path) -> Option<(usize, PathBuf)> {
    if path.exists() {
        return None;
    }
    let (table, path) = table_and_path(path)?;
    let index = mapping.tables.iter().position(|known| known.name == table)?;
    Some((index, PathBuf::from(path)))
}

/// The parts of `TABLE=PATH`. What has a separator before the `=` is a path.
fn table_and_path(path: &Path) -> Option<(&str, &str)> {
    path.to_str()?.split_once('=').filter(|(table, _)| !table.contains(std::path::is_separator))
}

/// Whether a file with this header has every column that a table reads.
fn fits(table: &Table, header: &[String], width: usize) -> bool {
    let width_fits = declared_width(&table.format).is_none_or(|declared| declared == width);
    width_fits && header::bind(header, &table.columns, &table.format.optional_columns).is_ok()
}

fn declared_width(format: &Format) -> Option<usize> {
    format.columns.as_ref().map(Vec::len)
}

fn matches_any(patterns: &[String], path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_lowercase();
    let unpacked = name.strip_suffix(".gz").unwrap_or(&name);
    patterns.iter().any(|pattern| {
        let pattern = pattern.to_lowercase();
        matches(pattern.as_bytes(), unpacked.as_bytes()) || matches(pattern.as_bytes(), name.as_bytes())
    })
}

/// `*` stands for any text, `?` for one byte.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some((b'*', rest)) => {
            (0..=name.len()).any(|skip| name.get(skip..).is_some_and(|name| matches(rest, name)))
        }
        Some((wanted, rest)) => match name.split_first() {
            Some((found, name)) => (*wanted == b'?' || wanted == found) && matches(rest, name),
            None => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_matched_without_case_and_packed_or_not() {
        let patterns = ["sales_pipeline*.csv".to_owned()];
        for name in ["sales_pipeline.csv", "Sales_Pipeline-2017.CSV", "sales_pipeline.csv.gz"] {
            assert!(matches_any(&patterns, Path::new(name)), "{name}");
        }
        for name in ["pipeline.csv", "sales_pipeline.txt", "sales_pipeline.csv.bak"] {
            assert!(!matches_any(&patterns, Path::new(name)), "{name}");
        }
    }
}
