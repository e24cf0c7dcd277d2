//! What is said below the tables of potential: by which list, what has no value, and what is left out.

use rapport_proto::v1::{Figure, PotentialRequest, PotentialResponse};

use super::{segments::OWNERS_ONE_IN, valued::SPENDERS_MIN};
use crate::page::{GridCell, Unit, Words};

/// The currencies of an answer, each once.
pub(super) fn currencies(response: &PotentialResponse) -> Vec<&str> {
    let products = response.products.iter().flat_map(|of| &of.values).map(|value| value.currency.as_str());
    let customers =
        response.customers.iter().flat_map(|of| &of.white_space).map(|worth| worth.currency.as_str());
    let mut all: Vec<&str> = products.chain(customers).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Of the whole page: without customers, by the list that stands in for a definition, or why nothing is shown of what was
/// asked for.
pub(super) fn of_page(request: &PotentialRequest, response: &PotentialResponse) -> Vec<Words> {
    let count = |figure: &Option<Figure>| figure.as_ref().map_or(0, |figure| figure.count);
    let total = response.total.as_ref().map(|total| (count(&total.active), count(&total.in_no_segment)));
    let note = match total {
        Some((0, _)) => {
            let text = "no purchases in this period, and no contract in force";
            Some(Words::new("no_purchases", text))
        }
        // A list that stands in is of all active customers: where they are in no segment, there is none.
        Some((active, in_none)) if response.by_default && active == in_none => {
            let text = "no list of products is published, and no product is owned by at least {} % of the active customers";
            Some(Words::new("no_list", text).with_count(OWNED_PERCENT))
        }
        Some(_) if response.segments.is_empty() => nothing_of(request, response.by_default),
        Some(_) | None if response.by_default => {
            let text = "no list of products is published: `all` has what at least {} % of the active customers own; \
                        `rapport definitions publish` says what a segment could use";
            Some(Words::new("by_default", text).with_count(OWNED_PERCENT))
        }
        Some(_) | None => None,
    };
    note.into_iter().collect()
}

/// What at least so many percent own is on the list that stands in for a definition.
const OWNED_PERCENT: u64 = 100 / OWNERS_ONE_IN as u64;

/// Why no segment is shown of the customer and the product that were asked for.
fn nothing_of(request: &PotentialRequest, by_default: bool) -> Option<Words> {
    let product = || GridCell::text(&request.product);
    let segment = || GridCell::text(&request.segment);
    let asked = [&request.customer, &request.product, &request.segment].map(|asked| !asked.is_empty());
    Some(match asked {
        [true, true, _] => {
            let text = "no segment that has {} on its list has this customer";
            Words::new("not_together", text).with(Unit::Code, product())
        }
        [true, false, _] if by_default => {
            let text =
                "this customer is not active: it has no purchase in this period, and no contract in force";
            Words::new("customer_not_active", text)
        }
        [true, false, false] => {
            let text = "this customer is in no segment: it is not active in this period, or the conditions of none hold of it";
            Words::new("customer_in_no_segment", text)
        }
        [true, false, true] => {
            let text = "this customer is not in the segment {}: it is not active in this period, or its conditions do not hold";
            Words::new("customer_not_in_segment", text).with(Unit::Code, segment())
        }
        [false, true, _] if by_default => {
            let text = "{} is not on the list: without a published one it has what at least {} % of the active customers own";
            Words::new("product_not_on_list", text).with(Unit::Code, product()).with_count(OWNED_PERCENT)
        }
        [false, true, false] => {
            Words::new("product_on_no_list", "no segment has {} on its list").with(Unit::Code, product())
        }
        [false, true, true] => {
            let words = Words::new("product_not_on_list", "the list of the segment {} does not have {}");
            words.with(Unit::Code, segment()).with(Unit::Code, product())
        }
        [false, false, _] => return None,
    })
}

pub(super) fn of_segments(response: &PotentialResponse) -> Vec<Words> {
    let mut notes = Vec::new();
    let n = |figure: Option<&rapport_proto::v1::Figure>| figure.map_or(0, |figure| figure.count);
    let empty = response.segments.iter().filter(|of| n(of.customers.as_ref()) == 0).count();
    if empty > 0 {
        let (one, many) = ("segment without active customers", "segments without active customers");
        notes.push(Words::counted("empty_segments", empty as u64, one, many));
    }
    if let Some(total) = &response.total {
        let of_none = n(total.in_no_segment.as_ref());
        if of_none > 0 {
            let (one, many) = ("active customer is in no segment", "active customers are in no segment");
            notes.push(Words::counted("in_no_segment", of_none, one, many));
        }
        let left_out = n(total.left_out.as_ref());
        if left_out > 0 {
            let (one, many) = ("purchase names no customer", "purchases name no customer");
            notes.push(Words::counted("left_out", left_out, one, many));
        }
        let contracts = n(total.contracts_left_out.as_ref());
        if contracts > 0 {
            let (one, many) = ("contract in force names no customer", "contracts in force name no customer");
            notes.push(Words::counted("contracts_left_out", contracts, one, many));
        }
    }
    notes.extend(several_currencies(response));
    notes
}

/// A product is worth something in each currency, to the same customer.
fn several_currencies(response: &PotentialResponse) -> Option<Words> {
    let text = "white space in two currencies is of the same missing products: take one of them";
    (currencies(response).len() > 1).then(|| Words::new("several_currencies", text))
}

/// `more`: products that readers do not see.
pub(super) fn of_products(response: &PotentialResponse, more: usize) -> Vec<Words> {
    let mut notes = Vec::new();
    if more > 0 {
        notes.push(Words::counted("products_left_out", more as u64, "more product", "more products"));
    }
    if response.products.is_empty() {
        return notes;
    }
    let year = GridCell::moment(response.year_from.as_ref());
    let end = GridCell::moment(response.period_to.as_ref());
    let text = "median: of the n owners who spent something on it in the twelve months from {} until {}";
    notes.push(Words::new("median", text).with(Unit::Day, year).with(Unit::Day, end));
    let without = response.products.iter().filter(|of| of.values.iter().all(|value| value.median.is_none()));
    let without = without.count() as u64;
    if without > 0 {
        let (one, many) = (
            format!("product has no value: not enough owners who spent something, {SPENDERS_MIN} are needed"),
            format!(
                "products have no value: not enough owners who spent something, {SPENDERS_MIN} are needed"
            ),
        );
        notes.push(Words::counted("not_enough", without, &one, &many));
    }
    notes
}

pub(super) fn of_customers(response: &PotentialResponse) -> Vec<Words> {
    let mut notes = Vec::new();
    if response.rows_left_out > 0 {
        let n = response.rows_left_out;
        notes.push(Words::counted("rows_left_out", n, "more customer", "more customers"));
    }
    let is_part = |of: &rapport_proto::v1::PotentialCustomer| {
        let missing = of.missing.len() as u64;
        of.white_space.iter().any(|worth| u64::from(worth.valued) < missing)
    };
    if response.customers.iter().any(is_part) {
        let text = "white space is of the missing products that have a value; the others are in no sum";
        notes.push(Words::new("partly_valued", text));
    }
    notes
}
