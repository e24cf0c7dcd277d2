//! Deliveries computed again: every order is walked through day by day, and asked on each day how much of it is there.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use rapport_model::Timestamp;
use rapport_proto::v1::{self, party_role_assigned::Role, payload::Kind, project_milestone_recorded::Cause};
use rapport_views::model::Deliveries;

use super::{
    checks,
    company::{Company, Happened, zone},
    deliveries_said::satisfaction,
    funnel_oracle::count,
    proto,
};

pub(super) fn day(at: Timestamp) -> Date {
    jiff::Timestamp::from_microsecond(at.as_micros()).unwrap().to_zoned(zone()).date()
}

/// Days from one to the other, counted one by one.
pub(super) fn steps(from: Date, to: Date) -> i32 {
    let (mut one, mut days) = (from.min(to), 0);
    while one < from.max(to) {
        one = one.tomorrow().unwrap();
        days += 1;
    }
    if from <= to { days } else { -days }
}

fn milli(quantity: &str) -> i64 {
    (quantity.parse::<f64>().unwrap() * 1_000.0) as i64
}

/// One order at T.
#[derive(Debug, Clone)]
pub(super) struct Order {
    id: String,
    pub(super) customer: String,
    staff: String,
    branch: String,
    /// Promises: when, of which day, why.
    promises: Vec<(Date, String)>,
    requested: Option<Date>,
    pub(super) arrived: Option<Date>,
    /// `None`: not known.
    pub(super) in_full: Option<bool>,
    conditions: BTreeSet<String>,
    is_cancelled: bool,
}

/// What was ordered, by product; `None` where it is not known.
fn ordered(happened: &[Happened], id: &str) -> Option<BTreeMap<String, i64>> {
    let mut pieces: BTreeMap<String, i64> = BTreeMap::new();
    for one in happened {
        let lines = match &one.kind {
            Kind::OrderPlaced(placed) if placed.order_id == id => {
                placed.lines.iter().filter(|line| milli(&line.quantity) >= 0).collect::<Vec<_>>()
            }
            Kind::OrderChanged(changed) if changed.order_id == id && changed.op == 3 => {
                changed.lines.iter().collect()
            }
            _ => continue,
        };
        for line in lines {
            *pieces.entry(line.product.clone()).or_default() += milli(&line.quantity);
        }
    }
    pieces.values().any(|pieces| *pieces > 0).then_some(pieces)
}

fn order(happened: &[Happened], id: &str, until: Timestamp) -> Option<Order> {
    let mut promises = Vec::new();
    let mut arrivals = Vec::new();
    let mut customer = String::new();
    for one in happened {
        match &one.kind {
            Kind::DeliveryPromised(promised) if promised.order_id == id => promises.push((one, promised)),
            Kind::DeliveryCompleted(completed) if completed.order_id == id => {
                let date = completed.date.parse().unwrap_or_else(|_| day(one.at));
                arrivals.push((date, one, completed));
            }
            _ => continue,
        }
        if customer.is_empty() {
            customer.clone_from(&one.customer);
        }
    }
    if promises.is_empty() && arrivals.is_empty() {
        return None;
    }
    arrivals.retain(|(date, _, _)| *date <= day(until));
    arrivals.sort_by_key(|(date, one, _)| (*date, one.at, one.position));
    let ordered = ordered(happened, id);
    // On the day of each arrival: is everything there that arrived by then?
    let is_there = |nth: usize| {
        let by_then = &arrivals[..=nth];
        let is_whole = by_then.iter().any(|(_, _, completed)| completed.quantities.is_empty());
        let of = |product: &String| -> i64 {
            let goods = by_then.iter().flat_map(|(_, _, completed)| &completed.quantities);
            goods.filter(|goods| goods.product == *product).map(|goods| milli(&goods.quantity)).sum()
        };
        let all = |pieces: &BTreeMap<String, i64>| {
            pieces.iter().all(|(product, pieces)| *pieces <= 0 || of(product) >= *pieces)
        };
        is_whole || ordered.as_ref().is_some_and(all)
    };
    let complete = (0..arrivals.len()).find(|nth| is_there(*nth)).map(|nth| arrivals[nth].0);
    let arrived = complete.or_else(|| arrivals.last().map(|(date, _, _)| *date));
    if let Some(complete) = complete {
        promises.retain(|(one, _)| day(one.at) <= complete);
    }
    let acted = arrivals.last().map(|(_, one, _)| *one).or(promises.last().map(|(one, _)| *one));
    let said = promises.iter().map(|(_, promised)| promised.requested_date.parse().ok());
    let cancels = |one: &Happened| matches!(&one.kind, Kind::OrderChanged(changed) if changed.op == 1 && changed.order_id == id);
    Some(Order {
        id: id.to_owned(),
        customer,
        staff: acted.map_or("", |one| one.actor).to_owned(),
        branch: acted.map_or("", |one| one.branch).to_owned(),
        requested: said.flatten().last(),
        promises: promises
            .iter()
            .map(|(_, promised)| (promised.committed_date.parse().unwrap(), promised.reason.clone()))
            .collect(),
        arrived,
        in_full: if complete.is_some() { Some(true) } else { ordered.map(|_| false) },
        conditions: arrivals.iter().map(|(_, _, completed)| completed.condition.clone()).collect(),
        is_cancelled: happened.iter().any(cancels),
    })
}

