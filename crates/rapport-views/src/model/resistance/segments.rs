//! Deals by what an attribute of their customer was when they were closed.

use std::collections::BTreeMap;

use rapport_proto::v1;

use super::attributes::Attribute;
use crate::{
    model::{
        closed_deals::{Deal, Tally, count},
        figures::Figures,
    },
    rows::{ObjectId, Symbol, Symbols},
    stats::{as_f64, proportions::Part},
};

/// k: as many deals of the overall share are added to each segment, so that few deals move it little.
const PRIOR: i128 = 10;

/// RI/100 of a segment as a fraction, λ = L/N being one: (L_s·N + k·L)/(N·(W_s + L_s + k)).
fn index(of: Tally, all: Tally) -> (i128, i128) {
    let n = i128::from(all.all());
    let above = i128::from(of.lost) * n + PRIOR * i128::from(all.lost);
    (above, n * (i128::from(of.all()) + PRIOR))
}

/// Of a deal the value of the attribute, empty where it is not said, and whether it was said only later.
pub(super) fn value(deal: &Deal, attribute: &Attribute) -> (Symbol, bool) {
    let known = Some(deal.customer).filter(|customer| *customer != ObjectId::NOBODY);
    known.and_then(|customer| attribute.at(customer, deal.closed)).unwrap_or_default()
}

/// The highest index first, then the most deals, then by key.
pub(super) fn segments(
    deals: &[Deal],
    attribute: &Attribute,
    symbols: &Symbols,
    figures: &mut Figures,
) -> Vec<v1::ResistanceSegment> {
    let mut found: BTreeMap<&str, Vec<&Deal>> = BTreeMap::new();
    for deal in deals {
        let (value, _) = value(deal, attribute);
        found.entry(symbols.text(value)).or_default().push(deal);
    }
    let all = Tally::of(deals.iter());
    let segment = |(key, own): (&str, Vec<&Deal>)| {
        let of = Tally::of(own.iter().copied());
        let (above, below) = index(of, all);
        let lost = Part::of(of.lost, of.all());
        let message = v1::ResistanceSegment {
            key: key.to_owned(),
            won: count(figures, &["rows", key, "won"], &own, true),
            lost: count(figures, &["rows", key, "lost"], &own, false),
            index: 100.0 * as_f64(above) / as_f64(below),
            loss_share: lost.share.unwrap_or_default(),
            low: lost.low.unwrap_or_default(),
            high: lost.high.unwrap_or_default(),
        };
        (of, message)
    };
    let mut segments: Vec<_> = found.into_iter().map(segment).collect();
    segments.sort_by(|(one, _), (other, _)| {
        // The common N is left away: by whole numbers, so that rounding puts none before its equal.
        let ((a, _), (b, _)) = (index(*one, all), index(*other, all));
        let [n, m] = [one, other].map(|of| i128::from(of.all()) + PRIOR);
        (b * n).cmp(&(a * m)).then_with(|| other.all().cmp(&one.all()))
    });
    segments.into_iter().map(|(_, message)| message).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_of_few_deals_stays_near_the_overall_share() {
        let all = Tally { won: 30, lost: 10 };
        let of = |won, lost| {
            let (above, below) = index(Tally { won, lost }, all);
            format!("{:.2}", 100.0 * as_f64(above) / as_f64(below))
        };
        // λ = 0.25: 100·(1 + 2.5)/(1 + 10), 100·(9 + 2.5)/(20 + 10), 100·2.5/10.
        assert_eq!([of(0, 1), of(11, 9), of(0, 0)], ["31.82", "38.33", "25.00"]);
    }
}
