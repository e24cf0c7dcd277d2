//! Deliveries of small hand-made histories, figure by figure.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::support;
use crate::support::{
    company::{Company, Told, hours, zone},
    deliveries_oracle::asked,
    proto,
};
use rapport_model::{Timestamp, parse_moment};
use rapport_proto::v1::{
    self, delivery_completed::Delivered, party_role_assigned::Role, payload::Kind,
    project_milestone_recorded::Cause,
};
use rapport_views::{
    answers::AnswerError,
    model::{AskError, Deliveries, Model as _},
};

/// As of the end of 2025.
fn company(told: Vec<Told>) -> Company {
    let occurred_until = parse_moment("2025-12-31", &zone()).unwrap();
    let as_of = rapport_views::answers::AsOf { occurred_until, recorded_until: Timestamp::MAX };
    Company { told, as_of, seed: 7 }
}

fn answer(told: Vec<Told>) -> v1::DeliveriesResponse {
    asked(&company(told), &v1::DeliveriesRequest::default())
}

/// At noon of a day in UTC.
fn on(date: &str, customer: u64, kind: Kind) -> Told {
    let begin = parse_moment("2025-01-01T00:00:00Z", &zone()).unwrap();
    let noon = parse_moment(&format!("{date}T12:00:00Z"), &zone()).unwrap();
    Told::at((noon.as_micros() - begin.as_micros()) / support::HOUR, customer, kind)
}

fn promise(date: &str, id: &str, committed: &str, requested: &str, reason: &str) -> Told {
    let [order_id, committed_date, requested_date, reason] =
        [id, committed, requested, reason].map(str::to_owned);
    let promised =
        v1::DeliveryPromised { order_id, committed_date, requested_date, reason, ..Default::default() };
    on(date, 1, Kind::DeliveryPromised(promised))
}

fn arrival(date: &str, id: &str, day: &str, goods: &[(&str, &str)], condition: &str) -> Told {
    let [order_id, day, condition] = [id, day, condition].map(str::to_owned);
    let goods = goods
        .iter()
        .map(|(product, quantity)| Delivered { product: (*product).into(), quantity: (*quantity).into() });
    let quantities = goods.collect();
    on(
        date,
        1,
        Kind::DeliveryCompleted(v1::DeliveryCompleted {
            order_id,
            date: day,
            quantities,
            condition,
            ..Default::default()
        }),
    )
}

fn lines(lines: &[(&str, &str)]) -> Vec<v1::Line> {
    lines
        .iter()
        .map(|(product, quantity)| v1::Line {
            product: (*product).into(),
            quantity: (*quantity).into(),
            ..Default::default()
        })
        .collect()
}

fn order(date: &str, id: &str, goods: &[(&str, &str)]) -> Told {
    let order_id = id.to_owned();
    on(date, 1, Kind::OrderPlaced(v1::OrderPlaced { order_id, lines: lines(goods), ..Default::default() }))
}

fn change(date: &str, id: &str, op: i32, goods: &[(&str, &str)]) -> Told {
    let order_id = id.to_owned();
    let lines = lines(goods);
    on(date, 1, Kind::OrderChanged(v1::OrderChanged { order_id, op, lines, ..Default::default() }))
}

fn count(figure: &Option<v1::Figure>) -> u64 {
    figure.as_ref().unwrap().count
}

fn of(share: &Option<v1::DeliveryShare>) -> u64 {
    count(&share.as_ref().unwrap().orders)
}

