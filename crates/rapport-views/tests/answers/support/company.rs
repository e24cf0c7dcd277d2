//! A made-up company as events with corrections, retractions, merges and un-merges: what a store makes of them, and what
//! happened at (T, K), read from the events alone.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use proptest::prelude::*;
use prost::Message as _;
use rapport_model::{EventId, Timestamp};
use rapport_proto::{
    event_type,
    v1::{self, RecordedEvent, payload::Kind},
};
use rapport_views::{answers::AsOf, view::View};

pub(crate) use super::acts::{department, role};
use super::{
    DAY, HOUR,
    memory::{Believed, Memory},
    proto,
    response_tags::tags,
};

/// Customers are 1 to 8; 0 is nobody.
pub(crate) const CUSTOMERS: u64 = 9;
/// A day, and an hour, before everything else.
pub(crate) const BEFORE: i64 = -100_000;
/// 2025-01-01T00:00Z.
const BEGIN: i64 = 1_735_689_600_000_000;

pub(crate) fn hours(hours: i64) -> Timestamp {
    Timestamp::from_micros(BEGIN + hours * HOUR)
}

/// The id of a customer. Ids and numbers are ordered differently.
pub(crate) fn customer(number: u64) -> String {
    if number == 0 { String::new() } else { format!("c{}", 100 - number) }
}

/// The number of a customer.
pub(crate) fn number(customer: &str) -> u64 {
    customer.strip_prefix('c').map_or(0, |number| 100 - number.parse::<u64>().unwrap())
}

/// The ledger's zone.
pub(crate) fn zone() -> TimeZone {
    TimeZone::get("Europe/Riga").unwrap()
}

/// One event, and what was said of it later.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub kind: Kind,
    pub customer: u64,
    /// Since 2025-01-01T00:00Z.
    pub hours: i64,
    pub recorded_day: i64,
    /// From a later day on it happened otherwise; `None`: it did not happen.
    pub corrected: Option<(i64, Option<(i64, Kind)>)>,
    pub actor: &'static str,
    pub branch: &'static str,
    pub channel: &'static str,
    /// Of its envelope.
    pub tags: Vec<String>,
}

/// Everything that a ledger was told; an event's position is its place, from 1.
#[derive(Debug, Clone)]
pub(crate) struct Company {
    pub told: Vec<Told>,
    pub as_of: AsOf,
    /// The order in which rows come.
    pub seed: u64,
}

/// What happened until T, as believed at K.
#[derive(Debug, Clone)]
pub(crate) struct Happened {
    pub position: u64,
    pub at: Timestamp,
    /// Merges resolved; empty for nobody.
    pub customer: String,
    pub recorded_under: String,
    pub kind: Kind,
    pub actor: &'static str,
    pub branch: &'static str,
    pub channel: &'static str,
    pub tags: Vec<String>,
}

/// The id of the event at a position.
pub(crate) fn event_id(position: u64) -> String {
    EventId::from_u128(0x1234_5678 << 64 | u128::from(position)).to_string()
}

impl Told {
    /// At an hour, recorded on the first day.
    pub(crate) fn at(hours: i64, customer: u64, kind: Kind) -> Self {
        let (actor, branch, channel) = ("ilze", "riga", "web");
        let tags = Vec::new();
        Self { kind, customer, hours, recorded_day: 0, corrected: None, actor, branch, channel, tags }
    }

    fn believed(&self, known: Timestamp) -> Option<(Timestamp, Kind)> {
        let by = |day: i64| Timestamp::from_micros(BEGIN + day * DAY) <= known;
        match &self.corrected {
            _ if !by(self.recorded_day) => None,
            Some((day, otherwise)) if by(*day) => otherwise.clone().map(|(at, kind)| (hours(at), kind)),
            Some(_) | None => Some((hours(self.hours), self.kind.clone())),
        }
    }
}

impl Company {
    /// What is believed at K, in the order of positions.
    pub(super) fn believed(&self, known: Timestamp) -> Vec<(u64, &Told, Timestamp, Kind)> {
        let all = (1..).zip(&self.told);
        all.filter_map(|(position, told)| told.believed(known).map(|(at, kind)| (position, told, at, kind)))
            .collect()
    }

