//! Asks a store for counts and costs, and answers.

use rapport_proto::v1;

use super::{added::added, params::StockParams, response};
use crate::{
    answers::{Answered, AskError, Asked},
    model::figures::{Evidence, Figures},
    read::Rows,
    rows::{CostRow, StockRow},
    table::{CUSTOMER, Filter, Row as _},
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::StockRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::StockResponse>, AskError> {
    let as_of = asked.as_of;
    let params = StockParams::from_request(request, as_of, asked.zone)?;
    let mut figures = Figures::new(asked.figure, is_figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let added = added(rows, &params)?;
    let response = response::of(&params, &added, asked.skip, &symbols, &mut figures);
    let objects = figures.hits(rows, &identity, as_of, |parts| {
        let table = if parts.last() == Some(&"counts") { StockRow::TABLE } else { CostRow::TABLE };
        vec![Evidence::new(table, Filter::all(), CUSTOMER)]
    })?;
    Ok(Answered { response, objects })
}

fn is_figure(parts: &[&str]) -> bool {
    matches!(parts, ["total", _, "counts" | "costs"] | ["row", _, _, "counts" | "costs"])
}
