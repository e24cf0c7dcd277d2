//! Staff computed again from the events, each figure by a walk of its own.

use std::collections::{BTreeMap, BTreeSet};

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{self, payload::Kind},
};
use rapport_views::model::Staff;

use super::{
    acting::{Acting, is_two_way},
    checks,
    company::{Company, Happened, department, role},
    funnel_oracle::{count, rate},
    proto,
    staff_deals::{Dealt, dealt},
    staff_there::There,
    staff_world::PURPOSES,
};

/// What somebody did: who, by actor and branch; which.
#[derive(Debug, Clone)]
struct Did {
    actor: String,
    branch: String,
    at: usize,
}

/// Everything of the period.
struct Done {
    happened: Vec<Happened>,
    deals: Vec<(String, Dealt)>,
    contacts: Vec<Did>,
    tickets: Vec<Did>,
    orders: Vec<Did>,
    /// Of each contact: `new`, `existing` or `nobody`.
    customers: BTreeMap<usize, &'static str>,
}

fn id_of_ticket(kind: &Kind) -> Option<&str> {
    match kind {
        Kind::TicketOpened(one) => Some(&one.ticket_id),
        Kind::TicketResolved(one) => Some(&one.ticket_id),
        Kind::TicketReopened(one) => Some(&one.ticket_id),
        _ => None,
    }
}

impl Done {
    fn of(company: &Company, within: &dyn Fn(Timestamp) -> bool) -> Self {
        let happened = company.happened();
        let did = |at: usize| Did {
            actor: happened[at].actor.to_owned(),
            branch: happened[at].branch.to_owned(),
            at,
        };
        let all = || (0..happened.len()).filter(|at| within(happened[*at].at));
        let is_contact = |at: &usize| match &happened[*at].kind {
            Kind::TouchCallLogged(_) | Kind::TouchMessageExchanged(_) | Kind::TouchVisitRecorded(_) => true,
            Kind::TouchMeetingHeld(meeting) => meeting.status != 1,
            _ => false,
        };
        let holds = |at: &usize| {
            let Kind::TicketResolved(resolved) = &happened[*at].kind else { return false };
            let is_of =
                |other: &usize| id_of_ticket(&happened[*other].kind) == Some(resolved.ticket_id.as_str());
            let opens = |other: &usize| matches!(happened[*other].kind, Kind::TicketOpened(_));
            let first = (0..happened.len()).filter(is_of).find(opens);
            (at + 1..happened.len()).filter(is_of).all(|other| Some(other) == first)
        };
        let cancelled = |id: &str| {
            happened
                .iter()
                .any(|one| matches!(&one.kind, Kind::OrderChanged(one) if one.order_id == id && one.op == 1))
        };
        // Goods that only come back are no purchase. A total stands beside lines without amounts.
        let brings = |one: &v1::OrderPlaced| {
            let is_total = one.total.is_some() && one.lines.iter().all(|line| line.net.is_none());
            one.lines.is_empty() || is_total || one.lines.iter().any(|line| !line.quantity.starts_with('-'))
        };
        let placed = |at: usize| match &happened[at].kind {
            Kind::OrderPlaced(one) if brings(one) && !cancelled(&one.order_id) => Some(one.order_id.as_str()),
            _ => None,
        };
        let first_of_order = |at: &usize| {
            placed(*at).is_some_and(|id| all().find(|other| placed(*other) == Some(id)) == Some(*at))
        };
        let acting = Acting::of(company);
        let has_bought = |at: usize| {
            let one = &happened[at];
            let organisation = acting.organisation(&one.customer).unwrap_or_default();
            (0..at).any(|before| {
                let other = &happened[before];
                other.at < one.at
                    && placed(before).is_some()
                    && !other.customer.is_empty()
                    && (other.customer == one.customer || other.customer == organisation)
            })
        };
        let contacts: Vec<Did> = all().filter(is_contact).map(did).collect();
        let customers = contacts.iter().map(|one| {
            let word = match happened[one.at].customer.is_empty() {
                true => "nobody",
                false if has_bought(one.at) => "existing",
                false => "new",
            };
            (one.at, word)
        });
        let closed = dealt(company).into_iter().filter_map(|deal| {
            let (_, at, position) = deal.closed?;
            let by = happened.iter().find(|one| one.position == position)?.actor.to_owned();
            within(at).then_some((by, deal))
        });
        Self {
            customers: customers.collect(),
            tickets: all().filter(holds).map(did).collect(),
            orders: all().filter(first_of_order).map(did).collect(),
            deals: closed.collect(),
            contacts,
            happened,
        }
    }

