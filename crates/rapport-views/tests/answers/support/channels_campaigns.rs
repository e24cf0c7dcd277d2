//! Campaigns computed again, for the oracle of channels: each asks every event of the period whether it is of it.

use std::collections::{BTreeMap, BTreeSet};

use rapport_model::Timestamp;
use rapport_proto::v1::{self, payload::Kind};
use statrs::distribution::{ContinuousCDF as _, Normal};

use super::{channels_credit::Buy, checks::sum, company::Happened, exact::nearest, funnel_oracle::count};

/// The last definition of each campaign.
pub(super) type Defined<'a> = BTreeMap<String, &'a v1::CampaignDefined>;

/// Spending of the period.
#[derive(Debug, Clone)]
pub(super) struct Spent {
    pub at: Timestamp,
    pub currency: String,
    pub channel: String,
    pub campaign: String,
    pub aim: String,
    pub amount: i128,
}

pub(super) fn defined(happened: &[Happened]) -> Defined<'_> {
    let mut all = Defined::new();
    for one in happened {
        if let Kind::CampaignDefined(defined) = &one.kind {
            all.insert(defined.campaign_id.clone(), defined);
        }
    }
    all
}

fn wilson(part: usize, whole: usize) -> Option<(f64, f64, f64)> {
    if whole == 0 {
        return None;
    }
    let (n, z) = (whole as f64, 1.96_f64);
    let p = part as f64 / n;
    let centre = (p * n + z * z / 2.0) / (n + z * z);
    let reach = z / (n + z * z) * (p * (1.0 - p) * n + z * z / 4.0).sqrt();
    Some((p, (centre - reach).min(p), (centre + reach).max(p)))
}

fn share(part: usize, whole: usize) -> Option<v1::CampaignShare> {
    let found = wilson(part, whole);
    Some(v1::CampaignShare {
        customers: count(part),
        share: found.map(|(share, _, _)| share),
        low: found.map(|(_, low, _)| low),
        high: found.map(|(_, _, high)| high),
    })
}

fn lift((a, n): (usize, usize), (b, m): (usize, usize)) -> Option<v1::CampaignLift> {
    let ((p, p_low, p_high), (q, q_low, q_high)) = (wilson(a, n)?, wilson(b, m)?);
    let (n, m) = (n as f64, m as f64);
    let common = (p * n + q * m) / (n + m);
    let is_enough = n.min(m) * common.min(1.0 - common) >= 5.0 - 1e-12;
    let z = (p - q) / (common * (1.0 - common) * (n + m) / (n * m)).sqrt();
    let normal = Normal::new(0.0, 1.0).unwrap();
    Some(v1::CampaignLift {
        ratio: (b > 0).then(|| p / q),
        difference: p - q,
        low: p - q - ((p - p_low).powi(2) + (q_high - q).powi(2)).sqrt(),
        high: p - q + ((p_high - p).powi(2) + (q - q_low).powi(2)).sqrt(),
        p: is_enough.then(|| 2.0 * normal.cdf(-z.abs())),
    })
}

/// What is known of one campaign.
struct Campaign<'a> {
    id: String,
    definition: Option<&'a v1::CampaignDefined>,
    target: BTreeSet<String>,
    control: BTreeSet<String>,
    addressed: BTreeSet<String>,
    responded: BTreeSet<String>,
    target_bought: usize,
    control_bought: usize,
    materials: u64,
}

impl<'a> Campaign<'a> {
    fn of(id: &str, within: &[&Happened], defined: &Defined<'a>, bought: &[&Buy]) -> Self {
        let customers = |is_it: &dyn Fn(&Kind) -> bool| -> BTreeSet<String> {
            let own = within.iter().filter(|one| is_it(&one.kind) && !one.customer.is_empty());
            own.map(|one| one.customer.clone()).collect()
        };
        let selects = |kind: &Kind| matches!(kind, Kind::CampaignMemberSelected(of) if of.campaign_id == id);
        // What happened is in its order: the first selection decides.
        let first = |customer: &String| {
            let mut own = within.iter().filter(|one| one.customer == *customer && selects(&one.kind));
            own.next().map(|one| match &one.kind {
                Kind::CampaignMemberSelected(of) => ((one.at, one.position), of.group),
                _ => unreachable!(),
            })
        };
        let members = customers(&selects);
        let side = |group: i32| -> BTreeSet<String> {
            members.iter().filter(|one| first(one).unwrap().1 == group).cloned().collect()
        };
        let buys_after = |side: &BTreeSet<String>| {
            let after = |customer: &&String| {
                bought.iter().any(|buy| buy.customer == **customer && buy.place > first(customer).unwrap().0)
            };
            side.iter().filter(after).count()
        };
        let message = |kind: &Kind| match kind {
            Kind::TouchMessageExchanged(of) if of.direction == 2 && of.campaign_id == id => {
                Some(of.materials.len() as u64)
            }
            _ => None,
        };
        let (target, control) = (side(1), side(2));
        Self {
            id: id.to_owned(),
            definition: defined.get(id).copied(),
            target_bought: buys_after(&target),
            control_bought: buys_after(&control),
            target,
            control,
            addressed: customers(&|kind| message(kind).is_some()),
            responded: customers(
                &|kind| matches!(kind, Kind::CampaignResponseRecorded(of) if of.campaign_id == id && of.kind > 2),
            ),
            materials: within.iter().filter_map(|one| message(&one.kind)).sum(),
        }
    }

