//! One customer over histories written by hand.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::cell::Cell;

use crate::support::{
    checks::json_of,
    company::{Company, Told, customer, hours, money},
    proto,
};
use rapport_model::{ErrorClass, EventId, Timestamp};
use rapport_proto::{
    time,
    v1::{self, payload::Kind},
};
use rapport_views::{
    answers::{AsOf, Keeping, Kept},
    model::{Customer, Model},
};

const DAY: i64 = 24;

fn company(told: Vec<Told>) -> Company {
    let as_of = AsOf { occurred_until: hours(100 * DAY), recorded_until: hours(1_000 * DAY) };
    Company { told, as_of, seed: 0 }
}

fn request() -> v1::CustomerRequest {
    v1::CustomerRequest { customer: customer(1), without_classes: true, ..Default::default() }
}

fn ask(company: &Company) -> v1::CustomerResponse {
    company.ask::<Customer>(&request(), None, 0).unwrap().response
}

fn call() -> Kind {
    Kind::TouchCallLogged(v1::TouchCallLogged { outcome: 1, ..Default::default() })
}

fn promise(id: &str, due: &str, status: i32) -> Kind {
    let what = Some(v1::agreement_recorded::Personal { what: format!("promise {id}") });
    Kind::AgreementRecorded(v1::AgreementRecorded {
        agreement_id: id.into(),
        due: due.into(),
        status,
        personal: what,
        ..Default::default()
    })
}

fn granted(purpose: &str, channel: &str) -> Kind {
    let (purpose, channel) = (purpose.into(), channel.into());
    Kind::ConsentGranted(v1::ConsentGranted { purpose, channel, ..Default::default() })
}

fn withdrawn(purpose: &str, channel: &str) -> Kind {
    let (purpose, channel) = (purpose.into(), channel.into());
    Kind::ConsentWithdrawn(v1::ConsentWithdrawn { purpose, channel, ..Default::default() })
}

fn objected(scope: &str) -> Kind {
    Kind::ConsentObjectionRecorded(v1::ConsentObjectionRecorded { scope: scope.into(), ..Default::default() })
}

fn merged(survivor: u64, absorbed: u64) -> Kind {
    let (survivor, absorbed) = (customer(survivor), customer(absorbed));
    Kind::PartyMerged(v1::PartyMerged { survivor, absorbed, ..Default::default() })
}

/// Ends the merge at this position.
fn unmerged(position: u64) -> Kind {
    let merge_event_id = EventId::from_u128(0x1234_5678 << 64 | u128::from(position)).to_string();
    Kind::PartyUnmerged(v1::PartyUnmerged { merge_event_id, ..Default::default() })
}

#[test]
fn a_day_before_anything_happened_says_so_and_a_note_alone_is_something() {
    let note = Kind::NoteRecorded(v1::NoteRecorded::default());
    let mut company = company(vec![Told::at(50 * DAY, 1, note), Told::at(60 * DAY, 1, call())]);
    for (day, nothing) in [(49, true), (51, false), (61, false)] {
        company.as_of.occurred_until = hours(day * DAY);
        let answer = ask(&company);
        assert_eq!(answer.nothing_happened, nothing, "day {day}");
        let notes = Customer::page(&request(), &answer).notes;
        assert_eq!(notes.iter().any(|note| note.key == "nothing_happened"), nothing, "day {day}");
    }
}

fn order(id: &str) -> Kind {
    Kind::OrderPlaced(v1::OrderPlaced { order_id: id.into(), total: money(7, "EUR"), ..Default::default() })
}

