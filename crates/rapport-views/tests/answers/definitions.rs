//! Definitions by hand: which version holds when, and what the page says.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

use crate::support::{
    company::{BEFORE, Company, Told, hours},
    proto,
};
use rapport_proto::{
    definition::{KINDS, PIPELINE},
    v1::{self, Definition, DefinitionState as State, DefinitionsRequest, payload::Kind},
};
use rapport_views::{
    answers::AsOf,
    model::{
        Channels, Classes, Consent, Customers, Definitions, Model, Orders, Paths, Portfolio, Potential,
        Prices, Profit, Pyramid, Receivables, Retention, Satisfaction, Tickets, Value,
    },
};

fn every() -> DefinitionsRequest {
    DefinitionsRequest { earlier: true, bodies: true, ..DefinitionsRequest::default() }
}

fn company(told: Vec<Told>, until: i64, known: i64) -> Company {
    Company { told, as_of: AsOf { occurred_until: hours(until), recorded_until: hours(known) }, seed: 1 }
}

fn answer(company: &Company, request: &DefinitionsRequest) -> Vec<Definition> {
    company.ask::<Definitions>(request, None, 0).unwrap().response.definitions
}

/// Published and recorded on a day.
fn published(day: i64, kind: &str, code: &str, version: u32, effective: i64, body: &str) -> Told {
    let published = v1::DefinitionPublished {
        kind: kind.into(),
        code: code.into(),
        version,
        effective_from: proto(hours(effective)),
        body: body.into(),
        approver: "ilze".into(),
    };
    Told { recorded_day: day, ..Told::at(day * 24, 0, Kind::DefinitionPublished(published)) }
}

