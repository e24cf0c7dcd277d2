//! Satisfaction computed again, by asking every answer about every other one.

use std::{collections::BTreeSet, f64::consts::PI};

use rapport_model::{Position, Timestamp};
use rapport_proto::{time, v1};
use rapport_views::rows::{Instrument, ObjectId, ResponseRow, SentRow, Symbol};

use super::{
    DAY,
    funnel_oracle::{count, rate},
    surveys::{INSTRUMENTS, Survey, TEXTS},
};

const NAMES: [&str; 4] = ["nps", "csat", "ces", "custom"];
/// A customer, or the event that names none.
type Who = (ObjectId, Option<Position>);
/// No question is asked of the answers' moment.
const ALWAYS: (i64, i64) = (i64::MIN, i64::MAX);

struct Series<'a> {
    survey: &'a Survey,
    instrument: usize,
    question: &'static str,
    all: Vec<ResponseRow>,
}

fn text(symbol: Symbol) -> &'static str {
    TEXTS[symbol.0 as usize]
}

fn period(survey: &Survey) -> (i64, i64) {
    let moment = |given: &Option<prost_types::Timestamp>| {
        given.as_ref().and_then(time::from_proto).map(Timestamp::as_micros)
    };
    let end = survey.as_of.occurred_until.as_micros() + 1;
    let (from, to) = (moment(&survey.request.period_from), moment(&survey.request.period_to));
    (from.unwrap_or(i64::MIN), to.unwrap_or(i64::MAX).min(end))
}

fn is_in(moment: Timestamp, (from, to): (i64, i64)) -> bool {
    moment.as_micros() >= from && moment.as_micros() < to
}

pub(crate) fn answer(survey: &Survey) -> v1::SatisfactionResponse {
    let mut response = v1::SatisfactionResponse::default();
    let as_of = v1::AsOf {
        occurred_until: Some(time::to_proto(survey.as_of.occurred_until)),
        recorded_until: Some(time::to_proto(survey.as_of.recorded_until)),
    };
    response.meta = Some(v1::ViewMeta { as_of: Some(as_of), ..v1::ViewMeta::default() });
    let mut silent = Vec::new();
    for instrument in 0..INSTRUMENTS.len() {
        let mut questions = TEXTS;
        questions.sort_unstable();
        let all = questions.map(|question| Series::of(survey, instrument, question));
        if all.iter().all(|series| series.all.is_empty()) {
            silent.extend(Series::of(survey, instrument, "").scores());
        }
        for series in all.iter().filter(|series| !series.all.is_empty()) {
            response.scores.extend(series.scores());
            response.trend.extend(series.trend());
            response.rolling.extend(series.rolling());
            response.companies.extend(series.companies());
            let latest = series.latest(ALWAYS);
            let outside = latest
                .iter()
                .filter(|row| row.customer.0 == 0 || survey.identity.organisation(row.customer).is_none());
            response.answers_without_company += outside.count() as u64;
            response.answers_without_wave += latest.iter().filter(|row| row.wave.0 == 0).count() as u64;
            response.answers_without_importance +=
                latest.iter().filter(|row| row.importance.is_none()).count() as u64;
        }
    }
    response.scores.extend(silent);
    response.attributes = attributes(survey);
    let asked_for = |row: &&ResponseRow| is_in(row.occurred_at, period(survey));
    response.answers_off_scale =
        survey.answers.iter().filter(asked_for).filter(|row| !standard(row)).count() as u64;
    response.companies.sort_by(|a, b| a.company.cmp(&b.company));
    response
}

fn standard(row: &ResponseRow) -> bool {
    match row.instrument {
        Instrument::Nps => row.scale_min == 0.0 && row.scale_max == 10.0,
        Instrument::Csat => row.scale_min == 1.0 && row.scale_max == 5.0,
        Instrument::Ces => row.scale_min == 1.0 && row.scale_max == 7.0,
        Instrument::Custom => true,
    }
}

fn who(survey: &Survey, customer: ObjectId, position: Position) -> Who {
    if customer.0 == 0 { (customer, Some(position)) } else { (survey.identity.canonical(customer), None) }
}

impl<'a> Series<'a> {
    fn of(survey: &'a Survey, instrument: usize, question: &'static str) -> Self {
        let fits = |row: &&ResponseRow| {
            row.instrument == INSTRUMENTS[instrument]
                && text(row.question) == question
                && is_in(row.occurred_at, period(survey))
                && standard(row)
        };
        Self { survey, instrument, question, all: survey.answers.iter().filter(fits).copied().collect() }
    }

