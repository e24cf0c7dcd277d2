//! Asks a store for deals, objections, contacts and attributes, and answers.

use rapport_proto::v1;

use super::{
    approaches::Contacts,
    attributes::{Attribute, names},
    evidence,
    params::ResistanceParams,
    response,
    response::Found,
    said::Said,
};
use crate::{
    answers::{Answered, AskError, Asked},
    model::{closed_deals::closed, figures::Figures},
    read::Rows,
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::ResistanceRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::ResistanceResponse>, AskError> {
    let as_of = asked.as_of;
    let params = ResistanceParams::from_request(request, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, evidence::is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let deals = closed(rows, &identity, (as_of, params.window))?;
    let found = Found {
        said: Said::read(rows, &symbols, &params, &deals)?,
        contacts: Contacts::read(rows, &identity, &params)?,
        attribute: Attribute::read(rows, (&symbols, &identity), &params)?,
        attributes: names(rows, &symbols, &params)?,
        deals,
    };
    let response = response::of(&params, &found, asked.skip, &symbols, &mut figures);
    let objects = figures.hits(rows, &identity, as_of, evidence::of)?;
    Ok(Answered { response, objects })
}
