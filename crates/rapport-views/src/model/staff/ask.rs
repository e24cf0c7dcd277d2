//! Asks two stores and the log for what staff did, and answers.

use rapport_proto::v1;

use super::{
    deals::closed,
    done::{contacts, orders, tickets},
    evidence,
    params::StaffParams,
    payouts::Payouts,
    response::{self, Found},
    turnover::turnover,
};
use crate::{
    answers::{Answered, AskError, Asked},
    model::{employment::Employment, figures::Figures},
    read::Rows,
    view::View,
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::StaffRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::StaffResponse>, AskError> {
    let as_of = asked.as_of;
    let params = StaffParams::from_request(request, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, evidence::is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let deals = closed((rows, asked.rows_of(View::Funnel)?), &identity, &params)?;
    let contacts = contacts(rows, (&symbols, &identity), &params)?;
    let tickets = tickets(rows, &identity, &params)?;
    let orders = orders(rows, &identity, &params)?;
    let payouts = Payouts::read(rows, &symbols, &params, asked)?;
    let employment = Employment::read(rows, as_of)?;
    evidence::beside(&mut figures, (&deals, &contacts, &tickets, &orders));
    let turnover = turnover(&employment, &params, &mut figures);
    let found = Found {
        deals: &deals,
        contacts: &contacts,
        tickets: &tickets,
        orders: &orders,
        payouts: &payouts,
        turnover,
    };
    let response = response::of(&params, found, asked.skip, &symbols, &mut figures);
    let objects = figures.hits(rows, &identity, as_of, |_| Vec::new())?;
    Ok(Answered { response, objects })
}
