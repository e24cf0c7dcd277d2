//! What has a day: promises, meetings, deals, contracts, deliveries, tickets. And handovers, which have none.

use hashbrown::{HashMap, HashSet};
use jiff::civil::Date;
use rapport_model::{Position, Timestamp};
use rapport_proto::v1::{self, TodayKind};

use super::{
    params::TodayParams,
    thing::{About, Thing},
};
use crate::{
    answers::{AsOf, AskError, Asked},
    calendar::{LAST, day},
    model::{contracts, deliveries, tickets},
    read::{ReadError, Rows, TypedRows as _},
    rows::{
        AgreementRow, AgreementStatus, DealStatus, ExpectedCloseRow, HandoverRow, HandoverStep, Identity,
        MeetingStatus, ObjectId, Symbol, Symbols, TouchRow,
    },
    table::{Dictionary, Field as _, Filter},
    view::View,
};

type Names<'a> = (&'a Symbols, &'a Identity);
type Place = (Timestamp, Position);

/// Open promises. One that another replaces is none; its customer is that of its first event that names one.
pub(super) fn promises(
    rows: &dyn Rows,
    (symbols, identity): Names<'_>,
    params: &TodayParams,
) -> Result<Vec<Thing>, ReadError> {
    let mut said: Vec<AgreementRow> = rows.all(&Filter::all(), params.as_of)?;
    said.sort_unstable_by_key(|row| (row.agreement, row.occurred_at, row.position));
    let replaced: HashSet<ObjectId> =
        said.iter().map(|row| row.supersedes).filter(|one| *one != ObjectId::NOBODY).collect();
    let thing = |of: &[AgreementRow]| {
        let last = of.last()?;
        if last.status != AgreementStatus::Made || replaced.contains(&last.agreement) {
            return None;
        }
        let customer = customer(of.iter().map(|row| row.customer), identity);
        let due = of.iter().rev().find_map(|row| symbols.text(row.due).parse::<Date>().ok());
        let about = About::Named(Dictionary::Object, last.agreement);
        Some(Thing { staff: last.staff, ..Thing::new(TodayKind::Promise, customer, about, due) })
    };
    Ok(said.chunk_by(|a, b| a.agreement == b.agreement).filter_map(thing).collect())
}

/// Planned meetings that lie ahead, as known at K, through the last day.
pub(super) fn meetings(
    rows: &dyn Rows,
    identity: &Identity,
    params: &TodayParams,
) -> Result<Vec<Thing>, ReadError> {
    let after = Timestamp::from_micros(params.until.as_micros().saturating_add(1));
    let end = params.end();
    if end <= after {
        return Ok(Vec::new());
    }
    let planned = Filter::all().and("meeting", vec![MeetingStatus::Planned.cell()]).occurred(after, end);
    let until = AsOf { occurred_until: Timestamp::from_micros(end.as_micros() - 1), ..params.as_of };
    let mut found = Vec::new();
    rows.in_any_order(&planned, until, |row: TouchRow| {
        let about = About::Event(row.position);
        let on = Some(day(row.occurred_at, &params.zone));
        let customer = identity.canonical(row.customer);
        found.push(Thing { staff: row.staff, ..Thing::new(TodayKind::Meeting, customer, about, on) });
    })?;
    Ok(found)
}

/// Open deals with a day on which they are expected to be decided.
pub(super) fn deals(
    rows: &dyn Rows,
    (symbols, identity): Names<'_>,
    params: &TodayParams,
    asked: &Asked<'_>,
) -> Result<Vec<Thing>, AskError> {
    let mut expected: HashMap<ObjectId, (Place, Symbol, Symbol)> = HashMap::new();
    rows.in_any_order(&Filter::all(), params.as_of, |row: ExpectedCloseRow| {
        let latest = ((row.occurred_at, row.position), row.day, row.staff);
        let known = expected.entry(row.deal).or_insert(latest);
        *known = latest.max(*known);
    })?;
    // What is open, the funnel decides: its view has numbers of its own.
    let funnel = asked.rows_of(View::Funnel)?;
    let (texts, mut open) = (funnel.symbols()?, Vec::new());
    funnel.deal_histories(params.as_of, None, &mut |deal| {
        let last = deal.spans.last().filter(|span| span.status == DealStatus::Open);
        open.extend(last.map(|span| (deal.deal, deal.customer, *span)));
    })?;
    let mut things = Vec::new();
    for (deal, customer, span) in open {
        let number = rows.number(Dictionary::Deal, &funnel.name(Dictionary::Deal, deal)?)?;
        let Some((number, (_, on, staff))) =
            number.and_then(|number| Some((number, *expected.get(&number)?)))
        else {
            continue;
        };
        let Ok(on) = symbols.text(on).parse::<Date>() else { continue };
        let customer = match customer {
            ObjectId::NOBODY => ObjectId::NOBODY,
            party => {
                let number = rows.number(Dictionary::Party, &funnel.party_name(party)?)?;
                number.map_or(ObjectId::NOBODY, |number| identity.canonical(number))
            }
        };
        let about = About::Named(Dictionary::Deal, number);
        let mut thing = Thing::new(TodayKind::Deal, customer, about, Some(on));
        thing.why =
            Some(texts.text(span.stage).to_owned()).filter(|stage| !stage.is_empty()).into_iter().collect();
        thing.staff = staff;
        let currency = texts.text(span.currency);
        thing.amount = (!currency.is_empty()).then(|| (span.amount_minor_units.into(), currency.to_owned()));
        things.push(thing);
    }
    Ok(things)
}

