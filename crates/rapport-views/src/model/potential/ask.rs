//! Asks a store for what customers own and spend, and answers.

use rapport_proto::v1;

use super::{
    customers::{self, Listing},
    evidence,
    known::Known,
    params::PotentialParams,
    response,
    valued::Valued,
};
use crate::{
    answers::{Answered, AskError, Asked},
    model::{figures::Figures, purchases::Source},
    read::Rows,
};

/// The customers of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::PotentialRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::PotentialResponse>, AskError> {
    let as_of = asked.as_of;
    let source = Source::asked(request.purchases_from, rows, as_of)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let params = PotentialParams::from_request(request, (rows, &identity), source, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, evidence::is_figure)?;
    let known = Known::read(rows, &params, (&symbols, &identity), asked.zone)?;
    let Known { contracts, holdings, segments, spent, .. } = &known;
    let all: Vec<Valued<'_>> = known.valued().collect();
    let shown: Vec<&Valued<'_>> = all.iter().filter(|of| customers::is_shown(of, &params)).collect();

    let left_out = response::nobodys(rows, &params)?;
    let total = response::total(holdings, &all, contracts, left_out, &mut figures);
    let of_segments = response::segments(&shown, &spent.currencies, &mut figures);
    let of_products = response::products(&shown, &params, &spent.currencies, &mut figures);
    let mut response = response::frame(&params, segments, &shown);
    if asked.skip == 0 {
        (response.total, response.segments, response.products) = (Some(total), of_segments, of_products);
    }
    // No figure is of the customers alone: those of their rows are found by name.
    if asked.figure.is_none() {
        let listing = Listing { shown: &shown, currencies: &spent.currencies, contracts };
        customers::fill(&mut response, listing, (rows, &identity), &params, asked.skip)?;
    }
    evidence::find(&mut figures, (rows, &identity), &params, &shown, contracts)?;
    let evidence = evidence::of(&mut figures, &params, &shown, contracts, &symbols);
    let objects = figures.hits(rows, &identity, as_of, |_| evidence)?;
    Ok(Answered { response, objects })
}
