//! Against whom deals are won and lost.

use std::collections::HashMap;

use rapport_proto::{v1, v1::FunnelMeasure};

use super::{
    scope::Scope,
    visits::{Closing, Deal},
};
use crate::{
    answers::tally::{Figures, Tally},
    rows::{Symbol, Symbols},
    stats::share,
};

#[derive(Debug, Default)]
pub(super) struct Competitors {
    by_name: HashMap<Symbol, Sides>,
}

#[derive(Debug, Default)]
struct Sides {
    won: Tally,
    lost: Tally,
}

impl Competitors {
    /// A closed deal counts once for each competitor that was named, however often.
    pub(super) fn take(&mut self, deal: &Deal<'_>, closing: Closing, scope: &Scope) {
        let named = &deal.history.competitors;
        for (at, row) in named.iter().enumerate() {
            let known = named.iter().take(at).any(|earlier| earlier.competitor == row.competitor);
            if known || row.competitor == Symbol::default() {
                continue;
            }
            let sides = self.by_name.entry(row.competitor).or_default();
            let side = if closing.won { &mut sides.won } else { &mut sides.lost };
            side.add(scope.keeps(FunnelMeasure::Competitors), || {
                let mentions = named.iter().filter(|mention| mention.competitor == row.competitor);
                let events: Vec<_> = mentions.map(|mention| mention.position).chain([closing.by]).collect();
                deal.hit(&events)
            });
        }
    }

    /// Those met most often first, then by name.
    pub(super) fn finish(
        self,
        pipeline: &str,
        symbols: &Symbols,
        figures: &mut Figures,
    ) -> Vec<v1::Competitor> {
        let mut rows: Vec<_> =
            self.by_name.into_iter().map(|(name, sides)| (symbols.text(name), sides)).collect();
        rows.sort_by(|(a, left), (b, right)| right.met().cmp(&left.met()).then_with(|| a.cmp(b)));
        let to_proto = |(name, sides): (&str, Sides)| v1::Competitor {
            competitor: name.to_owned(),
            win_rate: share(sides.won.count, sides.met()),
            won: figures.write(&[pipeline, "competitors", name, "won"], sides.won),
            lost: figures.write(&[pipeline, "competitors", name, "lost"], sides.lost),
        };
        rows.into_iter().map(to_proto).collect()
    }
}

impl Sides {
    fn met(&self) -> u64 {
        self.won.count + self.lost.count
    }
}
