//! Resistance computed again: every deal is asked about every objection, every contact and every attribute.

use std::collections::BTreeSet;

use rapport_model::Timestamp;
use rapport_proto::{time, v1, v1::payload::Kind};
use rapport_views::model::Resistance;
use statrs::distribution::{ContinuousCDF, Normal};

use super::{
    acting::{Acting, is_two_way},
    checks,
    company::{Company, Happened},
    funnel_oracle::count,
    needs_oracle::wilson,
    proto,
};

pub(crate) fn asked(company: &Company, request: &v1::ResistanceRequest) -> v1::ResistanceResponse {
    company.ask::<Resistance>(request, None, 0).unwrap().response
}

pub(super) struct Deal {
    pub(super) id: String,
    customer: String,
    opened: Timestamp,
    pub(super) closed: Timestamp,
    won: bool,
}

/// Won and lost.
pub(super) fn tally<'a>(deals: impl IntoIterator<Item = &'a Deal>) -> (usize, usize) {
    let deals: Vec<&Deal> = deals.into_iter().collect();
    let won = deals.iter().filter(|deal| deal.won).count();
    (won, deals.len() - won)
}

fn deal_of(kind: &Kind) -> Option<&String> {
    match kind {
        Kind::DealOpened(one) => Some(&one.deal_id),
        Kind::DealStageChanged(one) => Some(&one.deal_id),
        Kind::DealWon(one) => Some(&one.deal_id),
        Kind::DealLost(one) => Some(&one.deal_id),
        _ => None,
    }
}

/// Whether a deal was won by an event, or lost; `None` of other events.
fn outcome(one: &Happened) -> Option<bool> {
    match one.kind {
        Kind::DealWon(_) => Some(true),
        Kind::DealLost(_) => Some(false),
        _ => None,
    }
}

fn deal(happened: &[Happened], id: &String) -> Option<Deal> {
    let mut own: Vec<&Happened> = happened.iter().filter(|one| deal_of(&one.kind) == Some(id)).collect();
    let opened = own[0].at;
    // Whatever its date, a deal is opened before anything else happens to it.
    if let Some(opening) = own.iter().position(|one| matches!(one.kind, Kind::DealOpened(_))) {
        own[..=opening].rotate_right(1);
    }
    let won = outcome(own.last()?)?;
    let closing = own.iter().rev().take_while(|one| outcome(one) == Some(won)).last()?;
    Some(Deal {
        id: id.clone(),
        customer: own
            .iter()
            .map(|one| &one.customer)
            .find(|one| !one.is_empty())
            .cloned()
            .unwrap_or_default(),
        opened,
        closed: closing.at,
        won,
    })
}

/// Deals that were closed in a window.
pub(super) fn closed(happened: &[Happened], (from, to): (Timestamp, Timestamp)) -> Vec<Deal> {
    let ids: BTreeSet<&String> = happened.iter().filter_map(|one| deal_of(&one.kind)).collect();
    let all = ids.into_iter().filter_map(|id| deal(happened, id));
    all.filter(|deal| from <= deal.closed && deal.closed < to).collect()
}

/// What one event names of one deal.
struct Said<'a> {
    position: u64,
    deal: &'a str,
    factors: Vec<&'a str>,
    barrier: &'static str,
    competitor: &'a str,
    gap: Option<&'a v1::Money>,
    strength: Option<f64>,
}

const BARRIERS: [&str; 6] = ["", "usage", "value", "risk", "tradition", "image"];

fn said(one: &Happened) -> Option<Said<'_>> {
    let position = one.position;
    match &one.kind {
        Kind::ObjectionObserved(said) => Some(Said {
            position,
            deal: one.tags.first().map_or("", |tag| tag.trim_start_matches("deal:")),
            factors: vec![&said.factor],
            barrier: BARRIERS[said.barrier as usize],
            competitor: &said.competitor,
            gap: said.price_gap.as_ref(),
            strength: said.strength,
        }),
        // A loss by nothing says nothing, not even a competitor.
        Kind::DealLost(lost) if !lost.factors.is_empty() => Some(Said {
            position,
            deal: &lost.deal_id,
            factors: lost.factors.iter().map(String::as_str).collect(),
            barrier: "",
            competitor: &lost.competitor,
            gap: None,
            strength: None,
        }),
        _ => None,
    }
}

