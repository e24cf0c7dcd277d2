//! The customers of one currency, in the order of what is expected of them.

use hashbrown::HashMap;

use super::{
    bought::{Charged, Customer},
    fits::{Fits, Outlook},
    params::ValueParams,
};
use crate::{
    answers::sums::ratio,
    model::descending::heaviest_first,
    rows::{ObjectId, Symbol},
    stats::as_f64,
};

/// What one customer did after T.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Since {
    pub(super) purchases: usize,
    /// With a purchase.
    pub(super) days: u64,
    /// What was charged, less what was taken back.
    pub(super) charged: i128,
}

/// What is larger is no amount of money.
const WHOLE_MAX: f64 = 1e30;

/// One customer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ranked {
    pub(super) of: Customer,
    pub(super) outlook: Option<Outlook>,
    /// What a day with a purchase is expected to be worth, in minor units.
    pub(super) mean: Option<i128>,
    /// What is expected of it within the horizon, in minor units.
    pub(super) value: Option<i128>,
    /// The same, discounted.
    pub(super) discounted: Option<i128>,
    /// What is left of what was charged after costs and concessions; none where no cost is known.
    pub(super) margin: Option<i128>,
    /// What is left of `value`; none where no margin is known.
    pub(super) profit: Option<i128>,
    /// The same of what is discounted.
    pub(super) profit_discounted: Option<i128>,
    /// What it did after T, where a later moment is asked for.
    pub(super) since: Option<Since>,
}

/// One currency.
#[derive(Debug)]
pub(super) struct Currency {
    pub(super) charged: Charged,
    pub(super) fits: Fits,
    pub(super) ranked: Vec<Ranked>,
    /// Purchases of these customers after T, each once for each of them.
    pub(super) bought_since: Vec<(ObjectId, ObjectId)>,
    /// The part of what is charged that is left, and whether it was measured.
    pub(super) margin_share: Option<(f64, bool)>,
}

impl Currency {
    /// The highest expected value first, equal ones by id.
    pub(super) fn of<E>(
        charged: Charged,
        params: &ValueParams,
        mut name: impl FnMut(ObjectId) -> Result<String, E>,
    ) -> Result<Self, E> {
        let fits = Fits::of(&charged.customers, &charged.code, params);
        let outlooks = fits.outlooks(&charged.customers, params);
        let rank = |of: &Customer| {
            let outlook = outlooks.get(&of.days).copied();
            let mean = fits.expected_mean(of).filter(|_| outlook.is_some());
            let worth = |times: fn(&Outlook) -> f64| whole(mean? * times(outlook.as_ref()?));
            Ranked {
                of: *of,
                outlook,
                mean: mean.and_then(whole),
                value: worth(|outlook| outlook.purchases),
                discounted: worth(|outlook| outlook.discounted),
                margin: None,
                profit: None,
                profit_discounted: None,
                since: None,
            }
        };
        let mut ranked: Vec<Ranked> = charged.customers.iter().map(rank).collect();
        heaviest_first(&mut ranked, |one| one.value.unwrap_or(one.of.historic), |one| name(one.of.party))?;
        Ok(Self { charged, fits, ranked, bought_since: Vec::new(), margin_share: None })
    }

    /// Takes off what was spent on customers, of whom that is known.
    pub(super) fn take_off(&mut self, spent: &HashMap<(ObjectId, Symbol), i128>, currency: Symbol) {
        for one in &mut self.ranked {
            one.margin = spent.get(&(one.of.party, currency)).map(|spent| one.of.historic - spent);
        }
    }

    /// Gives each customer what is left of its value: at the margin that is given, otherwise at that of all customers of whom
    /// costs are known. One customer's own margin rests on few purchases.
    pub(super) fn in_profit(&mut self, given: Option<f64>) {
        let with_costs = self.ranked.iter().filter_map(|one| Some((one.margin?, one.of.historic)));
        let (margin, historic) = with_costs.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let measured = ratio(margin, historic).map(|share| (share, true));
        self.margin_share = given.map(|share| (share, false)).or(measured);
        let Some((share, _)) = self.margin_share else { return };
        let left = |amount: Option<i128>| whole(as_f64(amount?) * share);
        for one in &mut self.ranked {
            (one.profit, one.profit_discounted) = (left(one.value), left(one.discounted));
        }
    }

    /// The sum of something of all customers, where it is known of all.
    pub(super) fn sum_of(&self, what: fn(&Ranked) -> Option<i128>) -> Option<i128> {
        if self.ranked.is_empty() {
            return None;
        }
        self.ranked.iter().map(what).sum()
    }

    /// The same of what is no amount; the order of the sum is that of the numbers.
    pub(super) fn total_of(&self, what: fn(&Outlook) -> f64) -> Option<f64> {
        let all = self.ranked.iter().map(|one| one.outlook.as_ref().map(what));
        let mut all = all.collect::<Option<Vec<f64>>>().filter(|all| !all.is_empty())?;
        all.sort_unstable_by(f64::total_cmp);
        Some(all.into_iter().sum())
    }
}

/// The nearest whole number, such as of minor units.
#[expect(clippy::cast_possible_truncation, reason = "the number is whole and within 128 bits")]
pub(super) fn whole(amount: f64) -> Option<i128> {
    (amount.abs() <= WHOLE_MAX).then(|| amount.round() as i128)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_without_measure_is_none() {
        assert_eq!(
            [12.5, -0.4, 1e29].map(whole),
            [Some(13), Some(0), Some(99_999_999_999_999_991_433_150_857_216)]
        );
        assert_eq!([f64::INFINITY, f64::NAN, 1e31].map(whole), [None; 3]);
    }
}
