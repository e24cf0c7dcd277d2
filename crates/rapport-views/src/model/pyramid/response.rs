//! The parts of the answer that are on its first page.

use hashbrown::{HashMap, HashSet};
use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, PyramidLevel},
};

use super::{
    bought::Key,
    candidates::Candidate,
    kept::Later,
    level::{FIFTH_MIN, OF_BUYERS, code},
    market::Markets,
    migration::Before,
    others::Others,
    params::PyramidParams,
    ranked::{Buyer, Currency},
    spent::Spent,
    sum,
};
use crate::{
    calendar::LAST,
    model::{
        figures::{Counted, Figures},
        scores::{Score, Scores},
    },
    rows::ObjectId,
    stats::{Estimate, as_f64, nps::net_promoter_score, round_half_even, share},
};

/// What was read and ranked.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) now: Vec<Currency>,
    pub(super) before: Before,
    /// Empty unless migration is asked for.
    pub(super) later: Later,
    /// Of each currency, in the same order; empty unless they are asked for.
    pub(super) candidates: Vec<Vec<Candidate>>,
    pub(super) others: Others,
    /// Empty unless they are asked for.
    pub(super) markets: Markets,
    /// `None` where the ledger has no cost events.
    pub(super) costs: Option<HashMap<Key, Spent>>,
    pub(super) scores: Scores,
}

/// On what the answer rests; it has no rows yet.
pub(super) fn frame(params: &PyramidParams) -> v1::PyramidResponse {
    let moment = |moment: Timestamp| Some(time::to_proto(moment.min(LAST)));
    let compare = params.measures.compare();
    v1::PyramidResponse {
        meta: Some(v1::ViewMeta {
            as_of: Some(params.now.as_of.to_proto()),
            position: 0,
            definitions: params.cuts.used.clone(),
            definitions_unreadable: params.cuts.unreadable.clone(),
            missing_sources: Vec::new(),
        }),
        purchases_from: params.now.source.wire().into(),
        period_from: moment(params.now.window.from),
        period_to: moment(params.now.window.to),
        compared_with: moment(params.compared_with()).filter(|_| compare),
        before_from: moment(params.before.window.from).filter(|_| compare),
        ..v1::PyramidResponse::default()
    }
}

fn parties(of: &[Buyer]) -> impl Iterator<Item = Counted> + Clone {
    of.iter().map(|buyer| Counted::party(buyer.party))
}

pub(super) fn totals(params: &PyramidParams, found: &Found, figures: &mut Figures) -> Vec<v1::PyramidTotal> {
    let with_costs = found.costs.as_ref().filter(|_| params.measures.levels);
    let total = |(nth, of): (usize, &Currency)| {
        let name = |what| ["totals", of.code.as_str(), what];
        let is_priced = !of.code.is_empty();
        let revenue = |buyers: &[Buyer]| buyers.iter().map(|buyer| buyer.bought.revenue).sum::<i128>();
        let fifth = of.buyers.get(..of.fifth()).unwrap_or_default();
        let positive = of.positive_revenue();
        let not_positive = of.buyers.get(of.positive..).filter(|_| is_priced).unwrap_or_default();
        let left_out = Figures::named(&name("left_out"), of.nobody.purchases);
        let mut total = v1::PyramidTotal {
            currency: of.code.clone(),
            customers: figures.count(&name("customers"), parties(&of.buyers)),
            not_positive: figures.count(&name("not_positive"), parties(not_positive)),
            revenue: is_priced.then(|| sum(revenue(&of.buyers))),
            top_fifth: figures.count(&name("top_fifth"), parties(fifth)),
            share_of_top_fifth: (of.positive >= FIFTH_MIN).then(|| as_f64(revenue(fifth)) / as_f64(positive)),
            left_out: Some(left_out),
            left_out_revenue: is_priced.then(|| sum(of.nobody.revenue)),
            ..v1::PyramidTotal::default()
        };
        if let Some(candidates) = found.candidates.get(nth) {
            let all = candidates.iter().map(|one| Counted::party(one.buyer.party));
            total.candidates = figures.count(&name("candidates"), all);
            total.share_of_candidates = share(candidates.len() as u64, of.buyers.len() as u64);
        }
        if let Some(costs) = with_costs.filter(|_| is_priced) {
            let nobody = costs.get(&(ObjectId::NOBODY, of.symbol)).copied().unwrap_or_default();
            total.left_out_cost = Some(sum(nobody.all));
            total.spend_on_others = Some(sum(of.spend_on_others(costs)));
        }
        total
    };
    found.now.iter().enumerate().map(total).collect()
}

