//! What needs have in common.

use std::{cmp::Reverse, collections::BTreeMap};

use rapport_model::Timestamp;
use rapport_proto::v1::{self, needs_request::By};

use super::{measures::measures, need::Need, params::NeedsParams, studied::Classes};
use crate::{
    calendar::day,
    model::{customers::Owners, figures::Figures},
    read::{ReadError, Rows},
    rows::{Identity, ObjectId, Symbols},
};

/// What says what needs have in common, beside themselves.
#[derive(Debug)]
pub(super) struct Keys<'a> {
    params: &'a NeedsParams,
    symbols: &'a Symbols,
    classes: &'a Classes,
    owners: Owners,
}

impl<'a> Keys<'a> {
    /// With the owners of customers, where needs are compared by these.
    pub(super) fn read(
        rows: &dyn Rows,
        (symbols, identity): (&'a Symbols, &Identity),
        params: &'a NeedsParams,
        classes: &'a Classes,
    ) -> Result<Self, ReadError> {
        let owners = match params.by {
            By::Owner => Owners::read(rows, params.as_of, (symbols, identity))?,
            _ => Owners::default(),
        };
        Ok(Self { params, symbols, classes, owners })
    }

    fn of(
        &self,
        need: &Need,
        name: &mut impl FnMut(ObjectId) -> Result<String, ReadError>,
    ) -> Result<String, ReadError> {
        let text = |symbol| self.symbols.text(symbol).to_owned();
        Ok(match self.params.by {
            By::Unspecified => String::new(),
            By::Code => text(need.code),
            By::Source => text(need.source),
            By::Staff => text(need.staff),
            By::Owner => self.owners.of(need.customer, None).map(text).unwrap_or_default(),
            By::Class => self.classes.of(need.customer).unwrap_or_default().to_owned(),
            By::Month => need.identified.map_or_else(String::new, |at| self.month(at)),
            By::Customer if need.customer == ObjectId::NOBODY => String::new(),
            By::Customer => format!("party:{}", name(need.customer)?),
        })
    }

    /// Such as `2026-03`.
    fn month(&self, at: Timestamp) -> String {
        day(at, &self.params.zone).strftime("%Y-%m").to_string()
    }
}

/// Of needs that were identified in the period, by what the request asks for; none where it asks for nothing.
pub(super) fn groups(
    needs: &[&Need],
    keys: &Keys<'_>,
    figures: &mut Figures,
    name: &mut impl FnMut(ObjectId) -> Result<String, ReadError>,
) -> Result<Vec<v1::NeedGroup>, ReadError> {
    let mut found: BTreeMap<String, Vec<&Need>> = BTreeMap::new();
    if keys.params.by == By::Unspecified {
        return Ok(Vec::new());
    }
    for need in needs {
        found.entry(keys.of(need, name)?).or_default().push(need);
    }
    let until = keys.params.as_of.bounded().occurred_until;
    let group = |(key, own): (String, Vec<&Need>)| {
        let of = Some(measures(&own, until, &["groups", &key], figures));
        (own.len(), v1::NeedGroup { key, of })
    };
    let mut all: Vec<_> = found.into_iter().map(group).collect();
    match keys.params.by {
        // Months and classes follow each other, and without one comes last.
        By::Month | By::Class => all.sort_by_key(|(_, group)| group.key.is_empty()),
        _ => all.sort_by_key(|(n, _)| Reverse(*n)),
    }
    Ok(all.into_iter().map(|(_, group)| group).collect())
}
