//! Conversions with their paths, and to what they are credited.

use std::{cmp::Reverse, collections::BTreeMap};

use hashbrown::{HashMap, HashSet};
use rapport_model::Timestamp;
use rapport_proto::v1::{self, AttributionModel};

use super::{
    bought::Purchase,
    credit::{divide, part, weights},
    markov::Chain,
    params::ChannelsParams,
    totals::{Code, code},
    touchpoints::{Key, Touch, Touchpoints},
};
use crate::{
    rows::{ObjectId, Symbols},
    stats::as_f64,
};

/// Credit of one conversion.
pub(super) const MILLION: i128 = 1_000_000;
/// States of a chain at most, so that it is solved at once: the rest of many campaigns is one state.
const STATES_MAX: usize = 300;
/// The models in the order in which they are told.
const MODELS: [AttributionModel; 6] = [
    AttributionModel::First,
    AttributionModel::Last,
    AttributionModel::Linear,
    AttributionModel::UShaped,
    AttributionModel::TimeDecay,
    AttributionModel::Markov,
];

/// A purchase that is credited.
#[derive(Debug, Clone, Copy)]
pub(super) struct Conversion<'a> {
    pub(super) purchase: &'a Purchase,
    pub(super) path: &'a [Touch],
}

/// Credit in millionths, and what was charged.
pub(super) type Credit = (i128, i128);

/// What one channel or campaign is credited with.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) key: String,
    /// Places of the conversions with it in their path.
    pub(super) conversions: Vec<usize>,
    /// By the model that is asked for.
    pub(super) credit: Credit,
    /// By all models, where they are asked for.
    pub(super) models: Vec<(AttributionModel, Credit)>,
    /// Touchpoints in paths.
    pub(super) touches: u64,
}

/// Whether a purchase is a conversion that is asked for.
pub(super) fn is_conversion(one: &Purchase, params: &ChannelsParams, symbols: &Symbols) -> bool {
    one.customer != ObjectId::NOBODY
        && params.window.contains(one.place.0)
        && (params.all || one.is_first())
        && params.wants(symbols.text(one.currency))
}

/// Whose touchpoints are needed.
pub(super) fn customers(
    purchases: &[Purchase],
    params: &ChannelsParams,
    symbols: &Symbols,
) -> HashSet<ObjectId> {
    let conversions = purchases.iter().filter(|one| is_conversion(one, params, symbols));
    conversions.map(|one| one.customer).collect()
}

/// Conversions by currency, in their order.
pub(super) fn conversions<'a>(
    purchases: &'a [Purchase],
    touchpoints: &'a Touchpoints,
    params: &ChannelsParams,
    symbols: &Symbols,
) -> BTreeMap<Code, Vec<Conversion<'a>>> {
    let mut all: BTreeMap<Code, Vec<Conversion<'a>>> = BTreeMap::new();
    for purchase in purchases.iter().filter(|one| is_conversion(one, params, symbols)) {
        let from = params.lookback_of(purchase.place.0);
        let path = touchpoints.path(purchase.customer, from, purchase.previous, purchase.place);
        let currency = code(symbols.text(purchase.currency));
        all.entry(currency).or_default().push(Conversion { purchase, path });
    }
    all
}