    /// The events, each as it was told, and as it is believed at K.
    pub(super) fn events(&self) -> Vec<Believed> {
        let believed = self.believed(self.as_of.recorded_until).into_iter();
        let event = |(position, told, occurred_at, kind): (u64, &Told, Timestamp, Kind)| {
            let payload = v1::Payload { kind: Some(told.kind.clone()) }.encode_to_vec();
            let name = event_type::payload_field(&payload).and_then(event_type::name_of_field);
            let event = RecordedEvent {
                id: event_id(position),
                position,
                r#type: name.unwrap_or_default().to_owned(),
                customer: customer(told.customer),
                channel: told.channel.to_owned(),
                actor: Some(v1::Actor {
                    id: told.actor.to_owned(),
                    branch: told.branch.to_owned(),
                    department: department(told.actor, told.branch).to_owned(),
                    role: role(told.actor, told.branch).to_owned(),
                    ..v1::Actor::default()
                }),
                tags: [told.tags.clone(), tags(&told.kind)].concat(),
                payload: payload.into(),
                ..RecordedEvent::default()
            };
            Believed { event, occurred_at, kind }
        };
        believed.map(event).collect()
    }

    /// A store that has it.
    pub(crate) fn store(&self, view: View) -> Memory {
        let mut believed = self.events();
        believed.sort_by_key(|one| (one.event.position.wrapping_mul(self.seed | 1)) >> 7);
        Memory::of(view, &believed)
    }

    /// What happened until T, as believed at K, ordered by (when, position).
    pub(crate) fn happened(&self) -> Vec<Happened> {
        let AsOf { occurred_until, recorded_until } = self.as_of;
        let mut all = self.believed(recorded_until);
        all.retain(|(_, _, at, _)| *at <= occurred_until);
        all.sort_by_key(|(position, _, at, _)| (*at, *position));
        let stands_for = stands_for(&all);
        let happened = |(position, told, at, kind): (u64, &Told, Timestamp, Kind)| {
            let recorded_under = customer(told.customer);
            let customer = stands_for.get(&recorded_under).unwrap_or(&recorded_under).clone();
            let (actor, branch, channel, tags) = (told.actor, told.branch, told.channel, told.tags.clone());
            Happened { position, at, customer, recorded_under, kind, actor, branch, channel, tags }
        };
        all.into_iter().map(happened).collect()
    }

    /// The same without anybody having been merged: every event under who it is of.
    pub(crate) fn without_merges(&self) -> Self {
        let customers = self.happened().into_iter().map(|one| (one.position, one.customer));
        let customers: BTreeMap<u64, String> = customers.collect();
        let mut one = self.clone();
        for (position, told) in (1..).zip(&mut one.told) {
            if matches!(told.kind, Kind::PartyMerged(_) | Kind::PartyUnmerged(_)) {
                told.corrected = Some((BEFORE, None));
            }
            if let Some(name) = customers.get(&position) {
                told.customer = number(name);
            }
        }
        one
    }
}

/// Who is read as whom: the merges in force, one after the other.
pub(super) fn stands_for(all: &[(u64, &Told, Timestamp, Kind)]) -> BTreeMap<String, String> {
    let mut stands_for: BTreeMap<String, String> =
        (0..CUSTOMERS).map(|number| (customer(number), customer(number))).collect();
    for (position, _, _, kind) in all {
        let Kind::PartyMerged(merged) = kind else { continue };
        let id = event_id(*position);
        let ended = |kind: &Kind| matches!(kind, Kind::PartyUnmerged(one) if one.merge_event_id == id);
        if all.iter().any(|(_, _, _, kind)| ended(kind)) {
            continue;
        }
        let (survivor, absorbed) =
            (stands_for[&merged.survivor].clone(), stands_for[&merged.absorbed].clone());
        for root in stands_for.values_mut().filter(|root| **root == absorbed) {
            root.clone_from(&survivor);
        }
    }
    stands_for
}

