//! One row: what was measured how often, and how it is printed.

use std::{io::Write, time::Duration};

use hdrhistogram::Histogram;
use serde_json::json;

use crate::show::{Output, Page, count};

/// The longest time that is told apart from longer ones.
const LONGEST: Duration = Duration::from_secs(3_600);

/// Times of requests, to three digits, in microseconds.
pub(super) struct Times(Histogram<u64>);

impl Times {
    /// None yet.
    ///
    /// # Errors
    /// Never for these bounds; the library asks to be told.
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self(Histogram::new_with_bounds(1, micros(LONGEST), 3)?))
    }

    /// One more.
    pub(super) fn add(&mut self, time: Duration) {
        self.0.saturating_record(micros(time).max(1));
    }

    /// Those of another client.
    ///
    /// # Errors
    /// Never for histograms of these bounds.
    pub(super) fn merge(&mut self, other: &Self) -> anyhow::Result<()> {
        Ok(self.0.add(&other.0)?)
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// One run.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub(super) struct Run {
    /// Events (or questions) a second.
    pub rate: f64,
    /// Median of the times, in microseconds; 0 where nothing is timed one by one.
    pub p50_us: f64,
    /// 99th percentile.
    pub p99_us: f64,
    /// 99.9th percentile.
    pub p999_us: f64,
}

impl Run {
    /// So many events in so much time.
    pub(super) fn new(events: u64, elapsed: Duration, times: &Times) -> Self {
        let at = |quantile: f64| times.0.value_at_quantile(quantile) as f64;
        Self {
            rate: events as f64 / elapsed.as_secs_f64(),
            p50_us: at(0.5),
            p99_us: at(0.99),
            p999_us: at(0.999),
        }
    }

    /// The same without single times.
    pub(super) fn rate_only(events: u64, elapsed: Duration) -> Self {
        Self { rate: events as f64 / elapsed.as_secs_f64(), ..Self::default() }
    }
}

