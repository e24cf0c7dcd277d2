//! Scores computed again: every response is asked about every other one, and every group about every response.

use std::{cmp::Reverse, collections::BTreeSet};

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, payload::Kind},
};
use rapport_views::model::Scores;

use super::{
    DAY, checks,
    company::{Company, Happened, zone},
    funnel_oracle::{count, rate},
    proto,
    response_tags::tags,
    satisfaction_oracle::{student, two_sided},
};

const INSTRUMENTS: [&str; 5] = ["", "nps", "csat", "ces", "custom"];

/// A response, and what it says.
#[derive(Clone)]
struct One {
    of: Happened,
    says: v1::SurveyAnswered,
    tags: Vec<String>,
}

/// A scale with its ends, and whether the high one is good.
type Scale = (f64, f64, bool);

impl One {
    fn scale(&self) -> Scale {
        let scale = self.says.scale.unwrap();
        (scale.min, scale.max, scale.better() != v1::scale::Better::Low)
    }

    /// On another scale: as it is, or mirrored, or by its way from the worst to the best.
    fn on(&self, to: Scale) -> f64 {
        let (own, value) = (self.scale(), self.says.value());
        if own == to {
            return value;
        }
        if (own.0, own.1) == (to.0, to.1) {
            return own.0 + own.1 - value;
        }
        let way = |from_min: f64, high: bool| if high { from_min } else { 1.0 - from_min };
        let good = way((value - own.0) / (own.1 - own.0), own.2);
        to.0 + way(good, to.2) * (to.1 - to.0)
    }

    fn place(&self) -> (Timestamp, u64) {
        (self.of.at, self.of.position)
    }
}

fn wanted(company: &Company, request: &v1::ScoresRequest) -> (Vec<One>, u64) {
    let given = |moment: &Option<prost_types::Timestamp>| moment.as_ref().and_then(time::from_proto);
    let (from, to) = (given(&request.period_from), given(&request.period_to));
    let mut off_scale = 0;
    let mut all = Vec::new();
    for of in company.happened() {
        let Kind::SurveyAnswered(says) = of.kind.clone() else { continue };
        let is_wanted = (request.instrument.is_empty()
            || request.instrument == INSTRUMENTS[says.instrument as usize])
            && (request.survey_id.is_empty() || request.survey_id == says.survey_id)
            && request.question.as_ref().is_none_or(|question| *question == says.question)
            && (request.wave.is_empty() || request.wave == says.wave)
            && from.is_none_or(|from| of.at >= from)
            && to.is_none_or(|to| of.at < to);
        let tags = tags(&company.told[of.position as usize - 1].kind);
        let one = One { of, says, tags };
        let (min, max, _) = one.scale();
        let own = [None, Some((0.0, 10.0)), Some((1.0, 5.0)), Some((1.0, 7.0)), None];
        if is_wanted && own[one.says.instrument as usize].is_some_and(|own| own != (min, max)) {
            off_scale += 1;
        } else if is_wanted {
            all.push(one);
        }
    }
    (all, off_scale)
}

/// Those that count, by position.
fn counted<'o>(all: &[&'o One], latest_only: bool) -> Vec<&'o One> {
    let is_later = |one: &One, other: &One| {
        !one.of.customer.is_empty()
            && one.of.customer == other.of.customer
            && one.says.question == other.says.question
            && one.says.wave == other.says.wave
            && other.place() > one.place()
    };
    let mut counted: Vec<&One> = all.to_vec();
    counted.retain(|one| !latest_only || !all.iter().any(|other| is_later(one, other)));
    counted.sort_by_key(|one| one.of.position);
    counted
}

