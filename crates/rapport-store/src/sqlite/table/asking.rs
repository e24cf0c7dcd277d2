//! Conditions of a question, in SQL.

use std::fmt::Write;

use rapport_model::Timestamp;
use rapport_views::{
    answers::AsOf,
    table::{Cell, Condition, Filter},
};
use rusqlite::types::Value;

/// What had happened until T, as believed at K.
const BELIEVED: &str = "occurred_at <= ?1 AND known_from <= ?2 AND known_to > ?2";

/// A statement in the making, with its parameters: ?1 is T, ?2 is K; what differs from question to question is a
/// parameter, so that a statement is compiled once.
pub(super) struct Asking {
    pub(super) parameters: Vec<Value>,
}

impl Asking {
    pub(super) fn of(as_of: AsOf) -> Self {
        let as_of = as_of.bounded();
        let moments = [as_of.occurred_until, as_of.recorded_until];
        Self { parameters: moments.map(|moment| Value::Integer(moment.as_micros())).to_vec() }
    }

    fn parameter(&mut self, value: Value) -> String {
        self.parameters.push(value);
        format!("?{}", self.parameters.len())
    }

    /// Which rows, but for what a filter excludes: the reader leaves that out.
    pub(super) fn condition(&mut self, filter: &Filter) -> String {
        let mut sql = BELIEVED.to_owned();
        let (from, before) = (filter.occurred_from(), filter.occurred_before());
        // Only at its own end of time does a bound let everything through: from the end of time on, nothing occurred.
        let bounds = [(from, ">=", Timestamp::MIN), (before, "<", Timestamp::MAX)];
        for (moment, beyond, _) in bounds.into_iter().filter(|(moment, _, without)| moment != without) {
            let moment = self.parameter(Value::Integer(moment.as_micros()));
            let _ = write!(sql, " AND occurred_at {beyond} {moment}");
        }
        for condition in filter.conditions() {
            let _ = write!(sql, " AND {}", self.any_of(condition));
        }
        sql
    }

    fn any_of(&mut self, condition: &Condition) -> String {
        let cells = condition.any_of.iter();
        let places: Vec<String> = cells.map(|cell| self.parameter(value(cell))).collect();
        // One value is one range of an index; the planner sees that only in an equation.
        match places.as_slice() {
            [place] => format!("{} = {place}", condition.column),
            places => format!("{} IN ({})", condition.column, places.join(", ")),
        }
    }
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Int(number) => Value::Integer(*number),
        Cell::Real(number) => Value::Real(*number),
        Cell::Text(text) => Value::Text(text.to_string()),
    }
}
