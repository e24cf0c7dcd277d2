//! The state of a story while it is told: a heap of what is still to come, ordered by the recorded clock.

use std::{cmp::Reverse, collections::BinaryHeap};

use fastrand::Rng;
use rapport_model::Timestamp;
use rapport_proto::v1::Event;

use crate::{
    plan::{Milestones, Plan},
    world::{
        calendar::{self, DAY},
        company::Company,
        customer::Customer,
    },
};

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

/// What has been told so far and what is still to come.
pub(crate) struct Telling {
    pub(crate) milestones: Milestones,
    pub(crate) plan: Plan,
    pub(crate) rng: Rng,
    /// The moment that the story has reached on the recorded clock, in microseconds.
    pub(crate) now: i64,
    ordinal: u64,
    due: BinaryHeap<Reverse<Due>>,
    pub(crate) company: Company,
    /// Those who have arrived, by number.
    pub(crate) customers: Vec<Customer>,
}

/// Something that waits for its moment.
struct Due {
    at: i64,
    /// Breaks ties, so that the order does not depend on the heap.
    ordinal: u64,
    what: What,
}

pub(crate) enum What {
    Record(Box<Planned>),
    Chapter(Chapter),
}

/// A part of the story that writes its events when its moment comes. Customers are given by number.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Chapter {
    /// A customer becomes known, and the next one is awaited.
    Arrival(u32),
    /// A deal from its opening to its end.
    Deal(u32),
    /// A request or a complaint.
    Ticket(u32),
    /// Contacts without an occasion, at intervals.
    Touch(u32),
    /// A customer buys supplies, and again after a while.
    Purchase(u32),
    /// A customer buys supplies once more, because of a campaign.
    Tempted(u32),
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
    /// Somebody is away for two weeks.
    Absence(usize),
    /// Stock is counted, and suppliers deliver: once a month.
    Month,
    /// Somebody asks to be shown what is recorded.
    Disclosure(u32),
    /// A turning point in the history of the company.
    TurningPoint(usize),
    /// The second version of the pipeline.
    NewPipeline,
    /// The history of the customer who is shown.
    Showcase,
}

impl Telling {
    /// A story that begins; nothing is told yet.
    pub(crate) fn new(plan: Plan, milestones: Milestones) -> Self {
        let mut rng = Rng::with_seed(plan.seed);
        let company = Company::found(&mut rng, plan.customers);
        Self {
            milestones,
            plan,
            rng,
            now: milestones.start.as_micros(),
            ordinal: 0,
            due: BinaryHeap::new(),
            company,
            customers: Vec::new(),
        }
    }

    /// Lets a chapter begin at a moment, not before the present one.
    pub(crate) fn begin(&mut self, chapter: Chapter, at: i64) {
        self.push(at, What::Chapter(chapter));
    }

    pub(crate) fn push(&mut self, at: i64, what: What) {
        let at = at.max(self.now);
        // What lies after the end is never told; keeping it would only cost memory.
        if at < self.milestones.end.as_micros() {
            self.ordinal += 1;
            self.due.push(Reverse(Due { at, ordinal: self.ordinal, what }));
        }
    }

    /// What comes next; the story moves to that moment.
    pub(crate) fn next(&mut self) -> Option<What> {
        let Reverse(due) = self.due.pop()?;
        self.now = due.at;
        Some(due.what)
    }

    /// A customer by number; only of those who have arrived.
    pub(crate) fn customer(&self, number: u32) -> Option<Customer> {
        self.customers.get(number as usize).cloned()
    }

    pub(crate) fn customer_mut(&mut self, number: u32) -> Option<&mut Customer> {
        self.customers.get_mut(number as usize)
    }

    /// True so often, 0 to 1.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.rng.f64() < share
    }

    /// A SHA-256 of something that the story does not have, in hexadecimal digits.
    pub(crate) fn digest(&mut self) -> String {
        let mut bytes = [0_u8; 32];
        self.rng.fill(&mut bytes);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Some days from `from`, in working hours.
    pub(crate) fn later(&mut self, from: i64, days: std::ops::Range<i64>) -> i64 {
        let day = self.rng.i64(days);
        calendar::working_moment(&mut self.rng, from + day * DAY)
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