/// A row of the table.
#[derive(Default)]
pub(super) struct Row {
    /// The work, such as `append`.
    pub work: &'static str,
    /// What distinguishes the row, such as `streaming`.
    pub what: String,
    /// Clients, events a request, bytes an event; 0 where it does not apply.
    pub shape: (usize, usize, usize),
    /// What is counted in a second.
    pub unit: &'static str,
    /// The runs.
    pub runs: Vec<Run>,
    /// What the machine could do at most: a name, and its runs.
    pub limits: Vec<(&'static str, Vec<Run>)>,
    /// Other figures: a name, and a text.
    pub notes: Vec<(&'static str, String)>,
}

/// The median of one figure over the runs, with the lowest and the highest.
pub(super) fn median(runs: &[Run], figure: impl Fn(&Run) -> f64) -> (f64, f64, f64) {
    let mut values: Vec<f64> = runs.iter().map(figure).collect();
    values.sort_by(f64::total_cmp);
    let middle = values.get(values.len() / 2).copied().unwrap_or_default();
    (middle, values.first().copied().unwrap_or_default(), values.last().copied().unwrap_or_default())
}

/// Prints a row at once: a long measurement shows what it has.
///
/// # Errors
/// Stdout does not take it.
pub(super) fn print(row: &Row, output: Output) -> anyhow::Result<()> {
    let mut page = Page::stdout();
    match output {
        Output::Json => {
            serde_json::to_writer(&mut page, &as_json(row))?;
            writeln!(page)?;
        }
        Output::Table | Output::Csv => writeln!(page, "{}", as_line(row))?,
    }
    page.finish()
}

fn as_json(row: &Row) -> serde_json::Value {
    let (clients, batch, size) = row.shape;
    let limits: serde_json::Map<_, _> =
        row.limits.iter().map(|(name, runs)| ((*name).to_owned(), json!(runs))).collect();
    let notes: serde_json::Map<_, _> =
        row.notes.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
    json!({
        "work": row.work, "what": row.what, "clients": clients, "batch": batch, "size": size, "unit": row.unit,
        "rate": median(&row.runs, |run| run.rate).0, "p50_us": median(&row.runs, |run| run.p50_us).0,
        "p99_us": median(&row.runs, |run| run.p99_us).0, "p999_us": median(&row.runs, |run| run.p999_us).0,
        "runs": row.runs, "limits": limits, "notes": notes,
    })
}

fn as_line(row: &Row) -> String {
    let mut line = format!("{:<8} {:<22}", row.work, row.what);
    let (clients, batch, size) = row.shape;
    for (name, value) in [("clients", clients), ("batch", batch), ("size", size)] {
        if value > 0 {
            line.push_str(&format!(" {name}={value:<4}"));
        }
    }
    let (rate, low, high) = median(&row.runs, |run| run.rate);
    line.push_str(&format!("  {} {}/s [{} … {}]", whole(rate), row.unit, whole(low), whole(high)));
    let p50 = median(&row.runs, |run| run.p50_us);
    if p50.0 > 0.0 {
        let [p99, p999] =
            [|run: &Run| run.p99_us, |run: &Run| run.p999_us].map(|figure| median(&row.runs, figure).0);
        line.push_str(&format!("  p50={} [{} … {}]", time(p50.0), time(p50.1), time(p50.2)));
        line.push_str(&format!(" p99={} p99.9={}", time(p99), time(p999)));
    }
    for (name, runs) in &row.limits {
        let limit = median(runs, |run| run.rate).0;
        line.push_str(&format!("  {name}={}/s", whole(limit)));
        if limit > 0.0 {
            line.push_str(&format!(" ({:.0} %)", 100.0 * rate / limit));
        }
        let limit_p50 = median(runs, |run| run.p50_us).0;
        if limit_p50 > 0.0 {
            line.push_str(&format!(" p50={}", time(limit_p50)));
        }
    }
    for (name, text) in &row.notes {
        line.push_str(&format!("  {name}={text}"));
    }
    line
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates are positive and far below 2^64"
)]
fn whole(value: f64) -> String {
    if value < 100.0 { format!("{value:.1}") } else { count(value.round() as u64) }
}

/// Microseconds in the unit that is read at a glance.
pub(super) fn time(micros: f64) -> String {
    match micros {
        _ if micros < 1_000.0 => format!("{micros:.0} µs"),
        _ if micros < 100_000.0 => format!("{:.2} ms", micros / 1e3),
        _ => format!("{:.2} s", micros / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_the_median_with_the_lowest_and_the_highest() {
        let runs = [5.0, 1.0, 9.0].map(|rate| Run { rate, ..Run::default() });
        assert_eq!(median(&runs, |run| run.rate), (5.0, 1.0, 9.0));
        assert_eq!(median(&[], |run| run.rate), (0.0, 0.0, 0.0));
    }

    #[test]
    fn a_run_has_the_percentiles_of_its_times() {
        let mut times = Times::new().unwrap();
        for millis in 1..=1_000 {
            times.add(Duration::from_millis(millis));
        }
        let run = Run::new(1_000, Duration::from_secs(2), &times);
        assert!((run.rate - 500.0).abs() < 1e-9);
        for (found, expected) in [(run.p50_us, 500e3), (run.p99_us, 990e3), (run.p999_us, 999e3)] {
            assert!((found / expected - 1.0).abs() < 0.002, "{found} instead of {expected}");
        }
    }

    #[test]
    fn a_line_names_the_share_of_each_limit() {
        let runs = |rate| vec![Run { rate, p50_us: 80.0, ..Run::default() }];
        let row = Row {
            work: "append",
            what: "unary".to_owned(),
            shape: (16, 1, 300),
            unit: "events",
            runs: runs(8_000.0),
            limits: vec![("no-op", runs(16_000.0))],
            ..Row::default()
        };
        let line = as_line(&row);
        assert!(
            line.contains("clients=16") && line.contains("(50 %)") && line.contains("p50=80 µs"),
            "{line}"
        );
    }
}
