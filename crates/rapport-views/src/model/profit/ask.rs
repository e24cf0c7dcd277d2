//! Asks a store for what customers bring and cost, and answers.

use rapport_proto::v1;

use super::{added::added, evidence, params::ProfitParams, ranked::currencies, response};
use crate::{
    answers::{Answered, AskError, Asked},
    model::{figures::Figures, purchases::Source, scores::Scores},
    read::Rows,
    rows::ObjectId,
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::ProfitRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::ProfitResponse>, AskError> {
    let as_of = asked.as_of;
    let source = Source::asked(request.purchases_from, rows, as_of)?;
    let params = ProfitParams::from_request(request, source, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, evidence::is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let scores = Scores::of_first(&params.instruments, rows, &identity, as_of)?;
    let added = added(rows, &identity, &params)?;
    let mut name = |party: ObjectId| Ok::<_, AskError>(rows.party_name(party)?);
    let (currencies, without_amount) = currencies(added, &params, &symbols, &scores, &mut name)?;
    let all = (currencies.as_slice(), &without_amount);
    let response = response::of(&params, &scores, all, asked.skip, &mut figures, &mut name)?;
    evidence::find(&mut figures, rows, &identity, &symbols, &params)?;
    let objects =
        figures.hits(rows, &identity, as_of, |parts| evidence::of(parts, &params, &symbols, &scores))?;
    Ok(Answered { response, objects })
}
