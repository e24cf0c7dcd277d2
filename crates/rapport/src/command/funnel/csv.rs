//! The funnel for spreadsheets: one value a line, so that every measure fits one set of columns.

use rapport_proto::{
    time::duration_from_proto,
    v1::{Figure, FunnelResponse, PipelineFunnel},
};

use super::sum;
use crate::show::{Page, money_plain, plain_number};

/// `pipeline, measure, row, currency, quantity, value, figure`; `row` is the stage, competitor, reason or step.
/// Counts have the figure's key; amounts are decimal, rates shares of 1, times seconds.
pub fn print(page: &mut Page, answer: &FunnelResponse) -> anyhow::Result<()> {
    let mut lines = Lines { csv: csv::Writer::from_writer(page), measure: "", pipeline: "" };
    lines.csv.write_record(["pipeline", "measure", "row", "currency", "quantity", "value", "figure"])?;
    for pipeline in &answer.pipelines {
        lines.pipeline = &pipeline.pipeline;
        lines.stages(pipeline)?;
        lines.outcomes(pipeline)?;
    }
    lines.pipeline = "";
    lines.measure = "leads";
    for step in answer.leads.iter().flat_map(|leads| &leads.steps) {
        lines.count(&step.step, "", "customers", step.customers.as_ref())?;
        lines.number(&step.step, "without_customer", step.without_customer)?;
        lines.line(&step.step, "", "from", &step.from, "")?;
        lines.rate(&step.step, "", "rate", step.rate)?;
        lines.seconds(&step.step, "", "median_from_previous", step.median_from_previous.as_ref())?;
    }
    if let Some(leads) = &answer.leads {
        lines.count("rejected", "", "customers", leads.rejected.as_ref())?;
        lines.count("left_out", "", "events", leads.left_out.as_ref())?;
    }
    Ok(lines.csv.flush()?)
}

struct Lines<'a, W: std::io::Write> {
    csv: csv::Writer<W>,
    pipeline: &'a str,
    measure: &'static str,
}

impl<'a, W: std::io::Write> Lines<'a, W> {
    fn line(
        &mut self,
        row: &str,
        currency: &str,
        quantity: &str,
        value: &str,
        figure: &str,
    ) -> anyhow::Result<()> {
        Ok(self.csv.write_record([self.pipeline, self.measure, row, currency, quantity, value, figure])?)
    }

    fn count(
        &mut self,
        row: &str,
        currency: &str,
        quantity: &str,
        figure: Option<&Figure>,
    ) -> anyhow::Result<()> {
        let Some(figure) = figure else { return Ok(()) };
        self.line(row, currency, quantity, &figure.count.to_string(), &figure.figure)
    }

    fn number(&mut self, row: &str, quantity: &str, number: u64) -> anyhow::Result<()> {
        self.line(row, "", quantity, &number.to_string(), "")
    }

    fn amount(
        &mut self,
        row: &str,
        currency: &str,
        quantity: &str,
        minor_units: Option<i128>,
    ) -> anyhow::Result<()> {
        match minor_units.filter(|_| !currency.is_empty() && currency != "*") {
            Some(minor_units) => self.line(row, currency, quantity, &money_plain(minor_units, currency), ""),
            None => Ok(()),
        }
    }

    fn rate(&mut self, row: &str, currency: &str, quantity: &str, rate: Option<f64>) -> anyhow::Result<()> {
        self.line(row, currency, quantity, &plain_number(rate), "")
    }

    fn seconds(
        &mut self,
        row: &str,
        currency: &str,
        quantity: &str,
        length: Option<&prost_types::Duration>,
    ) -> anyhow::Result<()> {
        let micros = length.and_then(duration_from_proto);
        self.line(row, currency, quantity, &plain_number(micros.map(|micros| micros as f64 / 1e6)), "")
    }

