//! Asks a store for promises, arrivals, milestones and responses, and answers.

use jiff::civil::Date;
use rapport_proto::v1;

use super::{
    delivery::Delivery, evidence, milestones, orders::orders, params::DeliveriesParams, response,
    response::Found, said,
};
use crate::{
    answers::{Answered, AskError, Asked},
    model::{figures::Figures, roles::roles, said::Responses},
    read::Rows,
    rows::{Identity, ObjectId, PartyRole, Symbol, Symbols},
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::DeliveriesRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::DeliveriesResponse>, AskError> {
    let as_of = asked.as_of;
    let params = DeliveriesParams::from_request(request, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, evidence::is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let roles = roles(rows, &identity, as_of)?;
    let is_wanted =
        |customer: ObjectId| (roles.get(&customer) == Some(&PartyRole::Supplier)) == params.suppliers;
    let all = orders(rows, (&symbols, &identity), &params)?;
    let (wanted, others): (Vec<&Delivery>, Vec<&Delivery>) =
        all.iter().partition(|one| is_wanted(one.customer));
    let is_of_period = |one: &Delivery| one.state(params.today).day().is_some_and(|day| params.has(day));
    let milestones = milestones::milestones(rows, (&symbols, &identity), &params)?;
    let found = Found {
        arrived: wanted.iter().copied().filter(|one| is_of_period(one)).collect(),
        overdue: wanted.iter().copied().filter(|one| one.is_overdue(params.today)).collect(),
        others: others.into_iter().filter(|one| is_of_period(one)).collect(),
        milestones: milestones.iter().filter(|one| is_wanted(one.customer)).collect(),
        responses: Responses::read(rows, &identity, (as_of, asked.zone), &said::INSTRUMENTS)?,
    };
    let response = response::of(&params, &found, asked.skip, rows, &symbols, &mut figures)?;
    let objects = figures.hits(rows, &identity, as_of, evidence::of)?;
    Ok(Answered { response, objects })
}

/// An order that was promised and has not arrived, and the day that was committed last.
#[derive(Debug, Clone, Copy)]
pub(in crate::model) struct Awaited {
    pub(in crate::model) order: ObjectId,
    pub(in crate::model) customer: ObjectId,
    pub(in crate::model) staff: Symbol,
    pub(in crate::model) day: Date,
}

/// Such orders of customers, not of suppliers, for a model that knows who is who.
pub(in crate::model) fn awaited(
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    asked: &Asked<'_>,
) -> Result<Vec<Awaited>, AskError> {
    let params = DeliveriesParams::from_request(&v1::DeliveriesRequest::default(), asked.as_of, asked.zone)?;
    let roles = roles(rows, identity, asked.as_of)?;
    let is_supplier = |party: &ObjectId| roles.get(party) == Some(&PartyRole::Supplier);
    let all = orders(rows, (symbols, identity), &params)?;
    let awaited = all.iter().filter(|one| one.is_awaited() && !is_supplier(&one.customer));
    Ok(awaited
        .filter_map(|one| {
            let day = one.promised?.last;
            Some(Awaited { order: one.order, customer: one.customer, staff: one.staff, day })
        })
        .collect())
}