    fn micros(&self, at: usize) -> Option<i64> {
        let duration = match &self.happened[at].kind {
            Kind::TouchCallLogged(one) => one.duration.as_ref(),
            Kind::TouchMeetingHeld(one) => one.duration.as_ref(),
            _ => None,
        };
        duration.map(|duration| duration.seconds * 1_000_000)
    }

    fn purpose(&self, at: usize) -> &'static str {
        let said = match &self.happened[at].kind {
            Kind::TouchCallLogged(one) => one.purpose.as_str(),
            Kind::TouchMessageExchanged(one) => &one.purpose,
            Kind::TouchMeetingHeld(one) => &one.purpose,
            _ => "",
        };
        PURPOSES.iter().find(|(word, _)| *word == said).map(|(_, means)| *means).unwrap()
    }

    /// Of those who are meant; of the rest what rows can say.
    fn measures(&self, is_meant: &dyn Fn(&Did) -> bool, deals: bool, orders: bool) -> v1::StaffMeasures {
        let of = |all: &[Did]| -> Vec<usize> {
            all.iter().filter(|one| is_meant(one)).map(|one| one.at).collect()
        };
        let contacts = of(&self.contacts);
        let spent = |wanted: &dyn Fn(usize) -> bool| -> i64 {
            contacts.iter().filter(|at| wanted(**at)).filter_map(|at| self.micros(*at)).sum()
        };
        let all = spent(&|_| true);
        let n = |wanted: &dyn Fn(usize) -> bool| count(contacts.iter().filter(|at| wanted(**at)).count());
        let split = |key: &str, wanted: &dyn Fn(usize) -> bool| v1::StaffTime {
            key: key.to_owned(),
            contacts: n(wanted),
            time: Some(time::duration_to_proto(spent(wanted))),
            share: (all > 0).then(|| spent(wanted) as f64 / all as f64),
        };
        let by_purpose =
            ["selling", "service", "other"].map(|word| split(word, &|at| self.purpose(at) == word));
        let by_customer =
            ["new", "existing", "nobody"].map(|word| split(word, &|at| self.customers[&at] == word));
        let is_two_way = |at: usize| is_two_way(&self.happened[at].kind);
        let measures = v1::StaffMeasures {
            contacts: n(&|_| true),
            two_way: n(&is_two_way),
            by_executives: n(&|at| {
                is_two_way(at) && role(self.happened[at].actor, self.happened[at].branch) == "executive"
            }),
            with_duration: n(&|at| self.micros(at).is_some()),
            without_duration: n(&|at| self.micros(at).is_none()),
            time: Some(time::duration_to_proto(all)),
            by_purpose: by_purpose.into(),
            by_customer: by_customer.into(),
            tickets_resolved: count(of(&self.tickets).len()),
            orders: if orders { count(of(&self.orders).len()) } else { None },
            ..v1::StaffMeasures::default()
        };
        if deals { self.with_deals(is_meant, measures) } else { measures }
    }

    fn with_deals(&self, is_meant: &dyn Fn(&Did) -> bool, of: v1::StaffMeasures) -> v1::StaffMeasures {
        let by = |actor: &str| Did { actor: actor.to_owned(), branch: String::new(), at: 0 };
        let closed: Vec<&Dealt> =
            self.deals.iter().filter(|(actor, _)| is_meant(&by(actor))).map(|(_, deal)| deal).collect();
        let is_won = |deal: &&&Dealt| deal.closed.unwrap().0;
        let won: Vec<&&Dealt> = closed.iter().filter(is_won).collect();
        let mut values: BTreeMap<&str, Vec<i128>> = BTreeMap::new();
        for (amount, currency) in won.iter().filter_map(|deal| deal.amount.as_ref()) {
            values.entry(currency).or_default().push(*amount);
        }
        let value = |(currency, all): (&str, Vec<i128>)| v1::StaffValue {
            currency: currency.to_owned(),
            n: all.len() as u64,
            amount: checks::sum(all.iter().sum()),
        };
        // Wilson's interval solves (p - share)² = z² p (1 - p) / n.
        let ends = rate(won.len(), closed.len()).map(|share| {
            let (n, z) = (closed.len() as f64, 1.96_f64);
            let (a, b, c) = (1.0 + z * z / n, 2.0 * share + z * z / n, share * share);
            let root = (b * b - 4.0 * a * c).sqrt();
            ((b - root) / (2.0 * a), (b + root) / (2.0 * a))
        });
        v1::StaffMeasures {
            won: count(won.len()),
            lost: count(closed.len() - won.len()),
            win_rate: rate(won.len(), closed.len()),
            win_rate_low: ends.map(|(low, _)| low.max(0.0)),
            win_rate_high: ends.map(|(_, high)| high.min(1.0)),
            won_values: values.into_iter().map(value).collect(),
            ..of
        }
    }
}

