//! The level of every customer, for models that ask who is where.

use hashbrown::HashMap;
use jiff::tz::TimeZone;
use rapport_model::Timestamp;
use rapport_proto::v1::{DefinitionUse, PyramidLevel, UnreadableDefinition};

use super::{
    bought::Period,
    cuts::Cuts,
    level::{OF_BUYERS, code},
    others::Others,
    ranked::currencies,
};
use crate::{
    answers::{AsOf, window::Window},
    model::{met::LastContacts, purchases::Source},
    read::{ReadError, Rows},
    rows::{Identity, ObjectId, Symbol, Symbols},
};

/// All levels, as answers name them, the highest first.
pub(in crate::model) const LEVELS: [&str; 7] = {
    let [top, large, medium, small] = OF_BUYERS;
    [
        code(top),
        code(large),
        code(medium),
        code(small),
        code(PyramidLevel::Inactive),
        code(PyramidLevel::Prospect),
        code(PyramidLevel::Suspect),
    ]
};

/// What a customer bought in one currency, and where that puts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::model) struct Standing {
    /// Merges resolved.
    pub(in crate::model) party: ObjectId,
    pub(in crate::model) currency: Symbol,
    /// In the window, in minor units.
    pub(in crate::model) revenue: i128,
    /// In the window.
    pub(in crate::model) purchases: u64,
    /// The last one until the end of the window.
    pub(in crate::model) last: Option<Timestamp>,
    /// One of [`LEVELS`]; none of what has no amounts.
    pub(in crate::model) level: Option<&'static str>,
}

/// Everybody who is known.
#[derive(Debug, Default)]
pub(in crate::model) struct Everybody {
    /// Who ever bought, a row a currency.
    pub(in crate::model) buyers: Vec<Standing>,
    /// Who did not, each with a level.
    pub(in crate::model) others: Vec<(ObjectId, &'static str)>,
    /// Suppliers, partners, employees, and who acts for an organisation that is known.
    pub(in crate::model) not_customers: Vec<ObjectId>,
    /// When they were last met.
    pub(in crate::model) contacts: LastContacts,
    /// How many months the definition looks back.
    pub(in crate::model) months: i32,
    pub(in crate::model) used: Vec<DefinitionUse>,
    pub(in crate::model) unreadable: Vec<UnreadableDefinition>,
}

/// Who is on one of the levels of those who bought, by the definition that holds at T.
#[derive(Debug)]
pub(in crate::model) struct Levels {
    /// One of [`LEVELS`] by customer, merges resolved, and currency.
    pub(in crate::model) of: HashMap<(ObjectId, Symbol), &'static str>,
    /// How far the definition looks back.
    pub(in crate::model) window: Window,
    pub(in crate::model) used: Vec<DefinitionUse>,
    pub(in crate::model) unreadable: Vec<UnreadableDefinition>,
}

/// The levels of those who bought in the window of the definition that ends when `always` does; of one currency or all.
pub(in crate::model) fn levels(
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    (as_of, zone): (AsOf, &TimeZone),
    (source, always, currency): (Source, Window, Option<&str>),
) -> Result<Levels, ReadError> {
    let cuts = Cuts::of(rows, as_of)?;
    let months = i32::try_from(cuts.says.window_months).unwrap_or(i32::MAX);
    let window = always.last_months(months, zone);
    let bought = Period { source, as_of, window }.bought_within(rows, identity)?;
    let mut name = |party| rows.party_name(party);
    let mut of = HashMap::new();
    for currency in currencies(&bought, currency, cuts.says, symbols, &mut name)? {
        let on_levels = currency.buyers.iter().filter(|buyer| buyer.level != PyramidLevel::Unspecified);
        of.extend(on_levels.map(|buyer| ((buyer.party, currency.symbol), code(buyer.level))));
    }
    Ok(Levels { of, window, used: cuts.used, unreadable: cuts.unreadable })
}

/// The level of each who ever bought, over the last months until the end of a window: a definition may look back further
/// than the model that asks.
pub(in crate::model) fn levels_of_months(
    rows: &dyn Rows,
    names: (&Symbols, &Identity),
    (as_of, zone): (AsOf, &TimeZone),
    (source, window, months): (Source, Window, i32),
) -> Result<HashMap<(ObjectId, Symbol), &'static str>, ReadError> {
    let own = Window { from: Timestamp::MIN, to: window.to }.last_months(months, zone);
    let placed = everybody(rows, names, as_of, source, own)?.buyers;
    let level = |one: &Standing| Some(((one.party, one.currency), one.level?));
    Ok(placed.iter().filter_map(level).collect())
}

/// Everybody who is known, with the levels of a window.
pub(in crate::model) fn everybody(
    rows: &dyn Rows,
    (symbols, identity): (&Symbols, &Identity),
    as_of: AsOf,
    source: Source,
    window: Window,
) -> Result<Everybody, ReadError> {
    let cuts = Cuts::of(rows, as_of)?;
    let period = Period { source, as_of, window };
    let bought = period.bought(rows, identity)?;
    let mut name = |party| rows.party_name(party);
    let months = i32::try_from(cuts.says.window_months).unwrap_or(i32::MAX);
    let mut everybody = Everybody { months, ..Everybody::default() };
    for currency in currencies(&bought, None, cuts.says, symbols, &mut name)? {
        let all = currency.buyers.iter().chain(&currency.inactive);
        everybody.buyers.extend(all.map(|buyer| Standing {
            party: buyer.party,
            currency: currency.symbol,
            revenue: buyer.bought.revenue,
            purchases: buyer.bought.purchases,
            last: buyer.bought.last,
            level: Some(code(buyer.level)).filter(|level| !level.is_empty()),
        }));
    }
    // What has no amounts has no level; who bought it long ago is a customer all the same.
    let is_unpriced = |currency: &Symbol| symbols.text(*currency).is_empty();
    let unpriced = bought.iter().filter(|((party, currency), of)| {
        *party != ObjectId::NOBODY && is_unpriced(currency) && of.purchases == 0 && of.earlier
    });
    everybody.buyers.extend(unpriced.map(|((party, currency), of)| Standing {
        party: *party,
        currency: *currency,
        revenue: 0,
        purchases: 0,
        last: of.last,
        level: None,
    }));
    let others = Others::read(rows, identity, &period, &bought)?;
    let at = |level| move |party: &ObjectId| (*party, code(level));
    everybody.others.extend(others.prospects.iter().map(at(PyramidLevel::Prospect)));
    everybody.others.extend(others.suspects.iter().map(at(PyramidLevel::Suspect)));
    (everybody.not_customers, everybody.contacts) = (others.not_customers, others.contacts);
    (everybody.used, everybody.unreadable) = (cuts.used, cuts.unreadable);
    Ok(everybody)
}
