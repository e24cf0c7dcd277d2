//! What is said below the tables of profit: what is not recorded, and why a share is absent.

use rapport_proto::v1::{
    ProfitPartKind, ProfitRequest, ProfitResponse, ProfitTotal, profit_request::Discounts,
};

use super::ranked::TOP_MIN;
use crate::page::Words;

/// How many events a part has over all currencies.
fn events(response: &ProfitResponse, kind: ProfitPartKind) -> u64 {
    let parts = response.totals.iter().flat_map(|total| &total.parts);
    parts.filter(|part| part.kind() == kind).filter_map(|part| Some(part.events.as_ref()?.count)).sum()
}

/// Which costs are not recorded, and what discounts are.
pub(super) fn parts(request: &ProfitRequest, response: &ProfitResponse) -> Vec<Words> {
    if response.totals.is_empty() {
        return Vec::new();
    }
    let costs = [
        (ProfitPartKind::Goods, "goods"),
        (ProfitPartKind::Service, "service"),
        (ProfitPartKind::Delivery, "delivery"),
        (ProfitPartKind::Retention, "retention"),
        (ProfitPartKind::Acquisition, "acquisition"),
    ];
    let missing: Vec<_> =
        costs.into_iter().filter(|(kind, _)| events(response, *kind) == 0).map(|(_, name)| name).collect();
    let mut notes = Vec::new();
    if missing.len() == costs.len() {
        let text = "no costs are recorded: profit is revenue less concessions here";
        notes.push(Words::new("no_costs", text));
    } else if !missing.is_empty() {
        notes.push(Words::new("missing_costs", format!("no costs of {} are recorded", missing.join(", "))));
    }
    let discounts = events(response, ProfitPartKind::Discounts) > 0;
    if discounts && request.discounts() == Discounts::InPrice {
        let text = "discounts granted are in the price, and not taken off";
        notes.push(Words::new("discounts_in_price", text));
    } else if discounts {
        let text = "discounts granted are taken off; where the price charged is less by them already, ask with discounts \
                    in price";
        notes.push(Words::new("discounts_taken_off", text));
    }
    notes
}

/// Why shares are absent, and whose loss is one of timing.
pub(super) fn few(response: &ProfitResponse) -> Vec<Words> {
    let of = |absent: &dyn Fn(&ProfitTotal) -> bool| {
        let codes: Vec<_> =
            response.totals.iter().filter(|one| absent(one)).map(|one| one.currency.as_str()).collect();
        if codes.len() < response.totals.len() || codes.len() > 1 {
            (codes.len(), format!(" ({})", codes.join(", ")))
        } else {
            (codes.len(), String::new())
        }
    };
    let mut notes = Vec::new();
    let timing = response.totals.iter().filter_map(|total| total.loss_making_without_purchases.as_ref());
    let timing: u64 = timing.map(|figure| figure.count).sum();
    if timing > 0 {
        let [one, many] = ["customer with a loss bought", "customers with a loss bought"].map(|who| {
            format!(
                "{who} nothing in this period: costs of earlier purchases make such a loss; ask for a longer period"
            )
        });
        notes.push(Words::counted("loss_without_purchases", timing, &one, &many));
    }
    let (few, codes) = of(&|total| {
        total.customers.as_ref().is_some_and(|figure| (1..TOP_MIN as u64).contains(&figure.count))
    });
    if few > 0 {
        let text = format!("not enough customers for the 20 %: {TOP_MIN} are needed{codes}");
        notes.push(Words::new("too_few_customers", text));
    }
    let (without, codes) = of(&|total| {
        total.customers.as_ref().is_some_and(|figure| figure.count > 0)
            && total.profitable_share_of_profit.is_none()
    });
    if without > 0 {
        let text = format!("no shares of profit: all customers together bring none{codes}");
        notes.push(Words::new("no_profit", text));
    }
    notes
}

/// What is costly and content, or why that cannot be said.
pub(super) fn quadrants(response: &ProfitResponse) -> Vec<Words> {
    let border = if response.instrument == "nps" { 7 } else { 4 };
    if response.totals.iter().all(|total| total.quadrants.is_empty()) {
        return Vec::new();
    }
    let text = format!(
        "content: the latest {} response is {border} or more; costly: at least half of the customers cost less",
        response.instrument
    );
    vec![Words::new("quadrants", text)]
}
