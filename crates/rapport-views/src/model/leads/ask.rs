//! Asks a store for the steps of leads and what became of their deals, and answers.

use rapport_proto::v1;

use super::{deals::Deals, evidence, params::LeadsParams, response, steps::told};
use crate::{
    answers::{Answered, AskError, Asked},
    model::figures::Figures,
    read::Rows,
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::LeadsRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::LeadsResponse>, AskError> {
    let as_of = asked.as_of;
    let params = LeadsParams::from_request(request, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, evidence::is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let told = told(rows, (&symbols, &identity), as_of)?;
    let deals = Deals::read(rows, &told.leads, as_of)?;
    let response = response::of(&params, &told, &deals, (asked.skip, rows), &symbols, &mut figures)?;
    if asked.figure.is_some() {
        evidence::tell(&told.leads, &deals, &mut figures);
    }
    let objects = figures.hits(rows, &identity, as_of, |_| Vec::new())?;
    Ok(Answered { response, objects })
}
