//! Satisfaction for people.

use std::io::Write;

use rapport_proto::v1::{AttributePoint, Figure, RollingPoint, SatisfactionResponse, Score, WaveTrend};

use super::{super::view_time::print_meta, notes};
use crate::show::{Align, Cell, Page, Table, Zone, count, digits_of, fixed, percent, score};

const BAR: usize = 31;
/// Rolling points shown of a question: the last year and a bit.
pub(super) const ROLLING_MAX: usize = 13;

/// Prints every part that the answer has.
pub fn print(page: &mut Page, answer: &SatisfactionResponse, zone: &Zone) -> anyhow::Result<()> {
    print_meta(page, "satisfaction", answer.meta.as_ref(), zone)?;
    if answer.scores.is_empty() {
        writeln!(page, "\nno answers")?;
    }
    scores(&answer.scores).print(page, "scores")?;
    notes::scores(page, answer)?;
    expectations(&answer.scores).print(page, "who answered, and what they had expected")?;
    notes::asked(page, answer)?;
    trend(&answer.trend).print(page, "from wave to wave (* a difference beyond chance)")?;
    notes::trend(page, answer)?;
    rolling(&answer.rolling, zone).print(page, "rolling 90 days")?;
    notes::rolling(page, answer)?;
    attributes(&answer.attributes).print(page, "importance and performance")?;
    notes::attributes(page, answer)?;
    companies(answer).print(page, "companies")?;
    notes::companies(page, answer)
}

fn size(figure: Option<&Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

fn number(figure: Option<&Figure>) -> String {
    count(size(figure))
}

fn or_dash(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.to_owned() }
}

/// The ends of an instrument's scale, as far as all rows share them.
fn scale(instrument: &str) -> Option<(f64, f64)> {
    match instrument {
        "nps" => Some((-100.0, 100.0)),
        "csat" => Some((0.0, 100.0)),
        "ces" => Some((1.0, 7.0)),
        _ => None,
    }
}

/// Digits behind the point: about two hundred steps on the scale of the score, and the interval no point.
fn digits(score: &Score) -> usize {
    let interval = score.low.zip(score.high).map_or(0.0, |(low, high)| high - low);
    let ends = match score.instrument.as_str() {
        "nps" | "csat" => scale(&score.instrument),
        _ => score.scale_min.zip(score.scale_max),
    };
    digits_on(ends).max(digits_of(interval / 2.0))
}

/// Digits behind the point of a mean on a scale; one where the scale is not known.
fn digits_on(scale: Option<(f64, f64)>) -> usize {
    scale.map_or(1, |(min, max)| digits_of((max - min) / 200.0)).max(1)
}

fn number_of(row: &Score) -> String {
    score(row.score, digits(row))
}

fn span(score: &Score) -> String {
    match (score.low, score.high) {
        (Some(low), Some(high)) => {
            let digits = digits(score);
            format!("[{}, {}]", fixed(low, digits), fixed(high, digits))
        }
        _ => "-".to_owned(),
    }
}

fn picture(score: &Score) -> Cell {
    match (score.low, score.score, score.high, scale(&score.instrument)) {
        (Some(low), Some(middle), Some(high), Some(scale)) => Cell::Interval((low, middle, high), scale),
        _ => String::new().into(),
    }
}

fn scores(scores: &[Score]) -> Table {
    let mut table = Table::new(&[
        ("instrument", Align::Left),
        ("question", Align::Cut),
        ("group", Align::Telling),
        ("n", Align::Right),
        ("score", Align::Right),
        ("95 %", Align::Right),
        ("", Align::Drawing(BAR)),
        ("+", Align::Right),
        ("0", Align::Right),
        ("−", Align::Right),
    ])
    .least(&["0", "−", "+"]);
    for row in scores {
        let counted = row.instrument == "nps" || row.instrument == "csat";
        let part = |figure: &Option<Figure>| if counted { number(figure.as_ref()) } else { "-".to_owned() };
        table.row([
            row.instrument.clone().into(),
            or_dash(&row.question).into(),
            or_dash(&row.group).into(),
            number(row.answers.as_ref()).into(),
            number_of(row).into(),
            span(row).into(),
            picture(row),
            part(&row.positive).into(),
            part(&row.neutral).into(),
            part(&row.negative).into(),
        ]);
    }
    table
}

