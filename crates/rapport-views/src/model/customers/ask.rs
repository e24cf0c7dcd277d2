//! Asks a store for everybody, and answers.

use rapport_proto::v1::{CustomersRequest, CustomersResponse};

use super::{
    evidence::{self, is_figure},
    found::find,
    known::Known,
    params::CustomersParams,
    response,
};
use crate::{
    answers::{Answered, AskError, Asked},
    model::{figures::Figures, purchases::Source},
    read::Rows,
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &CustomersRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<CustomersResponse>, AskError> {
    let as_of = asked.as_of;
    let source = Source::asked(request.purchases_from, rows, as_of)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let params = CustomersParams::from_request(request, source, (rows, &symbols), (as_of, asked.zone))?;
    let mut figures = Figures::new(asked.figure, is_figure)?;
    let known = Known::read(rows, &identity, &params, asked)?;
    let mut name = |party| rows.party_name(party);
    let page = asked.skip..asked.skip.saturating_add(params.page_size);
    let found = find(&known, &params, page, &mut name)?;
    let response = response::of(&params, &known, &found, asked.skip, &mut figures, &mut name)?;
    let objects = figures.hits(rows, &identity, as_of, |parts| evidence::of(parts, &params, &symbols))?;
    Ok(Answered { response, objects })
}