/// The groups of a response by one grouping.
fn keys(one: &One, by: Option<&String>) -> Vec<String> {
    let Some(by) = by else { return vec![String::new()] };
    let at = jiff::Timestamp::from_microsecond(one.of.at.as_micros()).unwrap().to_zoned(zone());
    let says = &one.says;
    if let Some(key) = by.strip_prefix("tag:") {
        let own = one.tags.iter().filter_map(|tag| tag.split_once(':')).filter(|(name, _)| *name == key);
        let own: BTreeSet<String> = own.map(|(_, value)| value.to_owned()).collect();
        return if own.is_empty() { vec![String::new()] } else { own.into_iter().collect() };
    }
    vec![match by.as_str() {
        "product" => says.product.clone(),
        "channel" => one.of.channel.to_owned(),
        "staff" => one.of.actor.to_owned(),
        "branch" => one.of.branch.to_owned(),
        "tier" => says.tier.clone(),
        "wave" => says.wave.clone(),
        "survey" => says.survey_id.clone(),
        "question" => says.question.clone(),
        "month" => at.strftime("%Y-%m").to_string(),
        _ => format!("{}-Q{}", at.year(), 1 + (at.month() - 1) / 3),
    }]
}

fn interval_of_mean(values: &[f64]) -> (Option<f64>, Option<f64>, Option<f64>, Option<f64>) {
    let n = values.len() as f64;
    if values.is_empty() {
        return (None, None, None, None);
    }
    let mean = values.iter().sum::<f64>() / n;
    if values.len() == 1 {
        return (Some(mean), None, None, None);
    }
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let reach = student(values.len() - 1) * (variance / n).sqrt();
    (Some(mean), Some(mean - reach), Some(mean + reach), Some(variance.sqrt()))
}

/// The ends between which a share lies that is within 1.96 standard errors of what was seen: solved as a quadratic equation.
fn wilson(part: usize, whole: usize) -> Option<(f64, f64)> {
    let (k, n, z2) = (part as f64, whole as f64, 1.96_f64 * 1.96);
    let (a, b, c) = (n + z2, -(2.0 * k + z2), k * k / n);
    let root = (b * b - 4.0 * a * c).max(0.0).sqrt();
    let ends = (((-b - root) / (2.0 * a)).clamp(0.0, 1.0), ((-b + root) / (2.0 * a)).clamp(0.0, 1.0));
    (whole > 0).then_some(ends)
}

fn part(of: usize, whole: usize) -> Option<v1::ScoreShare> {
    let ends = wilson(of, whole);
    Some(v1::ScoreShare {
        answers: count(of),
        share: rate(of, whole),
        low: ends.map(|(low, _)| low),
        high: ends.map(|(_, high)| high),
    })
}

/// How many are negative and positive.
fn sides(of: &[&One], instrument: usize, scale: Scale) -> (usize, usize) {
    let upright = (scale.0, scale.1, true);
    let values: Vec<f64> = of.iter().map(|one| one.on(upright)).collect();
    let both = |low: &dyn Fn(f64) -> bool, high: &dyn Fn(f64) -> bool| {
        (values.iter().filter(|v| low(**v)).count(), values.iter().filter(|v| high(**v)).count())
    };
    let (min, length) = (scale.0, scale.1 - scale.0);
    match instrument {
        1 => both(&|v| v < 7.0, &|v| v >= 9.0),
        2 => both(&|v| v < 3.0, &|v| v >= 4.0),
        _ => both(&|v| 5.0 * (v - min) < 2.0 * length, &|v| 5.0 * (v - min) > 3.0 * length),
    }
}

/// The score with its interval.
fn score(
    instrument: usize,
    (negative, positive, all): (usize, usize, usize),
    values: &[f64],
) -> (Option<f64>, Option<f64>, Option<f64>) {
    let n = all as f64;
    match instrument {
        1 if all > 0 => {
            let value = 100.0 * (positive as f64 - negative as f64) / n;
            let (p, d) = ((positive as f64 + 0.75) / (n + 3.0), (negative as f64 + 0.75) / (n + 3.0));
            let reach = 1.96 * ((p + d - (p - d).powi(2)) / (n + 3.0)).sqrt();
            let end = |side: f64| (100.0 * (p - d + side * reach)).clamp(-100.0, 100.0);
            (Some(value), Some(end(-1.0).min(value)), Some(end(1.0).max(value)))
        }
        2 => {
            let ends = wilson(positive, all);
            let value = rate(positive, all).map(|share| 100.0 * share);
            (value, ends.map(|(low, _)| 100.0 * low), ends.map(|(_, high)| 100.0 * high))
        }
        _ => {
            let (mean, low, high, _) = interval_of_mean(values);
            (mean, low, high)
        }
    }
}

