//! Contacts computed again: every question is put to all events that happened, one after the other.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rapport_model::Timestamp;
use rapport_proto::v1::{self, party_role_assigned::Role, payload::Kind};
use rapport_views::model::{Classes, Contacts};

use super::{
    DAY,
    acting::{Acting, contact_roles, is_two_way},
    checks,
    company::{
        BEFORE, CUSTOMERS, Company, Happened, Told, companies, customer, definition, department, hours,
        invoices, orders, role,
    },
    contacts_signals::{facts, signals},
    deliveries_oracle::{day, steps},
    funnel_oracle::count,
    proto,
};

/// One contact, in words.
#[derive(Debug, Clone)]
struct Seen {
    customer: String,
    at: Timestamp,
    two_way: bool,
    /// By number of the request's `by`; the month and the class are of the event and of the customer.
    words: BTreeMap<i32, String>,
    direction: i32,
    micros: Option<i64>,
    status: i32,
}

fn micros(duration: Option<&prost_types::Duration>) -> Option<i64> {
    duration.map(|length| length.seconds * 1_000_000)
}

fn seen(one: &Happened) -> Option<Seen> {
    let (kind, purpose, approach, place, initiative, direction, length, status) = match &one.kind {
        Kind::TouchCallLogged(call) => {
            let texts = (call.purpose.as_str(), call.approach.as_str(), "", call.initiative.as_str());
            ("call", texts.0, texts.1, texts.2, texts.3, call.direction, micros(call.duration.as_ref()), 0)
        }
        Kind::TouchMessageExchanged(message) => (
            "message",
            message.purpose.as_str(),
            message.approach.as_str(),
            "",
            "",
            message.direction,
            None,
            0,
        ),
        Kind::TouchMeetingHeld(held) => {
            let texts = (held.purpose.as_str(), held.approach.as_str(), held.place.as_str());
            ("meeting", texts.0, texts.1, texts.2, "", 0, micros(held.duration.as_ref()), held.status)
        }
        Kind::TouchVisitRecorded(visit) => {
            ("visit", "", "", ["", "shop", "office", "site", "web"][visit.place as usize], "", 0, None, 0)
        }
        _ => return None,
    };
    let month = day(one.at).to_string()[..7].to_owned();
    let words = [
        (1, kind),
        (2, one.channel),
        (3, purpose),
        (4, approach),
        (5, place),
        (6, one.actor),
        (7, role(one.actor, one.branch)),
        (8, department(one.actor, one.branch)),
        (9, one.branch),
        (10, &month),
        (12, initiative),
    ];
    Some(Seen {
        customer: one.customer.clone(),
        at: one.at,
        two_way: is_two_way(&one.kind),
        words: words.into_iter().map(|(by, word)| (by, word.to_owned())).collect(),
        direction,
        micros: length,
        status,
    })
}

/// By the formula of Wilson, in a form of its own.
pub(crate) fn share(part: usize, whole: usize) -> Option<v1::ContactShare> {
    let mut share = v1::ContactShare { part: count(part), ..v1::ContactShare::default() };
    if whole > 0 {
        let (n, z) = (whole as f64, 1.96_f64);
        let p = part as f64 / n;
        let centre = (p * n + z * z / 2.0) / (n + z * z);
        let reach = z / (n + z * z) * (p * (1.0 - p) * n + z * z / 4.0).sqrt();
        share.share = Some(p);
        (share.low, share.high) = (Some((centre - reach).min(p)), Some((centre + reach).max(p)));
    }
    Some(share)
}

fn names<'a>(of: impl Iterator<Item = &'a Seen>) -> usize {
    of.map(|one| one.customer.as_str()).filter(|name| !name.is_empty()).collect::<BTreeSet<_>>().len()
}