#[test]
fn on_time_is_by_the_first_commitment_and_by_the_last() {
    let answer = answer(vec![
        // Moved twice: late by the first, on time by the last, and by no day that was asked for.
        promise("2025-03-01", "a", "2025-04-10", "2025-04-01", ""),
        promise("2025-03-20", "a", "2025-04-20", "", "stock"),
        promise("2025-04-09", "a", "2025-04-30", "", "weather"),
        arrival("2025-04-25", "a", "", &[], "damaged"),
        // On the day itself, as the event says, and not on that of the event.
        promise("2025-03-01", "b", "2025-04-10", "2025-04-12", ""),
        arrival("2025-04-15", "b", "2025-04-10", &[], "good"),
        // A promise after the arrival promises nothing.
        promise("2025-03-01", "c", "2025-04-10", "", ""),
        arrival("2025-04-13", "c", "", &[], ""),
        promise("2025-04-14", "c", "2025-04-30", "", "stock"),
    ]);
    let total = answer.total.unwrap();
    assert_eq!((count(&total.orders), of(&total.on_time), of(&total.on_time_by_last)), (3, 1, 2));
    let on_time = total.on_time.as_ref().unwrap();
    assert_eq!(on_time.share, Some(1.0 / 3.0));
    // Wilson's interval of 1 of 3.
    assert_eq!(format!("{:.4} {:.4}", on_time.low.unwrap(), on_time.high.unwrap()), "0.0615 0.7923");
    assert_eq!((count(&total.requested), of(&total.on_time_by_requested)), (2, 1));
    assert_eq!((of(&total.late), count(&total.early), count(&total.rescheduled)), (2, 0, 1));
    assert_eq!(total.reschedules_mean, Some(2.0 / 3.0));
    assert_eq!((count(&total.with_condition), of(&total.damaged)), (2, 1));
    let slip = total.slip.unwrap();
    assert_eq!(
        (slip.n, slip.median_days, slip.p90_days, slip.mean_days),
        (3, Some(3.0), Some(15), Some(6.0))
    );
    let reasons: Vec<_> = answer.reasons.iter().map(|group| group.key.as_str()).collect();
    assert_eq!(reasons, ["weather"]);
    let rows: Vec<_> = answer.rows.iter().map(|row| (row.object.as_str(), row.slip_days)).collect();
    assert_eq!(rows, [("order:a", 15), ("order:c", 3)]);
    let first = &answer.rows[0];
    assert_eq!(
        (first.reschedules, first.reason.as_str(), first.requested.as_str()),
        (2, "weather", "2025-04-01")
    );
    assert_eq!((first.last_committed.as_str(), first.arrived.as_str()), ("2025-04-30", "2025-04-25"));
}

#[test]
fn an_order_is_in_full_when_all_that_was_ordered_arrived() {
    let told = vec![
        order("2025-03-01", "a", &[("pen", "2"), ("ink", "1")]),
        change("2025-03-02", "a", 3, &[("pen", "1"), ("ink", "-1")]),
        promise("2025-03-01", "a", "2025-04-10", "", ""),
        arrival("2025-04-01", "a", "", &[("pen", "2")], ""),
        arrival("2025-04-12", "a", "", &[("pen", "0.5"), ("pen", "0.5")], ""),
        arrival("2025-04-20", "a", "", &[("pen", "1")], ""),
        // One pen is missing, and the promise is past.
        order("2025-03-01", "b", &[("pen", "2")]),
        promise("2025-03-01", "b", "2025-04-10", "", ""),
        arrival("2025-04-10", "b", "", &[("pen", "1"), ("ink", "9")], ""),
        // What came back later had arrived.
        order("2025-03-01", "c", &[("pen", "2")]),
        promise("2025-03-01", "c", "2025-04-10", "", ""),
        arrival("2025-04-10", "c", "", &[("pen", "2")], ""),
        change("2025-05-01", "c", 2, &[("pen", "-1")]),
    ];
    let total = answer(told.clone()).total.unwrap();
    // `a` was complete with the second arrival, two days late.
    assert_eq!((count(&total.orders), of(&total.in_full), of(&total.on_time)), (3, 2, 2));
    assert_eq!((of(&total.on_time_in_full), count(&total.overdue)), (1, 1));
    assert_eq!((total.slip.as_ref().unwrap().n, total.slip.unwrap().p90_days), (2, Some(2)));
    // Before the promise is past, more may come: then nothing is said of it.
    let mut before = company(told);
    before.as_of.occurred_until = parse_moment("2025-04-10", &zone()).unwrap();
    let total = asked(&before, &v1::DeliveriesRequest::default()).total.unwrap();
    assert_eq!((count(&total.orders), of(&total.in_full), count(&total.overdue)), (1, 1, 0));
}

