//! What some contacts are: counts with the names of their figures, and shares with their intervals.

use rapport_proto::{time, v1};

use super::{contact::Contact, purpose::Aim};
use crate::{
    model::{
        figures::Figures,
        occurred::{count, customers, events, share},
    },
    rows::{Direction, MeetingStatus, ObjectId},
    stats,
};

/// Of these contacts. `name` begins the names of the figures.
pub(super) fn measures(all: &[&Contact], name: &[&str], figures: &mut Figures) -> v1::ContactMeasures {
    let is_two_way = |one: &Contact| one.row.two_way;
    let n = all.len() as u64;
    let occurred = |is_in: &dyn Fn(&Contact) -> bool| -> Vec<_> {
        all.iter().filter(|one| is_in(one)).map(|one| one.occurred()).collect()
    };
    let named = |what| [name, &[what]].concat();
    let met = customers(figures, &named("customers"), all.iter().map(|one| one.occurred()));
    let reached = customers(figures, &named("reached"), occurred(&is_two_way).into_iter());
    let mut counted =
        |what, is_in: &dyn Fn(&Contact) -> bool| events(figures, &named(what), occurred(is_in).into_iter());
    let directed = counted("directed", &|one| one.row.direction != Direction::Unsaid);
    let outbound = counted("outbound", &|one| one.row.direction == Direction::Outbound);
    let meetings = counted("meetings", &is_meeting);
    let no_shows = counted("no_shows", &|one| one.row.meeting == MeetingStatus::NoShow);
    let asks = counted("asks", &|one| one.aim == Aim::Ask);
    let gives = counted("gives", &|one| one.aim == Aim::Give);
    let micros: i64 = all.iter().filter_map(|one| one.row.duration_micros).fold(0, i64::saturating_add);
    v1::ContactMeasures {
        contacts: counted("contacts", &|_| true),
        two_way: share(counted("two_way", &is_two_way), n),
        reached: share(reached, count(met.as_ref())),
        customers: met,
        outbound: share(outbound, count(directed.as_ref())),
        directed,
        timed: counted("timed", &|one| one.row.duration_micros.is_some()),
        duration: Some(time::duration_to_proto(micros)),
        gives_per_ask: stats::share(count(gives.as_ref()), count(asks.as_ref())),
        asks,
        gives,
        no_shows: share(no_shows, count(meetings.as_ref())),
        meetings,
        without_customer: counted("without_customer", &|one| one.row.customer == ObjectId::NOBODY),
    }
}

fn is_meeting(one: &Contact) -> bool {
    matches!(one.row.meeting, MeetingStatus::Held | MeetingStatus::NoShow)
}
