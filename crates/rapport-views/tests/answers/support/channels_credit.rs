//! Purchases, paths and credit, computed again for the oracle of channels: each path asks every event whether it is in it.

use std::collections::{BTreeMap, BTreeSet};

use rapport_model::Timestamp;
use rapport_proto::v1::{self, payload::Kind};

use super::{
    DAY,
    acting::{Acting, is_two_way},
    bought::bought,
    company::{Company, Happened},
    exact::nearest,
};

/// A purchase.
#[derive(Debug, Clone)]
pub(super) struct Buy {
    pub place: (Timestamp, u64),
    pub customer: String,
    pub currency: String,
    pub revenue: i128,
    pub since: Timestamp,
    pub previous: Option<(Timestamp, u64)>,
}

/// Every purchase until T in their order, and of what.
pub(super) fn buys(happened: &[Happened], from: i32) -> (i32, Vec<Buy>) {
    let (from, lines) = bought(happened, from);
    let ids: BTreeSet<&str> =
        lines.iter().filter(|line| line.is_purchase).map(|line| line.id.as_str()).collect();
    let buy = |id: &str| {
        let own = || lines.iter().filter(|line| line.id == id);
        let first =
            own().filter(|line| line.is_purchase).min_by_key(|line| (line.at, line.position)).unwrap();
        Buy {
            place: (first.at, first.position),
            customer: first.customer.clone(),
            currency: first.currency.clone(),
            revenue: own().filter(|line| line.currency == first.currency).map(|line| line.net).sum(),
            since: first.at,
            previous: None,
        }
    };
    let mut all: Vec<Buy> = ids.into_iter().map(buy).collect();
    all.sort_by_key(|one| one.place);
    let places: Vec<_> = all.iter().map(|one| (one.customer.clone(), one.place)).collect();
    for one in all.iter_mut().filter(|one| !one.customer.is_empty()) {
        let before =
            || places.iter().filter(|(customer, place)| *customer == one.customer && *place < one.place);
        one.previous = before().map(|(_, place)| *place).max();
        one.since = before().map(|(_, place)| place.0).min().unwrap_or(one.place.0);
    }
    (from, all)
}

/// To what a touchpoint's credit goes; none of what is no touchpoint.
pub(super) fn key(one: &Happened, by_campaign: bool) -> Option<String> {
    let or =
        |channel: &str, word: &str| if channel.is_empty() { word.to_owned() } else { channel.to_owned() };
    let (channel, campaign) = match &one.kind {
        Kind::TouchCallLogged(_) if is_two_way(&one.kind) => (or(one.channel, "call"), ""),
        Kind::TouchMeetingHeld(_) if is_two_way(&one.kind) => (or(one.channel, "meeting"), ""),
        Kind::TouchMessageExchanged(message) => {
            let campaign = if message.direction == 2 { message.campaign_id.as_str() } else { "" };
            (or(one.channel, "message"), campaign)
        }
        Kind::TouchVisitRecorded(_) => (or(one.channel, "visit"), ""),
        Kind::CampaignResponseRecorded(reacted) if reacted.kind > 1 => {
            (or(one.channel, "campaign"), reacted.campaign_id.as_str())
        }
        Kind::LeadOpened(opened) => (or(&opened.source_channel, "lead"), opened.campaign_id.as_str()),
        _ => return None,
    };
    if by_campaign {
        Some(campaign.to_owned()).filter(|campaign| !campaign.is_empty())
    } else {
        Some(channel)
    }
}

/// A conversion: what was charged, and when which touchpoints were.
#[derive(Debug, Clone)]
pub(super) struct Converted {
    pub revenue: i128,
    pub path: Vec<(Timestamp, String)>,
}

pub(super) fn path(
    company: &Company,
    happened: &[Happened],
    buy: &Buy,
    days: u32,
    by_campaign: bool,
) -> Converted {
    let acting = Acting::of(company);
    let from = Timestamp::from_micros(buy.place.0.as_micros() - i64::from(days) * DAY);
    let is_in = |one: &&Happened| {
        let place = (one.at, one.position);
        acting.counts_for(&buy.customer, one)
            && from <= one.at
            && place < buy.place
            && buy.previous.is_none_or(|previous| previous < place)
    };
    let of = |one: &Happened| Some((one.at, key(one, by_campaign)?));
    Converted { revenue: buy.revenue, path: happened.iter().filter(is_in).filter_map(of).collect() }
}