#[test]
fn what_is_not_known_is_counted_apart() {
    let goods = [("pen", "1")];
    let answer = answer(vec![
        // Nothing says what was ordered, or not all of it.
        promise("2025-03-01", "a", "2025-04-10", "", ""),
        arrival("2025-04-01", "a", "", &goods, ""),
        order("2025-03-01", "b", &[("pen", "1"), ("", "1")]),
        promise("2025-03-01", "b", "2025-04-10", "", ""),
        arrival("2025-04-01", "b", "", &goods, ""),
        // It was never promised.
        arrival("2025-04-01", "c", "", &[], ""),
        // It is said to arrive after T: it has not.
        promise("2025-03-01", "d", "2025-04-10", "", ""),
        arrival("2025-04-01", "d", "2026-01-01", &[], ""),
        // It was cancelled, and is not awaited.
        promise("2025-03-01", "e", "2025-04-10", "", ""),
        change("2025-03-05", "e", 1, &[]),
        // It is due today.
        promise("2025-03-01", "f", "2025-12-31", "", ""),
    ]);
    let total = answer.total.as_ref().unwrap();
    assert_eq!((count(&total.orders), count(&total.unknown), count(&total.without_promise)), (0, 2, 1));
    assert_eq!(count(&total.overdue), 1);
    assert_eq!((total.on_time.as_ref().unwrap().share, total.reschedules_mean), (None, None));
    let page = Deliveries::page(&Default::default(), &answer);
    let notes: Vec<_> = page.grids.iter().flat_map(|grid| &grid.notes).map(|note| note.key).collect();
    assert_eq!(notes, ["nothing"]);
}

#[test]
fn overdue_orders_are_listed_by_the_days_since_the_last_commitment() {
    let told = vec![
        promise("2025-03-01", "a", "2025-04-10", "", ""),
        promise("2025-04-01", "a", "2025-12-29", "", "stock"),
        promise("2025-03-01", "b", "2025-12-01", "", ""),
    ];
    let request = v1::DeliveriesRequest { list: 2, by: 3, ..Default::default() };
    let answer = asked(&company(told), &request);
    let rows: Vec<_> =
        answer.rows.iter().map(|row| (row.object.as_str(), row.slip_days, row.in_full)).collect();
    assert_eq!(rows, [("order:b", 30, false), ("order:a", 2, false)]);
    let months: Vec<_> = answer
        .groups
        .iter()
        .map(|group| (group.key.as_str(), count(&group.of.as_ref().unwrap().overdue)))
        .collect();
    assert_eq!(months, [("2025-12", 2)]);
}

#[test]
fn what_suppliers_deliver_is_asked_for_apart() {
    let supplier = v1::PartyRoleAssigned { role: Role::Supplier.into(), ..Default::default() };
    let mut told = vec![
        promise("2025-03-01", "a", "2025-04-10", "", ""),
        arrival("2025-04-01", "a", "", &[], ""),
        promise("2025-03-01", "b", "2025-04-10", "", ""),
        arrival("2025-04-20", "b", "", &[], ""),
        on("2025-01-05", 2, Kind::PartyRoleAssigned(supplier)),
    ];
    told[2].customer = 2;
    told[3].customer = 2;
    let company = company(told);
    let ours = asked(&company, &v1::DeliveriesRequest::default());
    assert_eq!(
        (count(&ours.total.as_ref().unwrap().orders), count(&ours.of_others), ours.rows.len()),
        (1, 1, 0)
    );
    let theirs = asked(&company, &v1::DeliveriesRequest { suppliers: true, ..Default::default() });
    assert_eq!(
        (of(&theirs.total.as_ref().unwrap().late), count(&theirs.of_others), theirs.rows.len()),
        (1, 1, 1)
    );
}