const CURRENCIES: [&str; 3] = ["EUR", "EUR", "USD"];
const PRODUCTS: [&str; 4] = ["pen", "ink", "book", "lamp"];
const CATEGORIES: [&str; 3] = ["paper", "", "light"];

pub(crate) fn money(minor_units: i64, currency: &str) -> Option<v1::Money> {
    Some(v1::Money { minor_units, currency: currency.to_owned() })
}

/// The id of the order, invoice, contract or offer that a content is about.
fn id_mut(kind: &mut Kind) -> Option<&mut String> {
    match kind {
        Kind::OrderPlaced(one) => Some(&mut one.order_id),
        Kind::OrderChanged(one) => Some(&mut one.order_id),
        Kind::InvoiceIssued(one) => Some(&mut one.invoice_id),
        Kind::ContractChanged(one) => Some(&mut one.contract_id),
        Kind::OfferIssued(one) => Some(&mut one.offer_id),
        _ => None,
    }
}

prop_compose! {
    fn line(currency: &'static str)(
        product in 0..4_usize,
        category in 0..3_usize,
        quantity in prop::sample::select(vec!["1", "2", "0.5", "-1"]),
        net in prop::option::weighted(0.9, -300..1_500_i64),
        more in prop::option::weighted(0.6, 0..400_i64),
    ) -> v1::Line {
        let net = net.map(|net| if quantity == "-1" { -net.abs() } else { net });
        v1::Line {
            product: PRODUCTS[product].to_owned(),
            category: CATEGORIES[category].to_owned(),
            quantity: quantity.to_owned(),
            list: more.zip(net).and_then(|(more, net)| money(net + more, currency)),
            net: net.and_then(|net| money(net, currency)),
        }
    }
}

fn lines() -> impl Strategy<Value = (&'static str, Vec<v1::Line>)> {
    prop::sample::select(CURRENCIES.to_vec())
        .prop_flat_map(|currency| (Just(currency), prop::collection::vec(line(currency), 0..3)))
}

prop_compose! {
    /// An order, with a total where it has no lines, and sometimes then too.
    pub(crate) fn orders()(
        id in 1..25_u64,
        (currency, lines) in lines(),
        total in prop::option::weighted(0.7, 0..2_000_i64),
    ) -> Kind {
        let total = total.and_then(|total| money(total, currency));
        Kind::OrderPlaced(v1::OrderPlaced { order_id: id.to_string(), lines, total, ..Default::default() })
    }
}

prop_compose! {
    pub(crate) fn order_changes()(id in 1..25_u64, op in 1..=3_i32, (_, lines) in lines()) -> Kind {
        Kind::OrderChanged(v1::OrderChanged { order_id: id.to_string(), op, lines, ..Default::default() })
    }
}

prop_compose! {
    pub(crate) fn invoices()(
        id in 1..25_u64,
        (currency, lines) in lines(),
        (total, tax) in (0..2_000_i64, prop::option::of(0..300_i64)),
        credit in prop::bool::weighted(0.2),
        due in prop::option::of(0..400_i16),
    ) -> Kind {
        let sign = if credit { -1 } else { 1 };
        let due = due.map(|day| {
            jiff::civil::date(2025, 1, 1).checked_add(jiff::Span::new().days(i64::from(day))).unwrap()
        });
        Kind::InvoiceIssued(v1::InvoiceIssued {
            invoice_id: id.to_string(),
            kind: if credit { 2 } else { 1 },
            lines,
            total: money(sign * total, currency),
            tax: tax.and_then(|tax| money(sign * tax, currency)),
            due: due.map(|due| due.to_string()).unwrap_or_default(),
            ..Default::default()
        })
    }
}

prop_compose! {
    pub(crate) fn payments()(
        amount in 1..2_000_i64,
        currency in prop::sample::select(CURRENCIES.to_vec()),
        invoices in prop::collection::vec(1..25_u64, 0..3),
        method in prop::sample::select(vec!["card", "transfer", ""]),
    ) -> Kind {
        Kind::PaymentReceived(v1::PaymentReceived {
            amount: money(amount, currency),
            method: method.to_owned(),
            invoice_ids: invoices.iter().map(u64::to_string).collect(),
            ..Default::default()
        })
    }
}

