//! Customers by whether they buy, and what part of them, and of contracts, is gone.

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{Churn, Figure, RetentionOverview, RetentionResponse},
};

use crate::page::{Grid, GridCell, GridColumn, Picture, Unit, Words};

/// Customers, from those active when the period began to those active when it ended.
pub(super) fn overview(response: &RetentionResponse, of: &RetentionOverview) -> Grid {
    let title = period("overview", "customers who buy, {} to {}", response);
    let mut grid = Grid::new("overview", "").titled(title).columns([
        GridColumn::new("what", "", Unit::Code).most(),
        GridColumn::new("count", "customers", Unit::Count).drawn(Picture::Bar),
        GridColumn::new("share", "of those at the start", Unit::Share),
    ]);
    let churn = of.churn.clone().unwrap_or_default();
    let all = count(churn.at_start.as_ref());
    for (key, name, figure, is_part) in [
        ("at_start", "active when it began", &churn.at_start, false),
        ("kept", "  kept", &of.kept, true),
        ("developed", "    of these, bought for more", &of.developed, true),
        ("ended", "  lost", &churn.ended, true),
        ("won_back", "won back", &of.won_back, false),
        ("acquired", "acquired", &of.acquired, false),
        ("new", "  of these, active when it ended", &of.new, false),
        ("at_end", "active when it ended", &of.at_end, false),
    ] {
        let share = crate::stats::share(count(figure.as_ref()), all).filter(|_| is_part);
        let share = share.map_or_else(GridCell::nothing, |share| GridCell::number(Some(share)));
        grid.row([GridCell::text(key).named(name), GridCell::figure(figure.as_ref()), share]);
    }
    for (key, figure) in [("customers", &of.customers), ("left_out", &of.left_out)] {
        grid.row_aside([GridCell::text(key), GridCell::figure(figure.as_ref()), GridCell::nothing()]);
    }
    grid.note(
        Words::new(
            "customers",
            "{} customers ever bought; inactive: no purchase for more than {} days, or three times \
                                 the usual gap where that is longer",
        )
        .with_count(count(of.customers.as_ref()))
        .with_count(response.inactive_days.into()),
    );
    grid.note(tenure(of));
    let left_out = count(of.left_out.as_ref());
    if left_out > 0 {
        let (one, many) =
            ("purchase names no customer and is left out", "purchases name no customer and are left out");
        grid.note(Words::counted("left_out", left_out, one, many));
    }
    if count(of.customers.as_ref()) == 0 {
        grid.rows.iter_mut().for_each(|row| row.aside = true);
        grid.notes.clear();
    }
    grid
}

fn tenure(of: &RetentionOverview) -> Words {
    match &of.tenure_median {
        Some(median) if *median == prost_types::Duration::default() => Words::new(
            "tenure_of_a_day",
            "half of the customers or more are lost and had bought on one day alone",
        ),
        Some(median) => Words::new("tenure", "half of the customers stay for {} or longer")
            .with(Unit::Duration, GridCell::length(Some(median))),
        None => Words::new(
            "no_tenure",
            "the median tenure is not known: at no age have half of the customers been lost",
        ),
    }
}

