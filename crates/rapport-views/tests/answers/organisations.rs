//! What is said and done with the people of an organisation counts for the organisation, in every model that asks.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support::{
    company::{Company, Told, customer, hours, money},
    proto,
};
use rapport_proto::{
    time,
    v1::{
        self, PyramidLevel, PyramidMeasure, RetentionMeasure, customers_value::Value as Wire,
        party_role_assigned::Role, payload::Kind,
    },
};
use rapport_views::{
    answers::AsOf,
    model::{Customer, Customers, Model, Profit, Pyramid, Retention},
    table::Dictionary,
};

const DAY: i64 = 24;

/// As of the end of 2025.
fn company(told: Vec<Told>) -> Company {
    let as_of = AsOf { occurred_until: hours(364 * DAY), recorded_until: hours(1_000 * DAY) };
    Company { told, as_of, seed: 0 }
}

fn order(day: i64, of: u64, minor_units: i64) -> Told {
    let (order_id, total) = (format!("{of}-{day}"), money(minor_units, "EUR"));
    Told::at(day * DAY, of, Kind::OrderPlaced(v1::OrderPlaced { order_id, total, ..Default::default() }))
}

fn response(day: i64, of: u64, value: f64) -> Told {
    let survey_id = "s".to_owned();
    let said = v1::SurveyAnswered { survey_id, instrument: 1, value: Some(value), ..Default::default() };
    Told::at(day * DAY, of, Kind::SurveyAnswered(said))
}

fn call(day: i64, of: u64) -> Told {
    Told::at(day * DAY, of, Kind::TouchCallLogged(v1::TouchCallLogged { outcome: 1, ..Default::default() }))
}

fn registered(of: u64) -> Told {
    Told::at(0, of, Kind::PartyRegistered(v1::PartyRegistered { kind: 2, ..Default::default() }))
}

/// One acts for the other, until a day if any.
fn acts_for(person: u64, organisation: u64, until: Option<i64>) -> Told {
    let role = v1::PartyRoleAssigned {
        role: Role::ContactOf.into(),
        related_party: customer(organisation),
        to: until.and_then(|day| proto(hours(day * DAY))),
        ..Default::default()
    };
    Told::at(0, person, Kind::PartyRoleAssigned(role))
}

