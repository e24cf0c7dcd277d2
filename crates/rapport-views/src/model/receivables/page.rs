//! What receivables show: what is owed and since when, how long payment takes, and the largest debtors.

use rapport_proto::v1::{Figure, ReceivablesRequest, ReceivablesResponse};

use super::{age::AGES, ask::ask};
use crate::{
    model::{Answered, AskError, Asked, Model, cut_by_rows, fields_of_every_model},
    page::{Grid, GridCell, GridColumn, Lines, Page, Picture, Unit, Words},
    read::Rows,
    view::View,
};

/// Who owes what.
#[derive(Debug, Clone, Copy)]
pub struct Receivables;

/// Names and titles of the columns of [`AGES`].
const AGE_COLUMNS: [(&str, &str); AGES.len()] = [
    ("not_due", "not due"),
    ("days_1_30", "1–30 days"),
    ("days_31_60", "31–60 days"),
    ("days_61_90", "61–90 days"),
    ("days_more", "over 90 days"),
];

impl Model for Receivables {
    type Request = ReceivablesRequest;
    type Response = ReceivablesResponse;
    const NAME: &'static str = "receivables";
    const RESPONSE: &'static str = "rapport.v1.ReceivablesResponse";
    const VIEW: View = View::Facts;
    const LINES: Lines = Lines::Rows(&[
        "part",
        "currency",
        "what",
        "object",
        "days",
        "customers",
        "invoices",
        "open",
        "share",
        "receivable",
        "overdue_invoices",
        "overdue",
        "without_due",
        "not_due",
        "days_1_30",
        "days_31_60",
        "days_61_90",
        "days_more",
        "days_overdue",
        "credit",
        "invoiced",
        "days_outstanding",
        "paid",
        "unpaid",
        "median_to_payment",
        "events",
        "figure",
    ]);

    fn answer(
        request: &Self::Request,
        rows: &dyn Rows,
        asked: &Asked<'_>,
    ) -> Result<Answered<Self::Response>, AskError> {
        ask(request, rows, asked)
    }

    fn page(_: &ReceivablesRequest, response: &ReceivablesResponse) -> Page {
        let mut page = Page::default();
        if response.totals.is_empty() && response.rows.is_empty() {
            page.notes.push(Words::new("nothing", "no invoices and no payments"));
        }
        page.grids.extend([totals(response), ages(response), payment(response), rows(response)]);
        page.grids.extend(Some(others(response)).filter(|grid| !grid.is_empty()));
        page
    }

    cut_by_rows!();
    fields_of_every_model!();
}

/// The currency, for readers where there are several.
fn currency(response: &ReceivablesResponse) -> GridColumn {
    let column = GridColumn::new("currency", "currency", Unit::Code);
    let first = response.rows.first().map(|row| &row.currency);
    let one = response.totals.len() < 2 && response.rows.iter().all(|row| Some(&row.currency) == first);
    if one { column.for_exports() } else { column }
}

fn totals(response: &ReceivablesResponse) -> Grid {
    let mut grid = Grid::new("total", "what is owed").columns([
        GridColumn::new("currency", "currency", Unit::Code),
        GridColumn::new("customers", "customers", Unit::Count),
        GridColumn::new("invoices", "open invoices", Unit::Count),
        GridColumn::new("receivable", "open", Unit::Money),
        GridColumn::new("overdue_invoices", "past due", Unit::Count).less(1),
        GridColumn::new("overdue", "past due", Unit::Money),
        GridColumn::new("share", "of open", Unit::Share),
        GridColumn::new("without_due", "without a due date", Unit::Count).for_exports(),
    ]);
    for total in &response.totals {
        let money = |sum| GridCell::sum(sum, &total.currency);
        grid.row([
            GridCell::text(&total.currency),
            GridCell::figure(total.debtors.as_ref()),
            GridCell::figure(total.open.as_ref()),
            money(total.receivable.as_ref()),
            GridCell::figure(total.overdue.as_ref()),
            money(total.overdue_sum.as_ref()),
            GridCell::number_if_any(total.share_overdue),
            GridCell::figure(total.without_due.as_ref()),
        ]);
    }
    let without_due = response.totals.iter().filter_map(|total| Some(total.without_due.as_ref()?.count));
    let without_due: u64 = without_due.sum();
    if without_due > 0 {
        let (one, many) = (
            "open invoice does not say when it is due: it is due on the day on which it was issued",
            "open invoices do not say when they are due: they are due on the day on which they were issued",
        );
        grid.note(Words::counted("without_due", without_due, one, many));
    }
    grid
}

fn ages(response: &ReceivablesResponse) -> Grid {
    let mut grid = Grid::new("age", "by days past due").columns([
        GridColumn::new("days", "days past due", Unit::Text).most(),
        currency(response),
        GridColumn::new("invoices", "invoices", Unit::Count),
        GridColumn::new("open", "open", Unit::Money),
        GridColumn::new("share", "of open", Unit::Share).drawn(Picture::Bar),
    ]);
    for total in &response.totals {
        if total.open.as_ref().is_none_or(|figure| figure.count == 0) {
            continue;
        }
        for age in &total.ages {
            let name = match age.days.as_str() {
                "not_due" => "not due yet",
                "more" => "more than 90",
                days => days,
            };
            grid.row([
                GridCell::text(&age.days).named(name),
                GridCell::text(&total.currency),
                GridCell::figure(age.invoices.as_ref()),
                GridCell::sum(age.open.as_ref(), &total.currency),
                GridCell::number_if_any(age.share),
            ]);
        }
    }
    grid
}

