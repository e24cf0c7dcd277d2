//! One segment with its customers: what they own, and what the missing products are worth.

use hashbrown::HashMap;

use super::{
    facts::Facts,
    segments::{Listed, Segment},
    spent::Spent,
};
use crate::{
    model::holdings::Holdings,
    rows::{ObjectId, Symbol},
    stats::median_i128,
};

/// Of fewer a median says nothing.
pub(super) const SPENDERS_MIN: usize = 3;

/// A segment, its customers and its products.
#[derive(Debug)]
pub(super) struct Valued<'a> {
    pub(super) segment: &'a Segment,
    /// Active customers of whom its conditions hold, by number.
    pub(super) members: Vec<Member>,
    /// Others of whom they hold, by number; none without conditions.
    pub(super) not_active: Option<Vec<ObjectId>>,
    /// In the order of the list.
    pub(super) products: Vec<Product>,
    /// What the whole list is worth in each currency of the answer.
    whole: Vec<Worth>,
}

/// A customer.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) party: ObjectId,
    /// Places in the list, ascending.
    pub(super) owned: Vec<usize>,
}

/// A product of the list.
#[derive(Debug)]
pub(super) struct Product {
    pub(super) owners: Vec<ObjectId>,
    /// In each currency of the answer.
    pub(super) values: Vec<Value>,
}

/// What a product is worth in one currency.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) spenders: Vec<ObjectId>,
    /// None of too few.
    pub(super) median: Option<i128>,
}

/// What products are worth, and how many of them have a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Worth {
    pub(super) sum: i128,
    pub(super) valued: usize,
}

impl Worth {
    fn of<'a>(values: impl Iterator<Item = &'a Value>) -> Self {
        values
            .filter_map(|value| value.median)
            .fold(Self::default(), |worth, median| Self { sum: worth.sum + median, valued: worth.valued + 1 })
    }
}

impl<'a> Valued<'a> {
    pub(super) fn of(segment: &'a Segment, holdings: &Holdings, facts: &Facts, spent: &Spent) -> Self {
        let places: HashMap<Symbol, usize> = (segment.products.iter().enumerate())
            .filter_map(|(place, product)| Some((product.symbol?, place)))
            .collect();
        let mut members = Vec::new();
        for (party, own) in holdings.customers().filter(|(party, _)| facts.is_member(segment, *party)) {
            let mut owned: Vec<usize> = own.filter_map(|product| places.get(&product).copied()).collect();
            owned.sort_unstable();
            members.push(Member { party, owned });
        }
        let mut owners: Vec<Vec<ObjectId>> = vec![Vec::new(); segment.products.len()];
        for member in &members {
            for place in &member.owned {
                owners.get_mut(*place).into_iter().for_each(|owners| owners.push(member.party));
            }
        }
        let products: Vec<Product> = (segment.products.iter().zip(owners))
            .map(|(listed, owners)| Product::of(listed, owners, spent))
            .collect();
        let whole = (0..spent.currencies.len())
            .map(|nth| Worth::of(products.iter().filter_map(|product| product.values.get(nth))))
            .collect();
        let not_active = (!segment.conditions.is_empty()).then(|| {
            let is_active =
                |party: &ObjectId| members.binary_search_by_key(party, |member| member.party).is_ok();
            let others = facts.customers().into_iter();
            others.filter(|party| facts.is_member(segment, *party) && !is_active(party)).collect()
        });
        Self { segment, members, not_active, products, whole }
    }

    /// What the products that a member misses are worth in one of the answer's currencies; none where none of them has a
    /// value.
    pub(super) fn white_space(&self, member: &Member, nth: usize) -> Option<Worth> {
        let whole = self.whole.get(nth).copied().unwrap_or_default();
        let owned = member.owned.iter().filter_map(|place| self.products.get(*place)?.values.get(nth));
        let owned = Worth::of(owned);
        let missing = Worth { sum: whole.sum - owned.sum, valued: whole.valued - owned.valued };
        (missing.valued > 0).then_some(missing)
    }

    /// How many products of the list have a value in one of the answer's currencies.
    pub(super) fn valued(&self, nth: usize) -> usize {
        self.whole.get(nth).map_or(0, |whole| whole.valued)
    }

    /// The products that a member misses, in the order of the list.
    pub(super) fn missing(&self, member: &Member) -> impl Iterator<Item = &Listed> {
        let products = self.segment.products.iter().enumerate();
        products.filter(|(place, _)| member.owned.binary_search(place).is_err()).map(|(_, product)| product)
    }

    /// The place of a product in the list.
    pub(super) fn place(&self, code: &str) -> Option<usize> {
        self.segment.products.iter().position(|product| product.code == code)
    }

    /// The members who miss the product of this place.
    pub(super) fn without(&self, place: usize) -> impl Iterator<Item = ObjectId> + Clone {
        let without = move |member: &&Member| member.owned.binary_search(&place).is_err();
        self.members.iter().filter(without).map(|member| member.party)
    }

    pub(super) fn member(&self, party: ObjectId) -> Option<&Member> {
        let place = self.members.binary_search_by_key(&party, |member| member.party).ok()?;
        self.members.get(place)
    }
}

impl Product {
    fn of(listed: &Listed, owners: Vec<ObjectId>, spent: &Spent) -> Self {
        let value = |(_, currency): &(String, Symbol)| {
            let spends = spent.of(listed.symbol, *currency, &owners);
            let mut amounts: Vec<i128> = spends.iter().map(|(_, net)| *net).collect();
            let is_enough = amounts.len() >= SPENDERS_MIN;
            Value {
                spenders: spends.into_iter().map(|(owner, _)| owner).collect(),
                median: if is_enough { median_i128(&mut amounts) } else { None },
            }
        };
        let values = spent.currencies.iter().map(value).collect();
        Self { owners, values }
    }
}
