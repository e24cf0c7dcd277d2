//! Needs computed again: each is told from its first event to its last one, and every customer is asked about every event.

use std::collections::{BTreeMap, BTreeSet};

use rapport_model::Timestamp;
use rapport_proto::{time, v1, v1::payload::Kind};
use rapport_views::model::{Classes, Needs};

use super::{
    acting::Acting,
    bought::bought,
    checks,
    company::{Company, Happened, zone},
    exact::product_limit_median,
    funnel_oracle::count,
    proto, resistance_oracle,
};

pub(crate) fn asked(company: &Company, request: &v1::NeedsRequest) -> v1::NeedsResponse {
    company.ask::<Needs>(request, None, 0).unwrap().response
}

/// By the formula of Wilson, in a form of its own.
pub(super) fn wilson(part: usize, whole: usize) -> [Option<f64>; 3] {
    if whole == 0 {
        return [None; 3];
    }
    let (n, z) = (whole as f64, 1.96_f64);
    let p = part as f64 / n;
    let centre = (p * n + z * z / 2.0) / (n + z * z);
    let reach = z / (n + z * z) * (p * (1.0 - p) * n + z * z / 4.0).sqrt();
    [Some(p), Some((centre - reach).min(p)), Some((centre + reach).max(p))]
}

fn share(part: usize, whole: usize) -> Option<v1::NeedShare> {
    let [share, low, high] = wilson(part, whole);
    Some(v1::NeedShare { count: count(part), share, low, high })
}

/// One need, as told until T.
#[derive(Debug, Clone, Default)]
struct Need {
    customer: String,
    code: String,
    source: String,
    staff: String,
    importance: Option<f64>,
    urgency: Option<f64>,
    first: Option<Timestamp>,
    /// 0 while it is open, otherwise the outcome.
    outcome: i32,
    closed: Option<Timestamp>,
    was_closed: bool,
    reopened: bool,
    product: String,
    identifications: Vec<Timestamp>,
}

impl Need {
    fn told(events: &[&Happened]) -> Self {
        let mut need = Self::default();
        for one in events {
            if need.customer.is_empty() {
                need.customer.clone_from(&one.customer);
            }
            match &one.kind {
                Kind::NeedIdentified(said) => need.identified(one, said),
                Kind::NeedClosed(said) => {
                    need.closed.get_or_insert(one.at);
                    (need.outcome, need.was_closed) = (said.outcome, true);
                    need.product.clone_from(&said.by_product);
                }
                _ => unreachable!(),
            }
        }
        need
    }

    fn identified(&mut self, one: &Happened, said: &v1::NeedIdentified) {
        if self.first.is_none() {
            (self.first, self.staff) = (Some(one.at), one.actor.to_owned());
        }
        self.reopened |= self.was_closed;
        (self.closed, self.outcome) = (None, 0);
        if !said.code.is_empty() {
            self.code.clone_from(&said.code);
        }
        if self.source.is_empty() {
            self.source.clone_from(&said.source);
        }
        self.importance = said.importance.or(self.importance);
        self.urgency = said.urgency.or(self.urgency);
        self.identifications.push(one.at);
    }
}

struct World<'a> {
    company: &'a Company,
    request: &'a v1::NeedsRequest,
    happened: Vec<Happened>,
    window: (Timestamp, Timestamp),
    year: (Timestamp, Timestamp),
    needs: Vec<Need>,
    /// The best class of a customer.
    classes: BTreeMap<String, String>,
}

fn within((from, to): (Timestamp, Timestamp), at: Timestamp) -> bool {
    from <= at && at < to
}

