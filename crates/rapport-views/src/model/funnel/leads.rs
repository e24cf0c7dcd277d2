//! Before the deal.

use rapport_proto::v1::{LeadFunnel, lead_funnel::Step};

use super::columns::{count, counted, size};
use crate::{
    page::{Grid, GridCell, GridColumn, Unit, Words},
    stats::share,
};

pub(super) fn is_empty(leads: &LeadFunnel) -> bool {
    let customers = leads.steps.iter().map(|step| size(step.customers.as_ref()));
    customers.sum::<u64>() + size(leads.left_out.as_ref()) == 0
}

pub(super) fn grid(leads: &LeadFunnel) -> Grid {
    let rejected = size(leads.rejected.as_ref());
    let title = if rejected > 0 { "before the deal ({} rejected)" } else { "before the deal" };
    let title = Words::new("leads", title);
    let title = if rejected > 0 { title.with_count(rejected) } else { title };
    let from = || GridColumn::new("from", "from step", Unit::Code);
    let mut grid = Grid::new("leads", "").titled(title).columns([
        GridColumn::new("step", "step", Unit::Code).most(),
        counted("customers", "customers"),
        count("without_customer", "").for_exports(),
        from().for_exports(),
        GridColumn::new("rate", "rate", Unit::Share),
        GridColumn::new("median_from_previous", "median time", Unit::Duration),
        from().for_readers(),
        count("events", "").for_exports(),
    ]);
    for step in &leads.steps {
        grid.row([
            GridCell::text(&step.step),
            GridCell::figure(step.customers.as_ref()),
            GridCell::count(step.without_customer),
            GridCell::text(&step.from),
            GridCell::number(step.rate),
            GridCell::length(step.median_from_previous.as_ref()),
            GridCell::text(&step.from),
            GridCell::nothing(),
        ]);
    }
    let aside = |name, customers, events| {
        let mut cells = vec![GridCell::text(name), customers];
        cells.resize(7, GridCell::nothing());
        cells.push(events);
        cells
    };
    grid.row_aside(aside("rejected", GridCell::figure(leads.rejected.as_ref()), GridCell::nothing()));
    grid.row_aside(aside("left_out", GridCell::nothing(), GridCell::figure(leads.left_out.as_ref())));
    grid.leave_out_empty("steps_without_customers", "step without customers", "steps without customers");
    notes(&mut grid, leads);
    grid
}

/// Steps without a known customer or lead.
fn notes(grid: &mut Grid, leads: &LeadFunnel) {
    let unknown: Vec<_> = leads.steps.iter().filter(|step| step.without_customer > 0).collect();
    if !unknown.is_empty() {
        let steps: Vec<_> = unknown.iter().map(|_| "{} {}").collect();
        let text = format!("without a customer: {}; without a tag they are in no rate", steps.join(", "));
        let words = unknown.iter().fold(Words::new("without_customer", text), |words, step| {
            words.with_count(step.without_customer).with(Unit::Code, GridCell::text(&step.step))
        });
        grid.note(words);
    }
    if leads.steps.iter().any(|step| is_of_fewer(leads, step)) {
        let text = "a rate is the part of the customers of the step before that took this one too; whoever took it without \
                    that step is among its customers and in no rate";
        grid.note(Words::new("rate_of_both", text));
    }
    let left_out = size(leads.left_out.as_ref());
    if left_out > 0 {
        let what = match left_out {
            1 => "verdict or conversion that names",
            _ => "verdicts or conversions that name",
        };
        let text = format!("left out: {{}} {what} neither a customer nor a lead");
        grid.note(Words::new("left_out", text).with_count(left_out));
    }
}

/// Whether its customers divided by those of the step before are not its rate: some of them skipped that step.
fn is_of_fewer(leads: &LeadFunnel, step: &Step) -> bool {
    let before = leads.steps.iter().find(|before| before.step == step.from);
    let (Some(rate), Some(before)) = (step.rate, before) else { return false };
    let quotient = share(size(step.customers.as_ref()), size(before.customers.as_ref()));
    quotient.is_some_and(|quotient| (quotient - rate).abs() > 1e-9)
}
