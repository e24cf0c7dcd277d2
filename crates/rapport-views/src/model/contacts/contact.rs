//! One contact.

use rapport_model::Timestamp;

use super::{
    params::ContactsParams,
    purpose::{Aim, aim},
};
use crate::{
    answers::{AsOf, window::just_after},
    model::occurred::Occurred,
    read::{LATEST, ReadError, Rows, TypedRows as _},
    rows::{Direction, Identity, MeetingStatus, ObjectId, Symbols, TouchRow},
    table::{Field as _, Filter},
};

/// A contact, or an attempt at one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contact {
    /// Its customer resolves merges.
    pub(super) row: TouchRow,
    pub(super) aim: Aim,
}

impl Contact {
    /// Whose it is, and its event.
    pub(super) const fn occurred(&self) -> Occurred {
        (self.row.customer, self.row.position)
    }

    /// The contact once for its customer, and once for the organisation that the customer acts for.
    pub(super) fn of_both(&self, identity: &Identity) -> impl Iterator<Item = Occurred> + use<> {
        let (customer, position) = self.occurred();
        let named = (customer != ObjectId::NOBODY).then_some(customer);
        let organisation = named.and_then(|customer| identity.organisation(customer));
        named.into_iter().chain(organisation).map(move |party| (party, position))
    }
}

/// The contacts of the window, in any order, and the meetings of it that are only planned.
pub(super) fn contacts(
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    params: &ContactsParams,
) -> Result<(Vec<Contact>, Vec<Occurred>), ReadError> {
    let (mut all, mut planned) = (Vec::new(), Vec::new());
    let filter = Filter::all().occurred(params.window.from, params.window.to);
    rows.in_any_order(&filter, params.as_of, |row: TouchRow| {
        if row.meeting == MeetingStatus::Planned {
            planned.push((identity.canonical(row.customer), row.position));
            return;
        }
        let is_ours = row.direction != Direction::Inbound;
        all.push(Contact {
            row: TouchRow { customer: identity.canonical(row.customer), ..row },
            aim: if is_ours { aim(symbols.text(row.purpose)) } else { Aim::Neither },
        });
    })?;
    Ok((all, planned))
}

/// Meetings that are planned for later than T, as believed at K.
pub(super) fn ahead(
    rows: &dyn Rows,
    identity: &Identity,
    params: &ContactsParams,
) -> Result<Vec<Occurred>, ReadError> {
    let mut all = Vec::new();
    let later = AsOf { occurred_until: LATEST, ..params.as_of };
    let after = just_after(params.as_of.occurred_until);
    let planned =
        Filter::all().occurred(after, Timestamp::MAX).and("meeting", vec![MeetingStatus::Planned.cell()]);
    rows.in_any_order(&planned, later, |row: TouchRow| {
        all.push((identity.canonical(row.customer), row.position));
    })?;
    Ok(all)
}
