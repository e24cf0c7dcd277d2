//! The pyramid computed again, from the list of what happened: every customer is asked for, one after the other.

use std::collections::{BTreeMap, BTreeSet};

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, PyramidLevel, order_changed::Op, party_role_assigned::Role, payload::Kind},
};
use rapport_views::stats::nps::net_promoter_score;

use super::{
    company::{BEFORE, CUSTOMERS, Happened, Told, zone},
    exact::{nearest, written},
    pyramid_world::World,
};

/// A part of a purchase, or of a change of one.
struct Part<'a> {
    customer: &'a str,
    /// Which purchase, under which id of the customer.
    id: (String, &'a str),
    currency: String,
    at: Timestamp,
    net: i128,
    is_purchase: bool,
}

/// What a customer bought in a currency.
#[derive(Default, Clone)]
struct One {
    customer: String,
    revenue: i128,
    purchases: usize,
    last: Option<Timestamp>,
    earlier: bool,
    level: PyramidLevel,
}

struct Oracle<'a> {
    world: &'a World,
    happened: &'a [Happened],
    /// The id that an id is read as.
    read_as: BTreeMap<String, String>,
    orders: bool,
    window: (Timestamp, Timestamp),
    before: (Timestamp, Timestamp),
}

fn signed(lines: &[v1::Line], total: Option<&v1::Money>) -> Vec<(i128, String, bool)> {
    let priced = lines.iter().find_map(|line| line.net.clone());
    let by_total = lines.is_empty() || (priced.is_none() && total.is_some());
    let money = priced.or_else(|| total.filter(|_| by_total).cloned());
    let currency = money.map(|money| money.currency).unwrap_or_default();
    let mut all: Vec<_> = lines
        .iter()
        .map(|line| {
            let net = line.net.as_ref().map_or(0, |net| net.minor_units);
            (i128::from(net), currency.clone(), line.quantity.starts_with('-'))
        })
        .collect();
    if by_total {
        all.push((total.map_or(0, |total| total.minor_units).into(), currency, false));
    }
    all
}

fn parts(happened: &[Happened], orders: bool, until: Timestamp) -> Vec<Part<'_>> {
    let past = || happened.iter().filter(move |one| one.at <= until);
    let cancelled: BTreeSet<&str> = past()
        .filter_map(|one| match &one.kind {
            Kind::OrderChanged(changed) if changed.op() == Op::Cancel => Some(changed.order_id.as_str()),
            _ => None,
        })
        .collect();
    let mut parts = Vec::new();
    for one in past() {
        let (id, said): (&str, Vec<(i128, String, bool)>) = match &one.kind {
            Kind::OrderPlaced(placed) if orders => {
                let said = signed(&placed.lines, placed.total.as_ref()).into_iter();
                (&placed.order_id, said.map(|(net, code, back)| (net, code, !back)).collect())
            }
            Kind::OrderChanged(changed)
                if orders && changed.op() != Op::Cancel && !changed.lines.is_empty() =>
            {
                let said = signed(&changed.lines, None).into_iter();
                (&changed.order_id, said.map(|(net, code, _)| (net, code, false)).collect())
            }
            Kind::InvoiceIssued(issued) if !orders => {
                let total = issued.total.as_ref().map(|total| v1::Money {
                    minor_units: total.minor_units - issued.tax.as_ref().map_or(0, |tax| tax.minor_units),
                    ..total.clone()
                });
                let said = signed(&issued.lines, total.as_ref()).into_iter();
                (&issued.invoice_id, said.map(|(net, code, _)| (net, code, issued.kind != 2)).collect())
            }
            _ => continue,
        };
        if orders && cancelled.contains(id) {
            continue;
        }
        parts.extend(said.into_iter().map(|(net, currency, is_purchase)| Part {
            customer: &one.customer,
            id: (id.to_owned(), &one.recorded_under),
            currency,
            at: one.at,
            net,
            is_purchase,
        }));
    }
    parts
}