/// How much of a path of these times the first `k` have, as a fraction.
fn until(model: v1::AttributionModel, times: &[Timestamp], k: usize, half_life: f64) -> (i128, i128) {
    let n = times.len();
    let (small, large) = (k as i128, n as i128);
    match model {
        v1::AttributionModel::First => (i128::from(k > 0), 1),
        v1::AttributionModel::Linear => (small, large),
        v1::AttributionModel::UShaped => match (n, k) {
            (1 | 2, _) => (small, large),
            (_, 0) => (0, 1),
            _ if k == n => (1, 1),
            // Two fifths, and of one fifth a part for each in the middle.
            _ => (2 * (large - 2) + small - 1, 5 * (large - 2)),
        },
        v1::AttributionModel::TimeDecay => {
            let weight = |at: &Timestamp| {
                let days = (times[n - 1].as_micros() - at.as_micros()) as f64 / DAY as f64;
                (0.5_f64.powf(days / half_life) * 2_f64.powi(40)).round() as i128
            };
            (times[..k].iter().map(weight).sum(), times.iter().map(weight).sum())
        }
        _ => (i128::from(k == n), 1),
    }
}

/// Credit in millionths and what was charged, by key.
pub(super) type Credits = BTreeMap<String, (i128, i128)>;

pub(super) fn credits(all: &[Converted], model: v1::AttributionModel, half_life: f64) -> Credits {
    if model == v1::AttributionModel::Markov {
        return markov(all);
    }
    let mut credits = Credits::new();
    for one in all {
        let times: Vec<Timestamp> = one.path.iter().map(|(at, _)| *at).collect();
        let share = |whole: i128, k: usize| {
            let (part, of) = until(model, &times, k, half_life);
            nearest(whole * part, of)
        };
        for (k, (_, key)) in one.path.iter().enumerate() {
            let part = |whole| share(whole, k + 1) - share(whole, k);
            let sums = credits.entry(key.clone()).or_default();
            *sums = (sums.0 + part(1_000_000), sums.1 + part(one.revenue));
        }
    }
    credits
}

/// The chance that a walk converts when every path through one channel ends there: the chain without it is solved.
fn converts(all: &[Converted], without: Option<&str>) -> f64 {
    let keys: Vec<&String> = all.iter().flat_map(|one| &one.path).map(|(_, key)| key).collect();
    let keys: Vec<&String> = keys.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    let kept: Vec<&String> = keys.into_iter().filter(|key| Some(key.as_str()) != without).collect();
    let n = kept.len();
    let place = |key: &String| kept.iter().position(|one| *one == key);
    // x = right + steps · x, with the start as the last row.
    let (mut steps, mut right) = (vec![vec![0.0; n + 1]; n + 1], vec![0.0; n + 1]);
    let mut left = vec![0.0_f64; n + 1];
    for one in all.iter().filter(|one| !one.path.is_empty()) {
        let mut from = Some(n);
        for (_, key) in &one.path {
            let to = place(key);
            if let Some(from) = from {
                left[from] += 1.0;
                if let Some(to) = to {
                    steps[from][to] += 1.0;
                }
            }
            from = to;
        }
        if let Some(from) = from {
            left[from] += 1.0;
            right[from] += 1.0;
        }
    }
    let mut matrix: Vec<Vec<f64>> = (0..=n)
        .map(|row| {
            let left = left[row].max(1.0);
            let cell = |column: usize| f64::from(u8::from(row == column)) - steps[row][column] / left;
            (0..=n).map(cell).chain([right[row] / left]).collect()
        })
        .collect();
    for column in 0..=n {
        let pivot = (column..=n)
            .max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))
            .unwrap();
        matrix.swap(column, pivot);
        for row in column + 1..=n {
            let factor = matrix[row][column] / matrix[column][column];
            let above = matrix[column].clone();
            for (place, above) in above.iter().enumerate().skip(column) {
                matrix[row][place] -= factor * above;
            }
        }
    }
    let mut x = vec![0.0; n + 1];
    for row in (0..=n).rev() {
        let known: f64 = (row + 1..=n).map(|column| matrix[row][column] * x[column]).sum();
        x[row] = (matrix[row][n + 1] - known) / matrix[row][row];
    }
    x[n]
}

fn markov(all: &[Converted]) -> Credits {
    let keys: BTreeSet<&String> = all.iter().flat_map(|one| &one.path).map(|(_, key)| key).collect();
    let effects: Vec<f64> = keys.iter().map(|key| 1.0 - converts(all, Some(key))).collect();
    let whole: f64 = effects.iter().sum();
    let weights: Vec<i128> =
        effects.iter().map(|effect| (effect / whole * 2_f64.powi(40)).round() as i128).collect();
    let with_path = || all.iter().filter(|one| !one.path.is_empty());
    let (conversions, revenue) =
        (1_000_000 * with_path().count() as i128, with_path().map(|one| one.revenue).sum::<i128>());
    let sum: i128 = weights.iter().sum();
    let share = |whole: i128, k: usize| nearest(whole * weights[..k].iter().sum::<i128>(), sum);
    let part = |whole: i128, k: usize| share(whole, k + 1) - share(whole, k);
    keys.into_iter()
        .enumerate()
        .map(|(k, key)| (key.clone(), (part(conversions, k), part(revenue, k))))
        .collect()
}