#[test]
fn milestones_slip_from_their_first_plan() {
    let said = |date: &str, milestone: &str, planned: &str, actual: &str, cause: Cause| {
        let [milestone, planned, actual] = [milestone, planned, actual].map(str::to_owned);
        let cause = cause.into();
        let project = "roof".to_owned();
        let said = v1::ProjectMilestoneRecorded { project, milestone, planned, actual, cause };
        on(date, 1, Kind::ProjectMilestoneRecorded(said))
    };
    let none = Cause::Unspecified;
    let company = company(vec![
        said("2025-02-01", "design", "2025-03-01", "", none),
        said("2025-02-20", "design", "2025-03-10", "", Cause::Material),
        said("2025-03-08", "design", "", "2025-03-08", none),
        said("2025-02-01", "build", "2025-05-01", "2025-04-29", none),
        said("2025-02-01", "paint", "2025-06-01", "", Cause::Staff),
        said("2025-07-01", "clean", "", "2025-07-01", none),
        said("2025-07-01", "later", "2026-07-01", "", none),
    ]);
    let milestones = asked(&company, &Default::default()).milestones.unwrap();
    assert_eq!((count(&milestones.planned), count(&milestones.reached), of(&milestones.late)), (3, 2, 1));
    assert_eq!((count(&milestones.overdue), count(&milestones.without_plan)), (1, 1));
    let slip = milestones.slip.unwrap();
    assert_eq!((slip.n, slip.median_days, slip.p90_days), (2, Some(2.5), Some(7)));
    let causes: Vec<_> =
        milestones.causes.iter().map(|one| (one.cause.as_str(), count(&one.milestones))).collect();
    assert_eq!(causes, [("material", 1)]);
    let hits = company.ask::<Deliveries>(&Default::default(), Some("causes/material"), 0).unwrap().objects;
    assert_eq!(hits.iter().map(|hit| hit.positions.clone()).collect::<Vec<_>>(), [vec![1, 2, 3]]);
}

#[test]
fn satisfaction_is_what_the_customer_said_last_within_sixty_days() {
    let said = |date: &str, customer: u64, value: u8| {
        let value = Some(value.into());
        let said = v1::SurveyAnswered { instrument: 2, value, ..Default::default() };
        on(date, customer, Kind::SurveyAnswered(said))
    };
    let mut told = Vec::new();
    for (customer, id) in (1..).zip(["a", "b", "c", "d", "e"]) {
        let arrived = if customer < 3 { "2025-04-12" } else { "2025-04-10" };
        for one in [promise("2025-03-01", id, "2025-04-10", "", ""), arrival(arrived, id, "", &[], "")] {
            told.push(Told { customer, ..one });
        }
    }
    told.extend([
        said("2025-04-01", 1, 5), // before the arrival
        said("2025-04-12", 1, 3),
        said("2025-06-11", 1, 1), // the sixtieth day
        said("2025-06-12", 1, 5), // later
        said("2025-04-20", 2, 2),
        said("2025-04-20", 3, 4),
        said("2025-04-20", 4, 5),
    ]);
    let company = company(told);
    let said = asked(&company, &Default::default()).satisfaction.unwrap();
    assert_eq!((said.instrument.as_str(), count(&said.late), count(&said.punctual)), ("csat", 2, 2));
    assert_eq!((said.late_mean, said.punctual_mean, said.difference), (Some(1.5), Some(4.5), Some(-3.0)));
    // Squared errors of 1/4 each, two degrees of freedom: 4.3027 · √0.5.
    assert_eq!(format!("{:.4} {:.4}", said.low.unwrap(), said.high.unwrap()), "-6.0424 0.0424");
    let hits = company.ask::<Deliveries>(&Default::default(), Some("satisfaction/late"), 0).unwrap().objects;
    assert_eq!(
        hits.iter().map(|hit| hit.positions.clone()).collect::<Vec<_>>(),
        [vec![1, 2, 13], vec![3, 4, 15]]
    );
}

#[test]
fn wrong_fields_are_named() {
    let company = company(Vec::new());
    for (field, request) in [
        ("by", v1::DeliveriesRequest { by: 9, ..Default::default() }),
        ("list", v1::DeliveriesRequest { list: 9, ..Default::default() }),
        (
            "period_to",
            v1::DeliveriesRequest {
                period_from: proto(hours(24)),
                period_to: proto(hours(24)),
                ..Default::default()
            },
        ),
    ] {
        let AskError::Answer(error) = company.refused::<Deliveries>(&request) else { panic!("{field}") };
        assert_eq!(error.field(), field);
    }
    for wrong in ["total", "total/x", "groups/a/x", "milestones/x", "causes", "others/x", "x"] {
        let asked = company.ask::<Deliveries>(&Default::default(), Some(wrong), 0);
        assert!(matches!(asked, Err(AnswerError::MalformedFigure { .. })), "{wrong}");
    }
    let nothing = company.ask::<Deliveries>(&Default::default(), Some("total/late"), 0);
    assert!(matches!(nothing, Err(AnswerError::NoSuchFigure { .. })));
}