/// Told of everybody what is known of nobody, to see of whom it is read.
pub(crate) fn read_as(world: &World) -> BTreeMap<String, String> {
    let mut asked = world.company.clone();
    let last = asked.told.len() as u64;
    let nothing = || Kind::PartyRegistered(v1::PartyRegistered::default());
    asked.told.extend(
        (1..CUSTOMERS).map(|number| Told { recorded_day: BEFORE, ..Told::at(BEFORE, number, nothing()) }),
    );
    let happened = asked.happened().into_iter().filter(|one| one.position > last);
    happened.map(|one| (one.recorded_under, one.customer)).collect()
}

fn year_before(moment: Timestamp) -> Timestamp {
    let local = jiff::Timestamp::from_microsecond(moment.as_micros()).unwrap().to_zoned(zone()).datetime();
    let year = local.year() - 1;
    let before = local.with().year(year).build().or_else(|_| local.with().year(year).day(28).build());
    before.unwrap().to_zoned(zone()).unwrap().timestamp().into()
}

fn after(moment: Timestamp, micros: i64) -> Timestamp {
    Timestamp::from_micros(moment.as_micros() + micros)
}

fn given(moment: &Option<prost_types::Timestamp>) -> Option<Timestamp> {
    moment.as_ref().and_then(time::from_proto)
}

fn wide(value: i128) -> Option<v1::Sum> {
    let (minor_units, minor_units_wide) = written(value, "any");
    Some(v1::Sum { minor_units, minor_units_wide })
}

fn count(n: usize) -> Option<v1::Figure> {
    Some(v1::Figure { count: n as u64, figure: String::new() })
}

fn part(of: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| of as f64 / whole as f64)
}

fn rank(level: PyramidLevel) -> i32 {
    if level == PyramidLevel::Unspecified { 99 } else { level.into() }
}

fn buys(level: PyramidLevel) -> bool {
    (1..=4).contains(&rank(level))
}

const BUYERS: [PyramidLevel; 4] =
    [PyramidLevel::Top, PyramidLevel::Large, PyramidLevel::Medium, PyramidLevel::Small];

impl<'a> Oracle<'a> {
    fn new(world: &'a World, happened: &'a [Happened]) -> Self {
        let request = &world.request;
        let has_orders = happened.iter().any(|one| match &one.kind {
            Kind::OrderPlaced(_) => true,
            Kind::OrderChanged(changed) => changed.op() == Op::Cancel || !changed.lines.is_empty(),
            _ => false,
        });
        let has_invoices = happened.iter().any(|one| matches!(one.kind, Kind::InvoiceIssued(_)));
        let orders = match request.purchases_from {
            0 => has_orders || !has_invoices,
            asked => asked == 1,
        };
        let end = after(world.company.as_of.occurred_until, 1);
        let to = given(&request.period_to).unwrap_or(end).min(end);
        let from = given(&request.period_from).unwrap_or_else(|| year_before(to)).min(to);
        let earlier =
            given(&request.compared_with).map_or_else(|| year_before(to), |moment| after(moment, 1));
        let length = to.as_micros() - from.as_micros();
        let begin =
            if request.period_from.is_some() { after(earlier, -length) } else { year_before(earlier) };
        let read_as = read_as(world);
        Self { world, happened, read_as, orders, window: (from, to), before: (begin, earlier) }
    }

    fn wants(&self, measure: i32) -> bool {
        let wanted = &self.world.request.measures;
        wanted.is_empty() || wanted.contains(&0) || wanted.contains(&measure)
    }

