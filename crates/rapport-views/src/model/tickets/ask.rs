//! Asks a store for the steps of tickets, and answers.

use hashbrown::HashMap;
use rapport_model::Timestamp;
use rapport_proto::v1;

use super::{
    group::{COUNTS, DONE},
    keys,
    levels::Levels,
    measured::{Measured, Promise},
    params::TicketsParams,
    response::{self, Beside},
    said::INSTRUMENTS,
    sold::Sold,
    ticket::{Ticket, tickets},
};
use crate::{
    answers::{Answered, AskError, Asked},
    model::{
        figures::{Evidence, Figures},
        said::Responses,
    },
    read::Rows,
    rows::{Identity, ObjectId, Symbol, Symbols, TicketCause, TicketKind, TicketRow},
    table::{Filter, Row as _},
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::TicketsRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::TicketsResponse>, AskError> {
    let as_of = asked.as_of;
    let params = TicketsParams::from_request(request, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let mut meta = v1::ViewMeta { as_of: Some(as_of.to_proto()), ..v1::ViewMeta::default() };
    let mut tickets = tickets(rows, &identity, &params)?;
    keys::keep(&mut tickets, &params.only, &symbols);
    let levels = Levels::read(rows, &symbols, &tickets, &params, &mut meta)?;
    let measured = tickets
        .into_iter()
        .filter_map(|ticket| Some(Measured::of(ticket, levels.of(&ticket)?, params.until)));
    let measured: Vec<Measured> = measured.collect();
    let beside = Beside {
        responses: Responses::read(rows, &identity, (as_of, asked.zone), &INSTRUMENTS)?,
        sold: Sold::read(rows, &params)?,
    };
    let told = (measured.as_slice(), &beside);
    let response = response::of(&params, told, meta, asked.skip, &mut figures, (rows, &symbols))?;
    let mut objects = figures.hits(rows, &identity, as_of, |_| {
        vec![Evidence::new(TicketRow::TABLE, Filter::all(), "ticket_id")]
    })?;
    if !objects.is_empty() {
        // Steps may name several customers: a ticket is of the first one.
        let customers: HashMap<ObjectId, ObjectId> =
            measured.iter().map(|of| (of.ticket.id, of.ticket.customer)).collect();
        for hit in &mut objects {
            hit.customer = customers.get(&hit.object).copied().unwrap_or(hit.customer);
        }
    }
    Ok(Answered { response, objects })
}

/// Open tickets with a promise that is not done, in any order, for a model that knows who is who. `meta` takes the definitions
/// on which that rests.
pub(in crate::model) fn due(
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    asked: &Asked<'_>,
    meta: &mut v1::ViewMeta,
) -> Result<Vec<Due>, AskError> {
    let params = TicketsParams::from_request(&v1::TicketsRequest::default(), asked.as_of, asked.zone)?;
    let open: Vec<_> = tickets(rows, identity, &params)?.into_iter().filter(Ticket::is_open).collect();
    let levels = Levels::read(rows, symbols, &open, &params, meta)?;
    let due = open.into_iter().filter_map(|ticket| {
        let measured = Measured::of(ticket, levels.of(&ticket)?, params.until);
        Some(Due {
            ticket: ticket.id,
            customer: ticket.customer,
            staff: ticket.staff,
            at: measured.due?,
            kind: ticket.kind().map_or("", TicketKind::word),
            priority: ticket.of_opening(|opening| opening.priority),
        })
    });
    Ok(due.collect())
}

/// An open ticket, and when what is not done is due first.
#[derive(Debug, Clone, Copy)]
pub(in crate::model) struct Due {
    pub(in crate::model) ticket: ObjectId,
    pub(in crate::model) customer: ObjectId,
    /// Who had it last.
    pub(in crate::model) staff: Symbol,
    pub(in crate::model) at: Timestamp,
    /// Empty where its opening is not known.
    pub(in crate::model) kind: &'static str,
    pub(in crate::model) priority: Symbol,
}

fn is_figure(parts: &[&str]) -> bool {
    match parts {
        ["without_opening" | "without_cause"]
        | ["groups", _, "defects"]
        | ["satisfaction", "kept" | "broken"] => true,
        ["total", of @ ..] | ["groups", _, of @ ..] => match of {
            [what] => COUNTS.contains(what),
            [done, what] => {
                let is_promise = Promise::ALL.iter().any(|promise| promise.word() == *what);
                DONE.contains(done) && (is_promise || ["ended", "censored"].contains(what))
            }
            _ => false,
        },
        ["causes", cause] => !cause.is_empty() && TicketCause::WORDS.contains(cause),
        _ => false,
    }
}