fn measures(all: &[&Seen]) -> v1::ContactMeasures {
    let those = |is_in: &dyn Fn(&Seen) -> bool| all.iter().filter(|one| is_in(one)).count();
    let aims = |words: &[&str]| those(&|one| one.direction != 1 && words.contains(&one.words[&3].as_str()));
    let (asks, gives) = (aims(&["offer", "Cross-sell"]), aims(&["service", "thanks"]));
    let (customers, directed, meetings) =
        (names(all.iter().copied()), those(&|one| one.direction > 0), those(&|one| one.status > 1));
    let length: i64 = all.iter().filter_map(|one| one.micros).sum();
    v1::ContactMeasures {
        contacts: count(all.len()),
        two_way: share(those(&|one| one.two_way), all.len()),
        customers: count(customers),
        reached: share(names(all.iter().copied().filter(|one| one.two_way)), customers),
        directed: count(directed),
        outbound: share(those(&|one| one.direction == 2), directed),
        timed: count(those(&|one| one.micros.is_some())),
        duration: Some(prost_types::Duration { seconds: length / 1_000_000, nanos: 0 }),
        asks: count(asks),
        gives: count(gives),
        gives_per_ask: (asks > 0).then(|| gives as f64 / asks as f64),
        meetings: count(meetings),
        no_shows: share(those(&|one| one.status == 3), meetings),
        without_customer: count(those(&|one| one.customer.is_empty())),
    }
}

fn coverage(all: &[&Seen]) -> Vec<v1::ContactCoverage> {
    let mut departments: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in all.iter().filter(|one| one.two_way && !one.customer.is_empty()) {
        departments.entry(&one.customer).or_default().insert(&one.words[&8]);
    }
    let of = |said: &BTreeSet<&str>| said.iter().filter(|said| !said.is_empty()).count();
    let row = |number: usize| {
        let own = departments.values().filter(|said| of(said) == number).count();
        v1::ContactCoverage { departments: number as u32, customers: share(own, departments.len()) }
    };
    (0..9).map(row).filter(|row| row.customers.as_ref().unwrap().part.as_ref().unwrap().count > 0).collect()
}

/// The best class of each customer, by the model of classes, which has an oracle of its own; and what it rests on.
fn classes(
    company: &Company,
    request: &v1::ContactsRequest,
) -> (BTreeMap<String, String>, v1::ClassesResponse) {
    let asked = v1::ClassesRequest {
        period_from: request.period_from,
        period_to: request.period_to,
        purchases_from: request.purchases_from,
        measures: vec![1],
        ..v1::ClassesRequest::default()
    };
    let answer = company.ask::<Classes>(&asked, None, 0).unwrap().response;
    let mut best: BTreeMap<String, String> = BTreeMap::new();
    for row in answer.rows.iter().filter(|row| !row.abc.is_empty()) {
        let known = best.entry(row.object.replace("party:", "")).or_insert_with(|| row.abc.clone());
        *known = row.abc.clone().min(known.clone());
    }
    (best, answer)
}

fn executives(all: &[&Seen], acting: &Acting, classes: &BTreeMap<String, String>) -> v1::ContactExecutives {
    let a: Vec<&String> = classes.iter().filter(|(_, class)| *class == "A").map(|(name, _)| name).collect();
    let counts =
        |name: &str, one: &Seen| one.customer == name || acting.organisation(&one.customer) == Some(name);
    let met = |is_in: &dyn Fn(&Seen) -> bool| {
        let is_met = |name: &&&String| all.iter().any(|one| one.two_way && is_in(one) && counts(name, one));
        a.iter().filter(is_met).count()
    };
    v1::ContactExecutives {
        customers: count(a.len()),
        reached: share(met(&|_| true), a.len()),
        by_executives: share(met(&|one| one.words[&7] == "executive"), a.len()),
    }
}