#[test]
fn among_many_a_customer_is_placed_by_what_is_kept_and_the_answer_says_as_of_when() {
    let (kept, due) = (Kept::of_at_least(2), Cell::new(false));
    let request = v1::CustomerRequest { customer: customer(1), ..Default::default() };
    let mut company = company(vec![Told::at(DAY, 1, order("1")), Told::at(DAY, 2, order("2"))]);
    let mut at = |seconds: i64, keeping: Keeping<'_>| {
        company.as_of.occurred_until =
            Timestamp::from_micros(hours(90 * DAY).as_micros() + seconds * 1_000_000);
        company.told.push(Told::at(80 * DAY, 1, order(&format!("at {seconds}"))));
        let answer = company.ask_keeping::<Customer>(&request, keeping);
        let noted = Customer::page(&request, &answer).notes.iter().any(|note| note.key == "classed_earlier");
        let classed =
            time::from_proto(answer.classes_as_of.as_ref().unwrap().occurred_until.as_ref().unwrap());
        let earlier = company.as_of.occurred_until.as_micros() - classed.unwrap().as_micros();
        assert_eq!(noted, earlier > 0);
        (answer.purchases[0].ever.as_ref().unwrap().count, answer.classes[0].purchases, earlier / 1_000_000)
    };
    assert_eq!(at(0, kept.taking(&due)), (2, 2, 0));
    assert_eq!(at(60, kept.taking(&due)), (3, 2, 60), "its own purchases are those of now");
    assert!(!due.get());
    assert_eq!(at(61, kept.taking(&due)), (4, 2, 61));
    assert!(due.take());
    assert_eq!(at(62, kept.renewing()), (5, 5, 0));
    assert_eq!(at(63, kept.taking(&due)), (6, 5, 1));
    assert_eq!(at(662, kept.taking(&due)), (7, 5, 600));
    assert_eq!(at(663, kept.taking(&due)), (8, 8, 0), "nothing is older than ten minutes");
    // Of few customers everything is of now, and so is what is asked as of a moment.
    let few = Kept::of_at_least(3);
    assert_eq!(at(664, few.taking(&due)), (9, 9, 0));
    assert_eq!(at(665, few.taking(&due)), (10, 10, 0));
}

#[test]
fn a_fact_of_a_special_category_is_named_and_its_value_is_withheld_unless_it_is_asked_for() {
    let fact = |key: &str, sensitivity: i32| {
        let personal = Some(v1::party_fact_recorded::Personal { value: format!("of {key}") });
        Kind::PartyFactRecorded(v1::PartyFactRecorded {
            category: 3,
            key: key.into(),
            sensitivity,
            personal,
            ..Default::default()
        })
    };
    // Of an older ledger: without a basis.
    let told = vec![Told::at(DAY, 1, fact("religion", 3)), Told::at(2 * DAY, 1, fact("hobby", 2))];
    let company = company(told);
    let shown = |include_special: bool| {
        let request = v1::CustomerRequest { include_special, ..request() };
        let answer = company.ask::<Customer>(&request, None, 0).unwrap().response;
        let page = Customer::page(&request, &answer);
        let facts = answer.party.unwrap().facts.into_iter();
        let facts: Vec<_> = facts.map(|fact| (fact.category, fact.key, fact.value, fact.withheld)).collect();
        (facts, format!("{page:?}"))
    };
    let row = |key: &str, value: &str, withheld| ("personal".into(), key.into(), value.into(), withheld);
    let (facts, page) = shown(false);
    assert_eq!(facts, [row("hobby", "of hobby", false), row("religion", "", true)]);
    assert!(
        page.contains("withheld") && page.contains("religion") && !page.contains("of religion"),
        "{page}"
    );
    let (facts, page) = shown(true);
    assert_eq!(facts, [row("hobby", "of hobby", false), row("religion", "of religion", false)]);
    assert!(!page.contains("withheld"), "{page}");
}

/// `news by email: granted`, with a star where a merge keeps it.
fn consents(company: &Company) -> Vec<String> {
    let said = |one: &v1::CustomerConsent| {
        let star = if one.is_of_merge { "*" } else { "" };
        format!("{} by {}: {}{star}", one.purpose, one.channel, one.decision)
    };
    ask(company).consents.iter().map(said).collect()
}