/// The scale of a question, and the points of its distribution.
struct Question {
    instrument: usize,
    scale: Scale,
    points: Vec<(f64, f64)>,
}

fn measures(of: &[&One], question: &Question) -> v1::ScoreMeasures {
    let n = of.len();
    let values: Vec<f64> = of.iter().map(|one| one.on(question.scale)).collect();
    let (mean, mean_low, mean_high, standard_deviation) = interval_of_mean(&values);
    let (negative, positive) = sides(of, question.instrument, question.scale);
    let (score, score_low, score_high) = score(question.instrument, (negative, positive, n), &values);
    let said: Vec<i32> = of.iter().filter_map(|one| one.says.expectation).collect();
    let expected = |least: i32| said.iter().filter(|said| **said >= least).count();
    let customers: BTreeSet<&String> =
        of.iter().map(|one| &one.of.customer).filter(|name| !name.is_empty()).collect();
    let last = question.points.last().copied();
    let point = |(from, to): &(f64, f64)| {
        let is_in = |value: &&f64| {
            if from.total_cmp(to).is_eq() {
                return value.total_cmp(from).is_eq() || **value == *from;
            }
            *from <= **value && (**value < *to || Some((*from, *to)) == last)
        };
        let own = values.iter().filter(is_in).count();
        v1::ScorePoint { from: *from, to: *to, answers: count(own), share: rate(own, n) }
    };
    v1::ScoreMeasures {
        answers: count(n),
        customers: count(customers.len()),
        answers_without_customer: count(of.iter().filter(|one| one.of.customer.is_empty()).count()),
        mean,
        mean_low,
        mean_high,
        standard_deviation,
        score,
        score_low,
        score_high,
        negative: part(negative, n),
        positive: part(positive, n),
        distribution: question.points.iter().map(point).collect(),
        with_expectation: count(said.len()),
        expectation_met: part(expected(0), said.len()),
        expectation_exceeded: part(expected(1), said.len()),
    }
}

fn points(all: &[&One], scale: Scale) -> Vec<(f64, f64)> {
    let (min, max, _) = scale;
    let is_whole = |value: f64| (value - value.round()).abs() == 0.0;
    let whole = all.iter().all(|one| is_whole(one.on(scale)));
    if whole && is_whole(min) && is_whole(max) && max - min <= 20.0 {
        return (min as i64..=max as i64).map(|value| (value as f64, value as f64)).collect();
    }
    let border = |part: u8| min + (max - min) * f64::from(part) / 10.0;
    (0..10).map(|part| (border(part), border(part + 1))).collect()
}

/// The last moments of the months of three years before T, and T.
fn ends(until: Timestamp) -> Vec<Timestamp> {
    let months = (0..36).map(|month| jiff::civil::date(2025 + month / 12, 1 + (month % 12) as i8, 1));
    let ends = months.map(|first| first.to_zoned(zone()).unwrap().timestamp().as_microsecond() - 1);
    let mut ends: Vec<_> = ends.map(Timestamp::from_micros).filter(|end| *end < until).collect();
    ends.push(until);
    ends
}

