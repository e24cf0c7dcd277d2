//! What happened with each campaign in the period.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use super::{
    bought::Purchase,
    params::{ChannelsParams, Place},
    spent::{Defined, Spent},
};
use crate::{
    read::{ReadError, Rows, TypedRows as _},
    rows::{
        AddressedRow, CampaignGroup, CampaignRow, Identity, MemberRow, ObjectId, Reaction, ReactionRow,
        Symbol, Symbols,
    },
    table::{Field as _, Filter},
};

/// What a customer does that is a response.
pub(super) const RESPONSES: [Reaction; 3] = [Reaction::Clicked, Reaction::Replied, Reaction::Visited];

/// One campaign.
#[derive(Debug, Default)]
pub(super) struct Campaign {
    pub(super) definition: Option<CampaignRow>,
    /// Customers who were selected, each by the first selection.
    members: HashMap<ObjectId, (Place, CampaignGroup)>,
    pub(super) addressed: HashSet<ObjectId>,
    responded: HashSet<ObjectId>,
    pub(super) materials: u64,
    pub(super) costs: BTreeMap<Symbol, i128>,
}

/// The last purchase of each customer in the period.
pub(super) type LastBought = HashMap<ObjectId, Place>;

impl Campaign {
    /// Customers of one side.
    pub(super) fn members(&self, group: CampaignGroup) -> HashSet<ObjectId> {
        let own = self.members.iter().filter(|(_, (_, of))| *of == group);
        own.map(|(customer, _)| *customer).collect()
    }

    /// Whom it reached: the target, or where none was selected those who were addressed.
    pub(super) fn reach(&self) -> HashSet<ObjectId> {
        let target = self.members(CampaignGroup::Target);
        if target.is_empty() { self.addressed.clone() } else { target }
    }

    /// Who of these responded.
    pub(super) fn responded(&self, of: &HashSet<ObjectId>) -> Vec<ObjectId> {
        self.responded.iter().filter(|one| of.contains(*one)).copied().collect()
    }

    /// Who responded, and is not one of these.
    pub(super) fn beyond(&self, reach: &HashSet<ObjectId>) -> Vec<ObjectId> {
        self.responded.iter().filter(|one| !reach.contains(*one)).copied().collect()
    }

    /// How many responded.
    pub(super) fn responses(&self) -> usize {
        self.responded.len()
    }

    /// Who of one side bought after being selected.
    pub(super) fn bought(&self, group: CampaignGroup, last: &LastBought) -> Vec<ObjectId> {
        let own = self.members.iter().filter(|(_, (_, of))| *of == group);
        let bought = |(customer, (place, _)): &(&ObjectId, &(Place, CampaignGroup))| {
            last.get(*customer).is_some_and(|bought| bought > place)
        };
        own.filter(bought).map(|(customer, _)| *customer).collect()
    }
}

/// The last purchases of the period.
pub(super) fn last_bought(purchases: &[Purchase], params: &ChannelsParams, symbols: &Symbols) -> LastBought {
    let wanted =
        |one: &&Purchase| params.window.contains(one.place.0) && params.wants(symbols.text(one.currency));
    // In their order: the last one stays.
    let of_customers = purchases.iter().filter(wanted).filter(|one| one.customer != ObjectId::NOBODY);
    of_customers.map(|one| (one.customer, one.place)).collect()
}

/// Those of the period.
pub(super) fn campaigns(
    rows: &dyn Rows,
    identity: &Identity,
    params: &ChannelsParams,
    (defined, spent): (&Defined, &[Spent]),
) -> Result<HashMap<Symbol, Campaign>, ReadError> {
    let mut all: HashMap<Symbol, Campaign> = HashMap::new();
    let within = Filter::all().occurred(params.window.from, params.window.to);
    let of = |customer: ObjectId| Some(identity.canonical(customer)).filter(|one| *one != ObjectId::NOBODY);
    rows.in_any_order(&within, params.as_of, |row: MemberRow| {
        let campaign = all.entry(row.campaign).or_default();
        if let Some(customer) = of(row.customer) {
            let selected = ((row.occurred_at, row.position), row.group);
            let first = campaign.members.entry(customer).or_insert(selected);
            if selected.0 < first.0 {
                *first = selected;
            }
        }
    })?;
    rows.in_any_order(&within, params.as_of, |row: AddressedRow| {
        if row.campaign != Symbol::default() {
            let campaign = all.entry(row.campaign).or_default();
            campaign.addressed.extend(of(row.customer));
            campaign.materials += u64::from(row.materials);
        }
    })?;
    rows.in_any_order(&within, params.as_of, |row: ReactionRow| {
        let campaign = all.entry(row.campaign).or_default();
        if RESPONSES.contains(&row.reaction) {
            campaign.responded.extend(of(row.customer));
        }
    })?;
    for one in spent {
        let costs = &mut all.entry(one.campaign).or_default().costs;
        *costs.entry(one.currency).or_default() += i128::from(one.minor_units);
    }
    for (campaign, of_it) in &mut all {
        of_it.definition = defined.get(campaign).copied();
    }
    Ok(all)
}

/// The rows of reactions that are responses.
pub(super) fn responses(filter: Filter) -> Filter {
    filter.and("reaction", RESPONSES.map(|one| one.cell()).to_vec())
}
