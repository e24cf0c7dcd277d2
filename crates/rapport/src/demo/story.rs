//! Two years of a plausible company, as events in the order in which they were recorded.
//!
//! A [`Story`] is an iterator: the same [`Plan`] tells the same story, to the byte. It holds no more than what is
//! still to come of the chapters that have begun (a deal on its way, a ticket), not the whole of it: a chapter
//! writes its events into a heap ordered by the recorded clock and may begin others. It does no I/O and reads no
//! clock; the end of the story is part of the plan.
//!
//! **Invariant:** events leave in the order of `recorded_at`, no event leaves before the one that it names
//! (a correction after its target, everything of a customer after its registration), and nothing happens after it
//! is recorded. Some of it is recorded late, and some of it wrongly: see [`happening`].

mod arrival;
mod calendar;
mod company;
mod customer;
mod deal;
mod double;
mod fulfilment;
mod happening;
mod marketing;
mod product;
mod showcase;
mod staff;
mod survey;
#[cfg(test)]
mod tests;
mod ticket;
mod tongue;
mod touch;

use std::{cmp::Reverse, collections::BinaryHeap};

use fastrand::Rng;
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use rapport_model::Timestamp;
use rapport_proto::v1::Event;

use calendar::{DAY, HOUR};
use company::Company;
use customer::Customer;

/// What decides a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// How many persons and organisations come; contacts of organisations are not counted.
    pub customers: u32,
    /// The story ends as this day begins (UTC), and began two years before.
    pub until: Date,
}

/// The moments of a story that a guide points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Milestones {
    /// The first moment.
    pub start: Timestamp,
    /// The moment after the last.
    pub end: Timestamp,
    /// One year before the end. Before it, a branch kept its deals on paper; after it, they were recorded.
    pub year_ago: Timestamp,
    /// When a win was recorded with a digit too many.
    pub mistake: Timestamp,
    /// When that was put right.
    pub correction: Timestamp,
}

impl Plan {
    /// The moments to point at; `None` when the end is too near to an end of the calendar.
    #[must_use]
    pub fn milestones(&self) -> Option<Milestones> {
        let moment = |date: Date| Some(Timestamp::from(date.to_zoned(TimeZone::UTC).ok()?.timestamp()));
        let end = moment(self.until)?;
        let start = moment(self.until.checked_sub(2.years()).ok()?)?;
        let year_ago = moment(self.until.checked_sub(1.year()).ok()?)?;
        let before_end =
            |days: i64, hours: i64| Timestamp::from_micros(end.as_micros() - days * DAY + hours * HOUR);
        Some(Milestones { start, end, year_ago, mistake: before_end(200, 11), correction: before_end(47, 9) })
    }
}

/// An event with the stream it belongs to and the moment at which the ledger is to accept it.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The recorded clock.
    pub recorded_at: Timestamp,
    /// The stream.
    pub stream: String,
    /// The event; its `occurred_at` is not later than `recorded_at`.
    pub event: Event,
}

/// The party id of the customer whose history is the richest, in all five languages.
pub const SHOWCASE: &str = "C-1000";
/// The deal that was won with a digit too many.
pub const SHOWCASE_DEAL: &str = "D-1000-big";
/// The pipeline of every deal.
pub const PIPELINE: &str = company::PIPELINE;

/// The story, event by event.
pub struct Story {
    milestones: Milestones,
    plan: Plan,
    rng: Rng,
    /// The moment that the story has reached on the recorded clock, in microseconds.
    now: i64,
    ordinal: u64,
    due: BinaryHeap<Reverse<Due>>,
    company: Company,
    /// Those who have arrived, by number.
    customers: Vec<Customer>,
}

/// Something that waits for its moment.
struct Due {
    at: i64,
    /// Breaks ties, so that the order does not depend on the heap.
    ordinal: u64,
    what: What,
}

enum What {
    Record(Box<Planned>),
    Chapter(Chapter),
}

