//! The events of one customer, read in order and given to all parts.

use std::collections::{BTreeSet, HashMap};

use rapport_model::Position;
use rapport_proto::v1::{payload::Kind, touch_meeting_held::Status};

use super::{
    bought::Bought,
    consents::Consents,
    contact::Contacts,
    contracts::Contracts,
    deals::Deals,
    numbered::{Numbered, id},
    things::Things,
    tickets::Tickets,
    with::{Partners, With},
};
use crate::{
    answers::{AsOf, Asked, window::just_after},
    projection::Believed,
    read::{EntryFilter, EntryPage, EntryPlace, LATEST, ReadError, Rows},
    rows::ObjectId,
    table::NotARow,
    timeline::ask::{entry::Entries, parties::Parties},
};

/// The types that the parts read.
const TYPES: [&str; 27] = [
    "consent.granted",
    "consent.withdrawn",
    "consent.objection_recorded",
    "touch.call_logged",
    "touch.message_exchanged",
    MEETING,
    "touch.visit_recorded",
    "agreement.recorded",
    "deal.opened",
    "deal.stage_changed",
    "deal.terms_changed",
    "deal.won",
    "deal.lost",
    "document.state_changed",
    "contract.changed",
    "order.placed",
    "order.changed",
    "invoice.issued",
    "ticket.opened",
    "ticket.stage_changed",
    "ticket.responded",
    "ticket.resolved",
    "ticket.reopened",
    "survey.answered",
    "need.identified",
    "need.closed",
    "owner.assigned",
];
/// Those of who acts for the customer: what was said, and is open, with them.
const OF_CONTACTS: [&str; 13] = [
    "touch.call_logged",
    "touch.message_exchanged",
    MEETING,
    "touch.visit_recorded",
    "agreement.recorded",
    "ticket.opened",
    "ticket.stage_changed",
    "ticket.responded",
    "ticket.resolved",
    "ticket.reopened",
    "survey.answered",
    "need.identified",
    "need.closed",
];
const MEETING: &str = "touch.meeting_held";
/// Events that are read at most of the customer, and as many of those who act for it: those of twenty years at more than
/// one a day.
const EVENTS_MAX: u32 = 10_000;
/// Planned meetings that are looked at.
const MEETINGS_MAX: u32 = 100;
/// Events that are looked up together.
const AT_ONCE: usize = 500;

/// What the events add up to.
pub(super) struct History {
    pub(super) numbered: Numbered,
    pub(super) deals: Deals,
    pub(super) tickets: Tickets,
    pub(super) things: Things,
    pub(super) contracts: Contracts,
    pub(super) contacts: Contacts,
    pub(super) consents: Consents,
    pub(super) bought: Bought,
    /// The ids that are this customer.
    pub(super) names: HashMap<String, ObjectId>,
    partners: Partners,
    /// Events that were read.
    pub(super) read: u64,
    /// Older ones that were not.
    pub(super) left_out: u64,
    /// Whether there was no event of any type.
    pub(super) is_of_nothing: bool,
    /// The first meeting that is planned after T, and with whom.
    pub(super) meeting: Option<(EntryPlace, With)>,
}

impl History {
    /// Reads the latest events until T as believed at K, and gives them to the parts in the order in which they happened.
    /// Those of who acts for the customer are read beside, unless they are not asked for.
    pub(super) fn read(
        rows: &dyn Rows,
        parties: &Parties,
        with_contacts: bool,
        asked: &Asked<'_>,
    ) -> Result<Self, ReadError> {
        let mut history = Self {
            numbered: Numbered::new(),
            deals: Deals::default(),
            tickets: Tickets::default(),
            things: Things::default(),
            contracts: Contracts::default(),
            contacts: Contacts::default(),
            consents: Consents::default(),
            bought: Bought::default(),
            names: HashMap::new(),
            partners: Partners::of(rows, parties, with_contacts)?,
            read: 0,
            left_out: 0,
            is_of_nothing: false,
            meeting: None,
        };
        for member in &parties.members {
            history.names.insert(rows.party_name(*member)?, *member);
        }
        let mut places = history.latest(rows, &parties.members, &TYPES, asked)?;
        if with_contacts {
            let contacts: Vec<ObjectId> = parties.contact_members.iter().map(|(member, _)| *member).collect();
            places.extend(history.latest(rows, &contacts, &OF_CONTACTS, asked)?);
        }
        places.sort_unstable();
        if places.is_empty() {
            let all = rows.entry_counts(&parties.members, &EntryFilter::default(), asked.as_of)?;
            history.is_of_nothing = all.total == 0;
        }
        each(rows, asked, &places, |believed| history.take(believed))?;
        history.meeting = planned(rows, &parties.shown(with_contacts), &history.partners, asked)?;
        Ok(history)
    }