    /// The customers of a currency who bought until the end of a period, on their levels.
    fn customers(&self, currency: &str, (from, to): (Timestamp, Timestamp), until: Timestamp) -> Vec<One> {
        let parts = parts(self.happened, self.orders, until);
        let of: Vec<_> = parts.iter().filter(|part| part.currency == currency && part.at < to).collect();
        let names: BTreeSet<&str> =
            of.iter().map(|part| part.customer).filter(|name| !name.is_empty()).collect();
        let one = |customer: &str| {
            let own: Vec<_> = of.iter().filter(|part| part.customer == customer).collect();
            let bought: Vec<_> = own.iter().filter(|part| part.is_purchase).collect();
            let within: BTreeSet<_> =
                bought.iter().filter(|part| part.at >= from).map(|part| part.id.clone()).collect();
            One {
                customer: customer.to_owned(),
                revenue: own.iter().filter(|part| part.at >= from).map(|part| part.net).sum(),
                purchases: within.len(),
                last: bought.iter().map(|part| part.at).max(),
                earlier: bought.iter().any(|part| part.at < from),
                level: PyramidLevel::Unspecified,
            }
        };
        let mut ones: Vec<One> = names.into_iter().map(one).collect();
        ones.retain(|one| one.purchases > 0 || one.earlier);
        ones.sort_by(|a, b| b.revenue.cmp(&a.revenue).then_with(|| a.customer.cmp(&b.customer)));
        let n = ones.iter().filter(|one| one.purchases > 0 && one.revenue > 0).count();
        let mut place = 0;
        for one in &mut ones {
            one.level = if one.purchases == 0 {
                PyramidLevel::Inactive
            } else if one.revenue <= 0 {
                PyramidLevel::Small
            } else {
                // Within the first c % if the places before are fewer than c % of all.
                place += 1;
                let within = |percent: usize| (place - 1) * 100 < percent * n;
                let cuts = [(1, BUYERS[0]), (5, BUYERS[1]), (20, BUYERS[2])];
                cuts.into_iter().find(|(cut, _)| within(*cut)).map_or(PyramidLevel::Small, |(_, level)| level)
            };
        }
        ones
    }

    fn currencies(&self) -> Vec<String> {
        // Also earlier ones, of which every purchase was cancelled since.
        let moments = [self.world.company.as_of.occurred_until, after(self.before.1, -1)];
        let parts = moments.into_iter().flat_map(|until| parts(self.happened, self.orders, until));
        let wanted = &self.world.request.currency;
        let codes = parts.map(|part| part.currency).filter(|code| wanted.is_empty() || wanted == code);
        let all: BTreeSet<(bool, String)> = codes.map(|code| (code.is_empty(), code)).collect();
        all.into_iter().map(|(_, code)| code).collect()
    }

    fn costs(&self, of: impl Fn(&str) -> bool, currency: &str, spend: bool) -> i128 {
        let (from, to) = self.window;
        let within = self.happened.iter().filter(|one| one.at >= from && one.at < to && of(&one.customer));
        let amount = |one: &Happened| match &one.kind {
            Kind::CostAllocated(cost) if !spend || cost.kind == 3 || cost.kind == 4 => cost
                .amount
                .as_ref()
                .filter(|amount| amount.currency == currency)
                .map_or(0, |amount| amount.minor_units),
            _ => 0,
        };
        within.map(|one| i128::from(amount(one))).sum()
    }

    fn has_costs(&self) -> bool {
        self.happened.iter().any(|one| matches!(one.kind, Kind::CostAllocated(_)))
    }

    /// The latest response of a customer to a question of NPS.
    fn score(&self, customer: &str) -> Option<f64> {
        let of = self.happened.iter().filter(|one| one.customer == customer);
        let value = |one: &Happened| match &one.kind {
            Kind::SurveyAnswered(answered) if answered.instrument == 1 => answered.value,
            _ => None,
        };
        of.filter_map(value).last()
    }

    fn row(&self, currency: &str, level: PyramidLevel, members: &[String]) -> v1::PyramidLevelRow {
        let scores: Vec<f64> = members.iter().filter_map(|name| self.score(name)).collect();
        let opinions =
            |wanted: &dyn Fn(f64) -> bool| scores.iter().filter(|value| wanted(**value)).count() as u64;
        let nps = net_promoter_score(
            opinions(&|value| value >= 9.0),
            opinions(&|value| value <= 6.0),
            scores.len() as u64,
        );
        let interval = nps.and_then(|nps| nps.interval);
        v1::PyramidLevelRow {
            currency: currency.to_owned(),
            level: level.into(),
            customers: count(members.len()),
            nps_responses: count(scores.len()),
            nps: nps.map(|nps| nps.value),
            nps_low: interval.map(|interval| interval.0),
            nps_high: interval.map(|interval| interval.1),
            ..v1::PyramidLevelRow::default()
        }
    }

