//! The files that are asked for, each with what came after it.

use rapport_model::Position;

use super::{
    after::{After, Place},
    params::GalleryParams,
};
use crate::{
    calendar::day_number,
    read::{ReadError, Rows, TypedRows as _},
    rows::{ArtifactRow, Identity, ObjectId, Symbols},
    table::{Dictionary, Filter},
};

/// A file.
#[derive(Debug, Clone)]
pub(super) struct Artifact {
    pub(super) row: ArtifactRow,
    /// Merges resolved.
    pub(super) customer: ObjectId,
    pub(super) response: Option<Next<f64>>,
    pub(super) order: Option<Next<ObjectId>>,
}

/// What came after it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Next<T> {
    pub(super) position: Position,
    /// By the calendar.
    pub(super) days: u32,
    pub(super) what: T,
}

/// The customer that a request names, by any of its ids.
///
/// # Errors
/// No event names such a party, or the rows cannot be read.
pub(super) fn customer(
    rows: &dyn Rows,
    identity: &Identity,
    id: &str,
) -> Result<Option<ObjectId>, ReadError> {
    if id.is_empty() {
        return Ok(None);
    }
    let party = rows.number(Dictionary::Party, id)?.ok_or(ReadError::UnknownCustomer)?;
    Ok(Some(identity.canonical(party)))
}

/// The latest first. Of a customer also those of the persons who act for it.
pub(super) fn artifacts(
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    params: &GalleryParams,
    (of, after): (Option<ObjectId>, &After),
) -> Result<Vec<Artifact>, ReadError> {
    let mut all = Vec::new();
    let filter = Filter::all().occurred(params.period.from, params.period.to);
    rows.in_any_order::<ArtifactRow>(&filter, params.as_of, |row| {
        let customer = identity.canonical(row.customer);
        let is_of = |wanted| customer == wanted || identity.organisation(customer) == Some(wanted);
        if of.is_none_or(is_of) && params.wants(symbols.text(row.outcome), symbols.text(row.media_type)) {
            let place = (row.occurred_at, row.position);
            all.push(Artifact {
                row,
                customer,
                response: after.response(customer, place).map(|found| next(place, found, params)),
                order: after.order(customer, place).map(|found| next(place, found, params)),
            });
        }
    })?;
    all.sort_unstable_by_key(|one| std::cmp::Reverse((one.row.occurred_at, one.row.position)));
    Ok(all)
}

fn next<T>(place: Place, (then, what): (Place, T), params: &GalleryParams) -> Next<T> {
    let day = |place: Place| day_number(place.0, &params.zone);
    let days = u32::try_from(day(then) - day(place)).unwrap_or(0);
    Next { position: then.1, days, what }
}
