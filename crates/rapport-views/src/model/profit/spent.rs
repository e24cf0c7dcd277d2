//! What customers cost, for models that have their revenue already.

use hashbrown::HashMap;
use jiff::tz::TimeZone;
use rapport_proto::v1::ProfitRequest;

use super::{
    added::spent,
    params::ProfitParams,
    parts::{Part, Parts},
};
use crate::{
    answers::{AsOf, AskError, window::Window},
    model::purchases::Source,
    read::Rows,
    rows::{Identity, ObjectId, Symbol},
};

/// Costs and concessions of a window, as `rapport profit` takes them off, by customer, merges resolved, and currency.
/// Customers of whom no cost is known are not among them.
pub(in crate::model) fn spent_on_customers(
    rows: &dyn Rows,
    identity: &Identity,
    (as_of, zone): (AsOf, &TimeZone),
    source: Source,
    window: Window,
) -> Result<HashMap<(ObjectId, Symbol), i128>, AskError> {
    let params = ProfitParams::from_request(&ProfitRequest::default(), source, as_of, zone)?;
    let params = ProfitParams { window, ..params };
    let mut spent = spent(rows, identity, &params)?;
    spent.retain(|(party, _), parts| *party != ObjectId::NOBODY && parts.several(&Part::COSTS).events > 0);
    // Without revenue, profit is what is taken off.
    let taken_off = |(key, parts): (_, Parts)| (key, -parts.profit(params.discounts_in_price));
    Ok(spent.into_iter().map(taken_off).collect())
}
