//! The tables of purchases, credit and spending.

use rapport_proto::v1::{
    AttributionModel, ChannelCredit, ChannelsRequest, ChannelsResponse, Spending, channels_request::By,
};

use crate::{
    page::{Grid, GridCell, GridColumn, Picture, Unit, Words},
    stats::as_f64,
};

/// The columns of models, with those of what each credits of revenue.
const MODELS: [(AttributionModel, &str, &str, &str); 6] = [
    (AttributionModel::First, "first", "first", "first_revenue"),
    (AttributionModel::Last, "last", "last", "last_revenue"),
    (AttributionModel::Linear, "linear", "linear", "linear_revenue"),
    (AttributionModel::UShaped, "u_shaped", "u-shaped", "u_shaped_revenue"),
    (AttributionModel::TimeDecay, "time_decay", "time decay", "time_decay_revenue"),
    (AttributionModel::Markov, "markov", "markov", "markov_revenue"),
];

/// As people read it.
pub(super) fn model_name(model: AttributionModel) -> &'static str {
    MODELS.iter().find(|(one, ..)| *one == model).map_or("last", |(_, _, name, _)| name)
}

fn currency() -> GridColumn {
    GridColumn::new("currency", "currency", Unit::Code)
}

/// What credit goes to.
pub(super) fn key(request: &ChannelsRequest) -> GridColumn {
    let title = if request.by() == By::Campaign { "campaign" } else { "channel" };
    GridColumn::new("key", title, Unit::Code).most()
}

fn money(key: &'static str, title: &'static str) -> GridColumn {
    GridColumn::new(key, title, Unit::Money)
}

fn returned() -> GridColumn {
    GridColumn::new("return_on_spend", "return", Unit::Share)
}

fn code(code: &str) -> GridCell {
    let name = if code.is_empty() { "no amount" } else { "" };
    GridCell::text(code).named(name)
}

fn credit(millionths: u64) -> GridCell {
    GridCell::number(Some(as_f64(millionths.into()) / 1e6))
}

/// Conversions, with and without a touchpoint.
pub(super) fn totals(request: &ChannelsRequest, response: &ChannelsResponse) -> Grid {
    let is_all = request.conversions() == rapport_proto::v1::channels_request::Conversions::All;
    let title = if is_all { "purchases that are credited" } else { "first purchases, which are credited" };
    let mut grid = Grid::new("total", title).columns([
        currency().most(),
        GridColumn::new("conversions", "conversions", Unit::Count),
        GridColumn::new("with_path", "with a touchpoint", Unit::Count),
        GridColumn::new("without_touchpoint", "without one", Unit::Count),
        money("revenue", "charged"),
        money("spend", "spent"),
        returned(),
    ]);
    for total in &response.totals {
        let cells = [
            code(&total.currency),
            GridCell::figure(total.conversions.as_ref()),
            GridCell::figure(total.with_path.as_ref()),
            GridCell::figure(total.without_touchpoint.as_ref()),
            GridCell::sum(total.revenue.as_ref(), &total.currency),
            GridCell::sum(total.spend.as_ref(), &total.currency),
            GridCell::number_if_any(total.return_on_spend),
        ];
        let is_empty = total.conversions.as_ref().is_none_or(|figure| figure.count == 0);
        if is_empty { grid.row_aside(cells) } else { grid.row(cells) }
    }
    if grid.is_empty() {
        grid.note(Words::new(
            "nothing",
            "no purchase of this period is credited: see --from, and --conversions all",
        ));
    }
    grid
}

/// All purchases of the period, by new and existing customers.
pub(super) fn bought(response: &ChannelsResponse) -> Grid {
    let mut grid = Grid::new("bought", "what new and existing customers bought").columns([
        currency().most(),
        GridColumn::new("purchases", "purchases", Unit::Count),
        money("purchases_revenue", "charged"),
        GridColumn::new("new_customers", "new customers", Unit::Count),
        GridColumn::new("existing_customers", "existing", Unit::Count),
        money("existing_revenue", "charged existing"),
        GridColumn::new("existing_share", "% of it", Unit::Share),
        money("goods", "goods").less(2),
        GridColumn::new("margin", "margin", Unit::Share).less(3),
        GridColumn::new("purchases_without_customer", "without a customer", Unit::Count).less(1),
    ]);
    for total in &response.totals {
        let amount = |sum: &Option<_>| GridCell::sum(sum.as_ref(), &total.currency);
        let cells = [
            code(&total.currency),
            GridCell::figure(total.purchases.as_ref()),
            amount(&total.purchases_revenue),
            GridCell::figure(total.new_customers.as_ref()),
            GridCell::figure(total.existing_customers.as_ref()),
            amount(&total.existing_revenue),
            GridCell::number_if_any(total.existing_share),
            amount(&total.goods),
            GridCell::number_if_any(total.margin),
            GridCell::figure(total.purchases_without_customer.as_ref()),
        ];
        let counts = [&total.purchases, &total.purchases_without_customer];
        let is_empty = counts.iter().all(|one| one.as_ref().is_none_or(|figure| figure.count == 0));
        if is_empty { grid.row_aside(cells) } else { grid.row(cells) }
    }
    grid
}

