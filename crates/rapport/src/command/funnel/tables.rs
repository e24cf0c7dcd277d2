//! The funnel for people.

use std::io::Write;

use rapport_proto::v1::{
    CohortFunnel, Figure, FunnelResponse, LeadFunnel, Outcomes, PipelineFunnel, ProbabilitySource, Stage,
};

use super::{super::view_time::print_meta, notes, sum};
use crate::show::{Align, Cell, Page, Table, Zone, count, days, money, percent};

const BAR: usize = 24;

/// Prints every measure that the answer has.
pub fn print(page: &mut Page, answer: &FunnelResponse, zone: &Zone) -> anyhow::Result<()> {
    print_meta(page, "funnel", answer.meta.as_ref(), zone)?;
    let steps = answer.leads.iter().flat_map(|leads| &leads.steps);
    let left_out = answer.leads.iter().map(|leads| leads.left_out.as_ref());
    let mut before_deals = steps.map(|step| step.customers.as_ref()).chain(left_out);
    if answer.pipelines.is_empty() && before_deals.all(|figure| size(figure) == 0) {
        writeln!(page, "\nno deals and no leads by then")?;
    }
    for pipeline in &answer.pipelines {
        let name = &pipeline.pipeline;
        snapshot(pipeline).print(page, &format!("{name}: open deals"))?;
        notes::snapshot(page, pipeline)?;
        conversion(pipeline).print(page, &format!("{name}: conversion"))?;
        if let Some(cohort) = &pipeline.cohort {
            let immature = if cohort.immature { ", immature: some may still go on" } else { "" };
            let title = format!("{name}: cohort of {}{immature}", number(cohort.size.as_ref()));
            self::cohort(pipeline, cohort).print(page, &title)?;
        }
        balance(pipeline).print(page, &format!("{name}: in and out of the stages"))?;
        times(pipeline).print(page, &format!("{name}: time in stage (median, Kaplan–Meier)"))?;
        outcomes(&pipeline.outcomes).print(page, &format!("{name}: won and lost"))?;
        notes::outcomes(page, &pipeline.outcomes)?;
        competitors(pipeline).print(page, &format!("{name}: against whom"))?;
        reasons(pipeline).print(page, &format!("{name}: why lost"))?;
    }
    if let Some(leads) = &answer.leads {
        let rejected = leads.rejected.as_ref().map_or(0, |figure| figure.count);
        let note = if rejected > 0 { format!(" ({} rejected)", count(rejected)) } else { String::new() };
        self::leads(leads).print(page, &format!("before the deal{note}"))?;
        notes::leads(page, leads)?;
    }
    Ok(())
}