prop_compose! {
    pub(crate) fn costs()(kind in 1..=5_i32, amount in -50..900_i64, currency in prop::sample::select(CURRENCIES.to_vec())) -> Kind {
        Kind::CostAllocated(v1::CostAllocated { kind, amount: money(amount, currency), ..Default::default() })
    }
}

prop_compose! {
    pub(crate) fn concessions()(
        kind in 1..=3_i32,
        value in prop::option::weighted(0.8, 0..300_i64),
        currency in prop::sample::select(CURRENCIES.to_vec()),
        approver in prop::sample::select(vec!["", "ilze", "jonas"]),
    ) -> Kind {
        Kind::ConcessionGranted(v1::ConcessionGranted {
            kind,
            value: value.and_then(|value| money(value, currency)),
            approver: approver.to_owned(),
            ..Default::default()
        })
    }
}

prop_compose! {
    pub(crate) fn offers()(
        id in 1..25_u64,
        version in 0..3_u32,
        (currency, lines) in lines(),
        total in prop::option::of(0..2_000_i64),
    ) -> Kind {
        let total = total.and_then(|total| money(total, currency));
        Kind::OfferIssued(v1::OfferIssued { offer_id: id.to_string(), version, lines, total, ..Default::default() })
    }
}

prop_compose! {
    /// Contracts; days run through two years.
    pub(crate) fn contracts()(
        id in 1..25_u64,
        op in 1..=4_i32,
        (start, end) in (prop::option::of(0..300_i16), prop::option::of(301..700_i16)),
        value in prop::option::of(0..9_000_i64),
        products in prop::sample::subsequence(PRODUCTS.to_vec(), 0..4),
    ) -> Kind {
        let day = |day: Option<i16>| {
            let day = day.map(|day| {
                jiff::civil::date(2025, 1, 1).checked_add(jiff::Span::new().days(i64::from(day))).unwrap()
            });
            day.map(|day| day.to_string()).unwrap_or_default()
        };
        Kind::ContractChanged(v1::ContractChanged {
            contract_id: id.to_string(),
            op,
            start: day(start),
            end: day(end),
            value: value.and_then(|value| money(value, "EUR")),
            products: products.into_iter().map(str::to_owned).collect(),
            ..Default::default()
        })
    }
}

prop_compose! {
    /// Calls, messages, meetings and visits, of which both sides took part in some.
    pub(crate) fn touches()(what in 0..4_u8, outcome in 1..=3_i32) -> Kind {
        match what {
            0 => Kind::TouchCallLogged(v1::TouchCallLogged { outcome, ..Default::default() }),
            1 => Kind::TouchMessageExchanged(v1::TouchMessageExchanged {
                direction: outcome.min(2),
                ..Default::default()
            }),
            2 => Kind::TouchMeetingHeld(v1::TouchMeetingHeld { status: outcome, ..Default::default() }),
            _ => Kind::TouchVisitRecorded(v1::TouchVisitRecorded { place: outcome + 1, ..Default::default() }),
        }
    }
}

prop_compose! {
    pub(crate) fn registrations()(kind in 1..=2_i32, country in prop::sample::select(vec!["LV", "LT", ""])) -> Kind {
        Kind::PartyRegistered(v1::PartyRegistered { kind, country: country.to_owned(), ..Default::default() })
    }
}

prop_compose! {
    /// Segment attributes, and facts that are none.
    pub(crate) fn attributes()(
        category in prop::sample::select(vec![1, 1, 1, 2]),
        key in prop::sample::select(vec!["region", "segment"]),
        value in prop::sample::select(vec!["Riga", "Vilnius", "retail"]),
        (from, to) in (prop::option::weighted(0.3, 0..24 * 300_i64), prop::option::weighted(0.2, 24 * 301..24 * 700_i64)),
    ) -> Kind {
        Kind::PartyFactRecorded(v1::PartyFactRecorded {
            category,
            key: key.to_owned(),
            valid_from: from.and_then(|from| proto(hours(from))),
            valid_to: to.and_then(|to| proto(hours(to))),
            personal: Some(v1::party_fact_recorded::Personal { value: value.to_owned() }),
            ..Default::default()
        })
    }
}