    fn who(&self, row: &ResponseRow) -> Who {
        who(self.survey, row.customer, row.position)
    }

    /// Those that no later one of the same customer and wave replaces, within a window.
    fn latest(&self, window: (i64, i64)) -> Vec<ResponseRow> {
        let inside: Vec<_> = self.all.iter().filter(|row| is_in(row.occurred_at, window)).copied().collect();
        let replaced = |row: &ResponseRow| {
            inside.iter().any(|other| {
                self.who(other) == self.who(row)
                    && other.wave == row.wave
                    && (other.occurred_at, other.position) > (row.occurred_at, row.position)
            })
        };
        let mut latest: Vec<_> = inside.iter().filter(|row| !replaced(row)).copied().collect();
        latest.sort_by_key(|row| row.position);
        latest
    }

    /// The latest response of all has the scale that others are put on.
    fn reference(&self) -> Option<&ResponseRow> {
        self.all.iter().max_by_key(|row| (row.occurred_at, row.position))
    }

    fn value(&self, row: &ResponseRow) -> f64 {
        let to = self.reference().unwrap();
        let mut share = (row.value - row.scale_min) / (row.scale_max - row.scale_min);
        if row.high_is_better != to.high_is_better {
            share = 1.0 - share;
        }
        to.scale_min + share * (to.scale_max - to.scale_min)
    }

    fn asked(&self, wave: Option<Symbol>, window: (i64, i64)) -> BTreeSet<(Who, Symbol)> {
        let fits = |row: &&SentRow| {
            row.instrument == INSTRUMENTS[self.instrument]
                && wave.is_none_or(|wave| wave == row.wave)
                && is_in(row.occurred_at, window)
                && is_in(row.occurred_at, period(self.survey))
        };
        let rows = self.survey.sents.iter().filter(fits);
        rows.map(|row| (who(self.survey, row.customer, row.position), row.wave)).collect()
    }