impl World<'_> {
    fn measures(&self, needs: &[&Need]) -> v1::NeedMeasures {
        let n = needs.len();
        let of = |outcome: i32| needs.iter().filter(|need| need.outcome == outcome).count();
        let closed = n - of(0);
        let [all, low, high] = wilson(of(1), closed);
        let until = self.company.as_of.occurred_until;
        let stay = |need: &&Need| {
            let end = need.closed.unwrap_or(until);
            (end.as_micros() - need.first.unwrap().as_micros(), need.closed.is_some())
        };
        let stays: Vec<(i64, bool)> = needs.iter().map(stay).collect();
        v1::NeedMeasures {
            identified: count(n),
            satisfied: share(of(1), n),
            unmet: share(of(2), n),
            obsolete: share(of(3), n),
            open: share(of(0), n),
            closed: count(closed),
            satisfied_of_closed: all,
            satisfied_of_closed_low: low,
            satisfied_of_closed_high: high,
            reopened: count(needs.iter().filter(|need| need.reopened).count()),
            median_to_close: product_limit_median(&stays).map(time::duration_to_proto),
        }
    }

    fn owner(&self, customer: &str) -> String {
        let of = |one: &Happened| match &one.kind {
            Kind::OwnerAssigned(assigned) => {
                let party = assigned.object.strip_prefix("party:")?;
                (!customer.is_empty() && self.company.survivor(party) == customer)
                    .then(|| assigned.to.clone())
            }
            _ => None,
        };
        self.happened.iter().rev().find_map(of).unwrap_or_default()
    }

    fn key(&self, need: &Need) -> String {
        match self.request.by {
            1 => need.code.clone(),
            2 => need.source.clone(),
            3 => need.staff.clone(),
            4 => self.owner(&need.customer),
            5 => self.classes.get(&need.customer).cloned().unwrap_or_default(),
            6 => {
                let at = jiff::Timestamp::from_microsecond(need.first.unwrap().as_micros()).unwrap();
                at.to_zoned(zone()).strftime("%Y-%m").to_string()
            }
            _ if need.customer.is_empty() => String::new(),
            _ => format!("party:{}", need.customer),
        }
    }

    fn groups(&self, identified: &[&Need]) -> Vec<v1::NeedGroup> {
        if self.request.by == 0 {
            return Vec::new();
        }
        let keys: BTreeSet<String> = identified.iter().map(|need| self.key(need)).collect();
        let group = |key: String| {
            let own: Vec<&Need> = identified.iter().filter(|need| self.key(need) == key).copied().collect();
            v1::NeedGroup { of: Some(self.measures(&own)), key }
        };
        let mut all: Vec<v1::NeedGroup> = keys.into_iter().map(group).collect();
        let n = |group: &v1::NeedGroup| group.of.as_ref().unwrap().identified.as_ref().unwrap().count as i64;
        if [5, 6].contains(&self.request.by) {
            all.sort_by_key(|group| (group.key.is_empty(), group.key.clone()));
        } else {
            all.sort_by_key(|group| (-n(group), group.key.clone()));
        }
        all
    }

    fn satisfied_by(identified: &[&Need]) -> Vec<v1::NeedSatisfied> {
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        for need in identified.iter().filter(|need| need.outcome == 1) {
            *counts.entry((need.product.clone(), need.code.clone())).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(key, n)| (-(*n as i64), key.clone()));
        let row = |((product, code), n)| v1::NeedSatisfied { product, code, needs: count(n) };
        counts.into_iter().map(row).collect()
    }

    fn studied(&self) -> Vec<v1::NeedStudied> {
        let acting = Acting::of(self.company);
        let counts = |customer: &str, of: &str| {
            !of.is_empty() && (of == customer || acting.organisation(of) == Some(customer))
        };
        let asked = |customer: &String| {
            self.needs.iter().any(|need| {
                counts(customer, &need.customer)
                    && need.identifications.iter().any(|at| within(self.year, *at))
            })
        };
        let said = |customer: &String| {
            self.happened.iter().any(|one| {
                matches!(one.kind, Kind::SurveyAnswered(_))
                    && within(self.year, one.at)
                    && counts(customer, &one.customer)
            })
        };
        let classes: BTreeSet<&String> = self.classes.values().collect();
        let row = |class: &String| {
            let own: Vec<&String> =
                self.classes.iter().filter(|(_, of)| *of == class).map(|(customer, _)| customer).collect();
            let those = |is_in: &dyn Fn(&String) -> bool| own.iter().filter(|one| is_in(one)).count();
            let known = those(&|one| asked(one) || said(one));
            v1::NeedStudied {
                class: class.clone(),
                customers: count(own.len()),
                studied: share(known, own.len()),
                by_need: count(those(&asked)),
                by_response: count(those(&said)),
                not_studied: count(own.len() - known),
            }
        };
        classes.into_iter().map(row).collect()
    }

    fn unmet(&self) -> Vec<v1::UnmetNeed> {
        let is_unmet = |need: &&Need| {
            let is_of_period = need.closed.is_some_and(|at| within(self.window, at));
            need.first.is_some() && (need.outcome == 0 || (need.outcome == 2 && is_of_period))
        };
        let unmet: Vec<&Need> = self.needs.iter().filter(is_unmet).collect();
        let codes: BTreeSet<&String> = unmet.iter().map(|need| &need.code).collect();
        let mut rows: Vec<v1::UnmetNeed> = codes
            .into_iter()
            .map(|code| self.of_code(code, unmet.iter().filter(|need| need.code == *code).copied().collect()))
            .collect();
        let n = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count;
        rows.sort_by(|a, b| {
            let of = |row: &v1::UnmetNeed| (row.weight, n(&row.customers), n(&row.needs));
            of(b).partial_cmp(&of(a)).unwrap().then_with(|| a.code.cmp(&b.code))
        });
        rows
    }

    fn of_code(&self, code: &str, own: Vec<&Need>) -> v1::UnmetNeed {
        let customers: BTreeSet<&String> =
            own.iter().map(|need| &need.customer).filter(|customer| !customer.is_empty()).collect();
        let weight = |customer: &&String| {
            let of = own.iter().filter(|need| need.customer == **customer);
            of.map(|need| need.importance.unwrap_or(0.5) * need.urgency.unwrap_or(0.5)).fold(0.0, f64::max)
        };
        let (_, lines) = bought(&self.happened, self.request.purchases_from);
        let mut revenue: BTreeMap<String, i128> = BTreeMap::new();
        for line in lines.iter().filter(|line| within(self.year, line.at) && !line.currency.is_empty()) {
            if customers.contains(&line.customer) {
                *revenue.entry(line.currency.clone()).or_default() += line.net;
            }
        }
        let open = own.iter().filter(|need| need.outcome == 0).count();
        v1::UnmetNeed {
            code: code.to_owned(),
            needs: count(own.len()),
            open: count(open),
            unmet: count(own.len() - open),
            customers: count(customers.len()),
            weight: customers.iter().map(weight).sum(),
            weighed: own.iter().filter(|need| need.importance.is_some() && need.urgency.is_some()).count()
                as u64,
            oldest: own.iter().filter_map(|need| need.first).min().and_then(proto),
            revenue: revenue
                .into_iter()
                .map(|(currency, sum)| v1::NeedRevenue { currency, revenue: checks::sum(sum) })
                .collect(),
        }
    }

    fn now(&self, identified: &[&Need]) -> v1::NeedsNow {
        let those =
            |is_in: &dyn Fn(&Need) -> bool| count(self.needs.iter().filter(|need| is_in(need)).count());
        let ended = |need: &Need| need.closed.is_some_and(|at| within(self.window, at));
        let closed =
            |outcome: i32| those(&|need| need.first.is_some() && ended(need) && need.outcome == outcome);
        v1::NeedsNow {
            open: those(&|need| need.outcome == 0),
            closed_satisfied: closed(1),
            closed_unmet: closed(2),
            closed_obsolete: closed(3),
            without_identification: those(&|need| need.first.is_none() && ended(need)),
            without_customer: count(identified.iter().filter(|need| need.customer.is_empty()).count()),
        }
    }
}