/// A part of the story that writes its events when its moment comes. Customers are given by number.
#[derive(Debug, Clone, Copy)]
enum Chapter {
    /// A customer becomes known, and the next one is awaited.
    Arrival(u32),
    /// A deal from its opening to its end.
    Deal(u32),
    /// A request or a complaint.
    Ticket(u32),
    /// Contacts without an occasion, at intervals.
    Touch(u32),
    /// The quarter's survey goes out.
    Wave,
    /// One customer is asked.
    Asked(u32),
    /// A half-year's campaign begins.
    Campaign(u32),
    /// A month's spending on it.
    Spending(u32),
    /// A fair, just before the branch that visited it put its deals on paper.
    Fair,
    /// Somebody leaves, and somebody else takes over.
    Leaving(usize),
    /// The second version of the pipeline.
    NewPipeline,
    /// The history of the customer who is shown.
    Showcase,
}

impl Story {
    /// The story of a plan; `None` when its end is too near to an end of the calendar.
    #[must_use]
    pub fn new(plan: Plan) -> Option<Self> {
        let milestones = plan.milestones()?;
        let mut rng = Rng::with_seed(plan.seed);
        let company = Company::found(&mut rng, plan.customers);
        let mut story = Self {
            milestones,
            plan,
            rng,
            now: milestones.start.as_micros(),
            ordinal: 0,
            due: BinaryHeap::new(),
            company,
            customers: Vec::new(),
        };
        company::open(&mut story);
        story.begin(Chapter::Arrival(0), story.now + 9 * HOUR);
        Some(story)
    }

    /// Lets a chapter begin at a moment, not before the present one.
    fn begin(&mut self, chapter: Chapter, at: i64) {
        self.push(at, What::Chapter(chapter));
    }

    fn push(&mut self, at: i64, what: What) {
        let at = at.max(self.now);
        // What lies after the end is never told; keeping it would only cost memory.
        if at < self.milestones.end.as_micros() {
            self.ordinal += 1;
            self.due.push(Reverse(Due { at, ordinal: self.ordinal, what }));
        }
    }

    fn play(&mut self, chapter: Chapter) {
        match chapter {
            Chapter::Arrival(number) => arrival::play(self, number),
            Chapter::Deal(number) => deal::play(self, number),
            Chapter::Ticket(number) => ticket::play(self, number),
            Chapter::Touch(number) => touch::play(self, number),
            Chapter::Wave => survey::wave(self),
            Chapter::Asked(number) => survey::asked(self, number),
            Chapter::Campaign(half_year) => marketing::campaign(self, half_year),
            Chapter::Spending(month) => marketing::spending(self, month),
            Chapter::Fair => deal::fair(self),
            Chapter::Leaving(seat) => staff::leaving(self, seat),
            Chapter::NewPipeline => company::publish_pipeline(self, 2),
            Chapter::Showcase => showcase::play(self),
        }
    }

    /// A customer by number; only of those who have arrived.
    fn customer(&self, number: u32) -> Option<Customer> {
        self.customers.get(number as usize).cloned()
    }

    fn customer_mut(&mut self, number: u32) -> Option<&mut Customer> {
        self.customers.get_mut(number as usize)
    }

    /// True so often, 0 to 1.
    fn chance(&mut self, share: f64) -> bool {
        self.rng.f64() < share
    }

    /// Some days from `from`, in working hours.
    fn later(&mut self, from: i64, days: std::ops::Range<i64>) -> i64 {
        let day = self.rng.i64(days);
        calendar::working_moment(&mut self.rng, from + day * DAY)
    }
}

impl Iterator for Story {
    type Item = Planned;

    fn next(&mut self) -> Option<Planned> {
        loop {
            let Reverse(due) = self.due.pop()?;
            self.now = due.at;
            match due.what {
                What::Record(planned) => return Some(*planned),
                What::Chapter(chapter) => self.play(chapter),
            }
        }
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.ordinal).cmp(&(other.at, other.ordinal))
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Due {}