fn rolling(
    company: &Company,
    request: &v1::ScoresRequest,
    all: &[&One],
    question: &Question,
    is_in: impl Fn(&One) -> bool,
) -> Vec<v1::ScoreWindow> {
    let mut windows = Vec::new();
    if request.rolling_days == 0 {
        return windows;
    }
    for end in ends(company.as_of.occurred_until) {
        let from = end.as_micros() - i64::from(request.rolling_days) * DAY;
        let within: Vec<&One> =
            all.iter().copied().filter(|one| one.of.at.as_micros() > from && one.of.at <= end).collect();
        let mut own = counted(&within, request.responses == 2);
        own.retain(|one| is_in(one));
        if own.is_empty() {
            continue;
        }
        let values: Vec<f64> = own.iter().map(|one| one.on(question.scale)).collect();
        let (mean, mean_low, mean_high, _) = interval_of_mean(&values);
        let (negative, positive) = sides(&own, question.instrument, question.scale);
        windows.push(v1::ScoreWindow {
            until: proto(end),
            answers: count(own.len()),
            mean,
            mean_low,
            mean_high,
            score: score(question.instrument, (negative, positive, own.len()), &values).0,
            negative: rate(negative, own.len()),
        });
    }
    windows
}

/// Sums of squares from the sums of values and of their squares.
fn spread(counted: &[&One], by: &String, question: &Question) -> v1::ScoreSpread {
    let alone: Vec<(String, f64)> = counted
        .iter()
        .filter_map(|one| match keys(one, Some(by)).as_slice() {
            [key] if !key.is_empty() => Some((key.clone(), one.on(question.scale))),
            _ => None,
        })
        .collect();
    let names: BTreeSet<&String> = alone.iter().map(|(key, _)| key).collect();
    let of = |name: &String| -> Vec<f64> {
        alone.iter().filter(|(key, _)| key == name).map(|(_, value)| *value).collect()
    };
    let (n, k) = (alone.len() as f64, names.len() as f64);
    let sum: f64 = alone.iter().map(|(_, value)| value).sum();
    let squares: f64 = alone.iter().map(|(_, value)| value * value).sum();
    let of_groups: f64 =
        names.iter().map(|name| of(name).iter().sum::<f64>().powi(2) / of(name).len() as f64).sum();
    let (between, total) = (of_groups - sum * sum / n, squares - sum * sum / n);
    let differs = |values: &[f64]| values.iter().any(|value| *value != values[0]);
    let all: Vec<f64> = alone.iter().map(|(_, value)| *value).collect();
    let is_defined = names.len() > 1 && alone.len() > names.len() && differs(&all);
    let is_within = names.iter().any(|name| differs(&of(name)));
    let eta = is_defined.then(|| if is_within { (between / total).max(0.0) } else { 1.0 });
    let f = eta.filter(|_| is_within).map(|eta| (eta / (k - 1.0)) / ((1.0 - eta) / (n - k)));
    let mean = |name: &&String| of(name).iter().sum::<f64>() / of(name).len() as f64;
    let mut means: Vec<(f64, String)> = names.iter().map(|name| (mean(name), (*name).clone())).collect();
    means.sort_by(|a, b| a.partial_cmp(b).unwrap());
    let ends = (means.len() > 1).then(|| (means[0].clone(), means[means.len() - 1].clone()));
    v1::ScoreSpread {
        by: by.clone(),
        groups: names.len() as u64,
        answers: count(alone.len()),
        left_out: (counted.len() - alone.len()) as u64,
        eta_squared: eta,
        epsilon_squared: eta.map(|eta| (1.0 - (1.0 - eta) * (n - 1.0) / (n - k)).max(0.0)),
        f,
        // Of two groups F is the square of Student's t.
        p: f.filter(|_| names.len() == 2).map(|f| 1.0 - two_sided(f.sqrt(), alone.len() - 2)),
        lowest: ends.as_ref().map(|(low, _)| low.1.clone()).unwrap_or_default(),
        lowest_mean: ends.as_ref().map(|(low, _)| low.0),
        highest: ends.as_ref().map(|(_, high)| high.1.clone()).unwrap_or_default(),
        highest_mean: ends.as_ref().map(|(_, high)| high.0),
        ..v1::ScoreSpread::default()
    }
}