/// What an offer, or the opening of a deal, names.
fn named(one: &Happened) -> Option<(&String, &Vec<String>)> {
    match &one.kind {
        Kind::DealOpened(opened) if !opened.need_ids.is_empty() => Some((&opened.deal_id, &opened.need_ids)),
        Kind::OfferIssued(issued) => Some((&issued.deal_id, &issued.need_ids)),
        _ => None,
    }
}

fn offers(happened: &[Happened], window: (Timestamp, Timestamp)) -> v1::NeedOffers {
    let (mut with, mut without, mut none) = (Vec::new(), Vec::new(), 0);
    for deal in resistance_oracle::closed(happened, window) {
        let in_time = |one: &&Happened| matches!(one.kind, Kind::DealOpened(_)) || one.at <= deal.closed;
        let own = happened.iter().filter(in_time).filter_map(named).filter(|(of, _)| **of == deal.id);
        let needs: Vec<usize> = own.map(|(_, needs)| needs.len()).collect();
        match needs.iter().max() {
            None => none += 1,
            Some(0) => without.push(deal),
            Some(_) => with.push(deal),
        }
    }
    let (with, without) = (resistance_oracle::tally(&with), resistance_oracle::tally(&without));
    // The same comparison as of deals by approach, but that neither side need have a deal.
    let (n, m) = (with.0 + with.1, without.0 + without.1);
    let of = if n == 0 {
        v1::ApproachChange::default()
    } else {
        resistance_oracle::change(String::new(), with, without)
    };
    v1::NeedOffers {
        with_won: share(with.0, n),
        with_lost: count(with.1),
        without_won: share(without.0, m),
        without_lost: count(without.1),
        not_offered: count(none),
        difference: of.difference,
        low: of.low,
        high: of.high,
        z: of.z,
        p: of.p,
    }
}