#[test]
fn an_earlier_moment_has_the_version_that_held_then_and_an_earlier_knowledge_the_one_that_was_known() {
    let told = vec![
        published(1, "abc", "customer", 1, 0, r#"{"a":70}"#),
        published(5, "abc", "customer", 2, 240, "{}"),
        // On day 30 it is known that from hour 120 on it was otherwise.
        published(30, "abc", "customer", 3, 120, r#"{"b":90}"#),
    ];
    let held = |until, known| {
        let request = DefinitionsRequest { kind: "abc".into(), code: "customer".into(), ..every() };
        let found = answer(&company(told.clone(), until, known), &request);
        let of = |state: State| {
            let of_state = found.iter().filter(|one| one.state() == state);
            of_state.map(|one| one.version).collect::<Vec<_>>()
        };
        [State::InForce, State::Upcoming, State::Earlier, State::Default].map(of)
    };
    assert_eq!(held(10, 12), [vec![], vec![], vec![], vec![0]], "nothing is known before day 1");
    assert_eq!(held(10, 24 * 2), [vec![1], vec![], vec![], vec![]], "it holds in the past");
    assert_eq!(held(24 * 6, 24 * 6), [vec![1], vec![2], vec![], vec![]], "the second one is published");
    assert_eq!(held(24 * 20, 24 * 20), [vec![2], vec![], vec![1], vec![]]);
    assert_eq!(held(24 * 6, 24 * 40), [vec![3], vec![2], vec![1], vec![]], "as known later");
    assert_eq!(held(24 * 20, 24 * 40), [vec![2], vec![], vec![3, 1], vec![]]);
}

#[test]
fn a_ledger_without_definitions_has_every_default_with_its_body() {
    let found = answer(&company(Vec::new(), 10, 10), &every());
    let codes: Vec<_> = found.iter().map(|one| format!("{} {}", one.kind, one.code)).collect();
    let expected = [
        "abc customer",
        "abc product",
        "attribution default",
        "calendar default",
        "process sale",
        "pyramid customer",
        "rfm customer",
        "rfm product",
        "xyz customer",
        "xyz product",
    ];
    assert_eq!(codes, expected);
    assert!(found.iter().all(|one| one.state() == State::Default && one.version == 0 && one.position == 0));
    assert_eq!(found[0].body, r#"{"a":80,"b":95}"#);
    assert!(found[4].body.contains(r#""code":"study_satisfaction""#) && found[4].left_out == "{}");
    // Without bodies there are none.
    let request = DefinitionsRequest::default();
    assert!(answer(&company(Vec::new(), 10, 10), &request).iter().all(|one| one.body.is_empty()));
    assert_eq!(
        answer(&company(Vec::new(), 10, 10), &DefinitionsRequest { kind: "strategy".into(), ..every() }),
        []
    );
}

#[test]
fn what_cannot_be_read_leaves_what_was_before_and_is_named_with_its_fault() {
    let told = vec![
        published(1, "process", "sale", 1, 0, r#"{"anything": [1]}"#),
        published(2, "strategy", "growth", 1, 0, r#"{"anything": [1]}"#),
        published(3, "abc", "customer", 1, 0, r#"{"a": 70, "colour": "red"}"#),
    ];
    let company = company(told, 24 * 9, 24 * 9);
    let found = answer(&company, &every());
    let state = |kind: &str, code: &str| {
        let of = found.iter().filter(|one| one.kind == kind && one.code == code);
        of.map(|one| (one.state(), one.fault.as_str())).collect::<Vec<_>>()
    };
    let fault = "`body.steps`: expected at least one step, found none";
    assert_eq!(state("process", "sale"), [(State::Unreadable, fault), (State::Default, "")]);
    assert_eq!(state("strategy", "growth"), [(State::InForce, "")]);
    // A flaw of an older ledger.
    assert_eq!(state("abc", "customer"), [(State::InForce, "")]);
    let left_out = found.iter().find(|one| one.kind == "abc").map(|one| one.left_out.as_str());
    assert_eq!(left_out, Some(r#"{"b":95}"#));

    let response = company.ask::<Definitions>(&every(), None, 0).unwrap().response;
    let page = Definitions::page(&every(), &response);
    let keys: Vec<_> = page.grids.iter().map(|grid| (grid.key, grid.rows.len())).collect();
    assert_eq!(keys, [("in_force", 2), ("unreadable", 1), ("default", 10 - 1)]);
}

#[test]
fn a_correction_is_believed_and_a_retraction_leaves_nothing() {
    let mut first = published(1, "abc", "customer", 1, 0, r#"{"a":70}"#);
    let otherwise = published(1, "abc", "customer", 1, 0, r#"{"a":60}"#).kind;
    first.corrected = Some((5, Some((0, otherwise))));
    let request = DefinitionsRequest { kind: "abc".into(), code: "customer".into(), ..every() };
    let body =
        |told: &Told, known| answer(&company(vec![told.clone()], 24 * 9, known), &request)[0].body.clone();
    assert_eq!([body(&first, 24 * 4), body(&first, 24 * 6)], [r#"{"a":70}"#, r#"{"a":60}"#]);
    first.corrected = Some((BEFORE, None));
    assert_eq!(body(&first, 24 * 6), r#"{"a":80,"b":95}"#);
}

#[test]
fn the_kinds_that_are_called_read_are_those_on_which_answers_depend() {
    // Of each kind one that nobody can read: an answer that needs it names it.
    let told = KINDS.iter().flat_map(|kind| {
        let codes = if kind.codes.is_empty() { &["default"] } else { kind.codes };
        codes.iter().map(|code| published(1, kind.name, code, 1, 0, "7"))
    });
    // Service levels are read for the tiers that tickets have.
    let tier = "default".to_owned();
    let ticket =
        Kind::TicketOpened(v1::TicketOpened { ticket_id: "1".to_owned(), tier, ..Default::default() });
    // A process is read whose steps are taken, and a contact policy whose purpose is asked about.
    let (process, object) = ("default".to_owned(), "order:1".to_owned());
    let started = Kind::ProcessStarted(v1::ProcessStarted { process, version: 1, object });
    let told = told.chain([Told::at(24, 1, ticket), Told::at(24, 1, started)]);
    let company = company(told.collect(), 24 * 9, 24 * 9);
    // The funnel's rows are not in this store: its own tests have pipelines that cannot be read.
    let mut named = BTreeSet::from([PIPELINE.to_owned()]);
    macro_rules! ask {
        ($($model:ident: $request:ident $({ $field:ident: $value:expr })?,)*) => {
            $({
                let request = v1::$request { $($field: $value,)? ..v1::$request::default() };
                let response = company.ask::<$model>(&request, None, 0).unwrap().response;
                let unreadable = $model::meta(&response).unwrap().definitions_unreadable.iter();
                named.extend(unreadable.map(|one| one.kind.clone()));
            })*
        };
    }
    ask! {
        Channels: ChannelsRequest,
        Classes: ClassesRequest,
        Consent: ConsentRequest { purpose: "default".to_owned() },
        Customers: CustomersRequest,
        Orders: OrdersRequest,
        Paths: PathsRequest { of: v1::paths_request::Of::Process.into() },
        Portfolio: PortfolioRequest,
        Potential: PotentialRequest,
        Prices: PricesRequest,
        Profit: ProfitRequest,
        Pyramid: PyramidRequest,
        Receivables: ReceivablesRequest,
        Retention: RetentionRequest,
        Satisfaction: SatisfactionRequest,
        Tickets: TicketsRequest,
        Value: ValueRequest,
    }
    let read: BTreeSet<_> =
        KINDS.iter().filter(|kind| kind.is_read).map(|kind| kind.name.to_owned()).collect();
    assert_eq!(named, read);
}