impl Order {
    fn first(&self) -> Date {
        self.promises[0].0
    }

    fn last(&self) -> Date {
        self.promises[self.promises.len() - 1].0
    }

    fn is_overdue(&self, today: Date) -> bool {
        let is_open = self.arrived.is_none() || self.in_full == Some(false);
        !self.promises.is_empty() && is_open && !self.is_cancelled && self.last() < today
    }

    /// Whether it is measured in the period in which it arrived.
    pub(super) fn is_measured(&self, today: Date) -> bool {
        let is_short = self.in_full == Some(false) && (self.is_cancelled || self.is_overdue(today));
        self.arrived.is_some() && !self.promises.is_empty() && (self.in_full == Some(true) || is_short)
    }

    pub(super) fn slip(&self) -> i32 {
        steps(self.first(), self.arrived.unwrap())
    }
}

/// By the formula of Wilson, in a form of its own.
fn wilson(part: usize, whole: usize) -> (Option<f64>, Option<f64>, Option<f64>) {
    if whole == 0 {
        return (None, None, None);
    }
    let (n, z) = (whole as f64, 1.96_f64);
    let p = part as f64 / n;
    let centre = (p * n + z * z / 2.0) / (n + z * z);
    let reach = z / (n + z * z) * (p * (1.0 - p) * n + z * z / 4.0).sqrt();
    (Some(p), Some((centre - reach).min(p)), Some((centre + reach).max(p)))
}

fn share(part: usize, whole: usize) -> Option<v1::DeliveryShare> {
    let (share, low, high) = wilson(part, whole);
    Some(v1::DeliveryShare { orders: count(part), share, low, high })
}

fn slip(mut days: Vec<i32>) -> Option<v1::DeliverySlip> {
    days.sort_unstable();
    let n = days.len();
    // The smallest value that nine of ten do not exceed.
    let p90 = days.iter().copied().find(|day| 10 * days.iter().filter(|one| *one <= day).count() >= 9 * n);
    let median = (n > 0).then(|| f64::from(days[(n - 1) / 2] + days[n / 2]) / 2.0);
    let mean = (n > 0).then(|| f64::from(days.iter().sum::<i32>()) / n as f64);
    Some(v1::DeliverySlip { n: n as u64, median_days: median, p90_days: p90, mean_days: mean })
}

