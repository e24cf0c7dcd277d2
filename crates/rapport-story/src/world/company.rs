//! The company: its branches, and the people on their seats.

use fastrand::Rng;
use rapport_proto::v1::{Actor, Aim};

use crate::world::languages::{ENGLISH as EN, LATVIAN as LV, LITHUANIAN as LT, POLISH as PL, RUSSIAN as RU};
use crate::world::tongue::Tongue;

/// A branch.
pub(crate) struct Branch {
    /// Its name.
    pub name: &'static str,
    /// The country of its customers.
    pub country: &'static str,
    /// What they pay in.
    pub currency: &'static str,
    /// The languages of its customers, the most frequent ones several times.
    pub tongues: &'static [Tongue],
    /// Where its customers live, the most frequent places several times.
    pub regions: &'static [&'static str],
}

/// The branches; [`ON_PAPER`] is one of them.
pub(crate) const BRANCHES: [Branch; 4] = [
    Branch {
        name: "Rīga",
        country: "LV",
        currency: "EUR",
        tongues: &[LV, LV, LV, LV, LV, RU, RU, RU, EN],
        regions: &["Rīga", "Rīga", "Jūrmala", "Cēsis"],
    },
    Branch {
        name: "Kaunas",
        country: "LT",
        currency: "EUR",
        tongues: &[LT, LT, LT, LT, LT, LT, RU, EN],
        regions: &["Kaunas", "Kaunas", "Jonava"],
    },
    Branch {
        name: "Vilnius",
        country: "LT",
        currency: "EUR",
        tongues: &[LT, LT, LT, LT, PL, PL, RU, EN],
        regions: &["Vilnius", "Vilnius", "Trakai"],
    },
    Branch {
        name: "Białystok",
        country: "PL",
        currency: "PLN",
        tongues: &[PL, PL, PL, PL, PL, PL, EN],
        regions: &["Białystok", "Suwałki"],
    },
];
/// The branch that kept its deals on paper for some weeks.
pub(crate) const ON_PAPER: usize = 1;

/// A place in the company, and who is in it.
#[derive(Debug, Clone)]
pub(crate) struct Seat {
    /// The branch, by its place in [`BRANCHES`].
    pub branch: usize,
    /// Who sits there, until somebody takes over.
    pub person: Actor,
    /// From when on somebody else does the work, and who; arranged when the company begins.
    pub successor: Option<(i64, Actor)>,
}

/// A campaign, as those it addresses know it.
#[derive(Debug, Clone)]
pub(crate) struct Campaign {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub aim: Aim,
    /// The channel by which it brings leads.
    pub channel: &'static str,
}

/// The company.
pub(crate) struct Company {
    /// All seats.
    pub seats: Vec<Seat>,
    /// How many people ever joined: the next staff number.
    joined: u32,
    /// Campaigns so far, the latest one last.
    pub campaigns: Vec<Campaign>,
}

impl Company {
    /// A company of a size for so many customers.
    pub(crate) fn found(rng: &mut Rng, customers: u32) -> Self {
        let seats_a_branch = 3 + customers / 1_500;
        let mut company = Self { seats: Vec::new(), joined: 0, campaigns: Vec::new() };
        for _ in 0..seats_a_branch {
            for branch in 0..BRANCHES.len() {
                let person = company.hire(rng, branch);
                company.seats.push(Seat { branch, person, successor: None });
            }
        }
        company
    }

    /// Somebody new for a branch.
    pub(crate) fn hire(&mut self, rng: &mut Rng, branch: usize) -> Actor {
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

    /// Who does the work of a seat at a moment.
    pub(crate) fn person_at(&self, seat: usize, moment: i64) -> Actor {
        let Some(seat) = self.seats.get(seat) else { return Actor::default() };
        match &seat.successor {
            Some((from, successor)) if *from <= moment => successor.clone(),
            _ => seat.person.clone(),
        }
    }

    /// Somebody else of the same branch; the same person where nobody else is there.
    pub(crate) fn colleague_at(&self, seat: usize, moment: i64) -> Actor {
        let branch = self.seats.get(seat).map(|seat| seat.branch);
        let other = (0..self.seats.len())
            .filter(|other| *other != seat)
            .find(|other| self.seats.get(*other).map(|seat| seat.branch) == branch);
        self.person_at(other.unwrap_or(seat), moment)
    }

    /// One of a branch's seats.
    pub(crate) fn seat_in(&self, rng: &mut Rng, branch: usize) -> usize {
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
pub(crate) fn management() -> Actor {
    Actor {
        id: "S-00".to_owned(),
        display_name: "Dace Ozoliņa".to_owned(),
        role: "executive".to_owned(),
        department: "Management".to_owned(),
        branch: "Rīga".to_owned(),
        on_behalf_of: String::new(),
    }
}
