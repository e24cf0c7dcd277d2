//! What profit shows: what it is made of, how few bring most of it, and the customers.

use rapport_proto::v1::{
    Figure, ProfitPartKind, ProfitRequest, ProfitResponse, ProfitTotal, Sum, profit_request::Order,
};

use super::{ask::ask, notes, ranked::TOP_MIN};
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model, purchases::Source},
    page::{Grid, GridCell, GridColumn, Lines, Page, Picture, Unit, Value, Words},
    read::Rows,
    stats::share as share_of,
    view::View,
};

/// Who brings profit.
#[derive(Debug, Clone, Copy)]
pub struct Profit;

impl Model for Profit {
    type Request = ProfitRequest;
    type Response = ProfitResponse;
    const NAME: &'static str = "profit";
    const RESPONSE: &'static str = "rapport.v1.ProfitResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "currency",
        "what",
        "response",
        "object",
        "customers",
        "share_of_customers",
        "events",
        "purchases",
        "costs",
        "concessions",
        "revenue",
        "goods",
        "to_serve",
        "service",
        "delivery",
        "retention",
        "conceded",
        "acquisition",
        "sum",
        "mean",
        "share_of_revenue",
        "profit",
        "margin",
        "share_of_profit",
        "cost_percentile",
        "score",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(request: &ProfitRequest, response: &ProfitResponse) -> Page {
        let mut page = Page::default();
        if response.totals.is_empty() && response.rows.is_empty() {
            page.notes.push(Words::new("nothing", "no purchases, costs or concessions in this period"));
        }
        let grids = [parts(request, response), few(response), curve(response), quadrants(response)];
        page.grids.extend(grids);
        page.grids.push(rows(request, response));
        page.grids.extend(Some(left_out(response)).filter(|grid| !grid.is_empty()));
        page.notes.extend(Source::note(response.purchases_from()));
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}

/// The currency, for readers where there are several.
fn currency(response: &ProfitResponse) -> GridColumn {
    let column = GridColumn::new("currency", "currency", Unit::Code);
    let first = response.rows.first().map(|row| &row.currency);
    let one = response.totals.len() < 2 && response.rows.iter().all(|row| Some(&row.currency) == first);
    if one { column.for_exports() } else { column }
}

/// As people read it.
const fn part_name(kind: ProfitPartKind) -> (&'static str, &'static str) {
    match kind {
        ProfitPartKind::Unspecified => ("", ""),
        ProfitPartKind::Revenue => ("revenue", "revenue"),
        ProfitPartKind::Goods => ("goods", "cost of goods"),
        ProfitPartKind::Service => ("service", "cost of service"),
        ProfitPartKind::Delivery => ("delivery", "cost of delivery"),
        ProfitPartKind::Retention => ("retention", "cost of retention"),
        ProfitPartKind::Discounts => ("discounts", "discounts granted"),
        ProfitPartKind::Terms => ("terms", "better terms granted"),
        ProfitPartKind::FreeServices => ("free_services", "services granted"),
        ProfitPartKind::Acquisition => ("acquisition", "cost of acquisition"),
    }
}

/// To a whole minor unit.
fn mean(mean: Option<f64>, currency: &str) -> GridCell {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast of a float saturates, and a mean is rounded"
    )]
    let whole = |mean: f64| mean.round() as i64;
    mean.map_or_else(GridCell::nothing, |mean| GridCell::money(Some(whole(mean)), "", currency))
}

fn parts(request: &ProfitRequest, response: &ProfitResponse) -> Grid {
    let mut grid = Grid::new("part", "what profit is made of").columns([
        GridColumn::new("what", "part", Unit::Text).most(),
        currency(response),
        GridColumn::new("events", "events", Unit::Count),
        GridColumn::new("sum", "sum", Unit::Money),
        GridColumn::new("mean", "a customer", Unit::Money),
        GridColumn::new("share_of_revenue", "of revenue", Unit::Share).drawn(Picture::Bar),
    ]);
    for total in &response.totals {
        for part in &total.parts {
            let (key, name) = part_name(part.kind());
            grid.row([
                GridCell::text(key).named(name),
                GridCell::text(&total.currency),
                GridCell::figure(part.events.as_ref()),
                GridCell::sum(part.sum.as_ref(), &total.currency),
                mean(part.mean_minor_units, &total.currency),
                GridCell::number_if_any(part.share_of_revenue),
            ]);
        }
        grid.row([
            GridCell::text("profit"),
            GridCell::text(&total.currency),
            GridCell::nothing(),
            GridCell::sum(total.profit.as_ref(), &total.currency),
            mean(total.mean_profit_minor_units, &total.currency),
            GridCell::number_if_any(total.margin),
        ]);
    }
    for row in &mut grid.rows {
        row.aside = row.cells.get(2).is_some_and(|events| *events == GridCell::count(0));
    }
    notes::parts(request, response).into_iter().for_each(|note| grid.note(note));
    grid
}

