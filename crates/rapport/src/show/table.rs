//! Tables: a heading, a line, rows; widths are counted as terminals do (wide East-Asian and combining characters).

mod layout;

use std::{borrow::Cow, io::Write};

use comfy_table::{CellAlignment, LineStyle, TableStyle, presets};
use console::{Term, measure_text_width};

pub(crate) use self::layout::Align;
use self::layout::{Demand, GAP, Shown, layout};
use super::{
    bar::{bar, interval},
    cut,
    page::Page,
    visible::visible,
};

/// A heading and a thin line below it, nothing else.
const STYLE: TableStyle = presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─'));

/// What stands in one place of a table.
pub(crate) enum Cell {
    /// As it is.
    Text(String),
    /// This much of that much, as wide as there is room.
    Bar(f64, f64),
    /// A score between its ends, on a scale.
    Interval((f64, f64, f64), (f64, f64)),
}

impl Cell {
    fn shown(&self, align: Align, width: usize) -> Cow<'_, str> {
        match self {
            Self::Text(text) => match align {
                Align::Left => cut::ends(text, width),
                Align::Path => cut::path(text, width),
                Align::Right | Align::Cut | Align::Telling | Align::Drawing(_) => cut::beginning(text, width),
            },
            Self::Bar(value, max) => bar(*value, *max, width).into(),
            Self::Interval(ends, scale) => interval(*ends, *scale, width).into(),
        }
    }

    /// How wide it would like to be.
    fn width(&self, align: Align) -> usize {
        match (self, align) {
            // In a column of words, a word for nothing says nothing.
            (Self::Text(text), Align::Left | Align::Cut | Align::Telling | Align::Path) if text == "-" => 0,
            (Self::Text(text), _) => measure_text_width(text),
            (Self::Bar(value, max), _) if !(*value > 0.0 && *max > 0.0) => 0,
            (Self::Bar(..) | Self::Interval(..), Align::Drawing(cells)) => cells,
            (Self::Bar(..) | Self::Interval(..), _) => 0,
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        match visible(&text) {
            Cow::Borrowed(_) => Self::Text(text),
            Cow::Owned(text) => Self::Text(text),
        }
    }
}

/// A table under construction.
pub(crate) struct Table {
    columns: Vec<(String, Align)>,
    least: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// With these columns.
    pub(crate) fn new(columns: &[(&str, Align)]) -> Self {
        let columns = columns.iter().map(|(title, align)| (visible(title).into_owned(), *align)).collect();
        Self { columns, least: Vec::new(), rows: Vec::new() }
    }

    /// With the titles of the columns that are left out first on a narrow terminal, the least telling one first.
    pub(crate) fn least(mut self, titles: &[&str]) -> Self {
        self.least = titles.iter().map(|title| (*title).to_owned()).collect();
        self
    }

    /// Adds a row: one line, whatever the text.
    pub(crate) fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        let cells: Vec<_> = cells.into_iter().map(Into::into).collect();
        debug_assert_eq!(cells.len(), self.columns.len(), "a row has a cell for every column");
        self.rows.push(cells);
    }

    /// Prints it under a title, and nothing when it has no rows. A line below it names the columns that the terminal has
    /// no room for.
    ///
    /// # Errors
    /// Stdout does not take it.
    pub(crate) fn print(&self, page: &mut Page, title: &str) -> anyhow::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        if !title.is_empty() {
            writeln!(page, "\n{}", console::style(one_line(title)).bold())?;
        }
        for line in self.lines(width()) {
            writeln!(page, "{line}")?;
        }
        Ok(())
    }

    /// What is printed on a terminal so many cells wide.
    pub(crate) fn lines(&self, width: Option<usize>) -> Vec<String> {
        let demands = self.demands();
        let shown = layout(&demands, width);
        let mut table = comfy_table::Table::new();
        table.load_style(STYLE);
        table.set_header(self.headings(&shown));
        for row in &self.rows {
            let cell = |shown: &Shown| {
                let align = self.columns.get(shown.column).map(|(_, align)| *align)?;
                Some(row.get(shown.column)?.shown(align, shown.width).into_owned())
            };
            table.add_row(shown.iter().filter_map(cell));
        }
        for (place, one) in shown.iter().enumerate() {
            let Some(column) = table.column_mut(place) else { continue };
            // The style's own separator is a space already.
            let gap = if place + 1 == shown.len() { 0 } else { GAP - 1 };
            column.set_padding((0, u16::try_from(gap).unwrap_or(1)));
            if self.columns.get(one.column).is_some_and(|(_, align)| *align == Align::Right) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let mut lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
        let left_out = self.left_out(&demands, &shown);
        if let Some(width) = width.filter(|_| !left_out.is_empty()) {
            let note = format!(
                "left out: {}; a wider terminal or `--output csv` has all columns",
                left_out.join(", ")
            );
            lines.extend(cut::words(&note, width));
        }
        lines
    }

    /// The titles of the columns that have something to say and are not shown. A drawing says nothing of its own.
    fn left_out(&self, demands: &[Demand], shown: &[Shown]) -> Vec<String> {
        let is_left_out = |(column, demand): &(usize, &Demand)| {
            let is_drawing = matches!(demand.align, Align::Drawing(_));
            demand.content > 0 && !is_drawing && shown.iter().all(|one| one.column != *column)
        };
        let title = |(column, _)| self.columns.get(column).map(|(title, _)| format!("`{title}`"));
        demands.iter().enumerate().filter(is_left_out).filter_map(title).collect()
    }

    fn demands(&self) -> Vec<Demand> {
        let demand = |(column, (title, align)): (usize, &(String, Align))| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            Demand {
                align: *align,
                content: cells.map(|cell| cell.width(*align)).max().unwrap_or(0),
                heading: measure_text_width(title),
                word: title.split(' ').map(measure_text_width).max().unwrap_or(0),
                least: self.least.iter().position(|least| least == title),
            }
        };
        self.columns.iter().enumerate().map(demand).collect()
    }

    /// In as many lines as the narrowest needs, the last line just above the rows.
    fn headings(&self, shown: &[Shown]) -> Vec<String> {
        let lines = |shown: &Shown| {
            let title = self.columns.get(shown.column).map_or("", |(title, _)| title);
            let words = cut::words(title, shown.width);
            words.iter().map(|line| cut::beginning(line, shown.width).into_owned()).collect::<Vec<_>>()
        };
        let headings: Vec<_> = shown.iter().map(lines).collect();
        let highest = headings.iter().map(Vec::len).max().unwrap_or(0);
        headings
            .into_iter()
            .map(|lines| "\n".repeat(highest.saturating_sub(lines.len().max(1))) + &lines.join("\n"))
            .collect()
    }
}