/// The groups of a question in their order: by each grouping those with the most responses first, or by name.
fn groups(counted: &[&One], by: &[String]) -> Vec<(String, String)> {
    let of = |one: &One, place: usize| keys(one, by.get(place));
    let mut pairs: BTreeSet<(String, String)> = BTreeSet::new();
    for one in counted {
        for first in of(one, 0) {
            pairs.extend(of(one, 1).into_iter().map(|second| (first.clone(), second)));
        }
    }
    let rank = |place: usize, key: &String| {
        let is_named =
            ["wave", "question", "month", "quarter"].contains(&by.get(place).map_or("", String::as_str));
        let size = counted.iter().filter(|one| of(one, place).contains(key)).count();
        (is_named && key.is_empty(), Reverse(if is_named { 0 } else { size }), key.clone())
    };
    let mut pairs: Vec<_> = pairs.into_iter().collect();
    pairs.sort_by_key(|(first, second)| (rank(0, first), rank(1, second)));
    if by.is_empty() { Vec::new() } else { pairs }
}

pub(crate) fn answer(company: &Company, request: &v1::ScoresRequest) -> v1::ScoresResponse {
    let (wanted, off_scale) = wanted(company, request);
    let end = Timestamp::from_micros(company.as_of.occurred_until.as_micros() + 1);
    let to = request.period_to.as_ref().and_then(time::from_proto).map_or(end, |to| to.min(end));
    let from = request.period_from.as_ref().and_then(time::from_proto).map(|from| from.min(to));
    let mut response = v1::ScoresResponse {
        meta: Some(checks::meta(company)),
        period_from: from.and_then(proto),
        period_to: proto(to),
        responses: if request.responses == 2 { 2 } else { 1 },
        answers_off_scale: off_scale,
        ..v1::ScoresResponse::default()
    };
    let is_compared = request.by.contains(&"question".to_owned());
    let questions = if is_compared { vec![None] } else { vec![Some(""), Some("speed")] };
    for (instrument, name) in INSTRUMENTS.iter().enumerate().skip(1) {
        for wanted_question in &questions {
            let is_it = |one: &&One| {
                one.says.instrument as usize == instrument
                    && wanted_question.is_none_or(|question| question == one.says.question)
            };
            let all: Vec<&One> = wanted.iter().filter(is_it).collect();
            let Some(last) = all.iter().max_by_key(|one| one.place()) else { continue };
            let scale = last.scale();
            let question = Question { instrument, scale, points: points(&all, scale) };
            let counted = counted(&all, request.responses == 2);
            let of_it = wanted_question.unwrap_or_default().to_owned();
            let several = counted
                .iter()
                .filter(|one| keys(one, request.by.first()).len() * keys(one, request.by.get(1)).len() > 1);
            response.totals.push(v1::ScoreTotal {
                instrument: (*name).to_owned(),
                question: of_it.clone(),
                scale_min: scale.0,
                scale_max: scale.1,
                better: if scale.2 { "high" } else { "low" }.to_owned(),
                of: Some(measures(&counted, &question)),
                in_several_groups: count(several.count()),
                rolling: rolling(company, request, &all, &question, |_| true),
            });
            response.spreads.extend(request.by.iter().map(|by| v1::ScoreSpread {
                instrument: (*name).to_owned(),
                question: of_it.clone(),
                ..spread(&counted, by, &question)
            }));
            for (first, second) in groups(&counted, &request.by) {
                let is_in = |one: &One| {
                    keys(one, request.by.first()).contains(&first)
                        && keys(one, request.by.get(1)).contains(&second)
                };
                let own: Vec<&One> = counted.iter().copied().filter(|one| is_in(one)).collect();
                response.rows.push(v1::ScoreRow {
                    instrument: (*name).to_owned(),
                    question: of_it.clone(),
                    of: Some(measures(&own, &question)),
                    rolling: rolling(company, request, &all, &question, is_in),
                    groups: [first, second].into_iter().take(request.by.len()).collect(),
                });
            }
        }
    }
    response
}

/// The answer of the model.
pub(crate) fn asked(company: &Company, request: &v1::ScoresRequest) -> v1::ScoresResponse {
    company.ask::<Scores>(request, None, 0).unwrap().response
}