fn measures(arrived: &[&Order], overdue: usize, today: Date) -> v1::DeliveryMeasures {
    let all: Vec<&Order> = arrived.iter().filter(|one| one.is_measured(today)).copied().collect();
    let n = all.len();
    let those = |is_in: &dyn Fn(&Order) -> bool| all.iter().filter(|one| is_in(one)).count();
    let by = |one: &Order, day: Date| one.arrived.unwrap() <= day;
    let full = |one: &Order| one.in_full == Some(true);
    let requested = those(&|one| one.requested.is_some());
    let said = |one: &Order| one.conditions.iter().any(|condition| !condition.is_empty());
    let again: usize = all.iter().map(|one| one.promises.len() - 1).sum();
    v1::DeliveryMeasures {
        orders: count(n),
        on_time: share(those(&|one| by(one, one.first())), n),
        on_time_by_last: share(those(&|one| by(one, one.last())), n),
        in_full: share(those(&full), n),
        on_time_in_full: share(those(&|one| full(one) && by(one, one.first())), n),
        on_time_in_full_by_last: share(those(&|one| full(one) && by(one, one.last())), n),
        requested: count(requested),
        on_time_by_requested: share(those(&|one| one.requested.is_some_and(|day| by(one, day))), requested),
        late: share(those(&|one| one.arrived.unwrap() > one.first()), n),
        early: count(those(&|one| one.arrived.unwrap() < one.first())),
        slip: slip(all.iter().filter(|one| full(one)).map(|one| one.slip()).collect()),
        rescheduled: count(those(&|one| one.promises.len() > 1)),
        reschedules_mean: (n > 0).then(|| again as f64 / n as f64),
        with_condition: count(those(&said)),
        damaged: share(those(&|one| one.conditions.contains("damaged")), those(&said)),
        without_promise: count(arrived.iter().filter(|one| one.promises.is_empty()).count()),
        unknown: count(
            arrived.iter().filter(|one| !one.promises.is_empty() && one.in_full.is_none()).count(),
        ),
        overdue: count(overdue),
    }
}

fn late_count(of: &v1::DeliveryMeasures) -> (i64, i64) {
    let n = |figure: &Option<v1::Figure>| figure.as_ref().unwrap().count as i64;
    (-n(&of.late.as_ref().unwrap().orders), -n(&of.orders))
}

fn groups(
    (arrived, overdue): (&[&Order], &[&Order]),
    today: Date,
    in_order: bool,
    key: &dyn Fn(&Order) -> String,
) -> Vec<v1::DeliveryGroup> {
    let keys: BTreeSet<String> = arrived.iter().chain(overdue).map(|one| key(one)).collect();
    let group = |wanted: String| {
        let own: Vec<&Order> = arrived.iter().filter(|one| key(one) == wanted).copied().collect();
        let late = overdue.iter().filter(|one| key(one) == wanted).count();
        v1::DeliveryGroup { of: Some(measures(&own, late, today)), key: wanted }
    };
    let mut all: Vec<_> = keys.into_iter().map(group).collect();
    if !in_order {
        all.sort_by_key(|group| (late_count(group.of.as_ref().unwrap()), group.key.clone()));
    }
    all
}

fn row(one: &Order, slip_days: i32) -> v1::LateOrder {
    let again = one.promises.len() - 1;
    let customer = if one.customer.is_empty() { String::new() } else { format!("party:{}", one.customer) };
    v1::LateOrder {
        object: format!("order:{}", one.id),
        customer,
        requested: one.requested.map(|day| day.to_string()).unwrap_or_default(),
        first_committed: one.first().to_string(),
        last_committed: one.last().to_string(),
        arrived: one.arrived.map(|day| day.to_string()).unwrap_or_default(),
        slip_days: slip_days as u32,
        reschedules: again as u32,
        reason: if again > 0 { one.promises[again].1.clone() } else { String::new() },
        in_full: one.in_full == Some(true),
    }
}

const CAUSES: [(&str, Cause); 5] = [
    ("", Cause::Unspecified),
    ("customer", Cause::Customer),
    ("material", Cause::Material),
    ("other", Cause::Other),
    ("staff", Cause::Staff),
];

