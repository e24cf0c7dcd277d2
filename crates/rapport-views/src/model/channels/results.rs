//! What came of campaigns: whom they reached, who responded, and what the control group says.

use std::cmp::Reverse;

use hashbrown::{HashMap, HashSet};
use rapport_proto::v1;

use super::{
    campaigns::{Campaign, LastBought},
    lift::{lift, share},
    totals::code,
};
use crate::{
    answers::sums::sum,
    model::figures::{Counted, Figures},
    rows::{CampaignGroup, ObjectId, Symbol, Symbols},
    stats::{as_f64, round_half_even},
};

/// All campaigns: those that reached most customers first, equal ones by id.
pub(super) fn rows(
    campaigns: &HashMap<Symbol, Campaign>,
    last: &LastBought,
    symbols: &Symbols,
    figures: &mut Figures,
) -> Vec<v1::CampaignResult> {
    let mut all: Vec<v1::CampaignResult> = campaigns
        .iter()
        .map(|(id, campaign)| result(symbols.text(*id), campaign, last, symbols, figures))
        .collect();
    let reach = |row: &v1::CampaignResult| row.reach.as_ref().map_or(0, |figure| figure.count);
    all.sort_by(|one, other| {
        (Reverse(reach(one)), &one.campaign).cmp(&(Reverse(reach(other)), &other.campaign))
    });
    all
}

fn result(
    id: &str,
    campaign: &Campaign,
    last: &LastBought,
    symbols: &Symbols,
    figures: &mut Figures,
) -> v1::CampaignResult {
    let definition = campaign.definition.as_ref();
    let [target, control] = [CampaignGroup::Target, CampaignGroup::Control].map(|of| campaign.members(of));
    let reach = campaign.reach();
    let mut count = |what, of: &[ObjectId]| {
        figures.count(&["campaigns", id, what], of.iter().map(|one| Counted::party(*one)))
    };
    let list = |of: &HashSet<ObjectId>| of.iter().copied().collect::<Vec<ObjectId>>();
    let responded = campaign.responded(&reach);
    let of_target = campaign.responded(&target);
    let of_control = campaign.responded(&control);
    let bought = [CampaignGroup::Target, CampaignGroup::Control].map(|of| campaign.bought(of, last));
    let [target_bought, control_bought] = &bought;
    let [n, m, reached] = [target.len(), control.len(), reach.len()].map(|of| of as u64);
    let against = |one: &[ObjectId], other: &[ObjectId]| lift((one.len() as u64, n), (other.len() as u64, m));
    let responses = campaign.responses();
    v1::CampaignResult {
        campaign: id.to_owned(),
        defined: definition.is_some(),
        aim: definition.map_or("", |row| row.aim.word()).to_owned(),
        personalised: definition.is_some_and(|row| row.personalised),
        targeted: count("targeted", &list(&target)),
        addressed: count("addressed", &list(&campaign.addressed)),
        reach: count("reach", &list(&reach)),
        responded: share(count("responded", &responded), reached),
        responded_beyond: count("responded_beyond", &campaign.beyond(&reach)),
        materials: campaign.materials,
        materials_per_response: (responses > 0)
            .then(|| as_f64(campaign.materials.into()) / as_f64(responses as i128)),
        costs: costs(campaign, responses, symbols),
        control: count("control", &list(&control)),
        target_bought: share(count("target_bought", target_bought), n),
        control_bought: share(count("control_bought", control_bought), m),
        purchase_lift: against(target_bought, control_bought),
        control_responded: share(count("control_responded", &of_control), m),
        response_lift: against(&of_target, &of_control),
    }
}

/// By currency, in their order.
fn costs(campaign: &Campaign, responses: usize, symbols: &Symbols) -> Vec<v1::CampaignCost> {
    let mut all: Vec<(&str, i128)> =
        campaign.costs.iter().map(|(currency, spend)| (symbols.text(*currency), *spend)).collect();
    all.sort_by_key(|(currency, _)| code(currency));
    let cost = |(currency, spend): (&str, i128)| v1::CampaignCost {
        currency: currency.to_owned(),
        spend: sum(spend),
        per_response: (responses > 0).then(|| round_half_even(spend, responses as i128)).and_then(sum),
    };
    all.into_iter().map(cost).collect()
}

/// Personalised campaigns and the others, the response of one against the other, and how many campaigns are in neither.
pub(super) type Kinds = (Vec<v1::CampaignKind>, Option<v1::CampaignLift>, u64);

/// Of campaigns that are defined; each customer counts once in each kind.
pub(super) fn kinds(campaigns: &HashMap<Symbol, Campaign>, figures: &mut Figures) -> Kinds {
    let (mut rows, mut counts) = (Vec::new(), Vec::new());
    for (personalised, word) in [(true, "personalised"), (false, "other")] {
        let of_kind: Vec<(&Symbol, &Campaign)> = campaigns
            .iter()
            .filter(|(_, one)| one.definition.is_some_and(|row| row.personalised == personalised))
            .collect();
        let (mut reach, mut responded) = (HashSet::new(), HashSet::new());
        for (_, campaign) in &of_kind {
            let own = campaign.reach();
            responded.extend(campaign.responded(&own));
            reach.extend(own);
        }
        if figures.parts().starts_with(&["kinds", word]) {
            figures.only("campaign", of_kind.iter().map(|(id, _)| ObjectId(id.0.into())).collect());
        }
        let mut count = |what, of: &HashSet<ObjectId>| {
            figures.count(&["kinds", word, what], of.iter().map(|one| Counted::party(*one)))
        };
        let n = reach.len() as u64;
        counts.push((responded.len() as u64, n));
        let row = v1::CampaignKind {
            personalised,
            campaigns: of_kind.len() as u64,
            reach: count("reach", &reach),
            responded: share(count("responded", &responded), n),
        };
        rows.extend(Some(row).filter(|_| n > 0));
    }
    let undefined = campaigns.values().filter(|one| one.definition.is_none()).count() as u64;
    let lift = match counts.as_slice() {
        [one, other] => lift(*one, *other),
        _ => None,
    };
    (rows, lift, undefined)
}
