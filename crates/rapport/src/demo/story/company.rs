//! The company: branches, people on their seats, pipelines, and what it publishes when the story begins.

use fastrand::Rng;
use rapport_proto::v1::{Actor, DefinitionPublished, payload::Kind};

use super::{
    Chapter, Story,
    calendar::{self, DAY, HOUR},
    happening::Happening,
    staff,
    tongue::{self, Tongue},
};

/// The pipeline of every deal.
pub const PIPELINE: &str = "sales";
/// Stages with names and probabilities, as first published.
const STAGES_1: [(&str, &str, f64); 5] = [
    ("enquiry", "Enquiry", 0.10),
    ("site-visit", "Site visit", 0.25),
    ("offer", "Offer", 0.45),
    ("negotiation", "Negotiation", 0.65),
    ("contract", "Contract", 0.85),
];
/// The second version: one more stage, and what the first year taught.
const STAGES_2: [(&str, &str, f64); 6] = [
    ("enquiry", "Enquiry", 0.15),
    ("site-visit", "Site visit", 0.30),
    ("offer", "Offer", 0.45),
    ("negotiation", "Negotiation", 0.60),
    ("financing", "Financing", 0.75),
    ("contract", "Contract", 0.90),
];
/// How long after the middle of the story the second version holds.
const SECOND_VERSION_AFTER: i64 = 30 * DAY;

/// A branch.
pub struct Branch {
    /// Its name.
    pub name: &'static str,
    /// The country of its customers.
    pub country: &'static str,
    /// What they pay in.
    pub currency: &'static str,
    /// The languages of its customers, the most frequent ones several times.
    pub tongues: &'static [Tongue],
}

use tongue::{ENGLISH as EN, LATVIAN as LV, LITHUANIAN as LT, POLISH as PL, RUSSIAN as RU};

/// The branches; [`ON_PAPER`] is one of them.
pub const BRANCHES: [Branch; 4] = [
    Branch { name: "Rīga", country: "LV", currency: "EUR", tongues: &[LV, LV, LV, LV, LV, RU, RU, RU, EN] },
    Branch { name: "Kaunas", country: "LT", currency: "EUR", tongues: &[LT, LT, LT, LT, LT, LT, RU, EN] },
    Branch { name: "Vilnius", country: "LT", currency: "EUR", tongues: &[LT, LT, LT, LT, PL, PL, RU, EN] },
    Branch { name: "Białystok", country: "PL", currency: "PLN", tongues: &[PL, PL, PL, PL, PL, PL, EN] },
];
/// The branch that kept its deals on paper for some weeks.
pub const ON_PAPER: usize = 1;

/// A place in the company, and who is in it.
#[derive(Debug, Clone)]
pub struct Seat {
    /// The branch, by its place in [`BRANCHES`].
    pub branch: usize,
    /// Who sits there now.
    pub person: Actor,
}

/// The company.
pub struct Company {
    /// All seats.
    pub seats: Vec<Seat>,
    /// How many people ever joined: the next staff number.
    joined: u32,
    /// Campaigns so far, the latest one last.
    pub campaigns: Vec<String>,
}

impl Company {
    /// A company of a size for so many customers.
    pub fn found(rng: &mut Rng, customers: u32) -> Self {
        let seats_a_branch = 3 + customers / 1_500;
        let mut company = Self { seats: Vec::new(), joined: 0, campaigns: Vec::new() };
        for _ in 0..seats_a_branch {
            for branch in 0..BRANCHES.len() {
                let person = company.hire(rng, branch);
                company.seats.push(Seat { branch, person });
            }
        }
        company
    }

    /// Somebody new for a branch.
    pub fn hire(&mut self, rng: &mut Rng, branch: usize) -> Actor {
        self.joined += 1;
        let place = BRANCHES.get(branch);
        let tongue = place.and_then(|place| rng.choice(place.tongues)).unwrap_or(&LV);
        Actor {
            id: format!("S-{:02}", self.joined),
            display_name: tongue.person(rng),
            role: "sales".to_owned(),
            department: "Customers".to_owned(),
            branch: place.map_or("", |place| place.name).to_owned(),
            on_behalf_of: String::new(),
        }
    }

    /// Who sits there now.
    pub fn person(&self, seat: usize) -> Actor {
        self.seats.get(seat).map(|seat| seat.person.clone()).unwrap_or_default()
    }

    /// One of a branch's seats.
    pub fn seat_in(&self, rng: &mut Rng, branch: usize) -> usize {
        let seats: Vec<_> = self
            .seats
            .iter()
            .enumerate()
            .filter(|(_, seat)| seat.branch == branch)
            .map(|(seat, _)| seat)
            .collect();
        rng.choice(seats).unwrap_or(0)
    }
}

/// Who acts for the company itself.
pub fn management() -> Actor {
    Actor {
        id: "S-00".to_owned(),
        display_name: "Dace Ozoliņa".to_owned(),
        role: "management".to_owned(),
        department: "Management".to_owned(),
        branch: "Rīga".to_owned(),
        on_behalf_of: String::new(),
    }
}

/// The stages of a deal that is opened at this moment.
pub fn stages_at(story: &Story, moment: i64) -> Vec<&'static str> {
    if moment < second_version_at(story) {
        STAGES_1.iter().map(|(code, ..)| *code).collect()
    } else {
        STAGES_2.iter().map(|(code, ..)| *code).collect()
    }
}

/// The first day: people, the pipeline, and all that recurs.
pub fn open(story: &mut Story) {
    let start = story.now;
    publish_pipeline(story, 1);
    story.begin(Chapter::NewPipeline, second_version_at(story) - 7 * DAY);
    story.begin(Chapter::Fair, story.milestones.year_ago.as_micros() - 30 * DAY);
    for seat in 0..story.company.seats.len() {
        let person = story.company.person(seat);
        staff::joined(story, &person, start + HOUR);
        // Every fourth seat changes hands once.
        if seat % 4 == 2 {
            let at = story.later(start, 120..640);
            story.begin(Chapter::Leaving(seat), at);
        }
    }
    for half_year in 0..4_u32 {
        story.begin(Chapter::Campaign(half_year), start + i64::from(half_year) * 182 * DAY + 10 * DAY);
    }
    for quarter in 0..8 {
        story.begin(Chapter::Wave, start + quarter * 91 * DAY + 60 * DAY);
    }
}

/// Publishes a version of the pipeline.
pub fn publish_pipeline(story: &mut Story, version: u32) {
    let (stages, effective_from) = match version {
        1 => (STAGES_1.to_vec(), story.now),
        _ => (STAGES_2.to_vec(), second_version_at(story)),
    };
    let stages: Vec<_> = stages
        .into_iter()
        .map(|(code, name, probability)| serde_json::json!({"code": code, "name": name, "probability": probability}))
        .collect();
    let definition = DefinitionPublished {
        kind: "pipeline".to_owned(),
        code: PIPELINE.to_owned(),
        version,
        effective_from: Some(rapport_proto::time::to_proto(rapport_model::Timestamp::from_micros(
            effective_from,
        ))),
        body: serde_json::json!({ "stages": stages }).to_string(),
        approver: management().id,
    };
    let at = story.now;
    story.tell(Happening::of("", at, Kind::DefinitionPublished(definition)).by(management()).recorded_at(at));
}

fn second_version_at(story: &Story) -> i64 {
    let day = (story.milestones.year_ago.as_micros() + SECOND_VERSION_AFTER).div_euclid(calendar::DAY);
    day * DAY
}