fn n(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

/// What a figure lists, by name.
fn listed<M: Model>(company: &Company, request: &M::Request, figure: &str) -> Vec<(String, Vec<u64>)> {
    let (answered, store) = company.ask_store::<M>(request, Some(figure), 0).unwrap();
    let named = answered.objects.into_iter();
    named.map(|hit| (store.name_of(Dictionary::Party, hit.customer), hit.positions)).collect()
}

fn alerts() -> v1::RetentionRequest {
    v1::RetentionRequest { measures: vec![RetentionMeasure::Alerts.into()], ..Default::default() }
}

fn answer<M: Model>(company: &Company, request: &M::Request) -> M::Response {
    company.ask::<M>(request, None, 0).unwrap().response
}

/// Of the only row of a list: its NPS.
fn nps(company: &Company) -> Option<f64> {
    let fields = vec!["nps".to_owned()];
    let list = answer::<Customers>(company, &v1::CustomersRequest { fields, ..Default::default() });
    let own = list.rows.into_iter().find(|row| row.customer == "party:c99").unwrap();
    own.values.into_iter().find_map(|one| match one.value {
        Some(Wire::Number(score)) => Some(score),
        _ => None,
    })
}

#[test]
fn an_unhappy_person_makes_the_organisation_unhappy_in_every_model() {
    let company = company(vec![order(10, 1, 900), acts_for(2, 1, None), response(20, 2, 5.0)]);
    let request = alerts();
    let found = answer::<Retention>(&company, &request);
    let row = found.alerts.first().unwrap();
    assert_eq!((row.customer.as_str(), row.unhappy, row.score), ("party:c99", true, Some(5.0)));
    assert_eq!(listed::<Retention>(&company, &request, "alerts/EUR/unhappy"), [("c99".to_owned(), vec![3])]);

    let request = v1::PyramidRequest { measures: vec![PyramidMeasure::Levels.into()], ..Default::default() };
    let found = answer::<Pyramid>(&company, &request);
    let top = found.levels.iter().find(|row| row.level() == PyramidLevel::Top).unwrap();
    assert_eq!((n(&top.nps_responses), top.nps), (1, Some(-100.0)));
    assert_eq!(
        listed::<Pyramid>(&company, &request, "levels/EUR/top/responses"),
        [("c99".to_owned(), vec![3])]
    );

    assert_eq!(nps(&company), Some(5.0));
    let condition = "nps <= 6".to_owned();
    let request = v1::CustomersRequest { condition, ..Default::default() };
    // The order, and the response.
    assert_eq!(listed::<Customers>(&company, &request, "listed"), [("c99".to_owned(), vec![1, 3])]);

    let profit = answer::<Profit>(&company, &v1::ProfitRequest::default());
    assert_eq!(profit.rows.first().unwrap().response, Some(5.0));
}

#[test]
fn of_the_organisation_and_its_people_whoever_responds_last_counts() {
    let of = |told: Vec<Told>| {
        nps(&company([vec![order(10, 1, 900), acts_for(2, 1, None), acts_for(3, 1, None)], told].concat()))
    };
    assert_eq!(of(vec![response(20, 2, 5.0), response(30, 1, 9.0)]), Some(9.0));
    assert_eq!(of(vec![response(30, 2, 5.0), response(20, 1, 9.0)]), Some(5.0));
    // Of one moment the event that comes later.
    assert_eq!(of(vec![response(20, 2, 5.0), response(20, 3, 7.0)]), Some(7.0));
    assert_eq!(of(vec![]), None);
}

#[test]
fn who_acts_for_another_one_at_t_says_nothing_for_the_first_any_more() {
    let told = |until| vec![order(10, 1, 900), acts_for(2, 1, until), response(20, 2, 5.0)];
    assert_eq!(nps(&company(told(Some(365)))), Some(5.0));
    assert_eq!(nps(&company(told(Some(364)))), None);
    let moved = Told { hours: 5, ..acts_for(2, 4, None) };
    assert_eq!(nps(&company([told(None), vec![registered(4), moved]].concat())), None);
    // A person who is merged into another one acts for whom that one acts for.
    let (survivor, absorbed) = (customer(3), customer(2));
    let merged = v1::PartyMerged { survivor, absorbed, ..Default::default() };
    let told = vec![
        order(10, 1, 900),
        acts_for(3, 1, None),
        response(20, 2, 5.0),
        Told::at(30 * DAY, 3, Kind::PartyMerged(merged)),
    ];
    assert_eq!(nps(&company(told)), Some(5.0));
}

/// The prospects and suspects, by name.
fn others(company: &Company) -> [Vec<String>; 2] {
    [PyramidLevel::Prospect, PyramidLevel::Suspect].map(|level| {
        let measures = vec![PyramidMeasure::Customers.into()];
        let request = v1::PyramidRequest { level: level.into(), measures, ..Default::default() };
        answer::<Pyramid>(company, &request).customers.into_iter().map(|row| row.customer).collect()
    })
}

#[test]
fn an_organisation_whose_contact_was_met_is_a_prospect_and_the_contact_is_no_customer() {
    let told = vec![registered(1), acts_for(2, 1, None), call(300, 2), registered(3), acts_for(4, 3, None)];
    let company = company(told);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(others(&company), [names(&["c99"]), names(&["c97"])]);
    let request = v1::PyramidRequest { measures: vec![PyramidMeasure::Levels.into()], ..Default::default() };
    assert_eq!(n(&answer::<Pyramid>(&company, &request).not_customers), 2);
    let prospects = listed::<Pyramid>(&company, &request, "levels//prospect/customers");
    assert_eq!(prospects, [("c99".to_owned(), vec![3])]);

    let fields = vec!["silence".to_owned(), "last_contact".to_owned()];
    let request =
        v1::CustomersRequest { fields, condition: "silence < 90d".to_owned(), ..Default::default() };
    let rows = answer::<Customers>(&company, &request).rows;
    let said: Vec<_> = rows.iter().map(|row| (row.customer.as_str(), row.values.clone())).collect();
    let value = |field: &str, value| v1::CustomersValue { field: field.to_owned(), value: Some(value) };
    let met = value("last_contact", Wire::Moment(time::to_proto(hours(300 * DAY))));
    assert_eq!(said, [("party:c99", vec![value("silence", Wire::Count(64)), met])]);
    assert_eq!(listed::<Customers>(&company, &request, "listed"), [("c99".to_owned(), vec![1, 3])]);
}

#[test]
fn of_an_organisation_of_which_nothing_else_is_known_the_contact_is_the_prospect() {
    let found = others(&company(vec![acts_for(2, 1, None), call(300, 2)]));
    assert_eq!(found, [vec!["c98".to_owned()], Vec::new()]);
}

/// 1 is nearly all of the revenue, and of the 21 who buy another one is large, without being of class A.
fn one_and_twenty() -> Vec<Told> {
    let small = (3..22).map(|of| order(200, of, 10));
    [order(200, 1, 100_000), order(200, 2, 20)].into_iter().chain(small).collect()
}

#[test]
fn who_is_large_is_valuable_without_being_of_class_a() {
    let mut told = one_and_twenty();
    told.extend([response(210, 2, 3.0), response(210, 3, 3.0)]);
    let company = company(told);
    let found = answer::<Retention>(&company, &alerts());
    let total = found.alert_totals.first().unwrap();
    assert_eq!([&total.valuable, &total.class_a, &total.alerts, &total.without_chance].map(n), [2, 1, 1, 2]);
    assert_eq!(total.value.as_ref().unwrap().minor_units, Some(20));
    let rows: Vec<_> = found
        .alerts
        .iter()
        .map(|row| (row.customer.as_str(), row.abc.as_str(), row.level.as_str()))
        .collect();
    assert_eq!(rows, [("party:c98", "C", "large")]);
    let valuable = listed::<Retention>(&company, &alerts(), "alerts/EUR/valuable");
    assert_eq!(valuable, [("c99".to_owned(), vec![1]), ("c98".to_owned(), vec![2])]);
}

#[test]
fn who_was_met_every_ten_days_is_silent_after_twenty_one() {
    let silent = |last: i64| {
        let days = [30, 20, 10, 0].map(|before| last - before);
        let told = vec![order(1, 1, 900), acts_for(2, 1, None)];
        // By turns with the organisation and with who acts for it.
        let met = days.into_iter().zip([1, 2, 2, 1]).map(|(day, of)| call(day, of));
        answer::<Retention>(&company(told.into_iter().chain(met).collect()), &alerts())
    };
    let found = silent(364 - 21);
    let row = found.alerts.first().unwrap();
    assert!(row.silent && !row.overdue && !row.unhappy && !row.fading);
    assert_eq!((row.silence_days, row.contact_gap_median_days), (Some(21), Some(10.0)));
    assert_eq!(row.last_contact, proto(hours((364 - 21) * DAY)));
    assert_eq!(n(&found.alert_totals.first().unwrap().silent), 1);
    assert!(silent(364 - 20).alerts.is_empty());
    // Three gaps of which one is of no days are two.
    let told = vec![order(1, 1, 900), call(10, 1), call(10, 1), call(20, 1), call(30, 1)];
    let found = answer::<Retention>(&company(told), &alerts());
    assert!(found.alerts.is_empty());
    assert_eq!(n(&found.alert_totals.first().unwrap().without_usual_silence), 1);
}

#[test]
fn what_is_open_with_who_acts_for_an_organisation_is_on_its_page_with_whom_it_is() {
    let ticket = |of: u64, id: &str| {
        let opened = v1::TicketOpened { ticket_id: id.into(), kind: 2, ..Default::default() };
        Told::at(50 * DAY, of, Kind::TicketOpened(opened))
    };
    let promise = |of: u64, id: &str, due: &str| {
        let (agreement_id, due) = (id.to_owned(), due.to_owned());
        let personal = Some(v1::agreement_recorded::Personal::default());
        let made = v1::AgreementRecorded { agreement_id, due, status: 1, personal, ..Default::default() };
        Told::at(60 * DAY, of, Kind::AgreementRecorded(made))
    };
    let need = v1::NeedIdentified { need_id: "n".into(), ..Default::default() };
    let document = v1::DocumentStateChanged { document_id: "d".into(), to: 1, ..Default::default() };
    let resolved = v1::TicketResolved { ticket_id: "t2".into(), ..Default::default() };
    let company = company(vec![
        registered(1),
        acts_for(2, 1, None),
        acts_for(3, 1, Some(100)),
        ticket(1, "t1"),
        ticket(2, "t2"),
        ticket(2, "t3"),
        // Who was a contact once says nothing now.
        ticket(3, "t4"),
        // Resolved by an event of the organisation.
        Told::at(55 * DAY, 1, Kind::TicketResolved(resolved)),
        promise(1, "p1", "2026-05-01"),
        promise(2, "p2", "2026-04-01"),
        Told::at(70 * DAY, 2, Kind::NeedIdentified(need)),
        response(80, 1, 9.0),
        response(90, 2, 4.0),
        call(300, 2),
        // All else of a person is the person's own.
        Told::at(70 * DAY, 2, Kind::DocumentStateChanged(document)),
        order(100, 2, 900),
    ]);
    let asked = |without_contacts| v1::CustomerRequest {
        customer: customer(1),
        without_classes: true,
        without_contacts,
        ..Default::default()
    };
    let all = answer::<Customer>(&company, &asked(false));
    let pairs = |one: Vec<(&str, &str)>| -> Vec<String> {
        one.into_iter().map(|(id, party)| format!("{id} {party}")).collect()
    };
    let tickets = |of: &v1::CustomerResponse| {
        pairs(of.tickets.iter().map(|one| (one.ticket.as_str(), one.party.as_str())).collect())
    };
    let promises = |of: &v1::CustomerResponse| {
        pairs(of.agreements.iter().map(|one| (one.agreement.as_str(), one.party.as_str())).collect())
    };
    assert_eq!(tickets(&all), ["ticket:t1 c99", "ticket:t3 c98"]);
    assert_eq!(promises(&all), ["agreement:p1 c99", "agreement:p2 c98"]);
    let said: Vec<_> = all.responses.iter().map(|one| (one.value, one.party.as_str())).collect();
    // By who responded.
    assert_eq!(said, [(4.0, "c98"), (9.0, "c99")]);
    assert_eq!(all.needs.iter().map(|one| one.party.as_str()).collect::<Vec<_>>(), ["c98"]);
    let contact = all.contact.as_ref().unwrap();
    assert_eq!((contact.silence_days, contact.party.as_str()), (Some(64), "c98"));
    let next = all.next_step.as_ref().unwrap();
    assert_eq!((next.id.as_str(), next.party.as_str()), ("p2", "c98"));
    assert!(all.documents.is_empty() && all.purchases.is_empty());
    // 12 of both, and not the document, the order and what is not read.
    assert_eq!(all.events_read, 10);

    let listed = listed::<Customer>(&company, &asked(false), "tickets");
    assert_eq!(listed, [("c99".to_owned(), vec![4]), ("c98".to_owned(), vec![6])]);

    let own = answer::<Customer>(&company, &asked(true));
    assert_eq!(
        (tickets(&own), promises(&own)),
        (vec!["ticket:t1 c99".into()], vec!["agreement:p1 c99".into()])
    );
    assert_eq!((own.responses.len(), own.needs.len(), n(&own.contact.as_ref().unwrap().contacts)), (1, 0, 0));
    let notes = |request: &v1::CustomerRequest, of: &v1::CustomerResponse| {
        Customer::page(request, of).notes.iter().any(|note| note.key == "without_contacts")
    };
    assert!(notes(&asked(true), &own) && !notes(&asked(false), &all));
}
