//! Who still buys, for models that ask of every customer.

use hashbrown::HashMap;
use jiff::tz::TimeZone;
use rapport_proto::v1::ValueRequest;

use super::{
    bought::{self, Days},
    fits::alive,
    params::ValueParams,
};
use crate::{
    answers::{AsOf, AskError},
    model::purchases::Source,
    read::Rows,
    rows::{Identity, ObjectId, Symbol, Symbols},
};

/// P(alive) by BG/NBD, as `rapport value` gives it, by customer, merges resolved, and currency. Customers of a currency to
/// which the model cannot be fitted are not among them.
pub(in crate::model) fn of_customers(
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    (as_of, zone): (AsOf, &TimeZone),
    source: Source,
) -> Result<HashMap<(ObjectId, Symbol), f64>, AskError> {
    let params = ValueParams::from_request(&ValueRequest::default(), source, as_of, zone.clone())?;
    let (charged, _) = bought::read(rows, &params, symbols, identity)?;
    let mut chances = HashMap::new();
    for of in charged {
        let (Some(alive), Some(currency)) = (alive(&of.customers), symbols.get(&of.code)) else { continue };
        let mut by_days: HashMap<Days, f64> = HashMap::new();
        for one in &of.customers {
            let chance = *by_days.entry(one.days).or_insert_with(|| alive(one.days));
            chances.insert((one.party, currency), chance);
        }
    }
    Ok(chances)
}