/// Which few, with their figures and shares.
fn few(response: &ProfitResponse) -> Grid {
    let mut grid = Grid::new("few", "how few bring how much").columns([
        GridColumn::new("what", "who", Unit::Text).most(),
        currency(response),
        GridColumn::new("customers", "customers", Unit::Count),
        GridColumn::new("share_of_customers", "of customers", Unit::Share).less(2),
        GridColumn::new("share_of_revenue", "of revenue", Unit::Share),
        GridColumn::new("profit", "profit", Unit::Money),
        GridColumn::new("share_of_profit", "of profit", Unit::Share),
    ]);
    for total in &response.totals {
        let n = |figure: Option<&Figure>| figure.map_or(0, |figure| figure.count);
        let customers = n(total.customers.as_ref());
        for few in few_of(total) {
            let cells = [
                GridCell::text(few.key).named(few.name),
                GridCell::text(&total.currency),
                GridCell::figure(few.figure),
                GridCell::number_if_any(share_of(n(few.figure), customers)),
                GridCell::number_if_any(few.share_of_revenue),
                GridCell::sum(few.profit, &total.currency),
                GridCell::number_if_any(few.share_of_profit),
            ];
            let is_aside = few.is_part || customers < TOP_MIN as u64;
            if is_aside && n(few.figure) == 0 { grid.row_aside(cells) } else { grid.row(cells) }
        }
    }
    notes::few(response).into_iter().for_each(|note| grid.note(note));
    grid
}

/// Some customers of a currency.
#[derive(Default)]
struct Few<'a> {
    key: &'static str,
    name: &'static str,
    figure: Option<&'a Figure>,
    share_of_revenue: Option<f64>,
    profit: Option<&'a Sum>,
    share_of_profit: Option<f64>,
    /// Part of the ones before them: readers have it where it is any.
    is_part: bool,
}

fn few_of(total: &ProfitTotal) -> [Few<'_>; 6] {
    let of = |key, name, figure| Few { key, name, figure, ..Few::default() };
    [
        Few { profit: total.profit.as_ref(), ..of("customers", "all customers", total.customers.as_ref()) },
        Few {
            share_of_revenue: total.top_share_of_revenue,
            ..of("top_by_revenue", "the 20 % with the highest revenue", total.top_by_revenue.as_ref())
        },
        Few {
            share_of_profit: total.top_share_of_profit,
            ..of("top_by_profit", "the 20 % with the highest profit", total.top_by_profit.as_ref())
        },
        Few {
            profit: total.profit_of_profitable.as_ref(),
            share_of_profit: total.profitable_share_of_profit,
            ..of("profitable", "all with a profit", total.profitable.as_ref())
        },
        Few {
            profit: total.profit_of_loss_making.as_ref(),
            ..of("loss_making", "all with a loss", total.loss_making.as_ref())
        },
        Few {
            profit: total.profit_of_loss_making_without_purchases.as_ref(),
            is_part: true,
            ..of(
                "loss_making_without_purchases",
                "of these, without a purchase",
                total.loss_making_without_purchases.as_ref(),
            )
        },
    ]
}

/// Readers have one at each fifth of the points.
fn curve(response: &ProfitResponse) -> Grid {
    let mut grid = Grid::new("curve", "the customers with the highest profit, added up").columns([
        GridColumn::new("customers", "customers", Unit::Count),
        currency(response),
        GridColumn::new("share_of_customers", "of customers", Unit::Share),
        GridColumn::new("profit", "profit", Unit::Money),
        GridColumn::new("share_of_profit", "of profit", Unit::Share).drawn(Picture::Bar),
    ]);
    for total in &response.totals {
        let all = total.curve.len();
        for (point, before) in total.curve.iter().zip(0_usize..) {
            let cells = [
                GridCell::count(point.customers),
                GridCell::text(&total.currency),
                GridCell::number(Some(point.share_of_customers)),
                GridCell::sum(point.profit.as_ref(), &total.currency),
                GridCell::number_if_any(point.share_of_profit),
            ];
            let is_shown = 5 * before / all < 5 * (before + 1) / all;
            if is_shown { grid.row(cells) } else { grid.row_aside(cells) }
        }
    }
    grid
}

fn quadrants(response: &ProfitResponse) -> Grid {
    let mut grid = Grid::new("quadrant", "what it costs to serve them, and how content they are").columns([
        GridColumn::new("what", "to serve", Unit::Text).most(),
        GridColumn::new("response", "response", Unit::Text),
        currency(response),
        GridColumn::new("customers", "customers", Unit::Count),
        GridColumn::new("profit", "profit", Unit::Money),
    ]);
    for total in &response.totals {
        for one in &total.quadrants {
            grid.row([
                GridCell::text(if one.costly { "costly" } else { "cheap" }),
                GridCell::text(if one.content { "content" } else { "discontent" }),
                GridCell::text(&total.currency),
                GridCell::figure(one.customers.as_ref()),
                GridCell::sum(one.profit.as_ref(), &total.currency),
            ]);
        }
    }
    notes::quadrants(response).into_iter().for_each(|note| grid.note(note));
    grid
}