/// The best class of everybody, by the model of classes, which has an oracle of its own.
fn classes(company: &Company, purchases_from: i32) -> BTreeMap<String, String> {
    let request = v1::ClassesRequest { purchases_from, ..v1::ClassesRequest::default() };
    let mut best: BTreeMap<String, String> = BTreeMap::new();
    for row in company.ask::<Classes>(&request, None, 0).unwrap().response.rows {
        let customer = row.object.trim_start_matches("party:").to_owned();
        if !row.abc.is_empty() && !customer.is_empty() {
            let class = best.entry(customer).or_insert_with(|| row.abc.clone());
            if row.abc < *class {
                *class = row.abc;
            }
        }
    }
    best
}

/// The whole answer.
pub(crate) fn answer(company: &Company, request: &v1::NeedsRequest) -> v1::NeedsResponse {
    let happened = company.happened();
    let mut told: BTreeMap<&String, Vec<&Happened>> = BTreeMap::new();
    for one in &happened {
        let (Kind::NeedIdentified(v1::NeedIdentified { need_id, .. })
        | Kind::NeedClosed(v1::NeedClosed { need_id, .. })) = &one.kind
        else {
            continue;
        };
        told.entry(need_id).or_default().push(one);
    }
    let needs: Vec<Need> = told.values().map(|events| Need::told(events)).collect();
    let window = checks::window(company, request.period_from.as_ref(), request.period_to.as_ref());
    let world = World {
        company,
        request,
        window,
        year: checks::window(company, None, None),
        needs,
        classes: classes(company, request.purchases_from),
        happened: happened.clone(),
    };
    let is_in = |need: &&Need| need.first.is_some_and(|at| within(window, at));
    let identified: Vec<&Need> = world.needs.iter().filter(is_in).collect();
    v1::NeedsResponse {
        meta: Some(checks::meta(company)),
        period_from: proto(window.0),
        period_to: proto(window.1),
        total: Some(world.measures(&identified)),
        now: Some(world.now(&identified)),
        groups: world.groups(&identified),
        satisfied_by: World::satisfied_by(&identified),
        studied: world.studied(),
        purchases_from: bought(&happened, request.purchases_from).0,
        offers: Some(offers(&happened, window)),
        rows: world.unmet(),
        ..v1::NeedsResponse::default()
    }
}
