//! The tables of campaigns.

use rapport_proto::v1::{CampaignLift, CampaignShare, ChannelsResponse, Figure};

use super::grids::left_out;
use crate::page::{Grid, GridCell, GridColumn, Mark, Picture, Unit, Words};

/// What is below this is beyond chance.
const CHANCE: f64 = 0.05;

fn count(figure: Option<&Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

fn percent(share: Option<&CampaignShare>) -> GridCell {
    let Some(share) = share else { return GridCell::nothing() };
    let of = share.share.map(|share| 100.0 * share);
    GridCell {
        interval: share.low.zip(share.high).map(|(low, high)| (100.0 * low, 100.0 * high)),
        scale: Some((0.0, 100.0)),
        ..GridCell::number_if_any(of)
    }
}

fn customers(share: Option<&CampaignShare>) -> GridCell {
    GridCell::figure(share.and_then(|share| share.customers.as_ref()))
}

fn difference(lift: Option<&CampaignLift>) -> [GridCell; 3] {
    let Some(lift) = lift else { return std::array::from_fn(|_| GridCell::nothing()) };
    let is_significant = lift.p.is_some_and(|p| p < CHANCE);
    let points = GridCell {
        interval: Some((100.0 * lift.low, 100.0 * lift.high)),
        ..GridCell::number(Some(100.0 * lift.difference)).marked(Mark::Significant, is_significant)
    };
    [GridCell::number(lift.ratio), points, GridCell::number(lift.p)]
}

fn difference_columns() -> [GridColumn; 3] {
    [
        GridColumn::new("times", "times", Unit::Ratio),
        GridColumn::new("difference", "points more", Unit::Score).drawn(Picture::Interval),
        GridColumn::new("p", "by chance", Unit::Ratio),
    ]
}

/// Personalised campaigns and the others.
pub(super) fn kinds(response: &ChannelsResponse) -> Grid {
    let begin = [
        GridColumn::new("what", "campaigns", Unit::Text).most(),
        GridColumn::new("campaigns", "n", Unit::Count),
        GridColumn::new("reach", "reached", Unit::Count),
        GridColumn::new("responded", "responded", Unit::Count),
        GridColumn::new("percent", "%", Unit::Score).drawn(Picture::Interval),
    ];
    // The difference compares personalised campaigns with others: it needs campaigns of both kinds.
    let has_lift = response.personalised_lift.is_some();
    let columns = begin.into_iter().chain(difference_columns().into_iter().filter(|_| has_lift));
    let mut grid = Grid::new("kind", "personalised campaigns and others").columns(columns);
    for row in &response.kinds {
        let (key, name) =
            if row.personalised { ("personalised", "personalised") } else { ("other", "not personalised") };
        let lift = response.personalised_lift.as_ref().filter(|_| row.personalised);
        let begin = [
            GridCell::text(key).named(name),
            GridCell::count(row.campaigns),
            GridCell::figure(row.reach.as_ref()),
            customers(row.responded.as_ref()),
            percent(row.responded.as_ref()),
        ];
        grid.row(begin.into_iter().chain(difference(lift).into_iter().filter(|_| has_lift)));
    }
    let (one, many) = (
        "campaign is defined by no event and in neither",
        "campaigns are defined by no event and in neither",
    );
    left_out(&mut grid, "campaigns_undefined", response.campaigns_undefined, one, many);
    grid
}

/// Whom campaigns reached.
pub(super) fn rows(response: &ChannelsResponse) -> Grid {
    let mut grid = Grid::new("row", "campaigns").columns([
        GridColumn::new("campaign", "campaign", Unit::Code).most(),
        GridColumn::new("aim", "to", Unit::Code).less(2),
        GridColumn::new("personalised", "personalised", Unit::Text).less(4),
        GridColumn::new("targeted", "selected", Unit::Count).less(6),
        GridColumn::new("addressed", "addressed", Unit::Count).less(5),
        GridColumn::new("reach", "reached", Unit::Count),
        GridColumn::new("responded", "responded", Unit::Count),
        GridColumn::new("percent", "%", Unit::Score).drawn(Picture::Interval),
        GridColumn::new("responded_beyond", "others responded", Unit::Count).less(3),
        GridColumn::new("materials", "materials", Unit::Count).less(1),
        GridColumn::new("materials_per_response", "materials a response", Unit::Ratio),
    ]);
    for row in &response.rows {
        let personalised = match (row.defined, row.personalised) {
            (false, _) => GridCell::nothing(),
            (true, true) => GridCell::text("yes"),
            (true, false) => GridCell::text("no"),
        };
        let aim = if row.aim.is_empty() { GridCell::nothing() } else { GridCell::text(&row.aim) };
        let materials = if row.materials == 0 { GridCell::nothing() } else { GridCell::count(row.materials) };
        grid.row([
            GridCell::text(&row.campaign),
            aim,
            personalised,
            GridCell::figure(row.targeted.as_ref()),
            GridCell::figure(row.addressed.as_ref()),
            GridCell::figure(row.reach.as_ref()),
            customers(row.responded.as_ref()),
            percent(row.responded.as_ref()),
            GridCell::figure(row.responded_beyond.as_ref()),
            materials,
            GridCell::number_if_any(row.materials_per_response.filter(|_| row.materials > 0)),
        ]);
    }
    left_out(&mut grid, "rows_left_out", response.rows_left_out, "more campaign", "more campaigns");
    grid
}

/// What campaigns cost.
pub(super) fn costs(response: &ChannelsResponse) -> Grid {
    let mut grid = Grid::new("cost", "what campaigns cost").columns([
        GridColumn::new("campaign", "campaign", Unit::Code).most(),
        GridColumn::new("currency", "currency", Unit::Code).less(1),
        GridColumn::new("spend", "spent", Unit::Money),
        GridColumn::new("per_response", "a response", Unit::Money),
    ]);
    for row in &response.rows {
        for cost in &row.costs {
            grid.row([
                GridCell::text(&row.campaign),
                GridCell::text(&cost.currency),
                GridCell::sum(cost.spend.as_ref(), &cost.currency),
                GridCell::sum(cost.per_response.as_ref(), &cost.currency),
            ]);
        }
    }
    grid
}

/// The target against the control group.
pub(super) fn lifts(response: &ChannelsResponse) -> Grid {
    let begin = [
        GridColumn::new("campaign", "campaign", Unit::Code).most(),
        GridColumn::new("what", "who", Unit::Text),
        GridColumn::new("targeted", "target", Unit::Count).less(1),
        GridColumn::new("target_part", "of it", Unit::Count),
        GridColumn::new("target_share", "% of it", Unit::Share),
        GridColumn::new("control", "control", Unit::Count).less(2),
        GridColumn::new("control_part", "of it", Unit::Count),
        GridColumn::new("control_share", "% of it", Unit::Share),
    ];
    let columns = begin.into_iter().chain(difference_columns());
    let mut grid = Grid::new("lift", "campaigns against their control groups").columns(columns);
    let mut without = 0;
    for row in &response.rows {
        let (target, control) = (row.targeted.as_ref(), row.control.as_ref());
        let has_control = count(control) > 0;
        without += u64::from(!has_control);
        // A campaign that selected no target has nothing to compare with its control group.
        let responded = row.responded.as_ref().filter(|_| count(target) > 0);
        let share = |of: Option<&CampaignShare>| GridCell::number_if_any(of.and_then(|of| of.share));
        for (key, name, one, other, lift) in [
            (
                "bought",
                "bought",
                row.target_bought.as_ref(),
                row.control_bought.as_ref(),
                row.purchase_lift.as_ref(),
            ),
            ("responded", "responded", responded, row.control_responded.as_ref(), row.response_lift.as_ref()),
        ] {
            let begin = [
                GridCell::text(&row.campaign),
                GridCell::text(key).named(name),
                GridCell::figure(target),
                customers(one),
                share(one),
                GridCell::figure(control),
                customers(other),
                share(other),
            ];
            let cells = begin.into_iter().chain(difference(lift));
            if has_control { grid.row(cells) } else { grid.row_aside(cells) }
        }
    }
    if without > 0 {
        let (one, many) = (
            "campaign has no control group: nothing says what it changed",
            "campaigns have no control group: nothing says what they changed",
        );
        grid.note(Words::counted("no_control", without, one, many));
    }
    if response.rows.iter().any(|row| row.purchase_lift.as_ref().is_some_and(|lift| lift.p.is_none())) {
        grid.note(Words::new(
            "too_few",
            "not enough to tell from chance: five expected on each side, and five not",
        ));
    }
    grid
}

/// What was planned, and what came of it.
pub(super) fn plans(response: &ChannelsResponse) -> Grid {
    let mut grid = Grid::new("plan", "what was planned for campaigns, and what came of it").columns([
        GridColumn::new("currency", "currency", Unit::Code).less(3),
        GridColumn::new("campaign", "campaign", Unit::Code).most(),
        GridColumn::new("budget", "budget", Unit::Money),
        GridColumn::new("spend", "spent", Unit::Money),
        GridColumn::new("budget_used", "of budget", Unit::Share).less(2),
        GridColumn::new("expected_revenue", "expected", Unit::Money),
        GridColumn::new("revenue", "credited", Unit::Money),
        GridColumn::new("revenue_reached", "of expected", Unit::Share).less(1),
        GridColumn::new("return_forecast", "forecast", Unit::Share),
        GridColumn::new("return_actual", "return", Unit::Share),
        GridColumn::new("return_difference", "difference", Unit::Share).for_exports(),
    ]);
    for row in &response.plans {
        let amount = |sum: &Option<_>| GridCell::sum(sum.as_ref(), &row.currency);
        grid.row([
            GridCell::text(&row.currency),
            GridCell::text(&row.campaign),
            amount(&row.budget),
            amount(&row.spend),
            GridCell::number_if_any(row.budget_used),
            amount(&row.expected_revenue),
            amount(&row.revenue),
            GridCell::number_if_any(row.revenue_reached),
            GridCell::number_if_any(row.return_forecast),
            GridCell::number_if_any(row.return_actual),
            GridCell::number_if_any(row.return_difference),
        ]);
    }
    if !grid.is_empty() {
        let text = "plans are of whole campaigns, spending and credit of this period: choose one that has all of a campaign";
        grid.note(Words::new("plans_are_whole", text));
    }
    left_out(&mut grid, "plans_left_out", response.plans_left_out, "more row", "more rows");
    grid
}
