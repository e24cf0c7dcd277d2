//! What the tables of satisfaction leave out or count in a way of its own: a line below each, where there is something to
//! say.

use std::io::Write;

use rapport_proto::v1::{Figure, SatisfactionResponse, Score};

use super::tables::ROLLING_MAX;
use crate::show::{Page, count, counted};

fn size(figure: Option<&Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

fn total(answer: &SatisfactionResponse, of: impl Fn(&Score) -> u64) -> u64 {
    answer.scores.iter().map(of).sum()
}

/// Answers that name no customer, and those that are on another scale than their instrument's.
pub fn scores(page: &mut Page, answer: &SatisfactionResponse) -> anyhow::Result<()> {
    let unsigned = total(answer, |score| score.answers_without_customer);
    if unsigned > 0 {
        let all = counted(total(answer, |score| size(score.answers.as_ref())), "answer", "answers");
        writeln!(page, "{} of {all} without a customer: each counts by itself", count(unsigned))?;
    }
    if answer.answers_off_scale > 0 {
        let left_out = counted(answer.answers_off_scale, "answer", "answers");
        writeln!(page, "left out: {left_out} on a scale that the instrument does not have")?;
    }
    Ok(())
}

/// Askings that name no customer.
pub fn asked(page: &mut Page, answer: &SatisfactionResponse) -> anyhow::Result<()> {
    let unknown = total(answer, |score| score.sent_without_customer);
    if unknown > 0 {
        let all = count(total(answer, |score| size(score.sent.as_ref())));
        writeln!(page, "left out of the response: {} of {all} asked, without a customer", count(unknown))?;
    }
    Ok(())
}

/// Answers that belong to no wave.
pub fn trend(page: &mut Page, answer: &SatisfactionResponse) -> anyhow::Result<()> {
    if answer.answers_without_wave > 0 && !answer.trend.is_empty() {
        writeln!(
            page,
            "left out: {} without a wave",
            counted(answer.answers_without_wave, "answer", "answers")
        )?;
    }
    Ok(())
}

/// Points before those that are shown.
pub fn rolling(page: &mut Page, answer: &SatisfactionResponse) -> anyhow::Result<()> {
    let series = answer.rolling.chunk_by(|a, b| a.instrument == b.instrument && a.question == b.question);
    let shown: usize = series.clone().map(|points| points.len().min(ROLLING_MAX)).sum();
    if shown < answer.rolling.len() {
        let of_each = if series.count() == 1 { "" } else { " of each question" };
        writeln!(
            page,
            "the last {ROLLING_MAX} months{of_each}: {} of {} rows; `--output csv` has all",
            count(shown as u64),
            count(answer.rolling.len() as u64)
        )?;
    }
    Ok(())
}

/// Answers of whoever is no company's contact.
pub fn companies(page: &mut Page, answer: &SatisfactionResponse) -> anyhow::Result<()> {
    if answer.answers_without_company > 0 {
        let left_out = counted(answer.answers_without_company, "answer", "answers");
        writeln!(page, "left out of the companies: {left_out} not given by a contact of one")?;
    }
    Ok(())
}
