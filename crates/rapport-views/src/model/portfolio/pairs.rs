//! Products of the same customers.

use std::cmp::{Ordering, Reverse};

use hashbrown::HashMap;

use crate::{
    model::holdings::{Holdings, Product},
    rows::{ObjectId, Symbol, Symbols},
    stats::as_f64,
};

/// Customers who must have both: of fewer a lift says nothing.
pub(super) const CUSTOMERS_MIN: usize = 5;
/// Pairs that an answer has at most.
const PAIRS_MAX: usize = 20;
/// Products that are paired: those with the most customers. All pairs of a wide range would be more than its purchases.
pub(super) const PRODUCTS_MAX: usize = 100;

/// Two products, the one with more customers first.
#[derive(Debug)]
pub(super) struct Pair<'a> {
    pub(super) product: &'a str,
    pub(super) with: &'a str,
    pub(super) of_product: usize,
    pub(super) of_with: usize,
    pub(super) customers: Vec<ObjectId>,
}

impl Pair<'_> {
    /// both · all / (one · other), of so many active customers.
    pub(super) fn lift(&self, active: usize) -> f64 {
        let number = |n: usize| as_f64(n as i128);
        number(self.customers.len()) * number(active) / (number(self.of_product) * number(self.of_with))
    }

    /// The higher lift first, compared as integers; then the more customers, then by code.
    fn before(&self, other: &Self) -> Ordering {
        let parts = |one: &Self| (one.customers.len() as u128, one.of_product as u128 * one.of_with as u128);
        let ((own, own_of), (others, others_of)) = (parts(self), parts(other));
        (others * own_of)
            .cmp(&(own * others_of))
            .then_with(|| others.cmp(&own))
            .then_with(|| (self.product, self.with).cmp(&(other.product, other.with)))
    }
}

/// The pairs, and how many more there are.
pub(super) fn pairs<'a>(
    holdings: &Holdings,
    products: &HashMap<Symbol, Product>,
    symbols: &'a Symbols,
) -> (Vec<Pair<'a>>, u64) {
    let mut paired: Vec<(Symbol, usize)> = products
        .iter()
        .map(|(product, of)| (*product, of.customers.len()))
        .filter(|(_, customers)| *customers >= CUSTOMERS_MIN)
        .collect();
    paired.sort_unstable_by_key(|(product, customers)| (Reverse(*customers), symbols.text(*product)));
    paired.truncate(PRODUCTS_MAX);
    let ranks: HashMap<Symbol, usize> =
        paired.iter().enumerate().map(|(rank, (product, _))| (*product, rank)).collect();
    let mut both: HashMap<(usize, usize), Vec<ObjectId>> = HashMap::new();
    for (customer, own) in holdings.customers() {
        let mut own: Vec<usize> = own.filter_map(|product| ranks.get(&product).copied()).collect();
        own.sort_unstable();
        for (nth, one) in own.iter().enumerate() {
            for other in own.iter().skip(nth + 1) {
                both.entry((*one, *other)).or_default().push(customer);
            }
        }
    }
    let pair = |((one, other), customers): ((usize, usize), Vec<ObjectId>)| {
        let ((product, of_product), (with, of_with)) = (paired.get(one)?, paired.get(other)?);
        let (product, with) = (symbols.text(*product), symbols.text(*with));
        Some(Pair { product, with, of_product: *of_product, of_with: *of_with, customers })
    };
    let mut pairs: Vec<Pair<'a>> =
        both.into_iter().filter(|(_, customers)| customers.len() >= CUSTOMERS_MIN).filter_map(pair).collect();
    pairs.sort_unstable_by(Pair::before);
    let left_out = pairs.len().saturating_sub(PAIRS_MAX) as u64;
    pairs.truncate(PAIRS_MAX);
    (pairs, left_out)
}