fn by_class(all: &[&Seen], acting: &Acting, classes: &BTreeMap<String, String>) -> Vec<v1::ContactClass> {
    let counts =
        |name: &str, one: &Seen| one.customer == name || acting.organisation(&one.customer) == Some(name);
    let class = |class: &String| {
        let own: Vec<&String> = classes.iter().filter(|(_, of)| *of == class).map(|(name, _)| name).collect();
        let met = |one: &&&Seen| one.two_way && own.iter().any(|name| counts(name, one));
        let met: Vec<&Seen> = all.iter().filter(met).copied().collect();
        let role = |role: Option<&String>| {
            let those: Vec<&&Seen> =
                met.iter().filter(|one| role.is_none_or(|role| one.words[&7] == *role)).collect();
            let reached = own.iter().filter(|name| those.iter().any(|one| counts(name, one))).count();
            v1::ContactRole {
                role: role.cloned().unwrap_or_default(),
                contacts: count(those.len()),
                reached: count(reached),
                a_customer: Some(those.len() as f64 / own.len() as f64),
            }
        };
        let said: BTreeSet<&String> = met.iter().map(|one| &one.words[&7]).collect();
        let mut roles: Vec<v1::ContactRole> = said.into_iter().map(|one| role(Some(one))).collect();
        roles.sort_by_key(|role| u64::MAX - role.contacts.as_ref().unwrap().count);
        v1::ContactClass {
            class: class.clone(),
            customers: count(own.len()),
            all: Some(role(None)),
            roles,
            roles_left_out: 0,
        }
    };
    classes.values().collect::<BTreeSet<_>>().into_iter().map(class).collect()
}

/// The role, but for that of a contact, in which a party is known at T.
fn last_role(happened: &[Happened], name: &str, until: Timestamp) -> Option<Role> {
    let moment =
        |one: &Option<prost_types::Timestamp>| one.as_ref().and_then(rapport_proto::time::from_proto);
    let mut said = Vec::new();
    for one in happened.iter().filter(|one| one.customer == name) {
        let Kind::PartyRoleAssigned(role) = &one.kind else { continue };
        let begins = moment(&role.from).unwrap_or(one.at);
        if role.role() != Role::ContactOf && begins <= until {
            let lasts = moment(&role.to).is_none_or(|to| to > until);
            said.push(((begins, one.at, one.position), role.role(), lasts));
        }
    }
    said.sort_by_key(|(place, _, _)| *place);
    while let Some((_, role, lasts)) = said.pop() {
        if lasts {
            return Some(role);
        }
        // What ended hides what was said of the same role before.
        said.retain(|(_, other, _)| *other != role);
    }
    None
}

fn silence(company: &Company, acting: &Acting) -> (v1::ContactSilence, bool) {
    let (happened, until) = (company.happened(), company.as_of.occurred_until);
    let is_defined = happened
        .iter()
        .any(|one| matches!(&one.kind, Kind::DefinitionPublished(said) if said.code == "gold"));
    let (mut met, mut usual, mut longer, mut promised, mut late, mut strengths) = (0, 0, 0, 0, 0, Vec::new());
    let mut is_used = false;
    for name in (1..CUSTOMERS).map(customer).filter(|name| company.survivor(name) == *name) {
        let own: Vec<&Happened> = happened.iter().filter(|one| acting.counts_for(&name, one)).collect();
        let tier = own.iter().rev().find_map(|one| match &one.kind {
            Kind::TicketOpened(opened) if !opened.tier.is_empty() => Some(opened.tier.as_str()),
            _ => None,
        });
        is_used |= is_defined && tier == Some("gold");
        let role = last_role(&happened, &name, until);
        let is_other = matches!(role, Some(Role::Supplier | Role::Partner | Role::Employee));
        if is_other || acting.organisation(&name).is_some() {
            continue;
        }
        let moments: Vec<Timestamp> =
            own.iter().filter(|one| is_two_way(&one.kind)).map(|one| one.at).collect();
        let days: Vec<_> = moments.iter().map(|at| day(*at)).collect::<BTreeSet<_>>().into_iter().collect();
        let silent = days.last().map(|last| steps(*last, day(until)));
        if is_defined && tier == Some("gold") {
            promised += 1;
            late += usize::from(silent.is_none_or(|days| days > 30));
        }
        let Some(silent) = silent else { continue };
        met += 1;
        let mut gaps: Vec<i32> = days.windows(2).map(|two| steps(two[0], two[1])).collect();
        gaps.sort_unstable();
        if gaps.len() >= 3 {
            usual += 1;
            longer += usize::from(silent > gaps[(gaps.len() - 1) / 2] + gaps[gaps.len() / 2]);
        }
        let since = |at: &Timestamp| (until.as_micros() - at.as_micros()) as f64 / DAY as f64;
        strengths.push(moments.iter().map(|at| 0.5_f64.powf(since(at) / 180.0)).sum::<f64>());
    }
    strengths.sort_by(f64::total_cmp);
    let n = strengths.len();
    let silence = v1::ContactSilence {
        met: count(met),
        usual: count(usual),
        longer_than_usual: share(longer, usual),
        promised: count(promised),
        longer_than_promised: share(late, promised),
        median_strength: (n > 0).then(|| (strengths[(n - 1) / 2] + strengths[n / 2]) / 2.0),
    };
    (silence, is_used)
}

