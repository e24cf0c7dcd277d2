//! Asks a store for files, responses and orders, and answers.

use rapport_proto::v1;

use super::{
    after::After,
    artifacts::{artifacts, customer},
    groups,
    params::GalleryParams,
    response,
};
use crate::{
    answers::{Answered, AskError, Asked},
    model::figures::{Counted, Evidence, Figures},
    read::Rows,
    rows::ArtifactRow,
    table::{CUSTOMER, Filter, Row as _},
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::GalleryRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::GalleryResponse>, AskError> {
    let as_of = asked.as_of;
    let params = GalleryParams::from_request(request, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, groups::is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let of = customer(rows, &identity, &request.customer)?;
    let after = After::read(rows, &identity, as_of)?;
    let all = artifacts(rows, (&symbols, &identity), &params, (of, &after))?;
    // What came next is evidence for the figures that count it.
    let next: Vec<_> = match figures.parts().last() {
        Some(&"with_response") => all
            .iter()
            .filter_map(|one| Some((Counted::event(one.row.position), one.customer, one.response?.position)))
            .collect(),
        Some(&"with_order") => all
            .iter()
            .filter_map(|one| Some((Counted::event(one.row.position), one.customer, one.order?.position)))
            .collect(),
        _ => Vec::new(),
    };
    figures.beside(next);
    let found = response::Found { all: &all, instrument: after.instrument, customer: of };
    let response = response::of(&params, &found, asked.skip, rows, &symbols, &mut figures)?;
    let objects = figures
        .hits(rows, &identity, as_of, |_| vec![Evidence::new(ArtifactRow::TABLE, Filter::all(), CUSTOMER)])?;
    Ok(Answered { response, objects })
}