    fn scores(&self) -> Vec<v1::Score> {
        let group_of = |row: &ResponseRow| match self.survey.request.group_by {
            1 => text(row.product),
            2 => text(row.channel),
            3 => text(row.staff),
            4 => text(row.branch),
            5 => text(row.tier),
            6 => text(row.wave),
            _ => "",
        };
        let (plain, by_wave) = (self.survey.request.group_by == 0, self.survey.request.group_by == 6);
        let latest = self.latest(ALWAYS);
        let mut groups: BTreeSet<_> = latest.iter().map(group_of).collect();
        let asked = self.asked(None, ALWAYS);
        if by_wave {
            groups.extend(asked.iter().map(|(_, wave)| text(*wave)));
        } else if plain && !asked.is_empty() {
            groups.insert("");
        }
        let row = |group: &'static str| {
            let rows: Vec<_> = latest.iter().filter(|row| group_of(row) == group).copied().collect();
            let wave = TEXTS.iter().position(|known| *known == group).map(|at| Symbol(at as u32));
            let asked = match (plain, by_wave) {
                (true, _) => asked.clone(),
                (_, true) => self.asked(wave, ALWAYS),
                (false, false) => BTreeSet::new(),
            };
            let score = self.score(group, &rows, &asked).0;
            // No asking names what such a group is of.
            v1::Score { sent: score.sent.filter(|_| plain || by_wave), ..score }
        };
        groups.into_iter().map(row).collect()
    }

    /// The score, and its standard error.
    fn score(
        &self,
        group: &str,
        rows: &[ResponseRow],
        asked: &BTreeSet<(Who, Symbol)>,
    ) -> (v1::Score, Option<f64>) {
        let mut score = v1::Score {
            instrument: NAMES[self.instrument].to_owned(),
            question: self.question.to_owned(),
            group: group.to_owned(),
            answers: count(rows.len()),
            positive: count(0),
            neutral: count(0),
            negative: count(0),
            sent: count(asked.len()),
            better: if self.reference().is_none_or(|row| row.high_is_better) { "high" } else { "low" }
                .to_owned(),
            ..v1::Score::default()
        };
        let answered = asked.iter().filter(|(customer, wave)| {
            rows.iter().any(|row| self.who(row) == *customer && row.wave == *wave)
        });
        let unknown = asked.iter().filter(|(who, _)| who.1.is_some()).count();
        score.response_rate = rate(answered.count(), asked.len() - unknown);
        score.sent_without_customer = unknown as u64;
        score.answers_without_customer = rows.iter().filter(|row| row.customer.0 == 0).count() as u64;
        let said: Vec<_> = rows.iter().filter_map(|row| row.expectation).collect();
        score.expectation_met = rate(said.iter().filter(|said| **said != -1).count(), said.len());
        score.expectation_exceeded = rate(said.iter().filter(|said| **said == 1).count(), said.len());
        if rows.is_empty() {
            return (score, None);
        }
        let scale = self.reference().unwrap();
        (score.scale_min, score.scale_max) = (Some(scale.scale_min), Some(scale.scale_max));
        let error = match self.instrument {
            0 => self.promoters(&mut score, rows),
            1 => self.satisfied(&mut score, rows),
            _ => self.mean(&mut score, rows),
        };
        if let (Some(value), Some(low), Some(high)) = (score.score, score.low, score.high) {
            (score.low, score.high) = (Some(low.min(value)), Some(high.max(value)));
        }
        (score, error)
    }

    /// Counts those with a value from `high` on, those below `low`, and those between, from the good end.
    fn sides(&self, score: &mut v1::Score, rows: &[ResponseRow], low: f64, high: f64) -> (f64, f64, f64) {
        let good = |row: &ResponseRow| {
            if row.high_is_better { row.value } else { row.scale_min + row.scale_max - row.value }
        };
        let positive = rows.iter().filter(|row| good(row) >= high).count();
        let negative = rows.iter().filter(|row| good(row) < low).count();
        score.positive = count(positive);
        score.negative = count(negative);
        score.neutral = count(rows.len() - positive - negative);
        (positive as f64, negative as f64, rows.len() as f64)
    }

    fn promoters(&self, score: &mut v1::Score, rows: &[ResponseRow]) -> Option<f64> {
        let (p, d, n) = self.sides(score, rows, 7.0, 9.0);
        let delta = (p - d) / (n + 3.0);
        let error = ((p + d + 1.5) / (n + 3.0) - delta.powi(2)).sqrt() / (n + 3.0).sqrt();
        score.score = Some((p / n - d / n) * 100.0);
        score.low = Some(((delta - 1.96 * error) * 100.0).max(-100.0));
        score.high = Some(((delta + 1.96 * error) * 100.0).min(100.0));
        Some(error * 100.0)
    }

    fn satisfied(&self, score: &mut v1::Score, rows: &[ResponseRow]) -> Option<f64> {
        let (k, _, n) = self.sides(score, rows, 3.0, 4.0);
        let (p, z2) = (k / n, 1.96_f64.powi(2));
        // Wilson's bounds are the roots of (p - x)² = z²·x(1 - x)/n.
        let (a, b, c) = (1.0 + z2 / n, -(2.0 * p + z2 / n), p * p);
        let root = (b * b - 4.0 * a * c).max(0.0).sqrt();
        let (low, high) = ((-b - root) / (2.0 * a), (-b + root) / (2.0 * a));
        score.score = Some(p * 100.0);
        score.low = Some(low * 100.0);
        score.high = Some(high * 100.0);
        Some((high - low) * 100.0 / (2.0 * 1.96))
    }

    fn mean(&self, score: &mut v1::Score, rows: &[ResponseRow]) -> Option<f64> {
        let n = rows.len() as f64;
        let mean = rows.iter().map(|row| self.value(row)).sum::<f64>() / n;
        score.score = Some(mean);
        if rows.len() < 2 {
            return None;
        }
        let variance = rows.iter().map(|row| (self.value(row) - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let error = (variance / n).sqrt();
        let reach = student(rows.len() - 1) * error;
        (score.low, score.high) = (Some(mean - reach), Some(mean + reach));
        score.standard_deviation = Some(variance.sqrt());
        Some(error)
    }

    fn trend(&self) -> Vec<v1::WaveTrend> {
        let first = |wave: Symbol| {
            self.all.iter().filter(|row| row.wave == wave).map(|row| (row.occurred_at, row.position)).min()
        };
        let mut waves: Vec<_> =
            [1, 2].map(Symbol).into_iter().filter(|wave| first(*wave).is_some()).collect();
        waves.sort_by_key(|wave| first(*wave));
        let mut rows: Vec<v1::WaveTrend> = Vec::new();
        let mut before: Option<(f64, f64)> = None;
        for wave in waves {
            let answers: Vec<_> = self.latest(ALWAYS).into_iter().filter(|row| row.wave == wave).collect();
            let (score, error) = self.score("", &answers, &self.asked(Some(wave), ALWAYS));
            let this = error.map(|error| (score.score.unwrap(), error));
            let z = this.zip(before).and_then(|((a, se_a), (b, se_b))| {
                let spread = se_a.hypot(se_b);
                (spread > 1e-9).then(|| (a - b) / spread)
            });
            rows.push(v1::WaveTrend {
                instrument: NAMES[self.instrument].to_owned(),
                question: self.question.to_owned(),
                wave: text(wave).to_owned(),
                score: Some(score),
                z,
                significant: z.is_some_and(|z| !(-1.96..=1.96).contains(&z)),
            });
            before = this;
        }
        rows
    }

    /// Days are those of 1970.
    fn rolling(&self) -> Vec<v1::RollingPoint> {
        let until = self.survey.as_of.occurred_until.as_micros();
        let mut ends = Vec::new();
        let mut day = 0;
        for length in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
            day += length;
            ends.push(day * DAY - 1);
        }
        ends.retain(|end| *end < until);
        ends.push(until);
        let mut points = Vec::new();
        for end in ends {
            let window = (end + 1 - 90 * DAY, end + 1);
            let rows = self.latest(window);
            if rows.is_empty() {
                continue;
            }
            points.push(v1::RollingPoint {
                instrument: NAMES[self.instrument].to_owned(),
                question: self.question.to_owned(),
                until: Some(time::to_proto(Timestamp::from_micros(end))),
                score: Some(self.score("", &rows, &self.asked(None, window)).0),
            });
        }
        points
    }

    fn companies(&self) -> Vec<v1::CompanyScore> {
        let latest = self.latest(ALWAYS);
        let mut rows = Vec::new();
        for company in [50, 51].map(ObjectId) {
            let works_there = |row: &&ResponseRow| {
                row.customer.0 != 0 && self.survey.identity.organisation(row.customer) == Some(company)
            };
            let contacts: BTreeSet<_> = latest.iter().filter(works_there).map(|row| self.who(row)).collect();
            let mean_of = |contact: &Who| {
                let values: Vec<_> = latest
                    .iter()
                    .filter(|row| self.who(row) == *contact)
                    .map(|row| self.value(row))
                    .collect();
                values.iter().sum::<f64>() / values.len() as f64
            };
            if !contacts.is_empty() {
                rows.push(v1::CompanyScore {
                    company: format!("party-{}", company.0),
                    instrument: NAMES[self.instrument].to_owned(),
                    question: self.question.to_owned(),
                    contacts: count(contacts.len()),
                    mean: contacts.iter().map(mean_of).sum::<f64>() / contacts.len() as f64,
                });
            }
        }
        rows
    }
}