    fn reach(&self) -> &BTreeSet<String> {
        if self.target.is_empty() { &self.addressed } else { &self.target }
    }

    fn answered(&self, of: &BTreeSet<String>) -> usize {
        self.responded.intersection(of).count()
    }

    fn row(&self, spent: &[Spent]) -> v1::CampaignResult {
        let responses = self.responded.len();
        let cost = |currency: &&str| {
            let own = spent.iter().filter(|one| one.campaign == self.id && one.currency == *currency);
            let amounts: Vec<i128> = own.map(|one| one.amount).collect();
            let spend: i128 = amounts.iter().sum();
            (!amounts.is_empty()).then(|| v1::CampaignCost {
                currency: (*currency).to_owned(),
                spend: sum(spend),
                per_response: if responses == 0 { None } else { sum(nearest(spend, responses as i128)) },
            })
        };
        let (n, m) = (self.target.len(), self.control.len());
        let definition = self.definition;
        v1::CampaignResult {
            campaign: self.id.clone(),
            defined: definition.is_some(),
            aim: ["", "acquire", "develop", "retain"][definition.map_or(0, |of| of.aim) as usize].to_owned(),
            personalised: definition.is_some_and(|of| of.personalised),
            targeted: count(n),
            addressed: count(self.addressed.len()),
            reach: count(self.reach().len()),
            responded: share(self.answered(self.reach()), self.reach().len()),
            responded_beyond: count(responses - self.answered(self.reach())),
            materials: self.materials,
            materials_per_response: (responses > 0).then(|| self.materials as f64 / responses as f64),
            costs: ["CHF", "EUR", "USD"].iter().filter_map(cost).collect(),
            control: count(m),
            target_bought: share(self.target_bought, n),
            control_bought: share(self.control_bought, m),
            purchase_lift: lift((self.target_bought, n), (self.control_bought, m)),
            control_responded: share(self.answered(&self.control), m),
            response_lift: lift((self.answered(&self.target), n), (self.answered(&self.control), m)),
        }
    }
}

/// Fills in what the answer says of campaigns.
pub(super) fn tell(
    response: &mut v1::ChannelsResponse,
    within: &[&Happened],
    (defined, bought, spent): (&Defined<'_>, &[&Buy], &[Spent]),
) {
    let named = within.iter().filter_map(|one| match &one.kind {
        Kind::CampaignMemberSelected(of) => Some(of.campaign_id.clone()),
        Kind::CampaignResponseRecorded(of) => Some(of.campaign_id.clone()),
        Kind::TouchMessageExchanged(of) if of.direction == 2 => Some(of.campaign_id.clone()),
        _ => None,
    });
    let ids: BTreeSet<String> = named.chain(spent.iter().map(|one| one.campaign.clone())).collect();
    let all: Vec<Campaign<'_>> =
        ids.iter().filter(|id| !id.is_empty()).map(|id| Campaign::of(id, within, defined, bought)).collect();
    let mut sides = Vec::new();
    for personalised in [true, false] {
        let own: Vec<&Campaign<'_>> = all
            .iter()
            .filter(|one| one.definition.is_some_and(|of| of.personalised == personalised))
            .collect();
        let reach: BTreeSet<&String> = own.iter().flat_map(|one| one.reach()).collect();
        let responded: BTreeSet<&String> =
            own.iter().flat_map(|one| one.responded.intersection(one.reach())).collect();
        sides.push((responded.len(), reach.len()));
        if !reach.is_empty() {
            response.kinds.push(v1::CampaignKind {
                personalised,
                campaigns: own.len() as u64,
                reach: count(reach.len()),
                responded: share(responded.len(), reach.len()),
            });
        }
    }
    response.personalised_lift = lift(sides[0], sides[1]);
    response.campaigns_undefined = all.iter().filter(|one| one.definition.is_none()).count() as u64;
    let mut rows: Vec<v1::CampaignResult> = all.iter().map(|one| one.row(spent)).collect();
    rows.sort_by_key(|row| (u64::MAX - row.reach.as_ref().unwrap().count, row.campaign.clone()));
    response.rows = rows;
}
