//! The tables of an answer, but for those of two groupings at once.

use rapport_proto::v1::{
    Figure, ScoreMeasures, ScorePoint, ScoreRow, ScoreShare, ScoreTotal, ScoreWindow, ScoresRequest,
    ScoresResponse,
};

use crate::page::{Grid, GridCell, GridColumn, Picture, Unit, Words};

fn instrument() -> GridColumn {
    GridColumn::new("instrument", "instrument", Unit::Code)
}

fn question() -> GridColumn {
    GridColumn::new("question", "question", Unit::Text).less(9)
}

/// The columns of what is grouped by: two for exports, and for readers as many as there are.
fn group_columns(request: &ScoresRequest) -> [GridColumn; 2] {
    let title = |place: usize, other: &str| {
        let by = request.by.get(place).map(String::as_str);
        by.map_or(other, |by| by.strip_prefix("tag:").unwrap_or(by)).to_owned()
    };
    let second = GridColumn::new("second_group", title(1, "second group"), Unit::Text);
    [
        GridColumn::new("group", title(0, "group"), Unit::Text).most(),
        if request.by.len() > 1 { second } else { second.for_exports() },
    ]
}

/// Where a response does not say it, people read so.
pub(super) fn group_cell(group: Option<&String>) -> GridCell {
    group.map_or_else(GridCell::nothing, |group| {
        GridCell::text(group).named(if group.is_empty() { "not said" } else { "" })
    })
}

fn group_cells(groups: &[String]) -> [GridCell; 2] {
    [group_cell(groups.first()), group_cell(groups.get(1))]
}

fn measure_columns() -> [GridColumn; 21] {
    let count = |key, title: &'static str| GridColumn::new(key, title, Unit::Count);
    let share = |key, title: &'static str| GridColumn::new(key, title, Unit::Share);
    [
        count("answers", "n"),
        GridColumn::new("mean", "mean", Unit::Score).drawn(Picture::Interval),
        GridColumn::new("score", "score", Unit::Score),
        GridColumn::new("score_low", "score_low", Unit::Score).for_exports(),
        GridColumn::new("score_high", "score_high", Unit::Score).for_exports(),
        count("negative", "negative"),
        share("negative_share", "of all").drawn(Picture::Bar),
        share("negative_low", "negative_low").for_exports(),
        share("negative_high", "negative_high").for_exports(),
        count("positive", "positive").less(5),
        share("positive_share", "of all").less(4),
        count("with_expectation", "compared").less(8),
        count("expectation_met", "expectation_met").for_exports(),
        share("expectation_met_share", "as expected or better").less(7),
        share("expectation_met_low", "expectation_met_low").for_exports(),
        share("expectation_met_high", "expectation_met_high").for_exports(),
        count("expectation_exceeded", "expectation_exceeded").for_exports(),
        share("expectation_exceeded_share", "better").less(6),
        count("customers", "customers").less(3),
        count("answers_without_customer", "without a customer").less(2),
        GridColumn::new("standard_deviation", "deviation", Unit::Ratio).less(1),
    ]
}

fn measure_cells(instrument: &str, of: &ScoreMeasures, ends: Option<(f64, f64)>) -> [GridCell; 21] {
    let share = |of: Option<&ScoreShare>| GridCell::number_if_any(of.and_then(|of| of.share));
    let figure = |of: Option<&ScoreShare>| counted(of.and_then(|of| of.answers.as_ref()));
    let end = |end: Option<f64>| GridCell::number_if_any(end);
    let (negative, positive) = (of.negative.as_ref(), of.positive.as_ref());
    let (met, exceeded) = (of.expectation_met.as_ref(), of.expectation_exceeded.as_ref());
    // The score of the others is the mean.
    let has_score = instrument == "nps" || instrument == "csat";
    let score = |score: Option<f64>| GridCell::number_if_any(score.filter(|_| has_score));
    let scale = if instrument == "nps" { (-100.0, 100.0) } else { (0.0, 100.0) };
    [
        GridCell::figure(of.answers.as_ref()),
        mean_cell(of.mean, of.mean_low.zip(of.mean_high), ends),
        GridCell { scale: has_score.then_some(scale), ..score(of.score) },
        score(of.score_low),
        score(of.score_high),
        GridCell::figure(negative.and_then(|of| of.answers.as_ref())),
        share(negative),
        end(negative.and_then(|of| of.low)),
        end(negative.and_then(|of| of.high)),
        GridCell::figure(positive.and_then(|of| of.answers.as_ref())),
        share(positive),
        counted(of.with_expectation.as_ref()),
        figure(met),
        share(met),
        end(met.and_then(|of| of.low)),
        end(met.and_then(|of| of.high)),
        figure(exceeded),
        share(exceeded),
        GridCell::figure(of.customers.as_ref()),
        counted(of.answers_without_customer.as_ref()),
        end(of.standard_deviation),
    ]
}

