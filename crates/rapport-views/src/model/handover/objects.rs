//! What is open at T: deals, tickets, agreements, planned meetings; and what is assigned beside these.

use std::collections::HashSet;

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};

use super::{
    owners::{Owners, Place},
    params::HandoverParams,
};
use crate::{
    answers::AsOf,
    model::{figures::Counted, solution::solution},
    read::{LATEST, ReadError, Rows, TypedRows as _},
    rows::{
        AgreementRow, AgreementStatus, DealCause, DealStatus, DealStepRow, Identity, MeetingStatus, ObjectId,
        Symbol, Symbols, TicketRow, TicketStep, TouchRow,
    },
    table::{CUSTOMER, Dictionary, Field as _, Filter, Row as _},
};

/// What sort of object, in the order of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Deal,
    Ticket,
    Agreement,
    Meeting,
    Party,
    Other,
}

/// An open object.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub(super) kind: Kind,
    /// Merges resolved.
    pub(super) tag: String,
    pub(super) thing: Counted,
    /// Of the first event that names one, merges resolved.
    pub(super) customer: ObjectId,
    /// When it began; of a meeting when it is planned for.
    pub(super) begun: Timestamp,
    /// Of a deal: minor units, and ISO 4217.
    pub(super) amount: Option<(i128, String)>,
    /// Of an agreement: the day by which it must be kept.
    pub(super) due: Symbol,
    /// Of what its recorder owns until it is assigned: where, and who.
    pub(super) recorded: Option<(Place, Symbol)>,
    /// The events behind it.
    pub(super) positions: Vec<Position>,
}

/// What the rows of one object have in common.
#[derive(Debug, Clone, Default)]
struct Steps {
    customer: Option<(Place, ObjectId)>,
    positions: Vec<Position>,
}

impl Steps {
    fn add(&mut self, place: Place, customer: ObjectId) {
        if customer != ObjectId::NOBODY && self.customer.is_none_or(|(first, _)| place < first) {
            self.customer = Some((place, customer));
        }
        self.positions.push(place.1);
    }

    fn object(self, (kind, tag): (Kind, String), thing: Counted, begun: Timestamp) -> Object {
        let customer = self.customer.map_or(ObjectId::NOBODY, |(_, customer)| customer);
        let positions = self.positions;
        let (amount, due, recorded) = (None, Symbol::default(), None);
        Object { kind, tag, thing, customer, begun, amount, due, recorded, positions }
    }
}

/// Every open object. `funnel` are the rows of deals.
pub(super) fn objects(
    (rows, funnel): (&dyn Rows, &dyn Rows),
    (symbols, identity): (&Symbols, &Identity),
    owners: &Owners,
    params: &HandoverParams,
) -> Result<Vec<Object>, ReadError> {
    let mut all = deals(rows, funnel, identity, params.as_of)?;
    all.extend(tickets(rows, identity, params.as_of)?);
    all.extend(agreements(rows, identity, params.as_of)?);
    all.extend(meetings(rows, identity, params)?);
    all.extend(assigned(owners, symbols));
    Ok(all)
}

/// Those that are open in the funnel and of which `facts` has a step.
fn deals(
    rows: &dyn Rows,
    funnel: &dyn Rows,
    identity: &Identity,
    as_of: AsOf,
) -> Result<Vec<Object>, ReadError> {
    let mut steps: HashMap<ObjectId, Steps> = HashMap::new();
    rows.pick(DealStepRow::TABLE, &["deal", CUSTOMER], &Filter::all(), as_of, &mut |beginning, cells| {
        let [deal, customer] = cells else { return Ok(()) };
        let of = steps.entry(ObjectId::of(deal).unwrap_or_default()).or_default();
        let customer = identity.canonical(ObjectId::of(customer).unwrap_or_default());
        of.add((beginning.at, beginning.position), customer);
        Ok(())
    })?;
    if steps.is_empty() {
        return Ok(Vec::new());
    }
    let (texts, mut open) = (funnel.symbols()?, Vec::new());
    funnel.deal_histories(as_of, None, &mut |deal| {
        let Some(last) = deal.spans.last().filter(|span| span.status == DealStatus::Open) else { return };
        let opened = deal.spans.iter().find(|span| span.cause == DealCause::Opened);
        let begun = opened.or(deal.spans.first()).map_or(last.valid_from, |span| span.valid_from);
        open.push((deal.deal, begun, i128::from(last.amount_minor_units), last.currency));
    })?;
    let mut all = Vec::new();
    for (deal, begun, amount, currency) in open {
        let name = funnel.name(Dictionary::Deal, deal)?;
        let number = rows.number(Dictionary::Deal, &name)?;
        let Some((number, of)) = number.and_then(|number| Some((number, steps.remove(&number)?))) else {
            continue;
        };
        let amount = (currency != Symbol::default()).then(|| (amount, texts.text(currency).to_owned()));
        let thing = Counted::named(Dictionary::Deal, number);
        let object = of.object((Kind::Deal, format!("deal:{name}")), thing, begun);
        all.push(Object { amount, ..object });
    }
    Ok(all)
}

