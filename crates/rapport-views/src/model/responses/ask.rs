//! Asks a store for responses and their tags, and answers.

use rapport_proto::v1;

use super::{counter::Counter, grouping::Grouping, params::ScoresParams, read, response};
use crate::{
    answers::{Answered, AskError, Asked},
    read::Rows,
};

/// The rows of the page that begins after those that are skipped, or with a figure what that figure counts.
pub(super) fn ask(
    request: &v1::ScoresRequest,
    rows: &dyn Rows,
    asked: &Asked<'_>,
) -> Result<Answered<v1::ScoresResponse>, AskError> {
    let params = ScoresParams::from_request(request, asked.as_of, asked.zone)?;
    let mut counter = Counter::new(asked.figure)?;
    let (symbols, identity) = (rows.symbols()?, rows.identity(asked.as_of)?);
    let found = read::read(rows, (&symbols, &identity), &params)?;
    let grouping = Grouping::read(rows, &symbols, &params)?;
    let response = response::of(&params, &found, &grouping, asked.skip, &mut counter);
    Ok(Answered { response, objects: counter.finish()? })
}