/// Planned first, reached, why.
type Milestone = (Option<Date>, Option<Date>, &'static str);

fn milestone(own: &[&Happened], today: Date) -> Milestone {
    let said = |one: &&Happened| match &one.kind {
        Kind::ProjectMilestoneRecorded(said) => said.clone(),
        _ => unreachable!(),
    };
    let all: Vec<_> = own.iter().map(said).collect();
    let planned = all.iter().filter_map(|one| one.planned.parse().ok()).next();
    let reached = all.iter().filter_map(|one| one.actual.parse().ok()).rfind(|day| *day <= today);
    let cause = all.iter().map(|one| one.cause()).rfind(|cause| *cause != Cause::Unspecified);
    let word = CAUSES.iter().find(|(_, one)| *one == cause.unwrap_or(Cause::Unspecified));
    (planned, reached, word.unwrap().0)
}

fn milestones(
    happened: &[Happened],
    today: Date,
    has: &dyn Fn(Date) -> bool,
    wanted: &dyn Fn(&str) -> bool,
) -> v1::MilestoneMeasures {
    let mut own: BTreeMap<(String, String), Vec<&Happened>> = BTreeMap::new();
    for one in happened {
        if let Kind::ProjectMilestoneRecorded(said) = &one.kind {
            own.entry((said.project.clone(), said.milestone.clone())).or_default().push(one);
        }
    }
    let of = |own: &Vec<&Happened>| own.iter().map(|one| one.customer.clone()).find(|one| !one.is_empty());
    let own = own.values().filter(|own| wanted(&of(own).unwrap_or_default()));
    let all: Vec<Milestone> = own.map(|own| milestone(own, today)).collect();
    let planned: Vec<&Milestone> = all.iter().filter(|one| one.0.is_some_and(has)).collect();
    let slips =
        |of: &[&Milestone]| -> Vec<i32> { of.iter().filter_map(|one| Some(steps(one.0?, one.1?))).collect() };
    let late: Vec<&Milestone> =
        planned.iter().filter(|one| one.1.is_some_and(|day| day > one.0.unwrap())).copied().collect();
    let reached = planned.iter().filter(|one| one.1.is_some()).count();
    let cause = |(word, _): &(&str, Cause)| {
        let own: Vec<&Milestone> = late.iter().filter(|one| one.2 == *word).copied().collect();
        v1::MilestoneCause {
            cause: (*word).to_owned(),
            milestones: count(own.len()),
            slip: slip(slips(&own)),
        }
    };
    let mut causes: Vec<_> = CAUSES.iter().map(cause).collect();
    causes.retain(|cause| cause.slip.as_ref().unwrap().n > 0);
    causes.sort_by_key(|cause| u64::MAX - cause.slip.as_ref().unwrap().n);
    v1::MilestoneMeasures {
        planned: count(planned.len()),
        reached: count(reached),
        late: share(late.len(), reached),
        slip: slip(slips(&planned)),
        overdue: count(planned.iter().filter(|one| one.1.is_none() && one.0.unwrap() < today).count()),
        causes,
        without_plan: count(all.iter().filter(|one| one.0.is_none() && one.1.is_some_and(has)).count()),
    }
}

/// Whose last role is that of a supplier.
fn suppliers(company: &Company) -> BTreeSet<String> {
    let until = company.as_of.occurred_until;
    let moment =
        |one: &Option<prost_types::Timestamp>| one.as_ref().and_then(rapport_proto::time::from_proto);
    let mut said: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for one in company.happened() {
        let Kind::PartyRoleAssigned(role) = &one.kind else { continue };
        let begins = moment(&role.from).unwrap_or(one.at);
        if role.role() != Role::ContactOf && begins <= until {
            let lasts = moment(&role.to).is_none_or(|to| to > until);
            said.entry(one.customer).or_default().push((begins, one.at, one.position, role.role(), lasts));
        }
    }
    let last = |mut all: Vec<(Timestamp, Timestamp, u64, Role, bool)>| {
        all.sort_by_key(|one| (one.0, one.1, one.2));
        let is_last = |nth: usize| all[nth + 1..].iter().all(|later| later.3 != all[nth].3);
        (0..all.len()).filter(|nth| is_last(*nth) && all[*nth].4).map(|nth| all[nth].3).next_back()
    };
    said.into_iter()
        .filter(|(_, all)| last(all.clone()) == Some(Role::Supplier))
        .map(|(name, _)| name)
        .collect()
}

pub(crate) fn answer(company: &Company, request: &v1::DeliveriesRequest) -> v1::DeliveriesResponse {
    let (happened, until) = (company.happened(), company.as_of.occurred_until);
    let window = checks::window(company, request.period_from.as_ref(), request.period_to.as_ref());
    let today = day(until);
    let last = day(Timestamp::from_micros(window.1.as_micros() - 1));
    let has = |one: Date| window.0 < window.1 && day(window.0) <= one && one <= last;
    let suppliers = suppliers(company);
    let wanted = |customer: &str| suppliers.contains(customer) == request.suppliers;
    let ids: BTreeSet<String> = (0..30).map(|id| id.to_string()).collect();
    let all: Vec<Order> = ids.iter().filter_map(|id| order(&happened, id, until)).collect();
    let in_period = |one: &&Order| {
        let is_open = one.in_full == Some(false) && !one.is_measured(today) && !one.promises.is_empty();
        one.arrived.is_some_and(&has) && !is_open
    };
    let arrived: Vec<&Order> = all.iter().filter(|one| wanted(&one.customer)).filter(in_period).collect();
    let others = all.iter().filter(|one| !wanted(&one.customer)).filter(in_period).count();
    let overdue: Vec<&Order> =
        all.iter().filter(|one| wanted(&one.customer) && one.is_overdue(today)).collect();
    let month = |one: &Order| one.arrived.unwrap_or_else(|| one.last()).to_string()[..7].to_owned();
    let party = |one: &Order| match one.customer.as_str() {
        "" => String::new(),
        customer => format!("party:{customer}"),
    };
    let both = (arrived.as_slice(), overdue.as_slice());
    let by = match request.by {
        1 => groups(both, today, false, &|one| one.branch.clone()),
        2 => groups(both, today, false, &|one| one.staff.clone()),
        3 => groups(both, today, true, &month),
        4 => groups(both, today, false, &party),
        _ => Vec::new(),
    };
    let again: Vec<&Order> =
        arrived.iter().filter(|one| one.is_measured(today) && one.promises.len() > 1).copied().collect();
    let mut rows: Vec<v1::LateOrder> = if request.list == 2 {
        overdue.iter().map(|one| row(one, steps(one.last(), today))).collect()
    } else {
        let late = arrived.iter().filter(|one| one.is_measured(today) && one.slip() > 0);
        late.map(|one| row(one, one.slip())).collect()
    };
    rows.sort_by_key(|row| (u32::MAX - row.slip_days, row.object.clone()));
    v1::DeliveriesResponse {
        meta: Some(checks::meta(company)),
        period_from: proto(window.0),
        period_to: proto(window.1),
        total: Some(measures(&arrived, overdue.len(), today)),
        groups: by,
        reasons: groups((&again, &[]), today, false, &|one| one.promises[one.promises.len() - 1].1.clone()),
        milestones: Some(milestones(&happened, today, &has, &wanted)),
        satisfaction: Some(satisfaction(company, &arrived, today)),
        of_others: count(others),
        rows,
        ..v1::DeliveriesResponse::default()
    }
}

/// The answer of the model.
pub(crate) fn asked(company: &Company, request: &v1::DeliveriesRequest) -> v1::DeliveriesResponse {
    company.ask::<Deliveries>(request, None, 0).unwrap().response
}