struct World<'a> {
    company: &'a Company,
    request: &'a v1::ResistanceRequest,
    happened: &'a [Happened],
    deals: &'a [Deal],
    said: Vec<Said<'a>>,
}

impl World<'_> {
    fn factors(&self, keys: &dyn Fn(&Said<'_>) -> Vec<String>) -> Vec<v1::ResistanceFactor> {
        let all: BTreeSet<String> = self.said.iter().flat_map(keys).filter(|key| !key.is_empty()).collect();
        let (won, lost) = tally(self.deals);
        let factor = |key: String| {
            let names = |said: &&Said<'_>| keys(said).contains(&key);
            let own: Vec<&Deal> = self
                .deals
                .iter()
                .filter(|deal| self.said.iter().filter(names).any(|said| said.deal == deal.id))
                .collect();
            let (with_won, with_lost) = tally(own);
            let strengths: Vec<f64> =
                self.said.iter().filter(names).filter_map(|said| said.strength).collect();
            let mut message = v1::ResistanceFactor {
                lost: count(with_lost),
                won: count(with_won),
                strength_n: strengths.len() as u64,
                strength_mean: (!strengths.is_empty())
                    .then(|| strengths.iter().sum::<f64>() / strengths.len() as f64),
                key,
                ..v1::ResistanceFactor::default()
            };
            if won > 0 && lost > 0 {
                let [lf, l, wf, w] = [with_lost, lost, with_won, won].map(|n| n as f64);
                let weight = (lf + 0.5).ln() - (l + 1.0).ln() - (wf + 0.5).ln() + (w + 1.0).ln();
                let variance = 1.0 / (lf + 0.5) - 1.0 / (l + 1.0) + 1.0 / (wf + 0.5) - 1.0 / (w + 1.0);
                let reach = 1.96 * variance.sqrt();
                (message.weight, message.low, message.high) =
                    (Some(weight), Some(weight - reach), Some(weight + reach));
            }
            // Quotients of whole numbers are equal where they are.
            let odds = if won > 0 && lost > 0 {
                (2 * with_lost + 1) as f64 / (2 * with_won + 1) as f64
            } else {
                0.0
            };
            (odds, with_lost, with_won, message)
        };
        let mut factors: Vec<_> = all.into_iter().map(factor).collect();
        factors.sort_by(|a, b| (b.0, b.1, b.2).partial_cmp(&(a.0, a.1, a.2)).unwrap());
        factors.into_iter().map(|(_, _, _, message)| message).collect()
    }

    fn gaps(&self) -> Vec<v1::PriceGap> {
        let gaps: Vec<(&Said<'_>, &v1::Money)> =
            self.said.iter().filter_map(|said| Some((said, said.gap?))).collect();
        let keys: BTreeSet<_> = gaps.iter().map(|(said, gap)| (said.competitor, &gap.currency)).collect();
        let of = |(competitor, currency): (&str, &String)| {
            let own =
                gaps.iter().filter(|(said, gap)| said.competitor == competitor && gap.currency == *currency);
            let mut values: Vec<i64> = own.map(|(_, gap)| gap.minor_units).collect();
            values.sort_unstable();
            let n = values.len();
            v1::PriceGap {
                competitor: competitor.to_owned(),
                currency: currency.clone(),
                objections: count(n),
                median_minor_units: (values[(n - 1) / 2] + values[n / 2]).div_euclid(2),
            }
        };
        let mut all: Vec<_> = keys.into_iter().map(of).collect();
        all.sort_by_key(|gap| -(gap.objections.as_ref().unwrap().count as i64));
        all
    }

    fn approaches(&self) -> Vec<v1::ApproachChange> {
        let acting = Acting::of(self.company);
        let approach = |one: &Happened| match &one.kind {
            Kind::TouchCallLogged(call) if is_two_way(&one.kind) => call.approach.clone(),
            Kind::TouchMessageExchanged(message) => message.approach.clone(),
            Kind::TouchMeetingHeld(meeting) if is_two_way(&one.kind) => meeting.approach.clone(),
            _ => String::new(),
        };
        let known: Vec<&Deal> = self.deals.iter().filter(|deal| !deal.customer.is_empty()).collect();
        let has = |deal: &Deal, wanted: &str| {
            self.happened.iter().any(|one| {
                approach(one) == wanted
                    && acting.counts_for(&deal.customer, one)
                    && deal.opened <= one.at
                    && one.at <= deal.closed
            })
        };
        let all: BTreeSet<String> =
            self.happened.iter().map(approach).filter(|one| !one.is_empty()).collect();
        let changes = all.into_iter().filter(|one| known.iter().any(|deal| has(deal, one)));
        let mut changes: Vec<v1::ApproachChange> = changes
            .map(|one| {
                let (with, without): (Vec<&Deal>, Vec<&Deal>) =
                    known.iter().copied().partition(|deal| has(deal, &one));
                change(one, tally(with), tally(without))
            })
            .collect();
        let n = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count as i64;
        changes.sort_by_key(|change| -(n(&change.with_won) + n(&change.with_lost)));
        changes
    }

    /// What an attribute of a customer was, and whether that was said only later.
    fn attribute(&self, deal: &Deal) -> (String, bool) {
        if deal.customer.is_empty() {
            return Default::default();
        }
        let moment = |moment: &Option<prost_types::Timestamp>| moment.as_ref().and_then(time::from_proto);
        let facts = self.happened.iter().filter_map(|one| match &one.kind {
            Kind::PartyFactRecorded(fact) if fact.category == 1 && fact.key == self.request.by => {
                let begins = moment(&fact.valid_from).unwrap_or(one.at);
                (one.customer == deal.customer).then_some(((begins, one.at, one.position), fact))
            }
            _ => None,
        });
        let mut facts: Vec<_> = facts.collect();
        facts.sort_by_key(|(order, _)| *order);
        let of = |fact: &v1::PartyFactRecorded| fact.personal.as_ref().unwrap().value.clone();
        match facts.iter().rev().find(|((begins, _, _), _)| *begins <= deal.closed) {
            Some((_, fact)) if moment(&fact.valid_to).is_some_and(|ends| ends <= deal.closed) => {
                Default::default()
            }
            Some((_, fact)) => (of(fact), false),
            None => facts.first().map(|(_, fact)| (of(fact), true)).unwrap_or_default(),
        }
    }

    fn rows(&self) -> Vec<v1::ResistanceSegment> {
        if self.request.by.is_empty() {
            return Vec::new();
        }
        let key = |deal: &Deal| self.attribute(deal).0;
        let keys: BTreeSet<String> = self.deals.iter().map(key).collect();
        let (won, lost) = tally(self.deals);
        let all = won + lost;
        let row = |one: String| {
            let (w, l) = tally(self.deals.iter().filter(|deal| key(deal) == one));
            let [share, low, high] = wilson(l, w + l);
            let lambda = lost as f64 / all as f64;
            let row = v1::ResistanceSegment {
                key: one,
                won: count(w),
                lost: count(l),
                index: 100.0 * (l as f64 + 10.0 * lambda) / ((w + l) as f64 + 10.0),
                loss_share: share.unwrap(),
                low: low.unwrap(),
                high: high.unwrap(),
            };
            ((l * all + 10 * lost) as f64 / (w + l + 10) as f64, w + l, row)
        };
        let mut rows: Vec<_> = keys.into_iter().map(row).collect();
        rows.sort_by(|a, b| (b.0, b.1).partial_cmp(&(a.0, a.1)).unwrap());
        rows.into_iter().map(|(_, _, row)| row).collect()
    }
}

pub(super) fn change(approach: String, with: (usize, usize), without: (usize, usize)) -> v1::ApproachChange {
    let (n, m) = (with.0 + with.1, without.0 + without.1);
    let ([p, low, high], [q, other_low, other_high]) = (wilson(with.0, n), wilson(without.0, m));
    let mut change = v1::ApproachChange {
        approach,
        with_won: count(with.0),
        with_lost: count(with.1),
        without_won: count(without.0),
        without_lost: count(without.1),
        with_share: p,
        without_share: q,
        ..v1::ApproachChange::default()
    };
    if let (Some(p), Some(q)) = (p, q) {
        let root = |a: f64, b: f64| (a * a + b * b).sqrt();
        change.difference = Some(p - q);
        change.low = Some(p - q - root(p - low.unwrap(), other_high.unwrap() - q));
        change.high = Some(p - q + root(high.unwrap() - p, q - other_low.unwrap()));
        let pooled = (with.0 + without.0) as f64 / (n + m) as f64;
        let expected = [n, m].map(|n| n as f64).map(|n| (n * pooled).min(n * (1.0 - pooled)));
        if expected.iter().all(|count| *count >= 5.0 - 1e-9) {
            let variance = pooled * (1.0 - pooled) * (1.0 / n as f64 + 1.0 / m as f64);
            let z = (p - q) / variance.sqrt();
            change.z = Some(z);
            change.p = Some(2.0 * Normal::new(0.0, 1.0).unwrap().cdf(-z.abs()));
        }
    }
    change
}

/// The whole answer.
pub(crate) fn answer(company: &Company, request: &v1::ResistanceRequest) -> v1::ResistanceResponse {
    let happened = company.happened();
    let window = checks::window(company, request.period_from.as_ref(), request.period_to.as_ref());
    let within = |at: Timestamp| window.0 <= at && at < window.1;
    let deals = closed(&happened, window);
    let objections = |one: &&Happened| matches!(one.kind, Kind::ObjectionObserved(_)) && one.tags.is_empty();
    let without_deal = happened.iter().filter(objections).filter(|one| within(one.at)).count();
    let mut of_deals: Vec<Said<'_>> = happened.iter().filter_map(said).collect();
    of_deals.retain(|said| deals.iter().any(|deal| deal.id == said.deal));
    of_deals.sort_by_key(|said| said.position);
    let left_out = of_deals.iter().filter(|said| said.factors.contains(&"age")).count();
    of_deals.iter_mut().for_each(|said| said.factors.retain(|factor| *factor != "age"));
    let named = deals.iter().filter(|deal| {
        let names = |said: &Said<'_>| {
            !said.factors.is_empty() || !said.barrier.is_empty() || !said.competitor.is_empty()
        };
        of_deals.iter().any(|said| said.deal == deal.id && names(said))
    });
    let (won, lost) = tally(&deals);
    let [loss_share, low, high] = wilson(lost, won + lost);
    let attributes: BTreeSet<String> = happened
        .iter()
        .filter_map(|one| match &one.kind {
            Kind::PartyFactRecorded(fact) if fact.category == 1 => Some(fact.key.clone()),
            _ => None,
        })
        .collect();
    let total = v1::ResistanceTotal {
        won: count(won),
        lost: count(lost),
        loss_share,
        low,
        high,
        named: count(named.count()),
        without_customer: count(deals.iter().filter(|deal| deal.customer.is_empty()).count()),
        without_deal: count(without_deal),
        left_out: count(left_out),
        said_later: None,
    };
    let world = World { company, request, happened: &happened, deals: &deals, said: of_deals };
    let owned = |text: &str| vec![text.to_owned()];
    v1::ResistanceResponse {
        meta: Some(checks::meta(company)),
        period_from: proto(window.0),
        period_to: proto(window.1),
        total: Some(v1::ResistanceTotal {
            said_later: count(deals.iter().filter(|deal| world.attribute(deal).1).count()),
            ..total
        }),
        factors: world.factors(&|said| said.factors.iter().map(|factor| (*factor).to_owned()).collect()),
        barriers: world.factors(&|said| owned(said.barrier)),
        competitors: world.factors(&|said| owned(said.competitor)),
        gaps: world.gaps(),
        approaches: world.approaches(),
        attributes: attributes.into_iter().collect(),
        rows: world.rows(),
        ..v1::ResistanceResponse::default()
    }
}
