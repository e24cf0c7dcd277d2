//! Tickets of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support;
use crate::support::{
    company::{Company, Told, customer, definition, zone},
    tickets_oracle::asked,
};
use rapport_model::{ErrorClass, Timestamp, parse_moment};
use rapport_proto::{
    time,
    v1::{self, payload::Kind},
};
use rapport_views::{
    answers::{AnswerError, AsOf, AskError, ObjectKind},
    model::{Model as _, Tickets},
    table::Dictionary,
};

fn at(text: &str) -> Timestamp {
    parse_moment(text, &zone()).unwrap()
}

/// As of Friday, 28 March 2025, 12:00 in Riga, two days before the clock goes forward.
fn company(told: Vec<Told>) -> Company {
    let as_of = AsOf { occurred_until: at("2025-03-28T10:00:00Z"), recorded_until: Timestamp::MAX };
    Company { told, as_of, seed: 7 }
}

/// At an hour of March 2025 in Riga, which is two hours before UTC; by Ilze in Riga, at the desk.
fn on(day: &str, hour: i64, kind: Kind) -> Told {
    let begin = at("2025-01-01T00:00:00Z");
    let midnight = at(&format!("2025-03-{day}T00:00:00Z"));
    let hours = (midnight.as_micros() - begin.as_micros()) / support::HOUR + hour - 2;
    Told::at(hours, 1, kind)
}

fn opened(id: &str, tier: &str) -> Kind {
    let (ticket_id, tier) = (id.to_owned(), tier.to_owned());
    Kind::TicketOpened(v1::TicketOpened { ticket_id, tier, kind: 2, ..Default::default() })
}

fn moved(id: &str, to: &str) -> Kind {
    let (ticket_id, to) = (id.to_owned(), to.to_owned());
    Kind::TicketStageChanged(v1::TicketStageChanged { ticket_id, to, ..Default::default() })
}

fn responded(id: &str) -> Kind {
    Kind::TicketResponded(v1::TicketResponded { ticket_id: id.to_owned(), ..Default::default() })
}

fn resolved(id: &str, cause: i32, first_contact: bool) -> Kind {
    let ticket_id = id.to_owned();
    Kind::TicketResolved(v1::TicketResolved { ticket_id, cause, first_contact, ..Default::default() })
}

fn reopened(id: &str) -> Kind {
    Kind::TicketReopened(v1::TicketReopened { ticket_id: id.to_owned(), ..Default::default() })
}

fn answer(told: Vec<Told>) -> v1::TicketsResponse {
    asked(&company(told), &v1::TicketsRequest::default())
}