/// Meetings that lie ahead of T.
fn ahead(company: &Company) -> usize {
    let later = rapport_views::answers::AsOf { occurred_until: hours(24 * 4_000), ..company.as_of };
    let all = Company { as_of: later, ..company.clone() }.happened();
    let is_planned = |one: &&Happened| matches!(&one.kind, Kind::TouchMeetingHeld(held) if held.status == 1);
    all.iter().filter(is_planned).filter(|one| one.at > company.as_of.occurred_until).count()
}

pub(crate) fn answer(company: &Company, request: &v1::ContactsRequest) -> v1::ContactsResponse {
    let acting = Acting::of(company);
    let (from, to) = checks::window(company, request.period_from.as_ref(), request.period_to.as_ref());
    let (classes, classed) = classes(company, request);
    let happened = company.happened();
    let mut all: Vec<Seen> = happened.iter().filter_map(seen).collect();
    all.retain(|one| from <= one.at && one.at < to);
    let planned = all.iter().filter(|one| one.status == 1).count();
    all.retain(|one| one.status != 1);
    for one in &mut all {
        one.words.insert(11, classes.get(&one.customer).cloned().unwrap_or_default());
    }
    let every: Vec<&Seen> = all.iter().collect();
    let by = request.by.max(1);
    let keys: BTreeSet<&String> = all.iter().map(|one| &one.words[&by]).collect();
    let mut rows: Vec<v1::ContactGroup> = Vec::new();
    for key in keys {
        let own: Vec<&Seen> = all.iter().filter(|one| one.words[&by] == *key).collect();
        rows.push(v1::ContactGroup { key: key.clone(), of: Some(measures(&own)) });
    }
    if by != 10 {
        let contacts = |row: &v1::ContactGroup| row.of.as_ref().unwrap().contacts.as_ref().unwrap().count;
        rows.sort_by_key(|row| (u64::MAX - contacts(row), row.key.clone()));
    }
    let (silence, is_used) = silence(company, &acting);
    let mut meta = checks::meta(company);
    meta.definitions = classed.meta.unwrap().definitions;
    if is_used {
        let (kind, code) = ("service_level".to_owned(), "gold".to_owned());
        meta.definitions.push(v1::DefinitionUse { kind, code, version: 3 });
    }
    v1::ContactsResponse {
        meta: Some(meta),
        period_from: proto(from),
        period_to: proto(to),
        total: Some(measures(&every)),
        ahead: count(ahead(company)),
        planned: count(planned),
        coverage: coverage(&every),
        executives: Some(executives(&every, &acting, &classes)),
        classes: by_class(&every, &acting, &classes),
        silence: Some(silence),
        signals: Some(signals(company, &acting, (from, to))),
        rows,
        purchases_from: classed.purchases_from,
        ..v1::ContactsResponse::default()
    }
}