impl Currency {
    /// Acquisition and retention cost for customers who are on no level.
    fn spend_on_others(&self, costs: &HashMap<Key, Spent>) -> i128 {
        let members: HashSet<ObjectId> = self.members().map(|buyer| buyer.party).collect();
        let others = costs.iter().filter(|((party, currency), _)| {
            *currency == self.symbol && *party != ObjectId::NOBODY && !members.contains(party)
        });
        others.map(|(_, spent)| spent.spend).sum()
    }
}

/// Those of buyers and the inactive, a currency after the other; then prospects and suspects.
pub(super) fn levels(found: &Found, figures: &mut Figures) -> Vec<v1::PyramidLevelRow> {
    let mut rows = Vec::new();
    for of in found.now.iter().filter(|of| !of.code.is_empty()) {
        let positive = of.positive_revenue();
        for level in OF_BUYERS.into_iter().chain([PyramidLevel::Inactive]) {
            let on = of.on(level);
            let members: Vec<ObjectId> = on.iter().map(|buyer| buyer.party).collect();
            let row = row(&of.code, level, &members, found, figures);
            rows.push(with_money(row, of, on, positive, found));
        }
    }
    for (level, members) in
        [(PyramidLevel::Prospect, &found.others.prospects), (PyramidLevel::Suspect, &found.others.suspects)]
    {
        rows.push(row("", level, members, found, figures));
    }
    rows
}

/// Who is on a level, and what they say.
fn row(
    currency: &str,
    level: PyramidLevel,
    members: &[ObjectId],
    found: &Found,
    figures: &mut Figures,
) -> v1::PyramidLevelRow {
    let name = |what| ["levels", currency, code(level), what];
    let responded = members.iter().filter(|party| found.scores.of(**party).is_some());
    let nps = nps(members.iter().filter_map(|party| found.scores.of(*party)));
    let interval = nps.and_then(|nps| nps.interval);
    v1::PyramidLevelRow {
        currency: currency.to_owned(),
        level: level.into(),
        customers: figures.count(&name("customers"), members.iter().map(|party| Counted::party(*party))),
        nps_responses: figures.count(&name("responses"), responded.map(|party| Counted::party(*party))),
        nps: nps.map(|nps| nps.value),
        nps_low: interval.map(|(low, _)| low),
        nps_high: interval.map(|(_, high)| high),
        ..v1::PyramidLevelRow::default()
    }
}

/// Of all these responses.
fn nps(scores: impl Iterator<Item = Score>) -> Option<Estimate> {
    let (mut promoters, mut detractors, mut all) = (0, 0, 0);
    for score in scores {
        all += 1;
        promoters += u64::from(score.value >= 9.0);
        detractors += u64::from(score.value < 7.0);
    }
    net_promoter_score(promoters, detractors, all)
}

/// With what they bring and cost.
fn with_money(
    row: v1::PyramidLevelRow,
    of: &Currency,
    on: &[Buyer],
    positive: i128,
    found: &Found,
) -> v1::PyramidLevelRow {
    let revenue: i128 = on.iter().map(|buyer| buyer.bought.revenue).sum();
    let part: i128 = on.iter().map(|buyer| buyer.bought.revenue.max(0)).sum();
    let n = on.len() as u64;
    let bought = row.level() != PyramidLevel::Inactive;
    let spent = found.costs.as_ref().map(|costs| {
        let each = on.iter().filter_map(|buyer| costs.get(&(buyer.party, of.symbol)));
        each.fold(Spent::default(), |sum, one| Spent { all: sum.all + one.all, spend: sum.spend + one.spend })
    });
    v1::PyramidLevelRow {
        share_of_customers: share(n, of.buyers.len() as u64).filter(|_| bought),
        revenue: Some(sum(revenue)),
        share_of_revenue: (bought && positive > 0).then(|| as_f64(part) / as_f64(positive)),
        average_revenue: (bought && n > 0).then(|| sum(round_half_even(revenue, n.into()))),
        margin: spent.map(|spent| sum(revenue - spent.all)),
        spend: spent.map(|spent| sum(spent.spend)),
        ..row
    }
}

/// Those who are neither prospects nor suspects.
pub(super) fn not_customers(others: &Others, figures: &mut Figures) -> Option<v1::Figure> {
    let parties = others.not_customers.iter().map(|party| Counted::party(*party));
    figures.count(&["others", "not_customers"], parties)
}