/// A count that is left blank where it is 0.
fn counted(figure: Option<&Figure>) -> GridCell {
    if figure.is_some_and(|figure| figure.count > 0) { GridCell::figure(figure) } else { GridCell::nothing() }
}

/// A mean with its interval, on the scale of its question.
pub(super) fn mean_cell(
    mean: Option<f64>,
    interval: Option<(f64, f64)>,
    scale: Option<(f64, f64)>,
) -> GridCell {
    GridCell { interval, scale, ..GridCell::number(mean) }
}

/// The ends of the scale of a question: rows of later pages come without them.
pub(super) fn ends(response: &ScoresResponse, instrument: &str, question: &str) -> Option<(f64, f64)> {
    let of = |total: &&ScoreTotal| total.instrument == instrument && total.question == question;
    response.totals.iter().find(of).map(|total| (total.scale_min, total.scale_max))
}

/// One row a question.
pub(super) fn totals(response: &ScoresResponse) -> Grid {
    let several = GridColumn::new("in_several_groups", "in several groups", Unit::Count).for_exports();
    let columns = [instrument(), question().most()].into_iter().chain(measure_columns()).chain([several]);
    let mut grid = Grid::new("total", "all responses").columns(columns);
    let (mut several, mut alone) = (0, false);
    for total in &response.totals {
        let of = total.of.clone().unwrap_or_default();
        let cells = measure_cells(&total.instrument, &of, Some((total.scale_min, total.scale_max)));
        let question = [GridCell::text(&total.instrument), GridCell::text(&total.question)];
        let in_several = GridCell::figure(total.in_several_groups.as_ref());
        grid.row(question.into_iter().chain(cells).chain([in_several]));
        several += total.in_several_groups.as_ref().map_or(0, |figure| figure.count);
        alone |= of.mean.is_some() && of.mean_low.is_none();
    }
    if several > 0 {
        let (one, many) = (
            "response is in several groups and counts in each: groups add up to more than the whole",
            "responses are in several groups and count in each: groups add up to more than the whole",
        );
        grid.note(Words::counted("in_several_groups", several, one, many));
    }
    for total in response.totals.iter().filter(|total| total.better == "low") {
        let text = format!("on the scale of {} the low end is the good one", named(total));
        grid.note(Words::new("better_low", text));
    }
    if alone {
        grid.note(Words::new("alone", "one response has no interval: not enough"));
    }
    grid
}

fn named(total: &ScoreTotal) -> String {
    let question = &total.question;
    if question.is_empty() { total.instrument.clone() } else { format!("{} `{question}`", total.instrument) }
}

/// One row a group.
pub(super) fn rows(request: &ScoresRequest, response: &ScoresResponse) -> Grid {
    let columns = [instrument().less(10), question()].into_iter().chain(group_columns(request));
    let mut grid = Grid::new("row", "by group").columns(columns.chain(measure_columns()));
    for row in &response.rows {
        let of = row.of.clone().unwrap_or_default();
        let ends = ends(response, &row.instrument, &row.question);
        let question = [GridCell::text(&row.instrument), GridCell::text(&row.question)];
        let cells = question.into_iter().chain(group_cells(&row.groups));
        grid.row(cells.chain(measure_cells(&row.instrument, &of, ends)));
    }
    if response.rows_left_out > 0 {
        grid.note(Words::counted("rows_left_out", response.rows_left_out, "more group", "more groups"));
    }
    grid
}

/// How much groups differ.
pub(super) fn spreads(response: &ScoresResponse) -> Grid {
    let ratio = |key, title: &'static str| GridColumn::new(key, title, Unit::Ratio);
    let title = "how much of what responses differ by lies between groups";
    let mut grid = Grid::new("spread", title).columns([
        instrument(),
        question(),
        GridColumn::new("by", "by", Unit::Code).most(),
        GridColumn::new("groups", "groups", Unit::Count),
        GridColumn::new("answers", "n", Unit::Count),
        GridColumn::new("left_out", "left out", Unit::Count).less(1),
        GridColumn::new("eta_squared", "between groups (η²)", Unit::Share).drawn(Picture::Bar),
        GridColumn::new("epsilon_squared", "beyond chance (ε²)", Unit::Share),
        ratio("f", "F").less(2),
        ratio("p", "p"),
        GridColumn::new("lowest", "lowest", Unit::Text),
        GridColumn::new("lowest_mean", "mean", Unit::Score),
        GridColumn::new("highest", "highest", Unit::Text),
        GridColumn::new("highest_mean", "mean", Unit::Score),
    ]);
    let mut without = false;
    for spread in &response.spreads {
        let ends = ends(response, &spread.instrument, &spread.question);
        let cells = [
            GridCell::text(&spread.instrument),
            GridCell::text(&spread.question),
            GridCell::text(&spread.by),
            GridCell::count(spread.groups),
            GridCell::figure(spread.answers.as_ref()),
            GridCell::count(spread.left_out),
            GridCell::number(spread.eta_squared),
            GridCell::number(spread.epsilon_squared),
            GridCell::number_if_any(spread.f),
            probability(spread.p),
            GridCell::text(&spread.lowest),
            mean_cell(spread.lowest_mean, None, ends),
            GridCell::text(&spread.highest),
            mean_cell(spread.highest_mean, None, ends),
        ];
        let is_nothing = spread.groups == 0;
        if is_nothing {
            grid.row_aside(cells)
        } else {
            grid.row(cells)
        }
        without |= !is_nothing && spread.eta_squared.is_none();
    }
    if without {
        let text =
            "not enough to compare: two groups, one of them with two responses, and responses that differ";
        grid.note(Words::new("too_few", text));
    }
    grid
}

