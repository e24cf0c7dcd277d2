//! Who was on which level at the earlier moment.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};
use rapport_proto::v1::{self, PyramidLevel};

use super::{
    bought::{Bought, Key},
    level::{OF_BUYERS, code},
    ranked::{Buyer, Currency},
    sum,
};
use crate::{
    model::figures::{Counted, Figures},
    rows::{ObjectId, Symbol},
    stats::share,
};

/// The earlier levels, by currency.
#[derive(Debug, Default)]
pub(super) struct Before {
    of: BTreeMap<String, HashMap<ObjectId, Buyer>>,
    symbols: BTreeMap<String, Symbol>,
    /// What was charged later less what was charged earlier.
    changes: HashMap<Key, i128>,
}

/// A customer of one currency, then and now.
#[derive(Debug, Clone, Copy)]
struct Moved {
    party: ObjectId,
    from: PyramidLevel,
    to: PyramidLevel,
    change: i128,
}

/// What a move is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Up,
    Same,
    Down,
    New,
    Back,
    Gone,
}

impl Before {
    /// `bought` is what everybody bought at both moments, the earlier one first: who only gave something back is on no
    /// level, and what was charged changed all the same.
    pub(super) fn new(currencies: Vec<Currency>, [earlier, later]: [&HashMap<Key, Bought>; 2]) -> Self {
        let mut changes: HashMap<Key, i128> = HashMap::with_capacity(later.len());
        for (of, sign) in [(earlier, -1), (later, 1)] {
            for (key, bought) in of {
                *changes.entry(*key).or_default() += sign * bought.revenue;
            }
        }
        let symbols = currencies.iter().map(|one| (one.code.clone(), one.symbol)).collect();
        let priced = currencies.into_iter().filter(|currency| !currency.code.is_empty());
        let by_party = |currency: Currency| {
            let buyers = currency.buyers.into_iter().chain(currency.inactive);
            (currency.code, buyers.map(|buyer| (buyer.party, buyer)).collect())
        };
        Self { of: priced.map(by_party).collect(), symbols, changes }
    }

    /// By code, every customer of a currency.
    pub(super) fn currencies(&self) -> impl Iterator<Item = (&str, &HashMap<ObjectId, Buyer>)> {
        self.of.iter().map(|(code, of)| (code.as_str(), of))
    }

    /// A customer of a currency, as it was.
    pub(super) fn of(&self, party: ObjectId, currency: &str) -> Option<&Buyer> {
        self.of.get(currency).and_then(|of| of.get(&party))
    }

    /// The revenue of the later period less that of the earlier one.
    fn change(&self, party: ObjectId, currency: Symbol) -> i128 {
        self.changes.get(&(party, currency)).copied().unwrap_or_default()
    }

    /// Its level; none before the first purchase.
    pub(super) fn level(&self, party: ObjectId, currency: &str) -> PyramidLevel {
        self.of(party, currency).map_or(PyramidLevel::Unspecified, |buyer| buyer.level)
    }
}

/// The matrix and the counts of moves, a currency after the other.
pub(super) fn of(
    now: &[Currency],
    before: &Before,
    figures: &mut Figures,
) -> (Vec<v1::PyramidMove>, Vec<v1::PyramidMoves>) {
    let priced = || now.iter().filter(|currency| !currency.code.is_empty());
    let mut by_code: BTreeMap<&str, Vec<Moved>> = BTreeMap::new();
    for currency in priced() {
        by_code.insert(&currency.code, currency.moved(before));
    }
    for (code, earlier) in &before.of {
        let symbol = before.symbols.get(code).copied().unwrap_or_default();
        let still: HashSet<ObjectId> = priced()
            .filter(|now| now.code == *code)
            .flat_map(Currency::members)
            .map(|one| one.party)
            .collect();
        let left = earlier.values().filter(|buyer| !still.contains(&buyer.party)).map(|buyer| Moved {
            party: buyer.party,
            from: buyer.level,
            to: PyramidLevel::Unspecified,
            change: before.change(buyer.party, symbol),
        });
        by_code.entry(code).or_default().extend(left);
    }
    by_code.retain(|_, moved| !moved.is_empty());
    let matrix = by_code.iter().flat_map(|(code, moved)| cells(code, moved, figures)).collect();
    let moves = by_code.iter().map(|(code, moved)| counts(code, moved, figures)).collect();
    (matrix, moves)
}

impl Currency {
    /// Who is on a level.
    pub(super) fn members(&self) -> impl Iterator<Item = &Buyer> {
        self.buyers.iter().chain(&self.inactive)
    }

    fn moved(&self, before: &Before) -> Vec<Moved> {
        let moved = |buyer: &Buyer| Moved {
            party: buyer.party,
            from: before.level(buyer.party, &self.code),
            to: buyer.level,
            change: before.change(buyer.party, self.symbol),
        };
        self.members().map(moved).collect()
    }
}

fn cells(currency: &str, moved: &[Moved], figures: &mut Figures) -> Vec<v1::PyramidMove> {
    type Place = (bool, PyramidLevel);
    let mut cells: BTreeMap<(Place, Place), Vec<Moved>> = BTreeMap::new();
    // No level comes last, on both sides.
    let place = |level: PyramidLevel| (level == PyramidLevel::Unspecified, level);
    for one in moved {
        cells.entry((place(one.from), place(one.to))).or_default().push(*one);
    }
    let cell = |(((_, from), (_, to)), all): ((Place, Place), Vec<Moved>)| {
        let name = |level| match level {
            PyramidLevel::Unspecified => "none",
            level => code(level),
        };
        let customers = all.iter().map(|one| Counted::party(one.party));
        v1::PyramidMove {
            currency: currency.to_owned(),
            from: from.into(),
            to: to.into(),
            customers: figures.count(&["migration", currency, name(from), name(to)], customers),
            revenue_change: Some(sum(all.iter().map(|one| one.change).sum())),
        }
    };
    cells.into_iter().map(cell).collect()
}

impl Moved {
    fn kind(&self) -> Option<Kind> {
        match (OF_BUYERS.contains(&self.from), OF_BUYERS.contains(&self.to)) {
            (true, true) => Some(match self.to.cmp(&self.from) {
                std::cmp::Ordering::Less => Kind::Up,
                std::cmp::Ordering::Equal => Kind::Same,
                std::cmp::Ordering::Greater => Kind::Down,
            }),
            (true, false) => Some(Kind::Gone),
            (false, true) if self.from == PyramidLevel::Inactive => Some(Kind::Back),
            (false, true) => Some(Kind::New),
            (false, false) => None,
        }
    }
}

fn counts(currency: &str, moved: &[Moved], figures: &mut Figures) -> v1::PyramidMoves {
    let mut of = |kind, name| {
        let parties =
            moved.iter().filter(|one| one.kind() == Some(kind)).map(|one| Counted::party(one.party));
        figures.count(&["moves", currency, name], parties)
    };
    let [up, same, down] = [of(Kind::Up, "up"), of(Kind::Same, "same"), of(Kind::Down, "down")];
    let n = |figure: &Option<v1::Figure>| figure.as_ref().map_or(0, |figure| figure.count);
    let both = n(&up) + n(&same) + n(&down);
    v1::PyramidMoves {
        currency: currency.to_owned(),
        share_up: share(n(&up), both),
        share_same: share(n(&same), both),
        share_down: share(n(&down), both),
        up,
        same,
        down,
        new: of(Kind::New, "new"),
        back: of(Kind::Back, "back"),
        gone: of(Kind::Gone, "gone"),
    }
}