/// The share that is gone, beside that of the period before.
pub(super) fn churn(response: &RetentionResponse) -> Grid {
    let mut grid = Grid::new("churn", "churn").columns([
        GridColumn::new("of", "of", Unit::Code),
        GridColumn::new("period", "period", Unit::Code).most(),
        GridColumn::new("at_start", "at its start", Unit::Count),
        GridColumn::new("ended", "lost", Unit::Count),
        GridColumn::new("churn", "churn %", Unit::Score).drawn(Picture::Interval),
        GridColumn::new("points", "points more", Unit::Ratio).less(3),
        GridColumn::new("relative", "relative", Unit::Share).less(4),
        GridColumn::new("began", "began", Unit::Count).less(1),
        GridColumn::new("at_end", "at its end", Unit::Count).less(2),
    ]);
    if let Some(of) = &response.overview {
        let nothing = || [const { None::<f64> }; 2];
        pair(
            &mut grid,
            ("buyers", "customers who buy"),
            [of.churn.as_ref(), of.churn_before.as_ref()],
            nothing(),
            [None; 2],
        );
    }
    let Some(contracts) = &response.contracts else { return grid };
    for row in &contracts.rows {
        let name = if row.of == "customers" { "customers with a contract" } else { "contracts" };
        let changes = [row.change_points.map(|change| 100.0 * change), row.change_relative];
        let figures = [row.began.as_ref(), row.at_end.as_ref()];
        pair(&mut grid, (&row.of, name), [row.churn.as_ref(), row.churn_before.as_ref()], changes, figures);
    }
    for (key, one, many, figure) in [
        (
            "without_customer",
            "contract names no customer",
            "contracts name no customer",
            &contracts.without_customer,
        ),
        (
            "without_start",
            "contract began at an unknown time and counts from its first event on",
            "contracts began at an unknown time and count from their first event on",
            &contracts.without_start,
        ),
    ] {
        let found = count(figure.as_ref());
        aside(&mut grid, key, figure.as_ref());
        if found > 0 {
            grid.note(Words::counted(key, found, one, many));
        }
    }
    aside(&mut grid, "all", contracts.contracts.as_ref());
    grid
}

/// A row of the period and one of the period before; empty ones stand aside.
fn pair(
    grid: &mut Grid,
    (key, name): (&str, &str),
    churns: [Option<&Churn>; 2],
    [points, relative]: [Option<f64>; 2],
    [began, at_end]: [Option<&Figure>; 2],
) {
    let number = |number: Option<f64>| number.map_or_else(GridCell::nothing, |it| GridCell::number(Some(it)));
    let is_empty = churns.iter().flatten().all(|churn| count(churn.at_start.as_ref()) == 0)
        && count(began) + count(at_end) == 0;
    for (nth, churn) in churns.into_iter().enumerate() {
        let churn = churn.cloned().unwrap_or_default();
        let is_now = nth == 0;
        let (period, said) = if is_now { ("this", "this period") } else { ("before", "the one before") };
        let only_now = |figure: Option<&Figure>| GridCell::figure(figure.filter(|_| is_now));
        let cells = [
            GridCell::text(key).named(name),
            GridCell::text(period).named(said),
            GridCell::figure(churn.at_start.as_ref()),
            GridCell::figure(churn.ended.as_ref()),
            rate(&churn),
            number(points.filter(|_| is_now)),
            number(relative.filter(|_| is_now)),
            only_now(began),
            only_now(at_end),
        ];
        if is_empty { grid.row_aside(cells) } else { grid.row(cells) }
    }
}

/// A count that a note has, for exports.
fn aside(grid: &mut Grid, key: &str, figure: Option<&Figure>) {
    let mut cells = vec![GridCell::text("contracts"), GridCell::text(key), GridCell::figure(figure)];
    cells.resize_with(grid.columns.len(), GridCell::nothing);
    grid.row_aside(cells);
}

/// In percent, between the ends of its interval.
fn rate(churn: &Churn) -> GridCell {
    percent(churn.rate, churn.low.zip(churn.high))
}

/// A share in percent with its interval.
pub(super) fn percent(share: Option<f64>, interval: Option<(f64, f64)>) -> GridCell {
    GridCell {
        interval: interval.map(|(low, high)| (100.0 * low, 100.0 * high)),
        scale: Some((0.0, 100.0)),
        ..GridCell::number(share.map(|share| 100.0 * share))
    }
}

pub(super) fn count(figure: Option<&Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

/// A heading with the first and the last day of the period.
fn period(key: &'static str, text: &'static str, response: &RetentionResponse) -> Words {
    let last = response.period_to.as_ref().and_then(time::from_proto);
    let last = last.map(|end| time::to_proto(Timestamp::from_micros(end.as_micros() - 1)));
    Words::new(key, text)
        .with(Unit::Day, GridCell::moment(response.period_from.as_ref()))
        .with(Unit::Day, GridCell::moment(last.as_ref()))
}