/// How long payment takes.
fn payment(response: &ReceivablesResponse) -> Grid {
    let mut grid = Grid::new("payment", "how long payment takes").columns([
        GridColumn::new("currency", "currency", Unit::Code),
        GridColumn::new("invoiced", "invoiced", Unit::Money),
        GridColumn::new("paid", "paid", Unit::Count),
        GridColumn::new("unpaid", "unpaid", Unit::Count),
        GridColumn::new("median_to_payment", "median to payment", Unit::Duration),
        GridColumn::new("days_outstanding", "days outstanding", Unit::Ratio),
    ]);
    let (mut nothing, mut too_few) = (0, 0);
    for total in &response.totals {
        let count = |figure: &Option<Figure>| figure.as_ref().map_or(0, |figure| figure.count);
        let n = count(&total.paid) + count(&total.unpaid);
        let median = total.median_to_payment.as_ref();
        nothing += u64::from(total.days_outstanding.is_none());
        too_few += u64::from(n > 0 && median.is_none());
        grid.row([
            GridCell::text(&total.currency),
            GridCell::sum(total.invoiced.as_ref(), &total.currency),
            GridCell::figure(total.paid.as_ref()),
            GridCell::figure(total.unpaid.as_ref()),
            median.map_or_else(GridCell::nothing, |median| GridCell::length(Some(median))),
            GridCell::number_if_any(total.days_outstanding),
        ]);
    }
    if !response.totals.is_empty() {
        let (from, to) = (response.period_from.as_ref(), response.period_to.as_ref());
        let text = "of what was invoiced from {} until {}";
        let words = Words::new("period", text).with(Unit::Moment, GridCell::moment(from));
        grid.note(words.with(Unit::Moment, GridCell::moment(to)));
    }
    if nothing > 0 {
        grid.note(Words::new(
            "nothing_invoiced",
            "no days outstanding where nothing was invoiced in this period",
        ));
    }
    if too_few > 0 {
        let text = "no median: not enough invoices of this period are paid to tell when half of them are";
        grid.note(Words::new("too_few_paid", text));
    }
    grid
}

fn rows(response: &ReceivablesResponse) -> Grid {
    let ages = AGE_COLUMNS.map(|(key, title)| GridColumn::new(key, title, Unit::Money).less(3));
    let begin = [
        GridColumn::new("object", "customer", Unit::Code).most(),
        currency(response),
        GridColumn::new("invoices", "open invoices", Unit::Count).less(2),
        GridColumn::new("receivable", "open", Unit::Money),
        GridColumn::new("overdue", "past due", Unit::Money),
    ];
    let end = [
        GridColumn::new("days_overdue", "longest past due", Unit::Count).less(4),
        GridColumn::new("credit", "credit", Unit::Money).less(1),
    ];
    let columns = begin.into_iter().chain(ages).chain(end);
    let mut grid = Grid::new("row", "customers, those who owe most first").columns(columns);
    for row in &response.rows {
        let name = row.object.split_once(':').map_or("", |(_, name)| name);
        let money = |sum| GridCell::sum(sum, &row.currency);
        let begin = [
            GridCell::text(&row.object).named(name),
            GridCell::text(&row.currency),
            GridCell::figure(row.open.as_ref()),
            money(row.receivable.as_ref()),
            money(row.overdue.as_ref()),
        ];
        let ages = (0..AGES.len()).map(|nth| money(row.ages.get(nth)));
        let days = row.days_overdue.map_or_else(GridCell::nothing, |days| GridCell::count(days.into()));
        grid.row(begin.into_iter().chain(ages).chain([days, money(row.credit.as_ref())]));
    }
    if response.rows_left_out > 0 {
        let n = response.rows_left_out;
        grid.note(Words::counted("rows_left_out", n, "more customer", "more customers"));
    }
    grid
}

/// What is not in what is owed: credits, and what names no customer.
fn others(response: &ReceivablesResponse) -> Grid {
    let mut grid = Grid::new("other", "beside what is owed").columns([
        GridColumn::new("what", "what", Unit::Text).most(),
        currency(response),
        GridColumn::new("events", "how many", Unit::Count),
        GridColumn::new("open", "sum", Unit::Money),
    ]);
    for total in &response.totals {
        for (key, name, figure, sum) in [
            ("in_credit", "customers who paid too much", &total.in_credit, &total.credit),
            (
                "invoices_left_out",
                "open invoices that name no customer",
                &total.invoices_left_out,
                &total.receivable_left_out,
            ),
            (
                "payments_left_out",
                "payments that are nobody's",
                &total.payments_left_out,
                &total.paid_left_out,
            ),
        ] {
            let cells = [
                GridCell::text(key).named(name),
                GridCell::text(&total.currency),
                GridCell::figure(figure.as_ref()),
                GridCell::sum(sum.as_ref(), &total.currency),
            ];
            if figure.as_ref().is_none_or(|figure| figure.count == 0) {
                grid.row_aside(cells);
            } else {
                grid.row(cells);
            }
        }
    }
    grid
}
