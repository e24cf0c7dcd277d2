//! People join, leave, and hand over what they had.

use rapport_proto::v1::{
    Actor, HandoverProgressed, OwnerAssigned, StaffStatusChanged, handover_progressed, payload::Kind,
    staff_status_changed::Status,
};

use crate::{
    happening::Happening,
    telling::Telling,
    world::{
        calendar::{DAY, HOUR, MINUTE},
        company::management,
    },
};

/// The role of somebody who looks after a customer.
pub(crate) const ACCOUNT_MANAGER: &str = "account_manager";

/// Somebody is there from now on.
pub(crate) fn joined(story: &mut Telling, person: &Actor, at: i64) {
    status(story, person, Status::Joined, "", at);
}

/// Somebody leaves: a successor joins, and takes over customer by customer in the last week.
pub(crate) fn leaving(story: &mut Telling, seat: usize) {
    let at = story.now;
    let leaver = story.company.person(seat);
    let branch = story.company.seats.get(seat).map_or(0, |seat| seat.branch);
    let successor = story.company.hire(&mut story.rng, branch);
    joined(story, &successor, at);
    let handover = format!("H-{}", leaver.id);
    progress(story, &handover, handover_progressed::Step::Started, "", &leaver, at + HOUR);

    let theirs: Vec<String> = story
        .customers
        .iter()
        .filter(|customer| customer.seat == seat)
        .map(|customer| customer.id.clone())
        .collect();
    for (place, customer) in (0..).zip(&theirs) {
        let when = at + 2 * HOUR + (place * MINUTE) % (5 * DAY);
        let assigned = OwnerAssigned {
            object: format!("party:{customer}"),
            role: ACCOUNT_MANAGER.to_owned(),
            from: leaver.id.clone(),
            to: successor.id.clone(),
            reason: "handover".to_owned(),
        };
        story.tell(
            Happening::of(customer, when, Kind::OwnerAssigned(assigned)).by(management()).recorded_at(when),
        );
        // Some items are never acknowledged: that is what a list of orphans is for.
        if story.chance(0.8) {
            let item = format!("party:{customer}");
            let step = handover_progressed::Step::ItemAcknowledged;
            progress(story, &handover, step, &item, &successor, when + DAY);
        }
    }
    progress(story, &handover, handover_progressed::Step::Completed, "", &successor, at + 7 * DAY);
    status(story, &leaver, Status::Left, &successor.id, at + 7 * DAY + HOUR);
    if let Some(seat) = story.company.seats.get_mut(seat) {
        seat.person = successor;
    }
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