pub fn size(figure: Option<&Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

fn number(figure: Option<&Figure>) -> String {
    count(size(figure))
}

fn bar(figure: Option<&Figure>, most: u64) -> Cell {
    Cell::Bar(size(figure) as f64, most as f64)
}

fn stage_name(pipeline: &PipelineFunnel, code: &str) -> String {
    let stage = pipeline.stages.iter().find(|stage| stage.code == code);
    stage.map_or(code, |stage| &stage.name).to_owned()
}

/// A probability, marked with `~` where it was observed and not defined.
fn probability(stage: Option<&Stage>) -> String {
    let Some(stage) = stage else { return "-".to_owned() };
    let observed = stage.probability_source() == ProbabilitySource::Empirical;
    format!("{}{}", if observed { "~" } else { "" }, percent(stage.probability))
}

/// `-` where there is none.
fn amount(minor_units: Option<i128>, currency: &str) -> String {
    minor_units.map_or_else(|| "-".to_owned(), |minor_units| money(minor_units, currency))
}

fn snapshot(pipeline: &PipelineFunnel) -> Table {
    let mut table = Table::new(&[
        ("stage", Align::Telling),
        ("deals", Align::Right),
        ("", Align::Drawing(BAR)),
        ("amount", Align::Right),
        ("p", Align::Right),
        ("weighted", Align::Right),
    ])
    .least(&["p"]);
    let most = pipeline.snapshot.iter().map(|row| size(row.deals.as_ref())).max().unwrap_or(0);
    for row in &pipeline.snapshot {
        let weighted = sum(row.weighted_minor_units, &row.weighted_minor_units_wide);
        table.row([
            stage_name(pipeline, &row.stage).into(),
            number(row.deals.as_ref()).into(),
            bar(row.deals.as_ref(), most),
            amount(sum(row.amount_minor_units, &row.amount_minor_units_wide), &row.currency).into(),
            probability(pipeline.stages.iter().find(|stage| stage.code == row.stage)).into(),
            amount(weighted, &row.currency).into(),
        ]);
    }
    table
}

fn conversion(pipeline: &PipelineFunnel) -> Table {
    let mut table = Table::new(&[
        ("stage", Align::Telling),
        ("reached", Align::Right),
        ("", Align::Drawing(BAR)),
        ("went on", Align::Right),
        ("rate", Align::Right),
        ("was there", Align::Right),
        ("then next", Align::Right),
        ("strict", Align::Right),
    ])
    .least(&["was there", "then next", "strict"]);
    let most = pipeline.conversion.iter().map(|row| size(row.reached.as_ref())).max().unwrap_or(0);
    for row in &pipeline.conversion {
        table.row([
            stage_name(pipeline, &row.stage).into(),
            number(row.reached.as_ref()).into(),
            bar(row.reached.as_ref(), most),
            number(row.reached_next.as_ref()).into(),
            percent(row.rate).into(),
            number(row.entered.as_ref()).into(),
            number(row.entered_next.as_ref()).into(),
            percent(row.strict_rate).into(),
        ]);
    }
    table
}

fn cohort(pipeline: &PipelineFunnel, cohort: &CohortFunnel) -> Table {
    let mut table = Table::new(&[
        ("step", Align::Telling),
        ("deals", Align::Right),
        ("", Align::Drawing(BAR)),
        ("of the cohort", Align::Right),
    ]);
    for step in &cohort.steps {
        table.row([
            stage_name(pipeline, &step.stage).into(),
            number(step.deals.as_ref()).into(),
            bar(step.deals.as_ref(), size(cohort.size.as_ref())),
            percent(step.rate).into(),
        ]);
    }
    table
}

fn balance(pipeline: &PipelineFunnel) -> Table {
    let mut table = Table::new(&[
        ("stage", Align::Telling),
        ("at start", Align::Right),
        ("entered", Align::Right),
        ("advanced", Align::Right),
        ("moved back", Align::Right),
        ("won", Align::Right),
        ("lost", Align::Right),
        ("still there", Align::Right),
    ])
    .least(&["moved back", "at start"]);
    for row in &pipeline.balance {
        table.row([
            stage_name(pipeline, &row.stage),
            number(row.at_start.as_ref()),
            number(row.entered.as_ref()),
            number(row.advanced.as_ref()),
            number(row.moved_back.as_ref()),
            number(row.won.as_ref()),
            number(row.lost.as_ref()),
            number(row.still_there.as_ref()),
        ]);
    }
    table
}

fn times(pipeline: &PipelineFunnel) -> Table {
    let mut table = Table::new(&[
        ("stage", Align::Telling),
        ("deals", Align::Right),
        ("still there", Align::Right),
        ("all visits", Align::Right),
        ("latest visit", Align::Right),
    ]);
    for row in &pipeline.time_in_stage {
        table.row([
            stage_name(pipeline, &row.stage),
            number(row.deals.as_ref()),
            number(row.censored.as_ref()),
            days(row.median_cumulative.as_ref()),
            days(row.median_latest.as_ref()),
        ]);
    }
    table
}

fn outcomes(rows: &[Outcomes]) -> Table {
    let mut table = Table::new(&[
        ("currency", Align::Left),
        ("won", Align::Right),
        ("lost", Align::Right),
        ("win rate", Align::Right),
        ("by value", Align::Right),
        ("won amount", Align::Right),
        ("lost amount", Align::Right),
        ("cycle", Align::Right),
        ("open", Align::Right),
        ("velocity a day", Align::Right),
    ])
    .least(&["by value", "open", "lost amount", "velocity a day", "cycle"]);
    for row in rows {
        let (name, currency) = match row.currency.as_str() {
            "*" => ("all", ""),
            "" => ("no amount", ""),
            currency => (currency, currency),
        };
        // A whole minor unit is finer than the measure.
        #[expect(clippy::cast_possible_truncation, reason = "saturates, far above any amount")]
        let velocity =
            row.velocity_minor_units_per_day.map(|velocity| money(velocity.round() as i128, currency));
        table.row([
            name.to_owned(),
            number(row.won.as_ref()),
            number(row.lost.as_ref()),
            percent(row.win_rate),
            percent(row.win_rate_value),
            amount(sum(row.won_minor_units, &row.won_minor_units_wide), currency),
            amount(sum(row.lost_minor_units, &row.lost_minor_units_wide), currency),
            days(row.sales_cycle.as_ref()),
            number(row.open.as_ref()),
            velocity.unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    table
}

fn competitors(pipeline: &PipelineFunnel) -> Table {
    let mut table = Table::new(&[
        ("competitor", Align::Telling),
        ("won", Align::Right),
        ("lost", Align::Right),
        ("win rate", Align::Right),
        ("", Align::Drawing(BAR)),
    ]);
    for row in &pipeline.competitors {
        table.row([
            row.competitor.clone().into(),
            number(row.won.as_ref()).into(),
            number(row.lost.as_ref()).into(),
            percent(row.win_rate).into(),
            Cell::Bar(row.win_rate.unwrap_or(0.0), 1.0),
        ]);
    }
    table
}

fn reasons(pipeline: &PipelineFunnel) -> Table {
    let mut table = Table::new(&[
        ("reason", Align::Telling),
        ("deals", Align::Right),
        ("", Align::Drawing(BAR)),
        ("amount", Align::Right),
    ]);
    let most = pipeline.loss_reasons.iter().map(|row| size(row.deals.as_ref())).max().unwrap_or(0);
    for row in &pipeline.loss_reasons {
        table.row([
            Cell::from(if row.reason.is_empty() { "(none given)".to_owned() } else { row.reason.clone() }),
            number(row.deals.as_ref()).into(),
            bar(row.deals.as_ref(), most),
            amount(sum(row.amount_minor_units, &row.amount_minor_units_wide), &row.currency).into(),
        ]);
    }
    table
}

fn leads(leads: &LeadFunnel) -> Table {
    let mut table = Table::new(&[
        ("step", Align::Telling),
        ("customers", Align::Right),
        ("", Align::Drawing(BAR)),
        ("rate", Align::Right),
        ("median time", Align::Right),
        ("from step", Align::Left),
    ]);
    let most = leads.steps.iter().map(|step| size(step.customers.as_ref())).max().unwrap_or(0);
    if most == 0 {
        return table;
    }
    for step in &leads.steps {
        table.row([
            step.step.clone().into(),
            number(step.customers.as_ref()).into(),
            bar(step.customers.as_ref(), most),
            percent(step.rate).into(),
            days(step.median_from_previous.as_ref()).into(),
            if step.from.is_empty() { "-" } else { &step.from }.to_owned().into(),
        ]);
    }
    table
}
