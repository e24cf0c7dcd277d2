//! What names mean while a table of a mapping is read.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::tree::{At, End, Expr, Many, Part, Source};
use crate::{
    mapping::error::MappingError,
    value::{moment::DateRule, number::NumberStyle},
};

/// Value tables by name.
pub(crate) type Maps = BTreeMap<String, Arc<HashMap<String, String>>>;

/// Column names in the order in which they were first met; a name's place is its slot.
#[derive(Debug, Default, Clone)]
pub(crate) struct Names(pub Vec<String>);

impl Names {
    fn slot(&mut self, name: &str) -> usize {
        if let Some(slot) = self.0.iter().position(|known| known == name) {
            return slot;
        }
        self.0.push(name.to_owned());
        self.0.len() - 1
    }
}

/// How values are read unless an expression says otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    pub numbers: NumberStyle,
    pub dates: Arc<DateRule>,
    pub currency: Option<String>,
    /// Whether `day` was said, and not left to what the date is for.
    pub day_said: bool,
}

/// The ways in which a table's texts are read as numbers and dates.
#[derive(Debug, Default)]
pub(crate) struct Styles {
    pub numbers: Vec<NumberStyle>,
    pub dates: Vec<Arc<DateRule>>,
}

impl Styles {
    /// A text is read as a number in this style.
    pub(crate) fn number(&mut self, style: NumberStyle) {
        if !self.numbers.contains(&style) {
            self.numbers.push(style);
        }
    }

    /// A text is read as a date by this rule.
    pub(crate) fn date(&mut self, rule: &Arc<DateRule>) {
        if !self.dates.iter().any(|known| known.formats == rule.formats) {
            self.dates.push(Arc::clone(rule));
        }
    }
}

/// The names of one table: its columns, the columns of joined files, its `let`s, the mapping's value tables.
#[derive(Debug)]
pub(crate) struct Scope {
    pub columns: Names,
    pub joins: Vec<(String, Names)>,
    pub grouped: bool,
    pub runs: bool,
    /// `let`s that are read of the row before in a run.
    pub remembered: Vec<String>,
    /// Whether the row behind is looked at.
    pub looks_ahead: bool,
    pub reading: Reading,
    pub maps: Arc<Maps>,
    pub styles: Styles,
    lets: BTreeMap<String, toml::Value>,
    parsed: BTreeMap<String, Arc<Expr>>,
    stack: Vec<String>,
}

impl Scope {
    pub(crate) fn new(reading: Reading, maps: Arc<Maps>, lets: toml::Table) -> Self {
        Self {
            columns: Names::default(),
            joins: Vec::new(),
            grouped: false,
            runs: false,
            remembered: Vec::new(),
            looks_ahead: false,
            reading,
            maps,
            styles: Styles::default(),
            lets: lets.into_iter().collect(),
            parsed: BTreeMap::new(),
            stack: Vec::new(),
        }
    }

    /// What `{name}` means: a builtin, a `let`, a joined column, or a column. A `let` that reads its own name reads
    /// the column of that name.
    pub(crate) fn resolve(&mut self, name: &str, place: &str) -> Result<Part, MappingError> {
        if let Some(builtin) = name.strip_prefix('$') {
            return self.builtin(builtin, place);
        }
        if self.lets.contains_key(name) && self.stack.last().is_none_or(|inner| inner != name) {
            return self.resolve_let(name, place).map(Part::Let);
        }
        if let Some((join, column)) = name.split_once('.')
            && let Some(index) = self.joins.iter().position(|(known, _)| known == join)
        {
            let slot = self.joins.get_mut(index).map_or(0, |(_, names)| names.slot(column));
            return Ok(Part::Source(Source::Joined { join: index, slot }));
        }
        Ok(Part::Source(Source::At(At::This, self.columns.slot(name))))
    }

