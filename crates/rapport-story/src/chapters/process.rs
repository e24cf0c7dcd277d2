//! How work is done: the installation of an order, step by step, and the eight steps of a sale.

use rapport_proto::v1::{
    Actor, ProcessStarted, ProcessStepRecorded, payload::Kind, process_step_recorded::Status,
};

use crate::{
    chapters::standards::INSTALLATION,
    happening::Happening,
    telling::Telling,
    world::{
        calendar::{DAY, HOUR, MINUTE},
        customer::Customer,
        tongue,
    },
};

/// The process of a sale: Rapport has a default for it, which holds where none is published.
const SALE: &str = "sale";
/// Why a step is left out or done otherwise.
const CAUSES: [&str; 4] = ["no_time", "customer_absent", "weather", "part_missing"];
/// How often a step is left out or done otherwise, by seat: the same task, done in different ways.
const CARELESSNESS: [f64; 4] = [0.02, 0.06, 0.12, 0.2];

/// The installation of `order`, which was delivered at `delivered`.
pub(crate) fn installation(
    story: &mut Telling,
    customer: &Customer,
    order: &str,
    ordered: i64,
    delivered: i64,
) {
    let object = ["order:", order].concat();
    started(story, customer, INSTALLATION, &object, ordered);
    let surveyed = story.later(ordered, 1..9).min(delivered - 2 * DAY).max(ordered + HOUR);
    let complete = story.later(surveyed, 1..14).min(delivered - DAY).max(surveyed + HOUR);
    let explained = delivered + story.rng.i64(3..60) * HOUR;
    let mut steps = vec![
        ("site_survey", surveyed),
        ("material", complete),
        ("delivery", delivered),
        ("installed", delivered + 2 * HOUR),
        ("handed_over", explained),
        ("checked", story.later(delivered, 25..55)),
    ];
    // Some hand over before all is in place.
    if story.chance(0.05)
        && let [_, _, _, (_, installed), (_, explained), _] = steps.as_mut_slice()
    {
        std::mem::swap(installed, explained);
    }
    steps.sort_by_key(|(_, at)| *at);
    let careless = CARELESSNESS.get(customer.seat % CARELESSNESS.len()).copied().unwrap_or_default();
    for (step, at) in steps {
        let by = fitter(story, customer.seat, at);
        let draw = story.rng.f64();
        let status = match draw {
            _ if step == "delivery" || draw >= careless => Status::Done,
            _ if draw < careless * 0.6 => Status::Skipped,
            _ => Status::Deviated,
        };
        recorded(story, customer, (INSTALLATION, &object, step), status, at, Some(by));
    }
}

/// The sale of a deal until its offer: the first three steps are behind it when it is opened.
pub(crate) fn sale_begins(story: &mut Telling, customer: &Customer, deal: &str, at: i64) {
    let object = ["deal:", deal].concat();
    started(story, customer, SALE, &object, at);
    for (place, step) in (1..).zip(["define_market", "build_base", "inform"]) {
        recorded(story, customer, (SALE, &object, step), Status::Done, at + place * MINUTE, None);
    }
}

/// The sale of a deal that was won and delivered.
pub(crate) fn sale_goes_on(story: &mut Telling, customer: &Customer, deal: &str, won: i64, delivered: i64) {
    let object = ["deal:", deal].concat();
    let later = [
        ("sell", won, 1.0),
        ("deliver", delivered, 1.0),
        ("serve", delivered + 20 * DAY, 0.9),
        ("stay_in_contact", delivered + 60 * DAY, 0.7),
        ("study_satisfaction", delivered + 75 * DAY, 0.6),
    ];
    for (step, at, share) in later {
        let status = if story.chance(share) { Status::Done } else { Status::Skipped };
        recorded(story, customer, (SALE, &object, step), status, at + MINUTE, None);
    }
}

fn started(story: &mut Telling, customer: &Customer, process: &str, object: &str, at: i64) {
    let started = ProcessStarted { process: process.to_owned(), version: 1, object: object.to_owned() };
    story.tell(Happening::of(&customer.id, at, Kind::ProcessStarted(started)));
}

fn recorded(
    story: &mut Telling,
    customer: &Customer,
    (process, object, step): (&str, &str, &str),
    status: Status,
    at: i64,
    by: Option<Actor>,
) {
    let cause = match status {
        Status::Done => "",
        Status::Skipped | Status::Deviated | Status::Unspecified => tongue::pick(&mut story.rng, &CAUSES),
    };
    let step = ProcessStepRecorded {
        process: process.to_owned(),
        object: object.to_owned(),
        step: step.to_owned(),
        status: status.into(),
        due: String::new(),
        cause: cause.to_owned(),
    };
    let happening = Happening::of(&customer.id, at, Kind::ProcessStepRecorded(step));
    story.tell(match by {
        Some(by) => happening.by(by),
        None => happening,
    });
}

/// Who installs: the person of the seat, acting for the department `Installation`.
fn fitter(story: &Telling, seat: usize, at: i64) -> Actor {
    Actor {
        role: "fitter".to_owned(),
        department: "Installation".to_owned(),
        ..story.company.person_at(seat, at)
    }
}
