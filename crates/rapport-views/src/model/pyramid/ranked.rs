//! What was bought in one currency, each customer on a level.

use std::{
    cmp::{Ordering, Reverse},
    collections::BTreeMap,
    ops::Range,
};

use hashbrown::HashMap;
use rapport_proto::{definition::classes::Pyramid, v1::PyramidLevel};

use super::{
    bought::{Bought, Key},
    level::{self, FIFTH},
};
use crate::{
    model::order::settle,
    read::ReadError,
    rows::{ObjectId, Symbol, Symbols},
};

/// A customer on a level.
#[derive(Debug, Clone, Copy)]
pub(super) struct Buyer {
    pub(super) party: ObjectId,
    pub(super) bought: Bought,
    pub(super) level: PyramidLevel,
}

/// What was bought in one currency.
#[derive(Debug)]
pub(super) struct Currency {
    /// Empty where there are no amounts: then nobody has a level.
    pub(super) code: String,
    pub(super) symbol: Symbol,
    /// Who bought in the period, by revenue, the highest first. Those of equal revenue are in the order of their names where
    /// a level ends between them.
    pub(super) buyers: Vec<Buyer>,
    /// How many of these have a positive revenue.
    pub(super) positive: usize,
    /// Who bought before the period alone, by the last purchase, the latest first.
    pub(super) inactive: Vec<Buyer>,
    /// What names no customer.
    pub(super) nobody: Bought,
}

/// Customers of one currency, with what they bought.
type Customers = Vec<(ObjectId, Bought)>;

/// The name of a customer.
pub(super) type Name<'a> = dyn FnMut(ObjectId) -> Result<String, ReadError> + 'a;

/// By code, what has none last.
pub(super) fn currencies(
    bought: &HashMap<Key, Bought>,
    wanted: Option<&str>,
    cuts: Pyramid,
    symbols: &Symbols,
    name: &mut Name<'_>,
) -> Result<Vec<Currency>, ReadError> {
    let mut by_code: BTreeMap<(bool, &str, Symbol), Customers> = BTreeMap::new();
    for ((party, symbol), bought) in bought {
        let code = symbols.text(*symbol);
        if wanted.is_none_or(|wanted| wanted == code) {
            by_code.entry((code.is_empty(), code, *symbol)).or_default().push((*party, *bought));
        }
    }
    let all = by_code.into_iter().map(|((_, code, symbol), of)| Currency::of(code, symbol, of, cuts, name));
    let mut all = all.collect::<Result<Vec<_>, _>>()?;
    all.retain(|one| !one.buyers.is_empty() || !one.inactive.is_empty() || one.nobody.is_anything());
    Ok(all)
}

impl Bought {
    pub(super) const fn is_anything(self) -> bool {
        self.purchases > 0 || self.revenue != 0
    }
}

impl Currency {
    fn of(
        code: &str,
        symbol: Symbol,
        all: Customers,
        cuts: Pyramid,
        name: &mut Name<'_>,
    ) -> Result<Self, ReadError> {
        let (mut buyers, mut inactive, mut nobody) = (Vec::new(), Vec::new(), Bought::default());
        let is_priced = !code.is_empty();
        for (party, bought) in all {
            let on = |level| Buyer { party, bought, level };
            if party == ObjectId::NOBODY {
                nobody = bought;
            } else if bought.purchases > 0 {
                buyers.push(on(PyramidLevel::Unspecified));
            } else if bought.earlier && is_priced {
                inactive.push(on(PyramidLevel::Inactive));
            }
        }
        buyers.sort_unstable_by(by_revenue);
        inactive.sort_unstable_by(by_last);
        let positive = buyers.partition_point(|buyer| buyer.bought.revenue > 0);
        let mut one = Self { code: code.to_owned(), symbol, buyers, positive, inactive, nobody };
        if is_priced {
            one.put_on_levels(cuts, name)?;
        }
        Ok(one)
    }

    /// Among those with a positive revenue; the others are small, however few there are.
    fn put_on_levels(&mut self, cuts: Pyramid, name: &mut Name<'_>) -> Result<(), ReadError> {
        let ends = level::ends(cuts, self.positive);
        for end in ends.into_iter().chain([self.fifth()]) {
            let around = end.saturating_sub(1)..end + 1;
            if let Some([a, b]) = self.buyers.get(around.clone())
                && by_revenue(a, b).is_eq()
            {
                settle(&mut self.buyers, around, by_revenue, &mut |buyer| name(buyer.party))?;
            }
        }
        for (place, buyer) in self.buyers.iter_mut().enumerate() {
            let is_ranked = place < self.positive;
            buyer.level = if is_ranked { level::at(place, ends) } else { PyramidLevel::Small };
        }
        Ok(())
    }

    /// How many the first 20 % are.
    pub(super) fn fifth(&self) -> usize {
        level::first(FIFTH, self.positive)
    }

    /// The places of a level among the buyers, or among the inactive.
    pub(super) fn places(&self, level: PyramidLevel) -> Range<usize> {
        if level == PyramidLevel::Inactive {
            return 0..self.inactive.len();
        }
        // Levels are in the order of their numbers.
        let from = self.buyers.partition_point(|buyer| buyer.level < level);
        from..self.buyers.partition_point(|buyer| buyer.level <= level)
    }

    /// Who is on a level.
    pub(super) fn on(&self, level: PyramidLevel) -> &[Buyer] {
        let all = if level == PyramidLevel::Inactive { &self.inactive } else { &self.buyers };
        all.get(self.places(level)).unwrap_or_default()
    }

    /// The positive revenue of all buyers, of which shares are parts.
    pub(super) fn positive_revenue(&self) -> i128 {
        self.buyers.iter().map(|buyer| buyer.bought.revenue.max(0)).sum()
    }
}

/// The highest first.
pub(super) fn by_revenue(a: &Buyer, b: &Buyer) -> Ordering {
    b.bought.revenue.cmp(&a.bought.revenue)
}

/// The latest first.
pub(super) fn by_last(a: &Buyer, b: &Buyer) -> Ordering {
    Reverse(a.bought.last).cmp(&Reverse(b.bought.last))
}