fn attributes(survey: &Survey) -> Vec<v1::AttributePoint> {
    let mut questions = TEXTS;
    questions.sort_unstable();
    let mut points = Vec::new();
    for question in questions {
        let every = (0..INSTRUMENTS.len()).map(|instrument| Series::of(survey, instrument, question));
        let rows: Vec<_> =
            every.flat_map(|series| series.latest(ALWAYS)).filter(|row| row.importance.is_some()).collect();
        if rows.is_empty() {
            continue;
        }
        let performance = |row: &ResponseRow| {
            let share = (row.value - row.scale_min) / (row.scale_max - row.scale_min);
            if row.high_is_better { share } else { 1.0 - share }
        };
        points.push(v1::AttributePoint {
            question: question.to_owned(),
            answers: count(rows.len()),
            importance: rows.iter().filter_map(|row| row.importance).sum::<f64>() / rows.len() as f64,
            performance: rows.iter().map(performance).sum::<f64>() / rows.len() as f64,
            quadrant: String::new(),
        });
    }
    points
}

/// The t at which the finite series of Abramowitz and Stegun 26.7.3 and 26.7.4 is 0.95, by bisection.
pub(crate) fn student(degrees: usize) -> f64 {
    let (mut low, mut high) = (0.0_f64, 20.0_f64);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if two_sided(middle, degrees) < 0.95 { low = middle } else { high = middle }
    }
    low
}

pub(crate) fn two_sided(t: f64, degrees: usize) -> f64 {
    let angle = (t / (degrees as f64).sqrt()).atan();
    let (sine, cosine) = (angle.sin(), angle.cos());
    let odd = degrees % 2 == 1;
    let mut term = if odd { cosine } else { 1.0 };
    let mut sum = if degrees == 1 { 0.0 } else { term };
    let mut power = if odd { 3 } else { 2 };
    while power + 1 < degrees {
        term *= cosine * cosine * (power - 1) as f64 / power as f64;
        sum += term;
        power += 2;
    }
    if odd { 2.0 / PI * (angle + sine * sum) } else { sine * sum }
}