/// Only where the ledger has askings, or answers with expectations.
fn expectations(scores: &[Score]) -> Table {
    let mut table = Table::new(&[
        ("instrument", Align::Left),
        ("question", Align::Cut),
        ("group", Align::Telling),
        ("asked", Align::Right),
        ("response", Align::Right),
        ("", Align::Drawing(BAR / 2)),
        ("as expected or better", Align::Right),
        ("better", Align::Right),
    ]);
    for row in scores.iter().filter(|row| size(row.sent.as_ref()) > 0 || row.expectation_met.is_some()) {
        table.row([
            row.instrument.clone().into(),
            or_dash(&row.question).into(),
            or_dash(&row.group).into(),
            number(row.sent.as_ref()).into(),
            percent(row.response_rate).into(),
            Cell::Bar(row.response_rate.unwrap_or(0.0), 1.0),
            percent(row.expectation_met).into(),
            percent(row.expectation_exceeded).into(),
        ]);
    }
    table
}

fn trend(rows: &[WaveTrend]) -> Table {
    let mut table = Table::new(&[
        ("instrument", Align::Left),
        ("question", Align::Telling),
        ("wave", Align::Left),
        ("n", Align::Right),
        ("score", Align::Right),
        ("95 %", Align::Right),
        ("", Align::Drawing(BAR)),
        ("z", Align::Right),
    ])
    .least(&["z"]);
    for row in rows {
        let wave = row.score.clone().unwrap_or_default();
        let mark = if row.significant { " *" } else { "" };
        table.row([
            row.instrument.clone().into(),
            or_dash(&row.question).into(),
            or_dash(&row.wave).into(),
            number(wave.answers.as_ref()).into(),
            number_of(&wave).into(),
            span(&wave).into(),
            picture(&wave),
            row.z.map(|z| fixed(z, 2) + mark).unwrap_or_default().into(),
        ]);
    }
    table
}

fn rolling(points: &[RollingPoint], zone: &Zone) -> Table {
    let mut table = Table::new(&[
        ("instrument", Align::Left),
        ("question", Align::Telling),
        ("until", Align::Left),
        ("n", Align::Right),
        ("score", Align::Right),
        ("95 %", Align::Right),
        ("", Align::Drawing(BAR)),
    ]);
    for series in points.chunk_by(|a, b| a.instrument == b.instrument && a.question == b.question) {
        for point in series.iter().skip(series.len().saturating_sub(ROLLING_MAX)) {
            let score_then = point.score.clone().unwrap_or_default();
            table.row([
                point.instrument.clone().into(),
                or_dash(&point.question).into(),
                zone.day(point.until.as_ref()).into(),
                number(score_then.answers.as_ref()).into(),
                number_of(&score_then).into(),
                span(&score_then).into(),
                picture(&score_then),
            ]);
        }
    }
    table
}

fn attributes(points: &[AttributePoint]) -> Table {
    let mut table = Table::new(&[
        ("question", Align::Telling),
        ("n", Align::Right),
        ("importance", Align::Right),
        ("", Align::Drawing(BAR / 2)),
        ("performance", Align::Right),
        ("", Align::Drawing(BAR / 2)),
        ("so", Align::Left),
    ]);
    for point in points {
        table.row([
            or_dash(&point.question).into(),
            number(point.answers.as_ref()).into(),
            percent(Some(point.importance)).into(),
            Cell::Bar(point.importance, 1.0),
            percent(Some(point.performance)).into(),
            Cell::Bar(point.performance, 1.0),
            point.quadrant.clone().into(),
        ]);
    }
    table
}

fn companies(answer: &SatisfactionResponse) -> Table {
    let mut table = Table::new(&[
        ("company", Align::Telling),
        ("instrument", Align::Left),
        ("question", Align::Cut),
        ("contacts", Align::Right),
        ("mean", Align::Right),
    ]);
    for row in &answer.companies {
        let of = |score: &&Score| score.instrument == row.instrument && score.question == row.question;
        let scale = answer.scores.iter().find(of).and_then(|score| score.scale_min.zip(score.scale_max));
        table.row([
            row.company.clone(),
            row.instrument.clone(),
            or_dash(&row.question),
            number(row.contacts.as_ref()),
            score(Some(row.mean), digits_on(scale)),
        ]);
    }
    table
}
