//! Of those who were on a level at the earlier moment, those who still buy: the best customers are the first to keep.

use std::collections::BTreeMap;

use hashbrown::HashSet;
use rapport_proto::v1::{self, PyramidLevel};

use super::{
    bought::Period,
    level::{OF_BUYERS, code},
    migration::Before,
    params::PyramidParams,
    ranked::Currency,
};
use crate::{
    answers::window::Window,
    model::{
        figures::{Counted, Figures},
        retention::MEASURED_MIN,
    },
    read::{ReadError, Rows},
    rows::{Identity, ObjectId, Symbols},
    stats::{share, wilson},
};

/// Who bought in the window and after the earlier moment, by currency.
#[derive(Debug, Default)]
pub(super) struct Later(BTreeMap<String, HashSet<ObjectId>>);

impl Later {
    /// Those who bought in the window, or where it begins before the earlier moment, in the part behind that: what counted
    /// then does not count again.
    pub(super) fn read(
        rows: &dyn Rows,
        identity: &Identity,
        params: &PyramidParams,
        symbols: &Symbols,
        now: &[Currency],
    ) -> Result<Self, ReadError> {
        let (window, since) = (params.now.window, params.before.window.to);
        let mut later = Self::default();
        if since <= window.from {
            let parties = |of: &Currency| of.buyers.iter().map(|buyer| buyer.party).collect();
            later.0.extend(now.iter().map(|of| (of.code.clone(), parties(of))));
            return Ok(later);
        }
        let behind = Period { window: Window { from: since, ..window }, ..params.now };
        for ((party, currency), bought) in behind.bought(rows, identity)? {
            if bought.purchases > 0 {
                later.0.entry(symbols.text(currency).to_owned()).or_default().insert(party);
            }
        }
        Ok(later)
    }

    fn has(&self, currency: &str, party: ObjectId) -> bool {
        self.0.get(currency).is_some_and(|of| of.contains(&party))
    }
}

/// A row a currency and level before, then one of all levels.
pub(super) fn of(before: &Before, later: &Later, figures: &mut Figures) -> Vec<v1::PyramidKept> {
    let mut rows = Vec::new();
    for (currency, earlier) in before.currencies() {
        let on = |levels: &[PyramidLevel]| {
            let found = earlier.values().filter(|buyer| levels.contains(&buyer.level));
            let mut parties: Vec<ObjectId> = found.map(|buyer| buyer.party).collect();
            parties.sort_unstable();
            parties
        };
        let each = OF_BUYERS.map(|level| (level, on(&[level])));
        for (level, parties) in each.into_iter().chain([(PyramidLevel::Unspecified, on(&OF_BUYERS))]) {
            if !parties.is_empty() {
                rows.push(row(currency, level, &parties, later, figures));
            }
        }
    }
    rows
}

fn row(
    currency: &str,
    level: PyramidLevel,
    parties: &[ObjectId],
    later: &Later,
    figures: &mut Figures,
) -> v1::PyramidKept {
    let name = if level == PyramidLevel::Unspecified { "all" } else { code(level) };
    let customers = parties.iter().map(|party| Counted::party(*party));
    let still = parties.iter().filter(|party| later.has(currency, **party));
    let still: Vec<Counted> = still.map(|party| Counted::party(*party)).collect();
    let (all, kept) = (parties.len() as u64, still.len() as u64);
    let is_enough = all >= MEASURED_MIN;
    let interval = wilson::percentage(kept, all).and_then(|estimate| estimate.interval);
    let interval = interval.filter(|_| is_enough);
    v1::PyramidKept {
        currency: currency.to_owned(),
        level: level.into(),
        customers: figures.count(&["kept", currency, name, "customers"], customers),
        still_buy: figures.count(&["kept", currency, name, "still_buy"], still.into_iter()),
        rate: share(kept, all).filter(|_| is_enough),
        low: interval.map(|(low, _)| low / 100.0),
        high: interval.map(|(_, high)| high / 100.0),
    }
}
