//! What the tables of satisfaction leave out, or count in another way than it seems: a line below the table.

use rapport_proto::v1::{Figure, SatisfactionResponse, Score};

use super::tables::ROLLING_MAX;
use crate::show::{Page, count, counted, note};

fn size(figure: Option<&Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

fn total(answer: &SatisfactionResponse, of: impl Fn(&Score) -> u64) -> u64 {
    answer.scores.iter().map(of).sum()
}

/// `12 answers`, in a note that says why they are left out.
fn left_out(page: &mut Page, answers: u64, of_what: &str, why: &str) -> anyhow::Result<()> {
    if answers == 0 {
        return Ok(());
    }
    note(page, &format!("left out{of_what}: {} {why}", counted(answers, "answer", "answers")))
}

/// Answers that name no customer, and those that are on another scale than their instrument's.
pub fn scores(page: &mut Page, answer: &SatisfactionResponse) -> anyhow::Result<()> {
    let unsigned = total(answer, |score| score.answers_without_customer);
    if unsigned > 0 {
        let all = counted(total(answer, |score| size(score.answers.as_ref())), "answer", "answers");
        note(page, &format!("{} of {all} without a customer: each counts by itself", count(unsigned)))?;
    }
    left_out(page, answer.answers_off_scale, "", "on a scale that the instrument does not have")
}

/// Askings that name no customer.
pub fn asked(page: &mut Page, answer: &SatisfactionResponse) -> anyhow::Result<()> {
    let unknown = total(answer, |score| score.sent_without_customer);
    if unknown == 0 {
        return Ok(());
    }
    let all = count(total(answer, |score| size(score.sent.as_ref())));
    note(page, &format!("left out of the response: {} of {all} asked, without a customer", count(unknown)))
}

/// Answers that belong to no wave.
pub fn trend(page: &mut Page, answer: &SatisfactionResponse) -> anyhow::Result<()> {
    let without = if answer.trend.is_empty() { 0 } else { answer.answers_without_wave };
    left_out(page, without, "", "without a wave")
}

/// Points before those that are shown.
pub fn rolling(page: &mut Page, answer: &SatisfactionResponse) -> anyhow::Result<()> {
    let series = answer.rolling.chunk_by(|a, b| a.instrument == b.instrument && a.question == b.question);
    let shown: usize = series.clone().map(|points| points.len().min(ROLLING_MAX)).sum();
    if shown == answer.rolling.len() {
        return Ok(());
    }
    let of_each = if series.count() == 1 { "" } else { " of each question" };
    let (shown, all) = (count(shown as u64), count(answer.rolling.len() as u64));
    note(
        page,
        &format!("the last {ROLLING_MAX} months{of_each}: {shown} of {all} rows; `--output csv` has all"),
    )
}

/// Answers that give no importance.
pub fn attributes(page: &mut Page, answer: &SatisfactionResponse) -> anyhow::Result<()> {
    let without = if answer.attributes.is_empty() { 0 } else { answer.answers_without_importance };
    left_out(page, without, " of importance and performance", "without an importance")
}

/// Answers that no company's contact gave.
pub fn companies(page: &mut Page, answer: &SatisfactionResponse) -> anyhow::Result<()> {
    let without = answer.answers_without_company;
    left_out(page, without, " of the companies", "not given by a contact of one")
}