    fn level_rows(&self, currency: &str, ones: &[One]) -> Vec<v1::PyramidLevelRow> {
        let buyers: Vec<_> = ones.iter().filter(|one| one.purchases > 0).collect();
        let positive: i128 = buyers.iter().map(|one| one.revenue.max(0)).sum();
        let mut rows = Vec::new();
        for level in BUYERS.into_iter().chain([PyramidLevel::Inactive]) {
            let on: Vec<_> = ones.iter().filter(|one| one.level == level).collect();
            let names: Vec<String> = on.iter().map(|one| one.customer.clone()).collect();
            let revenue: i128 = on.iter().map(|one| one.revenue).sum();
            let large: i128 = on.iter().map(|one| one.revenue.max(0)).sum();
            let is_on = |name: &str| names.iter().any(|one| one == name);
            let mut row = self.row(currency, level, &names);
            row.revenue = wide(revenue);
            if buys(level) {
                row.share_of_customers = part(on.len(), buyers.len());
                row.share_of_revenue = (positive > 0).then(|| large as f64 / positive as f64);
                row.average_revenue =
                    (!on.is_empty()).then(|| wide(nearest(revenue, on.len() as i128)).unwrap());
            }
            if self.has_costs() {
                row.margin = wide(revenue - self.costs(is_on, currency, false));
                row.spend = wide(self.costs(is_on, currency, true));
            }
            rows.push(row);
        }
        rows
    }

    fn total(&self, currency: &str, ones: &[One]) -> v1::PyramidTotal {
        let parts = parts(self.happened, self.orders, self.world.company.as_of.occurred_until);
        let nobody: Vec<_> = parts
            .iter()
            .filter(|part| part.currency == currency && part.customer.is_empty())
            .filter(|part| part.at >= self.window.0 && part.at < self.window.1)
            .collect();
        let orders: BTreeSet<_> =
            nobody.iter().filter(|part| part.is_purchase).map(|part| &part.id).collect();
        let buyers: Vec<_> = ones.iter().filter(|one| one.purchases > 0).collect();
        let positive: Vec<_> = buyers.iter().filter(|one| one.revenue > 0).collect();
        let fifth = positive.len() / 5 + usize::from(positive.len() % 5 > 0);
        let sum = |of: &[&&One]| of.iter().map(|one| one.revenue).sum::<i128>();
        let share = || sum(&positive[..fifth]) as f64 / sum(&positive) as f64;
        let priced = !currency.is_empty();
        let mut total = v1::PyramidTotal {
            currency: currency.to_owned(),
            customers: count(buyers.len()),
            not_positive: count(if priced { buyers.len() - positive.len() } else { 0 }),
            top_fifth: count(fifth),
            share_of_top_fifth: (positive.len() >= 5).then(share),
            left_out: count(orders.len()),
            ..v1::PyramidTotal::default()
        };
        if priced {
            total.revenue = wide(buyers.iter().map(|one| one.revenue).sum());
            total.left_out_revenue = wide(nobody.iter().map(|part| part.net).sum());
            if self.wants(1) && self.has_costs() {
                let others = |name: &str| !name.is_empty() && ones.iter().all(|one| one.customer != name);
                total.left_out_cost = wide(self.costs(str::is_empty, currency, false));
                total.spend_on_others = wide(self.costs(others, currency, true));
            }
        }
        total
    }

    fn nobody_has_revenue(&self, currency: &str) -> bool {
        let parts = parts(self.happened, self.orders, self.world.company.as_of.occurred_until);
        let nobody = parts.iter().filter(|part| part.currency == currency && part.customer.is_empty());
        let (from, to) = self.window;
        nobody.filter(|part| part.at >= from && part.at < to).map(|part| part.net).sum::<i128>() != 0
    }

