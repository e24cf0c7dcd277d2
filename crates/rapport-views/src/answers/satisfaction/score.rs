//! One score of one set of responses.

use rapport_proto::v1;

use super::{
    asked::Turnout,
    params::name_of,
    response::{Response, Scale},
};
use crate::{
    answers::tally::{Figures, Tally},
    rows::Instrument,
    stats::{Estimate, mean::mean, nps::net_promoter_score, share, wilson::percentage},
};

/// One question of one instrument, and the scale of its responses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) instrument: Instrument,
    pub(super) code: &'a str,
    pub(super) scale: Scale,
}

/// What a score is made of.
#[derive(Debug)]
pub(super) struct Counted<'a> {
    pub(super) question: Question<'a>,
    pub(super) group: &'a str,
    /// One for each customer and wave, by position.
    pub(super) responses: &'a [Response],
    pub(super) turnout: Turnout,
    /// The parts of the names of its figures, but for the last.
    pub(super) figure: [&'a str; 4],
}

/// Responses by what they say.
#[derive(Debug, Default)]
struct Opinions {
    positive: Tally,
    neutral: Tally,
    negative: Tally,
}

/// Which side of the middle a response is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opinion {
    Positive,
    Neutral,
    Negative,
}

impl Counted<'_> {
    /// The score, and its estimate for comparing it with others.
    pub(super) fn score(self, keep: bool, figures: &mut Figures) -> (v1::Score, Option<Estimate>) {
        let opinions = self.opinions(keep);
        let (estimate, standard_deviation) = self.estimate(&opinions);
        let mut responses = Tally::default();
        for response in self.responses {
            responses.add(keep, || response.hit());
        }
        let (expectation_met, expectation_exceeded) = self.expectation();
        let interval = estimate.and_then(|estimate| estimate.interval);
        let response_rate = self.turnout.rate();
        let unknown = self.responses.iter().filter(|response| !response.turn().0.is_known()).count();
        let scale = (!self.responses.is_empty()).then(|| self.question.scale.ends());
        let [view, instrument, question, row] = self.figure;
        let mut figure = |what, tally| figures.write(&[view, instrument, question, row, what], tally);
        let score = v1::Score {
            instrument: name_of(self.question.instrument).to_owned(),
            question: self.question.code.to_owned(),
            group: self.group.to_owned(),
            answers: figure("answers", responses),
            score: estimate.map(|estimate| estimate.value),
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
            positive: figure("positive", opinions.positive),
            neutral: figure("neutral", opinions.neutral),
            negative: figure("negative", opinions.negative),
            sent: figure("sent", self.turnout.asked),
            response_rate,
            expectation_met,
            expectation_exceeded,
            better: self.question.scale.better().to_owned(),
            standard_deviation,
            answers_without_customer: unknown as u64,
            sent_without_customer: self.turnout.asked_unknown,
            scale_min: scale.map(|(min, _)| min),
            scale_max: scale.map(|(_, max)| max),
        };
        (score, estimate)
    }

    fn opinions(&self, keep: bool) -> Opinions {
        let mut opinions = Opinions::default();
        for response in self.responses {
            let value = response.value_on(self.question.scale.upright());
            let side = match opinion(self.question.instrument, value) {
                None => continue,
                Some(Opinion::Positive) => &mut opinions.positive,
                Some(Opinion::Neutral) => &mut opinions.neutral,
                Some(Opinion::Negative) => &mut opinions.negative,
            };
            side.add(keep, || response.hit());
        }
        opinions
    }

    /// The score with its interval, and the standard deviation where the score is a mean.
    fn estimate(&self, opinions: &Opinions) -> (Option<Estimate>, Option<f64>) {
        let (positive, negative) = (opinions.positive.count, opinions.negative.count);
        let all = positive + negative + opinions.neutral.count;
        match self.question.instrument {
            Instrument::Nps => (net_promoter_score(positive, negative, all), None),
            Instrument::Csat => (percentage(positive, all), None),
            Instrument::Ces | Instrument::Custom => {
                let values: Vec<_> =
                    self.responses.iter().map(|response| response.value_on(self.question.scale)).collect();
                let mean = mean(&values);
                (mean.map(|mean| mean.estimate), mean.and_then(|mean| mean.standard_deviation))
            }
        }
    }

    /// The shares that say as expected or better, and better.
    fn expectation(&self) -> (Option<f64>, Option<f64>) {
        let said = || self.responses.iter().filter_map(|response| response.row.expectation);
        let count = |wanted: &dyn Fn(i8) -> bool| said().filter(|said| wanted(*said)).map(|_| 1).sum();
        let all = count(&|_| true);
        (share(count(&|said| said >= 0), all), share(count(&|said| said > 0), all))
    }
}

/// What a value says, on a scale whose high end is the good one.
pub(crate) fn opinion(instrument: Instrument, value: f64) -> Option<Opinion> {
    let (neutral_from, positive_from) = match instrument {
        Instrument::Nps => (7.0, 9.0),
        Instrument::Csat => (3.0, 4.0),
        Instrument::Ces | Instrument::Custom => return None,
    };
    Some(match value {
        value if value >= positive_from => Opinion::Positive,
        value if value >= neutral_from => Opinion::Neutral,
        _ => Opinion::Negative,
    })
}
