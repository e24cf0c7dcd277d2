//! What customers said after orders arrived, computed again: for the oracle of deliveries.

use jiff::civil::Date;
use rapport_proto::v1::{self, payload::Kind};

use super::{
    acting::Acting,
    company::{Company, Happened},
    deliveries_oracle::{Order, day, steps},
    funnel_oracle::count,
};

/// Student's quantile of 97.5 %, by adding up his density.
fn student(freedom: f64) -> f64 {
    use statrs::function::gamma::ln_gamma;
    let scale = ln_gamma(f64::midpoint(freedom, 1.0))
        - ln_gamma(freedom / 2.0)
        - (freedom * std::f64::consts::PI).ln() / 2.0;
    // With t = √f tan u the density is a power of a cosine on a bounded interval.
    let density = |u: f64| (scale + freedom.ln() / 2.0).exp() * u.cos().powf(freedom - 1.0);
    let below = |end: f64| {
        let (parts, mut sum) = (2_000, 0.0);
        let step = end / f64::from(parts);
        for nth in 0..parts {
            let (a, b) = (step * f64::from(nth), step * f64::from(nth + 1));
            sum += (density(a) + 4.0 * density(f64::midpoint(a, b)) + density(b)) * step / 6.0;
        }
        0.5 + sum
    };
    let (mut low, mut high) = (0.0, std::f64::consts::FRAC_PI_2);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if below(middle) < 0.975 { low = middle } else { high = middle }
    }
    freedom.sqrt() * low.tan()
}

/// The responses to CSAT questions, or to NPS questions where nobody responded to CSAT, in their order.
pub(super) fn responses(happened: &[Happened]) -> (&'static str, Vec<(&Happened, f64)>) {
    let to = |instrument: i32| -> Vec<(&Happened, f64)> {
        let said = happened.iter().filter_map(|one| match &one.kind {
            Kind::SurveyAnswered(said) if said.instrument == instrument => Some((one, said.value())),
            _ => None,
        });
        said.filter(|(one, _)| !one.customer.is_empty()).collect()
    };
    match (to(2), to(1)) {
        (csat, _) if !csat.is_empty() => ("csat", csat),
        (_, nps) if !nps.is_empty() => ("nps", nps),
        _ => ("", Vec::new()),
    }
}

pub(super) fn mean(of: &[f64]) -> Option<f64> {
    (!of.is_empty()).then(|| of.iter().sum::<f64>() / of.len() as f64)
}

/// The mean of the one less that of the other, and its ends by the formula of Welch.
pub(super) fn difference(one: &[f64], other: &[f64]) -> Option<(f64, f64, f64)> {
    if one.len() < 2 || other.len() < 2 {
        return None;
    }
    let squared = |of: &[f64]| {
        let (n, mean) = (of.len() as f64, mean(of).unwrap());
        of.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0) / n
    };
    let (a, b) = (squared(one), squared(other));
    let freedom = (a + b).powi(2) / (a * a / (one.len() as f64 - 1.0) + b * b / (other.len() as f64 - 1.0));
    let reach = if a + b > 0.0 { student(freedom) * (a + b).sqrt() } else { 0.0 };
    let difference = mean(one).unwrap() - mean(other).unwrap();
    Some((difference, difference - reach, difference + reach))
}

pub(super) fn satisfaction(company: &Company, arrived: &[&Order], today: Date) -> v1::DeliverySatisfaction {
    let (happened, acting) = (company.happened(), Acting::of(company));
    let (word, all) = responses(&happened);
    let (mut late, mut punctual) = (Vec::new(), Vec::new());
    for one in arrived.iter().filter(|one| one.is_measured(today) && one.in_full == Some(true)) {
        let last = all.iter().rev().find(|(said, _)| {
            let after = steps(one.arrived.unwrap(), day(said.at));
            !one.customer.is_empty() && acting.counts_for(&one.customer, said) && (0..=60).contains(&after)
        });
        if let Some((_, value)) = last {
            if one.slip() > 0 { &mut late } else { &mut punctual }.push(*value);
        }
    }
    let compared = difference(&late, &punctual);
    v1::DeliverySatisfaction {
        instrument: word.to_owned(),
        punctual: count(punctual.len()),
        punctual_mean: mean(&punctual),
        late: count(late.len()),
        late_mean: mean(&late),
        difference: compared.map(|(difference, _, _)| difference),
        low: compared.map(|(_, low, _)| low),
        high: compared.map(|(_, _, high)| high),
    }
}