    /// Prospects, suspects, and who is neither.
    fn others(&self) -> [Vec<String>; 3] {
        let until = self.world.company.as_of.occurred_until;
        let all = parts(self.happened, self.orders, until);
        let bought = |name: &str| all.iter().any(|part| part.customer == name && part.is_purchase);
        let told = |name: &str, what: &dyn Fn(&Kind) -> bool| {
            self.happened.iter().any(|one| one.customer == name && what(&one.kind))
        };
        let touched = |name: &str| {
            told(name, &|kind| match kind {
                Kind::TouchCallLogged(call) => call.outcome == 1,
                Kind::TouchMessageExchanged(message) => message.direction == 1,
                Kind::TouchMeetingHeld(meeting) => meeting.status == 2,
                Kind::TouchVisitRecorded(visit) => visit.place != 4 && visit.place != 0,
                Kind::OfferIssued(_) => true,
                _ => false,
            })
        };
        let known = |name: &str| {
            told(name, &|kind| match kind {
                Kind::PartyRegistered(_) | Kind::PartyRoleAssigned(_) | Kind::PartyLifecycleChanged(_) => {
                    true
                }
                Kind::PartyFactRecorded(fact) => fact.category == 1,
                _ => false,
            })
        };
        let names: BTreeSet<&str> = self.happened.iter().map(|one| one.customer.as_str()).collect();
        let mut others = [Vec::new(), Vec::new(), Vec::new()];
        for name in names.into_iter().filter(|name| !name.is_empty() && !bought(name)) {
            let acts_for_known =
                self.organisation(name).is_some_and(|of| bought(&of) || touched(&of) || known(&of));
            let place = match (touched(name), known(name)) {
                (false, false) => continue,
                _ if self.is_staff(name) || acts_for_known => 2,
                (true, _) => 0,
                (false, true) => 1,
            };
            others[place].push(name.to_owned());
        }
        others
    }

