//! What an attribute of a customer was at some moment, and which attributes there are.

use std::collections::BTreeSet;

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use super::params::ResistanceParams;
use crate::{
    model::protected::protected,
    read::{ReadError, Rows, TypedRows as _},
    rows::{AttributeRow, Identity, ObjectId, Symbol, Symbols},
    table::{Field as _, Filter, GroupKey, Measure, Row as _},
};

/// When a statement begins, happened and was recorded: the later one holds.
type Order = (Timestamp, Timestamp, Position);

/// What was said of one attribute, by customer, merges resolved.
#[derive(Debug, Default)]
pub(super) struct Attribute(HashMap<ObjectId, Vec<(Order, Timestamp, Symbol)>>);

impl Attribute {
    /// Of the attribute that is asked for.
    pub(super) fn read(
        rows: &dyn Rows,
        (symbols, identity): (&Symbols, &Identity),
        params: &ResistanceParams,
    ) -> Result<Self, ReadError> {
        let mut attribute = Self::default();
        let Some(key) = symbols.get(&params.by).filter(|key| *key != Symbol::default()) else {
            return Ok(attribute);
        };
        let filter = Filter::all().and("key", vec![key.cell()]);
        rows.in_any_order::<AttributeRow>(&filter, params.as_of, |row| {
            let order = (row.begins, row.occurred_at, row.position);
            let said = attribute.0.entry(identity.canonical(row.customer)).or_default();
            said.push((order, row.ends, row.value));
        })?;
        Ok(attribute)
    }

    /// Of a customer at a moment: what began last until then, as long as it had not ended. Where nothing had begun, what began
    /// first, and that it did so later: an import dates what has no date by itself.
    pub(super) fn at(&self, customer: ObjectId, moment: Timestamp) -> Option<(Symbol, bool)> {
        let said = self.0.get(&customer)?;
        let begun = said.iter().filter(|((begins, _, _), _, _)| *begins <= moment);
        match begun.max_by_key(|(order, _, _)| *order) {
            Some((_, ends, value)) => (*ends > moment).then_some((*value, false)),
            None => said.iter().min_by_key(|(order, _, _)| *order).map(|(_, _, value)| (*value, true)),
        }
    }
}

/// Those that deals can be compared by, sorted.
pub(super) fn names(
    rows: &dyn Rows,
    symbols: &Symbols,
    params: &ResistanceParams,
) -> Result<Vec<String>, ReadError> {
    let mut names = BTreeSet::new();
    let by = [GroupKey::Column("key")];
    rows.group(AttributeRow::TABLE, &Filter::all(), params.as_of, &by, &[Measure::Rows], &mut |keys, _| {
        let key = keys.first().and_then(Symbol::of).unwrap_or_default();
        names.insert(symbols.text(key).to_owned());
        Ok(())
    })?;
    Ok(names.into_iter().filter(|name| !name.is_empty() && protected(name).is_none()).collect())
}
