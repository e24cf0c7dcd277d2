//! Markets: how many possible customers each has, as definitions of campaigns say it, against the customers of the period.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use rapport_model::{Position, Timestamp};
use rapport_proto::{time, v1};

use super::{params::PyramidParams, ranked::Currency};
use crate::{
    answers::sums::ratio,
    calendar::LAST,
    model::figures::{Counted, Figures},
    read::{ReadError, Rows, TypedRows as _},
    rows::{CampaignRow, ObjectId, Symbol, Symbols},
    table::Filter,
};

/// Markets of an answer at most: they are not paged, so that the pages have candidates and customers alone.
const MARKETS_MAX: usize = 500;

/// What campaigns say of one market until the end of the period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Market {
    /// What the last one says that says a size.
    size: Option<Said>,
    /// The events that define a campaign for it.
    definitions: Vec<Position>,
}

/// A size; of two, the later one is the larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    at: Timestamp,
    position: Position,
    size: i64,
}

/// Markets by name.
pub(super) type Markets = BTreeMap<String, Market>;

/// Reads what campaigns say of their markets.
pub(super) fn read(rows: &dyn Rows, params: &PyramidParams, symbols: &Symbols) -> Result<Markets, ReadError> {
    let mut markets = Markets::new();
    let until = Filter::all().occurred(Timestamp::MIN, params.now.window.to);
    rows.in_any_order(&until, params.now.as_of, |row: CampaignRow| {
        if row.market == Symbol::default() {
            return;
        }
        let market = markets.entry(symbols.text(row.market).to_owned()).or_default();
        market.definitions.push(row.position);
        let (at, position) = (row.occurred_at, row.position);
        market.size = market.size.max(row.market_size.map(|size| Said { at, position, size }));
    })?;
    Ok(markets)
}

/// Their part of the answer. `now` are the customers of each currency.
pub(super) fn answer(markets: &Markets, now: &[Currency], figures: &mut Figures) -> v1::PyramidMarkets {
    let parties: BTreeSet<ObjectId> = now.iter().flat_map(|of| &of.buyers).map(|buyer| buyer.party).collect();
    let customers = figures.count(&["market", "customers"], parties.iter().map(|one| Counted::party(*one)));
    let sizes = || markets.values().filter_map(|market| market.size).map(|said| i128::from(said.size));
    let size = sizes().reduce(|one, other| one + other);
    let mut all: Vec<(&String, &Market)> = markets.iter().collect();
    all.sort_by_key(|(_, market)| Reverse(market.size.map(|said| said.size)));
    let mut rows: Vec<v1::PyramidMarket> =
        all.into_iter().map(|(name, market)| row(name, market, figures)).collect();
    let left_out = rows.len().saturating_sub(MARKETS_MAX) as u64;
    rows.truncate(MARKETS_MAX);
    v1::PyramidMarkets {
        customers,
        size: size.and_then(|size| u64::try_from(size).ok()),
        share: size.and_then(|size| ratio(parties.len() as i128, size)),
        markets: rows,
        markets_left_out: left_out,
    }
}

fn row(name: &str, market: &Market, figures: &mut Figures) -> v1::PyramidMarket {
    let figure = ["markets", name, "definitions"];
    let things = market.definitions.iter().map(|one| Counted::event(*one));
    if figures.parts() == figure {
        let events = market.definitions.iter();
        figures.beside(events.map(|one| (Counted::event(*one), ObjectId::NOBODY, *one)));
    }
    v1::PyramidMarket {
        market: name.to_owned(),
        size: market.size.and_then(|said| u64::try_from(said.size).ok()),
        said_at: market.size.map(|said| time::to_proto(said.at.min(LAST))),
        definitions: figures.count(&figure, things),
    }
}