    /// The roles of a party that have begun, the latest last.
    fn roles(&self, name: &str) -> Vec<&v1::PartyRoleAssigned> {
        let until = self.world.company.as_of.occurred_until;
        let role = |one: &'a Happened| match &one.kind {
            Kind::PartyRoleAssigned(role) => {
                Some((given(&role.from).unwrap_or(one.at), one.at, one.position, role))
            }
            _ => None,
        };
        let of = self.happened.iter().filter(|one| one.customer == name);
        let mut roles: Vec<_> = of.filter_map(role).filter(|(begins, ..)| *begins <= until).collect();
        roles.sort_by_key(|(begins, at, position, _)| (*begins, *at, *position));
        roles.into_iter().map(|(.., role)| role).collect()
    }

    fn in_force(&self, role: &v1::PartyRoleAssigned) -> bool {
        given(&role.to).is_none_or(|to| to > self.world.company.as_of.occurred_until)
    }

    fn is_staff(&self, name: &str) -> bool {
        let mut roles = self.roles(name);
        roles.retain(|role| role.role() != Role::ContactOf);
        let decides = |nth: usize| roles[nth + 1..].iter().all(|later| later.role != roles[nth].role);
        let standing = (0..roles.len()).rev().find(|nth| decides(*nth) && self.in_force(roles[*nth]));
        standing.is_some_and(|nth| roles[nth].role() != Role::Customer)
    }

    fn organisation(&self, name: &str) -> Option<String> {
        let read_as = |name: &str| self.read_as.get(name).cloned().unwrap_or_else(|| name.to_owned());
        let contacts = self.roles(name).into_iter().filter(|role| role.role() == Role::ContactOf);
        let contacts: Vec<_> = contacts
            .map(|role| (read_as(&role.related_party), role))
            .filter(|(organisation, _)| organisation != name)
            .collect();
        let decides = |nth: usize| contacts[nth + 1..].iter().all(|(of, _)| *of != contacts[nth].0);
        let last = (0..contacts.len()).rev().find(|nth| decides(*nth) && self.in_force(contacts[*nth].1));
        last.map(|nth| contacts[nth].0.clone())
    }

    /// Of everybody in a currency at either moment, as it was and as it is.
    fn pairs(&self, currency: &str) -> Vec<(One, One)> {
        let now = self.customers(currency, self.window, self.world.company.as_of.occurred_until);
        let before = self.customers(currency, self.before, after(self.before.1, -1));
        let names: BTreeSet<&String> = now.iter().chain(&before).map(|one| &one.customer).collect();
        let find = |ones: &[One], name: &String| {
            let none = || One { customer: name.clone(), ..One::default() };
            ones.iter().find(|one| one.customer == *name).cloned().unwrap_or_else(none)
        };
        names.into_iter().map(|name| (find(&before, name), find(&now, name))).collect()
    }

    fn moves(&self, currency: &str) -> (Vec<v1::PyramidMove>, Option<v1::PyramidMoves>) {
        let pairs = self.pairs(currency);
        let mut cells: BTreeMap<(i32, i32), Vec<&(One, One)>> = BTreeMap::new();
        for pair in &pairs {
            cells.entry((rank(pair.0.level), rank(pair.1.level))).or_default().push(pair);
        }
        let cell = |all: &Vec<&(One, One)>| v1::PyramidMove {
            currency: currency.to_owned(),
            from: all[0].0.level.into(),
            to: all[0].1.level.into(),
            customers: count(all.len()),
            revenue_change: wide(all.iter().map(|(before, now)| now.revenue - before.revenue).sum()),
        };
        let matrix = cells.values().map(cell).collect();
        let how_many = |wanted: &dyn Fn(PyramidLevel, PyramidLevel) -> bool| {
            pairs.iter().filter(|(before, now)| wanted(before.level, now.level)).count()
        };
        let both = how_many(&|from, to| buys(from) && buys(to));
        let up = how_many(&|from, to| buys(from) && buys(to) && rank(to) < rank(from));
        let down = how_many(&|from, to| buys(from) && buys(to) && rank(to) > rank(from));
        let moves = v1::PyramidMoves {
            currency: currency.to_owned(),
            up: count(up),
            same: count(both - up - down),
            down: count(down),
            share_up: part(up, both),
            share_same: part(both - up - down, both),
            share_down: part(down, both),
            new: count(how_many(&|from, to| from == PyramidLevel::Unspecified && buys(to))),
            back: count(how_many(&|from, to| from == PyramidLevel::Inactive && buys(to))),
            gone: count(how_many(&|from, to| buys(from) && !buys(to))),
        };
        (matrix, (!pairs.is_empty()).then_some(moves))
    }

    fn candidates(&self, currency: &str) -> Vec<v1::PyramidCandidate> {
        let pairs = self.pairs(currency);
        let mut candidates = Vec::new();
        for (before, now) in pairs.iter().filter(|(_, now)| buys(now.level)) {
            let above = pairs.iter().map(|(_, one)| one).filter(|one| rank(one.level) < rank(now.level));
            // The nearest level above, and of it the lowest revenue.
            let Some(next) = above.min_by_key(|one| (-rank(one.level), one.revenue)) else { continue };
            let missing = next.revenue - now.revenue;
            let share = missing as f64 / next.revenue as f64;
            let grows = before.purchases > 0
                && now.revenue > before.revenue
                && 2 * now.revenue - before.revenue >= next.revenue;
            let near = share <= self.world.request.within.unwrap_or(0.25);
            if !near && !grows {
                continue;
            }
            candidates.push((
                now.revenue,
                v1::PyramidCandidate {
                    currency: currency.to_owned(),
                    customer: now.customer.clone(),
                    level: now.level.into(),
                    next_level: next.level.into(),
                    revenue: wide(now.revenue),
                    border: wide(next.revenue),
                    missing: wide(missing),
                    missing_share: Some(share),
                    revenue_before: if before.purchases > 0 { wide(before.revenue) } else { None },
                    near,
                    grows,
                },
            ));
        }
        candidates.sort_by(|(a_revenue, a), (b_revenue, b)| {
            let near = a.missing_share.partial_cmp(&b.missing_share).unwrap();
            near.then(b_revenue.cmp(a_revenue)).then_with(|| a.customer.cmp(&b.customer))
        });
        candidates.into_iter().map(|(_, candidate)| candidate).collect()
    }

    fn rows(&self, currency: &str) -> Vec<v1::PyramidCustomer> {
        let wanted = self.world.request.level();
        let mut pairs = self.pairs(currency);
        pairs.retain(
            |(_, now)| {
                if wanted == PyramidLevel::Unspecified { buys(now.level) } else { now.level == wanted }
            },
        );
        pairs.sort_by(|(_, a), (_, b)| {
            let first = if wanted == PyramidLevel::Inactive {
                b.last.cmp(&a.last)
            } else {
                b.revenue.cmp(&a.revenue)
            };
            first.then_with(|| a.customer.cmp(&b.customer))
        });
        let all = self.pairs(currency);
        let positive: i128 =
            all.iter().filter(|(_, now)| buys(now.level)).map(|(_, now)| now.revenue.max(0)).sum();
        let row = |(before, now): (One, One)| v1::PyramidCustomer {
            currency: currency.to_owned(),
            customer: now.customer,
            level: now.level.into(),
            revenue: wide(now.revenue),
            share: (now.revenue > 0 && buys(now.level)).then(|| now.revenue as f64 / positive as f64),
            purchases: count(now.purchases),
            last_purchase: now.last.map(time::to_proto),
            level_before: before.level.into(),
        };
        pairs.into_iter().map(row).collect()
    }
}