/// Makes one line of others' text for a terminal: as wide as it is, and nothing in it steers. Whole, but just as
/// harmless, where output is not a terminal.
pub(crate) fn one_line(line: &str) -> Cow<'_, str> {
    let line = visible(line);
    match (width(), line) {
        (None, line) => line,
        (Some(width), Cow::Borrowed(line)) => cut::beginning(line, width),
        (Some(width), Cow::Owned(line)) => cut::beginning(&line, width).into_owned().into(),
    }
}

/// A paragraph in lines of whole words as wide as the terminal; one line where output is not a terminal.
pub(crate) fn paragraph(text: &str) -> String {
    let text = visible(text);
    width().map_or_else(|| text.to_string(), |width| cut::words(&text, width).join("\n"))
}

/// Prints what has to be said below a table, as a [`paragraph`]; nothing for an empty text.
///
/// # Errors
/// Stdout does not take it.
pub(crate) fn note(page: &mut Page, text: &str) -> anyhow::Result<()> {
    if !text.is_empty() {
        writeln!(page, "{}", paragraph(text))?;
    }
    Ok(())
}

/// Columns of the terminal that output goes to.
fn width() -> Option<usize> {
    let terminal = Term::stdout();
    if !terminal.is_term() {
        return None;
    }
    // Some terminals say 0 for what they do not know.
    terminal.size_checked().map(|(_, columns)| columns.into()).filter(|columns| *columns > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&[
            ("file", Align::Path),
            ("what it \u{1b}is", Align::Telling),
            ("", Align::Drawing(12)),
            ("channel", Align::Left),
            ("as expected or better", Align::Right),
        ]);
        for number in 0..3 {
            table.row([
                "/data/olist/orders.csv".to_owned().into(),
                format!("東京 \u{1b}[2J {}", "words ".repeat(number * 10)).into(),
                Cell::Bar(number as f64, 2.0),
                "-".to_owned().into(),
                "12.0 %".to_owned().into(),
            ]);
        }
        table
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_nothing_in_it_steers() {
        for width in [20, 40, 60, 80, 100, 120, 200] {
            for line in table().lines(Some(width)) {
                assert!(measure_text_width(&line) <= width, "{width}: {line}");
                assert!(!line.contains(char::is_control), "{line:?}");
            }
        }
    }

    #[test]
    fn headings_are_words_and_a_column_with_nothing_in_it_is_left_out() {
        for width in [Some(60), Some(80), Some(200), None] {
            let printed = table().lines(width).join("\n");
            assert!(!printed.contains("channel"), "{printed}");
            for word in ["file", "what it \\u{1b}is", "expected"] {
                assert!(printed.contains(word), "{width:?}: {word} is not in\n{printed}");
            }
        }
        let whole = table().lines(None).join("\n");
        assert!(whole.contains("as expected or better") && !whole.contains('…'), "{whole}");
    }

    #[test]
    fn columns_that_the_terminal_has_no_room_for_are_named_below_the_rows() {
        let named = |width| {
            let lines = table().lines(width);
            let note = lines.iter().skip_while(|line| !line.starts_with("left out:"));
            note.cloned().collect::<Vec<_>>().join(" ")
        };
        let note = "left out: `as expected or better`; a wider terminal or `--output csv` has all columns";
        assert_eq!(named(Some(40)), note);
        // The drawing has no room either, and the numbers that it shows stand beside it.
        assert!(!table().lines(Some(62)).join("\n").contains('█'));
        for width in [Some(62), Some(200), None] {
            assert_eq!(named(width), "");
        }
    }

    #[test]
    fn gaps_are_two_cells_and_numbers_stand_on_the_right() {
        let mut table = Table::new(&[("name", Align::Left), ("n", Align::Right), ("", Align::Drawing(4))]);
        table.row(["a".to_owned().into(), "5".to_owned().into(), Cell::Bar(1.0, 2.0)]);
        table.row(["longer".to_owned().into(), "10".to_owned().into(), Cell::Bar(2.0, 2.0)]);
        let lines = table.lines(Some(80));
        assert_eq!(lines, ["name     n", "────────────────", "a        5  ██", "longer  10  ████"]);
    }
}