prop_compose! {
    pub(crate) fn lifecycles()(to in 1..=5_i32) -> Kind {
        Kind::PartyLifecycleChanged(v1::PartyLifecycleChanged { to, ..Default::default() })
    }
}

/// A definition that is in effect from its event on.
pub(crate) fn definition(kind: &str, code: &str, version: u32, body: &str) -> Kind {
    Kind::DefinitionPublished(v1::DefinitionPublished {
        kind: kind.to_owned(),
        code: code.to_owned(),
        version,
        body: body.to_owned(),
        ..Default::default()
    })
}

prop_compose! {
    fn told(kinds: BoxedStrategy<Kind>)(
        mut kind in kinds.clone(),
        mut other in kinds,
        drawn in 0..CUSTOMERS,
        (happened, otherwise) in (0..24 * 700_i64, 0..24 * 700_i64),
        recorded_day in 0..600_i64,
        corrected in prop::option::weighted(0.15, (1..200_i64, prop::bool::weighted(0.7))),
        actor in prop::sample::select(vec!["ilze", "jonas", ""]),
        branch in prop::sample::select(vec!["riga", "cesis", ""]),
        channel in prop::sample::select(vec!["web", "shop", ""]),
    ) -> Told {
        let is_same = std::mem::discriminant(&kind) == std::mem::discriminant(&other);
        // All events about an object are of one customer, unless they name none; a correction is about the same object.
        let id = id_mut(&mut kind).map(|id| id.clone());
        if let (Some(id), Some(other)) = (&id, id_mut(&mut other)) {
            other.clone_from(id);
        }
        let owner = id.map_or(drawn, |id| if drawn == 0 { 0 } else { id.parse::<u64>().unwrap() % CUSTOMERS });
        let corrected = corrected.map(|(later, stays)| {
            let content = if is_same { other } else { kind.clone() };
            (recorded_day + later, stays.then_some((otherwise, content)))
        });
        Told { corrected, recorded_day, actor, branch, channel, ..Told::at(happened, owner, kind) }
    }
}

/// Companies of up to so many events of these kinds, a few customers merged, some of these apart again.
pub(crate) fn companies(
    kinds: impl Strategy<Value = Kind> + 'static,
    events: usize,
) -> impl Strategy<Value = Company> {
    let merges = prop::collection::vec(
        (1..CUSTOMERS, 1..CUSTOMERS, 0..24 * 700_i64, 0..600_i64, prop::bool::weighted(0.3)),
        0..3,
    );
    (
        prop::collection::vec(told(kinds.boxed()), 0..events),
        merges,
        (24 * 200..24 * 720_i64, 100..700_i64),
        any::<u64>(),
    )
        .prop_map(|(mut told, merges, (occurred, recorded), seed)| {
            for (survivor, absorbed, at, recorded_day, apart) in merges {
                let merged = v1::PartyMerged {
                    survivor: customer(survivor),
                    absorbed: customer(absorbed),
                    ..Default::default()
                };
                told.push(Told { recorded_day, ..Told::at(at, survivor, Kind::PartyMerged(merged)) });
                if apart {
                    let merge_event_id = event_id(told.len() as u64);
                    let unmerged = v1::PartyUnmerged { merge_event_id, ..Default::default() };
                    let recorded_day = recorded_day + 30;
                    told.push(Told {
                        recorded_day,
                        ..Told::at(at + 900, survivor, Kind::PartyUnmerged(unmerged))
                    });
                }
            }
            let recorded_until = Timestamp::from_micros(BEGIN + recorded * DAY);
            Company { told, as_of: AsOf { occurred_until: hours(occurred), recorded_until }, seed }
        })
}
