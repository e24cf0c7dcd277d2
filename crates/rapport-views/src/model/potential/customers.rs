//! Customers, one by one, as far as they are on the page.

use hashbrown::HashMap;
use rapport_proto::{fit, v1};

use super::{
    params::PotentialParams,
    response::{Currencies, Weight, by_weight, count_of},
    valued::{Member, Valued},
};
use crate::{
    answers::AskError,
    model::{contracts::Contract, figures::Figures, order::settle, sums::sum},
    read::{ReadError, Rows},
    rows::{Identity, ObjectId},
    stats::share,
    table::{CUSTOMER, Field as _, GroupKey, Measure},
};

/// No message has room for more rows.
const ROWS_MAX: usize = fit::PAGE_BYTES / fit::AROUND;

/// What rows are made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listing<'a> {
    pub(super) shown: &'a [&'a Valued<'a>],
    pub(super) currencies: &'a Currencies,
    pub(super) contracts: &'a [Contract],
}

/// A row to be: the places of its segment, its member and its weight.
#[derive(Debug, Clone, Copy)]
struct Item<'a> {
    of: &'a Valued<'a>,
    member: &'a Member,
    weight: usize,
}

/// Whether a segment is asked for.
pub(super) fn is_shown(of: &Valued<'_>, params: &PotentialParams) -> bool {
    params.segment.as_ref().is_none_or(|asked| *asked == of.segment.code)
        && params.product.as_ref().is_none_or(|asked| of.place(asked).is_some())
        && params.customer.is_none_or(|asked| of.member(asked).is_some())
}

/// Whether a member of a segment that is shown is asked for.
pub(super) fn is_listed(of: &Valued<'_>, member: &Member, params: &PotentialParams) -> bool {
    let misses =
        |product: &String| of.place(product).is_some_and(|place| member.owned.binary_search(&place).is_err());
    params.customer.is_none_or(|asked| asked == member.party) && params.product.as_ref().is_none_or(misses)
}

/// Adds the rows behind so many others to the answer.
pub(super) fn fill(
    response: &mut v1::PotentialResponse,
    listing: Listing<'_>,
    (rows, identity): (&dyn Rows, &Identity),
    params: &PotentialParams,
    skip: usize,
) -> Result<(), AskError> {
    let width = listing.currencies.len();
    let (mut items, mut weights) = (Vec::new(), Vec::new());
    for of in listing.shown {
        for member in of.members.iter().filter(|member| is_listed(of, member, params)) {
            items.push(Item { of, member, weight: weights.len() });
            weights.extend((0..width).map(|nth| Some(of.white_space(member, nth)?.sum)));
        }
    }
    let weight =
        |item: &Item<'_>| -> &Weight { weights.get(item.weight..item.weight + width).unwrap_or_default() };
    let order = |one: &Item<'_>, other: &Item<'_>| by_weight(weight(one), weight(other));
    items.sort_unstable_by(order);
    let page = skip.min(items.len())..skip.saturating_add(params.page_size.min(ROWS_MAX)).min(items.len());
    // No name holds U+0000: a customer's segments are next to each other.
    let mut name = |item: &Item<'_>| {
        let name = rows.party_name(item.member.party)?;
        Ok::<_, ReadError>(format!("{name}\0{}", item.of.segment.code))
    };
    settle(&mut items, page.clone(), order, &mut name)?;
    let bought = purchases(rows, identity, params)?;
    let mut message = fit::Page::beside(response);
    for item in items.get(page).unwrap_or_default() {
        let tag = format!("party:{}", rows.party_name(item.member.party)?);
        let row = row(item, tag, &bought, listing);
        if !message.takes(&row) {
            break;
        }
        response.customers.push(row);
    }
    response.rows_left_out = items.len().saturating_sub(skip + response.customers.len()) as u64;
    Ok(())
}

/// How many purchases of the window each customer has. What of one order is recorded under two ids counts for each.
fn purchases(
    rows: &dyn Rows,
    identity: &Identity,
    params: &PotentialParams,
) -> Result<HashMap<ObjectId, u64>, ReadError> {
    let (by, measures) = ([GroupKey::Column(CUSTOMER)], [Measure::Distinct(params.source.id())]);
    let filter = params.source.purchases(params.window);
    let mut bought: HashMap<ObjectId, u64> = HashMap::new();
    rows.group(params.source.table(), &filter, params.as_of, &by, &measures, &mut |keys, measured| {
        let ([customer], [purchases]) = (keys, measured) else { return Ok(()) };
        let customer = identity.canonical(ObjectId::of(customer).unwrap_or_default());
        *bought.entry(customer).or_default() += u64::try_from(*purchases).unwrap_or_default();
        Ok(())
    })?;
    Ok(bought)
}

fn row(
    item: &Item<'_>,
    tag: String,
    bought: &HashMap<ObjectId, u64>,
    listing: Listing<'_>,
) -> v1::PotentialCustomer {
    let (of, member) = (item.of, item.member);
    let name = |what| ["customers", of.segment.code.as_str(), tag.as_str(), what];
    let contracts = listing.contracts.iter().filter(|contract| contract.customer == member.party);
    let white_space = listing.currencies.iter().enumerate().filter_map(|(nth, (currency, _))| {
        let worth = of.white_space(member, nth)?;
        let (sum, valued) = (sum(worth.sum), count_of(worth.valued));
        Some(v1::CustomerWhiteSpace { currency: currency.clone(), sum, valued })
    });
    v1::PotentialCustomer {
        segment: of.segment.code.clone(),
        owned: count_of(member.owned.len()),
        missing: of.missing(member).map(|product| product.code.clone()).collect(),
        penetration: share(member.owned.len() as u64, of.segment.products.len() as u64),
        white_space: white_space.collect(),
        purchases: Some(Figures::named(
            &name("purchases"),
            bought.get(&member.party).copied().unwrap_or_default(),
        )),
        contracts: Some(Figures::named(&name("contracts"), contracts.count() as u64)),
        customer: tag,
    }
}
