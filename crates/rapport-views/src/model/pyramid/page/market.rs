//! Customers against all possible ones.

use rapport_proto::v1::PyramidMarkets;

use crate::page::{Grid, GridCell, GridColumn, Unit, Words};

/// As people read what no campaign says.
const NOT_KNOWN: &str = "not known";

fn size(size: Option<u64>) -> GridCell {
    size.map_or_else(|| GridCell::unknown().named(NOT_KNOWN), GridCell::count)
}

/// All customers against all markets together.
pub(super) fn share(of: &PyramidMarkets) -> Grid {
    let mut grid = Grid::new("market_share", "customers, and possible ones").columns([
        GridColumn::new("customers", "with a purchase", Unit::Count).most(),
        GridColumn::new("market_size", "possible customers", Unit::Count),
        GridColumn::new("share_of_market", "of the market", Unit::Share),
    ]);
    let share =
        of.share.map_or_else(|| GridCell::unknown().named(NOT_KNOWN), |share| GridCell::number(Some(share)));
    let cells = [GridCell::figure(of.customers.as_ref()), size(of.size), share];
    let is_empty = of.markets.is_empty() && of.customers.as_ref().is_none_or(|figure| figure.count == 0);
    if is_empty {
        grid.row_aside(cells)
    } else {
        grid.row(cells)
    }
    if of.size.is_none() {
        let text = "no campaign says how many possible customers its market has: `market_size` of `campaign.defined`";
        grid.note(Words::new("no_market_size", text));
    } else {
        let text = "whether a customer is of one of these markets is not known: all customers stand against all markets";
        grid.note(Words::new("customers_of_no_market", text));
    }
    grid
}

/// Each market.
pub(super) fn markets(of: &PyramidMarkets) -> Grid {
    let mut grid = Grid::new("market", "possible customers by market").columns([
        GridColumn::new("market", "market", Unit::Code).most(),
        GridColumn::new("market_size", "possible customers", Unit::Count),
        GridColumn::new("said_at", "said on", Unit::Day),
        GridColumn::new("definitions", "campaigns defined", Unit::Count),
    ]);
    for one in &of.markets {
        grid.row([
            GridCell::text(&one.market),
            size(one.size),
            GridCell::moment(one.said_at.as_ref()),
            GridCell::figure(one.definitions.as_ref()),
        ]);
    }
    let unknown = of.markets.iter().filter(|one| one.size.is_none()).count() as u64;
    if unknown > 0 && of.size.is_some() {
        let (one, many) = (
            "market of which no size is known is not among the possible customers",
            "markets of which no size is known are not among the possible customers",
        );
        grid.note(Words::counted("market_unknown", unknown, one, many));
    }
    if of.markets_left_out > 0 {
        grid.note(Words::counted("markets_left_out", of.markets_left_out, "more market", "more markets"));
    }
    grid
}
