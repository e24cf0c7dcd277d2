//! Tables: a header, a line, rows; widths are counted as terminals do (wide East-Asian and combining characters).

use std::io::Write;

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Row, TableStyle, presets};
use console::Term;

use super::Page;

/// A header and a thin line below it, nothing else.
const STYLE: TableStyle = presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─'));

/// How a column behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text that is never cut.
    Left,
    /// Numbers.
    Right,
    /// Long text: cut when the terminal is too narrow. Where output is not a terminal, nothing is cut.
    Cut,
}

/// A table under construction.
pub struct Table {
    table: comfy_table::Table,
    columns: usize,
}

impl Table {
    /// With these columns.
    pub fn new(columns: &[(&str, Align)]) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(STYLE);
        if let Some(width) = width() {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        table.set_header(columns.iter().map(|(title, _)| *title));
        for (column, (_, align)) in table.column_iter_mut().zip(columns) {
            match align {
                Align::Left => {
                    column.set_constraint(ColumnConstraint::ContentWidth);
                }
                Align::Right => {
                    column.set_constraint(ColumnConstraint::ContentWidth);
                    column.set_cell_alignment(CellAlignment::Right);
                }
                Align::Cut => {}
            }
        }
        Self { table, columns: columns.len() }
    }

    /// Adds a row: one line, whatever the text.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.columns, "a row has a cell for every column");
        let mut row = Row::from(cells.map(|cell| cell.replace(['\n', '\r', '\t'], " ")));
        row.max_height(1);
        self.table.add_row(row);
    }

    /// Prints it under a title, and nothing when it has no rows.
    ///
    /// # Errors
    /// Stdout does not take it.
    pub fn print(&self, page: &mut Page, title: &str) -> anyhow::Result<()> {
        if self.table.is_empty() {
            return Ok(());
        }
        if !title.is_empty() {
            writeln!(page, "\n{}", console::style(title).bold())?;
        }
        for line in self.table.lines() {
            writeln!(page, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Cuts one line to the terminal's width; leaves it whole where output is not a terminal.
pub fn cut(line: &str) -> std::borrow::Cow<'_, str> {
    match width() {
        Some(width) => console::truncate_str(line, width.into(), "…"),
        None => line.into(),
    }
}

/// Columns of the terminal that output goes to.
fn width() -> Option<u16> {
    let terminal = Term::stdout();
    if !terminal.is_term() {
        return None;
    }
    terminal.size_checked().map(|(_, columns)| columns.max(40))
}