fn spending_columns() -> [GridColumn; 10] {
    [
        money("acquire", "to win"),
        money("develop", "to develop").less(1),
        money("retain", "to keep"),
        money("unsaid", "aim not said").less(2),
        money("allocated_acquisition", "allocated to win").less(3),
        money("allocated_retention", "allocated to keep").less(4),
        GridColumn::new("new_share", "% to win", Unit::Share),
        money("acquisition_cost", "a new customer"),
        money("retention_cost", "keeping one"),
        GridColumn::new("ratio", "times", Unit::Ratio),
    ]
}

fn spending_cells(spending: Option<&Spending>, currency: &str) -> [GridCell; 10] {
    let none = Spending::default();
    let of = spending.unwrap_or(&none);
    // An amount of 0 says nothing: most ledgers have some of these alone.
    let amount = |sum: &Option<rapport_proto::v1::Sum>| {
        let sum = sum.as_ref().filter(|sum| sum.minor_units != Some(0));
        GridCell::sum(sum, currency)
    };
    [
        amount(&of.acquire),
        amount(&of.develop),
        amount(&of.retain),
        amount(&of.unsaid),
        amount(&of.allocated_acquisition),
        amount(&of.allocated_retention),
        GridCell::number_if_any(of.new_share),
        amount(&of.acquisition_cost),
        amount(&of.retention_cost),
        GridCell::number_if_any(of.ratio),
    ]
}

fn is_spent(spending: Option<&Spending>) -> bool {
    let Some(of) = spending else { return false };
    let sums = [&of.acquire, &of.develop, &of.retain, &of.unsaid];
    let allocated = [&of.allocated_acquisition, &of.allocated_retention];
    sums.into_iter().chain(allocated).flatten().any(|sum| sum.minor_units != Some(0))
}

/// What was spent, and what a new and a kept customer cost.
pub(super) fn spending(response: &ChannelsResponse) -> Grid {
    let mut grid = Grid::new("spending", "what winning and keeping a customer costs")
        .columns([currency().most()].into_iter().chain(spending_columns()));
    for total in &response.totals {
        let spending = total.spending.as_ref();
        let cells = [code(&total.currency)].into_iter().chain(spending_cells(spending, &total.currency));
        if is_spent(spending) { grid.row(cells) } else { grid.row_aside(cells) }
    }
    grid
}

/// The same by quarter.
pub(super) fn quarters(response: &ChannelsResponse) -> Grid {
    let begin = [
        currency(),
        GridColumn::new("quarter", "quarter", Unit::Code).most(),
        GridColumn::new("new_customers", "new customers", Unit::Count),
        GridColumn::new("existing_customers", "existing", Unit::Count),
    ];
    let title = "what winning and keeping a customer costs, by quarter";
    let mut grid = Grid::new("quarter", title).columns(begin.into_iter().chain(spending_columns()));
    for row in &response.quarters {
        let begin = [
            code(&row.currency),
            GridCell::text(&row.quarter),
            GridCell::figure(row.new_customers.as_ref()),
            GridCell::figure(row.existing_customers.as_ref()),
        ];
        grid.row(begin.into_iter().chain(spending_cells(row.spending.as_ref(), &row.currency)));
    }
    grid
}

/// As people read what credit goes to.
fn key_cell(row: &ChannelCredit) -> GridCell {
    let name = match (row.no_touchpoint, row.key.is_empty()) {
        (true, _) => "no touchpoint",
        (false, true) => "not said",
        (false, false) => "",
    };
    GridCell::text(&row.key).named(name)
}