prop_compose! {
    /// Contacts with all that can be said of them.
    fn contacts()(
        what in 0..4_u8,
        (direction, outcome) in (1..=2_i32, 1..=3_i32),
        purpose in prop::sample::select(vec!["offer", "Cross-sell", "service", "thanks", "survey", ""]),
        seconds in prop::option::weighted(0.6, 0..5_000_i64),
        place in prop::sample::select(vec!["", "fair", "shop"]),
        (initiative, approach) in (prop::sample::select(vec!["", "spring"]), prop::sample::select(vec!["", "demo"])),
    ) -> Kind {
        let duration = seconds.map(|seconds| prost_types::Duration { seconds, nanos: 0 });
        let [purpose, approach, initiative, place] = [purpose, approach, initiative, place].map(str::to_owned);
        match what {
            0 => Kind::TouchCallLogged(v1::TouchCallLogged {
                direction, outcome, duration, purpose, initiative, approach, ..Default::default()
            }),
            1 => Kind::TouchMessageExchanged(v1::TouchMessageExchanged {
                direction, purpose, approach, ..Default::default()
            }),
            2 => Kind::TouchMeetingHeld(v1::TouchMeetingHeld {
                status: outcome, place, duration, purpose, approach, ..Default::default()
            }),
            _ => Kind::TouchVisitRecorded(v1::TouchVisitRecorded { place: outcome + 1, ..Default::default() }),
        }
    }
}

prop_compose! {
    fn roles()(
        role in prop::sample::select(vec![Role::Customer, Role::Supplier, Role::Partner, Role::Employee]),
        to in prop::option::weighted(0.4, 24 * 100..24 * 900_i64),
    ) -> Kind {
        let to = to.and_then(|to| proto(hours(to)));
        Kind::PartyRoleAssigned(v1::PartyRoleAssigned { role: role.into(), to, ..Default::default() })
    }
}

fn tickets() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec!["gold", "silver", ""]).prop_map(|tier| {
        Kind::TicketOpened(v1::TicketOpened {
            ticket_id: "1".into(),
            tier: tier.to_owned(),
            ..Default::default()
        })
    })
}

/// Companies that meet their customers, some of which promise to.
pub(crate) fn meeting() -> impl Strategy<Value = Company> {
    let kinds = prop_oneof![
        12 => contacts(),
        3 => orders(),
        1 => invoices(),
        1 => roles(),
        1 => contact_roles(CUSTOMERS),
        2 => tickets(),
        3 => facts(),
    ];
    (companies(kinds, 90), prop::bool::weighted(0.6)).prop_map(|(mut company, is_defined)| {
        if is_defined {
            let kind = definition("service_level", "gold", 3, r#"{"cadence_days": 30}"#);
            company.told.push(Told { recorded_day: BEFORE, ..Told::at(BEFORE, 0, kind) });
        }
        company
    })
}

prop_compose! {
    pub(crate) fn requests()(
        period in (prop::option::weighted(0.3, 0..300_i64), prop::option::weighted(0.3, 301..720_i64)),
        by in 0..=12_i32,
        purchases_from in prop::sample::select(vec![0, 0, 2]),
    ) -> v1::ContactsRequest {
        v1::ContactsRequest {
            period_from: period.0.and_then(|day| proto(hours(day * 24 + 1))),
            period_to: period.1.and_then(|day| proto(hours(day * 24))),
            by,
            purchases_from,
            ..v1::ContactsRequest::default()
        }
    }
}

/// The same, with no meeting ahead of T: what lies ahead is not among what happened.
pub(crate) fn without_plans(mut company: Company) -> Company {
    let until = company.as_of.occurred_until;
    for told in &mut company.told {
        let otherwise = told.corrected.iter_mut().filter_map(|(_, otherwise)| otherwise.as_mut());
        let all = otherwise.map(|(at, kind)| (*at, kind)).chain([(told.hours, &mut told.kind)]);
        for (_, kind) in all.filter(|(at, _)| hours(*at) > until) {
            if let Kind::TouchMeetingHeld(held) = kind {
                held.status = held.status.max(2);
            }
        }
    }
    company
}

/// The answer of the model.
pub(crate) fn asked(company: &Company, request: &v1::ContactsRequest) -> v1::ContactsResponse {
    company.ask::<Contacts>(request, None, 0).unwrap().response
}
