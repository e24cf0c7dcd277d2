//! Asks a store for what was bought, and answers.

use rapport_proto::v1;

use super::{
    bought, evidence,
    params::ValueParams,
    ranked::Currency,
    response::{self, Whose},
    simple, since,
};
use crate::{
    answers::{Answered, AskError, Asked},
    model::{figures::Figures, profit::spent_on_customers, purchases::Source},
    read::Rows,
    table::Dictionary,
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::ValueRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::ValueResponse>, AskError> {
    let as_of = asked.as_of;
    let source = Source::asked(request.purchases_from, rows, as_of)?;
    let params = ValueParams::from_request(request, source, as_of, asked.zone.clone())?;
    let mut figures = Figures::new(asked.figure, evidence::is_figure)?;
    if let ["simple", code, _] = figures.parts().as_slice() {
        let objects = simple::hits(code, &params, rows, asked)?;
        return Ok(Answered { response: response::frame(&params), objects });
    }
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let whose = match &params.customer {
        None => Whose::All,
        Some(name) => Whose::One(rows.number(Dictionary::Party, name)?.map(|one| identity.canonical(one))),
    };
    let (charged, without_amount) = bought::read(rows, &params, &symbols, &identity)?;
    let name = |party| Ok::<_, AskError>(rows.party_name(party)?);
    let currencies = charged.into_iter().map(|of| Currency::of(of, &params, name));
    let mut currencies = currencies.collect::<Result<Vec<_>, _>>()?;
    let spent = spent_on_customers(rows, &identity, (as_of, asked.zone), source, params.always)?;
    for of in &mut currencies {
        of.take_off(&spent, symbols.get(&of.charged.code).unwrap_or_default());
        of.in_profit(params.margin);
    }
    since::add(&mut currencies, rows, &params, &symbols, &identity)?;
    let mut response = response::of(&params, whose, &currencies, asked.skip, &mut figures, &name)?;
    response::count_without_amount(&mut response, &without_amount, &params, asked.skip, &mut figures);
    if asked.figure.is_none() {
        for total in &mut response.totals {
            total.simple =
                Some(simple::simple(&total.currency, &params, (rows, (&symbols, &identity)), asked)?);
        }
    }
    evidence::find(&mut figures, rows, &identity, &currencies, &params)?;
    let as_of = match (figures.parts().last(), params.since()) {
        (Some(&"purchases_since"), Some((later, _))) => later,
        _ => as_of,
    };
    let objects = figures.hits(rows, &identity, as_of, |parts| evidence::of(parts, &params, &symbols))?;
    Ok(Answered { response, objects })
}