fn turnover(company: &Company, window: (Timestamp, Timestamp)) -> v1::StaffTurnover {
    let there = There::of(&company.happened());
    let people: Vec<String> = there.people().into_iter().filter(|who| !there.came(who).is_empty()).collect();
    let before = |at: Timestamp| Timestamp::from_micros(at.as_micros() - 1);
    let within = |at: Timestamp| window.0 <= at && at < window.1;
    let at = |at: Timestamp| people.iter().filter(|who| there.belongs(who, at)).count();
    let turned = |comes: bool| {
        let came = people.iter().flat_map(|who| there.came(who));
        came.filter(|(at, now, ..)| within(*at) && *now == comes).count()
    };
    let mut employed = 0_i128;
    for who in &people {
        let came = there.came(who).into_iter().map(|(at, ..)| at).filter(|at| within(*at));
        let moments: BTreeSet<Timestamp> = came.chain([window.0, window.1]).collect();
        let moments: Vec<Timestamp> = moments.into_iter().collect();
        for pair in moments.windows(2) {
            if there.belongs(who, pair[0]) {
                employed += i128::from(pair[1].as_micros() - pair[0].as_micros());
            }
        }
    }
    let length = window.1.as_micros() - window.0.as_micros();
    let mean = (length > 0).then(|| employed as f64 / length as f64);
    v1::StaffTurnover {
        joined: count(turned(true)),
        left: count(turned(false)),
        headcount_begin: at(before(window.0)) as u64,
        headcount_end: count(at(before(window.1))),
        headcount_mean: mean,
        turnover: mean.filter(|mean| *mean > 0.0).map(|mean| turned(false) as f64 / mean),
    }
}

/// Payouts of the period as rows, the latest first.
fn payouts(company: &Company, within: &dyn Fn(Timestamp) -> bool) -> Vec<v1::StaffListed> {
    let (happened, events) = (company.happened(), company.events());
    let mut rows = Vec::new();
    for one in happened.iter().rev().filter(|one| within(one.at)) {
        let Kind::IncentiveAccrued(paid) = &one.kind else { continue };
        let is_published = happened.iter().any(|other| {
            matches!(&other.kind, Kind::DefinitionPublished(definition)
                if definition.code == paid.scheme && definition.version == paid.version)
        });
        let definition = match paid.version {
            0 => "version_not_said",
            _ if is_published => "published",
            _ => "missing",
        };
        let evidence = paid.evidence_event_ids.iter().map(|id| {
            let found = events.iter().map(|event| &event.event).find(|event| event.id == *id);
            let actor = found.and_then(|event| event.actor.as_ref()).map_or("", |actor| actor.id.as_str());
            let state = match found {
                None => "missing",
                Some(_) if actor.is_empty() || actor == paid.staff_id => "known",
                Some(_) => "of_another",
            };
            v1::StaffEvidence {
                event_id: id.clone(),
                state: state.to_owned(),
                position: found.map_or(0, |event| event.position),
                r#type: found.map(|event| event.r#type.clone()).unwrap_or_default(),
            }
        });
        let amount = paid.amount.as_ref();
        rows.push(v1::StaffListed {
            key: paid.staff_id.clone(),
            of: None,
            payout: Some(v1::StaffPayout {
                position: one.position,
                at: proto(one.at),
                scheme: paid.scheme.clone(),
                version: paid.version,
                definition: definition.to_owned(),
                metric: paid.metric.clone(),
                value: paid.value,
                currency: amount.map(|amount| amount.currency.clone()).unwrap_or_default(),
                amount: amount.and_then(|amount| checks::sum(amount.minor_units.into())),
                evidence: evidence.collect(),
                evidence_left_out: 0,
            }),
        });
    }
    rows
}

