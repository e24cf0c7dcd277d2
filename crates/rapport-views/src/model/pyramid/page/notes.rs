//! What is said below the levels, and of all parts.

use rapport_proto::v1::{Figure, PyramidResponse, PyramidTotal};

use crate::{
    model::pyramid::level::FIFTH_MIN,
    page::{GridCell, Unit, Words},
};

/// With fewer, the top 1 % are one customer, whatever it is worth.
const TOP_MIN: u64 = 100;

pub(super) fn n(figure: Option<&Figure>) -> u64 {
    figure.map_or(0, |figure| figure.count)
}

/// Of the levels.
pub(super) fn of_levels(response: &PyramidResponse) -> Vec<Words> {
    let (unpriced, priced): (Vec<_>, Vec<_>) =
        response.totals.iter().partition(|total| total.currency.is_empty());
    let mut notes: Vec<Words> = priced.into_iter().flat_map(of_currency).collect();
    let unpriced = unpriced.into_iter().map(|total| n(total.customers.as_ref())).sum();
    if unpriced > 0 {
        let (one, many) = (
            "customer has purchases without an amount, which make no level",
            "customers have purchases without an amount, which make no level",
        );
        notes.push(Words::counted("unpriced", unpriced, one, many));
    }
    let not_customers = n(response.not_customers.as_ref());
    if not_customers > 0 {
        let (one, many) = (
            "supplier, partner, employee or contact of an organisation bought nothing and is left out",
            "suppliers, partners, employees and contacts of organisations bought nothing and are left out",
        );
        notes.push(Words::counted("not_customers", not_customers, one, many));
    }
    notes
}

fn of_currency(total: &PyramidTotal) -> Vec<Words> {
    let currency = || GridCell::text(&total.currency);
    let not_positive = n(total.not_positive.as_ref());
    let positive = n(total.customers.as_ref()).saturating_sub(not_positive);
    let mut notes = Vec::new();
    if let Some(part) = total.share_of_top_fifth {
        let text = "{}: the top 20 % ({} of {} customers) make {} of the revenue";
        let words = Words::new("share_of_top_fifth", text).with(Unit::Code, currency());
        let words = words.with_count(n(total.top_fifth.as_ref())).with_count(positive);
        notes.push(words.with(Unit::Share, GridCell::number(Some(part))));
    } else if positive > 0 {
        let text = "{}: not enough customers for the share of the top 20 %; there are {}, and {} are needed";
        let words = Words::new("too_few_for_fifth", text).with(Unit::Code, currency());
        notes.push(words.with_count(positive).with_count(FIFTH_MIN as u64));
    }
    if (1..TOP_MIN).contains(&positive) {
        let text = "{}: fewer than {} customers, so the top 1 % is one of them";
        let words = Words::new("top_is_one", text).with(Unit::Code, currency());
        notes.push(words.with_count(TOP_MIN));
    }
    if not_positive > 0 {
        let text = if not_positive == 1 {
            "{}: {} small customer has no positive revenue, because as much came back"
        } else {
            "{}: {} small customers have no positive revenue, because as much came back"
        };
        let words = Words::new("not_positive", text).with(Unit::Code, currency());
        notes.push(words.with_count(not_positive));
    }
    notes
}

/// Of all parts.
pub(super) fn of_all(response: &PyramidResponse) -> Vec<Words> {
    let sum = |of: &dyn Fn(&PyramidTotal) -> u64| response.totals.iter().map(of).sum::<u64>();
    let mut notes = Vec::new();
    if !response.totals.is_empty() && sum(&|total| n(total.customers.as_ref())) == 0 {
        notes.push(Words::new("no_purchases_in_period", "no purchases in this period"));
    }
    let left_out = sum(&|total| n(total.left_out.as_ref()));
    if left_out > 0 {
        let (one, many) =
            ("purchase names no customer and is left out", "purchases name no customer and are left out");
        notes.push(Words::counted("left_out", left_out, one, many));
    }
    notes
}
