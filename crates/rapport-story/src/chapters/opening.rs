//! The first day: people, standards, and all that recurs.

use crate::{
    chapters::{
        goods,
        pipeline::{self, second_version_at},
        records, staff, standards,
    },
    telling::{Chapter, Telling},
    world::calendar::{DAY, HOUR},
};

/// The seat whose person leaves just before the end, so that the handover is still going on.
const LEAVES_LAST: usize = 1;
/// The seat whose person is away at the end.
const AWAY_LAST: usize = 3;

/// Everything that is there before the first customer, or comes back at intervals.
pub(crate) fn play(story: &mut Telling) {
    let (start, end) = (story.now, story.milestones.end.as_micros());
    pipeline::publish(story, 1);
    standards::publish(story);
    goods::suppliers(story);
    story.begin(Chapter::NewPipeline, second_version_at(story) - 7 * DAY);
    story.begin(Chapter::Fair, story.milestones.year_ago.as_micros() - 30 * DAY);
    for seat in 0..story.company.seats.len() {
        let person = story.company.person_at(seat, start);
        staff::joined(story, &person, start + HOUR);
        // Every fourth seat changes hands once.
        if seat % 4 == 2 {
            let at = story.later(start, 120..640);
            staff::arrange_leaving(story, seat, at);
        }
        if seat % 5 == 4 {
            let at = story.later(start, 60..640);
            story.begin(Chapter::Absence(seat), at);
        }
    }
    staff::arrange_leaving(story, LEAVES_LAST, end - 11 * DAY);
    story.begin(Chapter::Absence(AWAY_LAST), end - 4 * DAY);
    for half_year in 0..4_u32 {
        story.begin(Chapter::Campaign(half_year), start + i64::from(half_year) * 182 * DAY + 10 * DAY);
    }
    for quarter in 0..8_u32 {
        let begins = start + i64::from(quarter) * 91 * DAY;
        story.begin(Chapter::Wave, begins + 60 * DAY);
        story.begin(Chapter::Disclosure(quarter), begins + 40 * DAY + 10 * HOUR);
    }
    for month in 0..=24 {
        story.begin(Chapter::Month, start + month * 30 * DAY + 7 * HOUR);
    }
    for (place, at) in records::turning_points(story).into_iter().enumerate() {
        story.begin(Chapter::TurningPoint(place), at);
    }
}
