//! What classes show: counts and values by class, and those with the highest value.

use rapport_proto::v1::{
    ClassCount, ClassRow, ClassesMeasure, ClassesRequest, ClassesResponse,
    classes_request::{By, Every, Value},
};

use super::{ask::ask, rfm::QUINTILES_MIN, xyz::PERIODS_MIN};
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model, purchases::Source},
    page::{Grid, GridCell, GridColumn, Lines, Page, Picture, Unit, Words},
    read::Rows,
    view::View,
};

/// Who buys and what sells.
#[derive(Debug, Clone, Copy)]
pub struct Classes;

impl Model for Classes {
    type Request = ClassesRequest;
    type Response = ClassesResponse;
    const NAME: &'static str = "classes";
    const RESPONSE: &'static str = "rapport.v1.ClassesResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "currency",
        "class",
        "object",
        "objects",
        "share_of_objects",
        "buyers",
        "left_out",
        "purchases",
        "value",
        "left_out_value",
        "share_of_value",
        "last_purchase",
        "abc",
        "share",
        "share_before",
        "xyz",
        "mean",
        "variation",
        "recency_days",
        "recency",
        "frequency",
        "monetary",
        "segment",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(request: &ClassesRequest, response: &ClassesResponse) -> Page {
        let mut page = Page::default();
        if response.totals.is_empty() && response.rows.is_empty() {
            page.notes.push(Words::new("no_purchases", "no purchases in this period"));
        }
        page.grids.push(totals(request, response));
        for (measure, key, title) in [
            (ClassesMeasure::Abc, "abc", "ABC: by value"),
            (ClassesMeasure::Xyz, "xyz", "XYZ: by how even purchases are"),
            (ClassesMeasure::Rfm, "rfm", "RFM: segments by recency, frequency and value"),
        ] {
            // Products have scores and no segments.
            if !wants(request, measure) || (measure == ClassesMeasure::Rfm && request.by() == By::Product) {
                continue;
            }
            let mut grid = classes(request, response, measure).titled(Words::new(key, title));
            grid.key = key;
            if measure == ClassesMeasure::Xyz && !grid.is_empty() {
                grid.note(periods(request, response));
            }
            page.grids.push(grid);
        }
        page.grids.push(rows(request, response));
        page.notes.extend(Source::note(response.purchases_from()));
        if request.value() == Value::Margin && response.value() != Value::Margin {
            let text = "no `cost.allocated` in this period: revenue is shown for margin";
            page.notes.push(Words::new("no_costs", text));
        }
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}

/// One and many of what is put into classes.
fn nouns(request: &ClassesRequest) -> (&'static str, &'static str) {
    match request.by() {
        By::Unspecified | By::Customer => ("customer", "customers"),
        By::Product => ("product", "products"),
    }
}

/// What the value is called.
fn value(response: &ClassesResponse) -> &'static str {
    if response.value() == Value::Margin { "margin" } else { "value" }
}

fn wants(request: &ClassesRequest, measure: ClassesMeasure) -> bool {
    let wanted = || request.measures();
    wanted().all(|each| each == measure)
        || wanted().any(|each| each == measure || each == ClassesMeasure::Unspecified)
}

/// The currency, for readers where there are several.
fn currency(response: &ClassesResponse) -> GridColumn {
    let column = GridColumn::new("currency", "currency", Unit::Code);
    let first = response.rows.first().map(|row| &row.currency);
    let one = response.totals.len() < 2 && response.rows.iter().all(|row| Some(&row.currency) == first);
    if one { column.for_exports() } else { column }
}

fn totals(request: &ClassesRequest, response: &ClassesResponse) -> Grid {
    let (one, many) = nouns(request);
    let mut grid = Grid::new("total", "in all").columns([
        currency(response),
        GridColumn::new("objects", many, Unit::Count),
        GridColumn::new("buyers", "with a purchase", Unit::Count),
        GridColumn::new("value", value(response), Unit::Money).most(),
        GridColumn::new("left_out", "left out", Unit::Count).for_exports(),
        GridColumn::new("left_out_value", "value left out", Unit::Money).for_exports(),
    ]);
    let mut left_out = 0;
    for total in &response.totals {
        left_out += total.left_out.as_ref().map_or(0, |figure| figure.count);
        grid.row([
            GridCell::text(&total.currency),
            GridCell::figure(total.objects.as_ref()),
            GridCell::figure(total.buyers.as_ref()),
            GridCell::money(total.value_minor_units, &total.value_minor_units_wide, &total.currency),
            GridCell::figure(total.left_out.as_ref()),
            GridCell::money(total.left_out_minor_units, &total.left_out_minor_units_wide, &total.currency),
        ]);
    }
    if left_out > 0 {
        let (single, several) = (format!("order names no {one}"), format!("orders name no {one}"));
        grid.note(Words::counted("left_out", left_out, &single, &several));
    }
    grid
}

