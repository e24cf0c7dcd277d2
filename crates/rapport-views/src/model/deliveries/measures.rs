//! How some orders arrived: counts with the names of their figures, shares with their intervals, and slip.

use jiff::civil::Date;
use rapport_proto::v1;

use super::{
    delivery::{Delivery, Promised, State},
    slip::{days, slip},
};
use crate::{
    model::figures::{Counted, Figures},
    stats::{self, as_f64, wilson},
    table::Dictionary,
};

/// An order that is measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured<'a> {
    pub(super) of: &'a Delivery,
    pub(super) arrived: Date,
    pub(super) in_full: bool,
    pub(super) promised: Promised,
}

impl<'a> Measured<'a> {
    /// Of an order of the period; `None` unless it is measured.
    pub(super) fn of(delivery: &'a Delivery, today: Date) -> Option<Self> {
        match delivery.state(today) {
            State::Measured { arrived, in_full, promised } => {
                Some(Self { of: delivery, arrived, in_full, promised })
            }
            State::WithoutPromise(_) | State::Unknown(_) | State::Open => None,
        }
    }

    /// Days from the first commitment.
    pub(super) fn slip(&self) -> i32 {
        days(self.promised.first, self.arrived)
    }

    fn by_first(&self) -> bool {
        self.arrived <= self.promised.first
    }

    fn by_last(&self) -> bool {
        self.arrived <= self.promised.last
    }

    fn by_requested(&self) -> bool {
        self.of.requested.is_some_and(|day| self.arrived <= day)
    }
}

/// An order, as figures count it.
pub(super) const fn thing(delivery: &Delivery) -> Counted {
    Counted::named(Dictionary::Order, delivery.order)
}

/// A part of so many, with its interval.
pub(super) fn share(orders: Option<v1::Figure>, whole: u64) -> Option<v1::DeliveryShare> {
    let part = orders.as_ref().map_or(0, |figure| figure.count);
    let interval = wilson::percentage(part, whole).and_then(|percentage| percentage.interval);
    let share = stats::share(part, whole);
    // Dividing by 100 may carry an end past the share by a last digit.
    let ends = interval.zip(share).map(|((low, high), at)| ((low / 100.0).min(at), (high / 100.0).max(at)));
    let (low, high) = ends.unzip();
    Some(v1::DeliveryShare { orders, share, low, high })
}

/// Of orders that arrived in the period, and of orders that are overdue. `name` begins the names of the figures.
pub(super) fn measures(
    arrived: &[&Delivery],
    overdue: &[&Delivery],
    today: Date,
    name: &[&str],
    figures: &mut Figures,
) -> v1::DeliveryMeasures {
    let all: Vec<Measured<'_>> = arrived.iter().filter_map(|one| Measured::of(one, today)).collect();
    let mut count = |what, is_in: &dyn Fn(&Measured<'_>) -> bool| {
        let counted = all.iter().filter(|one| is_in(one)).map(|one| thing(one.of));
        figures.count(&[name, &[what]].concat(), counted)
    };
    let n = all.len() as u64;
    let requested = count("requested", &|one| one.of.requested.is_some());
    let with_condition = count("with_condition", &|one| one.of.damaged.is_some());
    let of = |figure: &Option<v1::Figure>| figure.as_ref().map_or(0, |figure| figure.count);
    let (n_requested, n_condition) = (of(&requested), of(&with_condition));
    let again: i128 = all.iter().map(|one| i128::from(one.promised.again)).sum();
    v1::DeliveryMeasures {
        orders: count("orders", &|_| true),
        on_time: share(count("on_time", &|one| one.by_first()), n),
        on_time_by_last: share(count("on_time_by_last", &|one| one.by_last()), n),
        in_full: share(count("in_full", &|one| one.in_full), n),
        on_time_in_full: share(count("on_time_in_full", &|one| one.in_full && one.by_first()), n),
        on_time_in_full_by_last: share(
            count("on_time_in_full_by_last", &|one| one.in_full && one.by_last()),
            n,
        ),
        on_time_by_requested: share(count("on_time_by_requested", &|one| one.by_requested()), n_requested),
        requested,
        late: share(count("late", &|one| one.slip() > 0), n),
        early: count("early", &|one| one.slip() < 0),
        slip: slip(all.iter().filter(|one| one.in_full).map(Measured::slip).collect()),
        rescheduled: count("rescheduled", &|one| one.promised.again > 0),
        reschedules_mean: (n > 0).then(|| as_f64(again) / as_f64(n.into())),
        damaged: share(count("damaged", &|one| one.of.damaged == Some(true)), n_condition),
        with_condition,
        ..beside(arrived, overdue, today, name, figures)
    }
}

/// The fields of the orders that are not measured.
fn beside(
    arrived: &[&Delivery],
    overdue: &[&Delivery],
    today: Date,
    name: &[&str],
    figures: &mut Figures,
) -> v1::DeliveryMeasures {
    let mut count =
        |what, counted: Vec<Counted>| figures.count(&[name, &[what]].concat(), counted.iter().copied());
    let in_state = |is_in: fn(&State) -> bool| {
        arrived.iter().filter(|one| is_in(&one.state(today))).map(|one| thing(one)).collect()
    };
    v1::DeliveryMeasures {
        without_promise: count(
            "without_promise",
            in_state(|state| matches!(state, State::WithoutPromise(_))),
        ),
        unknown: count("unknown", in_state(|state| matches!(state, State::Unknown(_)))),
        overdue: count("overdue", overdue.iter().map(|one| thing(one)).collect()),
        ..v1::DeliveryMeasures::default()
    }
}
