//! Handovers of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support::{
    DAY,
    company::{Company, Told, customer, hours, money},
    handover_oracle::asked,
    proto,
};
use rapport_model::Timestamp;
use rapport_proto::v1::{self, payload::Kind};
use rapport_views::{answers::AnswerError, model::Handover};

/// As of day 100 of 2025.
fn company(told: Vec<Told>) -> Company {
    let as_of =
        rapport_views::answers::AsOf { occurred_until: hours(24 * 100), recorded_until: Timestamp::MAX };
    Company { told, as_of, seed: 7 }
}

/// On a day of 2025, of a customer.
fn on(day: i64, customer: u64, kind: Kind) -> Told {
    Told::at(24 * day, customer, kind)
}

fn by(actor: &'static str, told: Told) -> Told {
    Told { actor, ..told }
}

fn status(day: i64, staff: &str, status: i32, substitute: &str, to: Option<i64>) -> Told {
    let (staff_id, substitute) = (staff.to_owned(), substitute.to_owned());
    let to = to.and_then(|to| proto(hours(24 * to)));
    on(
        day,
        0,
        Kind::StaffStatusChanged(v1::StaffStatusChanged { staff_id, status, substitute, to, from: None }),
    )
}

fn owner(day: i64, object: &str, to: &str) -> Told {
    let (object, to) = (object.to_owned(), to.to_owned());
    on(day, 0, Kind::OwnerAssigned(v1::OwnerAssigned { object, to, ..Default::default() }))
}

fn party(number: u64) -> String {
    format!("party:{}", customer(number))
}

fn deal(day: i64, of: u64, id: &str, minor_units: i64) -> Told {
    let amount = money(minor_units, "EUR");
    on(day, of, Kind::DealOpened(v1::DealOpened { deal_id: id.to_owned(), amount, ..Default::default() }))
}

fn call(day: i64, of: u64, actor: &'static str) -> Told {
    by(
        actor,
        on(
            day,
            of,
            Kind::TouchCallLogged(v1::TouchCallLogged { outcome: 1, direction: 2, ..Default::default() }),
        ),
    )
}

fn meeting(day: i64, of: u64, actor: &'static str) -> Told {
    by(actor, on(day, of, Kind::TouchMeetingHeld(v1::TouchMeetingHeld { status: 1, ..Default::default() })))
}

fn agreement(day: i64, of: u64, id: &str, status: i32, actor: &'static str) -> Told {
    let recorded = v1::AgreementRecorded {
        agreement_id: id.to_owned(),
        status,
        due: "2025-06-01".to_owned(),
        ..Default::default()
    };
    by(actor, on(day, of, Kind::AgreementRecorded(recorded)))
}

fn handed(day: i64, step: i32, item: &str, actor: &'static str) -> Told {
    let progressed = v1::HandoverProgressed {
        handover_id: "h".to_owned(),
        step,
        item: item.to_owned(),
        ..Default::default()
    };
    by(actor, on(day, 0, Kind::HandoverProgressed(progressed)))
}

