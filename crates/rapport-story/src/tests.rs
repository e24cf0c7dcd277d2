//! What every story holds, whatever its seed.

use std::collections::{BTreeSet, HashMap, HashSet};

use prost::Message;
use rapport_model::Timestamp;
use rapport_proto::{
    time,
    v1::{Payload, payload::Kind, touch_meeting_held},
    validate,
};

use crate::{Plan, Planned, SHOWCASE, SHOWCASE_DEAL, Story};

fn plan(seed: u64, customers: u32) -> Plan {
    Plan { seed, customers, until: "2026-06-01".parse().unwrap() }
}

fn told(seed: u64, customers: u32) -> Vec<Planned> {
    Story::new(plan(seed, customers)).unwrap().collect()
}

fn kind(planned: &Planned) -> Kind {
    Payload::decode(planned.event.payload.clone()).unwrap().kind.unwrap()
}

fn occurred(planned: &Planned) -> Timestamp {
    time::from_proto(planned.event.occurred_at.as_ref().unwrap()).unwrap()
}

/// A meeting that is to come.
fn is_planned(planned: &Planned) -> bool {
    matches!(kind(planned), Kind::TouchMeetingHeld(meeting) if meeting.status() == touch_meeting_held::Status::Planned)
}

#[test]
fn the_same_plan_tells_the_same_story_and_another_seed_another() {
    let story = told(7, 60);
    assert_eq!(story, told(7, 60));
    assert_ne!(story, told(8, 60));
}

#[test]
fn every_event_passes_the_validation_of_the_wire_contract() {
    for planned in told(1, 300) {
        let event_id = planned.event.id.clone();
        validate::event(planned.event, "event").unwrap_or_else(|fault| panic!("{event_id}: {fault}"));
    }
}

#[test]
fn events_leave_in_recorded_order_within_the_two_years_and_after_they_happened() {
    let milestones = plan(2, 300).milestones().unwrap();
    let mut last = milestones.start;
    for planned in told(2, 300) {
        assert!(last <= planned.recorded_at && planned.recorded_at < milestones.end);
        assert!(is_planned(&planned) || occurred(&planned) <= planned.recorded_at, "{:?}", planned.event);
        assert!(occurred(&planned) >= milestones.start);
        last = planned.recorded_at;
    }
}

#[test]
fn ids_are_unique_and_what_an_event_refers_to_was_recorded_before() {
    let mut seen = HashSet::new();
    for planned in told(3, 400) {
        let target = match kind(&planned) {
            Kind::EventCorrected(corrected) => corrected.target_event_id,
            Kind::EventRetracted(retracted) => retracted.target_event_id,
            Kind::PartyUnmerged(unmerged) => unmerged.merge_event_id,
            _ => String::new(),
        };
        assert!(target.is_empty() || seen.contains(&target), "{target}");
        assert!(seen.insert(planned.event.id));
    }
}

#[test]
fn a_party_is_registered_before_anything_else_is_recorded_of_it() {
    let mut registered = HashSet::new();
    for planned in told(4, 400) {
        let customer = planned.event.customer.clone();
        if let Kind::PartyRegistered(_) = kind(&planned) {
            assert!(registered.insert(customer), "registered twice");
        } else {
            assert!(customer.is_empty() || registered.contains(&customer), "{customer}");
        }
    }
}

#[test]
fn a_deal_is_opened_before_it_moves_and_ends_at_most_once() {
    let mut opened = HashMap::new();
    let mut moved: Vec<(String, Timestamp)> = Vec::new();
    let mut ended = HashSet::new();
    for planned in told(5, 400) {
        let at = occurred(&planned);
        match kind(&planned) {
            Kind::DealOpened(deal) => assert!(opened.insert(deal.deal_id, at).is_none()),
            Kind::DealStageChanged(deal) => moved.push((deal.deal_id, at)),
            Kind::DealWon(deal) => assert!(ended.insert(deal.deal_id)),
            Kind::DealLost(deal) => assert!(ended.insert(deal.deal_id)),
            _ => {}
        }
    }
    assert!(!ended.is_empty() && !moved.is_empty());
    // A late opening may be recorded after the end of the story; then only its moves are there.
    let late = moved.iter().filter(|(deal, at)| opened.get(deal).is_none_or(|opened| opened > at)).count();
    assert!(late * 50 < moved.len(), "{late} of {}", moved.len());
}

#[test]
fn all_five_languages_and_all_but_the_rarest_of_the_vocabulary_occur() {
    let (mut languages, mut types) = (BTreeSet::new(), BTreeSet::new());
    let mut text = String::new();
    for planned in told(6, 300) {
        match kind(&planned) {
            Kind::PartyRegistered(party) => drop(languages.insert(party.language)),
            Kind::NoteRecorded(note) => text.push_str(&note.personal.unwrap_or_default().text),
            _ => {}
        }
        types.insert(rapport_proto::event_type::payload_field(&planned.event.payload).unwrap());
    }
    assert_eq!(languages.iter().map(String::as_str).collect::<Vec<_>>(), ["en", "lt", "lv", "pl", "ru"]);
    for letter in ['ž', 'ņ', 'ė', 'ł', 'ц', 'W'] {
        assert!(text.contains(letter), "no note has the letter `{letter}`");
    }
    let missing: Vec<_> = rapport_proto::event_type::all()
        .filter(|(field, _)| !types.contains(field))
        .map(|(_, name)| name)
        .collect();
    assert_eq!(missing, ["subject.erasure_decided", "import.batch_closed"]);
}

#[test]
fn the_smallest_company_still_has_its_showcase_with_the_mistake_and_its_correction() {
    let milestones = plan(9, 1).milestones().unwrap();
    let story = told(9, 1);
    let of_the_deal: Vec<_> = story
        .iter()
        .filter(|planned| planned.event.correlation_id == SHOWCASE_DEAL)
        .map(|planned| (planned.recorded_at, kind(planned)))
        .collect();
    let won = of_the_deal.iter().find(|(_, kind)| matches!(kind, Kind::DealWon(_))).unwrap();
    assert_eq!(won.0, milestones.mistake);
    let corrected = story.iter().find(|planned| matches!(kind(planned), Kind::EventCorrected(_))).unwrap();
    assert_eq!((corrected.recorded_at, corrected.event.customer.as_str()), (milestones.correction, SHOWCASE));
}

#[test]
fn some_events_are_late_and_one_branch_is_late_around_the_middle() {
    let milestones = plan(10, 400).milestones().unwrap();
    let story = told(10, 400);
    let day = 86_400_000_000;
    let late = |planned: &&Planned| planned.recorded_at.as_micros() - occurred(planned).as_micros() > day;
    assert!(story.iter().filter(late).count() * 100 > story.len());
    let hidden = story
        .iter()
        .filter(|planned| {
            occurred(planned) < milestones.year_ago && planned.recorded_at > milestones.year_ago
        })
        .filter(|planned| matches!(kind(planned), Kind::DealOpened(_)))
        .count();
    assert!(hidden > 0, "the funnel of a year ago looks the same as known then and now");
}