/// The answer.
pub(crate) fn answer(world: &World) -> v1::PyramidResponse {
    let happened = world.company.happened();
    let of = Oracle::new(world, &happened);
    let as_of = world.company.as_of;
    let compares = of.wants(2) || of.wants(3) || of.wants(4);
    let moment = |moment: Timestamp| Some(time::to_proto(moment));
    let mut response = v1::PyramidResponse {
        meta: Some(v1::ViewMeta {
            as_of: Some(v1::AsOf {
                occurred_until: moment(as_of.occurred_until),
                recorded_until: moment(as_of.recorded_until),
            }),
            ..v1::ViewMeta::default()
        }),
        purchases_from: if of.orders { 1 } else { 2 },
        period_from: moment(of.window.0),
        period_to: moment(of.window.1),
        compared_with: moment(after(of.before.1, -1)).filter(|_| compares),
        before_from: moment(of.before.0).filter(|_| compares),
        ..v1::PyramidResponse::default()
    };
    for currency in of.currencies() {
        let ones = of.customers(&currency, of.window, as_of.occurred_until);
        let priced = !currency.is_empty();
        let mut total = of.total(&currency, &ones);
        if priced && of.wants(2) {
            let (matrix, moves) = of.moves(&currency);
            response.migration.extend(matrix);
            response.moves.extend(moves);
        }
        let is_any = ones.iter().any(|one| priced || one.purchases > 0)
            || total.left_out.as_ref().is_some_and(|figure| figure.count > 0)
            || of.nobody_has_revenue(&currency);
        if !is_any {
            continue;
        }
        let candidates = if priced { of.candidates(&currency) } else { Vec::new() };
        if of.wants(3) {
            total.candidates = count(candidates.len());
            total.share_of_candidates =
                part(candidates.len(), ones.iter().filter(|one| one.purchases > 0).count());
            let wanted = world.request.level();
            let is_wanted =
                |one: &v1::PyramidCandidate| wanted == PyramidLevel::Unspecified || one.level() == wanted;
            response.candidates.extend(candidates.into_iter().filter(is_wanted));
        }
        response.totals.push(total);
        if priced && of.wants(1) {
            response.levels.extend(of.level_rows(&currency, &ones));
        }
        if priced && of.wants(4) {
            response.customers.extend(of.rows(&currency));
        }
    }
    let [prospects, suspects, not_customers] = of.others();
    if of.wants(1) {
        response.levels.push(of.row("", PyramidLevel::Prospect, &prospects));
        response.levels.push(of.row("", PyramidLevel::Suspect, &suspects));
        response.not_customers = count(not_customers.len());
    }
    if of.wants(4) {
        let names = match world.request.level() {
            PyramidLevel::Prospect => prospects,
            PyramidLevel::Suspect => suspects,
            _ => Vec::new(),
        };
        response.customers.extend(names.into_iter().map(|customer| v1::PyramidCustomer {
            customer,
            level: world.request.level,
            purchases: count(0),
            ..v1::PyramidCustomer::default()
        }));
    }
    response
}
