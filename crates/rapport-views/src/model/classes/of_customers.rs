//! The classes of every customer, for models that compare by them.

use hashbrown::HashMap;
use jiff::tz::TimeZone;
use rapport_proto::v1::{ClassesMeasure, ClassesRequest, DefinitionUse, UnreadableDefinition};

use super::{
    DEFINITIONS,
    ask::{add, currencies},
    cuts::Cuts,
    params::ClassesParams,
    purchases::{Added, Object},
};
use crate::{
    answers::{AsOf, AskError, window::Window},
    calendar::{Every, Periods},
    model::purchases::Source,
    read::Rows,
    rows::{Identity, ObjectId, Symbol, Symbols},
};

/// The classes of a customer in one currency, of those that were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::model) struct OfCustomer {
    pub(in crate::model) abc: Option<&'static str>,
    pub(in crate::model) xyz: Option<&'static str>,
    pub(in crate::model) segment: Option<&'static str>,
}

/// The classes of a window, and the definitions that they rest on.
#[derive(Debug, Default)]
pub(in crate::model) struct OfCustomers {
    /// By customer, merges resolved, and currency.
    pub(in crate::model) of: HashMap<(ObjectId, Symbol), OfCustomer>,
    pub(in crate::model) used: Vec<DefinitionUse>,
    pub(in crate::model) unreadable: Vec<UnreadableDefinition>,
}

/// The classes of everybody who bought in a window, by these measures.
pub(in crate::model) fn of_customers(
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    (as_of, zone): (AsOf, &TimeZone),
    (source, window): (Source, Window),
    measures: &[ClassesMeasure],
) -> Result<OfCustomers, AskError> {
    let measures = measures.iter().map(|measure| i32::from(*measure)).collect();
    let request = ClassesRequest { measures, ..ClassesRequest::default() };
    let params = ClassesParams::from_request(&request, source, as_of, zone.clone())?;
    let periods = Periods::whole(window, Every::Month, zone.clone());
    let params = ClassesParams { window, periods, ..params };
    let mut definitions = Vec::new();
    for kind in DEFINITIONS {
        definitions.extend(rows.definitions(as_of, kind)?);
    }
    let cuts = Cuts::of(&definitions, &params);
    let mut added = Added::new(identity);
    add(rows, as_of, &params, &mut added)?;
    let mut name = |object| match object {
        Object::Party(party) => Ok(rows.party_name(party)?),
        Object::Product(product) => Ok(symbols.text(product).to_owned()),
    };
    let currencies = currencies(added.items(), &params, &cuts, symbols, &mut name)?;
    let classes = currencies.iter().flat_map(|currency| &currency.ranked).filter_map(|one| {
        let Object::Party(party) = one.item.object else { return None };
        let abc = one.abc.map(|standing| standing.class);
        Some(((party, one.item.currency), OfCustomer { abc, xyz: one.xyz, segment: one.segment }))
    });
    Ok(OfCustomers { of: classes.collect(), used: cuts.used, unreadable: cuts.unreadable })
}