fn tickets(rows: &dyn Rows, identity: &Identity, as_of: AsOf) -> Result<Vec<Object>, ReadError> {
    let mut steps: Vec<TicketRow> = Vec::new();
    rows.in_any_order(&Filter::all(), as_of, |row: TicketRow| {
        if row.ticket != ObjectId::NOBODY {
            steps.push(row);
        }
    })?;
    steps.sort_unstable_by_key(|step| (step.ticket, step.occurred_at, step.position));
    let mut all = Vec::new();
    for steps in steps.chunk_by(|one, other| one.ticket == other.ticket) {
        let Some(first) = steps.first().filter(|_| solution(steps).is_none()) else { continue };
        let mut of = Steps::default();
        for step in steps {
            of.add((step.occurred_at, step.position), identity.canonical(step.customer));
        }
        let opened = steps.iter().find(|step| step.step == TicketStep::Opened).unwrap_or(first);
        let tag = format!("ticket:{}", rows.name(Dictionary::Ticket, first.ticket)?);
        let thing = Counted::named(Dictionary::Ticket, first.ticket);
        all.push(of.object((Kind::Ticket, tag), thing, opened.occurred_at));
    }
    Ok(all)
}

fn agreements(rows: &dyn Rows, identity: &Identity, as_of: AsOf) -> Result<Vec<Object>, ReadError> {
    let mut steps: Vec<AgreementRow> = Vec::new();
    let mut replaced: HashSet<ObjectId> = HashSet::new();
    rows.in_any_order(&Filter::all(), as_of, |row: AgreementRow| {
        replaced.insert(row.supersedes);
        if row.agreement != ObjectId::NOBODY {
            steps.push(row);
        }
    })?;
    steps.sort_unstable_by_key(|step| (step.agreement, step.occurred_at, step.position));
    let mut all = Vec::new();
    for steps in steps.chunk_by(|one, other| one.agreement == other.agreement) {
        let (Some(first), Some(last)) = (steps.first(), steps.last()) else { continue };
        if last.status != AgreementStatus::Made || replaced.contains(&first.agreement) {
            continue;
        }
        let mut of = Steps::default();
        for step in steps {
            of.add((step.occurred_at, step.position), identity.canonical(step.customer));
        }
        let named = steps.iter().find(|step| step.staff != Symbol::default());
        let due = steps.iter().rev().map(|step| step.due).find(|due| *due != Symbol::default());
        let tag = rows.name(Dictionary::Object, first.agreement)?;
        let thing = Counted::named(Dictionary::Object, first.agreement);
        let object = of.object((Kind::Agreement, tag), thing, first.occurred_at);
        let recorded = named.map(|step| ((step.occurred_at, step.position), step.staff));
        all.push(Object { due: due.unwrap_or_default(), recorded, ..object });
    }
    Ok(all)
}

/// Those that are planned for after T and known at K.
fn meetings(rows: &dyn Rows, identity: &Identity, params: &HandoverParams) -> Result<Vec<Object>, ReadError> {
    let whenever = AsOf { occurred_until: LATEST, ..params.as_of };
    let planned = Filter::all().and("meeting", vec![MeetingStatus::Planned.cell()]);
    let mut all = Vec::new();
    rows.in_any_order(&planned, whenever, |row: TouchRow| {
        if row.occurred_at <= params.until {
            return;
        }
        let (place, mut of) = ((row.occurred_at, row.position), Steps::default());
        of.add(place, identity.canonical(row.customer));
        let tag = format!("event:{}", row.position.0);
        let object = of.object((Kind::Meeting, tag), Counted::event(row.position), row.occurred_at);
        // It was planned before its own time: its place among assignments is that of the log.
        let recorded =
            (row.staff != Symbol::default()).then_some(((Timestamp::MIN, row.position), row.staff));
        all.push(Object { recorded, ..object });
    })?;
    Ok(all)
}

/// Parties, and objects of which no state is known, as they were assigned.
fn assigned(owners: &Owners, symbols: &Symbols) -> Vec<Object> {
    let objects = owners.all().filter_map(|(tag, of)| {
        let (first, last) = (of.first()?, of.last()?);
        let (kind, thing) = match symbols.text(last.kind) {
            // What these are at T is read from their own events.
            "deal" | "ticket" | "agreement" => return None,
            "party" => (Kind::Party, Counted::party(last.customer)),
            _ => (Kind::Other, Counted::event(last.place.1)),
        };
        let mut steps = Steps::default();
        of.iter().for_each(|one| steps.add(one.place, one.customer));
        // Whoever was assigned earlier is no evidence for who owns it now; the customer may be.
        steps.positions.clear();
        if kind == Kind::Other {
            steps.positions.push(last.place.1);
        }
        Some(steps.object((kind, tag.to_owned()), thing, first.place.0))
    });
    objects.collect()
}
