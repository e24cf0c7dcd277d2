//! Reads one customer, and answers.

use rapport_proto::{
    time,
    v1::{CustomerRequest, CustomerResponse, PurchasesFrom, ViewMeta},
};

use super::{
    classes::{self, MONTHS},
    counter::Counter,
    history::History,
    next_step::{Steps, What},
};
use crate::{
    answers::{AnswerError, Answered, AskError, Asked, window::Window},
    calendar::day_text,
    read::{ReadError, Rows},
    table::Dictionary,
    timeline::ask::parties::Parties,
    view::View,
};

/// The whole answer, or with a figure what that figure counts.
pub(super) fn ask(
    request: &CustomerRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<CustomerResponse>, AskError> {
    // Rows hold the end of time for what still lasts.
    let asked = &Asked { as_of: asked.as_of.bounded(), ..*asked };
    let purchases_from = purchases_from(request)?;
    let customer = rows.number(Dictionary::Party, &request.customer)?.ok_or(ReadError::UnknownCustomer)?;
    let parties = Parties::of(rows, customer, asked.as_of)?;
    let mut counter = Counter::new(asked.figure, parties.canonical)?;
    let history = History::read(rows, &parties, !request.without_contacts, asked)?;
    let mut response = CustomerResponse {
        meta: Some(ViewMeta { as_of: Some(asked.as_of.to_proto()), ..ViewMeta::default() }),
        party: Some(parties.party(rows, asked.events, asked.as_of, request.include_special)?),
        events_read: history.read,
        events_left_out: history.left_out,
        nothing_happened: history.is_of_nothing,
        ..CustomerResponse::default()
    };
    put_parts(&mut response, history, (parties, purchases_from), asked, &mut counter)?;
    // No figure is of the classes.
    if !request.without_classes && asked.figure.is_none() {
        classes::put(&mut response, asked.rows_of(View::Facts)?, request.purchases_from, asked)?;
    }
    Ok(Answered { response, objects: counter.hits()? })
}

/// What a request takes as a purchase.
pub(super) fn purchases_from(request: &CustomerRequest) -> Result<PurchasesFrom, AnswerError> {
    let value = request.purchases_from;
    PurchasesFrom::try_from(value).map_err(|_| AnswerError::UnknownValue { field: "purchases_from", value })
}

/// Puts what the events add up to into the answer.
fn put_parts(
    response: &mut CustomerResponse,
    history: History,
    (parties, purchases_from): (Parties, PurchasesFrom),
    asked: &Asked<'_>,
    counter: &mut Counter<'_>,
) -> Result<(), AskError> {
    let (until, zone) = (asked.as_of.bounded().occurred_until, asked.zone);
    let History {
        numbered, deals, tickets, mut things, contracts, contacts, consents, bought, names, ..
    } = history;
    let mut steps = Steps::default();
    let own = response.party.as_ref().map_or_else(String::new, |party| party.id.clone());

    let deals = deals.open(&numbered);
    response.open_deals = counter.count(&["deals"], deals.iter().map(|deal| &deal.events));
    for deal in deals {
        steps.add(What::Deal, &deal.wire.expected_close, &deal.wire.deal, (deal.expected_by, &own));
        response.deals.push(deal.wire);
    }
    let tickets = tickets.open();
    response.open_tickets = counter.count(&["tickets"], tickets.iter().map(|ticket| &ticket.events));
    response.tickets = tickets.into_iter().map(|ticket| ticket.wire).collect();

    let agreements = things.agreements(until, zone);
    let all = || agreements.iter();
    response.open_agreements = counter.count(&["agreements"], all().map(|one| &one.events));
    let overdue = all().filter(|one| one.wire.is_overdue);
    response.overdue_agreements = counter.count(&["agreements_overdue"], overdue.map(|one| &one.events));
    for one in agreements {
        steps.add(What::Agreement, &one.wire.due, &one.wire.agreement, (one.wire.position, &one.wire.party));
        response.agreements.push(one.wire);
    }
    let contracts = contracts.in_force(until, &numbered, zone);
    response.contracts_in_force = counter.count(&["contracts"], contracts.iter().map(|one| &one.events));
    for one in contracts {
        steps.add(What::Contract, &one.wire.last_day, &one.wire.contract, (one.wire.position, &own));
        response.contracts.push(one.wire);
    }
    if let Some(((at, position), with)) = history.meeting {
        steps.add(What::Meeting, &day_text(at, zone), "", (position.0, &with.name));
    }
    response.next_step = steps.first(until, zone);

    let documents = things.documents();
    response.open_documents = counter.count(&["documents"], documents.iter().map(|one| &one.events));
    response.documents = documents.into_iter().map(|one| one.wire).collect();
    let needs = things.needs();
    response.open_needs = counter.count(&["needs"], needs.iter().map(|one| &one.events));
    response.needs = needs.into_iter().map(|one| one.wire).collect();
    let responses = things.responses();
    response.responses_given = counter.count(&["responses"], responses.iter().map(|one| &one.events));
    response.responses = responses.into_iter().map(|one| one.wire).collect();
    response.owners = things.owners();

    let held = consents.held(&names, parties.merges, until);
    response.uses_decided = counter.count(&["consents"], held.iter().map(|one| &one.events));
    response.consents = held.into_iter().map(|one| one.wire).collect();
    response.contact = Some(contacts.wire(until, zone, counter));

    let year = Window::of_request(None, None, asked.as_of.occurred_until)?.last_months(MONTHS, zone);
    let source = bought.source(purchases_from);
    response.purchases_from = source.into();
    response.year_from = Some(time::to_proto(year.from));
    response.purchases = bought.wire(source, year, &numbered, counter);
    Ok(())
}