fn count(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

fn answer(told: Vec<Told>, staff: &str) -> v1::HandoverResponse {
    asked(&company(told), &v1::HandoverRequest { staff: staff.to_owned(), ..Default::default() })
}

fn objects(answer: &v1::HandoverResponse) -> Vec<&str> {
    answer.rows.iter().map(|row| row.object.as_str()).collect()
}

#[test]
fn what_a_leaver_still_owns_is_orphaned_by_kind_and_value() {
    let told = vec![
        status(1, "anna", 1, "", None),
        owner(2, "deal:small", "anna"),
        owner(2, "deal:large", "anna"),
        owner(2, "deal:won", "anna"),
        owner(2, "ticket:t", "anna"),
        owner(2, &party(1), "anna"),
        deal(3, 1, "small", 100),
        deal(4, 1, "large", 900),
        deal(4, 2, "won", 500),
        on(9, 2, Kind::DealWon(v1::DealWon { deal_id: "won".to_owned(), ..Default::default() })),
        on(5, 2, Kind::TicketOpened(v1::TicketOpened { ticket_id: "t".to_owned(), ..Default::default() })),
        // Of a deal that was assigned to somebody else later.
        owner(2, "deal:other", "anna"),
        owner(50, "deal:other", "jonas"),
        deal(5, 3, "other", 300),
        deal(5, 3, "nobodys", 40),
        status(60, "anna", 2, "", None),
    ];
    let answer = answer(told, "");
    let orphans = answer.orphans.as_ref().unwrap();
    assert_eq!((count(&orphans.items), count(&orphans.deals), count(&orphans.tickets)), (4, 2, 1));
    assert_eq!((count(&orphans.customers), count(&orphans.open)), (1, 4));
    let value = &orphans.values[0];
    assert_eq!((value.currency.as_str(), value.deals), ("EUR", 2));
    assert_eq!(value.amount.as_ref().unwrap().minor_units, Some(1_000));
    assert_eq!(objects(&answer), ["deal:large", "deal:small", "ticket:t", &party(1)]);
    let first = &answer.rows[0];
    assert_eq!((first.owner.as_str(), first.age_days, first.customer.as_str()), ("anna", 96, &*party(1)));
    let nobodys = answer.without_owner.as_ref().unwrap();
    assert_eq!((count(&nobodys.items), count(&nobodys.deals)), (1, 1));
    let staff = &answer.staff[0];
    assert_eq!(
        (staff.staff.as_str(), staff.state.as_str(), staff.since),
        ("anna", "left", proto(hours(24 * 60)))
    );
    assert!(staff.is_orphaning && count(&staff.owned.as_ref().unwrap().items) == 4);
}

#[test]
fn a_ticket_whose_first_opening_is_dated_after_its_solution_is_not_open() {
    let opened = |day, id: &str| {
        let ticket_id = id.to_owned();
        on(day, 2, Kind::TicketOpened(v1::TicketOpened { ticket_id, ..Default::default() }))
    };
    let resolved = |day, id: &str| {
        let ticket_id = id.to_owned();
        on(day, 2, Kind::TicketResolved(v1::TicketResolved { ticket_id, ..Default::default() }))
    };
    let told = vec![
        owner(2, "ticket:late", "anna"),
        owner(2, "ticket:twice", "anna"),
        resolved(4, "late"),
        opened(5, "late"),
        resolved(4, "twice"),
        opened(5, "twice"),
        opened(6, "twice"),
        status(60, "anna", 2, "", None),
    ];
    assert_eq!(objects(&answer(told, "")), ["ticket:twice"]);
}

#[test]
fn who_is_absent_orphans_unless_an_active_substitute_stands_in() {
    let absent = |substitute: &'static str, to| {
        vec![owner(2, "deal:d", "anna"), deal(3, 1, "d", 100), status(90, "anna", 3, substitute, to)]
    };
    let orphans = |told| count(&answer(told, "").orphans.unwrap().items);
    assert_eq!(orphans(absent("", None)), 1);
    // Jonas is never said to have joined: he is there.
    assert_eq!(orphans(absent("jonas", None)), 0);
    assert_eq!(orphans([absent("jonas", None), vec![status(95, "jonas", 2, "", None)]].concat()), 1);
    // A stand-in who is away is none, whoever stands in for him.
    assert_eq!(orphans([absent("jonas", None), vec![status(95, "jonas", 3, "ilze", None)]].concat()), 1);
    assert_eq!(orphans(absent("", Some(99))), 0);
    assert_eq!(orphans([absent("", None), vec![status(95, "anna", 4, "", None)]].concat()), 0);
    let away = answer(absent("jonas", None), "");
    assert_eq!((away.staff[0].state.as_str(), away.staff[0].substitute_is_active), ("absent", true));
    // The dossier is the same whether anybody left or not.
    assert_eq!(objects(&answer(absent("jonas", None), "anna")), ["deal:d"]);
    assert_eq!(answer(absent("jonas", None), "anna").of_dossier.unwrap().state, "absent");
}

#[test]
fn agreements_and_planned_meetings_go_along_with_the_customer() {
    let told = vec![
        owner(2, &party(1), "anna"),
        agreement(10, 1, "a", 1, "anna"),
        agreement(10, 1, "kept", 1, "anna"),
        agreement(20, 1, "kept", 2, "anna"),
        // Of a customer that anna does not own: it stays hers.
        agreement(10, 2, "hers", 1, "anna"),
        meeting(120, 1, "anna"),
        // It took place before T, whatever it was planned as.
        meeting(90, 1, "anna"),
        owner(2, &party(2), "ilze"),
        owner(40, &party(1), "jonas"),
        owner(40, &party(2), "jonas"),
        agreement(50, 1, "later", 1, "anna"),
        status(60, "anna", 2, "", None),
    ];
    let of = |staff: &str| {
        let answer = answer(told.clone(), staff);
        answer.rows.iter().map(|row| row.object.clone()).collect::<Vec<_>>()
    };
    assert_eq!(of("anna"), ["agreement:hers", "agreement:later"]);
    assert_eq!(of("jonas"), ["agreement:a", "event:6", &*party(2), &*party(1)]);
    let answer = answer(told, "jonas");
    assert_eq!((answer.rows[0].since, answer.rows[0].due.as_str()), (proto(hours(24 * 40)), "2025-06-01"));
    assert_eq!((answer.rows[1].begun, answer.rows[1].age_days), (proto(hours(24 * 120)), 0));
}

