//! What every customer brings, for models that ask of all of them.

use hashbrown::HashMap;
use jiff::tz::TimeZone;
use rapport_proto::v1::ProfitRequest;

use super::{
    added::added,
    params::ProfitParams,
    parts::{Part, Parts},
};
use crate::{
    answers::{AsOf, AskError, window::Window},
    model::purchases::Source,
    read::Rows,
    rows::{Identity, ObjectId, Symbol, Symbols},
};

/// By customer, merges resolved, and currency.
pub(in crate::model) type Profits = HashMap<(ObjectId, Symbol), i128>;

/// The profit of a window, as `rapport profit` gives it, by customer, merges resolved, and currency. `None` where the
/// ledger has no costs in the window: revenue alone does not say what the profit is.
pub(in crate::model) fn of_customers(
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    (as_of, zone): (AsOf, &TimeZone),
    source: Source,
    window: Window,
) -> Result<Option<Profits>, AskError> {
    let params = ProfitParams::from_request(&ProfitRequest::default(), source, as_of, zone)?;
    let params = ProfitParams { window, ..params };
    let mut added = added(rows, identity, &params)?;
    let has_amounts = |currency: Symbol| !symbols.text(currency).is_empty();
    added.retain(|(party, currency), parts| {
        *party != ObjectId::NOBODY && has_amounts(*currency) && parts.is_any()
    });
    let is_cost_known = |parts: &Parts| parts.several(&Part::COSTS).events > 0;
    if !added.values().any(is_cost_known) {
        return Ok(None);
    }
    let profit = |(key, parts): (_, Parts)| (key, parts.profit(params.discounts_in_price));
    Ok(Some(added.into_iter().map(profit).collect()))
}