fn classes(request: &ClassesRequest, response: &ClassesResponse, measure: ClassesMeasure) -> Grid {
    let (_, many) = nouns(request);
    let class = if measure == ClassesMeasure::Rfm { "segment" } else { "class" };
    let mut grid = Grid::new("", "").columns([
        GridColumn::new("class", class, Unit::Code).most(),
        currency(response),
        GridColumn::new("objects", many, Unit::Count),
        GridColumn::new("share_of_objects", format!("of {many}"), Unit::Share).less(1),
        GridColumn::new("value", value(response), Unit::Money),
        GridColumn::new("share_of_value", format!("of {}", value(response)), Unit::Share).drawn(Picture::Bar),
    ]);
    let of_it = |class: &&ClassCount| class.measure() == measure;
    for class in response.classes.iter().filter(of_it) {
        grid.row([
            GridCell::text(&class.name),
            GridCell::text(&class.currency),
            GridCell::figure(class.objects.as_ref()),
            GridCell::number(class.share_of_objects),
            GridCell::money(class.value_minor_units, &class.value_minor_units_wide, &class.currency),
            GridCell::number(class.share_of_value),
        ]);
    }
    grid
}

/// Which periods were compared.
fn periods(request: &ClassesRequest, response: &ClassesResponse) -> Words {
    let (one, many) = match request.every() {
        Every::Week => ("week", "weeks"),
        Every::Unspecified | Every::Month => ("month", "months"),
        Every::Quarter => ("quarter", "quarters"),
    };
    let n = u64::from(response.periods);
    let text = format!("{{}} whole {}, from {{}} on", if n == 1 { one } else { many });
    let from = GridCell::moment(response.periods_from.as_ref());
    Words::new("periods", text).with_count(n).with(Unit::Day, from)
}

fn score(score: Option<u32>) -> GridCell {
    score.map_or_else(GridCell::nothing, |score| GridCell::count(score.into()))
}

fn rows(request: &ClassesRequest, response: &ClassesResponse) -> Grid {
    let (one, many) = nouns(request);
    let title = format!("{many}, the highest {} first", value(response));
    let mut columns = vec![
        GridColumn::new("object", one, Unit::Code).most(),
        currency(response),
        GridColumn::new("purchases", "purchases", Unit::Count),
        GridColumn::new("value", value(response), Unit::Money),
        GridColumn::new("last_purchase", "last", Unit::Day).less(3),
    ];
    let [abc, xyz, rfm] = [ClassesMeasure::Abc, ClassesMeasure::Xyz, ClassesMeasure::Rfm]
        .map(|measure| wants(request, measure));
    if abc {
        columns.push(GridColumn::new("abc", "ABC", Unit::Code));
        columns.push(GridColumn::new("share", format!("of {}", value(response)), Unit::Share).less(2));
        columns.push(GridColumn::new("share_before", "before", Unit::Share).for_exports());
    }
    if xyz {
        columns.push(GridColumn::new("xyz", "XYZ", Unit::Code));
        columns.push(GridColumn::new("mean", "a period", Unit::Ratio).for_exports());
        columns.push(GridColumn::new("variation", "variation", Unit::Ratio).less(1));
    }
    if rfm {
        columns.push(GridColumn::new("recency_days", "days ago", Unit::Count).less(4));
        columns.push(GridColumn::new("recency", "R", Unit::Count));
        columns.push(GridColumn::new("frequency", "F", Unit::Count));
        columns.push(GridColumn::new("monetary", "M", Unit::Count));
        columns.push(GridColumn::new("segment", "segment", Unit::Code));
    }
    let mut grid = Grid::new("row", "").titled(Words::new("row", title)).columns(columns);
    for row in &response.rows {
        let name = row.object.split_once(':').map_or("", |(_, name)| name);
        let mut cells = vec![
            GridCell::text(&row.object).named(name),
            GridCell::text(&row.currency),
            GridCell::figure(row.purchases.as_ref()),
            GridCell::money(row.value_minor_units, &row.value_minor_units_wide, &row.currency),
            GridCell::moment(row.last_purchase.as_ref()),
        ];
        if abc {
            cells.extend([GridCell::text(&row.abc), part(row, row.share), part(row, row.share_before)]);
        }
        if xyz {
            let number =
                |number: Option<f64>| number.map_or_else(GridCell::nothing, |it| GridCell::number(Some(it)));
            cells.extend([GridCell::text(&row.xyz), number(row.mean), number(row.variation)]);
        }
        if rfm {
            let scores = [row.recency_days, row.recency, row.frequency, row.monetary].map(score);
            cells.extend(scores.into_iter().chain([GridCell::text(&row.segment)]));
        }
        grid.row(cells);
    }
    if response.rows_left_out > 0 {
        let (one, many) = (format!("more {one}"), format!("more {many}"));
        grid.note(Words::counted("rows_left_out", response.rows_left_out, &one, &many));
    }
    let scored = response.rows.iter().any(|row| row.recency.is_some() || row.frequency.is_some());
    if rfm && !scored && response.rows.iter().any(|row| row.recency_days.is_some()) {
        let text = format!("no scores: quintiles need {QUINTILES_MIN} {many}");
        grid.note(Words::new("too_few_to_score", text));
    }
    if xyz && response.periods < PERIODS_MIN && !response.rows.is_empty() {
        let text = "no XYZ: {} whole periods lie in the window, and {} are needed";
        let n = |periods: u32| u64::from(periods);
        grid.note(
            Words::new("too_few_periods", text).with_count(n(response.periods)).with_count(n(PERIODS_MIN)),
        );
    }
    grid
}

/// A share; a value that is not positive has none.
fn part(row: &ClassRow, share: Option<f64>) -> GridCell {
    if row.abc.is_empty() || share.is_none() { GridCell::nothing() } else { GridCell::number(share) }
}
