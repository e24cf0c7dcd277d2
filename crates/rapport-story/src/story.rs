//! The story, event by event: which chapter is told when its moment comes.

use crate::{
    chapters::{
        arrival, deal, goods, marketing, opening, pipeline, purchase, records, showcase, staff, survey,
        ticket, touch,
    },
    plan::Plan,
    telling::{Chapter, Planned, Telling, What},
    world::calendar::HOUR,
};

/// The story, event by event.
pub struct Story(Telling);

impl Story {
    /// The story of a plan; `None` when its end is too near to an end of the calendar.
    #[must_use]
    pub fn new(plan: Plan) -> Option<Self> {
        let mut story = Telling::new(plan, plan.milestones()?);
        opening::play(&mut story);
        story.begin(Chapter::Arrival(0), story.now + 9 * HOUR);
        Some(Self(story))
    }
}

impl Iterator for Story {
    type Item = Planned;

    fn next(&mut self) -> Option<Planned> {
        loop {
            match self.0.next()? {
                What::Record(planned) => return Some(*planned),
                What::Chapter(chapter) => play(&mut self.0, chapter),
            }
        }
    }
}

fn play(story: &mut Telling, chapter: Chapter) {
    match chapter {
        Chapter::Arrival(number) => arrival::play(story, number),
        Chapter::Deal(number) => deal::play(story, number),
        Chapter::Ticket(number) => ticket::play(story, number),
        Chapter::Touch(number) => touch::play(story, number),
        Chapter::Purchase(number) => purchase::play(story, number),
        Chapter::Tempted(number) => purchase::once(story, number),
        Chapter::Wave => survey::wave(story),
        Chapter::Asked(number) => survey::asked(story, number),
        Chapter::Campaign(half_year) => marketing::campaign(story, half_year),
        Chapter::Spending(month) => marketing::spending(story, month),
        Chapter::Fair => deal::fair(story),
        Chapter::Leaving(seat) => staff::leaving(story, seat),
        Chapter::Absence(seat) => staff::absence(story, seat),
        Chapter::Month => goods::month(story),
        Chapter::Disclosure(quarter) => records::disclosure(story, quarter),
        Chapter::TurningPoint(place) => records::turning_point(story, place),
        Chapter::NewPipeline => pipeline::publish(story, 2),
        Chapter::Showcase => showcase::play(story),
    }
}