fn n(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

fn deal(id: &str, stage: &str) -> Kind {
    Kind::DealOpened(v1::DealOpened {
        deal_id: id.into(),
        stage: stage.into(),
        amount: money(500, "EUR"),
        expected_close: "2025-06-01".into(),
        ..Default::default()
    })
}

fn document(id: &str, to: i32) -> Kind {
    Kind::DocumentStateChanged(v1::DocumentStateChanged { document_id: id.into(), to, ..Default::default() })
}

fn need(id: &str) -> Kind {
    Kind::NeedIdentified(v1::NeedIdentified { need_id: id.into(), ..Default::default() })
}

fn ticket(id: &str) -> Kind {
    Kind::TicketOpened(v1::TicketOpened { ticket_id: id.into(), kind: 3, ..Default::default() })
}

fn owner(to: &str) -> Kind {
    let object = format!("party:{}", customer(1));
    Kind::OwnerAssigned(v1::OwnerAssigned {
        object,
        role: "sales".into(),
        to: to.into(),
        ..Default::default()
    })
}

fn contract() -> Kind {
    Kind::ContractChanged(v1::ContractChanged {
        contract_id: "c".into(),
        op: 1,
        end: "2025-12-31".into(),
        value: money(900, "EUR"),
        ..Default::default()
    })
}

/// Of 1 what is open and what is done, and a ticket of 2.
fn open_and_done() -> Company {
    company(vec![
        Told::at(DAY, 1, deal("a", "talks")),
        Told::at(DAY, 1, deal("b", "talks")),
        // Won before it was opened, by the dates: it is won.
        Told::at(0, 1, Kind::DealWon(v1::DealWon { deal_id: "b".into(), ..Default::default() })),
        Told::at(
            2 * DAY,
            1,
            Kind::DealStageChanged(v1::DealStageChanged {
                deal_id: "a".into(),
                to: "offer".into(),
                ..Default::default()
            }),
        ),
        Told::at(DAY, 1, document("d", 3)),
        Told::at(DAY, 1, document("e", 4)),
        Told::at(DAY, 1, need("n")),
        Told::at(DAY, 1, need("o")),
        Told::at(
            2 * DAY,
            1,
            Kind::NeedClosed(v1::NeedClosed { need_id: "o".into(), outcome: 1, ..Default::default() }),
        ),
        Told::at(3 * DAY, 1, ticket("t")),
        Told::at(3 * DAY, 1, ticket("u")),
        Told::at(
            2 * DAY,
            1,
            Kind::TicketResolved(v1::TicketResolved { ticket_id: "u".into(), ..Default::default() }),
        ),
        Told::at(DAY, 1, owner("ilze")),
        Told::at(2 * DAY, 1, owner("jonas")),
        Told::at(DAY, 1, contract()),
        // Of somebody else.
        Told::at(DAY, 2, ticket("v")),
    ])
}

#[test]
fn what_is_open_is_there_and_what_is_done_is_not() {
    let company = open_and_done();
    let answer = ask(&company);
    let deal = &answer.deals[0];
    assert_eq!((deal.deal.as_str(), deal.stage.as_str(), deal.position), ("deal:a", "offer", 4));
    assert_eq!((deal.amount.clone(), deal.expected_close.as_str()), (money(500, "EUR"), "2025-06-01"));
    assert_eq!(answer.documents[0].document, "document:d");
    assert_eq!(answer.needs[0].need, "need:n");
    assert_eq!((answer.tickets[0].ticket.as_str(), answer.tickets[0].kind.as_str()), ("ticket:t", "defect"));
    assert_eq!((answer.owners[0].staff.as_str(), answer.owners[0].position), ("jonas", 14));
    assert_eq!(
        (answer.contracts[0].last_day.as_str(), answer.contracts[0].value.clone()),
        ("2025-12-31", money(900, "EUR"))
    );
    let counted = [
        &answer.open_deals,
        &answer.open_tickets,
        &answer.open_documents,
        &answer.contracts_in_force,
        &answer.open_needs,
        &answer.open_agreements,
    ];
    assert_eq!(counted.map(n), [1, 1, 1, 1, 1, 0]);
    let objects = company.ask::<Customer>(&request(), Some("deals"), 0).unwrap().objects;
    assert_eq!(objects.iter().map(|hit| hit.positions.clone()).collect::<Vec<_>>(), [[1, 4]]);
    assert!(company.ask::<Customer>(&request(), Some("agreements"), 0).is_err());
}

#[test]
fn the_next_step_is_the_earliest_day_and_a_promise_that_is_late_comes_first() {
    let meeting = Kind::TouchMeetingHeld(v1::TouchMeetingHeld { status: 1, ..Default::default() });
    let mut told = vec![Told::at(101 * DAY, 1, meeting), Told::at(DAY, 1, promise("a", "2025-04-13", 1))];
    let next = |told: &[Told]| {
        let next = ask(&company(told.to_vec())).next_step.unwrap();
        (next.kind, next.id, next.due, next.is_overdue, next.position)
    };
    let step = |kind: &str, id: &str, due: &str, is_overdue: bool, position: u64| {
        (kind.to_owned(), id.to_owned(), due.to_owned(), is_overdue, position)
    };
    // T is in the morning of 11 April in Riga; the meeting is on the 12th.
    assert_eq!(next(&told), step("meeting", "", "2025-04-12", false, 1));
    told.push(Told::at(DAY, 1, promise("b", "2025-04-11", 1)));
    assert_eq!(next(&told), step("agreement", "b", "2025-04-11", false, 3));
    told.push(Told::at(DAY, 1, promise("c", "2025-04-10", 1)));
    assert_eq!(next(&told), step("agreement", "c", "2025-04-10", true, 4));
    let answer = ask(&company(told.clone()));
    assert_eq!((n(&answer.open_agreements), n(&answer.overdue_agreements)), (3, 1));
    // Kept, and another one replaced.
    told.push(Told::at(2 * DAY, 1, promise("c", "", 2)));
    let Kind::AgreementRecorded(mut other) = promise("d", "2026-01-01", 1) else { return };
    other.supersedes = "b".into();
    told.push(Told::at(2 * DAY, 1, Kind::AgreementRecorded(other)));
    assert_eq!(next(&told), step("meeting", "", "2025-04-12", false, 1));
}

#[test]
fn silence_is_measured_against_the_median_gap_between_days_with_a_contact() {
    let calls = |days: &[i64]| days.iter().map(|day| Told::at(day * DAY, 1, call())).collect::<Vec<_>>();
    let contact = |days: &[i64]| {
        let mut told = calls(days);
        told.push(Told::at(0, 1, granted("news", "")));
        ask(&company(told)).contact.unwrap()
    };
    let usual = |days: &[i64]| {
        let one = contact(days);
        (one.gaps, one.usual_gap_days, one.silence_days, one.is_longer_than_usual)
    };
    assert_eq!(usual(&[]), (0, None, None, None));
    assert_eq!(usual(&[10, 30, 90]), (2, None, Some(10), None));
    // Two calls of one day are one occasion.
    assert_eq!(usual(&[10, 30, 30, 90]), (2, None, Some(10), None));
    assert_eq!(usual(&[0, 10, 30, 60]), (3, Some(20.0), Some(40), Some(false)));
    assert_eq!(usual(&[0, 10, 29, 59]), (3, Some(19.0), Some(41), Some(true)));
    assert_eq!(usual(&[0, 10, 30, 60, 61]), (4, Some(15.0), Some(39), Some(true)));
    assert_eq!(n(&contact(&[10, 30, 30, 90]).contacts), 4);
}

#[test]
fn a_decision_about_every_channel_takes_the_place_of_those_about_single_ones() {
    let mut told = vec![
        Told::at(DAY, 1, granted("news", "email")),
        Told::at(2 * DAY, 1, withdrawn("news", "sms")),
        Told::at(2 * DAY, 1, granted("poll", "")),
    ];
    let first = ["news by email: granted", "news by sms: withdrawn", "poll by : granted"];
    assert_eq!(consents(&company(told.clone())), first);
    told.push(Told::at(3 * DAY, 1, objected("news")));
    assert_eq!(consents(&company(told.clone())), ["news by : objected", "poll by : granted"]);
    told.push(Told::at(4 * DAY, 1, granted("news", "sms")));
    let last = ["news by : objected", "news by sms: granted", "poll by : granted"];
    assert_eq!(consents(&company(told.clone())), last);
    // A grant that ends by itself, at T.
    let ends = proto(hours(100 * DAY));
    let Kind::ConsentGranted(mut until) = granted("poll", "") else { return };
    until.expires_at = ends;
    told.push(Told::at(5 * DAY, 1, Kind::ConsentGranted(until)));
    assert_eq!(consents(&company(told))[2], "poll by : expired");
}

#[test]
fn after_a_merge_the_more_restrictive_decision_holds_until_a_later_grant() {
    let told = |more: Vec<Told>| {
        let mut told = vec![
            Told::at(DAY, 1, withdrawn("news", "email")),
            Told::at(5 * DAY, 2, granted("news", "email")),
            Told::at(5 * DAY, 2, granted("poll", "")),
            Told::at(6 * DAY, 1, granted("calls", "")),
            Told::at(7 * DAY, 2, objected("calls")),
            Told::at(10 * DAY, 1, merged(1, 2)),
        ];
        told.extend(more);
        company(told)
    };
    let held = ["calls by : objected", "news by email: withdrawn*", "poll by : granted"];
    assert_eq!(consents(&told(vec![])), held);
    // Under whichever id it is recorded: they are one customer by then.
    for under in [1, 2] {
        let later = told(vec![Told::at(11 * DAY, under, granted("news", "email"))]);
        assert_eq!(consents(&later)[1], "news by email: granted");
        // A grant before the merge, told later, changes nothing.
        let earlier = told(vec![Told::at(9 * DAY, 2, granted("news", "email"))]);
        assert_eq!(consents(&earlier)[1], "news by email: withdrawn*");
    }
    // Merged, and apart again: as if nothing had been merged.
    let apart = told(vec![Told::at(12 * DAY, 1, unmerged(6))]);
    assert_eq!(consents(&apart), ["calls by : granted", "news by email: withdrawn"]);
    // As known before the merge was known.
    let mut before = told(vec![]);
    before.told[5].recorded_day = 50;
    before.as_of.recorded_until = hours(49 * DAY);
    assert_eq!(consents(&before), ["calls by : granted", "news by email: withdrawn"]);
}

#[test]
fn merged_and_apart_again_is_as_never_merged() {
    let mut told = vec![
        Told::at(DAY, 1, call()),
        Told::at(2 * DAY, 2, call()),
        Told::at(3 * DAY, 1, promise("a", "2025-03-01", 1)),
        Told::at(4 * DAY, 2, promise("a", "2025-03-01", 2)),
        Told::at(5 * DAY, 2, granted("news", "")),
        Told::at(6 * DAY, 1, withdrawn("news", "")),
    ];
    let never = json_of::<Customer>(&ask(&company(told.clone())));
    told.push(Told::at(10 * DAY, 1, merged(1, 2)));
    let one = ask(&company(told.clone()));
    // The promise of the one is kept by what was recorded under the other.
    assert_eq!((n(&one.contact.unwrap().contacts), n(&one.open_agreements), one.events_read), (2, 0, 6));
    assert_eq!(one.party.unwrap().ids, [customer(2), customer(1)]);
    told.push(Told::at(20 * DAY, 1, unmerged(7)));
    assert_eq!(json_of::<Customer>(&ask(&company(told))), never);
}

#[test]
fn a_correction_counts_from_when_it_is_known() {
    let mut told = Told::at(10 * DAY, 1, promise("a", "2025-03-01", 1));
    told.corrected = Some((60, Some((10 * DAY, promise("a", "2025-09-01", 1)))));
    let mut other = Told::at(11 * DAY, 1, promise("b", "2025-03-02", 1));
    other.corrected = Some((70, None));
    let mut company = company(vec![told, other]);
    let mut due = |day: i64| {
        company.as_of.recorded_until = hours(day * DAY);
        let answer = ask(&company);
        (
            answer.agreements.iter().map(|one| one.due.clone()).collect::<Vec<_>>(),
            n(&answer.overdue_agreements),
        )
    };
    assert_eq!(due(59), (vec!["2025-03-01".to_owned(), "2025-03-02".to_owned()], 2));
    assert_eq!(due(60), (vec!["2025-09-01".to_owned(), "2025-03-02".to_owned()], 1));
    assert_eq!(due(70), (vec!["2025-09-01".to_owned()], 0));
}

#[test]
fn what_was_bought_is_by_currency_and_a_cancelled_order_is_none() {
    let order = |id: &str, minor_units: i64, currency: &str| {
        let total = money(minor_units, currency);
        Kind::OrderPlaced(v1::OrderPlaced { order_id: id.into(), total, ..Default::default() })
    };
    let cancel =
        |id: &str| Kind::OrderChanged(v1::OrderChanged { order_id: id.into(), op: 1, ..Default::default() });
    let company = company(vec![
        // Twelve months before T begin on 11 April 2024.
        Told::at(-300 * DAY, 1, order("a", 1_000, "EUR")),
        Told::at(10 * DAY, 1, order("b", 500, "EUR")),
        Told::at(20 * DAY, 1, order("c", 70, "USD")),
        Told::at(30 * DAY, 1, order("d", 900, "EUR")),
        Told::at(31 * DAY, 1, cancel("d")),
        Told::at(10 * DAY, 2, order("e", 5, "EUR")),
    ]);
    let answer = ask(&company);
    let said = |one: &v1::CustomerPurchases| {
        let units = |sum: &Option<v1::Sum>| sum.as_ref().unwrap().minor_units.unwrap();
        (
            one.currency.clone(),
            n(&one.in_year),
            units(&one.in_year_value),
            n(&one.ever),
            units(&one.ever_value),
        )
    };
    let rows: Vec<_> = answer.purchases.iter().map(said).collect();
    assert_eq!(rows, [("EUR".to_owned(), 1, 500, 2, 1_500), ("USD".to_owned(), 1, 70, 1, 70)]);
    assert_eq!(answer.purchases[0].last, proto(hours(10 * DAY)));
    let objects = company.ask::<Customer>(&request(), Some("purchases/ever/EUR"), 0).unwrap().objects;
    assert_eq!(objects.iter().map(|hit| hit.positions.clone()).collect::<Vec<_>>(), [[1], [2]]);
}

#[test]
fn of_more_than_ten_thousand_events_the_latest_are_read_and_the_others_counted() {
    let told = (0..10_003).map(|hour| Told::at(-hour, 1, call())).collect();
    let answer = ask(&company(told));
    assert_eq!((answer.events_read, answer.events_left_out), (10_000, 3));
    assert_eq!(n(&answer.contact.unwrap().contacts), 10_000);
}

#[test]
fn nobody_is_not_found_and_no_id_is_wrong() {
    let company = company(vec![Told::at(DAY, 1, call())]);
    let asked = |customer: &str| v1::CustomerRequest { customer: customer.into(), ..Default::default() };
    assert_eq!(company.refused::<Customer>(&asked("nobody")).class(), ErrorClass::NotFound);
    use rapport_views::model::Model;
    assert_eq!(Customer::check(&asked("")).unwrap_err().class(), ErrorClass::Invalid);
    let wrong = v1::CustomerRequest { purchases_from: 9, ..asked("c99") };
    assert_eq!(Customer::check(&wrong).unwrap_err().class(), ErrorClass::Invalid);
}
