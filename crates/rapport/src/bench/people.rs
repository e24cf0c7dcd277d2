//! Finding a customer, and one customer at a glance, among many.

use std::time::Instant;

use fastrand::Rng;
use prost::Message;
use rapport_proto::v1::{
    AppendRequest, CustomerRequest, Event, FindRequest, Line, Money, OrderPlaced, PartyIdentifierChanged,
    PartyKind, PartyRegistered, Payload, StreamAppend, party_identifier_changed, party_registered,
    payload::Kind,
};
use uuid::Uuid;

use super::{
    fill,
    row::{Row, Run, Times},
    setting::{Bench, Subject},
};
use crate::{demo::wait_for_views, failure::Refused};

/// Customers, unless it is told.
const CUSTOMERS: u64 = 1_000_000;
/// Events of a customer: who it is, a number, an address, and an order.
const EVENTS: u64 = 4;
/// Customers a request.
const AT_ONCE: u64 = 125;
/// Of these names are made: some 400 first names and 160,000 last names.
const SYLLABLES: [&str; 20] = [
    "ma", "ri", "an", "ka", "el", "zi", "jo", "lo", "ta", "ne", "vi", "du", "so", "pe", "li", "ko", "ra",
    "mi", "be", "sta",
];

/// What a customer is looked for by.
type Text = fn(u64) -> String;

/// Fills a ledger with customers, finds some of them at random, and shows some.
///
/// # Errors
/// The server's.
pub(super) async fn run(bench: &Bench) -> anyhow::Result<()> {
    let subject = bench.subject().await?;
    let customers = bench.args.customers.unwrap_or(CUSTOMERS);
    let requests = (0..customers.div_ceil(AT_ONCE)).map(move |number| {
        let first = number * AT_ONCE;
        let of = first..customers.min(first + AT_ONCE);
        AppendRequest { appends: of.map(registered).collect(), ..AppendRequest::default() }
    });
    fill::append(&subject, requests, customers * EVENTS).await?;
    wait_for_views(&subject.client, subject.head().await?).await?;
    let by: [(&str, Text); 4] = [
        ("find by telephone", |customer| number(customer).replace("+371", "00 371 ")),
        ("find by e-mail", address),
        ("find by name", name),
        ("find, a letter wrong", misspelt),
    ];
    for (what, text) in by {
        let runs = measure(bench, customers, async |customer| find(&subject, customer, text(customer)).await);
        print(bench, what, customers, runs.await?)?;
    }
    for (what, without_classes) in [("at a glance", true), ("with classes", false)] {
        let runs = measure(bench, customers, async |customer| {
            let request =
                CustomerRequest { customer: id(customer), without_classes, ..CustomerRequest::default() };
            subject.client.views().customer(request).await.map_err(Refused::from)?;
            Ok(())
        });
        print(bench, what, customers, runs.await?)?;
    }
    subject.stop().await
}

fn print(bench: &Bench, what: &str, customers: u64, runs: Vec<Run>) -> anyhow::Result<()> {
    bench.print(&Row {
        work: "people",
        what: what.to_owned(),
        unit: "answers",
        runs,
        notes: vec![("customers", customers.to_string())],
        ..Row::default()
    })
}

async fn measure(
    bench: &Bench,
    customers: u64,
    ask: impl AsyncFn(u64) -> anyhow::Result<()>,
) -> anyhow::Result<Vec<Run>> {
    let mut rng = Rng::with_seed(1);
    let mut runs = Vec::new();
    for _ in 0..bench.args.runs {
        let mut times = Times::new()?;
        let begun = Instant::now();
        for _ in 0..bench.args.questions {
            let customer = rng.u64(0..customers);
            let asked = Instant::now();
            ask(customer).await?;
            times.add(asked.elapsed());
        }
        runs.push(Run::new(bench.args.questions, begun.elapsed(), &times));
    }
    Ok(runs)
}

/// Checks that the answer has the customer that is looked for. A misspelt name may be the right name of others: the server
/// then answers with these alone.
async fn find(subject: &Subject, customer: u64, text: String) -> anyhow::Result<()> {
    let is_misspelt = text == misspelt(customer);
    let request = FindRequest { text, page_size: 100, ..FindRequest::default() };
    let found = subject.client.views().find(request).await.map_err(Refused::from)?.into_inner();
    let id = id(customer);
    let is_found = found.found.iter().any(|one| one.customer == id);
    let is_of_others = is_misspelt && !found.found.is_empty() && !found.with_letter_wrong;
    anyhow::ensure!(is_found || found.more_may_match || is_of_others, "customer {customer} was not found");
    Ok(())
}

/// The events of a customer.
fn registered(customer: u64) -> StreamAppend {
    let identifier = |scheme: &str, value: String| {
        Kind::PartyIdentifierChanged(PartyIdentifierChanged {
            op: party_identifier_changed::Op::Link.into(),
            scheme: scheme.to_owned(),
            personal: Some(party_identifier_changed::Personal { value, ..Default::default() }),
            ..PartyIdentifierChanged::default()
        })
    };
    let total = Some(Money {
        minor_units: i64::try_from(customer % 9_973).unwrap_or(0) * 100 + 100,
        currency: "EUR".to_owned(),
    });
    let (product, quantity) = (format!("P-{}", customer % 50), "1".to_owned());
    let line = Line { product, quantity, net: total.clone(), ..Line::default() };
    let kinds = [
        Kind::PartyRegistered(PartyRegistered {
            kind: PartyKind::Person.into(),
            country: "LV".to_owned(),
            language: "lv".to_owned(),
            personal: Some(party_registered::Personal { name: name(customer) }),
        }),
        identifier("phone", number(customer)),
        identifier("email", address(customer)),
        Kind::OrderPlaced(OrderPlaced {
            order_id: format!("O-{customer}"),
            lines: vec![line],
            total,
            ..OrderPlaced::default()
        }),
    ];
    let event = |kind| Event {
        id: Uuid::new_v4().hyphenated().to_string(),
        customer: id(customer),
        payload: Payload { kind: Some(kind) }.encode_to_vec().into(),
        ..Event::default()
    };
    StreamAppend {
        stream: ["customer-", &id(customer)].concat(),
        expected_revision: None,
        events: kinds.into_iter().map(event).collect(),
    }
}

fn id(customer: u64) -> String {
    format!("C-{customer}")
}

fn number(customer: u64) -> String {
    format!("+3712{customer:07}")
}

fn address(customer: u64) -> String {
    format!("{}@example.org", name(customer).replace(' ', ".").to_lowercase() + &customer.to_string())
}

/// A first name of two syllables and a last one of four; some are of several customers.
fn name(customer: u64) -> String {
    let mut rng = Rng::with_seed(customer);
    let mut word = |syllables: usize| {
        let word: String = (0..syllables).filter_map(|_| rng.choice(SYLLABLES)).collect();
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    };
    [word(2), word(4)].join(" ")
}

/// The name with the fourth letter of its last word left out.
fn misspelt(customer: u64) -> String {
    let mut name = name(customer);
    if let Some(space) = name.find(' ') {
        name.remove(space + 4);
    }
    name
}