/// What of the answer is about payouts: how sound they are, and what each scheme paid.
fn paid(rows: &[v1::StaffListed]) -> (v1::StaffPayouts, Vec<v1::StaffScheme>) {
    let paid: Vec<&v1::StaffPayout> = rows.iter().filter_map(|row| row.payout.as_ref()).collect();
    let n = |wanted: &dyn Fn(&v1::StaffPayout) -> bool| count(paid.iter().filter(|one| wanted(one)).count());
    let is_sound = |one: &v1::StaffPayout| one.evidence.iter().all(|event| event.state == "known");
    let counts = v1::StaffPayouts {
        payouts: n(&|_| true),
        traced: n(&|one| !one.evidence.is_empty() && is_sound(one)),
        without_evidence: n(&|one| one.evidence.is_empty()),
        in_doubt: n(&|one| !is_sound(one)),
        undefined: n(&|one| one.definition != "published"),
    };
    let keys: BTreeSet<(&str, u32, &str)> =
        paid.iter().map(|one| (one.scheme.as_str(), one.version, one.currency.as_str())).collect();
    let scheme = |(scheme, version, currency): (&str, u32, &str)| {
        let of = paid
            .iter()
            .filter(|one| one.scheme == scheme && one.version == version && one.currency == currency);
        let of: Vec<_> = of.collect();
        let sum = of.iter().filter_map(|one| one.amount.as_ref()).filter_map(|sum| sum.minor_units);
        v1::StaffScheme {
            scheme: scheme.to_owned(),
            version,
            currency: currency.to_owned(),
            payouts: count(of.len()),
            amount: if currency.is_empty() { None } else { checks::sum(sum.map(i128::from).sum()) },
            definition: of[0].definition.clone(),
        }
    };
    (counts, keys.into_iter().map(scheme).collect())
}

pub(crate) fn answer(company: &Company, request: &v1::StaffRequest) -> v1::StaffResponse {
    let window = checks::window(company, request.period_from.as_ref(), request.period_to.as_ref());
    let within = |at: Timestamp| window.0 <= at && at < window.1;
    let done = Done::of(company, &within);
    let by = if request.by == 0 { 1 } else { request.by };
    let key = |one: &Did| match by {
        1 => one.actor.clone(),
        2 => one.branch.clone(),
        _ => department(&one.actor, &one.branch).to_owned(),
    };
    let orders = if by == 3 { &[][..] } else { &done.orders };
    let named = done.contacts.iter().chain(&done.tickets).chain(orders).filter(|one| !one.actor.is_empty());
    let closers =
        done.deals.iter().map(|(actor, _)| actor.clone()).filter(|actor| by == 1 && !actor.is_empty());
    let keys: BTreeSet<String> = named.map(key).chain(closers).collect();
    let mut work: Vec<v1::StaffListed> = keys
        .into_iter()
        .map(|name| {
            let is_meant = |one: &Did| !one.actor.is_empty() && key(one) == name;
            let of = Some(done.measures(&is_meant, by == 1, by != 3));
            v1::StaffListed { of, payout: None, key: name.clone() }
        })
        .collect();
    work.sort_by_key(|row| {
        let of = row.of.as_ref().unwrap();
        let n = |figure: &Option<v1::Figure>| figure.as_ref().map_or(0, |figure| figure.count);
        (u64::MAX - n(&of.won), u64::MAX - n(&of.contacts), row.key.clone())
    });
    let rows = payouts(company, &within);
    let (payouts, schemes) = paid(&rows);
    let used: BTreeSet<(&str, u32)> = schemes
        .iter()
        .filter(|one| one.definition == "published")
        .map(|one| (one.scheme.as_str(), one.version))
        .collect();
    let definitions = used.into_iter().map(|(code, version)| v1::DefinitionUse {
        kind: "incentive".to_owned(),
        code: code.to_owned(),
        version,
    });
    let without = |all: &[Did]| count(all.iter().filter(|one| one.actor.is_empty()).count());
    v1::StaffResponse {
        meta: Some(v1::ViewMeta { definitions: definitions.collect(), ..checks::meta(company) }),
        period_from: proto(window.0),
        period_to: proto(window.1),
        total: Some(done.measures(&|one| !one.actor.is_empty(), true, true)),
        turnover: Some(turnover(company, window)),
        payouts: Some(payouts),
        schemes,
        left_out: Some(v1::StaffLeftOut {
            deals: count(done.deals.iter().filter(|(actor, _)| actor.is_empty()).count()),
            contacts: without(&done.contacts),
            tickets: without(&done.tickets),
            orders: without(&done.orders),
        }),
        rows: if request.list == 2 { rows } else { work },
        ..v1::StaffResponse::default()
    }
}

/// The answer of the model.
pub(crate) fn asked(company: &Company, request: &v1::StaffRequest) -> v1::StaffResponse {
    company.ask::<Staff>(request, None, 0).unwrap().response
}
