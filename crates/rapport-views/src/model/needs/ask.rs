//! Asks a store for needs, purchases, responses, deals and offers, and answers.

use rapport_proto::v1;

use super::{
    evidence, groups::Keys, need::needs, offers::Offers, params::NeedsParams, response, response::Found,
    studied::Classes,
};
use crate::{
    answers::{Answered, AskError, Asked},
    model::{figures::Figures, purchases::Source},
    read::Rows,
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::NeedsRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::NeedsResponse>, AskError> {
    let as_of = asked.as_of;
    let source = Source::asked(request.purchases_from, rows, as_of)?;
    let params = NeedsParams::from_request(request, source, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, evidence::is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let needs = needs(rows, &identity, &params)?;
    let classes = Classes::read(rows, (&symbols, &identity), &params)?;
    let keys = Keys::read(rows, (&symbols, &identity), &params, &classes)?;
    let offers = Offers::read(rows, &identity, &params)?;
    let found = Found { needs: &needs, classes: &classes, keys, offers };
    let response = response::of(&params, &found, asked.skip, rows, (&symbols, &identity), &mut figures)?;
    let objects = figures.hits(rows, &identity, as_of, |parts| evidence::of(parts, &params))?;
    Ok(Answered { response, objects })
}