/// What each channel or campaign is credited with, and costs.
pub(super) fn credits(request: &ChannelsRequest, response: &ChannelsResponse) -> Grid {
    let mut grid = Grid::new("credit", "what led to conversions").columns([
        currency(),
        key(request),
        GridColumn::new("conversions", "in the path of", Unit::Count),
        GridColumn::new("credit", "credit", Unit::Ratio),
        money("revenue", "credited"),
        money("spend", "spent"),
        money("cost_per_conversion", "each"),
        returned(),
    ]);
    for row in &response.credits {
        let amount = |sum: &Option<_>| GridCell::sum(sum.as_ref(), &row.currency);
        grid.row([
            code(&row.currency),
            key_cell(row),
            GridCell::figure(row.conversions.as_ref()),
            credit(row.credit_millionths),
            amount(&row.revenue),
            amount(&row.spend),
            amount(&row.cost_per_conversion),
            GridCell::number_if_any(row.return_on_spend),
        ]);
    }
    left_out(&mut grid, "credits_left_out", response.credits_left_out, "more row", "more rows");
    let counts = |row: &&ChannelCredit| {
        row.spend.is_some() && row.conversions.as_ref().is_none_or(|figure| figure.count == 0)
    };
    let untouched = response.credits.iter().filter(counts).count() as u64;
    if untouched > 0 {
        let (one, many) = if request.by() == By::Campaign {
            (
                "campaign was paid for, and led to no conversion",
                "campaigns were paid for, and led to no conversion",
            )
        } else {
            (
                "channel was paid for, and no touchpoint names it",
                "channels were paid for, and no touchpoint names them",
            )
        };
        grid.note(Words::counted("spend_without_touchpoint", untouched, one, many));
    }
    let is_returned = response.credits.iter().any(|row| row.return_on_spend.is_some());
    if is_returned && response.totals.iter().any(|total| total.margin.is_none()) {
        grid.note(Words::new(
            "on_revenue",
            "return is of revenue where no costs of goods are known, and not of the margin",
        ));
    }
    grid
}

/// The credit of every model.
pub(super) fn models(request: &ChannelsRequest, response: &ChannelsResponse) -> Grid {
    let begin = [currency(), key(request)];
    let columns = MODELS.map(|(_, key, title, _)| GridColumn::new(key, title, Unit::Ratio));
    let revenue = MODELS.map(|(_, _, title, key)| money(key, title).for_exports());
    let mut grid =
        Grid::new("model", "credit by every model").columns(begin.into_iter().chain(columns).chain(revenue));
    for row in response.credits.iter().filter(|row| !row.models.is_empty()) {
        let of = |model: AttributionModel| row.models.iter().find(|one| one.model() == model);
        let credits = MODELS.map(|(model, ..)| credit(of(model).map_or(0, |one| one.credit_millionths)));
        let revenue = MODELS
            .map(|(model, ..)| GridCell::sum(of(model).and_then(|one| one.revenue.as_ref()), &row.currency));
        grid.row([code(&row.currency), key_cell(row)].into_iter().chain(credits).chain(revenue));
    }
    grid
}

/// What was spent, by channel or campaign and aim.
pub(super) fn spend(request: &ChannelsRequest, response: &ChannelsResponse) -> Grid {
    let mut grid = Grid::new("spend", "what was spent").columns([
        currency(),
        key(request),
        GridColumn::new("aim", "to", Unit::Code),
        GridColumn::new("events", "events", Unit::Count),
        money("spend", "spent"),
        GridColumn::new("share", "%", Unit::Share).drawn(Picture::Bar),
    ]);
    for row in &response.spend {
        let named = |text: &str| {
            let name = if text.is_empty() { "not said" } else { "" };
            GridCell::text(text).named(name)
        };
        grid.row([
            code(&row.currency),
            named(&row.key),
            named(&row.aim),
            GridCell::figure(row.events.as_ref()),
            GridCell::sum(row.spend.as_ref(), &row.currency),
            GridCell::number_if_any(row.share),
        ]);
    }
    left_out(&mut grid, "spend_left_out", response.spend_left_out, "more row", "more rows");
    grid
}

/// What cannot be counted.
pub(super) fn not_counted(response: &ChannelsResponse) -> Grid {
    let mut grid = Grid::new("left_out", "what names no customer").columns([
        GridColumn::new("what", "", Unit::Text).most(),
        GridColumn::new("events", "events", Unit::Count),
    ]);
    let figure = response.touchpoints_without_customer.as_ref();
    let cells = [GridCell::text("touchpoints").named("touchpoints"), GridCell::figure(figure)];
    if figure.is_none_or(|figure| figure.count == 0) {
        grid.row_aside(cells)
    } else {
        grid.row(cells)
    }
    grid
}

/// Says how many rows are left out.
pub(super) fn left_out(grid: &mut Grid, key: &'static str, n: u64, one: &'static str, many: &'static str) {
    if n > 0 {
        grid.note(Words::counted(key, n, one, many));
    }
}
