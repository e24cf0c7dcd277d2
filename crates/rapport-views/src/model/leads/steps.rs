//! Steps before a deal, joined to leads.

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use super::{lead::Lead, owners::Owners};
use crate::{
    answers::{
        AsOf,
        joining::{Joining, Named, Who, Whose},
    },
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, LeadToldRow, ObjectId, Symbols},
    table::Filter,
};

/// All that was told of leads until T.
#[derive(Debug)]
pub(super) struct Told {
    /// In the order of their first events in the log.
    pub(super) leads: Vec<Lead>,
    /// Verdicts and conversions that belong to no lead.
    pub(super) left_out: Vec<(Timestamp, Position)>,
}

/// Every lead until T.
pub(super) fn told(
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    as_of: AsOf,
) -> Result<Told, ReadError> {
    let mut steps: HashMap<Who<ObjectId>, Vec<LeadToldRow>> = HashMap::new();
    let (mut joining, mut left_out) = (Joining::default(), Vec::new());
    rows.in_any_order::<LeadToldRow>(&Filter::all(), as_of, |row| {
        let named = Named {
            position: row.position,
            step: row.step,
            customer: identity.canonical(row.customer),
            tag: Some(row.lead).filter(|tag| *tag != ObjectId::NOBODY),
        };
        match joining.whose(named, row) {
            Whose::Of(who, row) => steps.entry(who).or_default().push(row),
            Whose::Later => {}
            Whose::LeftOut(row) => left_out.push((row.occurred_at, row.position)),
        }
    })?;
    for (who, row) in joining.rest() {
        steps.entry(who).or_default().push(row);
    }
    let owners = Owners::read(rows, symbols, as_of)?;
    let mut leads: Vec<Lead> = steps.into_iter().filter_map(|(who, steps)| Lead::of(who, steps)).collect();
    for lead in &mut leads {
        lead.staff = owners.of(&lead.tags).unwrap_or(lead.staff);
    }
    leads.sort_unstable_by(|one, other| one.events.cmp(&other.events));
    Ok(Told { leads, left_out })
}