/// Two digits would show a small one as 0.
fn probability(p: Option<f64>) -> GridCell {
    let name = p.map(|p| if p < 0.0001 { "< 0.0001".to_owned() } else { format!("{p:.4}") });
    GridCell::number_if_any(p).named(&name.unwrap_or_default())
}

/// How often each value was given; of groups for exports.
pub(super) fn distribution(request: &ScoresRequest, response: &ScoresResponse) -> Grid {
    let [group, second] = group_columns(request).map(GridColumn::for_exports);
    let mut grid = Grid::new("point", "how often each value was given").columns([
        instrument(),
        question().most(),
        group,
        second,
        GridColumn::new("value", "value", Unit::Ratio),
        GridColumn::new("value_to", "until", Unit::Ratio),
        GridColumn::new("answers", "n", Unit::Count),
        GridColumn::new("share", "of all", Unit::Share).drawn(Picture::Bar),
    ]);
    let cells = |of: (&str, &str), groups: &[String], point: &ScorePoint| {
        let question = [GridCell::text(of.0), GridCell::text(of.1)];
        let is_value = point.to.total_cmp(&point.from).is_eq();
        let to = if is_value {
            GridCell::nothing()
        } else {
            GridCell::number(Some(point.to)).named(&point.to.to_string())
        };
        let values = [
            GridCell::number(Some(point.from)).named(&point.from.to_string()),
            to,
            GridCell::figure(point.answers.as_ref()),
            GridCell::number_if_any(point.share),
        ];
        question.into_iter().chain(group_cells(groups)).chain(values)
    };
    let points = |of: Option<&ScoreMeasures>| of.map(|of| of.distribution.clone()).unwrap_or_default();
    for total in &response.totals {
        for point in points(total.of.as_ref()) {
            grid.row(cells((&total.instrument, &total.question), &[], &point));
        }
    }
    for row in &response.rows {
        for point in points(row.of.as_ref()) {
            grid.row_aside(cells((&row.instrument, &row.question), &row.groups, &point));
        }
    }
    grid
}

/// Series of scores: of groups where there are groups, otherwise of all responses.
pub(super) fn rolling(request: &ScoresRequest, response: &ScoresResponse) -> Grid {
    let title = Words::new("rolling", "rolling {} days").with_count(request.rolling_days.into());
    let columns = [instrument(), question()].into_iter().chain(group_columns(request)).chain([
        GridColumn::new("until", "until", Unit::Day),
        GridColumn::new("answers", "n", Unit::Count),
        GridColumn::new("mean", "mean", Unit::Score).drawn(Picture::Interval),
        GridColumn::new("score", "score", Unit::Score),
        GridColumn::new("negative_share", "negative", Unit::Share),
    ]);
    let mut grid = Grid::new("rolling", "rolling").titled(title).columns(columns);
    let cells = |of: (&str, &str), groups: &[String], window: &ScoreWindow| {
        let question = [GridCell::text(of.0), GridCell::text(of.1)];
        let has_score = of.0 == "nps" || of.0 == "csat";
        let scale = if of.0 == "nps" { (-100.0, 100.0) } else { (0.0, 100.0) };
        let interval = window.mean_low.zip(window.mean_high);
        let values = [
            GridCell::moment(window.until.as_ref()),
            GridCell::figure(window.answers.as_ref()),
            mean_cell(window.mean, interval, ends(response, of.0, of.1)),
            GridCell {
                scale: has_score.then_some(scale),
                ..GridCell::number_if_any(window.score.filter(|_| has_score))
            },
            GridCell::number_if_any(window.negative),
        ];
        question.into_iter().chain(group_cells(groups)).chain(values)
    };
    for total in &response.totals {
        for window in &total.rolling {
            let cells = cells((&total.instrument, &total.question), &[], window);
            if request.by.is_empty() { grid.row(cells) } else { grid.row_aside(cells) }
        }
    }
    for (row, window) in response.rows.iter().flat_map(series) {
        grid.row(cells((&row.instrument, &row.question), &row.groups, window));
    }
    grid
}

fn series(row: &ScoreRow) -> impl Iterator<Item = (&ScoreRow, &ScoreWindow)> {
    row.rolling.iter().map(move |window| (row, window))
}
