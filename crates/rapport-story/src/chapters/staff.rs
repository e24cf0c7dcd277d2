//! People join, leave, and hand over what they had.

use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{
        Actor, HandoverProgressed, OwnerAssigned, StaffStatusChanged, handover_progressed, payload::Kind,
        staff_status_changed::Status,
    },
};

use crate::{
    happening::Happening,
    telling::{Chapter, Telling},
    world::{
        calendar::{DAY, HOUR, MINUTE},
        company::management,
    },
};

/// The role of somebody who looks after a customer.
pub(crate) const ACCOUNT_MANAGER: &str = "account_manager";

/// How long after the handover began the successor does the work.
const HANDS_OVER: i64 = 5 * DAY;

/// Somebody is there from now on.
pub(crate) fn joined(story: &mut Telling, person: &Actor, at: i64) {
    status(story, person, Status::Joined, "", at);
}

/// A seat is to change hands: the successor is known beforehand, and does the work from the last days of the other on.
pub(crate) fn arrange_leaving(story: &mut Telling, seat: usize, at: i64) {
    let branch = story.company.seats.get(seat).map_or(0, |seat| seat.branch);
    let successor = story.company.hire(&mut story.rng, branch);
    if let Some(seat) = story.company.seats.get_mut(seat) {
        seat.successor = Some((at + HANDS_OVER, successor));
    }
    story.begin(Chapter::Leaving(seat), at);
}

/// Somebody leaves: the successor joins, and takes over customer by customer in the last week.
pub(crate) fn leaving(story: &mut Telling, seat: usize) {
    let at = story.now;
    let leaver = story.company.person_at(seat, at);
    let successor = story.company.person_at(seat, at + HANDS_OVER);
    joined(story, &successor, at);
    let handover = format!("H-{}", leaver.id);
    progress(story, &handover, handover_progressed::Step::Started, "", &leaver, at + HOUR);

    // A handover that begins just before the end is not over, and not all of it is done.
    let is_hasty = at + 20 * DAY > story.milestones.end.as_micros();
    let theirs: Vec<_> = story.customers.iter().filter(|customer| customer.seat == seat).cloned().collect();
    for (place, customer) in (0..).zip(&theirs) {
        let when = at + 2 * HOUR + (place * MINUTE) % (5 * DAY);
        if is_hasty && story.chance(0.3) {
            continue;
        }
        let item = format!("party:{}", customer.id);
        assign(story, &customer.id, (&item, ACCOUNT_MANAGER), (&leaver, &successor), when);
        // Some items are never acknowledged: that is what a list of orphans is for.
        if story.chance(if is_hasty { 0.5 } else { 0.8 }) {
            let step = handover_progressed::Step::ItemAcknowledged;
            progress(story, &handover, step, &item, &successor, when + DAY);
        }
        if let Some((deal, until)) = &customer.open_deal
            && *until > at
            && story.chance(if is_hasty { 0.4 } else { 0.9 })
        {
            assign(
                story,
                &customer.id,
                (&["deal:", deal].concat(), "sales"),
                (&leaver, &successor),
                when + HOUR,
            );
        }
    }
    if !is_hasty {
        progress(story, &handover, handover_progressed::Step::Completed, "", &successor, at + 7 * DAY);
    }
    status(story, &leaver, Status::Left, &successor.id, at + 7 * DAY + HOUR);
}

/// Somebody is away for two weeks; a colleague of the branch stands in.
pub(crate) fn absence(story: &mut Telling, seat: usize) {
    let at = story.now;
    let (person, colleague) = (story.company.person_at(seat, at), story.company.colleague_at(seat, at));
    let back = at + 14 * DAY;
    let away = StaffStatusChanged {
        staff_id: person.id.clone(),
        status: Status::Absent.into(),
        substitute: if colleague.id == person.id { String::new() } else { colleague.id },
        from: Some(time::to_proto(Timestamp::from_micros(at))),
        to: Some(time::to_proto(Timestamp::from_micros(back))),
    };
    story.tell(Happening::of("", at, Kind::StaffStatusChanged(away)).by(management()).recorded_at(at));
    status(story, &person, Status::Returned, "", back);
}

fn assign(
    story: &mut Telling,
    customer: &str,
    (object, role): (&str, &str),
    (from, to): (&Actor, &Actor),
    at: i64,
) {
    let assigned = OwnerAssigned {
        object: object.to_owned(),
        role: role.to_owned(),
        from: from.id.clone(),
        to: to.id.clone(),
        reason: "handover".to_owned(),
    };
    story.tell(Happening::of(customer, at, Kind::OwnerAssigned(assigned)).by(management()).recorded_at(at));
}

fn status(story: &mut Telling, person: &Actor, status: Status, substitute: &str, at: i64) {
    let changed = StaffStatusChanged {
        staff_id: person.id.clone(),
        status: status.into(),
        substitute: substitute.to_owned(),
        ..StaffStatusChanged::default()
    };
    story.tell(Happening::of("", at, Kind::StaffStatusChanged(changed)).by(management()).recorded_at(at));
}

fn progress(
    story: &mut Telling,
    handover: &str,
    step: handover_progressed::Step,
    item: &str,
    by: &Actor,
    at: i64,
) {
    let progressed = HandoverProgressed {
        handover_id: handover.to_owned(),
        step: step.into(),
        item: item.to_owned(),
        personal: None,
    };
    story.tell(Happening::of("", at, Kind::HandoverProgressed(progressed)).by(by.clone()).recorded_at(at));
}