    /// The places of the latest events of some types, which are counted.
    fn latest(
        &mut self,
        rows: &dyn Rows,
        parties: &[ObjectId],
        types: &[&str],
        asked: &Asked<'_>,
    ) -> Result<Vec<EntryPlace>, ReadError> {
        if parties.is_empty() {
            return Ok(Vec::new());
        }
        let types = types.iter().map(|name| (*name).to_owned()).collect();
        let filter = EntryFilter { types, ..EntryFilter::default() };
        let page = EntryPage { after: None, size: EVENTS_MAX, oldest_first: false };
        let total = rows.entry_counts(parties, &filter, asked.as_of)?.total;
        let (places, _) = rows.entry_places(parties, &filter, asked.as_of, &page)?;
        let read = places.len() as u64;
        self.read += read;
        self.left_out += total.saturating_sub(read);
        Ok(places)
    }

    fn take(&mut self, believed: &Believed<'_>) -> Result<(), NotARow> {
        let Self { numbered, names, partners, .. } = self;
        let Some(with) = partners.with(believed) else { return Ok(()) };
        self.tickets.take(believed, with);
        let is_own =
            |tag: &str| tag.strip_prefix("party:").is_some_and(|party| names.contains_key(&id(party)));
        self.things.take(believed, with, is_own);
        self.contacts.take(believed, with);
        if !with.is_customer {
            return Ok(());
        }
        self.deals.take(believed, numbered);
        self.consents.take(believed);
        self.contracts.take(believed, numbered)?;
        self.bought.take(believed, numbered)
    }
}

/// Gives these events as they are believed, a few looked up at a time: no more of them are held.
fn each(
    rows: &dyn Rows,
    asked: &Asked<'_>,
    places: &[EntryPlace],
    mut take: impl FnMut(&Believed<'_>) -> Result<(), NotARow>,
) -> Result<(), ReadError> {
    for places in places.chunks(AT_ONCE) {
        let positions: BTreeSet<Position> = places.iter().map(|(_, position)| *position).collect();
        let entries = Entries::of(rows, asked.events, positions, asked.as_of.recorded_until)?;
        for place in places {
            let mut taken = Ok(());
            entries.with_believed(*place, |believed| taken = take(&believed))?;
            taken?;
        }
    }
    Ok(())
}

/// The first meeting after T that is planned, as believed at K.
fn planned(
    rows: &dyn Rows,
    parties: &[ObjectId],
    partners: &Partners,
    asked: &Asked<'_>,
) -> Result<Option<(EntryPlace, With)>, ReadError> {
    let until = asked.as_of.bounded().occurred_until;
    if until >= LATEST {
        return Ok(None);
    }
    let whenever = AsOf { occurred_until: LATEST, ..asked.as_of };
    let filter = EntryFilter {
        types: vec![MEETING.to_owned()],
        occurred_from: Some(just_after(until)),
        ..EntryFilter::default()
    };
    let page = EntryPage { after: None, size: MEETINGS_MAX, oldest_first: true };
    let (places, _) = rows.entry_places(parties, &filter, whenever, &page)?;
    let mut first = None;
    each(rows, asked, &places, |believed| {
        let is_planned =
            matches!(believed.kind, Kind::TouchMeetingHeld(one) if one.status() == Status::Planned);
        if first.is_none() && is_planned {
            let place = (believed.occurred_at, believed.position());
            first = partners.with(believed).map(|with| (place, with.clone()));
        }
        Ok(())
    })?;
    Ok(first)
}
