//! Deliveries computed again: every order is walked through day by day, and asked on each day how much of it is there.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use proptest::prelude::*;
use rapport_model::Timestamp;
use rapport_proto::v1::{self, party_role_assigned::Role, payload::Kind, project_milestone_recorded::Cause};
use rapport_views::model::Deliveries;

use super::{
    acting::Acting,
    checks,
    company::{Company, Happened, companies, customer, hours, order_changes, orders, zone},
    funnel_oracle::count,
    proto,
};

fn day(at: Timestamp) -> Date {
    jiff::Timestamp::from_microsecond(at.as_micros()).unwrap().to_zoned(zone()).date()
}

/// Days from one to the other, counted one by one.
fn steps(from: Date, to: Date) -> i32 {
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
struct Order {
    id: String,
    customer: String,
    staff: String,
    branch: String,
    /// Promises: when, of which day, why.
    promises: Vec<(Date, String)>,
    requested: Option<Date>,
    arrived: Option<Date>,
    /// `None`: not known.
    in_full: Option<bool>,
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
    fn is_measured(&self, today: Date) -> bool {
        let is_short = self.in_full == Some(false) && (self.is_cancelled || self.is_overdue(today));
        self.arrived.is_some() && !self.promises.is_empty() && (self.in_full == Some(true) || is_short)
    }

    fn slip(&self) -> i32 {
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
        slip_days,
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
    let reached = all.iter().filter_map(|one| one.actual.parse().ok()).filter(|day| *day <= today).last();
    let cause = all.iter().map(|one| one.cause()).filter(|cause| *cause != Cause::Unspecified).last();
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

/// Student's quantile of 97.5 %, by adding up his density.
fn student(freedom: f64) -> f64 {
    use statrs::function::gamma::ln_gamma;
    let scale = ln_gamma(f64::midpoint(freedom, 1.0))
        - ln_gamma(freedom / 2.0)
        - (freedom * std::f64::consts::PI).ln() / 2.0;
    // With t = √f tan u the density is a power of a cosine on a bounded interval.
    let density = |u: f64| (scale + freedom.ln() / 2.0).exp() * u.cos().powf(freedom - 1.0);
    let below = |end: f64| {
        let (parts, mut sum) = (2_000, 0.0);
        let step = end / f64::from(parts);
        for nth in 0..parts {
            let (a, b) = (step * f64::from(nth), step * f64::from(nth + 1));
            sum += (density(a) + 4.0 * density(f64::midpoint(a, b)) + density(b)) * step / 6.0;
        }
        0.5 + sum
    };
    let (mut low, mut high) = (0.0, std::f64::consts::FRAC_PI_2);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if below(middle) < 0.975 { low = middle } else { high = middle }
    }
    freedom.sqrt() * low.tan()
}

fn satisfaction(company: &Company, arrived: &[&Order], today: Date) -> v1::DeliverySatisfaction {
    let (happened, acting) = (company.happened(), Acting::of(company));
    let responses = |instrument: i32| -> Vec<(&Happened, f64)> {
        let said = happened.iter().filter_map(|one| match &one.kind {
            Kind::SurveyAnswered(said) if said.instrument == instrument => Some((one, said.value())),
            _ => None,
        });
        said.filter(|(one, _)| !one.customer.is_empty()).collect()
    };
    let (word, all) = match (responses(2), responses(1)) {
        (csat, _) if !csat.is_empty() => ("csat", csat),
        (_, nps) if !nps.is_empty() => ("nps", nps),
        _ => ("", Vec::new()),
    };
    let (mut late, mut punctual) = (Vec::new(), Vec::new());
    for one in arrived.iter().filter(|one| one.is_measured(today) && one.in_full == Some(true)) {
        let last = all.iter().rev().find(|(said, _)| {
            let after = steps(one.arrived.unwrap(), day(said.at));
            !one.customer.is_empty() && acting.counts_for(&one.customer, said) && (0..=60).contains(&after)
        });
        if let Some((_, value)) = last {
            if one.slip() > 0 { &mut late } else { &mut punctual }.push(*value);
        }
    }
    let mean = |of: &[f64]| (!of.is_empty()).then(|| of.iter().sum::<f64>() / of.len() as f64);
    let squared = |of: &[f64]| {
        let (n, mean) = (of.len() as f64, mean(of).unwrap());
        of.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0) / n
    };
    let compared = (late.len() > 1 && punctual.len() > 1).then(|| {
        let (a, b) = (squared(&late), squared(&punctual));
        let freedom =
            (a + b).powi(2) / (a * a / (late.len() as f64 - 1.0) + b * b / (punctual.len() as f64 - 1.0));
        let reach = if a + b > 0.0 { student(freedom) * (a + b).sqrt() } else { 0.0 };
        let difference = mean(&late).unwrap() - mean(&punctual).unwrap();
        (difference, difference - reach, difference + reach)
    });
    v1::DeliverySatisfaction {
        instrument: word.to_owned(),
        punctual: count(punctual.len()),
        punctual_mean: mean(&punctual),
        late: count(late.len()),
        late_mean: mean(&late),
        difference: compared.map(|(difference, _, _)| difference),
        low: compared.map(|(_, low, _)| low),
        high: compared.map(|(_, _, high)| high),
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
        (0..all.len()).filter(|nth| is_last(*nth) && all[*nth].4).map(|nth| all[nth].3).last()
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
    let both = (arrived.as_slice(), overdue.as_slice());
    let by = match request.by {
        1 => groups(both, today, false, &|one| one.branch.clone()),
        2 => groups(both, today, false, &|one| one.staff.clone()),
        3 => groups(both, today, true, &month),
        4 => groups(both, today, false, &|one| {
            if one.customer.is_empty() { String::new() } else { format!("party:{}", one.customer) }
        }),
        _ => Vec::new(),
    };
    let again: Vec<&Order> =
        arrived.iter().filter(|one| one.is_measured(today) && one.promises.len() > 1).copied().collect();
    let mut rows: Vec<v1::LateOrder> = if request.list == 2 {
        overdue.iter().map(|one| row(one, steps(one.first(), today))).collect()
    } else {
        let late = arrived.iter().filter(|one| one.is_measured(today) && one.slip() > 0);
        late.map(|one| row(one, one.slip())).collect()
    };
    rows.sort_by_key(|row| (-row.slip_days, row.object.clone()));
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

fn date(day: i16) -> String {
    jiff::civil::date(2025, 1, 1).checked_add(jiff::Span::new().days(i64::from(day))).unwrap().to_string()
}

prop_compose! {
    fn promises()(
        id in 1..25_u64,
        (requested, committed) in (prop::option::weighted(0.4, 0..600_i16), 0..600_i16),
        reason in prop::sample::select(vec!["stock", "weather", ""]),
    ) -> Kind {
        Kind::DeliveryPromised(v1::DeliveryPromised {
            order_id: id.to_string(),
            requested_date: requested.map(date).unwrap_or_default(),
            committed_date: date(committed),
            reason: reason.to_owned(),
            ..Default::default()
        })
    }
}

prop_compose! {
    fn arrivals()(
        id in 1..25_u64,
        day in prop::option::weighted(0.6, 0..700_i16),
        goods in prop::collection::vec((0..4_usize, prop::sample::select(vec!["1", "2", "0.5"])), 0..4),
        condition in prop::sample::select(vec!["", "good", "damaged"]),
    ) -> Kind {
        let goods = goods.into_iter().map(|(product, quantity)| v1::delivery_completed::Delivered {
            product: ["pen", "ink", "book", "lamp"][product].to_owned(),
            quantity: quantity.to_owned(),
        });
        Kind::DeliveryCompleted(v1::DeliveryCompleted {
            order_id: id.to_string(),
            date: day.map(date).unwrap_or_default(),
            quantities: goods.collect(),
            condition: condition.to_owned(),
            ..Default::default()
        })
    }
}

prop_compose! {
    fn recorded()(
        project in prop::sample::select(vec!["roof", "mill"]),
        milestone in prop::sample::select(vec!["design", "build", "hand over"]),
        (planned, actual) in (prop::option::weighted(0.7, 0..700_i16), prop::option::weighted(0.6, 0..700_i16)),
        cause in 0..5_i32,
    ) -> Kind {
        Kind::ProjectMilestoneRecorded(v1::ProjectMilestoneRecorded {
            project: project.to_owned(),
            milestone: milestone.to_owned(),
            planned: planned.map(date).unwrap_or_default(),
            actual: actual.map(date).unwrap_or_default(),
            cause,
        })
    }
}

fn responses(instruments: std::ops::Range<i32>) -> impl Strategy<Value = Kind> {
    (instruments, 1..=5_u8).prop_map(|(instrument, value)| {
        Kind::SurveyAnswered(v1::SurveyAnswered {
            instrument,
            value: Some(value.into()),
            ..Default::default()
        })
    })
}

prop_compose! {
    fn roles()(
        role in prop::sample::select(vec![Role::Customer, Role::Supplier, Role::Supplier, Role::ContactOf]),
        related in 1..super::company::CUSTOMERS,
        to in prop::option::weighted(0.2, 24 * 100..24 * 900_i64),
    ) -> Kind {
        Kind::PartyRoleAssigned(v1::PartyRoleAssigned {
            role: role.into(),
            related_party: if role == Role::ContactOf { customer(related) } else { String::new() },
            to: to.and_then(|to| proto(hours(to))),
            ..Default::default()
        })
    }
}

/// Companies that deliver.
pub(crate) fn delivering() -> impl Strategy<Value = Company> {
    let kinds = |instruments| {
        prop_oneof![
            8 => promises(),
            8 => arrivals(),
            5 => orders(),
            2 => order_changes(),
            4 => recorded(),
            6 => responses(instruments),
            2 => roles(),
        ]
    };
    let whole = prop_oneof![4 => promises(), 3 => arrivals(), 5 => responses(1..3)];
    let nps = prop_oneof![4 => promises(), 3 => arrivals(), 5 => responses(1..2)];
    prop_oneof![
        4 => companies(kinds(1..4), 120).boxed(),
        1 => companies(whole, 200).prop_map(within_months).boxed(),
        1 => companies(nps, 200).prop_map(within_months).boxed(),
    ]
}

/// Everything within three months, so that customers say something soon after what arrives.
fn within_months(mut company: Company) -> Company {
    for told in &mut company.told {
        told.hours /= 8;
        if let Kind::DeliveryCompleted(completed) = &mut told.kind {
            completed.quantities.clear();
            completed.date.clear();
        }
        if let Kind::DeliveryPromised(promised) = &mut told.kind {
            let day = steps(jiff::civil::date(2025, 1, 1), promised.committed_date.parse().unwrap());
            promised.committed_date = date((day / 8) as i16);
        }
    }
    company
}

prop_compose! {
    pub(crate) fn requests()(
        period in (prop::option::weighted(0.3, 0..300_i64), prop::option::weighted(0.3, 301..720_i64)),
        (by, list) in (0..5_i32, 0..3_i32),
        suppliers in prop::bool::weighted(0.2),
    ) -> v1::DeliveriesRequest {
        v1::DeliveriesRequest {
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            by,
            list,
            suppliers,
            ..v1::DeliveriesRequest::default()
        }
    }
}

/// The answer of the model.
pub(crate) fn asked(company: &Company, request: &v1::DeliveriesRequest) -> v1::DeliveriesResponse {
    company.ask::<Deliveries>(request, None, 0).unwrap().response
}