#[test]
fn a_handover_has_its_items_its_people_and_its_days() {
    let told = vec![
        owner(2, "deal:d", "anna"),
        owner(2, "deal:e", "anna"),
        deal(3, 1, "d", 100),
        deal(3, 1, "e", 100),
        status(60, "anna", 2, "", None),
        handed(61, 1, "", "jonas"),
        handed(62, 2, "deal:d", "jonas"),
        handed(63, 2, "deal:d", "jonas"),
        handed(71, 3, "", "jonas"),
    ];
    let whole = answer(told.clone(), "");
    let handover = &whole.handovers[0];
    assert_eq!((handover.from.as_str(), handover.to.as_str()), ("anna", "jonas"));
    assert_eq!((count(&handover.items), handover.days, handover.completed), (1, 10, proto(hours(24 * 71))));
    let orphans = whole.orphans.unwrap();
    assert_eq!((count(&orphans.items), count(&orphans.acknowledged), count(&orphans.open)), (2, 1, 1));
    let times = whole.times.unwrap();
    assert_eq!((count(&times.completed), times.median.unwrap().seconds), (1, 10 * DAY / 1_000_000));
    assert_eq!(whole.rows[0].acknowledged_by, "jonas");
    // Begun again, it is open, and lasts until T.
    let again = answer([told, vec![handed(80, 1, "", "jonas")]].concat(), "");
    assert_eq!((again.handovers[0].days, again.handovers[0].completed), (39, None));
    assert_eq!(again.times.unwrap().median, None);
}

#[test]
fn what_went_over_and_was_not_acknowledged_is_open() {
    let told = vec![
        owner(2, "deal:d", "anna"),
        owner(2, "deal:e", "anna"),
        owner(2, "deal:f", "anna"),
        owner(2, "deal:g", "ilze"),
        handed(61, 1, "", "anna"),
        owner(62, "deal:d", "jonas"),
        owner(62, "deal:e", "jonas"),
        owner(62, "deal:f", "jonas"),
        owner(62, "deal:g", "jonas"),
        handed(63, 2, "deal:d", "jonas"),
        owner(64, "deal:f", "ilze"),
    ];
    let handovers = answer(told, "").handovers;
    assert_eq!((handovers[0].from.as_str(), handovers[0].to.as_str()), ("anna", "jonas"));
    assert_eq!((count(&handovers[0].items), count(&handovers[0].open)), (1, 1));
}

#[test]
fn the_successor_meets_the_customer_from_the_leaving_on() {
    let told = vec![
        owner(2, &party(1), "anna"),
        owner(2, &party(2), "anna"),
        owner(2, &party(3), "anna"),
        owner(2, &party(4), "anna"),
        status(50, "anna", 2, "", None),
        owner(60, &party(1), "jonas"),
        owner(60, &party(2), "jonas"),
        owner(60, &party(3), "jonas"),
        owner(70, &party(3), "ilze"),
        // Before the leaving, by somebody else, and the one that counts: 15 days after anna left.
        call(45, 1, "jonas"),
        call(61, 1, "ilze"),
        call(65, 1, "jonas"),
        call(70, 3, "ilze"),
    ];
    let contact = answer(told, "").contact.unwrap();
    // 1: met after 15 days. 2: waiting. 3: passed on by jonas; met by ilze the moment she had it.
    assert_eq!((count(&contact.changes), count(&contact.contacted)), (4, 2));
    assert_eq!((count(&contact.waiting), count(&contact.passed_on)), (1, 1));
    // 0 of 4, then 15 of 3: half are met after 15 days.
    assert_eq!(contact.median.unwrap().seconds, 15 * DAY / 1_000_000);
}

#[test]
fn what_was_not_known_or_had_not_happened_is_not_said() {
    let mut left = status(60, "anna", 2, "", None);
    left.recorded_day = 80;
    let told = vec![owner(2, "deal:d", "anna"), deal(3, 1, "d", 100), left];
    let items = |occurred: i64, recorded: i64| {
        let as_of = rapport_views::answers::AsOf {
            occurred_until: hours(24 * occurred),
            recorded_until: hours(24 * recorded),
        };
        let company = Company { told: told.clone(), as_of, seed: 1 };
        count(&asked(&company, &v1::HandoverRequest::default()).orphans.unwrap().items)
    };
    assert_eq!((items(100, 100), items(59, 100), items(100, 79)), (1, 0, 0));
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let company = company(vec![owner(2, "deal:d", "anna"), deal(3, 1, "d", 100)]);
    let refused = |request: v1::HandoverRequest, figure: Option<&str>| {
        company.ask::<Handover>(&request, figure, 0).unwrap_err()
    };
    let same = v1::HandoverRequest {
        period_from: proto(hours(5)),
        period_to: proto(hours(5)),
        ..Default::default()
    };
    assert_eq!(refused(same, None), AnswerError::EmptyPeriod { from: "period_from", until: "period_to" });
    for figure in ["orphans", "orphans/houses", "staff/anna", "contact/median"] {
        let error = refused(v1::HandoverRequest::default(), Some(figure));
        assert_eq!(error, AnswerError::MalformedFigure { figure: figure.to_owned() });
    }
    // Nobody left.
    let error = refused(v1::HandoverRequest::default(), Some("orphans/deals"));
    assert_eq!(error, AnswerError::NoSuchFigure { figure: "orphans/deals".to_owned() });
}