fn count(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

fn hours(length: &Option<prost_types::Duration>) -> Option<f64> {
    length.as_ref().and_then(time::duration_from_proto).map(|micros| micros as f64 / support::HOUR as f64)
}

/// Medians of first response and solution, each by the clock and in working time.
fn medians(of: &v1::TicketGroup) -> [Option<f64>; 4] {
    let (first, last) = (of.first_response.as_ref().unwrap(), of.resolution.as_ref().unwrap());
    [&first.median, &first.median_working, &last.median, &last.median_working].map(hours)
}

/// Kept, broken, pending, not promised.
fn promises(of: &Option<v1::TicketPromises>) -> [u64; 4] {
    let of = of.as_ref().unwrap();
    [&of.kept, &of.breached, &of.pending, &of.not_promised].map(count)
}

/// Friday, 14 March, 16:00 → Monday, 10:00 → Tuesday, 12:00.
fn over_a_weekend() -> Vec<Told> {
    vec![
        on("14", 16, opened("a", "gold")),
        on("17", 10, responded("a")),
        on("18", 12, resolved("a", 2, true)),
        on("18", 13, moved("a", "closed")),
    ]
}

#[test]
fn a_weekend_is_time_but_not_working_time() {
    let answer = answer(over_a_weekend());
    let total = answer.total.as_ref().unwrap();
    assert_eq!(medians(total), [Some(66.0), Some(2.0), Some(92.0), Some(12.0)]);
    // A move after the solution does not open the ticket again.
    assert_eq!((count(&total.open), count(&total.resolved), count(&total.reopened)), (0, 1, 0));
    assert_eq!((total.share_first_contact, answer.rows.len()), (Some(1.0), 0));
    assert_eq!(promises(&total.resolution_promise), [0, 0, 0, 1]);
    let cause = &answer.causes[0];
    assert_eq!((cause.cause.as_str(), cause.share, cause.cumulative_share), ("procedure", 1.0, 1.0));
}

#[test]
fn a_promise_is_kept_until_the_moment_at_which_it_is_due() {
    // Due after 2 working hours: Monday, 10:00. Solved after 12: Tuesday, 12:00; a minute less is broken.
    for (first, last, kept) in [(120, 720, [1, 0, 0, 0]), (119, 719, [0, 1, 0, 0])] {
        let body = format!(r#"{{"first_response_minutes": {first}, "resolution_minutes": {last}}}"#);
        let mut told = over_a_weekend();
        told.push(on("01", 0, definition("service_level", "gold", 3, &body)));
        let answer = answer(told);
        let total = answer.total.unwrap();
        assert_eq!(
            (promises(&total.first_response_promise), promises(&total.resolution_promise)),
            (kept, kept)
        );
        let used = &answer.meta.unwrap().definitions[0];
        assert_eq!((used.kind.as_str(), used.code.as_str(), used.version), ("service_level", "gold", 3));
    }
}

#[test]
fn what_is_due_in_the_evening_is_late_in_the_night() {
    // 8 working hours from Monday, 9:00, end at 17:00; an hour later no work is done, and it is late.
    let level = definition("service_level", "gold", 1, r#"{"resolution_minutes": 480}"#);
    let told = |hour| {
        vec![
            on("01", 0, level.clone()),
            on("17", 9, opened("a", "gold")),
            on("17", hour, resolved("a", 0, false)),
        ]
    };
    let became = |hour| promises(&answer(told(hour)).total.unwrap().resolution_promise);
    assert_eq!([became(17), became(18)], [[1, 0, 0, 0], [0, 1, 0, 0]]);
}

#[test]
fn holidays_and_hours_are_those_of_the_calendar_of_the_tier() {
    let body = r#"{"zone": "UTC", "hours": [{"weekdays": ["monday", "tuesday"], "from": "06:00", "to": "24:00"}],
        "holidays": ["2025-03-17"]}"#;
    let mut told = over_a_weekend();
    told.push(on("01", 0, definition("calendar", "early", 1, body)));
    told.push(on("01", 0, definition("service_level", "gold", 1, r#"{"calendar": "early"}"#)));
    // Tuesday from 6:00 until 10:00 UTC.
    let answer = answer(told);
    assert_eq!(medians(answer.total.as_ref().unwrap()), [Some(66.0), Some(0.0), Some(92.0), Some(4.0)]);
    let used: Vec<_> = answer.meta.unwrap().definitions.into_iter().map(|of| (of.kind, of.code)).collect();
    let used: Vec<_> = used.iter().map(|(kind, code)| (kind.as_str(), code.as_str())).collect();
    assert_eq!(used, [("service_level", "gold"), ("calendar", "early")]);
}

#[test]
fn only_a_reopening_or_a_second_opening_opens_a_solved_ticket_again() {
    let told = vec![
        on("10", 9, opened("again", "")),
        on("11", 9, resolved("again", 1, false)),
        on("12", 9, reopened("again")),
        on("10", 9, opened("twice", "")),
        on("11", 9, resolved("twice", 1, false)),
        on("12", 9, opened("twice", "gold")),
        // Its opening is dated when it was recorded.
        on("10", 9, resolved("late", 1, false)),
        on("11", 9, opened("late", "")),
        on("10", 9, opened("solved", "")),
        on("11", 9, resolved("solved", 1, false)),
        on("12", 9, reopened("solved")),
        on("13", 9, resolved("solved", 4, false)),
        // An opening that comes once more while the ticket is open says nothing.
        on("10", 9, opened("same", "")),
        on("10", 10, opened("same", "")),
        on("11", 9, resolved("same", 4, false)),
    ];
    let answer = answer(told);
    let total = answer.total.as_ref().unwrap();
    assert_eq!((count(&total.open), count(&total.resolved), count(&total.reopened)), (2, 3, 3));
    let open: Vec<_> = answer.rows.iter().map(|row| (row.ticket.as_str(), row.tier.as_str())).collect();
    assert_eq!(open, [("ticket:again", ""), ("ticket:twice", "")]);
    let causes: Vec<_> = answer.causes.iter().map(|one| (one.cause.as_str(), count(&one.tickets))).collect();
    assert_eq!(causes, [("product", 2), ("human", 1)]);
    assert_eq!(answer.causes[1].cumulative_share, 1.0);
}

#[test]
fn a_solution_ends_the_wait_for_a_first_response_and_keeps_its_promise() {
    let level = definition("service_level", "gold", 1, r#"{"first_response_minutes": 600}"#);
    let told = vec![
        on("01", 0, level),
        on("17", 9, opened("solved", "gold")),
        on("17", 12, resolved("solved", 0, false)),
        on("17", 9, opened("answered", "gold")),
        on("17", 11, responded("answered")),
        on("17", 9, opened("waits", "gold")),
        on("28", 10, opened("new", "gold")),
    ];
    let answer = answer(told);
    let total = answer.total.as_ref().unwrap();
    let first = total.first_response.as_ref().unwrap();
    assert_eq!((count(&first.ended), count(&first.censored)), (1, 3));
    assert_eq!(hours(&first.median), None);
    assert_eq!(promises(&total.first_response_promise), [2, 1, 1, 0]);
    assert_eq!(total.first_response_promise.as_ref().unwrap().share_kept, Some(2.0 / 3.0));
    // What is late is due first where it is not done; what is answered is not due any more.
    let rows: Vec<_> = answer.rows.iter().map(|row| (row.ticket.as_str(), row.breached)).collect();
    assert_eq!(rows, [("ticket:answered", false), ("ticket:waits", true), ("ticket:new", false)]);
    let due: Vec<_> = answer.rows.iter().map(|row| row.due.as_ref().and_then(time::from_proto)).collect();
    // In Riga Tuesday, 11:00, and Monday, 12:00 by summer time: seven hours of Friday and three of Monday.
    assert_eq!(due, [None, Some(at("2025-03-18T09:00:00Z")), Some(at("2025-03-31T09:00:00Z"))]);
}

#[test]
fn hands_are_those_of_departments_or_of_staff_as_asked() {
    let by = |told: Told, actor, branch| Told { actor, branch, ..told };
    let told = vec![
        by(on("10", 9, opened("a", "")), "ilze", "riga"),
        by(on("10", 10, moved("a", "x")), "", "riga"),
        by(on("10", 11, moved("a", "y")), "jonas", "riga"),
        by(on("10", 12, moved("a", "z")), "ilze", "cesis"),
        by(on("10", 13, moved("a", "z")), "ilze", "riga"),
        // Of nobody: not counted among those that say who had them.
        by(on("10", 9, opened("b", "")), "", ""),
    ];
    let company = company(told);
    let of = |pushed, pushed_above| {
        let request = v1::TicketsRequest { pushed, pushed_above, ..Default::default() };
        let total = asked(&company, &request).total.unwrap();
        (count(&total.pushed), total.mean_pushes, total.mean_pushes_n)
    };
    // Desk, lab, lab, desk; Ilze, Jonas, Ilze, Ilze.
    assert_eq!([of(1, None), of(2, None)], [(1, Some(2.0), 1); 2]);
    assert_eq!(of(1, Some(2)), (0, Some(2.0), 1));
    let row = &asked(&company, &v1::TicketsRequest::default()).rows[0];
    assert_eq!((row.stage.as_str(), row.department.as_str(), row.staff.as_str()), ("z", "desk", "ilze"));
}

#[test]
fn a_ticket_is_of_the_first_customer_that_an_event_names() {
    let of = |told: Told, customer| Told { customer, ..told };
    let told = vec![
        of(on("10", 9, opened("a", "")), 0),
        of(on("10", 10, moved("a", "x")), 3),
        of(on("10", 11, moved("a", "y")), 4),
        of(on("10", 12, moved("unknown", "y")), 4),
    ];
    let company = company(told);
    let request = v1::TicketsRequest::default();
    let answer = asked(&company, &request);
    let customers: Vec<_> = answer.rows.iter().map(|row| row.customer.clone()).collect();
    assert_eq!(customers, [3, 4].map(|number| format!("party:{}", customer(number))));
    assert_eq!((count(&answer.without_opening), answer.rows[1].kind.as_str()), (1, ""));
    let (listed, store) = company.ask_store::<Tickets>(&request, Some("total/open"), 0).unwrap();
    let hit = &listed.objects[0];
    assert_eq!((hit.kind, hit.positions.clone()), (ObjectKind::Named(Dictionary::Ticket), vec![1, 2, 3]));
    assert_eq!(store.name_of(Dictionary::Party, hit.customer), customer(3));
}

#[test]
fn groups_are_in_descending_order_of_what_is_open_and_those_of_long_ago_are_counted() {
    let long_ago = |kind| Told { hours: -24 * 500, ..on("10", 9, kind) };
    let told = vec![
        on("10", 9, opened("a", "gold")),
        on("10", 9, opened("b", "")),
        on("11", 9, opened("c", "silver")),
        on("11", 9, opened("d", "silver")),
        long_ago(opened("e", "bronze")),
        Told { hours: -24 * 499, ..on("10", 9, resolved("e", 1, true)) },
        // Still open, though it was opened long before the period.
        long_ago(opened("f", "iron")),
    ];
    let answer = asked(&company(told), &v1::TicketsRequest { by: 5, ..Default::default() });
    let groups = answer.groups.iter().map(|of| (of.key.as_str(), count(&of.open), count(&of.opened)));
    let expected = [("silver", 2, 2), ("", 1, 1), ("gold", 1, 1), ("iron", 1, 0)];
    assert_eq!((groups.collect::<Vec<_>>().as_slice(), answer.groups_empty), (&expected[..], 1));
    let page = Tickets::page(&v1::TicketsRequest { by: 5, ..Default::default() }, &answer);
    let notes: Vec<_> = page.grids.iter().flat_map(|grid| &grid.notes).map(|note| note.key).collect();
    assert_eq!(notes, ["period", "no_responses", "no_promises", "groups_empty"]);
}

#[test]
fn a_word_that_is_none_is_refused_with_what_was_expected() {
    let company = company(over_a_weekend());
    let refused = company
        .refused::<Tickets>(&v1::TicketsRequest { kind: Some("fault".to_owned()), ..Default::default() });
    let AskError::Field { field, expected } = &refused else { panic!("{refused}") };
    assert_eq!(*field, "kind");
    assert!(expected.contains("`complaint`") && expected.ends_with("found `fault`"), "{expected}");
    assert_eq!(refused.class(), ErrorClass::Invalid);
    for (request, field) in [
        (v1::TicketsRequest { by: 13, ..Default::default() }, "by"),
        (v1::TicketsRequest { pushed: 3, ..Default::default() }, "pushed"),
    ] {
        let AskError::Answer(error) = company.refused::<Tickets>(&request) else { panic!("{field}") };
        assert_eq!(error.field(), field);
    }
    for figure in
        ["total", "total/opens", "groups/gold", "total/first_response/kept/x", "causes/", "causes/x"]
    {
        let refused = company.ask::<Tickets>(&v1::TicketsRequest::default(), Some(figure), 0).unwrap_err();
        assert_eq!(refused, AnswerError::MalformedFigure { figure: figure.to_owned() });
    }
    let nothing = company.ask::<Tickets>(&v1::TicketsRequest::default(), Some("total/open"), 0).unwrap_err();
    assert_eq!(nothing, AnswerError::NoSuchFigure { figure: "total/open".to_owned() });
    // A word that no event has is that of no ticket.
    let request = v1::TicketsRequest { tier: Some("iron".to_owned()), ..Default::default() };
    let answer = asked(&company, &request);
    assert_eq!(count(&answer.total.as_ref().unwrap().opened), 0);
    assert_eq!(Tickets::page(&request, &answer).notes[0].key, "nothing");
}

/// At an hour of March, of a customer.
fn of(customer: u64, told: Told) -> Told {
    Told { customer, ..told }
}

fn says(instrument: i32, value: f64) -> Kind {
    Kind::SurveyAnswered(v1::SurveyAnswered { instrument, value: Some(value), ..Default::default() })
}

/// Eight working hours until a solution for gold, one until the first response for silver.
fn levels() -> [Told; 2] {
    [("gold", r#"{"resolution_minutes": 480}"#), ("silver", r#"{"first_response_minutes": 60}"#)]
        .map(|(tier, body)| on("01", 0, definition("service_level", tier, 1, body)))
}

#[test]
fn better_service_is_compared_with_worse_by_what_customers_say_within_thirty_days() {
    let earlier = |days: i64, told: Told| Told { hours: told.hours - days * 24, ..told };
    let mut told = levels().to_vec();
    told.extend([
        // Kept by a minute, and by the first response where no solution is promised.
        of(1, on("17", 9, opened("a", "gold"))),
        of(1, on("17", 17, resolved("a", 0, false))),
        of(2, on("17", 9, opened("b", "silver"))),
        of(2, on("17", 10, responded("b"))),
        of(2, on("20", 12, resolved("b", 0, false))),
        // Broken; the response to the second comes thirty days later, at T, and to the third an hour too late.
        of(3, on("17", 9, opened("c", "gold"))),
        of(3, on("17", 18, resolved("c", 0, false))),
        of(4, earlier(32, on("28", 12, opened("d", "gold")))),
        of(4, earlier(30, on("28", 12, resolved("d", 0, false)))),
        of(5, earlier(32, on("28", 11, opened("e", "gold")))),
        of(5, earlier(30, on("28", 11, resolved("e", 0, false)))),
        // Not promised.
        of(6, on("17", 9, opened("f", ""))),
        of(6, on("17", 10, resolved("f", 0, false))),
        // Before the solution, then twice after it, then to another instrument.
        of(1, on("17", 12, says(3, 1.0))),
        of(1, on("18", 9, says(3, 2.0))),
        of(1, on("19", 9, says(3, 7.0))),
        of(1, on("20", 9, says(2, 1.0))),
        of(2, on("21", 9, says(3, 5.0))),
        of(3, on("18", 9, says(3, 2.0))),
        of(4, on("28", 12, says(3, 4.0))),
        of(5, on("28", 12, says(3, 1.0))),
        of(6, on("18", 9, says(3, 1.0))),
    ]);
    let company = company(told);
    let said = asked(&company, &v1::TicketsRequest::default()).satisfaction.unwrap();
    assert_eq!((said.instrument.as_str(), count(&said.kept), count(&said.broken)), ("ces", 2, 2));
    assert_eq!((said.kept_mean, said.broken_mean, said.difference), (Some(6.0), Some(3.0), Some(3.0)));
    // Squared errors of 1 each, two degrees of freedom: 4.3027 · √2.
    assert_eq!(format!("{:.4} {:.4}", said.low.unwrap(), said.high.unwrap()), "-3.0849 9.0849");
    let hits = company
        .ask::<Tickets>(&v1::TicketsRequest::default(), Some("satisfaction/broken"), 0)
        .unwrap()
        .objects;
    let positions: Vec<_> = hits.iter().map(|hit| hit.positions.clone()).collect();
    assert_eq!(positions, [vec![8, 9, 21], vec![10, 11, 22]]);
}

#[test]
fn too_few_responses_have_means_and_no_difference() {
    let mut told = levels().to_vec();
    told.extend([
        of(1, on("17", 9, opened("a", "gold"))),
        of(1, on("17", 17, resolved("a", 0, false))),
        of(1, on("18", 9, says(1, 9.0))),
    ]);
    let answer = answer(told);
    let said = answer.satisfaction.as_ref().unwrap();
    assert_eq!((said.instrument.as_str(), said.kept_mean, said.difference), ("nps", Some(9.0), None));
    let page = Tickets::page(&v1::TicketsRequest::default(), &answer);
    let grid = page.grids.iter().find(|grid| grid.key == "satisfaction").unwrap();
    assert_eq!(grid.notes.iter().map(|note| note.key).collect::<Vec<_>>(), ["too_few_said"]);
}

#[test]
fn defects_are_counted_per_hundred_pieces_sold_in_the_same_period() {
    let defect = |id: &str, product: &str, kind| {
        let (ticket_id, product) = (id.to_owned(), product.to_owned());
        Kind::TicketOpened(v1::TicketOpened { ticket_id, product, kind, ..Default::default() })
    };
    let lines = |product: &str, quantity: &str| {
        vec![v1::Line { product: product.into(), quantity: quantity.into(), ..Default::default() }]
    };
    let order = |id: &str, product, quantity| {
        let (order_id, lines) = (id.to_owned(), lines(product, quantity));
        Kind::OrderPlaced(v1::OrderPlaced { order_id, lines, ..Default::default() })
    };
    let change = |id: &str, op, lines| {
        Kind::OrderChanged(v1::OrderChanged { order_id: id.to_owned(), op, lines, ..Default::default() })
    };
    let long_ago = |kind| Told { hours: -24 * 500, ..on("10", 9, kind) };
    let tickets = vec![
        on("10", 9, defect("a", "pen", 3)),
        on("11", 9, defect("b", "pen", 3)),
        on("12", 9, defect("c", "pen", 3)),
        on("12", 9, defect("d", "pen", 2)),
        long_ago(defect("e", "pen", 3)),
        on("12", 9, defect("f", "ink", 3)),
        on("12", 9, defect("g", "", 3)),
    ];
    let mut told = tickets.clone();
    told.extend([
        // 50 less 2 that came back; what was cancelled, and what was sold before the period, is not in it.
        on("10", 9, order("1", "pen", "50")),
        on("11", 9, change("1", 2, lines("pen", "-2"))),
        on("10", 9, order("2", "pen", "30")),
        on("11", 9, change("2", 1, Vec::new())),
        long_ago(order("3", "pen", "70")),
        on("10", 9, order("4", "lamp", "5")),
    ]);
    let by_product = v1::TicketsRequest { by: 4, ..Default::default() };
    let rates = |told: Vec<Told>, request: &v1::TicketsRequest| {
        let groups = asked(&company(told), request).groups;
        let rate = |group: v1::TicketGroup| {
            let of = group.defects.unwrap();
            (group.key, count(&of.defects), of.sold_milli, of.per_hundred)
        };
        groups.into_iter().map(rate).collect::<Vec<_>>()
    };
    let row = |key: &str, defects, sold, rate| (key.to_owned(), defects, sold, rate);
    let unknown = [row("pen", 3, None, None), row("", 1, None, None), row("ink", 1, None, None)];
    let known =
        [row("pen", 3, Some(48_000), Some(6.25)), row("", 1, None, None), row("ink", 1, Some(0), None)];
    assert_eq!(rates(told.clone(), &by_product), known);
    assert_eq!(rates(tickets, &by_product), unknown, "without orders");
    let filtered = v1::TicketsRequest { tier: Some(String::new()), ..by_product.clone() };
    assert_eq!(rates(told.clone(), &filtered), unknown, "pieces have no tier");
    let page = Tickets::page(&filtered, &asked(&company(told.clone()), &filtered));
    let grid = page.grids.iter().find(|grid| grid.key == "group_defect").unwrap();
    assert_eq!(grid.notes.iter().map(|note| note.key).collect::<Vec<_>>(), ["no_pieces"]);
    let hits = company(told).ask::<Tickets>(&by_product, Some("groups/pen/defects"), 0).unwrap().objects;
    assert_eq!(hits.iter().map(|hit| hit.positions.clone()).collect::<Vec<_>>(), [vec![1], vec![2], vec![3]]);
}
