//! The ABC class of every customer, for models that compare by it.

use hashbrown::HashMap;
use jiff::tz::TimeZone;
use rapport_proto::{
    definition::classes::ABC,
    v1::{ClassesMeasure, ClassesRequest, DefinitionUse, UnreadableDefinition},
};

use super::{
    ask::{add, currencies},
    cuts::Cuts,
    params::ClassesParams,
    purchases::{Added, Object},
};
use crate::{
    answers::{AsOf, AskError, window::Window},
    model::purchases::Source,
    read::Rows,
    rows::{ObjectId, Symbol},
};

/// By customer, merges resolved, and currency.
pub(crate) type OfCustomers = HashMap<(ObjectId, Symbol), &'static str>;

/// What the classes of a window are, the definition that they rest on, and those that could not be read.
pub(crate) fn abc_of_customers(
    rows: &dyn Rows,
    as_of: AsOf,
    zone: &TimeZone,
    source: Source,
    window: Window,
) -> Result<(OfCustomers, Vec<DefinitionUse>, Vec<UnreadableDefinition>), AskError> {
    let request = ClassesRequest { measures: vec![ClassesMeasure::Abc.into()], ..ClassesRequest::default() };
    let params = ClassesParams::from_request(&request, source, as_of, zone.clone())?;
    let params = ClassesParams { window, ..params };
    let cuts = Cuts::of(&rows.definitions(as_of, ABC)?, &params);
    let (symbols, identity) = (rows.symbols()?, rows.identity(as_of)?);
    let mut added = Added::new(&identity);
    add(rows, as_of, &params, &mut added)?;
    let mut name = |object| match object {
        Object::Party(party) => Ok(rows.party_name(party)?),
        Object::Product(product) => Ok(symbols.text(product).to_owned()),
    };
    let currencies = currencies(added.items(), &params, &cuts, &symbols, &mut name)?;
    let classes = currencies.iter().flat_map(|currency| &currency.ranked).filter_map(|one| {
        let Object::Party(party) = one.item.object else { return None };
        Some(((party, one.item.currency), one.abc?.class))
    });
    Ok((classes.collect(), cuts.used, cuts.unreadable))
}
