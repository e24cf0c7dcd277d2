//! What some responses to one question say.

use rapport_proto::v1;

use super::{counter::Counter, subject::Subject};
use crate::{
    answers::satisfaction::{
        Opinion, opinion,
        response::{Response, Scale},
    },
    rows::{Instrument, ObjectId},
    stats::{Estimate, mean, mean::Mean, nps::net_promoter_score, share, wilson::percentage},
};

/// Of responses by position. `name` begins the names of its figures.
pub(super) fn measures(
    of: &[&Response],
    subject: &Subject,
    name: &[&str],
    counter: &mut Counter,
) -> v1::ScoreMeasures {
    let n = of.len() as u64;
    let mut figure = Named { name, counter };
    let mean = mean_of(of, subject.scale);
    let [negative, positive] = [Opinion::Negative, Opinion::Positive]
        .map(|side| of.iter().copied().filter(|one| side_of(one, subject) == side).collect::<Vec<_>>());
    let score = score(subject.instrument, (positive.len() as u64, negative.len() as u64, n), mean.as_ref());
    let said: Vec<&Response> = of.iter().copied().filter(|one| one.row.expectation.is_some()).collect();
    let compared = |least: i8| -> Vec<&Response> {
        said.iter().copied().filter(|one| one.row.expectation.is_some_and(|said| said >= least)).collect()
    };
    let (met, exceeded) = (compared(0), compared(1));
    let unsigned = of.iter().copied().filter(|one| one.customer == ObjectId::NOBODY).collect::<Vec<_>>();
    let ends = mean.as_ref().and_then(|mean| mean.estimate.interval);
    let score_ends = score.and_then(|score| score.interval);
    v1::ScoreMeasures {
        answers: figure.count(&["answers"], of),
        customers: figure.customers(of),
        answers_without_customer: figure.count(&["answers_without_customer"], &unsigned),
        mean: mean.as_ref().map(|mean| mean.estimate.value),
        mean_low: ends.map(|(low, _)| low),
        mean_high: ends.map(|(_, high)| high),
        standard_deviation: mean.as_ref().and_then(|mean| mean.standard_deviation),
        score: score.map(|score| score.value),
        score_low: score_ends.map(|(low, _)| low),
        score_high: score_ends.map(|(_, high)| high),
        negative: figure.share("negative", &negative, n),
        positive: figure.share("positive", &positive, n),
        distribution: distribution(of, subject, &mut figure),
        with_expectation: figure.count(&["with_expectation"], &said),
        expectation_met: figure.share("expectation_met", &met, said.len() as u64),
        expectation_exceeded: figure.share("expectation_exceeded", &exceeded, said.len() as u64),
    }
}

/// Of the values as they are on a scale.
pub(super) fn mean_of(of: &[&Response], scale: Scale) -> Option<Mean> {
    let values: Vec<f64> = of.iter().map(|response| response.value_on(scale)).collect();
    mean::mean(&values)
}

/// The score as satisfaction has it, of so many positive, negative and all.
fn score(
    instrument: Instrument,
    (positive, negative, all): (u64, u64, u64),
    mean: Option<&Mean>,
) -> Option<Estimate> {
    match instrument {
        Instrument::Nps => net_promoter_score(positive, negative, all),
        Instrument::Csat => percentage(positive, all),
        Instrument::Ces | Instrument::Custom => mean.map(|mean| mean.estimate),
    }
}

/// The score, the mean and the part of negative ones of a window.
pub(super) fn of_window(
    of: &[&Response],
    subject: &Subject,
) -> (Option<Mean>, Option<Estimate>, Option<f64>) {
    let n = of.len() as u64;
    let on = |side: Opinion| of.iter().filter(|one| side_of(one, subject) == side).count() as u64;
    let (positive, negative) = (on(Opinion::Positive), on(Opinion::Negative));
    let mean = mean_of(of, subject.scale);
    let score = score(subject.instrument, (positive, negative, n), mean.as_ref());
    (mean, score, share(negative, n))
}

/// On which side of the middle a response is. Where satisfaction knows none, it is the bottom or the top two fifths of the
/// scale: of 1 to 5 that is the bottom and the top two, and of 1 to 7 three.
fn side_of(response: &Response, subject: &Subject) -> Opinion {
    let upright = subject.scale.upright();
    let value = response.value_on(upright);
    opinion(subject.instrument, value).unwrap_or_else(|| {
        let (min, max) = upright.ends();
        // Without a division, so that whole numbers are compared exactly.
        let (reached, whole) = (5.0 * (value - min), max - min);
        if reached < 2.0 * whole {
            Opinion::Negative
        } else if reached > 3.0 * whole {
            Opinion::Positive
        } else {
            Opinion::Neutral
        }
    })
}

fn distribution(of: &[&Response], subject: &Subject, figure: &mut Named<'_>) -> Vec<v1::ScorePoint> {
    let points = subject.points.distributed(of, |one| one.value_on(subject.scale));
    let point = |((from, to), own): ((f64, f64), Vec<&&Response>)| {
        let own: Vec<&Response> = own.into_iter().copied().collect();
        v1::ScorePoint {
            from,
            to,
            answers: figure.count(&["at", &from.to_string()], &own),
            share: share(own.len() as u64, of.len() as u64),
        }
    };
    points.into_iter().map(point).collect()
}

/// Counts under names that begin alike.
struct Named<'a> {
    name: &'a [&'a str],
    counter: &'a mut Counter,
}

impl Named<'_> {
    fn count(&mut self, what: &[&str], of: &[&Response]) -> Option<v1::Figure> {
        self.counter.count(&[self.name, what].concat(), of.iter().copied())
    }

    fn customers(&mut self, of: &[&Response]) -> Option<v1::Figure> {
        self.counter.customers(&[self.name, &["customers"]].concat(), of.iter().copied())
    }

    fn share(&mut self, what: &str, of: &[&Response], all: u64) -> Option<v1::ScoreShare> {
        let estimate = percentage(of.len() as u64, all);
        let ends = estimate.and_then(|estimate| estimate.interval);
        Some(v1::ScoreShare {
            answers: self.count(&[what], of),
            share: share(of.len() as u64, all),
            low: ends.map(|(low, _)| low / 100.0),
            high: ends.map(|(_, high)| high / 100.0),
        })
    }
}