fn rows(request: &ProfitRequest, response: &ProfitResponse) -> Grid {
    let title = match request.order() {
        Order::Unspecified | Order::Best => "customers, the highest profit first",
        Order::Worst => "customers, the lowest profit first",
    };
    let mut grid = Grid::new("row", title).columns([
        GridColumn::new("object", "customer", Unit::Code).most(),
        currency(response),
        GridColumn::new("purchases", "purchases", Unit::Count).less(4),
        GridColumn::new("costs", "costs", Unit::Count).for_exports(),
        GridColumn::new("concessions", "concessions", Unit::Count).for_exports(),
        GridColumn::new("revenue", "revenue", Unit::Money),
        GridColumn::new("goods", "goods", Unit::Money).less(5),
        GridColumn::new("to_serve", "to serve", Unit::Money).less(5),
        GridColumn::new("service", "service", Unit::Money).for_exports(),
        GridColumn::new("delivery", "delivery", Unit::Money).for_exports(),
        GridColumn::new("retention", "retention", Unit::Money).for_exports(),
        GridColumn::new("conceded", "conceded", Unit::Money).less(3),
        GridColumn::new("acquisition", "acquisition", Unit::Money).less(2),
        GridColumn::new("profit", "profit", Unit::Money),
        GridColumn::new("margin", "margin", Unit::Share),
        GridColumn::new("cost_percentile", "costlier than", Unit::Share).less(1),
        GridColumn::new("score", "response", Unit::Ratio).less(2),
    ]);
    for row in &response.rows {
        let name = row.object.split_once(':').map_or("", |(_, name)| name);
        let money = |sum| GridCell::sum(sum, &row.currency);
        grid.row([
            GridCell::text(&row.object).named(name),
            GridCell::text(&row.currency),
            GridCell::figure(row.purchases.as_ref()),
            GridCell::figure(row.costs.as_ref()),
            GridCell::figure(row.concessions.as_ref()),
            money(row.revenue.as_ref()),
            money(row.goods.as_ref()),
            money(row.to_serve.as_ref()),
            money(row.service.as_ref()),
            money(row.delivery.as_ref()),
            money(row.retention.as_ref()),
            money(row.conceded.as_ref()),
            money(row.acquisition.as_ref()),
            money(row.profit.as_ref()),
            GridCell::number_if_any(row.margin),
            GridCell::number_if_any(row.cost_percentile),
            GridCell::number_if_any(row.response),
        ]);
    }
    if response.rows_left_out > 0 {
        let n = response.rows_left_out;
        grid.note(Words::counted("rows_left_out", n, "more customer", "more customers"));
    }
    grid
}

/// What is in no row, with its figures; readers have notes of it.
fn left_out(response: &ProfitResponse) -> Grid {
    let mut grid = Grid::new("left_out", "in none of these").columns([
        GridColumn::new("what", "what", Unit::Text).most(),
        currency(response),
        GridColumn::new("events", "events", Unit::Count),
        GridColumn::new("sum", "sum", Unit::Money),
    ]);
    for total in &response.totals {
        for (key, name, figure, sum) in left_out_of(total) {
            grid.row([
                GridCell::text(key).named(name),
                GridCell::text(&total.currency),
                GridCell::figure(figure),
                GridCell::sum(sum, &total.currency),
            ]);
        }
    }
    for (key, name, figure) in [
        ("purchases_without_amount", "purchases without an amount", &response.purchases_without_amount),
        ("concessions_without_value", "concessions without a value", &response.concessions_without_value),
    ] {
        let figure = GridCell::figure(figure.as_ref());
        grid.row([GridCell::text(key).named(name), GridCell::nothing(), figure, GridCell::nothing()]);
    }
    for row in &mut grid.rows {
        let events = row.cells.get(2).map(|cell| &cell.value);
        row.aside = !events.is_some_and(|events| matches!(events, Value::Count(1..)));
    }
    grid
}

type LeftOut<'a> = (&'static str, &'static str, Option<&'a Figure>, Option<&'a Sum>);

fn left_out_of(total: &ProfitTotal) -> [LeftOut<'_>; 3] {
    [
        (
            "purchases",
            "purchases that name no customer",
            total.purchases_left_out.as_ref(),
            total.revenue_left_out.as_ref(),
        ),
        ("costs", "costs that name no customer", total.costs_left_out.as_ref(), total.cost_left_out.as_ref()),
        (
            "concessions",
            "concessions that name no customer",
            total.concessions_left_out.as_ref(),
            total.concession_left_out.as_ref(),
        ),
    ]
}