/// The rows of one currency by key, but for what has no touchpoint.
pub(super) fn rows(conversions: &[Conversion<'_>], params: &ChannelsParams, symbols: &Symbols) -> Vec<Row> {
    let mut keys: Vec<Key> = conversions.iter().flat_map(|one| one.path).map(|touch| touch.key).collect();
    keys = keys.into_iter().collect::<HashSet<_>>().into_iter().collect();
    keys.sort_unstable_by_key(|key| key.text(symbols));
    let places: HashMap<Key, usize> = keys.iter().copied().zip(0..).collect();
    let place = |touch: &Touch| places.get(&touch.key).copied().unwrap_or_default();
    let mut rows: Vec<Row> =
        keys.iter().map(|key| Row { key: key.text(symbols).to_owned(), ..Row::default() }).collect();
    for (nth, one) in conversions.iter().enumerate() {
        for touch in one.path {
            if let Some(row) = rows.get_mut(place(touch)) {
                row.touches += 1;
                if row.conversions.last() != Some(&nth) {
                    row.conversions.push(nth);
                }
            }
        }
    }
    let credit = |model: AttributionModel, rows: &[Row]| match model {
        AttributionModel::Markov => markov(conversions, rows, place),
        _ => by_path(conversions, rows.len(), model, params.rule.half_life_days, place),
    };
    let asked = credit(params.rule.model, &rows);
    for (row, credit) in rows.iter_mut().zip(asked) {
        row.credit = credit;
    }
    if params.measures.models {
        for model in MODELS {
            let credits = credit(model, &rows);
            rows.iter_mut().zip(credits).for_each(|(row, credit)| row.models.push((model, credit)));
        }
    }
    rows
}

/// Each conversion is divided among the touchpoints of its path.
fn by_path(
    conversions: &[Conversion<'_>],
    keys: usize,
    model: AttributionModel,
    half_life_days: f64,
    place: impl Fn(&Touch) -> usize,
) -> Vec<Credit> {
    let mut all = vec![(0, 0); keys];
    for one in conversions {
        let times: Vec<Timestamp> = one.path.iter().map(|touch| touch.place.0).collect();
        let weights = weights(model, &times, half_life_days);
        let parts = divide(MILLION, &weights).into_iter().zip(divide(one.purchase.revenue, &weights));
        for (touch, (credit, revenue)) in one.path.iter().zip(parts) {
            if let Some(sums) = all.get_mut(place(touch)) {
                *sums = (sums.0 + credit, sums.1 + revenue);
            }
        }
    }
    all
}

/// All conversions with a path together are divided by removal effects.
fn markov(conversions: &[Conversion<'_>], rows: &[Row], place: impl Fn(&Touch) -> usize) -> Vec<Credit> {
    let with_path = || conversions.iter().filter(|one| !one.path.is_empty());
    let mut by_touches: Vec<usize> = (0..rows.len()).collect();
    by_touches.sort_by_key(|nth| Reverse(rows.get(*nth).map_or(0, |row| row.touches)));
    let mut states = vec![STATES_MAX; rows.len()];
    let mut kept: Vec<usize> = by_touches.into_iter().take(STATES_MAX).collect();
    kept.sort_unstable();
    for (state, nth) in kept.iter().enumerate() {
        states.iter_mut().skip(*nth).take(1).for_each(|own| *own = state);
    }
    let rest: u64 =
        rows.iter().zip(&states).filter(|(_, state)| **state == STATES_MAX).map(|(row, _)| row.touches).sum();
    let mut chain = Chain::new(kept.len() + usize::from(rest > 0));
    for one in with_path() {
        chain.add(one.path.iter().map(|touch| states.get(place(touch)).copied().unwrap_or_default()));
    }
    let effects = chain.removal_effects();
    let all: f64 = effects.iter().sum();
    let weight = |(row, state): (&Row, &usize)| {
        let effect = effects.get(*state).copied().unwrap_or(0.0) / all;
        let of_rest = as_f64(row.touches.into()) / as_f64(rest.max(1).into());
        part(if *state == STATES_MAX { effect * of_rest } else { effect })
    };
    let weights: Vec<i128> = rows.iter().zip(&states).map(weight).collect();
    let revenue = with_path().map(|one| one.purchase.revenue).sum();
    let credits = divide(MILLION * with_path().count() as i128, &weights);
    credits.into_iter().zip(divide(revenue, &weights)).collect()
}

/// As answers have the credit of models.
pub(super) fn of_models(models: &[(AttributionModel, Credit)], is_priced: bool) -> Vec<v1::ModelCredit> {
    let one = |(model, (credit, revenue)): &(AttributionModel, Credit)| v1::ModelCredit {
        model: (*model).into(),
        credit_millionths: u64::try_from(*credit).unwrap_or_default(),
        revenue: crate::answers::sums::sum(*revenue).filter(|_| is_priced),
    };
    models.iter().map(one).collect()
}

/// What every model says of conversions without a touchpoint.
pub(super) fn untouched(credit: Credit, params: &ChannelsParams) -> Vec<(AttributionModel, Credit)> {
    if params.measures.models { MODELS.map(|model| (model, credit)).to_vec() } else { Vec::new() }
}
