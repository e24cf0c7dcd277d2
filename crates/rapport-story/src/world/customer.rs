//! Who the customers are.

use fastrand::Rng;

use crate::world::{
    company::{BRANCHES, Company},
    languages,
    tongue::{self, Tongue},
};

/// Every how many-th customer is an organisation.
const ORGANISATION_SHARE: f64 = 0.3;
/// How many persons buy supplies once they have bought something.
const SUPPLIED_SHARE: f64 = 0.6;
/// Service tiers, by how much a customer is worth.
const TIERS: [&str; 3] = ["basic", "plus", "premium"];

/// A person or an organisation, as the story knows it.
#[derive(Clone)]
pub(crate) struct Customer {
    /// The party id.
    pub id: String,
    /// By which chapters name it.
    pub number: u32,
    /// The name as the party writes it.
    pub name: String,
    /// The language it is written to in.
    pub tongue: &'static Tongue,
    /// The branch, by its place in [`BRANCHES`].
    pub branch: usize,
    /// Who looks after it, by seat.
    pub seat: usize,
    /// ISO 4217.
    pub currency: &'static str,
    /// The service tier.
    pub tier: &'static str,
    /// For an organisation, those who act for it; never empty then.
    pub contacts: Vec<Contact>,
    /// How content it is, 0 to 1.
    pub mood: f64,
    /// Whether it ever bought.
    pub active: bool,
    /// Whether it may be sent advertisements.
    pub may_advertise: bool,
    /// Deals so far.
    pub deals: u32,
    /// Tickets so far.
    pub tickets: u32,
    /// Purchases of supplies so far.
    pub purchases: u32,
    /// Mean days from one purchase of supplies to the next; 0 for who buys none.
    pub rhythm: i64,
    /// The deal on its way, and when it ends.
    pub open_deal: Option<(String, i64)>,
    /// Whether the present campaign leaves it out, so that the others can be compared with it.
    pub in_control: bool,
}

/// Somebody who acts for an organisation.
#[derive(Clone)]
pub(crate) struct Contact {
    /// The party id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The language.
    pub tongue: &'static Tongue,
}

impl Customer {
    /// Somebody who was not there before.
    pub(crate) fn invent(rng: &mut Rng, number: u32, company: &Company) -> Self {
        let branch = rng.usize(0..BRANCHES.len());
        let mut customer = Self::person(rng, number, branch, company);
        if rng.f64() < ORGANISATION_SHARE {
            let firm = tongue::pick(rng, customer.tongue.firms);
            customer.name = format!("{firm} {}", number + 1);
            customer.tier = rng.choice(TIERS).unwrap_or_default();
            customer.rhythm = rhythm(rng, 8.0, 300.0);
            for place in 0..rng.usize(1..=3) {
                let tongue = tongue_of(rng, branch);
                customer.contact(place, tongue.person(rng), tongue);
            }
        }
        customer
    }

    /// The customer who is shown: an organisation with somebody for each language.
    pub(crate) fn showcase(rng: &mut Rng, number: u32, company: &Company) -> Self {
        let mut customer = Self::person(rng, number, 0, company);
        customer.name = "SIA Baltijas Viesnīcas".to_owned();
        customer.tongue = &languages::LATVIAN;
        customer.tier = "premium";
        customer.rhythm = 35;
        for (place, tongue) in languages::ALL.into_iter().enumerate() {
            customer.contact(place, tongue.person(rng), tongue);
        }
        customer
    }

    fn person(rng: &mut Rng, number: u32, branch: usize, company: &Company) -> Self {
        let tongue = tongue_of(rng, branch);
        Self {
            id: format!("C-{}", 1000 + number),
            number,
            name: tongue.person(rng),
            tongue,
            branch,
            seat: company.seat_in(rng, branch),
            currency: BRANCHES.get(branch).map_or("EUR", |branch| branch.currency),
            tier: "basic",
            contacts: Vec::new(),
            mood: 0.55 + 0.45 * rng.f64(),
            active: false,
            may_advertise: false,
            deals: 0,
            tickets: 0,
            purchases: 0,
            rhythm: if rng.f64() < SUPPLIED_SHARE { rhythm(rng, 25.0, 600.0) } else { 0 },
            open_deal: None,
            in_control: false,
        }
    }

    fn contact(&mut self, place: usize, name: String, tongue: &'static Tongue) {
        self.contacts.push(Contact { id: format!("{}-{}", self.id, place + 1), name, tongue });
    }

    /// Whether it is an organisation.
    pub(crate) fn is_organisation(&self) -> bool {
        !self.contacts.is_empty()
    }

    /// Who is spoken to: the person, or somebody who acts for the organisation.
    pub(crate) fn speaker(&self, rng: &mut Rng) -> Contact {
        rng.choice(&self.contacts).cloned().unwrap_or_else(|| Contact {
            id: self.id.clone(),
            name: self.name.clone(),
            tongue: self.tongue,
        })
    }

    /// The country of its branch.
    pub(crate) fn country(&self) -> &'static str {
        BRANCHES.get(self.branch).map_or("LV", |branch| branch.country)
    }

    /// Where it lives.
    pub(crate) fn region(&self, rng: &mut Rng) -> &'static str {
        BRANCHES.get(self.branch).map_or("", |branch| tongue::pick(rng, branch.regions))
    }

    /// How many of a product it takes at most.
    pub(crate) fn appetite(&self) -> i64 {
        if self.is_organisation() { 6 } else { 1 }
    }
}

/// Days between purchases, on average: as many customers between 10 and 20 as between 100 and 200.
fn rhythm(rng: &mut Rng, least: f64, most: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "some hundred days")]
    let days = (least * (most / least).powf(rng.f64())) as i64;
    days
}

fn tongue_of(rng: &mut Rng, branch: usize) -> &'static Tongue {
    BRANCHES.get(branch).and_then(|branch| rng.choice(branch.tongues)).unwrap_or(&languages::LATVIAN)
}