/// Contracts in force that have a last day.
pub(super) fn ending(
    rows: &dyn Rows,
    (symbols, identity): Names<'_>,
    params: &TodayParams,
) -> Result<Vec<Thing>, ReadError> {
    let all = contracts::in_force(rows, params.as_of, &params.zone, identity, symbols)?;
    let ends = all.into_iter().filter(|one| one.to <= LAST);
    Ok(ends
        .map(|one| {
            let last = day(Timestamp::from_micros(one.to.as_micros().saturating_sub(1)), &params.zone);
            let about = About::Named(Dictionary::Contract, one.id);
            Thing::new(TodayKind::Contract, one.customer, about, Some(last))
        })
        .collect())
}

/// Orders that were promised and have not arrived.
pub(super) fn deliveries(
    rows: &dyn Rows,
    names: Names<'_>,
    asked: &Asked<'_>,
) -> Result<Vec<Thing>, AskError> {
    let all = deliveries::awaited(rows, names, asked)?.into_iter();
    Ok(all
        .map(|one| {
            let about = About::Named(Dictionary::Order, one.order);
            Thing { staff: one.staff, ..Thing::new(TodayKind::Delivery, one.customer, about, Some(one.day)) }
        })
        .collect())
}

/// Open tickets with a promise.
pub(super) fn tickets(
    rows: &dyn Rows,
    names: Names<'_>,
    params: &TodayParams,
    asked: &Asked<'_>,
    meta: &mut v1::ViewMeta,
) -> Result<Vec<Thing>, AskError> {
    let all = tickets::due(rows, names, asked, meta)?.into_iter();
    Ok(all
        .map(|one| {
            let about = About::Named(Dictionary::Ticket, one.ticket);
            let on = day(one.at, &params.zone);
            let mut thing = Thing::new(TodayKind::Ticket, one.customer, about, Some(on));
            (thing.staff, thing.has_passed) = (one.staff, one.at < params.until);
            let words = [one.kind, names.0.text(one.priority)];
            thing.why = words.into_iter().filter(|word| !word.is_empty()).map(str::to_owned).collect();
            thing
        })
        .collect())
}

/// Handovers that were started and are not completed.
pub(super) fn handovers(
    rows: &dyn Rows,
    identity: &Identity,
    params: &TodayParams,
) -> Result<Vec<Thing>, ReadError> {
    let mut steps: Vec<HandoverRow> = rows.all(&Filter::all(), params.as_of)?;
    steps.sort_unstable_by_key(|row| (row.handover, row.occurred_at, row.position));
    let thing = |of: &[HandoverRow]| {
        let (first, last) = (of.first()?, of.last()?);
        let has = |step: HandoverStep| of.iter().any(|row| row.step == step);
        if has(HandoverStep::Completed) {
            return None;
        }
        let items: HashSet<ObjectId> = of
            .iter()
            .filter(|row| row.step == HandoverStep::Acknowledged && row.item != ObjectId::NOBODY)
            .map(|row| row.item)
            .collect();
        let about = About::Named(Dictionary::Object, first.handover);
        let customer = customer(of.iter().map(|row| row.customer), identity);
        let mut thing = Thing::new(TodayKind::Handover, customer, about, None);
        (thing.staff, thing.number) = (last.staff, Some(items.len() as u64));
        // The one that began first comes first.
        thing.weight = -i128::from(first.occurred_at.as_micros());
        Some(thing)
    };
    Ok(steps.chunk_by(|a, b| a.handover == b.handover).filter_map(thing).collect())
}

/// Of the first event that names one.
fn customer(mut recorded: impl Iterator<Item = ObjectId>, identity: &Identity) -> ObjectId {
    let named = recorded.find(|party| *party != ObjectId::NOBODY);
    named.map_or(ObjectId::NOBODY, |party| identity.canonical(party))
}