    /// The rows that `each` and `sum` go over.
    pub(crate) fn many(&self, name: &str, place: &str) -> Result<Many, MappingError> {
        if name == "rows" && self.grouped {
            return Ok(Many::Rows);
        }
        let join = self.joins.iter().position(|(known, _)| known == name);
        let expected = "the name of a join of this table, or `rows` in a table with `group_by`";
        join.map(Many::Join)
            .ok_or_else(|| MappingError::wrong(place, "each", &toml::Value::from(name), expected))
    }

    /// The `let`s read of the row before, once everything else of the table is read. They may read each other.
    pub(crate) fn remember(&mut self, place: &str) -> Result<Vec<Arc<Expr>>, MappingError> {
        let mut exprs = Vec::new();
        while let Some(name) = self.remembered.get(exprs.len()).cloned() {
            exprs.push(self.resolve_let(&name, place)?);
        }
        Ok(exprs)
    }

    fn builtin(&mut self, name: &str, place: &str) -> Result<Part, MappingError> {
        let (runs, grouped) = (self.runs, self.grouped);
        match name.split_once('.') {
            Some(("previous", name)) if runs => return Ok(Part::Source(self.previous(name))),
            Some(("next", column)) if runs => {
                self.looks_ahead = true;
                return Ok(Part::Source(Source::At(At::Next, self.columns.slot(column))));
            }
            Some(("first", name)) if grouped => return self.end(End::First, name, place),
            Some(("last", name)) if grouped => return self.end(End::Last, name, place),
            Some(("first", column)) if runs => {
                return Ok(Part::Source(Source::At(At::First, self.columns.slot(column))));
            }
            _ => {}
        }
        match name {
            "row" => Ok(Part::Source(Source::RowId)),
            "line" => Ok(Part::Source(Source::Line)),
            "place" if runs => Ok(Part::Source(Source::Place)),
            "final" if runs => {
                self.looks_ahead = true;
                Ok(Part::Source(Source::Final))
            }
            _ => {
                let value = toml::Value::from(format!("{{${name}}}"));
                let expected = "`{$row}` or `{$line}`; with `run_by` also `{$place}`, `{$final}`, `{$first.COLUMN}`, \
                    `{$previous.NAME}` and `{$next.COLUMN}`, with `group_by` `{$first.NAME}` and `{$last.NAME}`";
                Err(MappingError::wrong(place, "text", &value, expected))
            }
        }
    }

    /// A `let` of the row before is what it was there; a column is read from it.
    fn previous(&mut self, name: &str) -> Source {
        if !self.lets.contains_key(name) {
            return Source::At(At::Previous, self.columns.slot(name));
        }
        if let Some(place) = self.remembered.iter().position(|known| known == name) {
            return Source::Remembered(place);
        }
        self.remembered.push(name.to_owned());
        Source::Remembered(self.remembered.len() - 1)
    }

    fn end(&mut self, end: End, name: &str, place: &str) -> Result<Part, MappingError> {
        let own = self.stack.last().is_some_and(|inner| inner == name);
        if self.lets.contains_key(name) && !own {
            return Ok(Part::At(end, self.resolve_let(name, place)?));
        }
        let slot = self.columns.slot(name);
        let row = match end {
            End::First => At::First,
            End::Last => At::Last,
        };
        Ok(Part::Source(Source::At(row, slot)))
    }

    fn resolve_let(&mut self, name: &str, place: &str) -> Result<Arc<Expr>, MappingError> {
        if let Some(known) = self.parsed.get(name) {
            return Ok(Arc::clone(known));
        }
        let Some(value) = self.lets.get(name).cloned() else {
            return Err(MappingError::MissingKey { place: place.to_owned(), key: name.to_owned() });
        };
        if self.stack.iter().any(|outer| outer == name) {
            let value = toml::Value::from(self.stack.join(" → "));
            return Err(MappingError::wrong(
                place,
                name,
                &value,
                "a `let` that does not lead back to itself",
            ));
        }
        self.stack.push(name.to_owned());
        let expr = self.expr(&value, &format!("let {name}"), name);
        self.stack.pop();
        let expr = Arc::new(expr?);
        self.parsed.insert(name.to_owned(), Arc::clone(&expr));
        Ok(expr)
    }
}
