//! Decides how the columns of a file are written, before its first row is imported.
//!
//! A text such as `03/04/2026` or `1.250` can be read in two ways, and a later row may prove which one is right. A first
//! look at the shapes of all values finds the files in which this matters. These files are then gone through as in the
//! import itself, with the values watched (`expr::reading`).

use std::{path::Path, sync::Arc};

use super::error::ImportError;
use crate::{
    expr::{
        context::{Binding, Line},
        lookup::Lookup,
        readings::{Decided, Watched},
    },
    mapping::table::Table,
    source::{records::Records, row::RowError},
    value::{evidence::Conflict, shape::Shapes},
};

/// What was decided for a file.
#[derive(Debug, Default)]
pub(super) struct Decision {
    pub decided: Vec<Decided>,
    /// One for each column whose values do not decide it.
    pub warnings: Vec<String>,
}

/// Whether the table reads texts that can be written in two ways.
pub(super) fn can_matter(table: &Table) -> bool {
    let dates = table.styles.dates.iter().any(|rule| rule.orders().is_none_or(|orders| !orders.is_empty()));
    dates || !table.styles.numbers.is_empty()
}

/// Whether values of the file or of what is joined may be written in two ways.
pub(super) fn is_doubtful(
    records: &mut Records,
    binding: &Binding,
    table: &Table,
    lookups: &[Lookup],
) -> bool {
    let mut columns = vec![Shapes::default(); binding.columns.len()];
    let mut line = Line::default();
    loop {
        match records.next(&mut line) {
            Ok(true) => {}
            Err(RowError::Row { .. }) => continue,
            // The import itself reports faults of the file.
            Ok(false) | Err(RowError::File(_)) => break,
        }
        for (slot, shapes) in columns.iter_mut().enumerate() {
            if !binding.is_typed(&line, slot) {
                shapes.note(binding.read(&line.record, slot));
            }
        }
    }
    for (lookup, join) in lookups.iter().zip(&table.joins) {
        let mut joined = vec![Shapes::default(); join.columns.0.len()];
        for (slot, text) in lookup.texts() {
            if let Some(shapes) = joined.get_mut(slot) {
                shapes.note(text);
            }
        }
        columns.extend(joined);
    }
    columns.iter().any(|shapes| {
        table.styles.numbers.iter().any(|style| shapes.doubts_number(*style))
            || table.styles.dates.iter().any(|rule| shapes.doubts_date(rule))
    })
}

/// The decision that follows from all values of a file.
pub(super) fn decision(watched: Watched, path: &Path) -> Result<Decision, ImportError> {
    let mut decision = Decision::default();
    let two_ways = |column: &str, key, conflict: Conflict, ways: [&str; 2]| ImportError::TwoWays {
        path: path.to_owned(),
        column: column.to_owned(),
        evidence: evidence(conflict, ways),
        key,
    };
    for (column, rule, candidates, evidence) in watched.dates {
        let name = |way: usize| candidates.get(way).map_or("", |format| format.name());
        let verdict = evidence
            .verdict(rule.formats.len())
            .map_err(|found| two_ways(&column, "dates", found, [name(found.ways.0), name(found.ways.1)]))?;
        if let Some((first, second, line)) =
            verdict.undecided.filter(|(_, second, _)| *second < rule.formats.len())
        {
            decision.warnings.push(undecided(&column, "dates", name(first), name(second), line));
        }
        let dropped: Vec<_> =
            verdict.dropped.iter().filter_map(|way| candidates.get(*way)).cloned().collect();
        if !dropped.is_empty() {
            let (formats, rule) = (rule.formats.clone(), Arc::new(rule.without(&dropped)));
            decision.decided.push(Decided { column, formats, rule });
        }
    }
    for (column, style, evidence) in watched.numbers {
        let (first, second) = (style.example(), style.exchanged().unwrap_or(style).example());
        let verdict =
            evidence.verdict(1).map_err(|found| two_ways(&column, "numbers", found, [&first, &second]))?;
        if let Some((.., line)) = verdict.undecided.filter(|_| !style.is_declared()) {
            decision.warnings.push(undecided(&column, "numbers", &first, &second, line));
        }
    }
    Ok(decision)
}

fn evidence(conflict: Conflict, [first, second]: [&str; 2]) -> String {
    let Conflict { both, only_first, only_second, .. } = conflict;
    let for_first =
        only_first.map(|line| format!("line {line} can only be read as `{first}`, ")).unwrap_or_default();
    format!(
        "is written in two ways: {for_first}line {only_second} can only be read as `{second}`, and line {both} as \
         `{first}` and as `{second}`, with different results"
    )
}

fn undecided(column: &str, key: &str, first: &str, second: &str, line: u64) -> String {
    format!(
        "column `{column}`: no value tells `{first}` from `{second}`, and line {line} is not the same in both; it was \
         read as `{first}`; if that is wrong, say with `{key}` in the mapping how the file writes them"
    )
}
