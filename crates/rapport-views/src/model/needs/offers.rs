//! Whether deals are won more often whose offers name the needs that they meet.

use hashbrown::HashMap;
use rapport_model::{Position, Timestamp};
use rapport_proto::v1;

use super::{measures::share, params::NeedsParams};
use crate::{
    model::{
        closed_deals::{Deal, Tally, closed, count},
        figures::Figures,
    },
    read::{ReadError, Rows, TypedRows as _},
    rows::{Identity, NamedNeedRow, ObjectId},
    stats::proportions::{difference, z_test},
    table::Filter,
};

/// What is said of a deal by one of its offers, or by its opening.
#[derive(Debug, Clone, Copy)]
struct Named {
    at: Timestamp,
    position: Position,
    is_offer: bool,
    names_a_need: bool,
}

impl Named {
    /// An offer counts until the deal is closed; a deal is opened before that, whatever the dates say.
    fn counts_for(&self, deal: &Deal) -> bool {
        !self.is_offer || self.at <= deal.closed
    }
}

/// Deals that were closed in the period.
#[derive(Debug, Default)]
pub(super) struct Offers {
    with: Vec<Deal>,
    without: Vec<Deal>,
    not_offered: Vec<Deal>,
    /// The offers and openings that put deals there.
    events: Vec<(Deal, Position)>,
}

impl Offers {
    pub(super) fn read(
        rows: &dyn Rows,
        identity: &Identity,
        params: &NeedsParams,
    ) -> Result<Self, ReadError> {
        let mut named: HashMap<ObjectId, Vec<Named>> = HashMap::new();
        rows.in_any_order::<NamedNeedRow>(&Filter::all(), params.as_of, |row| {
            if row.deal != ObjectId::NOBODY {
                named.entry(row.deal).or_default().push(Named {
                    at: row.occurred_at,
                    position: row.position,
                    is_offer: row.offer != ObjectId::NOBODY,
                    names_a_need: row.need != ObjectId::NOBODY,
                });
            }
        })?;
        let mut offers = Self::default();
        for deal in closed(rows, identity, (params.as_of, params.window))? {
            let own = named.get(&deal.id).into_iter().flatten().filter(|one| one.counts_for(&deal));
            let own: Vec<&Named> = own.collect();
            let is_named = own.iter().any(|one| one.names_a_need);
            let says = own.iter().filter(|one| one.names_a_need == is_named);
            offers.events.extend(says.map(|one| (deal, one.position)));
            let list = match (is_named, own.is_empty()) {
                (true, _) => &mut offers.with,
                (false, false) => &mut offers.without,
                (false, true) => &mut offers.not_offered,
            };
            list.push(deal);
        }
        Ok(offers)
    }

    /// As answers say it.
    pub(super) fn message(&self, figures: &mut Figures) -> v1::NeedOffers {
        if figures.parts().first() == Some(&"offers") {
            let events = self.events.iter();
            figures.beside(
                events.map(|(deal, event)| (deal.thing(), deal.customer, *event)).collect::<Vec<_>>(),
            );
        }
        let mut counted = |what, deals: &[Deal], is_won| {
            count(figures, &["offers", what], &deals.iter().collect::<Vec<_>>(), is_won)
        };
        let part = |deals: &[Deal]| {
            let tally = Tally::of(deals.iter());
            (tally.won, tally.all())
        };
        let (with, without) = (part(&self.with), part(&self.without));
        let change = difference(with, without);
        let ends = change.and_then(|change| change.interval);
        let test = z_test(with, without);
        v1::NeedOffers {
            with_won: share(counted("with_won", &self.with, true), with.1),
            with_lost: counted("with_lost", &self.with, false),
            without_won: share(counted("without_won", &self.without, true), without.1),
            without_lost: counted("without_lost", &self.without, false),
            not_offered: figures.count(&["offers", "not_offered"], self.not_offered.iter().map(Deal::thing)),
            difference: change.map(|change| change.value),
            low: ends.map(|(low, _)| low),
            high: ends.map(|(_, high)| high),
            z: test.map(|(z, _)| z),
            p: test.map(|(_, p)| p),
        }
    }
}
