//! Markets: each is asked of every campaign, the last one first.

use std::collections::BTreeSet;

use rapport_proto::{
    time,
    v1::{self, payload::Kind},
};

use super::{Oracle, count};

impl Oracle<'_> {
    /// Of all campaigns until the end of the period, against so many customers.
    pub(super) fn market(&self, customers: usize) -> v1::PyramidMarkets {
        // What happened is in its order.
        let defined = || {
            self.happened.iter().filter(|one| one.at < self.window.1).filter_map(|one| match &one.kind {
                Kind::CampaignDefined(defined) if !defined.market.is_empty() => Some((one.at, defined)),
                _ => None,
            })
        };
        let names: BTreeSet<&str> = defined().map(|(_, defined)| defined.market.as_str()).collect();
        let market = |name: &str| {
            let of = || defined().filter(|(_, defined)| defined.market == name);
            let last = of().rfind(|(_, defined)| defined.market_size.is_some());
            v1::PyramidMarket {
                market: name.to_owned(),
                size: last.and_then(|(_, defined)| defined.market_size),
                said_at: last.map(|(at, _)| time::to_proto(at)),
                definitions: count(of().count()),
            }
        };
        let mut markets: Vec<v1::PyramidMarket> = names.into_iter().map(market).collect();
        markets.sort_by_key(|one| one.size.map_or(u64::MAX, |size| u64::MAX - 1 - size));
        let size: u64 = markets.iter().filter_map(|one| one.size).sum();
        v1::PyramidMarkets {
            customers: count(customers),
            size: (size > 0).then_some(size),
            share: (size > 0).then(|| customers as f64 / size as f64),
            markets,
            markets_left_out: 0,
        }
    }
}