    fn stages(&mut self, pipeline: &'a PipelineFunnel) -> anyhow::Result<()> {
        self.measure = "snapshot";
        for row in &pipeline.snapshot {
            self.count(&row.stage, &row.currency, "deals", row.deals.as_ref())?;
            let amount = sum(row.amount_minor_units, &row.amount_minor_units_wide);
            self.amount(&row.stage, &row.currency, "amount", amount)?;
            let weighted = sum(row.weighted_minor_units, &row.weighted_minor_units_wide);
            self.amount(&row.stage, &row.currency, "weighted", weighted)?;
        }
        if pipeline.open_without_stage > 0 {
            self.number("", "open_without_stage", pipeline.open_without_stage)?;
        }
        self.measure = "conversion";
        for row in &pipeline.conversion {
            self.count(&row.stage, "", "reached", row.reached.as_ref())?;
            self.count(&row.stage, "", "reached_next", row.reached_next.as_ref())?;
            self.rate(&row.stage, "", "rate", row.rate)?;
            self.count(&row.stage, "", "entered", row.entered.as_ref())?;
            self.count(&row.stage, "", "entered_next", row.entered_next.as_ref())?;
            self.rate(&row.stage, "", "strict_rate", row.strict_rate)?;
        }
        self.measure = "cohort";
        if let Some(cohort) = &pipeline.cohort {
            self.count("", "", "size", cohort.size.as_ref())?;
            self.line("", "", "immature", if cohort.immature { "true" } else { "false" }, "")?;
            for step in &cohort.steps {
                self.count(&step.stage, "", "deals", step.deals.as_ref())?;
                self.rate(&step.stage, "", "rate", step.rate)?;
            }
        }
        self.balance(pipeline)
    }

    fn balance(&mut self, pipeline: &'a PipelineFunnel) -> anyhow::Result<()> {
        self.measure = "balance";
        for row in &pipeline.balance {
            let figures = [
                ("at_start", &row.at_start),
                ("entered", &row.entered),
                ("advanced", &row.advanced),
                ("moved_back", &row.moved_back),
                ("won", &row.won),
                ("lost", &row.lost),
                ("still_there", &row.still_there),
            ];
            for (quantity, figure) in figures {
                self.count(&row.stage, "", quantity, figure.as_ref())?;
            }
        }
        self.measure = "time_in_stage";
        for row in &pipeline.time_in_stage {
            self.count(&row.stage, "", "deals", row.deals.as_ref())?;
            self.count(&row.stage, "", "censored", row.censored.as_ref())?;
            self.seconds(&row.stage, "", "median_cumulative", row.median_cumulative.as_ref())?;
            self.seconds(&row.stage, "", "median_latest", row.median_latest.as_ref())?;
        }
        Ok(())
    }

    fn outcomes(&mut self, pipeline: &'a PipelineFunnel) -> anyhow::Result<()> {
        self.measure = "outcomes";
        for row in &pipeline.outcomes {
            let currency = row.currency.as_str();
            self.count("", currency, "won", row.won.as_ref())?;
            self.count("", currency, "lost", row.lost.as_ref())?;
            let (won, lost) = (&row.won_minor_units_wide, &row.lost_minor_units_wide);
            self.amount("", currency, "won_amount", sum(row.won_minor_units, won))?;
            self.amount("", currency, "lost_amount", sum(row.lost_minor_units, lost))?;
            self.rate("", currency, "win_rate", row.win_rate)?;
            self.rate("", currency, "win_rate_value", row.win_rate_value)?;
            self.seconds("", currency, "sales_cycle", row.sales_cycle.as_ref())?;
            self.count("", currency, "open", row.open.as_ref())?;
            self.rate("", currency, "velocity_minor_units_per_day", row.velocity_minor_units_per_day)?;
        }
        if let Some(row) = pipeline.outcomes.first() {
            self.number("", "closed_without_amount", row.closed_without_amount)?;
            self.number("", "open_without_amount", row.open_without_amount)?;
        }
        self.measure = "competitors";
        for row in &pipeline.competitors {
            self.count(&row.competitor, "", "won", row.won.as_ref())?;
            self.count(&row.competitor, "", "lost", row.lost.as_ref())?;
            self.rate(&row.competitor, "", "win_rate", row.win_rate)?;
        }
        self.measure = "loss_reasons";
        for row in &pipeline.loss_reasons {
            self.count(&row.reason, &row.currency, "deals", row.deals.as_ref())?;
            let amount = sum(row.amount_minor_units, &row.amount_minor_units_wide);
            self.amount(&row.reason, &row.currency, "amount", amount)?;
        }
        Ok(())
    }
}
