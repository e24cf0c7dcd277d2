//! What answers lack: the events that a number would need, as of T and K.

use rapport_proto::v1::{self, payload::Kind};
use rapport_views::{
    answers::AsOf,
    model::{Model, Profit, Tickets},
};

use crate::support::company::{Company, Told, hours, money};

const DAY: i64 = 24;

fn company(told: Vec<Told>, recorded_day: i64) -> Company {
    let as_of = AsOf { occurred_until: hours(50 * DAY), recorded_until: hours(recorded_day * DAY) };
    Company { told, as_of, seed: 7 }
}

fn order() -> Told {
    let total = money(900, "EUR");
    Told::at(
        DAY,
        1,
        Kind::OrderPlaced(v1::OrderPlaced { order_id: "1".to_owned(), total, ..Default::default() }),
    )
}

fn cost() -> Told {
    let amount = money(300, "EUR");
    Told::at(2 * DAY, 1, Kind::CostAllocated(v1::CostAllocated { kind: 1, amount, ..Default::default() }))
}

/// The types that an answer lacks, and the sentences on its page that begin as such.
fn lacks<M: Model<Request: Default>>(company: &Company) -> (Vec<Vec<String>>, usize) {
    let answer = company.respond::<M>(&M::Request::default());
    let page = M::shown(&M::Request::default(), &answer);
    let said = page.notes.iter().filter(|note| note.key == "missing_source").count();
    let missing = M::meta(&answer).map(|meta| meta.missing_sources.clone()).unwrap_or_default();
    (missing.into_iter().map(|one| one.any_of).collect(), said)
}

#[test]
fn an_answer_names_the_events_without_which_it_says_less_until_there_is_one() {
    let costs = vec![vec!["cost.allocated".to_owned()]];
    assert_eq!(lacks::<Profit>(&company(vec![order()], 60)), (costs.clone(), 1));
    assert_eq!(lacks::<Profit>(&company(vec![order(), cost()], 60)), (Vec::new(), 0));
    // Recorded after K, taken back by K, and of a day after T.
    let later = Told { recorded_day: 40, ..cost() };
    assert_eq!(lacks::<Profit>(&company(vec![order(), later.clone()], 39)), (costs.clone(), 1));
    assert_eq!(lacks::<Profit>(&company(vec![order(), later], 40)), (Vec::new(), 0));
    let retracted = Told { corrected: Some((20, None)), ..cost() };
    assert_eq!(lacks::<Profit>(&company(vec![order(), retracted], 60)), (costs.clone(), 1));
    let ahead = Told { hours: 51 * DAY, ..cost() };
    assert_eq!(lacks::<Profit>(&company(vec![order(), ahead], 60)), (costs, 1));
}

#[test]
fn without_any_event_that_it_lives_from_an_answer_names_these_alone() {
    let any_of = ["order.placed", "invoice.issued"].map(str::to_owned).to_vec();
    assert_eq!(lacks::<Profit>(&company(vec![cost()], 60)), (vec![any_of], 1));
    assert_eq!(lacks::<Profit>(&company(Vec::new(), 60)).1, 1);
}

#[test]
fn one_step_of_an_object_does_not_stand_for_another() {
    let opened = v1::TicketOpened { ticket_id: "1".to_owned(), ..Default::default() };
    let opened = Told::at(DAY, 1, Kind::TicketOpened(opened));
    let lacking = |told: Vec<Told>| {
        let mut lacking = lacks::<Tickets>(&company(told, 60)).0.concat();
        lacking.retain(|one| one.starts_with("ticket."));
        lacking
    };
    assert_eq!(lacking(vec![opened.clone()]), ["ticket.responded", "ticket.resolved"]);
    let solved = v1::TicketResolved { ticket_id: "1".to_owned(), ..Default::default() };
    let solved = Told::at(2 * DAY, 1, Kind::TicketResolved(solved));
    assert_eq!(lacking(vec![opened, solved]), ["ticket.responded"]);
}
