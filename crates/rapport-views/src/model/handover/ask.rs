//! Asks two stores for owners and what is open, and answers.

use rapport_proto::v1;

use super::{
    contact::contact,
    evidence,
    items::items,
    objects::objects,
    owners::Owners,
    params::HandoverParams,
    processes::Steps,
    response::{self, Found},
};
use crate::{
    answers::{Answered, AskError, Asked},
    model::{employment::Employment, figures::Figures},
    read::Rows,
    view::View,
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::HandoverRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::HandoverResponse>, AskError> {
    let as_of = asked.as_of;
    let params = HandoverParams::from_request(request, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, evidence::is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let owners = Owners::read(rows, (&symbols, &identity), as_of)?;
    let employment = Employment::read(rows, as_of)?;
    let steps = Steps::read(rows, &identity, &params)?;
    let funnel = asked.rows_of(View::Funnel)?;
    let open = objects((rows, funnel), (&symbols, &identity), &owners, &params)?;
    let items = items(&open, &owners, &steps.acknowledged());
    let handovers = steps.handovers(rows, (&symbols, &identity), &owners, &params, &mut figures)?;
    let contact = contact(rows, &identity, (&owners, &employment), &params, &mut figures)?;
    let found = Found { items: &items, employment: &employment, handovers, contact };
    let response = response::of(&params, found, asked.skip, rows, &symbols, &mut figures)?;
    let objects = figures.hits(rows, &identity, as_of, |_| Vec::new())?;
    Ok(Answered { response, objects })
}
